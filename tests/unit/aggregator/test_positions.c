#include "positions.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct position *stream_of(struct positions *p, const char *source, const char *stream)
{
    return positions_get(p, span_text(source), span_text(stream));
}

static void a_stream_is_known_by_source_and_stream_together(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *a = stream_of(p, "ab", "c"), *b = stream_of(p, "a", "bc"), *c = stream_of(p, "ab", "d");
    assert_ptr_not_equal(a, b);
    assert_ptr_not_equal(a, c);
    assert_ptr_equal(stream_of(p, "ab", "c"), a);
    assert_int_equal(positions_n(p), 3);
    assert_true(span_is(a->source, "ab"));
    assert_true(span_is(a->stream, "c"));
    positions_free(&p);
}

static void ten_thousand_streams_do_not_move(void **state)
{
    (void)state;
    enum { N = 10000 };
    struct positions *p = positions_new(3);
    struct position **all = allocate(N, sizeof(struct position *));
    char name[16];
    for (unsigned i = 0; i < N; i++) {
        snprintf(name, sizeof name, "%u", i);
        all[i] = stream_of(p, "files", name);
    }
    for (unsigned i = 0; i < N; i++) {
        snprintf(name, sizeof name, "%u", i);
        assert_ptr_equal(stream_of(p, "files", name), all[i]);
        assert_ptr_equal(positions_at(p, i), all[i]);
    }
    free(all);
    positions_free(&p);
}

static void what_touches_or_overlaps_is_applied_and_what_leaves_a_gap_is_not(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *s = stream_of(p, "a", "0");
    assert_int_equal(position_offer(s, 9, 0), POSITION_APPLY);
    position_applied(p, s, 100, 10, TIMESTAMP_NONE);
    assert_int_equal(position_offer(s, 9, 100), POSITION_APPLY);
    assert_int_equal(position_offer(s, 9, 50), POSITION_APPLY);
    assert_int_equal(position_offer(s, 9, 101), POSITION_GAP);
    positions_free(&p);
}

static void applied_and_its_ordinal_never_go_back(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *s = stream_of(p, "a", "0");
    position_applied(p, s, 100, 10, 5000);
    position_applied(p, s, 60, 6, 4000);
    assert_int_equal(s->applied, 100);
    assert_int_equal(s->ordinal, 10);
    assert_int_equal(s->high_water_ms, 5000);
    positions_free(&p);
}

static void older_epochs_are_dropped_and_a_later_one_replaces_the_stream_s(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *s = stream_of(p, "a", "0");
    assert_int_equal(position_offer(s, UINT64_C(1) << 32, 0), POSITION_APPLY);
    assert_int_equal(position_offer(s, (UINT64_C(1) << 32) + 1, 500), POSITION_GAP);
    assert_int_equal(position_offer(s, UINT64_C(1) << 32, 0), POSITION_OLD);
    assert_int_equal(position_offer(s, (UINT64_C(1) << 32) + 1, 0), POSITION_APPLY);
    positions_free(&p);
}

static void a_rewind_is_asked_for_once_per_epoch_and_again_after_a_while(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *s = stream_of(p, "a", "0");
    assert_int_equal(position_offer(s, 1, 7), POSITION_GAP);
    assert_true(position_rewind_due(s, 1000));
    assert_false(position_rewind_due(s, 1000));
    assert_false(position_rewind_due(s, 1000 + POSITIONS_REWIND_MS - 1));
    assert_true(position_rewind_due(s, 1000 + POSITIONS_REWIND_MS));
    assert_int_equal(position_offer(s, 2, 7), POSITION_GAP);
    assert_true(position_rewind_due(s, 1000 + POSITIONS_REWIND_MS));
    positions_free(&p);
}

static void the_watermark_is_the_least_of_what_has_not_ended(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    assert_int_equal(positions_watermark(p), TIMESTAMP_NONE);
    struct position *a = stream_of(p, "a", "0"), *b = stream_of(p, "a", "1"), *c = stream_of(p, "b", "0");
    position_applied(p, a, 10, 1, 3000);
    position_applied(p, b, 10, 1, 1000);
    assert_int_equal(positions_watermark(p), TIMESTAMP_NONE);
    position_applied(p, c, 10, 1, 2000);
    assert_int_equal(positions_watermark(p), 1000);
    position_ended(p, b, 1, TIMESTAMP_NONE);
    assert_int_equal(positions_watermark(p), 2000);
    position_ended(p, a, 1, 9000);
    position_ended(p, a, 1, 9000);
    assert_int_equal(positions_watermark(p), 2000);
    position_ended(p, c, 1, 9000);
    assert_int_equal(positions_watermark(p), TIMESTAMP_NONE);
    /* Something behind an end: the stream lives again. */
    position_applied(p, b, 20, 2, TIMESTAMP_NONE);
    assert_false(b->ended);
    assert_int_equal(positions_watermark(p), 1000);
    positions_free(&p);
}

static void acknowledgements_are_owed_once_and_not_too_often(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *a = stream_of(p, "a", "0"), *b = stream_of(p, "a", "1");
    assert_int_equal(positions_due_in_ms(p, 0), -1);
    position_owe(p, a);
    position_owe(p, a);
    position_owe(p, b);
    assert_int_equal(positions_due_in_ms(p, 0), 0);
    struct position *first = positions_next_due(p, 0), *second = positions_next_due(p, 0);
    assert_true((first == a && second == b) || (first == b && second == a));
    assert_null(positions_next_due(p, 0));
    position_owe(p, a);
    assert_null(positions_next_due(p, 5));
    assert_int_equal(positions_due_in_ms(p, 5), POSITIONS_ACKNOWLEDGE_MS - 5);
    assert_ptr_equal(positions_next_due(p, POSITIONS_ACKNOWLEDGE_MS), a);
    assert_int_equal(positions_due_in_ms(p, 99), -1);
    positions_free(&p);
}

static void a_peer_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    struct positions *p = positions_new(1);
    struct position *a = stream_of(p, "a", "0"), *b = stream_of(p, "a", "1");
    int one, two;
    a->peer = &one;
    b->peer = &two;
    positions_forget_peer(p, &one);
    assert_null(a->peer);
    assert_ptr_equal(b->peer, &two);
    positions_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_known_by_source_and_stream_together),
        cmocka_unit_test(ten_thousand_streams_do_not_move),
        cmocka_unit_test(what_touches_or_overlaps_is_applied_and_what_leaves_a_gap_is_not),
        cmocka_unit_test(applied_and_its_ordinal_never_go_back),
        cmocka_unit_test(older_epochs_are_dropped_and_a_later_one_replaces_the_stream_s),
        cmocka_unit_test(a_rewind_is_asked_for_once_per_epoch_and_again_after_a_while),
        cmocka_unit_test(the_watermark_is_the_least_of_what_has_not_ended),
        cmocka_unit_test(acknowledgements_are_owed_once_and_not_too_often),
        cmocka_unit_test(a_peer_that_is_gone_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
