/* CommonSecurityLog rows: the same row from CEF, JSON and CSV; both generations of columns. */
#include "formats/commonsecuritylog.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { OWN_A = CSL_OWN, OWN_B };

enum { F_ACTION, F_TEXT, F_INTEGER, F_PORT, F_TIME };
static const struct field fields[] = {
    { "action", FIELD_DESCRIPTOR }, { "text", FIELD_TEXT }, { "integer", FIELD_INTEGER },
    { "port", FIELD_PORT },         { "time", FIELD_TIME },
};

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS{ "ownA", OWN_A }, { "ownB", OWN_B } };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS{ "ownA", OWN_A }, { "ownB", OWN_B } };
static const struct form forms[] = {
    { .name = "native", .parse = no_parse, .keys = native_keys, .keys_n = sizeof native_keys / sizeof native_keys[0] },
    { .name = "table",
      .parse = no_parse,
      .keys = table_keys,
      .keys_n = sizeof table_keys / sizeof table_keys[0],
      .state_bytes = sizeof(struct commonsecuritylog_csv) },
};
static const struct collector collector = {
    .id = "test", .fields = fields, .fields_n = 5, .forms = forms, .forms_n = 2
};
static const struct parse_options options = { .reference_time_ms = INT64_C(1715678433000), .zone_offset_s = 3600 };

static struct parser native, table;
static struct commonsecuritylog row;

static int open_parsers(void **state)
{
    (void)state;
    parser_init(&native, &collector, &forms[0], &options);
    parser_init(&table, &collector, &forms[1], &options);
    buffer_reserve(&native.scratch, 1 << 20);
    buffer_reserve(&table.scratch, 1 << 20);
    return 0;
}

static int close_parsers(void **state)
{
    (void)state;
    parser_fini(&native);
    parser_fini(&table);
    return 0;
}

static int start_stream(void **state)
{
    (void)state;
    parser_reset(&table);
    buffer_clear(&native.scratch);
    buffer_clear(&table.scratch);
    return 0;
}

/* A copy with the padding that readers may touch. */
static struct span padded(const char *text)
{
    static char bytes[16384];
    size_t n = strlen(text);
    assert_true(n + 64 <= sizeof bytes);
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, text, n);
    return span_of(bytes, n);
}

static const char *read_native(const char *line)
{
    static const char *const vendors[] = { "V", NULL };
    struct span head, extension;
    const char *reason;
    if (commonsecuritylog_from_cef(&native, span_text(line), vendors, &row, &head, &extension, &reason) != STATUS_OK)
        return reason;
    commonsecuritylog_read_cef(&native, extension, &row);
    return "";
}

static bool native_text_is(unsigned column, const char *expected)
{
    return span_is(commonsecuritylog_text(&native, &row, column), expected);
}

static bool table_text_is(unsigned column, const char *expected)
{
    return span_is(commonsecuritylog_text(&table, &row, column), expected);
}

static int64_t table_integer(unsigned column)
{
    int64_t value;
    return commonsecuritylog_integer(&table, &row, column, &value) ? value : INT64_MIN;
}

static int64_t table_time(unsigned column)
{
    int64_t ms;
    return commonsecuritylog_time(&table, &row, column, &ms) ? ms : TIMESTAMP_NONE;
}

static void read_json(const char *json)
{
    const char *reason;
    assert_int_equal(commonsecuritylog_from_json(&table, padded(json), &row, &reason), STATUS_OK);
}

static enum parse_result read_csv(const char *unit)
{
    const char *reason = NULL;
    return commonsecuritylog_from_csv(&table, padded(unit), &row, &reason);
}

static void a_cef_message_fills_columns_by_its_keys(void **state)
{
    (void)state;
    assert_string_equal(read_native("<14>x CEF:0|V|P|1.2|class|name|7|act=allow in=5 out=6 cs1=A\\=B cs1Label=Rule "
                                    "ownA=o bytesIn=9 externalID=1"),
                        "");
    assert_true(native_text_is(CSL_DeviceVendor, "V"));
    assert_true(native_text_is(CSL_DeviceProduct, "P"));
    assert_true(native_text_is(CSL_DeviceVersion, "1.2"));
    assert_true(native_text_is(CSL_DeviceEventClassID, "class"));
    assert_true(native_text_is(CSL_Activity, "name"));
    assert_true(native_text_is(CSL_LogSeverity, "7"));
    assert_true(native_text_is(CSL_DeviceAction, "allow"));
    assert_true(native_text_is(CSL_ReceivedBytes, "5"));
    assert_true(native_text_is(CSL_SentBytes, "6"));
    assert_true(native_text_is(CSL_DeviceCustomString1, "A=B"));
    assert_true(native_text_is(CSL_DeviceCustomString1, "A=B")); /* unescaped once only */
    assert_true(native_text_is(CSL_DeviceCustomString1Label, "Rule"));
    assert_true(native_text_is(OWN_A, "o"));
    assert_true(native_text_is(OWN_B, ""));
    assert_true(native_text_is(CSL_ExtID, ""));
}

