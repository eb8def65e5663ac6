/* SentinelOne: alerts of custom rules that matched a connection, as the API returns them (nested objects) and as rows
 * of SentinelOne_CL, whose column names join the names on the way and end with their type; and what agents saw, as the
 * Cloud Funnel and Deep Visibility export it.
 *
 * The table holds alerts, threats, activities and agents; alerts about TCP over IPv4 are sessions.  Of the agents'
 * events those about connections are, whatever the protocol.
 * Source: SentinelOne API 2.1, cloud-detection/alerts; Cloud Funnel 2.0 and 1.0, event schemas.
 */
#include "core/parser.h"
#include "formats/row_forms.h"
#include "formats/timetext.h"

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
enum {
    COLUMNS(NUMBER) F_item_id,
    F_status,
    F_repetitions,
    FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE,
    COLUMN_EVENT_NAME,
    COLUMN_EVENT_TIME, /* from here on of agents' events */
    COLUMN_TIMESTAMP,
    COLUMN_CREATED,
    COLUMN_SRC_IP_6,
    COLUMN_SRC_PORT_6,
    COLUMN_DST_IP_6,
    COLUMN_DST_PORT_6,
    COLUMN_DIRECTION_6,
    COLUMN_STATUS_6
};

#define FIELD(name, kind, object, member) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD){ "item_id", FIELD_TEXT },
                                       { "status", FIELD_DESCRIPTOR },
                                       { "repetitions", FIELD_INTEGER } };

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
                                        .fields_n = sizeof fields_from / sizeof fields_from[0],
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

/* ------------------------------------------------------------------ agents' events */

/* Cloud Funnel's names with points; Deep Visibility's; those of the first Cloud Funnel, where what happened is an
 * object named by its kind, or its kind is a member beside the ends. */
static const struct key event_keys[] = {
    { "event.type", COLUMN_EVENT_NAME },
    { "eventType", COLUMN_EVENT_NAME },
    { "meta.event.name", F_event_type },
    { "event.network.direction", F_direction },
    { "direction", F_direction },
    { "netEventDirection", F_direction },
    { "event.network.connectionStatus", F_status },
    { "netConnStatus", F_status },
    { "src.ip.address", F_src_ip },
    { "srcIp", F_src_ip },
    { "src.port.number", F_src_port },
    { "srcPort", F_src_port },
    { "dst.ip.address", F_dst_ip },
    { "dstIp", F_dst_ip },
    { "dst.port.number", F_dst_port },
    { "dstPort", F_dst_port },
    { "event.time", COLUMN_EVENT_TIME },
    { "eventTime", COLUMN_EVENT_TIME },
    { "event.timestamp.millisecondsSinceEpoch", COLUMN_EVENT_TIME },
    { "timestamp", COLUMN_TIMESTAMP },
    { "createdAt", COLUMN_CREATED },
    { "event.id", F_dv_event_id },
    { "event.repetitionCount", F_repetitions },
    { "endpoint.name", F_agent_name },
    { "agentName", F_agent_name },
    { "meta.computerName", F_agent_name },
    { "meta.computer_name", F_agent_name },
    { "agent.uuid", F_agent_uuid },
    { "agentUuid", F_agent_uuid },
    { "meta.uuid", F_agent_uuid },
    { "endpoint.type", F_machine_type },
    { "agentMachineType", F_machine_type },
    { "os.name", F_os_name },
    { "mgmt.osRevision", F_os_revision },
    { "src.process.name", F_process_name },
    { "processName", F_process_name },
    { "src.process.pid", F_process_id },
    { "pid", F_process_id },
    { "src.process.user", F_process_user },
    { "user", F_process_user },
    { "event.tcpv4.source.address", F_src_ip },
    { "event.tcpv4.source.port", F_src_port },
    { "event.tcpv4.destination.address", F_dst_ip },
    { "event.tcpv4.destination.port", F_dst_port },
    { "event.tcpv4.direction", F_direction },
    { "event.tcpv4.status", F_status },
    { "event.tcpv6.source.address", COLUMN_SRC_IP_6 },
    { "event.tcpv6.source.port", COLUMN_SRC_PORT_6 },
    { "event.tcpv6.destination.address", COLUMN_DST_IP_6 },
    { "event.tcpv6.destination.port", COLUMN_DST_PORT_6 },
    { "event.tcpv6.direction", COLUMN_DIRECTION_6 },
    { "event.tcpv6.status", COLUMN_STATUS_6 },
    { "event_type", COLUMN_EVENT_NAME },
    { "timestamp.millisecondsSinceEpoch", COLUMN_EVENT_TIME },
    { "@timestamp", COLUMN_CREATED },
    { "sourceAddress.address", F_src_ip },
    { "sourceAddress.port", F_src_port },
    { "destinationAddress.address", F_dst_ip },
    { "destinationAddress.port", F_dst_port },
    { "event.sourceAddress.address", F_src_ip },
    { "event.sourceAddress.port", F_src_port },
    { "event.destinationAddress.address", F_dst_ip },
    { "event.destinationAddress.port", F_dst_port },
    { "event.direction", F_direction },
    { "event.status", F_status },
    { "status", F_status },
};

