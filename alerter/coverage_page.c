#include "coverage_report.h"

#include "display.h"
#include "watchlist_show.h"

#include <stdlib.h>

enum { LINE_COLUMNS = 110, INDENT = 4, REJECTED_VALUES_MAX = 5, VALUE_BYTES_MAX = 60 };

/* ---- pieces */

/* A list that is broken into lines; items are escaped. */
struct list {
    struct buffer *out;
    size_t column; /* 0: nothing has been appended */
};

static void list_item(struct list *l, struct span item)
{
    size_t width = display_width(item);
    if (l->column && l->column + 2 + width <= LINE_COLUMNS) {
        buffer_append_format(l->out, ", ");
        l->column += 2;
    } else {
        buffer_append_format(l->out, "%s%*s", l->column ? ",\n" : "", INDENT, "");
        l->column = INDENT;
    }
    buffer_append_span(l->out, item);
    l->column += width;
}

static void list_end(struct list *l)
{
    if (l->column)
        buffer_append_byte(l->out, '\n');
    l->column = 0;
}

/* Texts with the lines that they stand for: "22 ssh (14, 20-23)". */
struct grouped {
    struct names texts; /* escaped */
    struct line_runs {
        struct buffer text;
        unsigned first, last; /* of the run that is not in it yet; 0: none */
    } * runs;                 /* of each text */
    uint32_t runs_capacity;
};

static void end_run(struct line_runs *r)
{
    if (!r->last)
        return;
    buffer_append_format(&r->text, "%s%u", r->text.n ? ", " : "", r->first);
    if (r->last > r->first)
        buffer_append_format(&r->text, "-%u", r->last);
    r->last = 0;
}

static void add_line(struct grouped *g, struct span text, unsigned line)
{
    uint32_t number = names_intern(&g->texts, text);
    if (g->texts.capacity > g->runs_capacity) {
        g->runs = allocate_more(g->runs, g->texts.capacity, sizeof *g->runs);
        memset(g->runs + g->runs_capacity, 0, (g->texts.capacity - g->runs_capacity) * sizeof *g->runs);
        g->runs_capacity = g->texts.capacity;
    }
    struct line_runs *r = &g->runs[number];
    if (r->last && line == r->last + 1) {
        r->last = line;
        return;
    }
    end_run(r);
    r->first = r->last = line;
}

/* As a list. */
static void append_grouped(struct grouped *g, struct buffer *out)
{
    struct list list = { .out = out };
    struct buffer item = { 0 };
    for (uint32_t i = 0; i < g->texts.n; i++) {
        end_run(&g->runs[i]);
        buffer_clear(&item);
        buffer_append_span(&item, g->texts.items[i]);
        buffer_append_format(&item, " (%.*s)", (int)g->runs[i].text.n, g->runs[i].text.p);
        list_item(&list, buffer_span(&item));
        buffer_fini(&g->runs[i].text);
    }
    list_end(&list);
    buffer_fini(&item);
    names_fini(&g->texts);
    free(g->runs);
}

static void append_value(struct buffer *out, const struct coverage *c, int field, uint32_t number)
{
    char digits[COVERAGE_DIGITS];
    struct span text = coverage_text(c, field, number, digits);
    const char *service = field == COVERAGE_PORT ? service_name((uint16_t)number) : NULL;
    size_t shown = text.n;
    if (shown > VALUE_BYTES_MAX)
        for (shown = VALUE_BYTES_MAX; shown && (text.p[shown] & 0xc0) == 0x80;) /* not within a character */
            shown--;
    display_append(out, span_of(text.p, shown));
    buffer_append_format(out, "%s%s%s", shown < text.n ? "…" : "", service ? " " : "", service ? service : "");
}

