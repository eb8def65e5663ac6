/* Rows: columns of JSON and of CSV, and keys that are paths into them. */
#include "formats/row.h"

#include "core/parser.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NAME, DETAILS, PORT, ZONE, NESTED };

static const struct key words[] = { { "Name", NAME },
                                    { "Details", DETAILS },
                                    { "Details.port", PORT },
                                    { "Details.zones.1", ZONE },
                                    { "Other.text.inner", NESTED } };

static enum parse_result parse_nothing(struct parser *p, struct span unit, struct record *r)
{
    (void)p;
    (void)unit;
    (void)r;
    return PARSE_NOTHING;
}

static const struct field fields[] = { { "name", FIELD_DESCRIPTOR } };
static const struct form form = { .name = "table",
                                  .parse = parse_nothing,
                                  .framing = FRAMING_CSV,
                                  .state_bytes = sizeof(struct row_header),
                                  .keys = words,
                                  .keys_n = 5 };
static const struct collector vendor = { "vendor", fields, 1, &form, 1 };

static struct span padded(const char *text)
{
    static char copy[4096];
    memset(copy, 0, sizeof copy);
    memcpy(copy, text, strlen(text));
    return span_of(copy, strlen(text));
}

static void expect(const struct row *row, unsigned number, const char *text)
{
    assert_int_equal(row_has(row, number), text != NULL);
    if (text)
        assert_true(span_is(row_text(row, number), text));
}

static void paths_lead_into_json(void **state)
{
    (void)state;
    struct json_reader *json = json_reader_new();
    struct keys *keys = keys_new(words, 5);
    struct row row;
    assert_true(row_from_json(&row, json, keys,
                              padded("{\"Name\":\"n\",\"Details\":{\"port\":443,\"zones\":[\"in\",\"out\"]},"
                                     "\"Other\":\"{\\\"text\\\":{\\\"inner\\\":true}}\"}")));
    expect(&row, NAME, "n");
    expect(&row, DETAILS, "{\"port\":443,\"zones\":[\"in\",\"out\"]}");
    expect(&row, PORT, "443");
    expect(&row, ZONE, "out");
    expect(&row, NESTED, "True");
    keys_free(&keys);
    json_reader_free(&json);
}

/* Cells of dynamic columns, several in a row, with escapes inside: their values live together. */
static void paths_lead_into_cells_of_csv(void **state)
{
    (void)state;
    struct parse_options options = { 0 };
    struct parser p;
    parser_init(&p, &vendor, &form, &options);
    buffer_reserve(&p.scratch, 1 << 16);
    struct record r;
    struct row row;
    assert_int_equal(row_from_csv(&row, p.state, &p, padded("Other,Name,Details [UTC],Rest"), &r), PARSE_HEADER);
    for (int i = 0; i < 3; i++) {
        buffer_clear(&p.scratch);
        assert_int_equal(row_from_csv(&row, p.state, &p,
                                      padded("\"{\"\"text\"\":\"\"{\\\"\"inner\\\"\":\\\"\"\\\\u0041B\\\"\"}\"\"}\",n,"
                                             "\"{\"\"port\"\":\"\"\\u0034\"\",\"\"zones\"\":[0,{\"\"x\"\":1}]}\",r"),
                                      &r),
                         PARSE_RECORD);
        expect(&row, NAME, "n");
        expect(&row, DETAILS, "{\"port\":\"\\u0034\",\"zones\":[0,{\"x\":1}]}");
        expect(&row, PORT, "4");
        expect(&row, ZONE, "{\"x\":1}");
        expect(&row, NESTED, "AB");
    }
    assert_int_equal(row_from_csv(&row, p.state, &p, padded("{},n,\"{\"\"port\"\":1\","), &r), PARSE_RECORD);
    expect(&row, DETAILS, "{\"port\":1");
    expect(&row, PORT, NULL);
    expect(&row, NESTED, NULL);
    parser_fini(&p);
}

static void expect_head(const char *head, const char *behind)
{
    assert_true(span_equal(row_behind_header(span_text(head)), span_text(behind)));
}

static void a_syslog_header_is_passed_over_and_csv_is_not(void **state)
{
    (void)state;
    expect_head("<14>Jan  1 10:00:06 sensor zeek: {\"ts\":1}\n{", "{\"ts\":1}\n{");
    expect_head("{\"ts\":1}", "{\"ts\":1}");
    expect_head("Type,Message\nConn,\"{}\"", "Type,Message\nConn,\"{}\"");
    expect_head("Message\n{\"ts\":1}", "Message\n{\"ts\":1}");
    expect_head("[{\"ts\":1}]", "[{\"ts\":1}]");
    expect_head("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_into_json),
        cmocka_unit_test(paths_lead_into_cells_of_csv),
        cmocka_unit_test(a_syslog_header_is_passed_over_and_csv_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
