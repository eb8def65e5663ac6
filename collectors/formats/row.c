#include "formats/row.h"

#include "common/number.h"
#include "core/parser.h"
#include "formats/csv.h"
#include "formats/digits.h"
#include "formats/json_header.h"
#include "formats/keys.h"
#include "formats/timetext.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

const char *const row_envelope[] = { "records", "value", "events",   "data", "results",
                                     "Results", "logs",  "messages", NULL };

void row_clear(struct row *row)
{
    memset(row->present, 0, sizeof row->present);
}

void row_set(struct row *row, unsigned number, const struct json_value *value)
{
    uint64_t bit = UINT64_C(1) << (number % 64);
    if (value->kind == JSON_NULL) {
        row->present[number / 64] &= ~bit;
        return;
    }
    row->present[number / 64] |= bit;
    row->cell[number] = *value;
}

bool row_from_json(struct row *row, struct json_reader *json, const struct keys *keys, struct span unit)
{
    return json_read(json, unit, keys, row->cell, row->present, ROW_NUMBERS_MAX / 64);
}

/* `TimeGenerated [UTC]` is the column TimeGenerated. */
static struct span column_name(struct span cell)
{
    cell = span_trim(cell);
    if (cell.n && cell.p[cell.n - 1] == ']') {
        size_t at = span_search(cell, SPAN_LITERAL(" ["));
        if (at < cell.n)
            cell.n = at;
    }
    return cell;
}

static void set_header(struct row_header *header, struct parser *p, struct span unit, const struct tokens *cells)
{
    const struct keys *keys = p->keys;
    bool seen[ROW_NUMBERS_MAX] = { false };
    header->columns = cells->n;
    header->header_bytes = unit.n;
    header->header_hash = XXH3_64bits(unit.p, unit.n);
    for (uint32_t i = 0; i < cells->n; i++) {
        struct span cell = csv_field(p, unit, cells, i);
        int number = keys_find(keys, span_trim(cell));
        if (number == KEY_NONE)
            number = keys_find(keys, column_name(cell));
        if (number != KEY_NONE && !seen[number]) {
            seen[number] = true;
            header->cells[header->cells_n++] = (struct row_column){ (uint16_t)i, (uint16_t)number };
        }
        int prefix = keys->prefixes ? keys_find(keys->prefixes, column_name(cell)) : KEY_NONE;
        if (prefix != KEY_NONE)
            header->entered[header->entered_n++] = (struct row_column){ (uint16_t)i, (uint16_t)prefix };
    }
}

/* The cells of columns that keys lead into. */
static void enter_cells(struct row *row, const struct row_header *header, struct parser *p, struct span unit,
                        const struct tokens *cells)
{
    if (header->entered_n == 0 || !json_texts_begin(p->json, unit.n))
        return;
    for (uint32_t i = 0; i < header->entered_n; i++) {
        struct span cell = csv_field(p, unit, cells, header->entered[i].column);
        if (cell.n)
            json_text(p->json, cell, p->keys, header->entered[i].number, row->cell, row->present);
    }
}

/* Where the cells are: framing knows it mostly. */
static enum status find_cells(const struct parser *p, struct span unit, uint32_t *room, struct tokens *cells)
{
    if (p->tokens.n == 0)
        return csv_fields(unit, ',', room, ROW_COLUMNS_MAX, cells);
    *cells = p->tokens;
    return cells->n > ROW_COLUMNS_MAX ? STATUS_LIMIT : STATUS_OK;
}

enum parse_result row_from_csv(struct row *row, struct row_header *header, struct parser *p, struct span unit,
                               struct record *r)
{
    uint32_t room[ROW_COLUMNS_MAX];
    struct tokens cells;
    row_clear(row);
    if (unit.n == 0)
        return PARSE_NOTHING;
    if (header->columns && unit.n == header->header_bytes && XXH3_64bits(unit.p, unit.n) == header->header_hash)
        return PARSE_HEADER;
    switch (find_cells(p, unit, room, &cells)) {
    case STATUS_OK:
        break;
    case STATUS_LIMIT:
        return record_verdict(r, PARSE_LIMIT, "fields");
    default:
        return record_verdict(r, PARSE_BAD, "csv");
    }
    if (!header->columns) {
        set_header(header, p, unit, &cells);
        return PARSE_HEADER;
    }
    if (cells.n != header->columns)
        return record_verdict(r, PARSE_BAD, "field_count");
    for (uint32_t i = 0; i < header->cells_n; i++) {
        struct span cell = csv_field(p, unit, &cells, header->cells[i].column);
        unsigned number = header->cells[i].number;
        if (cell.n == 0)
            continue;
        row->cell[number] = (struct json_value){ JSON_STRING, cell };
        row->present[number / 64] |= UINT64_C(1) << (number % 64);
    }
    enter_cells(row, header, p, unit, &cells);
    return PARSE_RECORD;
}

struct span row_text(const struct row *row, unsigned number)
{
    enum { PADDING_BYTES = 64 }; /* readable behind the text, as behind those of a unit */
    static const char yes[sizeof "True" + PADDING_BYTES] = "True", no[sizeof "False" + PADDING_BYTES] = "False";
    if (!row_has(row, number))
        return span_of("", 0);
    const struct json_value *v = &row->cell[number];
    return v->kind == JSON_TRUE ? span_text(yes) : v->kind == JSON_FALSE ? span_text(no) : v->text;
}

struct span row_text_or_dash(const struct row *row, unsigned number)
{
    struct span text = row_text(row, number);
    return text.n == 1 && text.p[0] == '-' ? span_of("", 0) : text;
}

