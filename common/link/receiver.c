/* The receiving end: one bound socket, many peers.
 *
 * Credit.  A sender numbers its batches 1, 2, 3, … and may send those whose number is at most its limit.  The limit is
 * newest + credit - held: `newest` is the largest number heard of (from a batch, a heartbeat or a hello), `held` counts
 * the batches that were handed out and not given back.  What is neither newer nor held has been used, or was lost on
 * the way, or comes late; either way it needs no credit any more.  So a lost batch costs credit only until something
 * newer is heard, and a repeated or late one cannot make any: the limit depends on levels, not on counting events, and
 * a sender that was told a limit is never told a lower one.
 *
 * Shared payloads.  Their slots go back by a level too: `released` is the largest number so that no payload of a batch
 * up to it is being read here.  It goes out with the credit; a payload whose slot was given back so is not looked at
 * any more, should its batch come late or again.
 */
#include "common/link/internal.h"
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ROUTE_BYTES_MAX = 255 };

struct peer {
    char *name;
    uint64_t incarnation, instance;
    unsigned char route[ROUTE_BYTES_MAX]; /* its connection, as the socket names it */
    unsigned route_n;
    void *user;
    uint64_t newest, limit;
    uint64_t released; /* as it was told */
    struct view *view; /* its arena, if it has one that can be read */
    unsigned faults;   /* payloads that could not be read there */
    uint32_t held;
    unsigned silent_ms;
    bool wanted;       /* has been told what is wanted, so that it may send */
    bool finished;     /* its silence means nothing */
    bool gone_pending; /* LINK_GONE is still to be handed out */
    bool gone;         /* it was: only the batches that are held keep the struct */
};

/* A payload that was handed out. */
struct held {
    zmq_msg_t frame;
    struct buffer copy; /* where the frame had no padding */
    struct view *view;  /* or where the payload lies */
    struct view_hold in_view;
    struct peer *peer;
    struct held *next; /* in the list of free ones */
};

struct receiver {
    struct link_port port;
    struct receiver *next; /* in the context */
    char *accepts;
    char *folder; /* of the endpoint */
    struct views views;
    char endpoint[256];
    uint32_t credit;
    unsigned heartbeat_ms; /* since the last one */
    struct peer **peers;
    uint32_t peers_n, peers_capacity;
    struct peer *leaving; /* whose LINK_GONE is being handled */
    struct held *free_held;
    struct held **all_held; /* every one that was made, for closing */
    uint32_t all_held_n;
    unsigned gone_pending_n;
};

bool receiver_pending(const struct receiver *r)
{
    return r->gone_pending_n != 0;
}

struct link_port *receiver_port(struct receiver *r)
{
    return &r->port;
}

const char *receiver_endpoint(const struct receiver *r)
{
    return r->endpoint;
}

const char *peer_name(const struct peer *p)
{
    return p->name;
}

void **peer_user(struct peer *p)
{
    return &p->user;
}

/* ------------------------------------------------------------------ open and close */

static enum status bind_endpoint(struct receiver *r, const char *endpoint, struct error *e)
{
    if (zmq_bind(r->port.socket, endpoint))
        return port_endpoint_error("bind", endpoint, errno, e);
    size_t n = sizeof r->endpoint;
    if (zmq_getsockopt(r->port.socket, ZMQ_LAST_ENDPOINT, r->endpoint, &n))
        return error_set(e, STATUS_SYSTEM, "bind: %s: %s", endpoint, zmq_strerror(errno));
    /* The folder should be private already.  A name in the abstract name space (@) has no mode. */
    struct span path = span_text(r->endpoint);
    if (span_starts(path, SPAN_LITERAL("ipc://")) && !span_starts(path, SPAN_LITERAL("ipc://@")) &&
        chmod(r->endpoint + 6, 0600))
        return error_errno(e, "chmod: %s", r->endpoint);
    port_warn_if_plain(r->endpoint);
    return STATUS_OK;
}

