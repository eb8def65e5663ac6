/* Check Point: firewall and IPS (SmartDefense) records of Log Exporter as CEF, syslog and LEEF, and exported
 * CommonSecurityLog rows.
 *
 * The field `product` tells the two apart. A stream may hold all syntaxes side by side; those without CEF have the
 * vendor's own names for what CEF has keys for (log_columns).
 * Source: vendor's Log Exporter guide and log field descriptions.
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/row.h"
#include "formats/keyvalue.h"
#include "formats/leef.h"
#include "formats/wrapped.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Keys without a column. */
/* clang-format off */
#define OWN(X) \
    X(conn_direction) X(inzone) X(outzone) X(origin) X(originsicname) X(rule_uid) X(rule_name) X(rule) X(alert) \
    X(inspection_category) X(inspection_item) X(loguid) X(version)

/* Names in syslog and LEEF, and the column. */
#define LOG(X) \
    X(action, DeviceAction) X(s_port, SourcePort) X(srcPort, SourcePort) X(service, DestinationPort) \
    X(dstPort, DestinationPort) X(xlatesrc, SourceTranslatedAddress) X(srcPostNAT, SourceTranslatedAddress) \
    X(xlatedst, DestinationTranslatedAddress) X(dstPostNAT, DestinationTranslatedAddress) \
    X(xlatesport, SourceTranslatedPort) X(srcPostNATPort, SourceTranslatedPort) \
    X(xlatedport, DestinationTranslatedPort) X(dstPostNATPort, DestinationTranslatedPort) \
    X(icmp_type, FieldDeviceCustomNumber2) X(icmp_code, FieldDeviceCustomNumber3) X(time, ReceiptTime) \
    X(devTime, ReceiptTime) X(usrName, SourceUserName) X(src_user_name, SourceUserName) X(user, SourceUserName) \
    X(src_machine_name, SourceHostName) X(severity, LogSeverity) X(message, Message) X(product, DeviceProduct) \
    X(confidence_level, FlexNumber1) X(attack_info, FlexString2) \
    X(sent_bytes, SentBytes) X(received_bytes, ReceivedBytes) \
    X(ipv6_src, DeviceCustomIPv6Address2) X(ipv6_dst, DeviceCustomIPv6Address3) \
    X(ProductName, DeviceProduct) X(sport_svc, SourcePort) X(svc, DestinationPort) \
    X(xlatesport_svc, SourceTranslatedPort) X(xlatedport_svc, DestinationTranslatedPort)

#define NUMBER_OWN(key) OWN_##key,
#define NUMBER_LOG(key, column) LOG_##key,
enum {
    BEFORE_OWN = CSL_OWN - 1,
    OWN(NUMBER_OWN) OWN_confidence_label, OWN_attack_label,
    LOG(NUMBER_LOG) LOG_ifdir, LOG_service_id, LOG_protection_name, LOG_attack
};

#define KEY_OWN(key) { #key, OWN_##key },
#define KEY_LOG(key, column) { #key, LOG_##key },
static const struct key native_keys[] = {
    COMMONSECURITYLOG_CEF_KEYS OWN(KEY_OWN) LOG(KEY_LOG)
    { "origin_sic_name", OWN_originsicname },
    { "flexNumber1Label", OWN_confidence_label },
    { "flexString2Label", OWN_attack_label },
    { "Action", LOG_action },
    { "ifdir", LOG_ifdir },
    { "service_id", LOG_service_id },
    { "protection_name", LOG_protection_name },
    { "attack", LOG_attack },
};
static const struct key table_keys[] = {
    COMMONSECURITYLOG_COLUMN_KEYS OWN(KEY_OWN)
    { "origin_sic_name", OWN_originsicname },
    { "FlexNumber1Label", OWN_confidence_label },
    { "FlexString2Label", OWN_attack_label },
};

#define COLUMN_LOG(key, column) { LOG_##key, CSL_##column },
static const struct {
    uint16_t number, column;
} log_columns[] = { LOG(COLUMN_LOG) };

