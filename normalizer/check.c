#include "compile.h"

#include "common/number.h"

/* ------------------------------------------------------------------ walking what a session looks at */

/* Visits every reference below a field once, through other ASIM fields. */
struct walk {
    const struct session_form *session;
    bool seen[ASIM_COUNT];
    void (*visit)(const struct reference *r, void *user);
    void *user;
};

static void walk_expression(struct walk *w, const struct expression *e);

static void walk_reference(struct walk *w, const struct reference *r)
{
    w->visit(r, w->user);
    if (r->kind != REFERENCE_ASIM || w->seen[r->index])
        return;
    w->seen[r->index] = true;
    walk_expression(w, w->session->fields[r->index]);
}

static void walk_condition(struct walk *w, const struct condition *c)
{
    for (unsigned i = 0; c && i < c->tests_n; i++)
        walk_reference(w, &c->tests[i].of);
    for (unsigned i = 0; c && i < c->any_n; i++)
        walk_condition(w, c->any[i]);
}

static void walk_expression(struct walk *w, const struct expression *e)
{
    for (unsigned i = 0; e && i < e->from_n; i++)
        walk_reference(w, &e->from[i]);
    for (unsigned i = 0; e && i < e->cases_n; i++) {
        walk_condition(w, e->cases[i].when);
        walk_expression(w, e->cases[i].then);
    }
}

static void add_need(const struct reference *r, void *user)
{
    struct field_set *set = user;
    if (r->kind == REFERENCE_RECORD)
        set->has[r->index] = true;
}

void map_add_needs(const struct map *m, enum asim_index field, struct field_set *set)
{
    for (unsigned i = 0; i < m->sessions_n; i++) {
        struct walk w = { .session = &m->sessions[i], .visit = add_need, .user = set };
        walk_expression(&w, m->sessions[i].fields[field]);
    }
}

void map_add_needs_of_count(const struct map *m, struct field_set *set)
{
    for (unsigned i = 0; i < m->sessions_n; i++) {
        struct walk w = { .session = &m->sessions[i], .visit = add_need, .user = set };
        walk_expression(&w, m->count);
    }
}

void map_add_needs_of_selection(const struct map *m, struct field_set *set)
{
    for (unsigned i = 0; i < m->sessions_n; i++) {
        struct walk w = { .session = &m->sessions[i], .visit = add_need, .user = set };
        walk_condition(&w, m->sessions[i].when);
        for (unsigned k = 0; k < m->skips_n; k++)
            walk_condition(&w, m->skips[k].when);
    }
}

struct row_need {
    const struct map *map;
    bool needed;
};

static void note_row(const struct reference *r, void *user)
{
    struct row_need *n = user;
    n->needed = n->needed || r->kind == REFERENCE_TIME ||
                (r->kind == REFERENCE_RECORD && n->map->record[r->index].kind != RECORD_DESCRIPTOR);
}

bool map_depends_on_row(const struct map *m, const struct session_form *form, const struct expression *e)
{
    struct row_need need = { m, false };
    struct walk w = { .session = form, .visit = note_row, .user = &need };
    walk_expression(&w, e);
    return need.needed;
}

/* ------------------------------------------------------------------ circles */

enum colour { UNSEEN, OPEN, DONE };

struct circles {
    struct compiler *c;
    const struct session_form *session;
    enum colour colour[ASIM_COUNT];
};

static void follow_expression(struct circles *s, const struct expression *e);

static void follow_reference(struct circles *s, const struct reference *r)
{
    if (r->kind != REFERENCE_ASIM || s->colour[r->index] == DONE)
        return;
    if (s->colour[r->index] == OPEN) {
        findings_add(s->c->findings, r->at, "%.*s: expected fields that do not refer to each other in a circle",
                     SPAN_ARGUMENTS(asim_fields[r->index].name));
        return;
    }
    s->colour[r->index] = OPEN;
    follow_expression(s, s->session->fields[r->index]);
    s->colour[r->index] = DONE;
}

static void follow_condition(struct circles *s, const struct condition *c)
{
    for (unsigned i = 0; c && i < c->tests_n; i++)
        follow_reference(s, &c->tests[i].of);
    for (unsigned i = 0; c && i < c->any_n; i++)
        follow_condition(s, c->any[i]);
}

static void follow_expression(struct circles *s, const struct expression *e)
{
    for (unsigned i = 0; e && i < e->from_n; i++)
        follow_reference(s, &e->from[i]);
    for (unsigned i = 0; e && i < e->cases_n; i++) {
        follow_condition(s, e->cases[i].when);
        follow_expression(s, e->cases[i].then);
    }
}

static void check_circles(struct compiler *c, const struct session_form *session)
{
    struct circles s = { .c = c, .session = session };
    for (unsigned i = 0; i < ASIM_COUNT; i++) {
        struct reference field = { .kind = REFERENCE_ASIM, .index = i };
        follow_reference(&s, &field);
    }
}

