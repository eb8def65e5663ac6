#include "core/descriptors.h"

#include "common/utf8.h"

#include <stdlib.h>

enum { MASK_WORDS = RECORD_FIELDS_MAX / 64, KEYS_BYTES_MAX = 8 << 20, SHORT_BYTES = 7 };

/* One field of a descriptor.  A text of up to seven bytes is its word, which has its length in the highest byte; a
 * longer one has a word that other long ones may have too. */
struct part {
    uint64_t word;
    uint32_t n, at; /* of a longer text, in `longer` */
};
#define LONG_WORD (UINT64_C(0xff) << 56)

struct descriptors {
    unsigned field[RECORD_FIELDS_MAX]; /* which the parts are */
    uint32_t fields_n, most, n, slots;
    uint32_t *slot;    /* number + 1 of an entry, or 0; open addressing, at most half full */
    uint32_t *hash;    /* of each entry */
    struct part *part; /* fields_n of each entry, and of the one that is looked up */
    size_t parts_capacity;
    struct buffer longer; /* longer texts as the records had them */
    struct buffer texts;  /* all texts as the wire wants them: length (u32) and bytes, malformed UTF-8 replaced */
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
    d->hash = allocate(most, sizeof *d->hash);
    return d;
}

void descriptors_free(struct descriptors **d)
{
    if (!*d)
        return;
    free((*d)->slot);
    free((*d)->hash);
    free((*d)->part);
    free((*d)->spans);
    buffer_fini(&(*d)->longer);
    buffer_fini(&(*d)->texts);
    free(*d);
    *d = NULL;
}

/* For one entry more. */
static void make_room(struct descriptors *d)
{
    size_t needed = ((size_t)d->n + 1) * d->fields_n;
    if (needed <= d->parts_capacity)
        return;
    d->parts_capacity = 2 * needed + 16;
    d->part = allocate_more(d->part, d->parts_capacity, sizeof *d->part);
}

void descriptors_begin(struct descriptors *d, const uint64_t *mask, uint32_t fields_n)
{
    /* Only the slots in use: a table of thousands is mostly empty. */
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t s = d->hash[i] & (d->slots - 1); d->slot[s]; s = (s + 1) & (d->slots - 1))
            d->slot[s] = 0;
    d->fields_n = 0;
    for (unsigned w = 0; w < MASK_WORDS; w++)
        for (uint64_t bits = mask[w]; bits; bits &= bits - 1)
            d->field[d->fields_n++] = w * 64 + (unsigned)__builtin_ctzll(bits);
    CHECK(d->fields_n == fields_n);
    d->n = 0;
    buffer_clear(&d->longer);
    buffer_clear(&d->texts);
    make_room(d);
}

static uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

/* Two looks that may overlap instead of a look at each byte. */
static inline uint64_t word_of(struct span text)
{
    const char *p = text.p;
    size_t n = text.n;
    if (n > SHORT_BYTES)
        return LONG_WORD | ((load(p, 8) * UINT64_C(0xd6e8feb86659fd93)) ^ load(p + n - 8, 8) ^
                            load(p + n / 2 - 4, 8) << 1 ^ (uint64_t)n);
    if (n >= 4)
        return (uint64_t)n << 56 | load(p, 4) | load(p + n - 4, 4) >> 8 * (8 - n) << 32;
    return n ? (uint64_t)n << 56 | load(p, 1) | load(p + n / 2, 1) << 8 | load(p + n - 1, 1) << 16 : 0;
}

static inline struct span text_of(const struct record *r, unsigned field)
{
    return record_has(r, field) ? r->value[field].text : span_of("", 0);
}

static inline bool entry_is(const struct descriptors *d, uint32_t number, const struct part *probe,
                            const struct record *r)
{
    const uint32_t n = d->fields_n;
    const struct part *e = d->part + (size_t)number * n;
    for (uint32_t i = 0; i < n; i++)
        if (e[i].word != probe[i].word ||
            (e[i].word >= LONG_WORD && !span_equal(span_of(d->longer.p + e[i].at, e[i].n), r->value[d->field[i]].text)))
            return false;
    return true;
}

static void append_wire_text(struct descriptors *d, struct span text)
{
    uint32_t n = (uint32_t)text.n;
    size_t head = d->texts.n;
    buffer_append(&d->texts, &n, sizeof n);
    if (utf8_valid(text)) {
        buffer_append_span(&d->texts, text);
        return;
    }
    utf8_append_valid(&d->texts, text);
    n = (uint32_t)(d->texts.n - head - sizeof n);
    memcpy(d->texts.p + head, &n, sizeof n);
}

/* The parts of the new entry stand where they were looked up from. */
static uint32_t enter(struct descriptors *d, struct part *part, const struct record *r, uint32_t hash, uint32_t slot)
{
    CHECK(d->n < d->most);
    for (uint32_t i = 0; i < d->fields_n; i++) {
        struct span text = text_of(r, d->field[i]);
        CHECK(d->longer.n <= UINT32_MAX);
        part[i].n = (uint32_t)text.n;
        part[i].at = (uint32_t)d->longer.n;
        if (text.n > SHORT_BYTES)
            buffer_append_span(&d->longer, text);
        append_wire_text(d, text);
    }
    d->hash[d->n] = hash;
    d->slot[slot] = ++d->n;
    make_room(d);
    return d->n - 1;
}

uint32_t descriptors_number(struct descriptors *d, const struct record *r)
{
    const uint32_t n = d->fields_n;
    struct part *probe = d->part + (size_t)d->n * n;
    uint64_t hash = 0, factor = UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = 0; i < n; i++, factor += UINT64_C(0xbf58476d1ce4e5b8)) {
        probe[i].word = word_of(text_of(r, d->field[i]));
        hash += probe[i].word * factor;
    }
    hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    uint32_t s = (uint32_t)hash & (d->slots - 1);
    for (; d->slot[s]; s = (s + 1) & (d->slots - 1)) {
        uint32_t number = d->slot[s] - 1;
        if (entry_is(d, number, probe, r))
            return number;
    }
    return enter(d, probe, r, (uint32_t)hash, s);
}

uint32_t descriptors_n(const struct descriptors *d)
{
    return d->n;
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
