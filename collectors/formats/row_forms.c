#include "formats/row_forms.h"

static bool set_time(const struct row_rules *rules, struct parser *p, const struct row *row, struct record *r)
{
    for (unsigned i = 0; i < rules->times_n; i++)
        if (row_text(row, rules->times[i]).n)
            return row_time(row, rules->times[i], &r->time_ms);
    return rules->time && rules->time(p, row, &r->time_ms);
}

/* A file may hold rows of several tables. */
static bool of_other_table(const struct row_rules *rules, const struct row *row)
{
    struct span type = rules->tables ? row_text(row, rules->type) : span_of(NULL, 0);
    if (type.n == 0)
        return false;
    for (const char *const *t = rules->tables; *t; t++)
        if (span_is(type, *t))
            return false;
    return true;
}

static void copy(const struct row *row, unsigned column, enum field_kind kind, struct record *r, unsigned field)
{
    switch (kind) {
    case FIELD_DESCRIPTOR:
    case FIELD_TEXT:
        row_copy_text(row, column, r, field);
        break;
    case FIELD_INTEGER:
        row_copy_whole(row, column, r, field);
        break;
    case FIELD_PORT:
        row_copy_port(row, column, r, field);
        break;
    case FIELD_TIME:
        row_copy_time(row, column, r, field);
        break;
    }
}

enum parse_result row_record(const struct row_rules *rules, struct parser *p, const struct row *row, struct record *r)
{
    if (of_other_table(rules, row))
        return record_verdict(r, PARSE_SKIP, "other_table");
    const char *reason = rules->select ? rules->select(p, row) : NULL;
    if (reason)
        return record_verdict(r, PARSE_SKIP, reason);
    if (!set_time(rules, p, row, r))
        return record_verdict(r, PARSE_BAD, "no_time");
    for (unsigned i = 0; i < rules->fields_n; i++) {
        unsigned field = rules->fields[i].field, column = rules->fields[i].column;
        enum field_kind kind = p->collector->fields[field].kind;
        if (row_has(row, column) && !record_has(r, field) && (kind == FIELD_DESCRIPTOR || parser_wants(p, field)))
            copy(row, column, kind, r, field);
    }
    reason = rules->derive ? rules->derive(p, row, r) : NULL;
    return reason ? record_verdict(r, PARSE_BAD, reason) : PARSE_RECORD;
}

enum parse_result row_parse_json(const struct row_rules *rules, struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return row_record(rules, p, &row, r);
}

enum parse_result row_parse_csv(const struct row_rules *rules, struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? row_record(rules, p, &row, r) : result;
}
