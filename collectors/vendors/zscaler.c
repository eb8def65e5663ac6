/* Zscaler: firewall logs of Internet Access (ZIA) and user activity of Private Access (ZPA).
 *
 * ZIA comes from the Nanolog Streaming Service (NSS) as CEF, as 36 comma-separated values, as tab-separated key=value
 * and as JSON, and as rows of CommonSecurityLog: all become such a row.  ZPA comes from the Log Streaming Service (LSS)
 * as lines of its templates (JSON, CSV, TSV; LEEF for QRadar) and as rows of ZPA_CL that hold a line of JSON.  The
 * field `product` tells the two apart: ZIA, ZPA. Source: Zscaler NSS feed output formats (firewall logs), LSS user
 * activity log fields and templates.
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/csv.h"
#include "formats/keyvalue.h"
#include "formats/leef.h"
#include "formats/row_forms.h"
#include "formats/wrapped.h"

#include "common/ip.h"
#include "common/number.h"

/* Field, kind, ZIA's column. */
/* clang-format off */
#define FIELDS(X) \
    X(action, DESCRIPTOR, CSL_DeviceAction) X(protocol, DESCRIPTOR, CSL_Protocol) \
    X(app, DESCRIPTOR, CSL_DeviceCustomString3) X(service, DESCRIPTOR, CSL_DeviceCustomString2) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(src_ip, TEXT, CSL_SourceIP) X(dst_ip, TEXT, CSL_DestinationIP) \
    X(src_nat_ip, TEXT, CSL_SourceTranslatedAddress) X(dst_nat_ip, TEXT, CSL_DestinationTranslatedAddress) \
    X(src_port, PORT, CSL_SourcePort) X(dst_port, PORT, CSL_DestinationPort) \
    X(src_nat_port, PORT, CSL_SourceTranslatedPort) X(dst_nat_port, PORT, CSL_DestinationTranslatedPort) \
    X(location, TEXT, CSL_SourceUserPrivileges) X(department, TEXT, CSL_DeviceCustomString1) \
    X(rule, TEXT, CSL_Activity) X(threat, TEXT, CSL_DeviceCustomString6) X(ip_category, TEXT, CSL_DeviceCustomString5) \
    X(aggregated, TEXT, CSL_DeviceCustomString4) X(computer, TEXT, CSL_Computer) X(message, TEXT, CSL_Message) \
    X(item_id, TEXT, CSL__ItemId) \
    X(bytes_sent, INTEGER, CSL_SentBytes) X(bytes_received, INTEGER, CSL_ReceivedBytes) \
    X(duration_ms, INTEGER, CSL_FieldDeviceCustomNumber1) X(sessions, INTEGER, CSL_FieldDeviceCustomNumber2)
/* clang-format on */

#define FIELD_NUMBER(name, kind, column) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_OF_ZIA,
    F_product = FIELDS_OF_ZIA,
    F_internal_reason,
    F_connection_status,
    F_platform,
    F_user, /* ZIA: empty where it is the location's name */
    F_policy,
    F_session_id,
    F_host,
    F_hostname,
    F_connector,
    F_connector_ip,
    F_country,
    F_city,
    F_latitude,
    F_longitude,
    F_start,
    F_end,
    FIELDS_N
};

#define FIELD_ROW(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "product", FIELD_DESCRIPTOR },
    { "internal_reason", FIELD_DESCRIPTOR },
    { "connection_status", FIELD_DESCRIPTOR },
    { "platform", FIELD_DESCRIPTOR },
    { "user", FIELD_TEXT },
    { "policy", FIELD_TEXT },
    { "session_id", FIELD_TEXT },
    { "host", FIELD_TEXT },
    { "hostname", FIELD_TEXT },
    { "connector", FIELD_TEXT },
    { "connector_ip", FIELD_TEXT },
    { "country", FIELD_TEXT },
    { "city", FIELD_TEXT },
    { "latitude", FIELD_TEXT },
    { "longitude", FIELD_TEXT },
    { "start", FIELD_TIME },
    { "end", FIELD_TIME },
};

/* ------------------------------------------------------------------ ZIA */

#define FIELD_FROM(name, kind, column) { F_##name, column },
static const struct commonsecuritylog_field from_csl[] = { FIELDS(FIELD_FROM) };

