#include "counts.h"

#include "common/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { INSERTION_MAX = 48, SPARE_SLOTS = 1024 };

void counts_init(struct counts *c, uint64_t seed)
{
    *c = (struct counts){ .seed = seed };
}

void counts_fini(struct counts *c)
{
    free(c->slots);
    *c = (struct counts){ .seed = c->seed };
}

static void set_slots(struct counts *c, size_t slots_n)
{
    c->slots = allocate(slots_n, sizeof *c->slots);
    c->slots_n = slots_n;
    c->shift = 64 - (unsigned)__builtin_ctzll(slots_n);
    c->used = 0;
}

void counts_grow(struct counts *c)
{
    struct count *old = c->slots;
    size_t old_n = c->slots_n;
    set_slots(c, old_n ? old_n * 2 : COUNTS_FIRST_SLOTS);
    for (size_t i = 0; i < old_n; i++)
        if (old[i].n)
            counts_at(c, old[i].key)->n = old[i].n;
    free(old);
}

struct count *counts_gather(struct counts *c, size_t *n)
{
    size_t found = 0;
    for (size_t i = 0; i < c->slots_n; i++)
        if (c->slots[i].n)
            c->slots[found++] = c->slots[i];
    *n = found;
    return c->slots;
}

void counts_clear(struct counts *c)
{
    if (c->slots_n > SPARE_SLOTS && c->used < c->slots_n / 16)
        counts_fini(c);
    else if (c->slots_n)
        memset(c->slots, 0, c->slots_n * sizeof *c->slots);
    c->used = 0;
}

static void sort_few(struct count *counts, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct count moved = counts[i];
        size_t at = i;
        for (; at && counts[at - 1].key > moved.key; at--)
            counts[at] = counts[at - 1];
        counts[at] = moved;
    }
}

/* Least significant byte first; a byte that all keys share costs nothing. */
static void sort_many(struct count *counts, size_t n, struct count *scratch)
{
    uint64_t all_ones = UINT64_MAX, any = 0;
    for (size_t i = 0; i < n; i++) {
        all_ones &= counts[i].key;
        any |= counts[i].key;
    }
    uint64_t differing = all_ones ^ any;
    struct count *from = counts, *to = scratch;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (!(differing >> shift & 0xff))
            continue;
        size_t at[256] = { 0 }, sum = 0;
        for (size_t i = 0; i < n; i++)
            at[from[i].key >> shift & 0xff]++;
        for (unsigned b = 0; b < 256; b++) {
            size_t here = at[b];
            at[b] = sum;
            sum += here;
        }
        for (size_t i = 0; i < n; i++)
            to[at[from[i].key >> shift & 0xff]++] = from[i];
        struct count *swap = from;
        from = to;
        to = swap;
    }
    if (from != counts)
        memcpy(counts, from, n * sizeof *counts);
}

size_t counts_sort(struct count *counts, size_t n, struct count *scratch)
{
    if (n <= INSERTION_MAX)
        sort_few(counts, n);
    else
        sort_many(counts, n, scratch);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && counts[kept - 1].key == counts[i].key) {
            uint64_t sum = counts[kept - 1].n + counts[i].n; /* both at most COUNT_MAX: cannot wrap */
            if (sum > COUNT_MAX)
                return SIZE_MAX;
            counts[kept - 1].n = sum;
        } else {
            counts[kept++] = counts[i];
        }
    }
    return kept;
}
