#include "common/link/link.h"

#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

enum { DEADLINE_MS = 10000, CREDIT = 4 };

static char folder[64];
static unsigned endpoints;
static char endpoint[128];
static struct link_context *context;

static int set_up(void **state)
{
    (void)state;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%u", folder, endpoints++);
    context = link_context_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    link_context_free(&context);
    unlink(endpoint + strlen("ipc://"));
    return context != NULL;
}

static struct receiver *open_receiver(uint64_t incarnation)
{
    struct receiver_options o = { .endpoint = endpoint,
                                  .self = { .role = "normalizer", .name = "n/0", .incarnation = incarnation },
                                  .accepts = "collector" };
    struct receiver *r;
    struct error e;
    if (receiver_open(context, &o, &r, &e))
        fail_msg("%s", e.text);
    return r;
}

static struct sender *open_sender(const char *name, uint64_t incarnation)
{
    struct link_identity self = { .role = "collector",
                                  .name = name,
                                  .incarnation = incarnation,
                                  .generation = 9,
                                  .source = "edge",
                                  .vendor = "acme" };
    struct sender *s;
    struct error e;
    if (sender_open(context, endpoint, &self, &s, &e))
        fail_msg("%s", e.text);
    return s;
}

/* Both ends get their events, with the clock running, until one of them has `kind`. */
static struct link_event until_received(struct receiver *r, struct sender *s, enum link_kind kind)
{
    int64_t deadline = monotonic_now_ms() + DEADLINE_MS;
    struct link_event event;
    while (monotonic_now_ms() < deadline) {
        receiver_next(r, &event);
        if (event.kind == kind)
            return event;
        if (event.kind != LINK_NOTHING)
            fail_msg("event %d where %d was expected", event.kind, kind);
        struct link_wait w = { .receivers = &r, .receivers_n = 1, .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 10, NULL);
        if (s)
            sender_tick(s, monotonic_now_ms());
        receiver_tick(r, monotonic_now_ms());
    }
    fail_msg("event %d did not come", kind);
    return event;
}

static struct link_event until_sent(struct sender *s, struct receiver *r, enum link_kind kind)
{
    int64_t deadline = monotonic_now_ms() + DEADLINE_MS;
    struct link_event event;
    while (monotonic_now_ms() < deadline) {
        sender_next(s, &event);
        if (event.kind == kind)
            return event;
        if (event.kind != LINK_NOTHING)
            fail_msg("event %d where %d was expected", event.kind, kind);
        if (r) {
            struct link_event other;
            receiver_next(r, &other); /* hellos are answered there */
            if (other.kind != LINK_NOTHING)
                fail_msg("the receiver has event %d", other.kind);
            receiver_tick(r, monotonic_now_ms());
        }
        struct link_wait w = { .receivers = &r, .receivers_n = 1, .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 10, NULL);
        sender_tick(s, monotonic_now_ms());
    }
    fail_msg("event %d did not come", kind);
    return event;
}

/* Hello both ways and a want: the sender may send. */
static struct peer *introduce(struct receiver *r, struct sender *s)
{
    struct link_event hello = until_received(r, s, LINK_HELLO);
    struct peer *peer = hello.peer;
    (void)until_sent(s, r, LINK_HELLO);
    receiver_want(r, peer, &(struct want){ .everything = true });
    (void)until_sent(s, r, LINK_WANT);
    int64_t deadline = monotonic_now_ms() + DEADLINE_MS;
    while (!sender_has_credit(s) && monotonic_now_ms() < deadline) {
        struct link_event event;
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 10, NULL);
        sender_next(s, &event);
        assert_int_equal(event.kind, LINK_NOTHING);
    }
    assert_true(sender_has_credit(s));
    return peer;
}

