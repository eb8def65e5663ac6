#include "csv_reader.h"

#include <stdlib.h>

void csv_reader_init(struct csv_reader *r, char *text, size_t n)
{
    *r = (struct csv_reader){ .text = text, .n = n, .line = 1, .cell_characters_max = CSV_CELL_CHARACTERS_MAX };
}

void csv_record_fini(struct csv_record *r)
{
    free(r->cells);
    *r = (struct csv_record){ 0 };
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Steps over the line end at `at`: LF, CR or CRLF. */
static void next_line(struct csv_reader *r)
{
    if (r->text[r->at] == '\r' && r->at + 1 < r->n && r->text[r->at + 1] == '\n')
        r->at++;
    r->at++;
    r->line++;
    r->line_start = r->at;
}

static unsigned column_of(const struct csv_reader *r, size_t at)
{
    return (unsigned)(at - r->line_start) + 1;
}

static void push_cell(struct csv_record *out, struct span cell)
{
    if (out->n == out->capacity) {
        out->capacity = out->capacity ? 2 * out->capacity : 16;
        out->cells = allocate_more(out->cells, out->capacity, sizeof *out->cells);
    }
    out->cells[out->n++] = cell;
}

/* Characters, not bytes: continuation bytes do not count. */
static bool too_long(const struct csv_reader *r, struct span cell)
{
    if (cell.n <= r->cell_characters_max)
        return false;
    size_t characters = 0;
    for (size_t i = 0; i < cell.n; i++)
        characters += ((unsigned char)cell.p[i] & 0xc0) != 0x80;
    return characters > r->cell_characters_max;
}

/* The cell whose opening quote is at `at`; leaves `at` behind the closing one. */
static enum status quoted_cell(struct csv_reader *r, struct span *cell, struct error *e)
{
    unsigned line = r->line, column = column_of(r, r->at);
    size_t begin = ++r->at, end = begin;
    for (;;) {
        if (r->at >= r->n)
            return error_set(e, STATUS_CONFIG, "%u:%u: a quote is never closed: expected a closing quote", line,
                             column);
        char c = r->text[r->at];
        if (c == '"') {
            r->at++;
            if (r->at >= r->n || r->text[r->at] != '"')
                break;
            r->text[end++] = '"';
            r->at++;
        } else if (is_line_end(c)) {
            size_t from = r->at;
            next_line(r);
            while (from < r->at)
                r->text[end++] = r->text[from++];
        } else {
            r->text[end++] = c;
            r->at++;
        }
    }
    *cell = span_of(r->text + begin, end - begin);
    if (r->at < r->n && r->text[r->at] != ',' && !is_line_end(r->text[r->at]))
        return error_set(e, STATUS_CONFIG,
                         "%u:%u: text behind a closing quote: expected a comma or the end of the line (a quote "
                         "inside quotes is written twice)",
                         r->line, column_of(r, r->at));
    return STATUS_OK;
}

static struct span plain_cell(struct csv_reader *r)
{
    size_t begin = r->at;
    while (r->at < r->n && r->text[r->at] != ',' && !is_line_end(r->text[r->at]))
        r->at++;
    return span_of(r->text + begin, r->at - begin);
}

enum status csv_reader_next(struct csv_reader *r, struct csv_record *out, struct error *e)
{
    out->n = 0;
    out->line = r->line;
    if (r->at >= r->n)
        return STATUS_END;
    if (is_line_end(r->text[r->at])) {
        next_line(r);
        return STATUS_OK;
    }
    for (;;) {
        struct span cell = { r->text + r->at, 0 };
        unsigned line = r->line, column = column_of(r, r->at);
        if (r->at < r->n && r->text[r->at] == '"') {
            enum status status = quoted_cell(r, &cell, e);
            if (status != STATUS_OK)
                return status;
        } else {
            cell = plain_cell(r);
        }
        if (too_long(r, cell))
            return error_set(e, STATUS_CONFIG, "%u:%u: a cell is too long: expected at most %zu characters", line,
                             column, r->cell_characters_max);
        push_cell(out, cell);
        if (r->at >= r->n)
            return STATUS_OK;
        if (is_line_end(r->text[r->at])) {
            next_line(r);
            return STATUS_OK;
        }
        r->at++; /* the comma: another cell follows, be it empty */
    }
}

void csv_append_cell(struct buffer *out, struct span cell)
{
    bool quote = cell.n > 0 && (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' ');
    for (size_t i = 0; i < cell.n && !quote; i++)
        quote = cell.p[i] == ',' || cell.p[i] == '"' || is_line_end(cell.p[i]);
    if (!quote) {
        buffer_append_span(out, cell);
        return;
    }
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"')
            buffer_append_byte(out, '"');
        buffer_append_byte(out, cell.p[i]);
    }
    buffer_append_byte(out, '"');
}