enum status receiver_open(struct link_context *c, const struct receiver_options *o, struct receiver **out,
                          struct error *e)
{
    struct receiver *r = allocate(1, sizeof *r);
    enum status status = port_open(&r->port, c, ZMQ_ROUTER, &o->self, o->endpoint, e);
    if (status) {
        free(r);
        return status;
    }
    r->credit = o->credit ? o->credit : LINK_CREDIT_DEFAULT;
    r->accepts = o->accepts ? allocate_text(span_text(o->accepts)) : NULL;
    r->views.folder = r->folder = port_folder(o->endpoint);
    r->next = c->receivers;
    c->receivers = r;
    status = bind_endpoint(r, o->endpoint, e);
    if (status)
        receiver_close(&r);
    *out = r;
    return status;
}

static void peer_free(struct peer *p)
{
    free(p->name);
    free(p);
}

void receiver_close(struct receiver **at)
{
    struct receiver *r = *at;
    if (!r)
        return;
    *at = NULL;
    struct receiver **link = &r->port.context->receivers;
    while (*link != r)
        link = &(*link)->next;
    *link = r->next;
    for (uint32_t i = 0; i < r->all_held_n; i++) {
        zmq_msg_close(&r->all_held[i]->frame);
        buffer_fini(&r->all_held[i]->copy);
        free(r->all_held[i]);
    }
    for (uint32_t i = 0; i < r->peers_n; i++)
        peer_free(r->peers[i]);
    views_fini(&r->views);
    port_fini(&r->port);
    free(r->folder);
    free(r->all_held);
    free(r->peers);
    free(r->accepts);
    free(r);
}

/* ------------------------------------------------------------------ peers */

static struct peer *find_route(const struct receiver *r, struct span route)
{
    for (uint32_t i = 0; i < r->peers_n; i++) {
        struct peer *p = r->peers[i];
        if (!p->gone && span_equal(span_of((const char *)p->route, p->route_n), route))
            return p;
    }
    return NULL;
}

static struct peer *find_name(const struct receiver *r, struct span name)
{
    for (uint32_t i = 0; i < r->peers_n; i++)
        if (!r->peers[i]->gone && span_is(name, r->peers[i]->name))
            return r->peers[i];
    return NULL;
}

static struct peer *add_peer(struct receiver *r, struct span name)
{
    if (r->peers_n == r->peers_capacity) {
        r->peers_capacity = r->peers_capacity ? 2 * r->peers_capacity : 8;
        r->peers = allocate_more(r->peers, r->peers_capacity, sizeof(struct peer *));
    }
    struct peer *p = allocate(1, sizeof *p);
    p->name = allocate_text(name);
    r->peers[r->peers_n++] = p;
    return p;
}

static void remove_peer(struct receiver *r, struct peer *p)
{
    for (uint32_t i = 0; i < r->peers_n; i++) {
        if (r->peers[i] == p) {
            r->peers[i] = r->peers[--r->peers_n];
            views_put(&r->views, &p->view);
            peer_free(p);
            return;
        }
    }
}

/* The caller has handled LINK_GONE: the struct goes with the last batch that it still holds. */
static void leave(struct receiver *r)
{
    struct peer *p = r->leaving;
    r->leaving = NULL;
    if (p && p->held == 0)
        remove_peer(r, p);
}

static struct span peer_route(const struct peer *p)
{
    return span_of((const char *)p->route, p->route_n);
}

static void send_to(struct receiver *r, struct peer *p, const struct message *m)
{
    if (!p->gone)
        (void)port_send(&r->port, peer_route(p), m, 0);
}

/* ------------------------------------------------------------------ credit */

static uint64_t due_limit(const struct receiver *r, const struct peer *p)
{
    uint64_t top = p->newest + r->credit;
    return p->held < top ? top - p->held : 0;
}

/* Credit, or a heartbeat, which says the same. */
static void send_levels(struct receiver *r, struct peer *p, enum message_type type)
{
    if (p->view)
        p->released = view_released(p->view, p->newest);
    send_to(r, p, &(struct message){ .type = type, .sequence = p->limit, .released = p->released });
}

static void send_credit(struct receiver *r, struct peer *p)
{
    send_levels(r, p, MESSAGE_CREDIT);
}

