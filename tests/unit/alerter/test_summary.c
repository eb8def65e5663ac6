/* The file of all counts. */
#include "cases.h"

#include "summary.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tidemark-summary-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static unsigned files_in_folder(void)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/counts.csv", folder);
    unlink(path);
    return rmdir(folder);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void read_text(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, size - 1, f);
    text[n] = 0;
    fclose(f);
}

static void rows_are_sorted_by_all_columns(void **state)
{
    (void)state;
    struct summary *s;
    struct error e;
    struct counts c = { 0 };
    assert_int_equal(summary_open(path_of("counts.csv"), &s, &e), STATUS_OK);
    const struct sessions rows[] = { { .n = 5, .port = 1000 },
                                     { .n = 2, .port = 22, .app = "b,c" },
                                     { .n = 3, .port = 22, .app = "b\"", .direction = "Outbound" },
                                     { .n = 1, .port = 22, .app = "b\"", .direction = "Inbound", .action = "Deny" },
                                     { .n = 7, .port = 22, .app = "b\"", .direction = "Inbound" },
                                     { .n = 8, .port = -1, .protocol = "", .direction = "", .action = "" },
                                     { .n = 4, .port = 9, .protocol = "UDP" },
                                     { .n = 6, .port = 1000 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        add_sessions(&c, rows[i]);
    counts_settle(&c);
    assert_int_equal(summary_add(s, &c, T0, &e), STATUS_OK);
    counts_clear(&c);
    add_sessions(&c, (struct sessions){ 0 });
    counts_settle(&c);
    assert_int_equal(summary_add(s, &c, T0 + 1200000, &e), STATUS_OK);
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(summary_finish(s, &e), STATUS_OK);
    summary_close(&s);
    assert_int_equal(files_in_folder(), 1);
    char text[2048];
    read_text(path_of("counts.csv"), text, sizeof text);
    assert_string_equal(text, "EventTime,NetworkProtocol,DstPortNumber,DstAppName,NetworkDirection,DvcAction,count_\n"
                              "2026-01-01T10:00:00Z,,0,,,,8\n"
                              "2026-01-01T10:00:00Z,TCP,22,\"b\"\"\",Inbound,Allow,7\n"
                              "2026-01-01T10:00:00Z,TCP,22,\"b\"\"\",Inbound,Deny,1\n"
                              "2026-01-01T10:00:00Z,TCP,22,\"b\"\"\",Outbound,Allow,3\n"
                              "2026-01-01T10:00:00Z,TCP,22,\"b,c\",Inbound,Allow,2\n"
                              "2026-01-01T10:00:00Z,TCP,1000,,Inbound,Allow,11\n"
                              "2026-01-01T10:00:00Z,UDP,9,,Inbound,Allow,4\n"
                              "2026-01-01T10:20:00Z,TCP,445,,Inbound,Allow,1\n");
    counts_fini(&c);
}

static void what_is_not_finished_leaves_nothing_behind(void **state)
{
    (void)state;
    struct summary *s;
    struct error e;
    char text[64];
    FILE *f = fopen(path_of("counts.csv"), "w");
    fputs("old", f);
    fclose(f);
    assert_int_equal(summary_open(path_of("counts.csv"), &s, &e), STATUS_OK);
    summary_close(&s);
    assert_int_equal(files_in_folder(), 1);
    read_text(path_of("counts.csv"), text, sizeof text);
    assert_string_equal(text, "old");
}

static void an_older_file_is_replaced_and_readable_as_usual(void **state)
{
    (void)state;
    struct summary *s;
    struct error e;
    struct stat st;
    FILE *f = fopen(path_of("counts.csv"), "w");
    fputs("old", f);
    fclose(f);
    mode_t mask = umask(022);
    assert_int_equal(summary_open(path_of("counts.csv"), &s, &e), STATUS_OK);
    assert_int_equal(summary_finish(s, &e), STATUS_OK);
    summary_close(&s);
    umask(mask);
    assert_int_equal(stat(path_of("counts.csv"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    char text[256];
    read_text(path_of("counts.csv"), text, sizeof text);
    assert_string_equal(text, "EventTime,NetworkProtocol,DstPortNumber,DstAppName,NetworkDirection,DvcAction,count_\n");
}

static void a_device_is_written_and_not_replaced(void **state)
{
    (void)state;
    struct summary *s;
    struct error e;
    struct stat st;
    assert_int_equal(summary_open("/dev/null", &s, &e), STATUS_OK);
    assert_int_equal(summary_finish(s, &e), STATUS_OK);
    summary_close(&s);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

static void a_folder_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct summary *s = NULL;
    struct error e;
    assert_int_equal(summary_open("/nonexistent/counts.csv", &s, &e), STATUS_CONFIG);
    assert_string_equal(e.text, "/nonexistent/counts.csv: the summary cannot be written: No such file or directory");
    assert_null(s);
    assert_int_equal(summary_open("/", &s, &e), STATUS_CONFIG);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct summary *s;
    struct error e;
    assert_int_equal(summary_open("/dev/full", &s, &e), STATUS_OK);
    assert_int_equal(summary_finish(s, &e), STATUS_SYSTEM);
    assert_string_equal(e.text, "/dev/full: cannot be written: No space left on device");
    summary_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_sorted_by_all_columns, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_is_not_finished_leaves_nothing_behind, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(an_older_file_is_replaced_and_readable_as_usual, make_folder, remove_folder),
        cmocka_unit_test(a_device_is_written_and_not_replaced),
        cmocka_unit_test(a_folder_that_is_not_there_is_said),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
