/* Amazon GuardDuty findings: JSON lines of the export to S3, EventBridge events (the finding is their `detail`),
 * answers of the API and its command line (names begin with capitals), and rows of AWSGuardDuty, whose columns
 * ServiceDetails and ResourceDetails hold JSON.
 *
 * Findings are alerts; those with network context are sessions: network connections, AWS API calls, and port probes,
 * which are one session for each probed port.
 * Source: Amazon GuardDuty User Guide, "Finding details" and "Exporting findings".
 */
#include "core/parser.h"
#include "formats/row_forms.h"

enum { PROBES_MAX = 16 }; /* as many sessions as one record can be */

/* Members of the finding's `service` and `resource`: field, kind, path as the export spells it and as the API does. */
/* clang-format off */
#define SERVICE(X) \
    X(action_type, DESCRIPTOR, "action.actionType", "Action.ActionType") \
    X(direction, DESCRIPTOR, CONNECTION "connectionDirection", CONNECTION_API "ConnectionDirection") \
    X(protocol, DESCRIPTOR, CONNECTION "protocol", CONNECTION_API "Protocol") \
    X(blocked, DESCRIPTOR, CONNECTION "blocked", CONNECTION_API "Blocked") \
    X(connection_local_port, PORT, CONNECTION "localPortDetails.port", CONNECTION_API "LocalPortDetails.Port") \
    X(connection_remote_port, PORT, CONNECTION "remotePortDetails.port", CONNECTION_API "RemotePortDetails.Port") \
    X(connection_remote_ip, TEXT, CONNECTION REMOTE "ipAddressV4", CONNECTION_API REMOTE_API "IpAddressV4") \
    X(connection_country, TEXT, CONNECTION REMOTE "country.countryName", \
      CONNECTION_API REMOTE_API "Country.CountryName") \
    X(connection_city, TEXT, CONNECTION REMOTE "city.cityName", CONNECTION_API REMOTE_API "City.CityName") \
    X(connection_org, TEXT, CONNECTION REMOTE "organization.org", CONNECTION_API REMOTE_API "Organization.Org") \
    X(call_remote_ip, TEXT, CALL REMOTE "ipAddressV4", CALL_API REMOTE_API "IpAddressV4") \
    X(call_country, TEXT, CALL REMOTE "country.countryName", CALL_API REMOTE_API "Country.CountryName") \
    X(call_city, TEXT, CALL REMOTE "city.cityName", CALL_API REMOTE_API "City.CityName") \
    X(call_org, TEXT, CALL REMOTE "organization.org", CALL_API REMOTE_API "Organization.Org")
#define RESOURCE(X) \
    X(instance_id, TEXT, "instanceDetails.instanceId", "InstanceDetails.InstanceId") \
    X(platform, TEXT, "instanceDetails.platform", "InstanceDetails.Platform") \
    X(private_ip, TEXT, INTERFACE "privateIpAddress", INTERFACE_API "PrivateIpAddress") \
    X(public_ip, TEXT, INTERFACE "publicIp", INTERFACE_API "PublicIp") \
    X(interface_id, TEXT, INTERFACE "networkInterfaceId", INTERFACE_API "NetworkInterfaceId") \
    X(vpc_id, TEXT, INTERFACE "vpcId", INTERFACE_API "VpcId")
#define CONNECTION "action.networkConnectionAction."
#define CONNECTION_API "Action.NetworkConnectionAction."
#define PROBE "action.portProbeAction.portProbeDetails.0."
#define PROBE_API "Action.PortProbeAction.PortProbeDetails.0."
#define CALL "action.awsApiCallAction."
#define CALL_API "Action.AwsApiCallAction."
#define LOCAL_IP "localIpDetails.ipAddressV4"
#define LOCAL_IP_API "LocalIpDetails.IpAddressV4"
#define REMOTE "remoteIpDetails."
#define REMOTE_API "RemoteIpDetails."
#define INTERFACE "instanceDetails.networkInterfaces.0."
#define INTERFACE_API "InstanceDetails.NetworkInterfaces.0."
/* Members of the finding itself. */
#define FINDING(X) \
    X(created_at, TIME, "createdAt", "CreatedAt") X(title, TEXT, "title", "Title") \
    X(schema_version, TEXT, "schemaVersion", "SchemaVersion") X(severity, TEXT, "severity", "Severity")
#define PROBES(X) \
    X(0, "0") X(1, "1") X(2, "2") X(3, "3") X(4, "4") X(5, "5") X(6, "6") X(7, "7") X(8, "8") X(9, "9") X(10, "10") \
    X(11, "11") X(12, "12") X(13, "13") X(14, "14") X(15, "15")
/* Fields that no one column is. */
#define DERIVED(X) \
    X(id, TEXT) X(uid, TEXT) X(finding_type, TEXT) X(is_blocked, DESCRIPTOR) X(severity_whole, DESCRIPTOR) \
    X(severity_tenths, INTEGER) X(remote_ip, TEXT) X(local_ip, TEXT) X(probes, DESCRIPTOR)
