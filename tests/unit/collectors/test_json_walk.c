#include "formats/json_walk.h"

#include "common/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Every element as `KEY=KIND:TEXT;`, of a copy that ends where the text does. */
static void expect_walk(const char *text, const char *expected)
{
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1);
    memcpy(copy, text, n);
    struct buffer out = { 0 };
    struct span key;
    struct json_value v;
    for (struct json_walk w = json_walk_of(span_of(copy, n)); json_walk_next(&w, &key, &v);)
        buffer_append_format(&out, "%.*s=%d:%.*s;", (int)key.n, key.p, (int)v.kind, (int)v.text.n, v.text.p);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.p, expected);
    buffer_fini(&out);
    free(copy);
}

static void arrays_give_their_elements(void **state)
{
    (void)state;
    expect_walk("[]", "");
    expect_walk(" [ ] ", "");
    expect_walk("[\"a,b\",\"\",\"q\\\"\\\\\"]", "=4:a,b;=4:;=4:q\\\"\\\\;");
    expect_walk("[1, -2.5e3 ,true,false,null]", "=3:1;=3:-2.5e3;=2:true;=1:false;=0:;");
    expect_walk("[[1,[2]],{\"a\":\"]\"}\n,\r\n3]", "=5:[1,[2]];=6:{\"a\":\"]\"};=3:3;");
}

static void objects_give_their_members(void **state)
{
    (void)state;
    expect_walk("{}", "");
    expect_walk("{\"a\":1,\"b\" : \"x\", \"c\":[{}],\"d\":{\"a\":[]}}", "a=3:1;b=4:x;c=5:[{}];d=6:{\"a\":[]};");
}

static void every_value_lies_in_the_text(void **state)
{
    (void)state;
    const char *text = "[null,\"\",[],{},0]";
    struct span key;
    struct json_value v;
    const char *before = text;
    for (struct json_walk w = json_walk_of(span_text(text)); json_walk_next(&w, &key, &v); before = v.text.p)
        assert_true(v.text.p > before && v.text.p < text + strlen(text));
    assert_true(before > text);
}

static void other_text_ends(void **state)
{
    (void)state;
    expect_walk("", "");
    expect_walk("12", "");
    expect_walk("\"[1]\"", "");
    expect_walk("[", "");
    expect_walk("[\"a", "=4:a;");
    expect_walk("[\"", "=4:;");
    expect_walk("[[1", "=5:[1;");
    expect_walk("{\"a\"", "");
    expect_walk("{\"a\":", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_give_their_elements),
        cmocka_unit_test(objects_give_their_members),
        cmocka_unit_test(every_value_lies_in_the_text),
        cmocka_unit_test(other_text_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
