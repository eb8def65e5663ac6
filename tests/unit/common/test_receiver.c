/* A receiver and peers that are not this library: they lose, repeat, reorder, lie and pretend. */
#include "common/link/link.h"

#include "link_fixture.h"

#include <zmq.h>

/* ------------------------------------------------------------------ the peer */

struct raw {
    void *context, *socket;
    struct message_decoder *decoder;
    uint64_t limit;
    unsigned answers[MESSAGE_HEARTBEAT + 1];
    unsigned again; /* how often it was asked to say hello */
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
            x->again++;
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

/* All that `x` has sent is handled, of which nothing is for the user, and all answers to it are read: a loss goes
 * behind it, which a peer has acknowledged and a stranger is answered by the question who he is, as he was for the
 * `questions` - 1 messages before it. */
static void settle_stranger(struct receiver *r, struct raw *x, unsigned questions)
{
    unsigned acknowledged = x->answers[MESSAGE_ACKNOWLEDGE], again = x->again;
    int64_t deadline = monotonic_now_ms() + DEADLINE_MS;
    raw_send(
        x, &(struct message){ .type = MESSAGE_LOST, .source = SPAN_LITERAL("s"), .stream = SPAN_LITERAL("settle") }, 0);
    while (x->answers[MESSAGE_ACKNOWLEDGE] == acknowledged && x->again < again + questions) {
        struct link_event event;
        assert_true(monotonic_now_ms() < deadline);
        struct link_wait w = { .receivers = &r, .receivers_n = 1 };
        (void)link_wait(&w, 5, NULL);
        for (receiver_next(r, &event); event.kind != LINK_NOTHING; receiver_next(r, &event)) {
            assert_int_equal(event.kind, LINK_LOST);
            receiver_tick(r, monotonic_now_ms());
            receiver_acknowledge(r, event.peer, event.message->source, event.message->stream, 0, false);
        }
        raw_read(x, 5);
    }
}

static void settle(struct receiver *r, struct raw *x)
{
    settle_stranger(r, x, 1);
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
    settle(r, &x);
    assert_int_equal(x.limit, 8);
    for (unsigned i = 0; i < 10; i++) /* repeated, and the lost ones come late */
        raw_batch(&x, i % 4 + 1);
    take_batches(r, 10);
    settle(r, &x);
    assert_int_equal(x.limit, 8);
    raw_batch(&x, 8);
    raw_batch(&x, 6);
    raw_batch(&x, 7);
    raw_batch(&x, 5);
    take_batches(r, 4);
    settle(r, &x);
    assert_int_equal(x.limit, 12);
    /* 9 to 12 are all lost: a heartbeat tells */
    raw_send(&x, &(struct message){ .type = MESSAGE_HEARTBEAT, .sequence = 12 }, 0);
    settle(r, &x);
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
    settle(r, &x);
    receiver_want(r, peer, &(struct want){ 0 });
    raw_batch(&x, CREDIT + 1);
    raw_batch(&x, 0);
    raw_batch(&x, UINT64_MAX);
    raw_send(&x, &(struct message){ .type = MESSAGE_HEARTBEAT, .sequence = UINT64_MAX }, 0);
    settle(r, &x);
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
    for (unsigned round = 0; newest <= 300; round++) {
        assert_true(round < 5000);
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
    settle(r, &x);
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
    settle(r, &x);
    assert_non_null(strstr(x.text, "new/0 speaks version 2"));
    hello.version = WIRE_VERSION;
    hello.role = SPAN_LITERAL("alerter");
    raw_send(&x, &hello, 0);
    settle(r, &x);
    assert_non_null(strstr(x.text, "accepts the role collector only"));
    assert_int_equal(x.answers[MESSAGE_REFUSE], 2);
    assert_int_equal(x.answers[MESSAGE_HELLO], x.again); /* no other hello */
    unsigned again = x.again;
    raw_batch(&x, 1); /* still nobody: it is asked for its hello */
    settle_stranger(r, &x, 2);
    assert_int_equal(x.again, again + 2); /* for the batch, and for the loss behind it */
    raw_close(&x);
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
    settle_stranger(r, &old, 2);
    assert_int_equal(old.again, 2); /* for the batch, and for the loss behind it */
    raw_hello(&old, "raw", 1, 0);
    settle(r, &old);
    assert_non_null(strstr(old.text, "a later process of that name"));
    receiver_want(r, peer, &(struct want){ 0 });
    settle(r, &new);
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
    settle(r, &second);
    assert_non_null(strstr(second.text, "names are unique"));
    /* the same process over another connection is the same peer, and keeps its numbers */
    raw_hello(&second, "raw", 1, 77);
    struct peer *peer = until_received(r, NULL, LINK_HELLO).peer;
    receiver_want(r, peer, &(struct want){ 0 });
    settle(r, &second);
    assert_int_equal(second.limit, CREDIT);
    raw_hello(&first, "raw", 1, 77);
    (void)until_received(r, NULL, LINK_HELLO);
    settle(r, &first);
    assert_int_equal(first.limit, CREDIT);
    raw_close(&first);
    raw_close(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lost_repeated_and_reordered_batches_keep_the_credit_right),
        TEST(a_sender_without_credit_gets_no_batch_through),
        TEST(random_loss_neither_leaks_nor_makes_credit),
        TEST(what_is_malformed_is_dropped_and_the_next_message_is_heard),
        TEST(strangers_are_refused_with_a_reason),
        TEST(a_later_incarnation_replaces_a_peer_and_an_older_one_is_refused),
        TEST(two_processes_of_one_name_are_told_apart),
    };
    return run_in_folder(tests, sizeof tests / sizeof tests[0]);
}
