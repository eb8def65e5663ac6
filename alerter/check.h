/* The watchlist's check: what in it cannot mean what it says.
 *
 * Findings that make a row do less (or more) than it seems to fail the check; notes are worth knowing and fail nothing.
 */
#ifndef TIDEMARK_ALERTER_CHECK_H
#define TIDEMARK_ALERTER_CHECK_H

#include "watchlist.h"

#include "common/buffer.h"

struct finding {
    unsigned line;
    const char *column; /* "Ports"; "row" for the whole of it */
    bool note;          /* fails nothing */
    const char *what;   /* one sentence without end, controls not escaped */
};

/* `f` is borrowed for the call. */
typedef void finding_sink(void *user, const struct finding *f);

/* All findings, by line and column.  Returns how many are no notes. */
size_t check_watchlist(const struct watchlist *w, finding_sink *sink, void *user);

#endif
