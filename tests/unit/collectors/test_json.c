#include "formats/json.h"

#include "common/buffer.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* Reads `text` to its end from an allocation that ends with the padding; what was handed out as "key=kind:text ". */
static enum status read_all(const char *text, size_t n, struct buffer *out)
{
    char *copy = calloc(1, n + 64);
    assert_non_null(copy);
    memcpy(copy, text, n);
    struct json_reader *r = json_reader_new();
    struct span key;
    struct json_value value;
    enum status s = json_open(r, span_of(copy, n));
    while (s == STATUS_OK) {
        s = json_next(r, &key, &value);
        if (s == STATUS_OK && out)
            buffer_append_format(out, "%.*s=%c:%.*s ", (int)key.n, key.p, "0ftns[{"[value.kind], (int)value.text.n,
                                 value.text.p);
    }
    assert_int_equal(s, s == STATUS_END ? json_next(r, &key, &value) : STATUS_BAD);
    json_reader_free(&r);
    assert_null(r);
    free(copy);
    return s;
}

static void expect(const char *text, const char *expected)
{
    struct buffer out = { 0 };
    buffer_append(&out, "", 0);
    assert_int_equal(read_all(text, strlen(text), &out), STATUS_END);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.p, expected);
    buffer_fini(&out);
}

static void keys_and_values_come_in_the_order_in_which_they_stand(void **state)
{
    (void)state;
    expect("{}", "");
    expect(" \t\r\n{ } \n", "");
    expect("{\"a\":\"x\",\"b\":12,\"c\":true,\"d\":false,\"e\":null,\"f\":[1, {\"g\":[]}] , \"h\" : { \"i\" : 1 } }",
           "a=s:x b=n:12 c=t:true d=f:false e=0: f=[:[1, {\"g\":[]}] h={:{ \"i\" : 1 } ");
    expect("{\"a\":1,\"a\":2,\"\":\"\"}", "a=n:1 a=n:2 =s: ");
}

static void numbers_stay_as_they_are_written(void **state)
{
    (void)state;
    expect("{\"a\":-0,\"b\":123456789012345678901234567890123456789012345678901234567890,\"c\":1e999,\"d\":-1.50E+2}",
           "a=n:-0 b=n:123456789012345678901234567890123456789012345678901234567890 c=n:1e999 d=n:-1.50E+2 ");
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    expect("{\"a\\n\":\"\\\"\\\\\\/\\b\\f\\r\\t|\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"}",
           "a\n=s:\"\\/\b\f\r\t|A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 ");
    expect("{\"a\":\"{\\\"b\\\":[1]}\",\"c\":[\"\\\"\"]}", "a=s:{\"b\":[1]} c=[:[\"\\\"\"] ");
}

static void half_a_surrogate_pair_is_a_replacement_character(void **state)
{
    (void)state;
    expect("{\"a\":\"\\ud800\",\"b\":\"\\udc00x\",\"c\":\"\\ud800\\ud800\\udc00\",\"d\":\"\\ud83d\\u0041\"}",
           "a=s:\xef\xbf\xbd b=s:\xef\xbf\xbdx c=s:\xef\xbf\xbd\xf0\x90\x80\x80 d=s:\xef\xbf\xbd"
           "A ");
}

static void a_zero_byte_by_escape_is_part_of_the_text(void **state)
{
    (void)state;
    struct buffer out = { 0 };
    const char text[] = "{\"a\":\"x\\u0000y\"}";
    struct json_reader *r = json_reader_new();
    char copy[sizeof text + 64] = { 0 };
    memcpy(copy, text, sizeof text);
    struct span key;
    struct json_value value;
    assert_int_equal(json_open(r, span_of(copy, sizeof text - 1)), STATUS_OK);
    assert_int_equal(json_next(r, &key, &value), STATUS_OK);
    assert_int_equal(value.text.n, 3);
    assert_memory_equal(value.text.p, "x\0y", 3);
    assert_int_equal(json_next(r, &key, &value), STATUS_END);
    json_reader_free(&r);
    buffer_fini(&out);
}

