/* Palo Alto Networks: TRAFFIC logs of PAN-OS firewalls, as CEF, as LEEF, as k=v lines of custom formats and as the
 * default comma-separated syslog, and of Cortex Data Lake (Strata Logging Service) as CEF and as LEEF; and exported
 * CommonSecurityLog rows of both.
 *
 * The field `product` tells the two apart: PAN-OS, LF.  One file may hold lines of all these syntaxes side by side, so
 * both native forms read any.
 * Source: vendor's CEF guide, LEEF template for QRadar and syslog field descriptions (PAN-OS 8.1 to 11.1, Cortex Data
 * Lake 2.0).
 */
#include "core/collector.h"

#include "formats/commonsecuritylog_forms.h"
#include "formats/row.h"
#include "formats/wrapped.h"
#include "formats/csv.h"
#include "formats/leef.h"

#include <stdio.h>
#include <string.h>

/* Keys without a column, and one column of the comma-separated form without a key. */
enum {
    OWN_PACKETS_SENT = CSL_OWN,
    OWN_PACKETS_RECEIVED,
    OWN_CLIENT_TO_SERVER,
    OWN_SESSION_START,
    OWN_APP_RISK,
    OWN_APP_IS_SAAS,
    OWN_SRC_HOST,
    OWN_DST_HOST,
    OWN_SRC_MAC,
    OWN_DST_MAC,
    OWN_SRC_UUID,
    OWN_DST_UUID,
    OWN_SRC_LOCATION,
    OWN_DST_LOCATION,
    OWN_TENANT,
    OWN_PRECISE_TIME
};

/* clang-format off */
#define OWN_KEYS \
    { "PanOSPacketsSent", OWN_PACKETS_SENT }, \
    { "PanOSPacketsReceived", OWN_PACKETS_RECEIVED }, \
    { "PanOSIsClienttoServer", OWN_CLIENT_TO_SERVER }, \
    { "PanOSSessionStartTime", OWN_SESSION_START }, \
    { "PanOSApplicationRisk", OWN_APP_RISK }, \
    { "PanOSIsSaaSApplication", OWN_APP_IS_SAAS }, \
    { "PanOSSourceDeviceHost", OWN_SRC_HOST }, \
    { "PanOSDestinationDeviceHost", OWN_DST_HOST }, \
    { "PanOSSourceDeviceMac", OWN_SRC_MAC }, \
    { "PanOSDestinationDeviceMac", OWN_DST_MAC }, \
    { "PanOSSourceUUID", OWN_SRC_UUID }, \
    { "PanOSDestinationUUID", OWN_DST_UUID }, \
    { "PanOSSourceLocation", OWN_SRC_LOCATION }, \
    { "PanOSDestinationLocation", OWN_DST_LOCATION }, \
    { "PanOSCortexDataLakeTenantID", OWN_TENANT },
/* clang-format on */

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS OWN_KEYS };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS OWN_KEYS };

