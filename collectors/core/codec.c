#include "core/codec.h"

#include "common/buffer.h"

#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

struct codec {
    enum codec_kind kind;
    bool may_end;
    bool padding;       /* gzip: zeros behind the last member, as tapes and some writers leave them */
    const char *broken; /* gzip: why nothing more comes; or NULL */
    struct inflate_state gzip;
    ZSTD_DCtx *zstd;
};

/* Before a member. */
static void gzip_begin(struct codec *c)
{
    isal_inflate_init(&c->gzip);
    c->gzip.crc_flag = ISAL_GZIP; /* wrapped, and what the trailer says is compared */
    c->may_end = false;
}

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
        gzip_begin(c);
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
    gzip_begin(c);
    return STATUS_OK;
}

static const char *gzip_fault(int code)
{
    switch (code) {
    case ISAL_INVALID_WRAPPER:
        return "incorrect header";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
    case ISAL_INVALID_LOOKBACK:
        return "invalid distance too far back";
    case ISAL_INVALID_BLOCK:
        return "invalid block";
    default:
        return "invalid data";
    }
}

static enum status gzip_decode(struct codec *c, struct span *in, char *to, size_t n, size_t *got, const char **why)
{
    while (!c->broken && *got < n) {
        if (c->may_end) {
            enum status s = in->n ? gzip_between(c, in, &c->broken) : STATUS_AGAIN;
            if (s == STATUS_AGAIN)
                return STATUS_OK;
            continue;
        }
        uint32_t room = n - *got < UINT32_MAX ? (uint32_t)(n - *got) : UINT32_MAX;
        uint32_t left = in->n < UINT32_MAX ? (uint32_t)in->n : UINT32_MAX;
        c->gzip.next_in = (unsigned char *)(uintptr_t)in->p;
        c->gzip.avail_in = left;
        c->gzip.next_out = (unsigned char *)to + *got;
        c->gzip.avail_out = room;
        int code = isal_inflate(&c->gzip);
        *got += room - c->gzip.avail_out;
        in->p += left - c->gzip.avail_in;
        in->n -= left - c->gzip.avail_in;
        if (code < 0)
            c->broken = gzip_fault(code);
        else if (c->gzip.block_state == ISAL_BLOCK_FINISH)
            c->may_end = true;
        else if (c->gzip.avail_in == left && c->gzip.avail_out == room) /* what was buffered inside is out, too */
            return STATUS_OK;
    }
    *why = c->broken;
    return c->broken ? STATUS_BAD : STATUS_OK;
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
