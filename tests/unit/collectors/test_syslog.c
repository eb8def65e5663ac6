/* Syslog headers: RFC 3164, RFC 5424, and what real senders leave out or put twice. */
#include "formats/syslog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* 2024-05-14T09:20:33Z */
#define MOMENT INT64_C(1715678433000)

static const struct parse_options options = { .reference_time_ms = MOMENT };

static struct syslog_header header_of(const char *line)
{
    struct syslog_header h;
    syslog_parse(span_text(line), &options, &h);
    return h;
}

static void expect(const char *line, int priority, int64_t time_ms, const char *host, const char *app,
                   const char *message)
{
    struct syslog_header h = header_of(line);
    if (h.priority != priority || h.time_ms != time_ms || !span_is(h.host, host) || !span_is(h.app, app) ||
        !span_is(h.message, message))
        fail_msg("%s\n  priority %d, time %lld, host <%.*s>, app <%.*s>, message <%.*s>", line, h.priority,
                 (long long)h.time_ms, (int)h.host.n, h.host.p, (int)h.app.n, h.app.p, (int)h.message.n, h.message.p);
}

static void the_bsd_header_has_priority_time_host_and_tag(void **state)
{
    (void)state;
    expect("<14>May 14 09:20:33 fw-1 sshd[42]: hello", 14, MOMENT, "fw-1", "sshd", "hello");
    expect("<14>May 14 2024 09:20:33 fw-1 sshd: hello", 14, MOMENT, "fw-1", "sshd", "hello");
    expect("<14>May 14 09:20:33.250 fw-1 hello world", 14, MOMENT + 250, "fw-1", "", "hello world");
    expect("<14>May 14 11:20:33 CEST 192.0.2.1 hello", 14, MOMENT, "192.0.2.1", "", "hello");
    expect("<14>May 14 11:20:33 +02:00 2001:db8::1 hello", 14, MOMENT, "2001:db8::1", "", "hello");
    expect("May 14 09:20:33 fw-1 su: hello", -1, MOMENT, "fw-1", "su", "hello");
    expect("2024-05-14T11:20:33.5+02:00 fw.example.net tag: hello", -1, MOMENT + 500, "fw.example.net", "tag", "hello");
    expect("<189>May 14 2024 09:20:33: %ASA-6-302013: Built", 189, MOMENT, "", "", "%ASA-6-302013: Built");
    assert_true(span_is(header_of("<14>May 14 09:20:33 fw-1 sshd[42]: hello").process, "42"));
}

static void a_day_may_be_padded_with_a_blank(void **state)
{
    (void)state;
    expect("<14>May  4 09:20:33 fw-1 hello", 14, MOMENT - INT64_C(864000000), "fw-1", "", "hello");
}

static void every_part_may_be_missing(void **state)
{
    (void)state;
    expect("hello", -1, TIMESTAMP_NONE, "", "", "hello");
    expect("", -1, TIMESTAMP_NONE, "", "", "");
    expect("<14>", 14, TIMESTAMP_NONE, "", "", "");
    expect("<189>date=2024-05-14 time=09:20:33", 189, TIMESTAMP_NONE, "", "", "date=2024-05-14 time=09:20:33");
    expect("<14>May 14 09:20:33 1,2024/05/14 09:20:33,0", 14, MOMENT, "", "", "1,2024/05/14 09:20:33,0");
    expect("<14>May 14 09:20:33 CEF:0|a|b", 14, MOMENT, "", "", "CEF:0|a|b");
    expect("<14>May 14 09:20:33 CEF: 0|a|b", 14, MOMENT, "", "", "CEF: 0|a|b");
    expect("<14>May 14 09:20:33 date=2024-05-14 x=y", 14, MOMENT, "", "", "date=2024-05-14 x=y");
    expect("<14>May 14 09:20:33", 14, MOMENT, "", "", "");
}