static void both_ends_hear_what_the_other_says(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("early")), STATUS_AGAIN);
    struct link_event event = until_received(r, s, LINK_HELLO);
    struct peer *peer = event.peer;
    assert_string_equal(peer_name(peer), "acme/0");
    assert_true(span_is(event.message->role, "collector") && span_is(event.message->source, "edge"));
    assert_true(span_is(event.message->vendor, "acme") && event.message->generation == 9);
    *peer_user(peer) = &event;

    event = until_sent(s, r, LINK_HELLO);
    assert_true(span_is(event.message->role, "normalizer") && span_is(event.message->name, "n/0"));
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("early")), STATUS_AGAIN);
    struct span fields[1] = { SPAN_LITERAL("action") };
    receiver_want(r, peer, &(struct want){ .fields_n = 1, .fields = fields });
    event = until_sent(s, r, LINK_WANT);
    assert_int_equal(event.message->want.fields_n, 1);
    assert_true(span_is(event.message->want.fields[0], "action"));

    while (!sender_has_credit(s))
        sender_next(s, &event);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("payload")), STATUS_OK);
    event = until_received(r, s, LINK_BATCH);
    assert_ptr_equal(event.peer, peer);
    assert_non_null(*peer_user(peer));
    assert_true(span_is(event.payload, "payload"));
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(event.payload.p[event.payload.n + i], 0);
    receiver_done(r, &event);

    struct message end = { .source = SPAN_LITERAL("edge"),
                           .stream = SPAN_LITERAL("0"),
                           .epoch = 5,
                           .position = 7,
                           .ordinal = 2,
                           .high_water_ms = TIMESTAMP_NONE };
    sender_lost(s, &(struct message){ .source = SPAN_LITERAL("edge"), .stream = SPAN_LITERAL("1"), .to = 3 });
    assert_true(until_received(r, s, LINK_LOST).message->to == 3);
    sender_end(s, &end);
    event = until_received(r, s, LINK_END);
    assert_true(event.message->epoch == 5 && event.message->position == 7 && event.message->ordinal == 2);
    receiver_rewind(r, peer, event.message->source, event.message->stream, 4, 5);
    receiver_acknowledge(r, peer, event.message->source, event.message->stream, 7, true);
    event = until_sent(s, r, LINK_REWIND);
    assert_true(event.message->position == 4 && event.message->epoch == 5 && span_is(event.message->stream, "0"));
    event = until_sent(s, r, LINK_ACKNOWLEDGE);
    assert_true(event.message->position == 7 && event.message->ended && span_is(event.message->source, "edge"));
    sender_finish(s);
    event = until_received(r, s, LINK_FINISH);
    receiver_finish(r, event.peer);
    (void)until_sent(s, r, LINK_FINISH);
    sender_close(&s);
    receiver_close(&r);
    assert_null(s);
    assert_null(r);
}

static void a_sender_may_come_before_its_receiver(void **state)
{
    (void)state;
    struct sender *s = open_sender("acme/0", 1);
    for (unsigned i = 0; i < 5; i++) {
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        assert_false(link_wait(&w, 10, NULL));
        sender_tick(s, monotonic_now_ms());
    }
    int64_t begin = monotonic_now_ms();
    struct receiver *r = open_receiver(1);
    (void)introduce(r, s);
    assert_true(monotonic_now_ms() - begin < 1000);
    struct stat st;
    assert_int_equal(stat(endpoint + 6, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void credit_bounds_what_is_on_its_way(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce(r, s);
    struct link_event held[CREDIT], event;
    for (unsigned i = 0; i < CREDIT; i++)
        assert_int_equal(sender_try_batch(s, SPAN_LITERAL("x")), STATUS_OK);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("x")), STATUS_AGAIN);
    for (unsigned i = 0; i < CREDIT; i++)
        held[i] = until_received(r, s, LINK_BATCH);
    /* Time passes and heartbeats go both ways: what is held gives no credit back. */
    for (int64_t t = 0; t < 5000; t += 100) {
        sender_tick(s, monotonic_now_ms() + t);
        receiver_tick(r, monotonic_now_ms() + t);
        receiver_next(r, &event);
        assert_int_equal(event.kind, LINK_NOTHING);
        sender_next(s, &event);
        assert_int_equal(event.kind, LINK_NOTHING);
    }
    assert_false(sender_has_credit(s));
    receiver_done(r, &held[2]);
    receiver_tick(r, monotonic_now_ms() + 5100); /* half a step goes out with the tick */
    while (!sender_has_credit(s)) {
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 10, NULL);
        sender_next(s, &event);
    }
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("y")), STATUS_OK);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("y")), STATUS_AGAIN);
    event = until_received(r, s, LINK_BATCH);
    assert_true(span_is(event.payload, "y") && span_is(held[0].payload, "x"));
}

