/* The sending end: one connection to one receiver.
 *
 * Shared payloads.  An arena belongs to one sender and one life of its receiver.  It is used once the receiver has said
 * in its hello that it can read it; a slot that was sent is written again only after that same receiver has released
 * it.  Another receiver (its incarnation or its instance is another) gets another arena: whoever may still look at the
 * old one, say a process that was stopped, finds it as it was.
 */
#include "common/link/internal.h"
#include "common/log.h"

#include <errno.h>
#include <stdlib.h>

struct sender {
    struct link_port port;
    struct sender *next; /* in the context */
    uint64_t receiver_incarnation, receiver_instance;
    uint64_t sequence;                          /* of the newest batch sent */
    uint64_t limit;                             /* batches up to it may be sent */
    unsigned hello_ms, heartbeat_ms, silent_ms; /* since the last one */
    bool known;                                 /* the receiver has said hello */
    bool greeting;                              /* our hello is not answered */
    bool wanted;
    bool refused;
    bool finished;
    bool gone_pending; /* LINK_GONE is still to be handed out */
    bool gone;
    struct message refusal; /* of our own making: the receiver speaks another version */
    struct error refusal_text;

    char *folder;       /* of the endpoint, where the arena is shown */
    size_t share_bytes; /* of an arena; 0: payloads are inline */
    struct arena_owner *arena;
    bool arena_accepted;     /* by this receiver */
    struct arena_slot slot;  /* of the reservation */
    struct buffer *reserved; /* the reservation's; NULL: there is none */
    struct buffer in_slot, inline_;
};

bool sender_pending(const struct sender *s)
{
    return s->gone_pending;
}

struct link_port *sender_port(struct sender *s)
{
    return &s->port;
}

/* ------------------------------------------------------------------ open and close */

static void send_hello(struct sender *s)
{
    struct message hello = port_hello(&s->port);
    hello.arena = s->arena ? arena_owner_name(s->arena) : span_of(NULL, 0);
    hello.sequence = s->sequence;
    s->hello_ms = 0;
    (void)port_send(&s->port, span_of(NULL, 0), &hello, 0);
}

enum status sender_open(struct link_context *c, const char *endpoint, const struct link_identity *self,
                        struct sender **out, struct error *e)
{
    *out = NULL;
    struct sender *s = allocate(1, sizeof *s);
    enum status status = port_open(&s->port, c, ZMQ_DEALER, self, endpoint, e);
    if (status) {
        free(s);
        return status;
    }
    s->next = c->senders;
    c->senders = s;
    s->folder = port_folder(endpoint);
    if (zmq_connect(s->port.socket, endpoint)) {
        int error = errno;
        sender_close(&s);
        return port_endpoint_error("connect", endpoint, error, e);
    }
    port_warn_if_plain(endpoint);
    s->greeting = true;
    send_hello(s); /* waits in the socket until there is a connection */
    *out = s;
    return STATUS_OK;
}

void sender_close(struct sender **at)
{
    struct sender *s = *at;
    if (!s)
        return;
    *at = NULL;
    struct sender **link = &s->port.context->senders;
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    arena_owner_close(&s->arena);
    buffer_fini(&s->in_slot);
    buffer_fini(&s->inline_);
    free(s->folder);
    port_fini(&s->port);
    free(s);
}

/* ------------------------------------------------------------------ the arena */

static void open_arena(struct sender *s)
{
    struct error e;
    if (arena_owner_open(s->folder, s->share_bytes, &s->arena, &e) == STATUS_OK)
        return;
    s->share_bytes = 0;
    if (!s->port.context->inline_said)
        log_at(LOG_WARN, "link.inline", "reason=\"%s\"", e.text);
    s->port.context->inline_said = true;
}

void sender_share(struct sender *s, size_t bytes)
{
    const char *link = getenv("TIDEMARK_LINK");
    if (link && *link && strcmp(link, "inline") != 0)
        log_at(LOG_WARN, "link.option", "TIDEMARK_LINK=\"%s\" reason=\"expected inline\"", link);
    if (!bytes || !s->folder || s->arena || (link && strcmp(link, "inline") == 0))
        return;
    s->share_bytes = bytes;
    open_arena(s);
    if (s->arena)
        send_hello(s);
}

/* What is being written stays, in memory of its own. */
static void leave_slot(struct sender *s)
{
    if (!s->slot.p)
        return;
    if (s->reserved == &s->in_slot && s->in_slot.borrowed) {
        struct buffer own = { 0 };
        buffer_append_span(&own, buffer_span(&s->in_slot));
        s->in_slot = own;
    }
    arena_owner_give_up(s->arena, &s->slot);
    s->slot = (struct arena_slot){ 0 };
}

