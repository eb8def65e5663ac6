/* A shard: counts the sessions of one range of destination ports.
 *
 * It ties the modules together: a batch is judged by the positions, its rows are counted by the windows, its records
 * accounted for.  What a batch does happens as a whole or not at all.
 */
#ifndef TIDEMARK_AGGREGATOR_SHARD_H
#define TIDEMARK_AGGREGATOR_SHARD_H

#include "account.h"
#include "groups.h"
#include "positions.h"
#include "watched.h"
#include "windows.h"

#include "common/wire/batch.h"

struct shard_options {
    uint32_t first_port, last_port; /* both in; the shard that owns port 0 is the first shard (see account.h) */
    struct windows_options windows;
    struct runs_options runs;
    uint64_t seed;
};

struct shard {
    struct shard_options options;
    bool with_application;  /* group by DstAppName too; set before the first batch */
    struct watched watched; /* ports whose rows are counted: all, unless changed before the first batch */
    struct groups *groups;
    struct windows *windows;
    struct runs *runs;
    struct positions *positions;
    struct account *account;
    struct shard_scratch *scratch;
    bool finished; /* shard_finish was called: nothing new is applied */
};

void shard_init(struct shard *s, const struct shard_options *o);
void shard_fini(struct shard *s);

/* What the stream's sender is to be told after a batch, a loss or an end. */
struct shard_answer {
    struct position *position;
    enum position_answer answer;
    bool ended; /* after shard_end: the end was reached */
};

/* A batch of sessions as batch_decode gave it.  STATUS_BAD: it is not for this shard (the sender is wrong, nothing was
 * applied); STATUS_LIMIT, STATUS_SYSTEM: the shard cannot go on. */
enum status shard_batch(struct shard *s, const struct batch *b, struct shard_answer *out, struct error *e) MUST_CHECK;

/* A message of type MESSAGE_LOST, MESSAGE_END.  STATUS_BAD: an end before what was applied. */
enum status shard_lost(struct shard *s, const struct message *m, struct shard_answer *out, struct error *e) MUST_CHECK;
enum status shard_end(struct shard *s, const struct message *m, struct shard_answer *out, struct error *e) MUST_CHECK;

/* All senders have finished: fold everything, then runs_next gives the counts.  STATUS_PEER if a stream has not
 * ended. */
enum status shard_finish(struct shard *s, struct error *e) MUST_CHECK;

static inline bool shard_is_first(const struct shard *s)
{
    return s->options.first_port == 0;
}

#endif