static const char *select_firewall(struct commonsecuritylog *row)
{
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "Zscaler"))
        return "not_zscaler";
    return span_is(commonsecuritylog_get(row, CSL_DeviceProduct), "NSSFWlog") ? NULL : "not_firewall";
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    record_set_text(r, F_product, SPAN_LITERAL("ZIA"));
    if (parser_wants(p, F_user)) {
        struct span user = commonsecuritylog_text(p, row, CSL_SourceUserName);
        if (!span_equal(user, commonsecuritylog_text(p, row, CSL_SourceUserPrivileges)))
            record_set_text(r, F_user, user);
    }
    return NULL;
}

static const uint16_t needs[] = { CSL_ReceiptTime, CSL_SourceUserName, CSL_SourceUserPrivileges };
static const char *const vendors[] = { "Zscaler", NULL };

static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = from_csl,
    .fields_n = FIELDS_OF_ZIA,
    .needs = needs,
    .needs_n = 3,
    .times = needs,
    .times_n = 1,
    .table_times = needs,
    .table_times_n = 1,
    .select = select_firewall,
    .derive = derive,
};

/* The feeds that are no CEF: their keys in the order of the comma-separated one, and the columns that they fill. */
/* clang-format off */
#define NO_COLUMN CSL_NUMBERS_MAX
#define FEED(X) \
    X(datetime, CSL_ReceiptTime) X(user, CSL_SourceUserName) X(department, CSL_DeviceCustomString1) \
    X(locationname, CSL_SourceUserPrivileges) X(cdport, CSL_DestinationPort) X(csport, CSL_SourcePort) \
    X(sdport, CSL_DestinationTranslatedPort) X(ssport, NO_COLUMN) X(csip, CSL_SourceIP) X(cdip, CSL_DestinationIP) \
    X(ssip, NO_COLUMN) X(sdip, CSL_DestinationTranslatedAddress) X(tsip, CSL_SourceTranslatedAddress) \
    X(tunsport, CSL_SourceTranslatedPort) X(tuntype, NO_COLUMN) X(action, CSL_DeviceAction) X(dnat, NO_COLUMN) \
    X(stateful, NO_COLUMN) X(aggregate, CSL_DeviceCustomString4) X(nwsvc, CSL_DeviceCustomString2) \
    X(nwapp, CSL_DeviceCustomString3) X(proto, CSL_Protocol) X(ipcat, CSL_DeviceCustomString5) \
    X(destcountry, NO_COLUMN) X(avgduration, NO_COLUMN) X(rulelabel, CSL_Activity) X(inbytes, CSL_ReceivedBytes) \
    X(outbytes, CSL_SentBytes) X(duration, NO_COLUMN) X(durationms, CSL_FieldDeviceCustomNumber1) \
    X(numsessions, CSL_FieldDeviceCustomNumber2) X(ipsrulelabel, NO_COLUMN) X(threatcat, NO_COLUMN) \
    X(threatname, CSL_DeviceCustomString6) X(deviceowner, NO_COLUMN) X(devicehostname, NO_COLUMN)
/* clang-format on */
#define FEED_NUMBER(key, column) FEED_##key,
#define FEED_COLUMN(key, column) column,
#define FEED_NAME(key, column)   SPAN_WORD(#key),
enum { FEED(FEED_NUMBER) FEED_COLUMNS };
static const uint16_t feed_columns[] = { FEED(FEED_COLUMN) };
static const struct span feed_names[] = { FEED(FEED_NAME) };

static unsigned feed_column(struct span name)
{
    unsigned i = 0;
    while (i < FEED_COLUMNS && !span_equal(name, feed_names[i]))
        i++;
    return i;
}

static void begin_feed_row(struct parser *p, struct commonsecuritylog *row)
{
    commonsecuritylog_native_row(&rules, p, row);
    commonsecuritylog_set(row, CSL_DeviceVendor, SPAN_LITERAL("Zscaler"));
    commonsecuritylog_set(row, CSL_DeviceProduct, SPAN_LITERAL("NSSFWlog"));
}

static void set_feed_column(struct commonsecuritylog *row, unsigned i, struct span value)
{
    if (feed_columns[i] != NO_COLUMN)
        commonsecuritylog_set(row, feed_columns[i], value);
}

