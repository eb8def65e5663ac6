/* SonicWall firewalls: SonicOS messages as CEF ("ArcSight") and as key=value ("Enhanced Syslog"), and exported
 * CommonSecurityLog rows.
 *
 * Lines of both syntaxes may stand in one file.  In CEF the quotes around texts are part of the value (fw_action="NA"),
 * labels carry values of their own (cs3Label=LAN), and a key may stand twice; in Enhanced Syslog an end of a connection
 * is one value, `address:port:interface:host`, of which every part may be missing.
 * Source: vendor's SonicOS and SonicOSX log event reference guides.
 */
#include "core/collector.h"

#include "common/ip.h"
#include "common/number.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/keyvalue.h"
#include "formats/wrapped.h"

/* What has no column, and what only Enhanced Syslog has. */
enum {
    OWN_GROUP = CSL_OWN,
    OWN_SRC_V6,
    OWN_DST_V6,
    OWN_SRC_NAT_PORT,
    OWN_DST_NAT_PORT,
    OWN_USER,
    OWN_APP_NAME,
    OWN_APP_CATEGORY,
    OWN_APP_ID,
    OWN_ACTION,
    PAIR_SERIAL,
    PAIR_TIME,
    PAIR_PRIORITY,
    PAIR_MESSAGE_ID,
    PAIR_SRC_ZONE,
    PAIR_DST_ZONE,
    PAIR_SRC_NAT,
    PAIR_DST_NAT,
    PAIR_SRC_NAT_V6,
    PAIR_DST_NAT_V6,
    PAIR_SENT,
    PAIR_RECEIVED,
    PAIR_USER,
    PAIR_RULE,
    PAIR_SRC_MAC,
    PAIR_DST_MAC,
    PAIR_ICMP_TYPE,
    PAIR_ICMP_CODE
};

/* clang-format off */
#define OWN_KEYS \
    { "gcat", OWN_GROUP }, { "srcV6", OWN_SRC_V6 }, { "dstV6", OWN_DST_V6 }, { "snpt", OWN_SRC_NAT_PORT }, \
    { "dnpt", OWN_DST_NAT_PORT }, { "susr", OWN_USER }, { "appName", OWN_APP_NAME }, \
    { "appcat", OWN_APP_CATEGORY }, { "sid", OWN_APP_ID }, { "fw_action", OWN_ACTION }

#define PAIR_KEYS \
    { "sn", PAIR_SERIAL }, { "time", PAIR_TIME }, { "pri", PAIR_PRIORITY }, { "m", PAIR_MESSAGE_ID }, \
    { "srcZone", PAIR_SRC_ZONE }, { "dstZone", PAIR_DST_ZONE }, { "natSrc", PAIR_SRC_NAT }, \
    { "natDst", PAIR_DST_NAT }, { "natSrcV6", PAIR_SRC_NAT_V6 }, { "natDstV6", PAIR_DST_NAT_V6 }, \
    { "sent", PAIR_SENT }, { "rcvd", PAIR_RECEIVED }, { "usr", PAIR_USER }, { "rule", PAIR_RULE }, \
    { "srcMac", PAIR_SRC_MAC }, { "dstMac", PAIR_DST_MAC }, { "type", PAIR_ICMP_TYPE }, \
    { "code", PAIR_ICMP_CODE }

/* src, dst, proto and msg are keys of both syntaxes. */
#define CEF_KEYS \
    { "cn1", CSL_FieldDeviceCustomNumber1 }, { "cn2", CSL_FieldDeviceCustomNumber2 }, \
    { "cs1", CSL_DeviceCustomString1 }, { "cs1Label", CSL_DeviceCustomString1Label }, \
    { "cs2Label", CSL_DeviceCustomString2Label }, { "cs3Label", CSL_DeviceCustomString3Label }, \
    { "cs4Label", CSL_DeviceCustomString4Label }, { "deviceInboundInterface", CSL_DeviceInboundInterface }, \
    { "deviceOutboundInterface", CSL_DeviceOutboundInterface }, { "dmac", CSL_DestinationMACAddress }, \
    { "dpt", CSL_DestinationPort }, { "dst", CSL_DestinationIP }, { "dtz", CSL_DeviceTimeZone }, \
    { "in", CSL_ReceivedBytes }, { "msg", CSL_Message }, { "out", CSL_SentBytes }, { "proto", CSL_Protocol }, \
    { "rt", CSL_ReceiptTime }, { "smac", CSL_SourceMACAddress }, { "spt", CSL_SourcePort }, \
    { "src", CSL_SourceIP }, { "suser", CSL_SourceUserName }

