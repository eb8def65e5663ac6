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

static void json_behind_a_header_is_recognised_by_its_words_only(void **state)
{
    (void)state;
    static const char *const wanted[] = { "\"ts\"", NULL };
    const char *headed = "<14>Jan  1 10:00:06 sensor feed: {\"ts\":1}\n{", *other = "feed: {\"n\":1}\n{";
    assert_int_equal(row_probe_json(span_text(headed), wanted), PROBE_LIKELY);
    assert_int_equal(row_probe_json(span_text(other), wanted), PROBE_NO);
    assert_int_equal(row_probe_json(span_text(other + 6), wanted), PROBE_POSSIBLE);
    assert_int_equal(row_probe_json(span_text("Message\n{\"ts\":1}"), wanted), PROBE_NO);
    assert_int_equal(row_probe_json(span_text("n,\"{\"\"ts\"\":1}\""), wanted), PROBE_NO);
}

static void arrays_and_objects_over_several_lines_are_documents(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "[{\"a\":1}]",     "[", "{\n  \"a\":1\n}", "\xef\xbb\xbf{\r\n\"a\":1}", "{", "{ \"events\" : [{\"a\":1}]}",
        "{\"records\":[\n"
    };
    static const char *const others[] = { "",
                                          "a",
                                          "{}",
                                          "{\"a\":1}\n",
                                          "{\"events\":1}",
                                          "{\"eventsx\":[1]}",
                                          "{\"a\":[1]}",
                                          "{\"events\"",
                                          "x: [{\"a\":1}]" };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        assert_true(row_is_document(span_text(documents[i])));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(row_is_document(span_text(others[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_into_json),
        cmocka_unit_test(paths_lead_into_cells_of_csv),
        cmocka_unit_test(json_behind_a_header_is_recognised_by_its_words_only),
        cmocka_unit_test(arrays_and_objects_over_several_lines_are_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
