/* What Cisco's firewalls write in front of their texts. */
#include "formats/cisco.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* 2024-05-14T09:20:33Z */
#define MOMENT INT64_C(1715678433000)

static const struct parse_options options = { .reference_time_ms = MOMENT };

static void expect_mnemonic(const char *line, const char *severity, const char *id, const char *body)
{
    struct cisco_mnemonic m;
    if (!cisco_find_mnemonic(span_text(line), &m))
        fail_msg("no mnemonic in <%s>", line);
    assert_true(span_is(m.severity, severity));
    assert_true(span_is(m.id, id));
    assert_true(line[m.begin] == '%');
    if (!span_is(m.body, body))
        fail_msg("body of <%s>: <%.*s>", line, (int)m.body.n, m.body.p);
}

static void a_mnemonic_is_product_severity_and_id(void **state)
{
    (void)state;
    expect_mnemonic("x : %ASA-6-302013: Built", "6", "302013", "Built");
    expect_mnemonic("%FTD-1-430003:  A: b ", "1", "430003", "A: b");
    expect_mnemonic("%NGIPS-0-430002:A: b", "0", "430002", "A: b");
    expect_mnemonic("<1>%PIX-3-710003: TCP", "3", "710003", "TCP");
    expect_mnemonic("%FWSM-4-106023: Deny", "4", "106023", "Deny");
    expect_mnemonic("fw : %FTD<Up>-4-106023: Deny", "4", "106023", "Deny");
    expect_mnemonic("%ASA<Standby>-session-6-302013: Built", "6", "302013", "Built");
    expect_mnemonic("100 % of %ASA-5-106100: access-list", "5", "106100", "access-list");
}

static void a_class_may_stand_in_it_and_the_colon_may_be_lost(void **state)
{
    (void)state;
    expect_mnemonic("%ASA-session-6-302015: Built", "6", "302015", "Built");
    expect_mnemonic("%FTD--6-302015: Built", "6", "302015", "Built");
    expect_mnemonic("%ASA-6-302016 Teardown", "6", "302016", "Teardown");
}

static void repeated_messages_are_unwrapped(void **state)
{
    (void)state;
    expect_mnemonic("%ASA-2-106006: message repeated 2 times: [ Deny inbound]", "2", "106006", "Deny inbound");
    expect_mnemonic("%ASA-2-106006: message repeated 2 times: [ Deny", "2", "106006",
                    "message repeated 2 times: [ Deny");
}

static void what_is_none_is_not_found(void **state)
{
    (void)state;
    static const char *const lines[] = { "",
                                         "%",
                                         "%ASA",
                                         "%ASA-",
                                         "%ASA-6-30201",
                                         "%ASA-6-302013",
                                         "%ASA-8-302013: Built",
                                         "%ASA-6-3020130: Built",
                                         "%ASA-6-30201x: Built",
                                         "%IOS-6-302013: Built",
                                         "%ASA-a-b-6-302013: Built",
                                         "ASA-6-302013: Built" };
    struct cisco_mnemonic m;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (cisco_find_mnemonic(span_text(lines[i]), &m))
            fail_msg("a mnemonic in <%s>", lines[i]);
}

static void expect_head(const char *head, int64_t ms, const char *device)
{
    struct syslog_header got;
    cisco_read_head(span_text(head), &options, &got);
    if (got.time_ms != ms || !span_is(got.host, device))
        fail_msg("<%s>: %lld, <%.*s>", head, (long long)got.time_ms, (int)got.host.n, got.host.p);
}

static void a_head_has_the_time_and_the_device(void **state)
{
    (void)state;
    expect_head("<166>May 14 2024 09:20:33 fw-1 : ", MOMENT, "fw-1");
    expect_head("<166>May 14 2024 09:20:33: ", MOMENT, "");
    expect_head("<166>May 14 2024 11:20:33 CEST: ", MOMENT, "");
    expect_head("<166>2024-05-14T09:20:33Z fw-1 : ", MOMENT, "fw-1");
    expect_head("2024-05-14T11:20:33.5+02:00 fw-1  ", MOMENT + 500, "fw-1");
    expect_head("<166>:May 14 09:20:33 UTC: ", MOMENT, "");
    expect_head("<166>: 2024 May 14 09:20:33 UTC fw-1 : ", MOMENT, "fw-1");
    expect_head("May 14 09:20:33 fw-1: ", MOMENT, "fw-1");
    expect_head("May 14 09:20:33 fw-1 ", MOMENT, "fw-1");
    expect_head("<166>1 2024-05-14T09:20:33Z fw-1 - - - ", MOMENT, "fw-1");
}

