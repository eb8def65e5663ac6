#include "core/parser.h"

#include "core/columns.h"
#include "formats/json.h"
#include "formats/json_header.h"
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

/* Offsets in the object that a row was made into, or that was inside of the unit, say nothing about the unit. */
static void place_part(const struct parser *p, struct record *r)
{
    r->offset = p->part;
    r->length = 0;
}

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
            place_part(p, r);
            return inner;
        }
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
    p->part = 0;
    p->row.n = 0;
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
    place_part(p, r);
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
    record_clear(r);
    if (p->part++ == 0)
        p->scratch_kept = p->scratch.n;
    p->scratch.n = p->scratch_kept;
    if (p->row.n == 0)
        return p->form->parse(p, unit, r);
    enum parse_result result = p->form->parse(p, p->row, r);
    place_part(p, r);
    return result;
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
