#include "runs.h"

#include "common/buffer.h"
#include "merge.h"
#include "stage.h"

#include <stdlib.h>
#include <string.h>

enum { STAGE_ROWS_DEFAULT = 512 << 10, FAN_IN_DEFAULT = 8, FAN_IN_MAX = 256, LEVELS_MAX = 64, BREATH_ROWS = 32768 };

struct level {
    struct runfile **files;
    unsigned n;
};

struct runs {
    struct runs_options options;
    struct stage stage;
    struct level levels[LEVELS_MAX]; /* fan_in ≥ 2: as many levels as a count of runs has bits */
    struct merge *last;
};

struct runs *runs_new(const struct runs_options *o)
{
    struct runs *r = allocate(1, sizeof *r);
    r->options = *o;
    if (r->options.stage_rows == 0)
        r->options.stage_rows = STAGE_ROWS_DEFAULT;
    if (r->options.fan_in == 0)
        r->options.fan_in = FAN_IN_DEFAULT;
    CHECK(r->options.fan_in >= 2 && r->options.fan_in <= FAN_IN_MAX);
    return r;
}

void runs_free(struct runs **r)
{
    struct runs *old = *r;
    if (!old)
        return;
    for (unsigned i = 0; i < LEVELS_MAX; i++) {
        for (unsigned k = 0; k < old->levels[i].n; k++)
            runfile_close(&old->levels[i].files[k]);
        free(old->levels[i].files);
    }
    merge_free(&old->last);
    stage_fini(&old->stage);
    free(old);
    *r = NULL;
}

enum status runs_check_folder(const char *folder, struct error *e)
{
    struct runfile *file = NULL;
    enum status status = runfile_create(folder, &file, e);
    runfile_close(&file);
    return status;
}

unsigned runs_files(const struct runs *r)
{
    unsigned n = 0;
    for (unsigned i = 0; i < LEVELS_MAX; i++)
        n += r->levels[i].n;
    return n;
}

/* Write what the merge gives to a new file. */
static enum status write_run(struct runs *r, struct merge *m, struct runfile **out, struct error *e)
{
    struct runfile *file = NULL;
    enum status status = runfile_create(r->options.folder, &file, e);
    if (status != STATUS_OK)
        return status;
    struct run_row row;
    for (size_t rows = 1; (status = merge_next(m, &row, e)) == STATUS_OK; rows++) {
        status = runfile_write(file, &row, e);
        if (status != STATUS_OK)
            break;
        if (rows % BREATH_ROWS == 0 && r->options.breathe)
            r->options.breathe(r->options.context);
    }
    if (status == STATUS_END)
        status = runfile_flush(file, e);
    if (status == STATUS_OK)
        *out = file;
    else
        runfile_close(&file);
    return status;
}

static void level_put(struct runs *r, unsigned number, struct runfile *file)
{
    struct level *level = &r->levels[number];
    if (!level->files)
        level->files = allocate(r->options.fan_in, sizeof *level->files);
    level->files[level->n++] = file;
}

/* Merge full levels upwards. */
static enum status settle(struct runs *r, struct error *e)
{
    for (unsigned i = 0; i + 1 < LEVELS_MAX && r->levels[i].n == r->options.fan_in; i++) {
        struct merge *m = NULL;
        unsigned n = r->levels[i].n;
        r->levels[i].n = 0; /* the merge owns them now */
        enum status status = merge_new(r->levels[i].files, n, NULL, &m, e);
        if (status != STATUS_OK)
            return status;
        struct runfile *file = NULL;
        status = write_run(r, m, &file, e);
        merge_free(&m);
        if (status != STATUS_OK)
            return status;
        level_put(r, i + 1, file);
    }
    return STATUS_OK;
}

static enum status write_stage(struct runs *r, struct error *e)
{
    struct merge *m = NULL;
    struct runfile *file = NULL;
    stage_sort(&r->stage);
    enum status status = merge_new(NULL, 0, &r->stage, &m, e);
    if (status == STATUS_OK)
        status = write_run(r, m, &file, e);
    merge_free(&m);
    if (status != STATUS_OK)
        return status;
    stage_clear(&r->stage);
    level_put(r, 0, file);
    return settle(r, e);
}

enum status runs_add(struct runs *r, int64_t window_ms, const struct count *counts, size_t n, struct error *e)
{
    CHECK(!r->last);
    stage_add(&r->stage, window_ms, counts, n);
    return r->stage.counts_n < r->options.stage_rows ? STATUS_OK : write_stage(r, e);
}

enum status runs_finish(struct runs *r, struct error *e)
{
    CHECK(!r->last);
    stage_sort(&r->stage);
    unsigned n = 0, files_n = runs_files(r);
    struct runfile **files = allocate(files_n + 1, sizeof *files);
    for (unsigned i = 0; i < LEVELS_MAX; i++) {
        for (unsigned k = 0; k < r->levels[i].n; k++)
            files[n++] = r->levels[i].files[k];
        r->levels[i].n = 0;
    }
    enum status status = merge_new(files, n, &r->stage, &r->last, e);
    free(files);
    return status;
}

enum status runs_next(struct runs *r, struct run_row *row, struct error *e)
{
    CHECK(r->last);
    return merge_next(r->last, row, e);
}
