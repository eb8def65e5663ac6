/* The sums of one window: per port and combination of the fields by which sessions are grouped.
 *
 * Texts from the wire are made valid UTF-8 here, so that everything behind this module may rely on it.
 */
#ifndef TIDEMARK_ALERTER_COUNTS_H
#define TIDEMARK_ALERTER_COUNTS_H

#include "names.h"

#include "common/buffer.h"
#include "common/span.h"

#include <stddef.h>
#include <stdint.h>

enum count_field { FIELD_PROTOCOL, FIELD_DIRECTION, FIELD_ACTION, FIELD_APP, COUNT_FIELDS_N };

/* ASIM name of each field, as it stands in a batch. */
extern const char *const count_field_names[COUNT_FIELDS_N];

/* Numbers of the values in counts.values[], and of the group: the values but the application. */
struct combination {
    uint32_t value[COUNT_FIELDS_N];
    uint32_t group;
};

struct count_entry {
    uint16_t port;
    uint32_t group;
    uint32_t combination;
    int64_t sum; /* above 0 */
};

struct counts {
    struct names values[COUNT_FIELDS_N];
    struct names groups;
    struct names combination_keys;
    struct combination *combinations; /* as many as combination_keys.n */
    uint32_t combinations_capacity;
    uint32_t *group_combination; /* of each group: a combination that has its values */
    uint32_t groups_capacity;
    uint64_t generation; /* changes when all numbers have been forgotten */

    struct count_entry *entries;
    size_t entries_n;
    size_t entries_capacity;
    struct buffer scratch;
};

/* A zeroed struct is empty and ready. */
void counts_fini(struct counts *c);

/* Number of a combination of texts; COUNT_FIELDS_N of them. */
uint32_t counts_combination(struct counts *c, const struct span *texts);

/* Add to the window's sums; a sum below 1 is no session and is left out. Sums stop at INT64_MAX. */
void counts_add(struct counts *c, uint16_t port, uint32_t combination, int64_t sum);

/* Order the entries by (port, group, combination), one per port and combination. */
void counts_settle(struct counts *c);

/* An empty window. Numbers stay valid unless there are more than a million: then `generation` changes. */
void counts_clear(struct counts *c);

static inline struct span counts_value(const struct counts *c, uint32_t combination, enum count_field field)
{
    return c->values[field].items[c->combinations[combination].value[field]];
}

/* a + b, both not negative, saturated. */
static inline int64_t sum_add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

#endif
