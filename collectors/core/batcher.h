/* Records to one batch of columns.  Made once per reader, used for one batch after the other; no allocation per record.
 *
 * A record's wanted descriptor fields become one entry of the batch's descriptor table (each distinct combination
 * once), its other wanted fields become columns.  Fields without a value in any row have no column.  Limits end a
 * batch, they reject nothing: ask batcher_is_full() behind each append. */
#ifndef TIDEMARK_COLLECTORS_CORE_BATCHER_H
#define TIDEMARK_COLLECTORS_CORE_BATCHER_H

#include "core/collector.h"

#include "common/wire/batch.h"

struct batch_limits {
    uint32_t rows;        /* 0: 32768 */
    uint32_t others;      /* 0: 16384 */
    uint32_t descriptors; /* 0: 4096 */
    uint32_t input_bytes; /* 0: 4 MiB; counted by the caller's positions */
};

struct batcher;
struct batcher *batcher_new(const struct collector *collector, const struct batch_limits *limits);
void batcher_free(struct batcher **b);

/* Forget what is in it; the next batch holds only the fields of `wanted` (a bit each) and begins at `from`. */
void batcher_begin(struct batcher *b, const uint64_t *wanted, uint64_t from);

/* Append a record or another; `position` not below that of the one before, nor below `from`, and the batcher is not
 * full. `reason`: a static word. */
void batcher_append(struct batcher *b, const struct record *r, uint64_t position);
void batcher_append_other(struct batcher *b, enum verdict verdict, const char *reason, uint64_t position);

/* True when the batch must be sent before anything else is appended; `to`: where it would end. */
bool batcher_is_full(const struct batcher *b, uint64_t to);
bool batcher_is_empty(const struct batcher *b);

/* The batch's table, columns and others; the caller sets source, stream, epoch, to, ordinals, high water.
 * Valid until the next batcher_begin. */
struct batch *batcher_finish(struct batcher *b);

#endif
