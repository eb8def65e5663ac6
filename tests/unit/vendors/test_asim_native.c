#include "forms.h"

extern COLLECTOR(asim_native);

#define TIME "\"TimeGenerated\":\"2026-01-01T10:06:40.25Z\""
#define WHEN "2026-01-01T10:06:40.250Z"

static void expect_fields(struct stream_test *s, const char *members, const char *expected)
{
    char unit[1024], text[1024];
    snprintf(unit, sizeof unit, "{" TIME "%s%s}", *members ? "," : "", members);
    snprintf(text, sizeof text, WHEN "%s%s", *expected ? " " : "", expected);
    expect_unit(s, unit, text);
}

static void columns_pass_by_their_names(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "native", NULL);
    expect_fields(
        &s,
        "\"NetworkProtocol\":\"TCP\",\"NetworkDirection\":\"Inbound\",\"DvcAction\":\"Drop\",\"DstPortNumber\":445,"
        "\"SrcIpAddr\":\"198.51.100.12\",\"EventCount\":1,\"EventStartTime\":\"2026-01-01T10:06:40Z\","
        "\"EventVendor\":\"V\",\"_ItemId\":\"i\",\"Unknown\":{\"a\":[1]},\"TenantId\":\"t\"",
        "NetworkProtocol=TCP NetworkDirection=Inbound DvcAction=Drop EventVendor=V EventCount=1 "
        "EventStartTime=2026-01-01T10:06:40.000Z DstPortNumber=445 SrcIpAddr=198.51.100.12 _ItemId=i "
        "vendor_and_product=V/");
    expect_fields(&s, "", "");
    stream_end(&s);
}

static void ports_are_whole_numbers_as_text_or_real(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "443", "443" },      { "\"443\"", "443" },  { "443.0", "443" },
        { "443.9", "443" },    { "\"22.0\"", "22" },  { "\"22.\"", "22" },
        { "0", "0" },          { "0.0", "0" },        { "-0.5", "0" },
        { "\"-0\"", "0" },     { "65535", "65535" },  { "\"+5\"", "5" },
        { "4.43e2", "443" },   { "\" 80 \"", "80" },  { "\"\\t80\\n\"", "80" },
        { "\"00080\"", "80" }, { "44300e-2", "443" }, { "65536", NULL },
        { "-1", NULL },        { "\"-1\"", NULL },    { "70000", NULL },
        { "\"http\"", NULL },  { "\"\"", NULL },      { "null", NULL },
        { "true", NULL },      { "\"²\"", NULL },     { "\"４４３\"", NULL },
        { "\"0x16\"", NULL },  { "\"1e2\"", NULL },   { "[443]", NULL },
        { "{\"a\":1}", NULL }, { "1e999", NULL },     { "\".5\"", NULL },
        { "\"4 4 3\"", NULL }, { "\"1 .5\"", NULL },  { "99999999999999999999999", NULL },
    };
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "native", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char members[128], expected[64] = "";
        snprintf(members, sizeof members, "\"DstPortNumber\":%s", cases[i][0]);
        if (cases[i][1])
            snprintf(expected, sizeof expected, "DstPortNumber=%s", cases[i][1]);
        expect_fields(&s, members, expected);
    }
    stream_end(&s);
}

static void texts_are_unescaped_and_other_values_become_texts(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "native", NULL);
    expect_fields(&s, "\"NetworkProtocol\":\"\\u00dcDP\\u00b2\",\"DstAppName\":\"C:\\\\Windows\\\\svchost.exe\"",
                  "NetworkProtocol=\xc3\x9c"
                  "DP\xc2\xb2 DstAppName=C:\\Windows\\svchost.exe");
    expect_fields(&s, "\"NetworkProtocol\":6,\"NetworkDirection\":true,\"DvcAction\":false,\"DstAppName\":null",
                  "NetworkProtocol=6 NetworkDirection=True DvcAction=False");
    expect_fields(&s, "\"NetworkProtocol\":\"\",\"DvcAction\":\" Allow\"", "DvcAction= Allow");
    stream_end(&s);
}

static void of_a_key_that_stands_twice_the_last_value_counts(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "native", NULL);
    expect_fields(&s, "\"DstPortNumber\":1,\"DstPortNumber\":2", "DstPortNumber=2");
    expect_fields(&s, "\"DstPortNumber\":1,\"DstPortNumber\":null", "");
    expect_fields(&s, "\"DstPortNumber\":1,\"DstPortNumber\":\"x\"", "");
    expect_fields(&s, "\"Dst\\u0050ortNumber\":7", "DstPortNumber=7");
    stream_end(&s);
}

