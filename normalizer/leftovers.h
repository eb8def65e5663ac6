/* Records without a session: the collector's and those that turn out to be none here, in one table in order. */
#ifndef TIDEMARK_NORMALIZER_LEFTOVERS_H
#define TIDEMARK_NORMALIZER_LEFTOVERS_H

#include "common/wire/batch.h"

struct leftover {
    uint32_t position; /* from the record batch's beginning */
    uint16_t reason;
};

struct leftovers {
    uint32_t reasons_n;
    struct reason reasons[WIRE_REASONS_MAX]; /* texts are borrowed until the next clear */
    uint32_t n, capacity;
    struct leftover *of;              /* ours, in order of position */
    struct buffer positions, numbers; /* the merged table */
};

void leftovers_clear(struct leftovers *l);
void leftovers_fini(struct leftovers *l);

/* Positions must not go down. */
void leftovers_add(struct leftovers *l, uint32_t position, enum verdict verdict, struct span reason);

/* Ours and the others [first, end) of a record batch, positions counted from `base`.  Valid until the next clear. */
struct others leftovers_merge(struct leftovers *l, const struct others *theirs, uint32_t first, uint32_t end,
                              uint32_t base);

static inline uint32_t others_position(const struct others *o, uint32_t i)
{
    uint32_t position;
    memcpy(&position, o->positions + 4 * (size_t)i, sizeof position);
    return position;
}

#endif
