/* The watchlist's check: every finding, with its line and column, and nothing on what is clean. */
#include "cases.h"

#include "check.h"
#include "known.h"

#include <stdio.h>
#include <string.h>

static void append_finding(void *user, const struct finding *f)
{
    buffer_append_format(user, "%u: %s: %s%s\n", f->line, f->column, f->note ? "note: " : "", f->what);
}

/* Findings of the row, which stands in line 2, as lines. */
static void assert_found_in(const struct watchlist *w, const char *expected, size_t errors)
{
    struct buffer found = { 0 };
    size_t n = check_watchlist(w, append_finding, &found);
    buffer_append_byte(&found, 0);
    if (expected[0] == 0)
        assert_string_equal(found.p, "");
    else if (!strstr(found.p, expected))
        fail_msg("'%s' is not among:\n%s", expected, found.p);
    assert_int_equal(n, errors);
    buffer_fini(&found);
}

static void assert_found(struct row row, const char *expected, size_t errors)
{
    struct watchlist *w = rows_parsed(&row, 1);
    assert_found_in(w, expected, errors);
    watchlist_free(&w);
}

static void a_clean_row_has_no_findings(void **state)
{
    (void)state;
    assert_found((struct row){ 0 }, "", 0);
    assert_found((struct row){ .ports = "22, 80,5800-5810,ssh, SMB ,0",
                               .protocol = "tcp, UDP,IPv6-ICMP",
                               .direction = "Inbound",
                               .action = "Allow,drop icmp",
                               .tactic = "Command and Control, InitialAccess",
                               .severity = "Informational",
                               .type = "Detection",
                               .threshold = " 12 " },
                 "", 0);
    assert_found((struct row){ .tactic = "" }, "", 0);
}

static void ports_that_cannot_match_are_found(void **state)
{
    (void)state;
    assert_found((struct row){ .ports = "*" }, "2: Ports: '*' matches no port", 1);
    assert_found((struct row){ .ports = "22, * " }, "2: Ports: '*' matches no port", 1);
    assert_found((struct row){ .ports = "65536" }, "2: Ports: '65536' goes beyond 65535", 1);
    assert_found((struct row){ .ports = "65000-70000" }, "2: Ports: '65000-70000' goes beyond 65535", 1);
    assert_found((struct row){ .ports = "" }, "2: Ports: an empty element matches no port", 1);
    assert_found((struct row){ .ports = "22,,80" }, "2: Ports: an empty element matches no port", 1);
    assert_found((struct row){ .ports = "0443" }, "2: Ports: '0443' matches no port", 1);
    assert_found((struct row){ .ports = "sshd,x" }, "2: Ports: 'x' matches no port", 2);
    assert_found((struct row){ .ports = "5810-5800" }, "of which only the ends match", 1);
    assert_found((struct row){ .ports = "5800-" }, "only the number in it matches", 1);
    assert_found((struct row){ .ports = "22 80" }, "only the numbers in it match", 1);
    assert_found((struct row){ .ports = "443/tcp" }, "2: Ports: note: '443/tcp'", 0);
}

static void words_that_are_not_exact_are_found(void **state)
{
    (void)state;
    assert_found((struct row){ .type = "hunting" }, "2: Type: 'hunting' is not Hunting", 1);
    assert_found((struct row){ .type = "Hunting " }, "2: Type: 'Hunting ' is not Hunting", 1);
    assert_found((struct row){ .type = "" }, "2: Type: '' is unknown", 1);
    assert_found((struct row){ .threshold_type = "static" }, "2: ThresholdType: 'static' is not Static", 1);
    assert_found((struct row){ .threshold_type = "Anomaly", .threshold = "" }, "2: ThresholdType: note: Anomaly", 0);
    assert_found((struct row){ .severity = "disabled" }, "2: Severity: 'disabled' is not Disabled", 1);
    assert_found((struct row){ .severity = "Hihg" }, "2: Severity: 'Hihg' is not High", 1);
    assert_found((struct row){ .severity = "urgent" }, "expected one of High, Medium, Low, Informational, Disabled", 1);
    assert_found((struct row){ .tactic = "LateralMovment" },
                 "2: Tactic: 'LateralMovment' is no tactic of MITRE ATT&CK: is LateralMovement", 1);
    assert_found((struct row){ .tactic = "Impact,," }, "2: Tactic: ''", 2);
}

static void thresholds_that_never_fire_are_found(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "1,000", "1e3", "high", "2147483648", "1.0" };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_found((struct row){ .threshold = bad[i] }, "2: Threshold: ", 1);
    assert_found((struct row){ .threshold = "-1" }, "2: Threshold: note: -1 is below 0", 0);
}

