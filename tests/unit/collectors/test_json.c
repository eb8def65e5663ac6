#include "formats/json.h"

#include "common/buffer.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void expect_path(const char *text, const char *path, const char *expected)
{
    struct key word = { path, 0 };
    struct keys *keys = keys_new(&word, 1);
    struct json_reader *r = json_reader_new();
    struct json_value cell;
    uint64_t present;
    size_t n = strlen(text);
    char *copy = calloc(1, n + 64);
    memcpy(copy, text, n);
    assert_true(json_read(r, span_of(copy, n), keys, &cell, &present, 1));
    assert_int_equal(present, expected ? 1 : 0);
    if (expected && !span_is(cell.text, expected))
        fail_msg("%s in %s: %.*s", path, text, (int)cell.text.n, cell.text.p);
    free(copy);
    json_reader_free(&r);
    keys_free(&keys);
}

static void a_key_with_dots_is_a_path_too(void **state)
{
    (void)state;
    expect_path("{\"id.h\":1}", "id.h", "1");
    expect_path("{\"id\":{\"h\":2}}", "id.h", "2");
    expect_path("{\"id\" : {\"x\":[{\"h\":7}], \"h\" : \"2\" } }", "id.h", "2");
    expect_path("{\"id.h\":1,\"id\":{\"h\":2}}", "id.h", "2");
    expect_path("{\"id\":{\"h\":2},\"id.h\":1}", "id.h", "1");
    expect_path("{\"id\":{\"h\":2,\"h\":null}}", "id.h", NULL);
    expect_path("{\"id\":{\"h\":2},\"id\":null}", "id.h", "2");
    expect_path("{\"id\":{\"h\":2},\"id\":{}}", "id.h", "2");
    expect_path("{\"a.b\":{\"c\":1}}", "a.b.c", "1");
    expect_path("{\"a\":{\"b.c\":1}}", "a.b.c", "1");
    expect_path("{\"a\":{\"b\":{\"c\":{\"d\":[1]}}}}", "a.b.c", "{\"d\":[1]}");
    expect_path("{\"x\":{\"id\":{\"h\":2}}}", "id.h", NULL);
    expect_path("{\"id\":{\"h\":{\"x\":2}}}", "id.h.x.y", NULL);
    expect_path("{\"id\":\"h\"}", "id.h", NULL);
}

static void elements_of_arrays_have_numbers_as_names(void **state)
{
    (void)state;
    expect_path("{\"a\":[{\"b\":1},{\"b\":2}]}", "a.1.b", "2");
    expect_path("{\"a\":[[],[1,[2,3]]]}", "a.1.1.0", "2");
    expect_path("{\"a\":[0,1,2,3,4,5,6,7,8,9,\"x\"]}", "a.10", "x");
    expect_path("{\"a\":[]}", "a.0", NULL);
    expect_path("{\"a\":[null]}", "a.0", NULL);
    expect_path("{\"a\":{\"0\":1}}", "a.0", "1");
    expect_path("{\"a\":\"[1,2]\"}", "a.1", "2");
}

static void json_in_strings_is_entered_twice_deep(void **state)
{
    (void)state;
    expect_path("{\"a\":\"{\\\"b\\\":\\\"\\\\u0041\\\"}\"}", "a.b", "A");
    expect_path("{\"a\":\"{\\\"b\\\":1}\"}", "a", "{\"b\":1}");
    expect_path("{\"a\":\"{}\"}", "a.b", NULL);
    expect_path("{\"a\":\" {\\\"b\\\":1}\"}", "a.b", NULL);
    expect_path("{\"a\":\"{\\\"b\\\":1\"}", "a.b", NULL);
    expect_path("{\"a\":\"{\\\"b\\\":1,\\\"c\\\":tru}\"}", "a.b", NULL);
    expect_path("{\"a\":\"{\\\"b\\\":1}x\"}", "a.b", NULL);
    expect_path("{\"a\":[\"{\\\"b\\\":\\\"[1,2]\\\"}\"]}", "a.0.b.1", "2");
    expect_path("{\"a\":\"[\\\"[\\\\\\\"[1]\\\\\\\"]\\\"]\"}", "a.0.0", "[1]");
    expect_path("{\"a\":\"[\\\"[\\\\\\\"[1]\\\\\\\"]\\\"]\"}", "a.0.0.0", NULL);
}

