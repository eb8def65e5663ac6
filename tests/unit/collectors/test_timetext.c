/* Times as text: every form of the specifications, and what is no time. */
#include "formats/timetext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* 2026-01-01T10:00:00.250Z */
#define MOMENT INT64_C(1767261600250)
#define SECOND INT64_C(1767261600000)
#define NO     TIMESTAMP_NONE

static const struct parse_options utc = { .reference_time_ms = SECOND };

static int64_t column(const char *text)
{
    int64_t ms;
    return timetext_column(span_text(text), &ms) ? ms : NO;
}

static int64_t row(const char *text)
{
    int64_t ms;
    return timetext_row(span_text(text), NULL, &ms) ? ms : NO;
}

static int64_t device_with(const char *text, struct parse_options options)
{
    int64_t ms;
    return timetext_device(span_text(text), &options, &ms) ? ms : NO;
}

static int64_t device(const char *text)
{
    return device_with(text, utc);
}

static int64_t number(const char *text)
{
    int64_t ms;
    return timetext_number(span_text(text), &ms) ? ms : NO;
}

static void columns_of_tables_have_iso_and_export_forms(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2026-01-01T10:00:00.25Z",      "2026-01-01T10:00:00.250Z",        "2026-01-01t10:00:00.2509999z",
        "2026-01-01T12:00:00.25+02:00", "2026-01-01T04:30:00.25-0530",     "2026-01-01 10:00:00.2500000",
        "2026-01-01T10:00:00,25Z",      "1/1/2026 10:00:00.250 AM",        "1/1/2026, 10:00:00.250 AM",
        "01-01-2026  10:00:00.250",     " \t2026-01-01T10:00:00.25 Z\r\n", "2026-01-01   10:00:00.25  +00:00",
        "01/1-2026 10:00:00.250am",     "2026-01-05T13:00:00.25+99:00",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (column(texts[i]) != MOMENT)
            fail_msg("%s", texts[i]);
    assert_int_equal(column("8/25/2025 12:11:21.937 AM"), column("2025-08-25T00:11:21.937Z"));
    assert_int_equal(column("7/18/2025, 12:26:46.737 PM"), column("2025-07-18T12:26:46.737Z"));
    assert_int_equal(column("8/25/2025 8:11:21.937 PM"), column("2025-08-25T20:11:21.937Z"));
    assert_int_equal(column("1/9/2007 10:41:00 AM +01:00"), column("2007-01-09T09:41:00Z"));
    assert_int_equal(column("01/09/2007 09:41:00 Z"), column("2007-01-09T09:41:00Z"));
    assert_int_equal(column("06-14-2025  07:17:00"), column("2025-06-14T07:17:00Z"));
    assert_int_equal(column("1/2/2026 10:00:00"), column("2026-01-02T10:00:00Z"));
    assert_int_equal(column("2026-01-01T7:00:00Z"), column("2026-01-01T07:00:00Z"));
}

static void times_before_1970_round_down(void **state)
{
    (void)state;
    assert_int_equal(column("1969-12-31T23:59:59.9999999Z"), -1);
    assert_int_equal(column("0001-01-01T00:00:00Z"), INT64_C(-62135596800000));
    assert_int_equal(column("9999-12-31T23:59:59.999Z"), TIMESTAMP_MAX_MS);
    assert_int_equal(number("-0.5"), -1);
}

static void what_names_no_moment_is_no_time(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "yesterday",
        "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "13/1/2026 1:00:00 PM",
        "1/1/2026 0:00:00 PM",
        "1/1/2026 13:00:00 PM",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-01:00",
        "2026-01-01",
        "2026-01-01T10:00",
        "2026-01-01T10:00:00.",
        "2026-01-01T10:00:00.Z",
        "2026-01-01T10:00:00Z x",
        "2026-01-01T10:00:00+2",
        "2026-01-01T10:00:00 GMT",
        "2026/01/01 10:00:00",
        "1767261600250",
        "1/1/26 10:00:00",
        "1/1/2026 10:00:00 XM",
        "1/1/2026 10:00:00 A",
        "2026-1-1T10:00:00Z",
        "1/1/2026T10:00:00",
        "2026-01-01T10:00:00\xEF\xBC\xBA",
        "2026-01-01T10:0:00Z",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (column(texts[i]) != NO)
            fail_msg("%s", texts[i]);
}