static const struct key native_keys[] = { CEF_KEYS, OWN_KEYS, PAIR_KEYS };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS OWN_KEYS };

/* Field, kind, where it comes from. */
#define FIELDS(X) \
    X(action, DESCRIPTOR, OWN_ACTION) \
    X(src_zone, DESCRIPTOR, CSL_DeviceCustomString3Label) \
    X(dst_zone, DESCRIPTOR, CSL_DeviceCustomString4Label) \
    X(app_name, DESCRIPTOR, OWN_APP_NAME) \
    X(app_category, DESCRIPTOR, OWN_APP_CATEGORY) \
    X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(product, DESCRIPTOR, CSL_DeviceProduct) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) \
    X(activity, TEXT, CSL_Activity) \
    X(app_id, TEXT, OWN_APP_ID) \
    X(src_nat_ip, TEXT, CSL_DeviceCustomString1Label) \
    X(dst_nat_ip, TEXT, CSL_DeviceCustomString2Label) \
    X(src_port, PORT, CSL_SourcePort) \
    X(dst_port, PORT, CSL_DestinationPort) \
    X(src_nat_port, PORT, OWN_SRC_NAT_PORT) \
    X(dst_nat_port, PORT, OWN_DST_NAT_PORT) \
    X(user, TEXT, OWN_USER) \
    X(src_user, TEXT, CSL_SourceUserName) \
    X(src_mac, TEXT, CSL_SourceMACAddress) \
    X(dst_mac, TEXT, CSL_DestinationMACAddress) \
    X(inbound_interface, TEXT, CSL_DeviceInboundInterface) \
    X(outbound_interface, TEXT, CSL_DeviceOutboundInterface) \
    X(rule, TEXT, CSL_DeviceCustomString1) \
    X(icmp_type, INTEGER, CSL_FieldDeviceCustomNumber1) \
    X(icmp_code, INTEGER, CSL_FieldDeviceCustomNumber2) \
    X(serial, TEXT, PAIR_SERIAL) \
    X(computer, TEXT, CSL_Computer) \
    X(item_id, TEXT, CSL__ItemId)

/* Derived from more than one column. */
#define DERIVED(X) \
    X(protocol, DESCRIPTOR) \
    X(dropped, DESCRIPTOR) \
    X(dst_is_broadcast, DESCRIPTOR) \
    X(application_protocol, TEXT) \
    X(src_ip, TEXT) \
    X(dst_ip, TEXT) \
    X(bytes, INTEGER)
/* clang-format on */

#define FIELD_NUMBER(name, kind, from) F_##name,
#define DERIVED_NUMBER(name, kind)     F_##name,
enum { FIELDS(FIELD_NUMBER) COLUMN_FIELDS_N, BEFORE_DERIVED = COLUMN_FIELDS_N - 1, DERIVED(DERIVED_NUMBER) FIELDS_N };

#define FIELD_ROW(name, kind, from) { #name, FIELD_##kind },
#define DERIVED_ROW(name, kind)     { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) DERIVED(DERIVED_ROW) };

#define FIELD_FROM(name, kind, from) { F_##name, from },
static const struct commonsecuritylog_field fields_from[] = { FIELDS(FIELD_FROM) };

/* ------------------------------------------------------------------ selection */

/* Is the text one of these decimal numbers? */
static bool is_one_of(struct span text, const int64_t *numbers, unsigned n)
{
    int64_t number;
    if (!number_parse_int(text, &number))
        return false;
    for (unsigned i = 0; i < n; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* Web sites that were accessed or denied, changes of the configuration, and the like. */
static const char *select_event(struct commonsecuritylog *row)
{
    static const int64_t excluded[] = { 14, 97, 1382, 440, 441, 442, 646, 647, 734, 735 };
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "SonicWall"))
        return "not_sonicwall";
    return is_one_of(commonsecuritylog_get(row, CSL_DeviceEventClassID), excluded, 10) ? "excluded_event" : NULL;
}

static struct span first_text(struct parser *p, struct commonsecuritylog *row, unsigned column, unsigned other)
{
    struct span text = commonsecuritylog_text(p, row, column);
    return text.n ? text : commonsecuritylog_text(p, row, other);
}

