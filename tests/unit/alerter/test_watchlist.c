/* Watchlist files: what is read, what is refused, what is inactive. */
#include "cases.h"

#include "template.h"

#include <stdio.h>

#define LINE "445,*,*,*,*,Hunting,Static,0,Low,T,N,D"

static struct watchlist *load(const char *text)
{
    return parsed(span_text(text));
}

static void assert_refused(struct span text, const char *with)
{
    struct watchlist *w = NULL;
    struct error e = { 0 };
    assert_int_equal(watchlist_parse(text, "w.csv", &w, &e), STATUS_CONFIG);
    assert_null(w);
    if (!strstr(e.text, with))
        fail_msg("'%s' does not say '%s'", e.text, with);
}

static void assert_cell(const struct watchlist *w, size_t row, enum watchlist_cell cell, const char *expected)
{
    assert_true(row < w->rows_n);
    struct span text = w->rows[row].cells[cell];
    if (!span_is(text, expected))
        fail_msg("row %zu, %s: '%.*s', expected '%s'", row, watchlist_columns[cell], (int)text.n, text.p, expected);
}

static size_t active(const struct watchlist *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->rows_n; i++) {
        int32_t threshold;
        n += watchlist_row_verdict(&w->rows[i], WATCHLIST_HUNTING, &threshold) == WATCHLIST_ACTIVE;
    }
    return n;
}

static void byte_order_mark_and_line_ends_do_not_matter(void **state)
{
    (void)state;
    static const char *const boms[] = { "", "\xef\xbb\xbf" }, *const ends[] = { "\n", "\r\n", "\r" };
    for (unsigned b = 0; b < 2; b++) {
        for (unsigned n = 0; n < 3; n++) {
            for (unsigned last = 0; last < 2; last++) {
                char text[512];
                snprintf(text, sizeof text, "%s%.*s%s%s%s%s%s", boms[b], (int)sizeof HEADER - 2, HEADER, ends[n], LINE,
                         ends[n], LINE, last ? ends[n] : "");
                struct watchlist *w = load(text);
                assert_int_equal(active(w), 2);
                assert_int_equal(w->rows_n, 2);
                assert_cell(w, 1, CELL_DESCRIPTION, "D");
                assert_int_equal(w->rows[1].line, 3);
                watchlist_free(&w);
            }
        }
    }
}

static void quotes_are_taken_off_and_blanks_are_kept(void **state)
{
    (void)state;
    struct watchlist *w =
        load(HEADER "\"445\",\"*\",\"*\",*,*,\"Hunting\",Static,0,Low,T,\"say \"\"hi\"\"\",\"two\r\nlines\"\n"
                    "445,*,*,*,*,Hunting,Static,0,Low,T,5\" disk, D \n");
    assert_int_equal(active(w), 2);
    assert_cell(w, 0, CELL_NAME, "say \"hi\"");
    assert_cell(w, 0, CELL_DESCRIPTION, "two\r\nlines");
    assert_cell(w, 1, CELL_NAME, "5\" disk");
    assert_cell(w, 1, CELL_DESCRIPTION, " D ");
    assert_int_equal(w->rows[1].line, 4);
    watchlist_free(&w);
}

static void broken_quotes_refuse_the_file(void **state)
{
    (void)state;
    assert_refused(span_text(HEADER "\"445\"x,*,*,*,*,Hunting,Static,0,Low,T,N,D\n"),
                   "w.csv:2:6: text behind a closing quote");
    assert_refused(span_text(HEADER LINE "\n445,*,*,*,*,Hunting,Static,0,Low,T,N,\"D\n\n"),
                   "w.csv:3:38: a quote is never closed");
    assert_refused(span_text(HEADER LINE "\n\""), "w.csv:3:1: a quote is never closed");
    assert_refused(span_text(HEADER "\"two\nlines\" ,*\n"), "w.csv:3:7: text behind");
    struct watchlist *w = load(HEADER LINE "\n\"\"");
    assert_int_equal(active(w), 1);
    watchlist_free(&w);
}

static void another_encoding_refuses_the_file(void **state)
{
    (void)state;
    assert_refused(span_text(HEADER LINE "\n" LINE "\xe9\n"), "w.csv:3:1: the text is not UTF-8");
    assert_refused(span_of("P\0o\0r\0t\0s\0", 10), "w.csv:1:1: no column Ports");
    assert_refused(span_text("\xff\xfeP"), "w.csv:1:1: the text is not UTF-8");
}