/* Tell the peer its limit if it has risen by at least `step`. */
static void grant(struct receiver *r, struct peer *p, uint64_t step)
{
    uint64_t limit = due_limit(r, p);
    if (!p->wanted || limit <= p->limit || limit - p->limit < step)
        return;
    p->limit = limit;
    send_credit(r, p);
}

/* The peer has sent batches up to `sequence`.  False: more than it was allowed to. */
static bool note_sequence(struct peer *p, uint64_t sequence)
{
    if (sequence > p->limit)
        return false;
    if (sequence > p->newest)
        p->newest = sequence;
    return true;
}

/* ------------------------------------------------------------------ hello */

static void refuse(struct receiver *r, struct span route, const char *text)
{
    log_at(LOG_WARN, "link.refused", "reason=\"%s\"", text);
    (void)port_send(&r->port, route, &(struct message){ .type = MESSAGE_REFUSE, .text = span_text(text) }, 0);
}

/* True if a peer may come with this hello; otherwise `text` says why not. */
static bool welcome(const struct receiver *r, const struct message *m, const struct peer *by_route,
                    const struct peer *by_name, struct error *e)
{
    const char *self = r->port.self.name ? r->port.self.name : "";
    int name_n = (int)m->name.n, role_n = (int)m->role.n;
    if (m->version != WIRE_VERSION)
        error_set(e, STATUS_PEER,
                  "%.*s speaks version %u of the wire format, %s speaks version %d: install the same "
                  "version on both ends",
                  name_n, m->name.p, m->version, self, WIRE_VERSION);
    else if (r->accepts && !span_is(m->role, r->accepts))
        error_set(e, STATUS_PEER, "%.*s has the role %.*s, but %s accepts the role %s only", name_n, m->name.p, role_n,
                  m->role.p, self, r->accepts);
    else if (by_route && by_route != by_name)
        error_set(e, STATUS_PEER, "%.*s has called itself %s before", name_n, m->name.p, by_route->name);
    else if (by_name && m->incarnation < by_name->incarnation)
        error_set(e, STATUS_PEER, "%.*s: a later process of that name has come to %s", name_n, m->name.p, self);
    else if (by_name && m->incarnation == by_name->incarnation && m->instance != by_name->instance && m->instance &&
             by_name->instance)
        error_set(e, STATUS_PEER, "%.*s: another process of that name is connected to %s: names are unique", name_n,
                  m->name.p, self);
    else if (!by_name && r->peers_n >= LINK_PEERS_MAX)
        error_set(e, STATUS_PEER, "%s has %d peers already", self, LINK_PEERS_MAX);
    else
        return true;
    return false;
}

/* Answer a peer's hello; `arena`: the one that can be read. */
static void answer_hello(struct receiver *r, struct peer *p)
{
    char name[ARENA_NAME_BYTES];
    struct message answer = port_hello(&r->port);
    if (p->view)
        answer.arena = span_of(name, arena_name_format(arena_view_id(p->view->arena), name));
    send_to(r, p, &answer);
}

/* The peer offers its arena (an empty name: none).  One that cannot be read is not accepted, and payloads are inline.
 */
static void attach_arena(struct receiver *r, struct peer *p, struct span name)
{
    struct error e;
    struct view *view = NULL;
    if (name.n && p->faults < LINK_ARENA_FAULTS_MAX && views_get(&r->views, name, &view, &e) != STATUS_OK &&
        r->folder && !r->port.context->inline_said) {
        r->port.context->inline_said = true;
        log_at(LOG_WARN, "link.inline", "peer=\"%s\" reason=\"%s\"", p->name, e.text);
    }
    views_put(&r->views, &p->view); /* after the other, which may be the same */
    p->view = view;
}

