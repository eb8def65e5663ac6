#include "commands.h"

#include "extent.h"
#include "roles.h"

#include "common/role.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARDS_MAX = 64, PORTS = 65536, OWN_SHARDS_MAX = 8, OWN_COLLECTORS_MAX = 8, ATTEMPTS_MAX = 8 };

/* Inputs of a source that one collector reads in no time. */
#define SMALL_BYTES (UINT64_C(64) << 20)

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

enum { ROWS = sizeof rows / sizeof *rows };

static void print_help(void)
{
    puts("tidemark hunt [OPTION…] SOURCE=PATH…\n"
         "Count sessions per window and destination port and print where a port is used more than the watchlist "
         "allows.\n\n"
         "SOURCE=PATH or SOURCE:FORM=PATH: a source of `tidemark sources` and a file, a folder, a quoted glob, or - "
         "for\n"
         "standard input; compressed files (gzip, zstd) are read as they are. auto=PATH reads every file as what "
         "`tidemark\nidentify` takes it for.\n");
    options_print_help(rows, ROWS);
}

/* How many processes there are of the kinds that there may be several of. */
struct counts {
    unsigned shards;
    unsigned collectors; /* of a source; 0: by the size of its inputs */
};

static bool number_option(const struct options *o, const char *name, unsigned most, unsigned *out)
{
    const char *text = options_get(o, name);
    if (!text)
        return true;
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end == text || *end || n < 1 || n > (long)most) {
        fprintf(stderr, "tidemark hunt: --%s %s: expected a number from 1 to %u\n", name, text, most);
        return false;
    }
    *out = (unsigned)n;
    return true;
}

/* What was asked for, or what suits this machine: everybody needs processors. */
static bool choose_counts(const struct options *o, struct counts *counts)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned half = processors <= 2 ? 1 : (unsigned)processors / 2;
    *counts = (struct counts){ .shards = half > OWN_SHARDS_MAX ? OWN_SHARDS_MAX : half };
    return number_option(o, "shards", SHARDS_MAX, &counts->shards) &&
           number_option(o, "collectors", COLLECTORS_MAX, &counts->collectors);
}

/* Collectors for the source of input `first`. */
static unsigned count_collectors(const struct counts *counts, const struct inputs *in, size_t first)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (counts->collectors)
        return counts->collectors;
    struct extent x = { 0 };
    for (size_t i = first; i < in->n && x.bytes <= SMALL_BYTES; i++)
        if (strcmp(in->input[i].source, in->input[first].source) == 0)
            extent_add(&x, in->input[i].path, SMALL_BYTES);
    if (processors < 2 || x.bytes <= SMALL_BYTES)
        return 1;
    return processors < 6 ? 2 : processors / 3 > OWN_COLLECTORS_MAX ? OWN_COLLECTORS_MAX : (unsigned)processors / 3;
}

/* Whether something can be read only once, so that no run can be given up. */
static bool reads_once(const struct inputs *in)
{
    struct extent x = { 0 };
    for (size_t i = 0; i < in->n; i++)
        extent_add(&x, in->input[i].path, 0);
    return x.once;
}

/* Ports of shard i of n: even ranges, together all of them. */
static unsigned first_port(unsigned i, unsigned n)
{
    return (unsigned)((uint64_t)i * PORTS / n);
}

static void add_alerter(struct supervisor *s, const struct options *o, unsigned shards)
{
    struct child *c = supervisor_add(s, "tidemark-alerter", "the alerter");
    c->writes_stdout = c->judges = true;
    words_add_pair(&c->words, "--name", "alerter");
    words_add(&c->words, "--bind");
    words_add_format(&c->words, "ipc://%s/alerter", s->runtime.path);
    words_add(&c->words, "--senders");
    words_add_format(&c->words, "%u", shards);
    words_add(&c->words, "-w");
    if (options_get(o, "watchlist"))
        words_add(&c->words, options_get(o, "watchlist"));
    else
        words_add_format(&c->words, "%s/watchlists/network-session-monitor.csv", role_share_dir());
    options_pass(o, TO_ALERTER, &c->words);
}

static enum status add_aggregator(struct supervisor *s, const struct options *o, unsigned i, unsigned shards,
                                  unsigned attempt, struct error *e)
{
    struct child *c = supervisor_add(s, "tidemark-aggregator", "the aggregator %u", i);
    words_add(&c->words, "--name");
    words_add_format(&c->words, "aggregator-%u", i);
    words_add(&c->words, "--bind");
    words_add_format(&c->words, "ipc://%s/aggregator-%u", s->runtime.path, i);
    words_add(&c->words, "--connect");
    words_add_format(&c->words, "ipc://%s/alerter", s->runtime.path);
    words_add(&c->words, "--ports");
    words_add_format(&c->words, "%u-%u", first_port(i, shards), first_port(i + 1, shards) - 1);
    words_add_pair(&c->words, "--senders", "1");
    char folder[32];
    snprintf(folder, sizeof folder, "state-%u.%u", i, attempt);
    options_pass(o, TO_AGGREGATORS, &c->words);
    return roles_add_folder(s, &c->words, "--state-dir", folder, e);
}

