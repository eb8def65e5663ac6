/* A line cut at each occurrence of one separator: flow-log text, Zeek TSV. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_SPLIT_H
#define TIDEMARK_COLLECTORS_FORMATS_SPLIT_H

#include "core/collector.h"

#include <stdint.h>

enum { SPLIT_TOKENS_MAX = 512 };

struct split {
    const char *text;
    uint32_t first;      /* offset of the first token */
    uint32_t n;          /* tokens; SPLIT_TOKENS_MAX + 1: more than that */
    const uint32_t *end; /* offset behind token i */
    uint32_t own[SPLIT_TOKENS_MAX + 64];
};

/* Every separator ends a token and the line's end ends the last one: an empty line is one empty token.
 * Lines up to 4 GiB; 64 readable bytes must follow the line. */
void split_line(struct split *s, struct span line, char separator);

/* The same from what framing knows about the unit `line`, if it does; `tokens` is borrowed by the split. */
static inline void split_unit(struct split *s, struct span line, const struct tokens *tokens, char separator)
{
    if (!tokens->n) {
        split_line(s, line, separator);
        return;
    }
    s->text = tokens->text;
    s->first = (uint32_t)(line.p - tokens->text);
    s->n = tokens->n <= SPLIT_TOKENS_MAX ? tokens->n : SPLIT_TOKENS_MAX + 1;
    s->end = tokens->end;
}

/* Token i < n of a line that had no more than SPLIT_TOKENS_MAX. */
static inline struct span split_token(const struct split *s, uint32_t i)
{
    uint32_t begin = i ? s->end[i - 1] + 1 : s->first;
    return span_of(s->text + begin, s->end[i] - begin);
}

#endif