static void exported_rows_put_the_day_first_behind_slashes_without_a_half(void **state)
{
    (void)state;
    assert_int_equal(row("22/09/2026, 11:21:29.934"), column("2026-09-22T11:21:29.934Z"));
    assert_int_equal(row("1/2/2026 10:00:00"), column("2026-02-01T10:00:00Z"));
    assert_int_equal(row("1/12/2026 10:00:00"), column("2026-12-01T10:00:00Z"));
    assert_int_equal(row("1/13/2026 10:00:00"), column("2026-01-13T10:00:00Z"));
    assert_int_equal(row("8/17/2023, 6:52:13"), column("2023-08-17T06:52:13Z"));
    assert_int_equal(row("3/31/2022, 08:18:20.276 AM"), column("2022-03-31T08:18:20.276Z"));
    assert_int_equal(row("4/3/2022, 1:09:11.000 PM"), column("2022-04-03T13:09:11Z"));
    assert_int_equal(row("06-04-2025  07:17:00"), column("2025-06-04T07:17:00Z"));
    assert_int_equal(row("2025-11-05T10:30:00.000Z"), column("2025-11-05T10:30:00Z"));
    assert_int_equal(row("22/13/2026 10:00:00"), NO);
    const struct parse_options east = { .zone_offset_s = 7200 };
    int64_t ms;
    assert_true(timetext_row(SPAN_LITERAL("2026-01-01 12:00:00.25"), &east, &ms));
    assert_int_equal(ms, MOMENT);
    assert_true(timetext_row(SPAN_LITERAL("2026-01-01 10:00:00.25Z"), &east, &ms));
    assert_int_equal(ms, MOMENT);
}

