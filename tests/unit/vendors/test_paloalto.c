/* Palo Alto: verdicts, times and fields of every form, through the parser as the collector drives it. */
#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

extern const struct collector collector_paloalto;

/* 2024-05-14T09:20:33Z */
#define MOMENT INT64_C(1715678433000)

static const struct parse_options options = { .reference_time_ms = MOMENT };
enum { NATIVE, NATIVE_CSV, NATIVE_JSON, TABLE, TABLE_CSV };
static struct parser parsers[TABLE_CSV + 1];
static struct record record;

static int open_parsers(void **state)
{
    static const char *const names[] = { "native", "native-csv", "native-json", "table", "table-csv" };
    (void)state;
    for (unsigned i = 0; i <= TABLE_CSV; i++) {
        const struct form *form = collector_form(&collector_paloalto, names[i]);
        assert_non_null(form);
        parser_init(&parsers[i], &collector_paloalto, form, &options);
    }
    return 0;
}

static int close_parsers(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= TABLE_CSV; i++)
        parser_fini(&parsers[i]);
    return 0;
}

static enum parse_result parse(unsigned form, const char *text)
{
    static char bytes[65536];
    size_t n = strlen(text);
    assert_true(n + 64 <= sizeof bytes);
    memset(bytes + n, '=', 64); /* what follows a unit must not matter */
    memcpy(bytes, text, n);
    return parser_parse(&parsers[form], span_of(bytes, n), &record);
}

static unsigned field(const char *name)
{
    for (unsigned i = 0; i < collector_paloalto.fields_n; i++)
        if (strcmp(collector_paloalto.fields[i].name, name) == 0)
            return i;
    fail_msg("no field %s", name);
    return 0;
}

static bool text_is(const char *name, const char *expected)
{
    unsigned f = field(name);
    return record_has(&record, f) ? span_is(record.value[f].text, expected) : *expected == '\0';
}

static int64_t number_of(const char *name)
{
    unsigned f = field(name);
    return record_has(&record, f) ? record.value[f].number : INT64_MIN;
}

static const char *reason_of(unsigned form, const char *text, enum parse_result expected)
{
    enum parse_result result = parse(form, text);
    if (result != expected)
        fail_msg("%s: result %d, reason %s", text, (int)result, record.reason ? record.reason : "-");
    assert_non_null(record.reason);
    return record.reason;
}

