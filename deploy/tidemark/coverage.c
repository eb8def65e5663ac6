#include "commands.h"

#include "capture.h"
#include "maps.h"
#include "pipeline.h"
#include "reading.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row rows[] = {
    { "watchlist", 'w', "FILE", TO_NONE, "whose rows; default: the watchlist that comes with tidemark" },
    { "type", 0, "TYPE", TO_REPORT, "rows of the watchlist: Hunting (default), Detection or all" },
    { "empty-matches", 0, "WHAT", TO_REPORT, "an empty value passes: all filters (default) or star-only" },
    { "app", 0, "HOW", TO_REPORT, "the column App: ignore (default) or match" },
    { "weight", 0, "WHAT", TO_ALERTER, "a session counts as one of the rows (default) or as its event-count" },
    { "format", 0, "FORMAT", TO_REPORT, "table (default) or json" },
    { "top", 0, "N", TO_REPORT, "values of a field that are shown; default: 6" },
    READING_OPTIONS,
};

static const char help[] =
    "tidemark coverage [OPTION…] SOURCE=PATH…\n"
    "Say of each source in how many sessions the fields that sessions are counted by are set and empty, and to what;\n"
    "and which rows of the watchlist can never fire on it, and why. Inputs are given as to tidemark hunt.\n";

/* Write the list of what is to be reported, and say that it is. */
static enum status tell_report(const struct reading *r, const json_t *list, struct words *w, struct error *e)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/coverage", r->supervisor.runtime.path);
    if (json_dump_file(list, path, JSON_COMPACT))
        return error_errno(e, "%s cannot be written", path);
    words_add_pair(w, "--coverage", path);
    words_add(w, "-w");
    roles_add_watchlist(w, r->options);
    options_pass(r->options, TO_REPORT, w);
    return STATUS_OK;
}

/* A report on no source: a bad option or watchlist is found before all logs are read.  An exit code; what is wrong has
 * been said. */
static int check(const struct reading *r)
{
    struct words w = { 0 };
    struct buffer nothing = { 0 };
    struct error e;
    int code = EXIT_CODE_OK;
    json_t *list = json_array();
    words_add_format(&w, "%s/tidemark-alerter", catalogue_folder());
    enum status status = tell_report(r, list, &w, &e);
    if (status == STATUS_OK)
        status = capture(&w, &nothing, &code, &e);
    words_fini(&w);
    buffer_fini(&nothing);
    json_decref(list);
    return status == STATUS_OK ? code : reading_failed(r, status, &e);
}

/* The inputs of input `first`'s source.  Only the array is the caller's. */
static struct inputs inputs_of(const struct inputs *in, size_t first)
{
    struct inputs one = { .input = allocate(in->n, sizeof *one.input) };
    for (size_t i = first; i < in->n; i++)
        if (strcmp(in->input[i].source, in->input[first].source) == 0)
            one.input[one.n++] = in->input[i];
    return one;
}

/* What the report is told about a source that has been counted into that file. */
static json_t *describe(const struct account *a, const json_t *maps, const char *source, const char *counts)
{
    struct buffer line = { 0 };
    account_append_line(a, source, &line);
    json_t *object = json_pack("{s:s, s:s%, s:o, s:O*, s:s}", "source", source, "line", line.p, line.n, "account",
                               account_copy(a, source), "grouping",
                               json_object_get(maps_find(maps, source), "grouping"), "counts", counts);
    buffer_fini(&line);
    return object;
}

/* Count the inputs of one source and add it to the list of what is to be reported.  Returns an exit code. */
static int count_source(struct reading *r, const struct inputs *in, const json_t *maps, json_t *list)
{
    struct supervisor *s = &r->supervisor;
    const char *source = in->input[0].source;
    struct error e;
    char counts[PATH_MAX];
    snprintf(counts, sizeof counts, "%s/counts-%s", s->runtime.path, source);
    struct pipeline p = { .options = r->options, .inputs = in, .summary = counts };
    int code;
    if (!pipeline_size(&p, r->command))
        return EXIT_CODE_USAGE;
    enum status status = pipeline_run(&p, s, &code, &e);
    if (status == STATUS_OK)
        status = rejects_collect(s, in, r->rejects, &e);
    if (status != STATUS_OK)
        return reading_failed(r, status, &e);
    if (code == EXIT_CODE_OK && !roles_print_account(&s->account, in, 0, in->n, SHOW_NOTHING))
        code = EXIT_CODE_INTERNAL;
    if (code == EXIT_CODE_OK)
        json_array_append_new(list, describe(&s->account, maps, source, counts));
    return code;
}

/* Every source on its own: sums of several cannot be told apart. */
static int count_all(struct reading *r, const json_t *maps, json_t *list)
{
    int code = EXIT_CODE_OK;
    bool missing = false;
    for (size_t i = 0; i < r->inputs->n && code == EXIT_CODE_OK; i++) {
        if (inputs_seen(r->inputs, i))
            continue;
        struct inputs in = inputs_of(r->inputs, i);
        code = count_source(r, &in, maps, list);
        missing |= r->supervisor.inputs_missing;
        free(in.input);
    }
    r->supervisor.inputs_missing = missing;
    return code;
}

static int report(struct reading *r, const json_t *list)
{
    struct error e;
    struct child *c = supervisor_add(&r->supervisor, "tidemark-alerter", "the report");
    c->writes_stdout = true;
    enum status status = tell_report(r, list, &c->words, &e);
    return status == STATUS_OK ? supervisor_run(&r->supervisor) : reading_failed(r, status, &e);
}

static int run(struct reading *r)
{
    int code = check(r);
    json_t *list = json_array(), *maps = code == EXIT_CODE_OK ? maps_list(r->command, &code) : NULL;
    if (code == EXIT_CODE_OK)
        code = count_all(r, maps, list);
    if (code == EXIT_CODE_OK)
        code = report(r, list);
    if (code == EXIT_CODE_OK && r->supervisor.inputs_missing)
        code = EXIT_CODE_NO_INPUT;
    json_decref(maps);
    json_decref(list);
    return code;
}

int command_coverage(int argc, char **argv)
{
    static const struct reading_command coverage = {
        .row = rows, .n = sizeof rows / sizeof *rows, .help = help, .run = run
    };
    return reading_command(&coverage, argc, argv);
}
