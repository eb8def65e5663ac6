/* What the parts of a running normalizer share: service.c (peers and the loop), forward.c (towards shards), print.c. */
#ifndef TIDEMARK_NORMALIZER_SERVICE_INTERNAL_H
#define TIDEMARK_NORMALIZER_SERVICE_INTERNAL_H

#include "printer.h"
#include "service.h"
#include "streams.h"
#include "vendor.h"

/* A sender, by name; it outlives its connection. */
struct client {
    char *name;
    struct peer *peer; /* NULL while it is gone */
    struct vendor *vendor;
    bool finished;
};

/* Something of a stream that waits for its turn. */
struct work {
    struct work *next;
    enum link_kind kind; /* LINK_BATCH, LINK_END, LINK_LOST */
    struct client *client;
    struct peer *peer;       /* its connection */
    struct link_event event; /* LINK_BATCH */
    struct stream *stream;   /* LINK_END, LINK_LOST */
    struct message message;  /* LINK_END, LINK_LOST: numbers, and texts that the stream owns */
    char reason[64];         /* LINK_LOST */
};

struct shard {
    struct sender *sender;
    bool wants, app, weigh_event_count, everything;
    bool owed; /* the payload at hand */
    bool finished;
};

struct service {
    struct role *role;
    const struct service_options *options;
    struct link_context *link;
    struct receiver *receiver;
    struct vendors vendors;
    struct streams *streams;
    struct batch_decoder *decoder;
    unsigned clients_n, finished_n;
    uint64_t rows; /* of batches that were forwarded */
    struct client **clients;
    bool summaries_seen, sessions_seen; /* kinds of maps among the clients */
    struct work *first, **last;
    int64_t now_ms;

    bool wanted; /* what is wanted is known */
    struct meaning_options meaning;
    bool everything;

    struct router *router; /* forwarding */
    struct shard shards[ROUTER_SHARDS_MAX];
    bool routing, part_ready; /* the batch at the head of the queue is begun; payloads are owed */
    int64_t finish_sent_ms;

    struct printer *printer; /* printing */
    struct tallies tallies;

    int exit_code; /* of a failure */
    bool failed, done;
};

/* Say why on stderr and end with that code. */
void service_fail(struct service *s, enum exit_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The sender cannot go on; it is told why. */
void service_refuse(struct service *s, struct client *c, const char *why);

/* All peers that wait for a want get it. */
void service_answer(struct service *s, struct client *c);

/* Take the head of the queue away; its batch goes back. */
void service_pop(struct service *s);

/* forward.c */
bool forward_open(struct service *s);
void forward_events(struct service *s);
/* Work on the head of the queue; false: it has to wait. */
bool forward_work(struct service *s, struct work *w);
/* All senders have finished: tell the shards until they know. */
void forward_finish(struct service *s);

/* print.c */
bool print_work(struct service *s, struct work *w);
/* What is applied is told, what is kept is written. */
void print_idle(struct service *s);
void print_finish(struct service *s);

#endif
