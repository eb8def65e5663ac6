#include "common/link/link.h"

#include "common/link/internal.h"
#include "common/log.h"
#include "common/timestamp.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <sys/random.h>
#include <unistd.h>

enum { LINGER_MS = 1000, WAIT_MAX = 256 };

/* Batches are some hundred kilobytes and live for milliseconds.  Mapping and faulting in fresh pages for each costs
 * more than all that is done with it, so that freed memory is kept and used again. */
static void keep_freed_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

struct link_context *link_context_new(void)
{
    keep_freed_memory();
    struct link_context *c = allocate(1, sizeof *c);
    c->zmq = zmq_ctx_new();
    CHECK(c->zmq != NULL);
    zmq_ctx_set(c->zmq, ZMQ_BLOCKY, 0);
    return c;
}

const struct link_totals *link_totals(const struct link_context *c)
{
    return &c->totals;
}

void link_context_free(struct link_context **c)
{
    if (!*c)
        return;
    while ((*c)->receivers) {
        struct receiver *r = (*c)->receivers;
        receiver_close(&r);
    }
    while ((*c)->senders) {
        struct sender *s = (*c)->senders;
        sender_close(&s);
    }
    while (zmq_ctx_term((*c)->zmq) && errno == EINTR)
        continue;
    free(*c);
    *c = NULL;
}

/* ------------------------------------------------------------------ ports */

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_options(void *socket, const char *endpoint)
{
    int64_t frame_max = (int64_t)WIRE_PAYLOAD_BYTES_MAX + LINK_PADDING_BYTES;
    return set_option(socket, ZMQ_LINGER, LINGER_MS) && set_option(socket, ZMQ_SNDHWM, 0) &&
           set_option(socket, ZMQ_RCVHWM, LINK_QUEUE_MAX) &&
           /* a peer that is not yet bound is met within milliseconds of its binding */
           set_option(socket, ZMQ_RECONNECT_IVL, 1) && set_option(socket, ZMQ_RECONNECT_IVL_MAX, 4) &&
           set_option(socket, ZMQ_IPV6, strchr(endpoint, '[') != NULL) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0;
}

static const char *copy_text(const char *text)
{
    return text ? allocate_text(span_text(text)) : NULL;
}

/* Only what is meant to be used, and what the program has the libraries for. */
static bool endpoint_possible(const char *endpoint)
{
    struct span s = span_text(endpoint);
    return span_starts(s, SPAN_LITERAL("ipc://")) || span_starts(s, SPAN_LITERAL("tcp://"));
}

enum status port_open(struct link_port *p, struct link_context *c, int type, const struct link_identity *self,
                      const char *endpoint, struct error *e)
{
    *p = (struct link_port){ .context = c };
    if (!endpoint_possible(endpoint))
        return error_set(e, STATUS_CONFIG, "%s: %s: expected ipc://… or tcp://…",
                         type == ZMQ_ROUTER ? "bind" : "connect", endpoint);
    zmq_msg_init(&p->frame);
    p->socket = zmq_socket(c->zmq, type);
    if (!p->socket || !set_options(p->socket, endpoint)) {
        int error = errno;
        port_fini(p);
        return error_set(e, STATUS_SYSTEM, "socket: %s: %s", endpoint, zmq_strerror(error));
    }
    p->self = *self;
    p->self.role = copy_text(self->role);
    p->self.name = copy_text(self->name);
    p->self.source = copy_text(self->source);
    p->self.vendor = copy_text(self->vendor);
    p->decoder = message_decoder_new();
    if (getrandom(&p->instance, sizeof p->instance, 0) != sizeof p->instance) {
        port_fini(p);
        return error_errno(e, "getrandom");
    }
    struct message hello = port_hello(p);
    enum status status = message_encode(&hello, &p->scratch, e);
    if (status) {
        port_fini(p);
        return STATUS_CONFIG;
    }
    return STATUS_OK;
}

