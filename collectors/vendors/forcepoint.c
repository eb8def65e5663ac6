/* Forcepoint NGFW (Stonesoft): packet filtering, file filtering and inspection records as CEF and LEEF of the Security
 * Management Center, and as rows of CommonSecurityLog.
 *
 * Source: vendor's log forwarding reference; columns of CommonSecurityLog.
 */
#include "common/ip.h"
#include "common/number.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/leef.h"
#include "formats/wrapped.h"

/* clang-format off */
#define FIELDS(X) \
    X(class_id, DESCRIPTOR, CSL_DeviceEventClassID) X(action, DESCRIPTOR, CSL_DeviceAction) \
    X(protocol, DESCRIPTOR, CSL_Protocol) X(app_name, DESCRIPTOR, CSL_DestinationServiceName) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(facility, DESCRIPTOR, CSL_DeviceFacility) X(activity, TEXT, CSL_Activity) \
    X(service, TEXT, CSL_ApplicationProtocol) X(message, TEXT, CSL_Message) X(src_ip, TEXT, CSL_SourceIP) \
    X(dst_ip, TEXT, CSL_DestinationIP) X(src_port, PORT, CSL_SourcePort) X(dst_port, PORT, CSL_DestinationPort) \
    X(src_nat_ip, TEXT, CSL_SourceTranslatedAddress) X(dst_nat_ip, TEXT, CSL_DestinationTranslatedAddress) \
    X(src_nat_port, PORT, CSL_SourceTranslatedPort) X(dst_nat_port, PORT, CSL_DestinationTranslatedPort) \
    X(bytes_sent, INTEGER, CSL_SentBytes) X(bytes_received, INTEGER, CSL_ReceivedBytes) \
    X(device_address, TEXT, CSL_DeviceAddress) X(device_name, TEXT, CSL_DeviceName) \
    X(device_id, TEXT, CSL_DeviceExternalID) X(computer, TEXT, CSL_Computer) \
    X(inbound_interface, TEXT, CSL_DeviceInboundInterface) X(outbound_interface, TEXT, CSL_DeviceOutboundInterface) \
    X(threat_id, TEXT, CSL_DeviceCustomString3) X(threat_category, TEXT, CSL_DeviceEventCategory) \
    X(received, TIME, CSL_ReceiptTime)
/* clang-format on */

#define FIELD_NUMBER(name, kind, column) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_FROM_COLUMNS,
    F_branch = FIELDS_FROM_COLUMNS, /* packet, file or inspection */
    F_band,                         /* of an inspection's class id: session, ids, severe or text */
    F_native,                       /* 1: written by the device */
    F_has_message,                  /* 1: there is one */
    F_known_message,                /* of a packet record, where it is of those that say how a connection ended */
    F_rule,
    F_url_host,
    FIELDS_N
};

#define FIELD_ROW(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "branch", FIELD_DESCRIPTOR },
    { "band", FIELD_DESCRIPTOR },
    { "native", FIELD_DESCRIPTOR },
    { "has_message", FIELD_DESCRIPTOR },
    { "known_message", FIELD_DESCRIPTOR },
    { "rule", FIELD_TEXT },
    { "url_host", FIELD_TEXT },
};

#define FIELD_FROM(name, kind, column) { F_##name, column },
static const struct commonsecuritylog_field fields_from[] = { FIELDS(FIELD_FROM) };

enum { KEY_request_url = CSL_OWN };

/* ------------------------------------------------------------------ selection */

static const char *select_firewall(struct commonsecuritylog *row)
{
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "FORCEPOINT") ||
        !span_is(commonsecuritylog_get(row, CSL_DeviceProduct), "Firewall"))
        return "not_forcepoint";
    struct span id = commonsecuritylog_get(row, CSL_DeviceEventClassID);
    return id.n == 0 || span_is(id, "0") ? "no_situation" : NULL;
}

