#include "core/framer.h"

#include "core/framer_state.h"

#include "formats/masks.h"

#include <stdlib.h>

/* Bytes that are indexed in one go, and marks of an unfinished line that are kept for the next. */
enum { INDEX_BYTES = 16 << 10, INDEX_MARKS_KEPT = 4 << 10 };

enum { WINDOW_BYTES = 256 << 10, SPACE_MIN_BYTES = 4 << 10, COUNT_DIGITS_MAX = 9 };

struct framer *framer_new(const struct framer_options *o)
{
    struct framer *f = allocate(1, sizeof *f);
    f->o = *o;
    if (!f->o.window_bytes)
        f->o.window_bytes = WINDOW_BYTES;
    buffer_reserve(&f->window, f->o.window_bytes);
    bool lines = f->o.kind == FRAMING_LINES || f->o.kind == FRAMING_HEADER_LINES || f->o.kind == FRAMING_SYSLOG;
    bool csv = f->o.kind == FRAMING_CSV;
    if (!f->o.no_shortcuts && (lines || csv)) {
        if (csv)
            f->index.find_quoted = marks_quoted_finder(simd_level());
        else
            f->index.find = marks_finder(simd_level());
        f->index.marks.at = allocate(INDEX_MARKS_KEPT + INDEX_BYTES + MARKS_SLACK, sizeof(uint32_t));
        f->index.marks.line = allocate(INDEX_BYTES + MARKS_SLACK, sizeof(uint32_t));
    }
    if (!f->o.no_shortcuts && f->o.kind == FRAMING_JSON)
        framer_json_init(f);
    return f;
}

void framer_free(struct framer **f)
{
    if (!*f)
        return;
    buffer_fini(&(*f)->window);
    free((*f)->index.marks.at);
    free((*f)->index.marks.line);
    free((*f)->json_ends.keys);
    free(*f);
    *f = NULL;
}

void framer_start(struct framer *f, struct framer_point at)
{
    f->begin = f->end = f->scan = 0;
    f->index.begin = SIZE_MAX;
    f->position = at.position;
    f->mode = at.mode;
    f->point = at;
    f->finished = false;
    f->bom_checked = at.position != 0;
    f->discard = DISCARD_NOT;
    f->csv = CSV_FIELD_START;
    f->json = (struct json_scan){ 0 };
}

char *framer_space(struct framer *f, size_t *n)
{
    f->index.begin = SIZE_MAX;
    if (f->begin == f->end)
        f->begin = f->end = 0;
    size_t room = f->window.capacity - 64;
    if (room - f->end < SPACE_MIN_BYTES || f->begin > room / 2) {
        memmove(f->window.p, f->window.p + f->begin, f->end - f->begin);
        f->end -= f->begin;
        f->begin = 0;
    }
    if (room - f->end < SPACE_MIN_BYTES) {
        f->window.n = f->end;
        buffer_reserve(&f->window, f->end + f->o.window_bytes); /* doubles; a unit over the limit is never kept */
        room = f->window.capacity - 64;
    }
    *n = room - f->end;
    return f->window.p + f->end;
}

void framer_fed(struct framer *f, size_t n)
{
    f->end += n;
}

void framer_finish(struct framer *f)
{
    f->finished = true;
}

struct framer_point framer_point(const struct framer *f)
{
    return f->point;
}

void framer_consume(struct framer *f, size_t n)
{
    f->begin += n;
    f->position += n;
}

enum status framer_give(struct framer *f, struct unit *u, size_t at, size_t content, size_t total)
{
    *u = (struct unit){ .position = f->position,
                        .end = f->position + total,
                        .bytes = span_of(framer_bytes(f) + at, content),
                        .mode = f->mode };
    if (content > f->o.limit_bytes) {
        u->fault = UNIT_OVER_LIMIT;
        u->reason = "line_length";
        if (u->bytes.n > UNIT_FAULT_BYTES)
            u->bytes.n = UNIT_FAULT_BYTES;
    }
    framer_consume(f, total);
    f->scan = 0;
    f->csv = CSV_FIELD_START;
    f->point = (struct framer_point){ f->position, f->mode };
    return STATUS_OK;
}

void framer_discard(struct framer *f, enum discard how, size_t seen, enum unit_fault fault, const char *reason)
{
    size_t n = framer_visible(f) < UNIT_FAULT_BYTES ? framer_visible(f) : UNIT_FAULT_BYTES;
    memcpy(f->head, framer_bytes(f), n);
    f->faulty =
        (struct unit){ .position = f->position, .bytes = span_of(f->head, n), .fault = fault, .reason = reason };
    f->discard = how;
    framer_consume(f, seen);
    f->scan = 0;
}

