#include "compile.h"

static const struct {
    const char *key;
    enum test_kind kind;
    bool negated, list_only, not_empty;
} test_keys[] = {
    { "is", TEST_EQUALS, false, false, false },
    { "not", TEST_EQUALS, true, false, false },
    { "in", TEST_EQUALS, false, true, false },
    { "not_in", TEST_EQUALS, true, true, false },
    { "is_any_case", TEST_EQUALS_ANY_CASE, false, false, false },
    { "starts", TEST_STARTS, false, false, true },
    { "contains", TEST_CONTAINS, false, false, true },
    { "has", TEST_HAS, false, false, true },
    { "empty", TEST_EQUALS, false, false, false },
};
enum { TEST_KEYS = sizeof test_keys / sizeof test_keys[0] };

static bool add_text(struct compiler *c, const struct tree_node *n, const char *what, bool not_empty, struct test *t)
{
    struct span text;
    if (!compile_text(c, n, what, &text))
        return false;
    if (not_empty && text.n == 0) {
        findings_add(c->findings, n->at, "%s: expected a text that is not empty", what);
        return false;
    }
    t->texts[t->n++] = t->kind == TEST_EQUALS ? text : text_lower(text, c->arena);
    return true;
}

/* A text, or a list of texts of which any will do. */
static bool compile_texts(struct compiler *c, const struct tree_node *n, const char *what, bool not_empty,
                          struct test *t)
{
    if (n->kind == TREE_MAPPING || (n->kind == TREE_LIST && n->n == 0)) {
        findings_add(c->findings, n->at, "%s: %s: expected a text or a list of texts", what,
                     n->kind == TREE_LIST ? "an empty list" : "a mapping");
        return false;
    }
    t->texts = arena_new(c->arena, n->kind == TREE_LIST ? n->n : 1, sizeof *t->texts);
    if (n->kind == TREE_SCALAR)
        return add_text(c, n, what, not_empty, t);
    bool good = true;
    for (const struct tree_node *item = n->first; item; item = item->next)
        good = add_text(c, item, what, not_empty, t) && good;
    return good;
}

static bool compile_test(struct compiler *c, const struct tree_node *m, struct test *t)
{
    struct span known[TEST_KEYS];
    for (unsigned i = 0; i < TEST_KEYS; i++) {
        known[i] = span_text(test_keys[i].key);
        if (!span_equal(known[i], m->key->text))
            continue;
        t->kind = test_keys[i].kind;
        t->negated = test_keys[i].negated;
        if (span_is(known[i], "empty")) {
            bool empty;
            t->texts = arena_new(c->arena, t->n = 1, sizeof *t->texts);
            bool good = compile_bool(c, m, "empty", &empty);
            t->negated = !empty;
            return good;
        }
        if (test_keys[i].list_only && m->kind != TREE_LIST) {
            findings_add(c->findings, m->at, "%s: %s: expected a list of texts", test_keys[i].key, tree_kind_name(m));
            return false;
        }
        return compile_texts(c, m, test_keys[i].key, test_keys[i].not_empty, t);
    }
    compile_unknown_key(c, m, "a test", known, TEST_KEYS);
    return false;
}

/* Tests of one field, appended to `out`. */
static bool compile_tests(struct compiler *c, const struct tree_node *m, struct condition *out)
{
    struct reference of;
    if (!compile_reference(c, m->key, m->key->text, &of))
        return false;
    if (compile_reference_kind(c, &of) == VALUE_TIME) {
        findings_add(c->findings, m->key->at, "%.*s: a time: expected a field with a text or a number",
                     SPAN_ARGUMENTS(m->key->text));
        return false;
    }
    if (m->kind != TREE_MAPPING) {
        struct test *t = &out->tests[out->tests_n++];
        t->of = of;
        return compile_texts(c, m, "a test", false, t);
    }
    bool good = m->n > 0;
    if (!good)
        findings_add(c->findings, m->at, "an empty mapping: expected is, not, in, … or a text");
    for (const struct tree_node *one = m->first; one; one = one->next) {
        struct test *t = &out->tests[out->tests_n++];
        t->of = of;
        good = compile_test(c, one, t) && good;
    }
    return good;
}

static bool compile_any(struct compiler *c, const struct tree_node *n, struct condition *out)
{
    if (n->kind != TREE_LIST || n->n == 0) {
        findings_add(c->findings, n->at, "any: %s: expected a list of conditions",
                     n->kind == TREE_LIST ? "an empty list" : tree_kind_name(n));
        return false;
    }
    bool good = true;
    out->any = arena_new(c->arena, n->n, sizeof(struct condition *));
    for (const struct tree_node *item = n->first; item; item = item->next) {
        out->any[out->any_n] = compile_condition(c, item);
        good = out->any[out->any_n++] && good;
    }
    return good;
}

const struct condition *compile_condition(struct compiler *c, const struct tree_node *n)
{
    if (n->kind != TREE_MAPPING || n->n == 0) {
        findings_add(c->findings, n->at, "a condition: %s: expected a mapping of fields to tests",
                     n->kind == TREE_MAPPING ? "an empty mapping" : tree_kind_name(n));
        return NULL;
    }
    unsigned tests = 0;
    for (const struct tree_node *m = n->first; m; m = m->next)
        tests += m->kind == TREE_MAPPING ? m->n : 1;
    struct condition *out = arena_new(c->arena, 1, sizeof *out);
    out->tests = arena_new(c->arena, tests, sizeof *out->tests);
    bool good = true;
    for (const struct tree_node *m = n->first; m; m = m->next)
        good = (span_is(m->key->text, "any") ? compile_any(c, m, out) : compile_tests(c, m, out)) && good;
    return good ? out : NULL;
}