/* Feeds without the client's destination have the server's. */
static void set_missing_destination(struct commonsecuritylog *row)
{
    if (commonsecuritylog_get(row, CSL_DestinationIP).n)
        return;
    commonsecuritylog_set(row, CSL_DestinationIP, commonsecuritylog_get(row, CSL_DestinationTranslatedAddress));
    if (!commonsecuritylog_get(row, CSL_DestinationPort).n)
        commonsecuritylog_set(row, CSL_DestinationPort, commonsecuritylog_get(row, CSL_DestinationTranslatedPort));
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* `%20`: reserved characters in JSON and key=value feeds. */
static struct span percent_decode(struct parser *p, struct span text)
{
    if (span_find(text, '%', 0) == text.n)
        return text;
    char *to = parser_scratch(p, text.n);
    if (!to)
        return span_of(text.p, 0);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool coded = text.p[i] == '%' && i + 2 < text.n && hex(text.p[i + 1]) >= 0 && hex(text.p[i + 2]) >= 0;
        to[n++] = coded ? (char)(hex(text.p[i + 1]) * 16 + hex(text.p[i + 2])) : text.p[i];
        i += coded ? 2 : 0;
    }
    return span_of(to, n);
}

static enum parse_result parse_feed_csv(struct parser *p, struct span unit, struct record *r)
{
    struct commonsecuritylog row;
    struct span line = syslog_trim(unit), value[FEED_COLUMNS];
    unsigned n;
    if (line.n == 0)
        return PARSE_NOTHING;
    size_t start = span_find(line, '"', 0); /* a syslog header may stand in front */
    if (start == line.n)
        start = 0;
    enum status status = csv_split(p, span_from(line, start), ',', value, FEED_COLUMNS, &n);
    if (status != STATUS_OK)
        return record_verdict(r, PARSE_BAD, status == STATUS_LIMIT ? "field_count" : "csv");
    if (n != FEED_COLUMNS)
        return record_verdict(r, PARSE_BAD, "field_count");
    begin_feed_row(p, &row);
    for (unsigned i = 0; i < FEED_COLUMNS; i++)
        set_feed_column(&row, i, value[i]);
    return commonsecuritylog_native_record(&rules, p, &row, span_of(line.p, start), r);
}

static enum parse_result parse_feed_pairs(struct parser *p, struct span unit, struct record *r)
{
    static const struct keyvalue_syntax syntax = { .separator = '\t', .sign = '=' };
    struct keyvalue_cursor c;
    struct commonsecuritylog row;
    struct span line = syslog_trim(unit), key, value, product = span_of(NULL, 0);
    if (line.n == 0)
        return PARSE_NOTHING;
    begin_feed_row(p, &row);
    keyvalue_begin(&c, &syntax, line, NULL);
    while (keyvalue_next(&c, &key, &value)) {
        unsigned i = span_is(key, "time") ? FEED_datetime : feed_column(key);
        if (span_is(key, "product"))
            product = value;
        else if (i < FEED_COLUMNS)
            set_feed_column(&row, i, i == FEED_datetime ? value : percent_decode(p, value));
    }
    if (!product.n)
        return record_verdict(r, PARSE_BAD, "pairs");
    if (!span_is(product, "fw"))
        return record_verdict(r, PARSE_SKIP, "not_firewall");
    return commonsecuritylog_native_record(&rules, p, &row, span_of(line.p, span_find(line, '\t', 0)), r);
}

/* Names in LEEF, and the column. */
static const struct {
    const char *name;
    uint16_t column;
} leef_columns[] = {
    { "usrName", CSL_SourceUserName },     { "role", CSL_DeviceCustomString1 },
    { "realm", CSL_SourceUserPrivileges }, { "src", CSL_SourceIP },
    { "dst", CSL_DestinationIP },          { "srcPort", CSL_SourcePort },
    { "dstPort", CSL_DestinationPort },    { "proto", CSL_Protocol },
    { "action", CSL_DeviceAction },        { "rule", CSL_Activity },
    { "ruleLabel", CSL_Activity },         { "nwService", CSL_DeviceCustomString2 },
    { "nwApp", CSL_DeviceCustomString3 },  { "devTime", CSL_ReceiptTime },
};

/* `LEEF:1.0|Zscaler|NSS-FW|version|action|` and pairs. */
static enum parse_result parse_feed_leef(struct parser *p, const struct leef *m, struct record *r)
{
    struct keyvalue_cursor c;
    struct commonsecuritylog row;
    struct span key, value;
    begin_feed_row(p, &row);
    keyvalue_begin(&c, &m->syntax, m->pairs, NULL);
    while (keyvalue_next(&c, &key, &value))
        for (size_t i = 0; i < sizeof leef_columns / sizeof leef_columns[0]; i++)
            if (span_is(key, leef_columns[i].name))
                commonsecuritylog_set(&row, leef_columns[i].column, value);
    if (!commonsecuritylog_get(&row, CSL_DeviceAction).n)
        commonsecuritylog_set(&row, CSL_DeviceAction, m->event);
    return commonsecuritylog_native_record(&rules, p, &row, m->head, r);
}

