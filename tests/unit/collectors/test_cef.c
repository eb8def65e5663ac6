/* CEF: start token, header, extension. */
#include "formats/cef.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static const struct form form = { .name = "native", .parse = no_parse };
static const struct collector collector = { .id = "test", .forms = &form, .forms_n = 1 };
static const struct parse_options options;

static int open_parser(void **state)
{
    struct parser *p = calloc(1, sizeof *p);
    parser_init(p, &collector, &form, &options);
    buffer_reserve(&p->scratch, 1 << 20);
    *state = p;
    return 0;
}

static int close_parser(void **state)
{
    parser_fini(*state);
    free(*state);
    return 0;
}

static const char *body_of(const char *line)
{
    struct span head, body;
    return cef_find(span_text(line), &head, &body) ? body.p : NULL;
}

static void a_message_starts_at_its_token(void **state)
{
    (void)state;
    assert_string_equal(body_of("CEF:0|a|b"), "a|b");
    assert_string_equal(body_of("CEF:1|a|b"), "a|b");
    assert_string_equal(body_of("<14>May 14 09:20:33 fw CEF:0|a|b"), "a|b");
    assert_string_equal(body_of("fw CEF:  0|a|b"), "a|b");
    assert_string_equal(body_of("\xEF\xBB\xBF"
                                "CEF:0|a|b"),
                        "a|b");
    assert_string_equal(body_of("- [x]CEF:0|a|b"), "a|b");
    assert_string_equal(body_of("<14>CEF:0|a|b"), "a|b");
    assert_string_equal(body_of("xCEF:0|a CEF:0|b"), "b");
    assert_string_equal(body_of("CEF: CEF:0|b"), "b");
    static const char *const none[] = { "",        "CEF:",     "CEF:0",      "CEF:2|a", "CEF:00|a",
                                        "cef:0|a", "xCEF:0|a", "LEEF:1.0|a", "CEF 0|a" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (body_of(none[i]))
            fail_msg("%s", none[i]);
}

static void what_stands_before_the_token_is_head(void **state)
{
    (void)state;
    struct span head, body;
    assert_true(cef_find(SPAN_LITERAL("<14>x CEF:0|a"), &head, &body));
    assert_true(span_is(head, "<14>x "));
}

static void a_message_may_have_lost_its_token(void **state)
{
    (void)state;
    struct span body;
    assert_true(cef_headless(SPAN_LITERAL("0|v|p|1|c|n|3|a=b"), &body));
    assert_true(span_is(body, "v|p|1|c|n|3|a=b"));
    assert_false(cef_headless(SPAN_LITERAL("0|v|p|1|c|n|3"), &body));
    assert_false(cef_headless(SPAN_LITERAL("0|v\\|p|1|c|n|3|a=b"), &body));
    assert_false(cef_headless(SPAN_LITERAL("2|v|p|1|c|n|3|a=b"), &body));
    assert_false(cef_headless(SPAN_LITERAL(""), &body));
}

static void the_header_has_six_fields(void **state)
{
    static const char *const vendors[] = { "Check Point", NULL };
    struct cef_header h;
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL(" V | p\\|q|1\\\\2|c=d|n\\x|Very-High|a=b|c"), vendors, &h),
                     STATUS_OK);
    assert_true(span_is(h.vendor, "V"));
    assert_true(span_is(h.product, "p|q"));
    assert_true(span_is(h.version, "1\\2"));
    assert_true(span_is(h.event_class_id, "c=d"));
    assert_true(span_is(h.name, "n\\x"));
    assert_true(span_is(h.severity, "Very-High"));
    assert_true(span_is(h.extension, "a=b|c"));
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL("v|p|1|c|n|3"), vendors, &h), STATUS_OK);
    assert_true(span_is(h.severity, "3"));
    assert_int_equal(h.extension.n, 0);
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL("|||||"), vendors, &h), STATUS_OK);
    assert_int_equal(h.vendor.n + h.severity.n + h.extension.n, 0);
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL("v|p|1|c|n"), vendors, &h), STATUS_BAD);
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL(""), vendors, &h), STATUS_BAD);
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL("v|p|1|c|n\\|3|a=b"), vendors, &h), STATUS_OK);
    assert_true(span_is(h.severity, "a=b"));
}