static void replace_arena(struct sender *s)
{
    leave_slot(s);
    arena_owner_close(&s->arena);
    open_arena(s);
}

/* ------------------------------------------------------------------ events */

static enum link_kind handle_hello(struct sender *s, const struct message *m)
{
    if (m->version != WIRE_VERSION) {
        error_set(&s->refusal_text, STATUS_PEER,
                  "%.*s speaks version %u of the wire format, %s speaks version %d: install the same version on both "
                  "ends",
                  (int)m->name.n, m->name.p, m->version, s->port.self.name, WIRE_VERSION);
        s->refusal = (struct message){ .type = MESSAGE_REFUSE, .text = span_text(s->refusal_text.text) };
        s->refused = true;
        return LINK_REFUSED;
    }
    s->greeting = m->again;
    bool another = !s->known || s->receiver_incarnation != m->incarnation;
    bool replaced =
        (s->known && another) || (m->instance && s->receiver_instance && m->instance != s->receiver_instance);
    s->receiver_instance = m->instance ? m->instance : another ? 0 : s->receiver_instance;
    if (replaced && s->arena)
        replace_arena(s);
    s->arena_accepted = s->arena && !m->again && span_equal(m->arena, arena_owner_name(s->arena));
    if (another) { /* what an earlier receiver had granted is void */
        s->known = true;
        s->receiver_incarnation = m->incarnation;
        s->wanted = false;
        s->limit = s->sequence;
    }
    if (m->again || (replaced && s->arena))
        send_hello(s);
    return another ? LINK_HELLO : LINK_NOTHING;
}

static enum link_kind handle_message(struct sender *s, const struct message *m)
{
    s->silent_ms = 0;
    s->gone = s->gone_pending = false;
    switch (m->type) {
    case MESSAGE_HELLO:
        return handle_hello(s, m);
    case MESSAGE_REFUSE:
        s->refused = true;
        s->greeting = false;
        return LINK_REFUSED;
    case MESSAGE_WANT:
        s->wanted = true;
        return LINK_WANT;
    case MESSAGE_CREDIT:
    case MESSAGE_HEARTBEAT:
        if (m->sequence > s->limit)
            s->limit = m->sequence;
        if (s->arena_accepted && m->released <= s->sequence)
            arena_owner_release(s->arena, m->released);
        return LINK_NOTHING;
    case MESSAGE_ACKNOWLEDGE:
        return LINK_ACKNOWLEDGE;
    case MESSAGE_REWIND:
        return LINK_REWIND;
    case MESSAGE_FINISH:
        s->finished = true;
        return LINK_FINISH;
    case MESSAGE_BATCH:
    case MESSAGE_LOST:
    case MESSAGE_END:
        break;
    }
    port_malformed(&s->port, "", "a message that only senders send");
    return LINK_NOTHING;
}

/* True if a message was read, whatever it was. */
static bool read_one(struct sender *s, struct link_event *event)
{
    if (!port_receive(&s->port, &s->port.frame))
        return false;
    struct error e;
    const struct message *m;
    struct span frame = span_of(zmq_msg_data(&s->port.frame), zmq_msg_size(&s->port.frame));
    if (zmq_msg_more(&s->port.frame)) {
        port_drop_rest(&s->port);
        port_malformed(&s->port, "", "more frames than a message has");
    } else if (message_decode(s->port.decoder, frame, &m, &e)) {
        port_malformed(&s->port, "", e.text);
    } else {
        event->kind = handle_message(s, m);
        event->message = event->kind == LINK_REFUSED && m->type == MESSAGE_HELLO ? &s->refusal : m;
    }
    return true;
}

void sender_next(struct sender *s, struct link_event *event)
{
    *event = (struct link_event){ .kind = LINK_NOTHING };
    for (unsigned i = 0; i < LINK_MESSAGES_PER_CALL && event->kind == LINK_NOTHING; i++)
        if (!read_one(s, event))
            break;
    if (event->kind == LINK_NOTHING) {
        event->message = NULL;
        if (s->gone_pending) {
            s->gone_pending = false;
            s->gone = true;
            event->kind = LINK_GONE;
        }
    }
}

/* ------------------------------------------------------------------ sending */

bool sender_has_credit(const struct sender *s)
{
    return s->wanted && !s->refused && s->sequence < s->limit;
}