/* What messages of Enhanced Syslog say without gcat, proto and fw_action, which firmware before 6.5 does not write. */
static const struct message {
    int64_t id;
    bool dropped;
    const char *protocol;
} messages[] = {
    { 28, true, NULL },     { 36, true, "tcp" },    { 37, true, "udp" },   { 38, true, "icmp" },  { 41, true, NULL },
    { 98, false, NULL },    { 173, true, "tcp" },   { 174, true, "udp" },  { 175, true, "icmp" }, { 522, true, NULL },
    { 523, true, "icmp" },  { 524, true, "tcp" },   { 526, false, "tcp" }, { 537, false, NULL },  { 580, true, "tcp" },
    { 597, false, "icmp" }, { 598, false, "icmp" }, { 712, true, "tcp" },  { 713, true, "tcp" },  { 888, true, "tcp" },
    { 889, true, "tcp" },   { 890, true, "tcp" },   { 891, true, "tcp" },  { 892, true, "tcp" },  { 1153, false, NULL },
    { 1233, true, NULL },   { 1235, false, NULL },
};

/* NULL: not about a packet or a connection, or not Enhanced Syslog. */
static const struct message *message_of(struct commonsecuritylog *row)
{
    int64_t id;
    if (row->table || !number_parse_int(commonsecuritylog_get(row, PAIR_MESSAGE_ID), &id))
        return NULL;
    for (unsigned i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (messages[i].id == id)
            return &messages[i];
    return NULL;
}

/* Security Services, Firewall Settings, Network, Firewall. */
static const char *select_group(struct parser *p, struct commonsecuritylog *row)
{
    static const int64_t groups[] = { 3, 5, 6, 10 };
    struct span group = commonsecuritylog_text(p, row, OWN_GROUP);
    if (!group.n && !message_of(row))
        return "no_group";
    if (group.n && !is_one_of(group, groups, 4))
        return "other_group";
    if (!first_text(p, row, CSL_SourceIP, OWN_SRC_V6).n || !first_text(p, row, CSL_DestinationIP, OWN_DST_V6).n)
        return "no_address";
    return NULL;
}

/* ------------------------------------------------------------------ derived fields */

/* `udp/dns`: what stands before the first slash; without one, `50-esp`: what stands behind the last dash. */
static struct span protocol_of(struct span text)
{
    size_t slash = span_find(text, '/', 0);
    if (slash < text.n)
        return span_of(text.p, slash);
    for (size_t at = text.n; at > 0; at--)
        if (text.p[at - 1] == '-')
            return span_from(text, at);
    return text;
}

static struct span behind_last_slash(struct span text)
{
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '/')
        at--;
    return span_from(text, at);
}

/* Is an octet other than the first exactly 255? */
static bool is_broadcast(struct span address)
{
    for (size_t dot = span_find(address, '.', 0); dot < address.n; dot = span_find(address, '.', dot + 1))
        if (span_starts(span_from(address, dot + 1), SPAN_LITERAL("255")) &&
            (dot + 4 == address.n || address.p[dot + 4] == '.' || address.p[dot + 4] == ':'))
            return true;
    return false;
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    struct span proto = commonsecuritylog_text(p, row, CSL_Protocol);
    struct span dst = first_text(p, row, CSL_DestinationIP, OWN_DST_V6);
    int64_t sent, received;
    const struct message *message = message_of(row);
    if (!proto.n && message)
        proto = span_text(message->protocol ? message->protocol : "");
    record_set_text(r, F_protocol, protocol_of(proto));
    if (message && message->dropped && !commonsecuritylog_get(row, OWN_ACTION).n)
        record_set_text(r, F_dropped, SPAN_LITERAL("yes"));
    if (is_broadcast(dst))
        record_set_text(r, F_dst_is_broadcast, SPAN_LITERAL("yes"));
    if (parser_wants(p, F_application_protocol))
        record_set_text(r, F_application_protocol, behind_last_slash(proto));
    if (parser_wants(p, F_src_ip))
        record_set_text(r, F_src_ip, first_text(p, row, CSL_SourceIP, OWN_SRC_V6));
    if (parser_wants(p, F_dst_ip))
        record_set_text(r, F_dst_ip, dst);
    if (parser_wants(p, F_bytes)) {
        if (!commonsecuritylog_integer(p, row, CSL_SentBytes, &sent) || sent < 0)
            sent = 0;
        if (!commonsecuritylog_integer(p, row, CSL_ReceivedBytes, &received) || received < 0)
            received = 0;
        record_set_number(r, F_bytes, sent > INT64_MAX - received ? INT64_MAX : sent + received);
    }
    return NULL;
}

