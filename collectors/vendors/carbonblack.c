/* VMware Carbon Black Cloud: events of the Data Forwarder as JSON lines, and rows of CarbonBlackEvents_CL, whose
 * columns end with their type.  Network connections (endpoint.event.netconn) are sessions; notifications, which stand
 * in a table of their own and may come in the same export, are not.  Carbon Black EDR (Response): connections that its
 * Event Forwarder (ingress.event.netconn) writes as JSON or LEEF.
 *
 * The event's time is the backend's, as the table has it.
 * Source: Carbon Black Cloud, "Data Forwarder: endpoint event schema"; Carbon Black EDR, "Event Forwarder: event
 * schema".
 */
#include "core/parser.h"
#include "formats/keyvalue.h"
#include "formats/row_forms.h"
#include "formats/syslog.h"
#include "formats/timetext.h"

/* Field, kind, column. */
/* clang-format off */
#define COLUMNS(X) \
    X(netconn_protocol, DESCRIPTOR) X(sensor_action, DESCRIPTOR) X(action, DESCRIPTOR) \
    X(remote_ip, TEXT) X(remote_port, PORT) X(local_ip, TEXT) X(local_port, PORT) \
    X(device_name, TEXT) X(device_id, TEXT) X(device_os, TEXT) X(device_external_ip, TEXT) X(event_id, TEXT) \
    X(event_description, TEXT) X(event_origin, TEXT) X(process_path, TEXT) X(process_pid, INTEGER) \
    X(process_username, TEXT) X(process_guid, TEXT) X(org_key, TEXT) X(netconn_domain, TEXT)
/* Fields that no one column is. */
#define DERIVED(X) \
    X(first_action, DESCRIPTOR) X(inbound, DESCRIPTOR) X(remote_ip_version, DESCRIPTOR) X(create_time, TIME) \
    X(domain, TEXT) X(edr_direction, DESCRIPTOR)
/* clang-format on */

#define NUMBER(name, kind) F_##name,
enum {
    COLUMNS(NUMBER) F_item_id,
    DERIVED(NUMBER) FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE,
    COLUMN_EVENT_TYPE,
    COLUMN_NATIVE_TYPE,
    COLUMN_CREATE_TIME,
    COLUMN_BACKEND_TIME,
    COLUMN_INBOUND,
    COLUMN_EDR_TIMESTAMP, /* from here on of the Event Forwarder */
    COLUMN_EDR_DIRECTION,
    COLUMN_EDR_IPV4, /* of the remote end, where older versions have no remote_ip */
    COLUMN_EDR_PORT
};

#define FIELD(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD){ "item_id", FIELD_TEXT }, DERIVED(FIELD) };

#define NAMES(name, number) { name, number }, { name "_s", number }, { name "_d", number }, { name "_g", number },
#define KEYS(name, kind)    NAMES(#name, F_##name)
static const struct key keys[] = { COLUMNS(KEYS) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "_ItemId", F_item_id },
                                   { "Type", COLUMN_TYPE },
                                   { "type", COLUMN_NATIVE_TYPE },
                                   NAMES("eventType", COLUMN_EVENT_TYPE) NAMES("createTime", COLUMN_CREATE_TIME) NAMES(
                                       "backend_timestamp", COLUMN_BACKEND_TIME){ "netconn_inbound", COLUMN_INBOUND },
                                   { "netconn_inbound_b", COLUMN_INBOUND },
                                   { "netconn_inbound_s", COLUMN_INBOUND } };

#define FROM(name, kind) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(FROM){ F_item_id, F_item_id } };

static const uint16_t times[] = { COLUMN_TIME };
static const char *const tables[] = { "CarbonBlackEvents_CL", NULL };

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    unsigned column = row_text(row, COLUMN_EVENT_TYPE).n ? COLUMN_EVENT_TYPE : COLUMN_NATIVE_TYPE;
    return span_is(row_text(row, column), "endpoint.event.netconn") ? NULL : "no_netconn";
}

