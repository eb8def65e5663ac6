/* Text looked at 64 bytes at a time: a bit per byte.
 *
 * masks_of is for short looks and the same everywhere.  The search for ends of words (masks_find) is there for each
 * level of vector instructions; every level gives the same answer.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_MASKS_H
#define TIDEMARK_COLLECTORS_FORMATS_MASKS_H

#include "formats/simd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { MASKS_BYTES = 64, MASKS_PIECE_BYTES = 16 };

/* A bit for each `sign` among the 16 bytes at `p`. */
static inline unsigned masks_piece(const char *p, char sign)
{
#ifdef __x86_64__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(sign)));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < MASKS_PIECE_BYTES; i++)
        bits |= (unsigned)(p[i] == sign) << i;
    return bits;
#endif
}

/* The same of the 64 bytes at `p`. */
static inline uint64_t masks_of(const char *p, char sign)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < MASKS_BYTES; i += MASKS_PIECE_BYTES)
        bits |= (uint64_t)masks_piece(p + i, sign) << i;
    return bits;
}

/* Every bit becomes the parity of the bits up to it: set from an opening quote up to before the closing one. */
static inline uint64_t masks_parity(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* The first `a` or `b` in [from, to) of `p`; `to` where there is none.  Reads nothing else. */
static inline size_t masks_either(const char *p, size_t from, size_t to, char a, char b)
{
#ifdef __x86_64__
    const __m128i first = _mm_set1_epi8(a), second = _mm_set1_epi8(b);
    for (; from + 16 <= to; from += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + from));
        unsigned bits =
            (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(bytes, second)));
        if (bits)
            return from + (unsigned)__builtin_ctz(bits);
    }
#endif
    while (from < to && p[from] != a && p[from] != b)
        from++;
    return from;
}

#ifdef __x86_64__
/* The same as masks_of for SIMD_AVX2. */
__attribute__((target("avx2"))) static inline uint64_t masks_of_avx2(const char *p, char sign)
{
    const __m256i wanted = _mm256_set1_epi8(sign);
    uint64_t bits = 0;
    for (unsigned i = 0; i < MASKS_BYTES; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        bits |= (uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, wanted)) << i;
    }
    return bits;
}
#endif

/* What stands before a sign: the last three bytes of some words.  The words share eight buckets; a bucket takes each
 * half byte that one of its words has at that place, so up to eight different tails are told apart exactly, and more
 * let some others through. */
enum { MASKS_TAIL_BYTES = 3, MASKS_BUCKETS = 8 };
struct masks_tails {
    char sign;
    unsigned n;
    struct {
        uint8_t low[16], high[16]; /* a bit per bucket, by half byte */
    } at[MASKS_TAIL_BYTES];        /* the last byte first */
};

void masks_tails_init(struct masks_tails *t, char sign);

/* `tail` points to MASKS_TAIL_BYTES bytes. */
void masks_tails_add(struct masks_tails *t, const char *tail);

/* Offsets in [from, to) of the signs at `p` that have one of the tails directly before them, ascending, less `from`;
 * returns how many.
 *
 * from, to  from is at least MASKS_TAIL_BYTES, to - from at most MASKS_FIND_BYTES.
 * found     room for MASKS_FIND_ROOM; what stands behind the returned number is undefined. */
enum { MASKS_FIND_BYTES = 4096, MASKS_FIND_ROOM = MASKS_FIND_BYTES + 2 };
typedef size_t masks_find(const struct masks_tails *t, const char *p, size_t from, size_t to, uint16_t *found);

/* For a level that the processor has. */
masks_find *masks_finder(enum simd_level level);

#endif
