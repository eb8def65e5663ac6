#include "formats/json_end.h"

#include "common/status.h"
#include "formats/masks.h"

enum { DEPTH_MAX = 64 };

/* A bit per byte of a block. */
struct block {
    uint64_t quotes, backslashes, feeds, opens, closes;
};

struct walk {
    const char *p;
    const struct span *keys;
    unsigned keys_n;
    unsigned depth;
    uint64_t arrays;  /* a bit for each open bracket that is an array's, the innermost one lowest */
    uint64_t string;  /* all ones: the block begins inside a string */
    uint64_t escaped; /* 1: a backslash stands before the block's first byte, and counts */
};

/* The bytes that stand behind an odd number of backslashes (in a run of them, only what follows it).  A run begins
 * where none stands before; adding its first bit carries to the bit behind it, whose parity tells its length's. */
static inline uint64_t escaped_bytes(struct walk *w, uint64_t backslashes)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t first = w->escaped, runs = backslashes & ~first, begins = runs & ~(runs << 1);
    if ((backslashes | first) == 0)
        return 0;
    uint64_t behind_even = runs + (begins & even), behind_odd;
    w->escaped = __builtin_add_overflow(runs, begins & ~even, &behind_odd);
    return first | (((behind_even & ~even) | (behind_odd & even)) & ~runs);
}

/* For each bit, whether the number of bits up to it and with it is odd. */
static inline uint64_t odd_bits(uint64_t bits)
{
    for (unsigned i = 1; i < MASKS_BYTES; i *= 2)
        bits ^= bits << i;
    return bits;
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Does the text in front of the array at `at` end with one of the keys? */
static bool under_key(const struct walk *w, size_t at)
{
    while (at && (is_blank(w->p[at - 1]) || w->p[at - 1] == ':'))
        at--;
    if (at < 2 || w->p[at - 1] != '"')
        return false;
    const char *end = w->p + at - 1;
    for (unsigned i = 0; i < w->keys_n; i++) {
        struct span key = w->keys[i];
        if (at > key.n + 1 && end[-(ptrdiff_t)key.n - 1] == '"' && memcmp(end - key.n, key.p, key.n) == 0)
            return true;
    }
    return false;
}

/* A bracket opens at `at`; false: look closely. */
static inline bool open_at(struct walk *w, size_t at)
{
    bool array = w->p[at] == '[', inside = w->arrays & 1;
    if (at) {
        size_t before = at - 1;
        while (before && is_blank(w->p[before]))
            before--;
        char c = w->p[before];
        if (c != ':' && !(inside && (c == ',' || c == '[')))
            return false;
    }
    if (w->depth == DEPTH_MAX || (array && w->depth == 1 && !inside && under_key(w, at)))
        return false;
    w->arrays = w->arrays << 1 | array;
    w->depth++;
    return true;
}

/* One block, whose first byte is at `at`.  STATUS_END: the value ends behind *end bytes; STATUS_BAD: look closely. */
static inline enum status step(struct walk *w, size_t at, struct block b, uint64_t visible, size_t *end)
{
    b.quotes &= ~escaped_bytes(w, b.backslashes);
    uint64_t string = odd_bits(b.quotes) ^ w->string;
    uint64_t doubts = ((b.feeds & string) | (b.backslashes & ~string)) & visible;
    uint64_t brackets = (b.opens | b.closes) & ~string & visible;
    if (doubts)
        brackets &= (doubts & -doubts) - 1;
    w->string = (uint64_t)((int64_t)string >> 63);
    for (; brackets; brackets &= brackets - 1) {
        uint64_t bit = brackets & -brackets;
        size_t here = at + (unsigned)__builtin_ctzll(brackets);
        if (bit & b.opens) {
            if (!open_at(w, here))
                return STATUS_BAD;
            continue;
        }
        if ((w->arrays & 1) != (w->p[here] == ']'))
            return STATUS_BAD;
        w->arrays >>= 1;
        if (--w->depth == 0) {
            *end = here + 1;
            return STATUS_END;
        }
    }
    return doubts ? STATUS_BAD : STATUS_OK;
}

#define FIND_IN_BLOCKS(block_of)                                                                                       \
    struct walk w = { .p = p, .keys = keys, .keys_n = keys_n };                                                        \
    for (size_t at = 0; at < n; at += MASKS_BYTES) {                                                                   \
        size_t end;                                                                                                    \
        uint64_t visible = n - at < MASKS_BYTES ? (UINT64_C(1) << (n - at)) - 1 : ~UINT64_C(0);                        \
        enum status s = step(&w, at, block_of(p + at), visible, &end);                                                 \
        if (s != STATUS_OK)                                                                                            \
            return s == STATUS_END ? end : 0;                                                                          \
    }                                                                                                                  \
    return 0

static inline struct block block_portable(const char *p)
{
    return (struct block){ masks_of(p, '"'), masks_of(p, '\\'), masks_of(p, '\n'), masks_of(p, '{') | masks_of(p, '['),
                           masks_of(p, '}') | masks_of(p, ']') };
}

static size_t find_portable(const char *p, size_t n, const struct span *keys, unsigned keys_n)
{
    FIND_IN_BLOCKS(block_portable);
}

#ifdef __x86_64__

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

TARGET_AVX2 static inline struct block block_avx2(const char *p)
{
    return (struct block){ masks_of_avx2(p, '"'), masks_of_avx2(p, '\\'), masks_of_avx2(p, '\n'),
                           masks_of_avx2(p, '{') | masks_of_avx2(p, '['),
                           masks_of_avx2(p, '}') | masks_of_avx2(p, ']') };
}

TARGET_AVX2 static size_t find_avx2(const char *p, size_t n, const struct span *keys, unsigned keys_n)
{
    FIND_IN_BLOCKS(block_avx2);
}

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,bmi,bmi2,popcnt")))

TARGET_AVX512 static inline struct block block_avx512(const char *p)
{
    /* { and [, } and ] are apart by one bit. */
    const __m512i bytes = _mm512_loadu_si512(p), curly = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    return (struct block){ _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
                           _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
                           _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n')),
                           _mm512_cmpeq_epi8_mask(curly, _mm512_set1_epi8('{')),
                           _mm512_cmpeq_epi8_mask(curly, _mm512_set1_epi8('}')) };
}

TARGET_AVX512 static size_t find_avx512(const char *p, size_t n, const struct span *keys, unsigned keys_n)
{
    FIND_IN_BLOCKS(block_avx512);
}

#endif

json_end_find *json_end_finder(enum simd_level level)
{
#ifdef __x86_64__
    static json_end_find *const finders[] = { find_portable, find_portable, find_avx2, find_avx512 };
    return finders[level];
#else
    (void)level;
    return find_portable;
#endif
}
