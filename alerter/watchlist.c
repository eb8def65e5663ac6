#include "watchlist.h"

#include "csv_reader.h"
#include "template.h"
#include "threshold.h"

#include "common/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const char *const watchlist_columns[CELLS_N] = {
    [CELL_PORTS] = "Ports",
    [CELL_APP] = "App",
    [CELL_PROTOCOL] = "Protocol",
    [CELL_DIRECTION] = "Direction",
    [CELL_ACTION] = "Action",
    [CELL_TYPE] = "Type",
    [CELL_THRESHOLD_TYPE] = "ThresholdType",
    [CELL_THRESHOLD] = "Threshold",
    [CELL_SEVERITY] = "Severity",
    [CELL_TACTIC] = "Tactic",
    [CELL_NAME] = "Name",
    [CELL_DESCRIPTION] = "Description",
};

void watchlist_free(struct watchlist **w)
{
    if (!*w)
        return;
    free((*w)->file);
    free((*w)->raw);
    free((*w)->text);
    free((*w)->rows);
    free((*w)->header);
    free(*w);
    *w = NULL;
}

static bool may_be_absent(unsigned cell)
{
    return cell == CELL_APP || cell == CELL_TACTIC || cell == CELL_DESCRIPTION;
}

/* Where each cell stands in a record; CELLS_N entries, -1 for an absent column. */
static enum status find_columns(const struct watchlist *w, const struct csv_record *header, int *place, struct error *e)
{
    for (unsigned cell = 0; cell < CELLS_N; cell++) {
        unsigned count = 0;
        place[cell] = -1;
        for (size_t i = 0; i < header->n; i++) {
            if (span_is(header->cells[i], watchlist_columns[cell])) {
                place[cell] = (int)i;
                count++;
            }
        }
        if (count > 1)
            return error_set(e, STATUS_CONFIG, "%s:%u:1: %u columns %s: expected one", w->file, header->line, count,
                             watchlist_columns[cell]);
        if (count == 0 && !may_be_absent(cell))
            return error_set(e, STATUS_CONFIG,
                             "%s:%u:1: no column %s: expected a header line with the columns Ports, App, Protocol, "
                             "Direction, Action, Type, ThresholdType, Threshold, Severity, Tactic, Name, Description",
                             w->file, header->line, watchlist_columns[cell]);
    }
    return STATUS_OK;
}

static void add_row(struct watchlist *w, size_t *capacity, const struct csv_record *record, const int *place)
{
    if (w->rows_n == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 128;
        w->rows = allocate_more(w->rows, *capacity, sizeof *w->rows);
    }
    struct watchlist_row *row = &w->rows[w->rows_n++];
    *row = (struct watchlist_row){ .line = record->line, .blank = true };
    for (unsigned cell = 0; cell < CELLS_N; cell++) {
        size_t at = (size_t)place[cell];
        row->cells[cell] = place[cell] >= 0 && at < record->n ? record->cells[at] : SPAN_LITERAL("");
    }
    for (size_t i = 0; i < record->n; i++) {
        bool blank = span_trim(record->cells[i]).n == 0;
        row->blank &= blank;
        row->overlong |= i >= w->header_n && !blank;
    }
}

/* Rows of w->text. */
static enum status read_rows(struct watchlist *w, size_t n, unsigned first_line, struct error *e)
{
    struct csv_reader reader;
    struct csv_record record = { 0 };
    struct error bad;
    int place[CELLS_N];
    size_t capacity = 0;
    csv_reader_init(&reader, w->text, n);
    reader.line = first_line;
    enum status status = csv_reader_next(&reader, &record, &bad);
    if (status == STATUS_CONFIG)
        goto refused;
    status = find_columns(w, &record, place, e); /* an empty text has no header either: no columns */
    if (status != STATUS_OK)
        goto out;
    w->header_n = record.n;
    w->header = allocate(record.n, sizeof *w->header);
    memcpy(w->header, record.cells, record.n * sizeof *w->header);
    while ((status = csv_reader_next(&reader, &record, &bad)) == STATUS_OK)
        add_row(w, &capacity, &record, place);
    if (status == STATUS_END) {
        status = STATUS_OK;
        goto out;
    }
refused:
    error_set(e, status, "%s:%s", w->file, bad.text);
out:
    csv_record_fini(&record);
    return status;
}

static enum status check_encoding(const struct watchlist *w, struct span content, struct error *e)
{
    if (utf8_valid(content))
        return STATUS_OK;
    unsigned line = 1;
    size_t begin = 0;
    for (size_t end; begin < content.n; begin = end + 1, line++) {
        end = span_find(content, '\n', begin);
        if (!utf8_valid(span_of(content.p + begin, end - begin)))
            break;
    }
    return error_set(e, STATUS_CONFIG,
                     "%s:%u:1: the text is not UTF-8: expected UTF-8, with or without a byte order mark", w->file,
                     line);
}