/* "TCP (80), UDP (20), 3 more (7)" */
static void append_values(struct buffer *out, const struct coverage *c, int field, const struct coverage_values *v,
                          size_t most)
{
    int64_t more = 0;
    size_t shown = v->n <= most ? v->n : most;
    for (size_t i = 0; i < shown; i++) {
        buffer_append_format(out, "%s", i ? ", " : "");
        append_value(out, c, field, v->items[i].number);
        buffer_append_format(out, " (%lld)", (long long)v->items[i].sum);
    }
    for (size_t i = shown; i < v->n; i++)
        more = sum_add(more, v->items[i].sum);
    if (shown < v->n)
        buffer_append_format(out, "%s%zu more (%lld)", shown ? ", " : "", v->n - shown, (long long)more);
}

/* One decimal; neither all nor nothing unless it is. */
static void append_percent(struct buffer *out, int64_t part, int64_t of)
{
    double percent = of ? 100.0 * (double)part / (double)of : 0;
    if (part && percent < 0.1)
        buffer_append_format(out, "  <0.1 %%");
    else if (part != of && percent > 99.9)
        buffer_append_format(out, " >99.9 %%");
    else
        buffer_append_format(out, " %5.1f %%", percent);
}

/* ---- fields of a source */

static void field_row(struct display_table *t, const struct coverage_report *r, size_t source, int field)
{
    struct coverage_values v;
    const char *name = coverage_field_name(field);
    coverage_field_values(r, source, field, &v);
    int64_t all = sum_add(v.set, v.empty);
    display_cell(t, span_text(name));
    buffer_append_format(&t->text, "%lld", (long long)v.set);
    append_percent(&t->text, v.set, all);
    display_cell_end(t);
    buffer_append_format(&t->text, "%lld", (long long)v.empty);
    append_percent(&t->text, v.empty, all);
    display_cell_end(t);
    if (v.n)
        append_values(&t->text, r->of[source], field, &v, r->options->top);
    else if (!coverage_can_set(&r->input->source[source], name))
        buffer_append_format(&t->text, "this source never sets it");
    else
        buffer_append_format(&t->text, "not set in these files");
    display_cell_end(t);
    coverage_values_fini(&v);
}

static void append_fields(const struct coverage_report *r, size_t source, bool bold, struct buffer *out)
{
    const struct coverage_source *s = &r->input->source[source];
    int64_t with_port = s->sessions - s->without_port, counted = r->of[source]->counted;
    struct display_table t = { .columns = 4, .right = 1u << 1 | 1u << 2 };
    display_cell(&t, SPAN_LITERAL("FIELD"));
    display_cell(&t, SPAN_LITERAL("SET"));
    display_cell(&t, SPAN_LITERAL("EMPTY"));
    display_cell(&t, SPAN_LITERAL("VALUES (SESSIONS)"));
    for (int field = COVERAGE_FIRST; field < COUNT_FIELDS_N; field++)
        field_row(&t, r, source, field);
    buffer_append_byte(out, '\n');
    display_table_take(&t, 2, bold, out);
    display_table_fini(&t);
    if (s->without_port)
        buffer_append_format(out,
                             "  The other fields are those of the %lld sessions with a port; no others are counted.\n",
                             (long long)with_port);
    if (counted != with_port)
        buffer_append_format(out, "  The %lld sessions with a port count as %lld.\n", (long long)with_port,
                             (long long)counted);
}

/* ---- rows on a source */

static size_t count_rows(const struct coverage *c, enum coverage_verdict verdict)
{
    size_t n = 0;
    for (uint32_t i = 0; i < c->rules.n; i++)
        n += c->rows[i].verdict == verdict;
    return n;
}

/* `Action "Allow": Deny (30), Drop (2)`: the values that it rejects. */
static void append_rejection(struct buffer *out, const struct coverage_report *r, size_t source, uint32_t rule,
                             enum count_field field)
{
    const struct coverage *c = r->of[source];
    enum watchlist_cell cell = rule_cells[field];
    struct coverage_values v;
    coverage_rejected(c, rule, field, &v);
    buffer_append_format(out, "%s \"", watchlist_columns[cell]);
    display_append(out, c->rules.items[rule].row->cells[cell]);
    buffer_append_format(out, "\" rejects ");
    append_values(out, c, (int)field, &v, REJECTED_VALUES_MAX);
    if (v.empty)
        buffer_append_format(out, "%s(none) (%lld)", v.n ? ", " : "", (long long)v.empty);
    if (!v.n && !coverage_can_set(&r->input->source[source], count_field_names[field]))
        buffer_append_format(out, ", as this source never sets %s", count_field_names[field]);
    coverage_values_fini(&v);
}

