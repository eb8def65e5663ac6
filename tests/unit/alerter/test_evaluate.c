/* The rule and what results are merged into. */
#include "cases.h"

#include <stdio.h>

static const struct evaluate_options plain = { 0 };
static const struct evaluate_options per_row = { .aggregate_row = true };
static const struct evaluate_options match_app = { .match_app = true };

static void six_hundred_and_six_hundred_do_not_fire_at_a_thousand(void **state)
{
    (void)state;
    const struct sessions others[] = { { .n = 600, .action = "Deny" },
                                       { .n = 600, .direction = "Outbound" },
                                       { .n = 600, .protocol = "UDP" },
                                       { .n = 600, .port = 139 } };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const struct sessions both[] = { { .n = 600 }, others[i] };
        assert_results(run_rule(ROWS({ .ports = "139,445", .threshold = "1000" }), plain, both, 2), "[]");
    }
}

static void a_row_adds_its_groups_up_per_port_when_asked(void **state)
{
    (void)state;
    assert_results(run_rule(ROWS({ .ports = "139,445", .threshold = "1000", .action = "Allow,Deny" }), per_row,
                            SESSIONS({ .n = 600 }, { .n = 600, .action = "Deny" }, { .n = 5, .action = "Drop" },
                                     { .n = 999, .port = 139 })),
                   "[{\"MaxSum\": 1200, \"DvcActions\": [\"Allow\", \"Deny\"], \"DstPortNumber\": 445,"
                   "  \"Rows\": [{\"File\": \"w.csv\", \"Line\": 2, \"Threshold\": 1000, \"Sum\": 1200}]}]");
    assert_results(run_rule(ROWS({ .ports = "139,445", .threshold = "1000" }), per_row,
                            SESSIONS({ .n = 600 }, { .n = 600, .port = 139 })),
                   "[]");
}

static void the_sum_must_be_above_the_threshold(void **state)
{
    (void)state;
    assert_false(fires((struct row){ .threshold = "1000" }, (struct sessions){ .n = 1000 }));
    assert_true(fires((struct row){ .threshold = "1000" }, (struct sessions){ .n = 1001 }));
    static const char *const low[] = { "0", "-0", "+0", "-1", "-2147483648" };
    for (size_t i = 0; i < COUNT_OF(low); i++)
        assert_true(fires((struct row){ .threshold = low[i] }, (struct sessions){ 0 }));
    assert_false(fires((struct row){ .threshold = "1,000" }, (struct sessions){ .n = 9999 }));
    assert_true(fires((struct row){ .threshold = "2147483647" }, (struct sessions){ .n = INT64_C(6442450941) }));
}

static void rows_are_chosen_by_exact_words(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool hunting, detection;
    } types[] = { { "Hunting", true, false },
                  { "Detection", false, true },
                  { "hunting", false, false },
                  { "Hunting ", false, false },
                  { "Hunting,Detection", false, false } };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct row r = { .type = types[i].type };
        struct sessions s = { 0 };
        assert_int_equal(fires_with(r, (struct evaluate_options){ .type = WATCHLIST_HUNTING }, s), types[i].hunting);
        assert_int_equal(fires_with(r, (struct evaluate_options){ .type = WATCHLIST_DETECTION }, s),
                         types[i].detection);
        assert_int_equal(fires_with(r, (struct evaluate_options){ .type = WATCHLIST_ALL }, s),
                         types[i].hunting || types[i].detection);
    }
    static const char *const other[] = { "static", "Anomaly", " Static", "" };
    for (size_t i = 0; i < COUNT_OF(other); i++)
        assert_false(fires((struct row){ .threshold_type = other[i] }, (struct sessions){ 0 }));
    assert_false(fires((struct row){ .severity = "Disabled" }, (struct sessions){ 0 }));
    assert_true(fires((struct row){ .severity = "disabled" }, (struct sessions){ 0 }));
    assert_true(fires((struct row){ .severity = "Disabled " }, (struct sessions){ 0 }));
    assert_true(fires((struct row){ .severity = "" }, (struct sessions){ 0 }));
}