/* ------------------------------------------------------------------ a peer that is not this library */

struct raw {
    void *context, *socket;
    struct message_decoder *decoder;
    uint64_t limit;
    unsigned answers[MESSAGE_HEARTBEAT + 1];
    char text[512];
};

static void raw_open(struct raw *x)
{
    *x = (struct raw){ .context = zmq_ctx_new(), .decoder = message_decoder_new() };
    x->socket = zmq_socket(x->context, ZMQ_DEALER);
    assert_int_equal(zmq_setsockopt(x->socket, ZMQ_LINGER, &(int){ 0 }, sizeof(int)), 0);
    assert_int_equal(zmq_connect(x->socket, endpoint), 0);
}

static void raw_close(struct raw *x)
{
    zmq_close(x->socket);
    zmq_ctx_term(x->context);
    message_decoder_free(&x->decoder);
}

static void raw_send(struct raw *x, const struct message *m, int flags)
{
    struct buffer out = { 0 };
    struct error e;
    assert_int_equal(message_encode(m, &out, &e), STATUS_OK);
    assert_true(zmq_send(x->socket, out.p, out.n, flags) >= 0);
    buffer_fini(&out);
}

static void raw_hello(struct raw *x, const char *name, uint64_t incarnation, uint64_t instance)
{
    raw_send(x,
             &(struct message){ .type = MESSAGE_HELLO,
                                .version = WIRE_VERSION,
                                .role = SPAN_LITERAL("collector"),
                                .name = span_text(name),
                                .incarnation = incarnation,
                                .instance = instance },
             0);
}

static void raw_batch(struct raw *x, uint64_t sequence)
{
    raw_send(x, &(struct message){ .type = MESSAGE_BATCH, .sequence = sequence }, ZMQ_SNDMORE);
    assert_int_equal(zmq_send(x->socket, "raw", 3, 0), 3);
}

/* Read the answers that are there within `ms`. */
static void raw_read(struct raw *x, int ms)
{
    for (;;) {
        zmq_pollitem_t item = { .socket = x->socket, .events = ZMQ_POLLIN };
        if (zmq_poll(&item, 1, ms) <= 0)
            return;
        char frame[4096];
        int n = zmq_recv(x->socket, frame, sizeof frame, 0);
        assert_true(n > 0);
        const struct message *m;
        struct error e;
        assert_int_equal(message_decode(x->decoder, span_of(frame, (size_t)n), &m, &e), STATUS_OK);
        x->answers[m->type]++;
        if ((m->type == MESSAGE_CREDIT || m->type == MESSAGE_HEARTBEAT) && m->sequence > x->limit)
            x->limit = m->sequence;
        if (m->type == MESSAGE_REFUSE)
            snprintf(x->text, sizeof x->text, "%.*s", (int)m->text.n, m->text.p);
        if (m->type == MESSAGE_HELLO && m->again)
            snprintf(x->text, sizeof x->text, "again");
    }
}

static struct peer *raw_introduce(struct raw *x, struct receiver *r)
{
    raw_hello(x, "raw", 1, 0);
    struct peer *peer = until_received(r, NULL, LINK_HELLO).peer;
    receiver_want(r, peer, &(struct want){ 0 });
    for (unsigned i = 0; i < 100 && x->limit == 0; i++)
        raw_read(x, 50);
    assert_int_equal(x->limit, CREDIT);
    return peer;
}

static void take_batches(struct receiver *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct link_event event = until_received(r, NULL, LINK_BATCH);
        assert_true(span_is(event.payload, "raw"));
        for (unsigned k = 0; k < 64; k++) /* the frame had no padding */
            assert_int_equal(event.payload.p[3 + k], 0);
        receiver_done(r, &event);
    }
}