struct buffer *sender_reserve(struct sender *s)
{
    sender_abandon(s);
    if (s->arena_accepted && arena_owner_take(s->arena, &s->slot)) {
        s->in_slot = buffer_over(s->slot.p, s->slot.capacity);
        s->reserved = &s->in_slot;
    } else {
        buffer_clear(&s->inline_);
        s->reserved = &s->inline_;
    }
    return s->reserved;
}

void sender_abandon(struct sender *s)
{
    if (s->slot.p)
        arena_owner_give_up(s->arena, &s->slot);
    s->slot = (struct arena_slot){ 0 };
    buffer_fini(&s->in_slot);
    s->reserved = NULL;
}

static void count_batch(struct sender *s, size_t n)
{
    s->sequence++;
    s->port.context->totals.batches_out++;
    s->port.context->totals.bytes_out += n;
}

static bool send_shared(struct sender *s, size_t n)
{
    char reference[ARENA_REFERENCE_BYTES];
    struct message m = { .type = MESSAGE_BATCH, .sequence = s->sequence + 1, .bytes = n };
    arena_owner_publish(s->arena, &s->slot, n, reference);
    m.carrier = span_text(reference);
    if (!port_send(&s->port, span_of(NULL, 0), &m, 0))
        return false;
    count_batch(s, n);
    arena_owner_sent(s->arena, &s->slot, s->sequence);
    s->slot = (struct arena_slot){ 0 };
    return true;
}

static bool send_inline(struct sender *s, struct span payload)
{
    zmq_msg_t frame;
    CHECK(zmq_msg_init_size(&frame, payload.n + LINK_PADDING_BYTES) == 0);
    char *data = zmq_msg_data(&frame);
    if (payload.n)
        memcpy(data, payload.p, payload.n);
    memset(data + payload.n, 0, LINK_PADDING_BYTES);
    struct message m = { .type = MESSAGE_BATCH, .sequence = s->sequence + 1, .bytes = payload.n };
    if (!port_send(&s->port, span_of(NULL, 0), &m, ZMQ_SNDMORE)) {
        zmq_msg_close(&frame);
        return false;
    }
    count_batch(s, payload.n);
    if (zmq_msg_send(&frame, s->port.socket, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&frame); /* as good as lost on the way */
    return true;
}

enum status sender_commit(struct sender *s)
{
    CHECK(s->reserved && s->reserved->n <= WIRE_PAYLOAD_BYTES_MAX);
    if (!sender_has_credit(s))
        return STATUS_AGAIN;
    bool in_slot = s->slot.p && s->in_slot.borrowed; /* it may have outgrown the slot */
    if (in_slot ? !send_shared(s, s->reserved->n) : !send_inline(s, buffer_span(s->reserved)))
        return STATUS_AGAIN;
    sender_abandon(s); /* what is left of it */
    return STATUS_OK;
}

enum status sender_try_batch(struct sender *s, struct span payload)
{
    CHECK(payload.n <= WIRE_PAYLOAD_BYTES_MAX);
    if (!sender_has_credit(s))
        return STATUS_AGAIN;
    buffer_append_span(sender_reserve(s), payload);
    enum status status = sender_commit(s);
    sender_abandon(s);
    return status;
}

static void send_copy(struct sender *s, const struct message *m, enum message_type type)
{
    struct message copy = *m;
    copy.type = type;
    (void)port_send(&s->port, span_of(NULL, 0), &copy, 0);
}

void sender_end(struct sender *s, const struct message *end)
{
    send_copy(s, end, MESSAGE_END);
}

void sender_lost(struct sender *s, const struct message *lost)
{
    send_copy(s, lost, MESSAGE_LOST);
}

void sender_finish(struct sender *s)
{
    send_copy(s, &(struct message){ 0 }, MESSAGE_FINISH);
}

void sender_tick(struct sender *s, int64_t now_ms)
{
    unsigned passed = port_tick(&s->port, now_ms);
    s->hello_ms += passed;
    s->heartbeat_ms += passed;
    if (s->refused || s->finished)
        return;
    if (s->greeting && s->hello_ms >= LINK_HELLO_MS)
        send_hello(s);
    if (!s->known)
        return;
    bool starved = s->wanted && s->sequence >= s->limit;
    if (s->heartbeat_ms >= (starved ? LINK_HEARTBEAT_STARVED_MS : LINK_HEARTBEAT_MS)) {
        s->heartbeat_ms = 0;
        (void)port_send(&s->port, span_of(NULL, 0),
                        &(struct message){ .type = MESSAGE_HEARTBEAT, .sequence = s->sequence }, 0);
    }
    s->silent_ms += passed;
    if (s->silent_ms >= LINK_SILENCE_MS && !s->gone)
        s->gone_pending = true;
}
