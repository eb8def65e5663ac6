#include "map.h"

#include "compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define T(text)                                                                                                        \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

static const struct span top_keys[] = { T("source"),    T("title"),  T("connectors"), T("tables"), T("selection"),
                                        T("summaries"), T("record"), T("skip"),       T("fields"), T("copy"),
                                        T("sessions"),  T("count"),  T("deviations") };
enum { TOP_KEYS = sizeof top_keys / sizeof top_keys[0] };

static const struct {
    const char *key;
    enum record_kind kind;
} record_kinds[] = { { "descriptor", RECORD_DESCRIPTOR },
                     { "text", RECORD_TEXT },
                     { "integer", RECORD_INTEGER },
                     { "port", RECORD_PORT },
                     { "time", RECORD_TIME } };
enum { RECORD_KINDS = sizeof record_kinds / sizeof record_kinds[0] };

int map_record_field(const struct map *m, struct span name)
{
    for (unsigned i = 0; i < m->record_n; i++)
        if (span_equal(m->record[i].name, name))
            return (int)i;
    return -1;
}

/* ------------------------------------------------------------------ plain sections */

static bool check_keys(struct compiler *c, const struct tree_node *n, const char *where, const struct span *known,
                       unsigned known_n)
{
    if (n->kind != TREE_MAPPING) {
        findings_add(c->findings, n->at, "%s: %s: expected a mapping", where, tree_kind_name(n));
        return false;
    }
    for (const struct tree_node *m = n->first; m; m = m->next) {
        bool good = false;
        for (unsigned i = 0; i < known_n; i++)
            good = good || span_equal(known[i], m->key->text);
        if (!good)
            compile_unknown_key(c, m, where, known, known_n);
    }
    return true;
}

static struct span section_text(struct compiler *c, const struct tree_node *root, const char *key, bool required)
{
    const struct tree_node *n = tree_member(root, key);
    struct span text = { NULL, 0 };
    if (n)
        (void)compile_text(c, n, key, &text);
    else if (required)
        findings_add(c->findings, root->at, "%s: missing: expected a text", key);
    return text;
}

static bool is_list(struct compiler *c, const struct tree_node *n, const char *what)
{
    if (n->kind == TREE_LIST)
        return true;
    findings_add(c->findings, n->at, "%s: %s: expected a list", what, tree_kind_name(n));
    return false;
}

static void section_texts(struct compiler *c, const struct tree_node *root, const char *key, struct span **out,
                          unsigned *out_n)
{
    const struct tree_node *n = tree_member(root, key);
    if (!n || !is_list(c, n, key))
        return;
    *out = arena_new(c->arena, n->n, sizeof **out);
    for (const struct tree_node *item = n->first; item; item = item->next)
        if (compile_text(c, item, key, &(*out)[*out_n]))
            ++*out_n;
}

static void check_source(struct compiler *c, const struct tree_node *root, const char *id)
{
    const struct tree_node *n = tree_member(root, "source");
    c->map->source = section_text(c, root, "source", true);
    if (n && c->map->source.n && id && !span_is(c->map->source, id))
        findings_add(c->findings, n->at, "source: %.*s: expected %s, as the file is named",
                     SPAN_ARGUMENTS(c->map->source), id);
}

/* ------------------------------------------------------------------ record */

