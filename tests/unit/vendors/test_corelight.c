#include "forms.h"

extern COLLECTOR(corelight);

#define FIELDS_LINE                                                                                                    \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\t" \
    "conn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\t"  \
    "tunnel_parents"
#define RECORD_LINE                                                                                                    \
    "1717243200.123456\tCAbcd1EfGh2\t192.0.2.10\t51544\t198.51.100.20\t443\ttcp\tssl\t1."                              \
    "204311\t1740\t5210\tSF\tT\tF\t0"                                                                                  \
    "\tShADadFf\t12\t2372\t11\t5790\t-"
#define RECORD_FIELDS                                                                                                  \
    "proto=tcp conn_state=SF local_orig=true local_resp=false ts=2024-06-01T12:00:00.123Z uid=CAbcd1EfGh2 "            \
    "orig_h=192.0.2.10 orig_p=51544 resp_h=198.51.100.20 resp_p=443 service=ssl duration=1 orig_bytes=1740 "           \
    "resp_bytes=5210 orig_pkts=12 resp_pkts=11 history=ShADadFf"

static void zeek_tsv_is_read_by_its_header_and_timed_by_the_end_of_the_session(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "native-tsv", NULL);
    expect_unit(&s, "1717243200.123456\tCAbcd1EfGh2\t192.0.2.10\t51544\t198.51.100.20\t443", "bad no_header");
    expect_unit(&s, "#separator \\x09", "header");
    expect_unit(&s, "#path\tconn", "header");
    expect_unit(&s, FIELDS_LINE, "header");
    /* .123456 + 1.204311 = 1.327767 */
    expect_unit(&s, RECORD_LINE, "2024-06-01T12:00:01.327Z path=conn " RECORD_FIELDS);
    expect_unit(&s, "#close\t2024-06-01-13-00-00", "nothing");
    expect_unit(&s, "", "nothing");
    expect_unit(&s, "1717243200.123456\tC", "bad field_count");
    expect_unit(&s, RECORD_LINE "\t", "bad field_count");
    stream_end(&s);
}

static void lines_of_conn_are_known_without_a_header(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "native-tsv", NULL);
    expect_unit(&s, RECORD_LINE, "2024-06-01T12:00:01.327Z " RECORD_FIELDS);
    expect_unit(&s, "<14>Jun  1 12:00:02 a conn: " RECORD_LINE, "2024-06-01T12:00:01.327Z " RECORD_FIELDS);
    expect_unit(&s, RECORD_LINE "\t6\tx", "bad no_header");
    expect_unit(&s, "#fields\tts\tid.orig_h", "header");
    expect_unit(&s, RECORD_LINE, "bad field_count");
    stream_end(&s);
    assert_string_equal(recognised(&collector_corelight, RECORD_LINE "\n"), "native-tsv");
    assert_string_equal(recognised(&collector_corelight, "a\tb\tc\n"), "none");
}

static void a_bare_row_of_names_is_a_header_too(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "native-tsv", NULL);
    expect_unit(&s, strchr(FIELDS_LINE, '\t') + 1, "header");
    expect_unit(&s, RECORD_LINE, "2024-06-01T12:00:01.327Z " RECORD_FIELDS);
    expect_unit(&s, "ts\tuid\tid.orig_h\tid.orig_p", "header");
    expect_unit(&s, "1717243200.123456\tC\t192.0.2.1\t5", "skip not_conn");
    stream_end(&s);
}

