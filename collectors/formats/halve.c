#include "formats/halve.h"

#include "formats/masks.h"

/* Pieces of 16 bytes, the last of them whole too: what is written later stands over its rest. */
static inline char *copy_pieces(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i += MASKS_PIECE_BYTES)
        memcpy(to + i, from + i, MASKS_PIECE_BYTES);
    return to + n;
}

static size_t halve_portable(struct span text, char *const begin)
{
    char *to = begin;
    size_t i = 0;
    while (i + MASKS_BYTES + MASKS_PIECE_BYTES <= text.n) {
        size_t at = 0; /* in the block; behind its end where a pair is on the border */
        for (uint64_t quotes = masks_of(text.p + i, '"'); quotes; quotes &= quotes - 1) {
            size_t quote = (unsigned)__builtin_ctzll(quotes);
            to = copy_pieces(to, text.p + i + at, quote + 1 - at);
            at = quote + 2;
            quotes &= quotes - 1;
        }
        if (at < MASKS_BYTES) {
            to = copy_pieces(to, text.p + i + at, MASKS_BYTES - at);
            at = MASKS_BYTES;
        }
        i += at;
    }
    while (i < text.n) {
        *to++ = text.p[i];
        i += text.p[i] == '"' ? 2 : 1;
    }
    return (size_t)(to - begin);
}

#ifdef __x86_64__
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi,bmi2,popcnt"))) static size_t
halve_avx512(struct span text, char *to)
{
    const __m512i quote = _mm512_set1_epi8('"');
    uint64_t inside = 0; /* all bits where the block before ends between the quotes of a pair */
    size_t n = 0;
    for (size_t at = 0; at < text.n; at += MASKS_BYTES) {
        uint64_t here = text.n - at < MASKS_BYTES ? (UINT64_C(1) << (text.n - at)) - 1 : ~UINT64_C(0);
        __m512i bytes = _mm512_maskz_loadu_epi8(here, text.p + at);
        uint64_t quotes = _mm512_cmpeq_epi8_mask(bytes, quote), within = masks_parity(quotes) ^ inside;
        uint64_t kept = here & ~(quotes & ~within);
        unsigned kept_n = (unsigned)__builtin_popcountll(kept);
        inside = 0 - (within >> 63);
        /* Compressed in a register: into memory it is slow on some processors. */
        _mm512_mask_storeu_epi8(to + n, _bzhi_u64(~UINT64_C(0), kept_n), _mm512_maskz_compress_epi8(kept, bytes));
        n += kept_n;
    }
    return n;
}
#endif

size_t halve_quotes(enum simd_level level, struct span text, char *to)
{
#ifdef __x86_64__
    if (level == SIMD_AVX512)
        return halve_avx512(text, to);
#endif
    (void)level;
    return halve_portable(text, to);
}