void port_fini(struct link_port *p)
{
    zmq_msg_close(&p->frame);
    if (p->socket)
        zmq_close(p->socket);
    message_decoder_free(&p->decoder);
    buffer_fini(&p->scratch);
    free((char *)p->self.role);
    free((char *)p->self.name);
    free((char *)p->self.source);
    free((char *)p->self.vendor);
}

char *port_folder(const char *endpoint)
{
    struct span path = span_text(endpoint);
    if (!span_starts(path, SPAN_LITERAL("ipc:///")))
        return NULL;
    path = span_from(path, sizeof "ipc://" - 1);
    while (path.p[path.n - 1] != '/')
        path.n--;
    return allocate_text(span_of(path.p, path.n > 1 ? path.n - 1 : 1));
}

static struct span text_or_empty(const char *text)
{
    return text ? span_text(text) : span_of(NULL, 0);
}

struct message port_hello(const struct link_port *p)
{
    return (struct message){ .type = MESSAGE_HELLO,
                             .version = WIRE_VERSION,
                             .role = text_or_empty(p->self.role),
                             .name = text_or_empty(p->self.name),
                             .incarnation = p->self.incarnation,
                             .generation = p->self.generation,
                             .instance = p->instance,
                             .source = text_or_empty(p->self.source),
                             .vendor = text_or_empty(p->self.vendor) };
}

unsigned port_tick(struct link_port *p, int64_t now_ms)
{
    int64_t passed = p->last_tick_ms ? now_ms - p->last_tick_ms : 0;
    p->last_tick_ms = now_ms;
    return passed < 0 ? 0 : passed > LINK_TICK_MAX_MS ? LINK_TICK_MAX_MS : (unsigned)passed;
}