/* ------------------------------------------------------------------ ZPA */

/* Keys of an LSS line, numbered behind the columns of CommonSecurityLog: one key table serves rows of both tables. */
/* clang-format off */
#define LSS(X) \
    X(LogTimestamp) X(SessionID) X(InternalReason) X(ConnectionStatus) X(IPProtocol) X(Username) X(ServicePort) \
    X(ServerPort) X(ClientPublicIP) X(ClientPrivateIP) X(ClientLatitude) X(ClientLongitude) X(ClientCountryCode) \
    X(ClientCity) X(Policy) X(Connector) X(ConnectorIP) X(Host) X(Application) X(ServerIP) X(Platform) X(Hostname) \
    X(TimestampConnectionStart) X(TimestampConnectionEnd) X(ZENTotalBytesRxClient) X(ZENTotalBytesTxClient)
/* clang-format on */
#define LSS_NUMBER(name) LSS_##name,
enum { LSS_FIRST = CSL_NUMBERS_MAX, LSS_BEFORE = LSS_FIRST - 1, LSS(LSS_NUMBER) COLUMN_TYPE };

#define LSS_KEY(name) { #name, LSS_##name },

static const struct row_field from_lss[] = {
    { F_protocol, LSS_IPProtocol },
    { F_app, LSS_Application },
    { F_internal_reason, LSS_InternalReason },
    { F_connection_status, LSS_ConnectionStatus },
    { F_platform, LSS_Platform },
    { F_src_ip, LSS_ClientPublicIP },
    { F_src_nat_ip, LSS_ClientPrivateIP },
    { F_user, LSS_Username },
    { F_policy, LSS_Policy },
    { F_session_id, LSS_SessionID },
    { F_host, LSS_Host },
    { F_hostname, LSS_Hostname },
    { F_connector, LSS_Connector },
    { F_connector_ip, LSS_ConnectorIP },
    { F_country, LSS_ClientCountryCode },
    { F_city, LSS_ClientCity },
    { F_latitude, LSS_ClientLatitude },
    { F_longitude, LSS_ClientLongitude },
    { F_start, LSS_TimestampConnectionStart },
    { F_end, LSS_TimestampConnectionEnd },
    { F_item_id, CSL__ItemId },
};

static void set_port(const struct row *row, struct record *r)
{
    int64_t port = 0;
    if (!row_whole(row, LSS_ServicePort, &port))
        (void)row_whole(row, LSS_ServerPort, &port);
    record_set_port(r, F_dst_port, port);
}

/* The server; a host that is an address where the server is not known. */
static void set_destination(const struct row *row, struct record *r)
{
    struct ip ip;
    struct span server = row_text(row, LSS_ServerIP), host = row_text(row, LSS_Host);
    if (server.n && !span_is(server, "0"))
        record_set_text(r, F_dst_ip, server);
    else if (span_find(host, ':', 0) == host.n && ip_parse(host, &ip))
        record_set_text(r, F_dst_ip, host);
}

static void set_number(const struct row *row, unsigned column, struct record *r, unsigned field)
{
    int64_t value;
    record_set_number(r, field, row_whole(row, column, &value) ? value : 0);
}

static const char *derive_lss(struct parser *p, const struct row *row, struct record *r)
{
    int64_t start, end;
    record_set_text(r, F_product, SPAN_LITERAL("ZPA"));
    if (parser_wants(p, F_dst_port))
        set_port(row, r);
    if (parser_wants(p, F_dst_ip))
        set_destination(row, r);
    set_number(row, LSS_ZENTotalBytesRxClient, r, F_bytes_sent);
    set_number(row, LSS_ZENTotalBytesTxClient, r, F_bytes_received);
    if (parser_wants(p, F_duration_ms) && row_time(row, LSS_TimestampConnectionStart, &start) &&
        row_time(row, LSS_TimestampConnectionEnd, &end))
        record_set_number(r, F_duration_ms, end - start);
    return NULL;
}

static const char *select_lss(struct parser *p, const struct row *row)
{
    (void)p;
    return row_text(row, LSS_ConnectionStatus).n ? NULL : "no_connection_status";
}

static bool lss_time(struct parser *p, const struct row *row, int64_t *ms)
{
    (void)p;
    static const struct parse_options utc = { 0 };
    struct span written = row_text(row, CSL_TimeGenerated);
    if (written.n && row->cell[CSL_TimeGenerated].kind == JSON_STRING)
        return timetext_row(written, NULL, ms);
    if (written.n)
        return row_time(row, CSL_TimeGenerated, ms);
    return timetext_device(row_text(row, LSS_LogTimestamp), &utc, ms);
}

