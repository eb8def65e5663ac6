#include "formats/cef.h"

enum { HEADER_FIELDS = 6 };

static bool begins_token(struct span line, size_t at)
{
    if (at == 0)
        return true;
    char before = line.p[at - 1];
    return before == ' ' || before == '\t' || before == ']' || before == '>' ||
           (at >= 3 && memcmp(line.p + at - 3, "\xEF\xBB\xBF", 3) == 0);
}

bool cef_find(struct span line, struct span *head, struct span *body)
{
    for (size_t from = 0; from + 6 <= line.n;) {
        const char *hit = memmem(line.p + from, line.n - from, "CEF:", 4);
        if (!hit)
            return false;
        size_t start = (size_t)(hit - line.p), at = start + 4;
        while (at < line.n && line.p[at] == ' ')
            at++;
        if (at + 1 < line.n && (line.p[at] == '0' || line.p[at] == '1') && line.p[at + 1] == '|' &&
            begins_token(line, start)) {
            *head = span_of(line.p, start);
            *body = span_from(line, at + 2);
            return true;
        }
        from = start + 4;
    }
    return false;
}

/* The first pipe at or behind `from` that an even number of backslashes precedes. */
static size_t find_pipe(struct span s, size_t from)
{
    for (size_t at = span_find(s, '|', from); at < s.n; at = span_find(s, '|', at + 1)) {
        size_t escapes = 0;
        while (escapes < at - from && s.p[at - 1 - escapes] == '\\')
            escapes++;
        if (escapes % 2 == 0)
            return at;
    }
    return s.n;
}

bool cef_headless(struct span message, struct span *body)
{
    if (!span_starts(message, SPAN_LITERAL("0|")))
        return false;
    *body = span_from(message, 2);
    size_t at = 0;
    for (unsigned pipes = 0; pipes < HEADER_FIELDS; pipes++) {
        at = find_pipe(*body, at);
        if (at >= body->n)
            return false;
        at++;
    }
    return true;
}

/* `\|` and `\\` of a header field; any other backslash stays. */
static struct span header_unescape(struct parser *p, struct span field)
{
    field = span_trim(field);
    if (span_find(field, '\\', 0) == field.n)
        return field;
    char *to = parser_scratch(p, field.n);
    if (!to)
        return span_of(field.p, 0);
    size_t n = 0;
    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] == '\\' && i + 1 < field.n && (field.p[i + 1] == '|' || field.p[i + 1] == '\\'))
            i++;
        to[n++] = field.p[i];
    }
    return span_of(to, n);
}

static bool is_one_of(struct span text, const char *const *words)
{
    for (; words && *words; words++)
        if (span_is(text, *words))
            return true;
    return false;
}

enum status cef_header_read(struct parser *p, struct span body, const char *const *vendors, struct cef_header *h)
{
    struct span fields[HEADER_FIELDS];
    unsigned n = 0;
    size_t at = 0;
    *h = (struct cef_header){ 0 };
    while (n < HEADER_FIELDS) {
        size_t end = find_pipe(body, at);
        fields[n++] = span_of(body.p + at, end - at);
        if (n == 2 && span_trim(fields[0]).n == 0 && is_one_of(span_trim(fields[1]), vendors)) {
            fields[0] = fields[1];
            n = 1;
        }
        if (end == body.n) { /* the last field has no pipe behind it */
            at = end;
            break;
        }
        at = end + 1;
    }
    if (n < HEADER_FIELDS)
        return STATUS_BAD;
    h->vendor = header_unescape(p, fields[0]);
    h->product = header_unescape(p, fields[1]);
    h->version = header_unescape(p, fields[2]);
    h->event_class_id = header_unescape(p, fields[3]);
    h->name = header_unescape(p, fields[4]);
    h->severity = header_unescape(p, fields[5]);
    h->extension = span_from(body, at);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ extension */

/* Bytes that keys are made of: letters, digits and _ . - : [ ] */
static const unsigned char key_bytes[256] = {
    ['0' ... '9'] = 2, ['A' ... 'Z'] = 2, ['a' ... 'z'] = 2, ['_'] = 2, ['.'] = 1,
    ['-'] = 1,         [':'] = 1,         ['['] = 1,         [']'] = 1,
};

/* The next `=` at or behind `from` that ends a key which begins no earlier than `floor`: *key is where it begins.
 * A backslash is no byte of a key, so an escaped `=` is passed over by the same rule. */
static size_t find_key(struct span s, size_t floor, size_t from, size_t *key)
{
    for (size_t equals = span_find(s, '=', from); equals < s.n; equals = span_find(s, '=', equals + 1)) {
        size_t at = equals;
        while (at > floor && key_bytes[(unsigned char)s.p[at - 1]])
            at--;
        if (at < equals && key_bytes[(unsigned char)s.p[at]] == 2 && (at == 0 || s.p[at - 1] == ' ')) {
            *key = at;
            return equals;
        }
    }
    return s.n;
}

bool cef_next(struct cef_cursor *c, struct span *key, struct span *value)
{
    struct span s = c->extension;
    if (c->equals == 0)
        c->equals = find_key(s, 0, 0, &c->at);
    if (c->equals >= s.n) {
        c->at = s.n;
        return false;
    }
    size_t next = s.n;
    size_t next_equals = find_key(s, c->equals + 1, c->equals + 1, &next);
    *key = span_of(s.p + c->at, c->equals - c->at);
    *value = span_trim(span_of(s.p + c->equals + 1, next - c->equals - 1));
    c->at = next;
    c->equals = next_equals;
    return true;
}

struct span cef_unescape(struct parser *p, struct span value)
{
    size_t first = span_find(value, '\\', 0);
    if (first == value.n)
        return value;
    char *to = parser_scratch(p, value.n);
    if (!to)
        return span_of(value.p, 0);
    memcpy(to, value.p, first);
    size_t n = first;
    for (size_t i = first; i < value.n; i++) {
        char c = value.p[i], next = i + 1 < value.n ? value.p[i + 1] : '\0';
        if (c == '\\' && next && strchr("=\\|nNrR", next)) {
            c = next == 'n' || next == 'N' ? '\n' : next == 'r' || next == 'R' ? '\r' : next;
            i++;
        }
        to[n++] = c;
    }
    return span_of(to, n);
}
