/* Payloads through the arena over the link: where they lie, when slots come back, and peers that do not keep to it. */
#include "common/link/link.h"

#include "link_fixture.h"

#include "common/link/arena.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <zmq.h>

enum { ARENA_BYTES = 1 << 20, SLOT_BYTES = (ARENA_BYTES - ARENA_PAGE_BYTES) / ARENA_SLOTS & ~(ARENA_PAGE_BYTES - 1) };

/* ------------------------------------------------------------------ helpers */

/* Whether the byte lies in memory of an arena that is mapped read-only. */
static bool lies_in_arena(const char *p)
{
    char line[512];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        uintptr_t from, to;
        found |= strstr(line, " r--s ") && strstr(line, "memfd:tidemark-arena") &&
                 sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2 && (uintptr_t)p >= from && (uintptr_t)p < to;
    }
    fclose(f);
    return found;
}

static struct receiver *open_receiver_with_credit(uint32_t credit)
{
    struct receiver_options o = { .endpoint = endpoint,
                                  .self = { .role = "normalizer", .name = "n/0", .incarnation = 1 },
                                  .credit = credit,
                                  .accepts = "collector" };
    struct receiver *r;
    struct error e;
    if (receiver_open(context, &o, &r, &e))
        fail_msg("%s", e.text);
    return r;
}

/* Hello, want, credit, and the answer to the hello that offered the arena. */
static struct peer *introduce_sharing(struct receiver *r, struct sender *s)
{
    sender_share(s, ARENA_BYTES);
    struct peer *peer = introduce(r, s);
    for (unsigned i = 0; i < 20; i++) {
        struct link_event event;
        struct link_wait w = { .receivers = &r, .receivers_n = 1, .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 5, NULL);
        receiver_next(r, &event);
        assert_int_equal(event.kind, LINK_NOTHING);
        sender_next(s, &event);
        assert_int_equal(event.kind, LINK_NOTHING);
    }
    return peer;
}

static void send_filled(struct sender *s, char c, size_t n)
{
    struct buffer *b = sender_reserve(s);
    memset(buffer_reserve(b, n), c, n);
    b->n += n;
    assert_int_equal(sender_commit(s), STATUS_OK);
}

static void expect_filled(const struct link_event *event, char c, size_t n)
{
    assert_int_equal(event->payload.n, n);
    for (size_t i = 0; i < n + 64; i++)
        if (event->payload.p[i] != (i < n ? c : 0))
            fail_msg("byte %zu of %zu is %d", i, n, event->payload.p[i]);
}

static void until_credit(struct sender *s, struct receiver *r)
{
    int64_t deadline = monotonic_now_ms() + DEADLINE_MS;
    while (!sender_has_credit(s) && monotonic_now_ms() < deadline) {
        struct link_event event;
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 10, NULL);
        sender_next(s, &event);
        if (r)
            receiver_tick(r, monotonic_now_ms());
    }
    assert_true(sender_has_credit(s));
}

/* ------------------------------------------------------------------ both ends as they should be */

static void payloads_are_read_where_they_were_written(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce_sharing(r, s);
    for (unsigned i = 0; i < 200; i++) { /* many more than there are slots */
        size_t n = i * 613;
        until_credit(s, r);
        send_filled(s, (char)('a' + i % 26), n);
        struct link_event event = until_received(r, s, LINK_BATCH);
        assert_true(lies_in_arena(event.payload.p));
        expect_filled(&event, (char)('a' + i % 26), n);
        receiver_done(r, &event);
    }
    until_credit(s, r);
    assert_int_equal(sender_try_batch(s, SPAN_LITERAL("copied")), STATUS_OK);
    struct link_event event = until_received(r, s, LINK_BATCH);
    assert_true(span_is(event.payload, "copied") && lies_in_arena(event.payload.p));
    receiver_close(&r); /* while it is held */
}