/* Fills w->text with the CSV. */
static enum status take_content(struct watchlist *w, struct span content, size_t *n, unsigned *line, struct error *e)
{
    *line = 1;
    if (span_starts(span_trim(content), SPAN_LITERAL("{"))) {
        struct error bad;
        char *csv;
        enum status status = template_content(content, &csv, n, line, &bad);
        if (status == STATUS_OK) {
            w->text = csv;
            w->raw = allocate_text(span_of(csv, *n));
            w->raw_n = *n;
            return STATUS_OK;
        }
        /* A CSV may begin with a brace too, but hardly with a brace and a quote. */
        struct span behind = span_trim(span_from(span_trim(content), 1));
        if (status != STATUS_BAD || span_starts(behind, SPAN_LITERAL("\"")))
            return error_set(e, STATUS_CONFIG, "%s:%s%s", w->file, status == STATUS_BAD ? "" : " ", bad.text);
        *line = 1;
    }
    w->text = allocate(content.n + 1, 1);
    if (content.n)
        memcpy(w->text, content.p, content.n);
    *n = content.n;
    return STATUS_OK;
}

enum status watchlist_parse(struct span content, const char *file, struct watchlist **out, struct error *e)
{
    struct watchlist *w = allocate(1, sizeof *w);
    w->file = allocate_text(span_text(file));
    if (span_starts(content, SPAN_LITERAL("\xef\xbb\xbf")))
        content = span_from(content, 3);
    size_t n = 0;
    unsigned line = 1;
    enum status status = check_encoding(w, content, e);
    if (status == STATUS_OK)
        status = take_content(w, content, &n, &line, e);
    if (status == STATUS_OK && w->raw && n >= 3 && memcmp(w->text, "\xef\xbb\xbf", 3) == 0) {
        memmove(w->text, w->text + 3, n - 3);
        n -= 3;
    }
    if (status == STATUS_OK)
        status = read_rows(w, n, line, e);
    if (status != STATUS_OK) {
        watchlist_free(&w);
        return status;
    }
    *out = w;
    return STATUS_OK;
}

static enum status read_file(const char *file, struct buffer *out, struct error *e)
{
    FILE *f = fopen(file, "rb");
    if (!f) {
        error_errno(e, "%s: the watchlist cannot be read", file);
        return STATUS_CONFIG;
    }
    enum status status = STATUS_OK;
    for (size_t n = 1; n && status == STATUS_OK;) {
        n = fread(buffer_reserve(out, 65536), 1, 65536, f);
        out->n += n;
        if (out->n > WATCHLIST_BYTES_MAX)
            status = error_set(e, STATUS_CONFIG, "%s: the watchlist is too large: expected at most %d MiB", file,
                               WATCHLIST_BYTES_MAX >> 20);
    }
    if (status == STATUS_OK && ferror(f)) {
        error_errno(e, "%s: the watchlist cannot be read", file);
        status = STATUS_CONFIG;
    }
    fclose(f);
    return status;
}

enum status watchlist_load(const char *file, struct watchlist **out, struct error *e)
{
    struct buffer content = { 0 };
    enum status status = read_file(file, &content, e);
    if (status == STATUS_OK)
        status = watchlist_parse(buffer_span(&content), file, out, e);
    buffer_fini(&content);
    return status;
}

static bool type_taken(struct span type, enum watchlist_type wanted)
{
    return (wanted != WATCHLIST_DETECTION && span_is(type, "Hunting")) ||
           (wanted != WATCHLIST_HUNTING && span_is(type, "Detection"));
}

enum watchlist_verdict watchlist_row_verdict(const struct watchlist_row *row, enum watchlist_type type,
                                             int32_t *threshold)
{
    if (row->overlong)
        return WATCHLIST_OVERLONG;
    if (row->blank)
        return WATCHLIST_BLANK;
    if (!span_is(row->cells[CELL_THRESHOLD_TYPE], "Static"))
        return WATCHLIST_OTHER_THRESHOLD;
    if (span_is(row->cells[CELL_SEVERITY], "Disabled"))
        return WATCHLIST_DISABLED;
    if (!type_taken(row->cells[CELL_TYPE], type))
        return WATCHLIST_OTHER_TYPE;
    if (!threshold_parse(row->cells[CELL_THRESHOLD], threshold))
        return WATCHLIST_BAD_THRESHOLD;
    return WATCHLIST_ACTIVE;
}
