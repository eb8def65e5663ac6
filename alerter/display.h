/* Text for people on a terminal: control characters escaped, columns aligned by what is seen. */
#ifndef TIDEMARK_ALERTER_DISPLAY_H
#define TIDEMARK_ALERTER_DISPLAY_H

#include "common/buffer.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Append `s` with everything escaped that could drive a terminal or turn a line around (controls, formats, line
 * separators, private use): `\n`, `\t`, `\u{202e}`.  Not UTF-8: U+FFFD. */
void display_append(struct buffer *out, struct span s);

/* Columns that an escaped text takes. */
size_t display_width(struct span s);

/* A table whose widths are those of its longest cells. */
struct display_table {
    struct buffer text; /* cells, one behind the other */
    size_t *ends;       /* of each cell, row-major */
    size_t cells_n, cells_capacity;
    unsigned columns;
    unsigned right; /* bit i: column i is aligned to the right */
};

/* A zeroed struct with `columns` and `right` set is empty. Append a cell's escaped text to `text`, then end the cell.
 */
void display_cell_end(struct display_table *t);
void display_cell(struct display_table *t, struct span unescaped);

/* Append all rows to `out`, each with `indent` blanks before it, the first in bold where `bold` is set; the last column
 * is not padded. Then the table is empty. */
void display_table_take(struct display_table *t, unsigned indent, bool bold, struct buffer *out);
void display_table_fini(struct display_table *t);

#endif