/* Handle what is in the receiver's socket, expecting nothing of it. */
static void settle(struct receiver *r)
{
    struct link_event event;
    struct link_wait w = { .receivers = &r, .receivers_n = 1 };
    while (link_wait(&w, 50, NULL)) {
        receiver_next(r, &event);
        assert_int_equal(event.kind, LINK_NOTHING);
    }
    receiver_tick(r, monotonic_now_ms());
}

static void lost_repeated_and_reordered_batches_keep_the_credit_right(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw x;
    raw_open(&x);
    (void)raw_introduce(&x, r);
    raw_batch(&x, 4); /* 1, 2 and 3 are lost */
    take_batches(r, 1);
    settle(r);
    raw_read(&x, 50);
    assert_int_equal(x.limit, 8);
    for (unsigned i = 0; i < 10; i++) /* repeated, and the lost ones come late */
        raw_batch(&x, i % 4 + 1);
    take_batches(r, 10);
    settle(r);
    raw_read(&x, 50);
    assert_int_equal(x.limit, 8);
    raw_batch(&x, 8);
    raw_batch(&x, 6);
    raw_batch(&x, 7);
    raw_batch(&x, 5);
    take_batches(r, 4);
    settle(r);
    raw_read(&x, 50);
    assert_int_equal(x.limit, 12);
    /* 9 to 12 are all lost: a heartbeat tells */
    raw_send(&x, &(struct message){ .type = MESSAGE_HEARTBEAT, .sequence = 12 }, 0);
    settle(r);
    raw_read(&x, 50);
    assert_int_equal(x.limit, 16);
    raw_close(&x);
}

static void a_sender_without_credit_gets_no_batch_through(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw x;
    raw_open(&x);
    raw_hello(&x, "raw", 1, 0);
    struct peer *peer = until_received(r, NULL, LINK_HELLO).peer;
    raw_batch(&x, 1);
    settle(r);
    receiver_want(r, peer, &(struct want){ 0 });
    raw_batch(&x, CREDIT + 1);
    raw_batch(&x, 0);
    raw_batch(&x, UINT64_MAX);
    raw_send(&x, &(struct message){ .type = MESSAGE_HEARTBEAT, .sequence = UINT64_MAX }, 0);
    settle(r);
    raw_read(&x, 50);
    assert_int_equal(x.limit, CREDIT);
    raw_batch(&x, CREDIT);
    take_batches(r, 1);
    raw_close(&x);
}

static void random_loss_neither_leaks_nor_makes_credit(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw x;
    raw_open(&x);
    (void)raw_introduce(&x, r);
    unsigned seed = 20260101, held_n = 0;
    uint64_t sent = 0, newest = 0;
    struct link_event held[64];
    for (unsigned round = 0; round < 300; round++) {
        while (sent < x.limit && rand_r(&seed) % 4) {
            sent++;
            unsigned fate = (unsigned)rand_r(&seed) % 4;
            for (unsigned copies = 0; copies < (fate == 0 ? 0 : fate == 1 ? 2u : 1u); copies++)
                raw_batch(&x, sent);
            if (fate)
                newest = sent;
        }
        if (sent == x.limit) {
            raw_send(&x, &(struct message){ .type = MESSAGE_HEARTBEAT, .sequence = sent }, 0);
            newest = sent;
        }
        struct link_wait w = { .receivers = &r, .receivers_n = 1 };
        while (link_wait(&w, 5, NULL)) {
            receiver_next(r, &held[held_n]);
            held_n += held[held_n].kind == LINK_BATCH;
            assert_true(held_n < 60);
        }
        while (held_n && rand_r(&seed) % 8)
            receiver_done(r, &held[--held_n]);
        receiver_tick(r, monotonic_now_ms());
        raw_read(&x, 2);
        assert_true(x.limit <= newest + CREDIT);
    }
    while (held_n)
        receiver_done(r, &held[--held_n]);
    settle(r);
    raw_read(&x, 50);
    assert_true(newest > 300);
    assert_int_equal(x.limit, newest + CREDIT);
    raw_close(&x);
}