static const char *const vendors[] = { "SonicWall", NULL };
static const uint16_t needs[] = { CSL_ReceiptTime, OWN_GROUP,    CSL_SourceIP,  CSL_DestinationIP, OWN_SRC_V6,
                                  OWN_DST_V6,      CSL_Protocol, CSL_SentBytes, CSL_ReceivedBytes };
static const uint16_t times[] = { CSL_ReceiptTime };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = fields_from,
    .fields_n = COUNT_OF(fields_from),
    .needs = needs,
    .needs_n = COUNT_OF(needs),
    .times = times,
    .times_n = 1,
    .table_times = times,
    .table_times_n = 1,
    .select = select_event,
    .select_extension = select_group,
    .derive = derive,
};

/* ------------------------------------------------------------------ Enhanced Syslog */

static const struct keyvalue_syntax syntax = { .separator = ' ', .sign = '=', .quote = '"', .continues = true };

/* The columns that CEF has for keys of Enhanced Syslog. */
static const struct {
    uint16_t pair, column;
} pair_columns[] = {
    { PAIR_TIME, CSL_ReceiptTime },
    { PAIR_MESSAGE_ID, CSL_DeviceEventClassID },
    { CSL_Message, CSL_Activity },
    { PAIR_SRC_ZONE, CSL_DeviceCustomString3Label },
    { PAIR_DST_ZONE, CSL_DeviceCustomString4Label },
    { PAIR_SENT, CSL_SentBytes },
    { PAIR_RECEIVED, CSL_ReceivedBytes },
    { PAIR_USER, OWN_USER },
    { PAIR_RULE, CSL_DeviceCustomString1 },
    { PAIR_SRC_MAC, CSL_SourceMACAddress },
    { PAIR_DST_MAC, CSL_DestinationMACAddress },
    { PAIR_ICMP_TYPE, CSL_FieldDeviceCustomNumber1 },
    { PAIR_ICMP_CODE, CSL_FieldDeviceCustomNumber2 },
};

/* `address:port:interface:host`. */
struct end {
    struct span address, port, interface;
};

static struct span take_part(struct span *rest)
{
    size_t colon = span_find(*rest, ':', 0);
    struct span part = span_of(rest->p, colon);
    *rest = span_from(*rest, colon + 1);
    return part;
}

/* An IPv6 address stands in brackets, or alone. */
static struct end split_end(struct span text)
{
    struct end e = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    struct ip ip;
    size_t colon = span_find(text, ':', 0), bracket = text.n && text.p[0] == '[' ? span_find(text, ']', 0) : text.n;
    if (bracket < text.n) {
        e.address = span_of(text.p + 1, bracket - 1);
        text = span_from(text, bracket + 1);
        (void)take_part(&text);
    } else if (colon == text.n || (span_find(span_of(text.p, colon), '.', 0) == colon && ip_parse(text, &ip))) {
        e.address = text; /* one without a port; IPv6 has no points before its colons */
        return e;
    } else {
        e.address = take_part(&text);
    }
    e.port = take_part(&text);
    e.interface = take_part(&text);
    return e;
}

/* An end's value is replaced by its parts. */
static void set_end(struct commonsecuritylog *row, unsigned address, unsigned port, unsigned interface)
{
    struct end e = split_end(commonsecuritylog_get(row, address));
    row->present[address / 64] &= ~(UINT64_C(1) << (address % 64));
    commonsecuritylog_set(row, address, e.address);
    commonsecuritylog_set(row, port, e.port);
    commonsecuritylog_set(row, interface, e.interface);
}

static void set_nat(struct commonsecuritylog *row, unsigned pair, unsigned pair_v6, unsigned address, unsigned port)
{
    struct span text = commonsecuritylog_get(row, pair);
    struct end e = split_end(text.n ? text : commonsecuritylog_get(row, pair_v6));
    commonsecuritylog_set(row, address, e.address);
    commonsecuritylog_set(row, port, e.port);
}

