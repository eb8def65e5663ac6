#include "core/rejects.h"

#include "common/json_text.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 64 << 20, ENTRY_BYTES_MAX = 4096, BUFFERED_BYTES = 64 << 10, LOGGED_MAX = 64 };

struct rejects {
    int fd; /* -1: none, or given up */
    const char *path, *source;
    uint64_t written, left_out;
    struct buffer out;
    const char *logged[LOGGED_MAX];
    unsigned logged_n;
};

enum status rejects_open(const char *path, const char *source, struct rejects **out, struct error *e)
{
    int fd = -1;
    if (path) {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0) {
            (void)error_errno(e, "--rejects %s: cannot be written", path);
            return STATUS_CONFIG;
        }
    }
    struct rejects *r = allocate(1, sizeof *r);
    r->fd = fd;
    r->path = path;
    r->source = source;
    *out = r;
    return STATUS_OK;
}

static void write_out(struct rejects *r)
{
    for (size_t done = 0; r->fd >= 0 && done < r->out.n;) {
        ssize_t n = write(r->fd, r->out.p + done, r->out.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) { /* the account stays right without this file */
            log_at(LOG_WARN, "collector.rejects.write", "file=\"%s\" errno=%d", r->path, errno);
            close(r->fd);
            r->fd = -1;
            break;
        }
        done += (size_t)n;
    }
    buffer_clear(&r->out);
}

void rejects_close(struct rejects **rejects)
{
    struct rejects *r = *rejects;
    if (!r)
        return;
    write_out(r);
    if (r->left_out)
        log_at(LOG_WARN, "collector.rejects.full", "file=\"%s\" left_out=%llu", r->path,
               (unsigned long long)r->left_out);
    if (r->fd >= 0)
        close(r->fd);
    buffer_fini(&r->out);
    free(r);
    *rejects = NULL;
}

static void log_first(struct rejects *r, const struct reject *x)
{
    for (unsigned i = 0; i < r->logged_n; i++)
        if (strcmp(r->logged[i], x->reason) == 0)
            return;
    if (r->logged_n == LOGGED_MAX)
        return;
    r->logged[r->logged_n++] = x->reason;
    char from[48] = "";
    if (x->counted_from)
        snprintf(from, sizeof from, " counted_from=%llu", (unsigned long long)x->counted_from);
    log_at(LOG_WARN, "collector.reject", "source=%s file=\"%s\" record=%llu%s offset=%llu reason=%s", r->source,
           x->file, (unsigned long long)x->ordinal, from, (unsigned long long)x->position, x->reason);
}

void rejects_add(struct rejects *r, const struct reject *x)
{
    log_first(r, x);
    if (r->fd < 0)
        return;
    struct buffer *b = &r->out;
    size_t before = b->n;
    buffer_append_format(b, "{\"source\":");
    json_append_text(b, span_text(r->source));
    buffer_append_format(b, ",\"file\":");
    json_append_text(b, span_text(x->file));
    buffer_append_format(b, ",\"position\":%llu,\"ordinal\":%llu", (unsigned long long)x->position,
                         (unsigned long long)x->ordinal);
    if (x->counted_from)
        buffer_append_format(b, ",\"counted_from\":%llu", (unsigned long long)x->counted_from);
    buffer_append_format(b, ",\"reason\":");
    json_append_text(b, span_text(x->reason));
    buffer_append_format(b, ",\"bytes\":");
    json_append_text(b, span_of(x->bytes.p, x->bytes.n < ENTRY_BYTES_MAX ? x->bytes.n : ENTRY_BYTES_MAX));
    buffer_append_format(b, "}\n");
    if (r->written + (b->n - before) > FILE_BYTES_MAX) {
        b->n = before;
        r->left_out++;
        return;
    }
    r->written += b->n - before;
    if (b->n >= BUFFERED_BYTES)
        write_out(r);
}