static void columns_go_by_their_names_in_any_order(void **state)
{
    (void)state;
    struct watchlist *w = load("Name,Note,Ports,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity\n"
                               "N,x,445,*,*,*,Hunting,Static,0,Low\n");
    assert_int_equal(active(w), 1);
    assert_cell(w, 0, CELL_NAME, "N");
    assert_cell(w, 0, CELL_APP, "");
    assert_cell(w, 0, CELL_DESCRIPTION, "");
    watchlist_free(&w);
}

static void a_missing_or_doubled_column_refuses_the_file(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < CELLS_N; missing++) {
        struct buffer header = { 0 };
        for (unsigned i = 0; i < CELLS_N; i++)
            if (i != missing)
                buffer_append_format(&header, "%s%s", header.n ? "," : "", watchlist_columns[i]);
        if (missing == CELL_APP || missing == CELL_TACTIC || missing == CELL_DESCRIPTION) {
            struct watchlist *w = parsed(buffer_span(&header));
            watchlist_free(&w);
        } else {
            assert_refused(buffer_span(&header), watchlist_columns[missing]);
        }
        buffer_clear(&header);
        buffer_append_format(&header, "%s,%.*s", watchlist_columns[missing], (int)sizeof HEADER - 2, HEADER);
        assert_refused(buffer_span(&header), "2 columns");
        buffer_fini(&header);
    }
    assert_refused(span_text(""), "no column Ports");
    assert_refused(span_text("\n" HEADER), "no column Ports");
    assert_refused(span_text("ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name\n"),
                   "no column Ports");
}

static void short_rows_blank_rows_and_blank_cells_are_harmless(void **state)
{
    (void)state;
    struct watchlist *w = load(HEADER "445,*,*,*,*,Hunting,Static,0\n\n,,,\n" LINE ",, ,\n,,,,,,,,,,,,,,,,,,,,\n");
    assert_int_equal(active(w), 2);
    assert_cell(w, 0, CELL_NAME, "");
    assert_true(w->rows[1].blank && w->rows[2].blank && w->rows[4].blank);
    for (size_t i = 0; i < w->rows_n; i++)
        assert_false(w->rows[i].overlong);
    watchlist_free(&w);
    w = load(
        "Ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name,Description,,\n" LINE
        ",,\n");
    assert_int_equal(active(w), 1);
    watchlist_free(&w);
}

static void a_row_with_text_beyond_the_last_column_is_inactive(void **state)
{
    (void)state;
    struct watchlist *w = load(HEADER LINE "\n139," LINE "\n" LINE ",,x\n");
    assert_int_equal(active(w), 1);
    assert_false(w->rows[0].overlong);
    assert_true(w->rows[1].overlong && w->rows[2].overlong);
    assert_int_equal(w->rows[2].line, 4);
    watchlist_free(&w);
}

static void a_row_without_a_threshold_is_inactive(void **state)
{
    (void)state;
    struct watchlist *w =
        load(HEADER "445,*,*,*,*,Hunting,Static,\"1,000\",Low,T,N,D\n445,*,*,*,*,Detection,Static,high,Low\n");
    int32_t threshold;
    assert_int_equal(watchlist_row_verdict(&w->rows[0], WATCHLIST_HUNTING, &threshold), WATCHLIST_BAD_THRESHOLD);
    assert_int_equal(watchlist_row_verdict(&w->rows[1], WATCHLIST_HUNTING, &threshold), WATCHLIST_OTHER_TYPE);
    assert_int_equal(watchlist_row_verdict(&w->rows[1], WATCHLIST_ALL, &threshold), WATCHLIST_BAD_THRESHOLD);
    watchlist_free(&w);
}

static void nul_bytes_are_text(void **state)
{
    (void)state;
    static const char text[] = HEADER "445,*,*,*,*,Hunting,Static,0,Low,T,N\0N,\"\0\"\n";
    struct watchlist *w = parsed(span_of(text, sizeof text - 1));
    assert_int_equal(active(w), 1);
    assert_int_equal(w->rows[0].cells[CELL_NAME].n, 3);
    assert_int_equal(w->rows[0].cells[CELL_DESCRIPTION].n, 1);
    watchlist_free(&w);
}

static void a_cell_has_a_limit(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct buffer text = { 0 };
        buffer_append_format(&text, "%s\"", HEADER);
        for (size_t i = 0; i < CSV_CELL_CHARACTERS_MAX + over; i++)
            buffer_append(&text, "é", 2);
        buffer_append_format(&text, "\"\n");
        if (over) {
            assert_refused(buffer_span(&text), "w.csv:2:1: a cell is too long");
        } else {
            struct watchlist *w = parsed(buffer_span(&text));
            watchlist_free(&w);
        }
        buffer_fini(&text);
    }
}

/* ---- templates */

