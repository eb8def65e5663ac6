/* CrowdStrike Falcon: firewall matches and network accesses of detections, as CEF and LEEF of the SIEM connector and
 * rows of CommonSecurityLog; firewall matches as JSON of the event stream too; connections that sensors saw, as the
 * Falcon Data Replicator writes them.
 *
 * What a firewall match is about stands in keys of its own, which rows have in AdditionalExtensions.
 * Source: CrowdStrike, "Falcon SIEM Connector", "Event Streams API", "Events Data Dictionary".
 */
#include "core/parser.h"

#include "common/ip.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/leef.h"
#include "formats/row_forms.h"
#include "formats/timetext.h"
#include "formats/wrapped.h"

/* Keys of firewall matches and of patterns: field, kind, CEF key, member of `event` in the stream. */
/* clang-format off */
#define OWN(X) \
    X(direction, DESCRIPTOR, "connectionDirection", "ConnectionDirection") \
    X(protocol, DESCRIPTOR, "protocol", "Protocol") X(rule_action, DESCRIPTOR, "ruleAction", "RuleAction") \
    X(event_type, DESCRIPTOR, "eventType", "EventType") \
    X(local_address, TEXT, "localAddress", "LocalAddress") X(local_port, PORT, "localPort", "LocalPort") \
    X(remote_address, TEXT, "remoteAddress", "RemoteAddress") X(remote_port, PORT, "remotePort", "RemotePort") \
    X(match_count, INTEGER, "matchCount", "MatchCount") X(rule_name, TEXT, "ruleName", "RuleName") \
    X(device_id, TEXT, "deviceId", "DeviceId") X(host, TEXT, "hostName", "HostName") \
    X(icmp_code, INTEGER, "icmpCode", "ICMPCode") X(icmp_type, TEXT, "icmpType", "ICMPType") \
    X(disposition, TEXT, "CSMTRPatternDisposition", "PatternDispositionDescription")
/* Columns of the table. */
#define COLUMNS(X) \
    X(event_class, DESCRIPTOR, DeviceEventClassID) X(severity, DESCRIPTOR, LogSeverity) \
    X(outcome, DESCRIPTOR, EventOutcome) X(version, DESCRIPTOR, DeviceVersion) \
    X(receipt_time, TIME, ReceiptTime) X(access_time, TIME, DeviceCustomDate1) \
    X(src_ip, TEXT, SourceIP) X(src_ip_2, TEXT, DeviceCustomIPv6Address2) X(src_port, PORT, SourcePort) \
    X(dst_ip, TEXT, DestinationIP) X(dst_ip_3, TEXT, DeviceCustomIPv6Address3) X(dst_port, PORT, DestinationPort) \
    X(endpoint, TEXT, DestinationHostName) X(endpoint_domain, TEXT, DestinationNTDomain) \
    X(user, TEXT, DestinationUserName) X(mac, TEXT, SourceMACAddress) X(file_name, TEXT, FileName) \
    X(process_id, TEXT, FieldDeviceCustomNumber2) X(external_id, TEXT, ExtID) X(item_id, TEXT, _ItemId)
/* clang-format on */

#define FIELD_NUMBER(name, ...) F_##name,
#define OWN_NUMBER(name, ...)   OWN_##name,
enum { OWN(FIELD_NUMBER) OWN_N, OWN_LAST = OWN_N - 1, COLUMNS(FIELD_NUMBER) F_host_name, F_host_address, FIELDS_N };
enum { OWN_FIRST = CSL_OWN, OWN_BEFORE = OWN_FIRST - 1, OWN(OWN_NUMBER) OWN_END };

#define FIELD(name, kind, ...) { #name, FIELD_##kind },
static const struct field fields[] = { OWN(FIELD) COLUMNS(FIELD){ "host_name", FIELD_TEXT },
                                       { "host_address", FIELD_TEXT } };

static const char firewall_match[] = "FirewallMatchEvent";
static const char network_access[] = "Network Access In A Detection Summary Event";

/* A host is named, or has only its address. */
static void set_host(struct record *r, struct span host)
{
    struct ip address;
    record_set_text(r, ip_parse(host, &address) ? F_host_address : F_host_name, host);
}

/* ------------------------------------------------------------------ CEF and CommonSecurityLog */

#define FROM_OWN(name, ...)          { F_##name, OWN_##name },
#define FROM_COLUMN(name, kind, csl) { F_##name, CSL_##csl },
static const struct commonsecuritylog_field from_csl[] = { OWN(FROM_OWN) COLUMNS(FROM_COLUMN) };

