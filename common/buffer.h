/* A growable run of bytes that its owner fills and reuses.  Running out of memory ends the program (CHECK). */
#ifndef TIDEMARK_COMMON_BUFFER_H
#define TIDEMARK_COMMON_BUFFER_H

#include "common/span.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *p;
    size_t n; /* bytes in use */
    size_t capacity;
    bool borrowed; /* `p` is somebody else's memory */
};

/* An empty buffer over memory of the caller's, padding included, that is left for memory of its own as soon as more is
 * needed. */
struct buffer buffer_over(char *p, size_t capacity);

/* Frees the storage, unless it is borrowed; the buffer is empty and usable again. */
void buffer_fini(struct buffer *b);

static inline void buffer_clear(struct buffer *b)
{
    b->n = 0;
}

/* Make room for `more` bytes behind the used ones, plus 64 of padding for wide loads; returns where they begin. */
char *buffer_reserve(struct buffer *b, size_t more);

void buffer_append(struct buffer *b, const void *bytes, size_t n);
void buffer_append_span(struct buffer *b, struct span s);
void buffer_append_byte(struct buffer *b, char c);
void buffer_append_format(struct buffer *b, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct span buffer_span(const struct buffer *b)
{
    return span_of(b->p, b->n);
}

/* calloc that ends the program instead of returning NULL; for start-up and other cold paths. */
void *allocate(size_t count, size_t size);
void *allocate_more(void *old, size_t count, size_t size); /* realloc of count × size, overflow checked */
char *allocate_text(struct span s);                        /* terminated copy; caller frees */

#endif
