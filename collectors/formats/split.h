/* A line cut at each occurrence of one separator: flow-log text, Zeek TSV. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_SPLIT_H
#define TIDEMARK_COLLECTORS_FORMATS_SPLIT_H

#include "common/span.h"

#include <stdint.h>

enum { SPLIT_TOKENS_MAX = 512 };

struct split {
    const char *text;
    uint32_t n;                          /* tokens; SPLIT_TOKENS_MAX + 1: more than that */
    uint32_t end[SPLIT_TOKENS_MAX + 64]; /* offset behind token i; what is beyond n is not set */
};

/* Every separator ends a token and the line's end ends the last one: an empty line is one empty token.
 * Lines up to 4 GiB; 64 readable bytes must follow the line. */
void split_line(struct split *s, struct span line, char separator);

/* Token i < n of a line that had no more than SPLIT_TOKENS_MAX. */
static inline struct span split_token(const struct split *s, uint32_t i)
{
    uint32_t begin = i ? s->end[i - 1] + 1 : 0;
    return span_of(s->text + begin, s->end[i] - begin);
}

#endif
