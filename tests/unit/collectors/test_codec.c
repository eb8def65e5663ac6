/* gzip as zlib, which wrote it, reads it: however the bytes come, and whatever has happened to them. */
#include "core/codec.h"

#include "common/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

enum { ROUNDS = 150, GZIP_WINDOW_BITS = 15 + 16, HEADER_BYTES = 10 };

static uint64_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static void append_text(struct buffer *out, size_t n)
{
    size_t to = out->n + n;
    while (out->n < to) {
        if (chance(4))
            buffer_append_format(out, "192.0.2.%u port %u allowed\n", chance(256), chance(70));
        else
            buffer_append_byte(out, (char)chance(256));
    }
}

/* One member, with a name and other parts of a header now and then. */
static void append_member(struct buffer *out, struct span s)
{
    z_stream z = { 0 };
    unsigned char name[] = "flows.log", extra[] = { 'A', 'B', 2, 0, 1, 2 };
    gz_header header = { .name = name, .extra = extra, .extra_len = sizeof extra };
    assert_int_equal(
        deflateInit2(&z, (int)chance(10), Z_DEFLATED, GZIP_WINDOW_BITS, 1 + (int)chance(9), (int)chance(Z_FIXED + 1)),
        Z_OK);
    if (chance(3) == 0)
        assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
    size_t most = deflateBound(&z, s.n) + 64;
    z.next_in = (unsigned char *)(uintptr_t)s.p;
    z.avail_in = (unsigned)s.n;
    z.next_out = (unsigned char *)buffer_reserve(out, most);
    z.avail_out = (unsigned)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += most - z.avail_out;
    deflateEnd(&z);
}

/* Decode in pieces of random sizes. True: all of it is sound and at an end. */
static bool decode(struct span in, size_t piece, struct buffer *out)
{
    struct codec *c = codec_new(CODEC_GZIP);
    enum status s = STATUS_OK;
    struct span left = { in.p, 0 };
    for (size_t at = 0; s == STATUS_OK;) {
        size_t room = 1 + chance((uint32_t)piece), got;
        const char *why;
        s = codec_decode(c, &left, buffer_reserve(out, room), room, &got, &why);
        assert_true(got <= room && (s == STATUS_OK) == (why == NULL));
        out->n += got;
        if (s == STATUS_BAD) { /* and so it stays */
            assert_int_equal(codec_decode(c, &left, buffer_reserve(out, room), room, &got, &why), STATUS_BAD);
            assert_int_equal(got, 0);
        } else if (got == 0) {
            if (at == in.n)
                break;
            size_t more = in.n - at < piece ? in.n - at : 1 + chance((uint32_t)piece);
            left = span_of(left.p, left.n + more);
            at += more;
        }
    }
    bool sound = s == STATUS_OK && codec_may_end(c);
    codec_free(&c);
    assert_null(c);
    return sound;
}

static void sound_members_come_out_as_they_went_in(void **state)
{
    (void)state;
    for (seed = 1; seed < ROUNDS; seed++) {
        uint64_t round = seed;
        struct buffer text = { 0 }, gz = { 0 }, got = { 0 };
        for (unsigned members = 1 + chance(3); members; members--) {
            size_t from = text.n;
            append_text(&text, chance(3) ? chance(200) : chance(300000));
            append_member(&gz, span_from(buffer_span(&text), from));
        }
        if (chance(4) == 0)
            memset(buffer_reserve(&gz, 512), 0, 512), gz.n += 512; /* as tapes are filled up */
        assert_true(decode(buffer_span(&gz), chance(2) ? 7 + chance(50) : 100000, &got));
        assert_true(span_equal(buffer_span(&got), buffer_span(&text)));
        buffer_fini(&text);
        buffer_fini(&gz);
        buffer_fini(&got);
        seed = round;
    }
}

static void damage_never_passes_as_sound(void **state)
{
    (void)state;
    for (seed = 1; seed < ROUNDS; seed++) {
        uint64_t round = seed;
        struct buffer text = { 0 }, gz = { 0 }, got = { 0 };
        append_text(&text, 1 + (chance(3) ? chance(200) : chance(300000)));
        append_member(&gz, buffer_span(&text));
        if (chance(3) == 0) {
            gz.n = chance((uint32_t)gz.n);
        } else if (chance(3) == 0) {
            buffer_append(&gz, "behind", 6);
        } else {
            /* Bytes of the data and of the trailer; what a header holds besides is nobody's business. */
            size_t at = chance(2) ? gz.n - 1 - chance(8) : gz.n - 1 - chance((uint32_t)(gz.n - HEADER_BYTES) / 2);
            gz.p[at] ^= (char)(1 << chance(8));
        }
        bool sound = decode(buffer_span(&gz), chance(2) ? 7 + chance(50) : 100000, &got);
        /* A bit may stand where nobody looks: padding before a stored block. Then all is there. */
        assert_true(!sound || span_equal(buffer_span(&got), buffer_span(&text)));
        if (gz.n < HEADER_BYTES)
            assert_false(sound);
        buffer_fini(&text);
        buffer_fini(&gz);
        buffer_fini(&got);
        seed = round;
    }
}

static void other_compressions_are_told_from_gzip(void **state)
{
    (void)state;
    enum codec_kind kind;
    assert_int_equal(codec_detect(SPAN_LITERAL("\x1f\x8b\x08"), false, &kind), STATUS_OK);
    assert_int_equal(kind, CODEC_GZIP);
    assert_int_equal(codec_detect(SPAN_LITERAL("\x1f"), false, &kind), STATUS_AGAIN);
    assert_int_equal(codec_detect(SPAN_LITERAL("\x1f"), true, &kind), STATUS_OK);
    assert_int_equal(kind, CODEC_NONE);
    assert_int_equal(codec_detect(SPAN_LITERAL("\x28\xb5\x2f\xfd"), false, &kind), STATUS_OK);
    assert_int_equal(kind, CODEC_ZSTD);
    assert_int_equal(codec_detect(SPAN_LITERAL("2 0"), false, &kind), STATUS_OK);
    assert_int_equal(kind, CODEC_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_members_come_out_as_they_went_in),
        cmocka_unit_test(damage_never_passes_as_sound),
        cmocka_unit_test(other_compressions_are_told_from_gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