static void a_priority_is_0_to_191(void **state)
{
    (void)state;
    expect("<0>x", 0, TIMESTAMP_NONE, "", "", "x");
    expect("<191>x", 191, TIMESTAMP_NONE, "", "", "x");
    expect("<192>x", -1, TIMESTAMP_NONE, "", "", "<192>x");
    expect("<1914>x", -1, TIMESTAMP_NONE, "", "", "<1914>x");
    expect("<>x", -1, TIMESTAMP_NONE, "", "", "<>x");
    expect("<14", -1, TIMESTAMP_NONE, "", "", "<14");
    expect("<", -1, TIMESTAMP_NONE, "", "", "<");
}

static void rfc_5424_has_seven_parts(void **state)
{
    (void)state;
    struct syslog_header h =
        header_of("<134>1 2024-05-14T09:20:33.000Z fw-1 app 77 ID9 [a@1 k=\"v\\\"]\" l=\"\"][b] hello");
    assert_int_equal(h.priority, 134);
    assert_int_equal(h.time_ms, MOMENT);
    assert_true(span_is(h.host, "fw-1"));
    assert_true(span_is(h.app, "app"));
    assert_true(span_is(h.process, "77"));
    assert_true(span_is(h.message_id, "ID9"));
    assert_true(span_is(h.structured_data, "[a@1 k=\"v\\\"]\" l=\"\"][b]"));
    assert_true(span_is(h.message, "hello"));
    expect("<14>1 2024-05-14T11:20:33+02:00 fw-1 - - - - 1,2024", 14, MOMENT, "fw-1", "", "1,2024");
    expect("<14>1 - fw-1 app - - - hello", 14, TIMESTAMP_NONE, "fw-1", "app", "hello");
    expect("<14>1 2024-05-14T09:20:33Z - - - - - \xEF\xBB\xBFhello", 14, MOMENT, "", "", "hello");
    expect("1 2024-05-14T09:20:33Z fw-1 - - - - hello", -1, MOMENT, "fw-1", "", "hello");
    expect("<14>1 2024-05-14T09:20:33Z fw-1", 14, MOMENT, "fw-1", "", "");
}

static void a_bracket_that_is_no_structured_data_is_message(void **state)
{
    (void)state;
    expect("<134>1 2024-05-14T09:20:33Z fw-1 CheckPoint 1 - [action:\"Accept\"; proto:\"6\"]", 134, MOMENT, "fw-1",
           "CheckPoint", "[action:\"Accept\"; proto:\"6\"]");
    expect("<134>1 2024-05-14T09:20:33Z fw-1 a 1 - [id k=\"v hello", 134, MOMENT, "fw-1", "a", "[id k=\"v hello");
    expect("<134>1 2024-05-14T09:20:33Z fw-1 a 1 - [id k=\"v\\", 134, MOMENT, "fw-1", "a", "[id k=\"v\\");
}

static void of_two_headers_the_inner_one_counts(void **state)
{
    (void)state;
    expect("<14>May 14 09:21:00 relay <13>May 14 09:20:33 fw-1 hello", 13, MOMENT, "fw-1", "", "hello");
    expect("<14>May 14 09:21:00 relay <13>1 2024-05-14T09:20:33Z fw-1 - - - - hello", 13, MOMENT, "fw-1", "", "hello");
    expect("<14>May 14 09:21:00 relay May 14 09:20:33 fw-1 su: hello", 14, MOMENT, "fw-1", "su", "hello");
    expect("<14>May 14 09:20:33 relay <13>hello", 13, MOMENT, "relay", "", "hello");
}

static void a_year_that_the_inner_header_leaves_out_is_seen_from_the_outer_one(void **state)
{
    (void)state;
    const int64_t moment = INT64_C(1589448033000); /* 2020-05-14T09:20:33Z */
    expect("2020-05-14T09:21:00Z relay May 14 09:20:33 fw-1 su: hello", -1, moment, "fw-1", "su", "hello");
    expect("<14>1 2020-05-14T09:21:00Z relay - - - - <13>May 14 09:20:33 fw-1 hello", 13, moment, "fw-1", "", "hello");
    expect("<14>May 14 2020 09:21:00 relay <13>May 14 09:20:33 fw-1 hello", 13, moment, "fw-1", "", "hello");
}

