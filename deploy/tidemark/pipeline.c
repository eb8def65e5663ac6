#include "pipeline.h"

#include "extent.h"

#include "common/role.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARDS_MAX = 64, PORTS = 65536, OWN_SHARDS_MAX = 8, OWN_COLLECTORS_MAX = 8, ATTEMPTS_MAX = 8 };

/* Inputs of a source that one collector reads in no time. */
#define SMALL_BYTES (UINT64_C(64) << 20)

/* Of windows where only sums matter: the longest that the roles take. */
#define ONE_WINDOW "366d"

static bool number_option(const struct pipeline *p, const char *command, const char *name, unsigned most, unsigned *out)
{
    const char *text = options_get(p->options, name);
    if (!text)
        return true;
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end == text || *end || n < 1 || n > (long)most) {
        fprintf(stderr, "%s: --%s %s: expected a number from 1 to %u\n", command, name, text, most);
        return false;
    }
    *out = (unsigned)n;
    return true;
}

bool pipeline_size(struct pipeline *p, const char *command)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned half = processors <= 2 ? 1 : (unsigned)processors / 2;
    p->shards = half > OWN_SHARDS_MAX ? OWN_SHARDS_MAX : half;
    p->collectors = 0;
    return number_option(p, command, "shards", SHARDS_MAX, &p->shards) &&
           number_option(p, command, "collectors", COLLECTORS_MAX, &p->collectors);
}

/* Collectors for the source of input `first`. */
static unsigned count_collectors(const struct pipeline *p, size_t first)
{
    const struct inputs *in = p->inputs;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (p->collectors)
        return p->collectors;
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

static void add_alerter(const struct pipeline *p, struct supervisor *s)
{
    struct child *c = supervisor_add(s, "tidemark-alerter", "the alerter");
    c->judges = true;
    words_add_pair(&c->words, "--name", "alerter");
    words_add(&c->words, "--bind");
    words_add_format(&c->words, "ipc://%s/alerter", s->runtime.path);
    words_add(&c->words, "--senders");
    words_add_format(&c->words, "%u", p->shards);
    if (p->summary) {
        words_add_pair(&c->words, "--summary", p->summary);
        words_add_pair(&c->words, "--window", ONE_WINDOW);
    } else {
        c->writes_stdout = true;
        words_add(&c->words, "-w");
        roles_add_watchlist(&c->words, p->options);
    }
    options_pass(p->options, TO_ALERTER, &c->words);
}

static enum status add_aggregator(const struct pipeline *p, struct supervisor *s, unsigned i, struct error *e)
{
    struct child *c = supervisor_add(s, "tidemark-aggregator", "the aggregator %u", i);
    words_add(&c->words, "--name");
    words_add_format(&c->words, "aggregator-%u", i);
    words_add(&c->words, "--bind");
    words_add_format(&c->words, "ipc://%s/aggregator-%u", s->runtime.path, i);
    words_add(&c->words, "--connect");
    words_add_format(&c->words, "ipc://%s/alerter", s->runtime.path);
    words_add(&c->words, "--ports");
    words_add_format(&c->words, "%u-%u", first_port(i, p->shards), first_port(i + 1, p->shards) - 1);
    words_add_pair(&c->words, "--senders", "1");
    if (p->summary)
        words_add_pair(&c->words, "--window", ONE_WINDOW);
    options_pass(p->options, TO_AGGREGATORS, &c->words);
    char folder[32];
    snprintf(folder, sizeof folder, "state-%u.%u", i, s->runs);
    return roles_add_folder(s, &c->words, "--state-dir", folder, e);
}

static void add_normalizer(const struct pipeline *p, struct supervisor *s, unsigned collectors)
{
    const struct inputs *in = p->inputs;
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
    for (unsigned i = 0; i < p->shards; i++) {
        words_add(&c->words, "--shard");
        words_add_format(&c->words, "%u-%u@ipc://%s/aggregator-%u", first_port(i, p->shards),
                         first_port(i + 1, p->shards) - 1, s->runtime.path, i);
    }
    options_pass(p->options, TO_NORMALIZER, &c->words);
}

static enum status add_all(const struct pipeline *p, struct supervisor *s, unsigned attempt, struct error *e)
{
    const struct inputs *in = p->inputs;
    enum status status = STATUS_OK;
    unsigned *collectors = allocate(in->n + 1, sizeof *collectors), all = 0;
    for (size_t i = 0; i < in->n; i++)
        all += collectors[i] = inputs_seen(in, i) ? 0 : count_collectors(p, i);
    struct sharing sharing = { .all = all,
                               .attempt = attempt,
                               .once = reads_once(in),
                               .range = attempt < ATTEMPTS_MAX ? options_get(p->options, "range-bytes") : "0" };
    add_alerter(p, s);
    for (unsigned i = 0; i < p->shards && status == STATUS_OK; i++)
        status = add_aggregator(p, s, i, e);
    add_normalizer(p, s, all);
    for (size_t i = 0; i < in->n && status == STATUS_OK; i++) {
        sharing.of = collectors[i];
        status = roles_add_collectors(s, in, i, &sharing, p->options, e);
    }
    free(collectors);
    return status;
}

enum status pipeline_run(const struct pipeline *p, struct supervisor *s, int *code, struct error *e)
{
    enum status status = STATUS_OK;
    *code = EXIT_CODE_AGAIN;
    for (unsigned attempt = 0; status == STATUS_OK && *code == EXIT_CODE_AGAIN; attempt++) {
        s->results = s->inputs_missing = false;
        status = add_all(p, s, attempt, e);
        if (status == STATUS_OK)
            *code = supervisor_run(s);
    }
    return status;
}
