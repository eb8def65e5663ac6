#include "catalog.h"

#include "describe.h"
#include "json_text.h"
#include "map.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char suffix[] = ".yaml";

static int is_map(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name), tail = sizeof suffix - 1;
    return entry->d_name[0] != '.' && n > tail && strcmp(entry->d_name + n - tail, suffix) == 0;
}

/* Bytewise, so that the order is the same everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int for_each_map(const char *folder, void (*use)(struct map *m, void *user), void *user)
{
    struct dirent **entries;
    int code = EXIT_CODE_OK, n = scandir(folder, &entries, is_map, by_name);
    if (n < 0) {
        fprintf(stderr, "tidemark-normalizer: %s: %s\n", folder, strerror(errno));
        return EXIT_CODE_CONFIG;
    }
    for (int i = 0; i < n; i++) {
        struct findings findings = { 0 };
        struct map *m;
        entries[i]->d_name[strlen(entries[i]->d_name) - (sizeof suffix - 1)] = '\0';
        if (map_load(folder, entries[i]->d_name, &m, &findings) == STATUS_OK)
            use(m, user);
        else
            code = EXIT_CODE_CONFIG;
        fprintf(stderr, "%.*s", (int)findings.text.n, findings.text.n ? findings.text.p : "");
        findings_fini(&findings);
        map_free(&m);
        free(entries[i]);
    }
    free(entries);
    return code;
}

/* True if stdout took it all. */
static bool write_out(struct buffer *out)
{
    bool good = fwrite(out->p, 1, out->n, stdout) == out->n && fflush(stdout) == 0;
    if (!good)
        fprintf(stderr, "tidemark-normalizer: standard output cannot be written: %s\n", strerror(errno));
    buffer_fini(out);
    return good;
}

/* ------------------------------------------------------------------ list */

static void append_member(struct buffer *out, const char *name)
{
    buffer_append_format(out, ",\"%s\":", name);
}

static void append_texts(struct buffer *out, const char *name, const struct span *texts, unsigned n)
{
    append_member(out, name);
    buffer_append_byte(out, '[');
    for (unsigned i = 0; i < n; i++) {
        if (i)
            buffer_append_byte(out, ',');
        json_append_text(out, texts[i]);
    }
    buffer_append_byte(out, ']');
}

/* Which of the fields that sessions are counted by a session of this map can have. */
static void append_grouping(struct buffer *out, const struct map *m)
{
    static const unsigned grouping[] = { ASIM_NetworkProtocol, ASIM_DstPortNumber, ASIM_NetworkDirection,
                                         ASIM_DvcAction, ASIM_DstAppName };
    struct span names[1 + sizeof grouping / sizeof *grouping] = { asim_fields[ASIM_TimeGenerated].name };
    unsigned n = 1;
    for (unsigned i = 0; i < sizeof grouping / sizeof *grouping; i++) {
        bool set = false;
        for (unsigned k = 0; k < m->sessions_n && !set; k++)
            set = m->sessions[k].fields[grouping[i]] != NULL;
        if (set)
            names[n++] = asim_fields[grouping[i]].name;
    }
    append_texts(out, "grouping", names, n);
}

static void list_one(struct map *m, void *user)
{
    struct buffer *out = user;
    buffer_append_format(out, "%s{\"source\":", out->n > 1 ? ",\n " : "");
    json_append_text(out, m->source);
    append_member(out, "title");
    json_append_text(out, m->title);
    append_texts(out, "connectors", m->connectors, m->connectors_n);
    append_texts(out, "tables", m->tables, m->tables_n);
    append_grouping(out, m);
    append_member(out, "summaries");
    buffer_append_format(out, "%s}", m->summaries ? "true" : "false");
}

int catalog_list(const char *folder)
{
    struct buffer out = { 0 };
    buffer_append_byte(&out, '[');
    int code = for_each_map(folder, list_one, &out);
    buffer_append_format(&out, "]\n");
    return write_out(&out) ? code : EXIT_CODE_INTERNAL;
}

