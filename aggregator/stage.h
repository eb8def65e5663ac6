/* The stage of the runs: counts in memory, as segments of one window each, in the order in which they came. */
#ifndef TIDEMARK_AGGREGATOR_STAGE_H
#define TIDEMARK_AGGREGATOR_STAGE_H

#include "common/status.h"
#include "counts.h"

#include <stddef.h>
#include <stdint.h>

struct segment {
    int64_t window_ms;
    size_t at, n;
};

struct stage {
    struct count *counts;
    size_t counts_n, counts_capacity;
    struct segment *segments;
    size_t segments_n, segments_capacity;
    struct count *window; /* of stage_window */
    size_t window_capacity;
    struct count *scratch;
    size_t scratch_capacity;
};

void stage_fini(struct stage *s);

void stage_add(struct stage *s, int64_t window_ms, const struct count *counts, size_t n);

/* Order the segments by window; then stage_window may be called. */
void stage_sort(struct stage *s);

/* The sorted sum of all segments of one window, beginning with segment *at, which moves behind them.
 * Valid until the next call.  STATUS_END when *at is behind the last segment; STATUS_LIMIT when a sum is over
 * COUNT_MAX. */
enum status stage_window(struct stage *s, size_t *at, struct segment *window, const struct count **counts) MUST_CHECK;

/* Forget all; storage is kept. */
void stage_clear(struct stage *s);

#endif
