/* The alerter's rule as a program: for property tests, which feed it thousands of cases.
 *
 * Reads one JSON object a line:
 *   {"watchlist": FILE, "type": "Hunting|Detection|all", "window": seconds, "star_only": bool, "match_app": bool,
 *    "aggregate_row": bool, "sums": [[window start in seconds, port, protocol, direction, action, application, n], …]}
 * (sums in order of their windows) and writes the results as `tidemark hunt --format json` does, then an empty line; or
 * {"refused": why} when the watchlist is none. */
#include "evaluate.h"
#include "output.h"
#include "sink.h"

#include "common/json_text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct state {
    struct counts counts;
    struct sink *out;
};

static enum status print_result(void *user, const struct result *r, struct error *e)
{
    (void)e;
    struct state *s = user;
    output_append_json(&s->out->text, r);
    return STATUS_OK;
}

static struct span text_of(const json_t *row, size_t i)
{
    const json_t *text = json_array_get(row, i);
    return span_of(json_string_value(text), json_string_length(text));
}

static void run_window(struct state *s, struct evaluator *v, int64_t start_ms)
{
    struct error e;
    if (s->counts.entries_n == 0)
        return;
    counts_settle(&s->counts);
    CHECK(evaluator_run(v, &s->counts, start_ms, print_result, s, &e) == STATUS_OK);
    counts_clear(&s->counts);
}

static void run_sums(struct state *s, struct evaluator *v, const json_t *sums)
{
    size_t i;
    const json_t *row;
    int64_t start_s = 0;
    json_array_foreach(sums, i, row)
    {
        int64_t next_s = json_integer_value(json_array_get(row, 0));
        if (next_s != start_s)
            run_window(s, v, start_s * 1000);
        start_s = next_s;
        const struct span texts[COUNT_FIELDS_N] = { text_of(row, 2), text_of(row, 3), text_of(row, 4),
                                                    text_of(row, 5) };
        counts_add(&s->counts, (uint16_t)json_integer_value(json_array_get(row, 1)),
                   counts_combination(&s->counts, texts), json_integer_value(json_array_get(row, 6)));
    }
    run_window(s, v, start_s * 1000);
}

static enum watchlist_type type_of(const char *text)
{
    return strcmp(text, "all") == 0       ? WATCHLIST_ALL
           : strcmp(text, "Hunting") == 0 ? WATCHLIST_HUNTING
                                          : WATCHLIST_DETECTION;
}

static void run_case(struct state *s, const json_t *request)
{
    struct error e;
    struct watchlist *w;
    const char *file = json_string_value(json_object_get(request, "watchlist"));
    const char *type = json_string_value(json_object_get(request, "type"));
    CHECK(file && type);
    if (watchlist_load(file, &w, &e) != STATUS_OK) {
        buffer_append_format(&s->out->text, "{\"refused\": ");
        json_append_text(&s->out->text, span_text(e.text));
        buffer_append_format(&s->out->text, "}\n");
        return;
    }
    struct evaluate_options options = {
        .type = type_of(type),
        .window_ms = json_integer_value(json_object_get(request, "window")) * 1000,
        .empty = json_is_true(json_object_get(request, "star_only")) ? EMPTY_MATCHES_STAR_ONLY : EMPTY_MATCHES_ALL,
        .match_app = json_is_true(json_object_get(request, "match_app")),
        .aggregate_row = json_is_true(json_object_get(request, "aggregate_row")),
    };
    struct evaluator *v = evaluator_new(w, &options);
    run_sums(s, v, json_object_get(request, "sums"));
    evaluator_free(&v);
    watchlist_free(&w);
}

int main(void)
{
    struct sink out;
    struct error e;
    struct state s = { .out = &out };
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    sink_init(&out, STDOUT_FILENO, "standard output");
    while ((n = getline(&line, &capacity, stdin)) > 0) {
        json_error_t bad;
        json_t *request = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, &bad);
        CHECK(request != NULL);
        run_case(&s, request);
        json_decref(request);
        buffer_append_byte(&out.text, '\n');
        CHECK(sink_flush(&out, &e) == STATUS_OK);
    }
    free(line);
    counts_fini(&s.counts);
    sink_fini(&out);
    return 0;
}
