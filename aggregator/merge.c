#include "merge.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <stdlib.h>
#include <string.h>

struct source {
    struct run_row row;   /* the next one */
    struct runfile *file; /* NULL: the stage */
};

struct merge {
    struct source *heap; /* the source with the least row first */
    size_t n;
    struct runfile **files; /* all, to be closed */
    size_t files_n;
    struct stage *stage;
    size_t stage_at; /* segment */
    struct segment window;
    const struct count *counts;
    size_t counts_at;
};

static enum status over_limit(int64_t window_ms, struct error *e)
{
    char text[32];
    unsigned n = timestamp_format(window_ms, false, text);
    return error_set(e, STATUS_LIMIT, "runs: %.*s: a sum of the counts is over %lld", (int)n, text,
                     (long long)COUNT_MAX);
}

static enum status read_stage(struct merge *m, struct run_row *row, struct error *e)
{
    if (m->counts_at == m->window.n) {
        enum status status = stage_window(m->stage, &m->stage_at, &m->window, &m->counts);
        if (status == STATUS_LIMIT)
            return over_limit(m->stage->segments[m->stage_at - 1].window_ms, e);
        if (status != STATUS_OK)
            return status;
        m->counts_at = 0;
    }
    const struct count *count = &m->counts[m->counts_at++];
    *row = (struct run_row){ .window_ms = m->window.window_ms, .key = count->key, .n = count->n };
    return STATUS_OK;
}

static enum status read_source(struct merge *m, struct source *source, struct error *e)
{
    return source->file ? runfile_read(source->file, &source->row, e) : read_stage(m, &source->row, e);
}

static bool before(const struct run_row *a, const struct run_row *b)
{
    return a->window_ms != b->window_ms ? a->window_ms < b->window_ms : a->key < b->key;
}

static void sift_down(struct merge *m, size_t at)
{
    struct source moved = m->heap[at];
    for (size_t child; (child = 2 * at + 1) < m->n; at = child) {
        if (child + 1 < m->n && before(&m->heap[child + 1].row, &m->heap[child].row))
            child++;
        if (!before(&m->heap[child].row, &moved.row))
            break;
        m->heap[at] = m->heap[child];
    }
    m->heap[at] = moved;
}

enum status merge_new(struct runfile **files, size_t n, struct stage *stage, struct merge **out, struct error *e)
{
    struct merge *m = allocate(1, sizeof *m);
    m->files = allocate(n + 1, sizeof *m->files);
    if (n)
        memcpy(m->files, files, n * sizeof *files);
    m->files_n = n;
    m->stage = stage;
    m->heap = allocate(n + 1, sizeof *m->heap);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n + (stage != NULL) && status == STATUS_OK; i++) {
        struct source *source = &m->heap[m->n];
        source->file = i < n ? files[i] : NULL;
        status = read_source(m, source, e);
        if (status == STATUS_OK)
            m->n++;
        else if (status == STATUS_END)
            status = STATUS_OK;
    }
    if (status != STATUS_OK) {
        merge_free(&m);
        return status;
    }
    for (size_t i = m->n / 2; i-- > 0;)
        sift_down(m, i);
    *out = m;
    return STATUS_OK;
}

void merge_free(struct merge **m)
{
    struct merge *old = *m;
    if (!old)
        return;
    for (size_t i = 0; i < old->files_n; i++)
        runfile_close(&old->files[i]);
    free(old->files);
    free(old->heap);
    free(old);
    *m = NULL;
}

/* Replace the least row by the next one of its source. */
static enum status advance(struct merge *m, struct error *e)
{
    enum status status = read_source(m, &m->heap[0], e);
    if (status == STATUS_END) {
        m->heap[0] = m->heap[--m->n];
        status = STATUS_OK;
    }
    if (status == STATUS_OK && m->n > 1)
        sift_down(m, 0);
    return status;
}

enum status merge_next(struct merge *m, struct run_row *row, struct error *e)
{
    if (m->n == 0)
        return STATUS_END;
    *row = m->heap[0].row;
    enum status status = advance(m, e);
    while (status == STATUS_OK && m->n && m->heap[0].row.window_ms == row->window_ms &&
           m->heap[0].row.key == row->key) {
        row->n += m->heap[0].row.n; /* both at most COUNT_MAX: cannot wrap */
        if (row->n > COUNT_MAX)
            return over_limit(row->window_ms, e);
        status = advance(m, e);
    }
    return status;
}
