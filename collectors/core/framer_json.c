/* JSON framing: where values begin and end, by depth and strings; what they mean is the parser's business.
 *
 * A header in front of a value, as syslog puts one, is passed over as blanks are.
 *
 * An error here is only what says that the end of a value has been missed, so that one cut line does not swallow those
 * behind it: a line feed inside a string, a bracket that closes another kind, an object or array where none can stand.
 * The malformed unit then ends at the first line feed behind its own beginning (or behind the error, where that is over
 * the limit).  A hostile file can make bytes be looked at JSON_DEPTH_MAX times at most.
 *
 * A table of a query's answer is entered where its columns or rows begin; an object that has neither is a value.  Its
 * columns hold for its own rows only, and only if they were framed. */
#include "core/framer.h"

#include "core/framer_state.h"
#include "formats/json_header.h"

/* Keys of arrays that are what an answer consists of. */
static const char *const answer_keys[] = { "tables", "Tables", "columns", "Columns", "rows", "Rows", NULL };

static void add_keys(struct json_ends *e, const char *const *names)
{
    for (; names && *names; names++)
        e->keys[e->keys_n++] = span_text(*names);
}

static unsigned count(const char *const *names)
{
    unsigned n = 0;
    while (names && names[n])
        n++;
    return n;
}

void framer_json_init(struct framer *f)
{
    struct json_ends *e = &f->json_ends;
    e->keys = allocate(count(answer_keys) + count(f->o.envelope), sizeof *e->keys);
    add_keys(e, answer_keys);
    add_keys(e, f->o.envelope);
    e->find = json_end_finder(simd_level());
}

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

static bool in_table(const struct framer *f)
{
    return (f->mode == JSON_IN_TABLE || f->mode == JSON_IN_TABLE_BARE) && !f->json.columns;
}

/* Between members of an object of which nothing is kept. */
static bool in_members(const struct framer *f)
{
    return f->mode == JSON_IN_REST || in_table(f);
}

/* In a table a key may follow garbage: rows must not be passed over because of it. */
static bool key_may_begin(const struct framer *f)
{
    enum json_after after = f->json.after;
    return after == AFTER_OPEN || after == AFTER_COMMA || (after == AFTER_VALUE && in_table(f));
}