/* ------------------------------------------------------------------ check */

static void check_one(struct map *m, void *user)
{
    ++*(unsigned *)user;
    (void)m;
}

int catalog_check(const char *folder)
{
    unsigned good = 0;
    int code = for_each_map(folder, check_one, &good);
    fprintf(stderr, "%u maps are good\n", good);
    return code;
}

/* ------------------------------------------------------------------ describe */

static void append_names(struct buffer *out, const char *title, const struct span *names, unsigned n)
{
    if (!n)
        return;
    buffer_append_format(out, "%s", title);
    for (unsigned i = 0; i < n; i++) {
        buffer_append_format(out, "%s", i ? ", " : "");
        buffer_append_span(out, names[i]);
    }
    buffer_append_byte(out, '\n');
}

static void append_fields(struct buffer *out, const struct map *m, const struct session_form *s,
                          const struct session_form *base)
{
    for (unsigned i = 0; i < ASIM_COUNT; i++) {
        if (!s->fields[i] || (base && base->fields[i] == s->fields[i]))
            continue;
        buffer_append_format(out, "  %-28.*s ", (int)asim_fields[i].name.n, asim_fields[i].name.p);
        describe_expression(out, m, s->fields[i]);
        buffer_append_byte(out, '\n');
    }
}

static void append_sessions(struct buffer *out, const struct map *m)
{
    buffer_append_format(out, "\nASIM fields:\n  %-28s event time\n", "TimeGenerated");
    append_fields(out, m, &m->sessions[0], NULL);
    for (unsigned i = 1; i < m->sessions_n; i++) {
        buffer_append_format(out, "\nAnother session of the same record");
        if (m->sessions[i].when) {
            buffer_append_format(out, ", if ");
            describe_condition(out, m, m->sessions[i].when);
        }
        buffer_append_format(out, ", differs in:\n");
        append_fields(out, m, &m->sessions[i], &m->sessions[0]);
    }
    if (m->count) {
        buffer_append_format(out, "\nEach row counts: ");
        describe_expression(out, m, m->count);
        buffer_append_byte(out, '\n');
    }
}

static void append_selection(struct buffer *out, const struct map *m)
{
    if (m->selection.n) {
        buffer_append_format(out, "\nSessions: ");
        buffer_append_span(out, m->selection);
        buffer_append_byte(out, '\n');
    }
    for (unsigned i = 0; i < m->skips_n; i++) {
        buffer_append_format(out, "  skipped as %.*s: ", (int)m->skips[i].reason.n, m->skips[i].reason.p);
        describe_condition(out, m, m->skips[i].when);
        buffer_append_byte(out, '\n');
    }
}

int catalog_describe(const char *folder, const char *id)
{
    struct findings findings = { 0 };
    struct buffer out = { 0 };
    struct map *m;
    enum status status = map_load(folder, id, &m, &findings);
    fprintf(stderr, "%.*s", (int)findings.text.n, findings.text.n ? findings.text.p : "");
    findings_fini(&findings);
    if (status != STATUS_OK)
        return status == STATUS_INPUT ? EXIT_CODE_USAGE : EXIT_CODE_CONFIG;
    buffer_append_format(&out, "%s: ", id);
    buffer_append_span(&out, m->title);
    buffer_append_format(&out, "%s\n", m->summaries ? " (rows are counts of sessions)" : "");
    append_names(&out, "Connectors: ", m->connectors, m->connectors_n);
    append_names(&out, "Tables: ", m->tables, m->tables_n);
    append_selection(&out, m);
    append_sessions(&out, m);
    if (m->deviations_n)
        buffer_append_format(&out, "\nWhat differs from the upstream parser:\n");
    for (unsigned i = 0; i < m->deviations_n; i++) {
        buffer_append_format(&out, "  - ");
        buffer_append_span(&out, m->deviations[i]);
        buffer_append_byte(&out, '\n');
    }
    map_free(&m);
    return write_out(&out) ? EXIT_CODE_OK : EXIT_CODE_INTERNAL;
}