/* Broken structure is found on a path as beside it. */
static void what_is_malformed_on_a_path_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = { "{\"a\":{\"b\":tru}}",    "{\"a\":{\"b\":1,}}",
                                         "{\"a\":{\"b\":1}",       "{\"a\":{\"b\":1]}",
                                         "{\"a\":{\"b\":1 2}}",    "{\"a\":{\"b\":[1,]}}",
                                         "{\"a\":{\"b\":[}}",      "{\"a\":{\"b\":[1}}",
                                         "{\"a\":{\"b\"}}",        "{\"a\":{,}}",
                                         "{\"a\":{\"b\":{\"c\"}}", "{\"a\":{\"b\":\"\\x\"}}",
                                         "{\"a\":{\"b\":1}}}",     "{\"a\":{",
                                         "{\"a\":{\"b\":1},}",     "{\"a\":{\"x\":{\"y\"}}}" };
    static const struct key words[] = { { "a.b.0", 0 } };
    struct keys *keys = keys_new(words, 1);
    struct json_reader *r = json_reader_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json_value cell;
        uint64_t present;
        size_t n = strlen(texts[i]);
        char *copy = calloc(1, n + 64);
        memcpy(copy, texts[i], n);
        if (json_read(r, span_of(copy, n), keys, &cell, &present, 1))
            fail_msg("well-formed? %s", texts[i]);
        free(copy);
    }
    json_reader_free(&r);
    keys_free(&keys);
}

/* Nested 1024 deep is the most, however much of it a path goes through. */
static void depth_is_the_same_on_a_path(void **state)
{
    (void)state;
    static const struct key words[] = { { "a.0.0.0", 0 }, { "x.0", 1 } };
    struct keys *keys = keys_new(words, 2);
    struct json_reader *r = json_reader_new();
    for (int depth = 1023; depth <= 1026; depth++)
        for (int on_path = 0; on_path < 2; on_path++) {
            struct buffer b = { 0 };
            buffer_append_format(&b, "{\"%s\":", on_path ? "a" : "b");
            for (int i = 0; i < depth; i++)
                buffer_append_byte(&b, '[');
            for (int i = 0; i < depth; i++)
                buffer_append_byte(&b, ']');
            buffer_append_byte(&b, '}');
            size_t n = b.n;
            buffer_reserve(&b, 64);
            struct json_value cell[2];
            uint64_t present;
            assert_int_equal(json_read(r, span_of(b.p, n), keys, cell, &present, 1), depth <= 1024);
            buffer_fini(&b);
        }
    json_reader_free(&r);
    keys_free(&keys);
}

/* ---- against a plain model: a random object is written together with the flat list of all that it holds */

enum { FLAT_MAX = 4000, PATHS = 12 };

struct flat {
    unsigned n;
    struct {
        char *path;
        char kind;
        char *text;
    } at[FLAT_MAX];
};

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(random_state >> 33) % n;
}

static void write_string(struct buffer *b, struct span text)
{
    buffer_append_byte(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buffer_append_format(b, "\\%c", text.p[i]);
        else if (random_below(20) == 0)
            buffer_append_format(b, "\\u%04x", (unsigned)text.p[i]);
        else
            buffer_append_byte(b, text.p[i]);
    }
    buffer_append_byte(b, '"');
}

static void write_blanks(struct buffer *b)
{
    while (random_below(12) == 0)
        buffer_append_byte(b, ' ');
}

/* strings: how many strings around this value are read as JSON; entered: all on the way were. */
static void write_value(struct buffer *b, struct flat *flat, const char *path, unsigned depth, unsigned strings,
                        bool entered);

static void write_container(struct buffer *b, struct flat *flat, const char *path, unsigned depth, unsigned strings,
                            bool entered, bool object)
{
    static const char *const names[] = { "a", "b", "a.b", "0", "1", "zz" };
    buffer_append_byte(b, object ? '{' : '[');
    unsigned n = random_below(depth == 0 ? 8 : 4);
    for (unsigned i = 0; i < n; i++) {
        char name[16], child[200];
        snprintf(name, sizeof name, "%u", i);
        const char *key = object ? names[random_below(6)] : name;
        snprintf(child, sizeof child, "%s%s%s", path, *path ? "." : "", key);
        write_blanks(b);
        if (object) {
            write_string(b, span_text(key));
            write_blanks(b);
            buffer_append_byte(b, ':');
        }
        write_blanks(b);
        write_value(b, flat, child, depth + 1, strings, entered);
        write_blanks(b);
        if (i + 1 < n)
            buffer_append_byte(b, ',');
    }
    buffer_append_byte(b, object ? '}' : ']');
}

static void note(struct flat *flat, const char *path, char kind, struct span text)
{
    assert_true(flat->n < FLAT_MAX);
    flat->at[flat->n].path = strdup(path);
    flat->at[flat->n].kind = kind;
    flat->at[flat->n++].text = strndup(text.n ? text.p : "", text.n);
}

