/* JSON framing: where values begin and end, by depth and strings; what they mean is the parser's business.
 *
 * An error here is only what says that the end of a value has been missed, so that one cut line does not swallow those
 * behind it: a line feed inside a string, a bracket that closes another kind, an object or array where none can stand.
 * The malformed unit then ends at the first line feed behind its own beginning (or behind the error, where that is over
 * the limit).  A hostile file can make bytes be looked at JSON_DEPTH_MAX times at most. */
#include "core/framer.h"

#include "core/framer_state.h"

enum { FLAT_BYTES_MAX = 32 << 10 };

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool top_is_array(const struct json_scan *j)
{
    unsigned at = j->depth - 1;
    return j->is_array[at / 64] >> (at % 64) & 1;
}

/* An object or array begins at `scan`. */
static enum status open_bracket(struct framer *f, char c)
{
    struct json_scan *j = &f->json;
    if (j->after == AFTER_VALUE)
        return STATUS_BAD;
    if (j->depth && !top_is_array(j) && j->after != AFTER_COLON)
        return STATUS_BAD;
    if (j->depth == JSON_DEPTH_MAX)
        return STATUS_LIMIT;
    uint64_t bit = UINT64_C(1) << (j->depth % 64);
    if (c == '[')
        j->is_array[j->depth / 64] |= bit;
    else
        j->is_array[j->depth / 64] &= ~bit;
    j->depth++;
    j->after = AFTER_OPEN;
    j->key_known = false;
    f->scan++;
    return STATUS_OK;
}

static enum status close_bracket(struct framer *f, char c)
{
    struct json_scan *j = &f->json;
    if (j->depth == 0 || top_is_array(j) != (c == ']'))
        return STATUS_BAD;
    j->depth--;
    j->after = AFTER_VALUE;
    f->scan++;
    return j->depth == 0 ? STATUS_END : STATUS_OK;
}

static void string_begins(struct framer *f)
{
    struct json_scan *j = &f->json;
    j->in_string = true;
    j->key_known = false;
    f->scan++;
    if (j->depth == 1 && !top_is_array(j) && (j->after == AFTER_OPEN || j->after == AFTER_COMMA)) {
        j->key_open = true;
        j->key_begin = f->scan;
    }
}

/* From inside a string to its end.  STATUS_AGAIN: it goes on behind `to`. */
static enum status scan_string(struct framer *f, size_t to)
{
    const char *p = framer_bytes(f);
    struct json_scan *j = &f->json;
    size_t i = f->scan;
    while (i < to) {
        char c = p[i];
        if (c == '"') {
            j->in_string = false;
            if (j->key_open) {
                j->key_open = false;
                j->key_known = true;
                j->key_end = i;
            }
            j->after = AFTER_VALUE;
            f->scan = i + 1;
            return j->depth == 0 ? STATUS_END : STATUS_OK;
        }
        if (c == '\n') {
            f->scan = i;
            return STATUS_BAD;
        }
        if (c == '\\') {
            if (i + 1 >= to)
                break;
            if (p[i + 1] != '\n') /* else: the line feed is the error */
                i++;
        }
        i++;
    }
    f->scan = i;
    return STATUS_AGAIN;
}

/* An array begins under one of the envelope's keys of a top-level object. */
static bool is_envelope(const struct framer *f)
{
    const struct json_scan *j = &f->json;
    if (!f->o.envelope || f->mode == JSON_IN_ARRAY || f->mode == JSON_IN_ENVELOPE || f->discard || j->depth != 1 ||
        j->after != AFTER_COLON || !j->key_known || top_is_array(j))
        return false;
    if (f->mode == JSON_IN_REST && f->scan - j->key_begin > f->o.limit_bytes)
        return false; /* as when it came in pieces and was let go */
    struct span key = span_of(framer_bytes(f) + j->key_begin, j->key_end - j->key_begin);
    for (const char *const *e = f->o.envelope; *e; e++)
        if (span_is(key, *e))
            return true;
    return false;
}