static void texts_of_several_values_live_together(void **state)
{
    (void)state;
    const char text[] = "{\"a\\t\":\"x\\ty\",\"b\":\"\\u0041\",\"c\":\"z\"}                                        "
                        "                            ";
    struct json_reader *r = json_reader_new();
    struct span key[3];
    struct json_value value[3];
    assert_int_equal(json_open(r, span_of(text, sizeof text - 65)), STATUS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(json_next(r, &key[i], &value[i]), STATUS_OK);
    struct span end_key;
    struct json_value end_value;
    assert_int_equal(json_next(r, &end_key, &end_value), STATUS_END);
    assert_true(span_is(key[0], "a\t") && span_is(value[0].text, "x\ty"));
    assert_true(span_is(key[1], "b") && span_is(value[1].text, "A"));
    assert_true(span_is(key[2], "c") && span_is(value[2].text, "z"));
    json_reader_free(&r);
}

static void what_is_no_object_to_its_end_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "1",
        "\"a\"",
        "null",
        "[{}]",
        "{",
        "}",
        "{}{}",
        "{} {}",
        "{}x",
        "{},",
        "{\"a\":1}]",
        "{\"a\":1}\"",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1;\"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":1 2}",
        "{\"a\"::1}",
        "{\"a\":1,,\"b\":2}",
        "{null:1}",
        "{\"a\":\"b\" \"c\"}",
        /* literals and numbers */
        "{\"a\":tru}",
        "{\"a\":truee}",
        "{\"a\":True}",
        "{\"a\":nul}",
        "{\"a\":nulll}",
        "{\"a\":fals}",
        "{\"a\":none}",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":0x10}",
        "{\"a\":1_0}",
        "{\"a\":-01}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-Infinity}",
        "{\"a\":1-2}",
        "{\"a\":1.2.3}",
        "{\"a\":00}",
        "{\"a\":1\f}",
        "{\"a\":\f1}",
        "{\"a\":1\x1a}",
        /* bytes that stick to a token */
        "{\"a\"b:1}",
        "{\"a\":\"b\"c}",
        "{\"a\":tru\"e\"}",
        "{\"a\":1\"2\"}",
        "{x\"a\":1}",
        "{\"a\":\"b\"\"c\"}",
        "{\"a\":true\"\"}",
        "{\"a\":nullnull}",
        /* strings */
        "{\"a",
        "{\"a\":\"b",
        "{\"a\":\"b\\\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u\"}",
        "{\"a\":\"\\\"",
        "{\"a\":\"x\ty\"}",
        "{\"a\":\"x\ny\"}",
        "{\"a\":\"\x01\"}",
        "{\"\\q\":1}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xe2\x82\"}",
        "{\"\x80\":1}",
        "{\"a\":\"\xf4\x90\x80\x80\"}",
        "{\"a\":1}\xff",
        /* nested */
        "{\"a\":[}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":[1]",
        "{\"a\":{]}",
        "{\"a\":{\"b\"}}",
        "{\"a\":{\"b\":}}",
        "{\"a\":{\"b\":1,}}",
        "{\"a\":{,}}",
        "{\"a\":{1}}",
        "{\"a\":[tru]}",
        "{\"a\":[01]}",
        "{\"a\":{\"b\":[\"\\x\"]}}",
        "{\"a\":[[]}",
        "{\"a\":[]]}",
        "{\"a\":{\"b\":{}}",
        "{\"a\":[\"b\":1]}",
        "{\"a\":[:]}",
        "{\"a\":{\"b\":{\"c\":nope}}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (read_all(texts[i], strlen(texts[i]), NULL) != STATUS_BAD)
            fail_msg("well-formed? %s", texts[i]);
    assert_int_equal(read_all("{\"a\":\"x\0y\"}", 11, NULL), STATUS_BAD);
    assert_int_equal(read_all("{\"a\":1\0}", 8, NULL), STATUS_BAD);
    assert_int_equal(read_all("{\"a\":1}\0", 8, NULL), STATUS_BAD);
}