static void write_value(struct buffer *b, struct flat *flat, const char *path, unsigned depth, unsigned strings,
                        bool entered)
{
    static const char *const plain[] = { "1", "-2.5e3", "true", "false", "null", "123456" };
    unsigned kind = depth > 5 ? random_below(7) : random_below(16);
    size_t from = b->n;
    struct buffer inner = { 0 };
    buffer_append(&inner, "", 0);
    if (kind < 6) {
        buffer_append_format(b, "%s", plain[kind]);
        if (entered)
            note(flat, path, "nntf0n"[kind], kind == 4 ? span_of("", 0) : span_text(plain[kind]));
    } else if (kind < 8) {
        write_string(b, span_text("x\"{"));
        if (entered)
            note(flat, path, 's', span_text("x\"{"));
    } else if (kind < 12) {
        write_container(b, flat, path, depth, strings, entered, kind < 11);
        if (entered)
            note(flat, path, kind < 11 ? '{' : '[', span_of(b->p + from, b->n - from));
    } else {
        bool broken = random_below(6) == 0;
        write_container(&inner, flat, path, depth, strings + 1, entered && !broken && strings < 2, kind < 15);
        if (broken)
            buffer_append_byte(&inner, "}],x"[random_below(4)]);
        write_string(b, buffer_span(&inner));
        if (entered)
            note(flat, path, 's', buffer_span(&inner));
    }
    buffer_fini(&inner);
}

static void compare_with_model(struct json_reader *r, const struct flat *flat, struct span unit,
                               const struct keys *keys, const struct key *words, unsigned n)
{
    struct json_value cell[PATHS];
    uint64_t present;
    assert_true(json_read(r, unit, keys, cell, &present, 1));
    for (unsigned w = 0; w < n; w++) {
        unsigned last = flat->n;
        while (last > 0 && strcmp(flat->at[last - 1].path, words[w].name) != 0)
            last--;
        bool has = last > 0 && flat->at[last - 1].kind != '0';
        bool good = (present >> w & 1) == has;
        if (good && has)
            good = "0ftns[{"[cell[w].kind] == flat->at[last - 1].kind && span_is(cell[w].text, flat->at[last - 1].text);
        if (!good)
            fail_msg("%s in %.*s", words[w].name, (int)unit.n, unit.p);
    }
}

static void paths_find_what_a_plain_model_finds(void **state)
{
    (void)state;
    static const char *const parts[] = { "a", "b", "0", "1" };
    struct json_reader *r = json_reader_new();
    struct flat *flat = calloc(1, sizeof *flat);
    for (unsigned round = 0; round < 3000; round++) {
        random_state = round;
        char names[PATHS][40];
        struct key words[PATHS];
        unsigned n = 0;
        while (n < PATHS) {
            size_t length = (size_t)snprintf(names[n], sizeof *names, "%s", parts[random_below(2)]);
            for (unsigned more = random_below(5); more > 0; more--)
                length += (size_t)snprintf(names[n] + length, sizeof *names - length, ".%s", parts[random_below(4)]);
            bool known = false;
            for (unsigned i = 0; i < n; i++)
                known |= strcmp(names[i], names[n]) == 0;
            words[n] = (struct key){ names[n], n };
            n += !known;
        }
        struct buffer b = { 0 };
        write_container(&b, flat, "", 0, 0, true, true);
        size_t size = b.n;
        char *copy = calloc(1, size + 64);
        memcpy(copy, b.p, size);
        struct keys *keys = keys_new(words, PATHS);
        compare_with_model(r, flat, span_of(copy, size), keys, words, PATHS);
        keys_free(&keys);
        free(copy);
        buffer_fini(&b);
        for (; flat->n > 0; flat->n--) {
            free(flat->at[flat->n - 1].path);
            free(flat->at[flat->n - 1].text);
        }
    }
    free(flat);
    json_reader_free(&r);
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
        cmocka_unit_test(a_key_with_dots_is_a_path_too),
        cmocka_unit_test(elements_of_arrays_have_numbers_as_names),
        cmocka_unit_test(json_in_strings_is_entered_twice_deep),
        cmocka_unit_test(what_is_malformed_on_a_path_is_malformed),
        cmocka_unit_test(depth_is_the_same_on_a_path),
        cmocka_unit_test(paths_find_what_a_plain_model_finds),
        cmocka_unit_test(nesting_is_bounded_and_costs_no_stack),
        cmocka_unit_test(every_cut_of_an_object_is_malformed),
        cmocka_unit_test(a_reader_goes_on_after_malformed_and_after_larger_objects),
        cmocka_unit_test(a_byte_order_mark_before_the_object_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
