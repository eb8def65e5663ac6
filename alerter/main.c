/* tidemark-alerter: judges the window summaries of the aggregators by a watchlist and prints the results. */
#include "commands.h"
#include "coverage_report.h"
#include "evaluate.h"
#include "inbox.h"
#include "options.h"
#include "output.h"
#include "summary.h"
#include "threshold.h"
#include "watchlist.h"

#include "common/link/link.h"
#include "common/report.h"
#include "common/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct alerter {
    struct role role;
    struct options options;
    struct watchlist *watchlist;
    struct evaluator *evaluator;
    struct output output;
    struct summary *summary;
    struct link_context *link;
    struct receiver *receiver;
    struct inbox *inbox;
    struct span want_field;
    struct want want;
    struct port_range_wanted *want_ports;
    uint64_t sums; /* judged */
};

static enum status judge_window(void *user, const struct counts *c, int64_t window_start_ms, struct error *e)
{
    struct alerter *a = user;
    a->sums += c->entries_n;
    enum status status = evaluator_run(a->evaluator, c, window_start_ms, output_result, &a->output, e);
    if (status == STATUS_OK && a->summary)
        status = summary_add(a->summary, c, window_start_ms, e);
    return status;
}

/* Rows that would take part if they were not broken. */
static void name_unusable_rows(const struct alerter *a)
{
    for (size_t i = 0; i < a->watchlist->rows_n; i++) {
        const struct watchlist_row *row = &a->watchlist->rows[i];
        struct error e = { 0 };
        int32_t threshold;
        enum watchlist_verdict verdict = watchlist_row_verdict(row, a->options.evaluate.type, &threshold);
        struct span cell = row->cells[CELL_THRESHOLD];
        if (verdict == WATCHLIST_OVERLONG)
            error_set(&e, STATUS_OK,
                      "%s:%u: text beyond the header's last column (an unquoted comma?); the row is inactive",
                      a->watchlist->file, row->line);
        else if (verdict == WATCHLIST_BAD_THRESHOLD)
            error_set(&e, STATUS_OK, "%s:%u: Threshold '%.*s' is no whole number of 32 bits; the row is inactive",
                      a->watchlist->file, row->line, (int)(cell.n < 40 ? cell.n : 40), cell.p);
        else
            continue;
        fprintf(stderr, "tidemark-alerter: %s\n", e.text);
    }
}

/* A summary shows all ports, results only those that the watchlist names. */
static void choose_want(struct alerter *a)
{
    const struct options *o = &a->options;
    a->want = (struct want){ .weigh_event_count = o->weigh_event_count };
    if (o->evaluate.match_app || o->summary) {
        a->want_field = span_text(count_field_names[FIELD_APP]);
        a->want.fields = &a->want_field;
        a->want.fields_n = 1;
    }
    if (o->summary)
        return;
    a->want_ports = allocate(WANT_PORTS_MAX, sizeof *a->want_ports);
    a->want.ports = a->want_ports;
    a->want.ports_n = evaluator_ports(a->evaluator, a->want_ports);
}

static enum status prepare(struct alerter *a, struct error *e)
{
    const struct options *o = &a->options;
    enum status status = STATUS_OK;
    if (o->watchlist)
        status = watchlist_load(o->watchlist, &a->watchlist, e);
    else
        a->watchlist = allocate(1, sizeof *a->watchlist);
    if (status != STATUS_OK)
        return status;
    name_unusable_rows(a);
    a->evaluator = evaluator_new(a->watchlist, &o->evaluate);
    if (o->summary)
        status = summary_open(o->summary, &a->summary, e);
    if (status != STATUS_OK)
        return status;
    choose_want(a);
    a->link = link_context_new();
    struct receiver_options receiver = { .endpoint = o->endpoint,
                                         .self = { .role = "alerter", .name = a->role.name, .incarnation = 1 },
                                         .accepts = "aggregator" };
    status = receiver_open(a->link, &receiver, &a->receiver, e);
    if (status != STATUS_OK)
        return status;
    struct inbox_options inbox = {
        .receiver = a->receiver, .senders = o->senders, .want = &a->want, .sink = judge_window, .user = a
    };
    a->inbox = inbox_new(&inbox);
    return STATUS_OK;
}

static enum status take_events(struct alerter *a, struct error *e)
{
    for (;;) {
        struct link_event event;
        receiver_next(a->receiver, &event);
        if (event.kind == LINK_NOTHING)
            return STATUS_OK;
        enum status status = inbox_event(a->inbox, &event, e);
        if (status != STATUS_OK)
            return status;
    }
}

static enum status work(struct alerter *a, struct error *e)
{
    const struct link_wait wait = { .receivers = &a->receiver, .receivers_n = 1, .fds = &a->role.life_fd, .fds_n = 1 };
    int64_t ticked_ms = 0;
    while (!inbox_complete(a->inbox)) {
        link_wait(&wait, 50, NULL);
        role_check_life(&a->role);
        enum status status = take_events(a, e);
        if (status != STATUS_OK)
            return status;
        int64_t now = monotonic_now_ms();
        if (now - ticked_ms >= 50) {
            receiver_tick(a->receiver, now);
            ticked_ms = now;
        }
    }
    return STATUS_OK;
}

static enum status finish(struct alerter *a, struct error *e)
{
    enum status status = output_end(&a->output, e);
    if (status == STATUS_OK && a->summary)
        status = summary_finish(a->summary, e);
    if (status != STATUS_OK)
        return status;
    struct buffer account = { 0 };
    account_append_json(inbox_account(a->inbox), a->output.results_n, &account);
    role_status(&a->role, buffer_span(&account));
    buffer_fini(&account);
    role_report(&a->role, a->link, a->sums);
    return STATUS_OK;
}

static enum status run(struct alerter *a, struct error *e)
{
    enum status status = prepare(a, e);
    if (status != STATUS_OK)
        return status;
    role_status(&a->role, SPAN_LITERAL("{\"event\":\"ready\"}"));
    role_wait_go(&a->role);
    status = work(a, e);
    return status == STATUS_OK ? finish(a, e) : status;
}

static void release(struct alerter *a)
{
    inbox_free(&a->inbox);
    if (a->receiver)
        receiver_close(&a->receiver);
    if (a->link)
        link_context_free(&a->link);
    summary_close(&a->summary);
    output_fini(&a->output);
    evaluator_free(&a->evaluator);
    watchlist_free(&a->watchlist);
    free(a->want_ports);
}

int main(int argc, char **argv)
{
    struct alerter a = { 0 };
    struct error e = { 0 };
    role_init(&a.role, "alerter");
    if (argc > 1 && strcmp(argv[1], "watchlist") == 0)
        return watchlist_command(argc - 1, argv + 1);
    options_parse(&a.options, &a.role, argc, argv);
    if (a.options.coverage)
        return coverage_report(&a.role, &a.options);
    output_init(&a.output, a.options.format, STDOUT_FILENO,
                a.options.format == OUTPUT_TABLE && isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
    enum status status = run(&a, &e);
    int code = status_exit_code(status);
    if (status != STATUS_OK)
        fprintf(stderr, "tidemark-alerter: %s\n", e.text);
    else if (a.options.exit_code && a.output.results_n)
        code = EXIT_CODE_RESULTS;
    release(&a);
    return code;
}
