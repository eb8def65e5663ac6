/* Lines as texts in JSON objects. */
#include "formats/wrapped.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "formats/syslog.h"

/* 2024-05-14T09:20:33Z */
#define MOMENT INT64_C(1715678433000)

enum { TEXT };

/* `skip…` is no session, `bad…` is malformed, the empty line is nothing; the rest needs a syslog header's time. */
static enum parse_result parse_line(struct parser *p, struct span unit, struct record *r)
{
    struct syslog_header header;
    syslog_parse(unit, p->options, &header);
    if (header.message.n == 0)
        return PARSE_NOTHING;
    if (span_starts(header.message, SPAN_LITERAL("skip")))
        return record_verdict(r, PARSE_SKIP, "other");
    if (span_starts(header.message, SPAN_LITERAL("bad")))
        return record_verdict(r, PARSE_BAD, "layout");
    r->time_ms = header.time_ms;
    record_set_text(r, TEXT, header.message);
    return r->time_ms == TIMESTAMP_NONE ? record_verdict(r, PARSE_BAD, "no_time") : PARSE_RECORD;
}

static enum parse_result parse_object(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse(parse_line, p, unit, r);
}

static enum parse_result parse_object_only(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse_only(parse_line, p, unit, r);
}

/* Objects inside are read once more, each by itself. */
static enum parse_result parse_object_again(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = wrapped_parse(parse_line, p, unit, r);
    p->searched = false;
    return result;
}

static const struct field fields[] = { { "text", FIELD_DESCRIPTOR } };
static const struct form form = { .name = "native-json", .parse = parse_object, .framing = FRAMING_JSON };
static const struct collector vendor = { "vendor", fields, 1, &form, 1 };
static const struct parse_options options = { .reference_time_ms = MOMENT };

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

static enum parse_result parsed(const char *json)
{
    static char unit[1024];
    size_t n = strlen(json);
    memset(unit, 0, sizeof unit);
    memcpy(unit, json, n);
    return parser_parse(&parser, span_of(unit, n), &record);
}

static void expect_session(const char *json, int64_t ms, const char *text)
{
    enum parse_result result = parsed(json);
    if (result != PARSE_RECORD || record.time_ms != ms || !span_is(record.value[TEXT].text, text))
        fail_msg("%s: %d %s", json, (int)result, record.reason ? record.reason : "");
}

static void expect_verdict(const char *json, enum parse_result wanted, const char *reason)
{
    enum parse_result result = parsed(json);
    if (result != wanted || !record.reason || strcmp(record.reason, reason) != 0)
        fail_msg("%s: %d %s", json, (int)result, record.reason ? record.reason : "");
}

static void the_text_may_have_any_of_the_usual_names(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "{\"message\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}",
        "{\"host\":{\"name\":\"x\"},\"event\":{\"code\":1,\"original\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}}",
        "{\"event.original\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}",
        "{\"log\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}",
        "{\"log\":{\"original\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}}",
        "{\"preview\":false,\"result\":{\"_raw\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}}",
        "{\"_source\":{\"event\":{\"original\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"}}}",
        "{\"input\":{\"message\":\"May 14 2024 09:20:33 h say \\\"a\\\"\"},\"expected\":{\"message\":\"other\"}}",
    };
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        expect_session(objects[i], MOMENT, "say \"a\"");
}

static void the_first_text_that_is_a_session_counts(void **state)
{
    (void)state;
    expect_session("{\"message\":\"May 14 2024 09:20:33 h one\",\"_raw\":\"May 14 2024 09:20:33 h two\"}", MOMENT,
                   "one");
    expect_session("{\"message\":\"bad\",\"event\":{\"original\":\"May 14 2024 09:20:33 h two\"}}", MOMENT, "two");
    expect_verdict("{\"message\":\"skip\",\"_raw\":\"bad\"}", PARSE_SKIP, "other");
    expect_verdict("{\"message\":\"bad\",\"_raw\":\"skip\"}", PARSE_BAD, "layout");
}

static void a_line_without_a_time_has_the_objects(void **state)
{
    (void)state;
    expect_session("{\"@timestamp\":\"2024-05-14T09:20:33.250Z\",\"message\":\"<14>h: one\"}", MOMENT + 250, "h: one");
    expect_session("{\"message\":\"<14>h: one\",\"timestamp\":1715678433}", MOMENT, "h: one");
    expect_session("{\"@timestamp\":\"2020-01-01T00:00:00Z\",\"message\":\"May 14 2024 09:20:33 h one\"}", MOMENT,
                   "one");
    /* The first that is one, however it is written and however many there are. */
    expect_session(
        "{\"time\":\"soon\",\"_time\":\"2024-05-14T09:20:33\\u005a\",\"timestamp\":1,\"raw\":\"<14>h: one\"}", MOMENT,
        "h: one");
    expect_session("{\"time\":1715678433,\"_time\":\"2020-01-01T00:00:00\\u005a\",\"raw\":\"<14>h: one\"}", MOMENT,
                   "h: one");
    expect_session("{\"time\":\"a\",\"time\":\"b\",\"time\":\"c\",\"time\":null,\"time\":\"d\",\"time\":1715678433,"
                   "\"event\":{\"time\":7,\"original\":\"<14>h: \\\"1\\\"\"}}",
                   MOMENT, "h: \"1\"");
    expect_verdict("{\"message\":\"<14>h: one\"}", PARSE_BAD, "no_time");
    expect_verdict("{\"@timestamp\":\"soon\",\"message\":\"<14>h: one\"}", PARSE_BAD, "no_time");
}

