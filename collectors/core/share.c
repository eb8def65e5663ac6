#include "core/share.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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

/* What this collector alone can read is outside the claims of several. */
static bool is_own(const struct share *s, const struct recognised_input *r)
{
    struct input_file f;
    return s->o->shares > 1 && (!r->input || !input_describe(r->input, &f));
}

/* Pieces of an input that are to be claimed; *cut: where it is cut, or 0. */
static uint64_t count_pieces(const struct share *s, size_t i, uint64_t *cut)
{
    const struct recognised_input *r = &s->in->item[i];
    struct input_file f;
    *cut = 0;
    if (is_own(s, r))
        return 0;
    if (!r->input || !input_describe(r->input, &f))
        return 1;
    *cut = cut_bytes(s->o, r, (uint32_t)i, f.size_bytes);
    return *cut ? range_count(f.size_bytes, *cut) : 1;
}

enum status share_open(struct share *s, struct inputs *in, const struct options *o, struct error *e)
{
    *s = (struct share){ .in = in, .o = o, .claims_fd = -1, .own = o->share ? in->n : 0 };
    for (size_t i = 0; i < in->n; i++)
        s->bytes += in->item[i].input ? input_size_bytes(in->item[i].input) : 0;
    if (o->shares == 1)
        return STATUS_OK;
    struct buffer path = { 0 };
    buffer_append_format(&path, "%s.claims%c", o->plan, 0);
    s->claims_fd = open(path.p, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    enum status status = s->claims_fd < 0 ? error_errno(e, "%s: cannot be written", path.p) : STATUS_OK;
    buffer_fini(&path);
    return status;
}

void share_close(struct share *s)
{
    if (s->in && s->claims_fd >= 0)
        close(s->claims_fd);
    *s = (struct share){ .claims_fd = -1 };
}

static enum status claim(struct share *s, uint64_t *number, struct error *e)
{
    if (s->claims_fd < 0) {
        *number = s->next++;
        return STATUS_OK;
    }
    ssize_t n;
    while ((n = write(s->claims_fd, "x", 1)) < 0 && errno == EINTR)
        ;
    /* Appending moves this descriptor's offset behind its own byte, whatever others append. */
    off_t end = n == 1 ? lseek(s->claims_fd, 0, SEEK_CUR) : -1;
    if (end < 1)
        return error_errno(e, "%s.claims: cannot be written", s->o->plan);
    *number = (uint64_t)end - 1;
    return STATUS_OK;
}

static void take_whole(struct share *s, size_t i, struct piece *out)
{
    struct recognised_input *r = &s->in->item[i];
    *out = (struct piece){ .input = r->input, .form = r->form, .number = (uint32_t)i };
    r->input = NULL;
}

enum status share_next(struct share *s, struct piece *out, struct error *e)
{
    for (; s->own < s->in->n; s->own++)
        if (s->in->item[s->own].input && is_own(s, &s->in->item[s->own])) {
            take_whole(s, s->own++, out);
            return STATUS_OK;
        }
    uint64_t number = 0, cut = 0, n = 0;
    if (s->at == s->in->n)
        return STATUS_END;
    enum status status = claim(s, &number, e);
    if (status != STATUS_OK)
        return status;
    for (; s->at < s->in->n && number - s->before >= (n = count_pieces(s, s->at, &cut)); s->at++)
        s->before += n;
    if (s->at == s->in->n)
        return STATUS_END;
    if (!cut) {
        take_whole(s, s->at++, out);
        s->before++;
        return STATUS_OK;
    }
    const struct recognised_input *r = &s->in->item[s->at];
    struct input_file f;
    (void)input_describe(r->input, &f);
    *out = (struct piece){ input_known(&f), r->form, (uint32_t)s->at,
                           range_of((uint32_t)(number - s->before), f.size_bytes, cut, r->head) };
    return STATUS_OK;
}

uint64_t share_bytes(const struct share *s)
{
    /* The first one takes what cannot be divided: together they are all. */
    return s->bytes / s->o->shares + (s->o->share == 0 ? s->bytes % s->o->shares : 0);
}