static void an_empty_field_before_a_known_vendor_is_left_out(void **state)
{
    static const char *const vendors[] = { "Check Point", NULL };
    struct cef_header h;
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL("|Check Point|VPN|1|c|n|3|a=b"), vendors, &h), STATUS_OK);
    assert_true(span_is(h.vendor, "Check Point"));
    assert_true(span_is(h.severity, "3"));
    assert_true(span_is(h.extension, "a=b"));
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL("|Other|VPN|1|c|n|3|a=b"), vendors, &h), STATUS_OK);
    assert_int_equal(h.vendor.n, 0);
    assert_true(span_is(h.product, "Other"));
}

static void a_severity_that_is_left_out_is_no_part_of_the_extension(void **state)
{
    static const char
        plain[] = "v|p|1|c|name|src=192.0.2.1 dst=192.0.2.2 cs1=a b|c",
        escaped[] = "v|p|1|c\\|d|name| src=192.0.2.1 dst=192.0.2.2",
        words[] = "v|p|1|c|name|a severity of words a=b|src=192.0.2.1 dst=192.0.2.2 and more than a block of it";
    struct cef_header h;
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL(plain), NULL, &h), STATUS_OK);
    assert_true(span_is(h.name, "name"));
    assert_int_equal(h.severity.n, 0);
    assert_true(span_is(h.extension, "src=192.0.2.1 dst=192.0.2.2 cs1=a b|c"));
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL(escaped), NULL, &h), STATUS_OK);
    assert_true(span_is(h.event_class_id, "c|d"));
    assert_int_equal(h.severity.n, 0);
    assert_true(span_is(h.extension, "src=192.0.2.1 dst=192.0.2.2"));
    assert_int_equal(cef_header_read(*state, SPAN_LITERAL(words), NULL, &h), STATUS_OK);
    assert_true(span_is(h.severity, "a severity of words a=b"));
    assert_true(span_starts(h.extension, SPAN_LITERAL("src=")));
}

/* The pairs of an extension as `<key>=<value>;`. */
static void expect_pairs(struct parser *p, const char *extension, const char *expected)
{
    char pairs[512];
    size_t n = 0;
    struct cef_cursor c;
    struct span key, value;
    cef_begin(&c, span_text(extension), NULL);
    while (cef_next(&c, &key, &value)) {
        value = cef_unescape(p, value);
        n += (size_t)snprintf(pairs + n, sizeof pairs - n, "<%.*s>=<%.*s>;", (int)key.n, key.p, (int)value.n, value.p);
    }
    pairs[n] = '\0';
    assert_string_equal(pairs, expected);
}

static void values_run_to_the_blanks_before_the_next_key(void **state)
{
    expect_pairs(*state, "a=1 b=two words  c=3", "<a>=<1>;<b>=<two words>;<c>=<3>;");
    expect_pairs(*state, " a= 1 ", "<a>=<1>;");
    expect_pairs(*state, "suser= duser= app=ssl", "<suser>=<>;<duser>=<>;<app>=<ssl>;");
    expect_pairs(*state, "a=", "<a>=<>;");
    expect_pairs(*state, "", "");
    expect_pairs(*state, "no pairs here", "");
    expect_pairs(*state, "lead a=1", "<a>=<1>;");
    expect_pairs(*state, "cs1Label=Rule cs1=Allow all cs1Label=x",
                 "<cs1Label>=<Rule>;<cs1>=<Allow all>;<cs1Label>=<x>;");
}

static void keys_have_letters_digits_and_a_few_signs(void **state)
{
    expect_pairs(*state, "ad.policyid=1 methods:=GET _x[0]=2 9z=3 a-b=4",
                 "<ad.policyid>=<1>;<methods:>=<GET>;<_x[0]>=<2>;<9z>=<3>;<a-b>=<4>;");
    expect_pairs(*state, "request=http://example.com/?a=b&c=d e=f", "<request>=<http://example.com/?a=b&c=d>;<e>=<f>;");
    expect_pairs(*state, "a=x -b=1 .c=2 :d=3 \"e=4", "<a>=<x -b=1 .c=2 :d=3 \"e=4>;");
    expect_pairs(*state, "a==b", "<a>=<=b>;");
    expect_pairs(*state, "a=x\tb=1", "<a>=<x\tb=1>;");
    expect_pairs(*state, "=x a=1", "<a>=<1>;");
}

