/* The account of a run, summed over the shards: what became of every record, per source. */
#ifndef TIDEMARK_ALERTER_ACCOUNT_H
#define TIDEMARK_ALERTER_ACCOUNT_H

#include "common/buffer.h"
#include "common/wire/message.h"

struct account_reason {
    enum verdict verdict;
    struct span text; /* owned */
    uint64_t count;
};

struct account_source {
    struct span name;                    /* owned */
    uint64_t fates[FATE_LOST_BYTES + 1]; /* by enum fate; SKIP, BAD and LIMIT over all reasons */
    struct account_reason *reasons;
    uint32_t reasons_n, reasons_capacity;
};

struct account {
    struct account_source *sources;
    uint32_t n, capacity;
};

/* A zeroed struct is empty and ready. */
void account_fini(struct account *a);

/* Add the lines of one shard, once. */
void account_add(struct account *a, const struct account_line *lines, uint32_t n);

/* Append the status object {"event":"account", …}: sources by name, reasons by verdict and text. `unaccounted` is
 * read - (session_records + skipped + malformed + over_limit): 0 unless something is wrong. */
void account_append_json(struct account *a, uint64_t results, struct buffer *out);

#endif
