#include "tally.h"

#include "json_text.h"

#include <inttypes.h>
#include <stdlib.h>

/* Reasons are static words of collectors and maps; more than this many are no honest sender's. */
enum { REASONS_MAX = 4096 };

struct tally *tallies_get(struct tallies *t, struct span source)
{
    for (unsigned i = 0; i < t->n; i++)
        if (span_is(source, t->of[i]->source))
            return t->of[i];
    t->of = allocate_more(t->of, t->n + 1, sizeof *t->of);
    struct tally *one = allocate(1, sizeof *one);
    one->source = allocate_text(source);
    t->of[t->n++] = one;
    return one;
}

void tallies_fini(struct tallies *t)
{
    for (unsigned i = 0; i < t->n; i++) {
        for (unsigned k = 0; k < t->of[i]->reasons_n; k++)
            free(t->of[i]->reasons[k].text);
        free(t->of[i]->reasons);
        free(t->of[i]->source);
        free(t->of[i]);
    }
    free(t->of);
    *t = (struct tallies){ 0 };
}

void tally_add_reason(struct tally *t, enum verdict verdict, struct span reason, uint64_t n)
{
    if (t->reasons_n >= REASONS_MAX)
        reason = SPAN_LITERAL("other");
    for (unsigned i = 0; i < t->reasons_n; i++)
        if (t->reasons[i].verdict == verdict && span_is(reason, t->reasons[i].text)) {
            t->reasons[i].count += n;
            return;
        }
    t->reasons = allocate_more(t->reasons, t->reasons_n + 1, sizeof *t->reasons);
    t->reasons[t->reasons_n++] = (struct tally_reason){ verdict, allocate_text(reason), n };
}

const char *tally_verdict_name(enum verdict v)
{
    return v == VERDICT_SKIP ? "skip" : v == VERDICT_BAD ? "bad" : "limit";
}

static uint64_t of_verdict(const struct tally *t, enum verdict verdict)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < t->reasons_n; i++)
        n += t->reasons[i].verdict == verdict ? t->reasons[i].count : 0;
    return n;
}

static int by_reason(const void *a, const void *b)
{
    const struct tally_reason *x = a, *y = b;
    return x->verdict != y->verdict ? (x->verdict > y->verdict ? 1 : -1) : strcmp(x->text, y->text);
}

static int by_source(const void *a, const void *b)
{
    return strcmp((*(struct tally *const *)a)->source, (*(struct tally *const *)b)->source);
}

static void append_tally(struct tally *t, struct buffer *out)
{
    uint64_t skipped = of_verdict(t, VERDICT_SKIP), bad = of_verdict(t, VERDICT_BAD),
             limit = of_verdict(t, VERDICT_LIMIT);
    int64_t unaccounted = (int64_t)(t->read - t->session_records - skipped - bad - limit);
    buffer_append_format(out, "{\"source\":");
    json_append_text(out, span_text(t->source));
    buffer_append_format(
        out,
        ",\"read\":%" PRIu64 ",\"sessions\":%" PRIu64 ",\"session_records\":%" PRIu64 ",\"skipped\":%" PRIu64
        ",\"malformed\":%" PRIu64 ",\"over_limit\":%" PRIu64 ",\"without_port\":%" PRIu64 ",\"lost_bytes\":%" PRIu64
        ",\"unaccounted\":%" PRId64 ",\"reasons\":[",
        t->read, t->sessions, t->session_records, skipped, bad, limit, t->portless, t->lost_bytes, unaccounted);
    if (t->reasons_n)
        qsort(t->reasons, t->reasons_n, sizeof *t->reasons, by_reason);
    for (unsigned i = 0; i < t->reasons_n; i++) {
        buffer_append_format(out, "%s{\"verdict\":\"%s\",\"reason\":", i ? "," : "",
                             tally_verdict_name(t->reasons[i].verdict));
        json_append_text(out, span_text(t->reasons[i].text));
        buffer_append_format(out, ",\"count\":%" PRIu64 "}", t->reasons[i].count);
    }
    buffer_append_format(out, "]}");
}

void tallies_append_account(struct tallies *t, struct buffer *out)
{
    buffer_append_format(out, "{\"event\":\"account\",\"sources\":[");
    if (t->n)
        qsort(t->of, t->n, sizeof *t->of, by_source);
    for (unsigned i = 0; i < t->n; i++) {
        if (i)
            buffer_append_byte(out, ',');
        append_tally(t->of[i], out);
    }
    buffer_append_format(out, "],\"results\":0}");
}