static void an_escaped_equals_sign_is_no_separator(void **state)
{
    expect_pairs(*state, "cs1=Allow DNS \\= resolver act=allow", "<cs1>=<Allow DNS = resolver>;<act>=<allow>;");
    expect_pairs(*state, "a=x y\\=z b=1", "<a>=<x y=z>;<b>=<1>;");
    expect_pairs(*state, "a=x y\\\\=z", "<a>=<x y\\=z>;");
}

static void values_resolve_their_escapes_and_keep_other_backslashes(void **state)
{
    expect_pairs(*state, "suser=example\\\\alice", "<suser>=<example\\alice>;");
    expect_pairs(*state, "suser=example\\alice", "<suser>=<example\\alice>;");
    expect_pairs(*state, "m=a\\nb\\Nc\\rd\\Re\\|f", "<m>=<a\nb\nc\rd\re|f>;");
    expect_pairs(*state, "m=a\\", "<m>=<a\\>;");
    expect_pairs(*state, "m=\\\\\\", "<m>=<\\\\>;");
}

static void without_scratch_a_value_is_empty(void **state)
{
    struct parser *p = *state;
    p->scratch.n = p->scratch.capacity;
    assert_int_equal(cef_unescape(p, SPAN_LITERAL("a\\=b")).n, 0);
    assert_int_equal(cef_unescape(p, SPAN_LITERAL("ab")).n, 2);
    p->scratch.n = 0;
}

/* Pairs are looked for in blocks of bytes: a key may stand anywhere on their borders. */
static void keys_are_found_at_every_offset(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        char text[512];
        struct cef_cursor c;
        struct span key, value;
        memset(text, 'x', sizeof text);
        memcpy(text, "a=", 2);
        memcpy(text + 2 + n, " some words a_longer.key=b x/y=z", 32);
        cef_begin(&c, span_of(text, 2 + n + 32), NULL);
        assert_true(cef_next(&c, &key, &value));
        assert_true(span_is(key, "a"));
        assert_int_equal(value.n, n ? n + 11 : 10);
        assert_true(cef_next(&c, &key, &value));
        assert_true(span_is(key, "a_longer.key"));
        assert_true(span_is(value, "b x/y=z"));
        assert_false(cef_next(&c, &key, &value));
        assert_false(cef_next(&c, &key, &value));
    }
}

static void a_long_run_of_equals_signs_takes_no_time(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    struct cef_cursor c;
    struct span key, value;
    assert_non_null(text);
    memset(text, '=', BYTES);
    memcpy(text, " k", 2);
    cef_begin(&c, span_of(text, BYTES), NULL);
    assert_true(cef_next(&c, &key, &value));
    assert_true(span_is(key, "k"));
    assert_int_equal(value.n, BYTES - 3);
    assert_false(cef_next(&c, &key, &value));
    free(text);
}

static void values_may_hold_nul_bytes(void **state)
{
    struct span v = cef_unescape(*state, span_of("a\\\0b", 4));
    assert_true(span_equal(v, span_of("a\\\0b", 4)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_starts_at_its_token),
        cmocka_unit_test(what_stands_before_the_token_is_head),
        cmocka_unit_test(a_message_may_have_lost_its_token),
        cmocka_unit_test(the_header_has_six_fields),
        cmocka_unit_test(a_severity_that_is_left_out_is_no_part_of_the_extension),
        cmocka_unit_test(an_empty_field_before_a_known_vendor_is_left_out),
        cmocka_unit_test(values_run_to_the_blanks_before_the_next_key),
        cmocka_unit_test(keys_have_letters_digits_and_a_few_signs),
        cmocka_unit_test(an_escaped_equals_sign_is_no_separator),
        cmocka_unit_test(values_resolve_their_escapes_and_keep_other_backslashes),
        cmocka_unit_test(without_scratch_a_value_is_empty),
        cmocka_unit_test(keys_are_found_at_every_offset),
        cmocka_unit_test(a_long_run_of_equals_signs_takes_no_time),
        cmocka_unit_test(values_may_hold_nul_bytes),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