static const char *select_event(struct commonsecuritylog *row)
{
    struct span event_class = commonsecuritylog_get(row, CSL_DeviceEventClassID);
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "CrowdStrike") ||
        !span_is(commonsecuritylog_get(row, CSL_DeviceProduct), "FalconHost"))
        return "other_product";
    return span_is(event_class, firewall_match) || span_is(event_class, network_access) ? NULL : "other_event";
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    set_host(r, commonsecuritylog_text(p, row, OWN_host));
    return NULL;
}

static const uint16_t needs[] = { CSL_ReceiptTime, OWN_host };
static const char *const vendors[] = { "CrowdStrike", NULL };

static const struct commonsecuritylog_rules rules = { .vendors = vendors,
                                                      .fields = from_csl,
                                                      .fields_n = sizeof from_csl / sizeof from_csl[0],
                                                      .needs = needs,
                                                      .needs_n = 2,
                                                      .times = needs,
                                                      .times_n = 1,
                                                      .table_times = needs,
                                                      .table_times_n = 1,
                                                      .select = select_event,
                                                      .derive = derive };

/* Names in LEEF, and the column. */
static const struct {
    const char *name;
    uint16_t column;
} leef_columns[] = {
    { "src", CSL_SourceIP },
    { "srcPort", CSL_SourcePort },
    { "dst", CSL_DestinationIP },
    { "dstPort", CSL_DestinationPort },
    { "proto", OWN_protocol },
    { "connDir", OWN_direction },
    { "devTime", CSL_ReceiptTime },
    { "sev", CSL_LogSeverity },
    { "resource", CSL_DestinationHostName },
    { "domain", CSL_DestinationNTDomain },
    { "usrName", CSL_DestinationUserName },
};

/* `LEEF:1.0|CrowdStrike|FalconHost|1.0|what was detected|cat=NetworkAccesses…`, as the connector writes for QRadar. */
static enum parse_result parse_leef(struct parser *p, struct leef *m, struct record *r)
{
    struct keyvalue_cursor c;
    struct commonsecuritylog row;
    struct span key, value;
    bool access = false;
    if (!leef_read(p, m))
        return record_verdict(r, PARSE_BAD, "leef_header");
    commonsecuritylog_native_row(&rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceVendor, m->vendor);
    commonsecuritylog_set(&row, CSL_DeviceProduct, m->product);
    commonsecuritylog_set(&row, CSL_DeviceVersion, m->version);
    keyvalue_begin(&c, &m->syntax, m->pairs, NULL);
    while (keyvalue_next(&c, &key, &value)) {
        access |= span_is(key, "cat") && span_is(value, "NetworkAccesses");
        for (size_t i = 0; i < sizeof leef_columns / sizeof leef_columns[0]; i++)
            if (span_is(key, leef_columns[i].name))
                commonsecuritylog_set(&row, leef_columns[i].column, value);
    }
    commonsecuritylog_set(&row, CSL_DeviceEventClassID, access ? SPAN_LITERAL(network_access) : m->event);
    r->reason = select_event(&row);
    if (r->reason)
        return PARSE_SKIP;
    return commonsecuritylog_native_record(&rules, p, &row, m->head, r);
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    struct leef m;
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start") || !leef_find(syslog_trim(unit), &m))
        return result;
    return parse_leef(p, &m, r);
}

COMMONSECURITYLOG_PARSE_TABLES(rules)

/* ------------------------------------------------------------------ the event stream */

/* Members are numbered behind the columns of CommonSecurityLog: an object may hold a line of the connector as text. */
enum { STREAM = CSL_NUMBERS_MAX, STREAM_TIMESTAMP = STREAM + FIELDS_N };
_Static_assert((int)STREAM_TIMESTAMP < (int)ROW_NUMBERS_MAX, "no number is left for members");

#define FROM_MEMBER(name, ...) { F_##name, STREAM + F_##name },
static const struct row_field from_stream[] = { OWN(FROM_MEMBER){ F_event_class, STREAM + F_event_class },
                                                { F_receipt_time, STREAM + F_receipt_time } };

static const uint16_t stream_times[] = { STREAM + F_receipt_time, STREAM_TIMESTAMP };

static const char *select_stream(struct parser *p, const struct row *row)
{
    (void)p;
    return span_is(row_text(row, STREAM + F_event_class), firewall_match) ? NULL : "other_event";
}

static const char *derive_stream(struct parser *p, const struct row *row, struct record *r)
{
    (void)p;
    set_host(r, row_text(row, STREAM + F_host));
    return NULL;
}