static bool is_one_of(struct span text, const char *const *words)
{
    for (; *words; words++)
        if (span_is(text, *words))
            return true;
    return false;
}

/* Facilities are told apart by their exact names; only in the situation 70734 may their case differ. NULL: none. */
static const char *branch_of(struct parser *p, struct commonsecuritylog *row)
{
    static const char *const not_packet[] = { "70383", "70393", "70734", "71009", "71040", NULL };
    struct span facility = commonsecuritylog_text(p, row, CSL_DeviceFacility);
    struct span id = commonsecuritylog_get(row, CSL_DeviceEventClassID);
    if (span_is(facility, "Packet Filtering") && !is_one_of(id, not_packet))
        return "packet";
    if (span_is(facility, "File Filtering"))
        return "file";
    if (span_is(facility, "Inspection"))
        return "inspection";
    return span_is(id, "70734") && (span_equal_nocase(facility, SPAN_LITERAL("Inspection")) ||
                                    span_equal_nocase(facility, SPAN_LITERAL("Packet Filtering")) ||
                                    span_equal_nocase(facility, SPAN_LITERAL("File Filtering")))
               ? "inspection"
               : NULL;
}

static const char *select_facility(struct parser *p, struct commonsecuritylog *row)
{
    return branch_of(p, row) ? NULL : "other_facility";
}

/* ------------------------------------------------------------------ beside the columns */

static const char *band_of(struct span id)
{
    int64_t number;
    if (!number_parse_int(id, &number))
        return "text";
    return number >= 200000 ? "severe" : number >= 80000 ? "ids" : "session";
}

/* Messages with other words in them (addresses, names) would make every record's descriptor another. */
static struct span known_message(struct span message)
{
    enum { MESSAGE_BYTES_MAX = 96 };
    static const char *const begins[] = { "Connection ",        "TCP state violation", "invalid packet (CT)",
                                          "not a (valid) SYN ", "TSC error: ",         NULL };
    static const struct span referred = { "Referred connection not known", 29 };
    if (message.n >= referred.n && span_equal_nocase(span_of(message.p, referred.n), referred))
        return referred;
    for (const char *const *b = begins; message.n <= MESSAGE_BYTES_MAX && *b; b++)
        if (span_starts(message, span_text(*b)))
            return message;
    return span_of(NULL, 0);
}

static void set_flag(struct record *r, unsigned field, bool flag)
{
    if (flag)
        record_set_text(r, field, span_of("1", 1));
}

static bool port_of(struct span text, int64_t *port)
{
    return number_parse_int(text, port) && *port >= 0 && *port <= UINT16_MAX;
}

/* `a.b.c.d[:port]`, `[v6][:port]`, `host[:port]`; a host has no digit, backslash or colon. */
struct target {
    struct span ip, host;
    int64_t port; /* -1: none */
};

