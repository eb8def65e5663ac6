#include "formats/commonsecuritylog_forms.h"

/* ------------------------------------------------------------------ native */

struct commonsecuritylog_native *commonsecuritylog_native_row(const struct commonsecuritylog_rules *rules,
                                                              struct parser *p, struct commonsecuritylog *row)
{
    struct commonsecuritylog_native *native =
        commonsecuritylog_native(p, rules->fields, rules->fields_n, rules->needs, rules->needs_n);
    commonsecuritylog_clear(row, p->options);
    row->day = &native->day;
    return native;
}

static bool native_time(const struct commonsecuritylog_rules *rules, struct parser *p, struct commonsecuritylog *row,
                        struct span head, int64_t *ms)
{
    struct syslog_header header;
    for (unsigned i = 0; i < rules->times_n; i++)
        if (commonsecuritylog_time(p, row, rules->times[i], ms))
            return true;
    syslog_parse(head, p->options, &header);
    *ms = header.time_ms;
    return *ms != TIMESTAMP_NONE;
}

/* Is the header's host among the fields that somebody wants? */
static bool wants_computer(const struct commonsecuritylog_native *native)
{
    for (unsigned i = 0; i < native->fields_n; i++)
        if (native->fields[i].column == CSL_Computer)
            return true;
    return false;
}

static enum parse_result finish(const struct commonsecuritylog_rules *rules, struct parser *p,
                                struct commonsecuritylog *row, const struct commonsecuritylog_field *fields,
                                unsigned fields_n, struct record *r)
{
    commonsecuritylog_put(p, row, fields, fields_n, r);
    const char *reason = rules->derive ? rules->derive(p, row, r) : NULL;
    return reason ? record_verdict(r, PARSE_BAD, reason) : PARSE_RECORD;
}

enum parse_result commonsecuritylog_native_record(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                  struct commonsecuritylog *row, struct span head, struct record *r)
{
    const struct commonsecuritylog_native *native = p->memo;
    const char *reason = rules->select_extension ? rules->select_extension(p, row) : NULL;
    if (reason)
        return record_verdict(r, PARSE_SKIP, reason);
    if (!native_time(rules, p, row, head, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    if (wants_computer(native)) {
        struct syslog_header header;
        syslog_parse(head, p->options, &header);
        commonsecuritylog_set(row, CSL_Computer, header.host);
    }
    return finish(rules, p, row, native->fields, native->fields_n, r);
}

enum parse_result commonsecuritylog_parse_native(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                 struct span unit, struct record *r)
{
    static const char *const none[] = { NULL };
    struct commonsecuritylog row;
    struct span line = syslog_trim(unit), head, extension;
    const char *reason;
    if (line.n == 0)
        return PARSE_NOTHING;
    if (commonsecuritylog_from_cef(p, line, rules->vendors ? rules->vendors : none, &row, &head, &extension, &reason) !=
        STATUS_OK)
        return record_verdict(r, PARSE_BAD, reason);
    reason = rules->select(&row);
    if (reason)
        return record_verdict(r, PARSE_SKIP, reason);
    commonsecuritylog_search_cef(
        commonsecuritylog_native(p, rules->fields, rules->fields_n, rules->needs, rules->needs_n), extension, &row);
    return commonsecuritylog_native_record(rules, p, &row, head, r);
}

/* ------------------------------------------------------------------ table */

static bool table_time(const struct commonsecuritylog_rules *rules, struct parser *p, struct commonsecuritylog *row,
                       int64_t *ms)
{
    if (commonsecuritylog_time(p, row, CSL_TimeGenerated, ms))
        return true;
    for (unsigned i = 0; i < rules->table_times_n; i++)
        if (commonsecuritylog_time(p, row, rules->table_times[i], ms))
            return true;
    return false;
}

static enum parse_result table_record(const struct commonsecuritylog_rules *rules, struct parser *p,
                                      struct commonsecuritylog *row, struct record *r)
{
    const char *reason = rules->select(row);
    if (!reason && rules->select_extension)
        reason = rules->select_extension(p, row);
    if (reason)
        return record_verdict(r, PARSE_SKIP, reason);
    if (!table_time(rules, p, row, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    return finish(rules, p, row, rules->fields, rules->fields_n, r);
}

enum parse_result commonsecuritylog_parse_table(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                struct span unit, struct record *r)
{
    struct commonsecuritylog row;
    const char *reason;
    if (commonsecuritylog_from_json(p, unit, &row, &reason) != STATUS_OK)
        return record_verdict(r, PARSE_BAD, reason);
    return table_record(rules, p, &row, r);
}

enum parse_result commonsecuritylog_parse_table_csv(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                    struct span unit, struct record *r)
{
    struct commonsecuritylog row;
    enum parse_result result = commonsecuritylog_from_csv(p, unit, &row, &r->reason);
    return result == PARSE_RECORD ? table_record(rules, p, &row, r) : result;
}

/* ------------------------------------------------------------------ recognition */

bool commonsecuritylog_is_syslog(struct span head)
{
    static const struct parse_options options = { 0 };
    struct syslog_header header;
    syslog_parse(span_of(head.p, span_find(head, '\n', 0)), &options, &header);
    return header.priority >= 0 || header.time_ms != TIMESTAMP_NONE;
}

static bool has_word(struct span head, const char *const *words)
{
    for (; *words; words++)
        if (span_search(head, span_text(*words)) < head.n)
            return true;
    return false;
}

enum probe_result commonsecuritylog_probe_native(struct span head, const char *const *words)
{
    if (row_is_json(head))
        return PROBE_NO;
    if (has_word(head, words))
        return PROBE_LIKELY;
    return span_search(head, SPAN_LITERAL("CEF:")) < head.n || commonsecuritylog_is_syslog(head) ? PROBE_POSSIBLE
                                                                                                 : PROBE_NO;
}

static enum probe_result with_word(enum probe_result table, struct span head, const char *const *words)
{
    return table == PROBE_LIKELY && !has_word(head, words) ? PROBE_POSSIBLE : table;
}

enum probe_result commonsecuritylog_probe_table(struct span head, const char *const *words)
{
    return with_word(commonsecuritylog_probe_json(head), head, words);
}

enum probe_result commonsecuritylog_probe_table_csv(struct span head, const char *const *words)
{
    return with_word(commonsecuritylog_probe_csv(head), head, words);
}
