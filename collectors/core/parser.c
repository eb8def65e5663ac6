#include "core/parser.h"

#include "core/columns.h"
#include "formats/json.h"
#include "formats/json_header.h"
#include "formats/json_walk.h"
#include "formats/keys.h"
#include "formats/unwrap.h"

#include <stdlib.h>

enum { SCRATCH_BASE_BYTES = 64 << 10, SCRATCH_PER_BYTE = 4 };

void record_clear(struct record *r)
{
    r->time_ms = TIMESTAMP_NONE;
    r->reason = NULL;
    r->more = false;
    r->offset = r->length = 0;
    memset(r->present, 0, sizeof r->present);
}

char *parser_scratch(struct parser *p, size_t n)
{
    if (n > p->scratch.capacity - p->scratch.n)
        return NULL;
    char *at = p->scratch.p + p->scratch.n;
    p->scratch.n += n;
    return at;
}

void parser_init(struct parser *p, const struct collector *collector, const struct form *form,
                 const struct parse_options *options)
{
    *p = (struct parser){ .collector = collector, .form = form, .options = options, .simd = simd_level() };
    memset(p->wanted, 0xff, sizeof p->wanted);
    p->state = allocate(1, form->state_bytes ? form->state_bytes : 1);
    p->memo = allocate(1, form->memo_bytes ? form->memo_bytes : 1);
    p->json = json_reader_new();
    p->inner_json = json_reader_new();
    p->outer_json = json_reader_new();
    if (form->keys)
        p->keys = keys_new(form->keys, form->keys_n);
    if (form->framing == FRAMING_JSON)
        p->columns = columns_new();
}

void parser_fini(struct parser *p)
{
    free(p->state);
    free(p->memo);
    buffer_fini(&p->scratch);
    buffer_fini(&p->unwrapped);
    json_reader_free(&p->json);
    json_reader_free(&p->inner_json);
    json_reader_free(&p->outer_json);
    keys_free((struct keys **)&p->keys);
    columns_free(&p->columns);
    *p = (struct parser){ 0 };
}

void parser_reset(struct parser *p)
{
    if (p->form->state_bytes)
        memset(p->state, 0, p->form->state_bytes);
    if (p->form->memo_bytes)
        memset(p->memo, 0, p->form->memo_bytes);
    if (p->columns)
        columns_clear(p->columns);
}

void parser_want(struct parser *p, const struct span *names, uint32_t n, bool everything)
{
    memset(p->wanted, everything ? 0xff : 0, sizeof p->wanted);
    for (uint32_t i = 0; i < n; i++)
        for (unsigned f = 0; f < p->collector->fields_n; f++)
            if (span_is(names[i], p->collector->fields[f].name))
                p->wanted[f / 64] |= UINT64_C(1) << (f % 64);
}

/* Offsets in the object that a row was made into, or that was inside of the unit, say nothing about the unit; behind
 * the last part of a row of an array is the next one. */
static enum parse_result placed(struct parser *p, enum parse_result result, struct record *r)
{
    p->row_has_more = r->more;
    r->more = r->more || p->next_row.n > 0;
    r->offset = p->place;
    r->length = 0;
    return result;
}

/* ------------------------------------------------------------------ arrays inside */

/* The elements of the array that the form's envelope names in an object inside; empty: there is none. */
static struct span rows_of(const struct form *form, struct span object)
{
    struct span key;
    struct json_value value;
    for (struct json_walk w = json_walk_of(object); json_walk_next(&w, &key, &value);)
        for (const char *const *name = form->envelope; name && *name; name++)
            if (value.kind == JSON_ARRAY && span_is(key, *name))
                return value.text;
    return span_of("", 0);
}

/* The next element that is an object goes to *row; `rows` is what is behind it.  Empty: there is none. */
static void step(struct span *rows, struct span *row)
{
    struct span key;
    struct json_value value;
    struct json_walk w = { rows->p, rows->p + rows->n, false };
    *row = span_of("", 0);
    while (row->n == 0 && rows->n && json_walk_next(&w, &key, &value))
        if (value.kind == JSON_OBJECT)
            *row = value.text;
    *rows = span_of(w.at, (size_t)(w.end - w.at));
}

/* The next element is read as a unit of its own; a header in it holds for what follows, but is no unit. */
static enum parse_result parse_next_row(struct parser *p, struct record *r)
{
    record_clear(r);
    buffer_clear(&p->scratch);
    p->part = 0;
    p->row = p->next_row;
    step(&p->rows, &p->next_row);
    enum parse_result result = p->form->parse(p, p->row, r);
    return result == PARSE_HEADER ? PARSE_NOTHING : result;
}

/* Whether one element of the array is a session. */
static bool holds_session(struct parser *p, struct span rows, struct record *r)
{
    struct span row;
    for (step(&rows, &row); row.n; step(&rows, &row)) {
        record_clear(r);
        buffer_clear(&p->scratch);
        if (p->form->parse(p, row, r) == PARSE_RECORD || r->more)
            return true;
    }
    return false;
}

