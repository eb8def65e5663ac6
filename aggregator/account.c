#include "account.h"

#include "common/buffer.h"

#include <stdlib.h>

struct tally {
    struct account_source *source;
    enum verdict verdict;
    struct span reason;
    uint64_t n;
};

struct account {
    struct account_source **sources;
    uint32_t sources_n;
    struct account_source *last;
    struct tally *tallies;
    uint32_t tallies_n, tallies_capacity, reasons_n;
    struct account_line *lines;
};

enum { FIXED_LINES = 5, VERDICTS = 3 };
_Static_assert(ACCOUNT_SOURCES_MAX *(FIXED_LINES + VERDICTS) + ACCOUNT_REASONS_MAX <= ACCOUNT_LINES_MAX,
               "an account must fit into one message");

struct account *account_new(void)
{
    return allocate(1, sizeof(struct account));
}

static void free_text(struct span text)
{
    free((void *)(uintptr_t)text.p);
}

void account_free(struct account **a)
{
    struct account *old = *a;
    if (!old)
        return;
    for (uint32_t i = 0; i < old->sources_n; i++) {
        free_text(old->sources[i]->name);
        free(old->sources[i]);
    }
    for (uint32_t i = 0; i < old->tallies_n; i++)
        free_text(old->tallies[i].reason);
    free(old->sources);
    free(old->tallies);
    free(old->lines);
    free(old);
    *a = NULL;
}

static struct span keep_text(struct span text)
{
    return span_of(allocate_text(text), text.n);
}

struct account_source *account_source(struct account *a, struct span name)
{
    if (a->last && span_equal(a->last->name, name))
        return a->last;
    for (uint32_t i = 0; i < a->sources_n; i++)
        if (span_equal(a->sources[i]->name, name))
            return a->last = a->sources[i];
    if (a->sources_n == ACCOUNT_SOURCES_MAX)
        return NULL;
    struct account_source *source = allocate(1, sizeof *source);
    source->name = keep_text(name);
    a->sources = allocate_more(a->sources, a->sources_n + 1, sizeof *a->sources);
    a->sources[a->sources_n++] = source;
    return a->last = source;
}

static struct tally *find(struct account *a, struct account_source *source, enum verdict verdict, struct span reason)
{
    for (uint32_t i = 0; i < a->tallies_n; i++) {
        struct tally *t = &a->tallies[i];
        if (t->source == source && t->verdict == verdict && span_equal(t->reason, reason))
            return t;
    }
    return NULL;
}

void account_add(struct account *a, struct account_source *source, enum verdict verdict, struct span reason, uint64_t n)
{
    struct span other = SPAN_LITERAL("other_reasons");
    struct tally *t = find(a, source, verdict, reason);
    if (!t && a->reasons_n == ACCOUNT_REASONS_MAX) {
        reason = other;
        t = find(a, source, verdict, reason);
    }
    if (!t) {
        if (a->tallies_n == a->tallies_capacity) {
            a->tallies_capacity = a->tallies_n ? 2 * a->tallies_n : 16;
            a->tallies = allocate_more(a->tallies, a->tallies_capacity, sizeof *a->tallies);
        }
        t = &a->tallies[a->tallies_n++];
        *t = (struct tally){ .source = source, .verdict = verdict, .reason = keep_text(reason) };
        if (!span_equal(reason, other))
            a->reasons_n++;
    }
    t->n += n;
}

static enum fate fate_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_SKIP:
        return FATE_SKIP;
    case VERDICT_BAD:
        return FATE_BAD;
    case VERDICT_LIMIT:
        break;
    }
    return FATE_LIMIT;
}

const struct account_line *account_lines(struct account *a, bool first_shard, uint32_t *n)
{
    uint32_t lines = 0;
    free(a->lines);
    a->lines = allocate((size_t)a->sources_n * FIXED_LINES + a->tallies_n + 1, sizeof *a->lines);
    for (uint32_t i = 0; i < a->sources_n; i++) {
        const struct account_source *s = a->sources[i];
        const struct account_line fixed[FIXED_LINES] = {
            { .source = s->name, .fate = FATE_SESSIONS, .count = s->sessions },
            { .source = s->name, .fate = FATE_SESSION_RECORDS, .count = s->session_records },
            { .source = s->name, .fate = FATE_PORTLESS, .count = s->portless },
            { .source = s->name, .fate = FATE_READ, .count = s->read },
            { .source = s->name, .fate = FATE_LOST_BYTES, .count = s->lost_bytes },
        };
        uint32_t fixed_n = first_shard ? FIXED_LINES : 2;
        for (uint32_t k = 0; k < fixed_n; k++)
            a->lines[lines++] = fixed[k];
    }
    for (uint32_t i = 0; first_shard && i < a->tallies_n; i++) {
        const struct tally *t = &a->tallies[i];
        a->lines[lines++] = (struct account_line){
            .source = t->source->name, .fate = fate_of(t->verdict), .reason = t->reason, .count = t->n
        };
    }
    *n = lines;
    return a->lines;
}
