/* A fixed set of words, looked up by hash: CEF keys, column names, JSON keys. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_KEYS_H
#define TIDEMARK_COLLECTORS_FORMATS_KEYS_H

#include "core/collector.h"

/* Open addressing, at most a quarter full: a miss almost always ends at the first slot. */
struct key_slot {
    uint64_t head, tail; /* of the name: see keys_ends */
    uint32_t length;     /* 0: free */
    int32_t number;
    const char *name;
};

struct keys {
    uint32_t mask;
    struct key_slot *slots;
    struct keys *prefixes; /* what stands before a dot in any name, numbered from 0: paths (json.h); NULL: no dots */
    struct keys **below; /* of a prefix, by its number: what may follow its dot, whose prefixes have the same numbers */
    unsigned below_n;
};

/* `words` is borrowed; names are distinct and not empty (CHECK).  For start-up. */
struct keys *keys_new(const struct key *words, unsigned n);
void keys_free(struct keys **k);

#define KEY_NONE (-1)

enum { KEYS_ENDS_BYTES = 16 };

/* The first and the last bytes of a word, up to eight of each, which may overlap: up to KEYS_ENDS_BYTES they and the
 * length are the word. */
static inline void keys_ends(struct span word, uint64_t *head, uint64_t *tail)
{
    *head = *tail = 0;
    if (word.n >= 8) {
        memcpy(head, word.p, 8);
        memcpy(tail, word.p + word.n - 8, 8);
    } else if (word.n >= 4) {
        memcpy(head, word.p, 4);
        memcpy(tail, word.p + word.n - 4, 4);
    } else if (word.n) {
        *head = (uint64_t)(unsigned char)word.p[0] | (uint64_t)(unsigned char)word.p[word.n / 2] << 8 |
                (uint64_t)(unsigned char)word.p[word.n - 1] << 16;
    }
}

static inline uint32_t keys_hash(struct span word, uint64_t head, uint64_t tail)
{
    if (word.n > KEYS_ENDS_BYTES) {
        uint64_t middle;
        memcpy(&middle, word.p + word.n / 2 - 4, sizeof middle);
        tail += middle * UINT64_C(0xd6e8feb86659fd93);
    }
    uint64_t h = (head ^ word.n) * UINT64_C(0x9e3779b97f4a7c15) + tail;
    return (uint32_t)(((h ^ h >> 32) * UINT64_C(0xbf58476d1ce4e5b9)) >> 32);
}

/* The number of the word that equals `word` exactly, or KEY_NONE. */
static inline int keys_find(const struct keys *k, struct span word)
{
    uint64_t head, tail;
    keys_ends(word, &head, &tail);
    for (uint32_t at = keys_hash(word, head, tail) & k->mask; k->slots[at].length; at = (at + 1) & k->mask) {
        const struct key_slot *s = &k->slots[at];
        if (s->head == head && s->tail == tail && s->length == word.n &&
            (word.n <= KEYS_ENDS_BYTES || memcmp(s->name, word.p, word.n) == 0))
            return s->number;
    }
    return KEY_NONE;
}

#endif