/* Field, kind, where it comes from. */
/* clang-format off */
#define FIELDS(X) \
    X(product, DESCRIPTOR, CSL_DeviceProduct) \
    X(action, DESCRIPTOR, CSL_DeviceAction) \
    X(proto, DESCRIPTOR, CSL_Protocol) \
    X(client_to_server, DESCRIPTOR, OWN_CLIENT_TO_SERVER) \
    X(class_id, DESCRIPTOR, CSL_DeviceEventClassID) \
    X(activity, DESCRIPTOR, CSL_Activity) \
    X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) \
    X(app, TEXT, CSL_ApplicationProtocol) \
    X(app_risk, TEXT, OWN_APP_RISK) \
    X(app_is_saas, TEXT, OWN_APP_IS_SAAS) \
    X(reason, TEXT, CSL_Reason) \
    X(rule, TEXT, CSL_DeviceCustomString1) \
    X(message, TEXT, CSL_Message) \
    X(src_ip, TEXT, CSL_SourceIP) \
    X(src_ipv6, TEXT, CSL_DeviceCustomIPv6Address2) \
    X(dst_ip, TEXT, CSL_DestinationIP) \
    X(dst_ipv6, TEXT, CSL_DeviceCustomIPv6Address3) \
    X(src_nat_ip, TEXT, CSL_SourceTranslatedAddress) \
    X(dst_nat_ip, TEXT, CSL_DestinationTranslatedAddress) \
    X(src_port, PORT, CSL_SourcePort) \
    X(dst_port, PORT, CSL_DestinationPort) \
    X(src_nat_port, PORT, CSL_SourceTranslatedPort) \
    X(dst_nat_port, PORT, CSL_DestinationTranslatedPort) \
    X(src_zone, TEXT, CSL_DeviceCustomString4) \
    X(dst_zone, TEXT, CSL_DeviceCustomString5) \
    X(inbound_interface, TEXT, CSL_DeviceInboundInterface) \
    X(outbound_interface, TEXT, CSL_DeviceOutboundInterface) \
    X(src_user, TEXT, CSL_SourceUserName) \
    X(dst_user, TEXT, CSL_DestinationUserName) \
    X(src_user_id, TEXT, CSL_SourceUserID) \
    X(dst_user_id, TEXT, CSL_DestinationUserID) \
    X(src_nt_domain, TEXT, CSL_SourceNTDomain) \
    X(dst_nt_domain, TEXT, CSL_DestinationNTDomain) \
    X(src_mac, TEXT, CSL_SourceMACAddress) \
    X(dst_mac, TEXT, CSL_DestinationMACAddress) \
    X(src_device_host, TEXT, OWN_SRC_HOST) \
    X(dst_device_host, TEXT, OWN_DST_HOST) \
    X(src_device_mac, TEXT, OWN_SRC_MAC) \
    X(dst_device_mac, TEXT, OWN_DST_MAC) \
    X(src_uuid, TEXT, OWN_SRC_UUID) \
    X(dst_uuid, TEXT, OWN_DST_UUID) \
    X(src_location, TEXT, OWN_SRC_LOCATION) \
    X(dst_location, TEXT, OWN_DST_LOCATION) \
    X(device_name, TEXT, CSL_DeviceName) \
    X(device_id, TEXT, CSL_DeviceExternalID) \
    X(computer, TEXT, CSL_Computer) \
    X(tenant_id, TEXT, OWN_TENANT) \
    X(record_id, TEXT, CSL_ExtID) \
    X(item_id, TEXT, CSL__ItemId) \
    X(session_id, INTEGER, CSL_FieldDeviceCustomNumber1) \
    X(repeat_count, INTEGER, CSL_EventCount) \
    X(bytes, INTEGER, CSL_FlexNumber1) \
    X(bytes_sent, INTEGER, CSL_SentBytes) \
    X(bytes_received, INTEGER, CSL_ReceivedBytes) \
    X(packets, INTEGER, CSL_FieldDeviceCustomNumber2) \
    X(packets_sent, INTEGER, OWN_PACKETS_SENT) \
    X(packets_received, INTEGER, OWN_PACKETS_RECEIVED) \
    X(elapsed_s, INTEGER, CSL_FieldDeviceCustomNumber3) \
    X(start, TIME, CSL_StartTime) \
    X(session_start, TIME, OWN_SESSION_START)
/* clang-format on */

#define FIELD_NUMBER(name, kind, from) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_FROM_COLUMNS,
    F_native = FIELDS_FROM_COLUMNS, /* "yes": the record is no row */
    FIELDS_N
};

#define FIELD_ROW(name, kind, from) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW){ "native", FIELD_DESCRIPTOR } };

#define FIELD_FROM(name, kind, from) { F_##name, from },
static const struct commonsecuritylog_field fields_from[] = { FIELDS(FIELD_FROM) };

/* Every TRAFFIC record counts: start, end, drop and deny.  Where the device's template has type and subtype the other
 * way round, messages of PAN-OS have them so; rows are selected as the upstream parser does. */
static const char *select_traffic(struct commonsecuritylog *row)
{
    struct span product = commonsecuritylog_get(row, CSL_DeviceProduct);
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "Palo Alto Networks"))
        return "not_paloalto";
    bool data_lake = span_is(product, "LF");
    if (!data_lake && !span_is(product, "PAN-OS"))
        return "not_paloalto";
    if (data_lake)
        parse_options_set_offset(&row->options, 0); /* all its times are UTC */
    bool by_class = span_is(commonsecuritylog_get(row, CSL_DeviceEventClassID), "TRAFFIC");
    if (data_lake || (by_class && !row->table))
        return by_class ? NULL : "not_traffic";
    return span_is(commonsecuritylog_get(row, CSL_Activity), "TRAFFIC") ? NULL : "not_traffic";
}

static const char *const vendors[] = { "Palo Alto Networks", NULL };
static const uint16_t needs[] = { CSL_ReceiptTime };
static const uint16_t table_times[] = { CSL_ReceiptTime, CSL_StartTime };

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    (void)p;
    if (!row->table)
        record_set_text(r, F_native, SPAN_LITERAL("yes"));
    return NULL;
}