/* One byte outside of strings.  STATUS_FULL: an envelope's array begins here. */
static inline enum status scan_token(struct framer *f, char c)
{
    struct json_scan *j = &f->json;
    bool scalar_ends = j->depth == 0 && j->after == AFTER_VALUE;
    switch (c) {
    case ' ':
    case '\n':
    case '\r':
    case '\t':
        if (scalar_ends)
            return STATUS_END;
        break;
    case '"':
        if (scalar_ends)
            return STATUS_END;
        string_begins(f);
        return STATUS_OK;
    case '[':
        if (is_envelope(f))
            return STATUS_FULL;
        /* fall through */
    case '{':
        return scalar_ends ? STATUS_END : open_bracket(f, c);
    case '}':
    case ']':
        return scalar_ends ? STATUS_END : close_bracket(f, c);
    case ',':
        if (scalar_ends)
            return STATUS_END;
        j->after = AFTER_COMMA;
        j->key_known = false;
        break;
    case ':':
        j->after = AFTER_COLON;
        break;
    default:
        j->after = AFTER_VALUE;
        j->key_known = false;
        break;
    }
    f->scan++;
    return STATUS_OK;
}

/* Follow the value from `scan` to `to`.  STATUS_END: it ends before `scan`; STATUS_AGAIN: it does not end before `to`;
 * STATUS_BAD, STATUS_LIMIT: the error is at `scan`; STATUS_FULL: an envelope's array begins at `scan`. */
static enum status scan_value(struct framer *f, size_t to)
{
    const char *p = framer_bytes(f);
    while (f->scan < to) {
        enum status s = f->json.in_string ? scan_string(f, to) : scan_token(f, p[f->scan]);
        if (s != STATUS_OK)
            return s;
    }
    return STATUS_AGAIN;
}

/* The shortcut for most log lines: a flat object on one line.  Exactly one brace of each kind, at both ends, no other
 * bracket, no backslash, an even number of quotes: the general way would end it there as well. */
static size_t flat_object(const struct framer *f)
{
    const char *p = framer_bytes(f);
    size_t n = framer_visible(f);
    if (n > FLAT_BYTES_MAX)
        n = FLAT_BYTES_MAX;
    const char *lf = memchr(p, '\n', n);
    if (!lf)
        return 0;
    n = (size_t)(lf - p);
    while (n && is_space(p[n - 1]))
        n--;
    if (n < 2 || p[n - 1] != '}')
        return 0;
    /* Four counters of 16 bits, none of which can overflow within FLAT_BYTES_MAX. */
    static const uint64_t counter[256] = {
        ['"'] = 1,
        ['{'] = UINT64_C(1) << 16,
        ['}'] = UINT64_C(1) << 32,
        ['['] = UINT64_C(1) << 48,
        [']'] = UINT64_C(1) << 48,
        ['\\'] = UINT64_C(1) << 48,
    };
    uint64_t counts = 0;
    for (size_t i = 0; i < n; i++)
        counts += counter[(unsigned char)p[i]];
    return (counts & ~UINT64_C(0xfffe)) == (UINT64_C(1) << 16 | UINT64_C(1) << 32) ? n : 0;
}

static enum status malformed(struct framer *f, size_t seen, enum unit_fault fault, const char *reason)
{
    f->mode = JSON_TOP;
    framer_discard(f, DISCARD_LINE, seen, fault, reason);
    return STATUS_AGAIN;
}

/* Pass over what stands between values; true if a value begins at `begin`. */
static bool between(struct framer *f)
{
    const char *p = framer_bytes(f);
    size_t n = framer_available(f), i = 0;
    for (; i < n; i++) {
        char c = p[i];
        if (is_space(c) || c == ',' || c == 0x1e)
            continue;
        if (c == '[' && f->mode == JSON_TOP) {
            f->mode = JSON_IN_ARRAY;
        } else if (c == ']' && f->mode == JSON_IN_ARRAY) {
            f->mode = JSON_TOP;
        } else if (c == ']' && f->mode == JSON_IN_ENVELOPE) {
            f->mode = JSON_IN_REST;
            f->json = (struct json_scan){ .depth = 1, .after = AFTER_VALUE };
            i++;
            break;
        } else {
            break;
        }
    }
    framer_consume(f, i);
    f->scan = 0;
    return i < n && f->mode != JSON_IN_REST;
}

