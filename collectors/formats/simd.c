#include "formats/simd.h"

#include <stdlib.h>
#include <string.h>

static enum simd_level best(void)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt"))
        return SIMD_PORTABLE;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
        return SIMD_SSE4_2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vbmi2"))
        return SIMD_AVX2;
    return SIMD_AVX512;
#else
    return SIMD_PORTABLE;
#endif
}

enum simd_level simd_level(void)
{
    static const char *const names[] = { "portable", "sse4.2", "avx2", "avx512" };
    const char *forced = getenv("TIDEMARK_SIMD");
    enum simd_level most = best();
    if (!forced || !*forced)
        return most;
    for (int i = SIMD_AVX512; i > SIMD_PORTABLE; i--)
        if (strcmp(forced, names[i]) == 0)
            return i < (int)most ? (enum simd_level)i : most;
    return SIMD_PORTABLE;
}