/* clang-format on */

#define NUMBER(name, ...)     F_##name,
#define PROBE_NUMBER(i, text) F_probe_port_##i, F_probe_ip_##i,
enum {
    SERVICE(NUMBER) RESOURCE(NUMBER) FINDING(NUMBER) COLUMNS_N,
    COLUMNS_END = COLUMNS_N - 1,
    DERIVED(NUMBER) PROBES(PROBE_NUMBER) FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_UPDATED_AT,
    COLUMN_ID,
    COLUMN_DETAIL_ID,
    COLUMN_ACTIVITY_TYPE,
    COLUMN_TYPE,
    COLUMN_MORE_PROBES,
    COLUMN_LOCAL_IP, /* of native findings, for what has no network interface: a cluster, a container */
    COLUMN_PROBES    /* port and address of each */
};
_Static_assert(COLUMN_PROBES + 2 * PROBES_MAX <= ROW_NUMBERS_MAX, "columns");

#define FIELD(name, kind, ...) { #name, FIELD_##kind },
#define PROBE_FIELD(i, text)   { "probe_port_" text, FIELD_PORT }, { "probe_ip_" text, FIELD_TEXT },
static const struct field fields[] = { SERVICE(FIELD) RESOURCE(FIELD) FINDING(FIELD) DERIVED(FIELD)
                                           PROBES(PROBE_FIELD) };

#define IN_FINDING(path, api, number)                                                                                  \
    { path, number }, { "detail." path, number }, { "message." path, number }, { "event.original." path, number },     \
        { api, number },
#define IN_SERVICE(path, api, number)                                                                                  \
    IN_FINDING("service." path, "Service." api, number){ "ServiceDetails." path, number },
#define IN_RESOURCE(path, api, number)                                                                                 \
    IN_FINDING("resource." path, "Resource." api, number){ "ResourceDetails." path, number },
#define SERVICE_KEY(name, kind, path, api)  IN_SERVICE(path, api, F_##name)
#define RESOURCE_KEY(name, kind, path, api) IN_RESOURCE(path, api, F_##name)
#define FINDING_KEY(name, kind, path, api)  IN_FINDING(path, api, F_##name)
#define PROBE_KEY(i, text)                                                                                             \
    IN_SERVICE("action.portProbeAction.portProbeDetails." text ".localPortDetails.port",                               \
               "Action.PortProbeAction.PortProbeDetails." text ".LocalPortDetails.Port", COLUMN_PROBES + 2 * (i))      \
    IN_SERVICE("action.portProbeAction.portProbeDetails." text ".remoteIpDetails.ipAddressV4",                         \
               "Action.PortProbeAction.PortProbeDetails." text ".RemoteIpDetails.IpAddressV4",                         \
               COLUMN_PROBES + 2 * (i) + 1)
static const struct key keys[] = {
    SERVICE(SERVICE_KEY) RESOURCE(RESOURCE_KEY) FINDING(FINDING_KEY) PROBES(PROBE_KEY) IN_SERVICE(
        "action.portProbeAction.portProbeDetails.16", "Action.PortProbeAction.PortProbeDetails.16", COLUMN_MORE_PROBES)
        IN_FINDING("service." CONNECTION LOCAL_IP, "Service." CONNECTION_API LOCAL_IP_API, COLUMN_LOCAL_IP)
            IN_FINDING("service." PROBE LOCAL_IP, "Service." PROBE_API LOCAL_IP_API, COLUMN_LOCAL_IP)
                IN_FINDING("updatedAt", "UpdatedAt", COLUMN_UPDATED_AT) ROW_TIME_GENERATED(COLUMN_TIME),
    { "TimeCreated", F_created_at },
    { "id", COLUMN_ID },
    { "Id", COLUMN_ID },
    { "message.id", COLUMN_ID },
    { "event.original.id", COLUMN_ID },
    { "detail.id", COLUMN_DETAIL_ID },
    { "type", COLUMN_ACTIVITY_TYPE },
    { "detail.type", COLUMN_ACTIVITY_TYPE },
    { "message.type", COLUMN_ACTIVITY_TYPE },
    { "event.original.type", COLUMN_ACTIVITY_TYPE },
    { "ActivityType", COLUMN_ACTIVITY_TYPE },
    { "Type", COLUMN_TYPE },
};

#define FROM(name, ...) { F_##name, F_##name },
static const struct row_field fields_from[] = { SERVICE(FROM) RESOURCE(FROM) FINDING(FROM) };

/* A finding is published again whenever it is updated. */
static const uint16_t times[] = { COLUMN_TIME, COLUMN_UPDATED_AT, F_created_at };

static bool is_action(const struct row *row, const char *action)
{
    return span_is(row_text(row, F_action_type), action);
}

static unsigned probe_column(unsigned i)
{
    return COLUMN_PROBES + 2 * i;
}