static void the_time_nearest_to_the_mnemonic_counts(void **state)
{
    (void)state;
    expect_head("May 14 10:00:00 relay May 14 2024 09:20:33 fw-1 : ", MOMENT, "fw-1");
    expect_head("<190>May 14 10:00:00 fw-1 : May 14 10:20:33 WEST: ", MOMENT, "fw-1");
    expect_head("<166>*May 14 2024 09:20:33: ", MOMENT, "");
    expect_head("[2024-05-14T09:20:33Z] fw-1 ", MOMENT, "fw-1");
}

static void a_missing_year_is_that_of_the_time_in_front(void **state)
{
    (void)state;
    expect_head("2020-05-14T09:21:00Z relay May 14 09:20:33 fw-1 : ", INT64_C(1589448033000), "fw-1");
    expect_head("2020 May 14 09:20:40 relay->192.0.2.1 May 14 09:20:33 fw-1 : ", INT64_C(1589448033000), "fw-1");
    expect_head("2021-01-01T00:00:01Z relay Dec 31 23:59:59 fw-1 : ", INT64_C(1609459199000), "fw-1");
}

static void collectors_write_dates_of_their_own(void **state)
{
    (void)state;
    expect_head("05/14/2024 09:20:33 fw-1 ", MOMENT, "fw-1");
    expect_head("5/14/2024 9:20:33 AM fw-1 : ", MOMENT, "fw-1");
    expect_head("14/05/2024 09:20:33 fw-1 ", MOMENT, "fw-1");
    expect_head("14/May/2024:09:20:33 +0000 fw-1 ", MOMENT, "fw-1");
    expect_head("<166>1715678433 fw-1 ", MOMENT, "fw-1");
    expect_head("<166>1715678433.5 fw-1 : ", MOMENT + 500, "fw-1");
    expect_head("<166>1715678433500: fw-1 : ", MOMENT + 500, "fw-1");
    expect_head("05-14-2024\t09:20:33\tLocal4.Warning\t192.0.2.1\t", MOMENT, "192.0.2.1");
    expect_head("2024-05-14\t09:20:33\tLocal4.Warning\t192.0.2.1\t", MOMENT, "192.0.2.1");
    expect_head("2024-05-14 10:00:00\tLocal4.Warning\t192.0.2.1\t:May 14 09:20:33 UTC: ", MOMENT, "192.0.2.1");
}

static void without_a_time_there_is_none(void **state)
{
    (void)state;
    expect_head("", TIMESTAMP_NONE, "");
    expect_head("<166>", TIMESTAMP_NONE, "");
    expect_head("LOCAL4.WARNING: fw-1 ", TIMESTAMP_NONE, "");
    expect_head("<166>3132517: fw-1 ", TIMESTAMP_NONE, "");
    expect_head("<166>13/14/2024 09:20:33 fw-1 ", TIMESTAMP_NONE, "fw-1");
    expect_head("Feb 30 2024 09:20:33 fw-1 : ", TIMESTAMP_NONE, "fw-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mnemonic_is_product_severity_and_id),
        cmocka_unit_test(a_class_may_stand_in_it_and_the_colon_may_be_lost),
        cmocka_unit_test(repeated_messages_are_unwrapped),
        cmocka_unit_test(what_is_none_is_not_found),
        cmocka_unit_test(a_head_has_the_time_and_the_device),
        cmocka_unit_test(the_time_nearest_to_the_mnemonic_counts),
        cmocka_unit_test(a_missing_year_is_that_of_the_time_in_front),
        cmocka_unit_test(collectors_write_dates_of_their_own),
        cmocka_unit_test(without_a_time_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
