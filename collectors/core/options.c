#include "core/options.h"

#include "core/parser.h"

#include "common/json_text.h"
#include "common/number.h"
#include "formats/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    OPTION_PATH = 1, /* getopt's code for what is no option */
    OPTION_SOURCE,
    OPTION_CONNECT,
    OPTION_BATCH_ROWS,
    OPTION_LINE_LIMIT,
    OPTION_ZONE,
    OPTION_REFERENCE_TIME,
    OPTION_COLUMNS,
    OPTION_KEEP_GOING,
    OPTION_REJECTS,
    OPTION_SPOOL_DIR,
    OPTION_SPOOL_BYTES,
    OPTION_ARENA_BYTES,
    OPTION_FORM,
    OPTION_SHARE,
    OPTION_PLAN,
    OPTION_RANGE_BYTES,
    OPTION_ONCE,
    OPTION_NO_CUT,
    OPTION_DESCRIBE,
    OPTION_IDENTIFY,
    OPTION_HELP
};

enum { SHARES_MAX = 64, RANGE_BYTES_MIN = 16 << 20 };
enum { LINE_LIMIT_MIN = 1 << 10, LINE_LIMIT_MAX = 64 << 20, LINE_LIMIT = 1 << 20 };
#define SPOOL_BYTES     (UINT64_C(256) << 20)
#define SPOOL_BYTES_MAX (UINT64_C(1) << 44)
#define ARENA_BYTES     (UINT64_C(16) << 20)
#define ARENA_BYTES_MAX (UINT64_C(1) << 30)

static const struct option long_options[] = { ROLE_OPTIONS,
                                              { "source", required_argument, NULL, OPTION_SOURCE },
                                              { "connect", required_argument, NULL, OPTION_CONNECT },
                                              { "batch-rows", required_argument, NULL, OPTION_BATCH_ROWS },
                                              { "line-limit", required_argument, NULL, OPTION_LINE_LIMIT },
                                              { "zone", required_argument, NULL, OPTION_ZONE },
                                              { "reference-time", required_argument, NULL, OPTION_REFERENCE_TIME },
                                              { "columns", required_argument, NULL, OPTION_COLUMNS },
                                              { "keep-going", no_argument, NULL, OPTION_KEEP_GOING },
                                              { "rejects", required_argument, NULL, OPTION_REJECTS },
                                              { "spool-dir", required_argument, NULL, OPTION_SPOOL_DIR },
                                              { "spool-bytes", required_argument, NULL, OPTION_SPOOL_BYTES },
                                              { "arena-bytes", required_argument, NULL, OPTION_ARENA_BYTES },
                                              { "form", required_argument, NULL, OPTION_FORM },
                                              { "share", required_argument, NULL, OPTION_SHARE },
                                              { "plan", required_argument, NULL, OPTION_PLAN },
                                              { "range-bytes", required_argument, NULL, OPTION_RANGE_BYTES },
                                              { "once", no_argument, NULL, OPTION_ONCE },
                                              { "no-cut", required_argument, NULL, OPTION_NO_CUT },
                                              { "describe", no_argument, NULL, OPTION_DESCRIBE },
                                              { "identify", no_argument, NULL, OPTION_IDENTIFY },
                                              { "help", no_argument, NULL, OPTION_HELP },
                                              { 0 } };

static void usage(const struct collector *c, FILE *to)
{
    fprintf(
        to,
        "usage: tidemark-collector-%s --connect ENDPOINT... [--source NAME] [--batch-rows N] [--line-limit BYTES]\n"
        "           [--zone UTC|+HH:MM|-HH:MM|NAME] [--reference-time TIME] [--columns TEXT] [--keep-going]\n"
        "           [--rejects FILE] [--spool-dir DIR] [--spool-bytes N] [--arena-bytes N] [--share I/K --plan FILE]\n"
        "           [--range-bytes N] [--once] [--no-cut NUMBER]... {[--form FORM|auto] PATH}...\n"
        "       tidemark-collector-%s --describe | --identify PATH...\n",
        c->id, c->id);
}

static void fail(const struct collector *c, const char *option, const char *value, const char *expected)
    __attribute__((noreturn));

