#include "output.h"

#include "csv_reader.h"

#include "common/json_text.h"
#include "common/timestamp.h"

static const char *const set_names[FIELD_APP] = { "NetworkProtocols", "NetworkDirections", "DvcActions" };

void output_init(struct output *o, enum output_format format, int fd, bool colour)
{
    *o = (struct output){ .format = format, .colour = colour };
    sink_init(&o->sink, fd, "standard output");
    o->table.columns = 10;
    o->table.right = 1u << 1 | 1u << 4 | 1u << 5;
}

void output_fini(struct output *o)
{
    sink_fini(&o->sink);
    display_table_fini(&o->table);
}

static void append_time(struct buffer *out, int64_t ms)
{
    char text[32];
    buffer_append(out, text, timestamp_format(ms, false, text));
}

/* ---- JSON */

static void append_json_key(struct buffer *out, const char *key)
{
    if (out->p[out->n - 1] != '{')
        buffer_append(out, ", ", 2);
    json_append_text(out, span_text(key));
    buffer_append(out, ": ", 2);
}

static void append_json_pair(struct buffer *out, const char *key, struct span text)
{
    append_json_key(out, key);
    json_append_text(out, text);
}

static void append_json_integer(struct buffer *out, const char *key, int64_t value)
{
    append_json_key(out, key);
    buffer_append_format(out, "%lld", (long long)value);
}

static void append_json_time(struct buffer *out, const char *key, int64_t ms)
{
    char text[32];
    append_json_pair(out, key, span_of(text, timestamp_format(ms, false, text)));
}

static void append_json_set(struct buffer *out, const char *key, const struct result_set *set)
{
    append_json_key(out, key);
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < set->n; i++) {
        if (i)
            buffer_append(out, ", ", 2);
        json_append_text(out, set->items[i]);
    }
    buffer_append_byte(out, ']');
}

static void append_json_groups(struct buffer *out, const struct result *r)
{
    append_json_key(out, "Groups");
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < r->groups_n; i++) {
        if (i)
            buffer_append(out, ", ", 2);
        buffer_append_byte(out, '{');
        for (unsigned field = 0; field < FIELD_APP; field++)
            append_json_pair(out, count_field_names[field], r->groups[i].value[field]);
        append_json_integer(out, "Sum", r->groups[i].sum);
        buffer_append_byte(out, '}');
    }
    buffer_append_byte(out, ']');
}

static void append_json_rows(struct buffer *out, const struct result *r)
{
    append_json_key(out, "Rows");
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < r->rows_n; i++) {
        if (i)
            buffer_append(out, ", ", 2);
        buffer_append_byte(out, '{');
        append_json_pair(out, "File", span_text(r->rows[i].file));
        append_json_integer(out, "Line", r->rows[i].line);
        append_json_integer(out, "Threshold", r->rows[i].threshold);
        append_json_integer(out, "Sum", r->rows[i].sum);
        buffer_append_byte(out, '}');
    }
    buffer_append_byte(out, ']');
}

void output_append_json(struct buffer *out, const struct result *r)
{
    buffer_append_byte(out, '{');
    append_json_time(out, "WindowStart", r->window_start_ms);
    append_json_time(out, "WindowEnd", r->window_end_ms);
    append_json_pair(out, "Name", r->name);
    append_json_pair(out, "Severity", r->severity);
    append_json_pair(out, "Tactic", r->tactic);
    append_json_integer(out, "DstPortNumber", r->port);
    append_json_pair(out, "Description", r->description);
    for (unsigned field = 0; field < FIELD_APP; field++)
        append_json_set(out, set_names[field], &r->values[field]);
    append_json_integer(out, "MaxSum", r->max_sum);
    append_json_integer(out, "Threshold", r->threshold);
    append_json_groups(out, r);
    append_json_rows(out, r);
    append_json_pair(out, "AlertId", span_text(r->alert_id));
    buffer_append(out, "}\n", 2);
}

/* ---- CSV */

static void append_csv_set(struct buffer *out, const struct result_set *set)
{
    struct buffer cell = { 0 };
    for (size_t i = 0; i < set->n; i++) {
        if (i)
            buffer_append(&cell, ", ", 2);
        buffer_append_span(&cell, set->items[i]);
    }
    csv_append_cell(out, buffer_span(&cell));
    buffer_fini(&cell);
}

static void append_csv_rows(struct buffer *out, const struct result *r)
{
    struct buffer cell = { 0 };
    for (size_t i = 0; i < r->rows_n; i++)
        buffer_append_format(&cell, "%s%s:%u", i ? ", " : "", r->rows[i].file, r->rows[i].line);
    csv_append_cell(out, buffer_span(&cell));
    buffer_fini(&cell);
}

static void append_csv_header(struct buffer *out)
{
    static const char header[] =
        "WindowStart,WindowEnd,Name,Severity,Tactic,DstPortNumber,Description,NetworkProtocols,NetworkDirections,"
        "DvcActions,MaxSum,Threshold,Rows,AlertId\n";
    buffer_append(out, header, sizeof header - 1);
}

