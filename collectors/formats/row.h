/* A table row: values by the vendor's column numbers, filled from a JSON object or from a CSV record of an export.
 *
 * Numbers may come as text and texts as numbers, booleans in any spelling: exports differ.  Where a key stands twice,
 * the last one counts.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_ROW_H
#define TIDEMARK_COLLECTORS_FORMATS_ROW_H

#include "core/collector.h"
#include "formats/json.h"

enum { ROW_NUMBERS_MAX = 256, ROW_COLUMNS_MAX = 1024 };

struct row {
    uint64_t present[ROW_NUMBERS_MAX / 64];  /* a null is absent, an empty text is present */
    struct json_value cell[ROW_NUMBERS_MAX]; /* what is not present is not set */
};

static inline bool row_has(const struct row *row, unsigned number)
{
    return row->present[number / 64] >> (number % 64) & 1;
}

void row_clear(struct row *row);
void row_set(struct row *row, unsigned number, const struct json_value *value);
static inline void row_set_text(struct row *row, unsigned number, struct span text)
{
    row_set(row, number, &(struct json_value){ JSON_STRING, text });
}

/* Fill the row from the JSON object `unit` (64 readable bytes follow it): keys by `keys`, whose numbers are below
 * ROW_NUMBERS_MAX; keys with dots are paths as well (json_read).  False: malformed. */
bool row_from_json(struct row *row, struct json_reader *json, const struct keys *keys, struct span unit) MUST_CHECK;

struct row_column {
    uint16_t column, number;
};

/* The columns of a CSV export; a form's state, zeroed at the start of a stream. */
struct row_header {
    uint32_t columns;    /* 0: no header yet */
    size_t header_bytes; /* of the header, to know it when it comes again */
    uint64_t header_hash;
    uint32_t cells_n, entered_n;
    struct row_column cells[ROW_NUMBERS_MAX];   /* those with a number */
    struct row_column entered[ROW_COLUMNS_MAX]; /* those that keys lead into; numbers of prefixes */
};

/* One CSV record.  PARSE_HEADER: it was the first one, or repeats a header; PARSE_RECORD: the row is filled;
 * PARSE_NOTHING: blank; PARSE_BAD or PARSE_LIMIT: r->reason says why.  A suffix in brackets (`TimeGenerated [UTC]`) is
 * no part of a column's name, unless a key has it.  JSON in a cell is entered by keys with dots, as json_read enters
 * strings. */
enum parse_result row_from_csv(struct row *row, struct row_header *header, struct parser *p, struct span unit,
                               struct record *r);

/* Values.  An absent cell gives an empty text, false, or the fallback. */

/* The text as it is; a number as written; True and False; arrays and objects as JSON.  64 readable bytes follow it,
 * unless it is empty. */
struct span row_text(const struct row *row, unsigned number);

/* The text, or nothing if it is `-`. */
struct span row_text_or_dash(const struct row *row, unsigned number);

/* A number, or its decimal text, cut toward zero ("443", "443.0", 4.43e2). */
bool row_whole(const struct row *row, unsigned number, int64_t *out);

/* 1: true, 1, t, yes, y in any case, or the number 1; 0: their opposites; -1: anything else. */
int row_truth(const struct row *row, unsigned number);

/* Milliseconds of a time column: a text of timetext_column, or a number of epoch milliseconds. */
bool row_time(const struct row *row, unsigned number, int64_t *ms);

/* Cells into fields, nothing where there is no value. */
void row_copy_text(const struct row *row, unsigned number, struct record *r, unsigned field);
void row_copy_whole(const struct row *row, unsigned number, struct record *r, unsigned field);
void row_copy_port(const struct row *row, unsigned number, struct record *r, unsigned field);
void row_copy_time(const struct row *row, unsigned number, struct record *r, unsigned field);

/* A JSON number cut toward zero; false if it is beyond int64. */
bool row_number_whole(struct span number, int64_t *out);

/* Recognition: how the head of a stream looks as JSON (row_is_json) or as a CSV header (a comma in its first line);
 * LIKELY if it also has one of the words, which end with a NULL.  JSON keys are given with their quotes.  JSON behind a
 * header (formats/json_header.h) is LIKELY or nothing. */
bool row_is_json(struct span head); /* its first byte behind blanks and a byte order mark opens an object or an array */
enum probe_result row_probe_json(struct span head, const char *const *words);
enum probe_result row_probe_csv(struct span head, const char *const *words);

/* Is the head's JSON what tools make of objects on lines: an array, an object that fills several lines, or one that
 * begins with an array of row_envelope? */
bool row_is_document(struct span head);

/* Is the head's first line a CSV header with this column? */
bool row_has_column(struct span head, const char *column);

/* Keys of arrays that hold rows: Event Hubs and blobs (`records`), REST answers (`value`, `data`, `results`), and what
 * collections of events have. */
extern const char *const row_envelope[];

#endif