static void only_conn_and_conn_red_are_sessions(void **state)
{
    (void)state;
    struct stream_test s;
    static const char *const paths[][2] = {
        { "conn", "2024" }, { "conn_red", "2024" }, { "conn_long", "skip not_conn" }, { "dns", "skip not_conn" }
    };
    stream_begin(&s, &collector_corelight, "native-tsv", NULL);
    for (unsigned i = 0; i < 4; i++) {
        char line[64];
        snprintf(line, sizeof line, "#path\t%s", paths[i][0]);
        expect_unit(&s, line, "header");
        expect_unit(&s, "#fields\tts\tproto", "header");
        assert_memory_equal(stream_parse(&s, "1717243200.1\ttcp", 16), paths[i][1], 4);
    }
    expect_unit(&s, "#fields\tts\t_path", "header");
    expect_unit(&s, "1717243200\tconn", "2024-06-01T12:00:00.000Z path=conn ts=2024-06-01T12:00:00.000Z");
    expect_unit(&s, "1717243200\tdns", "skip not_conn");
    stream_end(&s);
    stream_begin(&s, &collector_corelight, "native", NULL);
    expect_unit(&s, "{\"_path\": \"conn\",\"ts\":1}", "1970-01-01T00:00:01.000Z path=conn ts=1970-01-01T00:00:01.000Z");
    expect_unit(&s, "{\"_path\":\"conn_red\",\"ts\":1}",
                "1970-01-01T00:00:01.000Z path=conn_red ts=1970-01-01T00:00:01.000Z");
    expect_unit(&s, "{\"_path\":\"conn_long\",\"ts\":1}", "skip not_conn");
    expect_unit(&s, "{\"_path\":\"dns\",\"x\":\"conn_red\"}", "skip not_conn");
    expect_unit(&s, "{\"ts\":1,\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":\"192.0.2.2\",\"proto\":\"udp\"}",
                "skip not_conn");
    expect_unit(
        &s, "{\"ts\":1,\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":\"192.0.2.2\",\"proto\":\"udp\",\"conn_state\":null}",
        "skip not_conn");
    expect_unit(
        &s,
        "{\"ts\":1,\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":\"192.0.2.2\",\"proto\":\"udp\",\"conn_state\":\"SF\"}",
        "1970-01-01T00:00:01.000Z proto=udp conn_state=SF ts=1970-01-01T00:00:01.000Z orig_h=192.0.2.1 "
        "resp_h=192.0.2.2");
    stream_end(&s);
}

static void times_come_in_three_forms_and_are_rounded_down(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        { "\"ts\":1717243201.5", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":1717243201.999999", "2024-06-01T12:00:01.999Z" },
        { "\"ts\":1717243201", "2024-06-01T12:00:01.000Z" },
        { "\"ts\":1717243201500", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":\"2024-06-01T12:00:01.500000Z\"", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":1.7172432015e9", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":-0.0001", "1969-12-31T23:59:59.999Z" },
        { "\"ts\":1717243201.5,\"duration\":0.5", "2024-06-01T12:00:02.000Z" },
        { "\"ts\":1717243201.5,\"duration\":4e-06", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":1717243201500,\"duration\":2.25", "2024-06-01T12:00:03.750Z" },
        { "\"ts\":1717243201.5,\"duration\":null", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":1717243201.5,\"duration\":\"x\"", "2024-06-01T12:00:01.500Z" },
        { "\"ts\":\"2024-06-01T12:00:01.500000Z\",\"duration\":1.25", "2024-06-01T12:00:02.750Z" },
        { "\"ts\":1717243201.5,\"duration\":9,\"_write_ts\":\"2024-06-01T12:00:09.000100Z\"",
          "2024-06-01T12:00:09.000Z" },
        { "\"ts\":1717243201.5,\"_write_ts\":\"soon\"", "2024-06-01T12:00:01.500Z" },
        { "\"_write_ts\":\"2024-06-01T12:00:09.000100Z\"", "2024-06-01T12:00:09.000Z" },
    };
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "native", NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char unit[256], time[32];
        snprintf(unit, sizeof unit, "{\"_path\":\"conn\",%s}", texts[i][0]);
        stream_parse(&s, unit, strlen(unit));
        timestamp_format(s.record.time_ms, true, time);
        assert_string_equal(time, texts[i][1]);
    }
    static const char *const none[] = { "\"ts\":\"x\"",
                                        "\"x\":1",
                                        "\"ts\":null",
                                        "\"ts\":true",
                                        "\"ts\":[1]",
                                        "\"ts\":1e300",
                                        "\"ts\":99999999999999999999",
                                        "\"ts\":9999999999999",
                                        "\"ts\":\"\"",
                                        "\"ts\":7999999999999.9,\"duration\":7999999999999.9" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char unit[256];
        snprintf(unit, sizeof unit, "{\"_path\":\"conn\",%s}", none[i]);
        expect_unit(&s, unit, "bad no_time");
    }
    stream_end(&s);
}

