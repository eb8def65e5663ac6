/* Records of a CSV text, strictly: what is not CSV is refused instead of guessed at.
 *
 * The dialect is that of RFC 4180 with these freedoms: records end with LF, CR or CRLF (the last one with the text's
 * end); a quote inside a cell that did not begin with one is an ordinary character; every byte, NUL included, may
 * stand in a cell.  Cells are verbatim, blanks included.  Refused: anything but a comma or an end behind a closing
 * quote, a quote that is never closed, and a cell of more characters than the reader takes.
 *
 * Own code because libcsv cannot tell the two kinds of quote apart: strict, it refuses both, otherwise neither.
 */
#ifndef TIDEMARK_ALERTER_CSV_READER_H
#define TIDEMARK_ALERTER_CSV_READER_H

#include "common/buffer.h"
#include "common/span.h"
#include "common/status.h"

#include <stddef.h>

enum { CSV_CELL_CHARACTERS_MAX = 131072 };

/* Reads `text` in place: quoted cells are unquoted where they stand. */
struct csv_reader {
    char *text;
    size_t n;
    size_t at;
    unsigned line;              /* of `at`, from 1 */
    size_t line_start;          /* offset at which that line begins */
    size_t cell_characters_max; /* CSV_CELL_CHARACTERS_MAX unless the caller sets another */
};

struct csv_record {
    struct span *cells; /* into the reader's text */
    size_t n;           /* 0: an empty line */
    size_t capacity;
    unsigned line; /* where the record begins */
};

void csv_reader_init(struct csv_reader *r, char *text, size_t n);

/* The next record into `out`, whose storage is reused: STATUS_OK, STATUS_END, or STATUS_CONFIG with
 * "LINE:COLUMN: what: expected …" in `e`. */
enum status csv_reader_next(struct csv_reader *r, struct csv_record *out, struct error *e) MUST_CHECK;

void csv_record_fini(struct csv_record *r);

/* Append a cell for writing (RFC 4180): quoted only where it must be. */
void csv_append_cell(struct buffer *out, struct span cell);

#endif
