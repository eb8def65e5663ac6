/* Tables of sessions that were counted already: NetworkSummary_Protocol_CL, written by a summary rule, and
 * NetworkCustomAnalytics_protocol_CL with its V1 twin, written by an older playbook, whose columns end with their type.
 *
 * A row is a count of sessions, not a session: it weighs `count_`.  Its time is the start of its window, EventTime.
 */
#include "core/parser.h"

#include "formats/row.h"

/* Field, kind, column of the summary table, column of the custom analytics tables. */
#define FIELDS(X)                                                                                                      \
    X(network_protocol, DESCRIPTOR, "NetworkProtocol", "NetworkProtocol_s")                                            \
    X(network_direction, DESCRIPTOR, "NetworkDirection", "NetworkDirection_s")                                         \
    X(dvc_action, DESCRIPTOR, "DvcAction", "DvcAction_s")                                                              \
    X(dst_app_name, DESCRIPTOR, "DstAppName", "DstAppName_s")                                                          \
    X(dst_port, PORT, "DstPortNumber", "DstPortNumber_d")                                                              \
    X(count, INTEGER, "count_", "count__d")

enum {
#define X(name, kind, column, suffixed) F_##name,
    FIELDS(X)
#undef X
        FIELDS_N,
    COLUMN_EVENT_TIME = FIELDS_N,
    COLUMN_TIME_GENERATED,
    COLUMN_TYPE,
    SUFFIXED, /* the second column of each field, from here on */
    SUFFIXED_EVENT_TIME = SUFFIXED + FIELDS_N
};

static const struct field fields[] = {
#define X(name, kind, column, suffixed) { #name, FIELD_##kind },
    FIELDS(X)
#undef X
};

static const struct key keys[] = {
#define X(name, kind, column, suffixed) { column, F_##name }, { suffixed, SUFFIXED + F_##name },
    FIELDS(X)
#undef X
        { "EventTime", COLUMN_EVENT_TIME },
    { "EventTime_t", SUFFIXED_EVENT_TIME },
    { "TimeGenerated", COLUMN_TIME_GENERATED },
    { "Type", COLUMN_TYPE },
};

/* Rows of the playbook's other tables (addresses, countries, threats …) stand in the same exports. */
static bool is_protocol_table(struct span type)
{
    return type.n == 0 || span_is(type, "NetworkSummary_Protocol_CL") ||
           span_is(type, "NetworkCustomAnalytics_protocol_CL") || span_is(type, "NetworkCustomAnalytics_protocolV1_CL");
}

/* Whichever of the two columns the row has; where it has both, the suffixed one of a row that counts in count__d. */
static unsigned column_of(const struct row *row, unsigned plain, unsigned suffixed)
{
    return row_has(row, suffixed) && (row_has(row, SUFFIXED + F_count) || !row_has(row, plain)) ? suffixed : plain;
}

/* An empty EventTime, also 0 or false, gives way to TimeGenerated; one that is no time does not. */
static bool set_time(const struct row *row, struct record *r)
{
    unsigned column = column_of(row, COLUMN_EVENT_TIME, SUFFIXED_EVENT_TIME);
    int64_t zero;
    bool has = row_has(row, column) && row->cell[column].kind != JSON_FALSE && row_text(row, column).n != 0 &&
               !(row->cell[column].kind == JSON_NUMBER && row_whole(row, column, &zero) && zero == 0);
    return row_time(row, has ? column : COLUMN_TIME_GENERATED, &r->time_ms);
}

static enum parse_result parse_row(const struct row *row, struct record *r)
{
    if (!is_protocol_table(row_text(row, COLUMN_TYPE))) {
        r->reason = "other_table";
        return PARSE_SKIP;
    }
    if (!set_time(row, r)) {
        r->reason = "no_time";
        return PARSE_BAD;
    }
    for (unsigned field = 0; field < FIELDS_N; field++) {
        unsigned column = column_of(row, field, SUFFIXED + field);
        if (fields[field].kind == FIELD_DESCRIPTOR)
            row_copy_text(row, column, r, field);
        else if (fields[field].kind == FIELD_PORT)
            row_copy_port(row, column, r, field);
        else
            row_copy_whole(row, column, r, field);
    }
    return PARSE_RECORD;
}

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit)) {
        r->reason = "json";
        return PARSE_BAD;
    }
    return parse_row(&row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(&row, r) : result;
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"count_\"", "\"count__d\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    static const char *const words[] = { "count_", NULL };
    return row_probe_csv(head, words);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct form forms[] = {
    { .name = "table",
      .help = "rows of NetworkSummary_Protocol_CL or NetworkCustomAnalytics_protocol_CL as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .keys = keys,
      .keys_n = COUNT(keys) },
    { .name = "table-csv",
      .help = "rows of NetworkSummary_Protocol_CL or NetworkCustomAnalytics_protocol_CL as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT(keys) },
};

COLLECTOR(network_summary) = {
    .id = "network-summary",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
