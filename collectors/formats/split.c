#include "formats/split.h"

#include "formats/masks.h"

enum { BLOCK_BYTES = MASKS_BYTES };

void split_line(struct split *s, struct span line, char separator)
{
    s->text = line.p;
    s->first = 0;
    s->end = s->own;
    uint32_t n = 0;
    for (size_t at = 0; at < line.n && n <= SPLIT_TOKENS_MAX; at += BLOCK_BYTES) {
        uint64_t mask = masks_of(line.p + at, separator);
        if (line.n - at < BLOCK_BYTES)
            mask &= (UINT64_C(1) << (line.n - at)) - 1;
        for (; mask && n <= SPLIT_TOKENS_MAX; mask &= mask - 1)
            s->own[n++] = (uint32_t)at + (uint32_t)__builtin_ctzll(mask);
    }
    if (n >= SPLIT_TOKENS_MAX) {
        s->n = SPLIT_TOKENS_MAX + 1;
        return;
    }
    s->own[n] = (uint32_t)line.n;
    s->n = n + 1;
}