/* CEF, and rows: exports that lack TimeGenerated still have the time at which the device or the service wrote them. */
static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = fields_from,
    .fields_n = FIELDS_FROM_COLUMNS,
    .needs = needs,
    .needs_n = 1,
    .times = needs,
    .times_n = 1,
    .table_times = table_times,
    .table_times_n = 2,
    .select = select_traffic,
    .derive = derive,
};

static const uint16_t csv_times[] = { OWN_PRECISE_TIME, CSL_StartTime, CSL_ReceiptTime };

static const struct commonsecuritylog_rules csv_rules = {
    .fields = fields_from,
    .fields_n = FIELDS_FROM_COLUMNS,
    .needs = needs,
    .needs_n = 1,
    .times = csv_times,
    .times_n = 3,
    .select = select_traffic,
    .derive = derive,
};

/* ------------------------------------------------------------------ native */

/* Columns of the comma-separated form, counted from 1. */
enum {
    CSV_TYPE = 4,
    CSV_ACTION = 31, /* the last column that every TRAFFIC record needs */
    CSV_COLUMNS_MAX = 256
};
static const struct {
    uint16_t number, column;
} csv_columns[] = {
    { 2, CSL_ReceiptTime },
    { 3, CSL_DeviceExternalID },
    { 4, CSL_Activity },
    { 5, CSL_DeviceEventClassID },
    { 7, CSL_StartTime },
    { 8, CSL_SourceIP },
    { 9, CSL_DestinationIP },
    { 10, CSL_SourceTranslatedAddress },
    { 11, CSL_DestinationTranslatedAddress },
    { 12, CSL_DeviceCustomString1 },
    { 13, CSL_SourceUserName },
    { 14, CSL_DestinationUserName },
    { 15, CSL_ApplicationProtocol },
    { 17, CSL_DeviceCustomString4 },
    { 18, CSL_DeviceCustomString5 },
    { 19, CSL_DeviceInboundInterface },
    { 20, CSL_DeviceOutboundInterface },
    { 23, CSL_FieldDeviceCustomNumber1 },
    { 24, CSL_EventCount },
    { 25, CSL_SourcePort },
    { 26, CSL_DestinationPort },
    { 27, CSL_SourceTranslatedPort },
    { 28, CSL_DestinationTranslatedPort },
    { 30, CSL_Protocol },
    { 31, CSL_DeviceAction },
    { 32, CSL_FlexNumber1 },
    { 33, CSL_SentBytes },
    { 34, CSL_ReceivedBytes },
    { 35, CSL_FieldDeviceCustomNumber2 },
    { 37, CSL_FieldDeviceCustomNumber3 },
    { 40, CSL_ExtID },
    { 45, OWN_PACKETS_SENT },
    { 46, OWN_PACKETS_RECEIVED },
    { 47, CSL_Reason },
    { 53, CSL_DeviceName },
    { 103, OWN_PRECISE_TIME },
};

/* Does column 1, a lone `1` or `0`, end at this comma?  A message of RFC 5424 may begin with a byte order mark. */
static bool first_column_ends(struct span line, size_t comma)
{
    static const char byte_order_mark[3] = "\xEF\xBB\xBF";
    if (comma == 0 || (line.p[comma - 1] != '1' && line.p[comma - 1] != '0'))
        return false;
    size_t start = comma - 1;
    if (start == 0)
        return true;
    char before = line.p[start - 1];
    return byte_is_blank(before) || before == '>' || before == ':' ||
           (start >= sizeof byte_order_mark &&
            memcmp(line.p + start - sizeof byte_order_mark, byte_order_mark, sizeof byte_order_mark) == 0);
}

