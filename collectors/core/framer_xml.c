/* XML framing: where the elements `Event` begin and end, by their tags alone; what they mean is the parser's business.
 *
 * `<` stands in no text and no value of well-formed XML, so a tag is found without following what is around it, and an
 * event that was cut costs one record: it ends where the next one begins.  (A CDATA section that holds such a tag is
 * cut by it; Windows writes none.) */
#include "core/framer.h"

#include "core/framer_state.h"

/* What begins at a `<`. */
enum tag { TAG_OTHER, TAG_BEGIN, TAG_END, TAG_UNKNOWN /* more bytes must tell */ };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* *length: of TAG_END to behind its `>`. */
static enum tag tag_at(const char *p, size_t n, size_t *length)
{
    static const char begin[] = "<Event", end[] = "</Event";
    bool closes = n > 1 && p[1] == '/';
    const char *word = closes ? end : begin;
    size_t at = closes ? sizeof end - 1 : sizeof begin - 1;
    if (memcmp(p, word, n < at ? n : at) != 0)
        return TAG_OTHER;
    if (n <= at)
        return TAG_UNKNOWN;
    if (!closes)
        return p[at] == '>' || is_blank(p[at]) ? TAG_BEGIN : TAG_OTHER;
    while (at < n && is_blank(p[at]))
        at++;
    *length = at + 1;
    return at == n ? TAG_UNKNOWN : p[at] == '>' ? TAG_END : TAG_OTHER;
}

/* The next tag of an event in [scan, to): it stands at `scan` then.  TAG_OTHER: there is none, and `scan` is `to`. */
static enum tag next_tag(struct framer *f, size_t to, size_t *length)
{
    const char *p = framer_bytes(f);
    while (f->scan < to) {
        const char *at = memchr(p + f->scan, '<', to - f->scan);
        if (!at)
            break;
        f->scan = (size_t)(at - p);
        enum tag tag = tag_at(at, to - f->scan, length);
        if (tag != TAG_OTHER)
            return tag;
        f->scan++;
    }
    f->scan = to;
    return TAG_OTHER;
}

static enum status faulty(struct framer *f, enum unit_fault fault, const char *reason)
{
    framer_discard(f, DISCARD_XML, f->scan, fault, reason);
    return STATUS_AGAIN;
}

/* The first n bytes of what is unread are an event that has no end. */
static enum status cut_event(struct framer *f, size_t n)
{
    f->discard_left = n;
    framer_discard(f, DISCARD_COUNT, 0, UNIT_MALFORMED, "xml");
    return STATUS_AGAIN;
}

/* Inside an event, whose first tag has been seen. */
static enum status next_event(struct framer *f, struct unit *u)
{
    size_t visible = framer_visible(f), length = 0;
    enum tag tag = next_tag(f, visible, &length);
    if (tag == TAG_END)
        return framer_give(f, u, 0, f->scan + length, f->scan + length);
    if (tag == TAG_BEGIN)
        return cut_event(f, f->scan);
    if (visible > f->o.limit_bytes + 1)
        return faulty(f, UNIT_OVER_LIMIT, "line_length");
    return f->finished ? cut_event(f, visible) : STATUS_AGAIN;
}

static bool starts(const struct framer *f, const char *word)
{
    return span_starts(span_of(framer_bytes(f), framer_available(f)), span_text(word));
}

/* Markup that may stand between events: declarations, comments, the tags of the element around them. */
static bool is_around(const struct framer *f)
{
    return starts(f, "<?") || starts(f, "<!") || starts(f, "<Events") || starts(f, "</Events");
}

enum { TAG_BYTES = sizeof "</Events" - 1 };

/* Pass over what stands between events.  STATUS_OK: an event begins at `begin`, and `scan` is behind its `<`. */
static enum status between(struct framer *f)
{
    for (;;) {
        /* A browser's tree, copied as text, has a `-` where a branch can be closed. */
        while (framer_available(f) && (is_blank(framer_bytes(f)[0]) || framer_bytes(f)[0] == '-'))
            framer_consume(f, 1);
        size_t n = framer_available(f), length;
        if (n == 0)
            return f->finished ? STATUS_END : STATUS_AGAIN;
        const char *p = framer_bytes(f);
        if (p[0] == '<' && n < TAG_BYTES && !f->finished)
            return STATUS_AGAIN;
        if (p[0] == '<' && tag_at(p, n, &length) == TAG_BEGIN) {
            f->scan = 1;
            return STATUS_OK;
        }
        if (!is_around(f))
            return faulty(f, UNIT_MALFORMED, "xml");
        size_t visible = framer_visible(f);
        const char *end = memchr(p, '>', visible);
        if (end)
            framer_consume(f, (size_t)(end - p) + 1);
        else if (visible > f->o.limit_bytes + 1 || f->finished)
            return faulty(f, UNIT_MALFORMED, "xml");
        else
            return STATUS_AGAIN;
    }
}

enum status framer_xml_next(struct framer *f, struct unit *u)
{
    enum status s = f->scan ? STATUS_OK : between(f);
    return s == STATUS_OK ? next_event(f, u) : s;
}

/* The rest of an event over the limit, or of what is none: up to the next tag that ends or begins one. */
enum status framer_xml_discard(struct framer *f, struct unit *u)
{
    size_t length = 0;
    f->scan = 0;
    enum tag tag = next_tag(f, framer_available(f), &length);
    if (tag == TAG_UNKNOWN && f->finished)
        f->scan = framer_available(f);
    framer_pass(f, f->scan + length * (tag == TAG_END));
    f->scan = 0;
    return tag == TAG_END || tag == TAG_BEGIN || f->finished ? framer_give_faulty(f, u) : STATUS_AGAIN;
}