enum status framer_give_faulty(struct framer *f, struct unit *u)
{
    /* The head was taken when not all bytes may have been there: it must not depend on that. */
    uint64_t length = f->position - f->faulty.position;
    if (f->faulty.bytes.n > length)
        f->faulty.bytes.n = (size_t)length;
    f->faulty.end = f->position;
    f->faulty.mode = f->mode;
    *u = f->faulty;
    f->discard = DISCARD_NOT;
    f->scan = 0;
    f->csv = CSV_FIELD_START;
    f->point = (struct framer_point){ f->position, f->mode };
    return STATUS_OK;
}

/* Bytes that pass while a unit is discarded: the head is completed from them, so that it is the same however the bytes
 * came. */
void framer_pass(struct framer *f, size_t n)
{
    size_t have = f->faulty.bytes.n, gone = (size_t)(f->position - f->faulty.position);
    if (f->position - f->faulty.position < UNIT_FAULT_BYTES && gone + n > have) {
        size_t to = gone + n < UNIT_FAULT_BYTES ? gone + n : UNIT_FAULT_BYTES;
        memcpy(f->head + have, framer_bytes(f) + (have - gone), to - have);
        f->faulty.bytes.n = to;
    }
    framer_consume(f, n);
}

static bool is_syslog_end(char c)
{
    return c == '\r' || c == '\n' || c == '\0';
}

/* The line's content without what its end drops. */
static size_t line_content(const struct framer *f, const char *p, size_t n)
{
    if (f->o.kind == FRAMING_SYSLOG) {
        while (n && is_syslog_end(p[n - 1]))
            n--;
        return n;
    }
    return n && p[n - 1] == '\r' ? n - 1 : n;
}

static enum status over_limit(struct framer *f, enum discard how, size_t seen)
{
    framer_discard(f, how, seen, UNIT_OVER_LIMIT, "line_length");
    return STATUS_AGAIN;
}

static void index_some(struct framer *f)
{
    struct line_index *x = &f->index;
    uint32_t n = (uint32_t)(f->end - x->end < INDEX_BYTES ? f->end - x->end : INDEX_BYTES), seen = n;
    if (x->find_quoted)
        seen = x->find_quoted(&x->marks, &x->quotes, f->window.p + x->end, n, ',', (uint32_t)x->end);
    else
        x->find(&x->marks, f->window.p + x->end, n, f->o.separator, (uint32_t)x->end);
    x->end += seen;
    x->broken = seen < n;
}

/* Look further ahead, behind what has been indexed.  False: no line ends in what there is. */
static bool index_more(struct framer *f)
{
    struct line_index *x = &f->index;
    struct marks *m = &x->marks;
    if (x->begin != f->begin) {
        x->begin = x->end = f->begin;
        x->token = m->n = 0;
        x->quotes = MARKS_QUOTES_BEGIN;
        x->broken = false;
    }
    m->n -= x->token;
    if (m->n > INDEX_MARKS_KEPT) /* the general way finds its end, and an index is begun behind it */
        return false;
    memmove(m->at, m->at + x->token, m->n * sizeof *m->at);
    x->token = x->line = m->lines = 0;
    while (m->lines == 0 && x->end < f->end && m->n <= INDEX_MARKS_KEPT && !x->broken)
        index_some(f);
    return m->lines != 0;
}

/* A line whose end is in the index. */
static bool next_indexed(struct framer *f, struct unit *u)
{
    struct line_index *x = &f->index;
    if ((x->begin != f->begin || x->line == x->marks.lines) && !index_more(f))
        return false;
    uint32_t last = x->marks.line[x->line], first = x->token;
    size_t n = x->marks.at[last] - f->begin;
    if (n >= framer_visible(f))
        return false;
    size_t content = line_content(f, framer_bytes(f), n);
    x->marks.at[last] -= (uint32_t)(n - content);
    x->token = last + 1;
    x->line++;
    x->begin = f->begin + n + 1;
    (void)framer_give(f, u, 0, content, n + 1);
    u->tokens = (struct tokens){ f->window.p, x->marks.at + first, last - first + 1 };
    return true;
}

