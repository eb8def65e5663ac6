#include "windows.h"

#include "common/buffer.h"
#include "common/timestamp.h"
#include "counts.h"

#include <stdlib.h>

enum { SLOTS_MAX_DEFAULT = 4 << 20, AHEAD_ROWS = 8 };

struct window {
    int64_t start_ms;
    uint64_t last_use;
    struct counts counts; /* empty tables of folded windows are kept for the next ones */
};

struct windows {
    struct windows_options options;
    struct runs *runs;
    struct window *open; /* open_n in use; behind them folded ones with their empty tables */
    uint32_t open_n;
    uint32_t current; /* the last one used, below open_n; or UINT32_MAX */
    uint64_t uses;
    size_t slots; /* of all tables */
    int64_t watermark_ms;
    uint32_t *index;  /* hash of the start → number in open[] + 1 */
    uint32_t index_n; /* a power of two */
};

struct windows *windows_new(const struct windows_options *o, struct runs *runs)
{
    CHECK(o->window_ms >= 1 && o->lateness_ms >= 0 && o->windows_max >= 1);
    struct windows *w = allocate(1, sizeof *w);
    w->options = *o;
    if (w->options.slots_max == 0)
        w->options.slots_max = SLOTS_MAX_DEFAULT;
    w->runs = runs;
    w->open = allocate(o->windows_max, sizeof *w->open);
    for (uint32_t i = 0; i < o->windows_max; i++)
        counts_init(&w->open[i].counts, o->seed);
    w->current = UINT32_MAX;
    w->watermark_ms = TIMESTAMP_NONE;
    w->index_n = 2;
    while (w->index_n < 2 * (uint64_t)o->windows_max)
        w->index_n *= 2;
    w->index = allocate(w->index_n, sizeof *w->index);
    return w;
}

void windows_free(struct windows **w)
{
    struct windows *old = *w;
    if (!old)
        return;
    for (uint32_t i = 0; i < old->options.windows_max; i++)
        counts_fini(&old->open[i].counts);
    free(old->open);
    free(old->index);
    free(old);
    *w = NULL;
}

uint32_t windows_open(const struct windows *w)
{
    return w->open_n;
}

static uint32_t index_slot(const struct windows *w, int64_t start_ms)
{
    uint64_t h = ((uint64_t)start_ms ^ w->options.seed) * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 32;
    return (uint32_t)(h * UINT64_C(0xD6E8FEB86659FD93) >> 40) & (w->index_n - 1);
}

static void index_put(struct windows *w, uint32_t number)
{
    uint32_t at = index_slot(w, w->open[number].start_ms);
    while (w->index[at])
        at = (at + 1) & (w->index_n - 1);
    w->index[at] = number + 1;
}

static uint32_t index_find(const struct windows *w, int64_t start_ms)
{
    for (uint32_t at = index_slot(w, start_ms); w->index[at]; at = (at + 1) & (w->index_n - 1))
        if (w->open[w->index[at] - 1].start_ms == start_ms)
            return w->index[at] - 1;
    return UINT32_MAX;
}

static void index_build(struct windows *w)
{
    memset(w->index, 0, w->index_n * sizeof *w->index);
    for (uint32_t i = 0; i < w->open_n; i++)
        index_put(w, i);
}

/* Hand the counts to the runs; the table is empty then. */
static enum status fold_counts(struct windows *w, struct window *window, struct error *e)
{
    size_t n, slots = window->counts.slots_n;
    struct count *counts = counts_gather(&window->counts, &n);
    enum status status = runs_add(w->runs, window->start_ms, counts, n, e);
    counts_clear(&window->counts);
    w->slots -= slots - window->counts.slots_n;
    return status;
}

static bool is_over(const struct windows *w, const struct window *window, int64_t watermark_ms)
{
    if (watermark_ms == TIMESTAMP_NONE)
        return false;
    int64_t past = w->options.window_ms + w->options.lateness_ms;
    return watermark_ms - window->start_ms >= past;
}

struct choice {
    uint64_t before_use;                       /* fold windows whose last use is earlier */
    int64_t watermark_before_ms, watermark_ms; /* and those that this advance is the first to pass */
};

static enum status fold_chosen(struct windows *w, const struct choice *choice, struct error *e)
{
    enum status status = STATUS_OK;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->open_n && status == STATUS_OK; i++) {
        struct window *window = &w->open[i];
        bool chosen = window->last_use < choice->before_use ||
                      (is_over(w, window, choice->watermark_ms) && !is_over(w, window, choice->watermark_before_ms));
        if (chosen) {
            status = fold_counts(w, window, e);
        } else {
            struct window swap = w->open[kept];
            w->open[kept++] = *window;
            *window = swap;
        }
    }
    if (status != STATUS_OK)
        return status;
    if (kept != w->open_n) {
        w->open_n = kept;
        w->current = UINT32_MAX;
        index_build(w);
    }
    return STATUS_OK;
}

enum status windows_fold_all(struct windows *w, struct error *e)
{
    struct choice all = { .before_use = UINT64_MAX,
                          .watermark_before_ms = TIMESTAMP_NONE,
                          .watermark_ms = TIMESTAMP_NONE };
    return fold_chosen(w, &all, e);
}