static void the_ports_of_active_rows_are_wanted(void **state)
{
    (void)state;
    static const struct row rows[] = { { .ports = "22,443,444" },
                                       { .ports = "443" },
                                       { .ports = "65535,0" },
                                       { .ports = "80", .severity = "Disabled" },
                                       { .ports = "8080", .type = "Detection" } };
    static const struct port_range_wanted expected[] = { { 0, 0 }, { 22, 22 }, { 443, 444 }, { 65535, 65535 } };
    static struct port_range_wanted ranges[WANT_PORTS_MAX];
    struct watchlist *w = rows_parsed(rows, COUNT_OF(rows));
    struct evaluator *v = evaluator_new(w, &plain);
    assert_int_equal(evaluator_ports(v, ranges), COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_true(ranges[i].first == expected[i].first && ranges[i].last == expected[i].last);
    evaluator_free(&v);
    watchlist_free(&w);
    static const struct row every[] = { { .ports = "*" } };
    w = rows_parsed(every, 1);
    v = evaluator_new(w, &plain);
    assert_int_equal(evaluator_ports(v, ranges), fires(every[0], (struct sessions){ .port = 7, .n = 1 }));
    evaluator_free(&v);
    watchlist_free(&w);
}

static void all_three_filters_must_pass(void **state)
{
    (void)state;
    struct sessions s = { 0 };
    assert_true(fires((struct row){ .protocol = "TCP", .direction = "Inbound", .action = "Allow" }, s));
    assert_false(fires((struct row){ .protocol = "UDP", .direction = "Inbound", .action = "Allow" }, s));
    assert_false(fires((struct row){ .protocol = "TCP", .direction = "Outbound", .action = "Allow" }, s));
    assert_false(fires((struct row){ .protocol = "TCP", .direction = "Inbound", .action = "Deny" }, s));
    assert_true(fires((struct row){ .protocol = "TCP, UDP" }, (struct sessions){ .protocol = "UDP" }));
}

static void a_session_without_protocol_meets_a_udp_row(void **state)
{
    (void)state;
    static const struct {
        struct row row;
        bool all, star_only;
    } cases[] = { { { .ports = "53", .protocol = "UDP", .action = "Allow" }, true, false },
                  { { .ports = "53", .protocol = "UDP,*" }, true, true },
                  { { .ports = "53" }, true, true },
                  { { .ports = "53", .direction = "Inbound" }, true, false },
                  { { .ports = "53", .protocol = "" }, true, false } };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sessions s = { .port = 53, .protocol = "", .direction = "", .action = "" };
        assert_int_equal(fires(cases[i].row, s), cases[i].all);
        assert_int_equal(fires_with(cases[i].row, (struct evaluate_options){ .empty = EMPTY_MATCHES_STAR_ONLY }, s),
                         cases[i].star_only);
    }
}

static void port_zero_counts_with_a_cell_zero(void **state)
{
    (void)state;
    assert_true(fires((struct row){ .ports = "0" }, (struct sessions){ .port = -1 }));
    assert_false(fires((struct row){ .ports = "0" }, (struct sessions){ .port = 1 }));
    assert_true(fires((struct row){ .ports = "65535" }, (struct sessions){ .port = 65535 }));
    assert_false(fires((struct row){ .ports = "*" }, (struct sessions){ 0 }));
}

static void the_application_neither_filters_nor_splits_unless_asked(void **state)
{
    (void)state;
    assert_true(fires((struct row){ .app = "smb" }, (struct sessions){ .app = "http" }));
    assert_false(fires_with((struct row){ .app = "smb" }, match_app, (struct sessions){ .app = "http" }));
    assert_results(run_rule(ROWS({ .app = "smb", .threshold = "17" }), plain,
                            SESSIONS({ .n = 6, .app = "smb" }, { .n = 6, .app = "http" }, { .n = 6 })),
                   "[{\"MaxSum\": 18, \"Threshold\": 17}]");
}

static void the_threshold_is_compared_with_the_accepted_applications(void **state)
{
    (void)state;
    const struct sessions s[] = { { .n = 6, .app = "ms-ds-smb" }, { .n = 6, .app = "smb" }, { .n = 6, .app = "http" } };
    assert_results(run_rule(ROWS({ .app = "smb", .threshold = "11" }), match_app, s, 3),
                   "[{\"MaxSum\": 12, \"Groups\": [{\"NetworkProtocol\": \"TCP\", \"NetworkDirection\": \"Inbound\","
                   "  \"DvcAction\": \"Allow\", \"Sum\": 12}]}]");
    assert_results(run_rule(ROWS({ .app = "smb", .threshold = "12" }), match_app, s, 3), "[]");
    assert_results(run_rule(ROWS({ .app = "*", .threshold = "12" }), match_app, s, 3), "[{\"MaxSum\": 18}]");
}