static void filters_that_no_known_value_passes_are_found(void **state)
{
    (void)state;
    assert_found((struct row){ .protocol = "TPC" }, "2: Protocol: 'tpc' accepts no known value: is TCP meant?", 1);
    assert_found((struct row){ .protocol = "6" }, "2: Protocol: '6' accepts no known value", 1);
    assert_found((struct row){ .direction = "In" }, "2: Direction: 'in' accepts no known value", 1);
    assert_found((struct row){ .action = "Allowed" }, "2: Action: 'allowed' accepts no known value: is Allow meant?",
                 1);
    assert_found((struct row){ .action = " *" }, "2: Action: '*' with blanks around it is no star", 1);
    assert_found((struct row){ .direction = "" },
                 "2: Direction: an empty element accepts only sessions without a value", 1);
    assert_found((struct row){ .protocol = "TCP,,UDP" }, "2: Protocol: an empty element", 1);
    assert_found((struct row){ .app = "smb" }, "2: App: note: ", 0);
    assert_found((struct row){ .app = " *" }, "2: App: '*' with blanks around it is no star but a name", 1);
}

static void blanks_at_the_ends_are_found(void **state)
{
    (void)state;
    assert_found((struct row){ .name = "N " }, "2: Name: blanks at its ends", 1);
    assert_found((struct row){ .description = " D" }, "2: Description: blanks at its ends", 1);
    assert_found((struct row){ .tactic = "Impact " }, "2: Tactic: blanks at its ends", 1);
    assert_found((struct row){ .name = "" }, "2: Name: note: it is empty", 0);
}

static void text_beyond_the_last_column_is_found(void **state)
{
    (void)state;
    struct watchlist *w = parsed(span_text(HEADER "139,445,*,*,*,*,Hunting,Static,0,Low,Impact,N,D\n"));
    assert_found_in(w, "2: row: text beyond the header's last column", 1);
    watchlist_free(&w);
}

static void columns_that_nobody_reads_are_noted(void **state)
{
    (void)state;
    struct watchlist *w = parsed(
        span_text("ports,Threshold ,Ports,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Name\n"));
    assert_found_in(w, "1: header: note: the column 'Threshold ' is not used", 0);
    watchlist_free(&w);
}

static void repeated_and_shadowed_rows_are_found(void **state)
{
    (void)state;
    static const struct {
        struct row first, second;
        const char *expected;
        size_t errors;
    } cases[] = {
        { { 0 }, { 0 }, "3: row: it repeats the row of line 2", 1 },
        { { .ports = "440-450" }, { .threshold = "5" }, "3: row: it is shadowed by the row of line 2", 1 },
        { { .threshold = "5", .protocol = "tcp" },
          { .protocol = "TCP,UDP" },
          "2: row: it is shadowed by the row of line 3",
          1 },
        { { .ports = "445,22" }, { .ports = "22, 445" }, "3: row: it repeats the row of line 2", 1 },
        { { .threshold = "5" }, { .ports = "445,22", .threshold = "6" }, "", 0 },
        { { .protocol = "TCP" }, { .protocol = "UDP" }, "", 0 },
        { { .name = "M" }, { 0 }, "", 0 },
        { { .description = "d" }, { 0 }, "", 0 },
        { { .type = "Detection" }, { 0 }, "", 0 },
        { { .severity = "Disabled" }, { 0 }, "", 0 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct row rows[] = { cases[i].first, cases[i].second };
        struct watchlist *w = rows_parsed(rows, 2);
        assert_found_in(w, cases[i].expected, cases[i].errors);
        watchlist_free(&w);
    }
}

static void texts_with_anything_in_them_are_shown_short(void **state)
{
    (void)state;
    struct buffer csv = { 0 };
    buffer_append_format(&csv, "%s445,*,*,*,*,\"", HEADER);
    for (int i = 0; i < 500; i++)
        buffer_append(&csv, "é\0", 3);
    buffer_append_format(&csv, "\",Static,0,Low,Impact,N,D\n");
    struct watchlist *w = parsed(buffer_span(&csv));
    assert_found_in(w, "…' is unknown: the row never takes part", 1);
    watchlist_free(&w);
    buffer_fini(&csv);
}

static void the_nearest_word_is_near(void **state)
{
    (void)state;
    assert_string_equal(known_nearest(known_protocols, SPAN_LITERAL("upd")), "UDP");
    assert_string_equal(known_nearest(known_directions, SPAN_LITERAL("inbond")), "Inbound");
    assert_string_equal(known_nearest(known_actions, SPAN_LITERAL("Denied")), "Deny");
    assert_null(known_nearest(known_actions, SPAN_LITERAL("something else")));
    assert_null(known_nearest(known_actions, SPAN_LITERAL("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_row_has_no_findings),
        cmocka_unit_test(ports_that_cannot_match_are_found),
        cmocka_unit_test(words_that_are_not_exact_are_found),
        cmocka_unit_test(thresholds_that_never_fire_are_found),
        cmocka_unit_test(filters_that_no_known_value_passes_are_found),
        cmocka_unit_test(blanks_at_the_ends_are_found),
        cmocka_unit_test(text_beyond_the_last_column_is_found),
        cmocka_unit_test(columns_that_nobody_reads_are_noted),
        cmocka_unit_test(repeated_and_shadowed_rows_are_found),
        cmocka_unit_test(texts_with_anything_in_them_are_shown_short),
        cmocka_unit_test(the_nearest_word_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
