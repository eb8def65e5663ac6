#include "windows.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

struct bench {
    struct runs *runs;
    struct windows *windows;
};

static struct bench bench_of(struct windows_options o)
{
    struct runs_options runs = { .folder = "/tmp", .stage_rows = 1000, .fan_in = 3 };
    struct bench b = { .runs = runs_new(&runs) };
    b.windows = windows_new(&o, b.runs);
    return b;
}

static void bench_fini(struct bench *b)
{
    windows_free(&b->windows);
    runs_free(&b->runs);
}

static void count_one(struct bench *b, int64_t time_ms, uint16_t port, uint32_t group)
{
    struct error e = { 0 };
    struct window_rows rows = { .n = 1, .time_ms = &time_ms, .port = &port, .group = &group };
    assert_int_equal(windows_count(b->windows, &rows, &e), STATUS_OK);
}

static void expect_next(struct bench *b, int64_t window_ms, uint32_t port, uint32_t group, uint64_t n)
{
    struct error e = { 0 };
    struct run_row row = { 0 };
    assert_int_equal(runs_next(b->runs, &row, &e), STATUS_OK);
    assert_int_equal(row.window_ms, window_ms);
    assert_int_equal(count_key_port(row.key), port);
    assert_int_equal(count_key_group(row.key), group);
    assert_int_equal(row.n, n);
}

static void finish(struct bench *b)
{
    struct error e = { 0 };
    assert_int_equal(windows_fold_all(b->windows, &e), STATUS_OK);
    assert_int_equal(windows_open(b->windows), 0);
    assert_int_equal(runs_finish(b->runs, &e), STATUS_OK);
}

static void expect_end(struct bench *b)
{
    struct error e = { 0 };
    struct run_row row;
    assert_int_equal(runs_next(b->runs, &row, &e), STATUS_END);
}

static void windows_are_half_open_and_times_before_1970_round_down(void **state)
{
    (void)state;
    struct bench b = bench_of((struct windows_options){ .window_ms = 1200000, .windows_max = 64 });
    count_one(&b, 1199999, 1, 0);
    count_one(&b, 1200000, 1, 0);
    count_one(&b, 0, 1, 0);
    count_one(&b, -1, 1, 0);
    count_one(&b, -1200000, 1, 0);
    count_one(&b, -1200001, 1, 0);
    finish(&b);
    expect_next(&b, -2400000, 1, 0, 1);
    expect_next(&b, -1200000, 1, 0, 2);
    expect_next(&b, 0, 1, 0, 2);
    expect_next(&b, 1200000, 1, 0, 1);
    expect_end(&b);
    bench_fini(&b);
}

static void the_first_and_the_last_time_and_the_longest_window_are_no_problem(void **state)
{
    (void)state;
    int64_t long_ms = INT64_C(86400000) * 366 * 10000;
    struct bench b =
        bench_of((struct windows_options){ .window_ms = long_ms, .lateness_ms = long_ms, .windows_max = 1 });
    struct error e;
    count_one(&b, TIMESTAMP_MIN_MS, 0, 0);
    count_one(&b, TIMESTAMP_MAX_MS, 65535, 1);
    assert_int_equal(windows_advance(b.windows, INT64_MAX, &e), STATUS_OK);
    assert_int_equal(windows_advance(b.windows, INT64_MIN + 1, &e), STATUS_OK);
    finish(&b);
    expect_next(&b, -long_ms, 0, 0, 1);
    expect_next(&b, 0, 65535, 1, 1);
    expect_end(&b);
    bench_fini(&b);
}

static void weights_are_added_and_a_weight_below_one_makes_no_group(void **state)
{
    (void)state;
    struct bench b = bench_of((struct windows_options){ .window_ms = 1000, .windows_max = 2 });
    struct error e = { 0 };
    int64_t times[] = { 1, 2, 3, 4 }, weights[] = { 5, 0, INT64_C(1) << 40, -3 };
    uint16_t ports[] = { 9, 10, 9, 9 };
    uint32_t groups[] = { 0, 0, 0, 0 };
    struct window_rows rows = { .n = 4, .time_ms = times, .port = ports, .group = groups, .weight = weights };
    assert_int_equal(windows_count(b.windows, &rows, &e), STATUS_OK);
    finish(&b);
    expect_next(&b, 0, 9, 0, (UINT64_C(1) << 40) + 5);
    expect_end(&b);
    bench_fini(&b);
}

static void a_sum_over_2_to_the_63_is_refused_with_its_window_and_port(void **state)
{
    (void)state;
    struct bench b = bench_of((struct windows_options){ .window_ms = 1200000, .windows_max = 2 });
    struct error e = { 0 };
    int64_t times[] = { 1200000, 1200000, 1200000 }, weights[] = { INT64_MAX - 1, 1, 1 };
    uint16_t ports[] = { 443, 443, 443 };
    uint32_t groups[] = { 3, 3, 3 };
    struct window_rows rows = { .n = 2, .time_ms = times, .port = ports, .group = groups, .weight = weights };
    assert_int_equal(windows_count(b.windows, &rows, &e), STATUS_OK);
    rows.n = 1;
    weights[0] = 1;
    assert_int_equal(windows_count(b.windows, &rows, &e), STATUS_LIMIT);
    assert_non_null(strstr(e.text, "1970-01-01T00:20:00Z"));
    assert_non_null(strstr(e.text, "443"));
    bench_fini(&b);
}

