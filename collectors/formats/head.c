#include "formats/head.h"

enum {
    CLOCK_BYTES = 8, /* hh:mm:ss */
    WORD = sizeof(uint64_t),
    DEBT_OF_ONE = 32, /* heads that have to be known before learning another one is worth its while */
    DEBT_MAX = 16 * DEBT_OF_ONE
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint64_t load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* ------------------------------------------------------------------ what is known */

/* The same but for the clocks' digits?  k->n is at least a word. */
static bool is_same(const struct head_known *k, const char *p)
{
    size_t last = k->n - (size_t)WORD;
    uint64_t differs = (load(p + last) ^ load(k->text + last)) & load(k->fixed + last);
    for (size_t at = 0; at < last; at += WORD)
        differs |= (load(p + at) ^ load(k->text + at)) & load(k->fixed + at);
    return differs == 0;
}

static bool fraction_ms(const char *p, unsigned n, int64_t *ms)
{
    static const int16_t weight[] = { 100, 10, 1 };
    for (unsigned i = 0; i < n; i++) {
        if (!is_digit(p[i]))
            return false;
        if (i < 3)
            *ms += weight[i] * (p[i] - '0');
    }
    return true;
}

/* The clock that the time has, 0: none of them, of a head of this shape; false: one of the clocks is none. */
static bool read_clocks(const struct head_known *k, const char *p, int64_t *timed_ms)
{
    *timed_ms = 0;
    for (unsigned i = 0; i < k->clocks_n; i++) {
        const char *clock = p + k->clock[i].at;
        int64_t ms;
        if (!timetext_clock(clock, &ms) || !fraction_ms(clock + CLOCK_BYTES + 1, k->clock[i].fraction_n, &ms))
            return false;
        if (i == k->timed)
            *timed_ms = ms;
    }
    return true;
}

static void spans_of(struct syslog_header *h, struct span *out[HEAD_SPANS])
{
    out[0] = &h->host;
    out[1] = &h->app;
    out[2] = &h->process;
    out[3] = &h->message_id;
    out[4] = &h->structured_data;
    out[5] = &h->message;
}

static void give(const struct head_known *k, struct span head, int64_t clock_ms, struct syslog_header *h)
{
    struct span *span[HEAD_SPANS];
    spans_of(h, span);
    h->priority = k->priority;
    h->time_ms = k->midnight_ms + clock_ms;
    for (unsigned i = 0; i < HEAD_SPANS; i++)
        *span[i] = span_of(head.p + k->span[i].at, k->span[i].n);
}

/* ------------------------------------------------------------------ learning */

/* `AM` or `PM`, which not every hour may have before it. */
static bool half_follows(const struct head_known *k, size_t at)
{
    while (at < k->n && byte_is_blank(k->text[at]))
        at++;
    return at + 1 < k->n && ((k->text[at] | 0x20) == 'a' || (k->text[at] | 0x20) == 'p') &&
           (k->text[at + 1] | 0x20) == 'm';
}

/* Clocks that stand behind a blank or a `T`: whether a text is a time there does not depend on which digits they have.
 * False: none, too many, or one of 12 hours. */
static bool find_clocks(struct head_known *k)
{
    k->clocks_n = 0;
    memset(k->fixed, 0xff, sizeof k->fixed);
    for (size_t at = 1; at + CLOCK_BYTES <= k->n; at++) {
        int64_t ms;
        size_t end = at + CLOCK_BYTES, fraction;
        if ((k->text[at - 1] != ' ' && k->text[at - 1] != 'T') || !timetext_clock(k->text + at, &ms) ||
            (end < k->n && is_digit(k->text[end])))
            continue;
        if (k->clocks_n == HEAD_CLOCKS_MAX)
            return false;
        fraction = end + 1;
        while (end < k->n && (k->text[end] == '.' || k->text[end] == ',') && fraction < k->n &&
               is_digit(k->text[fraction]))
            fraction++;
        if (half_follows(k, end < k->n && fraction > end + 1 ? fraction : end))
            return false;
        k->clock[k->clocks_n].at = (uint8_t)at;
        k->clock[k->clocks_n++].fraction_n = (uint8_t)(fraction - end - 1);
        for (size_t i = at; i < fraction && i < k->n; i++)
            if (is_digit(k->text[i]))
                k->fixed[i] = 0;
        at = end - 1;
    }
    return k->clocks_n > 0;
}

/* Where the spans stand; false: one is not in the head. */
static bool place_spans(struct span head, struct syslog_header *h, struct head_known *k)
{
    struct span *span[HEAD_SPANS];
    spans_of(h, span);
    for (unsigned i = 0; i < HEAD_SPANS; i++) {
        uintptr_t at = (uintptr_t)span[i]->p - (uintptr_t)head.p;
        if (span[i]->n == 0)
            at = 0;
        else if (at > head.n || span[i]->n > head.n - at)
            return false;
        k->span[i].at = (uint8_t)at;
        k->span[i].n = (uint8_t)span[i]->n;
    }
    return true;
}

/* Set clock i to its first or its last moment, as bit i of `last` says. */
static void set_clocks(const struct head_known *k, unsigned last, char *text)
{
    for (unsigned i = 0; i < k->clocks_n; i++) {
        char *clock = text + k->clock[i].at;
        bool end = last >> i & 1;
        memcpy(clock, end ? "23:59:59" : "00:00:00", CLOCK_BYTES);
        memset(clock + CLOCK_BYTES + 1, end ? '9' : '0', k->clock[i].fraction_n);
    }
}

/* What the reader makes of the first and the last moment of each clock, with each other.  A year that is guessed, and
 * the offset of a zone, change only one way as a clock or the time in front goes on, so they are the same between if
 * they are the same there. */
static bool try_clocks(struct head_known *k, head_reader *read, const struct parse_options *options)
{
    char text[HEAD_BYTES_MAX];
    int64_t time_ms[1 << HEAD_CLOCKS_MAX];
    struct syslog_header h;
    struct head_known other = *k;
    memcpy(text, k->text, sizeof text);
    for (unsigned last = 0; last < 1U << k->clocks_n; last++) {
        set_clocks(k, last, text);
        read(span_of(text, k->n), options, &h);
        if (h.time_ms == TIMESTAMP_NONE || h.priority != k->priority || !place_spans(span_of(text, k->n), &h, &other) ||
            memcmp(other.span, k->span, sizeof k->span) != 0)
            return false;
        time_ms[last] = h.time_ms;
    }
    k->midnight_ms = time_ms[0];
    k->timed = time_ms[1] == time_ms[0];
    for (unsigned last = 0; last < 1U << k->clocks_n; last++) {
        int64_t clock_ms;
        set_clocks(k, last, text);
        if (!read_clocks(k, text, &clock_ms) || time_ms[last] != k->midnight_ms + clock_ms)
            return false;
    }
    return true;
}

/* Remember a head and what was read from it; false: it cannot be. */
static bool learn(struct head_known *k, head_reader *read, struct span head, const struct parse_options *options,
                  struct syslog_header *h)
{
    int64_t clock_ms;
    k->n = (uint8_t)head.n;
    k->priority = h->priority;
    memcpy(k->text, head.p, head.n);
    memset(k->text + head.n, 0, sizeof k->text - head.n);
    return h->time_ms != TIMESTAMP_NONE && place_spans(head, h, k) && find_clocks(k) && try_clocks(k, read, options) &&
           read_clocks(k, head.p, &clock_ms) && h->time_ms == k->midnight_ms + clock_ms;
}

/* ------------------------------------------------------------------ reading */

/* Heads of one length that begin alike share two places. */
static unsigned place_of(struct span head)
{
    uint64_t hash = (load(head.p) + head.n) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(hash >> 59) & (HEADS_MAX - 2);
}

static bool holds_for(const struct head_memo *m, const struct parse_options *o)
{
    return m->reference_time_ms == o->reference_time_ms && m->zone == o->zone && m->zone_offset_s == o->zone_offset_s;
}

static void forget(struct head_memo *m, const struct parse_options *o)
{
    memset(m->known, 0, sizeof m->known);
    m->reference_time_ms = o->reference_time_ms;
    m->zone = o->zone;
    m->zone_offset_s = o->zone_offset_s;
}

static void remember(struct head_memo *m, struct head_known *place, head_reader *read, struct span head,
                     const struct parse_options *options, struct syslog_header *h)
{
    struct head_known k;
    if (m->debt > DEBT_MAX) {
        m->debt--; /* heads do not come back here: now and then one is learnt all the same */
        return;
    }
    if (!learn(&k, read, head, options, h))
        return;
    m->debt += DEBT_OF_ONE;
    place[1] = place[0];
    place[0] = k;
}

void head_read(struct head_memo *memo, head_reader *read, struct span head, const struct parse_options *options,
               struct syslog_header *h)
{
    if (!memo || head.n < WORD || head.n > HEAD_BYTES_MAX) {
        read(head, options, h);
        return;
    }
    if (!holds_for(memo, options))
        forget(memo, options);
    struct head_known *place = memo->known + place_of(head);
    for (unsigned i = 0; i < 2; i++) {
        int64_t clock_ms;
        if (place[i].n == head.n && is_same(&place[i], head.p) && read_clocks(&place[i], head.p, &clock_ms)) {
            memo->debt -= memo->debt > 0;
            give(&place[i], head, clock_ms, h);
            return;
        }
    }
    read(head, options, h);
    remember(memo, place, read, head, options, h);
}

bool head_next_time(struct span head, const char *before, size_t *at, size_t *begin, struct timetext *t)
{
    for (size_t i = *at; i < head.n; i++) {
        size_t used;
        char c = head.p[i];
        if ((!is_digit(c) && ((c | 0x20) < 'a' || (c | 0x20) > 'z')) ||
            (i > 0 && (head.p[i - 1] == '\0' || !strchr(before, head.p[i - 1]))))
            continue;
        if (!timetext_scan(span_from(head, i), t, &used))
            continue;
        *begin = i;
        *at = i + used;
        return true;
    }
    *at = head.n;
    return false;
}