static void string_begins(struct framer *f)
{
    struct json_scan *j = &f->json;
    j->in_string = true;
    j->key_known = false;
    f->scan++;
    if (j->depth == 1 && !top_is_array(j) && key_may_begin(f)) {
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

/* An array begins at `scan`: what is it, by its key in an object that is no other array's element? */
static enum json_array array_kind(const struct framer *f)
{
    const struct json_scan *j = &f->json;
    if (f->mode == JSON_IN_ARRAY || f->mode == JSON_IN_ENVELOPE || f->discard || j->depth != 1 ||
        j->after != AFTER_COLON || !j->key_known || top_is_array(j))
        return ARRAY_PLAIN;
    if (in_members(f) && f->scan - j->key_begin > f->o.limit_bytes)
        return ARRAY_PLAIN; /* as when it came in pieces and was let go */
    struct span key = span_of(framer_bytes(f) + j->key_begin, j->key_end - j->key_begin);
    for (const char *const *e = in_table(f) ? NULL : f->o.envelope; e && *e; e++)
        if (span_is(key, *e))
            return ARRAY_ENVELOPE;
    if (f->mode == JSON_IN_REST)
        return ARRAY_PLAIN;
    if (!in_table(f) && (span_is(key, "tables") || span_is(key, "Tables")))
        return ARRAY_TABLES;
    if (span_is(key, "columns") || span_is(key, "Columns"))
        return ARRAY_COLUMNS;
    return span_is(key, "rows") || span_is(key, "Rows") ? ARRAY_ROWS : ARRAY_PLAIN;
}

/* One byte outside of strings.  STATUS_FULL: an array begins here that is no plain one. */
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
        if (array_kind(f) != ARRAY_PLAIN)
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
 * STATUS_BAD, STATUS_LIMIT: the error is at `scan`; STATUS_FULL: an array begins at `scan` that is no plain one. */
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

/* The end of a value was missed: of a row, others may follow; what followed something else is not known. */
static void lose(struct framer *f)
{
    if (f->mode == JSON_IN_ROWS)
        f->mode = JSON_IN_ROWS_LOST;
    else if (f->mode != JSON_IN_ROWS_LOST && f->mode != JSON_IN_ROWS_BARE)
        f->mode = JSON_TOP;
    f->json = (struct json_scan){ 0 };
}

static enum status malformed(struct framer *f, size_t seen, enum unit_fault fault, const char *reason)
{
    lose(f);
    framer_discard(f, DISCARD_LINE, seen, fault, reason);
    return STATUS_AGAIN;
}

/* The array whose bracket is at `scan` is entered, or begins a unit. */
static void enter_array(struct framer *f)
{
    enum json_array kind = array_kind(f);
    if (kind == ARRAY_COLUMNS) {
        size_t before = f->json.key_begin - 1;
        framer_consume(f, before);
        f->scan -= before;
        f->mode = JSON_IN_TABLE_BARE;
        f->json = (struct json_scan){ .columns = true };
        return;
    }
    bool known = f->mode == JSON_IN_TABLE;
    f->mode = kind == ARRAY_ENVELOPE ? JSON_IN_ENVELOPE
              : kind == ARRAY_TABLES ? JSON_IN_TABLES
              : known                ? JSON_IN_ROWS
                                     : JSON_IN_ROWS_BARE;
    f->json = (struct json_scan){ 0 };
    framer_consume(f, f->scan + 1);
    f->scan = 0;
}

/* A bracket closes where a value could begin: true if what it closes is followed by an object's members. */
static bool close_around(struct framer *f, char c)
{
    switch (f->mode) {
    case JSON_IN_ENVELOPE:
    case JSON_IN_TABLES:
        f->mode = JSON_IN_REST;
        f->json = (struct json_scan){ .depth = 1, .after = AFTER_VALUE };
        return true;
    case JSON_IN_ROWS:
    case JSON_IN_ROWS_BARE:
        f->mode = f->mode == JSON_IN_ROWS ? JSON_IN_TABLE : JSON_IN_TABLE_BARE;
        f->json = (struct json_scan){ 0 };
        return true;
    case JSON_IN_ROWS_LOST:
        f->mode = c == '}' ? JSON_IN_TABLES : JSON_IN_ROWS_LOST;
        return false;
    default: /* JSON_IN_ARRAY */
        f->mode = JSON_TOP;
        return false;
    }
}

static bool closes(const struct framer *f, char c)
{
    return (c == ']' && f->mode != JSON_TOP) || (c == '}' && f->mode == JSON_IN_ROWS_LOST);
}

/* Pass over what stands between values; true if a value begins at `begin`. */
static bool between(struct framer *f)
{
    const char *p = framer_bytes(f);
    size_t n = framer_available(f), i = 0;
    bool members = false;
    for (; i < n && !members; i++) {
        char c = p[i];
        if (is_space(c) || c == ',' || c == 0x1e)
            continue;
        if (c == '[' && f->mode == JSON_TOP)
            f->mode = JSON_IN_ARRAY;
        else if (closes(f, c))
            members = close_around(f, c);
        else
            break;
    }
    framer_consume(f, i);
    f->scan = 0;
    return i < n && !members;
}

/* The object of which nothing is kept has ended, or an array of it begins that is no plain one. */
static enum status leave_members(struct framer *f, enum status s)
{
    if (s == STATUS_FULL) {
        enter_array(f);
        return STATUS_OK;
    }
    f->mode = f->mode == JSON_IN_REST ? JSON_TOP : JSON_IN_TABLES;
    framer_consume(f, f->scan);
    f->scan = 0;
    return STATUS_OK;
}

/* Members of an object of which nothing is kept but a key that is being read, with its quote: of the rest behind an
 * envelope or tables, and of a table around its columns and rows. */
static enum status next_members(struct framer *f)
{
    struct json_scan *j = &f->json;
    if (j->depth == 0)
        *j = (struct json_scan){ .depth = 1, .after = AFTER_COMMA };
    enum status s = scan_value(f, framer_available(f));
    if (s == STATUS_FULL || s == STATUS_END)
        return leave_members(f, s);
    if (s == STATUS_AGAIN && f->finished) { /* with a backslash at the very end, which the scan stops at */
        framer_consume(f, framer_available(f));
        f->scan = 0;
        return STATUS_END;
    }
    bool keep = (j->key_open || j->key_known) && f->scan - j->key_begin <= f->o.limit_bytes && s == STATUS_AGAIN;
    size_t to = keep ? j->key_begin - 1 : f->scan;
    framer_consume(f, to);
    f->scan -= to;
    if (keep) {
        j->key_end -= j->key_known ? to : 0;
        j->key_begin = 1;
    } else {
        j->key_open = j->key_known = false;
    }
    if (s == STATUS_AGAIN)
        return STATUS_AGAIN;
    if (in_table(f) && j->depth == 1 && framer_bytes(f)[0] == '{') { /* the table was cut, another document begins */
        lose(f);
        return STATUS_OK;
    }
    return malformed(f, 0, UNIT_MALFORMED, "json");
}

/* A value has been followed to its end. */
static enum status give_value(struct framer *f, struct unit *u)
{
    size_t n = f->scan;
    if (f->json.columns) {
        f->json = (struct json_scan){ 0 };
        if (n <= f->o.limit_bytes)
            f->mode = JSON_IN_TABLE;
        enum status s = framer_give(f, u, 0, n, n);
        u->kind = UNIT_COLUMNS;
        return s;
    }
    bool row = framer_bytes(f)[0] == '[';
    enum status s = framer_give(f, u, 0, n, n);
    if (row && (f->mode == JSON_IN_ROWS || f->mode == JSON_IN_ROWS_LOST)) {
        u->kind = UNIT_ROW;
    } else if (row && f->mode == JSON_IN_ROWS_BARE && u->fault == UNIT_SOUND) {
        u->fault = UNIT_MALFORMED;
        u->reason = "no_columns";
        if (u->bytes.n > UNIT_FAULT_BYTES)
            u->bytes.n = UNIT_FAULT_BYTES;
    }
    return s;
}

/* What is no value at the top may be a header in front of one. */
static enum status next_header(struct framer *f)
{
    size_t n;
    enum status s = json_header(span_of(framer_bytes(f), framer_available(f)), &n);
    if (s == STATUS_AGAIN && !f->finished)
        return STATUS_AGAIN;
    if (s != STATUS_OK)
        return malformed(f, 0, UNIT_MALFORMED, "json");
    framer_consume(f, n);
    return STATUS_OK;
}

static enum status next_value(struct framer *f, struct unit *u)
{
    if (f->scan == 0) {
        char c = framer_bytes(f)[0];
        if (c == '}' || c == ']' || c == ':')
            return malformed(f, 0, UNIT_MALFORMED, "json");
        if (f->mode == JSON_TOP && c != '{')
            return next_header(f);
        f->json = (struct json_scan){ 0 };
        const struct json_ends *e = &f->json_ends;
        if (e->find && (c == '{' || c == '[')) {
            f->scan = e->find(framer_bytes(f), framer_visible(f), e->keys, e->keys_n);
            if (f->scan)
                return give_value(f, u);
        }
    }
    enum status s = scan_value(f, framer_visible(f));
    if (s == STATUS_AGAIN && f->finished && framer_available(f) == framer_visible(f) && f->json.depth == 0 &&
        !f->json.in_string)
        s = STATUS_END; /* a number or word at the end */
    if (s == STATUS_END)
        return give_value(f, u);
    if (s == STATUS_FULL) {
        enter_array(f);
        return STATUS_OK;
    }
    if (s == STATUS_LIMIT)
        return malformed(f, 0, UNIT_OVER_LIMIT, "nesting");
    if (s == STATUS_BAD)
        return malformed(f, 0, UNIT_MALFORMED, "json");
    if (framer_available(f) > f->o.limit_bytes + 1) {
        size_t seen = f->scan;
        f->json.columns = false;
        framer_discard(f, DISCARD_JSON, seen, UNIT_OVER_LIMIT, "line_length");
        return STATUS_AGAIN;
    }
    return f->finished ? malformed(f, 0, UNIT_MALFORMED, "json") : STATUS_AGAIN;
}

enum status framer_json_next(struct framer *f, struct unit *u)
{
    for (;;) {
        if (!in_members(f) && f->scan == 0 && !between(f) && !in_members(f))
            return f->finished ? STATUS_END : STATUS_AGAIN;
        u->bytes.p = NULL;
        enum status s = in_members(f) ? next_members(f) : next_value(f, u);
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
    lose(f);
    f->discard = DISCARD_LINE;
    return STATUS_AGAIN;
}
