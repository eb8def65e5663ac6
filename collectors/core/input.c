#include "core/input.h"

#include "core/codec.h"
#include "core/spool.h"

#include "common/buffer.h"
#include "common/log.h"
#include "common/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RAW_BYTES = 256 << 10, LIVE_CHUNK_BYTES = 256 << 10, SKIP_BYTES = 64 << 10 };

struct input {
    char *name;
    struct input_options options;
    int fd; /* -1 while at rest */
    bool owned;
    bool live;
    dev_t device;
    ino_t inode;
    int64_t time_ms;
    uint64_t base;   /* where a file on standard input stood */
    uint64_t size;   /* of the file when it was opened; 0: unknown, read to its end */
    bool recognised; /* the compression is known */
    enum codec_kind kind;
    struct codec *codec;
    char *raw; /* RAW_BYTES of what was read and not yet decoded: [raw_begin, raw_end) */
    size_t raw_begin, raw_end;
    uint64_t raw_offset; /* of raw_end */
    bool raw_ended;
    uint64_t decoded; /* offset of the next byte that the decoder gives */
    uint64_t position;
    struct spool *spool;
    struct buffer held; /* live: read, but not yet taken by the spool */
    bool disk_refused;
};

static enum status input_error(struct error *e, const struct input *in, const char *what)
{
    (void)error_errno(e, "%s: %s", in->name, what);
    return STATUS_INPUT;
}

