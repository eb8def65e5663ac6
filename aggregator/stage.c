#include "stage.h"

#include "common/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

void stage_fini(struct stage *s)
{
    free(s->counts);
    free(s->segments);
    free(s->window);
    free(s->scratch);
    *s = (struct stage){ 0 };
}

void stage_clear(struct stage *s)
{
    s->counts_n = 0;
    s->segments_n = 0;
}

static size_t larger(size_t capacity, size_t needed)
{
    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;
    return capacity;
}

static void reserve_counts(struct count **p, size_t *capacity, size_t needed)
{
    if (needed <= *capacity)
        return;
    *capacity = larger(*capacity, needed);
    *p = allocate_more(*p, *capacity, sizeof **p);
}

void stage_add(struct stage *s, int64_t window_ms, const struct count *counts, size_t n)
{
    if (n == 0)
        return;
    reserve_counts(&s->counts, &s->counts_capacity, s->counts_n + n);
    memcpy(s->counts + s->counts_n, counts, n * sizeof *counts);
    struct segment *last = s->segments_n ? &s->segments[s->segments_n - 1] : NULL;
    if (last && last->window_ms == window_ms) {
        last->n += n;
    } else {
        if (s->segments_n == s->segments_capacity) {
            s->segments_capacity = larger(s->segments_capacity, s->segments_n + 1);
            s->segments = allocate_more(s->segments, s->segments_capacity, sizeof *s->segments);
        }
        s->segments[s->segments_n++] = (struct segment){ .window_ms = window_ms, .at = s->counts_n, .n = n };
    }
    s->counts_n += n;
}

static int compare_segments(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    return x->window_ms < y->window_ms ? -1 : x->window_ms > y->window_ms;
}

void stage_sort(struct stage *s)
{
    if (s->segments_n)
        qsort(s->segments, s->segments_n, sizeof *s->segments, compare_segments);
}

enum status stage_window(struct stage *s, size_t *at, struct segment *window, const struct count **counts)
{
    if (*at >= s->segments_n)
        return STATUS_END;
    int64_t window_ms = s->segments[*at].window_ms;
    size_t n = 0;
    for (; *at < s->segments_n && s->segments[*at].window_ms == window_ms; ++*at) {
        const struct segment *segment = &s->segments[*at];
        reserve_counts(&s->window, &s->window_capacity, n + segment->n);
        memcpy(s->window + n, s->counts + segment->at, segment->n * sizeof *s->counts);
        n += segment->n;
    }
    reserve_counts(&s->scratch, &s->scratch_capacity, n);
    n = counts_sort(s->window, n, s->scratch);
    if (n == SIZE_MAX)
        return STATUS_LIMIT;
    *window = (struct segment){ .window_ms = window_ms, .at = 0, .n = n };
    *counts = s->window;
    return STATUS_OK;
}