static void fields_are_within_bounds_and_have_distinct_names(void **state)
{
    (void)state;
    assert_true(collector_paloalto.fields_n <= RECORD_FIELDS_MAX);
    for (unsigned i = 0; i < collector_paloalto.fields_n; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(collector_paloalto.fields[i].name, collector_paloalto.fields[k].name);
}

static void a_pan_os_message_becomes_a_record(void **state)
{
    (void)state;
    assert_int_equal(parse(NATIVE, "<14>May 14 09:20:40 fw CEF:0|Palo Alto Networks|PAN-OS|10.2.9|end|TRAFFIC|1|rt=May "
                                   "14 2024 09:20:33 src=192.0.2.25 "
                                   "dst=198.51.100.80 cs1=A\\=B suser=example\\\\alice duser= app=ssl cn1=48213 "
                                   "spt=51514 dpt=443 proto=tcp act=allow "
                                   "flexNumber1=6120 in=1820 out=4300 cn2=22 PanOSPacketsSent=12 start=May 14 2024 "
                                   "09:20:31 cn3=15 dvchost=fw.example.net"),
                     PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT);
    assert_true(text_is("product", "PAN-OS"));
    assert_true(text_is("action", "allow"));
    assert_true(text_is("proto", "tcp"));
    assert_true(text_is("class_id", "end"));
    assert_true(text_is("rule", "A=B"));
    assert_true(text_is("src_user", "example\\alice"));
    assert_true(text_is("dst_user", ""));
    assert_true(text_is("computer", "fw"));
    assert_int_equal(number_of("dst_port"), 443);
    assert_int_equal(number_of("bytes"), 6120);
    assert_int_equal(number_of("bytes_sent"), 4300);
    assert_int_equal(number_of("bytes_received"), 1820);
    assert_int_equal(number_of("packets_sent"), 12);
    assert_int_equal(number_of("packets_received"), INT64_MIN);
    assert_int_equal(number_of("start"), MOMENT - 2000);
}

static void data_lake_times_are_utc_whatever_the_operators_zone(void **state)
{
    (void)state;
    static const struct parse_options east = { .reference_time_ms = MOMENT, .zone_offset_s = 7200 };
    parsers[NATIVE].options = &east;
    assert_int_equal(parse(NATIVE, "CEF:0|Palo Alto Networks|LF|2.0|TRAFFIC|end|3|rt=May 14 2024 09:20:33 dpt=1"),
                     PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT);
    assert_int_equal(parse(NATIVE, "CEF:0|Palo Alto Networks|PAN-OS|2.0|end|TRAFFIC|3|rt=May 14 2024 11:20:33 dpt=1"),
                     PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT);
    assert_int_equal(parse(NATIVE, "May 14 11:20:33 fw CEF:0|Palo Alto Networks|LF|2.0|TRAFFIC|end|3|dpt=1"),
                     PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT);
    parsers[NATIVE].options = &options;
}

static void selection_goes_by_vendor_product_and_type(void **state)
{
    (void)state;
    assert_string_equal(reason_of(NATIVE, "CEF:0|Palo Alto Networks|PAN-OS|1|end|THREAT|1|rt=bad", PARSE_SKIP),
                        "not_traffic");
    assert_string_equal(reason_of(NATIVE, "CEF:0|Palo Alto Networks|LF|1|end|TRAFFIC|1|rt=bad", PARSE_SKIP),
                        "not_traffic");
    assert_string_equal(reason_of(NATIVE, "CEF:0|Palo Alto Networks|pan-os|1|end|TRAFFIC|1|", PARSE_SKIP),
                        "not_paloalto");
    assert_string_equal(reason_of(NATIVE, "CEF:0|palo alto networks|PAN-OS|1|end|TRAFFIC|1|", PARSE_SKIP),
                        "not_paloalto");
    assert_string_equal(reason_of(TABLE, "{\"Activity\":\"TRAFFIC\"}", PARSE_SKIP), "not_paloalto");
    assert_string_equal(reason_of(NATIVE, "1,2024/05/14 09:20:33,0,THREAT,x", PARSE_SKIP), "not_traffic");
}

static void malformed_lines_say_why(void **state)
{
    (void)state;
    assert_string_equal(reason_of(NATIVE, "hello, world", PARSE_BAD), "cef_start");
    assert_string_equal(reason_of(NATIVE, "CEF:0|Palo Alto Networks|PAN-OS|1|end", PARSE_BAD), "cef_header");
    assert_string_equal(reason_of(NATIVE, "CEF:0|Palo Alto Networks|PAN-OS|1|end|TRAFFIC|1|dpt=1", PARSE_BAD),
                        "no_time");
    assert_string_equal(reason_of(NATIVE, "1,2024/05/14 09:20:33,0", PARSE_BAD), "field_count");
    assert_string_equal(reason_of(NATIVE, "1,2024/05/14 09:20:33,0,TRAFFIC,end", PARSE_BAD), "field_count");
    assert_string_equal(reason_of(NATIVE, "1,\"2024", PARSE_BAD), "csv");
    assert_string_equal(reason_of(TABLE, "{\"DeviceVendor\":", PARSE_BAD), "json");
    assert_string_equal(
        reason_of(TABLE,
                  "{\"DeviceVendor\":\"Palo Alto Networks\",\"DeviceProduct\":\"PAN-OS\",\"Activity\":\"TRAFFIC\"}",
                  PARSE_BAD),
        "no_time");
    assert_int_equal(parse(NATIVE, ""), PARSE_NOTHING);
    assert_int_equal(parse(NATIVE, " \r"), PARSE_NOTHING);
    char many[600] = "1,2024/05/14 09:20:33,0,TRAFFIC,";
    memset(many + strlen(many), ',', sizeof many - 1 - strlen(many));
    many[sizeof many - 1] = '\0';
    assert_string_equal(reason_of(NATIVE, many, PARSE_LIMIT), "field_count");
}

static void comma_separated_times_are_103_then_7_then_2_then_the_header(void **state)
{
    (void)state;
    char line[2048], tail[256] = "";
    static const char middle[] = "192.0.2.1,198.51.100.1,,,r,,,app,,,,,,,,1,1,40000,443,0,0,0,tcp,allow";
    snprintf(line, sizeof line, "1,2024/05/14 09:20:33,0,TRAFFIC,end,0,2024/05/14 09:20:31,%s", middle);
    assert_int_equal(parse(NATIVE_CSV, line), PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT - 2000);
    assert_int_equal(number_of("dst_port"), 443);
    assert_true(text_is("product", "PAN-OS"));
    assert_true(text_is("activity", "TRAFFIC"));
    snprintf(line, sizeof line, "1,2024/05/14 09:20:33,0,TRAFFIC,end,0,,%s", middle);
    assert_int_equal(parse(NATIVE_CSV, line), PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT);
    snprintf(line, sizeof line, "<14>May 14 09:20:30 1,,0,TRAFFIC,end,0,,%s", middle);
    assert_int_equal(parse(NATIVE_CSV, line), PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT - 3000);
    memset(tail, ',', 103 - 31);
    snprintf(line, sizeof line,
             "1,2024/05/14 09:20:33,0,TRAFFIC,end,0,2024/05/14 09:20:31,%s%s2024-05-14T11:20:33.547+02:00", middle,
             tail);
    assert_int_equal(parse(NATIVE_CSV, line), PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT + 547);
    snprintf(line, sizeof line, "1,,0,TRAFFIC,end,0,,%s", middle);
    assert_string_equal(reason_of(NATIVE_CSV, line, PARSE_BAD), "no_time");
}

static void both_native_forms_read_either_kind_of_line(void **state)
{
    (void)state;
    for (unsigned form = NATIVE; form <= NATIVE_CSV; form++) {
        assert_int_equal(
            parse(form, "CEF:0|Palo Alto Networks|PAN-OS|1|end|TRAFFIC|1|rt=1715678433000 msg=see, 1,2024/05/14"),
            PARSE_RECORD);
        assert_int_equal(record.time_ms, MOMENT);
        assert_string_equal(reason_of(form, "1,2024/05/14 09:20:33,0,SYSTEM,x", PARSE_SKIP), "not_traffic");
    }
}

static void a_table_csv_row_is_read_by_its_header(void **state)
{
    (void)state;
    parser_reset(&parsers[TABLE_CSV]);
    assert_int_equal(parse(TABLE_CSV, "TimeGenerated,DeviceVendor,DeviceProduct,Activity,DestinationPort"),
                     PARSE_HEADER);
    assert_int_equal(parse(TABLE_CSV, "2024-05-14T09:20:33Z,Palo Alto Networks,PAN-OS,TRAFFIC,22"), PARSE_RECORD);
    assert_int_equal(record.time_ms, MOMENT);
    assert_int_equal(number_of("dst_port"), 22);
    assert_string_equal(reason_of(TABLE_CSV, "2024-05-14T09:20:33Z,Palo Alto Networks,PAN-OS,TRAFFIC", PARSE_BAD),
                        "field_count");
    assert_string_equal(reason_of(TABLE_CSV, "\"2024", PARSE_BAD), "csv");
}

static void the_verdict_does_not_depend_on_what_is_wanted(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "CEF:0|Palo Alto Networks|PAN-OS|1|end|TRAFFIC|1|rt=1715678433000 dpt=22 proto=tcp act=allow cs1=x cn1=y",
        "CEF:0|Palo Alto Networks|LF|1|TRAFFIC|end|1|rt=1715678433000 PanOSIsClienttoServer=true dpt=22",
        "CEF:0|Palo Alto Networks|PAN-OS|1|end|TRAFFIC|1|dpt=22",
        "CEF:0|x",
    };
    struct span wanted[] = { SPAN_LITERAL("dst_port"), SPAN_LITERAL("no such field") };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        enum parse_result all = parse(NATIVE, lines[i]);
        struct record full = record;
        parser_want(&parsers[NATIVE], wanted, 2, false);
        enum parse_result few = parse(NATIVE, lines[i]);
        parser_want(&parsers[NATIVE], NULL, 0, true);
        assert_int_equal(all, few);
        assert_int_equal(full.time_ms, record.time_ms);
        assert_int_equal(record_has(&full, field("dst_port")), record_has(&record, field("dst_port")));
        assert_int_equal(record_has(&full, field("client_to_server")), record_has(&record, field("client_to_server")));
        assert_false(record_has(&record, field("rule")));
    }
}

