/* The columns of session batches that a part of a record batch becomes: one lane per shard. */
#ifndef TIDEMARK_NORMALIZER_LANE_H
#define TIDEMARK_NORMALIZER_LANE_H

#include "common/wire/batch.h"

struct lane {
    uint32_t rows;
    uint16_t *descriptor;
    uint32_t *position; /* from the part's beginning */
    int64_t *time;
    uint16_t *port;
    int64_t *count;
    unsigned char *first;
    unsigned char *portless; /* bit per row */
    bool any_portless, any_count, any_not_first;
    uint32_t capacity;
    struct buffer payload; /* the encoded batch */
};

enum { LANE_COLUMNS_MAX = 6 };

/* Empty it, with room for so many rows. */
void lane_clear(struct lane *l, uint32_t rows);
void lane_fini(struct lane *l);

/* The lane's columns for a batch that begins at `from` and has `descriptors_n` descriptors; returns how many. They live
 * until the lane is cleared; to be called once. */
uint32_t lane_columns(struct lane *l, uint64_t from, uint32_t descriptors_n, struct column *out);

/* The column of descriptor numbers alone. */
struct column lane_descriptors(struct lane *l, uint32_t descriptors_n);

static inline void lane_add(struct lane *l, uint16_t descriptor, uint32_t position, int64_t time, int32_t port,
                            int64_t count, bool first)
{
    uint32_t at = l->rows++;
    l->descriptor[at] = descriptor;
    l->position[at] = position;
    l->time[at] = time;
    l->port[at] = port < 0 ? 0 : (uint16_t)port;
    l->count[at] = count;
    l->first[at] = first;
    if (port < 0)
        l->portless[at >> 3] |= (unsigned char)(1u << (at & 7));
    l->any_portless |= port < 0;
    l->any_count |= count != 1;
    l->any_not_first |= !first;
}

#endif