static int compare_uses(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The least recently used half, at least one window. */
static enum status fold_coldest(struct windows *w, struct error *e)
{
    if (w->open_n < 2)
        return windows_fold_all(w, e);
    uint64_t *uses = allocate(w->open_n, sizeof *uses);
    for (uint32_t i = 0; i < w->open_n; i++)
        uses[i] = w->open[i].last_use;
    qsort(uses, w->open_n, sizeof *uses, compare_uses);
    struct choice choice = { .before_use = uses[w->open_n / 2],
                             .watermark_before_ms = TIMESTAMP_NONE,
                             .watermark_ms = TIMESTAMP_NONE };
    free(uses);
    return fold_chosen(w, &choice, e);
}

enum status windows_advance(struct windows *w, int64_t watermark_ms, struct error *e)
{
    if (watermark_ms == TIMESTAMP_NONE || (w->watermark_ms != TIMESTAMP_NONE && watermark_ms <= w->watermark_ms))
        return STATUS_OK;
    if (watermark_ms < TIMESTAMP_MIN_MS)
        return STATUS_OK;
    if (watermark_ms > TIMESTAMP_MAX_MS)
        watermark_ms = TIMESTAMP_MAX_MS;
    struct choice choice = { .watermark_before_ms = w->watermark_ms, .watermark_ms = watermark_ms };
    w->watermark_ms = watermark_ms;
    return fold_chosen(w, &choice, e);
}

static enum status open_window(struct windows *w, int64_t start_ms, struct error *e)
{
    if (w->open_n == w->options.windows_max) {
        enum status status = fold_coldest(w, e);
        if (status != STATUS_OK)
            return status;
    }
    uint32_t number = w->open_n++;
    w->open[number].start_ms = start_ms;
    w->current = number;
    index_put(w, number);
    return STATUS_OK;
}

/* Make the window of that start the current one. */
static enum status select_window(struct windows *w, int64_t start_ms, struct error *e)
{
    uint32_t number = index_find(w, start_ms);
    if (number == UINT32_MAX) {
        enum status status = open_window(w, start_ms, e);
        if (status != STATUS_OK)
            return status;
        number = w->current;
    }
    w->current = number;
    w->open[number].last_use = ++w->uses;
    return STATUS_OK;
}

/* Give back the tables of windows that are not open. */
static void drop_spares(struct windows *w)
{
    for (uint32_t i = w->open_n; i < w->options.windows_max; i++) {
        w->slots -= w->open[i].counts.slots_n;
        counts_fini(&w->open[i].counts);
    }
}

/* Would one more doubling of the current table be too much? */
static bool too_large(const struct windows *w)
{
    size_t slots = w->open[w->current].counts.slots_n;
    return w->slots + (slots ? slots : COUNTS_FIRST_SLOTS) > w->options.slots_max;
}

/* Room for one more key in the table of `start_ms`, which is and stays the current window. */
static enum status make_room(struct windows *w, int64_t start_ms, struct error *e)
{
    enum status status = STATUS_OK;
    if (too_large(w))
        drop_spares(w);
    if (too_large(w)) {
        status = fold_coldest(w, e);
        drop_spares(w);
        if (status == STATUS_OK)
            status = select_window(w, start_ms, e);
    }
    if (status == STATUS_OK && counts_full(&w->open[w->current].counts) && too_large(w)) {
        status = windows_fold_all(w, e);
        if (status == STATUS_OK)
            status = select_window(w, start_ms, e);
        drop_spares(w);
    }
    struct counts *counts = &w->open[w->current].counts;
    if (status != STATUS_OK || !counts_full(counts))
        return status;
    w->slots -= counts->slots_n;
    counts_grow(counts);
    w->slots += counts->slots_n;
    return STATUS_OK;
}

static enum status over_limit(int64_t start_ms, uint32_t port, struct error *e)
{
    char text[32];
    unsigned n = timestamp_format(start_ms, false, text);
    return error_set(e, STATUS_LIMIT, "windows: %.*s: port %u: the sum of the counts is over %lld", (int)n, text, port,
                     (long long)COUNT_MAX);
}

enum status windows_count(struct windows *w, const struct window_rows *rows, struct error *e)
{
    const int64_t window_ms = w->options.window_ms;
    struct counts *counts = NULL;
    int64_t start_ms = 0;
    for (uint32_t i = 0; i < rows->n; i++) {
        int64_t weight = rows->weight ? rows->weight[i] : 1;
        if (weight < 1)
            continue;
        if (!counts || (uint64_t)(rows->time_ms[i] - start_ms) >= (uint64_t)window_ms) {
            start_ms = timestamp_floor(rows->time_ms[i], window_ms) * window_ms;
            enum status status = select_window(w, start_ms, e);
            if (status != STATUS_OK)
                return status;
            counts = &w->open[w->current].counts;
        }
        if (counts_full(counts)) {
            enum status status = make_room(w, start_ms, e);
            if (status != STATUS_OK)
                return status;
            counts = &w->open[w->current].counts;
        }
        if (i + AHEAD_ROWS < rows->n) /* most likely of the same window; if not, nothing is lost */
            counts_prefetch(counts, count_key(rows->port[i + AHEAD_ROWS], rows->group[i + AHEAD_ROWS]));
        struct count *count = counts_at(counts, count_key(rows->port[i], rows->group[i]));
        count->n += (uint64_t)weight; /* at most 2 × COUNT_MAX: cannot wrap */
        if (count->n > COUNT_MAX)
            return over_limit(start_ms, rows->port[i], e);
    }
    return STATUS_OK;
}