/* What a filter rejects beside one that rejects everything makes no difference. */
static bool worth_naming(const struct coverage_row *row, unsigned field)
{
    int64_t most = 0;
    for (unsigned i = 0; i < COUNT_FIELDS_N; i++)
        most = row->rejected[i] > most ? row->rejected[i] : most;
    return row->rejected[field] && (most < row->on_ports || row->rejected[field] == most);
}

static void rejected_row(struct display_table *t, const struct coverage_report *r, size_t source, uint32_t rule)
{
    const struct coverage *c = r->of[source];
    const char *before = "";
    buffer_append_format(&t->text, "%u", c->rules.items[rule].row->line);
    display_cell_end(t);
    watchlist_append_ports(&t->text, c->rules.items[rule].row);
    display_cell_end(t);
    buffer_append_format(&t->text, "%lld", (long long)c->rows[rule].on_ports);
    display_cell_end(t);
    for (unsigned field = 0; field < coverage_fields(c); field++) {
        if (!worth_naming(&c->rows[rule], field))
            continue;
        buffer_append_format(&t->text, "%s", before);
        append_rejection(&t->text, r, source, rule, (enum count_field)field);
        before = "; ";
    }
    display_cell_end(t);
}

static void append_rejected(const struct coverage_report *r, size_t source, bool bold, struct buffer *out)
{
    const struct coverage *c = r->of[source];
    struct display_table t = { .columns = 4, .right = 1u << 0 | 1u << 2 };
    if (!count_rows(c, COVERAGE_REJECTED))
        return;
    display_cell(&t, SPAN_LITERAL("LINE"));
    display_cell(&t, SPAN_LITERAL("PORTS"));
    display_cell(&t, SPAN_LITERAL("SESSIONS"));
    display_cell(&t, SPAN_LITERAL("WHY NONE PASSES"));
    for (uint32_t rule = 0; rule < c->rules.n; rule++)
        if (c->rows[rule].verdict == COVERAGE_REJECTED)
            rejected_row(&t, r, source, rule);
    display_table_take(&t, INDENT, bold, out);
    display_table_fini(&t);
}

/* The fields that a row's sessions lack: "NetworkDirection and DvcAction". */
static void append_wanting(struct buffer *out, const struct coverage *c, uint32_t rule)
{
    const char *before = "";
    for (unsigned field = 0; field < coverage_fields(c); field++) {
        if (!c->rows[rule].wanting[field])
            continue;
        buffer_append_format(out, "%s%s", before, count_field_names[field]);
        before = " and ";
    }
}

/* Rows that fire only on what the source does not say. */
static void append_uncertain(const struct coverage *c, struct buffer *out)
{
    struct grouped lines = { 0 };
    struct buffer fields = { 0 };
    for (uint32_t i = 0; i < c->rules.n; i++) {
        if (c->rows[i].verdict != COVERAGE_CAN_FIRE || c->rows[i].certain)
            continue;
        buffer_clear(&fields);
        append_wanting(&fields, c, i);
        add_line(&lines, buffer_span(&fields), c->rules.items[i].row->line);
    }
    if (lines.texts.n)
        buffer_append_format(out, "  Can fire only because an empty value passes all filters (not with --empty-matches "
                                  "star-only), FIELD (LINE):\n");
    append_grouped(&lines, out);
    buffer_fini(&fields);
}

