#include "formats/masks.h"

#include <string.h>

void masks_tails_init(struct masks_tails *t, char sign)
{
    *t = (struct masks_tails){ .sign = sign };
}

static bool has_tail(const struct masks_tails *t, const char *end)
{
    unsigned buckets = 0xff;
    for (unsigned i = 0; i < MASKS_TAIL_BYTES; i++) {
        unsigned char c = (unsigned char)end[-1 - (int)i];
        buckets &= t->at[i].low[c & 15] & t->at[i].high[c >> 4];
    }
    return buckets != 0;
}

void masks_tails_add(struct masks_tails *t, const char *tail)
{
    if (t->n && has_tail(t, tail + MASKS_TAIL_BYTES))
        return;
    uint8_t bucket = (uint8_t)(1U << t->n++ % MASKS_BUCKETS);
    for (unsigned i = 0; i < MASKS_TAIL_BYTES; i++) {
        unsigned char c = (unsigned char)tail[MASKS_TAIL_BYTES - 1 - i];
        t->at[i].low[c & 15] |= bucket;
        t->at[i].high[c >> 4] |= bucket;
    }
}

static size_t find_portable(const struct masks_tails *t, const char *p, size_t from, size_t to,
                            uint16_t *restrict found)
{
    size_t n = 0;
    for (size_t at = from; at < to; at++) {
        const char *hit = memchr(p + at, t->sign, to - at);
        if (!hit)
            break;
        at = (size_t)(hit - p);
        if (has_tail(t, hit))
            found[n++] = (uint16_t)(at - from);
    }
    return n;
}

#ifdef __x86_64__

/* Blocks of 64 bytes; the last one reaches back over what has been seen, so that nothing behind `to` is touched. */
#define FIND_IN_BLOCKS(bits_of_block)                                                                                  \
    if (to < from + MASKS_BYTES)                                                                                       \
        return find_portable(t, p, from, to, found);                                                                   \
    size_t n = 0;                                                                                                      \
    for (size_t at = from; at < to; at += MASKS_BYTES) {                                                               \
        uint64_t seen = 0;                                                                                             \
        if (to - at < MASKS_BYTES) {                                                                                   \
            seen = (UINT64_C(1) << (MASKS_BYTES - (to - at))) - 1;                                                     \
            at = to - MASKS_BYTES;                                                                                     \
        }                                                                                                              \
        n = append(found, n, at - from, (bits_of_block) & ~seen);                                                      \
    }                                                                                                                  \
    return n

/* Two are written, at once, whether they are there or not: that is cheaper than to guess how many a block has. */
__attribute__((target("popcnt"))) static inline size_t append(uint16_t *found, size_t n, size_t base, uint64_t bits)
{
    size_t more = n + (size_t)__builtin_popcountll(bits);
    const uint64_t last = UINT64_C(1) << 63;
    uint64_t first = (unsigned)__builtin_ctzll(bits | last),
             second = (unsigned)__builtin_ctzll((bits & (bits - 1)) | last);
    uint32_t two = (uint32_t)(base * 0x10001 + (second << 16) + first);
    memcpy(found + n, &two, sizeof two);
    if (__builtin_expect(more > n + 2, 0)) {
        bits &= bits - 1;
        bits &= bits - 1;
        for (n += 2; bits; bits &= bits - 1)
            found[n++] = (uint16_t)(base + (unsigned)__builtin_ctzll(bits));
    }
    return more;
}

static inline __m128i load_16(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* The buckets whose words may have the bytes of `text` at a place. */
__attribute__((target("sse4.2"))) static inline __m128i buckets_16(__m128i text, const uint8_t *low,
                                                                   const uint8_t *high)
{
    const __m128i half = _mm_set1_epi8(15);
    return _mm_and_si128(_mm_shuffle_epi8(load_16(low), _mm_and_si128(text, half)),
                         _mm_shuffle_epi8(load_16(high), _mm_and_si128(_mm_srli_epi16(text, 4), half)));
}

__attribute__((target("sse4.2"))) static inline uint64_t bits_16(const struct masks_tails *t, const char *p)
{
    __m128i signs = _mm_cmpeq_epi8(load_16(p), _mm_set1_epi8(t->sign));
    __m128i buckets = buckets_16(load_16(p - 1), t->at[0].low, t->at[0].high);
    for (unsigned i = 1; i < MASKS_TAIL_BYTES; i++)
        buckets = _mm_and_si128(buckets, buckets_16(load_16(p - 1 - i), t->at[i].low, t->at[i].high));
    __m128i none = _mm_cmpeq_epi8(buckets, _mm_setzero_si128());
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_andnot_si128(none, signs));
}