static void what_is_larger_than_a_slot_goes_inline(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce_sharing(r, s);
    size_t most = SLOT_BYTES - sizeof(struct arena_slot_head) - ARENA_PADDING_BYTES;
    for (size_t n = most - 1; n <= most + 1; n++) {
        until_credit(s, r);
        send_filled(s, 'l', n);
        struct link_event event = until_received(r, s, LINK_BATCH);
        expect_filled(&event, 'l', n);
        assert_int_equal(lies_in_arena(event.payload.p), n <= most);
        receiver_done(r, &event);
    }
}

static void a_full_arena_is_no_obstacle(void **state)
{
    (void)state;
    enum { MANY = 3 * ARENA_SLOTS };
    struct receiver *r = open_receiver_with_credit(MANY);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce_sharing(r, s);
    struct link_event held[MANY];
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            until_credit(s, r);
            send_filled(s, (char)('A' + i), 1000 + i);
        }
        unsigned shared = 0;
        for (unsigned i = 0; i < MANY; i++) {
            held[i] = until_received(r, s, LINK_BATCH);
            shared += lies_in_arena(held[i].payload.p);
        }
        assert_int_equal(shared, ARENA_SLOTS);
        for (unsigned i = 0; i < MANY; i++) {
            unsigned k = (i * 7 + round) % MANY; /* in any order */
            expect_filled(&held[k], (char)('A' + k), 1000 + k);
            receiver_done(r, &held[k]);
        }
        for (int64_t t = 0; t < 3; t++)
            receiver_tick(r, monotonic_now_ms() + 1000 * t);
        for (unsigned i = 0; i < 10; i++) {
            struct link_event event;
            struct link_wait w = { .senders = &s, .senders_n = 1 };
            (void)link_wait(&w, 5, NULL);
            sender_next(s, &event);
        }
    }
}

static void a_held_payload_is_not_written_over_when_its_peer_is_gone_and_back(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce_sharing(r, s);
    send_filled(s, 'h', 5000);
    struct link_event held = until_received(r, s, LINK_BATCH), event;
    assert_true(lies_in_arena(held.payload.p));
    int64_t now = monotonic_now_ms();
    for (unsigned i = 0; i <= 11; i++)
        receiver_tick(r, now + 1000 * i);
    receiver_next(r, &event);
    assert_int_equal(event.kind, LINK_GONE);
    sender_finish(s); /* whatever it says is answered by: who are you? */
    struct peer *peer = NULL;
    for (int64_t deadline = monotonic_now_ms() + DEADLINE_MS; !peer && monotonic_now_ms() < deadline;) {
        struct link_wait w = { .receivers = &r, .receivers_n = 1, .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 10, NULL);
        sender_next(s, &event);
        receiver_next(r, &event);
        if (event.kind == LINK_HELLO)
            peer = event.peer;
    }
    assert_non_null(peer);
    receiver_want(r, peer, &(struct want){ 0 });
    unsigned shared = 0;
    for (unsigned i = 0; i < 40; i++) {
        until_credit(s, r);
        send_filled(s, 'w', 5000);
        event = until_received(r, s, LINK_BATCH);
        shared += lies_in_arena(event.payload.p);
        receiver_done(r, &event);
        expect_filled(&held, 'h', 5000);
    }
    assert_true(shared > 0);
    receiver_done(r, &held);
}

static void a_reservation_can_be_given_up_and_waits_for_credit(void **state)
{
    (void)state;
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce_sharing(r, s);
    for (unsigned i = 0; i < 3 * ARENA_SLOTS; i++) {
        buffer_append_span(sender_reserve(s), SPAN_LITERAL("never sent"));
        if (i & 1)
            sender_abandon(s);
    }
    for (unsigned i = 0; i < CREDIT; i++)
        send_filled(s, 'x', 10);
    struct buffer *b = sender_reserve(s);
    assert_true(b->borrowed); /* a slot to write into while the others are on their way */
    buffer_append_span(b, SPAN_LITERAL("waits"));
    assert_int_equal(sender_commit(s), STATUS_AGAIN);
    for (unsigned i = 0; i < CREDIT; i++) {
        struct link_event event = until_received(r, s, LINK_BATCH);
        receiver_done(r, &event);
    }
    until_credit(s, r);
    assert_int_equal(sender_commit(s), STATUS_OK);
    struct link_event event = until_received(r, s, LINK_BATCH);
    assert_true(span_is(event.payload, "waits") && lies_in_arena(event.payload.p));
}

