#include "options.h"

#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>

#define SECONDS_MAX (INT64_C(86400) * 366 * 10000)

enum { WINDOWS_IN_MEMORY_MAX = 1 << 20, SENDERS_MAX = 4096 };

static const char help[] =
    "Usage: tidemark-aggregator --bind ENDPOINT --connect ENDPOINT --ports FIRST-LAST --senders N --state-dir DIR\n"
    "Counts the sessions of a range of destination ports in windows of time.\n"
    "\n"
    "  --bind ENDPOINT          where normalizers connect\n"
    "  --connect ENDPOINT       the alerter\n"
    "  --ports FIRST-LAST       the ports of this shard, 0-65535 for all\n"
    "  --senders N              normalizers that will come; counts are published when all have finished\n"
    "  --window 20m             length of a window: seconds, or a number with s, m, h or d\n"
    "  --lateness 5m            how long after its end a window is kept in memory\n"
    "  --windows-in-memory 64   windows that are counted in memory at the same time\n"
    "  --state-dir DIR          where counts go that leave memory\n"
    "  --name NAME              of this shard; unique\n";

bool options_ports(struct span text, uint32_t *first, uint32_t *last)
{
    size_t dash = span_find(text, '-', 0);
    uint64_t a, b;
    if (!number_parse_digits(span_of(text.p, dash), &a) || !number_parse_digits(span_from(text, dash + 1), &b))
        return false;
    if (a > b || b > 65535)
        return false;
    *first = (uint32_t)a;
    *last = (uint32_t)b;
    return true;
}

static void usage(const char *option, const char *value, const char *expected) __attribute__((noreturn));
static void usage(const char *option, const char *value, const char *expected)
{
    fprintf(stderr, "tidemark-aggregator: --%s%s%s: expected %s\n", option, *value ? " " : "", value, expected);
    exit(EXIT_CODE_USAGE);
}

static uint32_t number(const char *option, const char *value, uint32_t most)
{
    uint64_t n;
    if (!number_parse_digits(span_text(value), &n) || n < 1 || n > most) {
        char expected[64];
        snprintf(expected, sizeof expected, "a number from 1 to %u", most);
        usage(option, value, expected);
    }
    return (uint32_t)n;
}

static int64_t milliseconds(const char *option, const char *value, int64_t least_s)
{
    int64_t seconds;
    if (!number_parse_seconds(span_text(value), least_s, SECONDS_MAX, &seconds))
        usage(option, value, "a time such as 1200, 90s, 20m, 1h or 1d");
    return seconds * 1000;
}

enum { BIND = 1, CONNECT, PORTS, SENDERS, WINDOW, LATENESS, WINDOWS_IN_MEMORY, STATE_DIR, HELP };

static const struct option long_options[] = { ROLE_OPTIONS,
                                              { "bind", required_argument, NULL, BIND },
                                              { "connect", required_argument, NULL, CONNECT },
                                              { "ports", required_argument, NULL, PORTS },
                                              { "senders", required_argument, NULL, SENDERS },
                                              { "window", required_argument, NULL, WINDOW },
                                              { "lateness", required_argument, NULL, LATENESS },
                                              { "windows-in-memory", required_argument, NULL, WINDOWS_IN_MEMORY },
                                              { "state-dir", required_argument, NULL, STATE_DIR },
                                              { "help", no_argument, NULL, HELP },
                                              { 0 } };

static void take(struct options *o, int code, const char *value)
{
    switch (code) {
    case BIND:
        o->bind = value;
        break;
    case CONNECT:
        o->connect = value;
        break;
    case PORTS:
        if (!options_ports(span_text(value), &o->first_port, &o->last_port))
            usage("ports", value, "FIRST-LAST within 0 to 65535");
        break;
    case SENDERS:
        o->senders = number("senders", value, SENDERS_MAX);
        break;
    case WINDOW:
        o->window_ms = milliseconds("window", value, 1);
        break;
    case LATENESS:
        o->lateness_ms = milliseconds("lateness", value, 0);
        break;
    case WINDOWS_IN_MEMORY:
        o->windows_in_memory = number("windows-in-memory", value, WINDOWS_IN_MEMORY_MAX);
        break;
    case STATE_DIR:
        o->state_dir = value;
        break;
    case HELP:
        fputs(help, stdout);
        exit(fflush(stdout) ? EXIT_CODE_INTERNAL : EXIT_CODE_OK);
    default:
        fputs("tidemark-aggregator: see --help\n", stderr); /* getopt has said what is wrong */
        exit(EXIT_CODE_USAGE);
    }
}

void options_parse(struct options *o, struct role *role, int argc, char **argv)
{
    *o = (struct options){
        .last_port = UINT32_MAX, .window_ms = 1200000, .lateness_ms = 300000, .windows_in_memory = 64
    };
    for (int code; (code = getopt_long(argc, argv, "", long_options, NULL)) != -1;)
        if (!role_option(role, code, optarg))
            take(o, code, optarg);
    if (optind < argc)
        usage("…", argv[optind], "options only");
    if (!o->bind)
        usage("bind", "", "an endpoint such as ipc:///run/tidemark/shard-0");
    if (!o->connect)
        usage("connect", "", "the alerter's endpoint");
    if (o->last_port == UINT32_MAX)
        usage("ports", "", "FIRST-LAST, 0-65535 for all");
    if (!o->senders)
        usage("senders", "", "the number of normalizers");
    if (!o->state_dir)
        usage("state-dir", "", "a folder");
}
