#include "options.h"

#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>

#define WINDOW_MAX_S (INT64_C(366) * 86400)

static const char usage[] =
    "usage: tidemark-alerter --bind ENDPOINT --senders N -w FILE [OPTION...]\n"
    "       tidemark-alerter --coverage FILE -w FILE [OPTION...]\n"
    "       tidemark-alerter watchlist check|import|show ...\n"
    "\n"
    "Judges the window summaries of N aggregators by a watchlist and prints the results.\n"
    "\n"
    "  --bind ENDPOINT                  where the aggregators connect: ipc://..., tcp://...\n"
    "  --senders N                      how many there are\n"
    "  -w, --watchlist FILE             the watchlist: CSV, or an Azure template that holds one; may be left out with\n"
    "                                   --summary, for counts alone\n"
    "  --type Hunting|Detection|all     rows that take part (Hunting)\n"
    "  --window 20m                     length of the windows: 1200, 90s, 20m, 1h, 1d\n"
    "  --empty-matches all|star-only    what a missing value passes: every filter, or only * (all)\n"
    "  --app ignore|match               whether the App column filters (ignore)\n"
    "  --aggregate group|row            what a threshold is compared with: each group's sum, or the row's total "
    "(group)\n"
    "  --weight rows|event-count        what a session counts: 1, or its EventCount (rows)\n"
    "  --format table|json|csv          of the results on standard output (table)\n"
    "  --summary FILE                   also write all counts there, as CSV\n"
    "  --exit-code                      exit with 1 if there are results\n"
    "  --coverage FILE                  take no part in a hunt: say what the sources of that list set and which rows\n"
    "                                   can fire on it (--type, --empty-matches, --app, --format table or json)\n"
    "  --top N                          values of a field that it shows (6)\n";

static void wrong(const char *option, const char *argument, const char *expected)
{
    fprintf(stderr, "tidemark-alerter: %s %s: expected %s\n", option, argument, expected);
    exit(EXIT_CODE_USAGE);
}

/* Index of the argument among the words, which end with NULL. */
static unsigned choice(const char *option, const char *argument, const char *const *words, const char *expected)
{
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(argument, words[i]) == 0)
            return i;
    wrong(option, argument, expected);
    return 0;
}

enum {
    OPTION_BIND = 256,
    OPTION_SENDERS,
    OPTION_TYPE,
    OPTION_WINDOW,
    OPTION_EMPTY,
    OPTION_APP,
    OPTION_AGGREGATE,
    OPTION_WEIGHT,
    OPTION_FORMAT,
    OPTION_SUMMARY,
    OPTION_EXIT_CODE,
    OPTION_COVERAGE,
    OPTION_TOP
};

static const struct option long_options[] = { ROLE_OPTIONS,
                                              { "bind", required_argument, NULL, OPTION_BIND },
                                              { "senders", required_argument, NULL, OPTION_SENDERS },
                                              { "watchlist", required_argument, NULL, 'w' },
                                              { "type", required_argument, NULL, OPTION_TYPE },
                                              { "window", required_argument, NULL, OPTION_WINDOW },
                                              { "empty-matches", required_argument, NULL, OPTION_EMPTY },
                                              { "app", required_argument, NULL, OPTION_APP },
                                              { "aggregate", required_argument, NULL, OPTION_AGGREGATE },
                                              { "weight", required_argument, NULL, OPTION_WEIGHT },
                                              { "format", required_argument, NULL, OPTION_FORMAT },
                                              { "summary", required_argument, NULL, OPTION_SUMMARY },
                                              { "exit-code", no_argument, NULL, OPTION_EXIT_CODE },
                                              { "coverage", required_argument, NULL, OPTION_COVERAGE },
                                              { "top", required_argument, NULL, OPTION_TOP },
                                              { "help", no_argument, NULL, 'h' },
                                              { 0 } };

static void take_senders(struct options *o, const char *argument)
{
    uint64_t n;
    if (!number_parse_digits(span_text(argument), &n) || n == 0 || n > 4096)
        wrong("--senders", argument, "a number from 1 to 4096");
    o->senders = (unsigned)n;
}