static void a_window_leaves_memory_when_the_watermark_passes_its_end_and_the_lateness(void **state)
{
    (void)state;
    struct bench b = bench_of((struct windows_options){ .window_ms = 1000, .lateness_ms = 300, .windows_max = 64 });
    struct error e;
    count_one(&b, 500, 1, 0);
    count_one(&b, 1500, 1, 0);
    assert_int_equal(windows_advance(b.windows, TIMESTAMP_NONE, &e), STATUS_OK);
    assert_int_equal(windows_advance(b.windows, 1299, &e), STATUS_OK);
    assert_int_equal(windows_open(b.windows), 2);
    assert_int_equal(windows_advance(b.windows, 1300, &e), STATUS_OK);
    assert_int_equal(windows_open(b.windows), 1);
    /* A late record opens it again, and a watermark that goes back changes nothing. */
    count_one(&b, 501, 1, 0);
    assert_int_equal(windows_advance(b.windows, 0, &e), STATUS_OK);
    assert_int_equal(windows_advance(b.windows, 1400, &e), STATUS_OK);
    assert_int_equal(windows_open(b.windows), 2);
    assert_int_equal(windows_advance(b.windows, 2300, &e), STATUS_OK);
    assert_int_equal(windows_open(b.windows), 1);
    finish(&b);
    expect_next(&b, 0, 1, 0, 2);
    expect_next(&b, 1000, 1, 0, 1);
    expect_end(&b);
    bench_fini(&b);
}

static void the_coldest_half_goes_first(void **state)
{
    (void)state;
    struct bench b = bench_of((struct windows_options){ .window_ms = 1000, .windows_max = 4 });
    for (int64_t i = 0; i < 4; i++)
        count_one(&b, i * 1000, 1, 0);
    count_one(&b, 0, 1, 0); /* the first is warm again */
    count_one(&b, 9000, 1, 0);
    assert_int_equal(windows_open(b.windows), 3);
    finish(&b);
    expect_next(&b, 0, 1, 0, 2);
    bench_fini(&b);
}

struct model_row {
    int64_t window_ms;
    uint64_t key, n;
};

static int compare_model(const void *a, const void *b)
{
    const struct model_row *x = a, *y = b;
    if (x->window_ms != y->window_ms)
        return x->window_ms < y->window_ms ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* Random times, ports, groups and watermarks against one sorted list. */
static void try_random(struct windows_options o, uint32_t days, uint32_t ports, uint32_t groups)
{
    enum { ROWS = 20000, BATCH = 512 };
    struct bench b = bench_of(o);
    struct model_row *model = allocate(ROWS, sizeof *model);
    int64_t times[BATCH], weights[BATCH];
    uint32_t group[BATCH];
    uint16_t port[BATCH];
    struct error e = { 0 };
    uint32_t done = 0;
    while (done < ROWS) {
        uint32_t n = 1 + below(BATCH);
        n = n > ROWS - done ? ROWS - done : n;
        bool weighed = below(2);
        for (uint32_t i = 0; i < n; i++) {
            times[i] = ((int64_t)below(days * 86400) - days * 43200) * 1000 + below(1000);
            port[i] = (uint16_t)(65535 - below(ports));
            group[i] = below(groups);
            weights[i] = weighed ? 1 + below(1 << 20) : 1;
            model[done + i] = (struct model_row){ timestamp_floor(times[i], o.window_ms) * o.window_ms,
                                                  count_key(port[i], group[i]), (uint64_t)weights[i] };
        }
        struct window_rows rows = {
            .n = n, .time_ms = times, .port = port, .group = group, .weight = weighed ? weights : NULL
        };
        assert_int_equal(windows_count(b.windows, &rows, &e), STATUS_OK);
        assert_true(windows_open(b.windows) <= o.windows_max);
        if (below(4) == 0)
            assert_int_equal(windows_advance(b.windows, times[below(n)], &e), STATUS_OK);
        done += n;
    }
    finish(&b);
    qsort(model, ROWS, sizeof *model, compare_model);
    for (uint32_t i = 0; i < ROWS;) {
        uint64_t n = 0;
        uint32_t first = i;
        for (; i < ROWS && compare_model(&model[i], &model[first]) == 0; i++)
            n += model[i].n;
        expect_next(&b, model[first].window_ms, count_key_port(model[first].key), count_key_group(model[first].key), n);
    }
    expect_end(&b);
    free(model);
    bench_fini(&b);
}

static void random_rows_add_up_whatever_the_limits(void **state)
{
    (void)state;
    static const uint32_t windows_max[] = { 1, 2, 3, 64, 1000 };
    static const size_t slots_max[] = { 0, 64, 1000, 100000 };
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < 4; k++) {
            random_state = 100 * i + k;
            struct windows_options o = { .window_ms = (1 + (int64_t)below(5000)) * 1000,
                                         .lateness_ms = below(600000),
                                         .windows_max = windows_max[i],
                                         .slots_max = slots_max[k],
                                         .seed = below(1000) };
            try_random(o, 1 + below(30), 1 + below(i % 2 ? 60000 : 10), 1 + below(5));
        }
    }
}

static void random_dates_with_one_window_in_memory_add_up(void **state)
{
    (void)state;
    random_state = 4711;
    try_random((struct windows_options){ .window_ms = 1200000, .windows_max = 1 }, 20000, 3, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_half_open_and_times_before_1970_round_down),
        cmocka_unit_test(the_first_and_the_last_time_and_the_longest_window_are_no_problem),
        cmocka_unit_test(weights_are_added_and_a_weight_below_one_makes_no_group),
        cmocka_unit_test(a_sum_over_2_to_the_63_is_refused_with_its_window_and_port),
        cmocka_unit_test(a_window_leaves_memory_when_the_watermark_passes_its_end_and_the_lateness),
        cmocka_unit_test(the_coldest_half_goes_first),
        cmocka_unit_test(random_rows_add_up_whatever_the_limits),
        cmocka_unit_test(random_dates_with_one_window_in_memory_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