static const struct row_rules stream_rules = { .fields = from_stream,
                                               .fields_n = sizeof from_stream / sizeof from_stream[0],
                                               .times = stream_times,
                                               .times_n = 2,
                                               .select = select_stream,
                                               .derive = derive_stream };

static enum parse_result parse_stream(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    if (row_has(&row, STREAM + F_event_class))
        return row_record(&stream_rules, p, &row, r);
    enum parse_result result = wrapped_parse(parse_native, p, unit, r);
    bool other = result == PARSE_SKIP && span_is(span_text(r->reason), "no_text");
    return other ? record_verdict(r, PARSE_SKIP, "other_event") : result;
}

/* ------------------------------------------------------------------ sensors' events */

enum { COLUMN_CONTEXT_TIME = FIELDS_N, COLUMN_INGEST_TIME };

/* Events without an address family's end: IP4 and IP6.  A firewall match is one whoever writes it. */
static const struct {
    const char *name, *direction;
    bool match;
} sensor_events[] = {
    { "NetworkConnect", "0", false },
    { "NetworkReceiveAccept", "1", false },
    { "NetworkListen", "listen", false },
    { "FirewallRule", NULL, true },
};

enum { SENSOR_EVENTS_N = sizeof sensor_events / sizeof sensor_events[0] };

static unsigned sensor_event(struct span name)
{
    unsigned i = 0;
    for (; i < SENSOR_EVENTS_N; i++) {
        struct span rest = span_from(name, strlen(sensor_events[i].name));
        if (span_starts(name, span_text(sensor_events[i].name)) &&
            (sensor_events[i].match ? span_is(rest, "IP4Matched") || span_is(rest, "IP6Matched")
                                    : span_is(rest, "IP4") || span_is(rest, "IP6")))
            break;
    }
    return i;
}

static const char *select_sensor(struct parser *p, const struct row *row)
{
    (void)p;
    return sensor_event(row_text(row, F_event_class)) < SENSOR_EVENTS_N ? NULL : "other_event";
}

/* Seconds with a fraction when it happened, milliseconds when it arrived; searches print either as text. */
static bool sensor_time(struct parser *p, const struct row *row, int64_t *ms)
{
    return timetext_device(row_text(row, COLUMN_CONTEXT_TIME), p->options, ms) ||
           timetext_device(row_text(row, COLUMN_INGEST_TIME), p->options, ms);
}

static void replace_text(struct record *r, unsigned field, const char *text)
{
    r->present[field / 64] &= ~(UINT64_C(1) << (field % 64));
    record_set_text(r, field, span_text(text));
}

static const char *derive_sensor(struct parser *p, const struct row *row, struct record *r)
{
    (void)p;
    unsigned event = sensor_event(row_text(row, F_event_class));
    set_host(r, row_text(row, F_host));
    record_set_number(r, F_receipt_time, r->time_ms);
    if (sensor_events[event].direction)
        replace_text(r, F_direction, sensor_events[event].direction);
    if (sensor_events[event].match) {
        record_set_text(r, F_event_type, row_text(row, F_event_class));
        replace_text(r, F_event_class, firewall_match);
    }
    bool ended = row_text(row, F_remote_address).n > 0 || (event == 2 && row_text(row, F_local_address).n > 0);
    return ended ? NULL : "no_address";
}

static const struct row_field from_sensor[] = {
    { F_event_class, F_event_class },       { F_direction, F_direction },         { F_protocol, F_protocol },
    { F_rule_action, F_rule_action },       { F_local_address, F_local_address }, { F_local_port, F_local_port },
    { F_remote_address, F_remote_address }, { F_remote_port, F_remote_port },     { F_match_count, F_match_count },
    { F_rule_name, F_rule_name },           { F_device_id, F_device_id },         { F_file_name, F_file_name },
    { F_icmp_code, F_icmp_code },           { F_icmp_type, F_icmp_type },
};

static const struct row_rules sensor_rules = { .fields = from_sensor,
                                               .fields_n = sizeof from_sensor / sizeof from_sensor[0],
                                               .time = sensor_time,
                                               .select = select_sensor,
                                               .derive = derive_sensor };

static enum parse_result parse_sensor(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&sensor_rules, p, unit, r);
}

static enum parse_result parse_sensor_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&sensor_rules, p, unit, r);
}

/* ------------------------------------------------------------------ forms */

/* As replicated, inside a pipeline's `event`, as searches export it, and as a table's columns. */
#define SENSOR_KEY(name, number)                                                                                       \
    { name, (number) }, { "event." name, (number) }, { name "_decimal", (number) }, { name "_s", (number) },           \
        { name "_d", (number) },