static void streaming_json_is_read_and_a_syslog_header_passed_over(void **state)
{
    (void)state;
#define STREAMED                                                                                                       \
    "{\"_path\":\"conn\",\"_system_name\":\"sensor-a\",\"_write_ts\":\"2024-06-01T12:00:09.000100Z\",\"ts\":"          \
    "\"2024-06-01T12:00:01.500000Z\",\"uid\":\"CQ1\",\"id.orig_h\":\"192.0.2.10\",\"id.orig_p\":5353,\"id.resp_h\":"   \
    "\"192.0.2.53\",\"id.resp_p\":53,\"proto\":\"udp\",\"service\":\"dns\",\"duration\":0.004,\"orig_bytes\":38,"      \
    "\"resp_bytes\":120,\"conn_state\":\"SF\",\"local_orig\":true,\"local_resp\":true,\"missed_bytes\":0,"             \
    "\"history\":\"Dd\",\"orig_pkts\":1,\"resp_pkts\":1,\"community_id\":\"1:abcdefg=\",\"vlan\":7}"
#define STREAMED_FIELDS                                                                                                \
    " path=conn proto=udp conn_state=SF local_orig=true local_resp=true system_name=sensor-a "                         \
    "ts=2024-06-01T12:00:01.500Z write_ts=2024-06-01T12:00:09.000Z uid=CQ1 orig_h=192.0.2.10 orig_p=5353 "             \
    "resp_h=192.0.2.53 resp_p=53 service=dns duration=0 orig_bytes=38 resp_bytes=120 orig_pkts=1 resp_pkts=1 "         \
    "history=Dd community_id=1:abcdefg= vlan=7"
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "native", NULL);
    expect_unit(&s, STREAMED, "2024-06-01T12:00:09.000Z" STREAMED_FIELDS);
    expect_unit(&s, "<14>Jun  1 12:00:09 sensor-a corelight: " STREAMED, "2024-06-01T12:00:09.000Z" STREAMED_FIELDS);
    expect_unit(&s, "<14>Jun  1 12:00:09 sensor-a corelight: hello", "skip not_conn");
    expect_unit(&s, "hello", "bad json");
    expect_unit(&s, "", "nothing");
    expect_unit(&s, " ", "nothing");
    expect_unit(&s, "{\"_path\":\"conn\",\"ts\":1} {}", "bad json");
    stream_end(&s);
}

static void table_rows_keep_their_own_time(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "table", NULL);
    expect_unit(&s,
                "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\",\"Message\":\"{\\\"_path\\\":\\\"conn\\\",\\\"ts\\\":"
                "\\\"2024-06-01T12:00:01.5Z\\\",\\\"proto\\\":\\\"tcp\\\"}\",\"hostname_s\":\"h\"}",
                "2024-06-01T12:01:00.000Z path=conn proto=tcp ts=2024-06-01T12:00:01.500Z");
    expect_unit(&s, "{\"Message\":\"{\\\"_path\\\":\\\"conn\\\",\\\"ts\\\":\\\"2024-06-01T12:00:01.5Z\\\"}\"}",
                "2024-06-01T12:00:01.500Z path=conn ts=2024-06-01T12:00:01.500Z");
    expect_unit(&s, "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\",\"Message\":\"{\\\"_path\\\":\\\"dns\\\"}\"}",
                "skip not_conn");
    expect_unit(&s, "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\",\"Message\":\"1717243200.1\\tC1\"}", "skip not_conn");
    expect_unit(&s, "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\",\"Message\":\"{\\\"_path\\\":\\\"conn\\\"\"}",
                "bad json");
    expect_unit(
        &s,
        "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\",\"_path_s\":\"conn\",\"_system_name_s\":\"a\",\"ts_t\":"
        "\"2024-06-01T12:00:01Z\",\"uid_s\":\"C\",\"id_orig_h_s\":\"192.0.2.1\",\"id_orig_p_d\":50000.0,"
        "\"id_resp_h_s\":\"198.51.100.2\",\"id_resp_p_d\":22.0,\"proto_s\":\"tcp\",\"duration_d\":1.9,"
        "\"conn_state_s\":\"S0\",\"local_orig_b\":false,\"local_resp_b\":\"True\",\"vlan_d\":12.0}",
        "2024-06-01T12:01:00.000Z path=conn proto=tcp conn_state=S0 local_orig=false local_resp=true system_name=a "
        "ts=2024-06-01T12:00:01.000Z uid=C orig_h=192.0.2.1 orig_p=50000 resp_h=198.51.100.2 resp_p=22 duration=1 "
        "vlan=12");
    expect_unit(&s, "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\"}", "skip not_conn");
    stream_end(&s);
    stream_begin(&s, &collector_corelight, "table-csv", NULL);
    expect_unit(&s, "\"TimeGenerated [UTC]\",\"Message\"", "header");
    expect_unit(&s, "\"6/1/2024, 12:01:00.000 PM\",\"{\"\"_path\"\":\"\"conn\"\",\"\"id.resp_p\"\":22}\"",
                "2024-06-01T12:01:00.000Z path=conn resp_p=22");
    expect_unit(&s, "\"6/1/2024, 12:01:00.000 PM\",\"{\"\"_path\"\":\"", "bad json");
    stream_end(&s);
}

