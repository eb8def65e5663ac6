/* Both ends of a link in one test: a fresh endpoint and context for each, and waiting with a deadline. */
#ifndef TIDEMARK_TESTS_LINK_FIXTURE_H
#define TIDEMARK_TESTS_LINK_FIXTURE_H

#include "common/link/link.h"

#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 10000, CREDIT = 4 };

static char folder[64];
static unsigned endpoints;
static char endpoint[128];
static struct link_context *context;

static inline int set_up(void **state)
{
    (void)state;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%u", folder, endpoints++);
    context = link_context_new();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    link_context_free(&context);
    unlink(endpoint + strlen("ipc://"));
    return context != NULL;
}

static inline struct receiver *open_receiver(uint64_t incarnation)
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

static inline struct sender *open_sender(const char *name, uint64_t incarnation)
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
static inline struct link_event until_received(struct receiver *r, struct sender *s, enum link_kind kind)
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

static inline struct link_event until_sent(struct sender *s, struct receiver *r, enum link_kind kind)
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
static inline struct peer *introduce(struct receiver *r, struct sender *s)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Run the tests in a folder of their own. */
static inline int run_in_folder(const struct CMUnitTest *tests, size_t n)
{
    snprintf(folder, sizeof folder, "/tmp/tidemark-test-link-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    int failures = _cmocka_run_group_tests("link", tests, n, NULL, NULL);
    rmdir(folder);
    return failures;
}

#endif
