#include "runs.h"

#include "common/buffer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

static int compare_rows(const void *a, const void *b)
{
    const struct run_row *x = a, *y = b;
    if (x->window_ms != y->window_ms)
        return x->window_ms < y->window_ms ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static size_t add_up(struct run_row *rows, size_t n)
{
    qsort(rows, n, sizeof *rows, compare_rows);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && compare_rows(&rows[kept - 1], &rows[i]) == 0)
            rows[kept - 1].n += rows[i].n;
        else
            rows[kept++] = rows[i];
    }
    return kept;
}

static void expect_rows(struct runs *r, const struct run_row *rows, size_t n)
{
    struct error e = { 0 };
    struct run_row row;
    assert_int_equal(runs_finish(r, &e), STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(runs_next(r, &row, &e), STATUS_OK);
        assert_int_equal(compare_rows(&row, &rows[i]), 0);
        assert_int_equal(row.n, rows[i].n);
    }
    assert_int_equal(runs_next(r, &row, &e), STATUS_END);
    assert_int_equal(runs_next(r, &row, &e), STATUS_END);
}

/* windows: how many starts there are to choose from; in_one: how many counts come in one call, at most. */
static unsigned try_random(struct runs_options o, size_t rows_n, uint32_t windows, uint32_t in_one)
{
    struct error e = { 0 };
    o.folder = "/tmp";
    struct runs *r = runs_new(&o);
    struct run_row *rows = allocate(rows_n, sizeof *rows);
    struct count *counts = allocate(in_one, sizeof *counts);
    unsigned most_files = 0;
    for (size_t i = 0; i < rows_n;) {
        int64_t window_ms = ((int64_t)below(windows) - windows / 2) * 1200000;
        uint32_t n = 1 + below(in_one);
        if (n > rows_n - i)
            n = (uint32_t)(rows_n - i);
        for (uint32_t k = 0; k < n; k++, i++) {
            counts[k] = (struct count){ .key = count_key(below(4) ? below(50) : 65535 - below(50), below(3)),
                                        .n = 1 + below(1000) };
            rows[i] = (struct run_row){ .window_ms = window_ms, .key = counts[k].key, .n = counts[k].n };
        }
        assert_int_equal(runs_add(r, window_ms, counts, n, &e), STATUS_OK);
        unsigned files = runs_files(r);
        most_files = files > most_files ? files : most_files;
    }
    expect_rows(r, rows, add_up(rows, rows_n));
    free(rows);
    free(counts);
    runs_free(&r);
    return most_files;
}

static void nothing_added_gives_nothing(void **state)
{
    (void)state;
    struct runs_options o = { .folder = "/tmp" };
    struct runs *r = runs_new(&o);
    struct error e;
    assert_int_equal(runs_add(r, 0, NULL, 0, &e), STATUS_OK);
    expect_rows(r, NULL, 0);
    runs_free(&r);
}

static void what_fits_into_memory_needs_no_file(void **state)
{
    (void)state;
    random_state = 5;
    struct runs_options o = { .stage_rows = 100000 };
    assert_int_equal(try_random(o, 20000, 100, 300), 0);
}

static void random_counts_add_up_whatever_the_stage_and_the_fan_in(void **state)
{
    (void)state;
    static const size_t stages[] = { 1, 7, 100, 5000 };
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned fan_in = 2; fan_in <= 5; fan_in++) {
            random_state = 1000 * i + fan_in;
            struct runs_options o = { .stage_rows = stages[i], .fan_in = fan_in };
            unsigned files = try_random(o, i > 1 ? 20000 : i ? 2000 : 300, 1 + below(2000), 1 + below(100));
            assert_true(files > 0);
            assert_true(files <= 16 * fan_in);
        }
    }
}

static void open_files_grow_with_the_logarithm_only(void **state)
{
    (void)state;
    random_state = 11;
    struct runs_options o = { .stage_rows = 4, .fan_in = 4 };
    assert_true(try_random(o, 4000, 1000000, 1) <= 3 * 5 + 1);
}

static void many_different_groups_are_sorted_by_port_then_group(void **state)
{
    (void)state;
    struct runs_options o = { .folder = "/tmp", .stage_rows = 1 << 20 };
    struct runs *r = runs_new(&o);
    struct error e;
    enum { N = 70000 };
    struct count *counts = allocate(N, sizeof *counts);
    struct run_row *rows = allocate(N, sizeof *rows);
    for (uint32_t i = 0; i < N; i++) {
        counts[N - 1 - i] = (struct count){ .key = count_key(i % 2 ? 65535 : 255, i * 61), .n = i + 1 };
        rows[i] = (struct run_row){ .window_ms = 0, .key = count_key(i % 2 ? 65535 : 255, i * 61), .n = i + 1 };
    }
    assert_int_equal(runs_add(r, 0, counts, N, &e), STATUS_OK);
    expect_rows(r, rows, add_up(rows, N));
    free(counts);
    free(rows);
    runs_free(&r);
}