static void what_is_malformed_is_dropped_and_the_next_message_is_heard(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw x;
    raw_open(&x);
    zmq_send(x.socket, "", 0, 0);
    zmq_send(x.socket, "\xff\xff", 2, 0);
    (void)raw_introduce(&x, r);
    zmq_send(x.socket, "\xc1", 1, ZMQ_SNDMORE);
    zmq_send(x.socket, "more", 4, ZMQ_SNDMORE);
    zmq_send(x.socket, "frames", 6, 0);
    raw_send(&x, &(struct message){ .type = MESSAGE_BATCH, .sequence = 1 }, 0);
    raw_send(&x, &(struct message){ .type = MESSAGE_BATCH, .sequence = 1 }, ZMQ_SNDMORE);
    zmq_send(x.socket, "two", 3, ZMQ_SNDMORE);
    zmq_send(x.socket, "payloads", 8, 0);
    raw_send(&x, &(struct message){ .type = MESSAGE_BATCH, .sequence = 1, .bytes = 4 }, ZMQ_SNDMORE);
    zmq_send(x.socket, "raw", 3, 0);
    raw_send(&x, &(struct message){ .type = MESSAGE_BATCH, .sequence = 1, .carrier = SPAN_LITERAL("arena") },
             ZMQ_SNDMORE);
    zmq_send(x.socket, "raw", 3, 0);
    raw_send(&x, &(struct message){ .type = MESSAGE_FINISH }, ZMQ_SNDMORE);
    zmq_send(x.socket, "raw", 3, 0);
    raw_send(&x, &(struct message){ .type = MESSAGE_WANT }, 0);
    raw_batch(&x, 2);
    take_batches(r, 1);
    raw_close(&x);
}

static void strangers_are_refused_with_a_reason(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw x;
    raw_open(&x);
    struct message hello = {
        .type = MESSAGE_HELLO, .version = 2, .role = SPAN_LITERAL("collector"), .name = SPAN_LITERAL("new/0")
    };
    raw_send(&x, &hello, 0);
    settle(r);
    raw_read(&x, 50);
    assert_non_null(strstr(x.text, "new/0 speaks version 2"));
    hello.version = WIRE_VERSION;
    hello.role = SPAN_LITERAL("alerter");
    raw_send(&x, &hello, 0);
    settle(r);
    raw_read(&x, 50);
    assert_non_null(strstr(x.text, "accepts the role collector only"));
    assert_int_equal(x.answers[MESSAGE_REFUSE], 2);
    assert_int_equal(x.answers[MESSAGE_HELLO], 0);
    raw_batch(&x, 1); /* still nobody: it is asked for its hello */
    settle(r);
    raw_read(&x, 50);
    assert_string_equal(x.text, "again");
    raw_close(&x);
}

static void a_refused_sender_is_told_why(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    struct link_event event = until_received(r, s, LINK_HELLO);
    receiver_refuse(r, event.peer, "no map for %s", "acme");
    (void)until_sent(s, r, LINK_HELLO);
    event = until_sent(s, r, LINK_REFUSED);
    assert_true(span_is(event.message->text, "no map for acme"));
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("x")), STATUS_AGAIN);
}

static void a_later_incarnation_replaces_a_peer_and_an_older_one_is_refused(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw old, new;
    raw_open(&old);
    raw_open(&new);
    struct peer *peer = raw_introduce(&old, r);
    raw_hello(&new, "raw", 2, 0);
    assert_ptr_equal(until_received(r, NULL, LINK_HELLO).peer, peer);
    raw_batch(&old, 1); /* from the past */
    settle(r);
    raw_read(&old, 50);
    assert_string_equal(old.text, "again");
    raw_hello(&old, "raw", 1, 0);
    settle(r);
    raw_read(&old, 50);
    assert_non_null(strstr(old.text, "a later process of that name"));
    receiver_want(r, peer, &(struct want){ 0 });
    raw_read(&new, 50);
    assert_int_equal(new.limit, CREDIT);
    raw_batch(&new, 1);
    take_batches(r, 1);
    raw_close(&old);
    raw_close(&new);
}

