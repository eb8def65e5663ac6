/* How much there is to read: only to choose how many processes read it. */
#ifndef TIDEMARK_DEPLOY_EXTENT_H
#define TIDEMARK_DEPLOY_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

struct extent {
    uint64_t bytes; /* on disk, of all files; counting stops above `enough` */
    bool once;      /* something can be read only once: standard input, a pipe */
};

/* Add what a path (a file, a folder, a pattern, `-`) stands for.  What cannot be read adds nothing. */
void extent_add(struct extent *x, const char *path, uint64_t enough);

#endif