static struct target split_url(struct span url)
{
    struct target t = { .port = -1 };
    struct span name, rest;
    struct ip ip;
    bool bracket = url.n && url.p[0] == '[';
    size_t end = bracket ? span_find(url, ']', 0) : span_find(url, ':', 0);
    if (bracket && end == url.n)
        return t;
    name = bracket ? span_of(url.p + 1, end - 1) : span_of(url.p, end);
    rest = span_from(url, bracket ? end + 1 : end);
    int64_t port = -1;
    if (rest.n && (rest.p[0] != ':' || !port_of(span_from(rest, 1), &port)))
        return t;
    if (ip_parse(name, &ip)) {
        t.ip = name;
    } else {
        for (size_t i = 0; i < name.n; i++)
            if (bracket || (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '\\')
                return t;
        t.host = name;
    }
    t.port = name.n ? port : -1;
    return t;
}

/* Exported rows have it in AdditionalExtensions, whatever stands behind it included. */
static struct span request_url(struct parser *p, struct commonsecuritylog *row)
{
    static const struct span key = { "requestURL=", 11 };
    if (!row->table)
        return commonsecuritylog_text(p, row, KEY_request_url);
    struct span all = commonsecuritylog_get(row, CSL_AdditionalExtensions);
    size_t at = span_search(all, key);
    return at < all.n ? span_from(all, at + key.n) : span_of(NULL, 0);
}

/* `TCP/8443`: the service where it has no name. */
static int64_t service_port(struct span service)
{
    if (service.n < 3 || (!span_equal_nocase(span_of(service.p, 3), SPAN_LITERAL("TCP")) &&
                          !span_equal_nocase(span_of(service.p, 3), SPAN_LITERAL("UDP"))))
        return -1;
    size_t slash = span_find(service, '/', 0);
    int64_t port;
    return slash < service.n && port_of(span_from(service, slash + 1), &port) ? port : -1;
}

static void set_target(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    int64_t number;
    struct target t = split_url(request_url(p, row));
    record_set_text(r, F_url_host, t.host);
    if (t.ip.n && commonsecuritylog_text(p, row, CSL_DestinationIP).n == 0)
        record_set_text(r, F_dst_ip, t.ip);
    if (!commonsecuritylog_integer(p, row, CSL_DestinationPort, &number))
        record_set_port(r, F_dst_port,
                        t.port >= 0 ? t.port : service_port(commonsecuritylog_text(p, row, CSL_ApplicationProtocol)));
}

static void set_rule(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    struct span rule = commonsecuritylog_text(p, row, CSL_DeviceCustomString1);
    struct span nat = commonsecuritylog_text(p, row, CSL_DeviceCustomString2);
    if (nat.n) {
        char *both = parser_scratch(p, rule.n + 1 + nat.n);
        if (rule.n)
            memcpy(both, rule.p, rule.n);
        both[rule.n] = ',';
        memcpy(both + rule.n + 1, nat.p, nat.n);
        rule = span_of(both, rule.n + 1 + nat.n);
    }
    record_set_text(r, F_rule, rule);
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    const char *branch = branch_of(p, row);
    struct span message = commonsecuritylog_text(p, row, CSL_Message);
    record_set_text(r, F_branch, span_text(branch));
    if (branch[0] == 'i')
        record_set_text(r, F_band, span_text(band_of(commonsecuritylog_get(row, CSL_DeviceEventClassID))));
    if (branch[0] == 'p')
        record_set_text(r, F_known_message, known_message(message));
    set_flag(r, F_has_message, message.n > 0);
    set_flag(r, F_native, !row->table);
    set_target(p, row, r);
    if (parser_wants(p, F_rule))
        set_rule(p, row, r);
    return NULL;
}

static const uint16_t needs[] = {
    CSL_ReceiptTime,         CSL_DeviceFacility,      CSL_Message,     CSL_DestinationIP,       CSL_DestinationPort,
    CSL_ApplicationProtocol, CSL_DeviceCustomString1, KEY_request_url, CSL_DeviceCustomString2,
};
static const char *const vendors[] = { "FORCEPOINT", NULL };

static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = fields_from,
    .fields_n = FIELDS_FROM_COLUMNS,
    .needs = needs,
    .needs_n = sizeof needs / sizeof needs[0],
    .times = needs,
    .times_n = 1,
    .table_times = needs,
    .table_times_n = 1,
    .select = select_firewall,
    .select_extension = select_facility,
    .derive = derive,
};

/* ------------------------------------------------------------------ LEEF */

