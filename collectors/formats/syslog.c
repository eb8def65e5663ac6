#include "formats/syslog.h"

#include "formats/timetext.h"

enum { HEADERS_MAX = 4, HOST_BYTES_MAX = 255, TAG_BYTES_MAX = 64 };

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct span without_mark(struct span s)
{
    return span_starts(s, SPAN_LITERAL(byte_order_mark)) ? span_from(s, 3) : s;
}

static struct span without_spaces(struct span s)
{
    while (s.n && s.p[0] == ' ')
        s = span_from(s, 1);
    return s;
}

static struct span token_of(struct span s)
{
    return span_of(s.p, span_find(s, ' ', 0));
}

/* The octal tail that rsyslog writes for a line end, or a real one. */
static size_t tail_length(struct span s)
{
    char last = s.p[s.n - 1];
    if (last == '\0' || byte_is_blank(last))
        return 1;
    if (s.n >= 4 && (memcmp(s.p + s.n - 4, "#012", 4) == 0 || memcmp(s.p + s.n - 4, "#013", 4) == 0 ||
                     memcmp(s.p + s.n - 4, "#015", 4) == 0))
        return 4;
    return 0;
}

/* One quoted text, not the first and the last of several. */
static bool is_quoted(struct span line)
{
    return line.n >= 2 && line.p[0] == '"' && line.p[line.n - 1] == '"' &&
           span_search(line, SPAN_LITERAL("\",")) == line.n;
}

struct span syslog_trim(struct span line)
{
    line = without_spaces(without_mark(line));
    for (size_t n; line.n && (n = tail_length(line)) > 0;)
        line.n -= n;
    return is_quoted(line) ? span_of(line.p + 1, line.n - 2) : line;
}

/* `<0..191>`, no more than three digits. */
static bool take_priority(struct span *rest, int *priority)
{
    size_t n = 1;
    int value = 0;
    if (rest->n < 3 || rest->p[0] != '<')
        return false;
    while (n < rest->n && n < 4 && is_digit(rest->p[n]))
        value = value * 10 + (rest->p[n++] - '0');
    if (n == 1 || n >= rest->n || rest->p[n] != '>' || value > 191)
        return false;
    *priority = value;
    *rest = span_from(*rest, n + 1);
    return true;
}

/* A year that is missing is seen from the header in front, which a relay wrote when it had the message. */
static void set_time(const struct timetext *t, const struct parse_options *options, struct syslog_header *h)
{
    int64_t ms;
    struct parse_options seen = *options;
    if (h->time_ms != TIMESTAMP_NONE)
        seen.reference_time_ms = h->time_ms;
    if (timetext_resolve(t, &seen, &ms))
        h->time_ms = ms;
}

/* ------------------------------------------------------------------ RFC 5424 */

/* One `[id name="value" …]`; returns its length, 0 if it is none. */
static size_t element_length(struct span s)
{
    size_t at = 1;
    if (s.n < 3 || s.p[0] != '[')
        return 0;
    while (at < s.n && s.p[at] > ' ' && s.p[at] != '=' && s.p[at] != '"' && s.p[at] != ']')
        at++;
    if (at == 1)
        return 0;
    while (at < s.n && s.p[at] == ' ') {
        size_t name = ++at;
        while (at < s.n && s.p[at] > ' ' && s.p[at] != '=' && s.p[at] != '"' && s.p[at] != ']')
            at++;
        if (at == name || at + 1 >= s.n || s.p[at] != '=' || s.p[at + 1] != '"')
            return 0;
        for (at += 2; at < s.n && s.p[at] != '"'; at++)
            if (s.p[at] == '\\' && at + 1 < s.n)
                at++;
        if (at >= s.n)
            return 0;
        at++;
    }
    return at < s.n && s.p[at] == ']' ? at + 1 : 0;
}

static struct span take_structured_data(struct span *rest)
{
    size_t n = 0;
    if (rest->n && rest->p[0] == '-' && (rest->n == 1 || rest->p[1] == ' ')) {
        *rest = span_from(*rest, 1);
        return span_of(rest->p, 0);
    }
    for (size_t one; (one = element_length(span_from(*rest, n))) > 0;)
        n += one;
    struct span data = span_of(rest->p, n);
    *rest = span_from(*rest, n);
    return data;
}

/* A token; `-` is empty. */
static struct span take_token(struct span *rest)
{
    struct span token = token_of(*rest);
    *rest = span_from(*rest, token.n + (token.n < rest->n));
    return span_is(token, "-") ? span_of(token.p, 0) : token;
}

/* `VERSION TIMESTAMP HOST APP PROCID MSGID SD [MSG]`.  Without a priority in front the timestamp must be there. */
static bool take_5424(struct span *rest, bool has_priority, const struct parse_options *options,
                      struct syslog_header *h)
{
    struct span s = *rest;
    size_t n = 0, used;
    struct timetext t;
    while (n < s.n && n < 3 && is_digit(s.p[n]))
        n++;
    if (n == 0 || n > 2 || n >= s.n || s.p[n] != ' ')
        return false;
    s = span_from(s, n + 1);
    if (timetext_scan_iso(s, &t, &used) && used < s.n && s.p[used] == ' ')
        set_time(&t, options, h);
    else if (!has_priority || !span_starts(s, SPAN_LITERAL("- ")))
        return false;
    (void)take_token(&s);
    struct span host = take_token(&s);
    if (host.n)
        h->host = host;
    h->app = take_token(&s);
    h->process = take_token(&s);
    h->message_id = take_token(&s);
    h->structured_data = take_structured_data(&s);
    *rest = without_mark(without_spaces(s));
    return true;
}

