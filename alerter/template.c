#include "template.h"

#include "common/buffer.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

enum { DEPTH_MAX = 200 }; /* Jansson itself refuses JSON nested deeper than 2048 */

struct search {
    const json_t *found; /* the object */
    unsigned found_n;
    const json_t *other; /* an object with rawContent that is no port watchlist */
};

static struct span text_of(const json_t *string)
{
    return span_of(json_string_value(string), json_string_length(string));
}

/* Offset behind the first `lines` lines of the text. */
static size_t behind_lines(struct span text, json_int_t lines)
{
    size_t at = 0;
    for (; lines > 0 && at < text.n; lines--) {
        while (at < text.n && text.p[at] != '\n' && text.p[at] != '\r')
            at++;
        if (at + 1 < text.n && text.p[at] == '\r' && text.p[at + 1] == '\n')
            at++;
        at += at < text.n;
    }
    return at;
}

static json_int_t lines_to_skip(const json_t *object)
{
    json_int_t n = json_integer_value(json_object_get(object, "numberOfLinesToSkip"));
    return n > 0 ? n : 0;
}

/* A port watchlist has a header with these columns; what else is wrong with it is said when it is read. */
static bool looks_like_watchlist(const json_t *object)
{
    struct span text = text_of(json_object_get(object, "rawContent"));
    text = span_from(text, behind_lines(text, lines_to_skip(object)));
    size_t end = 0;
    while (end < text.n && text.p[end] != '\n' && text.p[end] != '\r')
        end++;
    struct span header = span_of(text.p, end);
    return span_search(header, SPAN_LITERAL("Ports")) < header.n &&
           span_search(header, SPAN_LITERAL("Threshold")) < header.n;
}

static void walk(const json_t *value, struct search *s, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return;
    if (json_is_array(value)) {
        size_t i;
        json_t *item;
        json_array_foreach(value, i, item) walk(item, s, depth + 1);
        return;
    }
    if (!json_is_object(value))
        return;
    if (json_is_string(json_object_get(value, "rawContent"))) {
        if (looks_like_watchlist(value)) {
            s->found = value;
            s->found_n++;
        } else {
            s->other = value;
        }
    }
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)value, key, item) walk(item, s, depth + 1);
}

static enum status content_of(const json_t *object, char **content, size_t *content_n, unsigned *line, struct error *e)
{
    const json_t *type = json_object_get(object, "contentType");
    if (type && (!json_is_string(type) || strcasecmp(json_string_value(type), "text/csv") != 0))
        return error_set(e, STATUS_CONFIG, "contentType is %s: expected text/csv",
                         json_is_string(type) ? json_string_value(type) : "no text");
    struct span text = text_of(json_object_get(object, "rawContent"));
    size_t at = behind_lines(text, lines_to_skip(object));
    *line = 1;
    for (size_t i = 0; i < at; i++)
        *line += text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 >= text.n || text.p[i + 1] != '\n'));
    *content_n = text.n - at;
    *content = allocate(*content_n + 1, 1);
    memcpy(*content, text.p + at, *content_n);
    return STATUS_OK;
}

enum status template_content(struct span json, char **content, size_t *content_n, unsigned *line, struct error *e)
{
    json_error_t bad;
    json_t *root = json_loadb(json.p, json.n, JSON_ALLOW_NUL, &bad);
    if (!root)
        return error_set(e, STATUS_BAD, "%d:%d: not JSON: %s", bad.line, bad.column, bad.text);
    struct search s = { 0 };
    walk(root, &s, 0);
    enum status status;
    if (s.found_n == 1)
        status = content_of(s.found, content, content_n, line, e);
    else if (s.found_n > 1)
        status = error_set(e, STATUS_CONFIG, "the template holds %u port watchlists: expected one", s.found_n);
    else
        status = error_set(e, STATUS_CONFIG,
                           "%s: expected an object with rawContent that has the columns Ports, Threshold …",
                           s.other ? "the template's watchlist has other columns" : "the template holds no watchlist");
    json_decref(root);
    return status;
}