/* It has names where CEF has numbers, and no facility. */
static bool set_event(struct commonsecuritylog *row, struct span name)
{
    static const struct {
        const char *name, *id, *facility;
    } events[] = {
        { "Connection_Allowed", "70018", "Packet Filtering" },
        { "Connection_Discarded", "70019", "Packet Filtering" },
        { "Connection_Refused", "70020", "Packet Filtering" },
        { "Connection_Closed", "70021", "Packet Filtering" },
        { "Connection_Closed-Abnormally", "70022", "Packet Filtering" },
        { "Connection_Progress", "70026", "Packet Filtering" },
        { "File_Allowed", "76506", "File Filtering" },
        { "File_Malware-Blocked", "76508", "File Filtering" },
        { "File_Malware-Detected", "76509", "File Filtering" },
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (span_is(name, events[i].name)) {
            commonsecuritylog_set(row, CSL_DeviceEventClassID, span_text(events[i].id));
            commonsecuritylog_set(row, CSL_DeviceFacility, span_text(events[i].facility));
            return true;
        }
    return false;
}

static void set_pairs(struct commonsecuritylog *row, const struct leef *m)
{
    static const struct {
        const char *key;
        uint16_t column;
    } keys[] = {
        { "devTime", CSL_ReceiptTime },
        { "proto", CSL_Protocol },
        { "sev", CSL_LogSeverity },
        { "src", CSL_SourceIP },
        { "dst", CSL_DestinationIP },
        { "srcPort", CSL_SourcePort },
        { "dstPort", CSL_DestinationPort },
        { "srcPostNAT", CSL_SourceTranslatedAddress },
        { "dstPostNAT", CSL_DestinationTranslatedAddress },
        { "srcPostNATPort", CSL_SourceTranslatedPort },
        { "dstPostNATPort", CSL_DestinationTranslatedPort },
        { "url", KEY_request_url },
        { "msg", CSL_Message },
        { "action", CSL_DeviceAction },
        { "sender", CSL_DeviceExternalID },
    };
    struct keyvalue_cursor c;
    struct span key, value;
    keyvalue_begin(&c, &m->syntax, m->pairs, NULL);
    while (keyvalue_next(&c, &key, &value))
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            if (value.n && span_is(key, keys[i].key))
                commonsecuritylog_set(row, keys[i].column, value);
}

/* `LEEF:1.0|FORCEPOINT|Firewall|version|name|` and pairs. */
static enum parse_result parse_leef(struct parser *p, const struct leef *m, struct record *r)
{
    struct commonsecuritylog row;
    commonsecuritylog_native_row(&rules, p, &row);
    if (!span_equal_nocase(m->vendor, SPAN_LITERAL("FORCEPOINT")) || !span_is(m->product, "Firewall"))
        return record_verdict(r, PARSE_SKIP, "not_forcepoint");
    if (!set_event(&row, m->event))
        return record_verdict(r, PARSE_SKIP, "other_event");
    commonsecuritylog_set(&row, CSL_DeviceVersion, m->version);
    commonsecuritylog_set(&row, CSL_Activity, m->event);
    set_pairs(&row, m);
    return commonsecuritylog_native_record(&rules, p, &row, m->head, r);
}

/* ------------------------------------------------------------------ forms */

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    struct leef m;
    if (!leef_find(syslog_trim(unit), &m))
        return result;
    return leef_read(p, &m) ? parse_leef(p, &m, r) : record_verdict(r, PARSE_BAD, "leef_header");
}

COMMONSECURITYLOG_PARSE_WRAPPED

COMMONSECURITYLOG_PARSE_TABLES(rules)

static const char *const native_words[] = { "|FORCEPOINT|", "|Forcepoint|", NULL };
static const char *const table_words[] = { "FORCEPOINT", NULL };

static enum probe_result probe_native(struct span head)
{
    return commonsecuritylog_probe_native(head, native_words);
}

static enum probe_result probe_wrapped(struct span head)
{
    return wrapped_probe(head, native_words);
}

COMMONSECURITYLOG_PROBE_TABLES(table_words)

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS{ "requestURL", KEY_request_url } };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native", "CEF and LEEF of the Security Management Center in syslog", probe_native,
                                 parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects", probe_wrapped, parse_wrapped,
                                   struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(forcepoint) = {
    .id = "forcepoint",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