static void a_time_in_the_message_without_a_host_behind_it_stays(void **state)
{
    (void)state;
    expect("<14>May 14 09:20:33 fw-1 2024-05-14 09:21:00 key=value x", 14, MOMENT, "fw-1", "",
           "2024-05-14 09:21:00 key=value x");
}

static void collectors_write_dates_of_their_own(void **state)
{
    (void)state;
    expect("05/14/2024 09:20:33 fw-1 su: hello", -1, MOMENT, "fw-1", "su", "hello");
    expect("14/May/2024:11:20:33 +0200 fw-1 hello", -1, MOMENT, "fw-1", "", "hello");
    expect("14-May-2024 09:20:33 fw-1 hello", -1, MOMENT, "fw-1", "", "hello");
}

static void kiwi_writes_time_level_and_host_apart_by_tabs(void **state)
{
    (void)state;
    expect("2024-05-14 09:20:33\tLocal4.Warning\tfw-1\tsu[1]: hello", -1, MOMENT, "fw-1", "su", "hello");
    expect("2024-05-14\t09:20:33\tLocal4.Warning\t192.0.2.1\thello", -1, MOMENT, "192.0.2.1", "", "hello");
    expect("05-14-2024\t09:20:33\tLocal4.Warning\tfw-1\thello", -1, MOMENT, "fw-1", "", "hello");
    expect("2024-05-14 10:00:00\tUser.Info\trelay\tMay 14 09:20:33 fw-1 su: hello", -1, MOMENT, "fw-1", "su", "hello");
    expect("2024-05-14 10:00:00\tUser.Info\trelay\t1 2024-05-14T09:20:33Z fw-1 su - - - hello", -1, MOMENT, "fw-1",
           "su", "hello");
    expect("2024-05-14 09:20:33\tno level\tfw-1\thello", -1, TIMESTAMP_NONE, "", "",
           "2024-05-14 09:20:33\tno level\tfw-1\thello");
}

static void a_time_that_names_no_moment_is_none(void **state)
{
    (void)state;
    expect("<14>Feb 31 09:20:33 fw-1 hello", 14, TIMESTAMP_NONE, "fw-1", "", "hello");
}

static void line_ends_and_their_octal_forms_are_trimmed(void **state)
{
    (void)state;
    assert_true(span_is(syslog_trim(SPAN_LITERAL("a#012")), "a"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("a#015#012")), "a"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("a#013 ")), "a"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("\xEF\xBB\xBF"
                                                 "a\r\n\0")),
                        "a"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("a#011")), "a#011"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("#012")), ""));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("")), ""));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("#01")), "#01"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("  <14>a  ")), "<14>a"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("   ")), ""));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("\"<14>a b=\"c\" d\"\r\n")), "<14>a b=\"c\" d"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("\"a\",\"b\"")), "\"a\",\"b\""));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("\"a")), "\"a"));
    assert_true(span_is(syslog_trim(SPAN_LITERAL("\"")), "\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bsd_header_has_priority_time_host_and_tag),
        cmocka_unit_test(a_day_may_be_padded_with_a_blank),
        cmocka_unit_test(every_part_may_be_missing),
        cmocka_unit_test(a_priority_is_0_to_191),
        cmocka_unit_test(rfc_5424_has_seven_parts),
        cmocka_unit_test(a_bracket_that_is_no_structured_data_is_message),
        cmocka_unit_test(of_two_headers_the_inner_one_counts),
        cmocka_unit_test(a_year_that_the_inner_header_leaves_out_is_seen_from_the_outer_one),
        cmocka_unit_test(a_time_in_the_message_without_a_host_behind_it_stays),
        cmocka_unit_test(collectors_write_dates_of_their_own),
        cmocka_unit_test(kiwi_writes_time_level_and_host_apart_by_tabs),
        cmocka_unit_test(a_time_that_names_no_moment_is_none),
        cmocka_unit_test(line_ends_and_their_octal_forms_are_trimmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