static void add_record_field(struct compiler *c, const struct tree_node *n, enum record_kind kind)
{
    static const struct span reserved[] = { T("time"), T("position"), T("descriptor"), T("any") };
    struct map *m = c->map;
    struct span name;
    if (!compile_text(c, n, "record", &name))
        return;
    bool taken = name.n == 0 || name.n > WIRE_NAME_BYTES_MAX;
    for (unsigned i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        taken = taken || span_equal(reserved[i], name);
    if (taken)
        findings_add(c->findings, n->at, "%.*s: expected another name: this one has a meaning of its own or no length",
                     SPAN_ARGUMENTS(name));
    else if (map_record_field(m, name) >= 0)
        findings_add(c->findings, n->at, "%.*s: expected each field once", SPAN_ARGUMENTS(name));
    else if (m->record_n == MAP_RECORD_FIELDS_MAX ||
             (kind == RECORD_DESCRIPTOR && m->descriptors_n == MAP_DESCRIPTOR_FIELDS_MAX))
        findings_add(c->findings, n->at, "record: expected at most %d fields, and %d descriptor fields",
                     MAP_RECORD_FIELDS_MAX, MAP_DESCRIPTOR_FIELDS_MAX);
    else
        m->record[m->record_n++] =
            (struct record_field){ name, kind, kind == RECORD_DESCRIPTOR ? m->descriptors_n++ : 0, n->at };
}

static void compile_record(struct compiler *c, const struct tree_node *root)
{
    struct span known[RECORD_KINDS];
    const struct tree_node *n = tree_member(root, "record");
    if (!n) {
        findings_add(c->findings, root->at, "record: missing: expected the fields of the record by kind");
        return;
    }
    for (unsigned i = 0; i < RECORD_KINDS; i++)
        known[i] = span_text(record_kinds[i].key);
    if (!check_keys(c, n, "record", known, RECORD_KINDS))
        return;
    for (unsigned i = 0; i < RECORD_KINDS; i++) {
        const struct tree_node *list = tree_member(n, record_kinds[i].key);
        if (list && is_list(c, list, record_kinds[i].key))
            for (const struct tree_node *item = list->first; item; item = item->next)
                add_record_field(c, item, record_kinds[i].kind);
    }
}

/* ------------------------------------------------------------------ fields */

/* The ASIM field that is named, or -1 after a finding. */
static int asim_named(struct compiler *c, const struct tree_node *n, struct span name)
{
    struct span names[ASIM_COUNT];
    struct hint hint;
    int field = asim_find(name);
    if (field == ASIM_TimeGenerated) {
        findings_add(c->findings, n->at, "TimeGenerated: expected no line: it is always the event time");
        return -1;
    }
    for (unsigned i = 0; i < ASIM_COUNT; i++)
        names[i] = asim_fields[i].name;
    if (field < 0)
        findings_add(c->findings, n->at, "%.*s: expected an ASIM NetworkSession field%s", SPAN_ARGUMENTS(name),
                     findings_hint(name, names, ASIM_COUNT, &hint));
    return field;
}

/* What is set anywhere can be referred to everywhere; names are complained about when they are compiled. */
static void note_fields(struct compiler *c, const struct tree_node *fields)
{
    if (fields && fields->kind == TREE_MAPPING)
        for (const struct tree_node *m = fields->first; m; m = m->next) {
            int field = asim_find(m->key->text);
            if (field >= 0)
                c->sets[field] = true;
        }
}

static void compile_fields(struct compiler *c, const struct tree_node *n, struct session_form *out)
{
    if (n->kind != TREE_MAPPING) {
        findings_add(c->findings, n->at, "fields: %s: expected a mapping of ASIM fields to expressions",
                     tree_kind_name(n));
        return;
    }
    for (const struct tree_node *m = n->first; m; m = m->next) {
        int field = asim_named(c, m->key, m->key->text);
        const struct expression *e = compile_expression(c, m);
        if (field >= 0)
            out->fields[field] = e;
    }
}

static void copy_field(struct compiler *c, const struct tree_node *item, struct session_form *out)
{
    struct span name;
    if (!compile_text(c, item, "copy", &name))
        return;
    int field = asim_named(c, item, name), record = map_record_field(c->map, name);
    if (field < 0)
        return;
    if (record < 0) {
        findings_add(c->findings, item->at, "copy: %.*s: expected a field of the record", SPAN_ARGUMENTS(name));
        return;
    }
    if (out->fields[field]) {
        findings_add(c->findings, item->at, "copy: %.*s: expected each ASIM field once", SPAN_ARGUMENTS(name));
        return;
    }
    struct expression *e = arena_new(c->arena, 1, sizeof *e);
    e->kind = EXPRESSION_FROM;
    e->at = item->at;
    e->from = arena_new(c->arena, e->from_n = 1, sizeof *e->from);
    e->from[0] = (struct reference){ REFERENCE_RECORD, (unsigned)record, item->at };
    e->gives = compile_reference_kind(c, &e->from[0]);
    out->fields[field] = e;
}

static void note_all_fields(struct compiler *c, const struct tree_node *root)
{
    const struct tree_node *copy = tree_member(root, "copy"), *sessions = tree_member(root, "sessions");
    note_fields(c, tree_member(root, "fields"));
    if (copy && copy->kind == TREE_LIST)
        for (const struct tree_node *item = copy->first; item; item = item->next) {
            int field = item->kind == TREE_SCALAR ? asim_find(item->text) : -1;
            if (field >= 0)
                c->sets[field] = true;
        }
    if (sessions && sessions->kind == TREE_LIST)
        for (const struct tree_node *item = sessions->first; item; item = item->next)
            note_fields(c, tree_member(item, "fields"));
}

static void compile_all_fields(struct compiler *c, const struct tree_node *root, struct session_form *out)
{
    const struct tree_node *fields = tree_member(root, "fields"), *copy = tree_member(root, "copy");
    if (fields)
        compile_fields(c, fields, out);
    else
        findings_add(c->findings, root->at, "fields: missing: expected a mapping of ASIM fields to expressions");
    if (copy && is_list(c, copy, "copy"))
        for (const struct tree_node *item = copy->first; item; item = item->next)
            copy_field(c, item, out);
}

static void compile_sessions(struct compiler *c, const struct tree_node *root, const struct session_form *base)
{
    static const struct span known[] = { T("when"), T("fields") };
    const struct tree_node *n = tree_member(root, "sessions");
    struct map *m = c->map;
    m->sessions = arena_new(c->arena, MAP_SESSIONS_MAX, sizeof *m->sessions);
    m->sessions[0] = *base;
    m->sessions_n = 1;
    if (!n || !is_list(c, n, "sessions"))
        return;
    if (n->n == 0 || n->n > MAP_SESSIONS_MAX) {
        findings_add(c->findings, n->at, "sessions: %u: expected 1 to %d of them", n->n, MAP_SESSIONS_MAX);
        return;
    }
    m->sessions_n = 0;
    for (const struct tree_node *item = n->first; item; item = item->next) {
        struct session_form *s = &m->sessions[m->sessions_n++];
        *s = *base;
        if (!check_keys(c, item, "a session", known, 2))
            continue;
        const struct tree_node *when = tree_member(item, "when"), *fields = tree_member(item, "fields");
        s->when = when ? compile_condition(c, when) : NULL;
        if (fields)
            compile_fields(c, fields, s);
    }
}

/* ------------------------------------------------------------------ skip */

static bool is_reason(struct span s)
{
    bool good = s.n > 0 && s.n <= 64;
    for (size_t i = 0; i < s.n; i++)
        good = good && ((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_');
    return good;
}

static void compile_skip(struct compiler *c, const struct tree_node *item)
{
    static const struct span known[] = { T("when"), T("reason") };
    struct skip_rule rule = { NULL, { NULL, 0 } };
    if (!check_keys(c, item, "skip", known, 2))
        return;
    const struct tree_node *when = tree_member(item, "when"), *reason = tree_member(item, "reason");
    if (!when || !reason) {
        findings_add(c->findings, item->at, "skip: %s missing: expected when and reason", when ? "reason" : "when");
        return;
    }
    rule.when = compile_condition(c, when);
    if (!compile_text(c, reason, "reason", &rule.reason))
        return;
    if (!is_reason(rule.reason))
        findings_add(c->findings, reason->at, "reason: %.*s: expected a short word of a-z, 0-9 and _",
                     SPAN_ARGUMENTS(rule.reason));
    if (rule.when)
        c->map->skips[c->map->skips_n++] = rule;
}

static void compile_skips(struct compiler *c, const struct tree_node *root)
{
    const struct tree_node *n = tree_member(root, "skip");
    if (!n || !is_list(c, n, "skip"))
        return;
    if (n->n > MAP_SKIPS_MAX) {
        findings_add(c->findings, n->at, "skip: expected at most %d rules", MAP_SKIPS_MAX);
        return;
    }
    c->map->skips = arena_new(c->arena, n->n, sizeof *c->map->skips);
    for (const struct tree_node *item = n->first; item; item = item->next)
        compile_skip(c, item);
}

/* ------------------------------------------------------------------ the whole */

static void compile_root(struct compiler *c, const struct tree_node *root, const char *id)
{
    struct map *m = c->map;
    struct session_form base = { 0 };
    if (!check_keys(c, root, "a map", top_keys, TOP_KEYS))
        return;
    check_source(c, root, id);
    m->title = section_text(c, root, "title", true);
    m->selection = section_text(c, root, "selection", false);
    section_texts(c, root, "connectors", &m->connectors, &m->connectors_n);
    section_texts(c, root, "tables", &m->tables, &m->tables_n);
    section_texts(c, root, "deviations", &m->deviations, &m->deviations_n);
    const struct tree_node *summaries = tree_member(root, "summaries"), *count = tree_member(root, "count");
    if (summaries)
        (void)compile_bool(c, summaries, "summaries", &m->summaries);
    compile_record(c, root);
    note_all_fields(c, root);
    compile_skips(c, root);
    compile_all_fields(c, root, &base);
    compile_sessions(c, root, &base);
    m->count = count ? compile_expression(c, count) : NULL;
    check_sessions(c);
}

struct map *map_compile(struct span text, const char *id, struct findings *f)
{
    struct map *m = allocate(1, sizeof *m);
    struct compiler c = { .map = m, .arena = &m->arena, .findings = f };
    unsigned before = f->n;
    const struct tree_node *root = tree_parse(&m->arena, text, f);
    if (root)
        compile_root(&c, root, id);
    if (f->n > before)
        map_free(&m);
    return m;
}

static enum status read_file(const char *path, struct buffer *out, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? STATUS_INPUT : error_errno(e, "%s", path);
    ssize_t n = 1;
    while (n > 0 && out->n <= TREE_BYTES_MAX) {
        n = read(fd, buffer_reserve(out, 64 << 10), 64 << 10);
        out->n += n > 0 ? (size_t)n : 0;
    }
    enum status status = n < 0 ? error_errno(e, "%s", path) : STATUS_OK;
    close(fd);
    return status;
}

enum status map_load(const char *folder, const char *id, struct map **out, struct findings *f)
{
    char path[4096];
    struct buffer text = { 0 };
    struct error e = { 0 };
    int length = snprintf(path, sizeof path, "%s/%s.yaml", folder, id);
    *out = NULL;
    f->file = path;
    enum status status = STATUS_INPUT;
    if (length > 0 && (size_t)length < sizeof path && !strchr(id, '/') && id[0] != '.')
        status = read_file(path, &text, &e);
    if (status == STATUS_INPUT)
        findings_add(f, (struct place){ 0, 0 }, "there is no map for the source %s", id);
    else if (status != STATUS_OK)
        findings_add(f, (struct place){ 0, 0 }, "%s", e.text);
    else if (!(*out = map_compile(buffer_span(&text), id, f)))
        status = STATUS_CONFIG;
    buffer_fini(&text);
    f->file = NULL;
    return status;
}

void map_free(struct map **m)
{
    if (*m)
        arena_fini(&(*m)->arena);
    free(*m);
    *m = NULL;
}
