#include "formats/keys.h"

#include "common/status.h"

#include <stdlib.h>
#include <xxhash.h>

/* Open addressing, at most a quarter full: a miss almost always ends at the first slot. */
struct slot {
    uint32_t hash;
    uint32_t length; /* 0: free */
    const char *name;
    unsigned number;
};

struct keys {
    uint32_t mask;
    struct slot slots[];
};

static uint32_t hash(struct span word)
{
    return (uint32_t)XXH3_64bits(word.p, word.n);
}

struct keys *keys_new(const struct key *words, unsigned n)
{
    uint32_t capacity = 8;
    while (capacity < 4 * n)
        capacity *= 2;
    struct keys *k = allocate(1, sizeof *k + capacity * sizeof k->slots[0]);
    k->mask = capacity - 1;
    for (unsigned i = 0; i < n; i++) {
        struct span name = span_text(words[i].name);
        CHECK(name.n > 0 && keys_find(k, name) == KEY_NONE);
        uint32_t h = hash(name), at = h & k->mask;
        while (k->slots[at].length)
            at = (at + 1) & k->mask;
        k->slots[at] = (struct slot){ h, (uint32_t)name.n, name.p, words[i].number };
    }
    return k;
}

void keys_free(struct keys **k)
{
    free(*k);
    *k = NULL;
}

int keys_find(const struct keys *k, struct span word)
{
    uint32_t h = hash(word);
    for (uint32_t at = h & k->mask; k->slots[at].length; at = (at + 1) & k->mask) {
        const struct slot *s = &k->slots[at];
        if (s->hash == h && s->length == word.n && memcmp(s->name, word.p, word.n) == 0)
            return (int)s->number;
    }
    return KEY_NONE;
}