#define FIELDS(X) \
    X(product, DESCRIPTOR, CSL_DeviceProduct) X(action, DESCRIPTOR, CSL_DeviceAction) \
    X(proto, DESCRIPTOR, CSL_Protocol) X(direction, DESCRIPTOR, CSL_CommunicationDirection) \
    X(conn_direction, DESCRIPTOR, OWN_conn_direction) X(in_zone, DESCRIPTOR, OWN_inzone) \
    X(out_zone, DESCRIPTOR, OWN_outzone) X(activity, DESCRIPTOR, CSL_Activity) \
    X(severity, DESCRIPTOR, CSL_LogSeverity) X(product_version, DESCRIPTOR, CSL_DeviceVersion) \
    X(src_ip, TEXT, CSL_SourceIP) X(dst_ip, TEXT, CSL_DestinationIP) X(src_port, PORT, CSL_SourcePort) \
    X(dst_port, PORT, CSL_DestinationPort) X(src_nat_ip, TEXT, CSL_SourceTranslatedAddress) \
    X(dst_nat_ip, TEXT, CSL_DestinationTranslatedAddress) X(src_nat_port, PORT, CSL_SourceTranslatedPort) \
    X(dst_nat_port, PORT, CSL_DestinationTranslatedPort) X(src_host, TEXT, CSL_SourceHostName) \
    X(src_user, TEXT, CSL_SourceUserName) X(src_app, TEXT, CSL_SourceServiceName) X(message, TEXT, CSL_Message) \
    X(policy_rule, TEXT, CSL_DeviceCustomString2) X(rule_uid, TEXT, OWN_rule_uid) X(rule_name, TEXT, OWN_rule_name) \
    X(rule, INTEGER, OWN_rule) X(origin, TEXT, OWN_origin) X(origin_sic_name, TEXT, OWN_originsicname) \
    X(alert, TEXT, OWN_alert) X(inspection_category, TEXT, OWN_inspection_category) \
    X(inspection_item, TEXT, OWN_inspection_item) X(loguid, TEXT, OWN_loguid) X(version, TEXT, OWN_version) \
    X(icmp_type, TEXT, CSL_FieldDeviceCustomNumber2) X(icmp_code, INTEGER, CSL_FieldDeviceCustomNumber3) \
    X(confidence, TEXT, CSL_FlexNumber1) X(confidence_label, TEXT, OWN_confidence_label) \
    X(attack, TEXT, CSL_FlexString2) X(attack_label, TEXT, OWN_attack_label) X(count_, INTEGER, CSL_EventCount) \
    X(bytes_sent, INTEGER, CSL_SentBytes) X(bytes_received, INTEGER, CSL_ReceivedBytes)
/* clang-format on */

#define FIELD_NUMBER(name, kind, from) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_N };

#define FIELD_ROW(name, kind, from) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

#define FIELD_FROM(name, kind, from) { F_##name, from },
static const struct commonsecuritylog_field fields_from[] = { FIELDS(FIELD_FROM) };

static bool is_ips(struct span product)
{
    return span_is(product, "SmartDefense");
}

/* Exporters write the product's name as it is, as it is shown, or as their own JSON or XML has it. */
static struct span product_of(struct span name)
{
    static const struct {
        const char *name, *product;
    } names[] = {
        { "Firewall", "VPN-1 & FireWall-1" },
        { "VPN & FireWall", "VPN-1 & FireWall-1" },
        { "VPN-1 \\u0026 FireWall-1", "VPN-1 & FireWall-1" },
        { "VPN-1 &amp; FireWall-1", "VPN-1 & FireWall-1" },
        { "IPS", "SmartDefense" },
    };
    for (unsigned i = 0; i < COUNT_OF(names); i++)
        if (span_is(name, names[i].name))
            return span_text(names[i].product);
    return name;
}

static const char *select_product(struct commonsecuritylog *row)
{
    if (!row->table)
        commonsecuritylog_set(row, CSL_DeviceProduct, product_of(commonsecuritylog_get(row, CSL_DeviceProduct)));
    struct span vendor = commonsecuritylog_get(row, CSL_DeviceVendor);
    struct span product = commonsecuritylog_get(row, CSL_DeviceProduct);
    if (!span_is(vendor, "Check Point") && !span_is(vendor, "CheckPoint"))
        return "not_checkpoint";
    return span_is(product, "VPN-1 & FireWall-1") || is_ips(product) ? NULL : "other_product";
}

/* Some exporters write `accept`. */
static struct span action_of(struct parser *p, struct span action)
{
    char *text;
    if (!action.n || action.p[0] < 'a' || action.p[0] > 'z' || !(text = parser_scratch(p, action.n)))
        return action;
    memcpy(text, action.p, action.n);
    text[0] = (char)(text[0] - 'a' + 'A');
    return span_of(text, action.n);
}

