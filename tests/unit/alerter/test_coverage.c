/* Which rows can fire on what was counted, and why others cannot. */
#include "cases.h"

#include "coverage.h"
#include "coverage_input.h"

struct fixture {
    struct counts *counts;
    struct watchlist *watchlist;
    struct coverage *coverage;
};

static struct fixture judged(const struct row *rows, size_t rows_n, struct evaluate_options o,
                             const struct sessions *sessions, size_t n)
{
    struct fixture f = { .counts = allocate(1, sizeof *f.counts), .watchlist = rows_parsed(rows, rows_n) };
    for (size_t i = 0; i < n; i++)
        add_sessions(f.counts, sessions[i]);
    counts_settle(f.counts);
    f.coverage = coverage_new(f.counts, f.watchlist, &o);
    return f;
}

static void done(struct fixture *f)
{
    coverage_free(&f->coverage);
    counts_fini(f->counts);
    free(f->counts);
    watchlist_free(&f->watchlist);
}

static const struct evaluate_options all = { .type = WATCHLIST_HUNTING };
static const struct evaluate_options star_only = { .empty = EMPTY_MATCHES_STAR_ONLY };
static const struct evaluate_options with_app = { .match_app = true };

static void a_row_that_accepts_a_session_can_fire_whatever_its_threshold(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ .threshold = "1000" }), all, SESSIONS({ .n = 3 }, { .n = 4, .port = 80 }));
    const struct coverage_row *row = &f.coverage->rows[0];
    assert_int_equal(row->verdict, COVERAGE_CAN_FIRE);
    assert_int_equal(row->on_ports, 3);
    assert_int_equal(row->accepted, 3);
    assert_int_equal(row->certain, 3);
    assert_int_equal(f.coverage->counted, 7);
    done(&f);
}

static void sessions_are_needed_on_its_ports(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ .ports = "22,5800-5810" }, { .ports = "*" }, { .ports = "79-81" }), all,
                              SESSIONS({ .port = 80 }, { .port = 5811 }));
    assert_int_equal(f.coverage->rows[0].verdict, COVERAGE_ABSENT);
    assert_int_equal(f.coverage->rows[1].verdict, COVERAGE_NO_PORT);
    assert_int_equal(f.coverage->rows[2].verdict, COVERAGE_CAN_FIRE);
    done(&f);
}

static void the_first_and_the_last_port_count(void **state)
{
    (void)state;
    struct fixture f =
        judged(ROWS({ .ports = "0" }, { .ports = "65535" }), all, SESSIONS({ .port = -1, .n = 2 }, { .port = 65535 }));
    assert_int_equal(f.coverage->rows[0].accepted, 2);
    assert_int_equal(f.coverage->rows[1].accepted, 1);
    done(&f);
}

static void a_filter_that_rejects_all_is_found_with_the_values_that_were_seen(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ .action = "Allow" }), all,
                              SESSIONS({ .n = 2, .action = "Drop" }, { .n = 30, .action = "Deny" },
                                       { .n = 2, .action = "Alert" }, { .n = 9, .port = 80, .action = "Allow" }));
    const struct coverage_row *row = &f.coverage->rows[0];
    struct coverage_values v;
    assert_int_equal(row->verdict, COVERAGE_REJECTED);
    assert_int_equal(row->on_ports, 34);
    assert_int_equal(row->rejected[FIELD_ACTION], 34);
    assert_int_equal(row->rejected[FIELD_PROTOCOL], 0);
    coverage_rejected(f.coverage, 0, FIELD_ACTION, &v);
    const char *const expected[] = { "Deny", "Alert", "Drop" }; /* of equal sums the first by text */
    assert_int_equal(v.n, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_true(span_is(f.coverage->counts->values[FIELD_ACTION].items[v.items[i].number], expected[i]));
    assert_int_equal(v.items[0].sum, 30);
    assert_int_equal(v.set, 34);
    assert_int_equal(v.empty, 0);
    coverage_values_fini(&v);
    done(&f);
}

static void filters_that_only_together_reject_all_are_each_counted(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ .protocol = "TCP", .direction = "Inbound" }), all,
                              SESSIONS({ .n = 5, .protocol = "UDP" }, { .n = 7, .direction = "Outbound" }));
    const struct coverage_row *row = &f.coverage->rows[0];
    assert_int_equal(row->verdict, COVERAGE_REJECTED);
    assert_int_equal(row->rejected[FIELD_PROTOCOL], 5);
    assert_int_equal(row->rejected[FIELD_DIRECTION], 7);
    done(&f);
}

static void what_passes_for_want_of_a_value_is_not_certain(void **state)
{
    (void)state;
    const struct row row = { .direction = "Inbound" };
    struct fixture f = judged(&row, 1, all, SESSIONS({ .n = 5, .direction = "" }, { .n = 2 }));
    assert_int_equal(f.coverage->rows[0].accepted, 7);
    assert_int_equal(f.coverage->rows[0].certain, 2);
    assert_int_equal(f.coverage->rows[0].wanting[FIELD_DIRECTION], 5);
    assert_int_equal(f.coverage->rows[0].wanting[FIELD_ACTION], 0);
    done(&f);
    f = judged(&row, 1, star_only, SESSIONS({ .n = 5, .direction = "" }));
    struct coverage_values v;
    assert_int_equal(f.coverage->rows[0].verdict, COVERAGE_REJECTED);
    coverage_rejected(f.coverage, 0, FIELD_DIRECTION, &v);
    assert_int_equal(v.n, 0);
    assert_int_equal(v.empty, 5);
    coverage_values_fini(&v);
    done(&f);
}

