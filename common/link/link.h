/* The link between two roles.  Endpoints, not transports: `ipc://` on one host, `tcp://` between hosts.
 *
 * A *receiver* binds one endpoint and serves many senders (ZeroMQ ROUTER).  A *sender* connects to one receiver
 * (DEALER) and holds one `struct sender` per receiver.  Flow control is by credit: a sender may have at most `credit`
 * batches on their way, so a slow receiver slows its senders down and nothing is dropped to keep up.  Hellos,
 * versions, credit, heartbeats and their timers are the link's own business; batches, acknowledgements, rewinds,
 * ends, losses and wants are handed up.
 *
 * The link may lose, repeat or reorder nothing by itself, but its users must bear it: what is right is decided by
 * positions (stream, epoch, from, to).  A batch lost on the way costs credit only until the next batch or heartbeat.
 *
 * Payload: inline, the frame behind the message; or in a slot of the sender's arena (sender_share), which the batch
 * message names and the receiver reads in place.  It is resolved here, below this interface: struct link_event.payload
 * is a span either way.  README.md of this folder tells how.
 *
 * Thread: one; a struct is used by the thread that made it.
 */
#ifndef TIDEMARK_COMMON_LINK_LINK_H
#define TIDEMARK_COMMON_LINK_LINK_H

#include "common/wire/message.h"

struct link_context; /* one per process: ZeroMQ's context */
struct receiver;
struct sender;
struct peer; /* a sender, as its receiver sees it; valid until LINK_GONE has been handled */

struct link_context *link_context_new(void);
/* Closes what is left and waits at most one second for messages on their way. */
void link_context_free(struct link_context **c);

/* What has gone through all receivers and senders of a context, and how long link_wait has waited. */
struct link_totals {
    uint64_t batches_in, bytes_in, batches_out, bytes_out;
    uint64_t waits;
    int64_t wait_ns;
};
const struct link_totals *link_totals(const struct link_context *c);

struct link_identity {
    const char *role; /* "collector", "normalizer", "aggregator", "alerter" */
    const char *name; /* unique among the peers of one receiver */
    uint64_t incarnation;
    uint64_t generation;
    const char *source; /* collectors: else NULL */
    const char *vendor; /* collectors: else NULL */
};

enum link_kind {
    LINK_NOTHING,     /* no event is pending */
    LINK_HELLO,       /* a peer has come, or has come again: in `message`.  A receiver then owes it a want */
    LINK_WANT,        /* to a sender: what the receiver needs; the sender may send from now on */
    LINK_BATCH,       /* to a receiver: `payload`; give it back with receiver_done */
    LINK_ACKNOWLEDGE, /* to a sender */
    LINK_REWIND,      /* to a sender */
    LINK_LOST,        /* to a receiver */
    LINK_END,         /* to a receiver */
    LINK_FINISH,      /* to a receiver: the peer has nothing more; to a sender: the receiver knows it */
    LINK_REFUSED,     /* to a sender: in `message.text`; it must give up */
    LINK_GONE         /* the peer has been silent for too long (its connection may come back with a hello) */
};

struct link_event {
    enum link_kind kind;
    struct peer *peer;             /* receivers: whose */
    const struct message *message; /* valid until the next call on the same receiver or sender */
    struct span payload;           /* LINK_BATCH: padded by 64 readable bytes; valid until receiver_done */
    void *internal;                /* the link's */
};

/* ------------------------------------------------------------------ receiver */

struct receiver_options {
    const char *endpoint; /* "ipc:///run/…/normalizer-0", "tcp://127.0.0.1:*" */
    struct link_identity self;
    uint32_t credit;     /* batches in flight per sender; 0: the default, 4 */
    const char *accepts; /* role of the senders; another is refused */
};

/* STATUS_CONFIG for an impossible endpoint, STATUS_SYSTEM for one that cannot be bound. */
enum status receiver_open(struct link_context *c, const struct receiver_options *o, struct receiver **out,
                          struct error *e) MUST_CHECK;
void receiver_close(struct receiver **r);

/* The endpoint as bound (a port chosen by the kernel is in it). */
const char *receiver_endpoint(const struct receiver *r);

