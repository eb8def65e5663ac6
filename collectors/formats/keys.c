#include "formats/keys.h"

#include "common/status.h"

#include <stdlib.h>

struct keys *keys_new(const struct key *words, unsigned n)
{
    uint32_t capacity = 8;
    while (capacity < 4 * n)
        capacity *= 2;
    struct keys *k = allocate(1, sizeof *k);
    k->slots = allocate(capacity, sizeof *k->slots);
    k->mask = capacity - 1;
    for (unsigned i = 0; i < n; i++) {
        struct span name = span_text(words[i].name);
        CHECK(name.n > 0 && keys_find(k, name) == KEY_NONE);
        struct key_slot slot = { .length = (uint32_t)name.n, .number = (int32_t)words[i].number, .name = name.p };
        keys_ends(name, &slot.head, &slot.tail);
        uint32_t at = keys_hash(name, slot.head, slot.tail) & k->mask;
        while (k->slots[at].length)
            at = (at + 1) & k->mask;
        k->slots[at] = slot;
    }
    return k;
}

void keys_free(struct keys **k)
{
    if (*k)
        free((*k)->slots);
    free(*k);
    *k = NULL;
}
