#include "compile.h"

#include "common/number.h"

#include <stdlib.h>

#define T(text)                                                                                                        \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

static const char *kind_of_value(enum value_kind kind)
{
    return kind == VALUE_TIME ? "a time" : kind == VALUE_INTEGER ? "a number" : "a text";
}

bool compile_text(struct compiler *c, const struct tree_node *n, const char *what, struct span *out)
{
    if (n->kind == TREE_SCALAR && !(n->plain && n->text.n == 0)) {
        *out = n->text;
        return true;
    }
    findings_add(c->findings, n->at, "%s: %s: expected a text%s", what, tree_kind_name(n),
                 n->kind == TREE_SCALAR ? "; an empty one is written \"\"" : "");
    return false;
}

bool compile_bool(struct compiler *c, const struct tree_node *n, const char *what, bool *out)
{
    *out = n->kind == TREE_SCALAR && span_is(n->text, "true");
    if (*out || (n->kind == TREE_SCALAR && span_is(n->text, "false")))
        return true;
    findings_add(c->findings, n->at, "%s: expected true or false", what);
    return false;
}

void compile_unknown_key(struct compiler *c, const struct tree_node *member, const char *where,
                         const struct span *known, unsigned n)
{
    struct hint hint;
    findings_add(c->findings, member->key->at, "%.*s: no key of %s%s", SPAN_ARGUMENTS(member->key->text), where,
                 findings_hint(member->key->text, known, n, &hint));
}

/* ------------------------------------------------------------------ references */

enum value_kind compile_reference_kind(const struct compiler *c, const struct reference *r)
{
    static const enum value_kind of_record[] = { [RECORD_DESCRIPTOR] = VALUE_TEXT,
                                                 [RECORD_TEXT] = VALUE_TEXT,
                                                 [RECORD_INTEGER] = VALUE_INTEGER,
                                                 [RECORD_PORT] = VALUE_INTEGER,
                                                 [RECORD_TIME] = VALUE_TIME };
    static const enum value_kind of_asim[] = {
        [ASIM_STRING] = VALUE_TEXT,  [ASIM_INT] = VALUE_INTEGER, [ASIM_PORT] = VALUE_INTEGER,
        [ASIM_LONG] = VALUE_INTEGER, [ASIM_REAL] = VALUE_TEXT,   [ASIM_DATETIME] = VALUE_TIME,
        [ASIM_BOOL] = VALUE_TEXT
    };
    if (r->kind == REFERENCE_TIME)
        return VALUE_TIME;
    return r->kind == REFERENCE_RECORD ? of_record[c->map->record[r->index].kind] : of_asim[asim_fields[r->index].type];
}

static void add_unknown_name(struct compiler *c, const struct tree_node *n, struct span name)
{
    struct span *names = calloc(MAP_RECORD_FIELDS_MAX + ASIM_COUNT + 1, sizeof *names);
    unsigned count = 0;
    struct hint hint = { "" };
    for (unsigned i = 0; names && i < c->map->record_n; i++)
        names[count++] = c->map->record[i].name;
    for (unsigned i = 0; names && i < ASIM_COUNT; i++)
        if (c->sets[i])
            names[count++] = asim_fields[i].name;
    if (names)
        findings_hint(name, names, count, &hint);
    findings_add(c->findings, n->at, "%.*s: expected a field of the record or an ASIM field that this map sets%s",
                 SPAN_ARGUMENTS(name), hint.text);
    free(names);
}

bool compile_reference(struct compiler *c, const struct tree_node *n, struct span name, struct reference *out)
{
    int record = map_record_field(c->map, name), asim = asim_find(name);
    *out = (struct reference){ .at = n->at };
    if (record >= 0) {
        out->kind = REFERENCE_RECORD;
        out->index = (unsigned)record;
    } else if (span_is(name, "time") || asim == ASIM_TimeGenerated) {
        out->kind = REFERENCE_TIME;
    } else if (asim >= 0 && c->sets[asim]) {
        out->kind = REFERENCE_ASIM;
        out->index = (unsigned)asim;
    } else {
        add_unknown_name(c, n, name);
        return false;
    }
    return true;
}

