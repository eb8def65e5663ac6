/* Results as JSON, CSV and table. */
#include "cases.h"

#include "display.h"

#include <stdio.h>
#include <signal.h>
#include <unistd.h>

static const struct span protocols[] = { { "TCP", 3 }, { "a,\"b\"", 5 } };
static const struct result_group groups[] = { { { { "", 0 }, { "Inbound", 7 }, { "Allow", 5 } }, 3 },
                                              { { { "TCP", 3 }, { "", 0 }, { "", 0 } }, 5 } };
static const struct result_row result_rows[] = { { "dir/w.csv", 2, 0, 5 }, { "dir/w.csv", 7, -1, 3 } };

static struct result sample(void)
{
    return (struct result){ .alert_id = "0123456789abcdef0123456789abcdef",
                            .window_start_ms = T0,
                            .window_end_ms = T0 + 1200000,
                            .name = SPAN_LITERAL("N\x1b[31m"),
                            .severity = SPAN_LITERAL("Low"),
                            .tactic = SPAN_LITERAL(""),
                            .description = SPAN_LITERAL(" two\r\nlines, \"q\" "),
                            .port = 22,
                            .values = { { protocols, 2, true }, { NULL, 0, true }, { NULL, 0, false } },
                            .max_sum = 5,
                            .threshold = 0,
                            .groups = groups,
                            .groups_n = 2,
                            .rows = result_rows,
                            .rows_n = 2 };
}

static void json_holds_every_field(void **state)
{
    (void)state;
    struct result r = sample();
    json_t *results = json_array();
    assert_int_equal(collect(results, &r, NULL), STATUS_OK);
    assert_int_equal(json_object_size(json_array_get(results, 0)), 15);
    assert_results(
        results,
        "[{\"WindowStart\": \"2026-01-01T10:00:00Z\", \"WindowEnd\": \"2026-01-01T10:20:00Z\", \"Name\": "
        "\"N\\u001b[31m\","
        " \"Severity\": \"Low\", \"Tactic\": \"\", \"Description\": \" two\\r\\nlines, \\\"q\\\" \", "
        "\"DstPortNumber\": 22,"
        " \"NetworkProtocols\": [\"TCP\", \"a,\\\"b\\\"\"], \"NetworkDirections\": [], \"DvcActions\": [], \"MaxSum\": "
        "5,"
        " \"Threshold\": 0, \"Groups\": ["
        "  {\"NetworkProtocol\": \"\", \"NetworkDirection\": \"Inbound\", \"DvcAction\": \"Allow\", \"Sum\": 3},"
        "  {\"NetworkProtocol\": \"TCP\", \"NetworkDirection\": \"\", \"DvcAction\": \"\", \"Sum\": 5}],"
        " \"Rows\": [{\"File\": \"dir/w.csv\", \"Line\": 2, \"Threshold\": 0, \"Sum\": 5},"
        "  {\"File\": \"dir/w.csv\", \"Line\": 7, \"Threshold\": -1, \"Sum\": 3}],"
        " \"AlertId\": \"0123456789abcdef0123456789abcdef\"}]");
}

static void a_result_is_one_line_of_json(void **state)
{
    (void)state;
    struct result r = sample();
    struct buffer out = { 0 };
    output_append_json(&out, &r);
    assert_int_equal(span_find(buffer_span(&out), '\n', 0), out.n - 1);
    buffer_fini(&out);
}

static void csv_is_quoted_where_it_must_be(void **state)
{
    (void)state;
    struct result r = sample();
    struct buffer out = { 0 };
    output_append_csv(&out, &r);
    buffer_append_byte(&out, 0);
    assert_string_equal(out.p,
                        "2026-01-01T10:00:00Z,2026-01-01T10:20:00Z,N\x1b[31m,Low,,22,\" two\r\nlines, \"\"q\"\" \","
                        "\"TCP, a,\"\"b\"\"\",,,5,0,\"dir/w.csv:2, dir/w.csv:7\",0123456789abcdef0123456789abcdef\n");
    buffer_fini(&out);
}

