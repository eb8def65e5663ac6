#include "formats/unwrap.h"

enum { PADDING_BYTES = 64, DEPTH_MAX = 3 };

#define IS(word) (memcmp(key.p, (word), sizeof(word) - 1) == 0)

/* By length, so that most members of records cost nothing. */
unsigned unwrap_holds(struct span key)
{
    switch (key.n) {
    case 3:
        if (IS("log"))
            return UNWRAP_TEXT | UNWRAP_OBJECT;
        return IS("raw") || IS("msg") ? UNWRAP_TEXT : IS("Sns") ? UNWRAP_OBJECT : 0;
    case 4:
        if (IS("_raw") || IS("body"))
            return UNWRAP_TEXT | UNWRAP_OBJECT;
        return IS("Body") ? UNWRAP_TEXT : IS("data") || IS("json") ? UNWRAP_OBJECT : 0;
    case 5:
        return IS("event") ? UNWRAP_TEXT | UNWRAP_OBJECT : IS("input") ? UNWRAP_OBJECT : 0;
    case 6:
        return IS("rawLog") ? UNWRAP_TEXT : IS("result") || IS("fields") ? UNWRAP_OBJECT : 0;
    case 7:
        if (IS("message") || IS("payload"))
            return UNWRAP_TEXT | UNWRAP_OBJECT;
        return IS("Message") || IS("MESSAGE") || IS("raw_log") ? UNWRAP_TEXT : IS("_source") ? UNWRAP_OBJECT : 0;
    case 8:
        return IS("original") || IS("@message") ? UNWRAP_TEXT : 0;
    case 11:
        return IS("jsonPayload") ? UNWRAP_OBJECT : 0;
    case 14:
        return IS("event.original") ? UNWRAP_TEXT : 0;
    default:
        return 0;
    }
}

static void add(struct unwrapped *u, struct span object)
{
    if (u->n < UNWRAPPED_MAX)
        u->object[u->n++] = object;
}

/* Unescaped, texts are no longer than in the unit: what was reserved for them is enough, and they never move. */
static void add_text(struct unwrapped *u, struct buffer *texts, struct span text)
{
    text = span_trim(text);
    if (!unwrap_is_text(text) || u->n == UNWRAPPED_MAX)
        return;
    char *to = texts->p + texts->n;
    memcpy(to, text.p, text.n);
    memset(to + text.n, 0, PADDING_BYTES);
    texts->n += text.n + PADDING_BYTES;
    add(u, span_of(to, text.n));
}

static void add_member(struct span key, const struct json_value *value, struct buffer *texts, struct unwrapped *found,
                       struct unwrapped *inner)
{
    if (value->kind == JSON_STRING && (unwrap_holds(key) & UNWRAP_TEXT))
        add_text(found, texts, value->text);
    else if (value->kind == JSON_OBJECT && inner && (unwrap_holds(key) & UNWRAP_OBJECT))
        add(inner, value->text);
}

/* The members of what the reader stands in: texts go to `texts`, objects to `inner`. */
static bool read_members(struct json_reader *json, struct buffer *texts, struct unwrapped *found,
                         struct unwrapped *inner)
{
    struct span key;
    struct json_value value;
    enum status status;
    while ((status = json_next(json, &key, &value)) == STATUS_OK)
        add_member(key, &value, texts, found, inner);
    return status == STATUS_END;
}

static bool read_outer(struct json_reader *json, struct span object, struct buffer *texts, struct unwrapped *found,
                       struct unwrapped *inner)
{
    const struct json_nested *nested = json_nested_of(json, object);
    if (nested) {
        for (unsigned i = 0; i < nested->n; i++)
            add_member(nested->member[i].key, &nested->member[i].value, texts, found, inner);
        return true;
    }
    return json_open(json, object) == STATUS_OK && read_members(json, texts, found, inner);
}

/* The texts of an object, of the objects in it, which go to `inner`, and of those in them. */
static bool read_object(struct json_reader *json, struct span object, struct buffer *texts, struct unwrapped *found,
                        struct unwrapped *inner)
{
    inner->n = 0;
    if (!read_outer(json, object, texts, found, inner))
        return false;
    unsigned members = inner->n;
    for (unsigned i = 0; i < inner->n; i++) {
        json_enter(json, inner->object[i]);
        if (!read_members(json, texts, found, i < members ? inner : NULL))
            return false;
    }
    inner->n = members;
    return true;
}

bool unwrap_json(struct json_reader *json, struct span unit, struct buffer *texts, struct unwrapped *u)
{
    struct unwrapped inner, others;
    u->n = 0;
    const struct json_nested *nested = json_nested_of(json, unit);
    if (nested && nested->n == 0)
        return false;
    if (unit.n < 2 || !memchr(unit.p + 1, '{', unit.n - 1)) /* most records that are skipped are flat */
        return false;
    buffer_clear(texts);
    buffer_reserve(texts, DEPTH_MAX * unit.n + (size_t)PADDING_BYTES * UNWRAPPED_MAX);
    if (!read_object(json, unit, texts, u, &inner))
        return false;
    for (unsigned depth = 1, i = 0; depth < DEPTH_MAX; depth++)
        for (unsigned end = u->n; i < end; i++)
            (void)read_object(json, u->object[i], texts, u, &others); /* what is malformed holds nothing */
    for (unsigned i = 0; i < inner.n; i++)
        add(u, inner.object[i]);
    return u->n != 0;
}