/* Of what is no port probe. */
static struct span remote_of(const struct row *row)
{
    return row_text(row, is_action(row, "AWS_API_CALL") ? F_call_remote_ip : F_connection_remote_ip);
}

/* In the API's answers Type is the finding's, `Recon:EC2/Portscan`; in rows it is the table's. */
static bool is_finding_type(struct span type)
{
    return span_find(type, ':', 0) < type.n;
}

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    struct span type = row_text(row, COLUMN_TYPE);
    if (type.n && !span_is(type, "AWSGuardDuty") && !is_finding_type(type))
        return "other_table";
    if (is_action(row, "PORT_PROBE")) {
        for (unsigned i = 0; i < PROBES_MAX; i++)
            if (row_text(row, probe_column(i) + 1).n)
                return NULL;
        return "no_remote_address";
    }
    if (!is_action(row, "NETWORK_CONNECTION") && !is_action(row, "AWS_API_CALL"))
        return "no_network_action";
    return remote_of(row).n ? NULL : "no_remote_address";
}

/* Those with an address, one behind the other, and their number. */
static void set_probes(const struct row *row, struct record *r)
{
    static const char *const numbers[PROBES_MAX + 1] = { "0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                         "9", "10", "11", "12", "13", "14", "15", "16" };
    unsigned n = 0;
    for (unsigned i = 0; i < PROBES_MAX; i++) {
        if (row_text(row, probe_column(i) + 1).n == 0)
            continue;
        row_copy_port(row, probe_column(i), r, F_probe_port_0 + 2 * n);
        row_copy_text(row, probe_column(i) + 1, r, F_probe_ip_0 + 2 * n);
        n++;
    }
    record_set_text(r, F_probes, span_text(numbers[n]));
}

/* 0 to 10 with a fraction: its whole part, for what the map tells apart by it, and its tenths. */
static void set_severity(const struct row *row, struct record *r)
{
    static const char *const numbers[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" };
    struct span text = span_trim(row_text(row, F_severity));
    size_t point = span_find(text, '.', 0);
    int64_t whole;
    if (!row_whole(row, F_severity, &whole) || whole < 0)
        return;
    whole = whole > 10 ? 10 : whole;
    char tenths = point + 1 < text.n ? text.p[point + 1] : '0';
    record_set_text(r, F_severity_whole, span_text(numbers[whole]));
    record_set_number(r, F_severity_tenths, 10 * whole + (tenths >= '0' && tenths <= '9' ? tenths - '0' : 0));
}

/* The service's ids of findings are unique among its own. */
static struct span uid_of(struct parser *p, struct span id)
{
    static const char prefix[] = "guardduty-";
    char *text = id.n ? parser_scratch(p, sizeof prefix - 1 + id.n) : NULL;
    if (!text)
        return span_of("", 0);
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, id.p, id.n);
    return span_of(text, sizeof prefix - 1 + id.n);
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    int blocked = row_truth(row, F_blocked);
    if (blocked >= 0)
        record_set_text(r, F_is_blocked, blocked ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
    if (is_action(row, "PORT_PROBE"))
        set_probes(row, r);
    else
        record_set_text(r, F_remote_ip, remote_of(row));
    set_severity(row, r);
    struct span id = row_text(row, row_text(row, COLUMN_DETAIL_ID).n ? COLUMN_DETAIL_ID : COLUMN_ID);
    record_set_text(r, F_id, id);
    row_copy_text(row, COLUMN_LOCAL_IP, r, F_local_ip);
    if (parser_wants(p, F_uid))
        record_set_text(r, F_uid, uid_of(p, id));
    struct span type = row_text(row, COLUMN_ACTIVITY_TYPE);
    if (type.n == 0 && is_finding_type(row_text(row, COLUMN_TYPE)))
        type = row_text(row, COLUMN_TYPE);
    record_set_text(r, F_finding_type, type);
    return NULL;
}

static const struct row_rules rules = {
    .fields = fields_from, .fields_n = COLUMNS_N, .times = times, .times_n = 3, .select = select_row, .derive = derive
};

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    enum parse_result result = row_record(&rules, p, row, r);
    if (result != PARSE_RECORD || !is_action(row, "PORT_PROBE") || !row_has(row, COLUMN_MORE_PROBES))
        return result;
    r->reason = "port_probes";
    return PARSE_LIMIT;
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (row_from_json(&row, p->json, p->keys, unit))
        return parse_row(p, &row, r);
    r->reason = "json";
    return PARSE_BAD;
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"schemaVersion\"", "aws.guardduty", "\"Findings\"", "\"findings\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"ServiceDetails\"", "\"AWSGuardDuty\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "ServiceDetails", NULL };
    return row_probe_csv(head, words);
}

static const char *const findings[] = { "findings", "Findings",  "records",  "Records",  "events", "Events",
                                        "value",    "logEvents", "Messages", "messages", NULL };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "findings as JSON: lines of the export, EventBridge events, answers of the API",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = findings,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "AWSGuardDuty rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "AWSGuardDuty rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(aws_guardduty) = {
    .id = "aws-guardduty",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
