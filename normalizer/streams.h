/* The streams that pass a normalizer: whose they are, what has been applied of each, what has been told back.
 *
 * A normalizer that forwards keeps nothing that it could not learn again: what each shard has acknowledged.  One that
 * prints applies itself, under the same rule as a shard: a batch counts only if it begins at or below what is applied.
 */
#ifndef TIDEMARK_NORMALIZER_STREAMS_H
#define TIDEMARK_NORMALIZER_STREAMS_H

#include "router.h"
#include "tally.h"

#include "common/link/link.h"

struct stream {
    struct span source, name;
    struct peer *peer; /* who sent last; NULL when it is gone */

    /* forwarding */
    uint64_t acknowledged[ROUTER_SHARDS_MAX];
    bool ended_at[ROUTER_SHARDS_MAX];
    uint64_t forwarded; /* what was told back */
    bool end_waits;     /* an end of it waits in the queue */

    /* printing */
    uint64_t applied, epoch;
    bool asked; /* for a rewind, of the epoch asked_epoch */
    uint64_t asked_epoch;
    int64_t asked_at_ms;
    bool ended;
    uint64_t told; /* acknowledged as applied */
    int64_t told_at_ms;
    struct tally *tally; /* of its source */
};

struct streams;

struct streams *streams_new(void);
void streams_free(struct streams **s);

/* The stream of that name, made on first sight. */
struct stream *streams_get(struct streams *s, struct span source, struct span name);
/* Or NULL. */
struct stream *streams_find(const struct streams *s, struct span source, struct span name);

/* All of them, in the order in which they came. */
unsigned streams_count(const struct streams *s);
struct stream *streams_at(const struct streams *s, unsigned i);

/* The peer is gone: forget it. */
void streams_drop_peer(struct streams *s, const struct peer *peer);

/* Note what a shard acknowledged.  True if something is to be told to the peer: *position, *ended. */
bool stream_acknowledge(struct stream *s, unsigned shard, unsigned shards, uint64_t position, bool ended,
                        uint64_t *told_position, bool *told_ended);

/* Whether what begins at `from` in `epoch` may be applied. */
enum stream_verdict {
    STREAM_APPLY,
    STREAM_DROP,  /* old, or a gap that has been asked for */
    STREAM_REWIND /* a gap: ask for a rewind to `applied` in `epoch` */
};
enum stream_verdict stream_judge(struct stream *s, uint64_t epoch, uint64_t from, int64_t now_ms);

/* How often a gap is asked for again, and how often what is applied is told. */
enum { STREAM_ASK_AGAIN_MS = 100, STREAM_TELL_MS = 20 };

#endif
