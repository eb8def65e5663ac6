/* Words that are known when a program is built, looked for in short texts.
 *
 * Inlined, so that the compiler knows the word's length and its bytes: a call would cost more than the search. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_WORDS_H
#define TIDEMARK_COLLECTORS_FORMATS_WORDS_H

#include "common/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define WORDS_INLINE static inline __attribute__((always_inline))

#ifdef __SSE2__
/* A bit for each of sixteen places where the word's first and last byte stand right. */
WORDS_INLINE unsigned words_places(const char *p, const char *word, size_t n)
{
    __m128i begin = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i end = _mm_loadu_si128((const __m128i *)(const void *)(p + n - 1));
    return (unsigned)_mm_movemask_epi8(
        _mm_and_si128(_mm_cmpeq_epi8(begin, _mm_set1_epi8(word[0])), _mm_cmpeq_epi8(end, _mm_set1_epi8(word[n - 1]))));
}
#endif

/* Where `word`, which is not empty, begins in `text` at or behind `from`; text.n where it does not.  Nothing outside of
 * `text` is read. */
WORDS_INLINE size_t words_find(struct span text, size_t from, const char *word)
{
    const size_t n = strlen(word);
#ifdef __SSE2__
    const size_t block = n + 15; /* bytes that sixteen places take */
    if (text.n >= block)
        while (from + n <= text.n) {
            size_t at = from + block <= text.n ? from : text.n - block; /* the last block reaches back */
            unsigned places = words_places(text.p + at, word, n) >> (from - at);
            for (; places; places &= places - 1) {
                size_t found = from + (unsigned)__builtin_ctz(places);
                if (memcmp(text.p + found, word, n) == 0)
                    return found;
            }
            from = at + 16;
        }
#endif
    for (; from + n <= text.n; from++)
        if (text.p[from] == word[0] && memcmp(text.p + from, word, n) == 0)
            return from;
    return text.n;
}

#endif