/* The port of one of the services that every policy has, by the name of its object. */
static bool port_of(struct span name, int64_t *port)
{
    static const struct {
        const char *name;
        uint16_t port;
    } services[] = {
        { "http", 80 },
        { "https", 443 },
        { "domain-udp", 53 },
        { "domain-tcp", 53 },
        { "domain", 53 },
        { "dns", 53 },
        { "ssh", 22 },
        { "telnet", 23 },
        { "ftp", 21 },
        { "smtp", 25 },
        { "tftp", 69 },
        { "bootp", 67 },
        { "Kerberos_v5_TCP", 88 },
        { "Kerberos_v5_UDP", 88 },
        { "pop-3", 110 },
        { "ntp", 123 },
        { "ntp-udp", 123 },
        { "ntp-tcp", 123 },
        { "nbname", 137 },
        { "nbdatagram", 138 },
        { "nbsession", 139 },
        { "imap", 143 },
        { "snmp", 161 },
        { "snmp-trap", 162 },
        { "ldap", 389 },
        { "ldap-ssl", 636 },
        { "microsoft-ds", 445 },
        { "IKE", 500 },
        { "syslog", 514 },
        { "MS-SQL-Server", 1433 },
        { "MS-SQL-Monitor", 1434 },
        { "sqlnet2-1521", 1521 },
        { "Remote_Desktop_Protocol", 3389 },
        { "sip", 5060 },
        { "HTTP_and_HTTPS_proxy", 8080 },
    };
    for (unsigned i = 0; i < COUNT_OF(services); i++)
        if (span_equal_nocase(name, span_text(services[i].name))) {
            *port = services[i].port;
            return true;
        }
    return false;
}

static void set_missing(struct parser *p, struct commonsecuritylog *row, unsigned column, struct record *r,
                        unsigned field)
{
    if (parser_wants(p, field) && !record_has(r, field))
        record_set_text(r, field, commonsecuritylog_text(p, row, column));
}

/* What native records have otherwise than rows: actions in lower case, addresses of IPv6 in fields of their own, names
 * of services for their ports. */
static const char *derive_native(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    if (row->table)
        return NULL;
    if (record_has(r, F_action))
        record_set_text(r, F_action, action_of(p, r->value[F_action].text));
    set_missing(p, row, CSL_DeviceCustomIPv6Address2, r, F_src_ip);
    set_missing(p, row, CSL_DeviceCustomIPv6Address3, r, F_dst_ip);
    int64_t port;
    if (!record_has(r, F_dst_port) && port_of(commonsecuritylog_text(p, row, CSL_DestinationPort), &port))
        record_set_port(r, F_dst_port, port);
    return NULL;
}

static const char *const vendors[] = { "Check Point", "CheckPoint", NULL };
static const uint16_t needs[] = { CSL_ReceiptTime, CSL_DeviceCustomIPv6Address2, CSL_DeviceCustomIPv6Address3 };
static const uint16_t times[] = { CSL_ReceiptTime };

static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = fields_from,
    .fields_n = FIELDS_N,
    .needs = needs,
    .needs_n = 3,
    .times = times,
    .times_n = 1,
    .table_times = times,
    .table_times_n = 1,
    .select = select_product,
    .derive = derive_native,
};

/* ------------------------------------------------------------------ syslog and LEEF */

static void set_activity(struct parser *p, const struct keyvalue *kv, bool ips, struct commonsecuritylog *row)
{
    struct span activity = keyvalue_text(p, kv, ips ? LOG_protection_name : LOG_service_id);
    if (!activity.n)
        activity = ips ? keyvalue_text(p, kv, LOG_attack) : SPAN_LITERAL("Log");
    commonsecuritylog_set(row, CSL_Activity, activity);
}

static void set_derived(struct parser *p, const struct keyvalue *kv, struct commonsecuritylog *row)
{
    struct span interface = keyvalue_get(kv, LOG_ifdir);
    if (span_is(interface, "inbound"))
        commonsecuritylog_set(row, CSL_CommunicationDirection, SPAN_LITERAL("0"));
    if (span_is(interface, "outbound"))
        commonsecuritylog_set(row, CSL_CommunicationDirection, SPAN_LITERAL("1"));
    if (keyvalue_has(kv, OWN_rule_name))
        commonsecuritylog_set(row, CSL_DeviceCustomString2, keyvalue_text(p, kv, OWN_rule_name));
    if (keyvalue_has(kv, LOG_confidence_level))
        commonsecuritylog_set(row, OWN_confidence_label, SPAN_LITERAL("Confidence"));
    if (keyvalue_has(kv, LOG_attack_info))
        commonsecuritylog_set(row, OWN_attack_label, SPAN_LITERAL("Attack Information"));
    if (!commonsecuritylog_get(row, CSL_DestinationPort).n)
        commonsecuritylog_set(row, CSL_DestinationPort, keyvalue_text(p, kv, LOG_service_id));
    set_activity(p, kv, is_ips(commonsecuritylog_get(row, CSL_DeviceProduct)), row);
}

