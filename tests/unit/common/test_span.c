/* Searching, against the plainest way to do it. */
#include "common/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t search(struct span a, struct span needle)
{
    for (size_t at = 0; at + needle.n <= a.n; at++)
        if (memcmp(a.p + at, needle.p, needle.n) == 0)
            return at;
    return a.n;
}

static void a_text_is_found_where_it_stands_first(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (size_t n = 0; n <= 100; n++) {
        /* Allocated to the byte: whoever reads behind it is caught. */
        char *text = malloc(n ? n : 1), *needle = malloc(40);
        assert_true(text && needle);
        for (unsigned round = 0; round < 200; round++) {
            size_t length = (seed = seed * 1664525 + 1013904223) >> 8 & 31;
            for (size_t i = 0; i < n; i++)
                text[i] = (char)('a' + ((seed = seed * 1664525 + 1013904223) >> 24 & 1));
            for (size_t i = 0; i < length; i++)
                needle[i] = (char)('a' + ((seed = seed * 1664525 + 1013904223) >> 24 & 1));
            if (round % 2 && length <= n && length) /* one that is there */
                memcpy(needle, text + (n - length) * (round % 3) / 2, length);
            struct span a = span_of(text, n), b = span_of(needle, length);
            assert_int_equal(span_search(a, b), length ? search(a, b) : 0);
        }
        free(text);
        free(needle);
    }
    assert_int_equal(span_search(span_of(NULL, 0), SPAN_LITERAL("x")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_text_is_found_where_it_stands_first) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
