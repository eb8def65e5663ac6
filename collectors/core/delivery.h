/* Streams to normalizers: batches within credit, rewinds at any time, ends until they are acknowledged, the finish.
 *
 * Each stream goes to one normalizer, chosen in turn.  Streams are read in order; a later one begins when the earlier
 * ones have been read to their ends or their normalizer has no credit. Thread: one. */
#ifndef TIDEMARK_COLLECTORS_CORE_DELIVERY_H
#define TIDEMARK_COLLECTORS_CORE_DELIVERY_H

#include "core/rejects.h"
#include "core/share.h"

struct link_context;
struct delivery;

/* Connects to every endpoint of the options and takes its pieces when it needs them.  Everything given is borrowed for
 * the delivery's life. STATUS_CONFIG, STATUS_SYSTEM: an endpoint cannot be connected to. */
enum status delivery_new(struct link_context *context, struct options *o, const struct collector *c,
                         struct share *share, struct rejects *rejects, struct delivery **out,
                         struct error *e) MUST_CHECK;
void delivery_free(struct delivery **d);

/* Works until everything has been sent and acknowledged. STATUS_OK; STATUS_INPUT: an input could not be read to its end
 * (with keep_going everything else was delivered, and the warning has been printed: e->text is empty); STATUS_PEER: a
 * normalizer refused; STATUS_AGAIN: a file could not be read in ranges, which has been reported to the supervisor:
 * everything must be done again without cutting it. */
enum status delivery_run(struct delivery *d, struct error *e) MUST_CHECK;

/* Records in streams that have ended. */
uint64_t delivery_records(const struct delivery *d);

#endif
