#include "describe.h"

#include <inttypes.h>

static void text(struct buffer *out, const char *s)
{
    buffer_append_span(out, span_text(s));
}

static void quoted(struct buffer *out, struct span s)
{
    buffer_append_byte(out, '"');
    buffer_append_span(out, s);
    buffer_append_byte(out, '"');
}

static void reference(struct buffer *out, const struct map *m, const struct reference *r)
{
    if (r->kind == REFERENCE_TIME)
        text(out, "time");
    else
        buffer_append_span(out, r->kind == REFERENCE_RECORD ? m->record[r->index].name : asim_fields[r->index].name);
}

static void references(struct buffer *out, const struct map *m, const struct expression *e, const char *between)
{
    for (unsigned i = 0; i < e->from_n; i++) {
        if (i)
            text(out, between);
        reference(out, m, &e->from[i]);
    }
}

static void test(struct buffer *out, const struct map *m, const struct test *t)
{
    static const char *const names[] = { [TEST_EQUALS] = "is",
                                         [TEST_EQUALS_ANY_CASE] = "is (any case)",
                                         [TEST_STARTS] = "starts with",
                                         [TEST_CONTAINS] = "contains",
                                         [TEST_HAS] = "has the term" };
    reference(out, m, &t->of);
    if (t->kind == TEST_EQUALS && t->n == 1 && t->texts[0].n == 0) {
        text(out, t->negated ? " is not empty" : " is empty");
        return;
    }
    buffer_append_format(out, " %s%s ", names[t->kind], t->negated ? " not" : "");
    for (unsigned i = 0; i < t->n; i++) {
        if (i)
            text(out, " or ");
        quoted(out, t->texts[i]);
    }
}

void describe_condition(struct buffer *out, const struct map *m, const struct condition *c)
{
    for (unsigned i = 0; i < c->tests_n; i++) {
        if (i)
            text(out, " and ");
        test(out, m, &c->tests[i]);
    }
    for (unsigned i = 0; i < c->any_n; i++) {
        text(out, i ? ") or (" : c->tests_n ? " and ((" : "((");
        describe_condition(out, m, c->any[i]);
    }
    if (c->any_n)
        text(out, "))");
}

static void transforms(struct buffer *out, const struct transforms *t)
{
    if (t->before.n) {
        text(out, ", before ");
        quoted(out, t->before);
    }
    if (t->after.n) {
        text(out, ", after ");
        quoted(out, t->after);
    }
    if (t->upper || t->lower)
        text(out, t->upper ? ", upper case" : ", lower case");
    for (unsigned i = 0; i < t->map_n; i++) {
        text(out, i ? ", " : t->map_any_case ? ", any case: " : ": ");
        quoted(out, t->map[i].from);
        text(out, " -> ");
        quoted(out, t->map[i].to);
    }
    if (t->has_lookup) {
        text(out, ", lookup ");
        buffer_append_span(out, lookup_names[t->lookup]);
    }
    if ((t->has_map || t->has_lookup) && t->miss == MISS_KEEP)
        text(out, ", anything else as it is");
    else if ((t->has_map || t->has_lookup) && t->otherwise.n) {
        text(out, ", else ");
        quoted(out, t->otherwise);
    }
    if (t->scale)
        buffer_append_format(out, ", times %" PRId64, t->scale);
    if (t->divide)
        buffer_append_format(out, ", divided by %" PRId64, t->divide);
    if (t->fallback.n) {
        text(out, ", if empty ");
        quoted(out, t->fallback);
    }
}

void describe_expression(struct buffer *out, const struct map *m, const struct expression *e)
{
    static const char *const opening[] = { [EXPRESSION_CLASS] = "class of ",
                                           [EXPRESSION_HOST] = "host of ",
                                           [EXPRESSION_DOMAIN] = "domain of ",
                                           [EXPRESSION_FQDN] = "full name of ",
                                           [EXPRESSION_DOMAIN_TYPE] = "domain type of ",
                                           [EXPRESSION_CASES] = "" };
    switch (e->kind) {
    case EXPRESSION_CONSTANT:
        quoted(out, e->constant);
        return;
    case EXPRESSION_CASES:
        for (unsigned i = 0; i < e->cases_n; i++) {
            text(out, i ? "; " : "");
            if (e->cases[i].when) {
                text(out, "if ");
                describe_condition(out, m, e->cases[i].when);
                text(out, ": ");
            } else if (i) {
                text(out, "otherwise: ");
            }
            describe_expression(out, m, e->cases[i].then);
        }
        return;
    case EXPRESSION_FROM:
        references(out, m, e, ", else ");
        break;
    case EXPRESSION_SUM:
        references(out, m, e, " + ");
        break;
    default:
        text(out, opening[e->kind]);
        references(out, m, e, ", else ");
    }
    if (e->transforms)
        transforms(out, e->transforms);
}
