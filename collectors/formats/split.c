#include "formats/split.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK_BYTES = 64 };

/* One bit per byte of the block that equals the separator. */
#ifdef __SSE2__
static inline uint64_t separators(const char *p, char separator)
{
    const __m128i wanted = _mm_set1_epi8(separator);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++) {
        __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)), wanted);
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << 16 * i;
    }
    return mask;
}
#else
static inline uint64_t separators(const char *p, char separator)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < BLOCK_BYTES; i++)
        mask |= (uint64_t)(p[i] == separator) << i;
    return mask;
}
#endif

void split_line(struct split *s, struct span line, char separator)
{
    s->text = line.p;
    s->first = 0;
    s->end = s->own;
    uint32_t n = 0;
    for (size_t at = 0; at < line.n && n <= SPLIT_TOKENS_MAX; at += BLOCK_BYTES) {
        uint64_t mask = separators(line.p + at, separator);
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