static void the_tcp_and_udp_rows_of_593_merge(void **state)
{
    (void)state;
    assert_results(
        run_rule(ROWS({ .ports = "593", .protocol = "TCP", .description = "RPC" },
                      { .ports = "593", .protocol = "UDP", .description = "RPC" }),
                 plain, SESSIONS({ .n = 2, .port = 593 }, { .n = 3, .port = 593, .protocol = "UDP" })),
        "[{\"NetworkProtocols\": [\"TCP\", \"UDP\"], \"MaxSum\": 3, \"Rows\": ["
        "   {\"File\": \"w.csv\", \"Line\": 2, \"Threshold\": 0, \"Sum\": 2},"
        "   {\"File\": \"w.csv\", \"Line\": 3, \"Threshold\": 0, \"Sum\": 3}], \"Groups\": ["
        "   {\"NetworkProtocol\": \"TCP\", \"NetworkDirection\": \"Inbound\", \"DvcAction\": \"Allow\", \"Sum\": 2},"
        "   {\"NetworkProtocol\": \"UDP\", \"NetworkDirection\": \"Inbound\", \"DvcAction\": \"Allow\", \"Sum\": "
        "3}]}]");
}

static void the_rows_of_138_stay_two(void **state)
{
    (void)state;
    assert_results(
        run_rule(ROWS({ .ports = "138", .description = "Netbios" }, { .ports = "138", .description = "NetBIOS" }),
                 plain, SESSIONS({ .port = 138 })),
        "[{\"Description\": \"NetBIOS\"}, {\"Description\": \"Netbios\"}]");
}

static void every_part_of_the_merge_key_splits(void **state)
{
    (void)state;
    const struct row split[] = { { .name = "other" },     { .severity = "other" }, { .tactic = "other" },
                                 { .description = "d" },  { .name = "N " },        { .severity = "Low " },
                                 { .tactic = "Impact " }, { .description = "D " } };
    for (size_t i = 0; i < COUNT_OF(split); i++) {
        json_t *results = run_rule(ROWS({ 0 }, split[i]), plain, SESSIONS({ 0 }));
        assert_int_equal(json_array_size(results), 2);
        assert_string_not_equal(json_string_value(json_object_get(json_array_get(results, 0), "AlertId")),
                                json_string_value(json_object_get(json_array_get(results, 1), "AlertId")));
        json_decref(results);
    }
    const struct row merged[] = {
        { .threshold = "1" }, { .ports = "445,22" }, { .app = "smb" }, { .protocol = "TCP" }
    };
    for (size_t i = 0; i < COUNT_OF(merged); i++)
        assert_results(run_rule(ROWS({ 0 }, merged[i]), plain, SESSIONS({ .n = 2 })), "[{}]");
    assert_results(run_rule(ROWS({ .ports = "22,445" }), plain, SESSIONS({ 0 }, { .port = 22 })),
                   "[{\"DstPortNumber\": 22}, {\"DstPortNumber\": 445}]");
    assert_results(run_rule(ROWS({ .name = "é" }, { .name = "e\u0301" }), plain, SESSIONS({ 0 })), "[{}, {}]");
}

static void only_what_exceeds_is_listed(void **state)
{
    (void)state;
    assert_results(
        run_rule(ROWS({ .threshold = "3" }), plain,
                 SESSIONS({ .n = 5 }, { .n = 3, .action = "Deny" }, { .n = 9, .action = "Drop", .protocol = "UDP" })),
        "[{\"DvcActions\": [\"Allow\", \"Drop\"], \"NetworkProtocols\": [\"TCP\", \"UDP\"], \"MaxSum\": 9}]");
    assert_results(
        run_rule(ROWS({ .action = "Allow" }, { .action = "Deny", .threshold = "9" }), plain,
                 SESSIONS({ .n = 5 }, { .n = 9, .action = "Deny" })),
        "[{\"MaxSum\": 5, \"DvcActions\": [\"Allow\"], \"Rows\": [{\"File\": \"w.csv\", \"Line\": 2, \"Threshold\": 0,"
        "  \"Sum\": 5}]}]");
}

static void of_equal_sums_the_lowest_threshold_is_told(void **state)
{
    (void)state;
    assert_results(
        run_rule(ROWS({ .threshold = "4" }, { .threshold = "2" }, { .threshold = "3" }), plain, SESSIONS({ .n = 5 })),
        "[{\"MaxSum\": 5, \"Threshold\": 2}]");
    assert_results(run_rule(ROWS({ .threshold = "1", .action = "Deny" }, { .threshold = "4", .action = "Allow" }),
                            plain, SESSIONS({ .n = 5 }, { .n = 3, .action = "Deny" })),
                   "[{\"MaxSum\": 5, \"Threshold\": 4}]");
}

