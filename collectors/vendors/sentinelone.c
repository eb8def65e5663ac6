/* SentinelOne: alerts of custom rules that matched a connection, as the API returns them (nested objects) and as rows
 * of SentinelOne_CL, whose column names join the names on the way and end with their type.
 *
 * The table holds alerts, threats, activities and agents; alerts about TCP over IPv4 are sessions.
 * Source: SentinelOne API 2.1, cloud-detection/alerts.
 */
#include "formats/row_forms.h"

/* Field, kind, object, member. */
/* clang-format off */
#define COLUMNS(X) \
    X(event_type, DESCRIPTOR, "alertInfo", "eventType") X(direction, DESCRIPTOR, "alertInfo", "netEventDirection") \
    X(analyst_verdict, DESCRIPTOR, "alertInfo", "analystVerdict") X(severity, DESCRIPTOR, "ruleInfo", "severity") \
    X(treat_as_threat, DESCRIPTOR, "ruleInfo", "treatAsThreat") \
    X(machine_type, DESCRIPTOR, "agentDetectionInfo", "machineType") \
    X(src_ip, TEXT, "alertInfo", "srcIp") X(src_port, PORT, "alertInfo", "srcPort") \
    X(dst_ip, TEXT, "alertInfo", "dstIp") X(dst_port, PORT, "alertInfo", "dstPort") \
    X(created_at, TIME, "alertInfo", "createdAt") X(dv_event_id, TEXT, "alertInfo", "dvEventId") \
    X(agent_name, TEXT, "agentDetectionInfo", "name") X(agent_uuid, TEXT, "agentDetectionInfo", "uuid") \
    X(os_name, TEXT, "agentDetectionInfo", "osName") X(os_revision, TEXT, "agentDetectionInfo", "osRevision") \
    X(process_name, TEXT, "sourceProcessInfo", "name") X(process_id, TEXT, "sourceProcessInfo", "pid") \
    X(process_start, TIME, "sourceProcessInfo", "pidStarttime") X(process_user, TEXT, "sourceProcessInfo", "user")
/* clang-format on */

#define NUMBER(name, kind, object, member) F_##name,
enum { COLUMNS(NUMBER) F_item_id, FIELDS_N, COLUMN_TIME = FIELDS_N, COLUMN_TYPE, COLUMN_EVENT_NAME };

#define FIELD(name, kind, object, member) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD){ "item_id", FIELD_TEXT } };

/* Nested, flat, and flat with the suffix of a type; JSON of a portal export writes zones into its keys. */
#define KEYS(name, kind, object, member)                                                                               \
    { object "." member, F_##name }, { object "_" member, F_##name }, { object "_" member "_s", F_##name },            \
        { object "_" member "_d", F_##name }, { object "_" member "_t", F_##name },                                    \
        { object "_" member "_g", F_##name }, { object "_" member " [UTC]", F_##name },
static const struct key keys[] = { COLUMNS(KEYS) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "_ItemId", F_item_id },
                                   { "Type", COLUMN_TYPE },
                                   { "event_name", COLUMN_EVENT_NAME },
                                   { "event_name_s", COLUMN_EVENT_NAME } };

#define FROM(name, kind, object, member) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(FROM){ F_item_id, F_item_id } };

static const uint16_t times[] = { COLUMN_TIME, F_created_at };
static const char *const tables[] = { "SentinelOne_CL", NULL };

/* Answers of the API do not name themselves. */
static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    struct span name = row_text(row, COLUMN_EVENT_NAME), threat = row_text(row, F_treat_as_threat);
    if (name.n && !span_is(name, "Alerts."))
        return "no_alert";
    if (!span_is(row_text(row, F_event_type), "TCPV4"))
        return "no_connection";
    bool known = span_is(threat, "UNDEFINED") || span_is(threat, "Suspicious") || span_is(threat, "Malicious");
    return known ? NULL : "no_classification";
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = FIELDS_N,
                                        .times = times,
                                        .times_n = 2,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_row };

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"alertInfo\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"event_name", "\"alertInfo_eventType", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "alertInfo_eventType", "event_name", NULL };
    return row_probe_csv(head, words);
}

static const char *const answers[] = { "data", "records", NULL };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "table",
      .help = "SentinelOne_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native",
      .help = "alerts of the API as JSON: lines, or {\"data\":[…]}",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = answers,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "SentinelOne_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(sentinelone) = {
    .id = "sentinelone",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