static void epoch_numbers_go_by_their_digits(void **state)
{
    (void)state;
    assert_int_equal(device("1767261600"), SECOND);
    assert_int_equal(device("1767261600.25"), MOMENT);
    assert_int_equal(device("1767261600.2509999"), MOMENT);
    assert_int_equal(device("1767261600250"), MOMENT);
    assert_int_equal(device("1767261600250999"), MOMENT);
    assert_int_equal(device(" 1767261600250999999 "), MOMENT);
    static const char *const texts[] = { "0",           "176726160",      "17672616002",   "1767261600250.5",
                                         "1767261600.", "-1767261600",    "1767261600,25", "17672616002509999999",
                                         "1767261600x", "1767261600.25 x" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (device(texts[i]) != NO)
            fail_msg("%s", texts[i]);
}

static void device_forms_of_cef(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Jan 01 2026 10:00:00.250",      "Jan  1 2026 10:00:00.250",     "Jan 1 2026 10:00:00.250 GMT",
        "jan 1 2026 12:00:00.25 +02:00", "Jan 1 2026 12:00:00.25 +0200", "Jan 1 2026 04:30:00.25 -05:30",
        "Jan 01 10:00:00.250",           "Jan 01 10:00:00.250 UTC",      "Jan 1 10:00:00.250Z",
        "Thu Jan  1 10:00:00.250 2026",  "Thu, Jan 1 2026 10:00:00.250", "Thu Jan 1 12:00:00.250 EET 2026",
        "2026/01/01 10:00:00.250",       "2026-01-01T10:00:00.250Z",     "2026-01-01 10:00:00.25",
        "2026/01/01 12:00:00.25 CEST",   "2026-01-01T10:00:00.25 UTC",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (device(texts[i]) != MOMENT)
            fail_msg("%s", texts[i]);
    static const char *const none[] = { "Feb 30 2026 10:00:00",
                                        "Foo 01 2026 10:00:00",
                                        "Jan 01 2026",
                                        "Jan 01 2026 10:00:00 Nowhere",
                                        "Jan 01 0000 10:00:00",
                                        "Jan 001 2026 10:00:00",
                                        "Jan 01 2026 10:00:00 x",
                                        "Jan",
                                        "" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (device(none[i]) != NO)
            fail_msg("%s", none[i]);
}

static void a_missing_zone_is_the_operators(void **state)
{
    (void)state;
    struct parse_options east = { .zone_offset_s = 2 * 3600, .reference_time_ms = SECOND };
    assert_int_equal(device_with("Jan 01 2026 12:00:00.250", east), MOMENT);
    assert_int_equal(device_with("2026/01/01 12:00:00.250", east), MOMENT);
    assert_int_equal(device_with("Jan 01 2026 10:00:00.250 GMT", east), MOMENT);
    assert_int_equal(device_with("1767261600250", east), MOMENT);
}

static void a_missing_year_is_the_last_one_not_more_than_a_week_ahead(void **state)
{
    (void)state;
    int64_t day = INT64_C(86400000);
    assert_int_equal(device("Dec 31 23:59:59"), SECOND - 36001000); /* read on 1 January */
    assert_int_equal(device("Jan 01 10:00:00"), SECOND);
    assert_int_equal(device("Jan 08 10:00:00"), SECOND + 7 * day); /* a clock ahead */
    assert_int_equal(device("Jan 08 10:00:01"), SECOND + 7 * day + 1000 - 365 * day);
    assert_int_equal(device("Feb 29 00:00:00"), INT64_C(1709164800000));        /* 2024 */
    struct parse_options may = { .reference_time_ms = INT64_C(1715678433000) }; /* 2024-05-14T09:20:33Z */
    assert_int_equal(device_with("May 14 09:20:33", may), INT64_C(1715678433000));
    assert_int_equal(device_with("Feb 29 00:00:00", may), INT64_C(1709164800000));
    struct parse_options broken = { .reference_time_ms = TIMESTAMP_NONE };
    assert_int_equal(device_with("May 14 09:20:33", broken), NO);
    broken.reference_time_ms = INT64_MAX;
    assert_int_equal(device_with("May 14 09:20:33", broken), NO);
    broken.reference_time_ms = TIMESTAMP_MIN_MS;
    assert_int_equal(device_with("May 14 09:20:33", broken), NO);
}

static void zones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t minutes;
    } good[] = { { "UTC", 0 },           { "gmt", 0 },       { "Z", 0 },       { "CEST", 120 },
                 { "+02:00", 120 },      { "-0530", -330 },  { "+2", 120 },    { "GMT+2", 120 },
                 { "UTC-05:30", -330 },  { " UTC ", 0 },     { "Etc/UTC", 0 }, { "Etc/GMT-2", 120 },
                 { "etc/gmt+10", -600 }, { "UTC+0545", 345 } };
    static const char *const bad[] = { "",     "Europe/Berlin", "GMT+", "+",    "+24",    "+02:60",
                                       "+2:0", "+02:00:00",     "2",    "UTC2", "Etc/+2", "+002" };
    int32_t offset;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!timetext_zone(span_text(good[i].text), &offset) || offset != good[i].minutes * 60)
            fail_msg("%s", good[i].text);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (timetext_zone(span_text(bad[i]), &offset))
            fail_msg("%s", bad[i]);
}

static void numbers_of_json_are_epoch_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(number("1767261600250"), MOMENT);
    assert_int_equal(number("1767261600250.75"), MOMENT);
    assert_int_equal(number("1.76726160025e12"), MOMENT);
    assert_int_equal(number("0"), 0);
    assert_int_equal(number("-1200000"), -1200000);
    static const char *const texts[] = { "", "nan", "inf", "0x10", "1e400", "true", "9223372036854775807", "1 2", "-" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (number(texts[i]) != NO)
            fail_msg("%s", texts[i]);
}