static enum status next_line(struct framer *f, struct unit *u)
{
    if (f->index.find && f->scan == 0 && next_indexed(f, u))
        return STATUS_OK;
    const char *p = framer_bytes(f);
    size_t visible = framer_visible(f);
    const char *lf = visible > f->scan ? memchr(p + f->scan, '\n', visible - f->scan) : NULL;
    if (lf) {
        size_t n = (size_t)(lf - p);
        return framer_give(f, u, 0, line_content(f, p, n), n + 1);
    }
    f->scan = visible;
    if (visible > f->o.limit_bytes + 1)
        return over_limit(f, DISCARD_LINE, visible);
    if (!f->finished)
        return STATUS_AGAIN;
    return visible ? framer_give(f, u, 0, line_content(f, p, visible), visible) : STATUS_END;
}

/* `123 <`: STATUS_OK with the count and the length of what is before the message; STATUS_BAD: it is a line;
 * STATUS_AGAIN: more bytes must tell. */
static enum status octet_count(const struct framer *f, size_t *head, uint64_t *count)
{
    const char *p = framer_bytes(f);
    size_t n = framer_available(f), i = 0;
    *count = 0;
    while (i < n && i < COUNT_DIGITS_MAX && p[i] >= (i ? '0' : '1') && p[i] <= '9')
        *count = *count * 10 + (uint64_t)(p[i++] - '0');
    static const char behind[] = " <";
    for (unsigned k = 0; k < 2; k++) {
        if (i + k >= n)
            return f->finished ? STATUS_BAD : STATUS_AGAIN;
        if (i == 0 || p[i + k] != behind[k])
            return STATUS_BAD;
    }
    *head = i + 1;
    return STATUS_OK;
}

static enum status next_syslog(struct framer *f, struct unit *u)
{
    size_t head;
    uint64_t count;
    enum status s = f->scan ? STATUS_BAD : octet_count(f, &head, &count);
    if (s == STATUS_BAD)
        return next_line(f, u);
    if (s != STATUS_OK)
        return s;
    if (count > f->o.limit_bytes) {
        f->discard_left = head + count;
        framer_discard(f, DISCARD_COUNT, 0, UNIT_OVER_LIMIT, "line_length");
        f->faulty.counted = true;
        return STATUS_AGAIN;
    }
    size_t total = head + (size_t)count;
    if (framer_available(f) >= total) {
        s = framer_give(f, u, head, line_content(f, framer_bytes(f) + head, (size_t)count), total);
        u->counted = true;
        return s;
    }
    if (!f->finished)
        return STATUS_AGAIN;
    f->discard_left = framer_available(f);
    framer_discard(f, DISCARD_COUNT, 0, UNIT_MALFORMED, "octet_count");
    f->faulty.counted = true;
    return STATUS_AGAIN;
}

/* One byte of the CSV automaton; STATUS_END: the record ends with this line feed; STATUS_BAD: nothing legal. */
static inline enum status csv_step(enum csv_state *state, char c)
{
    switch (*state) {
    case CSV_FIELD_START:
        if (c == '"') {
            *state = CSV_QUOTED;
            return STATUS_OK;
        }
        /* fall through */
    case CSV_UNQUOTED:
        *state = c == ',' ? CSV_FIELD_START : CSV_UNQUOTED;
        return c == '\n' ? STATUS_END : STATUS_OK;
    case CSV_QUOTED:
        if (c == '"')
            *state = CSV_QUOTE_SEEN;
        return STATUS_OK;
    case CSV_QUOTE_SEEN:
        if (c == '"')
            *state = CSV_QUOTED;
        else if (c == ',')
            *state = CSV_FIELD_START;
        else if (c == '\r')
            *state = CSV_UNQUOTED;
        else
            return c == '\n' ? STATUS_END : STATUS_BAD;
        return STATUS_OK;
    }
    return STATUS_BAD;
}

/* Step over [scan, to); stops at the byte that ends the record or is illegal. */
static enum status csv_scan(struct framer *f, size_t to)
{
    const char *p = framer_bytes(f);
    while (f->scan < to) {
        if (!f->o.no_shortcuts) { /* straight to what may end it */
            if (f->csv == CSV_QUOTED)
                f->scan = masks_either(p, f->scan, to, '"', '"');
            else if (f->csv == CSV_UNQUOTED)
                f->scan = masks_either(p, f->scan, to, ',', '\n');
            if (f->scan == to)
                break;
        }
        enum status s = csv_step(&f->csv, p[f->scan]);
        if (s != STATUS_OK)
            return s;
        f->scan++;
    }
    return STATUS_AGAIN;
}

