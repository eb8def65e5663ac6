#include "forms.h"

extern COLLECTOR(network_summary);

static void rows_of_both_generations_give_the_same_fields(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_network_summary, "table", NULL);
    expect_unit(
        &s,
        "{\"TimeGenerated\":\"2026-01-01T10:00:00Z\",\"EventTime\":\"2026-01-01T10:00:00Z\",\"NetworkProtocol\":"
        "\"TCP\",\"DstPortNumber\":22,\"DstAppName\":\"\",\"NetworkDirection\":\"Inbound\",\"DvcAction\":\"Deny\","
        "\"count_\":412,\"Type\":\"NetworkSummary_Protocol_CL\"}",
        "2026-01-01T10:00:00.000Z network_protocol=TCP network_direction=Inbound dvc_action=Deny dst_port=22 "
        "count=412");
    expect_unit(
        &s,
        "{\"TimeGenerated\":\"2026-01-01T10:21:09Z\",\"EventTime_t\":\"2026-01-01T10:00:00Z\",\"NetworkProtocol_s\""
        ":\"UDP\",\"DstPortNumber_d\":53.0,\"DstAppName_s\":\"dns\",\"NetworkDirection_s\":\"Outbound\","
        "\"DvcAction_s\":\"Allow\",\"count__d\":90211.0,\"Type\":\"NetworkCustomAnalytics_protocol_CL\"}",
        "2026-01-01T10:00:00.000Z network_protocol=UDP network_direction=Outbound dvc_action=Allow "
        "dst_app_name=dns dst_port=53 count=90211");
    stream_end(&s);
}

static void other_tables_of_the_playbook_are_skipped(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_network_summary, "table", NULL);
    expect_unit(&s,
                "{\"EventTime_t\":\"2026-01-01T10:00:00Z\",\"count__d\":1,\"Type\":\"NetworkCustomAnalytics_ip_CL\"}",
                "skip other_table");
    expect_unit(
        &s,
        "{\"EventTime_t\":\"2026-01-01T10:00:00Z\",\"count__d\":1,\"Type\":\"NetworkCustomAnalytics_protocolV1_CL\"}",
        "2026-01-01T10:00:00.000Z count=1");
    stream_end(&s);
}

static void the_time_is_the_window_and_only_its_absence_falls_back(void **state)
{
    (void)state;
    static const char *const empty[] = { "null", "\"\"", "0", "false", "0.0" };
    struct stream_test s;
    stream_begin(&s, &collector_network_summary, "table", NULL);
    for (unsigned i = 0; i < 5; i++) {
        char unit[160];
        snprintf(unit, sizeof unit, "{\"EventTime\":%s,\"TimeGenerated\":\"2026-01-01T10:20:00Z\",\"count_\":1}",
                 empty[i]);
        expect_unit(&s, unit, "2026-01-01T10:20:00.000Z count=1");
    }
    expect_unit(&s, "{\"TimeGenerated\":\"2026-01-01T10:20:00Z\",\"count_\":1}", "2026-01-01T10:20:00.000Z count=1");
    expect_unit(&s, "{\"EventTime\":1767261600000,\"count_\":1}", "2026-01-01T10:00:00.000Z count=1");
    expect_unit(&s, "{\"EventTime\":\"x\",\"TimeGenerated\":\"2026-01-01T10:20:00Z\",\"count_\":1}", "bad no_time");
    expect_unit(&s, "{\"count_\":1}", "bad no_time");
    expect_unit(&s, "{\"count_\":1", "bad json");
    stream_end(&s);
}

static void counts_and_ports_are_whole_numbers_or_nothing(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "\"count_\":\"17\",\"DstPortNumber\":\"443\"", " dst_port=443 count=17" },
        { "\"count_\":2.9,\"DstPortNumber\":443.9", " dst_port=443 count=2" },
        { "\"count_\":4.12e2,\"DstPortNumber\":4.43e2", " dst_port=443 count=412" },
        { "\"count_\":0,\"DstPortNumber\":0", " dst_port=0 count=0" },
        { "\"count_\":-3,\"DstPortNumber\":-1", " count=-3" },
        { "\"count_\":3000000000,\"DstPortNumber\":65536", " count=3000000000" },
        { "\"count_\":\"many\",\"DstPortNumber\":\"http\"", "" },
        { "\"count_\":true,\"DstPortNumber\":null", "" },
        { "\"count_\":1e30,\"DstPortNumber\":1e999", "" },
        { "\"count_\":1,\"count_\":2", " count=2" },
        { "\"count_\":1,\"count_\":null", "" },
    };
    struct stream_test s;
    stream_begin(&s, &collector_network_summary, "table", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char unit[160], expected[80];
        snprintf(unit, sizeof unit, "{\"EventTime\":\"2026-01-01T10:00:00Z\",%s}", cases[i][0]);
        snprintf(expected, sizeof expected, "2026-01-01T10:00:00.000Z%s", cases[i][1]);
        expect_unit(&s, unit, expected);
    }
    stream_end(&s);
}

static void exports_as_csv_have_either_generation_of_columns(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_network_summary, "table-csv", NULL);
    expect_unit(&s, "\"EventTime [UTC]\",NetworkProtocol,DstPortNumber,DstAppName,NetworkDirection,DvcAction,count_",
                "header");
    expect_unit(
        &s, "\"1/1/2026, 10:00:00.000 AM\",TCP,22,sshd,Inbound,Deny,412",
        "2026-01-01T10:00:00.000Z network_protocol=TCP network_direction=Inbound dvc_action=Deny dst_app_name=sshd "
        "dst_port=22 count=412");
    expect_unit(&s, "\"1/1/2026, 10:00:00.000 AM\",TCP,22,sshd,Inbound,Deny", "bad field_count");
    stream_end(&s);
    stream_begin(&s, &collector_network_summary, "table-csv", NULL);
    expect_unit(&s, "EventTime_t,NetworkProtocol_s,DstPortNumber_d,count__d", "header");
    expect_unit(&s, "2026-01-01T10:00:00Z,UDP,53.0,7.0",
                "2026-01-01T10:00:00.000Z network_protocol=UDP dst_port=53 count=7");
    stream_end(&s);
}

static void forms_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    assert_string_equal(recognised(&collector_network_summary, "{\"count_\":1}"), "table");
    assert_string_equal(recognised(&collector_network_summary, "EventTime,count_\n"), "table-csv");
    assert_string_equal(recognised(&collector_network_summary, "hello\n"), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_both_generations_give_the_same_fields),
        cmocka_unit_test(other_tables_of_the_playbook_are_skipped),
        cmocka_unit_test(the_time_is_the_window_and_only_its_absence_falls_back),
        cmocka_unit_test(counts_and_ports_are_whole_numbers_or_nothing),
        cmocka_unit_test(exports_as_csv_have_either_generation_of_columns),
        cmocka_unit_test(forms_are_recognised_by_their_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
