#include "formats/leef.h"

#include <string.h>

/* What stands before the next bar, which goes too; false: there is none. */
static bool take_field(struct span *rest, struct span *field)
{
    size_t bar = span_find(*rest, '|', 0);
    if (bar == rest->n)
        return false;
    *field = span_of(rest->p, bar);
    *rest = span_from(*rest, bar + 1);
    return true;
}

/* The byte itself, `x09`, `0x09`; a tab where it is none of these. */
static char delimiter_of(struct span text)
{
    static const char digits[] = "0123456789abcdef";
    if (text.n == 1)
        return text.p[0];
    unsigned value = 0;
    for (size_t i = span_find(text, 'x', 0) + 1; i < text.n; i++) {
        const char *digit = memchr(digits, text.p[i] | 0x20, 16);
        if (!digit || value > 0xF)
            return '\t';
        value = value * 16 + (unsigned)(digit - digits);
    }
    return value ? (char)value : '\t';
}

/* rsyslog writes a tab as `#011`. */
static struct span with_tabs(struct parser *p, struct span pairs)
{
    static const struct span escaped = { "#011", 4 };
    if (span_search(pairs, escaped) == pairs.n)
        return pairs;
    char *text = parser_scratch(p, pairs.n);
    if (!text)
        return pairs;
    size_t n = 0;
    for (size_t at = 0; at < pairs.n; n++) {
        bool tab = span_starts(span_from(pairs, at), escaped);
        text[n] = tab ? '\t' : pairs.p[at];
        at += tab ? escaped.n : 1;
    }
    return span_of(text, n);
}

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool bar_before_key(struct span pairs)
{
    for (size_t bar = span_find(pairs, '|', 0); bar < pairs.n; bar = span_find(pairs, '|', bar + 1)) {
        size_t at = bar + 1;
        while (at < pairs.n && is_key_byte(pairs.p[at]))
            at++;
        if (at > bar + 1 && at < pairs.n && pairs.p[at] == '=')
            return true;
    }
    return false;
}

static void set_pairs(struct parser *p, struct span rest, struct leef *m)
{
    m->syntax = (struct keyvalue_syntax){ .separator = '\t', .sign = '=' };
    size_t bar = span_find(rest, '|', 0);
    bool stated = bar < rest.n && bar <= 4 && span_find(rest, '=', 0) > bar;
    if (stated) {
        m->syntax.separator = delimiter_of(span_of(rest.p, bar));
        rest = span_from(rest, bar + 1);
    }
    m->pairs = rest;
    if (span_find(rest, m->syntax.separator, 0) < rest.n)
        return;
    if (m->syntax.separator == '\t')
        m->pairs = with_tabs(p, rest);
    if (m->pairs.p != rest.p)
        return;
    if (!stated && bar_before_key(rest))
        m->syntax.separator = '|';
    else
        m->syntax = (struct keyvalue_syntax){ .separator = ' ', .sign = '=', .continues = true };
}

bool leef_find(struct span line, struct leef *m)
{
    static const struct span start = { "LEEF:", 5 };
    size_t at = span_search(line, start);
    if (at == line.n)
        return false;
    m->head = span_of(line.p, at);
    m->pairs = span_from(line, at + start.n);
    return true;
}

bool leef_read(struct parser *p, struct leef *m)
{
    struct span rest = m->pairs;
    struct span format;
    if (!take_field(&rest, &format) || !take_field(&rest, &m->vendor) || !take_field(&rest, &m->product) ||
        !take_field(&rest, &m->version) || !take_field(&rest, &m->event))
        return false;
    set_pairs(p, rest, m);
    return true;
}
