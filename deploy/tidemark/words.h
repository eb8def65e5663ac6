/* The words of a command line that is being put together for another program. */
#ifndef TIDEMARK_DEPLOY_WORDS_H
#define TIDEMARK_DEPLOY_WORDS_H

#include "common/status.h"

#include <stddef.h>

struct words {
    char **word; /* NULL-terminated; owned */
    size_t n, capacity;
};

void words_fini(struct words *w);
void words_add(struct words *w, const char *word);
/* A word and its value; nothing if value is NULL. */
void words_add_pair(struct words *w, const char *word, const char *value);
void words_add_format(struct words *w, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
