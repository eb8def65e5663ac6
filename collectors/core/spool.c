#include "core/spool.h"

#include "common/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct spool {
    int fd;
    uint64_t size, begin, end;
};

enum status spool_open(const char *directory, uint64_t size_bytes, struct spool **out, struct error *e)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* not every file system has nameless files */
        struct buffer name = { 0 };
        buffer_append_format(&name, "%s/.tidemark-spool-XXXXXX", directory);
        buffer_append_byte(&name, '\0');
        fd = mkostemp(name.p, O_CLOEXEC);
        if (fd >= 0)
            unlink(name.p);
        buffer_fini(&name);
    }
    if (fd < 0)
        return error_errno(e, "spool: %s: no file can be made there", directory);
    struct spool *s = allocate(1, sizeof *s);
    *s = (struct spool){ .fd = fd, .size = size_bytes };
    *out = s;
    return STATUS_OK;
}

void spool_close(struct spool **s)
{
    if (!*s)
        return;
    close((*s)->fd);
    free(*s);
    *s = NULL;
}

uint64_t spool_begin(const struct spool *s)
{
    return s->begin;
}

uint64_t spool_end(const struct spool *s)
{
    return s->end;
}

uint64_t spool_room(const struct spool *s)
{
    return s->size - (s->end - s->begin);
}

/* As many bytes from `offset` on as lie together in the file. */
static size_t together(const struct spool *s, uint64_t offset, size_t n)
{
    uint64_t to_edge = s->size - offset % s->size;
    return n < to_edge ? n : (size_t)to_edge;
}

enum status spool_append(struct spool *s, struct span bytes, struct error *e)
{
    if (bytes.n > spool_room(s))
        return STATUS_FULL;
    for (size_t done = 0; done < bytes.n;) {
        uint64_t at = s->end + done;
        ssize_t w = pwrite(s->fd, bytes.p + done, together(s, at, bytes.n - done), (off_t)(at % s->size));
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return error_errno(e, "spool: cannot be written");
        done += (size_t)w;
    }
    s->end += bytes.n;
    return STATUS_OK;
}

enum status spool_read(const struct spool *s, uint64_t offset, char *to, size_t n, size_t *got, struct error *e)
{
    *got = 0;
    CHECK(offset >= s->begin && offset <= s->end);
    if (n > s->end - offset)
        n = (size_t)(s->end - offset);
    while (*got < n) {
        uint64_t at = offset + *got;
        ssize_t r = pread(s->fd, to + *got, together(s, at, n - *got), (off_t)(at % s->size));
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return error_errno(e, "spool: cannot be read");
        if (r == 0)
            return error_set(e, STATUS_SYSTEM, "spool: bytes are missing");
        *got += (size_t)r;
    }
    return STATUS_OK;
}

void spool_release(struct spool *s, uint64_t offset)
{
    if (offset > s->end)
        offset = s->end;
    if (offset > s->begin)
        s->begin = offset;
}
