/* An index of a run of bytes: where its separators and its line feeds stand, found 64 bytes a step. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_MARKS_H
#define TIDEMARK_COLLECTORS_FORMATS_MARKS_H

#include "formats/simd.h"

#include <stddef.h>
#include <stdint.h>

/* Arrays of the caller's.  What finding writes behind the used entries, up to MARKS_SLACK of them, is of no meaning. */
enum { MARKS_SLACK = 64 };

struct marks {
    uint32_t *at;   /* offsets of separators and line feeds, ascending */
    uint32_t *line; /* which of them are line feeds: indexes into `at`, ascending */
    uint32_t n, lines;
};

/* Append the marks of p[0, n), their offsets counted from `base` bytes before p.  64 readable bytes follow; both arrays
 * have room for n more entries and the slack.  The separator may be a line feed: then there are only those. */
typedef void marks_find(struct marks *m, const char *p, uint32_t n, char separator, uint32_t base);

/* For a level that the processor has. */
marks_find *marks_finder(enum simd_level level);

/* Where RFC 4180 records stand between two runs of their bytes. */
struct marks_quotes {
    uint64_t inside; /* all bits: in a field in quotes */
    uint64_t before; /* 1: an opening quote may come next */
    uint64_t closed; /* 1: a closing quote was last */
    uint64_t cr;     /* 1: a carriage return behind one was last */
};
#define MARKS_QUOTES_BEGIN ((struct marks_quotes){ .before = 1 })

/* The same for records whose fields may stand in quotes: what is inside them is no mark.  Returns how many bytes were
 * looked at: fewer than n where a quote stands against the rules, in a record that begins behind the last line feed
 * found; then nothing behind is known, and `q` neither. */
typedef uint32_t marks_find_quoted(struct marks *m, struct marks_quotes *q, const char *p, uint32_t n, char separator,
                                   uint32_t base);
marks_find_quoted *marks_quoted_finder(enum simd_level level);

#endif
