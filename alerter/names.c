#include "names.h"

#include "common/buffer.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

void names_clear(struct names *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        free((void *)(uintptr_t)t->items[i].p);
    t->n = 0;
    if (t->slots)
        memset(t->slots, 0, t->slots_n * sizeof *t->slots);
}

void names_fini(struct names *t)
{
    names_clear(t);
    free(t->items);
    free(t->hashes);
    free(t->slots);
    *t = (struct names){ 0 };
}

static uint32_t *slot_of(const struct names *t, struct span s, uint64_t hash)
{
    uint32_t mask = t->slots_n - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        uint32_t number = t->slots[i];
        if (number == 0 || (t->hashes[number - 1] == hash && span_equal(t->items[number - 1], s)))
            return &t->slots[i];
    }
}

static void grow(struct names *t)
{
    CHECK(t->capacity < UINT32_C(1) << 30);
    t->capacity = t->capacity ? 2 * t->capacity : 64;
    t->items = allocate_more(t->items, t->capacity, sizeof *t->items);
    t->hashes = allocate_more(t->hashes, t->capacity, sizeof *t->hashes);
    free(t->slots);
    t->slots_n = 2 * t->capacity;
    t->slots = allocate(t->slots_n, sizeof *t->slots);
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, t->items[i], t->hashes[i]) = i + 1;
}

uint32_t names_intern(struct names *t, struct span s)
{
    if (t->n == t->capacity)
        grow(t);
    uint64_t hash = XXH3_64bits(s.n ? s.p : "", s.n);
    uint32_t *slot = slot_of(t, s, hash);
    if (*slot)
        return *slot - 1;
    char *copy = allocate(s.n + 1, 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    t->items[t->n] = span_of(copy, s.n);
    t->hashes[t->n] = hash;
    *slot = ++t->n;
    return t->n - 1;
}
