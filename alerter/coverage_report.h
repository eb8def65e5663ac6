/* The report of `tidemark coverage`: what each source says in the fields by which sessions are counted, and which rows
 * of the watchlist can fire on it. */
#ifndef TIDEMARK_ALERTER_COVERAGE_REPORT_H
#define TIDEMARK_ALERTER_COVERAGE_REPORT_H

#include "coverage.h"
#include "coverage_input.h"
#include "options.h"

struct coverage_report {
    const struct coverage_input *input;
    const struct watchlist *watchlist;
    const struct options *options;
    struct coverage **of; /* of each source */
};

/* Load what the options name, wait for the go, print, and return the exit code; what is wrong has been said. */
int coverage_report(struct role *role, const struct options *o);

/* For people.  Of no source there is nothing to say. */
void coverage_page_append(const struct coverage_report *r, bool bold, struct buffer *out);

/* One object a line: one of each source, then one of the watchlist.  README.md names their members. */
void coverage_json_append(const struct coverage_report *r, struct buffer *out);

/* What sessions are counted by, in the order of the report: the port, then the fields of enum count_field. */
enum { COVERAGE_PORT = -1, COVERAGE_FIRST = COVERAGE_PORT };
const char *coverage_field_name(int field);

/* What the sessions of a source have there.  Of the port `set` and `empty` are sessions whatever they count, with and
 * without one; sessions without a port have no part in the rest. */
void coverage_field_values(const struct coverage_report *r, size_t source, int field, struct coverage_values *out);

/* A value as text; valid as long as the counts and, of a port, `digits`. */
enum { COVERAGE_DIGITS = 24 };
struct span coverage_text(const struct coverage *c, int field, uint32_t number, char digits[COVERAGE_DIGITS]);

#endif
