#include "formats/marks.h"

#include "formats/masks.h"

#include <endian.h>
#include <string.h>

enum { BLOCK_BYTES = MASKS_BYTES };

/* ------------------------------------------------------------------ portable: 8 bytes a step */

static uint64_t equal_bytes(uint64_t word, char c)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t x = word ^ (unsigned char)c * UINT64_C(0x0101010101010101);
    return ~(((x & low) + low) | x | low); /* the top bit of each byte that is equal */
}

static void find_portable(struct marks *m, const char *p, uint32_t n, char separator, uint32_t base)
{
    for (uint32_t i = 0; i < n; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        word = le64toh(word);
        uint64_t found = equal_bytes(word, separator) | equal_bytes(word, '\n');
        if (n - i < 8)
            found &= (UINT64_C(1) << 8 * (n - i)) - 1;
        for (; found; found &= found - 1) {
            uint32_t at = i + (uint32_t)__builtin_ctzll(found) / 8;
            m->line[m->lines] = m->n;
            m->lines += p[at] == '\n';
            m->at[m->n++] = base + at;
        }
    }
}

/* ------------------------------------------------------------------ a bit per byte */

static inline uint64_t visible_bits(uint32_t left)
{
    return left < BLOCK_BYTES ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0);
}

/* Eight at a time whether they are there or not: how many there are is not to be guessed. */
static inline void put_bits(struct marks *m, uint64_t bits, uint64_t feeds, uint32_t base)
{
    uint32_t count = (uint32_t)__builtin_popcountll(bits);
    for (; feeds; feeds &= feeds - 1)
        m->line[m->lines++] = m->n + (uint32_t)__builtin_popcountll(bits & ((feeds & -feeds) - 1));
    uint32_t *out = m->at + m->n;
    m->n += count;
    for (uint32_t i = 0; i < count; i += 8) {
        for (uint32_t k = 0; k < 8; k++) {
            out[i + k] = base + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
            bits &= bits - 1;
        }
    }
}

struct block {
    uint64_t visible, quotes, separators, feeds, returns;
};

/* Strike the separators and line feeds inside quotes.  Returns the places where a quote before them is against the
 * rules: an opening one not at a field's begin, a closing one not at its end.  (Of two quotes inside a field the first
 * closes and the second opens.) */
static inline uint64_t strike_quoted(struct marks_quotes *q, struct block *b)
{
    unsigned last = 63 - (unsigned)__builtin_clzll(b->visible);
    uint64_t edges = b->separators | b->feeds | b->quotes, bad = 0;
    if (b->quotes | q->inside | q->closed | q->cr) {
        uint64_t inside = masks_parity(b->quotes) ^ q->inside;
        uint64_t closing = b->quotes & ~inside, behind = closing << 1 | q->closed, returns = behind & b->returns;
        bad = b->quotes & inside & ~(edges << 1 | q->before);
        bad |= behind & ~(edges | b->returns);
        bad |= (returns << 1 | q->cr) & ~b->feeds;
        b->separators &= ~inside;
        b->feeds &= ~inside;
        q->inside = 0 - (inside >> last & 1);
        q->closed = closing >> last & 1;
        q->cr = returns >> last & 1;
    }
    q->before = edges >> last & 1;
    bad &= b->visible;
    uint64_t sound = bad ? (bad & -bad) - 1 : ~UINT64_C(0);
    b->separators &= sound;
    b->feeds &= sound;
    return bad;
}

#define FIND_QUOTED_IN_BLOCKS(mask_of)                                                                                 \
    for (uint32_t i = 0; i < n; i += BLOCK_BYTES) {                                                                    \
        struct block b = { .visible = visible_bits(n - i) };                                                           \
        b.quotes = mask_of(p + i, '"') & b.visible;                                                                    \
        b.separators = mask_of(p + i, separator) & b.visible;                                                          \
        b.feeds = mask_of(p + i, '\n') & b.visible;                                                                    \
        b.returns = mask_of(p + i, '\r') & b.visible;                                                                  \
        uint64_t bad = strike_quoted(q, &b);                                                                           \
        put_bits(m, b.separators | b.feeds, b.feeds, base + i);                                                        \
        if (bad)                                                                                                       \
            return i + (uint32_t)__builtin_ctzll(bad);                                                                 \
    }                                                                                                                  \
    return n;

static uint32_t find_quoted_portable(struct marks *m, struct marks_quotes *q, const char *p, uint32_t n, char separator,
                                     uint32_t base)
{
    FIND_QUOTED_IN_BLOCKS(masks_of)
}

#ifdef __x86_64__

#define FIND_IN_BLOCKS(mask_of)                                                                                        \
    for (uint32_t i = 0; i < n; i += BLOCK_BYTES) {                                                                    \
        uint64_t visible = visible_bits(n - i), feeds = mask_of(p + i, '\n') & visible;                                \
        put_bits(m, (mask_of(p + i, separator) & visible) | feeds, feeds, base + i);                                   \
    }

