#include "core/headers.h"

#include <stdlib.h>

enum { HEADERS_BYTES_MAX = 1 << 20, PADDING = 64 };

struct header {
    uint64_t position;
    size_t at, n;
    enum unit_kind kind;
    bool first; /* of its block */
};

void headers_fini(struct headers *h)
{
    free(h->header);
    buffer_fini(&h->bytes);
    *h = (struct headers){ 0 };
}

static struct span bytes_of(const struct headers *h, const struct header *x)
{
    return span_of(h->bytes.p + x->at, x->n);
}

void headers_add(struct headers *h, const struct unit *u)
{
    if (h->n == h->capacity) {
        h->capacity = h->capacity ? 2 * h->capacity : 16;
        h->header = allocate_more(h->header, h->capacity, sizeof *h->header);
    }
    if (!h->block_open)
        h->last_block = h->n;
    h->header[h->n++] = (struct header){
        .position = u->position, .at = h->bytes.n, .n = u->bytes.n, .kind = u->kind, .first = !h->block_open
    };
    h->block_open = true;
    buffer_append_span(&h->bytes, u->bytes);
    memset(buffer_reserve(&h->bytes, PADDING), 0, PADDING); /* readable behind each unit */
    h->bytes.n += PADDING;
}

static void drop_from(struct headers *h, size_t n)
{
    if (n >= h->n)
        return;
    h->bytes.n = h->header[n].at;
    h->n = n;
    h->last_block = 0;
    for (size_t i = n; i-- > 0;) {
        if (h->header[i].first) {
            h->last_block = i;
            break;
        }
    }
}

void headers_close_block(struct headers *h)
{
    if (!h->block_open)
        return;
    h->block_open = false;
    size_t n = h->n - h->last_block;
    if (h->last_block < n)
        return;
    size_t before = h->last_block - n;
    if (!h->header[before].first)
        return;
    for (size_t i = 0; i < n; i++)
        if (!span_equal(bytes_of(h, &h->header[before + i]), bytes_of(h, &h->header[h->last_block + i])) ||
            (i && h->header[before + i].first))
            return;
    drop_from(h, h->last_block);
}

void headers_cut(struct headers *h, uint64_t position)
{
    size_t n = h->n;
    while (n && h->header[n - 1].position >= position)
        n--;
    bool in_block = n < h->n && n && !h->header[n].first;
    drop_from(h, n);
    h->block_open = in_block;
}

void headers_acknowledge(struct headers *h, uint64_t position)
{
    if (h->bytes.n <= HEADERS_BYTES_MAX || h->n == 0)
        return;
    size_t keep = 0;
    for (size_t i = 0; i < h->n && h->header[i].position < position; i++)
        if (h->header[i].first)
            keep = i;
    if (keep == 0)
        return;
    size_t gone = h->header[keep].at;
    memmove(h->bytes.p, h->bytes.p + gone, h->bytes.n - gone);
    h->bytes.n -= gone;
    memmove(h->header, h->header + keep, (h->n - keep) * sizeof *h->header);
    h->n -= keep;
    h->last_block -= keep;
    for (size_t i = 0; i < h->n; i++)
        h->header[i].at -= gone;
}

void headers_replay(const struct headers *h, struct parser *p, struct record *r)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct unit u = { .bytes = bytes_of(h, &h->header[i]), .kind = h->header[i].kind };
        (void)parser_parse_unit(p, &u, r);
    }
}