static const struct key sensor_keys[] = {
    SENSOR_KEY("event_simpleName", F_event_class) SENSOR_KEY("LocalAddressIP4", F_local_address)
        SENSOR_KEY("LocalAddressIP6", F_local_address) SENSOR_KEY("RemoteAddressIP4", F_remote_address)
            SENSOR_KEY("RemoteAddressIP6", F_remote_address) SENSOR_KEY("LocalPort", F_local_port)
                SENSOR_KEY("RemotePort", F_remote_port) SENSOR_KEY("Protocol", F_protocol)
                    SENSOR_KEY("ConnectionDirection", F_direction) SENSOR_KEY("RuleAction", F_rule_action)
                        SENSOR_KEY("MatchCount", F_match_count) SENSOR_KEY("ICMPCode", F_icmp_code)
                            SENSOR_KEY("ICMPType", F_icmp_type) SENSOR_KEY("ContextTimeStamp", COLUMN_CONTEXT_TIME)
                                SENSOR_KEY("timestamp", COLUMN_INGEST_TIME)
                                    SENSOR_KEY("ContextBaseFileName", F_file_name)
                                        SENSOR_KEY("FirewallRule", F_rule_name) SENSOR_KEY("ComputerName", F_host)
                                            SENSOR_KEY("aid", F_device_id){ "#event_simpleName", F_event_class },
    { "@timestamp", COLUMN_INGEST_TIME },
    { "_time", COLUMN_INGEST_TIME },
    { "p_event_time", COLUMN_INGEST_TIME },
    { "RuleName", F_rule_name },
    { "LocalIP", F_local_address },
    { "LPort", F_local_port },
    { "RemoteIP", F_remote_address },
    { "RPort", F_remote_port },
};

#define CEF_KEY(name, kind, key, member) { key, OWN_##name },
#define STREAM_KEY(name, kind, key, member)                                                                            \
    { "event." member, STREAM + F_##name }, { "message.event." member, STREAM + F_##name },
static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS OWN(CEF_KEY) };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS OWN(CEF_KEY) };
static const struct key stream_keys[] = {
    COMMONSECURITYLOG_CEF_KEYS OWN(CEF_KEY) OWN(STREAM_KEY){ "metadata.eventType", STREAM + F_event_class },
    { "message.metadata.eventType", STREAM + F_event_class },
    { "metadata.eventCreationTime", STREAM + F_receipt_time },
    { "message.metadata.eventCreationTime", STREAM + F_receipt_time },
    { "event.Timestamp", STREAM_TIMESTAMP },
    { "message.event.Timestamp", STREAM_TIMESTAMP },
};

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "|CrowdStrike|", NULL };
    return commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_stream(struct span head)
{
    static const char *const words[] = { "\"eventCreationTime\"", "eventCreationTime", NULL };
    static const char *const lines[] = { "|CrowdStrike|", NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY ? result : wrapped_probe(head, lines);
}

static enum probe_result probe_sensor(struct span head)
{
    static const char *const words[] = { "event_simpleName\"", "event_simpleName_s\"", NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

static enum probe_result probe_sensor_csv(struct span head)
{
    bool remote = row_has_column(head, "RemoteAddressIP") || row_has_column(head, "RemoteIP");
    return remote && row_has_column(head, "event_simpleName") ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"CrowdStrike\"", NULL };
    return commonsecuritylog_probe_table(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    static const char *const words[] = { "CrowdStrike", NULL };
    return commonsecuritylog_probe_table_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native", "CEF or LEEF of the Falcon SIEM connector, in syslog or alone", probe_native,
                                 parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORM("CommonSecurityLog rows as JSON"),
    COMMONSECURITYLOG_WRAPPED_FORM(
        "events of the Falcon event stream as JSON, or the connector's lines as text in JSON", probe_stream,
        parse_stream, struct commonsecuritylog_native, stream_keys),
    { .name = "native-fdr",
      .help = "sensors' events of the Falcon Data Replicator, or of a search, as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_sensor,
      .parse = parse_sensor,
      .keys = sensor_keys,
      .keys_n = COUNT_OF(sensor_keys) },
    { .name = "native-fdr-csv",
      .help = "sensors' events as CSV of a search",
      .framing = FRAMING_CSV,
      .probe = probe_sensor_csv,
      .parse = parse_sensor_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = sensor_keys,
      .keys_n = COUNT_OF(sensor_keys) },
    COMMONSECURITYLOG_TABLE_CSV_FORM("table-csv", probe_table_csv, parse_table_csv),
};

COLLECTOR(crowdstrike) = {
    .id = "crowdstrike",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