static void take_window(struct options *o, const char *argument)
{
    int64_t seconds;
    if (!number_parse_seconds(span_text(argument), 1, WINDOW_MAX_S, &seconds))
        wrong("--window", argument, "a length of time such as 1200, 90s, 20m, 1h or 1d, at least a second");
    o->evaluate.window_ms = seconds * 1000;
}

static void take_choice(struct options *o, int code, const char *argument)
{
    static const char *const types[] = { "Hunting", "Detection", "all", NULL };
    static const char *const empties[] = { "all", "star-only", NULL };
    static const char *const apps[] = { "ignore", "match", NULL };
    static const char *const aggregates[] = { "group", "row", NULL };
    static const char *const weights[] = { "rows", "event-count", NULL };
    static const char *const formats[] = { "table", "json", "csv", NULL };
    switch (code) {
    case OPTION_TYPE:
        o->evaluate.type = (enum watchlist_type)choice("--type", argument, types, "Hunting, Detection or all");
        break;
    case OPTION_EMPTY:
        o->evaluate.empty = (enum empty_matches)choice("--empty-matches", argument, empties, "all or star-only");
        break;
    case OPTION_APP:
        o->evaluate.match_app = choice("--app", argument, apps, "ignore or match");
        break;
    case OPTION_AGGREGATE:
        o->evaluate.aggregate_row = choice("--aggregate", argument, aggregates, "group or row");
        break;
    case OPTION_WEIGHT:
        o->weigh_event_count = choice("--weight", argument, weights, "rows or event-count");
        break;
    default:
        o->format = (enum output_format)choice("--format", argument, formats, "table, json or csv");
    }
}

static void take_top(struct options *o, const char *argument)
{
    uint64_t n;
    if (!number_parse_digits(span_text(argument), &n) || n > 65536)
        wrong("--top", argument, "a number up to 65536");
    o->top = (unsigned)n;
}

static void take(struct options *o, struct role *role, int code, const char *argument)
{
    if (role_option(role, code, argument))
        return;
    switch (code) {
    case OPTION_BIND:
        o->endpoint = argument;
        break;
    case OPTION_SENDERS:
        take_senders(o, argument);
        break;
    case 'w':
        o->watchlist = argument;
        break;
    case OPTION_WINDOW:
        take_window(o, argument);
        break;
    case OPTION_SUMMARY:
        o->summary = argument;
        break;
    case OPTION_EXIT_CODE:
        o->exit_code = true;
        break;
    case OPTION_COVERAGE:
        o->coverage = argument;
        break;
    case OPTION_TOP:
        take_top(o, argument);
        break;
    case 'h':
        fputs(usage, stdout);
        exit(EXIT_CODE_OK);
    case '?':
        fputs("Try tidemark-alerter --help.\n", stderr);
        exit(EXIT_CODE_USAGE);
    default:
        take_choice(o, code, argument);
    }
}

/* What the program cannot do without, or NULL. */
static const char *missing_option(const struct options *o)
{
    if (!o->coverage && !o->endpoint)
        return "--bind";
    if (!o->coverage && !o->senders)
        return "--senders";
    return !o->watchlist && (o->coverage || !o->summary) ? "-w" : NULL;
}

void options_parse(struct options *o, struct role *role, int argc, char **argv)
{
    *o = (struct options){ .evaluate.window_ms = 20 * 60 * 1000, .top = 6 };
    for (int code; (code = getopt_long(argc, argv, "w:h", long_options, NULL)) != -1;)
        take(o, role, code, optarg);
    const char *missing = missing_option(o);
    if (o->coverage && o->format == OUTPUT_CSV)
        wrong("--format", "csv", "table or json");
    if (!missing && optind == argc)
        return;
    if (missing)
        fprintf(stderr, "tidemark-alerter: %s is missing\n", missing);
    else
        fprintf(stderr, "tidemark-alerter: %s: expected no further argument\n", argv[optind]);
    fputs("Try tidemark-alerter --help.\n", stderr);
    exit(EXIT_CODE_USAGE);
}
