/* fuzz: component=common */
/* An arena of arbitrary bytes and an arbitrary reference to it: refused, or a payload that lies inside the slot with
 * its padding.  Input: the reference's text up to a line feed, 8 bytes that say how long the payload is, then the bytes
 * of the header and, each at its place as far as there are any, those of the slots' beginnings. */
#include "common/link/arena.h"

#include "common/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 3, SIZE = ARENA_PAGE_BYTES + SLOTS * ARENA_SLOT_BYTES_MIN, PIECE = 512 };

static _Alignas(ARENA_PAGE_BYTES) char mapping[SIZE];

static void put(size_t at, struct span *in, size_t n)
{
    n = n < in->n ? n : in->n;
    if (n)
        memcpy(mapping + at, in->p, n);
    *in = span_from(*in, n);
}

/* What is read as a reference is written as the same text. */
static void check_text(struct span text, const struct arena_reference *r)
{
    char again[ARENA_REFERENCE_BYTES];
    size_t n = arena_reference_format(r, again);
    CHECK(span_equal(text, span_of(again, n)));
}

static void check_payload(const struct arena_layout *l, const struct arena_reference *r, struct span payload)
{
    size_t slot = (size_t)(payload.p - mapping) - sizeof(struct arena_slot_head) - ARENA_PAGE_BYTES;
    uint64_t sum = 0;
    CHECK(slot == (size_t)r->slot * l->slot_bytes && r->slot < l->slots_n);
    CHECK(slot + sizeof(struct arena_slot_head) + payload.n + ARENA_PADDING_BYTES <=
          (size_t)(r->slot + 1) * l->slot_bytes);
    CHECK((size_t)(payload.p - mapping) + payload.n + ARENA_PADDING_BYTES <= SIZE);
    for (size_t i = 0; i < payload.n + ARENA_PADDING_BYTES; i++)
        sum += (unsigned char)payload.p[i];
    __asm__ volatile("" : : "r"(sum));
}

/* A slot that its owner would have written, so that payloads are read too. */
static void seal(const struct arena_layout *l, const struct arena_reference *r, uint64_t bytes)
{
    if (r->slot >= l->slots_n || bytes > l->slot_bytes - sizeof(struct arena_slot_head) - ARENA_PADDING_BYTES)
        return;
    char *at = mapping + ARENA_PAGE_BYTES + (size_t)r->slot * l->slot_bytes;
    struct arena_slot_head head = { .generation = r->generation, .id = r->id, .bytes = bytes };
    head.checksum = arena_checksum(r, at + sizeof head, bytes);
    memcpy(at, &head, sizeof head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of((const char *)data, size), payload;
    size_t line = span_find(in, '\n', 0);
    struct span text = span_of(in.p, line);
    struct arena_reference r = { 0 };
    struct arena_layout l;
    uint64_t bytes = 0, id;
    bool named = arena_reference_parse(text, &r);
    if (named)
        check_text(text, &r);
    (void)!arena_name_parse(text, &id);
    in = span_from(in, line + 1);
    if (in.n >= sizeof bytes)
        memcpy(&bytes, in.p, sizeof bytes);
    in = span_from(in, sizeof bytes);
    memset(mapping, 0, sizeof mapping);
    put(0, &in, sizeof(struct arena_head));
    for (unsigned i = 0; i < SLOTS; i++)
        put(ARENA_PAGE_BYTES + i * (size_t)ARENA_SLOT_BYTES_MIN, &in, PIECE);
    struct span whole = span_of(mapping, SIZE);
    if (arena_head_check(whole, r.id, &l))
        return 0;
    if (!arena_slot_read(whole, &l, &r, bytes, &payload))
        check_payload(&l, &r, payload);
    seal(&l, &r, bytes);
    if (!arena_slot_read(whole, &l, &r, bytes, &payload))
        check_payload(&l, &r, payload);
    return 0;
}