/* What a run of results writes. */
static void written(enum output_format format, const struct result *r, size_t n, char *text, size_t size)
{
    int fds[2];
    struct output o;
    struct error e;
    assert_int_equal(pipe(fds), 0);
    output_init(&o, format, fds[1], false);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(output_result(&o, &r[i], &e), STATUS_OK);
    assert_int_equal(output_end(&o, &e), STATUS_OK);
    assert_int_equal(o.results_n, n);
    output_fini(&o);
    close(fds[1]);
    ssize_t got = read(fds[0], text, size - 1);
    assert_true(got >= 0);
    text[got] = 0;
    close(fds[0]);
}

static void a_table_shows_what_was_missing_and_escapes_what_drives_terminals(void **state)
{
    (void)state;
    struct result r[2] = { sample(), sample() };
    char text[4096];
    r[1].window_start_ms += 1200000;
    r[1].window_end_ms += 1200000;
    r[1].name = SPAN_LITERAL("端口");
    written(OUTPUT_TABLE, r, 2, text, sizeof text);
    assert_string_equal(text, "2026-01-01T10:00:00Z to 2026-01-01T10:20:00Z\n"
                              "  SEVERITY  PORT  SERVICE  NAME         SESSIONS  THRESHOLD  PROTOCOL            "
                              "DIRECTION  ACTION  DESCRIPTION (watchlist line)\n"
                              "  Low         22  ssh      N\\u{1b}[31m         5          0  (none), TCP, a,\"b\"  "
                              "(none)             two\\r\\nlines, \"q\" (2, 7)\n"
                              "\n"
                              "2026-01-01T10:20:00Z to 2026-01-01T10:40:00Z\n"
                              "  SEVERITY  PORT  SERVICE  NAME  SESSIONS  THRESHOLD  PROTOCOL            DIRECTION  "
                              "ACTION  DESCRIPTION (watchlist line)\n"
                              "  Low         22  ssh      端口         5          0  (none), TCP, a,\"b\"  (none)      "
                              "       two\\r\\nlines, \"q\" (2, 7)\n"
                              "\n");
    written(OUTPUT_TABLE, NULL, 0, text, sizeof text);
    assert_string_equal(text, "No results: no row of the watchlist was exceeded in any window.\n");
}

static void csv_has_its_header_once_and_json_none(void **state)
{
    (void)state;
    struct result r[2] = { sample(), sample() };
    char text[4096];
    written(OUTPUT_CSV, r, 2, text, sizeof text);
    assert_int_equal(strncmp(text, "WindowStart,WindowEnd,Name,", 27), 0);
    assert_null(strstr(text + 1, "WindowStart"));
    written(OUTPUT_CSV, NULL, 0, text, sizeof text);
    assert_int_equal(strncmp(text, "WindowStart,WindowEnd,Name,", 27), 0);
    written(OUTPUT_JSON, NULL, 0, text, sizeof text);
    assert_string_equal(text, "");
}

static void a_reader_that_has_gone_is_an_error(void **state)
{
    (void)state;
    int fds[2];
    struct output o;
    struct error e = { 0 };
    struct result r = sample();
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    output_init(&o, OUTPUT_JSON, fds[1], false);
    assert_int_equal(output_result(&o, &r, &e), STATUS_OK);
    assert_int_equal(output_end(&o, &e), STATUS_SYSTEM);
    assert_string_equal(e.text, "standard output: cannot be written: Broken pipe");
    output_fini(&o);
    close(fds[1]);
}

static void text_is_escaped_for_terminals(void **state)
{
    (void)state;
    struct buffer out = { 0 };
    display_append(&out, SPAN_LITERAL("a\tb\n\x7f\u202e\u200b\xc2\x85"
                                      "é中\xff\0z"));
    buffer_append_byte(&out, 0);
    assert_string_equal(out.p, "a\\tb\\n\\u{7f}\\u{202e}\\u{200b}\\u{85}é中\ufffd\\u{0}z");
    assert_int_equal(display_width(SPAN_LITERAL("é中e\u0301")), 4);
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_holds_every_field),
        cmocka_unit_test(a_result_is_one_line_of_json),
        cmocka_unit_test(csv_is_quoted_where_it_must_be),
        cmocka_unit_test(a_table_shows_what_was_missing_and_escapes_what_drives_terminals),
        cmocka_unit_test(csv_has_its_header_once_and_json_none),
        cmocka_unit_test(a_reader_that_has_gone_is_an_error),
        cmocka_unit_test(text_is_escaped_for_terminals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