static void booleans_of_any_other_spelling_are_no_value(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_corelight, "native", NULL);
    expect_unit(&s, "{\"_path\":\"conn\",\"ts\":1,\"local_orig\":null,\"local_resp\":\"maybe\"}",
                "1970-01-01T00:00:01.000Z path=conn ts=1970-01-01T00:00:01.000Z");
    stream_end(&s);
    stream_begin(&s, &collector_corelight, "native-tsv", NULL);
    expect_unit(&s, "#path\tconn", "header");
    expect_unit(&s, "#fields\tts\tlocal_orig\tlocal_resp", "header");
    expect_unit(&s, "1\t-\tx", "1970-01-01T00:00:01.000Z path=conn ts=1970-01-01T00:00:01.000Z");
    stream_end(&s);
}

static void forms_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    static const char *const heads[][2] = {
        { "native-tsv", "#separator \\x09\n#set_separator\t,\n" },
        { "native-tsv", "\xef\xbb\xbf#separator \\x09\r\n" },
        { "native-tsv", "ts\tuid\tid.orig_h\tid.orig_p\r\n1\t" },
        { "native", "{\"ts\":1,\"id.orig_h\":\"192.0.2.1\"}\n" },
        { "native", STREAMED "\n" },
        { "native", "<14>Jun  1 12:00:09 a b: " STREAMED "\n" },
        { "native-document", "[" STREAMED ",\n" STREAMED "]" },
        { "native-document", "[\n  {\n    \"id.orig_h\": \"192.0.2.1\"\n  }\n]" },
        { "native-document", "{\r\n  \"id.orig_h\": \"192.0.2.1\"\r\n}\r\n" },
        { "table", "{\"TimeGenerated\":\"2024-06-01T12:01:00Z\",\"Message\":\"{\\\"_path\\\":\\\"conn\\\"}\"}" },
        { "table", "[{\"_path_s\":\"conn\"}]" },
        { "table-csv", "TimeGenerated,Message\n\"x\",\"{\"\"_path\"\":\"\"conn\"\"}\"" },
        { "table-csv", "\"TimeGenerated [UTC]\",\"_path_s\",\"id_orig_h_s\"\n" },
        { "none", "" },
        { "none", "hello\n" },
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_string_equal(recognised(&collector_corelight, heads[i][1]), heads[i][0]);
}

static void what_is_wanted_changes_no_verdict(void **state)
{
    (void)state;
    static const char *const json[] = { STREAMED, "{\"_path\":\"conn\",\"ts\":1,\"uid\":\"\\x\"}",
                                        "{\"_path\":\"conn\",\"ts\":1,\"orig_bytes\":01}", "{\"_path\":\"conn\"}",
                                        "{}" };
    static const char *const tsv[] = { RECORD_LINE, FIELDS_LINE, RECORD_LINE, "#path\tconn", RECORD_LINE, "x", "" };
    expect_same_verdict(&collector_corelight, "native", NULL, json, sizeof json / sizeof *json);
    expect_same_verdict(&collector_corelight, "native-tsv", NULL, tsv, sizeof tsv / sizeof *tsv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeek_tsv_is_read_by_its_header_and_timed_by_the_end_of_the_session),
        cmocka_unit_test(lines_of_conn_are_known_without_a_header),
        cmocka_unit_test(a_bare_row_of_names_is_a_header_too),
        cmocka_unit_test(only_conn_and_conn_red_are_sessions),
        cmocka_unit_test(times_come_in_three_forms_and_are_rounded_down),
        cmocka_unit_test(streaming_json_is_read_and_a_syslog_header_passed_over),
        cmocka_unit_test(table_rows_keep_their_own_time),
        cmocka_unit_test(booleans_of_any_other_spelling_are_no_value),
        cmocka_unit_test(forms_are_recognised_by_their_first_bytes),
        cmocka_unit_test(what_is_wanted_changes_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
