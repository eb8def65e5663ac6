#include "formats/json_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* However much of the text has been read, it says AGAIN or the same. */
static enum status look(const char *text, size_t *n)
{
    enum status s = json_header(span_text(text), n);
    for (size_t i = 0; i < strlen(text); i++) {
        size_t early;
        enum status before = json_header(span_of(text, i), &early);
        assert_true(before == STATUS_AGAIN || (before == s && (s == STATUS_BAD || early == *n)));
    }
    return s;
}

static void assert_json(const char *text, const char *json)
{
    size_t n;
    assert_int_equal(STATUS_OK, look(text, &n));
    assert_string_equal(json, text + n);
}

static void assert_none(const char *text)
{
    size_t n;
    assert_int_equal(STATUS_BAD, look(text, &n));
}

static void json_begins_behind_headers_of_syslog_and_others(void **state)
{
    (void)state;
    assert_json("{\"a\":1}", "{\"a\":1}");
    assert_json("<134>Jan  1 10:00:06 sensor feed: {\"a\":1}\n{", "{\"a\":1}\n{");
    assert_json("<134>Jan  1 10:00:06 sensor feed[12]:{\"a\":1}", "{\"a\":1}");
    assert_json("<134>1 2026-01-01T10:00:06Z sensor feed 12 - - \xef\xbb\xbf{ \"a\":1}", "{ \"a\":1}");
    assert_json("<134>1 2026-01-01T10:00:06Z h f - - [o@1 k=\"a]\\\"{\"][p] {\"a\":1}", "{\"a\":1}");
    assert_json("2026-01-01 10:00:06\tLocal0.Info\t192.0.2.1\t{}", "{}");
    assert_json("2026-01-01T10:00:06Z stdout F {\n  \"a\":1\n}", "{\n  \"a\":1\n}");
}

static void an_array_of_objects_begins_with_its_bracket(void **state)
{
    (void)state;
    assert_json("feed: [ {\"a\":1}]", "[ {\"a\":1}]");
    assert_json("feed[1]: [{}]", "[{}]");
}

static void lines_of_another_kind_have_no_json(void **state)
{
    (void)state;
    assert_none("\"b\":1},\"c\":{\"d\":1}}");
    assert_none("1},{\"d\":1}");
    assert_none("1],{\"d\":1}");
    assert_none("a,b,\"{\"\"d\"\":1}\"");
    assert_none("user {admin} logged in {\"d\":1}");
    assert_none("words\n{\"d\":1}");
    assert_none("words [of\n{\"d\":1}");
}

static void a_line_that_has_not_ended_tells_nothing(void **state)
{
    (void)state;
    size_t n;
    static const char *const early[] = { "", "<134>Jan", "feed [o@1 k=\"", "feed {", "feed { ", "feed [ ", "feed [{" };
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        assert_int_equal(STATUS_AGAIN, json_header(span_text(early[i]), &n));
}

static void a_header_has_its_limit(void **state)
{
    (void)state;
    static char text[JSON_HEADER_BYTES_MAX + 8];
    size_t n;
    memset(text, 'x', sizeof text);
    assert_int_equal(STATUS_AGAIN, json_header(span_of(text, JSON_HEADER_BYTES_MAX - 1), &n));
    assert_int_equal(STATUS_BAD, json_header(span_of(text, JSON_HEADER_BYTES_MAX), &n));
    memcpy(text + JSON_HEADER_BYTES_MAX - 2, "{}", 2);
    assert_int_equal(STATUS_OK, json_header(span_of(text, sizeof text), &n));
    assert_int_equal(JSON_HEADER_BYTES_MAX - 2, n);
    memcpy(text + JSON_HEADER_BYTES_MAX - 2, "x{}", 3);
    assert_int_equal(STATUS_BAD, json_header(span_of(text, sizeof text), &n));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_begins_behind_headers_of_syslog_and_others),
        cmocka_unit_test(an_array_of_objects_begins_with_its_bracket),
        cmocka_unit_test(lines_of_another_kind_have_no_json),
        cmocka_unit_test(a_line_that_has_not_ended_tells_nothing),
        cmocka_unit_test(a_header_has_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
