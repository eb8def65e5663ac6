/* Masks: every level that the processor has finds what a plain loop finds. */
#include "formats/masks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* Few different bytes, so that tails are met often; and some of any kind. */
static void fill(char *text, size_t n, uint64_t *seed)
{
    static const char often[] = "=====aabbcc  rtdp\\";
    for (size_t i = 0; i < n; i++)
        text[i] = next(seed) % 16 ? often[next(seed) % (sizeof often - 1)] : (char)next(seed);
}

static void a_mask_has_a_bit_for_each_sign(void **state)
{
    (void)state;
    char text[MASKS_BYTES];
    uint64_t seed = 1;
    for (unsigned round = 0; round < 200; round++) {
        uint64_t expected = 0;
        char sign = round % 2 ? '=' : (char)next(&seed);
        fill(text, sizeof text, &seed);
        for (unsigned i = 0; i < MASKS_BYTES; i++)
            expected |= (uint64_t)(text[i] == sign) << i;
        assert_int_equal(masks_of(text, sign), expected);
#ifdef __x86_64__
        if (simd_level() >= SIMD_AVX2)
            assert_int_equal(masks_of_avx2(text, sign), expected);
#endif
    }
}

static size_t find_plain(const char (*tails)[MASKS_TAIL_BYTES + 1], unsigned tails_n, const char *p, size_t from,
                         size_t to, uint16_t *found)
{
    size_t n = 0;
    for (size_t at = from; at < to; at++)
        for (unsigned i = 0; i < tails_n; i++)
            if (p[at] == '=' && memcmp(p + at - MASKS_TAIL_BYTES, tails[i], MASKS_TAIL_BYTES) == 0) {
                found[n++] = (uint16_t)(at - from);
                break;
            }
    return n;
}

static const char tails[][MASKS_TAIL_BYTES + 1] = { " rt",          "dpt", "abc", "cba", "aab", "  a", "\\\\a",
                                                    "\xff\x80\x7f", "bbb", "c a", "prd", "ccc", "a=b", " =c" };
enum { TAILS = sizeof tails / sizeof tails[0], TEXT_BYTES = 3 + MASKS_FIND_BYTES };

/* Up to eight tails: exactly those. The text lies in memory of its own size, so that a sanitizer sees what is read. */
static void every_level_finds_exactly_eight_tails(void **state)
{
    (void)state;
    uint64_t seed = 2;
    struct masks_tails t;
    masks_tails_init(&t, '=');
    for (unsigned i = 0; i < 8; i++)
        masks_tails_add(&t, tails[i]);
    masks_tails_add(&t, tails[3]); /* once more changes nothing */
    for (unsigned round = 0; round < 600; round++) {
        static uint16_t found[MASKS_FIND_ROOM], expected[MASKS_FIND_ROOM];
        size_t from = 3 + next(&seed) % 9, to = from + (round < 300 ? round : next(&seed) % (MASKS_FIND_BYTES + 1));
        char *text = malloc(to);
        assert_non_null(text);
        fill(text, to, &seed);
        size_t n = find_plain(tails, 8, text, from, to, expected);
        for (unsigned level = 0; level <= (unsigned)simd_level(); level++) {
            masks_find *find = masks_finder((enum simd_level)level);
            assert_int_equal(find(&t, text, from, to, found), n);
            assert_memory_equal(found, expected, n * sizeof found[0]);
        }
        free(text);
    }
}

/* More tails share buckets: nothing is missed, and all levels let the same others through. */
static void no_level_misses_one_of_many_tails(void **state)
{
    (void)state;
    uint64_t seed = 3;
    struct masks_tails t;
    size_t all = 0;
    masks_tails_init(&t, '=');
    for (unsigned i = 0; i < TAILS; i++)
        masks_tails_add(&t, tails[i]);
    for (unsigned round = 0; round < 50; round++) {
        static uint16_t found[SIMD_LEVELS][MASKS_FIND_ROOM], expected[MASKS_FIND_ROOM];
        static char text[TEXT_BYTES];
        fill(text, sizeof text, &seed);
        size_t n = find_plain(tails, TAILS, text, 3, sizeof text, expected);
        size_t found_n = masks_finder(SIMD_PORTABLE)(&t, text, 3, sizeof text, found[0]);
        size_t i = 0;
        for (size_t k = 0; k < found_n && i < n; k++)
            i += found[0][k] == expected[i];
        assert_int_equal(i, n);
        all += n;
        for (unsigned level = 1; level <= (unsigned)simd_level(); level++) {
            masks_find *find = masks_finder((enum simd_level)level);
            assert_int_equal(find(&t, text, 3, sizeof text, found[level]), found_n);
            assert_memory_equal(found[level], found[0], found_n * sizeof found[0][0]);
        }
    }
    assert_true(all > 100);
}

static void a_text_of_signs_fills_the_room(void **state)
{
    (void)state;
    static char text[TEXT_BYTES];
    static uint16_t found[MASKS_FIND_ROOM];
    struct masks_tails t;
    memset(text, '=', sizeof text);
    masks_tails_init(&t, '=');
    masks_tails_add(&t, "===");
    for (unsigned level = 0; level <= (unsigned)simd_level(); level++) {
        masks_find *find = masks_finder((enum simd_level)level);
        assert_int_equal(find(&t, text, 3, sizeof text, found), MASKS_FIND_BYTES);
        for (unsigned i = 0; i < MASKS_FIND_BYTES; i++)
            assert_int_equal(found[i], i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mask_has_a_bit_for_each_sign),
        cmocka_unit_test(every_level_finds_exactly_eight_tails),
        cmocka_unit_test(no_level_misses_one_of_many_tails),
        cmocka_unit_test(a_text_of_signs_fills_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
