#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int64_t seconds_of(const char *text)
{
    int64_t seconds;
    return options_seconds(span_text(text), 1, &seconds) ? seconds : -1;
}

static void lengths_of_windows_are_seconds_or_have_a_unit(void **state)
{
    (void)state;
    assert_int_equal(seconds_of("1200"), 1200);
    assert_int_equal(seconds_of("90s"), 90);
    assert_int_equal(seconds_of("20m"), 1200);
    assert_int_equal(seconds_of("1h"), 3600);
    assert_int_equal(seconds_of("7d"), 604800);
}

static void other_texts_are_no_length(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",
                                         "0",
                                         "0m",
                                         "m",
                                         "s",
                                         "-1",
                                         "+5",
                                         "1.5h",
                                         "20 m",
                                         " 20m",
                                         "20mm",
                                         "20M",
                                         "20w",
                                         "1e3",
                                         "0x10",
                                         "99999999999999999999",
                                         "18446744073709551615d",
                                         "315360000000000" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(seconds_of(wrong[i]), -1);
}

static void ports_are_a_range(void **state)
{
    (void)state;
    uint32_t first, last;
    assert_true(options_ports(SPAN_LITERAL("0-65535"), &first, &last));
    assert_int_equal(first, 0);
    assert_int_equal(last, 65535);
    assert_true(options_ports(SPAN_LITERAL("443-443"), &first, &last));
    static const char *const wrong[] = { "", "-", "1", "1-", "-1", "2-1", "0-65536", "0-1-2", "a-b", "0 - 5" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(options_ports(span_text(wrong[i]), &first, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_of_windows_are_seconds_or_have_a_unit),
        cmocka_unit_test(other_texts_are_no_length),
        cmocka_unit_test(ports_are_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
