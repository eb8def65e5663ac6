/* The ports that somebody looks at, as a bit each: rows of others are accounted for, but not counted. */
#ifndef TIDEMARK_AGGREGATOR_WATCHED_H
#define TIDEMARK_AGGREGATOR_WATCHED_H

#include "common/wire/message.h"

enum { WATCHED_WORDS = 65536 / 64 };

struct watched {
    uint64_t bits[WATCHED_WORDS];
};

static inline bool watched_has(const struct watched *w, uint16_t port)
{
    return w->bits[port >> 6] >> (port & 63) & 1;
}

void watched_all(struct watched *w);

/* Also what this want names; one that names no ports wants all of them. */
void watched_add(struct watched *w, const struct want *want);

#endif