__attribute__((target("sse4.2,popcnt"))) static void find_sse4_2(struct marks *m, const char *p, uint32_t n,
                                                                 char separator, uint32_t base)
{
    FIND_IN_BLOCKS(masks_of)
}

__attribute__((target("sse4.2,popcnt"))) static uint32_t
find_quoted_sse4_2(struct marks *m, struct marks_quotes *q, const char *p, uint32_t n, char separator, uint32_t base)
{
    FIND_QUOTED_IN_BLOCKS(masks_of)
}

__attribute__((target("avx2,bmi,bmi2,popcnt"))) static void find_avx2(struct marks *m, const char *p, uint32_t n,
                                                                      char separator, uint32_t base)
{
    FIND_IN_BLOCKS(masks_of_avx2)
}

__attribute__((target("avx2,bmi,bmi2,popcnt"))) static uint32_t
find_quoted_avx2(struct marks *m, struct marks_quotes *q, const char *p, uint32_t n, char separator, uint32_t base)
{
    FIND_QUOTED_IN_BLOCKS(masks_of_avx2)
}

#define AVX512_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi,bmi2,popcnt")))

/* The positions of the set bits, plus base, as 32-bit numbers. */
AVX512_TARGET static inline void put_positions(uint32_t *out, uint64_t bits, __m512i base)
{
    static const unsigned char numbers[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
    };
    __m512i packed = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
    _mm512_storeu_si512(out, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    if (__builtin_popcountll(bits) <= 16)
        return;
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1))));
    _mm512_storeu_si512(out + 32, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 2))));
    _mm512_storeu_si512(out + 48, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 3))));
}

AVX512_TARGET static inline void put_block(struct marks *m, uint64_t bits, uint64_t feeds, uint32_t base)
{
    put_positions(m->at + m->n, bits, _mm512_set1_epi32((int)base));
    put_positions(m->line + m->lines, _pext_u64(feeds, bits), _mm512_set1_epi32((int)m->n));
    m->n += (uint32_t)__builtin_popcountll(bits);
    m->lines += (uint32_t)__builtin_popcountll(feeds);
}

AVX512_TARGET static void find_avx512(struct marks *m, const char *p, uint32_t n, char separator, uint32_t base)
{
    const __m512i a = _mm512_set1_epi8(separator), b = _mm512_set1_epi8('\n');
    for (uint32_t i = 0; i < n; i += BLOCK_BYTES) {
        __m512i bytes = _mm512_loadu_si512(p + i);
        uint64_t visible = visible_bits(n - i), feeds = _mm512_cmpeq_epi8_mask(bytes, b) & visible;
        put_block(m, (_mm512_cmpeq_epi8_mask(bytes, a) & visible) | feeds, feeds, base + i);
    }
}

AVX512_TARGET static uint32_t find_quoted_avx512(struct marks *m, struct marks_quotes *q, const char *p, uint32_t n,
                                                 char separator, uint32_t base)
{
    const __m512i a = _mm512_set1_epi8(separator), feed = _mm512_set1_epi8('\n'), cr = _mm512_set1_epi8('\r'),
                  quote = _mm512_set1_epi8('"');
    for (uint32_t i = 0; i < n; i += BLOCK_BYTES) {
        __m512i bytes = _mm512_loadu_si512(p + i);
        uint64_t visible = visible_bits(n - i);
        struct block b = { .visible = visible,
                           .quotes = _mm512_cmpeq_epi8_mask(bytes, quote) & visible,
                           .separators = _mm512_cmpeq_epi8_mask(bytes, a) & visible,
                           .feeds = _mm512_cmpeq_epi8_mask(bytes, feed) & visible,
                           .returns = _mm512_cmpeq_epi8_mask(bytes, cr) & visible };
        uint64_t bad = strike_quoted(q, &b);
        put_block(m, b.separators | b.feeds, b.feeds, base + i);
        if (bad)
            return i + (uint32_t)__builtin_ctzll(bad);
    }
    return n;
}

#endif

marks_find *marks_finder(enum simd_level level)
{
#ifdef __x86_64__
    static marks_find *const finders[] = { find_portable, find_sse4_2, find_avx2, find_avx512 };
    return finders[level];
#else
    (void)level;
    return find_portable;
#endif
}

marks_find_quoted *marks_quoted_finder(enum simd_level level)
{
#ifdef __x86_64__
    static marks_find_quoted *const finders[] = { find_quoted_portable, find_quoted_sse4_2, find_quoted_avx2,
                                                  find_quoted_avx512 };
    return finders[level];
#else
    (void)level;
    return find_quoted_portable;
#endif
}
