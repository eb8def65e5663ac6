/* Framing of records over several lines, each of which begins with a line that is a date and a time of day and nothing
 * else.  What stands before the first of them is a unit too: what it means is the parser's business. */
#include "core/framer.h"

#include "core/framer_state.h"

enum { BEGIN_BYTES = sizeof "mm/dd/yyyy hh:mm:ss.fff AM\r\n" - 1 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* `03/02/2026 08:09:58 AM` up to its line end; a fraction of three digits, AM and PM may be missing. */
static bool begins_record(const char *p, size_t n)
{
    static const char shape[] = "dd/dd/dddd dd:dd:dd";
    size_t at = sizeof shape - 1;
    if (n < at)
        return false;
    for (size_t i = 0; i < at; i++)
        if (shape[i] == 'd' ? !is_digit(p[i]) : p[i] != shape[i])
            return false;
    if (n >= at + 4 && p[at] == '.' && is_digit(p[at + 1]) && is_digit(p[at + 2]) && is_digit(p[at + 3]))
        at += 4;
    if (n >= at + 3 && p[at] == ' ' && (p[at + 1] == 'A' || p[at + 1] == 'P') && p[at + 2] == 'M')
        at += 3;
    at += at < n && p[at] == '\r';
    return at < n && p[at] == '\n';
}

/* Without the line ends and blank lines behind a record. */
static size_t content(const char *p, size_t n)
{
    while (n && (p[n - 1] == '\n' || p[n - 1] == '\r'))
        n--;
    return n;
}

enum status framer_dated_next(struct framer *f, struct unit *u)
{
    const char *p = framer_bytes(f);
    size_t available = framer_available(f), visible = framer_visible(f);
    while (f->scan < visible) {
        const char *lf = memchr(p + f->scan, '\n', visible - f->scan);
        size_t behind = lf ? (size_t)(lf - p) + 1 : visible;
        if (lf && !f->finished && available - behind < BEGIN_BYTES)
            return STATUS_AGAIN;
        if (lf && begins_record(p + behind, available - behind))
            return framer_give(f, u, 0, content(p, behind), behind);
        f->scan = behind;
    }
    if (visible > f->o.limit_bytes + 1) {
        framer_discard(f, DISCARD_LINE, visible, UNIT_OVER_LIMIT, "line_length");
        return STATUS_AGAIN;
    }
    if (!f->finished)
        return STATUS_AGAIN;
    return visible ? framer_give(f, u, 0, content(p, visible), visible) : STATUS_END;
}