/* The elements of an array that an object inside of the unit holds are what framing would give, if it were a unit. */
static bool enter_rows(struct parser *p, struct span object, struct record *r)
{
    struct span rows = rows_of(p->form, object);
    rows = span_from(rows, rows.n ? 1 : 0);
    if (!holds_session(p, rows, r))
        return false;
    p->rows = rows;
    step(&p->rows, &p->next_row);
    return true;
}

/* ------------------------------------------------------------------ units */

/* The first of the objects inside of a unit of JSON that gives a session; without one the unit is what it was. */
static enum parse_result parse_unwrapped(struct parser *p, struct span unit, enum parse_result result, struct record *r)
{
    struct unwrapped u;
    const char *reason = r->reason;
    size_t header;
    if (json_header(unit, &header) == STATUS_OK) /* of a line */
        unit = span_from(unit, header);
    if (!unwrap_json(p->json, unit, &p->unwrapped, &u))
        return result;
    for (unsigned i = 0; i < u.n; i++) {
        record_clear(r);
        buffer_clear(&p->scratch);
        enum parse_result inner = p->form->parse(p, u.object[i], r);
        if (inner == PARSE_RECORD || r->more) {
            p->row = u.object[i];
            return placed(p, inner, r);
        }
        if (enter_rows(p, u.object[i], r))
            return placed(p, parse_next_row(p, r), r);
    }
    record_clear(r);
    return record_verdict(r, result, reason);
}

/* Records in JSON may be inside of others: in values, and on lines. */
static bool looks_inside(const struct form *form)
{
    return form->framing == FRAMING_JSON || form->framing == FRAMING_LINES;
}

enum parse_result parser_parse_tokens(struct parser *p, struct span unit, struct tokens tokens, struct record *r)
{
    record_clear(r);
    buffer_clear(&p->scratch);
    if (p->scratch.capacity < SCRATCH_BASE_BYTES + SCRATCH_PER_BYTE * unit.n)
        buffer_reserve(&p->scratch, SCRATCH_BASE_BYTES + SCRATCH_PER_BYTE * unit.n);
    p->tokens = tokens;
    p->part = p->place = 0;
    p->row.n = p->next_row.n = 0;
    p->searched = false;
    json_forget(p->json);
    enum parse_result result = p->form->parse(p, unit, r);
    bool none = result == PARSE_SKIP || result == PARSE_BAD;
    return none && !r->more && !p->searched && looks_inside(p->form) ? parse_unwrapped(p, unit, result, r) : result;
}

static enum parse_result parse_row(struct parser *p, struct span unit, struct record *r)
{
    struct span object;
    record_clear(r);
    if (!columns_known(p->columns))
        return record_verdict(r, PARSE_BAD, "no_columns");
    if (!columns_ours(p->columns))
        return record_verdict(r, PARSE_SKIP, "other_table");
    const char *reason = columns_object(p->columns, unit, &object);
    if (reason)
        return record_verdict(r, PARSE_BAD, reason);
    enum parse_result result = parser_parse(p, object, r);
    if (p->row.n == 0)
        p->row = object;
    r->offset = p->place;
    r->length = 0;
    return result;
}

enum parse_result parser_parse_unit(struct parser *p, const struct unit *u, struct record *r)
{
    switch (u->kind) {
    case UNIT_COLUMNS:
        record_clear(r);
        columns_read(p->columns, p->json, p->keys, u->bytes);
        return PARSE_HEADER;
    case UNIT_ROW:
        return parse_row(p, u->bytes, r);
    default:
        return parser_parse_tokens(p, u->bytes, u->tokens, r);
    }
}

enum parse_result parser_parse_more(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result;
    p->place++;
    if (p->next_row.n && !p->row_has_more) {
        result = parse_next_row(p, r);
    } else {
        record_clear(r);
        if (p->part++ == 0)
            p->scratch_kept = p->scratch.n;
        p->scratch.n = p->scratch_kept;
        result = p->form->parse(p, p->row.n ? p->row : unit, r);
    }
    return p->row.n ? placed(p, result, r) : result;
}

enum parse_result parser_parse(struct parser *p, struct span unit, struct record *r)
{
    return parser_parse_tokens(p, unit, (struct tokens){ 0 }, r);
}

const struct form *collector_form(const struct collector *c, const char *name)
{
    size_t n = strlen(name);
    for (unsigned i = 0; i < c->forms_n; i++)
        if (strcmp(c->forms[i].name, name) == 0)
            return &c->forms[i];
    for (unsigned i = 0; i < c->forms_n; i++)
        if (strncmp(c->forms[i].name, name, n) == 0 && c->forms[i].name[n] == '-')
            return &c->forms[i];
    return NULL;
}
