/* Positions: what of each stream has been applied, and with it the rule that makes counting exactly once.
 *
 * A batch covers [from, to) of a stream in an epoch.  It is applied only if nothing is missing before it
 * (from ≤ applied) and its epoch is not older than the stream's; what lies below `applied` is skipped; then applied
 * becomes max(applied, to).  It never goes back.  A gap is answered by a rewind, once per epoch, and again when the gap
 * still shows 100 ms later.  Batches may therefore be lost, repeated and reordered on their way without harm.
 */
#ifndef TIDEMARK_AGGREGATOR_POSITIONS_H
#define TIDEMARK_AGGREGATOR_POSITIONS_H

#include "common/span.h"
#include "common/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { POSITIONS_REWIND_MS = 100, POSITIONS_ACKNOWLEDGE_MS = 20 };

/* One stream of one source.  Written by this module; `user` and `peer` by its user. */
struct position {
    struct span source, stream;
    uint64_t applied;
    uint64_t epoch;
    uint64_t ordinal;      /* records before `applied` */
    int64_t high_water_ms; /* or TIMESTAMP_NONE */
    bool ended;
    void *user; /* what the user keeps about the source */
    void *peer; /* who sent last: whom to acknowledge to; or NULL */

    uint64_t rewind_epoch; /* asked for in this epoch */
    int64_t rewind_ms;     /* then */
    bool rewind_asked;
    bool due; /* an acknowledgement is owed */
    int64_t acknowledged_ms;
    uint32_t live_at; /* place among the live ones */
};

struct positions;

struct positions *positions_new(uint64_t seed);
void positions_free(struct positions **p);

/* That stream's position, made with applied = 0 if it is new.  It does not move. */
struct position *positions_get(struct positions *p, struct span source, struct span stream);

uint32_t positions_n(const struct positions *p);
struct position *positions_at(const struct positions *p, uint32_t i);

/* The least high-water mark of all streams that have not ended; TIMESTAMP_NONE when one of them has none, or when there
 * is no such stream. */
int64_t positions_watermark(const struct positions *p);

enum position_answer {
    POSITION_APPLY, /* what is at or above `applied` is new (perhaps nothing) */
    POSITION_OLD,   /* of an older epoch: drop it */
    POSITION_GAP,   /* something is missing before it: drop it, see position_rewind_due */
};

/* Judge a batch, or a span that is lost, or (with from = to) an end.  A later epoch becomes the stream's. */
enum position_answer position_offer(struct position *p, uint64_t epoch, uint64_t from);

/* [.., to) is applied now. */
void position_applied(struct positions *all, struct position *p, uint64_t to, uint64_t to_ordinal,
                      int64_t high_water_ms);

/* The stream ends at `applied`. */
void position_ended(struct positions *all, struct position *p, uint64_t ordinal, int64_t high_water_ms);

/* After POSITION_GAP: is it time to ask for a rewind?  (If so it counts as asked.) */
bool position_rewind_due(struct position *p, int64_t now_ms) MUST_CHECK;

/* An acknowledgement is owed.  positions_next_due gives those whose time has come, one per call, and takes them off
 * the list; NULL when there is none. */
void position_owe(struct positions *all, struct position *p);
struct position *positions_next_due(struct positions *p, int64_t now_ms);

/* Milliseconds until the next one is due, or -1 if nothing is owed. */
int positions_due_in_ms(const struct positions *p, int64_t now_ms);

/* A peer is gone: nobody to acknowledge to. */
void positions_forget_peer(struct positions *p, const void *peer);

#endif