static const struct row_rules lss_rules = {
    .fields = from_lss,
    .fields_n = sizeof from_lss / sizeof from_lss[0],
    .time = lss_time,
    .select = select_lss,
    .derive = derive_lss,
};

/* `"ServerPort": 0000, "ClientLatitude": 00.000000`, as who makes logs anonymous leaves them: no JSON, but a line. */
static struct span without_leading_zeros(struct parser *p, struct span object)
{
    char *to = parser_scratch(p, object.n);
    if (!to)
        return span_of(NULL, 0);
    size_t n = 0;
    bool quoted = false;
    for (size_t i = 0; i < object.n; i++) {
        char before = n ? to[n - 1] : ' ', c = object.p[i];
        quoted ^= c == '"' && before != '\\';
        bool begins = before == ' ' || before == ':' || before == '-' || before == ',';
        bool digit_follows = i + 1 < object.n && object.p[i + 1] >= '0' && object.p[i + 1] <= '9';
        if (quoted || c != '0' || !begins || !digit_follows)
            to[n++] = c;
    }
    return span_of(to, n);
}

/* The line's object; columns that the row around it has are put into it. */
static enum parse_result parse_lss_line(struct parser *p, struct span line, const struct row *outer, struct record *r)
{
    struct row row;
    if (span_search(line, SPAN_LITERAL("ConnectionStatus")) == line.n)
        return record_verdict(r, PARSE_SKIP, "no_connection_status");
    struct span object = span_trim(span_from(line, span_find(line, '{', 0)));
    if (object.n == 0 || (!row_from_json(&row, p->inner_json, p->keys, object) &&
                          !row_from_json(&row, p->inner_json, p->keys, without_leading_zeros(p, object))))
        return record_verdict(r, PARSE_BAD, "json");
    if (!outer && row_text(&row, LSS_ConnectionStatus).n && !row_has(&row, LSS_IPProtocol) &&
        !row_has(&row, LSS_ServicePort))
        return record_verdict(r, PARSE_SKIP, "browser_access");
    for (unsigned i = 0; outer && i < 2; i++) {
        unsigned column = i ? CSL__ItemId : CSL_TimeGenerated;
        if (row_has(outer, column))
            row_set(&row, column, &outer->cell[column]);
    }
    return row_record(&lss_rules, p, &row, r);
}

static void set_text(struct row *row, unsigned column, struct span text)
{
    if (text.n)
        row_set_text(row, column, text);
}

/* The templates CSV and TSV, from ConnectionStatus on; 0: not read. */
static const uint8_t lss_values[] = {
    [0] = LSS_ConnectionStatus,
    [1] = LSS_IPProtocol,
    [3] = LSS_Username,
    [4] = LSS_ServicePort,
    [5] = LSS_ClientPublicIP,
    [6] = LSS_ClientPrivateIP,
    [7] = LSS_ClientLatitude,
    [8] = LSS_ClientLongitude,
    [9] = LSS_ClientCountryCode,
    [11] = LSS_Policy,
    [12] = LSS_Connector,
    [14] = LSS_ConnectorIP,
    [16] = LSS_Host,
    [17] = LSS_Application,
    [20] = LSS_ServerIP,
    [21] = LSS_ServerPort,
    [24] = LSS_TimestampConnectionStart,
    [25] = LSS_TimestampConnectionEnd,
    [38] = LSS_ZENTotalBytesRxClient,
    [40] = LSS_ZENTotalBytesTxClient,
};
enum { SESSION_ID = 1, STATUS_MIN = 4, STATUS_MAX = 6, CONNECTOR_PORT = 15, SERVER_PORT = 21, LSS_VALUES_MAX = 64 };

static bool is_whole(struct span text)
{
    int64_t number;
    return number_parse_whole(text, &number);
}

/* Where the status is among the values: the connection's id before it has a comma in it, and a customer's name may.
 * 0: nowhere. */
static unsigned find_status(const struct span *value, unsigned n)
{
    for (unsigned i = STATUS_MIN; i <= STATUS_MAX && i + SERVER_PORT < n; i++)
        if ((span_equal_nocase(value[i], SPAN_LITERAL("open")) || span_equal_nocase(value[i], SPAN_LITERAL("active")) ||
             span_equal_nocase(value[i], SPAN_LITERAL("close"))) &&
            is_whole(value[i + 1]))
            return i;
    return 0;
}

