#include "core/codec.h"

#include "common/buffer.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* zlib's window size, and 16 for "a gzip wrapper only". */
enum { GZIP_WINDOW_BITS = 15 + 16 };

struct codec {
    enum codec_kind kind;
    bool may_end;
    bool padding; /* gzip: zeros behind the last member, as tapes and some writers leave them */
    z_stream z;
    ZSTD_DCtx *zstd;
};

enum status codec_detect(struct span head, bool last, enum codec_kind *out)
{
    static const unsigned char gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
    *out = CODEC_NONE;
    if (head.n == 0)
        return last ? STATUS_OK : STATUS_AGAIN;
    size_t g = head.n < sizeof gzip ? head.n : sizeof gzip;
    size_t s = head.n < sizeof zstd ? head.n : sizeof zstd;
    bool is_gzip = memcmp(head.p, gzip, g) == 0;
    bool is_zstd = memcmp(head.p, zstd, s) == 0;
    if (((is_gzip && g < sizeof gzip) || (is_zstd && s < sizeof zstd)))
        return last ? STATUS_OK : STATUS_AGAIN;
    if (is_gzip)
        *out = CODEC_GZIP;
    else if (is_zstd)
        *out = CODEC_ZSTD;
    return STATUS_OK;
}

struct codec *codec_new(enum codec_kind kind)
{
    struct codec *c = allocate(1, sizeof *c);
    c->kind = kind;
    if (kind == CODEC_GZIP) {
        CHECK(inflateInit2(&c->z, GZIP_WINDOW_BITS) == Z_OK);
    } else {
        c->zstd = ZSTD_createDCtx();
        CHECK(c->zstd);
    }
    return c;
}

void codec_free(struct codec **c)
{
    if (!*c)
        return;
    if ((*c)->kind == CODEC_GZIP)
        inflateEnd(&(*c)->z);
    else
        ZSTD_freeDCtx((*c)->zstd);
    free(*c);
    *c = NULL;
}

const char *codec_name(const struct codec *c)
{
    return c->kind == CODEC_GZIP ? "gzip" : "zstd";
}

bool codec_may_end(const struct codec *c)
{
    return c->may_end;
}

/* Between members: take the zeros; say whether another member begins. */
static enum status gzip_between(struct codec *c, struct span *in, const char **why)
{
    while (in->n && in->p[0] == 0) {
        in->p++;
        in->n--;
        c->padding = true;
    }
    if (!in->n)
        return STATUS_AGAIN;
    if (c->padding || (unsigned char)in->p[0] != 0x1f) {
        *why = "something else stands behind the end of the compressed data";
        return STATUS_BAD;
    }
    CHECK(inflateReset(&c->z) == Z_OK);
    c->may_end = false;
    return STATUS_OK;
}

static enum status gzip_decode(struct codec *c, struct span *in, char *to, size_t n, size_t *got, const char **why)
{
    while (in->n && *got < n) {
        if (c->may_end) {
            enum status s = gzip_between(c, in, why);
            if (s != STATUS_OK)
                return s == STATUS_AGAIN ? STATUS_OK : s;
        }
        size_t room = n - *got < UINT_MAX ? n - *got : UINT_MAX, left = in->n < UINT_MAX ? in->n : UINT_MAX;
        c->z.next_in = (unsigned char *)(uintptr_t)in->p;
        c->z.avail_in = (unsigned)left;
        c->z.next_out = (unsigned char *)to + *got;
        c->z.avail_out = (unsigned)room;
        int r = inflate(&c->z, Z_NO_FLUSH);
        *got += room - c->z.avail_out;
        in->p += left - c->z.avail_in;
        in->n -= left - c->z.avail_in;
        if (r == Z_STREAM_END) {
            c->may_end = true;
        } else if (r == Z_MEM_ERROR) {
            *why = "out of memory";
            return STATUS_BAD;
        } else if (r != Z_OK && r != Z_BUF_ERROR) {
            *why = c->z.msg ? c->z.msg : "invalid data";
            return STATUS_BAD;
        }
    }
    return STATUS_OK;
}

static enum status zstd_decode(struct codec *c, struct span *in, char *to, size_t n, size_t *got, const char **why)
{
    ZSTD_inBuffer from = { in->p, in->n, 0 };
    ZSTD_outBuffer out = { to, n, 0 };
    /* Also with nothing left to take: what is buffered inside must come out. */
    while (out.pos < out.size) {
        size_t taken = from.pos, given = out.pos;
        if (c->may_end && from.pos == from.size)
            break;
        size_t r = ZSTD_decompressStream(c->zstd, &out, &from);
        in->p += from.pos - taken;
        in->n -= from.pos - taken;
        if (ZSTD_isError(r)) {
            *got = out.pos;
            *why = ZSTD_getErrorName(r);
            return STATUS_BAD;
        }
        c->may_end = r == 0;
        if (from.pos == taken && out.pos == given)
            break;
    }
    *got = out.pos;
    return STATUS_OK;
}

enum status codec_decode(struct codec *c, struct span *in, char *to, size_t n, size_t *got, const char **why)
{
    *got = 0;
    *why = NULL;
    return c->kind == CODEC_GZIP ? gzip_decode(c, in, to, n, got, why) : zstd_decode(c, in, to, n, got, why);
}