static void the_last_value_that_is_not_empty_holds(void **state)
{
    (void)state;
    assert_string_equal(read_native("CEF:0|V|P|1|c|n|7|act=a act=b act= dpt=1"), "");
    assert_true(native_text_is(CSL_DeviceAction, "b"));
    read_json("{\"DeviceAction\":\"a\",\"DeviceAction\":\"b\",\"DeviceAction\":\"\",\"DeviceAction\":null}");
    assert_true(table_text_is(CSL_DeviceAction, "b"));
}

static void what_is_no_cef_says_why(void **state)
{
    (void)state;
    assert_string_equal(read_native("hello"), "cef_start");
    assert_string_equal(read_native(""), "cef_start");
    assert_string_equal(read_native("CEF:0|V|P|1|c|n"), "cef_header");
    assert_string_equal(read_native("<14>May 14 09:20:33 h 0|V|P|1|c|n|7|act=a"), "");
    assert_true(native_text_is(CSL_DeviceAction, "a"));
}

static void json_values_of_any_kind_are_text(void **state)
{
    (void)state;
    read_json("{\"Protocol\":6,\"DestinationPort\":\"443\",\"SourcePort\":443.0,\"DeviceAction\":true,\"Message\":"
              "\"a\\u0000b\","
              "\"Reason\":null,\"Unknown\":[1,{\"a\":2}],\"ownA\":\"no column\",\"start\":\"1\"}");
    assert_true(table_text_is(CSL_Protocol, "6"));
    assert_int_equal(table_integer(CSL_DestinationPort), 443);
    assert_int_equal(table_integer(CSL_SourcePort), 443);
    assert_true(table_text_is(CSL_DeviceAction, "true"));
    assert_true(span_equal(commonsecuritylog_text(&table, &row, CSL_Message), span_of("a\0b", 3)));
    assert_true(table_text_is(CSL_Reason, ""));
    assert_true(table_text_is(OWN_A, ""));
    assert_true(table_text_is(CSL_StartTime, ""));
}

static void json_keys_may_be_those_of_a_portal_export(void **state)
{
    (void)state;
    int64_t ms;
    read_json("{\"TimeGenerated [UTC]\":\"7/7/2022, 8:55:10.130 PM\",\"DeviceAction [x\":\"a\",\"Message []\":\"m\"}");
    assert_true(commonsecuritylog_time(&table, &row, CSL_TimeGenerated, &ms));
    assert_int_equal(ms, 1657227310130);
    assert_true(table_text_is(CSL_DeviceAction, ""));
    assert_true(table_text_is(CSL_Message, "m"));
}

static void broken_json_is_malformed(void **state)
{
    (void)state;
    const char *reason = "";
    static const char *const texts[] = {
        "", "[]", "{", "{\"a\":}", "{\"a\":tru}", "{\"DeviceAction\":\"a\"} x", "{\"a\":\"\xff\"}", "{\"a\":01}"
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (commonsecuritylog_from_json(&table, padded(texts[i]), &row, &reason) != STATUS_BAD)
            fail_msg("%s", texts[i]);
        assert_string_equal(reason, "json");
    }
}

static void additional_extensions_are_looked_up_by_key(void **state)
{
    (void)state;
    read_json("{\"AdditionalExtensions\":\"x=1;ownA=p;q;r\\\\=s;ownB=t\\\\=u;OwnA=w;ownB=;Protocol=tcp\"}");
    assert_true(table_text_is(OWN_A, "p;q"));
    assert_true(table_text_is(OWN_B, "t=u"));
    assert_true(table_text_is(CSL_Protocol, "")); /* a column's name is no key */
    read_json("{\"AdditionalExtensions\":\"ownA\"}");
    assert_true(table_text_is(OWN_A, ""));
    read_json("{\"AdditionalExtensions\":\";;=;a;ownA=;=x;ownB=\\\\\\\\y\\\\=z;\"}");
    assert_true(table_text_is(OWN_A, ""));
    assert_true(table_text_is(OWN_B, "\\\\y=z"));
    read_json("{}");
    assert_true(table_text_is(OWN_A, ""));
}

