#include "forms.h"

extern COLLECTOR(aws_vpcflow);

#define HEADER                                                                                                         \
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "         \
    "log-status"
#define REJECT                                                                                                         \
    "2 111122223333 eni-0a1b2c3d4e5f60718 198.51.100.23 10.20.0.15 51442 22 6 9 1840 1767261605 1767261661 REJECT OK"
#define REJECT_RECORD                                                                                                  \
    "2026-01-01T10:00:05.000Z protocol=6 action=REJECT log_status=OK version=2 srcaddr=198.51.100.23 "                 \
    "dstaddr=10.20.0.15 srcport=51442 dstport=22 packets=9 bytes=1840 start=2026-01-01T10:00:05.000Z "                 \
    "end=2026-01-01T10:01:01.000Z interface_id=eni-0a1b2c3d4e5f60718 account_id=111122223333"

static void lines_without_a_header_have_the_default_format(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "native", NULL);
    expect_unit(&s, REJECT, REJECT_RECORD);
    expect_unit(&s, "", "nothing");
    expect_unit(&s, "  ", "nothing");
    expect_unit(&s, "2 111122223333 eni-1 - - - - - - - 1767261660 1767261720 - NODATA", "skip nodata");
    expect_unit(&s, "2 111122223333 eni-1 - - - - - - - 1767261660 1767261720 - SKIPDATA", "skip skipdata");
    expect_unit(&s, "2 111122223333 eni-1 - - - - - - - 1767261660 1767261720 - ok", "skip log_status");
    expect_unit(&s, "2 111122223333 eni-1 - - - - - - - 1767261660 1767261720 - -", "skip log_status");
    stream_end(&s);
}

static void a_header_sets_the_order_until_the_next_one(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "native", NULL);
    expect_unit(&s, HEADER, "header");
    expect_unit(&s, REJECT, REJECT_RECORD);
    expect_unit(&s,
                "version vpc-id interface-id srcaddr dstaddr srcport dstport protocol type flow-direction action bytes "
                "start end log-status pkt-dst-aws-service",
                "header");
    expect_unit(&s,
                "5 vpc-0aa11bb22cc33dd44 eni-0f00baa1234567890 10.20.0.15 203.0.113.80 40112 443 6 IPv4 egress ACCEPT "
                "7312 1767261611 1767261670 OK S3",
                "2026-01-01T10:00:11.000Z protocol=6 action=ACCEPT flow_direction=egress pkt_dst_aws_service=S3 "
                "log_status=OK version=5 type=IPv4 srcaddr=10.20.0.15 dstaddr=203.0.113.80 srcport=40112 dstport=443 "
                "bytes=7312 start=2026-01-01T10:00:11.000Z end=2026-01-01T10:01:10.000Z "
                "interface_id=eni-0f00baa1234567890 vpc_id=vpc-0aa11bb22cc33dd44");
    expect_unit(&s, REJECT, "bad field_count");
    expect_unit(&s, "LOG_STATUS Start dstport some-new-name", "header");
    expect_unit(&s, "OK 1767261611 443 x",
                "2026-01-01T10:00:11.000Z log_status=OK dstport=443 "
                "start=2026-01-01T10:00:11.000Z");
    expect_unit(&s, "subnet-id start", "header");
    expect_unit(&s, "subnet-1 1767261611", "2026-01-01T10:00:11.000Z start=2026-01-01T10:00:11.000Z");
    stream_end(&s);
}

/* However many headers stand in a line, it is looked behind once. */
static void headers_of_syslog_are_passed_over_once(void **state)
{
    (void)state;
    static const char header[] = "1 2026-01-01T10:00:05Z host agent - - - ";
    enum { MANY = 20000, BYTES = sizeof header - 1 };
    struct stream_test s;
    char *line = malloc(4 + (size_t)MANY * BYTES + sizeof REJECT);
    stream_begin(&s, &collector_aws_vpcflow, "native", NULL);
    expect_unit(&s, "<14>1 2026-01-01T10:00:05Z host agent - - - " REJECT, REJECT_RECORD);
    memcpy(line, "<14>", 4);
    for (size_t i = 0; i < MANY; i++)
        memcpy(line + 4 + i * BYTES, header, BYTES);
    memcpy(line + 4 + (size_t)MANY * BYTES, REJECT, sizeof REJECT);
    expect_unit(&s, line, "bad field_count");
    free(line);
    stream_end(&s);
}

