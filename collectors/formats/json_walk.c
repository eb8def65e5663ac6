#include "formats/json_walk.h"

/* Blanks, and the commas and colons between values. */
static const char *between(const char *p, const char *end)
{
    while (p < end && (byte_is_blank(*p) || *p == '\n' || *p == '\r' || *p == ',' || *p == ':'))
        p++;
    return p;
}

/* Behind the closing quote; `p` is behind the opening one. */
static const char *behind_string(const char *p, const char *end)
{
    for (;;) {
        const char *quote = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
        if (!quote)
            return end;
        const char *escape = quote;
        while (escape > p && escape[-1] == '\\')
            escape--;
        p = quote + 1;
        if ((quote - escape) % 2 == 0)
            return p;
    }
}

static const char *behind_container(const char *p, const char *end)
{
    size_t depth = 0;
    while (p < end) {
        char c = *p++;
        if (c == '"')
            p = behind_string(p, end);
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return p;
    }
    return end;
}

static const char *behind_scalar(const char *p, const char *end)
{
    while (p < end && !byte_is_blank(*p) && *p != '\n' && *p != '\r' && *p != ',' && *p != ']' && *p != '}')
        p++;
    return p;
}

const char *json_walk_behind(const char *p, const char *end)
{
    if (p == end)
        return end;
    return *p == '"'                ? behind_string(p + 1, end)
           : *p == '{' || *p == '[' ? behind_container(p, end)
                                    : behind_scalar(p, end);
}

static enum json_kind kind_of(char first)
{
    switch (first) {
    case '"':
        return JSON_STRING;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

static struct span inside_quotes(const char *p, const char *behind)
{
    bool closed = behind - p >= 2 && behind[-1] == '"';
    return span_of(p + 1, (size_t)(behind - p) - (closed ? 2 : 1));
}

struct json_walk json_walk_of(struct span container)
{
    const char *p = container.p, *end = p + container.n;
    if (container.n)
        p = between(p, end);
    if (container.n == 0 || p == end || (*p != '{' && *p != '['))
        return (struct json_walk){ 0 };
    return (struct json_walk){ p + 1, end, *p == '{' };
}

bool json_walk_next(struct json_walk *w, struct span *key, struct json_value *value)
{
    *key = span_of("", 0);
    if (w->at == w->end)
        return false;
    const char *p = between(w->at, w->end);
    if (w->object && p < w->end && *p == '"') {
        const char *behind = behind_string(p + 1, w->end);
        *key = inside_quotes(p, behind);
        p = between(behind, w->end);
    }
    if (p == w->end || *p == ']' || *p == '}') {
        w->at = w->end;
        return false;
    }
    value->kind = kind_of(*p);
    w->at = json_walk_behind(p, w->end);
    value->text = value->kind == JSON_STRING ? inside_quotes(p, w->at)
                                             : span_of(p, value->kind == JSON_NULL ? 0 : (size_t)(w->at - p));
    return true;
}
