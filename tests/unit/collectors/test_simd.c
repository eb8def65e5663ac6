#include "formats/simd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static enum simd_level asked(const char *word)
{
    assert_int_equal(setenv("TIDEMARK_SIMD", word, 1), 0);
    enum simd_level level = simd_level();
    assert_int_equal(unsetenv("TIDEMARK_SIMD"), 0);
    return level;
}

static void the_environment_lowers_the_level(void **state)
{
    (void)state;
    enum simd_level best = simd_level();
    assert_in_range(best, SIMD_PORTABLE, SIMD_LEVELS - 1);
    assert_int_equal(asked("portable"), SIMD_PORTABLE);
    assert_int_equal(asked("sse4.2"), best < SIMD_SSE4_2 ? best : SIMD_SSE4_2);
    assert_int_equal(asked("avx2"), best < SIMD_AVX2 ? best : SIMD_AVX2);
    assert_int_equal(asked("avx512"), best);
    assert_int_equal(simd_level(), best);
}

static void an_unknown_word_means_portable_and_an_empty_one_nothing(void **state)
{
    (void)state;
    assert_int_equal(asked("AVX2"), SIMD_PORTABLE);
    assert_int_equal(asked("something else"), SIMD_PORTABLE);
    assert_int_equal(asked(""), simd_level());
}

int main(void)
{
    unsetenv("TIDEMARK_SIMD");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_lowers_the_level),
        cmocka_unit_test(an_unknown_word_means_portable_and_an_empty_one_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