static void the_operator_can_name_the_columns(void **state)
{
    (void)state;
    static const char *const columns[] = { "${start} ${srcaddr} ${dstaddr} ${dstport} ${action}",
                                           "start,srcaddr,dstaddr,dstport,action",
                                           "start srcaddr dstaddr dstport action" };
    for (unsigned i = 0; i < 3; i++) {
        struct stream_test s;
        stream_begin(&s, &collector_aws_vpcflow, "native", columns[i]);
        expect_unit(&s, "1767261605 192.0.2.1 198.51.100.9 0 ACCEPT",
                    "2026-01-01T10:00:05.000Z action=ACCEPT srcaddr=192.0.2.1 dstaddr=198.51.100.9 dstport=0 "
                    "start=2026-01-01T10:00:05.000Z");
        expect_unit(&s, "1767261605 - - - -", "skip no_addresses");
        expect_unit(&s, "1767261605 192.0.2.1 - - -",
                    "2026-01-01T10:00:05.000Z srcaddr=192.0.2.1 "
                    "start=2026-01-01T10:00:05.000Z");
        stream_end(&s);
    }
}

static void exactly_as_many_tokens_as_the_format_has(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "native", NULL);
    expect_unit(&s, "2 111122223333 eni-1 198.51.100.23 10.20.0.15 51442 22 6 9 1840 1767261605 1767261661 REJECT",
                "bad field_count");
    expect_unit(&s, REJECT " x", "bad field_count");
    expect_unit(&s, REJECT " ", REJECT_RECORD); /* as tools that write lines again leave them */
    expect_unit(&s, " " REJECT, REJECT_RECORD);
    expect_unit(&s, "2", "bad field_count");
    char many[4096];
    memset(many, ' ', sizeof many);
    assert_string_equal(stream_parse(&s, many, 3000), "nothing");
    many[0] = '2';
    for (size_t n = 1; n < 2000; n++)
        assert_string_equal(stream_parse(&s, many, n), n == 14 ? "skip log_status" : "bad field_count");
    stream_end(&s);
}

static void what_is_no_number_is_empty_but_a_record_needs_a_time(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "native", "start dstaddr dstport bytes end log-status");
    expect_unit(&s, "1767261605 - x 12x - OK", "2026-01-01T10:00:05.000Z log_status=OK start=2026-01-01T10:00:05.000Z");
    expect_unit(&s, "1767261605 - 65536 99999999999999999999 9999999999999 OK",
                "2026-01-01T10:00:05.000Z log_status=OK start=2026-01-01T10:00:05.000Z");
    expect_unit(&s, "1767261605 - 65535 9223372036854775807 -5 OK",
                "2026-01-01T10:00:05.000Z log_status=OK dstport=65535 bytes=9223372036854775807 "
                "start=2026-01-01T10:00:05.000Z end=1969-12-31T23:59:55.000Z");
    expect_unit(&s, "- 10.0.0.1 1 1 1767261605 OK", "bad no_time");
    expect_unit(&s, "x 10.0.0.1 1 1 1767261605 OK", "bad no_time");
    expect_unit(&s, "99999999999999 10.0.0.1 1 1 1767261605 OK", "bad no_time");
    expect_unit(&s, "9223372036854775807 10.0.0.1 1 1 1767261605 OK", "bad no_time");
    expect_unit(&s, "x 10.0.0.1 1 1 1767261605 NODATA", "skip nodata");
    expect_unit(&s, "253402300799 - - - - OK", "9999-12-31T23:59:59.000Z log_status=OK start=9999-12-31T23:59:59.000Z");
    stream_end(&s);
}

static void an_export_puts_a_time_in_front_of_each_line(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "native", NULL);
    expect_unit(&s, "2026-01-01T10:00:05.000Z " REJECT, REJECT_RECORD);
    expect_unit(&s, "2026-01-01T10:00:05.000Z " HEADER, "header");
    expect_unit(&s, "2026-01-01T10:00:05.000Z", "bad field_count");
    expect_unit(&s, "2026-01-01T10:00:05.000+01:00 " REJECT, "bad field_count");
    expect_unit(&s, "   5-01-01T9 10:00:07.000Z", "bad field_count");
    stream_end(&s);
    stream_begin(&s, &collector_aws_vpcflow, "native", "dstport action");
    expect_unit(&s, "2026-01-01T10:00:05.250Z 22 ACCEPT", "2026-01-01T10:00:05.250Z action=ACCEPT dstport=22");
    expect_unit(&s, "22 ACCEPT", "bad no_time");
    stream_end(&s);
    stream_begin(&s, &collector_aws_vpcflow, "native", "dstport end");
    expect_unit(&s, "22 1767261605", "2026-01-01T10:00:05.000Z dstport=22 end=2026-01-01T10:00:05.000Z");
    stream_end(&s);
}