/* What machines write is read a quick way; with blanks around it, the same text is read closely. */
static void blanks_change_no_verdict_and_no_value(void **state)
{
    (void)state;
    static const char letters[] = "019-+.eEa\"{}";
    struct buffer tight = { 0 }, wide = { 0 };
    unsigned good = 0;
    for (unsigned length = 1; length <= 4; length++) {
        unsigned all = 1;
        for (unsigned i = 0; i < length; i++)
            all *= sizeof letters - 1;
        for (unsigned number = 0; number < all; number++) {
            char value[5] = "", text[64], spaced[64];
            for (unsigned i = 0, rest = number; i < length; i++, rest /= sizeof letters - 1)
                value[i] = letters[rest % (sizeof letters - 1)];
            buffer_clear(&tight);
            buffer_clear(&wide);
            int n = snprintf(text, sizeof text, "{\"a\":%s,\"b\":1}", value);
            int m = snprintf(spaced, sizeof spaced, "{ \"a\" : %s , \"b\" : 1 }", value);
            enum status s = read_all(text, (size_t)n, &tight);
            assert_int_equal(s, read_all(spaced, (size_t)m, &wide));
            if (s != STATUS_END)
                continue;
            good++;
            assert_true(span_equal(buffer_span(&tight), buffer_span(&wide)));
        }
    }
    assert_true(good > 100);
    buffer_fini(&tight);
    buffer_fini(&wide);
}

static void numbers_of_every_length_are_read_alike(void **state)
{
    (void)state;
    struct buffer tight = { 0 }, wide = { 0 };
    for (size_t n = 1; n < 40; n++) {
        for (size_t at = 0; at < n; at++) {
            static const char odd[] = "1.-e0 x\"";
            for (size_t k = 0; k < sizeof odd - 1; k++) {
                char digits[64], text[128], spaced[128];
                memset(digits, '1', n);
                digits[at] = odd[k];
                int a = snprintf(text, sizeof text, "{\"a\":%.*s}", (int)n, digits);
                int b = snprintf(spaced, sizeof spaced, "{\"a\" : %.*s }", (int)n, digits);
                buffer_clear(&tight);
                buffer_clear(&wide);
                assert_int_equal(read_all(text, (size_t)a, &tight), read_all(spaced, (size_t)b, &wide));
                assert_true(span_equal(buffer_span(&tight), buffer_span(&wide)));
            }
        }
    }
    buffer_fini(&tight);
    buffer_fini(&wide);
}

/* All members at once: the last one of a key, no nulls, and the verdict of the way one by one. */
static void an_object_read_at_once_is_what_its_members_are(void **state)
{
    (void)state;
    static const struct key words[] = { { "a", 0 }, { "id.orig_h", 70 }, { "b", 3 } };
    static const char *const texts[] = { "{\"a\":1,\"id.orig_h\":\"x\",\"c\":[1],\"a\":2}#a=2 h=x b=",
                                         "{\"a\":1,\"b\":true,\"a\":null}#a= h= b=true",
                                         "{}#a= h= b=",
                                         " { \"b\" : {\"a\":1} } #a= h= b={\"a\":1}",
                                         "{\"a\":\"\\u0041\",\"b\":\"\\n\"}#a=A h= b=\n",
                                         "{\"a\":1}}#",
                                         "{\"a\":1,}#",
                                         "{\"a\":1,\"c\":tru}#",
                                         "{\"a\":1 \"b\":1}#",
                                         "{\"a\":1}{#",
                                         "{\"a\":1,\"b\":\"x#",
                                         "[1]#",
                                         "#" };
    struct keys *keys = keys_new(words, 3);
    struct json_reader *r = json_reader_new();
    struct json_value *cell = calloc(128, sizeof *cell);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *want = strchr(texts[i], '#') + 1;
        size_t n = (size_t)(want - texts[i]) - 1;
        char *copy = calloc(1, n + 64);
        memcpy(copy, texts[i], n);
        uint64_t present[2] = { 77, 77 };
        bool good = json_read(r, span_of(copy, n), keys, cell, present, 2);
        assert_int_equal(good, *want != '\0');
        if (good) {
            struct buffer out = { 0 };
            static const struct {
                const char *name;
                unsigned number;
            } shown[] = { { "a", 0 }, { " h", 70 }, { " b", 3 } };
            for (unsigned k = 0; k < 3; k++) {
                bool has = present[shown[k].number / 64] >> shown[k].number % 64 & 1;
                buffer_append_format(&out, "%s=", shown[k].name);
                if (has)
                    buffer_append_span(&out, cell[shown[k].number].text);
            }
            assert_true(span_is(buffer_span(&out), want));
            buffer_fini(&out);
        }
        free(copy);
    }
    free(cell);
    json_reader_free(&r);
    keys_free(&keys);
}