bool row_number_whole(struct span number, int64_t *out)
{
    if (digits_parse(number, out) || number_parse_int(number, out))
        return true;
    /* Digits before and behind the point that no exponent moves need no floating point. */
    bool exponent = span_find(number, 'e', 0) < number.n || span_find(number, 'E', 0) < number.n;
    if (!exponent && number.n < 15)
        return number_parse_whole(number, out);
    char copy[512];
    if (number.n >= sizeof copy)
        return false;
    memcpy(copy, number.p, number.n);
    copy[number.n] = '\0';
    double value = strtod(copy, NULL);
    if (!(fabs(value) < 9.2e18))
        return false;
    *out = (int64_t)value;
    return true;
}

bool row_whole(const struct row *row, unsigned number, int64_t *out)
{
    if (!row_has(row, number))
        return false;
    const struct json_value *v = &row->cell[number];
    if (v->kind == JSON_NUMBER)
        return row_number_whole(v->text, out);
    return v->kind == JSON_STRING && number_parse_whole(v->text, out);
}

static bool one_of(struct span text, const char *const *words)
{
    for (; *words; words++)
        if (span_equal_nocase(text, span_text(*words)))
            return true;
    return false;
}

int row_truth(const struct row *row, unsigned number)
{
    static const char *const yes[] = { "true", "1", "t", "yes", "y", NULL };
    static const char *const no[] = { "false", "0", "f", "no", "n", NULL };
    if (!row_has(row, number))
        return -1;
    const struct json_value *v = &row->cell[number];
    if (v->kind == JSON_TRUE || v->kind == JSON_FALSE)
        return v->kind == JSON_TRUE;
    struct span text = span_trim(v->text);
    return one_of(text, yes) ? 1 : one_of(text, no) ? 0 : -1;
}

bool row_time(const struct row *row, unsigned number, int64_t *ms)
{
    if (!row_has(row, number))
        return false;
    const struct json_value *v = &row->cell[number];
    if (v->kind == JSON_NUMBER)
        return timetext_number(v->text, ms);
    return v->kind == JSON_STRING && timetext_column(v->text, ms);
}

void row_copy_text(const struct row *row, unsigned number, struct record *r, unsigned field)
{
    record_set_text(r, field, row_text(row, number));
}

void row_copy_whole(const struct row *row, unsigned number, struct record *r, unsigned field)
{
    int64_t value;
    if (row_whole(row, number, &value))
        record_set_number(r, field, value);
}

void row_copy_port(const struct row *row, unsigned number, struct record *r, unsigned field)
{
    int64_t value;
    if (row_whole(row, number, &value))
        record_set_port(r, field, value);
}

void row_copy_time(const struct row *row, unsigned number, struct record *r, unsigned field)
{
    int64_t ms;
    if (row_time(row, number, &ms))
        record_set_number(r, field, ms);
}

static struct span behind_blanks(struct span head)
{
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    while (head.n && byte_is_blank(head.p[0]))
        head = span_from(head, 1);
    return head;
}

bool row_is_json(struct span head)
{
    head = behind_blanks(head);
    return head.n && (head.p[0] == '{' || head.p[0] == '[');
}

static bool has_one(struct span text, const char *const *words)
{
    for (; words && *words; words++)
        if (span_search(text, span_text(*words)) < text.n)
            return true;
    return false;
}

/* The same in JSON that is a text in JSON, where a word's last quote has a backslash. */
static bool has_one_inside(struct span text, const char *const *words)
{
    for (; words && *words; words++) {
        struct span word = span_text(*words);
        if (word.n < 2 || word.p[word.n - 1] != '"')
            continue;
        word.n--;
        struct span rest = text;
        for (size_t at = span_search(rest, word); at < rest.n; at = span_search(rest, word)) {
            rest = span_from(rest, at + word.n);
            if (span_starts(rest, SPAN_LITERAL("\\\"")))
                return true;
        }
    }
    return false;
}

enum probe_result row_probe_json(struct span head, const char *const *words)
{
    size_t header = 0;
    head = behind_blanks(head);
    bool plain = row_is_json(head);
    if (!plain && json_header(head, &header) != STATUS_OK)
        return PROBE_NO;
    head = span_from(head, header);
    if (has_one(head, words) || has_one_inside(head, words))
        return PROBE_LIKELY;
    return plain ? PROBE_POSSIBLE : PROBE_NO;
}

enum probe_result row_probe_csv(struct span head, const char *const *words)
{
    head = behind_blanks(head);
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    if (row_is_json(line) || span_find(line, ',', 0) == line.n)
        return PROBE_NO;
    return has_one(line, words) ? PROBE_LIKELY : PROBE_POSSIBLE;
}

bool row_is_document(struct span head)
{
    head = behind_blanks(head);
    struct span line = span_trim(span_of(head.p, span_find(head, '\n', 0)));
    if (line.n < 2 || line.p[0] != '{')
        return line.n && (line.p[0] == '[' || line.p[0] == '{');
    line = behind_blanks(span_from(line, 1));
    for (const char *const *key = row_envelope; *key; key++) {
        struct span name = span_text(*key);
        size_t n = name.n + 2;
        if (line.n > n && line.p[0] == '"' && memcmp(line.p + 1, name.p, name.n) == 0 && line.p[n - 1] == '"')
            return span_starts(behind_blanks(span_from(span_trim(span_from(line, n)), 1)), SPAN_LITERAL("["));
    }
    return false;
}

bool row_has_column(struct span head, const char *column)
{
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    return row_probe_csv(head, NULL) != PROBE_NO && span_search(line, span_text(column)) < line.n;
}