/* `26Sep2017 20:18:31`, as the log server's own programs write it, as `Sep 26 2017 20:18:31`. */
static struct span time_of(struct parser *p, struct span time)
{
    size_t day = 0;
    while (day < time.n && time.p[day] >= '0' && time.p[day] <= '9')
        day++;
    char *text = NULL;
    if (day == 0 || day > 2 || time.n < day + 8 || time.p[day] < 'A' || !(text = parser_scratch(p, time.n + 2)))
        return time;
    memcpy(text, time.p + day, 3);
    text[3] = ' ';
    memcpy(text + 4, time.p, day);
    text[4 + day] = ' ';
    memcpy(text + 5 + day, time.p + day + 3, time.n - day - 3);
    return span_of(text, time.n + 2);
}

/* `product` and `action` are empty where the pairs say them. */
static enum parse_result parse_pairs(struct parser *p, const struct keyvalue *kv, struct span head, struct span product,
                                     struct span action, struct record *r)
{
    struct commonsecuritylog row;
    if (!product.n)
        product = keyvalue_text(p, kv, keyvalue_has(kv, LOG_product) ? LOG_product : LOG_ProductName);
    commonsecuritylog_native_row(&rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceVendor, SPAN_LITERAL("Check Point"));
    commonsecuritylog_set(&row, CSL_DeviceProduct, product);
    r->reason = select_product(&row);
    if (r->reason)
        return PARSE_SKIP;
    product = commonsecuritylog_get(&row, CSL_DeviceProduct);
    for (unsigned i = 0; i < LOG_action; i++)
        if (keyvalue_has(kv, i))
            commonsecuritylog_set(&row, i, keyvalue_text(p, kv, i));
    for (unsigned i = 0; i < COUNT_OF(log_columns); i++)
        if (keyvalue_has(kv, log_columns[i].number))
            commonsecuritylog_set(&row, log_columns[i].column, keyvalue_text(p, kv, log_columns[i].number));
    commonsecuritylog_set(&row, CSL_DeviceProduct, product);
    if (!action.n)
        action = keyvalue_text(p, kv, LOG_action);
    commonsecuritylog_set(&row, CSL_DeviceAction, action);
    commonsecuritylog_set(&row, CSL_ReceiptTime, time_of(p, commonsecuritylog_get(&row, CSL_ReceiptTime)));
    set_derived(p, kv, &row);
    return commonsecuritylog_native_record(&rules, p, &row, head, r);
}