static void two_processes_of_one_name_are_told_apart(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct raw first, second;
    raw_open(&first);
    raw_open(&second);
    raw_hello(&first, "raw", 1, 77);
    (void)until_received(r, NULL, LINK_HELLO);
    raw_hello(&second, "raw", 1, 78);
    settle(r);
    raw_read(&second, 50);
    assert_non_null(strstr(second.text, "names are unique"));
    /* the same process over another connection is the same peer, and keeps its numbers */
    raw_hello(&second, "raw", 1, 77);
    struct peer *peer = until_received(r, NULL, LINK_HELLO).peer;
    receiver_want(r, peer, &(struct want){ 0 });
    raw_read(&second, 50);
    assert_int_equal(second.limit, CREDIT);
    raw_hello(&first, "raw", 1, 77);
    (void)until_received(r, NULL, LINK_HELLO);
    raw_read(&first, 50);
    assert_int_equal(first.limit, CREDIT);
    raw_close(&first);
    raw_close(&second);
}

/* ------------------------------------------------------------------ silence, restarts */

static void a_silent_peer_is_gone_and_can_come_again(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    struct peer *peer = introduce(r, s);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("held")), STATUS_OK);
    struct link_event batch = until_received(r, s, LINK_BATCH), event;
    int64_t now = monotonic_now_ms();
    /* a pause of our own counts for little */
    receiver_tick(r, now + 60000);
    receiver_next(r, &event);
    assert_int_equal(event.kind, LINK_NOTHING);
    for (unsigned i = 1; i < 9; i++)
        receiver_tick(r, now + 60000 + 1000 * i);
    receiver_next(r, &event);
    assert_int_equal(event.kind, LINK_NOTHING);
    receiver_tick(r, now + 70000);
    struct link_wait w = { .receivers = &r, .receivers_n = 1 };
    assert_true(link_wait(&w, -1, NULL));
    receiver_next(r, &event);
    assert_int_equal(event.kind, LINK_GONE);
    assert_ptr_equal(event.peer, peer);
    receiver_next(r, &event);
    assert_int_equal(event.kind, LINK_NOTHING);
    assert_true(span_is(batch.payload, "held")); /* what is held outlives its peer */
    receiver_done(r, &batch);
    /* its next word is answered: say hello */
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("lost")), STATUS_OK);
    int64_t deadline = monotonic_now_ms() + DEADLINE_MS;
    for (event.kind = LINK_NOTHING; event.kind == LINK_NOTHING && monotonic_now_ms() < deadline;) {
        struct link_event other;
        struct link_wait both = { .receivers = &r, .receivers_n = 1, .senders = &s, .senders_n = 1 };
        (void)link_wait(&both, 10, NULL);
        sender_next(s, &other);
        receiver_next(r, &event);
    }
    assert_int_equal(event.kind, LINK_HELLO);
}

static void a_silent_receiver_is_gone_until_it_speaks(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    struct peer *peer = introduce(r, s);
    struct link_event event;
    int64_t now = monotonic_now_ms();
    for (int64_t t = 0; t <= 10000; t += 500)
        sender_tick(s, now + t);
    sender_next(s, &event);
    assert_int_equal(event.kind, LINK_GONE);
    sender_tick(s, now + 10500);
    sender_next(s, &event);
    assert_int_equal(event.kind, LINK_NOTHING); /* once */
    receiver_acknowledge(r, peer, SPAN_LITERAL("edge"), SPAN_LITERAL("0"), 1, false);
    (void)until_sent(s, r, LINK_ACKNOWLEDGE);
}

