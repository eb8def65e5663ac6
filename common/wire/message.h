/* Control messages between two roles: one msgpack map each, in a ZeroMQ frame of its own; a batch's payload is the
 * frame behind its message.  README.md of this folder gives keys and types.
 *
 * Direction: a *sender* (collector, normalizer, aggregator) connects to a *receiver* (normalizer, aggregator, alerter).
 */
#ifndef TIDEMARK_COMMON_WIRE_MESSAGE_H
#define TIDEMARK_COMMON_WIRE_MESSAGE_H

#include "common/wire/batch.h"

enum message_type {
    MESSAGE_HELLO = 1,   /* both ways: version, role, name, incarnation; a sender's: source, vendor, generation */
    MESSAGE_REFUSE,      /* receiver: text; the sender must give up (exit 78) */
    MESSAGE_WANT,        /* receiver: what it needs */
    MESSAGE_CREDIT,      /* receiver: batches with sequence <= limit may be sent */
    MESSAGE_BATCH,       /* sender: sequence; the payload frame follows */
    MESSAGE_ACKNOWLEDGE, /* receiver: source, stream, position: all before it is durable; ended: and so is its end */
    MESSAGE_REWIND,      /* receiver: source, stream, position, epoch: send again from position, with a later epoch */
    MESSAGE_LOST,        /* sender: source, stream, epoch, from, to, reason: these bytes are gone */
    MESSAGE_END,         /* sender: source, stream, epoch, to, to_ordinal, high_water_ms; account (aggregators) */
    MESSAGE_FINISH,      /* sender: all its streams have ended and are acknowledged; the receiver answers FINISH */
    MESSAGE_HEARTBEAT    /* both ways: sequence (the sender's newest batch) */
};

enum {
    WANT_FIELDS_MAX = 256,
    WANT_PORTS_MAX = 32768, /* ranges: no more fit between 0 and 65535 with a gap between each two */
    ACCOUNT_LINES_MAX = 65536,
    MESSAGE_TEXT_BYTES_MAX = 4096, /* of a refusal, of what is lost */
    MESSAGE_BYTES_MAX = 64 << 20,  /* a whole message (a long account) */
};

struct port_range_wanted {
    uint16_t first, last; /* both in */
};

/* What a receiver needs.  Towards collectors `fields` are the record fields of the source's map (none: every field);
 * towards normalizers and aggregators ASIM field names (none: counting needs only the three grouping fields). */
struct want {
    bool everything; /* all fields: the reader prints whole sessions */
    uint32_t fields_n;
    struct span *fields;
    bool weigh_event_count; /* rows count EventCount instead of 1 */
    uint32_t ports_n;       /* of an alerter: it looks at no other ports; 0: at all.  A hint: more may be sent */
    struct port_range_wanted *ports; /* ascending, with a gap between each two */
};

/* One line of a shard's account: how many records of a source had that fate. */
enum fate {
    FATE_SESSIONS = 1,
    FATE_SESSION_RECORDS,
    FATE_PORTLESS,
    FATE_SKIP,
    FATE_BAD,
    FATE_LIMIT,
    FATE_READ,
    FATE_LOST_BYTES
};
struct account_line {
    struct span source;
    enum fate fate;
    struct span reason; /* of SKIP, BAD, LIMIT; else empty */
    uint64_t count;
};

struct message {
    enum message_type type;

    uint32_t version;       /* hello */
    struct span role, name; /* hello: "collector", "aws-vpcflow/0" */
    uint64_t incarnation;   /* hello */
    uint64_t generation;    /* hello: of the configuration */
    struct span source;     /* hello of a collector; acknowledge, rewind, lost, end */
    struct span vendor;     /* hello of a collector: id of the map */
    uint64_t instance;      /* hello: a random number of this process; 0: it has none */
    bool again;             /* hello of a receiver: it does not know who is talking, say hello */
    struct span arena;      /* hello of a sender: its shared memory; of a receiver: the one that it can read */

    uint64_t sequence;     /* batch; hello and heartbeat of a sender: its newest batch; credit, and heartbeat of a
                              receiver: limit */
    uint64_t released;     /* credit, and heartbeat of a receiver: shared payloads up to it will not be read again */
    struct span carrier;   /* batch: where the payload is; empty: "inline" */
    uint64_t bytes;        /* batch: length of the payload without the padding behind it; 0: the whole frame */
    struct span stream;    /* acknowledge, rewind, lost, end */
    uint64_t epoch;        /* rewind, lost, end */
    uint64_t position;     /* acknowledge, rewind; lost: from; end: to */
    uint64_t to;           /* lost */
    uint64_t ordinal;      /* end; lost: ordinal behind it */
    int64_t high_water_ms; /* end */
    bool ended;            /* acknowledge */
    struct span text;      /* refuse, lost: reason */

    struct want want;   /* want */
    uint32_t account_n; /* end of an aggregator */
    struct account_line *account;
};

enum status message_encode(const struct message *m, struct buffer *out, struct error *e) MUST_CHECK;

struct message_decoder;
struct message_decoder *message_decoder_new(void);
void message_decoder_free(struct message_decoder **d);

/* As batch_decode: *out points into `frame` and is valid until the next call. A hello of another version decodes (only
 * version, role and name are then set), so that it can be refused with a clear message. */
enum status message_decode(struct message_decoder *d, struct span frame, const struct message **out,
                           struct error *e) MUST_CHECK;

#endif