/* Returns true if the user is to be told: a peer is new, or has come again. */
static bool handle_hello(struct receiver *r, struct span route, const struct message *m, struct peer **out)
{
    struct error e;
    struct peer *by_route = find_route(r, route), *p = find_name(r, m->name);
    if (!welcome(r, m, by_route, p, &e)) {
        refuse(r, route, e.text);
        return false;
    }
    if (m->sequence > INT64_MAX) {
        port_malformed(&r->port, "", "a sequence number that is not less than 2^63");
        return false;
    }
    bool same_process = p && p->incarnation == m->incarnation && p->instance == m->instance;
    bool told = same_process && p == by_route;
    if (!p)
        p = add_peer(r, m->name);
    if (!same_process) {
        p->newest = p->limit = p->released = m->sequence;
        p->faults = 0;
        p->incarnation = m->incarnation;
        p->instance = m->instance;
    }
    if (m->sequence > p->newest) /* what was sent over a connection that is gone */
        p->newest = m->sequence;
    if (!told) {
        memcpy(p->route, route.p, route.n);
        p->route_n = (unsigned)route.n;
        p->wanted = p->wanted && same_process;
        p->finished = false;
    }
    p->silent_ms = 0;
    if (p->gone_pending) {
        p->gone_pending = false;
        r->gone_pending_n--;
    }
    attach_arena(r, p, m->arena);
    answer_hello(r, p);
    if (p->wanted) /* it may have missed what it was told over another connection */
        send_credit(r, p);
    *out = p;
    return !told;
}

/* ------------------------------------------------------------------ batches */

static struct held *take_held(struct receiver *r)
{
    struct held *h = r->free_held;
    if (h) {
        r->free_held = h->next;
        return h;
    }
    h = allocate(1, sizeof *h);
    zmq_msg_init(&h->frame);
    r->all_held = allocate_more(r->all_held, r->all_held_n + 1, sizeof(struct held *));
    r->all_held[r->all_held_n++] = h;
    return h;
}

static void give_held(struct receiver *r, struct held *h)
{
    zmq_msg_close(&h->frame);
    zmq_msg_init(&h->frame);
    if (h->view)
        views_let_go(&r->views, h->view, &h->in_view);
    h->view = NULL;
    h->peer = NULL;
    h->next = r->free_held;
    r->free_held = h;
}

/* The payload inside the frame: in place where the padding is there, else copied to where it is. */
static bool place_payload(struct held *h, uint64_t bytes, struct span *out)
{
    size_t size = zmq_msg_size(&h->frame);
    size_t n = bytes ? (size_t)bytes : size;
    if (n > size)
        return false;
    const char *data = zmq_msg_data(&h->frame);
    if (size - n < LINK_PADDING_BYTES) {
        buffer_clear(&h->copy);
        memset(buffer_reserve(&h->copy, n) + n, 0, LINK_PADDING_BYTES);
        buffer_append(&h->copy, data, n);
        data = h->copy.p;
    }
    *out = span_of(data, n);
    return true;
}

static void hand_out(struct peer *p, struct held *h, struct link_event *event)
{
    h->peer = p;
    p->held++;
    event->internal = h;
}

/* A payload in the peer's arena.  What is wrong with it is as good as lost: positions will show the gap. */
static const char *take_shared(struct receiver *r, struct peer *p, const struct message *m, struct link_event *event)
{
    struct arena_reference reference;
    if (!arena_reference_parse(m->carrier, &reference))
        return "a payload that is neither inline nor in shared memory";
    if (!p->view)
        return "a payload in an arena that is not known";
    if (m->sequence <= p->released)
        return "a payload whose slot was given back";
    const char *wrong = arena_view_read(p->view->arena, &reference, m->bytes, &event->payload);
    if (wrong) {
        if (++p->faults == LINK_ARENA_FAULTS_MAX) { /* it is better off without */
            log_at(LOG_WARN, "link.inline", "peer=\"%s\" reason=\"%s\"", p->name, wrong);
            views_put(&r->views, &p->view);
            answer_hello(r, p);
        }
        return wrong;
    }
    struct held *h = take_held(r);
    h->view = p->view;
    h->in_view.sequence = m->sequence;
    views_hold(h->view, &h->in_view);
    hand_out(p, h, event);
    return NULL;
}

