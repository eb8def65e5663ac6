#include "account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t count_of(struct account *a, bool first_shard, const char *source, enum fate fate, const char *reason)
{
    uint32_t n;
    const struct account_line *lines = account_lines(a, first_shard, &n);
    for (uint32_t i = 0; i < n; i++)
        if (span_is(lines[i].source, source) && lines[i].fate == fate && span_is(lines[i].reason, reason))
            return lines[i].count;
    return UINT64_MAX;
}

static void sources_are_kept_apart(void **state)
{
    (void)state;
    struct account *a = account_new();
    struct account_source *x = account_source(a, SPAN_LITERAL("x")), *y = account_source(a, SPAN_LITERAL("y"));
    assert_ptr_equal(account_source(a, SPAN_LITERAL("x")), x);
    x->sessions = 5;
    y->sessions = 7;
    y->session_records = 6;
    assert_int_equal(count_of(a, false, "x", FATE_SESSIONS, ""), 5);
    assert_int_equal(count_of(a, false, "y", FATE_SESSIONS, ""), 7);
    assert_int_equal(count_of(a, false, "y", FATE_SESSION_RECORDS, ""), 6);
    account_free(&a);
    assert_null(a);
}

static void a_source_without_records_has_its_lines_too(void **state)
{
    (void)state;
    struct account *a = account_new();
    account_source(a, SPAN_LITERAL("empty"));
    assert_int_equal(count_of(a, true, "empty", FATE_READ, ""), 0);
    assert_int_equal(count_of(a, true, "empty", FATE_SESSIONS, ""), 0);
    account_free(&a);
}

static void reasons_are_counted_per_source_and_verdict(void **state)
{
    (void)state;
    struct account *a = account_new();
    struct account_source *x = account_source(a, SPAN_LITERAL("x")), *y = account_source(a, SPAN_LITERAL("y"));
    account_add(a, x, VERDICT_SKIP, SPAN_LITERAL("nodata"), 2);
    account_add(a, x, VERDICT_BAD, SPAN_LITERAL("nodata"), 3);
    account_add(a, y, VERDICT_SKIP, SPAN_LITERAL("nodata"), 4);
    account_add(a, x, VERDICT_LIMIT, SPAN_LITERAL("line_length"), 1);
    account_add(a, x, VERDICT_SKIP, SPAN_LITERAL("nodata"), 5);
    assert_int_equal(count_of(a, true, "x", FATE_SKIP, "nodata"), 7);
    assert_int_equal(count_of(a, true, "x", FATE_BAD, "nodata"), 3);
    assert_int_equal(count_of(a, true, "y", FATE_SKIP, "nodata"), 4);
    assert_int_equal(count_of(a, true, "x", FATE_LIMIT, "line_length"), 1);
    account_free(&a);
}

static void only_the_first_shard_speaks_of_what_has_no_port(void **state)
{
    (void)state;
    struct account *a = account_new();
    struct account_source *x = account_source(a, SPAN_LITERAL("x"));
    x->read = 10;
    x->portless = 2;
    x->lost_bytes = 99;
    account_add(a, x, VERDICT_SKIP, SPAN_LITERAL("nodata"), 2);
    assert_int_equal(count_of(a, true, "x", FATE_READ, ""), 10);
    assert_int_equal(count_of(a, true, "x", FATE_PORTLESS, ""), 2);
    assert_int_equal(count_of(a, true, "x", FATE_LOST_BYTES, ""), 99);
    assert_int_equal(count_of(a, false, "x", FATE_READ, ""), UINT64_MAX);
    assert_int_equal(count_of(a, false, "x", FATE_PORTLESS, ""), UINT64_MAX);
    assert_int_equal(count_of(a, false, "x", FATE_LOST_BYTES, ""), UINT64_MAX);
    assert_int_equal(count_of(a, false, "x", FATE_SKIP, "nodata"), UINT64_MAX);
    account_free(&a);
}

static void endless_reasons_are_summed_and_none_is_lost(void **state)
{
    (void)state;
    struct account *a = account_new();
    struct account_source *x = account_source(a, SPAN_LITERAL("x"));
    char reason[32];
    enum { MORE = 100 };
    for (unsigned i = 0; i < ACCOUNT_REASONS_MAX + MORE; i++) {
        snprintf(reason, sizeof reason, "r%u", i);
        account_add(a, x, VERDICT_BAD, span_text(reason), 2);
    }
    uint32_t n;
    uint64_t sum = 0;
    const struct account_line *lines = account_lines(a, true, &n);
    assert_true(n <= ACCOUNT_LINES_MAX);
    for (uint32_t i = 0; i < n; i++)
        sum += lines[i].fate == FATE_BAD ? lines[i].count : 0;
    assert_int_equal(sum, 2 * (ACCOUNT_REASONS_MAX + MORE));
    assert_int_equal(count_of(a, true, "x", FATE_BAD, "other_reasons"), 2 * MORE);
    assert_int_equal(count_of(a, true, "x", FATE_BAD, "r0"), 2);
    account_free(&a);
}

static void too_many_sources_are_refused(void **state)
{
    (void)state;
    struct account *a = account_new();
    char name[32];
    for (unsigned i = 0; i < ACCOUNT_SOURCES_MAX; i++) {
        snprintf(name, sizeof name, "s%u", i);
        assert_non_null(account_source(a, span_text(name)));
    }
    assert_null(account_source(a, SPAN_LITERAL("one more")));
    assert_non_null(account_source(a, SPAN_LITERAL("s0")));
    account_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_kept_apart),
        cmocka_unit_test(a_source_without_records_has_its_lines_too),
        cmocka_unit_test(reasons_are_counted_per_source_and_verdict),
        cmocka_unit_test(only_the_first_shard_speaks_of_what_has_no_port),
        cmocka_unit_test(endless_reasons_are_summed_and_none_is_lost),
        cmocka_unit_test(too_many_sources_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