static bool is_zone(struct span interface)
{
    static const char *const zones[] = { "WAN", "LAN", "DMZ", "VPN", "WLAN", NULL };
    for (const char *const *zone = zones; *zone; zone++)
        if (span_is(interface, *zone))
            return true;
    return false;
}

/* Firmware that tells no zones names the interfaces after them, up to SonicOS 4. */
static void set_zones(struct commonsecuritylog *row)
{
    struct span src = commonsecuritylog_get(row, CSL_DeviceInboundInterface),
                dst = commonsecuritylog_get(row, CSL_DeviceOutboundInterface);
    if (commonsecuritylog_get(row, PAIR_SRC_ZONE).n || commonsecuritylog_get(row, PAIR_DST_ZONE).n || !is_zone(src) ||
        !is_zone(dst))
        return;
    commonsecuritylog_set(row, CSL_DeviceCustomString3Label, src);
    commonsecuritylog_set(row, CSL_DeviceCustomString4Label, dst);
}

/* The severity that CEF has for a syslog severity 0 to 7. */
static struct span severity_of(struct span priority)
{
    static const char *const severities[] = { "10", "9", "8", "7", "6", "5", "4", "4" };
    if (priority.n != 1 || priority.p[0] < '0' || priority.p[0] > '7')
        return span_of(NULL, 0);
    return span_text(severities[priority.p[0] - '0']);
}

static enum parse_result parse_pairs(struct parser *p, struct span line, struct record *r)
{
    struct commonsecuritylog row;
    struct keyvalue_cursor c;
    struct span value;
    commonsecuritylog_native_row(&rules, p, &row);
    keyvalue_begin(&c, &syntax, line, p->keys);
    while (keyvalue_next_known(&c, &value))
        commonsecuritylog_set(&row, (unsigned)c.number, value);
    if (!commonsecuritylog_get(&row, PAIR_SERIAL).n || !commonsecuritylog_get(&row, PAIR_TIME).n)
        return record_verdict(r, PARSE_BAD, "no_message");
    for (unsigned i = 0; i < COUNT_OF(pair_columns); i++)
        commonsecuritylog_set(&row, pair_columns[i].column, commonsecuritylog_get(&row, pair_columns[i].pair));
    commonsecuritylog_set(&row, CSL_DeviceVendor, SPAN_LITERAL("SonicWall"));
    commonsecuritylog_set(&row, CSL_LogSeverity, severity_of(commonsecuritylog_get(&row, PAIR_PRIORITY)));
    set_end(&row, CSL_SourceIP, CSL_SourcePort, CSL_DeviceInboundInterface);
    set_end(&row, CSL_DestinationIP, CSL_DestinationPort, CSL_DeviceOutboundInterface);
    set_zones(&row);
    set_nat(&row, PAIR_SRC_NAT, PAIR_SRC_NAT_V6, CSL_DeviceCustomString1Label, OWN_SRC_NAT_PORT);
    set_nat(&row, PAIR_DST_NAT, PAIR_DST_NAT_V6, CSL_DeviceCustomString2Label, OWN_DST_NAT_PORT);
    const char *reason = select_event(&row);
    if (reason)
        return record_verdict(r, PARSE_SKIP, reason);
    return commonsecuritylog_native_record(&rules, p, &row, line, r);
}

/* ------------------------------------------------------------------ forms */

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    return parse_pairs(p, syslog_trim(unit), r);
}

COMMONSECURITYLOG_PARSE_WRAPPED

COMMONSECURITYLOG_PARSE_TABLES(rules)

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "|SonicWall|", "id=firewall sn=", NULL };
    enum probe_result result = commonsecuritylog_probe_native(head, words);
    return result == PROBE_POSSIBLE && span_search(head, SPAN_LITERAL(" sn=")) < head.n &&
                   span_search(head, SPAN_LITERAL(" fw=")) < head.n && span_search(head, SPAN_LITERAL(" pri=")) < head.n
               ? PROBE_LIKELY
               : result;
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const words[] = { "|SonicWall|", "id=firewall sn=", NULL };
    return wrapped_probe(head, words);
}

static const char *const table_words[] = { "SonicWall", NULL };

COMMONSECURITYLOG_PROBE_TABLES(table_words)

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native", "SonicOS syslog: CEF (ArcSight) and key=value (Enhanced Syslog)",
                                 probe_native, parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects", probe_wrapped, parse_wrapped,
                                   struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(sonicwall) = {
    .id = "sonicwall",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