static const char *take_batch(struct receiver *r, struct peer *p, const struct message *m, struct link_event *event)
{
    bool more = zmq_msg_more(&r->port.frame), shared = m->carrier.n && !span_is(m->carrier, "inline");
    if (!more && !shared)
        return "a batch without a payload";
    if (more && shared)
        return "a payload that is neither inline nor in shared memory";
    if (!p->wanted || m->sequence == 0 || !note_sequence(p, m->sequence))
        return "a batch without credit";
    if (shared)
        return take_shared(r, p, m, event);
    struct held *h = take_held(r);
    if (!port_receive(&r->port, &h->frame) || zmq_msg_more(&h->frame)) {
        port_drop_rest(&r->port);
        give_held(r, h);
        return "more frames than a message has";
    }
    if (!place_payload(h, m->bytes, &event->payload)) {
        give_held(r, h);
        return "a payload that is shorter than its message says";
    }
    hand_out(p, h, event);
    return NULL;
}

void receiver_done(struct receiver *r, struct link_event *event)
{
    struct held *h = event->internal;
    CHECK(h != NULL && h->peer != NULL);
    struct peer *p = h->peer;
    event->internal = NULL;
    event->payload = span_of(NULL, 0);
    give_held(r, h);
    p->held--;
    if (p->gone) {
        if (p->held == 0 && p != r->leaving)
            remove_peer(r, p);
        return;
    }
    grant(r, p, (r->credit + 1) / 2); /* the rest of a step goes out with the next tick */
}

/* ------------------------------------------------------------------ messages */

static enum link_kind kind_of(enum message_type type)
{
    switch (type) {
    case MESSAGE_BATCH:
        return LINK_BATCH;
    case MESSAGE_LOST:
        return LINK_LOST;
    case MESSAGE_END:
        return LINK_END;
    case MESSAGE_FINISH:
        return LINK_FINISH;
    case MESSAGE_HELLO:
    case MESSAGE_REFUSE:
    case MESSAGE_WANT:
    case MESSAGE_CREDIT:
    case MESSAGE_ACKNOWLEDGE:
    case MESSAGE_REWIND:
    case MESSAGE_HEARTBEAT:
        break;
    }
    return LINK_NOTHING;
}

/* What a known peer says, but for its hello.  Fills `event` if it is for the user; returns what is wrong, or NULL. */
static const char *handle_peer(struct receiver *r, struct peer *p, const struct message *m, struct link_event *event)
{
    p->silent_ms = 0;
    if (m->type == MESSAGE_HEARTBEAT) {
        if (m->sequence > p->newest && !note_sequence(p, m->sequence))
            return "a heartbeat ahead of its credit";
        /* a sender that sees its limit used up may have missed it: say it again */
        if (p->wanted && due_limit(r, p) <= p->limit && m->sequence >= p->limit)
            send_credit(r, p);
        grant(r, p, 1);
        return NULL;
    }
    enum link_kind kind = kind_of(m->type);
    if (kind == LINK_NOTHING)
        return "a message that only receivers send";
    if (kind == LINK_BATCH) {
        const char *wrong = take_batch(r, p, m, event);
        if (wrong)
            return wrong;
        r->port.context->totals.batches_in++;
        r->port.context->totals.bytes_in += event->payload.n;
    }
    event->kind = kind;
    event->peer = p;
    event->message = m;
    return NULL;
}

/* One message from `route`, its frame in port.frame. */
static void handle_frame(struct receiver *r, struct span route, struct link_event *event)
{
    struct error e;
    const struct message *m;
    const char *wrong = NULL;
    struct peer *p = find_route(r, route);
    struct span frame = span_of(zmq_msg_data(&r->port.frame), zmq_msg_size(&r->port.frame));
    if (message_decode(r->port.decoder, frame, &m, &e)) {
        wrong = e.text;
    } else if (m->type != MESSAGE_BATCH && zmq_msg_more(&r->port.frame)) {
        wrong = "more frames than a message has";
    } else if (m->type == MESSAGE_HELLO) {
        if (handle_hello(r, route, m, &p))
            *event = (struct link_event){ .kind = LINK_HELLO, .peer = p, .message = m };
    } else if (p) {
        wrong = handle_peer(r, p, m, event);
    } else { /* it was connected to somebody else, or by another connection */
        struct message hello = port_hello(&r->port);
        hello.again = true;
        (void)port_send(&r->port, route, &hello, 0);
    }
    if (wrong)
        port_malformed(&r->port, p ? p->name : "", wrong);
    if (event->kind != LINK_BATCH)
        port_drop_rest(&r->port);
}