/* `2024-06-01 12:01:10.25 +0000 UTC`: what stands before the first plus is UTC. */
static bool backend_time(struct parser *p, const struct row *row, int64_t *ms)
{
    (void)p;
    unsigned column = row_text(row, COLUMN_CREATE_TIME).n ? COLUMN_CREATE_TIME : COLUMN_BACKEND_TIME;
    struct span text = row_text(row, column);
    text.n = span_find(text, '+', 0);
    return timetext_column(span_trim(text), ms);
}

static bool has(struct span text, char c)
{
    return span_find(text, c, 0) < text.n;
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    int64_t ms;
    int inbound = row_truth(row, COLUMN_INBOUND);
    struct span action = row_text(row, F_action), remote = row_text(row, F_remote_ip);
    record_set_text(r, F_first_action, span_trim(span_of(action.p, span_find(action, '|', 0))));
    if (inbound >= 0)
        record_set_text(r, F_inbound, inbound ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
    if (has(remote, '.') || has(remote, ':'))
        record_set_text(r, F_remote_ip_version, has(remote, '.') ? SPAN_LITERAL("IPv4") : SPAN_LITERAL("IPv6"));
    if (backend_time(p, row, &ms))
        record_set_number(r, F_create_time, ms);
    struct span domain = row_text(row, F_netconn_domain);
    if (has(domain, '.') && !has(domain, ':') && !span_equal(domain, remote))
        record_set_text(r, F_domain, domain);
    return NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = F_item_id + 1,
                                        .times = times,
                                        .times_n = 1,
                                        .time = backend_time,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_row,
                                        .derive = derive };

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

/* ------------------------------------------------------------------ Event Forwarder */

/* As the forwarder writes it, and inside the object that a shipper puts it into. */
#define EDR_KEY(name, number) { name, (number) }, { "json." name, (number) },
static const struct key edr_keys[] = {
    EDR_KEY("type", COLUMN_NATIVE_TYPE) EDR_KEY("timestamp", COLUMN_EDR_TIMESTAMP)
        EDR_KEY("protocol", F_netconn_protocol) EDR_KEY("direction", COLUMN_EDR_DIRECTION)
            EDR_KEY("remote_ip", F_remote_ip) EDR_KEY("remote_port", F_remote_port) EDR_KEY("local_ip", F_local_ip)
                EDR_KEY("local_port", F_local_port) EDR_KEY("ipv4", COLUMN_EDR_IPV4) EDR_KEY("port", COLUMN_EDR_PORT)
                    EDR_KEY("domain", F_netconn_domain) EDR_KEY("computer_name", F_device_name)
                        EDR_KEY("sensor_id", F_device_id) EDR_KEY("process_path", F_process_path)
                            EDR_KEY("process_guid", F_process_guid) EDR_KEY("pid", F_process_pid)
                                EDR_KEY("username", F_process_username)
};

static const struct row_field edr_fields[] = {
    { F_netconn_protocol, F_netconn_protocol },
    { F_remote_ip, F_remote_ip },
    { F_remote_ip, COLUMN_EDR_IPV4 },
    { F_remote_port, F_remote_port },
    { F_remote_port, COLUMN_EDR_PORT },
    { F_local_ip, F_local_ip },
    { F_local_port, F_local_port },
    { F_netconn_domain, F_netconn_domain },
    { F_device_name, F_device_name },
    { F_device_id, F_device_id },
    { F_process_path, F_process_path },
    { F_process_guid, F_process_guid },
    { F_process_pid, F_process_pid },
    { F_process_username, F_process_username },
};

static const char *select_edr(struct parser *p, const struct row *row)
{
    (void)p;
    return span_is(row_text(row, COLUMN_NATIVE_TYPE), "ingress.event.netconn") ? NULL : "no_netconn";
}

/* Epoch seconds, perhaps with a fraction. */
static bool edr_time(struct parser *p, const struct row *row, int64_t *ms)
{
    return timetext_device(row_text(row, COLUMN_EDR_TIMESTAMP), p->options, ms);
}

static const char *derive_edr(struct parser *p, const struct row *row, struct record *r)
{
    (void)p;
    struct span remote = row_text(row, row_text(row, F_remote_ip).n ? F_remote_ip : COLUMN_EDR_IPV4);
    bool inbound = span_is(row_text(row, COLUMN_EDR_DIRECTION), "inbound");
    record_set_text(r, F_edr_direction, inbound ? SPAN_LITERAL("inbound") : SPAN_LITERAL("outbound"));
    if (has(remote, '.') || has(remote, ':'))
        record_set_text(r, F_remote_ip_version, has(remote, '.') ? SPAN_LITERAL("IPv4") : SPAN_LITERAL("IPv6"));
    record_set_number(r, F_create_time, r->time_ms);
    return remote.n ? NULL : "no_address";
}

static const struct row_rules edr_rules = { .fields = edr_fields,
                                            .fields_n = sizeof edr_fields / sizeof edr_fields[0],
                                            .time = edr_time,
                                            .select = select_edr,
                                            .derive = derive_edr };

static enum parse_result parse_edr(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&edr_rules, p, unit, r);
}

