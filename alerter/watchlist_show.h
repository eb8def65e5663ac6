/* A watchlist as a table that says what each row does. */
#ifndef TIDEMARK_ALERTER_WATCHLIST_SHOW_H
#define TIDEMARK_ALERTER_WATCHLIST_SHOW_H

#include "watchlist.h"

#include "common/buffer.h"

/* For people; `bold`: the head of the table is emphasised for a terminal. */
void watchlist_append_table(const struct watchlist *w, bool bold, struct buffer *out);

/* Pieces of it, escaped. */

/* What the row does under that choice of types: its type if it takes part, else why it does not. */
void watchlist_append_state(struct buffer *out, const struct watchlist_row *row, enum watchlist_type type);
/* The ports that the cell really names: "22 ssh", "139, 445", "5800-5810". */
void watchlist_append_ports(struct buffer *out, const struct watchlist_row *row);
/* What a filter's cell accepts; "any" if it has a star. */
void watchlist_append_filter(struct buffer *out, struct span cell);

#endif
