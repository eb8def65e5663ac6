#include "core/descriptors.h"

#include "common/utf8.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { MASK_WORDS = RECORD_FIELDS_MAX / 64, KEYS_BYTES_MAX = 8 << 20 };

/* A key is, per field, its length (u32) and its bytes, as the record had them.  `texts` holds the same for the wire:
 * malformed UTF-8 replaced. */
struct entry {
    uint64_t hash;
    size_t key_at, key_n, texts_at;
};

struct descriptors {
    uint64_t mask[MASK_WORDS];
    uint32_t fields_n, most, n, slots;
    uint32_t *slot; /* number + 1 of an entry, or 0; open addressing, at most half full */
    struct entry *entry;
    struct buffer keys, texts, probe;
    uint32_t last; /* neighbours in a log are often alike */
    struct span *spans;
    size_t spans_capacity;
};

struct descriptors *descriptors_new(uint32_t most)
{
    struct descriptors *d = allocate(1, sizeof *d);
    d->most = most;
    for (d->slots = 16; d->slots < 2 * most;)
        d->slots *= 2;
    d->slot = allocate(d->slots, sizeof *d->slot);
    d->entry = allocate(most, sizeof *d->entry);
    return d;
}

void descriptors_free(struct descriptors **d)
{
    if (!*d)
        return;
    free((*d)->slot);
    free((*d)->entry);
    free((*d)->spans);
    buffer_fini(&(*d)->keys);
    buffer_fini(&(*d)->texts);
    buffer_fini(&(*d)->probe);
    free(*d);
    *d = NULL;
}

void descriptors_begin(struct descriptors *d, const uint64_t *mask, uint32_t fields_n)
{
    /* Only the slots in use: a table of thousands is mostly empty. */
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t s = (uint32_t)d->entry[i].hash & (d->slots - 1); d->slot[s]; s = (s + 1) & (d->slots - 1))
            d->slot[s] = 0;
    memcpy(d->mask, mask, sizeof d->mask);
    d->fields_n = fields_n;
    d->n = d->last = 0;
    buffer_clear(&d->keys);
    buffer_clear(&d->texts);
}

static struct span make_key(struct descriptors *d, const struct record *r)
{
    buffer_clear(&d->probe);
    for (unsigned w = 0; w < MASK_WORDS; w++) {
        for (uint64_t bits = d->mask[w]; bits; bits &= bits - 1) {
            uint64_t bit = bits & -bits;
            struct span text = { 0 };
            if (r->present[w] & bit)
                text = r->value[w * 64 + (unsigned)__builtin_ctzll(bits)].text;
            uint32_t n = (uint32_t)text.n;
            char *at = buffer_reserve(&d->probe, sizeof n + n);
            memcpy(at, &n, sizeof n);
            if (n)
                memcpy(at + sizeof n, text.p, n);
            d->probe.n += sizeof n + n;
        }
    }
    return buffer_span(&d->probe);
}

static bool entry_is(const struct descriptors *d, const struct entry *e, struct span key)
{
    return e->key_n == key.n && (key.n == 0 || memcmp(d->keys.p + e->key_at, key.p, key.n) == 0);
}

static void append_wire_texts(struct descriptors *d, struct span key)
{
    for (size_t at = 0; at < key.n;) {
        uint32_t n;
        memcpy(&n, key.p + at, sizeof n);
        struct span text = span_of(key.p + at + sizeof n, n);
        size_t head = d->texts.n;
        buffer_append(&d->texts, &n, sizeof n);
        if (utf8_valid(text)) {
            buffer_append_span(&d->texts, text);
        } else {
            utf8_append_valid(&d->texts, text);
            uint32_t longer = (uint32_t)(d->texts.n - head - sizeof n);
            memcpy(d->texts.p + head, &longer, sizeof longer);
        }
        at += sizeof n + n;
    }
}

uint32_t descriptors_number(struct descriptors *d, const struct record *r)
{
    struct span key = make_key(d, r);
    if (d->n && entry_is(d, &d->entry[d->last], key))
        return d->last;
    uint64_t hash = XXH3_64bits(key.n ? key.p : "", key.n);
    uint32_t s = (uint32_t)hash & (d->slots - 1);
    for (; d->slot[s]; s = (s + 1) & (d->slots - 1)) {
        const struct entry *e = &d->entry[d->slot[s] - 1];
        if (e->hash == hash && entry_is(d, e, key))
            return d->last = d->slot[s] - 1;
    }
    CHECK(d->n < d->most);
    d->entry[d->n] = (struct entry){ hash, d->keys.n, key.n, d->texts.n };
    buffer_append_span(&d->keys, key);
    append_wire_texts(d, key);
    d->last = d->n++;
    d->slot[s] = d->n;
    return d->last;
}

bool descriptors_are_full(const struct descriptors *d)
{
    return d->n >= d->most || d->texts.n >= KEYS_BYTES_MAX;
}

struct span *descriptors_spans(struct descriptors *d, uint32_t *n)
{
    size_t total = (size_t)d->n * d->fields_n, at = 0;
    if (total > d->spans_capacity) {
        d->spans_capacity = total;
        d->spans = allocate_more(d->spans, total, sizeof *d->spans);
    }
    for (size_t i = 0; i < total; i++) {
        uint32_t length;
        memcpy(&length, d->texts.p + at, sizeof length);
        d->spans[i] = span_of(d->texts.p + at + sizeof length, length);
        at += sizeof length + length;
    }
    *n = d->n;
    return d->spans;
}