/* A name, or a list of names. */
static bool compile_references(struct compiler *c, const struct tree_node *n, const char *what, struct expression *e)
{
    struct span name;
    if (n->kind == TREE_MAPPING || (n->kind == TREE_LIST && n->n == 0)) {
        findings_add(c->findings, n->at, "%s: %s: expected the name of a field, or a list of names", what,
                     n->kind == TREE_LIST ? "an empty list" : "a mapping");
        return false;
    }
    const struct tree_node *item = n->kind == TREE_LIST ? n->first : n;
    unsigned items = n->kind == TREE_LIST ? n->n : 1;
    e->from = arena_new(c->arena, items, sizeof *e->from);
    bool good = true;
    for (unsigned i = 0; i < items; i++, item = item->next) {
        if (compile_text(c, item, what, &name) && compile_reference(c, item, name, &e->from[e->from_n]))
            e->from_n++;
        else
            good = false;
    }
    return good;
}

/* ------------------------------------------------------------------ transforms */

static const struct span transform_keys[] = { T("before"), T("after"),        T("upper"),  T("lower"),
                                              T("map"),    T("map_any_case"), T("lookup"), T("else"),
                                              T("keep"),   T("scale"),        T("divide"), T("default") };
enum { TRANSFORM_KEYS = sizeof transform_keys / sizeof transform_keys[0] };

static const char *const source_keys[] = {
    [EXPRESSION_CONSTANT] = "value", [EXPRESSION_FROM] = "from",
    [EXPRESSION_SUM] = "sum",        [EXPRESSION_CLASS] = "class_of",
    [EXPRESSION_HOST] = "host_of",   [EXPRESSION_DOMAIN] = "domain_of",
    [EXPRESSION_FQDN] = "fqdn_of",   [EXPRESSION_DOMAIN_TYPE] = "domain_type_of",
    [EXPRESSION_CASES] = "cases",
};
enum { SOURCE_KEYS = sizeof source_keys / sizeof source_keys[0] };

static bool is_transform(struct span key)
{
    for (unsigned i = 0; i < TRANSFORM_KEYS; i++)
        if (span_equal(key, transform_keys[i]))
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return span_compare(((const struct translation *)a)->from, ((const struct translation *)b)->from);
}

static void compile_map(struct compiler *c, const struct tree_node *n, bool any_case, struct transforms *t)
{
    if (n->kind != TREE_MAPPING || n->n == 0) {
        findings_add(c->findings, n->at, "map: %s: expected a mapping of texts to values",
                     n->kind == TREE_MAPPING ? "an empty mapping" : tree_kind_name(n));
        return;
    }
    if (t->has_map || t->has_lookup) {
        findings_add(c->findings, n->key->at, "%.*s: expected only one of map, map_any_case and lookup",
                     SPAN_ARGUMENTS(n->key->text));
        return;
    }
    t->has_map = true;
    t->map_any_case = any_case;
    t->map = arena_new(c->arena, n->n, sizeof *t->map);
    for (const struct tree_node *m = n->first; m; m = m->next) {
        struct translation *line = &t->map[t->map_n];
        if (!compile_text(c, m, "map", &line->to))
            continue;
        line->from = any_case ? text_lower(m->key->text, c->arena) : m->key->text;
        for (unsigned i = 0; any_case && i < t->map_n; i++)
            if (span_equal(t->map[i].from, line->from))
                findings_add(c->findings, m->key->at, "%.*s: expected each text once, case ignored",
                             SPAN_ARGUMENTS(m->key->text));
        t->map_n++;
    }
    qsort(t->map, t->map_n, sizeof *t->map, by_text);
}

static void compile_lookup(struct compiler *c, const struct tree_node *n, struct transforms *t)
{
    struct span name;
    struct hint hint;
    if (!compile_text(c, n, "lookup", &name))
        return;
    if (t->has_map || t->has_lookup) {
        findings_add(c->findings, n->key->at, "lookup: expected only one of map, map_any_case and lookup");
        return;
    }
    for (unsigned i = 0; i < LOOKUP_COUNT; i++)
        if (span_equal(lookup_names[i], name)) {
            t->has_lookup = true;
            t->lookup = (enum lookup)i;
            return;
        }
    findings_add(c->findings, n->at,
                 "lookup: %.*s: expected protocol, protocol_number, icmp_type, action_result or action_severity%s",
                 SPAN_ARGUMENTS(name), findings_hint(name, lookup_names, LOOKUP_COUNT, &hint));
}

static void compile_factor(struct compiler *c, const struct tree_node *n, int64_t *out)
{
    if (n->kind == TREE_SCALAR && number_parse_int(n->text, out) && *out > 0)
        return;
    *out = 0;
    findings_add(c->findings, n->at, "%.*s: expected a whole number above 0", SPAN_ARGUMENTS(n->key->text));
}