static enum status next_csv(struct framer *f, struct unit *u)
{
    size_t visible = framer_visible(f);
    if (f->index.find_quoted && f->scan == 0 && next_indexed(f, u))
        return STATUS_OK;
    enum status s = csv_scan(f, visible);
    if (s == STATUS_END)
        return framer_give(f, u, 0, line_content(f, framer_bytes(f), f->scan), f->scan + 1);
    if (s == STATUS_BAD) {
        framer_discard(f, DISCARD_LINE, f->scan, UNIT_MALFORMED, "csv");
        return STATUS_AGAIN;
    }
    if (visible > f->o.limit_bytes + 1)
        return over_limit(f, DISCARD_CSV, visible);
    if (!f->finished)
        return STATUS_AGAIN;
    if (!visible)
        return STATUS_END;
    if (f->csv != CSV_QUOTED)
        return framer_give(f, u, 0, line_content(f, framer_bytes(f), visible), visible);
    f->discard_left = visible;
    framer_discard(f, DISCARD_COUNT, 0, UNIT_MALFORMED, "csv");
    return STATUS_AGAIN;
}

/* Pass over what is discarded. */
static enum status discard_some(struct framer *f, struct unit *u)
{
    size_t n = framer_available(f);
    if (f->discard == DISCARD_COUNT) {
        size_t take = f->discard_left < n ? (size_t)f->discard_left : n;
        framer_pass(f, take);
        f->discard_left -= take;
        return f->discard_left == 0 || f->finished ? framer_give_faulty(f, u) : STATUS_AGAIN;
    }
    if (f->discard == DISCARD_CSV) {
        enum status s = csv_scan(f, n);
        framer_pass(f, f->scan + (s == STATUS_END));
        f->scan = 0;
        if (s == STATUS_END)
            return framer_give_faulty(f, u);
        if (s == STATUS_AGAIN)
            return f->finished ? framer_give_faulty(f, u) : STATUS_AGAIN;
        f->discard = DISCARD_LINE;
        n = framer_available(f);
    }
    const char *lf = n ? memchr(framer_bytes(f), '\n', n) : NULL;
    framer_pass(f, lf ? (size_t)(lf - framer_bytes(f)) + 1 : n);
    return lf || f->finished ? framer_give_faulty(f, u) : STATUS_AGAIN;
}

/* Drop a BOM at the start; false: more bytes must tell. */
static bool check_bom(struct framer *f)
{
    static const char bom[] = "\xef\xbb\xbf";
    size_t n = framer_available(f) < 3 ? framer_available(f) : 3;
    bool same = n == 0 || memcmp(framer_bytes(f), bom, n) == 0;
    if (same && n < 3 && !f->finished)
        return false;
    f->bom_checked = true;
    if (same && n == 3)
        framer_consume(f, 3);
    return true;
}

static enum status next_of_kind(struct framer *f, struct unit *u)
{
    switch (f->o.kind) {
    case FRAMING_LINES:
    case FRAMING_HEADER_LINES:
        return next_line(f, u);
    case FRAMING_CSV:
        return next_csv(f, u);
    case FRAMING_SYSLOG:
        return next_syslog(f, u);
    case FRAMING_JSON:
        return framer_json_next(f, u);
    case FRAMING_XML:
        return framer_xml_next(f, u);
    case FRAMING_DATED:
        return framer_dated_next(f, u);
    }
    return STATUS_END;
}

enum status framer_next(struct framer *f, struct unit *u)
{
    if (!f->bom_checked && !check_bom(f))
        return STATUS_AGAIN;
    for (;;) {
        enum discard discard = f->discard;
        size_t available = framer_available(f);
        enum status s;
        if (discard == DISCARD_JSON)
            s = framer_json_discard(f, u);
        else if (discard == DISCARD_XML)
            s = framer_xml_discard(f, u);
        else
            s = discard ? discard_some(f, u) : next_of_kind(f, u);
        if (s == STATUS_END)
            f->point = (struct framer_point){ f->position, f->mode };
        /* AGAIN with bytes left to discard: the unit has just become faulty, go on with its rest. */
        if (s != STATUS_AGAIN || !f->discard || (!f->finished && framer_available(f) == 0))
            return s;
        if (f->discard == discard && !f->finished && framer_available(f) == available)
            return s; /* what is left waits for what follows: a backslash for what it escapes, a tag for its end */
    }
}
