#include "core/paths.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char folder[64];

static int setup(void **state)
{
    (void)state;
    scratch_make(folder);
    const char *const folders[] = { "logs", "logs/b", "logs/b/deep", "logs/.hidden", "empty", "empty/.git", "b*d" };
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
        CHECK(mkdir(scratch_path(folder, folders[i]), 0700) == 0);
    const char *const files[] = { "logs/a.log",     "logs/B.log",    "logs/c.log.gz",  "logs/.dot", "logs/b/1",
                                  "logs/b/deep/10", "logs/b/deep/9", "logs/.hidden/x", "b*d/star" };
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        scratch_write(folder, files[i], "x", 1);
    CHECK(mkfifo(scratch_path(folder, "logs/fifo"), 0600) == 0);
    CHECK(symlink("..", scratch_path(folder, "logs/loop")) == 0);
    CHECK(symlink("a.log", scratch_path(folder, "logs/z-link")) == 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static void assert_expands(const char *name, const char *const *want, unsigned n)
{
    struct error e;
    struct paths p = { 0 };
    assert_int_equal(paths_expand(&p, scratch_path(folder, name), &e), STATUS_OK);
    assert_int_equal(p.n, n);
    for (unsigned i = 0; i < n; i++)
        assert_string_equal(p.path[i] + strlen(folder) + 1, want[i]);
    paths_fini(&p);
}

static void a_folder_gives_its_files_in_bytewise_order_without_dot_files_and_linked_folders(void **state)
{
    (void)state;
    const char *const want[] = { "logs/B.log",    "logs/a.log",    "logs/b/1",   "logs/b/deep/10",
                                 "logs/b/deep/9", "logs/c.log.gz", "logs/z-link" };
    assert_expands("logs", want, 7);
    const char *const slash[] = { "logs/b/deep/10", "logs/b/deep/9" };
    assert_expands("logs/b/deep/", slash, 2);
}

static void a_pattern_gives_what_it_matches_in_bytewise_order(void **state)
{
    (void)state;
    const char *const want[] = { "logs/B.log", "logs/a.log" };
    assert_expands("logs/*.log", want, 2);
    const char *const folders[] = { "logs/b/1", "logs/b/deep/10", "logs/b/deep/9" };
    assert_expands("logs/[b]", folders, 3);
}

static void a_name_that_exists_is_no_pattern(void **state)
{
    (void)state;
    const char *const want[] = { "b*d/star" };
    assert_expands("b*d", want, 1);
    const char *const fifo[] = { "logs/fifo" };
    assert_expands("logs/fifo", fifo, 1);
}

static void nothing_to_read_is_an_error(void **state)
{
    (void)state;
    const char *const names[] = { "empty", "nothing", "logs/*.txt", "emp[t]y", "logs/[x" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct error e = { 0 };
        struct paths p = { 0 };
        assert_int_equal(paths_expand(&p, scratch_path(folder, names[i]), &e), STATUS_INPUT);
        assert_non_null(strstr(e.text, names[i]));
        assert_int_equal(p.n, 0);
        paths_fini(&p);
    }
}

static void a_dash_is_standard_input(void **state)
{
    (void)state;
    struct error e;
    struct paths p = { 0 };
    assert_int_equal(paths_expand(&p, "-", &e), STATUS_OK);
    assert_string_equal(p.path[0], "-");
    paths_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_gives_its_files_in_bytewise_order_without_dot_files_and_linked_folders),
        cmocka_unit_test(a_pattern_gives_what_it_matches_in_bytewise_order),
        cmocka_unit_test(a_name_that_exists_is_no_pattern),
        cmocka_unit_test(nothing_to_read_is_an_error),
        cmocka_unit_test(a_dash_is_standard_input),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