static void compile_cut(struct compiler *c, const struct tree_node *n, const char *what, struct span *out)
{
    if (compile_text(c, n, what, out) && out->n == 0)
        findings_add(c->findings, n->at, "%s: expected a text that is not empty", what);
}

static void compile_transform(struct compiler *c, const struct tree_node *m, struct transforms *t)
{
    struct span key = m->key->text;
    bool keep;
    if (span_is(key, "before"))
        compile_cut(c, m, "before", &t->before);
    else if (span_is(key, "after"))
        compile_cut(c, m, "after", &t->after);
    else if (span_is(key, "upper"))
        (void)compile_bool(c, m, "upper", &t->upper);
    else if (span_is(key, "lower"))
        (void)compile_bool(c, m, "lower", &t->lower);
    else if (span_is(key, "map") || span_is(key, "map_any_case"))
        compile_map(c, m, span_is(key, "map_any_case"), t);
    else if (span_is(key, "lookup"))
        compile_lookup(c, m, t);
    else if (span_is(key, "else"))
        (void)compile_text(c, m, "else", &t->otherwise);
    else if (span_is(key, "keep"))
        t->miss = compile_bool(c, m, "keep", &keep) && keep ? MISS_KEEP : MISS_ELSE;
    else if (span_is(key, "scale"))
        compile_factor(c, m, &t->scale);
    else if (span_is(key, "divide"))
        compile_factor(c, m, &t->divide);
    else
        (void)compile_text(c, m, "default", &t->fallback);
}

/* All keys of an expression that are no source. */
static void compile_transforms(struct compiler *c, const struct tree_node *n, struct expression *e)
{
    const struct tree_node *otherwise = tree_member(n, "else"), *keep = tree_member(n, "keep"), *any = NULL;
    struct transforms *t = arena_new(c->arena, 1, sizeof *t);
    for (const struct tree_node *m = n->first; m; m = m->next)
        if (is_transform(m->key->text)) {
            compile_transform(c, m, t);
            any = m;
        }
    if (!any)
        return;
    if (e->kind == EXPRESSION_CONSTANT || e->kind == EXPRESSION_CASES) {
        findings_add(c->findings, any->key->at, "%.*s: expected nothing beside %s", SPAN_ARGUMENTS(any->key->text),
                     source_keys[e->kind]);
        return;
    }
    bool looks_up = tree_member(n, "map") || tree_member(n, "map_any_case") || tree_member(n, "lookup");
    if (otherwise && keep)
        findings_add(c->findings, keep->key->at, "keep: expected only one of else and keep");
    else if ((otherwise || keep) && !looks_up)
        findings_add(c->findings, (otherwise ? otherwise : keep)->key->at,
                     "%s: expected beside it map, map_any_case or lookup", otherwise ? "else" : "keep");
    if (t->upper && t->lower)
        findings_add(c->findings, n->at, "upper and lower: expected only one of them");
    e->transforms = t;
}

/* ------------------------------------------------------------------ what kind of value */

static enum value_kind joined(struct compiler *c, struct place at, enum value_kind a, enum value_kind b)
{
    if (a == VALUE_EMPTY || a == b)
        return b;
    if (b == VALUE_EMPTY)
        return a;
    if (a == VALUE_TIME || b == VALUE_TIME)
        findings_add(c->findings, at, "a time beside %s: expected values of one kind",
                     kind_of_value(a == VALUE_TIME ? b : a));
    return VALUE_TEXT;
}

static enum value_kind kind_of_references(struct compiler *c, const struct expression *e)
{
    enum value_kind kind = VALUE_EMPTY;
    for (unsigned i = 0; i < e->from_n; i++)
        kind = joined(c, e->from[i].at, kind, compile_reference_kind(c, &e->from[i]));
    return kind;
}

static void set_kind(struct compiler *c, struct expression *e)
{
    const struct transforms *t = e->transforms;
    e->gives = VALUE_TEXT;
    if (e->kind == EXPRESSION_CONSTANT)
        e->gives = e->constant.n ? VALUE_TEXT : VALUE_EMPTY;
    else if (e->kind == EXPRESSION_FROM || e->kind == EXPRESSION_SUM)
        e->gives = kind_of_references(c, e);
    if (e->kind == EXPRESSION_CASES) {
        e->gives = VALUE_EMPTY;
        for (unsigned i = 0; i < e->cases_n; i++)
            if (e->cases[i].then)
                e->gives = joined(c, e->cases[i].then->at, e->gives, e->cases[i].then->gives);
    }
    if (e->gives == VALUE_TIME && (e->kind == EXPRESSION_SUM || t))
        findings_add(c->findings, e->at, "a time: expected a text or a number to %s",
                     e->kind == EXPRESSION_SUM ? "add" : "transform");
    if (e->kind == EXPRESSION_SUM)
        e->gives = VALUE_INTEGER;
    if (t && (t->before.n || t->after.n || t->upper || t->lower || t->has_map || t->has_lookup))
        e->gives = VALUE_TEXT;
    if (t && (t->scale || t->divide))
        e->gives = VALUE_INTEGER;
}

