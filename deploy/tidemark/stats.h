/* Where processor time went: what the processes of a run reported at their ends, as a table. */
#ifndef TIDEMARK_DEPLOY_STATS_H
#define TIDEMARK_DEPLOY_STATS_H

#include "common/buffer.h"

#include <jansson.h>

/* One process; see common/report.h for what the numbers mean. */
struct stats_row {
    char *name;
    double wall, user, system, start, work, messages, wait;
    int64_t batches, rows, bytes;
};

struct stats {
    struct stats_row *row;
    size_t n;
};

void stats_fini(struct stats *s);

/* Take the report of the process `name`; numbers that are missing are 0. */
void stats_take(struct stats *s, const char *name, const json_t *event);

/* The table, and the sum of all processes and of this one. */
void stats_append(const struct stats *s, struct buffer *out);

#endif