static void a_finished_peer_may_be_silent(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce(r, s);
    sender_finish(s);
    struct link_event event = until_received(r, s, LINK_FINISH);
    receiver_finish(r, event.peer);
    (void)until_sent(s, r, LINK_FINISH);
    sender_close(&s);
    int64_t now = monotonic_now_ms();
    for (int64_t t = 0; t <= 20000; t += 500)
        receiver_tick(r, now + t);
    receiver_next(r, &event);
    assert_int_equal(event.kind, LINK_NOTHING);
}

static void a_restarted_receiver_is_met_with_a_new_hello(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce(r, s);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("x")), STATUS_OK);
    struct link_event event = until_received(r, s, LINK_BATCH);
    receiver_done(r, &event);
    receiver_close(&r);
    r = open_receiver(2);
    /* the sender finds out by the answer to whatever it says next */
    sender_end(s, &(struct message){ .source = SPAN_LITERAL("edge"), .stream = SPAN_LITERAL("0") });
    sender_finish(s);
    assert_int_equal(until_sent(s, r, LINK_HELLO).message->incarnation, 2);
    assert_false(sender_has_credit(s)); /* what the first one granted is void */
    struct peer *peer = until_received(r, s, LINK_HELLO).peer;
    receiver_want(r, peer, &(struct want){ 0 });
    (void)until_sent(s, r, LINK_WANT);
    while (!sender_has_credit(s))
        sender_next(s, &event);
    for (unsigned i = 0; i < CREDIT; i++)
        assert_int_equal(sender_try_batch(s, SPAN_LITERAL("y")), STATUS_OK);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("y")), STATUS_AGAIN);
    event = until_received(r, s, LINK_BATCH);
    assert_ptr_equal(event.peer, peer);
    assert_true(span_is(event.payload, "y"));
}

/* ------------------------------------------------------------------ waiting, endpoints, volume */

static void waiting_tells_which_descriptor_is_ready(void **state)
{
    (void)state;
    int a[2], b[2];
    assert_int_equal(pipe(a), 0);
    assert_int_equal(pipe(b), 0);
    struct receiver *none = NULL;
    int fds[3] = { a[0], -1, b[0] };
    struct link_wait w = { .receivers = &none, .receivers_n = 1, .fds = fds, .fds_n = 3 };
    uint64_t ready = 9;
    assert_false(link_wait(&w, 1, &ready));
    assert_int_equal(ready, 0);
    assert_int_equal(write(b[1], "x", 1), 1);
    assert_true(link_wait(&w, -1, &ready));
    assert_int_equal(ready, 1u << 2);
    close(a[1]); /* the end of a pipe is an event */
    assert_true(link_wait(&w, -1, &ready));
    assert_int_equal(ready, 1u << 0 | 1u << 2);
    close(a[0]);
    close(b[0]);
    close(b[1]);
}

static void impossible_endpoints_are_told_from_taken_ones(void **state)
{
    (void)state;
    struct receiver_options o = { .self = { .role = "normalizer", .name = "n" } };
    struct receiver *r;
    struct sender *s;
    struct error e;
    o.endpoint = "nonsense";
    assert_int_equal(receiver_open(context, &o, &r, &e), STATUS_CONFIG);
    assert_int_equal(sender_open(context, "pigeon://x", &o.self, &s, &e), STATUS_CONFIG);
    assert_non_null(strstr(e.text, "connect: pigeon://x: "));
    o.endpoint = "ipc:///proc/no/such/folder/x";
    assert_int_equal(receiver_open(context, &o, &r, &e), STATUS_SYSTEM);
    o.endpoint = "tcp://127.0.0.1:*";
    assert_int_equal(receiver_open(context, &o, &r, &e), STATUS_OK);
    unsigned port = 0;
    assert_int_equal(sscanf(receiver_endpoint(r), "tcp://127.0.0.1:%u", &port), 1);
    assert_true(port > 0);
    o.endpoint = receiver_endpoint(r);
    struct receiver *second;
    assert_int_equal(receiver_open(context, &o, &second, &e), STATUS_SYSTEM);
    assert_null(second);
}

enum { VOLUME_BATCHES = 400, VOLUME_BYTES = 100000 };