static void event_times_are_what_the_reference_takes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "\"2026-01-01T10:06:40.25Z\"", WHEN },
        { "\"2026-01-01T10:06:40.2509999Z\"", WHEN },
        { "\"2026-01-01 10:06:40.2500000\"", WHEN },
        { "\"2026-01-01T12:06:40.25+02:00\"", WHEN },
        { "\"2026-01-01T08:06:40,25-0200\"", WHEN },
        { "\"1/1/2026 10:06:40.250 AM\"", WHEN },
        { "\"1/1/2026, 10:06:40.250 AM\"", WHEN },
        { "\"01-01-2026  10:06:40.25\"", WHEN },
        { "1767262000250", WHEN },
        { "1767262000250.9", WHEN },
        { "1.76726200025e12", WHEN },
        { "-0.5", "1969-12-31T23:59:59.999Z" },
        { "0", "1970-01-01T00:00:00.000Z" },
        { "\"1901-12-13T20:40:00Z\"", "1901-12-13T20:40:00.000Z" },
        { "\"1767262000250\"", NULL },
        { "\"2026-13-01T10:06:40Z\"", NULL },
        { "\"2026-02-30T10:06:40Z\"", NULL },
        { "\"2026-01-01T24:00:00Z\"", NULL },
        { "\"2026-01-01T10:06:60Z\"", NULL },
        { "\"2026-01-01\"", NULL },
        { "\"13/1/2026 10:06:40\"", NULL },
        { "\"1/1/2026 13:06:40 PM\"", NULL },
        { "\"now\"", NULL },
        { "true", NULL },
        { "[]", NULL },
        { "1e300", NULL },
    };
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "native", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char unit[128];
        snprintf(unit, sizeof unit, "{\"TimeGenerated\":%s}", cases[i][0]);
        expect_unit(&s, unit, cases[i][1] ? cases[i][1] : "bad no_time");
    }
    stream_end(&s);
}

static void only_a_missing_time_is_replaced(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "native", NULL);
    expect_unit(&s, "{\"EventEndTime\":\"2026-01-01T10:06:40.25Z\",\"EventStartTime\":\"2025-01-01T10:06:40.25Z\"}",
                WHEN " EventStartTime=2025-01-01T10:06:40.250Z EventEndTime=" WHEN);
    expect_unit(&s, "{\"TimeGenerated\":null,\"EventStartTime\":\"2026-01-01T10:06:40.25Z\"}",
                WHEN " EventStartTime=" WHEN);
    expect_unit(&s, "{\"TimeGenerated\":\"x\",\"EventStartTime\":\"2026-01-01T10:06:40.25Z\"}", "bad no_time");
    expect_unit(&s, "{}", "bad no_time");
    expect_unit(&s, "[]", "bad json");
    expect_unit(&s, "", "bad json");
    expect_unit(&s, "{" TIME "}x", "bad json");
    stream_end(&s);
}

static void exports_as_csv_are_read_by_their_header(void **state)
{
    (void)state;
    struct stream_test s;
    stream_begin(&s, &collector_asim_native, "table-csv", NULL);
    expect_unit(&s, "\"TimeGenerated [UTC]\",\"NetworkProtocol\",DstPortNumber,EventCount,DstAppName,Foo", "header");
    expect_unit(&s, "\"1/1/2026, 10:06:40.250 AM\",TCP,\"443\",7,\"a \"\"b\"\",\nc\",x",
                WHEN " NetworkProtocol=TCP DstAppName=a \"b\",\nc EventCount=7 DstPortNumber=443");
    expect_unit(&s, ",,,,,", "bad no_time");
    expect_unit(&s, "a,b", "bad field_count");
    stream_end(&s);
}

static void forms_are_recognised_by_their_first_bytes(void **state)
{
    (void)state;
    assert_string_equal(recognised(&collector_asim_native, "{" TIME "}"), "native");
    assert_string_equal(recognised(&collector_asim_native, "\xef\xbb\xbf [\n{\"DstPortNumber\":1}]"), "native");
    assert_string_equal(recognised(&collector_asim_native, "TimeGenerated,DstPortNumber\n"), "table-csv");
    assert_string_equal(recognised(&collector_asim_native, "hello\n"), "none");
}

static void what_is_wanted_changes_no_verdict(void **state)
{
    (void)state;
    static const char *const units[] = { "{" TIME ",\"DstPortNumber\":01}",
                                         "{" TIME ",\"EventUid\":\"\\x\"}",
                                         "{" TIME ",\"DstPortNumber\":\"x\",\"EventCount\":1e999}",
                                         "{}",
                                         "",
                                         "{\"EventEndTime\":\"2026-01-01T10:06:40.25Z\"}" };
    expect_same_verdict(&collector_asim_native, "native", NULL, units, sizeof units / sizeof *units);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_pass_by_their_names),
        cmocka_unit_test(ports_are_whole_numbers_as_text_or_real),
        cmocka_unit_test(texts_are_unescaped_and_other_values_become_texts),
        cmocka_unit_test(of_a_key_that_stands_twice_the_last_value_counts),
        cmocka_unit_test(event_times_are_what_the_reference_takes),
        cmocka_unit_test(only_a_missing_time_is_replaced),
        cmocka_unit_test(exports_as_csv_are_read_by_their_header),
        cmocka_unit_test(forms_are_recognised_by_their_first_bytes),
        cmocka_unit_test(what_is_wanted_changes_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