__attribute__((target("sse4.2,popcnt"))) static size_t find_sse4_2(const struct masks_tails *t, const char *p,
                                                                   size_t from, size_t to, uint16_t *restrict found)
{
    FIND_IN_BLOCKS(bits_16(t, p + at) | bits_16(t, p + at + 16) << 16 | bits_16(t, p + at + 32) << 32 |
                   bits_16(t, p + at + 48) << 48);
}

__attribute__((target("avx2"))) static inline __m256i load_32(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

__attribute__((target("avx2"))) static inline __m256i buckets_32(__m256i text, const uint8_t *low, const uint8_t *high)
{
    const __m256i half = _mm256_set1_epi8(15);
    __m256i l = _mm256_broadcastsi128_si256(load_16(low)), h = _mm256_broadcastsi128_si256(load_16(high));
    return _mm256_and_si256(_mm256_shuffle_epi8(l, _mm256_and_si256(text, half)),
                            _mm256_shuffle_epi8(h, _mm256_and_si256(_mm256_srli_epi16(text, 4), half)));
}

__attribute__((target("avx2"))) static inline uint64_t bits_32(const struct masks_tails *t, const char *p)
{
    __m256i signs = _mm256_cmpeq_epi8(load_32(p), _mm256_set1_epi8(t->sign));
    __m256i buckets = buckets_32(load_32(p - 1), t->at[0].low, t->at[0].high);
    for (unsigned i = 1; i < MASKS_TAIL_BYTES; i++)
        buckets = _mm256_and_si256(buckets, buckets_32(load_32(p - 1 - i), t->at[i].low, t->at[i].high));
    __m256i none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
    return (uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_andnot_si256(none, signs));
}

__attribute__((target("avx2,bmi,popcnt"))) static size_t find_avx2(const struct masks_tails *t, const char *p,
                                                                   size_t from, size_t to, uint16_t *restrict found)
{
    FIND_IN_BLOCKS(bits_32(t, p + at) | bits_32(t, p + at + 32) << 32);
}

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,bmi,popcnt")))

TARGET_AVX512 static inline __m512i buckets_64(const char *p, const uint8_t *low, const uint8_t *high)
{
    const __m512i half = _mm512_set1_epi8(15), text = _mm512_loadu_si512(p);
    __m512i l = _mm512_broadcast_i32x4(load_16(low)), h = _mm512_broadcast_i32x4(load_16(high));
    return _mm512_and_si512(_mm512_shuffle_epi8(l, _mm512_and_si512(text, half)),
                            _mm512_shuffle_epi8(h, _mm512_and_si512(_mm512_srli_epi16(text, 4), half)));
}

TARGET_AVX512 static inline uint64_t bits_64(const struct masks_tails *t, const char *p)
{
    uint64_t signs = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8(t->sign));
    __m512i buckets = buckets_64(p - 1, t->at[0].low, t->at[0].high);
    for (unsigned i = 1; i < MASKS_TAIL_BYTES; i++)
        buckets = _mm512_and_si512(buckets, buckets_64(p - 1 - i, t->at[i].low, t->at[i].high));
    return _mm512_mask_test_epi8_mask(signs, buckets, buckets);
}

TARGET_AVX512 static size_t find_avx512(const struct masks_tails *t, const char *p, size_t from, size_t to,
                                        uint16_t *restrict found)
{
    FIND_IN_BLOCKS(bits_64(t, p + at));
}

#endif

masks_find *masks_finder(enum simd_level level)
{
#ifdef __x86_64__
    static masks_find *const finders[] = { find_portable, find_sse4_2, find_avx2, find_avx512 };
    return finders[level];
#else
    (void)level;
    return find_portable;
#endif
}
