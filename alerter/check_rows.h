/* Parts of the watchlist's check (check.h): cells that are matched, and rows that make others useless. */
#ifndef TIDEMARK_ALERTER_CHECK_ROWS_H
#define TIDEMARK_ALERTER_CHECK_ROWS_H

#include "check.h"
#include "match.h"

struct shadow_row;

struct check {
    const struct watchlist *watchlist;
    finding_sink *sink;
    void *user;
    size_t errors;
    struct buffer text;
    struct shadow_row *shadows; /* of each row of the watchlist */
};

void check_say(struct check *c, unsigned line, const char *column, bool note, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* A text as it can stand in a sentence. */
struct shown {
    char text[84];
};
struct shown show_text(struct span s);

void check_ports(struct check *c, const struct watchlist_row *row);
void check_app(struct check *c, const struct watchlist_row *row);
/* `known`: the values that the field is known to have. */
void check_filter(struct check *c, const struct watchlist_row *row, enum watchlist_cell cell, const char *const *known);

/* Rows that can never add anything to what a row above them gives (or is: a duplicate). */
void shadows_init(struct check *c);
void shadows_fini(struct check *c);
void check_shadow(struct check *c, size_t row);

#endif
