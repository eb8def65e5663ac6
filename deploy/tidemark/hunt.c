#include "commands.h"

#include "pipeline.h"
#include "reading.h"

#include <stdio.h>

static const struct option_row rows[] = {
    { "watchlist", 'w', "FILE", TO_NONE, "what to look for; default: the watchlist that comes with tidemark" },
    { "type", 0, "TYPE", TO_ALERTER, "rows of the watchlist: Hunting (default), Detection or all" },
    { "window", 0, "TIME", TO_AGGREGATORS | TO_ALERTER, "length of a window: 20m (default), 1h, 90s, 1d" },
    { "empty-matches", 0, "WHAT", TO_ALERTER, "an empty value passes: all filters (default) or star-only" },
    { "app", 0, "HOW", TO_ALERTER, "the column App: ignore (default) or match" },
    { "aggregate", 0, "HOW", TO_ALERTER, "a threshold is for a group (default) or for a row of the watchlist" },
    { "weight", 0, "WHAT", TO_ALERTER, "a session counts as one of the rows (default) or as its event-count" },
    { "format", 0, "FORMAT", TO_ALERTER, "of the results: table (default), json or csv" },
    { "summary", 0, "FILE", TO_ALERTER, "write all counts there, as CSV" },
    { "shards", 0, "N", TO_NONE, "processes that count, 1 to 64; default: by the number of processors" },
    { "collectors", 0, "N", TO_NONE, "processes that read a source, 1 to 64; default: by processors and size" },
    { "range-bytes", 0, "N", TO_NONE, "where large files are cut for them; 0: nowhere" },
    { "windows-in-memory", 0, "N", TO_AGGREGATORS, "windows that a counting process keeps in memory" },
    { "mixed-summaries", 0, NULL, TO_NORMALIZER, "take summaries and raw logs together (they may count twice)" },
    { "exit-code", 0, NULL, TO_ALERTER, "exit with 1 if there are results" },
    { "stats", 0, NULL, TO_NONE, "show on standard error where processor time went" },
    READING_OPTIONS,
};

static const char help[] =
    "tidemark hunt [OPTION…] SOURCE=PATH…\n"
    "Count sessions per window and destination port and print where a port is used more than the watchlist "
    "allows.\n\n"
    "SOURCE=PATH or SOURCE:FORM=PATH: a source of `tidemark sources` and a file, a folder, a quoted glob, or - "
    "for\n"
    "standard input; compressed files (gzip, zstd) are read as they are. auto=PATH reads every file as what "
    "`tidemark\nidentify` takes it for.\n";

static void print_stats(const struct supervisor *s)
{
    struct buffer text = { 0 };
    stats_append(&s->stats, &text);
    for (size_t i = 0; i < s->uncut_n; i++)
        buffer_append_format(&text, "started over: file %u of %s cannot be read in ranges\n", s->uncut[i].input + 1,
                             s->uncut[i].source);
    fwrite(text.p, 1, text.n, stderr);
    buffer_fini(&text);
}

/* The exit code of a run whose processes all did their work. */
static int conclude(const struct reading *r)
{
    const struct supervisor *s = &r->supervisor;
    if (!roles_print_account(&s->account, r->inputs, 0, r->inputs->n, r->quiet ? SHOW_NOTHING : SHOW_ALL))
        return EXIT_CODE_INTERNAL;
    if (s->inputs_missing)
        return EXIT_CODE_NO_INPUT;
    return s->results ? EXIT_CODE_RESULTS : EXIT_CODE_OK;
}

static int run(struct reading *r)
{
    struct pipeline p = { .options = r->options, .inputs = r->inputs };
    struct error e;
    int code;
    if (!pipeline_size(&p, r->command))
        return EXIT_CODE_USAGE;
    enum status status = pipeline_run(&p, &r->supervisor, &code, &e);
    if (status == STATUS_OK) {
        if (code == EXIT_CODE_OK) {
            code = conclude(r);
            if (options_get(r->options, "stats"))
                print_stats(&r->supervisor);
        }
        status = rejects_collect(&r->supervisor, r->inputs, r->rejects, &e);
    }
    return status == STATUS_OK ? code : reading_failed(r, status, &e);
}

int command_hunt(int argc, char **argv)
{
    static const struct reading_command hunt = {
        .row = rows, .n = sizeof rows / sizeof *rows, .help = help, .run = run
    };
    return reading_command(&hunt, argc, argv);
}
