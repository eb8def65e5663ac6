/* The summaries of all shards, put together window by window.
 *
 * Each shard sends one stream of summary batches, sorted by window; positions are row numbers.  A window is complete
 * when every shard's stream has gone past it or has ended.  Batches are held, and with them their credit, until their
 * rows have been used: memory holds one window and a few batches per shard.
 *
 * Trusts nothing of what comes: malformed batches are dropped and asked for again, and too many of them end the run.
 * Lost, repeated and reordered batches change nothing.
 */
#ifndef TIDEMARK_ALERTER_INBOX_H
#define TIDEMARK_ALERTER_INBOX_H

#include "account.h"
#include "counts.h"

#include "common/link/link.h"

struct inbox;

/* A complete window, settled; in order of `window_start_ms`. */
typedef enum status window_sink(void *user, const struct counts *c, int64_t window_start_ms, struct error *e);

struct inbox_options {
    struct receiver *receiver;
    unsigned senders; /* shards that there are */
    const struct want *want;
    window_sink *sink;
    void *user;
};

/* Everything in `o` must outlive it. */
struct inbox *inbox_new(const struct inbox_options *o);
void inbox_free(struct inbox **i);

/* Handle an event of the receiver; a batch is taken over.  Calls the sink and returns its failure, or STATUS_BAD when a
 * shard breaks the rules for good. */
enum status inbox_event(struct inbox *i, const struct link_event *event, struct error *e) MUST_CHECK;

/* All shards have finished and all windows have been given out. */
bool inbox_complete(const struct inbox *i);

/* What the shards said at their ends. */
struct account *inbox_account(struct inbox *i);

#endif
