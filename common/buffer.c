#include "common/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PADDING_BYTES = 64 };

void buffer_fini(struct buffer *b)
{
    if (!b->borrowed)
        free(b->p);
    *b = (struct buffer){ 0 };
}

struct buffer buffer_over(char *p, size_t capacity)
{
    return (struct buffer){ .p = p, .capacity = capacity, .borrowed = true };
}

char *buffer_reserve(struct buffer *b, size_t more)
{
    CHECK(more < SIZE_MAX / 4 && b->n < SIZE_MAX / 4);
    size_t needed = b->n + more + PADDING_BYTES;
    if (needed > b->capacity) {
        size_t capacity = b->capacity ? b->capacity : 256;
        while (capacity < needed)
            capacity *= 2;
        const char *borrowed = b->borrowed ? b->p : NULL;
        b->p = allocate_more(borrowed ? NULL : b->p, capacity, 1);
        if (borrowed && b->n)
            memcpy(b->p, borrowed, b->n);
        b->capacity = capacity;
        b->borrowed = false;
    }
    return b->p + b->n;
}

void buffer_append(struct buffer *b, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(buffer_reserve(b, n), bytes, n);
    b->n += n;
}

void buffer_append_span(struct buffer *b, struct span s)
{
    buffer_append(b, s.p, s.n);
}

void buffer_append_byte(struct buffer *b, char c)
{
    *buffer_reserve(b, 1) = c;
    b->n++;
}

void buffer_append_format(struct buffer *b, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(n >= 0);
    vsnprintf(buffer_reserve(b, (size_t)n + 1), (size_t)n + 1, format, again);
    va_end(again);
    b->n += (size_t)n;
}

void *allocate(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    CHECK(p != NULL);
    return p;
}

void *allocate_more(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count ? count : 1, size ? size : 1);
    CHECK(p != NULL);
    return p;
}

char *allocate_text(struct span s)
{
    char *text = allocate(s.n + 1, 1);
    if (s.n)
        memcpy(text, s.p, s.n);
    return text;
}
