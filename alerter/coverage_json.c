#include "coverage_report.h"

#include "watchlist_show.h"

#include "common/utf8.h"

#include <jansson.h>
#include <stdlib.h>

/* JSON is UTF-8; the name of a file need not be. */
static json_t *text(struct span s)
{
    struct buffer valid = { 0 };
    utf8_append_valid(&valid, s);
    json_t *string = json_stringn(valid.p ? valid.p : "", valid.n);
    buffer_fini(&valid);
    return string;
}

static json_t *integer(int64_t n)
{
    return json_integer((json_int_t)n);
}

static void append_line(json_t *object, struct buffer *out)
{
    char *line = json_dumps(object, 0);
    CHECK(line != NULL);
    buffer_append_span(out, span_text(line));
    buffer_append_byte(out, '\n');
    free(line);
    json_decref(object);
}

/* The first `most` of them, and how many more there are. */
static void set_values(json_t *object, const struct coverage *c, int field, const struct coverage_values *v,
                       size_t most)
{
    json_t *list = json_array();
    int64_t more = 0;
    for (size_t i = 0; i < v->n; i++) {
        char digits[COVERAGE_DIGITS];
        if (i >= most)
            more = sum_add(more, v->items[i].sum);
        else
            json_array_append_new(list, json_pack("{s:o, s:o}", "value",
                                                  text(coverage_text(c, field, v->items[i].number, digits)), "sessions",
                                                  integer(v->items[i].sum)));
    }
    json_object_set_new(object, "values", list);
    json_object_set_new(object, "distinct", integer((int64_t)v->n));
    json_object_set_new(object, "sessions_of_other_values", integer(more));
}

static json_t *field_object(const struct coverage_report *r, size_t source, int field)
{
    struct coverage_values v;
    const char *name = coverage_field_name(field);
    coverage_field_values(r, source, field, &v);
    json_t *object =
        json_pack("{s:s, s:b, s:o, s:o}", "field", name, "can_be_set",
                  coverage_can_set(&r->input->source[source], name), "set", integer(v.set), "empty", integer(v.empty));
    set_values(object, r->of[source], field, &v, r->options->top);
    coverage_values_fini(&v);
    return object;
}

static json_t *rejections(const struct coverage_report *r, size_t source, uint32_t rule)
{
    const struct coverage *c = r->of[source];
    json_t *list = json_array();
    for (unsigned i = 0; i < coverage_fields(c); i++) {
        enum count_field field = (enum count_field)i;
        const char *name = count_field_names[field];
        struct coverage_values v;
        if (!c->rows[rule].rejected[field])
            continue;
        coverage_rejected(c, rule, field, &v);
        json_t *object = json_pack("{s:s, s:b, s:o, s:o, s:o}", "field", name, "can_be_set",
                                   coverage_can_set(&r->input->source[source], name), "filter",
                                   text(c->rules.items[rule].row->cells[rule_cells[field]]), "sessions",
                                   integer(c->rows[rule].rejected[field]), "without_value", integer(v.empty));
        set_values(object, c, (int)field, &v, r->options->top);
        json_array_append_new(list, object);
        coverage_values_fini(&v);
    }
    return list;
}

static const char *const verdicts[] = { [COVERAGE_CAN_FIRE] = "can_fire",
                                        [COVERAGE_REJECTED] = "rejected",
                                        [COVERAGE_ABSENT] = "ports_absent",
                                        [COVERAGE_NO_PORT] = "names_no_port" };

static json_t *rule_object(const struct coverage_report *r, size_t source, uint32_t rule)
{
    const struct coverage *c = r->of[source];
    const struct coverage_row *row = &c->rows[rule];
    json_t *object = json_pack("{s:i, s:i, s:s, s:o, s:o, s:o}", "line", (int)c->rules.items[rule].row->line,
                               "threshold", (int)c->rules.items[rule].threshold, "verdict", verdicts[row->verdict],
                               "sessions_on_ports", integer(row->on_ports), "accepted", integer(row->accepted),
                               "accepted_by_value", integer(row->certain));
    if (row->verdict == COVERAGE_REJECTED)
        json_object_set_new(object, "rejected_by", rejections(r, source, rule));
    return object;
}

static json_t *source_object(const struct coverage_report *r, size_t source)
{
    const struct coverage_source *s = &r->input->source[source];
    const struct coverage *c = r->of[source];
    json_t *fields = json_array(), *rows = json_array();
    for (int field = COVERAGE_FIRST; field < COUNT_FIELDS_N; field++)
        json_array_append_new(fields, field_object(r, source, field));
    for (uint32_t rule = 0; rule < c->rules.n; rule++)
        json_array_append_new(rows, rule_object(r, source, rule));
    return json_pack("{s:s, s:O, s:o, s:o, s:o}", "source", s->name, "account", s->account, "counted",
                     integer(c->counted), "fields", fields, "rows", rows);
}

/* ---- the watchlist */

static json_t *firing_sources(const struct coverage_report *r, uint32_t rule)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->input->n; i++)
        if (r->of[i]->rows[rule].verdict == COVERAGE_CAN_FIRE)
            json_array_append_new(list, json_string(r->input->source[i].name));
    return list;
}

static json_t *row_object(const struct coverage_report *r, const struct watchlist_row *row, const uint32_t *rule)
{
    struct buffer state = { 0 }, ports = { 0 };
    watchlist_append_state(&state, row, r->options->evaluate.type);
    watchlist_append_ports(&ports, row);
    json_t *object =
        json_pack("{s:i, s:o, s:o, s:b, s:o, s:o}", "line", (int)row->line, "name", text(row->cells[CELL_NAME]),
                  "description", text(row->cells[CELL_DESCRIPTION]), "takes_part", rule != NULL, "state",
                  text(buffer_span(&state)), "ports", text(buffer_span(&ports)));
    if (rule)
        json_object_set_new(object, "can_fire_on", firing_sources(r, *rule));
    buffer_fini(&state);
    buffer_fini(&ports);
    return object;
}

static json_t *watchlist_object(const struct coverage_report *r)
{
    json_t *rows = json_array();
    const struct rules *rules = &r->of[0]->rules;
    uint32_t rule = 0;
    for (size_t i = 0; i < r->watchlist->rows_n; i++) {
        const struct watchlist_row *row = &r->watchlist->rows[i];
        bool active = rule < rules->n && rules->items[rule].row == row;
        if (!row->blank)
            json_array_append_new(rows, row_object(r, row, active ? &rule : NULL));
        rule += active;
    }
    return json_pack("{s:o, s:o}", "watchlist", text(span_text(r->watchlist->file)), "rows", rows);
}

void coverage_json_append(const struct coverage_report *r, struct buffer *out)
{
    for (size_t i = 0; i < r->input->n; i++)
        append_line(source_object(r, i), out);
    if (r->input->n)
        append_line(watchlist_object(r), out);
}