/* The rest of an object whose envelope array has ended: nothing of it is kept but a key that is being read. */
static enum status next_rest(struct framer *f)
{
    struct json_scan *j = &f->json;
    enum status s = scan_value(f, framer_available(f));
    if (s == STATUS_FULL || s == STATUS_END) {
        f->mode = s == STATUS_END ? JSON_TOP : JSON_IN_ENVELOPE;
        framer_consume(f, f->scan + (s == STATUS_FULL));
        f->scan = 0;
        return STATUS_OK;
    }
    bool keep = (j->key_open || j->key_known) && f->scan - j->key_begin <= f->o.limit_bytes && s == STATUS_AGAIN &&
                !f->finished;
    size_t to = keep ? j->key_begin : f->scan;
    framer_consume(f, to);
    f->scan -= to;
    if (keep) {
        j->key_end -= j->key_known ? to : 0;
        j->key_begin = 0;
    } else {
        j->key_open = j->key_known = false;
    }
    if (s == STATUS_AGAIN)
        return f->finished ? STATUS_END : STATUS_AGAIN;
    return malformed(f, 0, UNIT_MALFORMED, "json");
}

static enum status next_value(struct framer *f, struct unit *u)
{
    size_t n;
    if (f->scan == 0) {
        char c = framer_bytes(f)[0];
        if (c == '}' || c == ']' || c == ':' || (f->mode == JSON_TOP && c != '{'))
            return malformed(f, 0, UNIT_MALFORMED, "json");
        f->json = (struct json_scan){ 0 };
        if (c == '{' && !f->o.no_shortcuts && (n = flat_object(f)) != 0)
            return framer_give(f, u, 0, n, n);
    }
    enum status s = scan_value(f, framer_visible(f));
    if (s == STATUS_AGAIN && f->finished && framer_available(f) == framer_visible(f) && f->json.depth == 0 &&
        !f->json.in_string)
        s = STATUS_END; /* a number or word at the end */
    if (s == STATUS_END)
        return framer_give(f, u, 0, f->scan, f->scan);
    if (s == STATUS_FULL) {
        f->mode = JSON_IN_ENVELOPE;
        framer_consume(f, f->scan + 1);
        f->scan = 0;
        return STATUS_OK;
    }
    if (s == STATUS_LIMIT)
        return malformed(f, 0, UNIT_OVER_LIMIT, "nesting");
    if (s == STATUS_BAD)
        return malformed(f, 0, UNIT_MALFORMED, "json");
    if (framer_available(f) > f->o.limit_bytes + 1) {
        size_t seen = f->scan;
        framer_discard(f, DISCARD_JSON, seen, UNIT_OVER_LIMIT, "line_length");
        return STATUS_AGAIN;
    }
    return f->finished ? malformed(f, 0, UNIT_MALFORMED, "json") : STATUS_AGAIN;
}

enum status framer_json_next(struct framer *f, struct unit *u)
{
    for (;;) {
        if (f->mode != JSON_IN_REST && f->scan == 0 && !between(f) && f->mode != JSON_IN_REST)
            return f->finished ? STATUS_END : STATUS_AGAIN;
        u->bytes.p = NULL;
        enum status s = f->mode == JSON_IN_REST ? next_rest(f) : next_value(f, u);
        if (s != STATUS_OK || u->bytes.p)
            return s;
    }
}

/* The rest of a value over the limit. */
enum status framer_json_discard(struct framer *f, struct unit *u)
{
    f->scan = 0;
    enum status s = scan_value(f, framer_available(f));
    framer_pass(f, f->scan);
    f->scan = 0;
    f->json.key_open = f->json.key_known = false;
    if (s == STATUS_END)
        return framer_give_faulty(f, u);
    if (s == STATUS_AGAIN) {
        if (!f->finished)
            return STATUS_AGAIN;
        framer_pass(f, framer_available(f));
        return framer_give_faulty(f, u);
    }
    f->mode = JSON_TOP;
    f->discard = DISCARD_LINE;
    return STATUS_AGAIN;
}
