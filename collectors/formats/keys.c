#include "formats/keys.h"

#include "common/status.h"

#include <stdlib.h>

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

static uint64_t load_8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t load_4(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Looks at no more than 24 bytes of a word: words are short, and a collision costs one comparison. */
static uint32_t hash(struct span word)
{
    uint64_t a = 0, b = 0;
    size_t n = word.n;
    const char *p = word.p;
    if (n >= 8) {
        a = load_8(p);
        b = load_8(p + n - 8);
        if (n > 16)
            b += load_8(p + n / 2 - 4) * UINT64_C(0xd6e8feb86659fd93);
    } else if (n >= 4) {
        a = load_4(p);
        b = load_4(p + n - 4);
    } else if (n) {
        a = (unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 | (uint64_t)(unsigned char)p[n - 1] << 16;
    }
    uint64_t h = (a ^ n) * UINT64_C(0x9e3779b97f4a7c15) + b;
    h = (h ^ h >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(h >> 32);
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
