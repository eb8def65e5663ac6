/* Publishing: the shard's counts go to the alerter as one stream of summary batches, in order of (window, port, group).
 *
 * It is a stream like any other: source "shard", stream the shard's name, positions the numbers of the rows.  What has
 * not been acknowledged is kept and sent again when a rewind asks for it.  Behind the last row comes the end, with the
 * account; behind that the finish.
 *
 * Memory: bounded by the batches that are kept; nothing more is merged while they are not acknowledged.
 */
#ifndef TIDEMARK_AGGREGATOR_PUBLISH_H
#define TIDEMARK_AGGREGATOR_PUBLISH_H

#include "common/link/link.h"
#include "shard.h"

struct publish;

/* Borrows all three.  The shard has finished (shard_finish). name: the stream. */
struct publish *publish_new(struct shard *s, struct sender *sender, const char *name, uint64_t incarnation);
void publish_free(struct publish **p);

/* An event of the sender: acknowledge, rewind, finish; others are none of its business. */
enum status publish_event(struct publish *p, const struct link_event *event, struct error *e) MUST_CHECK;

/* Send what can be sent.  STATUS_AGAIN: call again when the sender has an event, or after LINK_REPEAT_MS at the latest;
 * STATUS_END: the alerter has everything and said so. */
enum status publish_step(struct publish *p, int64_t now_ms, struct error *e) MUST_CHECK;

#endif
