/* Azure Monitor VM insights: connections that the Dependency agent sums up each minute, as rows of VMConnection.
 *
 * A row is a connection of one process with one remote end, inbound or outbound; other rows are no sessions.  It stands
 * for as many links as it says.
 * Source: Azure Monitor Logs reference, table VMConnection.
 */
#include "formats/row_forms.h"

/* Field, kind, column. The first entry of an array is its path's member 0. */
/* clang-format off */
#define FIELDS(X) \
    X(protocol, DESCRIPTOR, "Protocol") X(direction, DESCRIPTOR, "Direction") \
    X(process_name, DESCRIPTOR, "ProcessName") \
    X(destination_port, PORT, "DestinationPort") \
    X(source_ip, TEXT, "SourceIp") X(destination_ip, TEXT, "DestinationIp") X(remote_ip, TEXT, "RemoteIp") \
    X(computer, TEXT, "Computer") X(machine, TEXT, "Machine") X(process, TEXT, "Process") \
    X(connection_id, TEXT, "ConnectionId") X(remote_name, TEXT, "RemoteDnsCanonicalNames.0") \
    X(remote_country, TEXT, "RemoteCountry") X(remote_latitude, TEXT, "RemoteLatitude") \
    X(remote_longitude, TEXT, "RemoteLongitude") X(malicious_ip, TEXT, "MaliciousIp") \
    X(indicator_threat_type, TEXT, "IndicatorThreatType") X(confidence, TEXT, "Confidence") \
    X(severity, TEXT, "Severity") X(report_reference_link, TEXT, "ReportReferenceLink") \
    X(links_established, INTEGER, "LinksEstablished") X(response_time_sum, INTEGER, "ResponseTimeSum") \
    X(bytes_sent, INTEGER, "BytesSent") X(bytes_received, INTEGER, "BytesReceived")
/* clang-format on */

#define FIELD_NUMBER(name, kind, column) F_##name,
enum {
    FIELDS(FIELD_NUMBER) F_response_time, /* of one link, milliseconds */
    FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE
};

#define FIELD_ROW(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW){ "response_time", FIELD_INTEGER } };

#define FIELD_KEY(name, kind, column) { column, F_##name },
static const struct key keys[] = { FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME), { "Type", COLUMN_TYPE } };

#define FIELD_FROM(name, kind, column) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM) };

static const uint16_t times[] = { COLUMN_TIME };
static const char *const tables[] = { "VMConnection", NULL };

static const char *select_direction(struct parser *p, const struct row *row)
{
    (void)p;
    struct span direction = row_text(row, F_direction);
    return span_is(direction, "inbound") || span_is(direction, "outbound") ? NULL : "direction";
}

static const char *derive_response_time(struct parser *p, const struct row *row, struct record *r)
{
    int64_t sum, links;
    if (parser_wants(p, F_response_time) && row_whole(row, F_response_time_sum, &sum) &&
        row_whole(row, F_links_established, &links) && links > 0)
        record_set_number(r, F_response_time, sum / links);
    return NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = sizeof fields_from / sizeof *fields_from,
                                        .times = times,
                                        .times_n = 1,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_direction,
                                        .derive = derive_response_time };

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
    static const char *const words[] = { "\"VMConnection\"", "\"LinksEstablished\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "LinksEstablished", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "table",
      .help = "VMConnection rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_json,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "VMConnection rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(azure_vmconnection) = {
    .id = "azure-vmconnection",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
