#include "common/link/link.h"

#include "link_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

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
    assert_true(monotonic_now_ms() - begin < 3000);
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
    static char long_name[300];
    memset(long_name, 'x', sizeof long_name - 1);
    struct link_identity self = { .role = "collector", .name = long_name };
    assert_int_equal(sender_open(context, endpoint, &self, &s, &e), STATUS_CONFIG);
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

static void transports_without_their_libraries_are_refused(void **state)
{
    (void)state;
    static const char *const others[] = { "pgm://eth0;239.192.1.1:5555", "epgm://eth0;239.192.1.1:5555",
                                          "norm://127.0.0.1:5555", "inproc://x", "" };
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        struct receiver_options o = { .endpoint = others[i], .self = { .role = "normalizer", .name = "n" } };
        struct receiver *r;
        struct sender *s;
        struct error e;
        assert_int_equal(receiver_open(context, &o, &r, &e), STATUS_CONFIG);
        assert_int_equal(sender_open(context, others[i], &o.self, &s, &e), STATUS_CONFIG);
        assert_non_null(strstr(e.text, "expected ipc://"));
    }
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
    const struct CMUnitTest tests[] = {
        TEST(both_ends_hear_what_the_other_says),
        TEST(a_sender_may_come_before_its_receiver),
        TEST(credit_bounds_what_is_on_its_way),
        TEST(a_refused_sender_is_told_why),
        TEST(a_silent_peer_is_gone_and_can_come_again),
        TEST(a_silent_receiver_is_gone_until_it_speaks),
        TEST(a_finished_peer_may_be_silent),
        TEST(a_restarted_receiver_is_met_with_a_new_hello),
        TEST(waiting_tells_which_descriptor_is_ready),
        TEST(impossible_endpoints_are_told_from_taken_ones),
        TEST(transports_without_their_libraries_are_refused),
        TEST(all_batches_of_another_process_arrive_in_order),
    };
    return run_in_folder(tests, sizeof tests / sizeof tests[0]);
}