/* True if a message was read, whatever it was. */
static bool read_one(struct receiver *r, struct link_event *event)
{
    zmq_msg_t id;
    char route[ROUTE_BYTES_MAX];
    zmq_msg_init(&id);
    bool got = port_receive(&r->port, &id);
    size_t n = zmq_msg_size(&id);
    if (got && zmq_msg_more(&id) && n <= sizeof route) {
        if (n)
            memcpy(route, zmq_msg_data(&id), n);
        if (port_receive(&r->port, &r->port.frame))
            handle_frame(r, span_of(route, n), event);
    } else if (got) {
        port_drop_rest(&r->port);
    }
    zmq_msg_close(&id);
    return got;
}

static bool next_gone(struct receiver *r, struct link_event *event)
{
    for (uint32_t i = 0; r->gone_pending_n && i < r->peers_n; i++) {
        struct peer *p = r->peers[i];
        if (!p->gone_pending)
            continue;
        p->gone_pending = false;
        p->gone = true;
        r->gone_pending_n--;
        r->leaving = p;
        *event = (struct link_event){ .kind = LINK_GONE, .peer = p };
        return true;
    }
    return false;
}

void receiver_next(struct receiver *r, struct link_event *event)
{
    *event = (struct link_event){ .kind = LINK_NOTHING };
    leave(r);
    /* messages first: one of them may be from a peer that was about to be given up */
    for (unsigned i = 0; i < LINK_MESSAGES_PER_CALL && event->kind == LINK_NOTHING; i++)
        if (!read_one(r, event))
            break;
    if (event->kind == LINK_NOTHING)
        (void)next_gone(r, event);
}

void receiver_tick(struct receiver *r, int64_t now_ms)
{
    unsigned passed = port_tick(&r->port, now_ms);
    r->heartbeat_ms += passed;
    bool beat = r->heartbeat_ms >= LINK_HEARTBEAT_MS;
    if (beat)
        r->heartbeat_ms = 0;
    for (uint32_t i = 0; i < r->peers_n; i++) {
        struct peer *p = r->peers[i];
        if (p->gone || p->finished)
            continue;
        grant(r, p, 1);
        if (beat)
            send_levels(r, p, MESSAGE_HEARTBEAT);
        p->silent_ms += passed;
        if (p->silent_ms >= LINK_SILENCE_MS && !p->gone_pending) {
            p->gone_pending = true;
            r->gone_pending_n++;
        }
    }
}

/* ------------------------------------------------------------------ answers */

void receiver_want(struct receiver *r, struct peer *peer, const struct want *want)
{
    send_to(r, peer, &(struct message){ .type = MESSAGE_WANT, .want = *want });
    peer->wanted = true;
    grant(r, peer, 1);
}

void receiver_refuse(struct receiver *r, struct peer *peer, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!peer->gone)
        refuse(r, peer_route(peer), text);
}

void receiver_acknowledge(struct receiver *r, struct peer *peer, struct span source, struct span stream,
                          uint64_t position, bool ended)
{
    send_to(
        r, peer,
        &(struct message){
            .type = MESSAGE_ACKNOWLEDGE, .source = source, .stream = stream, .position = position, .ended = ended });
}

void receiver_rewind(struct receiver *r, struct peer *peer, struct span source, struct span stream, uint64_t position,
                     uint64_t epoch)
{
    send_to(r, peer,
            &(struct message){
                .type = MESSAGE_REWIND, .source = source, .stream = stream, .position = position, .epoch = epoch });
}

void receiver_finish(struct receiver *r, struct peer *peer)
{
    send_to(r, peer, &(struct message){ .type = MESSAGE_FINISH });
    peer->finished = true;
}