static void expect_inline(struct sender *s, struct receiver *r)
{
    send_filled(s, 'i', 3000);
    struct link_event event = until_received(r, s, LINK_BATCH);
    expect_filled(&event, 'i', 3000);
    assert_false(lies_in_arena(event.payload.p));
    receiver_done(r, &event);
}

static void the_environment_turns_it_off(void **state)
{
    (void)state;
    assert_int_equal(setenv("TIDEMARK_LINK", "inline", 1), 0);
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    (void)introduce_sharing(r, s);
    unsetenv("TIDEMARK_LINK");
    expect_inline(s, r);
}

static void memory_that_does_not_fit_is_done_without(void **state)
{
    (void)state;
    struct rlimit old, low;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = (struct rlimit){ 64 << 10, old.rlim_max };
    struct receiver *r = open_receiver(1);
    struct sender *s = open_sender("acme/0", 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    sender_share(s, ARENA_BYTES);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)introduce(r, s);
    expect_inline(s, r);
}

/* ------------------------------------------------------------------ a receiver that is not this library */

struct raw {
    void *context, *socket;
    struct message_decoder *decoder;
    char id[64];
    size_t id_n;
    char arena[64], carrier[ARENA_REFERENCE_BYTES]; /* what the other side said last */
    uint64_t bytes, sequence;
    unsigned hellos;
};

static void raw_open(struct raw *x, int type)
{
    *x = (struct raw){ .context = zmq_ctx_new(), .decoder = message_decoder_new() };
    x->socket = zmq_socket(x->context, type);
    assert_int_equal(zmq_setsockopt(x->socket, ZMQ_LINGER, &(int){ 0 }, sizeof(int)), 0);
    assert_int_equal(type == ZMQ_ROUTER ? zmq_bind(x->socket, endpoint) : zmq_connect(x->socket, endpoint), 0);
}

static void raw_close(struct raw *x)
{
    zmq_close(x->socket);
    zmq_ctx_term(x->context);
    message_decoder_free(&x->decoder);
}

static void raw_send(struct raw *x, const struct message *m)
{
    struct buffer out = { 0 };
    struct error e;
    assert_int_equal(message_encode(m, &out, &e), STATUS_OK);
    if (x->id_n)
        assert_true(zmq_send(x->socket, x->id, x->id_n, ZMQ_SNDMORE) >= 0);
    assert_true(zmq_send(x->socket, out.p, out.n, 0) >= 0);
    buffer_fini(&out);
}

/* Read what comes within `ms`. */
static void raw_read(struct raw *x, bool router, int ms)
{
    for (;;) {
        zmq_pollitem_t item = { .socket = x->socket, .events = ZMQ_POLLIN };
        if (zmq_poll(&item, 1, ms) <= 0)
            return;
        char frame[4096];
        int n;
        if (router) {
            n = zmq_recv(x->socket, x->id, sizeof x->id, 0);
            assert_true(n > 0);
            x->id_n = (size_t)n;
        }
        n = zmq_recv(x->socket, frame, sizeof frame, 0);
        assert_true(n > 0 && n <= (int)sizeof frame);
        const struct message *m;
        struct error e;
        assert_int_equal(message_decode(x->decoder, span_of(frame, (size_t)n), &m, &e), STATUS_OK);
        if (m->type == MESSAGE_HELLO) {
            x->hellos++;
            snprintf(x->arena, sizeof x->arena, "%.*s", (int)m->arena.n, m->arena.n ? m->arena.p : "");
        }
        if (m->type == MESSAGE_BATCH) {
            snprintf(x->carrier, sizeof x->carrier, "%.*s", (int)m->carrier.n, m->carrier.p);
            x->bytes = m->bytes;
            x->sequence = m->sequence;
        }
        int more;
        size_t more_n = sizeof more;
        while (zmq_getsockopt(x->socket, ZMQ_RCVMORE, &more, &more_n) == 0 && more)
            assert_true(zmq_recv(x->socket, frame, sizeof frame, 0) >= 0);
    }
}

