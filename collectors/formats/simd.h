/* Which vector instructions may be used.  Every level gives the same results; tests force one and compare. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_SIMD_H
#define TIDEMARK_COLLECTORS_FORMATS_SIMD_H

enum simd_level {
    SIMD_PORTABLE,
    SIMD_SSE4_2,
    SIMD_AVX2,  /* and BMI, BMI2 */
    SIMD_AVX512 /* F, BW, VL, VBMI2, and what AVX2 stands for */
};

/* The best that the processor has, but not above what the environment variable TIDEMARK_SIMD names: portable, sse4.2,
 * avx2 or avx512 (another word: portable).  For start-up: ask once and keep the answer. */
enum simd_level simd_level(void);

#endif