static void forms_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        enum probe_result of[TABLE_CSV + 1];
    } cases[] = {
        { "<14>May 14 09:20:33 fw CEF:0|Palo Alto Networks|PAN-OS|",
          { PROBE_LIKELY, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO } },
        { "<14>May 14 09:20:33 fw 1,2024/05/14 09:20:33,0,TRAFFIC,end",
          { PROBE_POSSIBLE, PROBE_LIKELY, PROBE_NO, PROBE_NO, PROBE_NO } },
        { "1,2024/05/14 09:20:33,0,SYSTEM,general", { PROBE_NO, PROBE_POSSIBLE, PROBE_NO, PROBE_NO, PROBE_NO } },
        { "1,2,3", { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO } },
        { "x\n<14>May 14 09:20:33 fw 1,2024/05/14 09:20:33,0,TRAFFIC,end",
          { PROBE_NO, PROBE_LIKELY, PROBE_NO, PROBE_NO, PROBE_NO } },
        { "{\"DeviceVendor\":\"Palo Alto Networks\"}", { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_LIKELY, PROBE_NO } },
        { "{\"DeviceVendor\":\"Fortinet\"}", { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_POSSIBLE, PROBE_NO } },
        { "\xEF\xBB\xBFTimeGenerated,DeviceVendor\n", { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_POSSIBLE } },
        { "\xEF\xBB\xBFTimeGenerated,DeviceVendor\nx,Palo Alto Networks\n",
          { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_LIKELY } },
        { "{\"message\":\"<14>May 14 09:20:33 fw CEF:0|Palo Alto Networks|PAN-OS|\"}",
          { PROBE_NO, PROBE_NO, PROBE_LIKELY, PROBE_POSSIBLE, PROBE_NO } },
        { "2 111122223333 eni-1 192.0.2.1 198.51.100.1", { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO } },
        { "", { PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned f = 0; f < collector_paloalto.forms_n; f++)
            if (collector_paloalto.forms[f].probe(span_text(cases[i].head)) != cases[i].of[f])
                fail_msg("%s: %s", collector_paloalto.forms[f].name, cases[i].head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_within_bounds_and_have_distinct_names),
        cmocka_unit_test(a_pan_os_message_becomes_a_record),
        cmocka_unit_test(data_lake_times_are_utc_whatever_the_operators_zone),
        cmocka_unit_test(selection_goes_by_vendor_product_and_type),
        cmocka_unit_test(malformed_lines_say_why),
        cmocka_unit_test(comma_separated_times_are_103_then_7_then_2_then_the_header),
        cmocka_unit_test(both_native_forms_read_either_kind_of_line),
        cmocka_unit_test(a_table_csv_row_is_read_by_its_header),
        cmocka_unit_test(the_verdict_does_not_depend_on_what_is_wanted),
        cmocka_unit_test(forms_are_recognised_by_their_first_bytes),
    };
    return cmocka_run_group_tests(tests, open_parsers, close_parsers);
}