static void add_normalizer(struct supervisor *s, const struct options *o, const struct inputs *in, unsigned shards,
                           unsigned collectors)
{
    struct child *c = supervisor_add(s, "tidemark-normalizer", "the normalizer");
    words_add_pair(&c->words, "--name", "normalizer");
    words_add(&c->words, "--bind");
    words_add_format(&c->words, "ipc://%s/normalizer", s->runtime.path);
    for (size_t i = 0; i < in->n; i++)
        if (!inputs_seen(in, i))
            words_add_pair(&c->words, "--source", in->input[i].source);
    words_add(&c->words, "--senders");
    words_add_format(&c->words, "%u", collectors);
    roles_add_arena(&c->words, collectors + 1);
    for (unsigned i = 0; i < shards; i++) {
        words_add(&c->words, "--shard");
        words_add_format(&c->words, "%u-%u@ipc://%s/aggregator-%u", first_port(i, shards),
                         first_port(i + 1, shards) - 1, s->runtime.path, i);
    }
    options_pass(o, TO_NORMALIZER, &c->words);
}

static enum status add_all(struct supervisor *s, const struct options *o, const struct inputs *in,
                           const struct counts *counts, unsigned attempt, struct error *e)
{
    enum status status = STATUS_OK;
    unsigned *collectors = allocate(in->n + 1, sizeof *collectors), all = 0;
    for (size_t i = 0; i < in->n; i++)
        all += collectors[i] = inputs_seen(in, i) ? 0 : count_collectors(counts, in, i);
    struct sharing sharing = { .all = all,
                               .attempt = attempt,
                               .once = reads_once(in),
                               .range = attempt < ATTEMPTS_MAX ? options_get(o, "range-bytes") : "0" };
    add_alerter(s, o, counts->shards);
    for (unsigned i = 0; i < counts->shards && status == STATUS_OK; i++)
        status = add_aggregator(s, o, i, counts->shards, attempt, e);
    add_normalizer(s, o, in, counts->shards, all);
    for (size_t i = 0; i < in->n && status == STATUS_OK; i++) {
        sharing.of = collectors[i];
        status = roles_add_collectors(s, in, i, &sharing, o, e);
    }
    free(collectors);
    return status;
}

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
static int conclude(const struct supervisor *s, const struct inputs *in, bool quiet)
{
    if (!roles_print_account(&s->account, in, 0, in->n, quiet ? SHOW_NOTHING : SHOW_ALL))
        return EXIT_CODE_INTERNAL;
    if (s->inputs_missing)
        return EXIT_CODE_NO_INPUT;
    return s->results ? EXIT_CODE_RESULTS : EXIT_CODE_OK;
}

/* Until a run needs not be given up.  Nothing has been printed by one that is. */
static enum status run_until_done(struct supervisor *s, const struct options *o, const struct inputs *in,
                                  const struct counts *counts, int *code, struct error *e)
{
    enum status status = STATUS_OK;
    *code = EXIT_CODE_AGAIN;
    for (unsigned attempt = 0; status == STATUS_OK && *code == EXIT_CODE_AGAIN; attempt++) {
        s->results = s->inputs_missing = false;
        status = add_all(s, o, in, counts, attempt, e);
        if (status == STATUS_OK)
            *code = supervisor_run(s);
    }
    return status;
}

static int run(const struct options *o, const struct inputs *in, const struct counts *counts)
{
    struct supervisor s;
    struct error e;
    bool quiet = options_get(o, "quiet") != NULL;
    int rejects = -1, code = EXIT_CODE_OK;
    enum status status = supervisor_init(&s, !quiet, &e);
    s.keep_going = options_get(o, "keep-going") != NULL;
    if (status == STATUS_OK)
        status = rejects_open(o, &rejects, &e);
    if (status == STATUS_OK)
        status = run_until_done(&s, o, in, counts, &code, &e);
    if (status == STATUS_OK) {
        if (code == EXIT_CODE_OK) {
            code = conclude(&s, in, quiet);
            if (options_get(o, "stats"))
                print_stats(&s);
        }
        status = rejects_collect(&s, in, rejects, &e);
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "tidemark hunt: %s\n", e.text);
        code = status_exit_code(status);
    }
    if (rejects >= 0)
        close(rejects);
    supervisor_fini(&s);
    return code;
}

int command_hunt(int argc, char **argv)
{
    struct options o = { .row = rows, .n = ROWS };
    struct catalogue catalogue = { 0 };
    struct inputs in = { 0 };
    struct error e;
    struct counts counts;
    int code = EXIT_CODE_USAGE;
    if (!options_parse(&o, argc, argv))
        return code;
    if (options_get(&o, "help")) {
        print_help();
        return EXIT_CODE_OK;
    }
    enum status status = catalogue_open(&catalogue, &e);
    if (status != STATUS_OK) {
        fprintf(stderr, "tidemark hunt: %s\n", e.text);
        code = status_exit_code(status);
    } else if ((status = inputs_parse(&in, argv + o.operands, argc - o.operands, &catalogue, &e)) != STATUS_OK) {
        fprintf(stderr, "tidemark hunt: %s\n", e.text);
        code = status == STATUS_CONFIG ? EXIT_CODE_USAGE : status_exit_code(status);
    } else if (choose_counts(&o, &counts)) {
        code = run(&o, &in, &counts);
    }
    inputs_fini(&in);
    catalogue_fini(&catalogue);
    return code;
}
