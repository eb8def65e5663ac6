/* Which vector instructions may be used, for every module that has more than one way.  Every level gives the same
 * results; tests take each one and compare.
 *
 * The environment variable TIDEMARK_SIMD (portable, sse4.2, avx2, avx512) lowers the level; any other word means
 * portable.  Empty is as if it were not set. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_SIMD_H
#define TIDEMARK_COLLECTORS_FORMATS_SIMD_H

enum simd_level {
    SIMD_PORTABLE,
    SIMD_SSE4_2, /* and POPCNT */
    SIMD_AVX2,   /* and BMI, BMI2 */
    SIMD_AVX512, /* F, BW, VL, VBMI2, and what AVX2 stands for */
    SIMD_LEVELS
};

/* The best that the processor has, but not above what TIDEMARK_SIMD names.  For start-up: ask once and keep the answer.
 */
enum simd_level simd_level(void);

#endif