static void fail(const struct collector *c, const char *option, const char *value, const char *expected)
{
    struct error e;
    (void)error_set(&e, STATUS_CONFIG, "%s %s: expected %s", option, value, expected);
    fprintf(stderr, "tidemark-collector-%s: %s\n", c->id, e.text);
    exit(EXIT_CODE_USAGE);
}

bool options_parse_zone(const char *text, int32_t *out)
{
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0) {
        *out = 0;
        return true;
    }
    size_t n = strlen(text);
    bool colon = n == 6 && text[3] == ':';
    if ((text[0] != '+' && text[0] != '-') || (n != 5 && !colon))
        return false;
    uint64_t hours, minutes;
    if (!number_parse_digits(span_of(text + 1, 2), &hours) ||
        !number_parse_digits(span_of(text + (colon ? 4 : 3), 2), &minutes) || hours > 23 || minutes > 59)
        return false;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    *out = text[0] == '-' ? -seconds : seconds;
    return true;
}

bool options_parse_time(const char *text, int64_t *out_ms)
{
    struct span s = span_text(text);
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    uint64_t part[6] = { 0 };
    unsigned parts = 0;
    if (s.n < sizeof shape)
        return false;
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (shape[i] == 'd' ? !digit : s.p[i] != shape[i] && !(shape[i] == 'T' && (s.p[i] == 't' || s.p[i] == ' ')))
            return false;
        if (shape[i] == 'd')
            part[parts] = part[parts] * 10 + (uint64_t)(s.p[i] - '0');
        else
            parts++;
    }
    size_t at = sizeof shape - 1;
    unsigned millisecond = 0;
    if (s.p[at] == '.') {
        unsigned weight = 100;
        size_t begin = ++at;
        for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, weight /= 10)
            millisecond += (unsigned)(s.p[at] - '0') * weight;
        if (at == begin)
            return false;
    }
    int32_t zone;
    if (!options_parse_zone(strcmp(text + at, "z") == 0 ? "Z" : text + at, &zone))
        return false;
    if (!timestamp_parts_valid((int64_t)part[0], (unsigned)part[1], (unsigned)part[2], (unsigned)part[3],
                               (unsigned)part[4], (unsigned)part[5]))
        return false;
    *out_ms = timestamp_from_parts((int64_t)part[0], (unsigned)part[1], (unsigned)part[2], (unsigned)part[3],
                                   (unsigned)part[4], (unsigned)part[5], millisecond, zone);
    return true;
}

static uint64_t number_option(const struct collector *c, const char *option, uint64_t low, uint64_t high)
{
    uint64_t value;
    char expected[96];
    snprintf(expected, sizeof expected, "a whole number from %" PRIu64 " to %" PRIu64, low, high);
    if (!number_parse_digits(span_text(optarg), &value) || value < low || value > high)
        fail(c, option, optarg, expected);
    return value;
}

static const struct form *form_option(const struct collector *c)
{
    if (strcmp(optarg, "auto") == 0)
        return NULL;
    const struct form *form = collector_form(c, optarg);
    if (form)
        return form;
    struct buffer names = { 0 };
    buffer_append_format(&names, "auto");
    for (unsigned i = 0; i < c->forms_n; i++)
        buffer_append_format(&names, ", %s", c->forms[i].name);
    fail(c, "--form", optarg, allocate_text(buffer_span(&names)));
}

static void add_path(struct options *o, const char *path, const struct form *form)
{
    o->paths = allocate_more(o->paths, o->paths_n + 1, sizeof *o->paths);
    o->paths[o->paths_n++] = (struct option_path){ path, form };
}

static void describe_and_leave(const struct collector *c) __attribute__((noreturn));
static void describe_and_leave(const struct collector *c)
{
    struct buffer b = { 0 };
    options_describe(c, &b);
    bool ok = fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0;
    exit(ok ? EXIT_CODE_OK : EXIT_CODE_INTERNAL);
}

