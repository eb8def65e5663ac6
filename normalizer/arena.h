/* Memory that is given back all at once: the texts and structs of a map, the values of one row while it is printed. */
#ifndef TIDEMARK_NORMALIZER_ARENA_H
#define TIDEMARK_NORMALIZER_ARENA_H

#include "common/span.h"

#include <stddef.h>

struct arena_chunk;

/* All zero is an empty arena. */
struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used_bytes;          /* of the newest */
    size_t total_bytes;         /* handed out since the last clear */
};

void arena_fini(struct arena *a);

/* Forget everything; the memory of usual chunks is kept for the next use. */
void arena_clear(struct arena *a);

/* Zeroed memory, aligned for any type, that lives until arena_clear. */
void *arena_new(struct arena *a, size_t count, size_t size);

/* `n` bytes, not zeroed, not aligned. */
char *arena_bytes(struct arena *a, size_t n);

struct span arena_copy(struct arena *a, struct span s);

#endif