bool port_send(struct link_port *p, struct span route, const struct message *m, int flags)
{
    struct error e;
    buffer_clear(&p->scratch);
    if (message_encode(m, &p->scratch, &e)) {
        log_at(LOG_ERROR, "link.send", "reason=\"%s\"", e.text);
        return false;
    }
    if (route.n && zmq_send(p->socket, route.p, route.n, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return false;
    return zmq_send(p->socket, p->scratch.p, p->scratch.n, ZMQ_DONTWAIT | flags) >= 0;
}

bool port_receive(struct link_port *p, zmq_msg_t *frame)
{
    int n;
    do {
        n = zmq_msg_recv(frame, p->socket, ZMQ_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n >= 0;
}

void port_drop_rest(struct link_port *p)
{
    int more = 0;
    size_t n = sizeof more;
    zmq_msg_t rest;
    zmq_msg_init(&rest);
    while (zmq_getsockopt(p->socket, ZMQ_RCVMORE, &more, &n) == 0 && more && port_receive(p, &rest))
        continue;
    zmq_msg_close(&rest);
}

void port_warn_if_plain(const char *endpoint)
{
    struct span s = span_text(endpoint);
    if (!span_starts(s, SPAN_LITERAL("tcp://")))
        return;
    struct span host = span_from(s, 6);
    if (!span_starts(host, SPAN_LITERAL("127.")) && !span_starts(host, SPAN_LITERAL("localhost:")) &&
        !span_starts(host, SPAN_LITERAL("[::1]:")))
        log_at(LOG_WARN, "link.plain", "endpoint=\"%s\" reason=\"neither encrypted nor authenticated\"", endpoint);
}

enum status port_endpoint_error(const char *verb, const char *endpoint, int error, struct error *e)
{
    bool impossible = error == EINVAL || error == EPROTONOSUPPORT || error == ENAMETOOLONG || error == ENOCOMPATPROTO;
    enum status status =
        error_set(e, impossible ? STATUS_CONFIG : STATUS_SYSTEM, "%s: %s: %s", verb, endpoint, zmq_strerror(error));
    if (e)
        e->errno_ = error;
    return status;
}

void port_malformed(struct link_port *p, const char *peer, const char *why)
{
    p->malformed++;
    log_at(LOG_WARN, "link.malformed", "peer=\"%s\" reason=\"%s\"", peer, why);
}

/* ------------------------------------------------------------------ waiting */

/* What zmq_poll does, with half of its system calls: it asks every socket twice before it waits. */
struct waiting {
    struct pollfd polled[WAIT_MAX];
    void *sockets[WAIT_MAX];
    nfds_t sockets_n, n;          /* the sockets' descriptors come first */
    struct link_context *context; /* of the last socket; NULL: there is none */
    bool pending;
};

static bool has_message(void *socket)
{
    int events = 0;
    size_t n = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &n) == 0 && events & ZMQ_POLLIN;
}

static void add_socket(struct waiting *x, struct link_port *p, bool pending)
{
    int fd = -1;
    size_t n = sizeof fd;
    (void)zmq_getsockopt(p->socket, ZMQ_FD, &fd, &n);
    x->context = p->context;
    x->sockets[x->n] = p->socket;
    x->polled[x->n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
    /* Asking also takes what the descriptor has announced: from here on it is readable only for something new. */
    x->pending |= pending || has_message(p->socket);
}

/* After poll: a readable descriptor means that there was news, not that there is a message. */
static bool any_ready(const struct waiting *x)
{
    bool ready = false;
    for (nfds_t i = 0; i < x->n; i++)
        if (x->polled[i].revents)
            ready |= i >= x->sockets_n || has_message(x->sockets[i]);
    return ready;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int timed_poll(struct waiting *x, int timeout_ms)
{
    int64_t before_ns = x->context && timeout_ms != 0 ? now_ns() : 0;
    int ready = poll(x->polled, x->n, timeout_ms);
    if (before_ns) {
        x->context->totals.wait_ns += now_ns() - before_ns;
        x->context->totals.waits++;
    }
    return ready;
}

bool link_wait(const struct link_wait *w, int timeout_ms, uint64_t *ready_fds)
{
    struct waiting x;
    x.n = 0;
    x.pending = false;
    x.context = NULL;
    CHECK(w->receivers_n + w->senders_n + w->fds_n <= WAIT_MAX && w->fds_n <= 64);
    if (ready_fds)
        *ready_fds = 0;
    for (unsigned i = 0; i < w->receivers_n; i++)
        if (w->receivers[i])
            add_socket(&x, receiver_port(w->receivers[i]), receiver_pending(w->receivers[i]));
    for (unsigned i = 0; i < w->senders_n; i++)
        if (w->senders[i])
            add_socket(&x, sender_port(w->senders[i]), sender_pending(w->senders[i]));
    x.sockets_n = x.n;
    for (unsigned i = 0; i < w->fds_n; i++)
        if (w->fds[i] >= 0)
            x.polled[x.n++] = (struct pollfd){ .fd = w->fds[i], .events = POLLIN };
    int64_t until_ms = timeout_ms < 0 || x.pending ? 0 : monotonic_now_ms() + timeout_ms;
    for (int left_ms = x.pending ? 0 : timeout_ms;;) {
        int ready = timed_poll(&x, left_ms);
        if (ready < 0)
            return true; /* interrupted: let the caller look around */
        if (x.pending || ready == 0 || any_ready(&x))
            break;
        if (timeout_ms >= 0) {
            int64_t now_ms = monotonic_now_ms();
            left_ms = until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
        }
    }
    bool any = x.pending;
    for (nfds_t i = 0; i < x.sockets_n; i++)
        any |= x.polled[i].revents != 0;
    for (unsigned i = 0, k = (unsigned)x.sockets_n; i < w->fds_n; i++) {
        if (w->fds[i] < 0 || !x.polled[k++].revents)
            continue;
        any = true;
        if (ready_fds)
            *ready_fds |= UINT64_C(1) << i;
    }
    return any;
}