static bool is_year(struct span s)
{
    if (s.n < 5 || (s.p[4] != '/' && s.p[4] != '-'))
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* The comma-separated values of a line. */
struct csv {
    size_t start;
    unsigned first; /* the column that they begin with */
};

/* A receive time that ends at this comma and begins the values: column 1 is empty or missing. */
static bool receive_time_ends(struct span line, size_t comma, size_t *start)
{
    enum { BYTES = 19 }; /* yyyy/mm/dd hh:mm:ss */
    if (comma < BYTES || !is_year(span_from(line, comma - BYTES)) || line.p[comma - BYTES + 10] != ' ')
        return false;
    *start = comma - BYTES;
    return *start == 0 || line.p[*start - 1] == ',' || line.p[*start - 1] == '>' || byte_is_blank(line.p[*start - 1]);
}

/* Where the values begin: at the line's first comma; or, behind a header with commas of its own, where the receive time
 * follows. */
static bool find_csv(struct span line, struct csv *csv)
{
    size_t first = span_find(line, ',', 0);
    *csv = (struct csv){ .first = 1 };
    for (size_t comma = first; comma < line.n; comma = span_find(line, ',', comma + 1))
        if (first_column_ends(line, comma) && (comma == first || is_year(span_from(line, comma + 1)))) {
            csv->start = comma - 1;
            return true;
        }
    csv->first = 2;
    for (size_t comma = first; comma < line.n; comma = span_find(line, ',', comma + 1))
        if (receive_time_ends(line, comma, &csv->start))
            return true;
    return false;
}

/* Relays that escape quotes leave `\"` around the lists that newer versions append: the values in front of the first.
 */
static struct span before_escaped_quote(struct span text)
{
    size_t at = span_search(text, SPAN_LITERAL(",\\\""));
    return span_of(text.p, at);
}

/* The values by their columns, counted from 0; *n is behind the last one. */
static enum status split_csv(struct parser *p, struct span line, const struct csv *csv, struct span *values,
                             unsigned *n)
{
    unsigned before = csv->first - 1;
    struct span text = span_from(line, csv->start);
    for (unsigned i = 0; i < before; i++)
        values[i] = span_of(line.p, 0);
    enum status status = csv_split(p, text, ',', values + before, CSV_COLUMNS_MAX - before, n);
    if (status == STATUS_BAD)
        status = csv_split(p, before_escaped_quote(text), ',', values + before, CSV_COLUMNS_MAX - before, n);
    *n += before;
    return status;
}

/* `9/16/19 10:00`, as spreadsheets write `2019/09/16 10:00:00`. */
static struct span without_spreadsheet(struct parser *p, struct span time)
{
    enum { BYTES = 19 };
    unsigned number[5] = { 0 }, digits = 0, at = 0;
    for (size_t i = 0; i <= time.n; i++) {
        if (i < time.n && time.p[i] >= '0' && time.p[i] <= '9') {
            number[at] = number[at] * 10 + (unsigned)(time.p[i] - '0');
            digits++;
        } else if (digits == 0 || digits > 2 || (i < time.n) != (at < 4) || (i < time.n && time.p[i] != "// :"[at])) {
            return time;
        } else if (i < time.n) {
            digits = 0;
            at++;
        }
    }
    char *text = parser_scratch(p, BYTES + 1);
    if (!text)
        return time;
    (void)snprintf(text, BYTES + 1, "20%02u/%02u/%02u %02u:%02u:00", number[2] % 100, number[0] % 100, number[1] % 100,
                   number[3] % 100, number[4] % 100);
    return span_of(text, BYTES);
}

/* Devices that do not have the precise time write the clock's zero. */
static bool is_clock_zero(struct span time)
{
    return span_starts(time, SPAN_LITERAL("1970-01-01T")) || span_starts(time, SPAN_LITERAL("1969-12-31T"));
}

static enum parse_result parse_csv(struct parser *p, struct span line, const struct csv *csv, struct record *r)
{
    struct commonsecuritylog row;
    struct span values[CSV_COLUMNS_MAX];
    unsigned n;
    switch (split_csv(p, line, csv, values, &n)) {
    case STATUS_OK:
        break;
    case STATUS_LIMIT:
        r->reason = "field_count";
        return PARSE_LIMIT;
    default:
        return record_verdict(r, PARSE_BAD, "csv");
    }
    if (n < CSV_TYPE)
        return record_verdict(r, PARSE_BAD, "field_count");
    if (!span_is(values[CSV_TYPE - 1], "TRAFFIC"))
        return record_verdict(r, PARSE_SKIP, "not_traffic");
    if (n < CSV_ACTION)
        return record_verdict(r, PARSE_BAD, "field_count");
    commonsecuritylog_native_row(&csv_rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceProduct, SPAN_LITERAL("PAN-OS"));
    for (size_t i = 0; i < sizeof csv_columns / sizeof csv_columns[0] && csv_columns[i].number <= n; i++) {
        struct span value = values[csv_columns[i].number - 1];
        if (csv_columns[i].column != OWN_PRECISE_TIME || !is_clock_zero(value))
            commonsecuritylog_set(&row, csv_columns[i].column, value);
    }
    commonsecuritylog_set(&row, CSL_StartTime, without_spreadsheet(p, commonsecuritylog_get(&row, CSL_StartTime)));
    return commonsecuritylog_native_record(&csv_rules, p, &row, span_of(line.p, csv->start), r);
}

/* A name in a syntax of pairs, and the column. */
struct column_name {
    struct span name;
    uint16_t column;
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* CSL_NUMBERS_MAX: it has none. */
static unsigned column_among(const struct column_name *names, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++)
        if (span_equal(name, names[i].name))
            return names[i].column;
    return CSL_NUMBERS_MAX;
}

/* Names in the JSON of the Strata Logging Service (once Cortex Data Lake), and the column. */
static const struct column_name json_columns[] = {
    { SPAN_WORD("LogType"), CSL_DeviceEventClassID },
    { SPAN_WORD("Subtype"), CSL_Activity },
    { SPAN_WORD("TimeGenerated"), CSL_StartTime },
    { SPAN_WORD("TimeGeneratedHighResolution"), OWN_PRECISE_TIME },
    { SPAN_WORD("TimeReceived"), CSL_ReceiptTime },
    { SPAN_WORD("SourceAddress"), CSL_SourceIP },
    { SPAN_WORD("DestinationAddress"), CSL_DestinationIP },
    { SPAN_WORD("SourcePort"), CSL_SourcePort },
    { SPAN_WORD("DestinationPort"), CSL_DestinationPort },
    { SPAN_WORD("Protocol"), CSL_Protocol },
    { SPAN_WORD("Action"), CSL_DeviceAction },
    { SPAN_WORD("IsClienttoServer"), OWN_CLIENT_TO_SERVER },
    { SPAN_WORD("NATSource"), CSL_SourceTranslatedAddress },
    { SPAN_WORD("NATDestination"), CSL_DestinationTranslatedAddress },
    { SPAN_WORD("NATSourcePort"), CSL_SourceTranslatedPort },
    { SPAN_WORD("NATDestinationPort"), CSL_DestinationTranslatedPort },
    { SPAN_WORD("Application"), CSL_ApplicationProtocol },
    { SPAN_WORD("Rule"), CSL_DeviceCustomString1 },
    { SPAN_WORD("FromZone"), CSL_DeviceCustomString4 },
    { SPAN_WORD("ToZone"), CSL_DeviceCustomString5 },
    { SPAN_WORD("InboundInterface"), CSL_DeviceInboundInterface },
    { SPAN_WORD("OutboundInterface"), CSL_DeviceOutboundInterface },
    { SPAN_WORD("SourceUser"), CSL_SourceUserName },
    { SPAN_WORD("DestinationUser"), CSL_DestinationUserName },
    { SPAN_WORD("SessionID"), CSL_FieldDeviceCustomNumber1 },
    { SPAN_WORD("RepeatCount"), CSL_EventCount },
    { SPAN_WORD("Bytes"), CSL_FlexNumber1 },
    { SPAN_WORD("BytesSent"), CSL_SentBytes },
    { SPAN_WORD("BytesReceived"), CSL_ReceivedBytes },
    { SPAN_WORD("PacketsTotal"), CSL_FieldDeviceCustomNumber2 },
    { SPAN_WORD("PacketsSent"), OWN_PACKETS_SENT },
    { SPAN_WORD("PacketsReceived"), OWN_PACKETS_RECEIVED },
    { SPAN_WORD("SessionDuration"), CSL_FieldDeviceCustomNumber3 },
    { SPAN_WORD("SessionStartTime"), OWN_SESSION_START },
    { SPAN_WORD("SessionEndReason"), CSL_Reason },
    { SPAN_WORD("SequenceNo"), CSL_ExtID },
    { SPAN_WORD("DeviceName"), CSL_DeviceName },
    { SPAN_WORD("DeviceSN"), CSL_DeviceExternalID },
};

static unsigned json_column(struct span name)
{
    return column_among(json_columns, COUNT_OF(json_columns), name);
}

/* Names in LEEF of PAN-OS and the column; where two name one column, the first in the line counts.  LEEF of the Strata
 * Logging Service has those of its JSON for all that LEEF itself does not name. */
static const struct column_name leef_columns[] = {
    { SPAN_WORD("Type"), CSL_Activity },
    { SPAN_WORD("cat"), CSL_Activity },
    { SPAN_WORD("Subtype"), CSL_DeviceEventClassID },
    { SPAN_WORD("SubType"), CSL_DeviceEventClassID },
    { SPAN_WORD("src"), CSL_SourceIP },
    { SPAN_WORD("dst"), CSL_DestinationIP },
    { SPAN_WORD("srcPort"), CSL_SourcePort },
    { SPAN_WORD("dstPort"), CSL_DestinationPort },
    { SPAN_WORD("proto"), CSL_Protocol },
    { SPAN_WORD("action"), CSL_DeviceAction },
    { SPAN_WORD("srcPostNAT"), CSL_SourceTranslatedAddress },
    { SPAN_WORD("dstPostNAT"), CSL_DestinationTranslatedAddress },
    { SPAN_WORD("srcPostNATPort"), CSL_SourceTranslatedPort },
    { SPAN_WORD("dstPostNATPort"), CSL_DestinationTranslatedPort },
    { SPAN_WORD("RuleName"), CSL_DeviceCustomString1 },
    { SPAN_WORD("SourceUser"), CSL_SourceUserName },
    { SPAN_WORD("usrName"), CSL_SourceUserName },
    { SPAN_WORD("DestinationUser"), CSL_DestinationUserName },
    { SPAN_WORD("Application"), CSL_ApplicationProtocol },
    { SPAN_WORD("SourceZone"), CSL_DeviceCustomString4 },
    { SPAN_WORD("DestinationZone"), CSL_DeviceCustomString5 },
    { SPAN_WORD("IngressInterface"), CSL_DeviceInboundInterface },
    { SPAN_WORD("EgressInterface"), CSL_DeviceOutboundInterface },
    { SPAN_WORD("SessionID"), CSL_FieldDeviceCustomNumber1 },
    { SPAN_WORD("RepeatCount"), CSL_EventCount },
    { SPAN_WORD("totalBytes"), CSL_FlexNumber1 },
    { SPAN_WORD("srcBytes"), CSL_SentBytes },
    { SPAN_WORD("dstBytes"), CSL_ReceivedBytes },
    { SPAN_WORD("totalPackets"), CSL_FieldDeviceCustomNumber2 },
    { SPAN_WORD("srcPackets"), OWN_PACKETS_SENT },
    { SPAN_WORD("dstPackets"), OWN_PACKETS_RECEIVED },
    { SPAN_WORD("ElapsedTime"), CSL_FieldDeviceCustomNumber3 },
    { SPAN_WORD("SessionEndReason"), CSL_Reason },
    { SPAN_WORD("sequence"), CSL_ExtID },
    { SPAN_WORD("DeviceName"), CSL_DeviceName },
    { SPAN_WORD("SerialNumber"), CSL_DeviceExternalID },
    { SPAN_WORD("devTime"), CSL_StartTime }, /* has a zone, and counts more than the other */
    { SPAN_WORD("ReceiveTime"), CSL_ReceiptTime },
};

static unsigned leef_column(struct span name)
{
    unsigned column = column_among(leef_columns, COUNT_OF(leef_columns), name);
    return column == CSL_NUMBERS_MAX ? json_column(name) : column;
}

static void read_pairs(const struct keyvalue_syntax *syntax, struct span pairs, unsigned (*column_of)(struct span),
                       struct commonsecuritylog *row)
{
    struct keyvalue_cursor c;
    struct span key, value;
    keyvalue_begin(&c, syntax, pairs, NULL);
    while (keyvalue_next(&c, &key, &value)) {
        unsigned column = column_of(key);
        if (value.n && column < CSL_NUMBERS_MAX && !commonsecuritylog_get(row, column).n)
            commonsecuritylog_set(row, column, value);
    }
}

static enum parse_result parse_leef(struct parser *p, struct leef *m, struct record *r)
{
    struct commonsecuritylog row;
    if (!leef_read(p, m))
        return record_verdict(r, PARSE_BAD, "leef_header");
    if (!span_is(m->vendor, "Palo Alto Networks"))
        return record_verdict(r, PARSE_SKIP, "not_paloalto");
    bool strata = span_is(m->product, "Next Generation Firewall");
    commonsecuritylog_native_row(&csv_rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceProduct, strata ? SPAN_LITERAL("LF") : SPAN_LITERAL("PAN-OS"));
    commonsecuritylog_set(&row, CSL_DeviceVersion, m->version);
    read_pairs(&m->syntax, m->pairs, leef_column, &row);
    bool named_by_event = span_is(m->event, "TRAFFIC");
    if (!span_equal_nocase(commonsecuritylog_get(&row, CSL_Activity), SPAN_LITERAL("TRAFFIC")) && !named_by_event)
        return record_verdict(r, PARSE_SKIP, "not_traffic");
    if (!commonsecuritylog_get(&row, CSL_DeviceAction).n && !named_by_event)
        commonsecuritylog_set(&row, CSL_DeviceAction, m->event);
    return commonsecuritylog_native_record(&csv_rules, p, &row, m->head, r);
}

/* Names in lines of custom formats, `type=TRAFFIC|subtype=end|src=…` and `type=TRAFFIC, subtype=end, …`: the format's
 * variables, short for them, or those of who reads them. */
static const struct column_name custom_columns[] = {
    { SPAN_WORD("type"), CSL_Activity },
    { SPAN_WORD("subtype"), CSL_DeviceEventClassID },
    { SPAN_WORD("serial"), CSL_DeviceExternalID },
    { SPAN_WORD("receive_time"), CSL_ReceiptTime },
    { SPAN_WORD("time_generated"), CSL_StartTime },
    { SPAN_WORD("high_res_timestamp"), OWN_PRECISE_TIME },
    { SPAN_WORD("src"), CSL_SourceIP },
    { SPAN_WORD("dst"), CSL_DestinationIP },
    { SPAN_WORD("sport"), CSL_SourcePort },
    { SPAN_WORD("dport"), CSL_DestinationPort },
    { SPAN_WORD("proto"), CSL_Protocol },
    { SPAN_WORD("action"), CSL_DeviceAction },
    { SPAN_WORD("act"), CSL_DeviceAction },
    { SPAN_WORD("natsrc"), CSL_SourceTranslatedAddress },
    { SPAN_WORD("natdst"), CSL_DestinationTranslatedAddress },
    { SPAN_WORD("natsport"), CSL_SourceTranslatedPort },
    { SPAN_WORD("natdport"), CSL_DestinationTranslatedPort },
    { SPAN_WORD("rule"), CSL_DeviceCustomString1 },
    { SPAN_WORD("srcuser"), CSL_SourceUserName },
    { SPAN_WORD("suser"), CSL_SourceUserName },
    { SPAN_WORD("dstuser"), CSL_DestinationUserName },
    { SPAN_WORD("duser"), CSL_DestinationUserName },
    { SPAN_WORD("app"), CSL_ApplicationProtocol },
    { SPAN_WORD("from"), CSL_DeviceCustomString4 },
    { SPAN_WORD("to"), CSL_DeviceCustomString5 },
    { SPAN_WORD("sessionid"), CSL_FieldDeviceCustomNumber1 },
    { SPAN_WORD("repeatcnt"), CSL_EventCount },
    { SPAN_WORD("bytes"), CSL_FlexNumber1 },
    { SPAN_WORD("bytes_sent"), CSL_SentBytes },
    { SPAN_WORD("bytes_received"), CSL_ReceivedBytes },
    { SPAN_WORD("elapsed"), CSL_FieldDeviceCustomNumber3 },
    { SPAN_WORD("seqno"), CSL_ExtID },
    { SPAN_WORD("device_name"), CSL_DeviceName },
    { SPAN_WORD("dvc"), CSL_DeviceName },
    { SPAN_WORD("session_end_reason"), CSL_Reason },
    { SPAN_WORD("pkts_sent"), OWN_PACKETS_SENT },
    { SPAN_WORD("pkts_received"), OWN_PACKETS_RECEIVED },
    { SPAN_WORD("network.client.ip"), CSL_SourceIP },
    { SPAN_WORD("network.client.port"), CSL_SourcePort },
    { SPAN_WORD("network.destination.ip"), CSL_DestinationIP },
    { SPAN_WORD("network.destination.port"), CSL_DestinationPort },
    { SPAN_WORD("network.bytes_read"), CSL_SentBytes },
    { SPAN_WORD("network.bytes_written"), CSL_ReceivedBytes },
    { SPAN_WORD("evt.name"), CSL_DeviceAction },
    { SPAN_WORD("usr.id"), CSL_SourceUserName },
};

static unsigned custom_column(struct span name)
{
    return column_among(custom_columns, COUNT_OF(custom_columns), name);
}

static enum parse_result parse_custom(struct parser *p, struct span line, char separator, struct record *r)
{
    const struct keyvalue_syntax syntax = { .separator = separator, .sign = '=' };
    struct commonsecuritylog row;
    commonsecuritylog_native_row(&csv_rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceProduct, SPAN_LITERAL("PAN-OS"));
    read_pairs(&syntax, line, custom_column, &row);
    if (!span_is(commonsecuritylog_get(&row, CSL_Activity), "TRAFFIC"))
        return record_verdict(r, PARSE_SKIP, "not_traffic");
    return commonsecuritylog_native_record(&csv_rules, p, &row, span_of(line.p, span_find(line, separator, 0)), r);
}

/* `object`: 64 readable bytes follow it. `head` is the syslog header in front. */
static enum parse_result parse_object(struct parser *p, struct span object, struct span head, struct record *r)
{
    struct commonsecuritylog row;
    struct span key;
    struct json_value value;
    commonsecuritylog_native_row(&csv_rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceProduct, SPAN_LITERAL("LF"));
    parse_options_set_offset(&row.options, 0);
    enum status status = json_open(p->json, object);
    while (status == STATUS_OK && (status = json_next(p->json, &key, &value)) == STATUS_OK) {
        unsigned column = json_column(key);
        bool zero = column == OWN_PRECISE_TIME && is_clock_zero(value.text);
        if (column < CSL_NUMBERS_MAX && value.kind != JSON_NULL && value.kind != JSON_OBJECT && !zero)
            commonsecuritylog_set(&row, column, value.text);
    }
    if (status != STATUS_END)
        return record_verdict(r, PARSE_BAD, "json");
    if (!span_is(commonsecuritylog_get(&row, CSL_DeviceEventClassID), "TRAFFIC"))
        return record_verdict(r, PARSE_SKIP, "not_traffic");
    return commonsecuritylog_native_record(&csv_rules, p, &row, head, r);
}

/* JSON of the Strata Logging Service: behind a syslog header, or the whole unit. */
static bool find_object(struct span line, size_t *start)
{
    *start = span_find(line, '{', 0);
    return *start < line.n && span_search(line, SPAN_LITERAL("\"LogType\"")) < line.n;
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    size_t start;
    struct csv csv;
    struct leef m;
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    struct span line = syslog_trim(unit);
    if (find_csv(line, &csv))
        return parse_csv(p, line, &csv, r);
    if (find_object(line, &start))
        return parse_object(p, span_from(line, start), span_of(line.p, start), r);
    if (leef_find(line, &m))
        return parse_leef(p, &m, r);
    if (span_search(line, SPAN_LITERAL("|type=")) < line.n)
        return parse_custom(p, line, '|', r);
    return span_search(line, SPAN_LITERAL(", type=")) < line.n ? parse_custom(p, line, ',', r) : result;
}

COMMONSECURITYLOG_PARSE_TABLES(rules)

/* Does the object itself say what log it is? */
static bool is_log(struct parser *p, struct span unit)
{
    struct span key;
    struct json_value value;
    bool found = false;
    if (span_search(unit, SPAN_LITERAL("\"LogType\"")) == unit.n)
        return false;
    enum status status = json_open(p->json, unit);
    while (!found && status == STATUS_OK && (status = json_next(p->json, &key, &value)) == STATUS_OK)
        found = span_is(key, "LogType");
    return found;
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return is_log(p, unit) ? parse_object(p, unit, span_of(unit.p, 0), r) : wrapped_parse(parse_native, p, unit, r);
}

/* ------------------------------------------------------------------ recognition */

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "|Palo Alto Networks|", "\"LogType\":\"", "|type=TRAFFIC|", ", type=TRAFFIC, ",
                                         NULL };
    return commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_native_csv(struct span head)
{
    struct csv csv;
    if (row_is_json(head))
        return PROBE_NO;
    bool traffic = span_search(head, SPAN_LITERAL(",TRAFFIC,")) < head.n;
    for (size_t at = 0; at < head.n;) {
        size_t end = span_find(head, '\n', at);
        struct span line = span_of(head.p + at, end - at);
        if (find_csv(line, &csv) && (traffic || is_year(span_from(line, csv.start + (csv.first == 1 ? 2 : 0)))))
            return traffic ? PROBE_LIKELY : PROBE_POSSIBLE;
        at = end + 1;
    }
    return PROBE_NO;
}

static const char *const places[] = { "\"SourceAddress\"", "\"DeviceSN\"", NULL };

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const words[] = { "|Palo Alto Networks|", ",TRAFFIC,", "|type=TRAFFIC|", ", type=TRAFFIC, ",
                                         NULL };
    static const char *const members[] = { "\"LogType\"", NULL };
    bool log = row_probe_json(head, members) == PROBE_LIKELY && row_probe_json(head, places) == PROBE_LIKELY;
    return log ? PROBE_LIKELY : wrapped_probe(head, words);
}

static const char *const table_words[] = { "Palo Alto Networks", NULL };

COMMONSECURITYLOG_PROBE_TABLES(table_words)

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native",
                                 "CEF in syslog, of PAN-OS and of Cortex Data Lake (Strata Logging Service); LEEF of "
                                 "both; k=v lines of custom formats",
                                 probe_native, parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_LINES_FORM("native-csv", "PAN-OS default syslog: comma-separated values behind a header",
                                 probe_native_csv, parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("JSON of the Strata Logging Service, and all of these as text in JSON objects",
                                   probe_wrapped, parse_wrapped, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(paloalto) = {
    .id = "paloalto",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
