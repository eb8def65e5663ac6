/* What the alerter's tests share: a watchlist of a few rows, a few sums, and the results as JSON. */
#ifndef TIDEMARK_TESTS_UNIT_ALERTER_CASES_H
#define TIDEMARK_TESTS_UNIT_ALERTER_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "csv_reader.h"
#include "evaluate.h"
#include "output.h"

#include <jansson.h>

#define T0 INT64_C(1767261600000) /* 2026-01-01T10:00:00Z */

/* NULL: the default cell. */
struct row {
    const char *ports, *app, *protocol, *direction, *action, *type, *threshold_type, *threshold, *severity, *tactic,
        *name, *description;
};

#define HEADER "Ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name,Description\n"

static inline void append_row(struct buffer *csv, struct row r)
{
    static const char *const defaults[CELLS_N] = { "445",    "*", "*",   "*",      "*", "Hunting",
                                                   "Static", "0", "Low", "Impact", "N", "D" };
    const char *const cells[CELLS_N] = {
        r.ports,          r.app,       r.protocol, r.direction, r.action, r.type,
        r.threshold_type, r.threshold, r.severity, r.tactic,    r.name,   r.description
    };
    for (unsigned i = 0; i < CELLS_N; i++) {
        if (i)
            buffer_append_byte(csv, ',');
        csv_append_cell(csv, span_text(cells[i] ? cells[i] : defaults[i]));
    }
    buffer_append_byte(csv, '\n');
}

static inline struct watchlist *parsed(struct span text)
{
    struct watchlist *w = NULL;
    struct error e = { 0 };
    if (watchlist_parse(text, "w.csv", &w, &e) != STATUS_OK)
        fail_msg("refused: %s", e.text);
    return w;
}

static inline struct watchlist *rows_parsed(const struct row *rows, size_t n)
{
    struct buffer csv = { 0 };
    buffer_append_format(&csv, "%s", HEADER);
    for (size_t i = 0; i < n; i++)
        append_row(&csv, rows[i]);
    struct watchlist *w = parsed(buffer_span(&csv));
    buffer_fini(&csv);
    return w;
}

/* n sessions; NULL: the default value. */
struct sessions {
    int64_t n; /* 0: 1 */
    int port;  /* 0: 445; -1: 0 */
    const char *protocol, *direction, *action, *app;
};

static inline void add_sessions(struct counts *c, struct sessions s)
{
    const struct span texts[COUNT_FIELDS_N] = { span_text(s.protocol ? s.protocol : "TCP"),
                                                span_text(s.direction ? s.direction : "Inbound"),
                                                span_text(s.action ? s.action : "Allow"),
                                                span_text(s.app ? s.app : "") };
    counts_add(c, (uint16_t)(s.port == 0 ? 445 : s.port < 0 ? 0 : s.port), counts_combination(c, texts), s.n ? s.n : 1);
}

static inline enum status collect(void *user, const struct result *r, struct error *e)
{
    (void)e;
    struct buffer line = { 0 };
    json_error_t bad;
    output_append_json(&line, r);
    json_t *object = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &bad);
    if (!object)
        fail_msg("not JSON: %s: %.*s", bad.text, (int)line.n, line.p);
    json_array_append_new(user, object);
    buffer_fini(&line);
    return STATUS_OK;
}

/* The results of one window, as an array that the caller frees. */
static inline json_t *results_of(const struct watchlist *w, struct evaluate_options o, const struct sessions *sessions,
                                 size_t n)
{
    struct counts counts = { 0 };
    struct error e;
    json_t *results = json_array();
    if (o.window_ms == 0)
        o.window_ms = 1200000;
    struct evaluator *v = evaluator_new(w, &o);
    for (size_t i = 0; i < n; i++)
        add_sessions(&counts, sessions[i]);
    counts_settle(&counts);
    assert_int_equal(evaluator_run(v, &counts, T0, collect, results, &e), STATUS_OK);
    evaluator_free(&v);
    counts_fini(&counts);
    return results;
}

#define COUNT_OF(...) (sizeof(__VA_ARGS__) / sizeof((__VA_ARGS__)[0]))
#define ROWS(...)     ((const struct row[]){ __VA_ARGS__ }), COUNT_OF((const struct row[]){ __VA_ARGS__ })
#define SESSIONS(...) ((const struct sessions[]){ __VA_ARGS__ }), COUNT_OF((const struct sessions[]){ __VA_ARGS__ })

static inline json_t *run_rule(const struct row *rows, size_t rows_n, struct evaluate_options o,
                               const struct sessions *sessions, size_t sessions_n)
{
    struct watchlist *w = rows_parsed(rows, rows_n);
    json_t *results = results_of(w, o, sessions, sessions_n);
    watchlist_free(&w);
    return results;
}

/* `expected` is the text of the results as JSON, of which each object needs to hold only the keys that matter. */
static inline void assert_results(json_t *results, const char *expected)
{
    json_error_t bad;
    json_t *wanted = json_loads(expected, 0, &bad);
    if (!wanted)
        fail_msg("the test's own JSON: %s at %d", bad.text, bad.position);
    if (json_array_size(results) != json_array_size(wanted)) {
        char *text = json_dumps(results, JSON_INDENT(1));
        fail_msg("%zu results, expected %zu: %s", json_array_size(results), json_array_size(wanted), text);
    }
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *key;
        json_t *value;
        json_object_foreach(json_array_get(wanted, i), key, value)
        {
            json_t *got = json_object_get(json_array_get(results, i), key);
            if (!json_equal(got, value)) {
                char *one = got ? json_dumps(got, JSON_ENCODE_ANY) : "nothing",
                     *other = json_dumps(value, JSON_ENCODE_ANY);
                fail_msg("result %zu: %s is %s, expected %s", i, key, one, other);
            }
        }
    }
    json_decref(wanted);
    json_decref(results);
}

static inline bool fires_with(struct row r, struct evaluate_options o, struct sessions s)
{
    json_t *results = run_rule(&r, 1, o, &s, 1);
    bool fires = json_array_size(results) > 0;
    json_decref(results);
    return fires;
}

static inline bool fires(struct row r, struct sessions s)
{
    return fires_with(r, (struct evaluate_options){ 0 }, s);
}

#endif