static void a_star_takes_an_empty_value_for_certain(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ 0 }), star_only, SESSIONS({ .n = 5, .direction = "", .action = "" }));
    assert_int_equal(f.coverage->rows[0].certain, 5);
    done(&f);
}

static void the_application_matters_only_where_it_is_asked_for(void **state)
{
    (void)state;
    const struct row row = { .app = "tor" };
    struct fixture f = judged(&row, 1, all, SESSIONS({ .n = 5, .app = "smb" }));
    assert_int_equal(f.coverage->rows[0].verdict, COVERAGE_CAN_FIRE);
    done(&f);
    f = judged(&row, 1, with_app, SESSIONS({ .n = 5, .app = "smb" }));
    assert_int_equal(f.coverage->rows[0].verdict, COVERAGE_REJECTED);
    assert_int_equal(f.coverage->rows[0].rejected[FIELD_APP], 5);
    done(&f);
}

static void inactive_rows_take_no_part(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ .threshold = "1e3" }, { .severity = "Disabled" }, { .type = "Detection" },
                                   { .threshold_type = "Anomaly" }, { .name = "active" }),
                              all, SESSIONS({ .n = 1 }));
    assert_int_equal(f.coverage->rules.n, 1);
    assert_int_equal(f.coverage->rules.items[0].row->line, 6);
    done(&f);
}

static void values_come_by_their_sessions_and_empty_ones_apart(void **state)
{
    (void)state;
    struct fixture f = judged(ROWS({ 0 }), all,
                              SESSIONS({ .n = 1, .protocol = "UDP" }, { .n = 4, .port = 80, .protocol = "" },
                                       { .n = 3, .port = 81, .protocol = "TCP" }, { .n = 2, .protocol = "UDP" }));
    struct coverage_values v;
    coverage_values_of(f.coverage, FIELD_PROTOCOL, &v);
    assert_int_equal(v.n, 2);
    assert_true(span_is(f.coverage->counts->values[FIELD_PROTOCOL].items[v.items[0].number], "TCP"));
    assert_int_equal(v.items[1].sum, 3);
    assert_int_equal(v.set, 6);
    assert_int_equal(v.empty, 4);
    coverage_values_fini(&v);
    coverage_ports(f.coverage, &v);
    assert_int_equal(v.n, 3);
    assert_int_equal(v.items[0].number, 80);
    assert_int_equal(v.items[1].number, 81); /* as many sessions as 445: by number */
    assert_int_equal(v.items[2].number, 445);
    assert_int_equal(v.set, 10);
    coverage_values_fini(&v);
    done(&f);
}

/* ---- the summary that it is made from */

#define SUMMARY_HEADER "EventTime,NetworkProtocol,DstPortNumber,DstAppName,NetworkDirection,DvcAction,count_\n"

static enum status add_text(struct counts *c, const char *text, struct error *e)
{
    char *copy = allocate_text(span_text(text));
    enum status status = coverage_counts_add(c, copy, strlen(copy), e);
    free(copy);
    return status;
}

static void windows_of_a_summary_are_added_up(void **state)
{
    (void)state;
    struct counts c = { 0 };
    struct error e;
    assert_int_equal(add_text(&c,
                              SUMMARY_HEADER "1970-01-01T00:00:00Z,TCP,22,,Inbound,Allow,3\n"
                                             "1970-01-01T00:00:00Z,TCP,22,\"a,\"\"b\",Inbound,Allow,1\n"
                                             "1971-01-02T00:00:00Z,TCP,22,,Inbound,Allow,4\n",
                              &e),
                     STATUS_OK);
    assert_int_equal(c.entries_n, 2);
    assert_int_equal(c.entries[0].sum, 7);
    assert_int_equal(c.entries[1].sum, 1);
    assert_true(span_is(counts_value(&c, c.entries[1].combination, FIELD_APP), "a,\"b"));
    counts_fini(&c);
}

static void what_is_no_summary_is_an_error(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "\n",
        "EventTime,NetworkProtocol\n",
        SUMMARY_HEADER "1970-01-01T00:00:00Z,TCP,22,,Inbound,Allow\n",
        SUMMARY_HEADER "1970-01-01T00:00:00Z,TCP,65536,,Inbound,Allow,1\n",
        SUMMARY_HEADER "1970-01-01T00:00:00Z,TCP,22,,Inbound,Allow,-1\n",
        SUMMARY_HEADER "1970-01-01T00:00:00Z,TCP,22,,Inbound,\"Allow,1\n",
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct counts c = { 0 };
        struct error e = { 0 };
        if (add_text(&c, wrong[i], &e) != STATUS_SYSTEM || !e.text[0])
            fail_msg("taken, or without a sentence: %s", wrong[i]);
        counts_fini(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_accepts_a_session_can_fire_whatever_its_threshold),
        cmocka_unit_test(sessions_are_needed_on_its_ports),
        cmocka_unit_test(the_first_and_the_last_port_count),
        cmocka_unit_test(a_filter_that_rejects_all_is_found_with_the_values_that_were_seen),
        cmocka_unit_test(filters_that_only_together_reject_all_are_each_counted),
        cmocka_unit_test(what_passes_for_want_of_a_value_is_not_certain),
        cmocka_unit_test(a_star_takes_an_empty_value_for_certain),
        cmocka_unit_test(the_application_matters_only_where_it_is_asked_for),
        cmocka_unit_test(inactive_rows_take_no_part),
        cmocka_unit_test(values_come_by_their_sessions_and_empty_ones_apart),
        cmocka_unit_test(windows_of_a_summary_are_added_up),
        cmocka_unit_test(what_is_no_summary_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