static void append_source(const struct coverage_report *r, size_t source, bool bold, struct buffer *out)
{
    const struct coverage *c = r->of[source];
    const struct coverage_source *s = &r->input->source[source];
    struct span rest = span_text(s->line);
    while (rest.n) {
        size_t n = span_find(rest, '\n', 0);
        display_append(out, span_of(rest.p, n));
        buffer_append_byte(out, '\n');
        rest = span_from(rest, n < rest.n ? n + 1 : n);
    }
    if (s->sessions)
        append_fields(r, source, bold, out);
    if (!c->counted) {
        buffer_append_format(out, "  %s: no row of the watchlist can fire.\n",
                             !s->sessions                           ? "No session in these files"
                             : coverage_can_set(s, "DstPortNumber") ? "No session in these files has a port"
                                                                    : "This source never says a port");
        return;
    }
    buffer_append_format(out,
                         "\n  Rows of the watchlist that take part %u: can fire %zu, rejected by filters %zu, "
                         "no session on their ports %zu\n",
                         c->rules.n, count_rows(c, COVERAGE_CAN_FIRE), count_rows(c, COVERAGE_REJECTED),
                         count_rows(c, COVERAGE_ABSENT) + count_rows(c, COVERAGE_NO_PORT));
    append_rejected(r, source, bold, out);
    append_uncertain(c, out);
}

/* ---- the watchlist over all sources */

/* The most that a row is worth on any source: it can fire, or else it is rejected, absent, without ports. */
static enum coverage_verdict best_verdict(const struct coverage_report *r, uint32_t rule)
{
    enum coverage_verdict best = COVERAGE_NO_PORT;
    for (size_t i = 0; i < r->input->n; i++)
        if (r->of[i]->rows[rule].verdict < best)
            best = r->of[i]->rows[rule].verdict;
    return best;
}

static size_t count_best(const struct coverage_report *r, enum coverage_verdict verdict)
{
    size_t n = 0;
    for (uint32_t rule = 0; rule < r->of[0]->rules.n; rule++)
        n += best_verdict(r, rule) == verdict;
    return n;
}

static int64_t accepted_in_all(const struct coverage_report *r, uint32_t rule)
{
    int64_t accepted = 0;
    for (size_t i = 0; i < r->input->n; i++)
        accepted = sum_add(accepted, r->of[i]->rows[rule].accepted);
    return accepted;
}

static void firing_row(struct display_table *t, const struct coverage_report *r, uint32_t rule)
{
    const struct watchlist_row *row = r->of[0]->rules.items[rule].row;
    buffer_append_format(&t->text, "%u", row->line);
    display_cell_end(t);
    watchlist_append_ports(&t->text, row);
    display_cell_end(t);
    for (unsigned field = 0; field < coverage_fields(r->of[0]); field++) {
        watchlist_append_filter(&t->text, row->cells[rule_cells[field]]);
        display_cell_end(t);
    }
    buffer_append_format(&t->text, "over %d", r->of[0]->rules.items[rule].threshold);
    display_cell_end(t);
    buffer_append_format(&t->text, "%lld", (long long)accepted_in_all(r, rule));
    display_cell_end(t);
    const char *before = "";
    for (size_t i = 0; i < r->input->n; i++) {
        if (r->of[i]->rows[rule].verdict != COVERAGE_CAN_FIRE)
            continue;
        buffer_append_format(&t->text, "%s%s", before, r->input->source[i].name);
        before = ", ";
    }
    display_cell_end(t);
    display_cell(t, span_trim(row->cells[CELL_NAME]));
}

/* Rows that can fire, but not on so few sessions, were they all in one window and one group. */
static void append_too_few(const struct coverage_report *r, struct buffer *out)
{
    struct grouped lines = { 0 };
    struct buffer ports = { 0 };
    for (uint32_t rule = 0; rule < r->of[0]->rules.n; rule++) {
        const struct rule *one = &r->of[0]->rules.items[rule];
        if (best_verdict(r, rule) != COVERAGE_CAN_FIRE || accepted_in_all(r, rule) > one->threshold)
            continue;
        buffer_clear(&ports);
        watchlist_append_ports(&ports, one->row);
        add_line(&lines, buffer_span(&ports), one->row->line);
    }
    if (lines.texts.n)
        buffer_append_format(out,
                             "  Of those, on too few sessions for their threshold in these files, PORTS (LINE):\n");
    append_grouped(&lines, out);
    buffer_fini(&ports);
}

