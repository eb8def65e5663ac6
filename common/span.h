/* A borrowed run of bytes: not terminated, never outliving the buffer that it points into.
 * An empty span may have any pointer, NULL included. */
#ifndef TIDEMARK_COMMON_SPAN_H
#define TIDEMARK_COMMON_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n;
};

#define SPAN_LITERAL(text) ((struct span){ (text), sizeof(text) - 1 })
/* The same as an initialiser: a table's texts have lengths that the compiler knows, so that looking for one of them
 * compares lengths first. */
#define SPAN_WORD(text)                                                                                                \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

static inline struct span span_of(const char *p, size_t n)
{
    return (struct span){ p, n };
}

static inline struct span span_text(const char *terminated)
{
    return (struct span){ terminated, strlen(terminated) };
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *terminated)
{
    return span_equal(a, span_text(terminated));
}

static inline bool span_starts(struct span a, struct span head)
{
    return a.n >= head.n && (head.n == 0 || memcmp(a.p, head.p, head.n) == 0);
}

static inline struct span span_from(struct span a, size_t at)
{
    if (at >= a.n) /* nothing is added to a NULL */
        return (struct span){ a.n ? a.p + a.n : a.p, 0 };
    return (struct span){ a.p + at, a.n - at };
}

static inline bool byte_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without the ASCII blanks (space, \t \r \n \v \f) at both ends. */
static inline struct span span_trim(struct span a)
{
    while (a.n && byte_is_blank(a.p[0])) {
        a.p++;
        a.n--;
    }
    while (a.n && byte_is_blank(a.p[a.n - 1]))
        a.n--;
    return a;
}

/* Index of the first `c` at or after `from`; a.n where there is none. */
static inline size_t span_find(struct span a, char c, size_t from)
{
    if (from >= a.n)
        return a.n;
    if (a.n > PTRDIFF_MAX) /* no object is so large, which compilers want to be told */
        __builtin_unreachable();
    const char *at = (const char *)memchr(a.p + from, c, a.n - from);
    return at ? (size_t)(at - a.p) : a.n;
}

/* Equal with ASCII letters' case ignored. */
bool span_equal_nocase(struct span a, struct span b);

/* Bytewise order, a shorter prefix first: for sorting (UTF-8 sorts by code point this way). */
int span_compare(struct span a, struct span b);

/* First position of `needle` in `a`, or a.n. */
size_t span_search(struct span a, struct span needle);

#endif
