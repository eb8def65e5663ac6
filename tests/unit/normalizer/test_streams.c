#include "streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void streams_are_found_by_source_and_name(void **state)
{
    (void)state;
    struct streams *s = streams_new();
    struct stream *a = streams_get(s, SPAN_LITERAL("edge"), SPAN_LITERAL("0"));
    struct stream *b = streams_get(s, SPAN_LITERAL("edge"), SPAN_LITERAL("1"));
    struct stream *c = streams_get(s, SPAN_LITERAL("edge0"), SPAN_LITERAL(""));
    assert_true(a != b && b != c && a != c);
    assert_ptr_equal(streams_get(s, SPAN_LITERAL("edge"), SPAN_LITERAL("0")), a);
    assert_ptr_equal(streams_find(s, SPAN_LITERAL("edge0"), SPAN_LITERAL("")), c);
    assert_null(streams_find(s, SPAN_LITERAL("edge"), SPAN_LITERAL("2")));
    for (unsigned i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%u", i);
        streams_get(s, SPAN_LITERAL("edge"), span_text(name));
    }
    assert_int_equal(streams_count(s), 1003);
    assert_ptr_equal(streams_find(s, SPAN_LITERAL("edge"), SPAN_LITERAL("1")), b);
    assert_ptr_equal(streams_at(s, 0), a);
    streams_free(&s);
}

static void what_is_told_back_is_the_least_of_all_shards(void **state)
{
    (void)state;
    struct stream s = { 0 };
    uint64_t position;
    bool ended;
    assert_false(stream_acknowledge(&s, 0, 3, 100, false, &position, &ended));
    assert_false(stream_acknowledge(&s, 1, 3, 50, false, &position, &ended));
    assert_true(stream_acknowledge(&s, 2, 3, 70, false, &position, &ended));
    assert_int_equal(position, 50);
    assert_false(ended);
    assert_false(stream_acknowledge(&s, 2, 3, 80, false, &position, &ended));
    assert_true(stream_acknowledge(&s, 1, 3, 90, false, &position, &ended));
    assert_int_equal(position, 80);
    assert_false(stream_acknowledge(&s, 1, 3, 10, false, &position, &ended)); /* repeated and late */
    assert_int_equal(position, 80);
}

static void a_stream_has_ended_when_it_has_at_all_shards(void **state)
{
    (void)state;
    struct stream s = { 0 };
    uint64_t position;
    bool ended;
    assert_false(stream_acknowledge(&s, 0, 2, 0, true, &position, &ended)); /* an empty file */
    assert_false(ended);
    assert_true(stream_acknowledge(&s, 1, 2, 0, true, &position, &ended));
    assert_true(ended);
    assert_int_equal(position, 0);
    assert_true(stream_acknowledge(&s, 1, 2, 0, true, &position, &ended)); /* said again: answered again */
    assert_true(ended);
}

static void batches_are_applied_without_gaps_and_in_the_newest_epoch(void **state)
{
    (void)state;
    struct stream s = { .epoch = 5 };
    assert_int_equal(stream_judge(&s, 5, 0, 1000), STREAM_APPLY);
    s.applied = 100;
    assert_int_equal(stream_judge(&s, 5, 100, 1000), STREAM_APPLY);
    assert_int_equal(stream_judge(&s, 5, 40, 1000), STREAM_APPLY);   /* repeated in part */
    assert_int_equal(stream_judge(&s, 5, 101, 1000), STREAM_REWIND); /* a gap */
    assert_int_equal(stream_judge(&s, 5, 200, 1050), STREAM_DROP);   /* has been asked for */
    assert_int_equal(stream_judge(&s, 5, 300, 1200), STREAM_REWIND); /* but is still there */
    assert_int_equal(stream_judge(&s, 6, 300, 1201), STREAM_REWIND); /* a later epoch's own */
    assert_int_equal(stream_judge(&s, 5, 100, 1202), STREAM_DROP);   /* an older one is over */
    assert_int_equal(stream_judge(&s, 6, 100, 1203), STREAM_APPLY);
}

static void a_peer_that_is_gone_is_forgotten(void **state)
{
    (void)state;
    struct streams *s = streams_new();
    struct peer *one = (struct peer *)&one, *two = (struct peer *)&two;
    streams_get(s, SPAN_LITERAL("a"), SPAN_LITERAL("0"))->peer = one;
    streams_get(s, SPAN_LITERAL("b"), SPAN_LITERAL("0"))->peer = two;
    streams_drop_peer(s, one);
    assert_null(streams_find(s, SPAN_LITERAL("a"), SPAN_LITERAL("0"))->peer);
    assert_ptr_equal(streams_find(s, SPAN_LITERAL("b"), SPAN_LITERAL("0"))->peer, two);
    streams_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_found_by_source_and_name),
        cmocka_unit_test(what_is_told_back_is_the_least_of_all_shards),
        cmocka_unit_test(a_stream_has_ended_when_it_has_at_all_shards),
        cmocka_unit_test(batches_are_applied_without_gaps_and_in_the_newest_epoch),
        cmocka_unit_test(a_peer_that_is_gone_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