void output_append_csv(struct buffer *out, const struct result *r)
{
    append_time(out, r->window_start_ms);
    buffer_append_byte(out, ',');
    append_time(out, r->window_end_ms);
    const struct span front[] = { r->name, r->severity, r->tactic };
    for (unsigned i = 0; i < 3; i++) {
        buffer_append_byte(out, ',');
        csv_append_cell(out, front[i]);
    }
    buffer_append_format(out, ",%u,", r->port);
    csv_append_cell(out, r->description);
    for (unsigned field = 0; field < FIELD_APP; field++) {
        buffer_append_byte(out, ',');
        append_csv_set(out, &r->values[field]);
    }
    buffer_append_format(out, ",%lld,%d,", (long long)r->max_sum, r->threshold);
    append_csv_rows(out, r);
    buffer_append_format(out, ",%s\n", r->alert_id);
}

/* ---- table */

enum { TABLE_VALUES_MAX = 4, TABLE_LINES_MAX = 4 };

static void append_table_header(struct display_table *t)
{
    static const char *const names[] = {
        "SEVERITY",  "PORT",     "SERVICE",   "NAME",   "SESSIONS",
        "THRESHOLD", "PROTOCOL", "DIRECTION", "ACTION", "DESCRIPTION (watchlist line)"
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        display_cell(t, span_text(names[i]));
}

/* The values that were there, and `(none)` where sessions without one were among them. */
static void append_table_set(struct display_table *t, const struct result_set *set)
{
    size_t shown = set->n < TABLE_VALUES_MAX ? set->n : TABLE_VALUES_MAX;
    if (set->without)
        buffer_append_format(&t->text, "(none)");
    for (size_t i = 0; i < shown; i++) {
        if (i || set->without)
            buffer_append(&t->text, ", ", 2);
        display_append(&t->text, set->items[i]);
    }
    if (shown < set->n)
        buffer_append_format(&t->text, " and %zu more", set->n - shown);
    display_cell_end(t);
}

static void append_table_cells(struct display_table *t, const struct result *r)
{
    const char *service = service_name(r->port);
    display_cell(t, span_trim(r->severity));
    buffer_append_format(&t->text, "%u", r->port);
    display_cell_end(t);
    display_cell(t, span_text(service ? service : "-"));
    display_cell(t, span_trim(r->name));
    buffer_append_format(&t->text, "%lld", (long long)r->max_sum);
    display_cell_end(t);
    buffer_append_format(&t->text, "%d", r->threshold);
    display_cell_end(t);
    for (unsigned field = 0; field < FIELD_APP; field++)
        append_table_set(t, &r->values[field]);
    display_append(&t->text, span_trim(r->description));
    buffer_append_format(&t->text, "%s", span_trim(r->description).n ? " (" : "(");
    for (size_t i = 0; i < r->rows_n && i < TABLE_LINES_MAX; i++)
        buffer_append_format(&t->text, "%s%u", i ? ", " : "", r->rows[i].line);
    buffer_append_format(&t->text, "%s)", r->rows_n > TABLE_LINES_MAX ? ", …" : "");
    display_cell_end(t);
}

static enum status close_window(struct output *o, struct error *e)
{
    if (!o->window_open)
        return STATUS_OK;
    struct buffer *out = &o->sink.text;
    if (o->colour)
        buffer_append(out, "\x1b[1m", 4);
    append_time(out, o->window_start_ms);
    buffer_append(out, " to ", 4);
    append_time(out, o->window_end_ms);
    if (o->colour)
        buffer_append(out, "\x1b[0m", 4);
    buffer_append_byte(out, '\n');
    display_table_take(&o->table, 2, false, out);
    buffer_append_byte(out, '\n');
    o->window_open = false;
    return sink_settle(&o->sink, e);
}

static enum status table_result(struct output *o, const struct result *r, struct error *e)
{
    if (!o->window_open || o->window_start_ms != r->window_start_ms) {
        enum status status = close_window(o, e);
        if (status != STATUS_OK)
            return status;
        o->window_open = true;
        o->window_start_ms = r->window_start_ms;
        o->window_end_ms = r->window_end_ms;
        append_table_header(&o->table);
    }
    append_table_cells(&o->table, r);
    return STATUS_OK;
}

enum status output_result(void *user, const struct result *r, struct error *e)
{
    struct output *o = user;
    bool first = o->results_n++ == 0;
    if (o->format == OUTPUT_TABLE)
        return table_result(o, r, e);
    if (o->format == OUTPUT_JSON) {
        output_append_json(&o->sink.text, r);
    } else {
        if (first)
            append_csv_header(&o->sink.text);
        output_append_csv(&o->sink.text, r);
    }
    return sink_settle(&o->sink, e);
}

enum status output_end(struct output *o, struct error *e)
{
    enum status status = close_window(o, e);
    if (status != STATUS_OK)
        return status;
    if (o->results_n == 0 && o->format == OUTPUT_CSV)
        append_csv_header(&o->sink.text);
    if (o->results_n == 0 && o->format == OUTPUT_TABLE)
        buffer_append_format(&o->sink.text, "No results: no row of the watchlist was exceeded in any window.\n");
    return sink_flush(&o->sink, e);
}