/* "1/3": the second of three. */
static void share_option(struct options *o, const struct collector *c)
{
    struct span text = span_text(optarg);
    size_t slash = span_find(text, '/', 0);
    uint64_t share, shares;
    if (!number_parse_digits(span_of(text.p, slash), &share) ||
        !number_parse_digits(span_from(text, slash + 1), &shares) || shares > SHARES_MAX || share >= shares)
        fail(c, "--share", optarg, "I/K, I from 0 to K - 1, K at most 64");
    o->share = (unsigned)share;
    o->shares = (unsigned)shares;
}

/* Options that concern what a collector reads of its inputs. */
static bool sharing_option(struct options *o, const struct collector *c, int code)
{
    switch (code) {
    case OPTION_SHARE:
        share_option(o, c);
        return true;
    case OPTION_PLAN:
        o->plan = optarg;
        return true;
    case OPTION_RANGE_BYTES:
        o->range_bytes = o->range_bytes_min = number_option(c, "--range-bytes", 0, INT64_MAX);
        return true;
    case OPTION_ONCE:
        o->once = true;
        return true;
    case OPTION_NO_CUT:
        o->no_cut = allocate_more(o->no_cut, o->no_cut_n + 1, sizeof *o->no_cut);
        o->no_cut[o->no_cut_n++] = (uint32_t)number_option(c, "--no-cut", 0, UINT32_MAX);
        return true;
    default:
        return false;
    }
}

static void zone_option(struct options *o, const struct collector *c)
{
    struct error e, said;
    zone_free(&o->zone);
    o->zone_offset_s = 0;
    if (options_parse_zone(optarg, &o->zone_offset_s) || zone_new(optarg, &o->zone, &e) == STATUS_OK)
        return;
    (void)error_set(&said, STATUS_CONFIG, "UTC, +HH:MM, -HH:MM or a name like Europe/Berlin: %s", e.text);
    fail(c, "--zone", optarg, said.text);
}

/* Options that concern how records are read; false: another one. */
static bool reading_option(struct options *o, const struct collector *c, int code)
{
    switch (code) {
    case OPTION_BATCH_ROWS:
        o->limits.rows = (uint32_t)number_option(c, "--batch-rows", 1, WIRE_ROWS_MAX);
        return true;
    case OPTION_LINE_LIMIT:
        o->line_limit_bytes = (size_t)number_option(c, "--line-limit", LINE_LIMIT_MIN, LINE_LIMIT_MAX);
        return true;
    case OPTION_ZONE:
        zone_option(o, c);
        return true;
    case OPTION_REFERENCE_TIME:
        if (!options_parse_time(optarg, &o->reference_time_ms))
            fail(c, "--reference-time", optarg, "a time like 2026-01-01T10:00:00Z");
        return true;
    case OPTION_COLUMNS:
        o->columns = optarg;
        return true;
    default:
        return false;
    }
}

static void other_option(struct options *o, const struct collector *c, int code)
{
    switch (code) {
    case OPTION_SOURCE:
        if (!optarg[0] || strlen(optarg) > WIRE_NAME_BYTES_MAX)
            fail(c, "--source", optarg, "a name of 1 to 256 bytes");
        o->source = optarg;
        break;
    case OPTION_CONNECT:
        o->connect = allocate_more(o->connect, o->connect_n + 1, sizeof *o->connect);
        o->connect[o->connect_n++] = optarg;
        break;
    case OPTION_KEEP_GOING:
        o->keep_going = true;
        break;
    case OPTION_REJECTS:
        o->rejects = optarg;
        break;
    case OPTION_SPOOL_DIR:
        o->spool_dir = optarg;
        break;
    case OPTION_SPOOL_BYTES:
        o->spool_bytes = number_option(c, "--spool-bytes", 1 << 20, SPOOL_BYTES_MAX);
        break;
    case OPTION_ARENA_BYTES:
        o->arena_bytes = (size_t)number_option(c, "--arena-bytes", 0, ARENA_BYTES_MAX);
        break;
    case OPTION_IDENTIFY:
        o->identify = true;
        break;
    case OPTION_DESCRIBE:
        describe_and_leave(c);
    case OPTION_HELP:
        usage(c, stdout);
        exit(EXIT_CODE_OK);
    default:
        usage(c, stderr);
        exit(EXIT_CODE_USAGE);
    }
}