static void a_header_time_ends_where_the_rest_begins(void **state)
{
    (void)state;
    struct timetext t;
    size_t used;
    assert_true(timetext_scan_bsd(SPAN_LITERAL("May 14 09:20:33 fw-edge-01 CEF:0|"), &t, &used));
    assert_int_equal(used, strlen("May 14 09:20:33"));
    assert_true(timetext_scan_bsd(SPAN_LITERAL("May 14 2024 09:20:33.547 CEST fw"), &t, &used));
    assert_int_equal(used, strlen("May 14 2024 09:20:33.547 CEST"));
    assert_int_equal(t.offset_s, 7200);
    assert_int_equal(t.year, 2024);
    assert_true(timetext_scan_bsd(SPAN_LITERAL("2024 May 14 09:20:33 UTC fw"), &t, &used));
    assert_int_equal(used, strlen("2024 May 14 09:20:33 UTC"));
    assert_int_equal(t.year, 2024);
    assert_false(timetext_scan_bsd(SPAN_LITERAL("0000 May 14 09:20:33 fw"), &t, &used));
    assert_true(timetext_scan_bsd(SPAN_LITERAL("May 14 09:20:33 2024fw x"), &t, &used));
    assert_int_equal(used, strlen("May 14 09:20:33"));
    assert_true(timetext_scan_iso(SPAN_LITERAL("2024-05-14T09:20:33+02:00 Zebra"), &t, &used));
    assert_int_equal(used, strlen("2024-05-14T09:20:33+02:00"));
    assert_true(timetext_scan_iso(SPAN_LITERAL("2024-05-14T09:20:33 Zebra"), &t, &used));
    assert_int_equal(used, strlen("2024-05-14T09:20:33"));
    assert_false(t.zoned);
    assert_true(timetext_scan_other(SPAN_LITERAL("5/14/2024 9:20:33 PM fw"), &t, &used));
    assert_int_equal(used, strlen("5/14/2024 9:20:33 PM"));
    assert_int_equal(t.hour, 21);
    assert_true(timetext_scan_other(SPAN_LITERAL("14/05/2024 09:20:33 fw"), &t, &used));
    assert_int_equal(t.month, 5);
    assert_int_equal(t.day, 14);
    assert_true(timetext_scan_other(SPAN_LITERAL("14/May/2024:09:20:33 -0500] x"), &t, &used));
    assert_int_equal(used, strlen("14/May/2024:09:20:33"));
    assert_true(timetext_scan_other(SPAN_LITERAL("14/May/2024:09:20:33 -0500 x"), &t, &used));
    assert_int_equal(used, strlen("14/May/2024:09:20:33 -0500"));
    assert_int_equal(t.offset_s, -18000);
    assert_false(timetext_scan_other(SPAN_LITERAL("14/May 2024 09:20:33"), &t, &used));
    assert_false(timetext_scan_other(SPAN_LITERAL("2024-05-14 09:20:33"), &t, &used));
}

