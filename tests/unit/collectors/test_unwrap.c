/* JSON objects inside of JSON objects, and how a parser finds its records in them. */
#include "formats/unwrap.h"

#include "core/parser.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { TEXT };

/* `{"session": …}` is one, `{"two": …}` is two parts of which the first is skipped, all else is none. */
static enum parse_result parse_object(struct parser *p, struct span unit, struct record *r)
{
    bool two = span_starts(unit, SPAN_LITERAL("{\"two\""));
    if (!two && !span_starts(unit, SPAN_LITERAL("{\"session\"")))
        return record_verdict(r, PARSE_SKIP, "other");
    record_set_text(r, TEXT, unit);
    r->time_ms = 0;
    r->more = two && p->part == 0;
    return r->more ? record_verdict(r, PARSE_SKIP, "first") : PARSE_RECORD;
}

static const struct field fields[] = { { "text", FIELD_DESCRIPTOR } };
static const struct form form = { .name = "native", .parse = parse_object, .framing = FRAMING_JSON };
static const struct form lines = { .name = "lines", .parse = parse_object, .framing = FRAMING_LINES };
static const struct form syslog = { .name = "syslog", .parse = parse_object, .framing = FRAMING_SYSLOG };
static const struct collector vendor = { "vendor", fields, 1, &form, 1 };
static const struct parse_options options = { 0 };

static struct parser parser;
static struct record record;

static int set_up(void **state)
{
    (void)state;
    parser_init(&parser, &vendor, &form, &options);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    parser_fini(&parser);
    return 0;
}

static enum parse_result parse(const char *text)
{
    static char bytes[4096 + 64];
    size_t n = strlen(text);
    assert_true(n < 4096);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, text, n);
    return parser_parse(&parser, span_of(bytes, n), &record);
}

static void assert_session(const char *text, const char *object)
{
    assert_int_equal(PARSE_RECORD, parse(text));
    struct span got = record.value[TEXT].text;
    assert_int_equal(strlen(object), got.n);
    assert_memory_equal(object, got.p, got.n);
}

static void assert_skipped(const char *text)
{
    assert_int_equal(PARSE_SKIP, parse(text));
    assert_string_equal("other", record.reason);
    assert_false(record.more);
}

static void test_a_text_of_an_object_is_read_as_the_record(void **state)
{
    (void)state;
    assert_session("{\"message\":\"{\\\"session\\\":1}\"}", "{\"session\":1}");
    assert_session("{\"n\":1,\"event\":{\"kind\":\"x\",\"original\":\" {\\\"session\\\":1}\\n\"}}", "{\"session\":1}");
    assert_session("{\"result\":{\"_raw\":\"{\\\"session\\\":\\\"\\u00e9\\\"}\"}}", "{\"session\":\"\xc3\xa9\"}");
    assert_session("{\"message\":\"{}\",\"event.original\":\"{\\\"session\\\":2}\"}", "{\"session\":2}");
}

static void test_a_text_in_a_text_is_read_as_the_record(void **state)
{
    (void)state;
    assert_session("{\"Body\":\"{\\\"Type\\\":\\\"x\\\",\\\"Message\\\":\\\"{\\\\\\\"session\\\\\\\":1}\\\"}\"}",
                   "{\"session\":1}");
    assert_session(
        "{\"message\":\"{\\\"event\\\":{\\\"original\\\":\\\"{\\\\\\\"session\\\\\\\":2}\\\"}}\",\"log\":\"{\"}",
        "{\"session\":2}");
}

/* `{"log":"…"}` around the text. */
static void wrap(const char *text, char *to)
{
    static const char head[] = "{\"log\":\"";
    memcpy(to, head, sizeof head - 1);
    to += sizeof head - 1;
    for (; *text; *to++ = *text++)
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
    memcpy(to, "\"}", 3);
}

static void test_texts_are_not_looked_for_deeper_than_three(void **state)
{
    (void)state;
    static char text[5][1024] = { "{\"session\":1}" };
    for (int depth = 1; depth < 5; depth++)
        wrap(text[depth - 1], text[depth]);
    assert_session(text[3], text[0]);
    assert_skipped(text[4]);
}

static void test_an_object_of_an_object_is_read_as_the_record(void **state)
{
    (void)state;
    assert_session("{\"_index\":\"i\",\"_source\":{\"session\": 1}}", "{\"session\": 1}");
    assert_session("{\"_source\":{\"event\":{\"original\":\"{\\\"session\\\":1}\"}}}", "{\"session\":1}");
}

static void test_what_is_inside_is_left_alone_where_the_object_itself_is_a_record(void **state)
{
    (void)state;
    const char *outer = "{\"session\":0,\"message\":\"{\\\"session\\\":1}\"}";
    assert_session(outer, outer);
}

static void test_an_object_without_a_session_inside_is_what_it_was(void **state)
{
    (void)state;
    assert_skipped("{\"message\":\"plain\"}");
    assert_skipped("{\"message\":\"{\\\"other\\\":1}\",\"event\":{\"original\":\"{\"}}");
    assert_skipped("{\"comment\":\"{\\\"session\\\":1}\"}");
    assert_skipped("{\"event\":{\"event\":{\"session\":1}}}");
    assert_skipped("{\"message\":\"{\\\"session\\\":1}\"");
}

