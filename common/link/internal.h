/* What the files of the link share: the context, framing over ZeroMQ, and timers.  Internal to this folder. */
#ifndef TIDEMARK_COMMON_LINK_INTERNAL_H
#define TIDEMARK_COMMON_LINK_INTERNAL_H

#include "common/link/link.h"
#include "common/link/views.h"

#include <zmq.h>

enum {
    LINK_PADDING_BYTES = 64, /* readable behind every payload */
    LINK_CREDIT_DEFAULT = 4,
    LINK_HELLO_MS = 20, /* a hello is repeated until it is answered */
    LINK_HEARTBEAT_MS = 1000,
    LINK_HEARTBEAT_STARVED_MS = 100, /* of a sender whose credit may have been lost on the way */
    LINK_SILENCE_MS = 10000,         /* a peer that has said nothing for so long is gone */
    LINK_TICK_MAX_MS = 1000,         /* a longer pause was ours: it does not count as the peer's silence */
    LINK_PEERS_MAX = 4096,
    LINK_ARENA_FAULTS_MAX = 16,   /* payloads of one peer that could not be read in shared memory; then inline */
    LINK_QUEUE_MAX = 8192,        /* messages of one sender that wait in its receiver; then its connection waits */
    LINK_MESSAGES_PER_CALL = 256, /* that a call may handle on its own before it returns */
};

struct link_context {
    void *zmq;
    struct receiver *receivers; /* open ones, linked by `next` */
    struct sender *senders;
    struct link_totals totals;
    bool inline_said; /* that payloads do not go through shared memory */
};

/* Common to both ends. */
struct link_port {
    struct link_context *context;
    void *socket;
    struct link_identity self; /* texts owned */
    uint64_t instance;         /* random: this end of this process */
    struct buffer scratch;     /* for encoding */
    struct message_decoder *decoder;
    zmq_msg_t frame; /* what the event's message points into */
    uint64_t malformed;
    int64_t last_tick_ms; /* 0: none yet */
};

/* `type` is ZMQ_ROUTER or ZMQ_DEALER.  Copies the identity's texts; STATUS_CONFIG where they are too long for a hello.
 */
enum status port_open(struct link_port *p, struct link_context *c, int type, const struct link_identity *self,
                      const char *endpoint, struct error *e) MUST_CHECK;
void port_fini(struct link_port *p);

/* The folder of a socket on this host, where arenas are shown too; NULL: it has none.  The caller frees it. */
char *port_folder(const char *endpoint);

/* Our hello, still to be filled with what differs. */
struct message port_hello(const struct link_port *p);

/* Milliseconds since the last tick that count as silence of the other side. */
unsigned port_tick(struct link_port *p, int64_t now_ms);

/* Encode and send as one frame behind `route` (empty for a dealer); `flags` e.g. ZMQ_SNDMORE. False if it was not sent
 * (over a bound, or the socket is closing): whoever needs an answer repeats its message anyway. */
bool port_send(struct link_port *p, struct span route, const struct message *m, int flags);

/* Receive the next frame without waiting; false if there is none. */
bool port_receive(struct link_port *p, zmq_msg_t *frame);
/* Drop the frames that the message whose frame was received last still has. */
void port_drop_rest(struct link_port *p);
/* Count and log a message that was dropped. */
void port_malformed(struct link_port *p, const char *peer, const char *why);

/* Plain TCP between hosts can be read and written by whoever is between them: say so. */
void port_warn_if_plain(const char *endpoint);
/* What an errno of binding or connecting means. */
enum status port_endpoint_error(const char *verb, const char *endpoint, int error, struct error *e);

/* Something can be handed out without a message. */
bool receiver_pending(const struct receiver *r);
bool sender_pending(const struct sender *s);
struct link_port *receiver_port(struct receiver *r);
struct link_port *sender_port(struct sender *s);

#endif
