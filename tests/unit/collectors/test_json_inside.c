/* Escapes in strings, and what is inside of an object that has been read. */
#include "formats/json.h"

#include "common/buffer.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* `raw` with an escape for each quote, backslash and line feed. */
static void append_escaped(struct buffer *to, struct span raw)
{
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\n') {
            buffer_append(to, "\\n", 2);
            continue;
        }
        if (raw.p[i] == '"' || raw.p[i] == '\\')
            buffer_append_byte(to, '\\');
        buffer_append_byte(to, raw.p[i]);
    }
}

static void escapes_may_stand_anywhere(void **state)
{
    (void)state;
    static const char specials[] = "\"\\\n";
    struct buffer text = { 0 };
    struct json_reader *r = json_reader_new();
    for (size_t n = 1; n < 70; n++) {
        for (size_t at = 0; at < n; at++) {
            char raw[2][70];
            memset(raw, 'x', sizeof raw);
            raw[0][at] = specials[n % 3];
            raw[0][at * 7 % n] = specials[at % 3];
            raw[1][n - 1 - at] = specials[(n + at) % 3];
            buffer_clear(&text);
            buffer_append_span(&text, SPAN_LITERAL("{\"plain\":1,\""));
            append_escaped(&text, span_of(raw[0], n));
            buffer_append_span(&text, SPAN_LITERAL("\":\""));
            append_escaped(&text, span_of(raw[1], n));
            buffer_append_span(&text, SPAN_LITERAL("\",\"none\":\"y\"}"));
            struct span key;
            struct json_value value;
            assert_int_equal(json_open(r, buffer_span(&text)), STATUS_OK);
            assert_int_equal(json_next(r, &key, &value), STATUS_OK);
            assert_int_equal(json_next(r, &key, &value), STATUS_OK);
            assert_true(span_equal(key, span_of(raw[0], n)) && span_equal(value.text, span_of(raw[1], n)));
            assert_int_equal(json_next(r, &key, &value), STATUS_OK);
            assert_true(span_is(key, "none") && span_is(value.text, "y"));
            assert_int_equal(json_next(r, &key, &value), STATUS_END);
        }
    }
    json_reader_free(&r);
    buffer_fini(&text);
}

/* The members to the object's end, as "key=kind:text ". */
static void show_members(struct json_reader *r, struct buffer *out)
{
    struct span key;
    struct json_value value;
    enum status s;
    buffer_append(out, "", 0);
    while ((s = json_next(r, &key, &value)) == STATUS_OK)
        buffer_append_format(out, "%.*s=%c:%.*s ", (int)key.n, key.p, "0ftns[{"[value.kind], (int)value.text.n,
                             value.text.p);
    assert_int_equal(s, STATUS_END);
}

static void an_object_inside_is_entered_as_if_it_stood_alone(void **state)
{
    (void)state;
    static const char text[] = "{\"t\":\"\\\"q\\\"\",\"a\":{\"x\":\"\\n\",\"y\":{\"z\":1} , \"s\":\"\\\\\"},\"b\":{ },"
                               "\"c\":{\"only\":[1,{\"k\":\"\\t\"}]} }"
                               "                                                                ";
    struct json_reader *r = json_reader_new(), *other = json_reader_new();
    struct span key, object[3];
    struct json_value value, first;
    unsigned n = 0;
    assert_int_equal(json_open(r, span_of(text, sizeof text - 65)), STATUS_OK);
    assert_int_equal(json_next(r, &key, &first), STATUS_OK);
    while (json_next(r, &key, &value) == STATUS_OK)
        object[n++] = value.text;
    assert_int_equal(n, 3);
    for (unsigned i = 0; i < n; i++) {
        struct buffer alone = { 0 }, entered = { 0 };
        assert_int_equal(json_open(other, object[i]), STATUS_OK);
        show_members(other, &alone);
        json_enter(r, object[i]);
        show_members(r, &entered);
        assert_true(span_equal(buffer_span(&alone), buffer_span(&entered)));
        assert_true(span_is(first.text, "\"q\""));
        buffer_fini(&alone);
        buffer_fini(&entered);
    }
    json_reader_free(&other);
    json_reader_free(&r);
}

static void what_may_be_an_object_inside_is_told_of_the_unit_that_was_read(void **state)
{
    (void)state;
    static const char text[] =
        "{\"n\":1,\"o\":{\"p\":{}},\"s\":\"{\",\"b\":\" x\",\"e\":\"\\n{\",\"t\":\"x\",\"l\":[{}],\"z\":null}"
        "                                                                ";
    struct key word = { "o.p", 0 };
    struct keys *keys = keys_new(&word, 1);
    struct json_reader *r = json_reader_new();
    struct json_value cell;
    uint64_t present;
    struct span unit = span_of(text, sizeof text - 65);
    assert_null(json_nested_of(r, unit));
    assert_true(json_read(r, unit, keys, &cell, &present, 1));
    const struct json_nested *nested = json_nested_of(r, unit);
    assert_non_null(nested);
    assert_int_equal(nested->n, 4);
    static const char *const names[] = { "o", "s", "b", "e" };
    for (unsigned i = 0; i < nested->n; i++)
        assert_true(span_is(nested->member[i].key, names[i]));
    assert_null(json_nested_of(r, span_of(unit.p, unit.n - 1)));
    json_forget(r);
    assert_null(json_nested_of(r, unit));
    assert_false(json_read(r, span_of(unit.p, unit.n - 1), keys, &cell, &present, 1));
    assert_null(json_nested_of(r, span_of(unit.p, unit.n - 1)));
    json_reader_free(&r);
    keys_free(&keys);
}

/* Texts that are unescaped both on the way to a key and where their object is entered have room for both. */
static void long_texts_are_unescaped_twice(void **state)
{
    (void)state;
    struct key word = { "o.t", 0 };
    struct keys *keys = keys_new(&word, 1);
    struct buffer unit = { 0 }, raw = { 0 };
    for (size_t n = 3960; n < 4120; n += 3) { /* about as long as the least that the reader makes room for */
        struct json_reader *r = json_reader_new();
        struct json_value cell, value;
        uint64_t present;
        struct span key;
        buffer_clear(&raw);
        while (raw.n < n)
            buffer_append_byte(&raw, raw.n == n / 2 ? '\n' : 'x');
        buffer_clear(&unit);
        buffer_append_span(&unit, SPAN_LITERAL("{\"o\":{\"t\":\""));
        append_escaped(&unit, buffer_span(&raw));
        buffer_append_span(&unit, SPAN_LITERAL("\"}}"));
        struct span text = buffer_span(&unit);
        assert_true(json_read(r, text, keys, &cell, &present, 1));
        assert_true(present == 1 && span_equal(cell.text, buffer_span(&raw)));
        const struct json_nested *nested = json_nested_of(r, text);
        assert_true(nested && nested->n == 1);
        json_enter(r, nested->member[0].value.text);
        assert_int_equal(json_next(r, &key, &value), STATUS_OK);
        assert_true(span_is(key, "t") && span_equal(value.text, buffer_span(&raw)));
        assert_int_equal(json_next(r, &key, &value), STATUS_END);
        assert_true(span_equal(cell.text, buffer_span(&raw)));
        json_reader_free(&r);
    }
    buffer_fini(&unit);
    buffer_fini(&raw);
    keys_free(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_may_stand_anywhere),
        cmocka_unit_test(an_object_inside_is_entered_as_if_it_stood_alone),
        cmocka_unit_test(what_may_be_an_object_inside_is_told_of_the_unit_that_was_read),
        cmocka_unit_test(long_texts_are_unescaped_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
