#include "formats/wrapped.h"

#include "core/parser.h"
#include "formats/json.h"
#include "formats/row.h"
#include "formats/timetext.h"
#include "formats/unwrap.h"

enum { TEXTS_MAX = 6, OBJECTS_MAX = 6, TIMES_MAX = 4, TIME_BYTES = 32, PADDING_BYTES = 64 };

const char *const wrapped_envelope[] = {
    "events", "records", "value", "logs", "messages", "results", "expected", NULL
};

static bool is_time(struct span key)
{
    switch (key.n) {
    case 4:
        return memcmp(key.p, "time", 4) == 0;
    case 5:
        return memcmp(key.p, "_time", 5) == 0;
    case 9:
        return memcmp(key.p, "timestamp", 9) == 0;
    case 10:
        return memcmp(key.p, "@timestamp", 10) == 0;
    default:
        return false;
    }
}

/* What an object has. */
struct contents {
    struct span text[TEXTS_MAX]; /* with padding behind, in the unit or in the reader */
    unsigned texts_n;
    struct span object[OBJECTS_MAX]; /* JSON text, in the unit */
    unsigned objects_n;
    struct json_value time[TIMES_MAX]; /* read when a line has no time */
    unsigned times_n;
    int64_t time_ms; /* of those before them */
    bool unread;     /* there is JSON in a text, or more than there is room for */
};

static void add_text(struct contents *c, struct span text)
{
    if (text.n == 0)
        return;
    c->unread |= c->texts_n == TEXTS_MAX || unwrap_is_text(text);
    if (c->texts_n < TEXTS_MAX)
        c->text[c->texts_n++] = text;
}

static void add_object(struct contents *c, struct span object)
{
    if (c->objects_n < OBJECTS_MAX)
        c->object[c->objects_n++] = object;
    else
        c->unread = true;
}

static void read_time(struct contents *c, const struct json_value *value)
{
    static const struct parse_options utc = { 0 };
    int64_t ms;
    if (c->time_ms == TIMESTAMP_NONE &&
        (value->kind == JSON_STRING ? timetext_device(value->text, &utc, &ms)
                                    : value->kind == JSON_NUMBER && timetext_epoch(value->text, &ms)))
        c->time_ms = ms;
}

/* The first member that is a time. */
static int64_t object_time(struct contents *c)
{
    for (unsigned i = 0; i < c->times_n; i++)
        read_time(c, &c->time[i]);
    c->times_n = 0;
    return c->time_ms;
}

static void add_time(struct contents *c, const struct json_value *value)
{
    if (c->times_n == TIMES_MAX)
        (void)object_time(c);
    c->time[c->times_n++] = *value;
}

static void add(struct contents *c, struct span key, const struct json_value *value)
{
    unsigned holds = unwrap_holds(key);
    if (value->kind == JSON_STRING && (holds & UNWRAP_TEXT))
        add_text(c, value->text);
    else if (value->kind == JSON_OBJECT && (holds & UNWRAP_OBJECT))
        add_object(c, value->text);
    else if (is_time(key))
        add_time(c, value);
}

static enum status read_members(struct json_reader *json, struct contents *c)
{
    struct span key;
    struct json_value value;
    enum status status;
    while ((status = json_next(json, &key, &value)) == STATUS_OK)
        add(c, key, &value);
    return status;
}

/* The members of the unit, then those of the objects in it. */
static bool read_objects(struct json_reader *json, struct span unit, struct contents *c)
{
    if (json_open(json, unit) != STATUS_OK || read_members(json, c) != STATUS_END)
        return false;
    for (unsigned i = 0; i < c->objects_n; i++) {
        json_enter(json, c->object[i]);
        if (read_members(json, c) != STATUS_END)
            return false;
    }
    return true;
}

/* The line once more, behind the object's time as a relay would write it. */
static struct span with_time(struct parser *p, struct contents *c, struct span text)
{
    char *to = parser_scratch(p, TIME_BYTES + text.n + PADDING_BYTES);
    c->unread |= !to;
    if (!to)
        return text;
    size_t n = timestamp_format(c->time_ms, true, to);
    to[n++] = ' ';
    memcpy(to + n, text.p, text.n);
    memset(to + n + text.n, 0, PADDING_BYTES);
    return span_of(to, n + text.n);
}

static enum parse_result parse_text(wrapped_parser *parse, struct parser *p, struct contents *c, struct span text,
                                    struct record *r)
{
    record_clear(r);
    enum parse_result result = parse(p, text, r);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "no_time") || object_time(c) == TIMESTAMP_NONE)
        return result;
    record_clear(r);
    return parse(p, with_time(p, c, text), r);
}

/* `only`: what stands in the objects inside of an object is tried with that object, and nothing else is. */
static enum parse_result parse_texts(wrapped_parser *parse, struct parser *p, struct span unit, bool only,
                                     struct record *r)
{
    struct contents c; /* its arrays are not cleared */
    c.texts_n = c.objects_n = c.times_n = 0;
    c.time_ms = TIMESTAMP_NONE;
    c.unread = false;
    if (!read_objects(p->outer_json, unit, &c))
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
    p->searched = !c.unread && (only || c.objects_n == 0);
    return reason ? record_verdict(r, first, reason) : record_verdict(r, PARSE_SKIP, "no_text");
}

enum parse_result wrapped_parse(wrapped_parser *parse, struct parser *p, struct span unit, struct record *r)
{
    return parse_texts(parse, p, unit, false, r);
}

enum parse_result wrapped_parse_only(wrapped_parser *parse, struct parser *p, struct span unit, struct record *r)
{
    return parse_texts(parse, p, unit, true, r);
}

enum probe_result wrapped_probe(struct span head, const char *const *words)
{
    static const char *const members[] = { "\"message\"", "\"original\"", "\"event.original\"", "\"_raw\"",
                                           "\"raw\"",     "\"log\"",      "\"MESSAGE\"",        "\"raw_log\"",
                                           "\"rawLog\"",  "\"msg\"",      "\"payload\"",        NULL };
    return row_probe_json(head, members) == PROBE_LIKELY && row_probe_json(head, words) == PROBE_LIKELY ? PROBE_LIKELY
                                                                                                        : PROBE_NO;
}
