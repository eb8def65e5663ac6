#include "formats/zone.h"

#include "formats/syslog.h"
#include "formats/timetext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct zone *zone(const char *name)
{
    struct zone *z = NULL;
    struct error e;
    if (zone_new(name, &z, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    return z;
}

static int64_t utc(const char *text)
{
    int64_t ms;
    assert_true(timetext_column(span_text(text), &ms));
    return ms;
}

/* The device's text, read with that zone and reference time, is that moment of UTC. */
static void assert_read(const struct zone *z, const char *reference, const char *text, const char *moment)
{
    struct timetext_day day = { 0 };
    const struct parse_options options = { .zone = z, .reference_time_ms = utc(reference) };
    int64_t ms = 0;
    for (unsigned i = 0; i < 2; i++) { /* the second time the date is known */
        assert_true(timetext_device_day(&day, span_text(text), &options, &ms));
        if (ms != utc(moment))
            fail_msg("%s: %lld, not %s", text, (long long)ms, moment);
    }
}

static const struct {
    const char *text, *moment;
} changes[][8] = {
    { { "2025-03-30 01:59:59", "2025-03-30T00:59:59Z" },
      { "2025-03-30 02:30:00", "2025-03-30T01:30:00Z" }, /* never shown */
      { "2025-03-30 03:00:00.250", "2025-03-30T01:00:00.25Z" },
      { "2025-03-30 12:00:00", "2025-03-30T10:00:00Z" },
      { "2025-10-26 01:59:59", "2025-10-25T23:59:59Z" },
      { "2025-10-26 02:30:00", "2025-10-26T00:30:00Z" }, /* shown twice */
      { "2025-10-26 02:59:59.999", "2025-10-26T00:59:59.999Z" },
      { "2025-10-26 03:00:00", "2025-10-26T02:00:00Z" } },
    { { "2025-04-06 01:59:59", "2025-04-05T14:59:59Z" },
      { "2025-04-06 02:30:00", "2025-04-05T15:30:00Z" }, /* shown twice */
      { "2025-04-06 03:00:00", "2025-04-05T17:00:00Z" },
      { "2025-10-05 01:59:59", "2025-10-04T15:59:59Z" },
      { "2025-10-05 02:30:00", "2025-10-04T16:30:00Z" }, /* never shown */
      { "2025-10-05 03:00:00", "2025-10-04T16:00:00Z" },
      { "2025-12-31 12:00:00", "2025-12-31T01:00:00Z" },
      { "2026-07-01 12:00:00", "2026-07-01T02:00:00Z" } },
};

static void clocks_are_set_twice_a_year(void **state)
{
    (void)state;
    const char *const names[] = { "Europe/Berlin", "Australia/Sydney" };
    for (unsigned i = 0; i < 2; i++) {
        struct zone *z = zone(names[i]);
        for (unsigned k = 0; k < 8; k++)
            assert_read(z, "2026-01-01T00:00:00Z", changes[i][k].text, changes[i][k].moment);
        zone_free(&z);
    }
}

static void a_known_date_is_not_used_where_its_offset_changes(void **state)
{
    (void)state;
    struct zone *z = zone("Europe/Berlin");
    struct timetext_day day = { 0 };
    const struct parse_options options = { .zone = z, .reference_time_ms = utc("2026-01-01T00:00:00Z") },
                               fixed = { .reference_time_ms = options.reference_time_ms };
    int64_t ms;
    assert_true(timetext_device_day(&day, SPAN_LITERAL("2025-10-26 01:00:00"), &options, &ms));
    assert_true(timetext_device_day(&day, SPAN_LITERAL("2025-10-26 04:00:00"), &options, &ms));
    assert_int_equal(ms, utc("2025-10-26T03:00:00Z"));
    assert_true(timetext_device_day(&day, SPAN_LITERAL("2025-10-27 04:00:00"), &options, &ms));
    assert_int_equal(day.before_n, 11); /* it is learned on other days */
    assert_true(timetext_device_day(&day, SPAN_LITERAL("2025-10-27 05:00:00"), &fixed, &ms));
    assert_int_equal(ms, utc("2025-10-27T05:00:00Z"));
    zone_free(&z);
}

static void offsets_may_be_parts_of_an_hour(void **state)
{
    (void)state;
    struct zone *z = zone("Asia/Kolkata");
    assert_read(z, "2026-01-01T00:00:00Z", "2025-06-01 00:00:00", "2025-05-31T18:30:00Z");
    zone_free(&z);
    z = zone("Australia/Lord_Howe"); /* and are set by half an hour */
    assert_read(z, "2026-01-01T00:00:00Z", "2025-06-01 12:00:00", "2025-06-01T01:30:00Z");
    assert_read(z, "2026-01-01T00:00:00Z", "2025-12-01 12:00:00", "2025-12-01T01:00:00Z");
    assert_read(z, "2026-01-01T00:00:00Z", "2025-04-06 01:45:00", "2025-04-05T14:45:00Z"); /* shown twice */
    assert_read(z, "2026-01-01T00:00:00Z", "2025-10-05 02:15:00", "2025-10-04T15:45:00Z"); /* never shown */
    zone_free(&z);
}

/* The year is the latest that puts the time no more than seven days behind the reference, in the zone's own time. */
static void a_missing_year_is_found_in_local_time(void **state)
{
    (void)state;
    struct zone *z = zone("Europe/Berlin");
    assert_read(z, "2026-01-01T10:00:00Z", "Dec 31 23:59:59", "2025-12-31T22:59:59Z");
    assert_read(z, "2026-01-01T10:00:00Z", "Jan  1 00:30:00", "2025-12-31T23:30:00Z");
    assert_read(z, "2025-12-31T22:00:00Z", "Jan  1 00:30:00", "2025-12-31T23:30:00Z"); /* a clock ahead */
    assert_read(z, "2025-12-31T22:00:00Z", "Jan  7 23:00:00", "2026-01-07T22:00:00Z");
    assert_read(z, "2025-12-31T22:00:00Z", "Jan  7 23:00:01", "2025-01-07T22:00:01Z");
    assert_read(z, "2025-11-01T00:00:00Z", "Oct 26 02:30:00", "2025-10-26T00:30:00Z");
    assert_read(z, "2026-01-01T00:00:00Z", "Feb 29 12:00:00", "2024-02-29T11:00:00Z");
    assert_read(z, "2024-03-01T00:00:00Z", "Feb 29 23:59:59", "2024-02-29T22:59:59Z");
    zone_free(&z);
    z = zone("Pacific/Auckland");
    assert_read(z, "2025-12-31T12:00:00Z", "Jan  1 00:30:00", "2025-12-31T11:30:00Z");
    assert_read(z, "2025-12-31T10:00:00Z", "Dec 31 22:30:00", "2025-12-31T09:30:00Z");
    zone_free(&z);
}

static void every_header_without_a_zone_is_in_local_time(void **state)
{
    (void)state;
    struct zone *z = zone("America/New_York");
    const struct parse_options options = { .zone = z, .reference_time_ms = utc("2025-12-01T00:00:00Z") };
    const struct {
        const char *line, *moment;
    } cases[] = {
        { "<134>Jul  4 10:00:00 fw1 app: x", "2025-07-04T14:00:00Z" },
        { "<134>Jul 04 2024 10:00:00: %ASA-6-302013: x", "2024-07-04T14:00:00Z" },
        { "<134>Jul  4 2024 10:00:00 UTC: %ASA-6-302013: x", "2024-07-04T10:00:00Z" },
        { "<134>Nov 30 10:00:00 relay <134>Nov 30 09:00:00 fw1 app: x", "2025-11-30T14:00:00Z" },
        { "<134>1 2025-07-04T10:00:00 fw1 app - - - x", "2025-07-04T14:00:00Z" },
        { "<134>1 2025-07-04T10:00:00+02:00 fw1 app - - - x", "2025-07-04T08:00:00Z" },
        { "<134>1 2025-07-04T10:00:00Z fw1 app - - - x", "2025-07-04T10:00:00Z" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct syslog_header h;
        syslog_parse(span_text(cases[i].line), &options, &h);
        if (h.time_ms != utc(cases[i].moment))
            fail_msg("%s", cases[i].line);
    }
    int64_t ms;
    assert_true(timetext_row(SPAN_LITERAL("2025-07-04 10:00:00"), &options, &ms));
    assert_int_equal(ms, utc("2025-07-04T14:00:00Z"));
    zone_free(&z);
}

static void names_that_are_none_are_refused(void **state)
{
    (void)state;
    const char *const names[] = {
        "",         "Mars", "Mars/Olympus", "../etc/passwd",  "/etc/localtime",         "Europe", "Europe/",
        "zone.tab", "-",    "CET-1CEST",    "Europe/Berlin ", "Europe/../Europe/Berlin"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct zone *z = NULL;
        struct error e;
        assert_int_equal(zone_new(names[i], &z, &e), STATUS_CONFIG);
        assert_non_null(strstr(e.text, names[i]));
        assert_null(z);
    }
}

static void a_missing_database_is_named(void **state)
{
    (void)state;
    struct zone *z = NULL;
    struct error e;
    setenv("TZDIR", "/nonexistent", 1);
    assert_int_equal(zone_new("Europe/Berlin", &z, &e), STATUS_CONFIG);
    unsetenv("TZDIR");
    assert_non_null(strstr(e.text, "Europe/Berlin"));
    assert_non_null(strstr(e.text, "tzdata"));
}

static void the_environment_is_left_as_it_was(void **state)
{
    (void)state;
    setenv("TZ", "Asia/Tokyo", 1);
    struct zone *z = zone("Europe/Berlin");
    zone_free(&z);
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    struct zone *other = zone("UTC"); /* whatever TZ says */
    assert_int_equal(zone_offset_s(other, 0), 0);
    zone_free(&other);
    unsetenv("TZ");
    tzset();
}

static void before_and_behind_the_table_the_nearest_offset_holds(void **state)
{
    (void)state;
    struct zone *z = zone("Europe/Berlin");
    assert_int_equal(zone_offset_s(z, -INT64_C(3000000000)), 3600);
    assert_int_equal(zone_offset_s(z, INT64_C(90000000000)), 3600);
    assert_int_equal(zone_offset_s(z, INT64_C(4087800000)), 7200); /* July 2099 */
    zone_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_are_set_twice_a_year),
        cmocka_unit_test(a_known_date_is_not_used_where_its_offset_changes),
        cmocka_unit_test(offsets_may_be_parts_of_an_hour),
        cmocka_unit_test(a_missing_year_is_found_in_local_time),
        cmocka_unit_test(every_header_without_a_zone_is_in_local_time),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(a_missing_database_is_named),
        cmocka_unit_test(the_environment_is_left_as_it_was),
        cmocka_unit_test(before_and_behind_the_table_the_nearest_offset_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
