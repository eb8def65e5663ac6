/* From one record batch to one session batch per shard.
 *
 * Per row there is only routing: the port chooses the shard, and position, time, port and weight are copied.  Every
 * shard gets a batch for every span, if only an empty one, so that its positions move on their own.  Records without a
 * session (the collector's, those that the map skips, those without a time) and sessions without a port go to the shard
 * that owns port 0.
 *
 * A batch that would give more sessions than one batch may hold is cut into several that follow each other, at
 * positions between records.
 */
#ifndef TIDEMARK_NORMALIZER_ROUTER_H
#define TIDEMARK_NORMALIZER_ROUTER_H

#include "meaning.h"

enum { ROUTER_SHARDS_MAX = 64 };

struct port_range {
    uint16_t first, last;
};

struct router;

/* The ranges must cover 0 to 65535 without overlap (CHECK; router_ranges_check says what is wrong with others). */
struct router *router_new(const struct port_range *ranges, unsigned n);
void router_free(struct router **r);
enum status router_ranges_check(const struct port_range *ranges, unsigned n, struct error *e) MUST_CHECK;

/* Begin with a record batch, which is borrowed until router_next said STATUS_END.  STATUS_BAD as meanings_begin. */
enum status router_begin(struct router *r, struct meanings *m, const struct batch *in, struct error *e) MUST_CHECK;

/* STATUS_OK: the next part is encoded, one payload per shard (router_payload); STATUS_END: all has been given;
 * STATUS_LIMIT: the rest cannot be expressed within the bounds of a batch and is given up. */
enum status router_next(struct router *r, struct error *e) MUST_CHECK;

/* Let the next parts' payload of a shard be encoded there instead, in the caller's buffer; NULL: no more. */
void router_encode_to(struct router *r, unsigned shard, struct buffer *to);

/* Valid until the next router_next or router_begin. */
struct span router_payload(const struct router *r, unsigned shard);

#endif