static void envelopes_carry_lines_or_structured_json(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "native-json", NULL);
    expect_unit(&s,
                "{\"logStreamName\":\"eni-1-all\",\"timestamp\":1767261605000,\"message\":\"" REJECT
                "\",\"ingestionTime\":1767261700000,\"eventId\":\"7\"}",
                REJECT_RECORD);
    expect_unit(&s, "{\"message\":\"" REJECT "\\n\"}", REJECT_RECORD);
    expect_unit(&s, "{\"id\":\"1\",\"timestamp\":1,\"message\":\"CWL CONTROL MESSAGE: Checking health\"}",
                "skip control_message");
    expect_unit(&s, "{\"message\":\"" HEADER "\"}", "header");
    expect_unit(&s, "{\"message\":\"2 3\"}", "bad field_count");
    expect_unit(&s, "{\"message\":\"\"}", "bad field_count");
    expect_unit(&s, "{\"message\":\"" REJECT "\"", "bad json");
    expect_unit(&s, "{\"message\":\"" REJECT "\",\"x\":tru}", "bad json");
    const char *structured =
        "2026-01-01T10:00:05.000Z protocol=6 action=REJECT log_status=OK version=2 srcaddr=198.51.100.23 dstport=22 "
        "start=2026-01-01T10:00:05.000Z account_id=111122223333";
    expect_unit(
        &s,
        "{\"version\":2,\"account_id\":\"111122223333\",\"srcaddr\":\"198.51.100.23\",\"dstport\":22,\"protocol\":"
        "6.0,\"start\":1767261605,\"action\":\"REJECT\",\"log_status\":\"OK\",\"dstaddr\":\"-\",\"bytes\":null}",
        structured);
    expect_unit(&s,
                "{\"version\":\"2\",\"account-id\":\"111122223333\",\"srcaddr\":\"198.51.100.23\",\"dstport\":\"22\","
                "\"protocol\":\"6\",\"start\":\"1767261605\",\"action\":\"REJECT\",\"log-status\":\"OK\"}",
                structured);
    expect_unit(
        &s,
        "{\"message\":\"{\\\"version\\\":2,\\\"account_id\\\":\\\"111122223333\\\",\\\"srcaddr\\\":\\\"198.51.100."
        "23\\\",\\\"dstport\\\":22.0,\\\"protocol\\\":6,\\\"start\\\":1767261605.0,\\\"action\\\":\\\"REJECT\\\","
        "\\\"log_status\\\":\\\"OK\\\"}\"}",
        structured);
    expect_unit(&s, "{\"message\":\"{\\\"version\\\":}\"}", "bad json");
    expect_unit(&s, "{\"log_status\":\"NODATA\",\"start\":1767261605}", "skip nodata");
    expect_unit(&s, "{\"start\":1767261605,\"srcaddr\":\"-\"}", "skip no_addresses");
    expect_unit(&s, "{\"start\":\"x\",\"srcaddr\":\"192.0.2.1\"}", "bad no_time");
    expect_unit(&s, "{\"end\":1767261605,\"srcaddr\":\"192.0.2.1\"}",
                "2026-01-01T10:00:05.000Z srcaddr=192.0.2.1 end=2026-01-01T10:00:05.000Z");
    expect_unit(&s, "[]", "bad json");
    stream_end(&s);
}

#define ROW_RECORD                                                                                                     \
    "2026-01-01T10:00:05.000Z protocol=6 action=REJECT log_status=OK version=2 srcaddr=198.51.100.23 "                 \
    "dstaddr=10.20.0.15 srcport=51442 dstport=22 packets=9 bytes=1840 start=2026-01-01T10:00:05.000Z "                 \
    "end=2026-01-01T10:01:01.000Z interface_id=eni-1 account_id=111122223333"

static void table_rows_need_a_status_and_a_time(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "table", NULL);
    expect_unit(&s,
                "{\"TimeGenerated\":\"2026-01-01T10:00:05Z\",\"Type\":\"AWSVPCFlow\",\"Version\":2,\"AccountId\":"
                "\"111122223333\",\"InterfaceId\":\"eni-1\",\"SrcAddr\":\"198.51.100.23\",\"DstAddr\":\"10.20.0.15\","
                "\"SrcPort\":51442,\"DstPort\":22,\"Protocol\":6,\"Packets\":9,\"Bytes\":1840,\"End\":"
                "\"2026-01-01T10:01:01Z\",\"Action\":\"REJECT\",\"LogStatus\":\"OK\"}",
                ROW_RECORD);
    expect_unit(&s,
                "{\"TimeGenerated\":\"2026-01-01T10:00:05Z\",\"LogStatus\":\"OK\",\"PktDstAwsService\":\"-\","
                "\"DstPort\":\"443.0\",\"Protocol\":17.0}",
                "2026-01-01T10:00:05.000Z protocol=17 log_status=OK dstport=443 start=2026-01-01T10:00:05.000Z");
    expect_unit(&s, "{\"TimeGenerated\":\"2026-01-01T10:00:05Z\"}", "skip log_status");
    expect_unit(&s, "{\"TimeGenerated\":\"2026-01-01T10:00:05Z\",\"LogStatus\":\"\"}", "skip log_status");
    expect_unit(&s, "{\"TimeGenerated\":\"2026-01-01T10:00:05Z\",\"LogStatus\":\"ok\"}", "skip log_status");
    expect_unit(&s, "{\"TimeGenerated\":\"yesterday\",\"LogStatus\":\"OK\"}", "bad no_time");
    expect_unit(&s, "{\"LogStatus\":\"OK\"}", "bad no_time");
    expect_unit(&s, "{\"LogStatus\":\"OK\",}", "bad json");
    stream_end(&s);
}

