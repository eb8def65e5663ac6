#include "common/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void whole_numbers_with_a_fraction_are_cut_toward_zero(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = { { "443", 443 },
                 { "443.0", 443 },
                 { "443.", 443 },
                 { " +22.9 ", 22 },
                 { "-1.9", -1 },
                 { "-0", 0 },
                 { "\t7\r\n", 7 },
                 { "0009", 9 },
                 { "9223372036854775807", INT64_MAX },
                 { "-9223372036854775808", INT64_MIN } };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t value;
        assert_true(number_parse_whole(span_text(good[i].text), &value));
        assert_true(value == good[i].value);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       " ",
                                       "+",
                                       "-",
                                       ".5",
                                       "1e3",
                                       "0x10",
                                       "1 2",
                                       "1 .5",
                                       "--1",
                                       "+ 1",
                                       "1,0",
                                       "1.0.0",
                                       "1.a",
                                       "٣",
                                       "１",
                                       "NaN",
                                       "9223372036854775808",
                                       "99999999999999999999",
                                       "1_0",
                                       "\xc2\xa0"
                                       "1" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t value;
        assert_false(number_parse_whole(span_text(bad[i]), &value));
    }
    int64_t value;
    assert_false(number_parse_int(SPAN_LITERAL("1.0"), &value));
    assert_false(number_parse_int(span_of("1\0002", 3), &value));
    uint64_t digits;
    assert_false(number_parse_digits(SPAN_LITERAL("+1"), &digits));
    assert_false(number_parse_digits(SPAN_LITERAL("18446744073709551616"), &digits));
    assert_true(number_parse_digits(SPAN_LITERAL("18446744073709551615"), &digits));
    assert_true(digits == UINT64_MAX);
    assert_false(number_parse_natural(SPAN_LITERAL("9223372036854775808"), &value));
    assert_false(number_parse_natural(SPAN_LITERAL(""), &value));
    assert_true(number_parse_natural(SPAN_LITERAL("9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
}

static void formatting_covers_the_whole_range(void **state)
{
    (void)state;
    char out[24];
    assert_int_equal(number_format(INT64_MIN, out), 20);
    assert_string_equal(out, "-9223372036854775808");
    number_format(0, out);
    assert_string_equal(out, "0");
    number_format(INT64_MAX, out);
    assert_string_equal(out, "9223372036854775807");
}

static int64_t seconds_of(const char *text)
{
    int64_t seconds;
    return number_parse_seconds(span_text(text), 1, 864000, &seconds) ? seconds : -1;
}

static void lengths_of_time_are_seconds_or_have_a_unit(void **state)
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
                                         "864001",
                                         "11d" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(seconds_of(wrong[i]), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_with_a_fraction_are_cut_toward_zero),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(lengths_of_time_are_seconds_or_have_a_unit),
        cmocka_unit_test(other_texts_are_no_length),
        cmocka_unit_test(formatting_covers_the_whole_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