void options_parse(struct options *o, const struct collector *c, int argc, char **argv)
{
    const char *temporary = getenv("TMPDIR");
    *o = (struct options){ .source = c->id,
                           .line_limit_bytes = LINE_LIMIT,
                           .reference_time_ms = TIMESTAMP_NONE,
                           .spool_dir = temporary && temporary[0] ? temporary : "/tmp",
                           .spool_bytes = SPOOL_BYTES,
                           .arena_bytes = ARENA_BYTES,
                           .shares = 1,
                           .range_bytes = RANGE_BYTES_AUTO,
                           .range_bytes_min = RANGE_BYTES_MIN };
    role_init(&o->role, "collector");
    const struct form *form = NULL;
    int code;
    /* "-": a path is given to us where it stands, so that a --form holds for what is behind it. */
    while ((code = getopt_long(argc, argv, "-", long_options, NULL)) != -1) {
        if (role_option(&o->role, code, optarg) || sharing_option(o, c, code) ||
            (code != OPTION_FORM && reading_option(o, c, code)))
            continue;
        if (code == OPTION_FORM)
            form = form_option(c);
        else if (code == OPTION_PATH)
            add_path(o, optarg, form);
        else
            other_option(o, c, code);
    }
    /* Peers of one receiver need different names, also where nobody gave any. */
    if (strcmp(o->role.name, o->role.program) == 0)
        o->role.name = o->source;
    for (; optind < argc; optind++)
        add_path(o, argv[optind], form);
    bool connected = o->connect_n || o->identify;
    if (!connected || !o->paths_n) {
        fprintf(stderr, "tidemark-collector-%s: %s\n", c->id,
                connected ? "expected at least one PATH" : "expected --connect ENDPOINT");
        usage(c, stderr);
        exit(EXIT_CODE_USAGE);
    }
    if (o->shares > 1 && !o->plan)
        fail(c, "--share", "of several", "--plan FILE too");
    /* One collector alone gains nothing by cutting. */
    if (o->shares == 1 && o->range_bytes == RANGE_BYTES_AUTO)
        o->range_bytes = 0;
    /* A unit and the reads around it must fit. */
    if (o->spool_bytes < 2 * (uint64_t)o->line_limit_bytes + (1 << 20))
        o->spool_bytes = 2 * (uint64_t)o->line_limit_bytes + (1 << 20);
}

void options_fini(struct options *o)
{
    free(o->connect);
    free(o->paths);
    free(o->no_cut);
    zone_free(&o->zone);
}

struct parse_options options_for_parsing(const struct options *o, int64_t input_time_ms)
{
    return (struct parse_options){ .zone_offset_s = o->zone_offset_s,
                                   .zone = o->zone,
                                   .reference_time_ms =
                                       o->reference_time_ms == TIMESTAMP_NONE ? input_time_ms : o->reference_time_ms,
                                   .columns = o->columns };
}

void options_describe(const struct collector *c, struct buffer *out)
{
    static const char *const kinds[] = { [FIELD_DESCRIPTOR] = "descriptor",
                                         [FIELD_TEXT] = "text",
                                         [FIELD_INTEGER] = "integer",
                                         [FIELD_PORT] = "port",
                                         [FIELD_TIME] = "time" };
    buffer_append_format(out, "{\"id\":");
    json_append_text(out, span_text(c->id));
    buffer_append_format(out, ",\"forms\":[");
    for (unsigned i = 0; i < c->forms_n; i++) {
        buffer_append_format(out, "%s{\"name\":", i ? "," : "");
        json_append_text(out, span_text(c->forms[i].name));
        buffer_append_format(out, ",\"help\":");
        json_append_text(out, span_text(c->forms[i].help ? c->forms[i].help : ""));
        buffer_append_format(out, "}");
    }
    buffer_append_format(out, "],\"fields\":{");
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        buffer_append_format(out, "%s\"%s\":[", k ? "," : "", kinds[k]);
        bool first = true;
        for (unsigned f = 0; f < c->fields_n; f++) {
            if (c->fields[f].kind != k)
                continue;
            if (!first)
                buffer_append_byte(out, ',');
            first = false;
            json_append_text(out, span_text(c->fields[f].name));
        }
        buffer_append_byte(out, ']');
    }
    buffer_append_format(out, "}}\n");
}
