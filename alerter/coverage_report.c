#include "coverage_report.h"

#include "sink.h"

#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *coverage_field_name(int field)
{
    return field == COVERAGE_PORT ? "DstPortNumber" : count_field_names[field];
}

void coverage_field_values(const struct coverage_report *r, size_t source, int field, struct coverage_values *out)
{
    const struct coverage_source *s = &r->input->source[source];
    if (field != COVERAGE_PORT) {
        coverage_values_of(r->of[source], (enum count_field)field, out);
        return;
    }
    coverage_ports(r->of[source], out);
    out->set = s->sessions - s->without_port;
    out->empty = s->without_port;
}

struct span coverage_text(const struct coverage *c, int field, uint32_t number, char digits[COVERAGE_DIGITS])
{
    if (field == COVERAGE_PORT)
        return span_of(digits, number_format(number, digits));
    return c->counts->values[field].items[number];
}

static enum status print(const struct coverage_report *r, struct error *e)
{
    struct sink out;
    sink_init(&out, STDOUT_FILENO, "standard output");
    if (r->options->format == OUTPUT_JSON)
        coverage_json_append(r, &out.text);
    else
        coverage_page_append(r, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), &out.text);
    enum status status = sink_flush(&out, e);
    sink_fini(&out);
    return status;
}

static enum status judge_and_print(struct role *role, const struct options *o, const struct watchlist *w,
                                   struct error *e)
{
    struct coverage_input input;
    enum status status = coverage_input_load(o->coverage, &input, e);
    if (status == STATUS_OK) {
        struct coverage_report r = { &input, w, o, allocate(input.n + 1, sizeof *r.of) };
        for (size_t i = 0; i < input.n; i++)
            r.of[i] = coverage_new(&input.source[i].counts, w, &o->evaluate);
        role_status(role, SPAN_LITERAL("{\"event\":\"ready\"}"));
        role_wait_go(role);
        status = print(&r, e);
        for (size_t i = 0; i < input.n; i++)
            coverage_free(&r.of[i]);
        free(r.of);
    }
    coverage_input_fini(&input);
    return status;
}

int coverage_report(struct role *role, const struct options *o)
{
    struct error e;
    struct watchlist *w = NULL;
    enum status status = watchlist_load(o->watchlist, &w, &e);
    if (status == STATUS_OK)
        status = judge_and_print(role, o, w, &e);
    if (status != STATUS_OK)
        fprintf(stderr, "tidemark-alerter: %s\n", e.text);
    watchlist_free(&w);
    return status_exit_code(status);
}
