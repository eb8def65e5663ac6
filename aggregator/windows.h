/* Windows: what is being counted right now.
 *
 * A window is the half-open time [start, start + length), start a multiple of the length from 1970 on, in both
 * directions.  Each open window has a table of counts by (port, group).  A window leaves memory ("is folded" into the
 * runs) when the watermark passes its end and the lateness, when too many windows are open, or when all tables together
 * are too large; the least recently used half goes first.  Counts are additive: a record that comes later opens its
 * window again, and the runs add up.  So when and why something was folded never changes a count.
 *
 * Memory: bounded by windows_max and slots_max, whatever the records say.
 */
#ifndef TIDEMARK_AGGREGATOR_WINDOWS_H
#define TIDEMARK_AGGREGATOR_WINDOWS_H

#include "runs.h"

#include <stdint.h>

struct windows_options {
    int64_t window_ms;    /* at least 1 */
    int64_t lateness_ms;  /* at least 0 */
    uint32_t windows_max; /* at least 1 */
    size_t slots_max;     /* of all tables, 16 bytes each; 0: the default, 64 MiB worth */
    uint64_t seed;        /* a number that an author of logs cannot know */
};

struct windows;

/* runs: borrowed; must outlive the windows. */
struct windows *windows_new(const struct windows_options *o, struct runs *runs);
void windows_free(struct windows **w);

/* Rows to count; times within TIMESTAMP_MIN_MS … TIMESTAMP_MAX_MS. */
struct window_rows {
    uint32_t n;
    const int64_t *time_ms;
    const uint32_t *group;
    const uint16_t *port;
    const int64_t *weight; /* NULL: each counts 1; a weight below 1 counts nothing */
};

/* Add the rows.  STATUS_LIMIT when a sum is over COUNT_MAX, STATUS_SYSTEM when a fold could not be written. */
enum status windows_count(struct windows *w, const struct window_rows *rows, struct error *e) MUST_CHECK;

/* Event time has reached `watermark_ms` in every stream: fold what is over.  It never goes back: a smaller value is
 * ignored.  A window that a late record opened again is not folded by this, but like any other when room is needed. */
enum status windows_advance(struct windows *w, int64_t watermark_ms, struct error *e) MUST_CHECK;

/* Fold all windows. */
enum status windows_fold_all(struct windows *w, struct error *e) MUST_CHECK;

/* How many windows are open. */
uint32_t windows_open(const struct windows *w);

#endif