/* In a process of its own: send all, then finish. */
static int send_volume(void)
{
    struct link_context *own = link_context_new();
    struct link_identity self = { .role = "collector", .name = "volume", .incarnation = 1 };
    struct sender *s;
    struct error e;
    char *payload = calloc(VOLUME_BYTES, 1);
    if (!payload || sender_open(own, endpoint, &self, &s, &e))
        return 1;
    uint32_t sent = 0;
    int64_t deadline = monotonic_now_ms() + 6 * DEADLINE_MS;
    for (bool finished = false; !finished && monotonic_now_ms() < deadline;) {
        struct link_event event;
        do {
            sender_next(s, &event);
            finished |= event.kind == LINK_FINISH;
        } while (event.kind != LINK_NOTHING);
        while (sent < VOLUME_BATCHES) {
            memcpy(payload, &sent, sizeof sent);
            memset(payload + sizeof sent, (int)sent, VOLUME_BYTES - sizeof sent);
            if (sender_try_batch(s, span_of(payload, VOLUME_BYTES)))
                break;
            sent++;
        }
        if (sent == VOLUME_BATCHES)
            sender_finish(s);
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 20, NULL);
        sender_tick(s, monotonic_now_ms());
    }
    sender_close(&s);
    link_context_free(&own);
    free(payload);
    return sent == VOLUME_BATCHES ? 0 : 1;
}

static void all_batches_of_another_process_arrive_in_order(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(send_volume());
    assert_true(child > 0);
    struct receiver *r = open_receiver(1);
    struct peer *peer = until_received(r, NULL, LINK_HELLO).peer;
    receiver_want(r, peer, &(struct want){ 0 });
    uint32_t expected = 0;
    int64_t deadline = monotonic_now_ms() + 6 * DEADLINE_MS;
    int status = -1;
    while (waitpid(child, &status, WNOHANG) == 0 && monotonic_now_ms() < deadline) {
        struct link_event event;
        struct link_wait w = { .receivers = &r, .receivers_n = 1 };
        (void)link_wait(&w, 20, NULL);
        receiver_tick(r, monotonic_now_ms());
        for (receiver_next(r, &event); event.kind != LINK_NOTHING; receiver_next(r, &event)) {
            if (event.kind == LINK_FINISH) {
                receiver_finish(r, event.peer);
                continue;
            }
            assert_int_equal(event.kind, LINK_BATCH);
            uint32_t number;
            assert_int_equal(event.payload.n, VOLUME_BYTES);
            memcpy(&number, event.payload.p, sizeof number);
            assert_int_equal(number, expected);
            assert_int_equal((unsigned char)event.payload.p[VOLUME_BYTES - 1], expected & 0xff);
            expected++;
            receiver_done(r, &event);
        }
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(expected, VOLUME_BATCHES);
}

int main(void)
{
    snprintf(folder, sizeof folder, "/tmp/tidemark-test-link-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(both_ends_hear_what_the_other_says),
        TEST(a_sender_may_come_before_its_receiver),
        TEST(credit_bounds_what_is_on_its_way),
        TEST(lost_repeated_and_reordered_batches_keep_the_credit_right),
        TEST(a_sender_without_credit_gets_no_batch_through),
        TEST(random_loss_neither_leaks_nor_makes_credit),
        TEST(what_is_malformed_is_dropped_and_the_next_message_is_heard),
        TEST(strangers_are_refused_with_a_reason),
        TEST(a_refused_sender_is_told_why),
        TEST(a_later_incarnation_replaces_a_peer_and_an_older_one_is_refused),
        TEST(two_processes_of_one_name_are_told_apart),
        TEST(a_silent_peer_is_gone_and_can_come_again),
        TEST(a_silent_receiver_is_gone_until_it_speaks),
        TEST(a_finished_peer_may_be_silent),
        TEST(a_restarted_receiver_is_met_with_a_new_hello),
        TEST(waiting_tells_which_descriptor_is_ready),
        TEST(impossible_endpoints_are_told_from_taken_ones),
        TEST(all_batches_of_another_process_arrive_in_order),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failures;
}
