/* Zeek's log files in TSV: header lines `#separator`, `#unset_field`, `#path`, `#fields` …, then one record a line.
 *
 * Columns are always found by the header in force, which any later block replaces (rotation, files put together).
 * A variant has one bare row of column names and no `#` lines; it is known by the column `id.orig_h`.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_ZEEK_TSV_H
#define TIDEMARK_COLLECTORS_FORMATS_ZEEK_TSV_H

#include "core/collector.h"
#include "formats/split.h"

enum { ZEEK_TSV_NUMBERS_MAX = 128, ZEEK_TSV_WORD_MAX = 32, ZEEK_TSV_PATH_MAX = 64 };

/* A form's state, zeroed at the start of a stream: no header yet. */
struct zeek_tsv {
    char separator;                   /* 0: the default, a tab */
    uint8_t unset_n, empty_n, path_n; /* 0: the defaults `-` and `(empty)`; no path */
    char unset[ZEEK_TSV_WORD_MAX];
    char empty[ZEEK_TSV_WORD_MAX];
    char path[ZEEK_TSV_PATH_MAX];
    uint32_t columns;                      /* 0: no header */
    uint16_t column[ZEEK_TSV_NUMBERS_MAX]; /* of the vendor's number: index + 1, or 0 */
};

/* One line.  PARSE_RECORD: `s` holds its cells, as many as there are columns.  PARSE_HEADER, PARSE_NOTHING (blank,
 * `#close` and other comments), PARSE_BAD with *reason "no_header" or "field_count".
 * keys: column names to the vendor's numbers, below ZEEK_TSV_NUMBERS_MAX. */
enum parse_result zeek_tsv_line(struct zeek_tsv *z, const struct keys *keys, struct span line, struct split *s,
                                const char **reason);

static inline bool zeek_tsv_has_column(const struct zeek_tsv *z, unsigned number)
{
    return z->column[number] != 0;
}

/* The cell as written; false where the column is missing or the cell is unset.  `(empty)` gives an empty text. */
bool zeek_tsv_cell(const struct zeek_tsv *z, const struct split *s, unsigned number, struct span *out);

/* The text with \xHH resolved, in the parser's scratch if there are any; empty where that has no room. */
struct span zeek_tsv_unescape(struct parser *p, struct span text);

/* LIKELY: a header of either kind begins the head. */
enum probe_result zeek_tsv_probe(struct span head);

#endif
