#include "coverage_input.h"

#include "csv_reader.h"
#include "match.h"

#include "common/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns of a summary. */
enum {
    COLUMN_TIME,
    COLUMN_PROTOCOL,
    COLUMN_PORT,
    COLUMN_APP,
    COLUMN_DIRECTION,
    COLUMN_ACTION,
    COLUMN_COUNT,
    COLUMNS_N
};

static enum status add_row(struct counts *c, const struct csv_record *row, struct error *e)
{
    uint64_t port, count;
    if (row->n != COLUMNS_N || !number_parse_digits(row->cells[COLUMN_PORT], &port) || port >= PORTS_N ||
        !number_parse_digits(row->cells[COLUMN_COUNT], &count) || count > INT64_MAX)
        return error_set(e, STATUS_SYSTEM, "line %u is no row of a summary", row->line);
    const struct span texts[COUNT_FIELDS_N] = { [FIELD_PROTOCOL] = row->cells[COLUMN_PROTOCOL],
                                                [FIELD_DIRECTION] = row->cells[COLUMN_DIRECTION],
                                                [FIELD_ACTION] = row->cells[COLUMN_ACTION],
                                                [FIELD_APP] = row->cells[COLUMN_APP] };
    counts_add(c, (uint16_t)port, counts_combination(c, texts), (int64_t)count);
    return STATUS_OK;
}

enum status coverage_counts_add(struct counts *c, char *text, size_t n, struct error *e)
{
    struct csv_reader reader;
    struct csv_record row = { 0 };
    csv_reader_init(&reader, text, n);
    reader.cell_characters_max = SIZE_MAX; /* values are as long as records may be */
    enum status status = csv_reader_next(&reader, &row, e);
    bool header = status == STATUS_OK && row.n == COLUMNS_N && span_is(row.cells[COLUMN_TIME], "EventTime");
    if (!header && status != STATUS_CONFIG)
        status = error_set(e, STATUS_SYSTEM, "line 1 is no header of a summary");
    while (status == STATUS_OK && (status = csv_reader_next(&reader, &row, e)) == STATUS_OK)
        status = add_row(c, &row, e);
    csv_record_fini(&row);
    counts_settle(c);
    return status == STATUS_END ? STATUS_OK : STATUS_SYSTEM;
}

static enum status read_all(const char *file, struct buffer *out, struct error *e)
{
    FILE *f = fopen(file, "rb");
    if (!f)
        return error_errno(e, "%s cannot be read", file);
    for (size_t n = 1; n; out->n += n)
        n = fread(buffer_reserve(out, 1 << 20), 1, 1 << 20, f);
    enum status status = ferror(f) ? error_errno(e, "%s cannot be read", file) : STATUS_OK;
    fclose(f);
    return status;
}

static enum status load_source(struct coverage_source *s, const json_t *object, struct error *e)
{
    struct buffer text = { 0 };
    struct error why = { 0 };
    const char *counts = json_string_value(json_object_get(object, "counts"));
    s->name = json_string_value(json_object_get(object, "source"));
    s->line = json_string_value(json_object_get(object, "line"));
    s->account = json_object_get(object, "account");
    s->grouping = json_object_get(object, "grouping");
    s->sessions = json_integer_value(json_object_get(s->account, "sessions"));
    s->without_port = json_integer_value(json_object_get(s->account, "without_port"));
    if (!counts || !s->name || !s->line)
        return error_set(e, STATUS_SYSTEM, "a source without its name, line or counts");
    enum status status = read_all(counts, &text, e);
    if (status == STATUS_OK && (status = coverage_counts_add(&s->counts, text.p, text.n, &why)) != STATUS_OK)
        (void)error_set(e, status, "%s: %s", counts, why.text);
    buffer_fini(&text);
    return status;
}

enum status coverage_input_load(const char *file, struct coverage_input *out, struct error *e)
{
    json_error_t why;
    *out = (struct coverage_input){ .document = json_load_file(file, JSON_ALLOW_NUL, &why) };
    if (!json_is_array(out->document))
        return error_set(e, STATUS_SYSTEM, "%s: not the list of sources that was expected%s%s", file,
                         out->document ? "" : ": ", out->document ? "" : why.text);
    size_t n = json_array_size(out->document);
    out->source = allocate(n + 1, sizeof *out->source);
    enum status status = STATUS_OK;
    while (out->n < n && status == STATUS_OK) {
        status = load_source(&out->source[out->n], json_array_get(out->document, out->n), e);
        out->n++;
    }
    return status;
}

void coverage_input_fini(struct coverage_input *in)
{
    for (size_t i = 0; i < in->n; i++)
        counts_fini(&in->source[i].counts);
    free(in->source);
    json_decref(in->document);
    *in = (struct coverage_input){ 0 };
}

bool coverage_can_set(const struct coverage_source *s, const char *field)
{
    size_t i;
    const json_t *name;
    json_array_foreach(s->grouping, i, name)
    {
        if (json_string_value(name) && strcmp(json_string_value(name), field) == 0)
            return true;
    }
    return !s->grouping;
}