static void sets_are_sorted_then_cut_and_hold_no_empty_value(void **state)
{
    (void)state;
    enum { VALUES = 21 };
    char names[VALUES][8];
    struct sessions s[VALUES + 1];
    for (int i = 0; i < VALUES; i++) {
        snprintf(names[i], sizeof names[i], "v%02d", VALUES - 1 - i);
        s[i] = (struct sessions){ .protocol = names[i], .direction = names[i], .action = names[i] };
    }
    s[VALUES] = (struct sessions){ .protocol = "", .direction = "", .action = "" };
    json_t *results = run_rule(ROWS({ 0 }), plain, s, VALUES + 1);
    const json_t *r = json_array_get(results, 0);
    static const struct {
        const char *key;
        size_t most;
    } sets[] = { { "NetworkProtocols", 20 }, { "NetworkDirections", 5 }, { "DvcActions", 10 } };
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        const json_t *set = json_object_get(r, sets[i].key);
        assert_int_equal(json_array_size(set), sets[i].most);
        for (size_t k = 0; k < sets[i].most; k++) {
            char expected[8];
            snprintf(expected, sizeof expected, "v%02d", (int)k);
            assert_string_equal(json_string_value(json_array_get(set, k)), expected);
        }
    }
    assert_int_equal(json_array_size(json_object_get(r, "Groups")), VALUES + 1);
    json_decref(results);
}

static void text_is_sorted_by_code_point(void **state)
{
    (void)state;
    assert_results(run_rule(ROWS({ 0 }), plain,
                            SESSIONS({ .protocol = "é" }, { .protocol = "z" }, { .protocol = "Z" },
                                     { .protocol = "\U0001f512" }, { .protocol = "\uff5e" })),
                   "[{\"NetworkProtocols\": [\"Z\", \"z\", \"é\", \"\uff5e\", \"\U0001f512\"]}]");
    assert_results(
        run_rule(ROWS({ .name = "b" }, { .name = "B", .severity = "x" }, { .name = "B", .severity = "High" }), plain,
                 SESSIONS({ 0 })),
        "[{\"Name\": \"B\", \"Severity\": \"High\"}, {\"Name\": \"B\", \"Severity\": \"x\"}, {\"Name\": \"b\"}]");
}

static void results_are_sorted_by_port_before_description(void **state)
{
    (void)state;
    assert_results(run_rule(ROWS({ .ports = "22", .description = "z" }, { .ports = "445", .description = "a" },
                                 { .ports = "22", .description = "y" }),
                            plain, SESSIONS({ 0 }, { .port = 22 })),
                   "[{\"DstPortNumber\": 22, \"Description\": \"y\"}, {\"DstPortNumber\": 22, \"Description\": \"z\"},"
                   " {\"DstPortNumber\": 445, \"Description\": \"a\"}]");
}

static void two_rows_of_different_name_give_two_results(void **state)
{
    (void)state;
    const struct row rows[] = { { .name = "Telnet", .threshold = "1000" }, { .name = "High-risk Ports" } };
    assert_results(run_rule(rows, 2, plain, SESSIONS({ .n = 1000 })), "[{\"Name\": \"High-risk Ports\"}]");
    assert_results(run_rule(rows, 2, plain, SESSIONS({ .n = 1001 })),
                   "[{\"Name\": \"High-risk Ports\"}, {\"Name\": \"Telnet\"}]");
}

static void equal_groups_that_come_in_pieces_are_added_up(void **state)
{
    (void)state;
    assert_results(run_rule(ROWS({ .threshold = "9" }), plain,
                            SESSIONS({ .n = 5, .app = "a" }, { .n = 2 }, { .n = 3, .app = "a" })),
                   "[{\"MaxSum\": 10}]");
}

static void sums_stop_at_the_largest_number(void **state)
{
    (void)state;
    assert_results(run_rule(ROWS({ 0 }), per_row, SESSIONS({ .n = INT64_MAX }, { .n = INT64_MAX, .action = "Deny" })),
                   "[{\"MaxSum\": 9223372036854775807}]");
}

static void what_is_no_text_is_shown_as_replaced(void **state)
{
    (void)state;
    assert_results(
        run_rule(ROWS({ .threshold = "1" }), plain, SESSIONS({ .protocol = "a\xff" }, { .protocol = "a\xfe" })),
        "[{\"NetworkProtocols\": [\"a\ufffd\"], \"MaxSum\": 2}]");
}