static const struct span lss_mark = SPAN_WORD(" zpa-lss: ");

/* `Tue May 14 07:20:31 2024 User Activity zpa-lss: ,customer,session,…`: values stand as they are, without quotes. */
static enum parse_result parse_lss_values(struct parser *p, struct span line, size_t mark, struct record *r)
{
    enum { TIME_BYTES = 24 };
    static const struct span kind = SPAN_WORD(" User Activity");
    struct span values = span_from(line, mark + lss_mark.n), value[LSS_VALUES_MAX];
    if (mark < kind.n || !span_equal(span_of(line.p + mark - kind.n, kind.n), kind))
        return record_verdict(r, PARSE_SKIP, "no_connection_status");
    unsigned n = 0;
    char separator = values.n ? values.p[0] : ',';
    for (size_t at = 1, end; at <= values.n && n < LSS_VALUES_MAX; at = end + 1) {
        end = span_find(values, separator, at);
        value[n++] = span_of(values.p + at, end - at);
    }
    unsigned status = find_status(value, n);
    if (!status || !is_whole(value[status + CONNECTOR_PORT]) || !is_whole(value[status + SERVER_PORT]))
        return record_verdict(r, PARSE_BAD, "field_count");
    struct row row;
    row_clear(&row);
    size_t behind = mark - kind.n, time = behind > TIME_BYTES ? behind - TIME_BYTES : 0;
    set_text(&row, LSS_LogTimestamp, span_of(line.p + time, behind - time));
    set_text(&row, LSS_SessionID, value[SESSION_ID]);
    set_text(&row, LSS_InternalReason, value[status - 1]);
    for (unsigned i = 0; i < sizeof lss_values && status + i < n; i++)
        if (lss_values[i])
            set_text(&row, lss_values[i], value[status + i]);
    return row_record(&lss_rules, p, &row, r);
}

/* Names in LEEF that are others than in JSON. */
static const struct {
    const char *name;
    uint8_t column;
} lss_leef_names[] = {
    { "devTime", LSS_LogTimestamp },
    { "proto", LSS_IPProtocol },
    { "usrName", LSS_Username },
    { "dstPort", LSS_ServicePort },
    { "src", LSS_ClientPublicIP },
    { "srcPreNAT", LSS_ClientPrivateIP },
    { "policy", LSS_Policy },
    { "ApplicationName", LSS_Host },
    { "ApplicationSegment", LSS_Application },
    { "dst", LSS_ServerIP },
    { "TimestampConnectionStart:iso8601", LSS_TimestampConnectionStart },
    { "TimestampConnectionEnd:iso8601", LSS_TimestampConnectionEnd },
};

static int lss_leef_column(const struct parser *p, struct span key)
{
    for (size_t i = 0; i < sizeof lss_leef_names / sizeof lss_leef_names[0]; i++)
        if (span_is(key, lss_leef_names[i].name))
            return lss_leef_names[i].column;
    int number = keys_find(p->keys, key);
    return number >= LSS_FIRST && number < COLUMN_TYPE ? number : KEY_NONE;
}

/* `LEEF:1.0|Zscaler|ZPA|version|status and reason|cat=ZPA User Activity` and pairs. */
static enum parse_result parse_lss_leef(struct parser *p, const struct leef *m, struct record *r)
{
    struct keyvalue_cursor c;
    struct row row;
    struct span key, value;
    row_clear(&row);
    keyvalue_begin(&c, &m->syntax, m->pairs, NULL);
    while (keyvalue_next(&c, &key, &value)) {
        int column = lss_leef_column(p, key);
        if (column != KEY_NONE)
            set_text(&row, (unsigned)column, value);
    }
    return row_record(&lss_rules, p, &row, r);
}

static enum parse_result parse_lss(struct parser *p, struct span unit, struct record *r)
{
    struct span line = syslog_trim(unit);
    if (!line.n)
        return PARSE_NOTHING;
    size_t object = span_find(line, '{', 0), mark = span_search(span_of(line.p, object), lss_mark);
    return mark < object ? parse_lss_values(p, line, mark, r) : parse_lss_line(p, line, NULL, r);
}

/* ------------------------------------------------------------------ any line */

/* Keys of the JSON feed, numbered behind those of LSS. */
enum { LINE_FEED = COLUMN_TYPE + 1, LINE_SOURCETYPE = LINE_FEED + FEED_COLUMNS };
_Static_assert((int)LINE_SOURCETYPE < (int)ROW_NUMBERS_MAX, "no number is left for keys");