static void both_generations_of_columns_are_read(void **state)
{
    (void)state;
    read_json("{\"DeviceCustomNumber1\":7,\"FieldDeviceCustomNumber2\":\"null\",\"DeviceCustomNumber2\":8,"
              "\"FieldDeviceCustomNumber3\":9,"
              "\"DeviceCustomNumber3\":10,\"ExternalID\":11,\"StartTime\":\"\",\"EndTime\":\"never\","
              "\"AdditionalExtensions\":\"cat=c;reason=r;outcome=o;start=1715678433547;end=May 14 2024 "
              "09:20:33;externalId=e\"}");
    assert_int_equal(table_integer(CSL_FieldDeviceCustomNumber1), 7);
    assert_int_equal(table_integer(CSL_FieldDeviceCustomNumber2), 8);
    assert_int_equal(table_integer(CSL_FieldDeviceCustomNumber3), 9);
    assert_true(table_text_is(CSL_DeviceEventCategory, "c"));
    assert_true(table_text_is(CSL_Reason, "r"));
    assert_true(table_text_is(CSL_EventOutcome, "o"));
    assert_true(table_text_is(CSL_ExtID, "11"));
    assert_int_equal(table_time(CSL_StartTime), INT64_C(1715678433547));
    assert_int_equal(table_time(CSL_EndTime), INT64_C(1715678433000) - 3600000);
    read_json("{\"Reason\":\"new\",\"AdditionalExtensions\":\"reason=old;externalId=e\"}");
    assert_true(table_text_is(CSL_Reason, "new"));
    assert_true(table_text_is(CSL_ExtID, "e"));
}

static void times_without_a_zone_take_the_rows_then_the_operators(void **state)
{
    (void)state;
    read_json("{\"TimeGenerated\":\"2024-05-14 09:20:33\",\"ReceiptTime\":\"May 14 2024 09:20:33\"}");
    assert_int_equal(table_time(CSL_TimeGenerated), INT64_C(1715678433000)); /* tables are UTC */
    assert_int_equal(table_time(CSL_ReceiptTime), INT64_C(1715678433000) - 3600000);
    read_json("{\"DeviceTimeZone\":\"GMT+2\",\"ReceiptTime\":\"May 14 2024 11:20:33\"}");
    assert_int_equal(table_time(CSL_ReceiptTime), INT64_C(1715678433000));
    read_json("{\"DeviceTimeZone\":\"Europe/Berlin\",\"ReceiptTime\":\"May 14 2024 10:20:33\"}");
    assert_int_equal(table_time(CSL_ReceiptTime), INT64_C(1715678433000));
    read_json("{\"TimeGenerated\":1715678433000.9}");
    assert_int_equal(table_time(CSL_TimeGenerated), INT64_C(1715678433000));
    read_json("{\"TimeGenerated\":\"14/05/2024, 09:20:33\"}");
    assert_int_equal(table_time(CSL_TimeGenerated), INT64_C(1715678433000));
    read_json("{\"TimeGenerated\":true}");
    assert_int_equal(table_time(CSL_TimeGenerated), TIMESTAMP_NONE);
}

static void a_csv_header_names_the_columns(void **state)
{
    (void)state;
    assert_int_equal(read_csv("\xEF\xBB\xBFX,TimeGenerated [UTC],DeviceAction,AdditionalExtensions"), PARSE_HEADER);
    assert_int_equal(read_csv("1,\"5/14/2024, 9:20:33.000 AM\",allow,ownA=a"), PARSE_RECORD);
    assert_true(table_text_is(CSL_DeviceAction, "allow"));
    assert_true(table_text_is(OWN_A, "a"));
    assert_int_equal(table_time(CSL_TimeGenerated), INT64_C(1715678433000));
    assert_int_equal(read_csv(""), PARSE_NOTHING);
    assert_int_equal(read_csv("1,2,3"), PARSE_BAD);
    assert_int_equal(read_csv("1,2,3,4,5"), PARSE_BAD);
    assert_int_equal(read_csv("1,2,\"3,4"), PARSE_BAD);
    assert_int_equal(read_csv("X,TimeGenerated [UTC],DeviceAction,AdditionalExtensions"), PARSE_HEADER);
    assert_int_equal(read_csv("1,null,deny,"), PARSE_RECORD);
    assert_true(table_text_is(CSL_DeviceAction, "deny"));
    assert_int_equal(table_time(CSL_TimeGenerated), TIMESTAMP_NONE);
}

static void local_time_columns_are_in_the_operators_zone(void **state)
{
    (void)state;
    assert_int_equal(read_csv("TimeGenerated [Local Time],ReceiptTime"), PARSE_HEADER);
    assert_int_equal(read_csv("2024-05-14 10:20:33,"), PARSE_RECORD);
    assert_int_equal(table_time(CSL_TimeGenerated), INT64_C(1715678433000));
    assert_int_equal(read_csv("2024-05-14T09:20:33Z,"), PARSE_RECORD);
    assert_int_equal(table_time(CSL_TimeGenerated), INT64_C(1715678433000));
}