static enum status open_file(struct input *in, struct stat *st, struct error *e)
{
    if (strcmp(in->name, "-") == 0) {
        in->fd = STDIN_FILENO;
    } else {
        /* Not blocking: a FIFO without a writer must not keep the program from noticing its supervisor's end. */
        in->fd = open(in->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        in->owned = in->fd >= 0;
    }
    if (in->fd < 0 || fstat(in->fd, st))
        return input_error(e, in, "cannot be read");
    if (S_ISDIR(st->st_mode)) {
        errno = EISDIR;
        return input_error(e, in, "cannot be read");
    }
    return STATUS_OK;
}

enum status input_open(const char *path, const struct input_options *o, struct input **out, struct error *e)
{
    struct input *in = allocate(1, sizeof *in);
    in->name = allocate_text(span_text(path));
    in->options = *o;
    in->fd = -1;
    struct stat st;
    enum status s = open_file(in, &st, e);
    if (s != STATUS_OK)
        goto out;
    in->live = !S_ISREG(st.st_mode);
    in->device = st.st_dev;
    in->inode = st.st_ino;
    if (in->live) {
        in->time_ms = timestamp_now_ms();
        s = spool_open(o->spool_dir, o->spool_bytes, &in->spool, e);
    } else {
        in->time_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
        off_t at = in->owned ? 0 : lseek(in->fd, 0, SEEK_CUR);
        in->base = at > 0 ? (uint64_t)at : 0;
        in->size = (uint64_t)st.st_size > in->base ? (uint64_t)st.st_size - in->base : 0;
        char first;
        if (pread(in->fd, &first, 1, 0) < 0)
            s = input_error(e, in, "cannot be read");
    }
out:
    if (s != STATUS_OK)
        input_close(&in);
    *out = in;
    return s;
}

bool input_describe(const struct input *in, struct input_file *out)
{
    *out = (struct input_file){ .path = in->name,
                                .device = (uint64_t)in->device,
                                .inode = (uint64_t)in->inode,
                                .size_bytes = in->size,
                                .time_ms = in->time_ms };
    return !in->live && strcmp(in->name, "-") != 0;
}

struct input *input_known(const struct input_file *f)
{
    struct input *in = allocate(1, sizeof *in);
    in->name = allocate_text(span_text(f->path));
    in->fd = -1;
    in->device = (dev_t)f->device;
    in->inode = (ino_t)f->inode;
    in->size = f->size_bytes;
    in->time_ms = f->time_ms;
    return in;
}

bool input_is_plain(const struct input *in)
{
    return in->kind == CODEC_NONE;
}

/* Forget all that reading has brought about, keep the descriptor. */
static void start_over(struct input *in)
{
    codec_free(&in->codec);
    in->recognised = false;
    in->raw_begin = in->raw_end = 0;
    in->raw_offset = 0;
    in->raw_ended = false;
    in->decoded = 0;
}

void input_close(struct input **in)
{
    struct input *i = *in;
    if (!i)
        return;
    codec_free(&i->codec);
    spool_close(&i->spool);
    if (i->owned && i->fd >= 0)
        close(i->fd);
    buffer_fini(&i->held);
    free(i->raw);
    free(i->name);
    free(i);
    *in = NULL;
}

void input_rest(struct input *in)
{
    if (in->live || !in->owned)
        return;
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
    uint64_t position = in->position, read = in->kind == CODEC_NONE ? in->decoded : in->raw_offset;
    start_over(in);
    in->position = position;
    in->raw_offset = read; /* progress goes on showing it; wake() starts over */
    free(in->raw);
    in->raw = NULL;
}

static enum status wake(struct input *in, struct error *e)
{
    if (in->fd >= 0)
        return STATUS_OK;
    struct stat st;
    enum status s = open_file(in, &st, e);
    if (s == STATUS_OK && (st.st_dev != in->device || st.st_ino != in->inode))
        s = error_set(e, STATUS_INPUT, "%s: is another file now than when it was opened first", in->name);
    if (s != STATUS_OK) {
        if (in->owned && in->fd >= 0)
            close(in->fd);
        in->fd = -1;
        return s;
    }
    start_over(in);
    return STATUS_OK;
}

/* At most `n` raw bytes; 0 with STATUS_OK never happens. */
static enum status raw_read(struct input *in, char *to, size_t n, size_t *got, struct error *e)
{
    for (;;) {
        ssize_t r;
        if (in->live) {
            struct pollfd p = { .fd = in->fd, .events = POLLIN };
            if (poll(&p, 1, 0) <= 0) /* a FIFO that no writer has opened yet is not at its end */
                return STATUS_AGAIN;
            r = read(in->fd, to, n);
        } else {
            if (in->size && in->raw_offset >= in->size)
                n = 0;
            else if (in->size && n > in->size - in->raw_offset)
                n = (size_t)(in->size - in->raw_offset);
            r = n ? pread(in->fd, to, n, (off_t)(in->base + in->raw_offset)) : 0;
        }
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return STATUS_AGAIN;
        if (r < 0) {
            (void)error_errno(e, "%s: cannot be read at byte %llu", in->name, (unsigned long long)in->raw_offset);
            return STATUS_INPUT;
        }
        if (r == 0 && n && in->raw_offset < in->size) { /* what is gone is said */
            return error_set(e, STATUS_INPUT,
                             "%s: is shorter now than when it was opened: it ends at byte %llu of %llu", in->name,
                             (unsigned long long)in->raw_offset, (unsigned long long)in->size);
        }
        if (r == 0) {
            in->raw_ended = true;
            return STATUS_END;
        }
        *got = (size_t)r;
        in->raw_offset += (uint64_t)r;
        return STATUS_OK;
    }
}

static enum status raw_fill(struct input *in, struct error *e)
{
    if (!in->raw)
        in->raw = allocate(1, RAW_BYTES);
    if (in->raw_begin == in->raw_end)
        in->raw_begin = in->raw_end = 0;
    size_t got = 0;
    enum status s = raw_read(in, in->raw + in->raw_end, RAW_BYTES - in->raw_end, &got, e);
    if (s == STATUS_OK)
        in->raw_end += got;
    return s;
}

static struct span raw_span(const struct input *in)
{
    return span_of(in->raw + in->raw_begin, in->raw_end - in->raw_begin);
}

static enum status recognise(struct input *in, struct error *e)
{
    for (;;) {
        enum status s = codec_detect(raw_span(in), in->raw_ended, &in->kind);
        if (s == STATUS_OK)
            break;
        s = raw_fill(in, e);
        if (s != STATUS_OK && s != STATUS_END)
            return s;
    }
    in->recognised = true;
    if (in->kind != CODEC_NONE)
        in->codec = codec_new(in->kind);
    return STATUS_OK;
}

static enum status inflate_some(struct input *in, char *to, size_t n, size_t *got, struct error *e)
{
    for (;;) {
        struct span left = raw_span(in);
        const char *why;
        enum status s = codec_decode(in->codec, &left, to, n, got, &why);
        in->raw_begin = in->raw_end - left.n;
        uint64_t at = in->raw_offset - left.n;
        if (*got) /* what came before the damage is given first; the damage shows again at the next call */
            return STATUS_OK;
        if (s != STATUS_OK)
            return error_set(e, STATUS_INPUT, "%s: corrupt %s data at byte %llu: %s", in->name, codec_name(in->codec),
                             (unsigned long long)at, why);
        if (in->raw_ended && codec_may_end(in->codec))
            return STATUS_END;
        if (in->raw_ended)
            return error_set(e, STATUS_INPUT, "%s: %s data ends too early, at byte %llu", in->name,
                             codec_name(in->codec), (unsigned long long)at);
        s = raw_fill(in, e);
        if (s != STATUS_OK && s != STATUS_END)
            return s;
    }
}

/* The next decoded bytes. */
static enum status decoded_read(struct input *in, char *to, size_t n, size_t *got, struct error *e)
{
    enum status s = in->recognised ? STATUS_OK : recognise(in, e);
    if (s != STATUS_OK)
        return s;
    if (in->codec) {
        s = inflate_some(in, to, n, got, e);
    } else if (in->raw_begin < in->raw_end) {
        *got = n < in->raw_end - in->raw_begin ? n : in->raw_end - in->raw_begin;
        memcpy(to, in->raw + in->raw_begin, *got);
        in->raw_begin += *got;
    } else if (in->raw_ended) {
        s = STATUS_END;
    } else {
        s = raw_read(in, to, n, got, e);
    }
    if (s == STATUS_OK)
        in->decoded += *got;
    return s;
}

/* Put what is held into the spool.  A disk that refuses stops the intake until it takes it. */
static enum status spool_held(struct input *in)
{
    struct error e;
    enum status s = spool_append(in->spool, buffer_span(&in->held), &e);
    if (s == STATUS_OK) {
        buffer_clear(&in->held);
        if (in->disk_refused)
            log_at(LOG_WARN, "collector.spool.resumed", "file=\"%s\"", in->name);
        in->disk_refused = false;
        return STATUS_OK;
    }
    if (s == STATUS_SYSTEM && !in->disk_refused) {
        in->disk_refused = true;
        log_at(LOG_ERROR, "collector.spool.refused", "file=\"%s\" reason=\"%s\"", in->name, e.text);
    }
    return STATUS_AGAIN;
}

static enum status live_read(struct input *in, char *to, size_t n, size_t *got, struct error *e)
{
    if (in->position == spool_end(in->spool)) {
        if (!in->held.n) {
            uint64_t room = spool_room(in->spool);
            size_t most = room < LIVE_CHUNK_BYTES ? (size_t)room : LIVE_CHUNK_BYTES;
            if (!most)
                return STATUS_AGAIN;
            size_t fresh;
            enum status s = decoded_read(in, buffer_reserve(&in->held, most), most, &fresh, e);
            if (s != STATUS_OK)
                return s;
            in->held.n = fresh;
        }
        enum status s = spool_held(in);
        if (s != STATUS_OK)
            return s;
    }
    enum status s = spool_read(in->spool, in->position, to, n, got, e);
    if (s != STATUS_OK)
        return STATUS_INPUT;
    in->position += *got;
    return STATUS_OK;
}

/* Decode and forget up to `position`. */
static enum status skip(struct input *in, struct error *e)
{
    if (in->decoded == in->position)
        return STATUS_OK;
    bool plain = in->recognised && in->kind == CODEC_NONE;
    if (in->decoded > in->position || plain)
        start_over(in);
    if (!in->recognised) {
        enum status s = recognise(in, e);
        if (s != STATUS_OK)
            return s;
    }
    if (in->kind == CODEC_NONE) {
        in->raw_begin = in->raw_end = 0;
        in->raw_ended = false;
        in->raw_offset = in->decoded = in->position;
        return STATUS_OK;
    }
    char *nowhere = allocate(1, SKIP_BYTES);
    enum status s = STATUS_OK;
    while (s == STATUS_OK && in->decoded < in->position) {
        uint64_t left = in->position - in->decoded;
        size_t got;
        s = decoded_read(in, nowhere, left < SKIP_BYTES ? (size_t)left : SKIP_BYTES, &got, e);
    }
    free(nowhere);
    if (s == STATUS_END)
        return error_set(e, STATUS_INPUT, "%s: is shorter now than when it was read first", in->name);
    return s;
}

enum status input_read(struct input *in, char *to, size_t n, size_t *got, struct error *e)
{
    *got = 0;
    if (in->live)
        return live_read(in, to, n, got, e);
    enum status s = wake(in, e);
    if (s == STATUS_OK)
        s = skip(in, e);
    if (s == STATUS_OK)
        s = decoded_read(in, to, n, got, e);
    if (s == STATUS_OK)
        in->position += *got;
    return s;
}

enum status input_seek(struct input *in, uint64_t offset, struct error *e)
{
    if (in->live && (offset < spool_begin(in->spool) || offset > spool_end(in->spool)))
        return error_set(e, STATUS_INPUT, "%s: byte %llu is not kept any more", in->name, (unsigned long long)offset);
    in->position = offset;
    return STATUS_OK;
}

void input_release(struct input *in, uint64_t offset)
{
    if (in->live)
        spool_release(in->spool, offset < in->position ? offset : in->position);
}

uint64_t input_position(const struct input *in)
{
    return in->position;
}

uint64_t input_oldest(const struct input *in)
{
    return in->live ? spool_begin(in->spool) : 0;
}

bool input_is_full(const struct input *in)
{
    return in->live && !in->held.n && spool_room(in->spool) == 0;
}

bool input_is_live(const struct input *in)
{
    return in->live;
}

int input_wait_fd(const struct input *in)
{
    return in->live && !input_is_full(in) && !in->disk_refused ? in->fd : -1;
}

const char *input_name(const struct input *in)
{
    return strcmp(in->name, "-") == 0 ? "standard input" : in->name;
}

int64_t input_time_ms(const struct input *in)
{
    return in->time_ms;
}

uint64_t input_size_bytes(const struct input *in)
{
    return in->size;
}

uint64_t input_done_bytes(const struct input *in)
{
    return in->live ? 0 : in->raw_offset;
}
