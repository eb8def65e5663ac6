/* Texts as JSON strings: escapes, and what is no UTF-8. */
#include "common/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(struct span text, const char *json)
{
    struct buffer out = { 0 };
    json_append_text(&out, text);
    buffer_append_byte(&out, 0);
    assert_string_equal(out.p, json);
    buffer_fini(&out);
}

static void what_needs_no_escape_stands_for_itself(void **state)
{
    (void)state;
    expect(SPAN_LITERAL(""), "\"\"");
    expect(SPAN_LITERAL("a/b c~"), "\"a/b c~\"");
    expect(SPAN_LITERAL("\xc3\xa9t\xc3\xa9 \xf0\x9f\x8c\x8a"), "\"\xc3\xa9t\xc3\xa9 \xf0\x9f\x8c\x8a\"");
}

static void quotes_backslashes_and_control_characters_are_escaped(void **state)
{
    (void)state;
    expect(SPAN_LITERAL("\"\\"), "\"\\\"\\\\\"");
    expect(SPAN_LITERAL("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"");
    expect(span_of("a\0b", 3), "\"a\\u0000b\"");
    expect(SPAN_LITERAL("\x1b\x1f\x7f"), "\"\\u001b\\u001f\\u007f\"");
    expect(SPAN_LITERAL("\xc3\xa9\n\xc3\xa9\x7f\xc3\xa9"), "\"\xc3\xa9\\n\xc3\xa9\\u007f\xc3\xa9\"");
}

static void what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    expect(SPAN_LITERAL("a\xff\"\xc3"), "\"a\xef\xbf\xbd\\\"\xef\xbf\xbd\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_needs_no_escape_stands_for_itself),
        cmocka_unit_test(quotes_backslashes_and_control_characters_are_escaped),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
