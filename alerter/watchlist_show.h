/* A watchlist as a table that says what each row does. */
#ifndef TIDEMARK_ALERTER_WATCHLIST_SHOW_H
#define TIDEMARK_ALERTER_WATCHLIST_SHOW_H

#include "watchlist.h"

#include "common/buffer.h"

/* For people; `bold`: the head of the table is emphasised for a terminal. */
void watchlist_append_table(const struct watchlist *w, bool bold, struct buffer *out);

#endif
