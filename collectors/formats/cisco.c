#include "formats/cisco.h"

#include <ctype.h>

/* `message repeated 2 times: [ text]`: what relays make of equal messages. */
static struct span without_repeats(struct span body)
{
    if (!span_starts(body, SPAN_LITERAL("message repeated ")) || body.p[body.n - 1] != ']')
        return body;
    size_t open = span_search(body, SPAN_LITERAL(" times: ["));
    if (open == body.n)
        return body;
    body = span_from(body, open + sizeof " times: [" - 1);
    return span_trim(span_of(body.p, body.n - 1));
}

/* `%FTD<Up>-`: some releases write a state behind the product.  Its length; 0: the text begins otherwise. */
static size_t product_with_state(struct span text)
{
    enum { STATE_BYTES_MAX = 32 };
    bool four = span_starts(text, SPAN_LITERAL("%ASA<")) || span_starts(text, SPAN_LITERAL("%FTD<"));
    size_t state = four ? 4 : span_starts(text, SPAN_LITERAL("%NGIPS<")) ? 6 : 0;
    if (state == 0)
        return 0;
    text.n = text.n < state + STATE_BYTES_MAX ? text.n : state + STATE_BYTES_MAX;
    size_t end = span_find(text, '>', state);
    return end + 1 < text.n && text.p[end + 1] == '-' ? end + 2 : 0;
}

/* `%ASA-[class-]s-nnnnnn:` at text.p[at]? */
static bool mnemonic_at(struct span text, size_t at, struct cisco_mnemonic *m)
{
    static const struct span products[] = {
        { "%ASA-", 5 }, { "%FTD-", 5 }, { "%NGIPS-", 7 }, { "%PIX-", 5 }, { "%FWSM-", 6 }
    };
    struct span rest = span_from(text, at);
    size_t n = 0;
    for (size_t i = 0; i < sizeof products / sizeof products[0] && !n; i++)
        if (span_starts(rest, products[i]))
            n = products[i].n;
    if (n == 0 && (n = product_with_state(rest)) == 0)
        return false;
    size_t dash = span_find(rest, '-', n);
    if (dash < rest.n && dash - n != 1) { /* a class word */
        n = dash + 1;
        dash = span_find(rest, '-', n);
    }
    if (dash - n != 1 || dash + 7 >= rest.n || rest.p[n] < '0' || rest.p[n] > '7')
        return false;
    m->begin = at;
    m->severity = span_of(rest.p + n, 1);
    m->id = span_of(rest.p + dash + 1, 6);
    for (size_t i = 0; i < m->id.n; i++)
        if (m->id.p[i] < '0' || m->id.p[i] > '9')
            return false;
    if (rest.p[dash + 7] != ':' && rest.p[dash + 7] != ' ') /* some relays lose the colon */
        return false;
    m->body = without_repeats(span_trim(span_from(rest, dash + 8)));
    return true;
}

bool cisco_find_mnemonic(struct span text, struct cisco_mnemonic *m)
{
    for (size_t at = span_find(text, '%', 0); at < text.n; at = span_find(text, '%', at + 1))
        if (mnemonic_at(text, at, m))
            return true;
    return false;
}

/* The last time in the head, and where it ends; a year that is missing is seen from the time in front. */
static bool last_time(struct span head, const struct parse_options *given, int64_t *ms, size_t *behind)
{
    struct parse_options options = *given;
    struct timetext t;
    size_t at = 0, begin;
    bool found = false;
    *ms = TIMESTAMP_NONE;
    while (head_next_time(head, " \t>:,[*\"", &at, &begin, &t)) {
        if (*ms != TIMESTAMP_NONE)
            options.reference_time_ms = *ms;
        if (!timetext_resolve(&t, &options, ms))
            *ms = TIMESTAMP_NONE;
        found = true;
        *behind = at;
    }
    return found;
}

/* A date as only a collector's own file has it, or seconds since 1970; false: none. */
static bool other_time(struct span head, const struct parse_options *options, int64_t *ms, size_t *behind)
{
    enum { EPOCH_DIGITS = 10 };
    struct timetext t;
    size_t used;
    for (size_t at = 0; at < head.n; at++) {
        if (!isdigit((unsigned char)head.p[at]) || (at && isalnum((unsigned char)head.p[at - 1])))
            continue;
        struct span rest = span_from(head, at);
        size_t n = 0;
        while (n < rest.n && (isdigit((unsigned char)rest.p[n]) || (n == EPOCH_DIGITS && rest.p[n] == '.')))
            n++;
        bool epoch = n >= EPOCH_DIGITS && (n == rest.n || byte_is_blank(rest.p[n]) || rest.p[n] == ':') &&
                     timetext_epoch(span_of(rest.p, n), ms);
        if (!epoch && (!timetext_scan_other(rest, &t, &used) || !timetext_resolve(&t, options, ms))) {
            at += n ? n - 1 : 0;
            continue;
        }
        *behind = at + (epoch ? n : used);
        return true;
    }
    return false;
}

void cisco_read_head(struct span head, const struct parse_options *options, struct syslog_header *h)
{
    size_t behind = 0;
    int64_t ms;
    bool found = last_time(head, options, &ms, &behind) || other_time(head, options, &ms, &behind);
    struct span name = span_from(head, behind);
    while (name.n && (byte_is_blank(name.p[0]) || name.p[0] == ':' || name.p[0] == ',' || name.p[0] == ']'))
        name = span_from(name, 1);
    while (name.n && (byte_is_blank(name.p[name.n - 1]) || name.p[name.n - 1] == ':' || name.p[name.n - 1] == '-'))
        name.n--;
    for (size_t tab; (tab = span_find(name, '\t', 0)) < name.n;) /* the facility stands first */
        name = span_from(name, tab + 1);
    name.n = span_find(name, ' ', 0);
    if (!found || name.n == 0) {
        syslog_parse(head, options, h);
        name = h->host;
    }
    *h = (struct syslog_header){ .priority = -1, .time_ms = ms, .host = name };
}

void cisco_known_head(const struct parser *p, struct span head, struct syslog_header *h)
{
    struct cisco_memo *memo = p->memo;
    head_read(memo ? &memo->heads : NULL, cisco_read_head, head, p->options, h);
}