/* ------------------------------------------------------------------ expressions */

static const struct expression *compile_form(struct compiler *c, const struct tree_node *n, bool is_case);

static bool compile_cases(struct compiler *c, const struct tree_node *n, struct expression *e)
{
    if (n->kind != TREE_LIST || n->n == 0) {
        findings_add(c->findings, n->at, "cases: %s: expected a list of cases",
                     n->kind == TREE_LIST ? "an empty list" : tree_kind_name(n));
        return false;
    }
    e->cases = arena_new(c->arena, n->n, sizeof *e->cases);
    bool good = true;
    for (const struct tree_node *item = n->first; item; item = item->next) {
        struct expression_case *one = &e->cases[e->cases_n++];
        const struct tree_node *when = item->kind == TREE_MAPPING ? tree_member(item, "when") : NULL;
        one->when = when ? compile_condition(c, when) : NULL;
        one->then = compile_form(c, item, true);
        good = good && one->then && (!when || one->when);
        if (!when && item->next)
            findings_add(c->findings, item->next->at, "a case behind one without when is never reached");
    }
    return good;
}

static bool compile_source(struct compiler *c, const struct tree_node *m, struct expression *e)
{
    if (e->kind == EXPRESSION_CONSTANT)
        return compile_text(c, m, "value", &e->constant);
    if (e->kind == EXPRESSION_CASES)
        return compile_cases(c, m, e);
    return compile_references(c, m, source_keys[e->kind], e);
}

/* The member that says where the value comes from; NULL after a finding. */
static const struct tree_node *find_source(struct compiler *c, const struct tree_node *n, bool is_case,
                                           enum expression_kind *kind)
{
    struct span known[SOURCE_KEYS + TRANSFORM_KEYS];
    const struct tree_node *found = NULL;
    for (unsigned i = 0; i < SOURCE_KEYS; i++)
        known[i] = span_text(source_keys[i]);
    memcpy(known + SOURCE_KEYS, transform_keys, sizeof transform_keys);
    for (const struct tree_node *m = n->first; m; m = m->next) {
        bool source = false;
        for (unsigned i = 0; i < SOURCE_KEYS && !source; i++)
            if (span_equal(known[i], m->key->text)) {
                source = true;
                if (found)
                    findings_add(c->findings, m->key->at, "%.*s: expected only one of it and %.*s",
                                 SPAN_ARGUMENTS(m->key->text), SPAN_ARGUMENTS(found->key->text));
                else
                    *kind = (enum expression_kind)i;
                found = found ? found : m;
            }
        if (!source && !is_transform(m->key->text) && !(is_case && span_is(m->key->text, "when")))
            compile_unknown_key(c, m, "an expression", known, SOURCE_KEYS + TRANSFORM_KEYS);
    }
    if (!found)
        findings_add(c->findings, n->at,
                     "expected where the value comes from: value, from, sum, class_of, host_of, domain_of, fqdn_of, "
                     "domain_type_of or cases");
    return found;
}

static const struct expression *compile_form(struct compiler *c, const struct tree_node *n, bool is_case)
{
    struct expression *e = arena_new(c->arena, 1, sizeof *e);
    e->at = n->at;
    if (n->kind == TREE_LIST) {
        findings_add(c->findings, n->at, "a list: expected a text, or a mapping such as { from: name }");
        return NULL;
    }
    if (n->kind == TREE_SCALAR) {
        if (!compile_text(c, n, "an expression", &e->constant))
            return NULL;
        set_kind(c, e);
        return e;
    }
    const struct tree_node *source = find_source(c, n, is_case, &e->kind);
    if (!source)
        return NULL;
    bool good = compile_source(c, source, e);
    compile_transforms(c, n, e);
    if (!good)
        return NULL;
    set_kind(c, e);
    return e;
}

const struct expression *compile_expression(struct compiler *c, const struct tree_node *n)
{
    return compile_form(c, n, false);
}