static void test_parts_of_a_record_inside_are_read_one_after_the_other(void **state)
{
    (void)state;
    const char *text = "{\"message\":\"{\\\"two\\\":1}\"}";
    assert_int_equal(PARSE_SKIP, parse(text));
    assert_true(record.more);
    assert_int_equal(0, record.offset);
    assert_int_equal(PARSE_RECORD, parser_parse_more(&parser, span_text(text), &record));
    assert_int_equal(1, record.offset);
    assert_int_equal(sizeof "{\"two\":1}" - 1, record.value[TEXT].text.n);
}

static void test_lines_are_looked_into_but_not_those_of_syslog(void **state)
{
    (void)state;
    struct parser other;
    static char text[128] = "{\"message\":\"{\\\"session\\\":1}\"}";
    parser_init(&other, &vendor, &syslog, &options);
    assert_int_equal(PARSE_SKIP, parser_parse(&other, span_text(text), &record));
    parser_fini(&other);
    parser_init(&other, &vendor, &lines, &options);
    assert_int_equal(PARSE_RECORD, parser_parse(&other, span_text(text), &record));
    static char headed[128] = "<13>host feed: {\"message\":\"{\\\"session\\\":1}\"}";
    assert_int_equal(PARSE_RECORD, parser_parse(&other, span_text(headed), &record));
    parser_fini(&other);
}

static void test_no_more_than_eight_objects_are_found(void **state)
{
    (void)state;
    static char text[1024] = "{\"n\":0";
    struct unwrapped u;
    struct buffer texts = { 0 };
    struct json_reader *json = json_reader_new();
    for (int i = 0; i < 12; i++)
        strncat(text, ",\"message\":\"{\\\"n\\\":1}\"", sizeof text - strlen(text) - 1);
    strncat(text, "}", sizeof text - strlen(text) - 1);
    assert_true(unwrap_json(json, span_text(text), &texts, &u));
    assert_int_equal(UNWRAPPED_MAX, u.n);
    for (unsigned i = 0; i < u.n; i++)
        assert_memory_equal("{\"n\":1}", u.object[i].p, u.object[i].n);
    buffer_fini(&texts);
    json_reader_free(&json);
}

static void test_what_is_inside_is_the_same_whether_the_unit_has_been_read_or_not(void **state)
{
    (void)state;
    static const char *const units[] = {
        "{\"n\":0}",
        "{\"message\":\"plain\",\"event\":[{\"original\":\"{}\"}]}",
        "{\"message\":\"\\n {\\\"n\\\":\\\"\\\\n\\\"}\",\"other\":{\"message\":\"{}\"},\"raw\":\"{}\"}",
        "{\"event\":{\"original\":\"{\\\"n\\\":1}\",\"event\":{\"n\":2}},\"log\":\"{ "
        "}\",\"_source\":{\"raw\":\"{\\t}\"}}",
        "{\"event.original\":\"{\",\"payload\":{}}",
    };
    struct key word = { "event.original", 0 };
    struct keys *keys = keys_new(&word, 1);
    struct json_reader *json = json_reader_new();
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        static char bytes[512];
        struct unwrapped plain, told;
        struct buffer plain_texts = { 0 }, told_texts = { 0 };
        struct json_value cell;
        uint64_t present;
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, units[i], strlen(units[i]));
        struct span unit = span_text(bytes);
        json_forget(json);
        bool found = unwrap_json(json, unit, &plain_texts, &plain);
        assert_true(json_read(json, unit, keys, &cell, &present, 1));
        assert_non_null(json_nested_of(json, unit));
        assert_int_equal(found, unwrap_json(json, unit, &told_texts, &told));
        assert_int_equal(found ? plain.n : 0, found ? told.n : 0);
        for (unsigned k = 0; found && k < plain.n; k++)
            assert_true(span_equal(plain.object[k], told.object[k]));
        buffer_fini(&plain_texts);
        buffer_fini(&told_texts);
    }
    json_reader_free(&json);
    keys_free(&keys);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_of_an_object_is_read_as_the_record),
        cmocka_unit_test(test_a_text_in_a_text_is_read_as_the_record),
        cmocka_unit_test(test_texts_are_not_looked_for_deeper_than_three),
        cmocka_unit_test(test_an_object_of_an_object_is_read_as_the_record),
        cmocka_unit_test(test_what_is_inside_is_left_alone_where_the_object_itself_is_a_record),
        cmocka_unit_test(test_an_object_without_a_session_inside_is_what_it_was),
        cmocka_unit_test(test_parts_of_a_record_inside_are_read_one_after_the_other),
        cmocka_unit_test(test_lines_are_looked_into_but_not_those_of_syslog),
        cmocka_unit_test(test_no_more_than_eight_objects_are_found),
        cmocka_unit_test(test_what_is_inside_is_the_same_whether_the_unit_has_been_read_or_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
