/* The watchlist's active rows, compiled: which of them a port names, and which values their filters accept.
 *
 * A value is tested against a row once, when it is first seen; what remains per group is one bit per filter.
 */
#ifndef TIDEMARK_ALERTER_RULES_H
#define TIDEMARK_ALERTER_RULES_H

#include "counts.h"
#include "match.h"
#include "watchlist.h"

/* The cell that filters by each field. */
extern const enum watchlist_cell rule_cells[COUNT_FIELDS_N];

struct rule {
    const struct watchlist_row *row;
    int32_t threshold;
    uint32_t front_rank;       /* order of (Name, Severity, Tactic) among the rules, by code point; equal if equal */
    uint32_t description_rank; /* the same of Description */
    struct elements filters[COUNT_FIELDS_N];
};

/* Ports that are named by the same rules share a node; the rules of a node are its own and those of its parents. */
struct port_node {
    uint32_t parent;
    uint32_t rule;
};

enum { PORT_NODE_NONE = 0 };

/* One bit per rule for every value of a field. */
struct value_passes {
    uint64_t *bits;
    uint32_t n; /* values that have been tested */
    uint32_t capacity;
};

struct rules {
    struct rule *items;
    uint32_t n;
    uint32_t words; /* 64-bit words of a bit per rule */
    enum empty_matches empty;

    uint32_t port_node[PORTS_N];
    struct port_node *nodes; /* [0] is no node */
    uint32_t nodes_n;
    uint32_t nodes_capacity;

    struct value_passes passes[COUNT_FIELDS_N];
    uint64_t generation;
    struct buffer scratch;
};

void rules_init(struct rules *r, const struct watchlist *w, enum watchlist_type type, enum empty_matches empty);
void rules_fini(struct rules *r);

/* Test the values that are new in `c`. */
void rules_learn(struct rules *r, const struct counts *c);

/* The rule's filter of that field accepts the value (a number of `c`, learnt). */
static inline bool rules_pass(const struct rules *r, uint32_t rule, enum count_field field, uint32_t value)
{
    return r->passes[field].bits[(size_t)value * r->words + (rule >> 6)] >> (rule & 63) & 1;
}

#endif