/* ------------------------------------------------------------------ RFC 3164 */

static bool is_host(struct span token)
{
    if (token.n == 0 || token.n > HOST_BYTES_MAX || token.p[token.n - 1] == ':')
        return false;
    for (size_t i = 0; i < token.n; i++) {
        char c = token.p[i];
        if (!is_letter_or_digit(c) && c != '.' && c != '-' && c != '_' && c != ':' && c != '%')
            return false;
    }
    return is_letter_or_digit(token.p[0]) || token.p[0] == ':' || token.p[0] == '_';
}

/* `name:` or `name[pid]:`.  `CEF:` and `LEEF:` begin a message, whatever stands behind. */
static void take_tag(struct span *rest, struct syslog_header *h)
{
    struct span token = token_of(*rest);
    if (token.n < 2 || token.n > TAG_BYTES_MAX || token.p[token.n - 1] != ':' || span_is(token, "CEF:") ||
        span_is(token, "LEEF:") || (!is_letter_or_digit(token.p[0]) && token.p[0] != '_' && token.p[0] != '/'))
        return;
    struct span name = span_of(token.p, token.n - 1), process = span_of(token.p, 0);
    size_t bracket = span_find(name, '[', 0);
    if (bracket < name.n) {
        if (name.p[name.n - 1] != ']')
            return;
        process = span_of(name.p + bracket + 1, name.n - bracket - 2);
        name.n = bracket;
    }
    for (size_t i = 0; i < name.n; i++)
        if (!is_letter_or_digit(name.p[i]) && !memchr("_-./", name.p[i], 4))
            return;
    h->app = name;
    h->process = process;
    *rest = without_spaces(span_from(*rest, token.n));
}

/* `<TAB>Local4.Warning<TAB>HOST<TAB>message`: how Kiwi Syslog Server goes on behind the time. */
static bool kiwi_follows(struct span s, struct span *host, struct span *message)
{
    if (s.n == 0 || s.p[0] != '\t')
        return false;
    size_t level = span_find(s, '\t', 1), end = span_find(s, '\t', level + 1), point = span_find(s, '.', 1);
    if (level >= s.n || end >= s.n || point >= level || !is_host(span_of(s.p + 1, level - 1)))
        return false;
    *host = span_of(s.p + level + 1, end - level - 1);
    *message = without_spaces(span_from(s, end + 1));
    return is_host(*host);
}

static bool take_time(struct span *rest, const struct parse_options *options, struct syslog_header *h)
{
    struct timetext t;
    size_t used;
    if (!timetext_scan_bsd(*rest, &t, &used) && !timetext_scan_iso(*rest, &t, &used) &&
        !timetext_scan_other(*rest, &t, &used))
        return false;
    if (used < rest->n && rest->p[used] == ':') /* as Cisco devices end it */
        used++;
    struct span host, behind;
    if (kiwi_follows(span_from(*rest, used), &host, &behind)) {
        set_time(&t, options, h);
        h->host = host;
        *rest = behind;
        return true;
    }
    if (used < rest->n && rest->p[used] != ' ')
        return false;
    set_time(&t, options, h);
    *rest = without_spaces(span_from(*rest, used));
    return true;
}

static void take_host(struct span *rest, struct syslog_header *h)
{
    struct span token = token_of(*rest);
    if (!is_host(token) || token.n == rest->n)
        return;
    h->host = token;
    *rest = without_spaces(span_from(*rest, token.n));
}

/* Does another header begin here?  A time alone does not say so: many messages begin with one. */
static bool header_follows(struct span rest)
{
    int priority;
    return take_priority(&rest, &priority);
}

void syslog_parse(struct span line, const struct parse_options *options, struct syslog_header *h)
{
    *h = (struct syslog_header){ .priority = -1, .time_ms = TIMESTAMP_NONE };
    struct span rest = without_mark(line);
    for (unsigned i = 0; i < HEADERS_MAX; i++) {
        bool has_priority = take_priority(&rest, &h->priority);
        rest = without_spaces(rest);
        struct span before = h->host;
        if (!take_5424(&rest, has_priority, options, h)) {
            if (!take_time(&rest, options, h))
                break;
            if (h->host.p == before.p)
                take_host(&rest, h);
            else if (take_5424(&rest, false, options, h)) /* Kiwi takes the priority off what it got */
                break;
            if (!header_follows(rest))
                take_tag(&rest, h);
        }
        if (!header_follows(rest)) {
            struct span again = rest;
            struct syslog_header inner = *h;
            /* A second header without a priority: a time and a host in front of a message. */
            if (!take_time(&again, options, &inner))
                break;
            before = inner.host;
            take_host(&again, &inner);
            if (inner.host.p == before.p)
                break;
            take_tag(&again, &inner);
            rest = again;
            *h = inner;
            break;
        }
    }
    h->message = rest;
}
