#include "yaml_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void expect_finding(const char *text, const char *wanted)
{
    struct arena a = { 0 };
    struct findings f = { .file = "m.yaml" };
    tree_parse(&a, span_text(text), &f);
    buffer_append_byte(&f.text, '\0');
    if (f.n == 0 || !strstr(f.text.p, wanted))
        fail_msg("\"%s\" gives \"%s\", expected \"%s\"", text, f.text.p, wanted);
    findings_fini(&f);
    arena_fini(&a);
}

static void a_tree_knows_the_place_of_everything(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct findings f = { .file = "m.yaml" };
    struct tree_node *root = tree_parse(&a, span_text("one: text\ntwo: [a, \"\"]\nthree: { x: 1 }\n"), &f);
    assert_int_equal(f.n, 0);
    assert_non_null(root);
    assert_int_equal(root->n, 3);
    struct tree_node *two = tree_member(root, "two");
    assert_int_equal(two->kind, TREE_LIST);
    assert_int_equal(two->n, 2);
    assert_int_equal(two->at.line, 2);
    assert_int_equal(two->at.column, 6);
    assert_int_equal(two->key->at.column, 1);
    assert_true(two->first->plain);
    assert_false(two->first->next->plain);
    assert_int_equal(two->first->next->text.n, 0);
    struct tree_node *x = tree_member(tree_member(root, "three"), "x");
    assert_true(span_is(x->text, "1"));
    assert_int_equal(x->at.line, 3);
    assert_int_equal(x->at.column, 13);
    assert_null(tree_member(root, "four"));
    assert_null(tree_member(x, "y"));
    arena_fini(&a);
}

static void keys_come_once(void **state)
{
    (void)state;
    expect_finding("a: 1\nb: 2\na: 3\n", "m.yaml:3:1: a: expected each key once; the first is in line 1");
    expect_finding("? [x]\n: 1\n", "m.yaml:1:3: a key that is a list: expected a text");
}

static void only_plain_data_is_taken(void **state)
{
    (void)state;
    expect_finding("a: &x 1\nb: *x\n", "m.yaml:1:4: an anchor");
    expect_finding("b: *x\n", "m.yaml:1:4: an alias");
    expect_finding("a: !!int 1\n", "m.yaml:1:4: a tag");
    expect_finding("a: &x [1]\n", "an anchor");
    expect_finding("a: !t { b: 1 }\n", "a tag");
    expect_finding("a: 1\n---\nb: 1\n", "m.yaml:2:1: a second document");
}

static void broken_files_are_said_with_their_place(void **state)
{
    (void)state;
    expect_finding("a: [1, 2\nb: 3\n", "m.yaml:2:");
    expect_finding("a: \"x\n", "expected YAML");
    expect_finding("\ta: 1\n", "m.yaml:1:");
    expect_finding("a: \xff\n", "expected UTF-8 text");
    expect_finding("", "nothing is in this file");
    expect_finding("# only words\n", "nothing is in this file");
}

static void size_and_nesting_are_bounded(void **state)
{
    (void)state;
    struct buffer text = { 0 };
    for (unsigned i = 0; i < 200; i++)
        buffer_append_byte(&text, '[');
    buffer_append_byte(&text, '\0');
    expect_finding(text.p, "nested too deeply");
    buffer_clear(&text);
    for (unsigned i = 0; i < 5000; i++)
        buffer_append_format(&text, "k%u: 1\n", i);
    buffer_append_byte(&text, '\0');
    expect_finding(text.p, "too many keys in one mapping");
    buffer_clear(&text);
    buffer_append_byte(&text, '[');
    for (unsigned i = 0; i < TREE_NODES_MAX + 10; i++)
        buffer_append_format(&text, "1,");
    buffer_append_format(&text, "1]%c", '\0');
    expect_finding(text.p, "too many values");
    buffer_clear(&text);
    while (text.n <= TREE_BYTES_MAX)
        buffer_append_format(&text, "# much to say and nothing said\n");
    buffer_append_byte(&text, '\0');
    expect_finding(text.p, "expected at most 1048576");
    buffer_fini(&text);
}

static void texts_may_hold_any_byte(void **state)
{
    (void)state;
    struct arena a = { 0 };
    struct findings f = { .file = "m.yaml" };
    struct tree_node *root = tree_parse(&a, span_text("\"a\\0b\": \"c\\0\"\n"), &f);
    assert_non_null(root);
    assert_int_equal(root->first->key->text.n, 3);
    assert_int_equal(root->first->text.n, 2);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_knows_the_place_of_everything),
        cmocka_unit_test(keys_come_once),
        cmocka_unit_test(only_plain_data_is_taken),
        cmocka_unit_test(broken_files_are_said_with_their_place),
        cmocka_unit_test(size_and_nesting_are_bounded),
        cmocka_unit_test(texts_may_hold_any_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