static void an_alert_id_depends_on_what_results_are_merged_by_and_nothing_else(void **state)
{
    (void)state;
    json_t *few = run_rule(ROWS({ 0 }), plain, SESSIONS({ 0 }));
    json_t *many =
        run_rule(ROWS({ .ports = "9" }, { .threshold = "2" }), plain, SESSIONS({ .n = 7, .protocol = "UDP" }));
    json_t *hour = run_rule(ROWS({ 0 }), (struct evaluate_options){ .window_ms = 3600000 }, SESSIONS({ 0 }));
    const char *id = json_string_value(json_object_get(json_array_get(few, 0), "AlertId"));
    assert_int_equal(strlen(id), 32);
    assert_string_equal(id, json_string_value(json_object_get(json_array_get(many, 0), "AlertId")));
    assert_string_not_equal(id, json_string_value(json_object_get(json_array_get(hour, 0), "AlertId")));
    json_decref(few);
    json_decref(many);
    json_decref(hour);
}

/* Many rows that name ports in overlapping ways: each port must meet exactly its rows. */
static void every_port_meets_exactly_its_rows(void **state)
{
    (void)state;
    enum { ROWS_N = 150 };
    struct row rows[ROWS_N];
    char cells[ROWS_N][32], names[ROWS_N][8];
    unsigned low[ROWS_N], high[ROWS_N], seed = 7;
    for (unsigned i = 0; i < ROWS_N; i++) {
        seed = seed * 1103515245 + 12345;
        low[i] = seed >> 8 & 0xff;
        high[i] = low[i] + (seed >> 16 & 0x1f) * (seed >> 30);
        snprintf(cells[i], sizeof cells[i], "%u-%u", low[i], high[i]);
        snprintf(names[i], sizeof names[i], "n%03u", i);
        rows[i] = (struct row){ .ports = cells[i], .name = names[i] };
    }
    struct watchlist *w = rows_parsed(rows, ROWS_N);
    for (unsigned port = 1; port < 400; port += 3) {
        struct sessions s = { .port = (int)port };
        json_t *results = results_of(w, plain, &s, 1);
        size_t at = 0;
        for (unsigned i = 0; i < ROWS_N; i++)
            if (low[i] <= port && port <= high[i])
                assert_string_equal(json_string_value(json_object_get(json_array_get(results, at++), "Name")),
                                    names[i]);
        assert_int_equal(json_array_size(results), at);
        json_decref(results);
    }
    watchlist_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_hundred_and_six_hundred_do_not_fire_at_a_thousand),
        cmocka_unit_test(a_row_adds_its_groups_up_per_port_when_asked),
        cmocka_unit_test(the_sum_must_be_above_the_threshold),
        cmocka_unit_test(rows_are_chosen_by_exact_words),
        cmocka_unit_test(the_ports_of_active_rows_are_wanted),
        cmocka_unit_test(all_three_filters_must_pass),
        cmocka_unit_test(a_session_without_protocol_meets_a_udp_row),
        cmocka_unit_test(port_zero_counts_with_a_cell_zero),
        cmocka_unit_test(the_application_neither_filters_nor_splits_unless_asked),
        cmocka_unit_test(the_threshold_is_compared_with_the_accepted_applications),
        cmocka_unit_test(the_tcp_and_udp_rows_of_593_merge),
        cmocka_unit_test(the_rows_of_138_stay_two),
        cmocka_unit_test(every_part_of_the_merge_key_splits),
        cmocka_unit_test(only_what_exceeds_is_listed),
        cmocka_unit_test(of_equal_sums_the_lowest_threshold_is_told),
        cmocka_unit_test(sets_are_sorted_then_cut_and_hold_no_empty_value),
        cmocka_unit_test(text_is_sorted_by_code_point),
        cmocka_unit_test(results_are_sorted_by_port_before_description),
        cmocka_unit_test(two_rows_of_different_name_give_two_results),
        cmocka_unit_test(equal_groups_that_come_in_pieces_are_added_up),
        cmocka_unit_test(sums_stop_at_the_largest_number),
        cmocka_unit_test(what_is_no_text_is_shown_as_replaced),
        cmocka_unit_test(an_alert_id_depends_on_what_results_are_merged_by_and_nothing_else),
        cmocka_unit_test(every_port_meets_exactly_its_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