static void a_sum_is_exact_up_to_2_to_the_63_and_refused_beyond(void **state)
{
    (void)state;
    for (size_t stage = 1; stage < 100; stage += 98) { /* in files, and in memory */
        struct runs_options o = { .folder = "/tmp", .stage_rows = stage };
        struct runs *r = runs_new(&o);
        struct error e = { 0 };
        struct count half = { .key = 1, .n = COUNT_MAX / 2 }, one = { .key = 1, .n = 1 };
        struct run_row row = { .window_ms = 1200000, .key = 1, .n = COUNT_MAX };
        assert_int_equal(runs_add(r, 1200000, &half, 1, &e), STATUS_OK);
        assert_int_equal(runs_add(r, 2400000, &one, 1, &e), STATUS_OK);
        assert_int_equal(runs_add(r, 1200000, &half, 1, &e), STATUS_OK);
        assert_int_equal(runs_add(r, 1200000, &one, 1, &e), STATUS_OK);
        struct run_row expected[] = { row, { .window_ms = 2400000, .key = 1, .n = 1 } };
        expect_rows(r, expected, 2);
        runs_free(&r);

        r = runs_new(&o);
        struct count most = { .key = 1, .n = COUNT_MAX };
        assert_int_equal(runs_add(r, 1200000, &most, 1, &e), STATUS_OK);
        assert_int_equal(runs_add(r, 0, &most, 1, &e), STATUS_OK);
        assert_int_equal(runs_add(r, 1200000, &one, 1, &e), STATUS_OK);
        enum status status = runs_finish(r, &e);
        for (unsigned i = 0; i < 2 && status == STATUS_OK; i++)
            status = runs_next(r, &row, &e);
        assert_int_equal(status, STATUS_LIMIT);
        assert_non_null(strstr(e.text, "1970-01-01T00:20:00Z"));
        runs_free(&r);
    }
}

static void a_folder_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct error e = { 0 };
    assert_int_equal(runs_check_folder("/tmp/there/is/nothing", &e), STATUS_SYSTEM);
    assert_non_null(strstr(e.text, "/tmp/there/is/nothing"));
    struct runs_options o = { .folder = "/tmp/there/is/nothing", .stage_rows = 1 };
    struct runs *r = runs_new(&o);
    struct count one = { .key = 1, .n = 1 };
    assert_int_equal(runs_add(r, 0, &one, 1, &e), STATUS_SYSTEM);
    runs_free(&r);
}

/* A limit on the size of files stands for a full disk: write(2) fails in the same place. */
static void a_full_disk_is_an_error_and_not_a_crash(void **state)
{
    (void)state;
    struct rlimit before, small = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    struct runs_options o = { .folder = "/tmp", .stage_rows = 1000 };
    struct runs *r = runs_new(&o);
    struct error e = { 0 };
    enum status status = STATUS_OK;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (uint32_t i = 0; i < 2000 && status == STATUS_OK; i++) {
        struct count count = { .key = i, .n = 1 };
        status = runs_add(r, 0, &count, 1, &e);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, STATUS_SYSTEM);
    assert_non_null(strstr(e.text, "cannot write"));
    runs_free(&r);
}

static void no_file_has_a_name(void **state)
{
    (void)state;
    char folder[] = "/tmp/tidemark-runs-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct runs_options o = { .folder = folder, .stage_rows = 1 };
    struct runs *r = runs_new(&o);
    struct error e;
    struct count one = { .key = 1, .n = 1 };
    assert_int_equal(runs_add(r, 0, &one, 1, &e), STATUS_OK);
    assert_int_equal(runs_files(r), 1);
    assert_int_equal(rmdir(folder), 0);
    runs_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_added_gives_nothing),
        cmocka_unit_test(what_fits_into_memory_needs_no_file),
        cmocka_unit_test(random_counts_add_up_whatever_the_stage_and_the_fan_in),
        cmocka_unit_test(open_files_grow_with_the_logarithm_only),
        cmocka_unit_test(many_different_groups_are_sorted_by_port_then_group),
        cmocka_unit_test(a_sum_is_exact_up_to_2_to_the_63_and_refused_beyond),
        cmocka_unit_test(a_folder_that_is_not_there_is_said),
        cmocka_unit_test(a_full_disk_is_an_error_and_not_a_crash),
        cmocka_unit_test(no_file_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
