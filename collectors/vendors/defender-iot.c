/* Microsoft Defender for IoT: raw events of micro agents (SecurityIoTRawEvent) and of network sensors
 * (DefenderIoTRawEvent, and SecurityIoTRawEvent of older ones), as JSON or CSV rows.
 *
 * What happened stands in EventDetails, an object or its text; RawEventName says what it is.  Three are sessions:
 * NetworkActivity of agents, NetworkConnectionData of sensors, ConnectionData of older sensors.  An agent does not say
 * who opened a connection: the end with the higher port is taken for the client, so its ports have to be there.
 */
#include "core/parser.h"
#include "formats/row_forms.h"

/* Field, kind, column or path. */
/* clang-format off */
#define COLUMNS(X) \
    X(event, DESCRIPTOR, "RawEventName") X(protocol, DESCRIPTOR, "EventDetails.Protocol") \
    X(transport_protocol, DESCRIPTOR, "EventDetails.TransportProtocol") \
    X(is_internal, DESCRIPTOR, "EventDetails.IsInternal") \
    X(message_source, DESCRIPTOR, "EventDetails.MessageSource") \
    X(local_address, TEXT, "EventDetails.LocalAddress") X(local_port, PORT, "EventDetails.LocalPort") \
    X(remote_address, TEXT, "EventDetails.RemoteAddress") X(remote_port, PORT, "EventDetails.RemotePort") \
    X(bytes_in, INTEGER, "EventDetails.BytesIn") X(bytes_out, INTEGER, "EventDetails.BytesOut") \
    X(process_id, TEXT, "EventDetails.ProcessId") X(user_id, TEXT, "EventDetails.UserId") \
    X(application_protocol, TEXT, "EventDetails.ApplicationProtocol") \
    X(agent_device_id, TEXT, "EventDetails.DeviceId") X(original_event_id, TEXT, "EventDetails.OriginalEventId") \
    X(agent_version, TEXT, "AgentVersion") X(device_id, TEXT, "DeviceId") \
    X(subscription_id, TEXT, "AzureSubscriptionId") \
    X(id, TEXT, "EventDetails.Id") X(source_id, TEXT, "EventDetails.SourceId") \
    X(last_seen, TIME, "EventDetails.LastSeen") \
    X(source_device_id, TEXT, "EventDetails.Source.DeviceId") \
    X(source_device_name, TEXT, "EventDetails.Source.DeviceName") \
    X(source_address, TEXT, "EventDetails.Source.IPAddress") X(source_mac, TEXT, "EventDetails.Source.MacAddress") \
    X(source_port, PORT, "EventDetails.Source.Port") \
    X(destination_device_id, TEXT, "EventDetails.Destination.DeviceId") \
    X(destination_device_name, TEXT, "EventDetails.Destination.DeviceName") \
    X(destination_address, TEXT, "EventDetails.Destination.IPAddress") \
    X(destination_mac, TEXT, "EventDetails.Destination.MacAddress") \
    X(destination_port, PORT, "EventDetails.Destination.Port") \
    X(schema_version, TEXT, "EventDetails.SchemaVersion") \
    X(client_address, TEXT, "EventDetails.ClientDevice.ipAddress") \
    X(client_device_id, TEXT, "EventDetails.ClientDevice.deviceId") \
    X(client_device_name, TEXT, "EventDetails.ClientDevice.deviceName") \
    X(client_device_type, TEXT, "EventDetails.ClientDevice.deviceType") \
    X(server_address, TEXT, "EventDetails.ServerDevice.ipAddress") \
    X(server_device_id, TEXT, "EventDetails.ServerDevice.deviceId") \
    X(server_device_name, TEXT, "EventDetails.ServerDevice.deviceName") \
    X(server_device_type, TEXT, "EventDetails.ServerDevice.deviceType") \
    X(server_port, PORT, "EventDetails.ServerPort")
/* clang-format on */

#define NUMBER(name, kind, column) F_##name,
enum {
    COLUMNS(NUMBER) COLUMNS_N,
    F_local_port_is_higher = COLUMNS_N, /* of NetworkActivity: true or false */
    FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE
};

#define FIELD(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD){ "local_port_is_higher", FIELD_DESCRIPTOR } };

#define KEYS(name, kind, column) { column, F_##name },
static const struct key keys[] = { COLUMNS(KEYS) ROW_TIME_GENERATED(COLUMN_TIME), { "Type", COLUMN_TYPE } };

#define FROM(name, kind, column) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(FROM) };

static const uint16_t times[] = { COLUMN_TIME };
static const char *const tables[] = { "SecurityIoTRawEvent", "DefenderIoTRawEvent", NULL };

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    struct span event = row_text(row, F_event), table = row_text(row, COLUMN_TYPE);
    bool sensor = span_is(event, "NetworkConnectionData");
    if (!sensor && !span_is(event, "NetworkActivity") && !span_is(event, "ConnectionData"))
        return "other_event";
    return table.n && span_is(table, "DefenderIoTRawEvent") != sensor ? "other_event" : NULL;
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    (void)p;
    int64_t local, remote;
    if (!span_is(row_text(row, F_event), "NetworkActivity"))
        return NULL;
    if (!row_whole(row, F_local_port, &local) || !row_whole(row, F_remote_port, &remote))
        return "port";
    record_set_text(r, F_local_port_is_higher, local > remote ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
    return NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = COLUMNS_N,
                                        .times = times,
                                        .times_n = 1,
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

static enum probe_result probe_json(struct span head)
{
    static const char *const words[] = { "\"RawEventName\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "RawEventName", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "table",
      .help = "SecurityIoTRawEvent or DefenderIoTRawEvent rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_json,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native",
      .help = "raw events as JSON lines: what the service delivers has the shape of table",
      .framing = FRAMING_JSON,
      .probe = probe_json,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "SecurityIoTRawEvent or DefenderIoTRawEvent rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(defender_iot) = {
    .id = "defender-iot",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