static void what_has_no_text_is_no_session_and_what_is_no_object_is_malformed(void **state)
{
    (void)state;
    expect_verdict("{}", PARSE_SKIP, "no_text");
    expect_verdict("{\"message\":7,\"other\":\"May 14 2024 09:20:33 h one\"}", PARSE_SKIP, "no_text");
    expect_verdict("{\"message\":\"\"}", PARSE_SKIP, "no_text");
    expect_verdict("{\"message\":\"May 14 2024 09:20:33 h one\"", PARSE_BAD, "json");
    expect_verdict("{\"message\":\"May 14 2024 09:20:33 h one\",}", PARSE_BAD, "json");
    expect_verdict("[]", PARSE_BAD, "json");
}

enum { OBJECTS = 20000 };

/* Members that wrappers have, and others. */
static void generate(struct buffer *to, unsigned depth, unsigned *random)
{
    static const char *const keys[] = { "message", "event", "original", "result", "_raw",      "log",
                                        "time",    "other", "fields",   "data",   "@timestamp" };
    static const char *const values[] = { "\"skip\"",
                                          "\"bad\"",
                                          "\"\"",
                                          "\"<14>h: one\"",
                                          "\"May 14 2024 09:20:33 h \\\"two\\\"\"",
                                          "\"{\\\"message\\\":\\\"May 14 2024 09:20:33 h three\\\"}\"",
                                          "\" {\\\"time\\\":7}\"",
                                          "1715678433",
                                          "\"2024-05-14T09:20:33\\u005a\"",
                                          "null",
                                          "[{\"message\":\"May 14 2024 09:20:33 h four\"}]" };
    buffer_append_byte(to, '{');
    *random = *random * 1103515245u + 12345u;
    for (unsigned members = (*random >> 16) % 5, i = 0; i < members; i++) {
        *random = *random * 1103515245u + 12345u;
        const char *key = keys[(*random >> 8) % (sizeof keys / sizeof keys[0])];
        buffer_append_format(to, "%s\"%s\":", i ? "," : "", key);
        *random = *random * 1103515245u + 12345u;
        if (depth < 3 && (*random >> 12) % 3 == 0)
            generate(to, depth + 1, random);
        else
            buffer_append_format(to, "%s", values[(*random >> 16) % (sizeof values / sizeof values[0])]);
    }
    buffer_append_byte(to, '}');
}

static void texts_are_tried_once_and_not_in_each_object_that_they_stand_in(void **state)
{
    (void)state;
    static const struct form forms[] = {
        { .name = "again", .parse = parse_object_again, .framing = FRAMING_JSON },
        { .name = "plain", .parse = parse_object, .framing = FRAMING_JSON },
        { .name = "only", .parse = parse_object_only, .framing = FRAMING_JSON },
    };
    struct buffer text = { 0 };
    struct parser p[3];
    struct record r[3];
    enum parse_result result[3];
    unsigned random = 7, count[2] = { 0 };
    for (unsigned i = 0; i < 3; i++)
        parser_init(&p[i], &vendor, &forms[i], &options);
    for (unsigned k = 0; k < OBJECTS; k++) {
        buffer_clear(&text);
        generate(&text, 0, &random);
        struct span unit = buffer_span(&text);
        for (unsigned i = 0; i < 3; i++)
            result[i] = parser_parse(&p[i], unit, &r[i]);
        count[result[0] == PARSE_RECORD]++;
        for (unsigned i = 1; i < 3; i++) {
            bool same = result[i] == result[0] && r[i].time_ms == r[0].time_ms &&
                        (r[i].reason == r[0].reason || strcmp(r[i].reason, r[0].reason) == 0) &&
                        (result[0] != PARSE_RECORD || span_equal(r[i].value[TEXT].text, r[0].value[TEXT].text));
            if (!same)
                fail_msg("%s: %.*s", forms[i].name, (int)unit.n, unit.p);
        }
    }
    assert_true(count[0] > OBJECTS / 10 && count[1] > OBJECTS / 10);
    for (unsigned i = 0; i < 3; i++)
        parser_fini(&p[i]);
    buffer_fini(&text);
}

static void a_stream_is_known_by_a_member_and_a_word(void **state)
{
    (void)state;
    static const char *const words[] = { "%ASA-", NULL };
    assert_int_equal(wrapped_probe(SPAN_LITERAL(" {\"message\":\"x %ASA-6\"}"), words), PROBE_LIKELY);
    assert_int_equal(wrapped_probe(SPAN_LITERAL("[{\"event\":{\"original\":\"x %ASA-6\"}}]"), words), PROBE_LIKELY);
    assert_int_equal(wrapped_probe(SPAN_LITERAL("{\"Message\":\"x %ASA-6\"}"), words), PROBE_NO);
    assert_int_equal(wrapped_probe(SPAN_LITERAL("{\"message\":\"x\"}"), words), PROBE_NO);
    assert_int_equal(wrapped_probe(SPAN_LITERAL("\"message\" %ASA-6"), words), PROBE_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_may_have_any_of_the_usual_names),
        cmocka_unit_test(the_first_text_that_is_a_session_counts),
        cmocka_unit_test(a_line_without_a_time_has_the_objects),
        cmocka_unit_test(what_has_no_text_is_no_session_and_what_is_no_object_is_malformed),
        cmocka_unit_test(texts_are_tried_once_and_not_in_each_object_that_they_stand_in),
        cmocka_unit_test(a_stream_is_known_by_a_member_and_a_word),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