static const struct row_field fields_of_event[] = {
    { F_event_type, F_event_type },
    { F_direction, F_direction },
    { F_direction, COLUMN_DIRECTION_6 },
    { F_status, F_status },
    { F_status, COLUMN_STATUS_6 },
    { F_src_ip, F_src_ip },
    { F_src_ip, COLUMN_SRC_IP_6 },
    { F_src_port, F_src_port },
    { F_src_port, COLUMN_SRC_PORT_6 },
    { F_dst_ip, F_dst_ip },
    { F_dst_ip, COLUMN_DST_IP_6 },
    { F_dst_port, F_dst_port },
    { F_dst_port, COLUMN_DST_PORT_6 },
    { F_dv_event_id, F_dv_event_id },
    { F_repetitions, F_repetitions },
    { F_agent_name, F_agent_name },
    { F_agent_uuid, F_agent_uuid },
    { F_machine_type, F_machine_type },
    { F_os_name, F_os_name },
    { F_os_revision, F_os_revision },
    { F_process_name, F_process_name },
    { F_process_id, F_process_id },
    { F_process_user, F_process_user },
};

/* `IP Connect`, `IPConnect` and `IP_CONNECT` are one. */
static bool is_type(struct span text, const char *words)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ' || c == '_')
            continue;
        if (*words == '\0' || (c | 0x20) != *words)
            return false;
        words++;
    }
    return *words == '\0';
}

static bool is_listening(const struct row *row)
{
    return is_type(row_text(row, COLUMN_EVENT_NAME), "iplisten");
}

static const char *select_event(struct parser *p, const struct row *row)
{
    (void)p;
    struct span type = row_text(row, COLUMN_EVENT_NAME);
    bool connection =
        is_type(type, "ipconnect") || is_type(type, "tcpv4") || is_type(type, "tcpv6") || is_listening(row);
    bool named = row_text(row, F_dst_ip).n || row_text(row, COLUMN_DST_IP_6).n;
    return connection || (type.n == 0 && named) ? NULL : "no_connection";
}

static bool event_time(struct parser *p, const struct row *row, int64_t *ms)
{
    return row_time(row, COLUMN_EVENT_TIME, ms) || timetext_device(row_text(row, COLUMN_EVENT_TIME), p->options, ms) ||
           row_time(row, COLUMN_TIMESTAMP, ms) || row_time(row, COLUMN_CREATED, ms);
}

static const char *derive_event(struct parser *p, const struct row *row, struct record *r)
{
    (void)p;
    if (!record_has(r, F_event_type))
        record_set_text(r, F_event_type, row_has(row, COLUMN_DST_IP_6) ? SPAN_LITERAL("TCPV6") : SPAN_LITERAL("TCPV4"));
    if (is_listening(row)) {
        r->present[F_direction / 64] &= ~(UINT64_C(1) << (F_direction % 64));
        record_set_text(r, F_direction, SPAN_LITERAL("LISTEN"));
    }
    bool ended = row_text(row, F_dst_ip).n || row_text(row, COLUMN_DST_IP_6).n;
    return ended || (is_listening(row) && row_text(row, F_src_ip).n) ? NULL : "no_address";
}

static const struct row_rules event_rules = { .fields = fields_of_event,
                                              .fields_n = sizeof fields_of_event / sizeof fields_of_event[0],
                                              .time = event_time,
                                              .select = select_event,
                                              .derive = derive_event };

static enum parse_result parse_event(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&event_rules, p, unit, r);
}

static enum probe_result probe_event(struct span head)
{
    static const char *const words[] = { "\"src.process.",      "\"dst.ip.address\"",
                                         "\"meta.event.name\"", "\"netConnStatus\"",
                                         "\"tcpv4\"",           "\"tcpv6\"",
                                         "\"agentUuid\"",       NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

/* ------------------------------------------------------------------ forms */

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
    { .name = "native-events",
      .help = "agents' events of the Cloud Funnel or of Deep Visibility as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_event,
      .parse = parse_event,
      .envelope = answers,
      .keys = event_keys,
      .keys_n = COUNT_OF(event_keys) },
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