static enum parse_result parse_feed_json(struct parser *p, struct json_reader *reader, struct span object,
                                         struct span head, struct record *r)
{
    struct row json;
    struct commonsecuritylog row;
    if (!row_from_json(&json, reader, p->keys, object))
        return record_verdict(r, PARSE_BAD, "json");
    if (!span_is(row_text(&json, LINE_SOURCETYPE), "zscalernss-fw"))
        return record_verdict(r, PARSE_SKIP, "not_firewall");
    begin_feed_row(p, &row);
    for (unsigned i = 0; i < FEED_COLUMNS; i++)
        set_feed_column(&row, i, percent_decode(p, row_text(&json, LINE_FEED + i)));
    set_missing_destination(&row);
    return commonsecuritylog_native_record(&rules, p, &row, head, r);
}

static bool contains(struct span text, struct span word)
{
    return span_search(text, word) < text.n;
}

static enum parse_result parse_leef(struct parser *p, struct leef *m, struct record *r)
{
    if (!leef_read(p, m))
        return record_verdict(r, PARSE_BAD, "leef_header");
    if (!span_is(m->vendor, "Zscaler"))
        return record_verdict(r, PARSE_SKIP, "not_zscaler");
    if (span_is(m->product, "NSS-FW"))
        return parse_feed_leef(p, m, r);
    return span_is(m->product, "ZPA") ? parse_lss_leef(p, m, r) : record_verdict(r, PARSE_SKIP, "not_firewall");
}

/* CEF, and lines of the other syntaxes between: files hold what several feeds sent to one receiver. */
static enum parse_result parse_line(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    struct span line = syslog_trim(unit);
    size_t object = span_find(line, '{', 0);
    struct leef m;
    if (object < line.n && contains(line, SPAN_LITERAL("zscalernss-")))
        return parse_feed_json(p, p->inner_json, span_from(line, object), span_of(line.p, object), r);
    if (object < line.n && contains(line, SPAN_LITERAL("\"LogTimestamp\"")))
        return parse_lss_line(p, line, NULL, r);
    if (contains(line, SPAN_LITERAL("\tproduct=")))
        return parse_feed_pairs(p, line, r);
    if (leef_find(line, &m))
        return parse_leef(p, &m, r);
    size_t mark = span_search(line, lss_mark);
    if (mark < line.n)
        return parse_lss_values(p, line, mark, r);
    return contains(line, SPAN_LITERAL("\",\"")) ? parse_feed_csv(p, line, r) : record_verdict(r, result, "cef_start");
}

/* An object of a feed, or with a line as text in it. */
static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    if (row_has(&row, LINE_SOURCETYPE))
        return parse_feed_json(p, p->json, unit, span_of(unit.p, 0), r);
    if (row_has(&row, LSS_LogTimestamp))
        return parse_lss_line(p, unit, NULL, r);
    enum parse_result result = wrapped_parse(parse_line, p, unit, r);
    bool other = result == PARSE_SKIP && span_is(span_text(r->reason), "no_text");
    return other ? record_verdict(r, PARSE_SKIP, "not_firewall") : result;
}

static enum parse_result parse_zpa_row(struct parser *p, const struct row *row, struct record *r)
{
    struct span type = row_text(row, COLUMN_TYPE);
    if (type.n && !span_is(type, "ZPA_CL"))
        return record_verdict(r, PARSE_SKIP, "other_table");
    return parse_lss_line(p, row_text(row, CSL_Message), row, r);
}

/* ------------------------------------------------------------------ table */

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return row_has(&row, CSL_DeviceVendor) ? commonsecuritylog_parse_table(&rules, p, unit, r)
                                           : parse_zpa_row(p, &row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    return commonsecuritylog_parse_table_csv(&rules, p, unit, r);
}

static enum parse_result parse_table_zpa_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_zpa_row(p, &row, r) : result;
}

/* ------------------------------------------------------------------ recognition */

static bool has(struct span head, const char *word)
{
    return span_search(head, span_text(word)) < head.n;
}

static struct span first_line(struct span head)
{
    return span_of(head.p, span_find(head, '\n', 0));
}

