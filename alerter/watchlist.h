/* The watchlist: rows of a CSV file, or of the CSV inside an Azure template, as they were written.
 *
 * The file is UTF-8 with or without BOM.  Columns go by their exact header names, in any order; others are ignored;
 * App, Tactic and Description may be absent.  Cells are verbatim.  A missing or doubled column, broken quotes, another
 * encoding refuse the whole file; a row that cannot be used stays in the list and is inactive.
 *
 * Trusts nothing about the file but that it fits into memory (WATCHLIST_BYTES_MAX).
 */
#ifndef TIDEMARK_ALERTER_WATCHLIST_H
#define TIDEMARK_ALERTER_WATCHLIST_H

#include "common/span.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WATCHLIST_BYTES_MAX = 64 << 20 };

enum watchlist_cell {
    CELL_PORTS,
    CELL_APP,
    CELL_PROTOCOL,
    CELL_DIRECTION,
    CELL_ACTION,
    CELL_TYPE,
    CELL_THRESHOLD_TYPE,
    CELL_THRESHOLD,
    CELL_SEVERITY,
    CELL_TACTIC,
    CELL_NAME,
    CELL_DESCRIPTION,
    CELLS_N
};

/* The header name of each cell. */
extern const char *const watchlist_columns[CELLS_N];

struct watchlist_row {
    unsigned line; /* where the row begins; inside a template: line of its raw content */
    struct span cells[CELLS_N];
    bool blank;    /* nothing but blanks: as if it were not there */
    bool overlong; /* text beyond the header's last column: inactive */
};

struct watchlist {
    char *file; /* as it was named; terminated */
    char *raw;  /* of an Azure template: the CSV in it as it stood there, owned; else NULL */
    size_t raw_n;
    char *text; /* owned; cells point into it */
    struct watchlist_row *rows;
    size_t rows_n;
    struct span *header; /* as written */
    size_t header_n;
};

/* Which rows take part (--type). */
enum watchlist_type { WATCHLIST_HUNTING, WATCHLIST_DETECTION, WATCHLIST_ALL };

/* STATUS_CONFIG with "FILE:LINE:COLUMN: what: expected …" when the file is refused. */
enum status watchlist_load(const char *file, struct watchlist **out, struct error *e) MUST_CHECK;

/* The same from memory; `file` is only its name. */
enum status watchlist_parse(struct span content, const char *file, struct watchlist **out, struct error *e) MUST_CHECK;

void watchlist_free(struct watchlist **w);

/* Why a row does not take part. */
enum watchlist_verdict {
    WATCHLIST_ACTIVE,
    WATCHLIST_BLANK,
    WATCHLIST_OVERLONG,        /* named to the operator */
    WATCHLIST_OTHER_THRESHOLD, /* ThresholdType is not exactly Static */
    WATCHLIST_DISABLED,        /* Severity is exactly Disabled */
    WATCHLIST_OTHER_TYPE,      /* Type is not the one asked for */
    WATCHLIST_BAD_THRESHOLD    /* named to the operator */
};

/* `threshold` is set when the row is active. */
enum watchlist_verdict watchlist_row_verdict(const struct watchlist_row *row, enum watchlist_type type,
                                             int32_t *threshold);

#endif