static void append_firing(const struct coverage_report *r, bool bold, struct buffer *out)
{
    unsigned fields = coverage_fields(r->of[0]);
    struct display_table t = { .columns = 6 + fields, .right = 1u << 0 | 1u << (fields + 2) | 1u << (fields + 3) };
    size_t n = count_best(r, COVERAGE_CAN_FIRE);
    buffer_append_format(out, "  %zu can fire%s\n", n, n ? " (SESSIONS are those of all windows):" : ".");
    if (!n)
        return;
    display_cell(&t, SPAN_LITERAL("LINE"));
    display_cell(&t, SPAN_LITERAL("PORTS"));
    static const char *const titles[COUNT_FIELDS_N] = { "PROTOCOL", "DIRECTION", "ACTION", "APP" };
    for (unsigned field = 0; field < fields; field++)
        display_cell(&t, span_text(titles[field]));
    display_cell(&t, SPAN_LITERAL("THRESHOLD"));
    display_cell(&t, SPAN_LITERAL("SESSIONS"));
    display_cell(&t, SPAN_LITERAL("SOURCES"));
    display_cell(&t, SPAN_LITERAL("NAME"));
    for (uint32_t rule = 0; rule < r->of[0]->rules.n; rule++)
        if (best_verdict(r, rule) == COVERAGE_CAN_FIRE)
            firing_row(&t, r, rule);
    display_table_take(&t, INDENT, bold, out);
    display_table_fini(&t);
}

/* The rows that are no better than that on any source, under a sentence. */
static void append_others(const struct coverage_report *r, enum coverage_verdict verdict, const char *what,
                          struct buffer *out)
{
    struct grouped lines = { 0 };
    struct buffer ports = { 0 };
    size_t n = 0;
    for (uint32_t rule = 0; rule < r->of[0]->rules.n; rule++) {
        const struct watchlist_row *row = r->of[0]->rules.items[rule].row;
        if (best_verdict(r, rule) != verdict)
            continue;
        buffer_clear(&ports);
        watchlist_append_ports(&ports, row);
        add_line(&lines, buffer_span(&ports), row->line);
        n++;
    }
    if (n)
        buffer_append_format(out, "  %zu %s, PORTS (LINE):\n", n, what);
    append_grouped(&lines, out);
    buffer_fini(&ports);
}

static void append_inactive(const struct coverage_report *r, struct buffer *out)
{
    struct grouped lines = { 0 };
    struct buffer state = { 0 };
    size_t n = 0;
    int32_t threshold;
    for (size_t i = 0; i < r->watchlist->rows_n; i++) {
        const struct watchlist_row *row = &r->watchlist->rows[i];
        if (row->blank || watchlist_row_verdict(row, r->options->evaluate.type, &threshold) == WATCHLIST_ACTIVE)
            continue;
        buffer_clear(&state);
        watchlist_append_state(&state, row, r->options->evaluate.type);
        add_line(&lines, buffer_span(&state), row->line);
        n++;
    }
    if (n)
        buffer_append_format(out, "  %zu take no part, STATE (LINE):\n", n);
    append_grouped(&lines, out);
    buffer_fini(&state);
}

void coverage_page_append(const struct coverage_report *r, bool bold, struct buffer *out)
{
    if (!r->input->n)
        return;
    for (size_t i = 0; i < r->input->n; i++) {
        append_source(r, i, bold, out);
        buffer_append_byte(out, '\n');
    }
    buffer_append_format(out, "Rows of ");
    display_append(out, span_text(r->watchlist->file));
    buffer_append_format(out, r->input->n > 1 ? ", over all sources:\n" : ":\n");
    append_firing(r, bold, out);
    append_too_few(r, out);
    append_others(r, COVERAGE_REJECTED, "cannot fire: filters reject all sessions on their ports", out);
    append_others(r, COVERAGE_ABSENT, "cannot fire: no session on their ports", out);
    append_others(r, COVERAGE_NO_PORT, "cannot fire: they name no port (see tidemark watchlist check)", out);
    append_inactive(r, out);
}