static struct message receiver_hello(const struct raw *x, uint64_t incarnation, uint64_t instance)
{
    return (struct message){ .type = MESSAGE_HELLO,
                             .version = WIRE_VERSION,
                             .role = SPAN_LITERAL("normalizer"),
                             .name = SPAN_LITERAL("n/0"),
                             .incarnation = incarnation,
                             .instance = instance,
                             .arena = span_text(x->arena) };
}

/* Hello, want and credit from `x`. */
static void raw_welcome(struct raw *x, struct sender *s, uint64_t incarnation, uint64_t instance, uint64_t limit)
{
    raw_send(x, &(struct message){ .type = MESSAGE_WANT });
    struct message hello = receiver_hello(x, incarnation, instance);
    raw_send(x, &hello);
    raw_send(x, &(struct message){ .type = MESSAGE_WANT });
    raw_send(x, &(struct message){ .type = MESSAGE_CREDIT, .sequence = limit });
    struct link_event event;
    for (unsigned i = 0; i < 20; i++) {
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 5, NULL);
        sender_next(s, &event);
    }
}

/* The sender's payload as `x` finds it in memory. */
static struct arena_view *raw_view(struct raw *x, struct arena_reference *r, struct span *payload)
{
    struct arena_view *v;
    struct error e;
    raw_read(x, true, 50);
    assert_true(arena_reference_parse(span_text(x->carrier), r));
    if (arena_view_open(folder, span_text(x->arena), &v, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    assert_null(arena_view_read(v, r, x->bytes, payload));
    return v;
}

static void expect_another_arena(uint64_t incarnation, uint64_t instance)
{
    struct raw x;
    raw_open(&x, ZMQ_ROUTER);
    struct sender *s = open_sender("acme/0", 1);
    sender_share(s, ARENA_BYTES);
    raw_read(&x, true, 100);
    raw_welcome(&x, s, 1, 77, 10);
    send_filled(s, 'o', 7000);
    struct arena_reference old;
    struct span payload;
    char before[64];
    struct arena_view *v = raw_view(&x, &old, &payload);
    memcpy(before, x.arena, sizeof before);

    struct buffer *reserved = sender_reserve(s);
    assert_true(reserved->borrowed);
    buffer_append_span(reserved, SPAN_LITERAL("begun before, sent after"));
    raw_welcome(&x, s, incarnation, instance, 30); /* it still accepts the old one, which means nothing now */
    assert_false(reserved->borrowed);
    raw_read(&x, true, 50);
    assert_string_not_equal(x.arena, before);
    raw_welcome(&x, s, incarnation, instance, 30);
    assert_int_equal(sender_commit(s), STATUS_OK);
    for (unsigned i = 0; i < 2 * ARENA_SLOTS; i++) {
        send_filled(s, 'n', 7000);
        raw_send(&x, &(struct message){ .type = MESSAGE_CREDIT, .sequence = 40, .released = 2 + i });
        struct link_event event;
        for (unsigned k = 0; k < 3; k++) {
            struct link_wait w = { .senders = &s, .senders_n = 1 };
            (void)link_wait(&w, 5, NULL);
            sender_next(s, &event);
        }
    }
    for (size_t i = 0; i < payload.n; i++) /* whoever still reads there finds it as it was */
        assert_int_equal(payload.p[i], 'o');
    raw_read(&x, true, 50);
    assert_memory_equal(x.carrier, x.arena, strlen(x.arena));
    arena_view_close(&v);
    raw_close(&x);
    sender_close(&s);
}

static void a_later_receiver_gets_another_arena(void **state)
{
    (void)state;
    expect_another_arena(2, 77);
}

static void another_process_of_the_same_incarnation_gets_another_arena(void **state)
{
    (void)state;
    expect_another_arena(1, 78);
}

static void only_an_accepted_arena_is_used_and_only_what_was_sent_is_released(void **state)
{
    (void)state;
    struct raw x;
    raw_open(&x, ZMQ_ROUTER);
    struct sender *s = open_sender("acme/0", 1);
    sender_share(s, ARENA_BYTES);
    raw_read(&x, true, 100);
    char name[64];
    memcpy(name, x.arena, sizeof name);
    assert_true(name[0]);
    x.arena[0] = 0;
    raw_welcome(&x, s, 1, 77, 100); /* a receiver that knows nothing of arenas */
    send_filled(s, 'i', 10);
    raw_read(&x, true, 50);
    assert_string_equal(x.carrier, "inline");
    snprintf(x.arena, sizeof x.arena, "arena-0123456789abcdef");
    raw_welcome(&x, s, 1, 77, 100);
    send_filled(s, 'i', 10);
    raw_read(&x, true, 50);
    assert_string_equal(x.carrier, "inline");
    memcpy(x.arena, name, sizeof name);
    raw_welcome(&x, s, 1, 77, 100);
    for (unsigned i = 0; i < ARENA_SLOTS; i++)
        send_filled(s, 's', 10);
    raw_read(&x, true, 50);
    assert_memory_equal(x.carrier, name, strlen(name));
    struct link_event event;
    for (unsigned i = 0; i < 3; i++) { /* a number that no batch had: it releases nothing */
        raw_send(&x, &(struct message){ .type = MESSAGE_CREDIT, .sequence = 100, .released = x.sequence + 1 });
        struct link_wait w = { .senders = &s, .senders_n = 1 };
        (void)link_wait(&w, 50, NULL);
        sender_next(s, &event);
    }
    send_filled(s, 'i', 10);
    raw_read(&x, true, 50);
    assert_string_equal(x.carrier, "inline");
    raw_close(&x);
    sender_close(&s);
}

/* ------------------------------------------------------------------ a sender that is not this library */

static void raw_batch(struct raw *x, uint64_t sequence, const char *carrier, uint64_t bytes)
{
    raw_send(x, &(struct message){
                    .type = MESSAGE_BATCH, .sequence = sequence, .carrier = span_text(carrier), .bytes = bytes });
}

static void raw_greet(struct raw *x, struct receiver *r, struct span arena)
{
    raw_send(x, &(struct message){ .type = MESSAGE_HELLO,
                                   .version = WIRE_VERSION,
                                   .role = SPAN_LITERAL("collector"),
                                   .name = SPAN_LITERAL("raw"),
                                   .incarnation = 1,
                                   .instance = 5,
                                   .arena = arena });
    struct peer *peer = until_received(r, NULL, LINK_HELLO).peer;
    receiver_want(r, peer, &(struct want){ 0 });
    raw_read(x, false, 100);
}

/* All that `x` has sent is handled, and none of it was for the user. */
static void expect_dropped(struct raw *x, struct receiver *r)
{
    raw_send(x, &(struct message){ .type = MESSAGE_FINISH });
    (void)until_received(r, NULL, LINK_FINISH);
    raw_read(x, false, 20);
}

static void hostile_references_cost_only_their_batch(void **state)
{
    (void)state;
    struct raw x;
    struct arena_owner *a;
    struct error e;
    char good[ARENA_REFERENCE_BYTES], bad[ARENA_REFERENCE_BYTES];
    struct arena_slot slot;
    struct arena_reference r1;
    struct receiver *r = open_receiver_with_credit(1000);
    raw_open(&x, ZMQ_DEALER);
    assert_int_equal(arena_owner_open(folder, ARENA_BYTES, &a, &e), STATUS_OK);
    raw_greet(&x, r, arena_owner_name(a));
    assert_true(span_is(arena_owner_name(a), x.arena));
    assert_true(arena_owner_take(a, &slot));
    memset(slot.p, 'g', 100);
    arena_owner_publish(a, &slot, 100, good);
    assert_true(arena_reference_parse(span_text(good), &r1));

    uint64_t sequence = 0;
    raw_batch(&x, ++sequence, "elsewhere", 100);
    raw_batch(&x, ++sequence, "arena-", 100);
    raw_batch(&x, ++sequence, "arena-0123456789abcdef/0/1", 100);
    raw_batch(&x, ++sequence, good, 99);
    raw_batch(&x, ++sequence, good, WIRE_PAYLOAD_BYTES_MAX);
    struct arena_reference r2 = r1;
    r2.slot = 4000000000;
    arena_reference_format(&r2, bad);
    raw_batch(&x, ++sequence, bad, 100);
    r2 = r1;
    r2.generation++;
    arena_reference_format(&r2, bad);
    raw_batch(&x, ++sequence, bad, 100);
    slot.p[50] ^= 1; /* torn */
    raw_batch(&x, ++sequence, good, 100);
    expect_dropped(&x, r);
    slot.p[50] ^= 1;

    raw_batch(&x, ++sequence, good, 100); /* the same peer is believed when it is right */
    struct link_event event = until_received(r, NULL, LINK_BATCH);
    expect_filled(&event, 'g', 100);
    raw_batch(&x, sequence, good, 100); /* said twice while it is held: harmless */
    struct link_event twice = until_received(r, NULL, LINK_BATCH);
    receiver_done(r, &event);
    expect_filled(&twice, 'g', 100);
    receiver_done(r, &twice);
    receiver_tick(r, monotonic_now_ms());
    receiver_tick(r, monotonic_now_ms() + 2000);
    raw_batch(&x, sequence, good, 100); /* late: its slot was given back */
    expect_dropped(&x, r);

    unsigned hellos = x.hellos;
    for (unsigned i = 0; i < 20; i++)
        raw_batch(&x, ++sequence, bad, 100);
    expect_dropped(&x, r);
    assert_int_equal(x.hellos, hellos + 1); /* it is told that its arena is not read any more */
    assert_string_equal(x.arena, "");
    raw_batch(&x, ++sequence, good, 100);
    expect_dropped(&x, r);
    raw_close(&x);
    arena_owner_close(&a);
}

static void an_arena_that_cannot_be_read_is_not_accepted(void **state)
{
    (void)state;
    static const char *const names[] = { "arena-0123456789abcdef", "../arena-0123456789abcde", "arena-", "/etc/passwd",
                                         "" };
    struct receiver *r = open_receiver(1);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct raw x;
        raw_open(&x, ZMQ_DEALER);
        raw_send(&x, &(struct message){ .type = MESSAGE_HELLO,
                                        .version = WIRE_VERSION,
                                        .role = SPAN_LITERAL("collector"),
                                        .name = SPAN_LITERAL("raw"),
                                        .incarnation = i + 1,
                                        .arena = span_text(names[i]) });
        (void)until_received(r, NULL, LINK_HELLO);
        raw_read(&x, false, 50);
        assert_int_equal(x.hellos, 1);
        assert_string_equal(x.arena, "");
        raw_close(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(payloads_are_read_where_they_were_written),
        TEST(what_is_larger_than_a_slot_goes_inline),
        TEST(a_full_arena_is_no_obstacle),
        TEST(a_held_payload_is_not_written_over_when_its_peer_is_gone_and_back),
        TEST(a_reservation_can_be_given_up_and_waits_for_credit),
        TEST(the_environment_turns_it_off),
        TEST(memory_that_does_not_fit_is_done_without),
        TEST(a_later_receiver_gets_another_arena),
        TEST(another_process_of_the_same_incarnation_gets_another_arena),
        TEST(only_an_accepted_arena_is_used_and_only_what_was_sent_is_released),
        TEST(hostile_references_cost_only_their_batch),
        TEST(an_arena_that_cannot_be_read_is_not_accepted),
    };
    unsetenv("TIDEMARK_LINK");
    return run_in_folder(tests, sizeof tests / sizeof *tests);
}