/* ------------------------------------------------------------------ descriptor fields only */

struct descriptor_only {
    struct compiler *c;
    const char *what;
};

static void require_descriptor(const struct reference *r, void *user)
{
    const struct descriptor_only *d = user;
    if (r->kind == REFERENCE_TIME)
        findings_add(d->c->findings, r->at, "the event time: expected a descriptor field, because %s depends on it",
                     d->what);
    if (r->kind != REFERENCE_RECORD || d->c->map->record[r->index].kind == RECORD_DESCRIPTOR)
        return;
    findings_add(d->c->findings, r->at, "%.*s: expected a descriptor field, because %s depends on it",
                 SPAN_ARGUMENTS(d->c->map->record[r->index].name), d->what);
}

/* One field of the record of kind port, or cases that choose among such fields. */
static void check_port(struct compiler *c, const struct session_form *session, const struct expression *e)
{
    struct descriptor_only d = { c, "the choice of the port" };
    struct walk w = { .session = session, .visit = require_descriptor, .user = &d };
    if (!e || (e->kind == EXPRESSION_CONSTANT && e->constant.n == 0))
        return;
    if (e->kind == EXPRESSION_CASES) {
        for (unsigned i = 0; i < e->cases_n; i++) {
            walk_condition(&w, e->cases[i].when);
            check_port(c, session, e->cases[i].then);
        }
        return;
    }
    bool one = e->kind == EXPRESSION_FROM && e->from_n == 1 && !e->transforms;
    if (!one || e->from[0].kind != REFERENCE_RECORD || c->map->record[e->from[0].index].kind != RECORD_PORT)
        findings_add(c->findings, e->at,
                     "DstPortNumber: expected { from: name } with one port field of the record, or cases of such");
}

static void check_grouping(struct compiler *c, const struct session_form *session)
{
    static const enum asim_index grouping[] = { ASIM_NetworkProtocol, ASIM_NetworkDirection, ASIM_DvcAction,
                                                ASIM_DstAppName };
    for (unsigned i = 0; i < sizeof grouping / sizeof grouping[0]; i++) {
        char what[64];
        struct span name = asim_fields[grouping[i]].name;
        memcpy(what, name.p, name.n);
        what[name.n] = '\0';
        struct descriptor_only d = { c, what };
        struct walk w = { .session = session, .visit = require_descriptor, .user = &d };
        walk_expression(&w, session->fields[grouping[i]]);
    }
    struct descriptor_only d = { c, "whether the record is a session" };
    struct walk w = { .session = session, .visit = require_descriptor, .user = &d };
    walk_condition(&w, session->when);
    for (unsigned i = 0; i < c->map->skips_n; i++)
        walk_condition(&w, c->map->skips[i].when);
    check_port(c, session, session->fields[ASIM_DstPortNumber]);
}

/* ------------------------------------------------------------------ types */

/* A constant is converted here and now. */
static bool constant_fits(struct span text, enum asim_type type)
{
    int64_t number;
    switch (type) {
    case ASIM_INT:
    case ASIM_LONG:
    case ASIM_REAL:
        return number_parse_int(text, &number);
    case ASIM_PORT:
        return number_parse_int(text, &number) && number >= 0 && number <= 65535;
    case ASIM_BOOL:
        return span_is(text, "true") || span_is(text, "false");
    case ASIM_DATETIME:
        return false;
    case ASIM_STRING:
        break;
    }
    return true;
}

static void check_type(struct compiler *c, enum asim_index field, const struct expression *e)
{
    static const char *const wants[] = {
        [ASIM_STRING] = "a text",       [ASIM_INT] = "a whole number", [ASIM_PORT] = "a number of 0 to 65535",
        [ASIM_LONG] = "a whole number", [ASIM_REAL] = "a number",      [ASIM_DATETIME] = "a time",
        [ASIM_BOOL] = "true or false"
    };
    enum asim_type type = asim_fields[field].type;
    bool wants_time = type == ASIM_DATETIME, is_time = e && e->gives == VALUE_TIME;
    if (!e || e->gives == VALUE_EMPTY)
        return;
    bool good = e->kind == EXPRESSION_CONSTANT ? constant_fits(e->constant, type)
                                               : wants_time == is_time || (is_time && type == ASIM_STRING);
    if (!good)
        findings_add(c->findings, e->at, "%.*s: expected %s", SPAN_ARGUMENTS(asim_fields[field].name), wants[type]);
}

void check_sessions(struct compiler *c)
{
    for (unsigned i = 0; i < c->map->sessions_n; i++) {
        const struct session_form *session = &c->map->sessions[i];
        check_circles(c, session);
        check_grouping(c, session);
        for (unsigned field = 0; field < ASIM_COUNT; field++)
            check_type(c, (enum asim_index)field, session->fields[field]);
    }
    if (c->map->count && c->map->count->gives == VALUE_TIME)
        findings_add(c->findings, c->map->count->at, "count: expected a number");
}
