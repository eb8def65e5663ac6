#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

/* The C library's own calendar is the model: both agree on a step of days that visits every month end in time. */
static void days_and_dates_agree_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -719162; day < 2932896; day += 97) {
        time_t t = (time_t)(day * 86400 + 3661);
        struct tm parts;
        assert_non_null(gmtime_r(&t, &parts));
        assert_true(timestamp_days(parts.tm_year + 1900, (unsigned)parts.tm_mon + 1, (unsigned)parts.tm_mday) == day);
        char expected[40], got[32];
        strftime(expected, sizeof expected, "%m-%dT%H:%M:%SZ", &parts);
        timestamp_format((int64_t)t * 1000 + 999, false, got);
        assert_string_equal(got + 5, expected);
    }
}

static void times_before_1970_round_down(void **state)
{
    (void)state;
    char out[32];
    assert_int_equal(timestamp_format(-1, true, out), 24);
    assert_string_equal(out, "1969-12-31T23:59:59.999Z");
    timestamp_format(-1, false, out);
    assert_string_equal(out, "1969-12-31T23:59:59Z");
    assert_true(timestamp_floor(-1, 1200000) == -1);
    assert_true(timestamp_floor(-1200000, 1200000) == -1);
    assert_true(timestamp_floor(1199999, 1200000) == 0);
}

static void impossible_moments_are_refused(void **state)
{
    (void)state;
    assert_true(timestamp_parts_valid(2024, 2, 29, 23, 59, 59));
    assert_false(timestamp_parts_valid(2023, 2, 29, 0, 0, 0));
    assert_false(timestamp_parts_valid(1900, 2, 29, 0, 0, 0));
    assert_true(timestamp_parts_valid(2000, 2, 29, 0, 0, 0));
    assert_false(timestamp_parts_valid(2024, 13, 1, 0, 0, 0));
    assert_false(timestamp_parts_valid(2024, 0, 1, 0, 0, 0));
    assert_false(timestamp_parts_valid(2024, 4, 31, 0, 0, 0));
    assert_false(timestamp_parts_valid(2024, 4, 0, 0, 0, 0));
    assert_false(timestamp_parts_valid(2024, 1, 1, 24, 0, 0));
    assert_false(timestamp_parts_valid(2024, 1, 1, 0, 60, 0));
    assert_false(timestamp_parts_valid(2024, 1, 1, 0, 0, 60));
    assert_false(timestamp_parts_valid(0, 1, 1, 0, 0, 0));
}

static void zones_move_the_moment(void **state)
{
    (void)state;
    assert_true(timestamp_from_parts(2024, 5, 14, 9, 20, 33, 547, 7200) ==
                timestamp_from_parts(2024, 5, 14, 7, 20, 33, 547, 0));
    char out[32];
    timestamp_format(timestamp_from_parts(2023, 12, 31, 23, 30, 0, 0, -3600), true, out);
    assert_string_equal(out, "2024-01-01T00:30:00.000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_dates_agree_with_the_c_library),
        cmocka_unit_test(times_before_1970_round_down),
        cmocka_unit_test(impossible_moments_are_refused),
        cmocka_unit_test(zones_move_the_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