static void nesting_is_bounded_and_costs_no_stack(void **state)
{
    (void)state;
    enum { DEEP = 200000 };
    struct buffer b = { 0 };
    for (int depth = 1000; depth <= DEEP; depth += DEEP - 1000) {
        buffer_clear(&b);
        buffer_append_format(&b, "{\"a\":");
        for (int i = 0; i < depth; i++)
            buffer_append_byte(&b, '[');
        for (int i = 0; i < depth; i++)
            buffer_append_byte(&b, ']');
        buffer_append_byte(&b, '}');
        assert_int_equal(read_all(b.p, b.n, NULL), depth == 1000 ? STATUS_END : STATUS_BAD);
    }
    buffer_fini(&b);
}

static void every_cut_of_an_object_is_malformed(void **state)
{
    (void)state;
    static const char text[] =
        "{\"_path\":\"conn\",\"n\":[1,{\"a\":null}],\"t\":true,\"d\":-1.5e3,\"s\":\"\\u00e9\\\\\"}";
    assert_int_equal(read_all(text, sizeof text - 1, NULL), STATUS_END);
    for (size_t n = 0; n < sizeof text - 1; n++)
        assert_int_equal(read_all(text, n, NULL), STATUS_BAD);
}

static void a_reader_goes_on_after_malformed_and_after_larger_objects(void **state)
{
    (void)state;
    struct json_reader *r = json_reader_new();
    struct span key;
    struct json_value value;
    struct buffer b = { 0 };
    buffer_append_format(&b, "{\"a\":\"%0200000d\"}", 7);
    buffer_reserve(&b, 64);
    char small[80] = "{\"a\":7}", broken[80] = "{\"a\":x}";
    for (int i = 0; i < 3; i++) {
        assert_int_equal(json_open(r, span_of(broken, 7)), STATUS_OK);
        assert_int_equal(json_next(r, &key, &value), STATUS_BAD);
        assert_int_equal(json_open(r, span_of(small, 7)), STATUS_OK);
        assert_int_equal(json_next(r, &key, &value), STATUS_OK);
        assert_true(span_is(value.text, "7"));
        assert_int_equal(json_next(r, &key, &value), STATUS_END);
        assert_int_equal(json_open(r, buffer_span(&b)), STATUS_OK);
        assert_int_equal(json_next(r, &key, &value), STATUS_OK);
        assert_int_equal(value.text.n, 200000);
        assert_int_equal(json_next(r, &key, &value), STATUS_END);
    }
    json_reader_free(&r);
    buffer_fini(&b);
}

static void a_byte_order_mark_before_the_object_is_passed_over(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf{\"a\":1}", "a=n:1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_come_in_the_order_in_which_they_stand),
        cmocka_unit_test(numbers_stay_as_they_are_written),
        cmocka_unit_test(escapes_are_resolved),
        cmocka_unit_test(half_a_surrogate_pair_is_a_replacement_character),
        cmocka_unit_test(a_zero_byte_by_escape_is_part_of_the_text),
        cmocka_unit_test(texts_of_several_values_live_together),
        cmocka_unit_test(what_is_no_object_to_its_end_is_malformed),
        cmocka_unit_test(blanks_change_no_verdict_and_no_value),
        cmocka_unit_test(numbers_of_every_length_are_read_alike),
        cmocka_unit_test(an_object_read_at_once_is_what_its_members_are),
        cmocka_unit_test(nesting_is_bounded_and_costs_no_stack),
        cmocka_unit_test(every_cut_of_an_object_is_malformed),
        cmocka_unit_test(a_reader_goes_on_after_malformed_and_after_larger_objects),
        cmocka_unit_test(a_byte_order_mark_before_the_object_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