/* A day that has been learned changes no answer: each text is read cold, warm, and with the day of another one. */
static void a_known_day_gives_the_same_moments(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Jan 01 2026 10:00:00 GMT",
        "Jan 01 2026 23:59:59 GMT",
        "Jan 01 2026 24:00:00 GMT",
        "Jan 01 2026 10:60:00 GMT",
        "Jan 01 2026 10:00:60 GMT",
        "Jan 01 2026 1:00:00 GMT",
        "Jan 01 2026 10:00:0 GMT",
        "Jan 01 2026 10:0:000 GMT",
        "Jan 01 2026 10:00;00 GMT",
        "Jan 01 2026 1/:00:00 GMT",
        "Jan 01 2026 1::00:00 GMT",
        "Jan 01 2026 \xF1\xB0:00:00 GMT",
        "Jan 01 2026 10:00:00 CET",
        "Jan 01 2026 10:00:00",
        "Jan 01 2026 11:12:13",
        "Jan 01 2026 10:00:00.250 +02:00",
        "Jan 01 2026 10:00:01.250 +02:00",
        "Jan 01 10:00:00 GMT",
        "Jan 08 09:59:59 GMT",
        "Jan 08 10:00:01 GMT",
        "Jan 01 10:00:00 2026",
        "Jan 01 10:00:01 2026",
        "Feb 30 2026 10:00:00 GMT",
        "2026-01-01T10:00:00Z",
        "2026-01-01T11:00:00Z",
        "2026/01/01 10:00:00",
        "2026/01/01 20:10:05",
        "9999-12-31T23:00:00-00:59",
        "9999-12-31T23:59:59-00:59",
        "0001-01-01T00:30:00+01:00",
        "0001-01-01T01:30:00+01:00",
        "1767261600",
        "1767261600250",
        "",
        ":",
        "10:00:00",
        "a:00:00",
    };
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    static const int32_t zones[] = { 0, 3600, -19800 };
    unsigned times = 0;
    for (unsigned first = 0; first < TEXTS * 3; first++)
        for (unsigned second = 0; second < TEXTS * 3; second++) {
            struct timetext_day day = { 0 };
            const unsigned order[] = { first, first, second, first };
            for (unsigned i = 0; i < 4; i++) {
                const char *text = texts[order[i] / 3];
                struct parse_options options = { .reference_time_ms = SECOND, .zone_offset_s = zones[order[i] % 3] };
                int64_t ms = NO, expected = device_with(text, options);
                bool found = timetext_device_day(&day, span_text(text), &options, &ms);
                if (found != (expected != NO) || (found && ms != expected))
                    fail_msg("%s", text);
                times += found;
            }
        }
    assert_true(times > TEXTS * TEXTS);
}

/* Two blanks instead of the T are read part by part. */
static void plain_times_of_tables_are_read_as_if_part_by_part(void **state)
{
    (void)state;
    static const char *const plain[] = { "2026-01-31T23:59:59Z", "2024-02-29 00:00:00.1234567Z", "1969-12-31T10:20:30",
                                         "9999-12-31 09:08:07.5" };
    static const char signs[] = "0123456789-:.ZT/";
    unsigned times = 0;
    srandom(3);
    for (unsigned round = 0; round < 100000; round++) {
        char text[64], parted[80];
        snprintf(text, sizeof text, "%s", plain[round % 4]);
        size_t n = strlen(text);
        for (unsigned changes = (unsigned)random() % 3; changes; changes--) {
            size_t at = (size_t)random() % n;
            if (at != 10)
                text[at] = signs[(size_t)random() % (sizeof signs - 1)];
        }
        if (random() % 8 == 0)
            text[(size_t)random() % n] = '\0';
        if (strlen(text) < 11)
            continue;
        snprintf(parted, sizeof parted, "%.10s  %s", text, text + 11);
        if (column(text) != column(parted))
            fail_msg("%s", text);
        times += column(text) != NO;
    }
    assert_true(times > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_tables_have_iso_and_export_forms),
        cmocka_unit_test(times_before_1970_round_down),
        cmocka_unit_test(what_names_no_moment_is_no_time),
        cmocka_unit_test(exported_rows_put_the_day_first_behind_slashes_without_a_half),
        cmocka_unit_test(epoch_numbers_go_by_their_digits),
        cmocka_unit_test(device_forms_of_cef),
        cmocka_unit_test(a_missing_zone_is_the_operators),
        cmocka_unit_test(a_missing_year_is_the_last_one_not_more_than_a_week_ahead),
        cmocka_unit_test(zones),
        cmocka_unit_test(numbers_of_json_are_epoch_milliseconds),
        cmocka_unit_test(a_header_time_ends_where_the_rest_begins),
        cmocka_unit_test(a_known_day_gives_the_same_moments),
        cmocka_unit_test(plain_times_of_tables_are_read_as_if_part_by_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
