#include "summary.h"

#include "csv_reader.h"
#include "sink.h"

#include "common/timestamp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct summary {
    char *file;
    char *draft;   /* name of what is written until it takes the file's place; NULL once it has, or for a device */
    bool nameless; /* the draft does not have that name yet */
    struct sink sink;
    struct summary_row {
        const struct counts *counts;
        uint32_t combination;
        uint16_t port;
        int64_t sum;
    } * rows;
    size_t rows_capacity;
};

/* A file without a name in the folder of `file`, so that nothing is left of it whatever happens; -1 where the file
 * system cannot do that. */
static int open_nameless(const char *file)
{
    const char *slash = strrchr(file, '/');
    if (!slash)
        return open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    char *folder = allocate_text(span_of(file, slash == file ? 1 : (size_t)(slash - file)));
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    free(folder);
    return fd;
}

/* Opens s->sink.fd: a device or pipe itself; else a draft, with a name only where it must have one. */
static int open_draft(struct summary *s)
{
    struct stat st;
    if (stat(s->file, &st) == 0 && !S_ISREG(st.st_mode))
        return open(s->file, O_WRONLY | O_CLOEXEC);
    struct buffer draft = { 0 };
    buffer_append_format(&draft, "%s.tmp-XXXXXX", s->file);
    buffer_append_byte(&draft, 0);
    s->draft = draft.p;
    int fd = open_nameless(s->file);
    s->nameless = fd >= 0;
    if (fd < 0)
        fd = mkostemp(s->draft, O_CLOEXEC);
    if (fd < 0) {
        free(s->draft);
        s->draft = NULL;
    }
    return fd;
}

enum status summary_open(const char *file, struct summary **out, struct error *e)
{
    struct summary *s = allocate(1, sizeof *s);
    char *real = realpath(file, NULL); /* a link stays what it is */
    s->file = allocate_text(span_text(real ? real : file));
    free(real);
    int fd = open_draft(s);
    sink_init(&s->sink, fd, s->file);
    if (fd < 0) {
        error_errno(e, "%s: the summary cannot be written", file);
        summary_close(&s);
        return STATUS_CONFIG;
    }
    buffer_append_format(&s->sink.text,
                         "EventTime,NetworkProtocol,DstPortNumber,DstAppName,NetworkDirection,DvcAction,count_\n");
    *out = s;
    return STATUS_OK;
}

static int by_columns(const void *left, const void *right)
{
    static const enum count_field behind_port[] = { FIELD_APP, FIELD_DIRECTION, FIELD_ACTION };
    const struct summary_row *a = left, *b = right;
    int order = span_compare(counts_value(a->counts, a->combination, FIELD_PROTOCOL),
                             counts_value(b->counts, b->combination, FIELD_PROTOCOL));
    if (order == 0)
        order = (a->port > b->port) - (a->port < b->port);
    for (unsigned i = 0; i < 3 && order == 0; i++)
        order = span_compare(counts_value(a->counts, a->combination, behind_port[i]),
                             counts_value(b->counts, b->combination, behind_port[i]));
    return order;
}

static void append_row(struct buffer *out, const struct summary_row *row, struct span time)
{
    buffer_append_span(out, time);
    buffer_append_byte(out, ',');
    csv_append_cell(out, counts_value(row->counts, row->combination, FIELD_PROTOCOL));
    buffer_append_format(out, ",%u,", row->port);
    csv_append_cell(out, counts_value(row->counts, row->combination, FIELD_APP));
    buffer_append_byte(out, ',');
    csv_append_cell(out, counts_value(row->counts, row->combination, FIELD_DIRECTION));
    buffer_append_byte(out, ',');
    csv_append_cell(out, counts_value(row->counts, row->combination, FIELD_ACTION));
    buffer_append_format(out, ",%lld\n", (long long)row->sum);
}

enum status summary_add(struct summary *s, const struct counts *c, int64_t window_start_ms, struct error *e)
{
    char time[32];
    struct span time_text = { time, timestamp_format(window_start_ms, false, time) };
    if (s->rows_capacity < c->entries_n) {
        s->rows_capacity = 2 * c->entries_n;
        s->rows = allocate_more(s->rows, s->rows_capacity, sizeof *s->rows);
    }
    for (size_t i = 0; i < c->entries_n; i++)
        s->rows[i] = (struct summary_row){ c, c->entries[i].combination, c->entries[i].port, c->entries[i].sum };
    if (c->entries_n)
        qsort(s->rows, c->entries_n, sizeof *s->rows, by_columns);
    for (size_t i = 0; i < c->entries_n; i++) {
        append_row(&s->sink.text, &s->rows[i], time_text);
        enum status status = sink_settle(&s->sink, e);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* A new file's permissions as if it had been created in the ordinary way; where the file system knows none, the owner
 * can read it all the same. */
static void open_to_others(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(fd, 0666 & ~mask);
}

/* Gives the nameless draft a name beside the file. */
static enum status name_draft(struct summary *s, struct error *e)
{
    char open_file[64];
    snprintf(open_file, sizeof open_file, "/proc/self/fd/%d", s->sink.fd);
    int fd = mkostemp(s->draft, O_CLOEXEC); /* finds a free name */
    if (fd < 0)
        return error_errno(e, "%s: the summary cannot be written", s->file);
    close(fd);
    unlink(s->draft);
    if (linkat(AT_FDCWD, open_file, AT_FDCWD, s->draft, AT_SYMLINK_FOLLOW))
        return error_errno(e, "%s: the summary cannot be written", s->file);
    s->nameless = false;
    return STATUS_OK;
}

enum status summary_finish(struct summary *s, struct error *e)
{
    enum status status = sink_flush(&s->sink, e);
    if (status != STATUS_OK || !s->draft)
        return status;
    if (!s->nameless)
        open_to_others(s->sink.fd);
    else if ((status = name_draft(s, e)) != STATUS_OK)
        return status;
    int fd = s->sink.fd;
    s->sink.fd = -1;
    if (close(fd) || rename(s->draft, s->file))
        return error_errno(e, "%s: the summary cannot be written", s->file);
    free(s->draft);
    s->draft = NULL;
    return STATUS_OK;
}

void summary_close(struct summary **s)
{
    if (!*s)
        return;
    if ((*s)->sink.fd >= 0)
        close((*s)->sink.fd);
    if ((*s)->draft && !(*s)->nameless)
        unlink((*s)->draft);
    sink_fini(&(*s)->sink);
    free((*s)->draft);
    free((*s)->file);
    free((*s)->rows);
    free(*s);
    *s = NULL;
}
