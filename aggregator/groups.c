#include "groups.h"

#include "common/buffer.h"
#include "common/status.h"

#include <stdlib.h>
#include <xxhash.h>

const char *const group_field_names[GROUP_FIELDS] = { "NetworkProtocol", "NetworkDirection", "DvcAction",
                                                      "DstAppName" };

enum { BLOCK_BYTES = 64 << 10, FIRST_SLOTS = 256 };

/* Texts lie in blocks that never move. */
struct block {
    struct block *next;
    size_t used, size;
    char bytes[];
};

struct groups {
    uint64_t seed;
    struct block *blocks;
    struct group **chunks; /* of CHUNK groups each, so that a group never moves */
    size_t chunks_n;
    uint64_t *hashes; /* by group */
    size_t hashes_capacity;
    uint32_t n;
    uint32_t *slots; /* group + 1; 0: free */
    size_t slots_n;  /* a power of two */
};

enum { CHUNK = 1024 };

struct groups *groups_new(uint64_t seed)
{
    struct groups *g = allocate(1, sizeof *g);
    g->seed = seed;
    g->slots_n = FIRST_SLOTS;
    g->slots = allocate(g->slots_n, sizeof *g->slots);
    return g;
}

void groups_free(struct groups **g)
{
    struct groups *old = *g;
    if (!old)
        return;
    while (old->blocks) {
        struct block *next = old->blocks->next;
        free(old->blocks);
        old->blocks = next;
    }
    for (size_t i = 0; i < old->chunks_n; i++)
        free(old->chunks[i]);
    free(old->chunks);
    free(old->hashes);
    free(old->slots);
    free(old);
    *g = NULL;
}

static struct span keep_text(struct groups *g, struct span text)
{
    if (text.n == 0)
        return span_of("", 0);
    struct block *b = g->blocks;
    if (!b || b->size - b->used < text.n) {
        size_t size = text.n > BLOCK_BYTES ? text.n : BLOCK_BYTES;
        b = allocate(1, sizeof *b + size);
        b->size = size;
        b->next = g->blocks;
        g->blocks = b;
    }
    char *at = b->bytes + b->used;
    memcpy(at, text.p, text.n);
    b->used += text.n;
    return span_of(at, text.n);
}

static uint64_t hash_of(const struct groups *g, const struct group *group)
{
    uint64_t h = g->seed;
    for (unsigned i = 0; i < GROUP_FIELDS; i++) {
        const struct span *t = &group->texts[i];
        /* The length is part of the seed, so that ("ab", "c") and ("a", "bc") differ. */
        h = XXH3_64bits_withSeed(t->n ? t->p : "", t->n, h + t->n);
    }
    return h;
}

static bool equal(const struct group *a, const struct group *b)
{
    for (unsigned i = 0; i < GROUP_FIELDS; i++)
        if (!span_equal(a->texts[i], b->texts[i]))
            return false;
    return true;
}

static void put(struct groups *g, uint64_t hash, uint32_t id)
{
    size_t at = hash & (g->slots_n - 1);
    while (g->slots[at])
        at = (at + 1) & (g->slots_n - 1);
    g->slots[at] = id + 1;
}

static void grow_slots(struct groups *g)
{
    free(g->slots);
    g->slots_n *= 2;
    g->slots = allocate(g->slots_n, sizeof *g->slots);
    for (uint32_t id = 0; id < g->n; id++)
        put(g, g->hashes[id], id);
}

static uint32_t add(struct groups *g, const struct group *group, uint64_t hash)
{
    CHECK(g->n < UINT32_MAX - 1);
    uint32_t id = g->n;
    if (id % CHUNK == 0) {
        g->chunks = allocate_more(g->chunks, g->chunks_n + 1, sizeof *g->chunks);
        g->chunks[g->chunks_n++] = allocate(CHUNK, sizeof **g->chunks);
    }
    if (id == g->hashes_capacity) {
        g->hashes_capacity = id ? 2 * (size_t)id : CHUNK;
        g->hashes = allocate_more(g->hashes, g->hashes_capacity, sizeof *g->hashes);
    }
    struct group *kept = &g->chunks[id / CHUNK][id % CHUNK];
    for (unsigned i = 0; i < GROUP_FIELDS; i++)
        kept->texts[i] = keep_text(g, group->texts[i]);
    g->hashes[id] = hash;
    g->n++;
    if ((size_t)g->n * 2 > g->slots_n)
        grow_slots(g);
    else
        put(g, hash, id);
    return id;
}

uint32_t groups_intern(struct groups *g, const struct group *group)
{
    uint64_t hash = hash_of(g, group);
    for (size_t at = hash & (g->slots_n - 1); g->slots[at]; at = (at + 1) & (g->slots_n - 1)) {
        uint32_t id = g->slots[at] - 1;
        if (g->hashes[id] == hash && equal(groups_get(g, id), group))
            return id;
    }
    return add(g, group, hash);
}

uint32_t groups_n(const struct groups *g)
{
    return g->n;
}

const struct group *groups_get(const struct groups *g, uint32_t id)
{
    CHECK(id < g->n);
    return &g->chunks[id / CHUNK][id % CHUNK];
}
