#include "core/input.h"

#include "common/buffer.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

static char folder[64];
static const struct input_options options = { "/tmp", 1 << 20 };

static int setup(void **state)
{
    (void)state;
    scratch_make(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static struct buffer numbers(unsigned n)
{
    struct buffer b = { 0 };
    for (unsigned i = 0; i < n; i++)
        buffer_append_format(&b, "line %u of some text\n", i * 7919);
    return b;
}

static void append_gzip(struct buffer *out, struct span s)
{
    z_stream z = { 0 };
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t most = deflateBound(&z, s.n) + 64;
    z.next_in = (unsigned char *)(uintptr_t)s.p;
    z.avail_in = (unsigned)s.n;
    z.next_out = (unsigned char *)buffer_reserve(out, most);
    z.avail_out = (unsigned)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += most - z.avail_out;
    deflateEnd(&z);
}

static void append_zstd(struct buffer *out, struct span s)
{
    size_t most = ZSTD_compressBound(s.n);
    size_t n = ZSTD_compress(buffer_reserve(out, most), most, s.p, s.n, 3);
    assert_false(ZSTD_isError(n));
    out->n += n;
}

/* Read all, in pieces of odd sizes. */
static enum status read_all(struct input *in, struct buffer *out, struct error *e)
{
    for (size_t step = 1;; step = step * 3 % 70001) {
        size_t got;
        enum status s = input_read(in, buffer_reserve(out, step), step, &got, e);
        if (s != STATUS_OK)
            return s;
        assert_true(got > 0 && got <= step);
        out->n += got;
    }
}

static void assert_reads_and_seeks(const char *path, struct span want)
{
    struct error e;
    struct input *in;
    struct buffer got = { 0 };
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    assert_int_equal(read_all(in, &got, &e), STATUS_END);
    assert_true(span_equal(buffer_span(&got), want));
    assert_int_equal(input_position(in), want.n);
    const uint64_t places[] = { want.n / 2, 3, want.n - 1, 0, want.n };
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        if (i % 2)
            input_rest(in);
        assert_int_equal(input_seek(in, places[i], &e), STATUS_OK);
        buffer_clear(&got);
        assert_int_equal(read_all(in, &got, &e), STATUS_END);
        assert_true(span_equal(buffer_span(&got), span_from(want, places[i])));
    }
    input_close(&in);
    buffer_fini(&got);
}

static void files_are_read_whole_and_from_any_offset_compressed_or_not(void **state)
{
    (void)state;
    struct buffer text = numbers(30000), gz = { 0 }, zst = { 0 };
    struct span all = buffer_span(&text);
    assert_reads_and_seeks(scratch_write(folder, "plain", text.p, text.n), all);
    append_gzip(&gz, span_of(all.p, 1000));
    append_gzip(&gz, span_of(all.p, 0));
    append_gzip(&gz, span_from(all, 1000));
    assert_reads_and_seeks(scratch_write(folder, "named.txt", gz.p, gz.n), all);
    buffer_append(&gz, "\0\0\0\0", 4); /* padding */
    assert_reads_and_seeks(scratch_write(folder, "padded.gz", gz.p, gz.n), all);
    append_zstd(&zst, span_of(all.p, 1000));
    buffer_append(&zst, "\x50\x2a\x4d\x18\x03\0\0\0abc", 11); /* a frame to be skipped */
    append_zstd(&zst, span_from(all, 1000));
    assert_reads_and_seeks(scratch_write(folder, "z", zst.p, zst.n), all);
    buffer_fini(&text);
    buffer_fini(&gz);
    buffer_fini(&zst);
}

static void short_files_that_begin_like_a_magic_number_are_plain(void **state)
{
    (void)state;
    static const char *const texts[] = { "\x1f", "\x28\xb5\x2f", "(", "x" };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_reads_and_seeks(scratch_write(folder, "short", texts[i], strlen(texts[i])), span_text(texts[i]));
}

static void assert_breaks(const void *bytes, size_t n, const char *why, struct span before)
{
    struct error e;
    struct input *in;
    struct buffer got = { 0 };
    assert_int_equal(input_open(scratch_write(folder, "broken", bytes, n), &options, &in, &e), STATUS_OK);
    assert_int_equal(read_all(in, &got, &e), STATUS_INPUT);
    assert_non_null(strstr(e.text, "broken"));
    assert_non_null(strstr(e.text, why));
    assert_true(span_starts(before, buffer_span(&got)));
    input_close(&in);
    buffer_fini(&got);
}

static void cut_and_corrupt_files_are_said_with_their_offset(void **state)
{
    (void)state;
    struct buffer text = numbers(5000), gz = { 0 }, zst = { 0 };
    append_gzip(&gz, buffer_span(&text));
    append_zstd(&zst, buffer_span(&text));
    char why[64];
    for (size_t n = 4; n < gz.n; n += gz.n / 7) {
        snprintf(why, sizeof why, "gzip data ends too early, at byte %zu", n);
        assert_breaks(gz.p, n, why, buffer_span(&text));
    }
    for (size_t n = 4; n < zst.n; n += zst.n / 7) {
        snprintf(why, sizeof why, "zstd data ends too early, at byte %zu", n);
        assert_breaks(zst.p, n, why, buffer_span(&text));
    }
    buffer_append(&gz, "garbage", 7);
    assert_breaks(gz.p, gz.n, "corrupt gzip data at byte", buffer_span(&text));
    gz.n -= 7;
    gz.p[gz.n - 6] ^= 1; /* its checksum */
    assert_breaks(gz.p, gz.n, "corrupt gzip data at byte", buffer_span(&text));
    memset(gz.p + gz.n / 2, 0xff, 16);
    struct error e;
    struct input *in;
    struct buffer got = { 0 };
    assert_int_equal(input_open(scratch_write(folder, "x", gz.p, gz.n), &options, &in, &e), STATUS_OK);
    assert_int_equal(read_all(in, &got, &e), STATUS_INPUT);
    input_close(&in);
    buffer_fini(&got);
    assert_breaks("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 20,
                  "corrupt zstd data", span_of(NULL, 0));
    buffer_fini(&text);
    buffer_fini(&gz);
    buffer_fini(&zst);
}

static void what_cannot_be_opened_is_said(void **state)
{
    (void)state;
    struct error e;
    struct input *in;
    assert_int_equal(input_open(scratch_path(folder, "nothing"), &options, &in, &e), STATUS_INPUT);
    assert_null(in);
    assert_non_null(strstr(e.text, "nothing: cannot be read"));
    assert_int_equal(input_open(folder, &options, &in, &e), STATUS_INPUT);
}

static void a_file_that_was_replaced_or_cut_is_noticed(void **state)
{
    (void)state;
    struct error e;
    struct input *in;
    char byte;
    size_t got;
    const char *path = scratch_write(folder, "f", "0123456789", 10);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    input_rest(in);
    scratch_write(folder, "g", "other", 5);
    assert_int_equal(rename(scratch_path(folder, "g"), path), 0);
    assert_int_equal(input_read(in, &byte, 1, &got, &e), STATUS_INPUT);
    assert_non_null(strstr(e.text, "another file"));
    input_close(&in);

    path = scratch_write(folder, "f", "0123456789", 10);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    assert_int_equal(input_seek(in, 8, &e), STATUS_OK);
    assert_int_equal(truncate(path, 4), 0);
    assert_int_equal(input_read(in, &byte, 1, &got, &e), STATUS_INPUT);
    assert_non_null(strstr(e.text, "shorter"));
    input_close(&in);
}

/* What a file has gained since it was opened belongs to the next run. */
static void a_file_that_grows_ends_where_it_ended(void **state)
{
    (void)state;
    struct error e;
    struct input *in;
    struct buffer got = { 0 };
    const char *path = scratch_write(folder, "f", "0123456789", 10);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    scratch_write(folder, "f", "0123456789abcdef", 16);
    assert_int_equal(read_all(in, &got, &e), STATUS_END);
    assert_int_equal(got.n, 10);
    input_close(&in);
    buffer_fini(&got);
}

static void a_pipe_keeps_what_is_not_released_and_no_more_than_its_spool(void **state)
{
    (void)state;
    int ends[2];
    struct error e;
    struct input *in;
    char path[64], chunk[65536], back[65536];
    size_t got;
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    assert_true(input_is_live(in));
    uint64_t total = 0;
    for (unsigned round = 0; round < 40; round++) { /* more than twice around the ring */
        for (unsigned i = 0; i < sizeof chunk; i++)
            chunk[i] = (char)(total + i * 31 + round);
        assert_int_equal(write(ends[1], chunk, sizeof chunk), sizeof chunk);
        for (size_t n = 0; n < sizeof chunk; n += got)
            assert_int_equal(input_read(in, back + n, sizeof back - n, &got, &e), STATUS_OK);
        assert_memory_equal(chunk, back, sizeof chunk);
        assert_int_equal(input_seek(in, total, &e), STATUS_OK);
        memset(back, 0, sizeof back);
        for (size_t n = 0; n < sizeof chunk; n += got)
            assert_int_equal(input_read(in, back + n, sizeof back - n, &got, &e), STATUS_OK);
        assert_memory_equal(chunk, back, sizeof chunk);
        total += sizeof chunk;
        if (round >= 3)
            input_release(in, total - 3 * sizeof chunk);
    }
    assert_int_equal(input_oldest(in), total - 3 * sizeof chunk);
    assert_int_equal(input_seek(in, 0, &e), STATUS_INPUT);
    assert_int_equal(input_seek(in, total, &e), STATUS_OK);
    /* Without release it fills up, and goes on when something is released. */
    unsigned taken = 0;
    enum status s;
    for (;; taken++) {
        assert_int_equal(write(ends[1], chunk, 4096), 4096);
        s = input_read(in, back, 4096, &got, &e);
        if (s != STATUS_OK)
            break;
    }
    assert_int_equal(s, STATUS_AGAIN);
    assert_true(input_is_full(in));
    assert_int_equal(input_wait_fd(in), -1);
    assert_int_equal(taken, (1048576 - 3 * 65536) / 4096);
    input_release(in, input_position(in));
    assert_int_equal(input_read(in, back, 4096, &got, &e), STATUS_OK);
    close(ends[1]);
    while ((s = input_read(in, back, sizeof back, &got, &e)) == STATUS_OK)
        continue;
    assert_int_equal(s, STATUS_END);
    close(ends[0]);
    input_close(&in);
}

static void a_compressed_pipe_is_inflated_before_its_spool(void **state)
{
    (void)state;
    int ends[2];
    struct error e;
    struct input *in;
    char path[64];
    struct buffer text = numbers(2000), gz = { 0 }, got = { 0 };
    append_gzip(&gz, buffer_span(&text));
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    assert_int_equal(write(ends[1], gz.p, 1), 1);
    assert_int_equal(read_all(in, &got, &e), STATUS_AGAIN);
    assert_int_equal(write(ends[1], gz.p + 1, gz.n - 1), gz.n - 1);
    close(ends[1]);
    assert_int_equal(read_all(in, &got, &e), STATUS_END);
    assert_true(span_equal(buffer_span(&got), buffer_span(&text)));
    buffer_clear(&got);
    assert_int_equal(input_seek(in, 100, &e), STATUS_OK);
    assert_int_equal(read_all(in, &got, &e), STATUS_END);
    assert_true(span_equal(buffer_span(&got), span_from(buffer_span(&text), 100)));
    close(ends[0]);
    input_close(&in);
    buffer_fini(&text);
    buffer_fini(&gz);
    buffer_fini(&got);
}

static void a_fifo_without_a_writer_is_waited_for_not_ended(void **state)
{
    (void)state;
    struct error e;
    struct input *in;
    char byte;
    size_t got;
    const char *path = scratch_path(folder, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    assert_int_equal(input_read(in, &byte, 1, &got, &e), STATUS_AGAIN);
    int writer = open(path, O_WRONLY | O_NONBLOCK);
    assert_true(writer >= 0);
    assert_int_equal(input_read(in, &byte, 1, &got, &e), STATUS_AGAIN);
    assert_int_equal(write(writer, "ab\n\n", 4), 4);
    assert_int_equal(input_read(in, &byte, 1, &got, &e), STATUS_OK);
    assert_int_equal(byte, 'a');
    close(writer);
    char rest[8];
    assert_int_equal(input_read(in, rest, sizeof rest, &got, &e), STATUS_OK);
    assert_int_equal(input_read(in, rest, sizeof rest, &got, &e), STATUS_END);
    input_close(&in);
}

static void an_impossible_spool_folder_is_no_input_error(void **state)
{
    (void)state;
    int ends[2];
    struct error e;
    struct input *in;
    char path[64];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    const struct input_options nowhere = { "/nonexistent", 1 << 20 };
    assert_int_equal(input_open(path, &nowhere, &in, &e), STATUS_SYSTEM);
    assert_non_null(strstr(e.text, "/nonexistent"));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_whole_and_from_any_offset_compressed_or_not),
        cmocka_unit_test(short_files_that_begin_like_a_magic_number_are_plain),
        cmocka_unit_test(cut_and_corrupt_files_are_said_with_their_offset),
        cmocka_unit_test(what_cannot_be_opened_is_said),
        cmocka_unit_test(a_file_that_was_replaced_or_cut_is_noticed),
        cmocka_unit_test(a_file_that_grows_ends_where_it_ended),
        cmocka_unit_test(a_pipe_keeps_what_is_not_released_and_no_more_than_its_spool),
        cmocka_unit_test(a_compressed_pipe_is_inflated_before_its_spool),
        cmocka_unit_test(a_fifo_without_a_writer_is_waited_for_not_ended),
        cmocka_unit_test(an_impossible_spool_folder_is_no_input_error),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
