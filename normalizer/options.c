#include "options.h"

#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    OPTION_BIND = 1,
    OPTION_SENDERS,
    OPTION_MAPS,
    OPTION_SHARD,
    OPTION_PRINT,
    OPTION_MIXED,
    OPTION_BATCH_ROWS,
    OPTION_SOURCE,
    OPTION_ARENA_BYTES,
    OPTION_LIST,
    OPTION_DESCRIBE,
    OPTION_CHECK_MAPS,
    OPTION_HELP
};

enum { ARENA_BYTES = 16 << 20 };

const char options_help[] =
    "tidemark-normalizer --bind ENDPOINT --senders N {--shard FIRST-LAST@ENDPOINT… | --print sessions|all}\n"
    "                    [--maps DIR] [--source ID]… [--mixed-summaries] [--arena-bytes N]\n"
    "tidemark-normalizer --list | --describe SOURCE | --check-maps   [--maps DIR]\n"
    "\n"
    "  --bind ENDPOINT              where collectors connect\n"
    "  --senders N                  done when so many collectors have finished\n"
    "  --shard FIRST-LAST@ENDPOINT  the shard of a range of destination ports; together all ports, once\n"
    "  --print sessions|all         print sessions as JSON lines; all: and a line for every other record\n"
    "  --maps DIR                   folder of the maps\n"
    "  --source ID                  a map that must be good before the start\n"
    "  --mixed-summaries            take raw sources and pre-summarised ones together\n"
    "  --arena-bytes N              shared memory for batches to shards on this host; 0: none\n"
    "  --list                       the sources that there are maps for, as JSON\n"
    "  --describe SOURCE            what a map does, for people\n"
    "  --check-maps                 compile all maps\n";

static void usage(const char *what, const char *argument, const char *expected) __attribute__((noreturn));
static void usage(const char *what, const char *argument, const char *expected)
{
    fprintf(stderr, "tidemark-normalizer: %s%s%s: expected %s\n", what, argument ? " " : "", argument ? argument : "",
            expected);
    exit(EXIT_CODE_USAGE);
}

static unsigned parse_count(const char *what, const char *argument)
{
    uint64_t n;
    if (!number_parse_digits(span_text(argument), &n) || n == 0 || n > 65536)
        usage(what, argument, "a number of 1 to 65536");
    return (unsigned)n;
}

static size_t parse_bytes(const char *what, const char *argument)
{
    uint64_t n;
    if (!number_parse_digits(span_text(argument), &n) || n > 1 << 30)
        usage(what, argument, "a number of bytes, at most 1 GiB");
    return (size_t)n;
}

static void parse_shard(struct service_options *s, const char *argument)
{
    static const char expected[] = "FIRST-LAST@ENDPOINT with ports of 0 to 65535";
    struct span all = span_text(argument);
    size_t at = span_find(all, '@', 0), dash = span_find(all, '-', 0);
    uint64_t first, last;
    if (s->shards_n == ROUTER_SHARDS_MAX)
        usage("--shard", argument, "at most 64 shards");
    if (at == all.n || at + 1 == all.n || dash > at || !number_parse_digits(span_of(all.p, dash), &first) ||
        !number_parse_digits(span_of(all.p + dash + 1, at - dash - 1), &last) || first > last || last > 65535)
        usage("--shard", argument, expected);
    s->ranges[s->shards_n] = (struct port_range){ (uint16_t)first, (uint16_t)last };
    s->endpoints[s->shards_n++] = argument + at + 1;
}

static void parse_print(struct service_options *s, const char *argument)
{
    if (strcmp(argument, "sessions") == 0)
        s->print = PRINT_SESSIONS;
    else if (strcmp(argument, "all") == 0)
        s->print = PRINT_ALL;
    else
        usage("--print", argument, "sessions or all");
}

static void take(struct options *o, int code, const char *argument)
{
    struct service_options *s = &o->service;
    switch (code) {
    case OPTION_BIND:
        s->bind = argument;
        break;
    case OPTION_SENDERS:
        s->senders = parse_count("--senders", argument);
        break;
    case OPTION_MAPS:
        s->maps = argument;
        break;
    case OPTION_SHARD:
        parse_shard(s, argument);
        break;
    case OPTION_PRINT:
        parse_print(s, argument);
        break;
    case OPTION_MIXED:
        s->mixed_summaries = true;
        break;
    case OPTION_BATCH_ROWS: /* the collectors' batches decide; taken so that all roles can be given the same */
        (void)parse_count("--batch-rows", argument);
        break;
    case OPTION_ARENA_BYTES:
        s->arena_bytes = parse_bytes("--arena-bytes", argument);
        break;
    case OPTION_SOURCE:
        if (s->sources_n == SERVICE_SOURCES_MAX)
            usage("--source", argument, "at most 64 of them");
        s->sources[s->sources_n++] = argument;
        break;
    case OPTION_LIST:
        o->task = TASK_LIST;
        break;
    case OPTION_DESCRIBE:
        o->task = TASK_DESCRIBE;
        o->describe = argument;
        break;
    case OPTION_CHECK_MAPS:
        o->task = TASK_CHECK_MAPS;
        break;
    case OPTION_HELP:
        o->task = TASK_HELP;
        break;
    default: /* getopt has said it */
        exit(EXIT_CODE_USAGE);
    }
}

static void check_run(const struct options *o)
{
    const struct service_options *s = &o->service;
    struct error e;
    if (!s->bind)
        usage("--bind", NULL, "an endpoint");
    if (!s->senders)
        usage("--senders", NULL, "the number of collectors");
    if ((s->shards_n > 0) == (s->print != PRINT_NOTHING))
        usage("--shard, --print", NULL, "one of them");
    if (s->shards_n && router_ranges_check(s->ranges, s->shards_n, &e) != STATUS_OK) {
        fprintf(stderr, "tidemark-normalizer: --shard: %s\n", e.text);
        exit(EXIT_CODE_USAGE);
    }
}

void options_parse(struct options *o, struct role *role, int argc, char **argv)
{
    static const struct option table[] = { ROLE_OPTIONS,
                                           { "bind", required_argument, NULL, OPTION_BIND },
                                           { "senders", required_argument, NULL, OPTION_SENDERS },
                                           { "maps", required_argument, NULL, OPTION_MAPS },
                                           { "shard", required_argument, NULL, OPTION_SHARD },
                                           { "print", required_argument, NULL, OPTION_PRINT },
                                           { "mixed-summaries", no_argument, NULL, OPTION_MIXED },
                                           { "batch-rows", required_argument, NULL, OPTION_BATCH_ROWS },
                                           { "source", required_argument, NULL, OPTION_SOURCE },
                                           { "arena-bytes", required_argument, NULL, OPTION_ARENA_BYTES },
                                           { "list", no_argument, NULL, OPTION_LIST },
                                           { "describe", required_argument, NULL, OPTION_DESCRIBE },
                                           { "check-maps", no_argument, NULL, OPTION_CHECK_MAPS },
                                           { "help", no_argument, NULL, OPTION_HELP },
                                           { NULL, 0, NULL, 0 } };
    *o = (struct options){ .task = TASK_RUN, .service.arena_bytes = ARENA_BYTES };
    for (int code; (code = getopt_long(argc, argv, "", table, NULL)) != -1;)
        if (!role_option(role, code, optarg))
            take(o, code, optarg);
    if (optind < argc)
        usage(argv[optind], NULL, "options only");
    if (!o->service.maps) {
        snprintf(o->maps, sizeof o->maps, "%s/maps", role_share_dir());
        o->service.maps = o->maps;
    }
    if (o->task == TASK_RUN)
        check_run(o);
}