/* `LEEF:2.0|Check Point|product|version|action|` and pairs. */
static enum parse_result parse_leef(struct parser *p, const struct leef *m, struct record *r)
{
    if (!span_is(m->vendor, "Check Point") && !span_is(m->vendor, "CheckPoint"))
        return record_verdict(r, PARSE_SKIP, "not_checkpoint");
    struct keyvalue kv;
    keyvalue_read(&kv, &m->syntax, m->pairs, p->keys);
    return parse_pairs(p, &kv, m->head, m->product, m->event, r);
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

/* Where the word begins that ends at `end`. */
static size_t word_begin(struct span line, size_t end)
{
    while (end > 0 && is_name(line.p[end - 1]))
        end--;
    return end;
}

/* Where the pairs begin, and how they look: `[k:"v"; …]`, `[id@number k="v" …]`, `k:"v"; …`, `k=v|k=v|`, `k=v k="v"`.
 */
static const struct keyvalue_syntax *find_pairs(struct span line, size_t *start)
{
    static const struct keyvalue_syntax colons = { .separator = ';', .sign = ':', .quote = '"', .escapes = true };
    static const struct keyvalue_syntax elements = { .separator = ' ', .sign = '=', .quote = '"', .escapes = true };
    static const struct keyvalue_syntax bars = { .separator = '|', .sign = '=' };
    for (size_t at = span_find(line, '[', 0); at < line.n; at = span_find(line, '[', at + 1)) {
        size_t end = at + 1;
        while (end < line.n && is_name(line.p[end]))
            end++;
        *start = at + 1;
        if (span_starts(span_from(line, end), SPAN_LITERAL(":\"")))
            return &colons;
        if (end < line.n && line.p[end] == '@')
            return &elements;
    }
    static const struct keyvalue_syntax words = {
        .separator = ' ', .sign = '=', .quote = '"', .escapes = true, .continues = true
    };
    size_t colon = span_search(line, SPAN_LITERAL(":\"")), equals = span_find(line, '=', 0);
    if (colon < equals && span_search(line, SPAN_LITERAL("\"; ")) < line.n) {
        *start = word_begin(line, colon);
        return &colons;
    }
    *start = word_begin(line, equals);
    if (equals < line.n && span_find(line, '|', equals) < line.n)
        return &bars;
    return span_search(line, SPAN_LITERAL("product=")) < line.n ? &words : NULL;
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    struct span line = syslog_trim(unit);
    struct leef m;
    if (leef_find(line, &m))
        return leef_read(p, &m) ? parse_leef(p, &m, r) : record_verdict(r, PARSE_BAD, "leef_header");
    size_t start;
    const struct keyvalue_syntax *syntax = find_pairs(line, &start);
    if (!syntax)
        return result;
    struct keyvalue kv;
    keyvalue_read(&kv, syntax, span_from(line, start), p->keys);
    return parse_pairs(p, &kv, span_of(line.p, start), span_of(NULL, 0), span_of(NULL, 0), r);
}

/* Where a log was written again, or several layers matched, a member is an array: its first element. */
static struct span first_of(struct span array)
{
    struct span rest = span_trim(span_from(array, 1));
    bool quoted = rest.n && rest.p[0] == '"';
    size_t begin = quoted ? 1 : 0, end = begin;
    while (end < rest.n && (quoted ? rest.p[end] != '"' : rest.p[end] != ',' && rest.p[end] != ']'))
        end++;
    return span_trim(span_of(rest.p + begin, end - begin));
}

/* The pairs as the members of a JSON object.  False: it is none of those. */
static bool read_members(struct parser *p, struct span unit, struct keyvalue *kv)
{
    static const struct keyvalue_syntax none = { .separator = 0 };
    struct span key;
    struct json_value value;
    *kv = (struct keyvalue){ .syntax = &none };
    enum status status = json_open(p->json, unit);
    while (status == STATUS_OK && (status = json_next(p->json, &key, &value)) == STATUS_OK) {
        int number = keys_find(p->keys, key);
        if (value.kind == JSON_ARRAY)
            value = (struct json_value){ .kind = JSON_STRING, .text = first_of(value.text) };
        if (number == KEY_NONE || (value.kind != JSON_STRING && value.kind != JSON_NUMBER) || !value.text.n)
            continue;
        kv->value[number] = value.text;
        kv->present[number / 64] |= UINT64_C(1) << (number % 64);
    }
    return status == STATUS_END && keyvalue_has(kv, LOG_product) &&
           (keyvalue_has(kv, OWN_origin) || keyvalue_has(kv, OWN_loguid));
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct keyvalue kv;
    return read_members(p, unit, &kv) ? parse_pairs(p, &kv, span_of(unit.p, 0), span_of(NULL, 0), span_of(NULL, 0), r)
                                      : wrapped_parse(parse_native, p, unit, r);
}

COMMONSECURITYLOG_PARSE_TABLES(rules)

/* ------------------------------------------------------------------ recognition */

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = {
        "|Check Point|", "|CheckPoint|", " CheckPoint ", "product:\"VPN-1", "product=VPN-1", "loguid", NULL
    };
    return commonsecuritylog_probe_csv(head) != PROBE_NO ? PROBE_NO : commonsecuritylog_probe_native(head, words);
}

static const char *const table_words[] = { "Check Point", "CheckPoint", NULL };

static enum probe_result probe_json(struct span head)
{
    static const char *const members[] = { "\"loguid\"", "\"ifdir\"", NULL };
    static const char *const words[] = { "|Check Point|", "|CheckPoint|", " CheckPoint ", "product:\\\"VPN-1",
                                         "product=VPN-1", "loguid",       "ifdir",        NULL };
    return row_probe_json(head, members) == PROBE_LIKELY ? PROBE_LIKELY : wrapped_probe(head, words);
}

COMMONSECURITYLOG_PROBE_TABLES(table_words)

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM(
        "native", "Log Exporter: CEF, LEEF, syslog with k:\"v\"; pairs or structured data; k=v| and k=v lines",
        probe_native, parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the pairs as a JSON object, or the line as text in one", probe_json, parse_json,
                                   struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(checkpoint) = {
    .id = "checkpoint",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