/* The next event, if one is pending: never blocks.  Fills `event` (LINK_NOTHING if none).
 * Malformed messages are counted, logged and answered by dropping them. */
void receiver_next(struct receiver *r, struct link_event *event);

/* The batch has been used, its payload may go and its credit goes back.  Exactly once per LINK_BATCH. */
void receiver_done(struct receiver *r, struct link_event *event);

/* Answers.  Sending never blocks: control messages are small and the socket's queue is unbounded. */
void receiver_want(struct receiver *r, struct peer *peer, const struct want *want);
void receiver_refuse(struct receiver *r, struct peer *peer, const char *format, ...) PRINTF_LIKE(3, 4);
void receiver_acknowledge(struct receiver *r, struct peer *peer, struct span source, struct span stream,
                          uint64_t position, bool ended);
void receiver_rewind(struct receiver *r, struct peer *peer, struct span source, struct span stream, uint64_t position,
                     uint64_t epoch);
void receiver_finish(struct receiver *r, struct peer *peer); /* answer to LINK_FINISH */

/* Name of a peer, and a slot for its user. */
const char *peer_name(const struct peer *p);
void **peer_user(struct peer *p);

/* Give all peers the heartbeat that is due, notice the silent; call it at least every 100 ms. */
void receiver_tick(struct receiver *r, int64_t now_ms);

/* ------------------------------------------------------------------ sender */

/* Connects; the hello goes out at once and again until it is answered. */
enum status sender_open(struct link_context *c, const char *endpoint, const struct link_identity *self,
                        struct sender **out, struct error *e) MUST_CHECK;
void sender_close(struct sender **s);

void sender_next(struct sender *s, struct link_event *event);

/* STATUS_OK: sent (the bytes were copied); STATUS_AGAIN: no want yet, or no credit: nothing happened. */
enum status sender_try_batch(struct sender *s, struct span payload) MUST_CHECK;
bool sender_has_credit(const struct sender *s);

/* Let payloads go through an arena of at most `bytes` of shared memory, if the receiver is on this host, says that it
 * can read it, and the environment does not say TIDEMARK_LINK=inline.  Where it does not fit they stay inline, and one
 * warning of this process says so.  Nothing else changes.  At most once, right after sender_open. */
enum { LINK_ARENA_BYTES = 3 << 20 }; /* enough for any link: slots of half a MiB */
void sender_share(struct sender *s, size_t bytes);

/* A batch without a copy: write the payload into the buffer, then commit it.
 *
 * The buffer lies over a slot of the arena if one is free, and moves to memory of its own if it outgrows it or the
 * receiver is replaced meanwhile: look at what was written through the buffer, never through an older pointer.  It is
 * the sender's; no credit is needed for it.  Reserving (and sender_try_batch) gives up an earlier reservation. */
struct buffer *sender_reserve(struct sender *s);
/* As sender_try_batch; after STATUS_AGAIN the reservation stands, and can be committed later. */
enum status sender_commit(struct sender *s) MUST_CHECK;
void sender_abandon(struct sender *s);

/* The caller sends an end again every `LINK_REPEAT_MS` until it is acknowledged; so with finish. */
#define LINK_REPEAT_MS 200
void sender_end(struct sender *s, const struct message *end);   /* type is set here */
void sender_lost(struct sender *s, const struct message *lost); /* type is set here */
void sender_finish(struct sender *s);

void sender_tick(struct sender *s, int64_t now_ms);

/* ------------------------------------------------------------------ waiting */

/* Wait until one of the sockets or file descriptors is readable or the time is over; timeout_ms < 0: for ever.
 * Entries of either kind may be NULL / -1.  Returns true if something may be pending (spurious wakes happen: after it,
 * call receiver_next / sender_next until LINK_NOTHING). ready_fds, if not NULL, gets a bit per fd index. */
struct link_wait {
    struct receiver **receivers;
    unsigned receivers_n;
    struct sender **senders;
    unsigned senders_n;
    const int *fds;
    unsigned fds_n;
};
bool link_wait(const struct link_wait *w, int timeout_ms, uint64_t *ready_fds);

#endif