static void too_many_csv_columns_are_over_the_limit(void **state)
{
    (void)state;
    char header[COMMONSECURITYLOG_CSV_COLUMNS_MAX + 1];
    memset(header, ',', sizeof header - 1);
    header[sizeof header - 1] = '\0';
    assert_int_equal(read_csv(header), PARSE_LIMIT);
    header[sizeof header - 2] = '\0';
    assert_int_equal(read_csv(header), PARSE_HEADER);
}

static void a_record_gets_what_its_fields_can_hold(void **state)
{
    (void)state;
    static const struct commonsecuritylog_field from[] = {
        { F_ACTION, CSL_DeviceAction },  { F_TEXT, CSL_Message },   { F_INTEGER, CSL_SentBytes },
        { F_PORT, CSL_DestinationPort }, { F_TIME, CSL_StartTime },
    };
    struct record r;
    record_clear(&r);
    read_json("{\"DeviceAction\":\"a\",\"Message\":\"m\",\"SentBytes\":\"-5\",\"DestinationPort\":65535,\"StartTime\":"
              "\"2024-05-14T09:20:33Z\"}");
    commonsecuritylog_put(&table, &row, from, 5, &r);
    assert_true(span_is(r.value[F_ACTION].text, "a"));
    assert_true(span_is(r.value[F_TEXT].text, "m"));
    assert_int_equal(r.value[F_INTEGER].number, -5);
    assert_int_equal(r.value[F_PORT].number, 65535);
    assert_int_equal(r.value[F_TIME].number, INT64_C(1715678433000));
    record_clear(&r);
    read_json("{\"SentBytes\":\"many\",\"DestinationPort\":65536,\"StartTime\":\"never\"}");
    commonsecuritylog_put(&table, &row, from, 5, &r);
    assert_int_equal(r.present[0], 0);
    parser_want(&table, NULL, 0, false);
    read_json("{\"DeviceAction\":\"a\",\"Message\":\"m\",\"SentBytes\":5,\"DestinationPort\":65535}");
    commonsecuritylog_put(&table, &row, from, 5, &r);
    assert_int_equal(r.present[0], 1 << F_ACTION);
    parser_want(&table, NULL, 0, true);
}

static void streams_are_recognised(void **state)
{
    (void)state;
    assert_int_equal(commonsecuritylog_probe_json(SPAN_LITERAL(" [{\"DeviceVendor\":1")), PROBE_LIKELY);
    assert_int_equal(commonsecuritylog_probe_json(SPAN_LITERAL("{\"x\":1")), PROBE_POSSIBLE);
    assert_int_equal(commonsecuritylog_probe_json(SPAN_LITERAL("")), PROBE_NO);
    assert_int_equal(commonsecuritylog_probe_csv(SPAN_LITERAL("\xEF\xBB\xBF"
                                                              "A,DeviceVendor\r\n1,2")),
                     PROBE_LIKELY);
    assert_int_equal(commonsecuritylog_probe_csv(SPAN_LITERAL("A,B\r\nDeviceVendor,2")), PROBE_NO);
    assert_int_equal(commonsecuritylog_probe_csv(SPAN_LITERAL("{\"DeviceVendor\":1,")), PROBE_NO);
    assert_int_equal(commonsecuritylog_probe_csv(SPAN_LITERAL("")), PROBE_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_cef_message_fills_columns_by_its_keys, start_stream),
        cmocka_unit_test_setup(the_last_value_that_is_not_empty_holds, start_stream),
        cmocka_unit_test_setup(what_is_no_cef_says_why, start_stream),
        cmocka_unit_test_setup(json_values_of_any_kind_are_text, start_stream),
        cmocka_unit_test_setup(json_keys_may_be_those_of_a_portal_export, start_stream),
        cmocka_unit_test_setup(broken_json_is_malformed, start_stream),
        cmocka_unit_test_setup(additional_extensions_are_looked_up_by_key, start_stream),
        cmocka_unit_test_setup(both_generations_of_columns_are_read, start_stream),
        cmocka_unit_test_setup(times_without_a_zone_take_the_rows_then_the_operators, start_stream),
        cmocka_unit_test_setup(a_csv_header_names_the_columns, start_stream),
        cmocka_unit_test_setup(local_time_columns_are_in_the_operators_zone, start_stream),
        cmocka_unit_test_setup(too_many_csv_columns_are_over_the_limit, start_stream),
        cmocka_unit_test_setup(a_record_gets_what_its_fields_can_hold, start_stream),
        cmocka_unit_test_setup(streams_are_recognised, start_stream),
    };
    return cmocka_run_group_tests(tests, open_parsers, close_parsers);
}
