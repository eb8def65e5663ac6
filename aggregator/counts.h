/* Counts of one window: how often each (port, group) was seen.  Open addressing; a key is one number. */
#ifndef TIDEMARK_AGGREGATOR_COUNTS_H
#define TIDEMARK_AGGREGATOR_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sums beyond this are refused, never wrapped and never cut. */
#define COUNT_MAX ((uint64_t)INT64_MAX)

/* Port in the upper half, group in the lower: keys sort by port, then group. */
static inline uint64_t count_key(uint32_t port, uint32_t group)
{
    return (uint64_t)port << 32 | group;
}

static inline uint32_t count_key_port(uint64_t key)
{
    return (uint32_t)(key >> 32);
}

static inline uint32_t count_key_group(uint64_t key)
{
    return (uint32_t)key;
}

struct count {
    uint64_t key;
    uint64_t n; /* in a table: 0 marks a free slot */
};

struct counts {
    struct count *slots;
    size_t used;
    size_t slots_n; /* a power of two, or 0 before the first counts_grow */
    unsigned shift; /* 64 - log2(slots_n) */
    uint64_t seed;
};

enum { COUNTS_FIRST_SLOTS = 64 };

void counts_init(struct counts *c, uint64_t seed);
void counts_fini(struct counts *c);

/* Twice the slots (or the first ones). */
void counts_grow(struct counts *c);

/* True when another key may need counts_grow first. */
static inline bool counts_full(const struct counts *c)
{
    return c->used * 2 >= c->slots_n;
}

static inline size_t counts_slot(const struct counts *c, uint64_t key)
{
    uint64_t h = (key ^ c->seed) * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 32;
    return (size_t)((h * UINT64_C(0xD6E8FEB86659FD93)) >> c->shift);
}

/* The key will be asked for soon: tables are larger than caches.  Only with slots. */
static inline void counts_prefetch(const struct counts *c, uint64_t key)
{
    __builtin_prefetch(&c->slots[counts_slot(c, key)], 1);
}

/* The slot of `key`, made with n = 0 if it is new: the caller adds to n at once (a slot with n = 0 counts as free).
 * Needs room: not counts_full. */
static inline struct count *counts_at(struct counts *c, uint64_t key)
{
    size_t mask = c->slots_n - 1;
    size_t at = counts_slot(c, key);
    for (;; at = (at + 1) & mask) {
        struct count *s = &c->slots[at];
        if (s->n == 0) {
            s->key = key;
            c->used++;
            return s;
        }
        if (s->key == key)
            return s;
    }
}

/* Move all counts to the front of the slots, in no order; returns where they are.  The table must be emptied next. */
struct count *counts_gather(struct counts *c, size_t *n);

/* Empty the table; a table much larger than what it held is given back. */
void counts_clear(struct counts *c);

/* Sort by key and add up what is equal; returns how many are left, or SIZE_MAX if a sum is over COUNT_MAX.
 * scratch: room for n. */
size_t counts_sort(struct count *counts, size_t n, struct count *scratch);

#endif
