#include "core/share.h"

#include <stdlib.h>

enum { CUT_BYTES_MIN = 16 << 20, CUT_BYTES_MAX = 64 << 20, PIECES_EACH = 8 };

/* Where a file is cut, or 0. */
static uint64_t cut_bytes(const struct options *o, const struct recognised_input *r, uint32_t number, uint64_t size)
{
    if (!r->cut || o->range_bytes == 0)
        return 0;
    for (size_t i = 0; i < o->no_cut_n; i++)
        if (o->no_cut[i] == number)
            return 0;
    uint64_t bytes = o->range_bytes;
    if (bytes == RANGE_BYTES_AUTO) {
        if (o->shares == 1)
            return 0;
        bytes = size / (o->shares * PIECES_EACH);
        bytes = bytes < CUT_BYTES_MIN ? CUT_BYTES_MIN : bytes > CUT_BYTES_MAX ? CUT_BYTES_MAX : bytes;
    }
    return size > bytes ? bytes : 0;
}

static void append(struct share *s, const struct piece *p)
{
    s->piece = allocate_more(s->piece, s->n + 1, sizeof *s->piece);
    s->piece[s->n++] = *p;
}

/* The share that a piece of that many bytes goes to. */
static unsigned next_share(uint64_t *load, unsigned shares, uint64_t bytes)
{
    unsigned least = 0;
    for (unsigned i = 1; i < shares; i++)
        if (load[i] < load[least])
            least = i;
    load[least] += bytes + 1; /* empty files take turns too */
    return least;
}

static void take_ranges(struct share *s, const struct recognised_input *r, uint32_t number, const struct options *o,
                        uint64_t *load)
{
    struct input_file f;
    (void)input_describe(r->input, &f);
    uint64_t cut = cut_bytes(o, r, number, f.size_bytes);
    for (uint32_t i = 0; i < range_count(f.size_bytes, cut); i++) {
        struct range range = range_of(i, f.size_bytes, cut, r->head);
        uint64_t end = range.end == RANGE_TO_END ? f.size_bytes : range.end;
        if (next_share(load, o->shares, end - range.begin) == o->share)
            append(s, &(struct piece){ input_known(&f), r->form, number, range });
    }
}

void share_take(struct share *s, struct inputs *in, const struct options *o)
{
    uint64_t *load = allocate(o->shares, sizeof *load);
    *s = (struct share){ 0 };
    for (size_t i = 0; i < in->n; i++) {
        struct recognised_input *r = &in->item[i];
        struct input_file f = { 0 };
        uint32_t number = (uint32_t)i;
        bool again = r->input && input_describe(r->input, &f);
        if (again && cut_bytes(o, r, number, f.size_bytes)) {
            take_ranges(s, r, number, o, load);
        } else if ((again ? next_share(load, o->shares, f.size_bytes) : 0) == o->share) {
            append(s, &(struct piece){ .input = r->input, .form = r->form, .number = number });
            r->input = NULL;
        }
        input_close(&r->input);
    }
    free(load);
}

void share_fini(struct share *s)
{
    for (size_t i = 0; i < s->n; i++)
        input_close(&s->piece[i].input);
    free(s->piece);
    *s = (struct share){ 0 };
}
