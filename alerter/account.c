#include "account.h"

#include "common/json_text.h"

#include <stdlib.h>

void account_fini(struct account *a)
{
    for (uint32_t i = 0; i < a->n; i++) {
        struct account_source *s = &a->sources[i];
        for (uint32_t j = 0; j < s->reasons_n; j++)
            free((void *)(uintptr_t)s->reasons[j].text.p);
        free(s->reasons);
        free((void *)(uintptr_t)s->name.p);
    }
    free(a->sources);
    *a = (struct account){ 0 };
}

static struct span keep(struct span s)
{
    return span_of(allocate_text(s), s.n);
}

static struct account_source *source_of(struct account *a, struct span name)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (span_equal(name, a->sources[i].name))
            return &a->sources[i];
    if (a->n == a->capacity) {
        a->capacity = a->capacity ? 2 * a->capacity : 16;
        a->sources = allocate_more(a->sources, a->capacity, sizeof *a->sources);
    }
    a->sources[a->n] = (struct account_source){ .name = keep(name) };
    return &a->sources[a->n++];
}

static void add_reason(struct account_source *s, enum verdict verdict, struct span text, uint64_t count)
{
    for (uint32_t i = 0; i < s->reasons_n; i++) {
        if (s->reasons[i].verdict == verdict && span_equal(text, s->reasons[i].text)) {
            s->reasons[i].count += count;
            return;
        }
    }
    if (s->reasons_n == s->reasons_capacity) {
        s->reasons_capacity = s->reasons_capacity ? 2 * s->reasons_capacity : 16;
        s->reasons = allocate_more(s->reasons, s->reasons_capacity, sizeof *s->reasons);
    }
    s->reasons[s->reasons_n++] = (struct account_reason){ verdict, keep(text), count };
}

void account_add(struct account *a, const struct account_line *lines, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct account_line *line = &lines[i];
        if (line->fate < FATE_SESSIONS || line->fate > FATE_LOST_BYTES)
            continue;
        struct account_source *s = source_of(a, line->source);
        s->fates[line->fate] += line->count;
        if (line->fate == FATE_SKIP)
            add_reason(s, VERDICT_SKIP, line->reason, line->count);
        else if (line->fate == FATE_BAD)
            add_reason(s, VERDICT_BAD, line->reason, line->count);
        else if (line->fate == FATE_LIMIT)
            add_reason(s, VERDICT_LIMIT, line->reason, line->count);
    }
}

static int by_name(const void *left, const void *right)
{
    const struct account_source *a = left, *b = right;
    return span_compare(a->name, b->name);
}

static int by_verdict(const void *left, const void *right)
{
    const struct account_reason *a = left, *b = right;
    if (a->verdict != b->verdict)
        return a->verdict < b->verdict ? -1 : 1;
    return span_compare(a->text, b->text);
}

static void append_reasons(struct buffer *out, struct account_source *s)
{
    static const char *const verdicts[] = { [VERDICT_SKIP] = "skip", [VERDICT_BAD] = "bad", [VERDICT_LIMIT] = "limit" };
    if (s->reasons_n)
        qsort(s->reasons, s->reasons_n, sizeof *s->reasons, by_verdict);
    for (uint32_t i = 0; i < s->reasons_n; i++) {
        buffer_append_format(out, "%s{\"verdict\":\"%s\",\"reason\":", i ? "," : "", verdicts[s->reasons[i].verdict]);
        json_append_text(out, s->reasons[i].text);
        buffer_append_format(out, ",\"count\":%llu}", (unsigned long long)s->reasons[i].count);
    }
}

static void append_source(struct buffer *out, struct account_source *s)
{
    static const struct {
        const char *key;
        enum fate fate;
    } numbers[] = { { "read", FATE_READ },
                    { "session_records", FATE_SESSION_RECORDS },
                    { "skipped", FATE_SKIP },
                    { "malformed", FATE_BAD },
                    { "over_limit", FATE_LIMIT },
                    { "without_port", FATE_PORTLESS },
                    { "lost_bytes", FATE_LOST_BYTES } };
    const uint64_t *f = s->fates;
    buffer_append_format(out, "{\"source\":");
    json_append_text(out, s->name);
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        buffer_append_format(out, ",\"%s\":%llu", numbers[i].key, (unsigned long long)f[numbers[i].fate]);
    buffer_append_format(out, ",\"sessions\":%llu", (unsigned long long)(f[FATE_SESSIONS] + f[FATE_PORTLESS]));
    uint64_t accounted = f[FATE_SESSION_RECORDS] + f[FATE_SKIP] + f[FATE_BAD] + f[FATE_LIMIT];
    buffer_append_format(out, ",\"unaccounted\":%lld,\"reasons\":[", (long long)(f[FATE_READ] - accounted));
    append_reasons(out, s);
    buffer_append_format(out, "]}");
}

void account_append_json(struct account *a, uint64_t results, struct buffer *out)
{
    if (a->n)
        qsort(a->sources, a->n, sizeof *a->sources, by_name);
    buffer_append_format(out, "{\"event\":\"account\",\"sources\":[");
    for (uint32_t i = 0; i < a->n; i++) {
        if (i)
            buffer_append_byte(out, ',');
        append_source(out, &a->sources[i]);
    }
    buffer_append_format(out, "],\"results\":%llu}", (unsigned long long)results);
}
