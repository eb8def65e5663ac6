#include "runfile.h"

#include "common/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITE_ROWS = 8192, READ_ROWS = 2048 };

struct runfile {
    const char *folder;
    int fd;
    struct run_row *rows; /* buffer for writing, then for reading; NULL when neither goes on */
    size_t rows_n, at;
    uint64_t bytes, read_bytes;
};

enum status runfile_create(const char *folder, struct runfile **out, struct error *e)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        char name[PATH_MAX];
        if (snprintf(name, sizeof name, "%s/run-XXXXXX", folder) >= (int)sizeof name)
            return error_set(e, STATUS_SYSTEM, "runs: %s: the folder's name is too long", folder);
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0)
            unlink(name);
    }
    if (fd < 0)
        return error_errno(e, "runs: %s: cannot make a file", folder);
    struct runfile *f = allocate(1, sizeof *f);
    f->folder = folder;
    f->fd = fd;
    f->rows = allocate(WRITE_ROWS, sizeof *f->rows);
    *out = f;
    return STATUS_OK;
}

void runfile_close(struct runfile **f)
{
    if (!*f)
        return;
    close((*f)->fd);
    free((*f)->rows);
    free(*f);
    *f = NULL;
}

static enum status write_rows(struct runfile *f, struct error *e)
{
    const char *p = (const char *)f->rows;
    size_t left = f->rows_n * sizeof *f->rows;
    while (left) {
        ssize_t n = write(f->fd, p, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, "runs: %s: cannot write", f->folder);
        p += n;
        left -= (size_t)n;
        f->bytes += (size_t)n;
    }
    f->rows_n = 0;
    return STATUS_OK;
}

enum status runfile_write(struct runfile *f, const struct run_row *row, struct error *e)
{
    f->rows[f->rows_n++] = *row;
    return f->rows_n < WRITE_ROWS ? STATUS_OK : write_rows(f, e);
}

enum status runfile_flush(struct runfile *f, struct error *e)
{
    enum status status = write_rows(f, e);
    free(f->rows);
    f->rows = NULL;
    return status;
}

static enum status read_rows(struct runfile *f, struct error *e)
{
    if (!f->rows)
        f->rows = allocate(READ_ROWS, sizeof *f->rows);
    f->rows_n = 0;
    f->at = 0;
    uint64_t left = f->bytes - f->read_bytes;
    size_t wanted = left < READ_ROWS * sizeof *f->rows ? (size_t)left : READ_ROWS * sizeof *f->rows;
    for (size_t have = 0; have < wanted;) {
        ssize_t n = pread(f->fd, (char *)f->rows + have, wanted - have, (off_t)f->read_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, "runs: %s: cannot read", f->folder);
        if (n == 0)
            return error_set(e, STATUS_SYSTEM, "runs: %s: a file is shorter than what was written to it", f->folder);
        have += (size_t)n;
        f->read_bytes += (size_t)n;
    }
    f->rows_n = wanted / sizeof *f->rows;
    return STATUS_OK;
}

enum status runfile_read(struct runfile *f, struct run_row *row, struct error *e)
{
    if (f->at == f->rows_n || !f->rows) {
        enum status status = read_rows(f, e);
        if (status != STATUS_OK)
            return status;
        if (f->rows_n == 0)
            return STATUS_END;
    }
    *row = f->rows[f->at++];
    return STATUS_OK;
}