static void exports_as_csv_are_read_by_their_header(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_aws_vpcflow, "table-csv", NULL);
#define CSV_HEADER                                                                                                     \
    "\"TimeGenerated [UTC]\",Version,AccountId,InterfaceId,SrcAddr,DstAddr,SrcPort,DstPort,Protocol,Packets,Bytes,"    \
    "\"End [UTC]\",Action,LogStatus,Nobody"
    expect_unit(&s, CSV_HEADER, "header");
    expect_unit(&s,
                "\"1/1/2026, 10:00:05.000 AM\",2,\"111122223333\",eni-1,198.51.100.23,10.20.0.15,\"51442\",22,6,9,1840,"
                "\"1/1/2026, 10:01:01.000 AM\",REJECT,OK,\"a \"\"b\"\", c\"",
                ROW_RECORD);
    expect_unit(&s, CSV_HEADER, "header");
    expect_unit(&s, "2026-01-01T10:00:05Z,,,,,,,,,,,,,NODATA,", "skip nodata");
    expect_unit(&s, "2026-01-01T10:00:05Z,,,,,,,,,,,,,OK", "bad field_count");
    expect_unit(&s, "2026-01-01T10:00:05Z,,,,,,,,,,,,,OK,\"", "bad csv");
    expect_unit(&s, "", "nothing");
    stream_end(&s);
}

static void forms_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    static const char *const heads[][2] = {
        { "native", HEADER "\n" REJECT "\n" },
        { "native", REJECT "\n" },
        { "native", "\xef\xbb\xbf" HEADER "\r\n" },
        { "native", "2026-01-01T10:00:05.000Z " REJECT "\n" },
        { "native", "\n\n" REJECT },
        { "native", "OK 1767261605 22 ACCEPT\n" },
        { "native", "subnet-id srcaddr\n" },
        { "native-json", "{\"events\":[{\"message\":\"" REJECT "\"}]}" },
        { "native-json", "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[]}" },
        { "native-json", "{\"version\":2,\"srcaddr\":\"192.0.2.1\"}" },
        { "table", "[\n {\"TimeGenerated\":\"2026-01-01T10:00:05Z\",\"LogStatus\":\"OK\"}]" },
        { "table-csv", "TimeGenerated,LogStatus\n" },
        { "none", "" },
        { "none", "hello\n" },
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_string_equal(recognised(&collector_aws_vpcflow, heads[i][1]), heads[i][0]);
}

static void what_is_wanted_changes_no_verdict(void **state)
{
    (void)state;
    static const char *const lines[] = {
        REJECT, HEADER, "2 3", "x", "", "2 1 eni - - - - - - - 1 2 - NODATA", "2 1 eni - - - - - - - x 2 - OK"
    };
    static const char *const json[] = { "{\"message\":\"" REJECT "\"}", "{\"message\":\"x\",\"y\":nul}", "{}", "",
                                        "{\"start\":1,\"srcaddr\":\"192.0.2.1\",\"bytes\":01}" };
    expect_same_verdict(&collector_aws_vpcflow, "native", NULL, lines, sizeof lines / sizeof *lines);
    expect_same_verdict(&collector_aws_vpcflow, "native-json", NULL, json, sizeof json / sizeof *json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_without_a_header_have_the_default_format),
        cmocka_unit_test(a_header_sets_the_order_until_the_next_one),
        cmocka_unit_test(headers_of_syslog_are_passed_over_once),
        cmocka_unit_test(the_operator_can_name_the_columns),
        cmocka_unit_test(exactly_as_many_tokens_as_the_format_has),
        cmocka_unit_test(what_is_no_number_is_empty_but_a_record_needs_a_time),
        cmocka_unit_test(an_export_puts_a_time_in_front_of_each_line),
        cmocka_unit_test(envelopes_carry_lines_or_structured_json),
        cmocka_unit_test(table_rows_need_a_status_and_a_time),
        cmocka_unit_test(exports_as_csv_are_read_by_their_header),
        cmocka_unit_test(forms_are_recognised_by_their_first_bytes),
        cmocka_unit_test(what_is_wanted_changes_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
