#include "formats/wrapped.h"

#include "core/parser.h"
#include "formats/json.h"
#include "formats/row.h"
#include "formats/timetext.h"
#include "formats/unwrap.h"

enum { TEXTS_MAX = 6, OBJECTS_MAX = 6, PADDING_BYTES = 64 };

const char *const wrapped_envelope[] = {
    "events", "records", "value", "logs", "messages", "results", "expected", NULL
};

static const char *const time_names[] = { "@timestamp", "timestamp", "time", "_time", NULL };

static bool is_one_of(struct span name, const char *const *names)
{
    for (; *names; names++)
        if (span_is(name, *names))
            return true;
    return false;
}

/* What an object has. */
struct contents {
    struct span text[TEXTS_MAX]; /* with padding behind, in the parser's scratch */
    unsigned texts_n;
    struct span object[OBJECTS_MAX]; /* JSON text, in the unit */
    unsigned objects_n;
    int64_t time_ms;
};

static void add_text(struct parser *p, struct contents *c, struct span text)
{
    char *to = c->texts_n < TEXTS_MAX && text.n ? parser_scratch(p, text.n + PADDING_BYTES) : NULL;
    if (!to)
        return;
    memcpy(to, text.p, text.n);
    memset(to + text.n, 0, PADDING_BYTES);
    c->text[c->texts_n++] = span_of(to, text.n);
}

static void add(struct parser *p, struct contents *c, struct span key, const struct json_value *value)
{
    if (value->kind == JSON_STRING && unwrap_is_text(key))
        add_text(p, c, value->text);
    else if (value->kind == JSON_OBJECT && c->objects_n < OBJECTS_MAX && unwrap_is_object(key))
        c->object[c->objects_n++] = value->text;
    else if (c->time_ms == TIMESTAMP_NONE && is_one_of(key, time_names)) {
        static const struct parse_options utc = { 0 };
        int64_t ms;
        if (value->kind == JSON_STRING ? timetext_device(value->text, &utc, &ms)
                                       : value->kind == JSON_NUMBER && timetext_epoch(value->text, &ms))
            c->time_ms = ms;
    }
}

/* The members of one object; objects in it are read after it. */
static enum status read_object(struct parser *p, struct span object, struct contents *c)
{
    struct span key;
    struct json_value value;
    enum status status = json_open(p->json, object);
    while (status == STATUS_OK && (status = json_next(p->json, &key, &value)) == STATUS_OK)
        add(p, c, key, &value);
    return status == STATUS_END ? STATUS_OK : status;
}

/* The line once more, behind the object's time as a relay would write it. */
static struct span with_time(struct parser *p, struct span text, int64_t time_ms)
{
    char *to = parser_scratch(p, 32 + text.n + PADDING_BYTES);
    if (!to)
        return text;
    size_t n = timestamp_format(time_ms, true, to);
    to[n++] = ' ';
    memcpy(to + n, text.p, text.n);
    memset(to + n + text.n, 0, PADDING_BYTES);
    return span_of(to, n + text.n);
}

static enum parse_result parse_text(wrapped_parser *parse, struct parser *p, const struct contents *c, struct span text,
                                    struct record *r)
{
    record_clear(r);
    enum parse_result result = parse(p, text, r);
    if (result != PARSE_BAD || c->time_ms == TIMESTAMP_NONE || !span_is(span_text(r->reason), "no_time"))
        return result;
    record_clear(r);
    return parse(p, with_time(p, text, c->time_ms), r);
}

enum parse_result wrapped_parse(wrapped_parser *parse, struct parser *p, struct span unit, struct record *r)
{
    struct contents c = { .time_ms = TIMESTAMP_NONE };
    if (read_object(p, unit, &c) != STATUS_OK)
        return record_verdict(r, PARSE_BAD, "json");
    for (unsigned i = 0; i < c.objects_n; i++)
        if (read_object(p, c.object[i], &c) != STATUS_OK)
            return record_verdict(r, PARSE_BAD, "json");
    enum parse_result first = PARSE_NOTHING;
    const char *reason = NULL;
    for (unsigned i = 0; i < c.texts_n; i++) {
        enum parse_result result = parse_text(parse, p, &c, c.text[i], r);
        if (result == PARSE_RECORD)
            return result;
        if (i == 0) {
            first = result;
            reason = r->reason;
        }
    }
    return reason ? record_verdict(r, first, reason) : record_verdict(r, PARSE_SKIP, "no_text");
}

enum probe_result wrapped_probe(struct span head, const char *const *words)
{
    static const char *const members[] = { "\"message\"", "\"original\"", "\"event.original\"", "\"_raw\"",
                                           "\"raw\"",     "\"log\"",      "\"MESSAGE\"",        "\"raw_log\"",
                                           "\"rawLog\"",  "\"msg\"",      "\"payload\"",        NULL };
    return row_probe_json(head, members) == PROBE_LIKELY && row_probe_json(head, words) == PROBE_LIKELY ? PROBE_LIKELY
                                                                                                        : PROBE_NO;
}
