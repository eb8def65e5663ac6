/* Which rows of a watchlist can fire on the sessions of one source, and what keeps the others from it.
 *
 * A row can fire if some session on one of its ports passes all its filters, whatever its threshold.  Numbers of
 * sessions are sums of `counts`: sessions without a port are not among them.
 */
#ifndef TIDEMARK_ALERTER_COVERAGE_H
#define TIDEMARK_ALERTER_COVERAGE_H

#include "evaluate.h"
#include "rules.h"

enum coverage_verdict {
    COVERAGE_CAN_FIRE,
    COVERAGE_REJECTED, /* sessions on its ports, none of which passes all filters */
    COVERAGE_ABSENT,   /* no session on its ports */
    COVERAGE_NO_PORT   /* it names no port at all */
};

struct coverage_row {
    enum coverage_verdict verdict;
    int64_t on_ports;                 /* sessions on its ports */
    int64_t accepted;                 /* of them, those that pass all filters */
    int64_t certain;                  /* of them, those that pass none of them for want of a value */
    int64_t wanting[COUNT_FIELDS_N];  /* of the accepted, those that pass the filter of a field for want of a value */
    int64_t rejected[COUNT_FIELDS_N]; /* of those on its ports, those that the filter of a field does not pass */
};

/* A port and its entries in counts.entries[]. */
struct coverage_port {
    uint16_t port;
    size_t from, to;
};

struct coverage {
    const struct counts *counts;
    bool match_app;
    int64_t counted;             /* all sessions */
    struct rules rules;          /* the rows that take part, in the watchlist's order */
    struct coverage_row *rows;   /* of each rule */
    struct coverage_port *ports; /* those that occur, ascending */
    size_t ports_n;
};

/* `counts` are settled; they and `w` are borrowed. */
struct coverage *coverage_new(const struct counts *counts, const struct watchlist *w, const struct evaluate_options *o);
void coverage_free(struct coverage **c);

/* Fields whose filters are looked at: the application only where it matters. */
static inline unsigned coverage_fields(const struct coverage *c)
{
    return c->match_app ? COUNT_FIELDS_N : FIELD_APP;
}

struct coverage_value {
    uint32_t number; /* of the value in counts.values[], or the port itself */
    int64_t sum;
};

/* Distinct values, most sessions first, of equal ones in the order of their texts. */
struct coverage_values {
    struct coverage_value *items; /* owned */
    size_t n;
    int64_t set, empty; /* sessions with one of them, and without a value */
};

/* What all sessions have there. */
void coverage_values_of(const struct coverage *c, enum count_field field, struct coverage_values *out);
/* The ports, numbered by themselves. */
void coverage_ports(const struct coverage *c, struct coverage_values *out);
/* What the sessions on a rule's ports have there that its filter rejects. */
void coverage_rejected(const struct coverage *c, uint32_t rule, enum count_field field, struct coverage_values *out);
void coverage_values_fini(struct coverage_values *v);

#endif
