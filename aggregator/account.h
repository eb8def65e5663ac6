/* The account: what became of every record, per source.  Nothing is lost without a line here.
 *
 * A record gives sessions, or it is skipped, malformed or over a limit, for a reason.  The shard that owns port 0 also
 * accounts for what has no port of its own: records without a session, sessions without a port, records read and bytes
 * lost; so that each line comes from one shard, or is a sum over all.
 *
 * Memory: bounded.  Reasons are short stable words; past ACCOUNT_REASONS_MAX of them a new one is counted as
 * "other_reasons", so that no sum goes wrong.
 */
#ifndef TIDEMARK_AGGREGATOR_ACCOUNT_H
#define TIDEMARK_AGGREGATOR_ACCOUNT_H

#include "common/wire/message.h"

#include <stdint.h>

enum { ACCOUNT_SOURCES_MAX = 4096, ACCOUNT_REASONS_MAX = 16384 };

/* Of one source; the user adds to the numbers. */
struct account_source {
    struct span name;
    uint64_t sessions;        /* rows with a port of this shard */
    uint64_t session_records; /* records whose first session is here */
    uint64_t portless;        /* rows without a port */
    uint64_t read;            /* records that the framing counted */
    uint64_t lost_bytes;
};

struct account;

struct account *account_new(void);
void account_free(struct account **a);

/* That source's numbers, made if new; they do not move.  NULL when there are ACCOUNT_SOURCES_MAX already. */
struct account_source *account_source(struct account *a, struct span name);

/* Add `n` records of that fate. */
void account_add(struct account *a, struct account_source *source, enum verdict verdict, struct span reason,
                 uint64_t n);

/* All lines, in order of the sources' and reasons' first sight; only the first shard's if `first_shard` speaks of
 * reading, of what has no port and of reasons.  Borrowed until the next call; at most ACCOUNT_LINES_MAX. */
const struct account_line *account_lines(struct account *a, bool first_shard, uint32_t *n);

#endif