#define RAW(properties)                                                                                                \
    "{\"resources\":[{\"type\":\"x\",\"properties\":{" properties "}},{\"properties\":{\"rawContent\":\"a,b\\r\\n\"}}" \
    "]}"
#define RAW_LINES                                                                                                      \
    "\"rawContent\":\"Ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name,"          \
    "Description\\r\\n\\\"139,445\\\",smb,*,*,*,Hunting,Static,5,High,Impact,N,\\u00e9\\r\\n\""

static void a_template_holds_the_watchlist(void **state)
{
    (void)state;
    struct watchlist *w =
        load("\xef\xbb\xbf\n " RAW(RAW_LINES ",\"contentType\":\"Text/Csv\",\"numberOfLinesToSkip\":0"));
    assert_int_equal(active(w), 1);
    assert_cell(w, 0, CELL_PORTS, "139,445");
    assert_cell(w, 0, CELL_DESCRIPTION, "é");
    assert_int_equal(w->rows[0].line, 2);
    assert_non_null(w->raw);
    watchlist_free(&w);
}

static void a_template_may_say_that_lines_are_skipped(void **state)
{
    (void)state;
    struct watchlist *w =
        load(RAW("\"numberOfLinesToSkip\":2,\"rawContent\":\"made by\\nhand\\nPorts,Protocol,Direction,Action,"
                 "Type,ThresholdType,Threshold,Severity,Name\\n22,*,*,*,Hunting,Static,5,High,N\""));
    assert_int_equal(active(w), 1);
    assert_int_equal(w->rows[0].line, 4);
    watchlist_free(&w);
}

static void a_template_without_one_watchlist_is_refused(void **state)
{
    (void)state;
    assert_refused(span_text("{}"), "holds no watchlist");
    assert_refused(span_text(RAW("\"x\":1")), "other columns");
    assert_refused(span_text("{\"a\":{" RAW_LINES "},\"b\":[{" RAW_LINES "}]}"), "holds 2 port watchlists");
    assert_refused(span_text(RAW(RAW_LINES ",\"contentType\":\"text/tsv\"")), "expected text/csv");
    assert_refused(span_text(RAW(RAW_LINES ",\"contentType\":7")), "expected text/csv");
    assert_refused(span_text("{\"rawContent\": "), "not JSON");
    assert_refused(span_text("{\"rawContent\":\"Ports,Threshold\\n\"}"), "no column Protocol");
}

static void a_template_that_is_nested_too_deeply_is_refused(void **state)
{
    (void)state;
    struct buffer text = { 0 };
    for (int i = 0; i < 100000; i++)
        buffer_append_format(&text, "{\"a\":");
    assert_refused(buffer_span(&text), "not JSON");
    buffer_fini(&text);
}

static void a_csv_may_begin_with_a_brace(void **state)
{
    (void)state;
    struct watchlist *w = load("{x},Ports,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Name\n"
                               ",22,*,*,*,Hunting,Static,5,High,N\n");
    assert_int_equal(active(w), 1);
    watchlist_free(&w);
}

static void a_file_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct watchlist *w = NULL;
    struct error e;
    assert_int_equal(watchlist_load("/nonexistent/w.csv", &w, &e), STATUS_CONFIG);
    assert_non_null(strstr(e.text, "/nonexistent/w.csv: the watchlist cannot be read: No such file"));
    assert_int_equal(watchlist_load("/", &w, &e), STATUS_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_order_mark_and_line_ends_do_not_matter),
        cmocka_unit_test(quotes_are_taken_off_and_blanks_are_kept),
        cmocka_unit_test(broken_quotes_refuse_the_file),
        cmocka_unit_test(another_encoding_refuses_the_file),
        cmocka_unit_test(columns_go_by_their_names_in_any_order),
        cmocka_unit_test(a_missing_or_doubled_column_refuses_the_file),
        cmocka_unit_test(short_rows_blank_rows_and_blank_cells_are_harmless),
        cmocka_unit_test(a_row_with_text_beyond_the_last_column_is_inactive),
        cmocka_unit_test(a_row_without_a_threshold_is_inactive),
        cmocka_unit_test(nul_bytes_are_text),
        cmocka_unit_test(a_cell_has_a_limit),
        cmocka_unit_test(a_template_holds_the_watchlist),
        cmocka_unit_test(a_template_may_say_that_lines_are_skipped),
        cmocka_unit_test(a_template_without_one_watchlist_is_refused),
        cmocka_unit_test(a_template_that_is_nested_too_deeply_is_refused),
        cmocka_unit_test(a_csv_may_begin_with_a_brace),
        cmocka_unit_test(a_file_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