/* `LEEF:1.0|CB|CB|version|type|` and pairs; those of QRadar (src, dst) say the same as local_ip and remote_ip. */
static enum parse_result parse_leef(struct parser *p, struct span unit, struct record *r)
{
    static const struct keyvalue_syntax syntax = { .separator = '\t', .sign = '=', .bare_escapes = true };
    struct keyvalue_cursor pairs;
    struct span line = syslog_trim(unit), key, value;
    struct row row;
    if (line.n == 0)
        return PARSE_NOTHING;
    line = span_from(line, span_search(line, SPAN_LITERAL("LEEF:")));
    if (line.n == 0)
        return record_verdict(r, PARSE_SKIP, "not_leef");
    for (unsigned bars = 0; bars < 5; bars++)
        line = span_from(line, span_find(line, '|', 0) + 1);
    row_clear(&row);
    keyvalue_begin(&pairs, &syntax, line, p->keys);
    while (keyvalue_next(&pairs, &key, &value))
        if (pairs.number != KEY_NONE)
            row_set(&row, (unsigned)pairs.number,
                    &(struct json_value){ JSON_STRING, keyvalue_unescape(p, &syntax, value, false) });
    return row_record(&edr_rules, p, &row, r);
}

static enum probe_result probe_edr(struct span head)
{
    static const char *const words[] = { "\"ingress.event.", NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

static enum probe_result probe_leef(struct span head)
{
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    return span_search(line, SPAN_LITERAL("|CB|CB|")) < line.n ? PROBE_LIKELY : PROBE_NO;
}

/* ------------------------------------------------------------------ forms */

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"endpoint.event.", "\"backend_timestamp\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"TimeGenerated", "\"eventType_s\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "netconn_protocol", "eventType", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const char *const edr_envelope[] = { "events", "records", NULL };

static const struct form forms[] = {
    { .name = "table",
      .help = "CarbonBlackEvents_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native",
      .help = "events of the Data Forwarder as JSON lines",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native-edr",
      .help = "events of Carbon Black EDR's Event Forwarder as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_edr,
      .parse = parse_edr,
      .envelope = edr_envelope,
      .keys = edr_keys,
      .keys_n = COUNT_OF(edr_keys) },
    { .name = "native-leef",
      .help = "the same as LEEF, in syslog or alone",
      .framing = FRAMING_SYSLOG,
      .probe = probe_leef,
      .parse = parse_leef,
      .keys = edr_keys,
      .keys_n = COUNT_OF(edr_keys) },
    { .name = "table-csv",
      .help = "CarbonBlackEvents_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(carbonblack) = {
    .id = "carbonblack",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
