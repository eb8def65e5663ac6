/* How far reading has come: one line on standard error that is written over, when that is a terminal. */
#ifndef TIDEMARK_DEPLOY_PROGRESS_H
#define TIDEMARK_DEPLOY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool enabled;
    bool shown;
    int64_t last_ms;
};

void progress_init(struct progress *p, bool wanted);

/* Sums over all collectors; bytes_total 0: not known. */
void progress_show(struct progress *p, uint64_t bytes, uint64_t bytes_total, uint64_t records);

/* Wipe the line, so that something else can be printed. */
void progress_clear(struct progress *p);

#endif
