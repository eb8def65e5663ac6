#include "formats/keys.h"

#include "common/status.h"

#include <stdlib.h>

/* An empty set with room for `n` words. */
static struct keys *set_new(size_t n)
{
    uint32_t capacity = 8;
    while (capacity < 4 * n)
        capacity *= 2;
    struct keys *k = allocate(1, sizeof *k);
    k->slots = allocate(capacity, sizeof *k->slots);
    k->mask = capacity - 1;
    return k;
}

static void add(struct keys *k, struct span name, unsigned number)
{
    CHECK(name.n > 0 && keys_find(k, name) == KEY_NONE);
    struct key_slot slot = { .length = (uint32_t)name.n, .number = (int32_t)number, .name = name.p };
    keys_ends(name, &slot.head, &slot.tail);
    uint32_t at = keys_hash(name, slot.head, slot.tail) & k->mask;
    while (k->slots[at].length)
        at = (at + 1) & k->mask;
    k->slots[at] = slot;
}

static size_t count_dots(const struct key *words, unsigned n)
{
    size_t dots = 0;
    for (unsigned i = 0; i < n; i++)
        for (const char *c = words[i].name; *c; c++)
            dots += *c == '.';
    return dots;
}

/* What follows `prefix` and a dot in `name`; empty: nothing. */
static struct span behind_prefix(struct span name, struct span prefix)
{
    bool has = name.n > prefix.n && span_starts(name, prefix) && name.p[prefix.n] == '.';
    return has ? span_from(name, prefix.n + 1) : span_of(name.p, 0);
}

/* Sets of their own for each prefix are small: they have room for what stands below it, not for all words. */
static struct keys *below_new(const struct key *words, unsigned n, const struct span *prefixes, unsigned prefixes_n,
                              struct span prefix)
{
    size_t below = 0, prefixes_below = 0;
    for (unsigned i = 0; i < n; i++)
        below += behind_prefix(span_text(words[i].name), prefix).n != 0;
    for (unsigned i = 0; i < prefixes_n; i++)
        prefixes_below += behind_prefix(prefixes[i], prefix).n != 0;
    struct keys *k = set_new(below);
    k->prefixes = prefixes_below ? set_new(prefixes_below) : NULL;
    for (unsigned i = 0; i < n; i++) {
        struct span name = behind_prefix(span_text(words[i].name), prefix);
        if (name.n)
            add(k, name, words[i].number);
    }
    for (unsigned i = 0; i < prefixes_n; i++) {
        struct span name = behind_prefix(prefixes[i], prefix);
        if (name.n)
            add(k->prefixes, name, i);
    }
    return k;
}

static void add_prefixes(struct keys *k, const struct key *words, unsigned n)
{
    size_t dots = count_dots(words, n);
    if (dots == 0)
        return;
    k->prefixes = set_new(dots);
    struct span *prefixes = allocate(dots, sizeof *prefixes);
    unsigned found = 0;
    for (unsigned i = 0; i < n; i++) {
        struct span name = span_text(words[i].name);
        for (size_t dot = span_find(name, '.', 1); dot < name.n; dot = span_find(name, '.', dot + 1)) {
            struct span prefix = span_of(name.p, dot);
            if (keys_find(k->prefixes, prefix) != KEY_NONE)
                continue;
            prefixes[found] = prefix;
            add(k->prefixes, prefix, found++);
        }
    }
    k->below = allocate(found, sizeof *k->below);
    k->below_n = found;
    for (unsigned i = 0; i < found; i++)
        k->below[i] = below_new(words, n, prefixes, found, prefixes[i]);
    free(prefixes);
}

struct keys *keys_new(const struct key *words, unsigned n)
{
    struct keys *k = set_new(n);
    for (unsigned i = 0; i < n; i++)
        add(k, span_text(words[i].name), words[i].number);
    add_prefixes(k, words, n);
    return k;
}

void keys_free(struct keys **k)
{
    if (*k) {
        keys_free(&(*k)->prefixes);
        for (unsigned i = 0; i < (*k)->below_n; i++)
            keys_free(&(*k)->below[i]);
        free((*k)->below);
        free((*k)->slots);
    }
    free(*k);
    *k = NULL;
}
