#include "formats/xml.h"

void xml_open(struct xml_reader *x, struct span text)
{
    x->rest = span_trim(text);
    x->closes = x->rooted = x->literal = false;
    x->depth = 0;
    x->name = x->attributes = x->text = span_of(NULL, 0);
}

static enum xml_token malformed(struct xml_reader *x)
{
    x->rest = span_of(NULL, 0);
    x->closes = false;
    x->rooted = false; /* so that the end is none */
    return XML_BAD;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What may stand in a name is not looked at closer than is needed to find its end. */
static bool ends_name(char c)
{
    return is_blank(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '&';
}

static struct span take_name(struct span *rest)
{
    size_t n = 0;
    while (n < rest->n && !ends_name(rest->p[n]))
        n++;
    struct span name = span_of(rest->p, n);
    *rest = span_from(*rest, n);
    return name;
}

static void pass_blanks(struct span *rest)
{
    while (rest->n && is_blank(rest->p[0])) {
        rest->p++;
        rest->n--;
    }
}

static struct span local_name(struct span name)
{
    size_t colon = span_find(name, ':', 0);
    return colon < name.n ? span_from(name, colon + 1) : name;
}

/* ` name = "value"`; false: there is none. */
static bool take_attribute(struct span *rest, struct span *name, struct span *value)
{
    *name = take_name(rest);
    pass_blanks(rest);
    if (name->n == 0 || rest->n == 0 || rest->p[0] != '=')
        return false;
    *rest = span_from(*rest, 1);
    pass_blanks(rest);
    if (rest->n == 0 || (rest->p[0] != '"' && rest->p[0] != '\''))
        return false;
    size_t end = span_find(*rest, rest->p[0], 1);
    if (end == rest->n)
        return false;
    *value = span_of(rest->p + 1, end - 1);
    *rest = span_from(*rest, end + 1);
    return true;
}

bool xml_attribute(const struct xml_reader *x, struct span name, struct span *value)
{
    struct span rest = x->attributes, found;
    for (pass_blanks(&rest); take_attribute(&rest, &found, value); pass_blanks(&rest))
        if (span_equal(local_name(found), name))
            return true;
    return false;
}

static enum xml_token close_last(struct xml_reader *x)
{
    x->closes = false;
    x->depth--;
    x->name = local_name(x->open[x->depth]);
    return XML_CLOSE;
}

/* Behind `</`. */
static enum xml_token take_close(struct xml_reader *x, struct span rest)
{
    struct span name = take_name(&rest);
    pass_blanks(&rest);
    if (x->depth == 0 || rest.n == 0 || rest.p[0] != '>' || !span_equal(name, x->open[x->depth - 1]))
        return malformed(x);
    x->rest = span_from(rest, 1);
    return close_last(x);
}

/* Behind `<`. */
static enum xml_token take_open(struct xml_reader *x, struct span rest)
{
    struct span name = take_name(&rest), ignored;
    if (name.n == 0 || x->depth == XML_DEPTH_MAX || (x->depth == 0 && x->rooted))
        return malformed(x);
    struct span attributes = rest;
    for (;;) {
        bool apart = rest.n && is_blank(rest.p[0]);
        pass_blanks(&rest);
        if (rest.n == 0)
            return malformed(x);
        if (rest.p[0] == '>' || rest.p[0] == '/')
            break;
        struct span value;
        if (!apart || !take_attribute(&rest, &ignored, &value))
            return malformed(x);
    }
    attributes.n = (size_t)(rest.p - attributes.p);
    x->closes = rest.p[0] == '/';
    rest = span_from(rest, x->closes);
    if (rest.n == 0 || rest.p[0] != '>')
        return malformed(x);
    x->rest = span_from(rest, 1);
    x->open[x->depth++] = name;
    x->name = local_name(name);
    x->attributes = attributes;
    x->rooted = true;
    return XML_OPEN;
}

/* Pass over what ends with `end`; *inner: what stands before that. */
static bool pass_to(struct xml_reader *x, size_t begin, struct span end, struct span *inner)
{
    struct span rest = span_from(x->rest, begin);
    size_t at = span_search(rest, end);
    *inner = span_of(rest.p, at);
    x->rest = span_from(rest, at + end.n);
    return at < rest.n;
}

static enum xml_token take_text(struct xml_reader *x)
{
    size_t n = span_find(x->rest, '<', 0);
    x->text = span_of(x->rest.p, n);
    x->literal = false;
    x->rest = span_from(x->rest, n);
    return x->depth ? XML_TEXT : malformed(x);
}

enum xml_token xml_next(struct xml_reader *x)
{
    if (x->closes)
        return close_last(x);
    for (;;) {
        struct span ignored;
        if (x->depth == 0)
            pass_blanks(&x->rest);
        if (x->rest.n == 0)
            return x->rooted && x->depth == 0 ? XML_END : malformed(x);
        if (x->rest.p[0] != '<')
            return take_text(x);
        char c = x->rest.n > 1 ? x->rest.p[1] : '\0';
        if (c == '/')
            return take_close(x, span_from(x->rest, 2));
        if (c == '?') {
            if (!pass_to(x, 2, SPAN_LITERAL("?>"), &ignored))
                return malformed(x);
        } else if (span_starts(x->rest, SPAN_LITERAL("<!--"))) {
            if (!pass_to(x, 4, SPAN_LITERAL("-->"), &ignored))
                return malformed(x);
        } else if (x->depth && span_starts(x->rest, SPAN_LITERAL("<![CDATA["))) {
            x->literal = true;
            return pass_to(x, 9, SPAN_LITERAL("]]>"), &x->text) ? XML_TEXT : malformed(x);
        } else {
            return take_open(x, span_from(x->rest, 1));
        }
    }
}

/* The code point of `#10` or `#xA`; 0: none that XML allows. */
static uint32_t character_number(struct span s)
{
    bool hex = s.n > 1 && (s.p[1] == 'x' || s.p[1] == 'X');
    uint32_t value = 0;
    size_t i = hex ? 2 : 1;
    if (i >= s.n || s.n > 10)
        return 0;
    for (; i < s.n; i++) {
        char c = s.p[i];
        uint32_t digit = c >= '0' && c <= '9'          ? (uint32_t)(c - '0')
                         : hex && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : hex && c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                       : 99;
        if (digit == 99 || value > 0x10ffff)
            return 0;
        value = value * (hex ? 16 : 10) + digit;
    }
    return value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0 : value;
}

/* Which character `name` of `&name;` stands for; 0: unknown. */
static uint32_t referenced(struct span name)
{
    static const struct {
        const char *name;
        char c;
    } known[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' } };
    if (name.n && name.p[0] == '#')
        return character_number(name);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_is(name, known[i].name))
            return (unsigned char)known[i].c;
    return 0;
}

/* Never longer than the reference. */
static size_t write_utf8(char *to, uint32_t c)
{
    unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (unsigned i = n; i-- > 0; c >>= 6)
        to[i] = (char)(i ? 0x80 | (c & 0x3f) : lead[n] | c);
    return n;
}

struct span xml_unescape(struct parser *p, struct span text)
{
    enum { REFERENCE_MAX = 12 };
    size_t at = span_find(text, '&', 0), n = 0;
    if (at == text.n)
        return text;
    char *to = parser_scratch(p, text.n);
    if (!to)
        return span_of(text.p, 0);
    for (size_t from = 0; from < text.n; at = span_find(text, '&', from)) {
        memcpy(to + n, text.p + from, at - from);
        n += at - from;
        from = at;
        if (at == text.n)
            break;
        struct span name = span_from(text, at + 1);
        name.n = name.n < REFERENCE_MAX ? name.n : REFERENCE_MAX;
        size_t end = span_find(name, ';', 0);
        uint32_t c = end < name.n ? referenced(span_of(name.p, end)) : 0;
        from += c ? end + 2 : 1;
        if (c)
            n += write_utf8(to + n, c);
        else
            to[n++] = '&';
    }
    return span_of(to, n);
}

static struct span join(struct parser *p, struct span a, struct span b)
{
    if (a.n == 0 || b.n == 0)
        return a.n ? a : b;
    char *to = parser_scratch(p, a.n + b.n);
    if (!to)
        return span_of(a.p, 0);
    memcpy(to, a.p, a.n);
    memcpy(to + a.n, b.p, b.n);
    return span_of(to, a.n + b.n);
}

bool xml_content(struct xml_reader *x, struct parser *p, struct span *text)
{
    unsigned depth = x->depth;
    *text = span_of("", 0);
    for (;;) {
        switch (xml_next(x)) {
        case XML_OPEN:
            break;
        case XML_TEXT:
            if (x->depth == depth)
                *text = join(p, *text, x->literal ? x->text : xml_unescape(p, x->text));
            break;
        case XML_CLOSE:
            if (x->depth < depth)
                return true;
            break;
        case XML_END:
        case XML_BAD:
            return false;
        }
    }
}