static enum probe_result probe_cef(struct span head)
{
    static const char *const words[] = { "|Zscaler|", "\"zscalernss-", NULL };
    return commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_feed_csv(struct span head)
{
    unsigned between = 0;
    struct span line = first_line(head);
    for (size_t at = 0; (at += span_search(span_from(line, at), SPAN_LITERAL("\",\""))) < line.n; at += 3)
        between++;
    return between == FEED_COLUMNS - 1 && !has(line, "TimeGenerated") ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_result probe_feed_json(struct span head)
{
    static const char *const words[] = { "|Zscaler|",     "zscalernss-", "\\\"ConnectionStatus\\\"",
                                         "\\tproduct=fw", " zpa-lss: ",  NULL };
    if (!row_is_json(head) || has(head, "\"TimeGenerated"))
        return PROBE_NO;
    return has(head, "\"zscalernss-") ? PROBE_LIKELY : wrapped_probe(head, words);
}

static enum probe_result probe_feed_pairs(struct span head)
{
    struct span line = first_line(head);
    return !row_is_json(head) && has(line, "\tproduct=") && has(head, "\tcsip=") ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_result probe_lss(struct span head)
{
    struct span line = first_line(head);
    if (!row_is_json(head) && has(line, "zpa-lss: "))
        return PROBE_LIKELY;
    return span_find(line, '{', 0) < line.n && (has(head, "\"ConnectionStatus\"") || has(head, "\"LogTimestamp\"")) &&
                   !has(head, "\"TimeGenerated")
               ? PROBE_LIKELY
               : PROBE_NO;
}

static const char *const table_words[] = { "Zscaler", "ConnectionStatus", "ZPA_CL", NULL };

static enum probe_result probe_table(struct span head)
{
    return row_probe_json(head, table_words);
}

static enum probe_result probe_table_csv(struct span head)
{
    return commonsecuritylog_probe_table_csv(head, vendors);
}

static enum probe_result probe_table_zpa_csv(struct span head)
{
    static const char *const words[] = { "Message", NULL };
    if (row_probe_csv(head, words) != PROBE_LIKELY || has(first_line(head), "DeviceVendor"))
        return PROBE_NO;
    return has(head, "ConnectionStatus") ? PROBE_LIKELY : PROBE_POSSIBLE;
}

/* ------------------------------------------------------------------ forms */

#define FEED_KEY(key, column) { "event." #key, LINE_FEED + FEED_##key },
static const struct key line_keys[] = {
    COMMONSECURITYLOG_CEF_KEYS LSS(LSS_KEY) FEED(FEED_KEY){ "event.time", LINE_FEED + FEED_datetime },
    { "event.login", LINE_FEED + FEED_user },
    { "event.clt_sip", LINE_FEED + FEED_csip },
    { "event.clt_sport", LINE_FEED + FEED_csport },
    { "event.srv_dip", LINE_FEED + FEED_sdip },
    { "event.srv_dport", LINE_FEED + FEED_sdport },
    { "sourcetype", LINE_SOURCETYPE },
};
static const struct key table_keys[] = {
    COMMONSECURITYLOG_COLUMN_KEYS LSS(LSS_KEY){ "Type", COLUMN_TYPE },
    { "TimeGenerated [UTC]", CSL_TimeGenerated },
    { "TimeGenerated [Local Time]", CSL_TimeGenerated },
};
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM(
        "native", "ZIA firewall feed (NSS) as CEF or LEEF, ZPA user activity as LEEF; the other feeds between",
        probe_cef, parse_line, struct commonsecuritylog_native, line_keys),
    COMMONSECURITYLOG_LINES_FORM("native-csv", "ZIA firewall feed (NSS) as 36 comma-separated values", probe_feed_csv,
                                 parse_feed_csv, struct commonsecuritylog_native, line_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("ZIA firewall feed (NSS) as JSON, or any feed's lines as text in JSON objects",
                                   probe_feed_json, parse_json, struct commonsecuritylog_native, line_keys),
    COMMONSECURITYLOG_LINES_FORM("native-pairs", "ZIA firewall feed (NSS) as tab-separated key=value", probe_feed_pairs,
                                 parse_feed_pairs, struct commonsecuritylog_native, line_keys),
    { .name = "native-zpa",
      .help = "ZPA user activity (LSS) as lines of its templates JSON, CSV and TSV",
      .framing = FRAMING_SYSLOG,
      .probe = probe_lss,
      .parse = parse_lss,
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
    COMMONSECURITYLOG_TABLE_FORM("CommonSecurityLog and ZPA_CL rows as JSON"),
    COMMONSECURITYLOG_TABLE_CSV_FORM("table-csv", probe_table_csv, parse_table_csv),
    { .name = "table-zpa-csv",
      .help = "ZPA_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_zpa_csv,
      .parse = parse_table_zpa_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
};

COLLECTOR(zscaler) = {
    .id = "zscaler",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
