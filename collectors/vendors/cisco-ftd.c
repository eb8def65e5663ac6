/* Cisco Secure Firewall Threat Defense: connection, intrusion and malware events as syslog (43000x), eStreamer events
 * of Firepower as CEF, and rows of CommonSecurityLog of both.
 *
 * The field `family` tells the two apart: T, a list `Key: Value, Key: Value` behind `%FTD-s-43000x:`, or JSON in its
 * place, or a connection event of eStreamer in JSON; F, CEF.
 * Source: Cisco Secure Firewall Threat Defense syslog messages (security events); eStreamer eNcore CEF output;
 * eStreamer fully qualified events.
 */
#include "formats/cef.h"
#include "formats/cisco.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/masks.h"
#include "formats/syslog.h"
#include "formats/wrapped.h"

#include "common/ip.h"
#include "common/number.h"

/* ------------------------------------------------------------------ fields */

/* Field, kind, key of family T's list. */
/* clang-format off */
#define LIST(X) \
    X(rule_action, DESCRIPTOR, "AccessControlRuleAction") X(inline_result, DESCRIPTOR, "InlineResult") \
    X(file_action, DESCRIPTOR, "FileAction") X(file_direction, DESCRIPTOR, "FileDirection") \
    X(event_priority, DESCRIPTOR, "EventPriority") X(priority, DESCRIPTOR, "Priority") \
    X(list_protocol, DESCRIPTOR, "Protocol") \
    X(list_src_ip, TEXT, "SrcIP") X(list_dst_ip, TEXT, "DstIP") X(list_src_port, PORT, "SrcPort") \
    X(list_dst_port, PORT, "DstPort") X(src_nat_ip, TEXT, "NAT_InitiatorIP") X(src_nat_port, PORT, "NAT_InitiatorPort") \
    X(dst_nat_ip, TEXT, "NAT_ResponderIP") X(dst_nat_port, PORT, "NAT_ResponderPort") \
    X(initiator_bytes, INTEGER, "InitiatorBytes") X(responder_bytes, INTEGER, "ResponderBytes") \
    X(initiator_packets, INTEGER, "InitiatorPackets") X(responder_packets, INTEGER, "ResponderPackets") \
    X(duration_s, INTEGER, "ConnectionDuration") X(sid, INTEGER, "SID") X(threat_score, TEXT, "ThreatScore") \
    X(user, TEXT, "User") X(rule, TEXT, "AccessControlRuleName") X(connection_id, TEXT, "ConnectionID") \
    X(device_uuid, TEXT, "DeviceUUID") X(ingress_interface, TEXT, "IngressInterface") \
    X(egress_interface, TEXT, "EgressInterface") X(ingress_zone, TEXT, "IngressZone") X(egress_zone, TEXT, "EgressZone") \
    X(list_app, TEXT, "ApplicationProtocol") X(client, TEXT, "Client") X(rule_reason, TEXT, "AccessControlRuleReason") \
    X(classification, TEXT, "Classification") X(disposition, TEXT, "SHA_Disposition") \
    X(threat_message, TEXT, "Message") X(threat_name, TEXT, "ThreatName") X(first_packet, TIME, "FirstPacketSecond")

/* Field, kind, column of family F. */
#define COLUMNS(X) \
    X(id, DESCRIPTOR, CSL_DeviceEventClassID) X(action, DESCRIPTOR, CSL_DeviceAction) \
    X(protocol, DESCRIPTOR, CSL_Protocol) X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) X(activity, DESCRIPTOR, CSL_Activity) \
    X(src_ip, TEXT, CSL_SourceIP) X(dst_ip, TEXT, CSL_DestinationIP) X(src_ipv6, TEXT, CSL_DeviceCustomIPv6Address2) \
    X(dst_ipv6, TEXT, CSL_DeviceCustomIPv6Address3) X(src_port, PORT, CSL_SourcePort) \
    X(dst_port, PORT, CSL_DestinationPort) X(app, TEXT, CSL_ApplicationProtocol) X(src_user, TEXT, CSL_SourceUserName) \
    X(dst_user, TEXT, CSL_DestinationUserName) X(reason, DESCRIPTOR, CSL_Reason) X(rule_name, TEXT, CSL_DeviceCustomString2) \
    X(src_zone, TEXT, CSL_DeviceCustomString3) X(dst_zone, TEXT, CSL_DeviceCustomString4) \
    X(dst_domain, TEXT, CSL_DestinationDnsDomain) X(device_name, TEXT, CSL_DeviceName) X(computer, TEXT, CSL_Computer) \
    X(device_id, TEXT, CSL_DeviceExternalID) X(record_id, TEXT, CSL_ExtID) X(device_address, TEXT, CSL_DeviceAddress) \
    X(inbound_interface, TEXT, CSL_DeviceInboundInterface) X(outbound_interface, TEXT, CSL_DeviceOutboundInterface) \
    X(category, TEXT, CSL_DeviceEventCategory) X(bytes_in, INTEGER, OWN_BYTES_IN) X(bytes_out, INTEGER, OWN_BYTES_OUT) \
    X(start, TIME, CSL_StartTime) X(end, TIME, CSL_EndTime) X(receipt, TIME, CSL_ReceiptTime)
/* clang-format on */

enum { OWN_BYTES_IN = CSL_OWN, OWN_BYTES_OUT };
#define OWN_KEYS { "bytesIn", OWN_BYTES_IN }, { "bytesOut", OWN_BYTES_OUT },

#define FIELD_NUMBER(name, kind, from) F_##name,
enum {
    LIST(FIELD_NUMBER) LIST_N,
    LAST_OF_LIST = LIST_N - 1,
    COLUMNS(FIELD_NUMBER) F_family,
    F_event,           /* F: rna, intrusion or policy; T: the id */
    F_protocol_number, /* where it is a number; of T in lines only */
    F_device_ip,
    F_icmp_type,
    F_icmp_code,
    FIELDS_N
};

#define FIELD_ROW(name, kind, from) { #name, FIELD_##kind },
static const struct field fields[] = {
    LIST(FIELD_ROW) COLUMNS(FIELD_ROW){ "family", FIELD_DESCRIPTOR },
    { "event", FIELD_DESCRIPTOR },
    { "protocol_number", FIELD_DESCRIPTOR },
    { "device_ip", FIELD_TEXT },
    { "icmp_type", FIELD_TEXT },
    { "icmp_code", FIELD_TEXT },
};

static void put(struct parser *p, struct record *r, unsigned field, struct span text)
{
    if (fields[field].kind == FIELD_DESCRIPTOR || parser_wants(p, field))
        record_set_text(r, field, text);
}

/* ------------------------------------------------------------------ T: the list */

#define LIST_NAME(name, kind, key) { key, sizeof(key) - 1 },
static const struct span list_names[LIST_N] = { LIST(LIST_NAME) };

/* Fields are numbered as the list names them. */
static int list_field(struct span key)
{
    for (size_t i = 0; i < LIST_N; i++)
        if (key.n == list_names[i].n && memcmp(key.p, list_names[i].p, key.n) == 0)
            return (int)i;
    return KEY_NONE;
}

static void put_value(struct parser *p, struct record *r, unsigned field, struct span value)
{
    static const struct parse_options utc = { 0 };
    int64_t n;
    if (fields[field].kind != FIELD_DESCRIPTOR && !parser_wants(p, field))
        return;
    switch (fields[field].kind) {
    case FIELD_DESCRIPTOR:
    case FIELD_TEXT:
        record_set_text(r, field, value);
        break;
    case FIELD_INTEGER:
        if (number_parse_natural(value, &n))
            record_set_number(r, field, n);
        break;
    case FIELD_PORT:
        if (number_parse_natural(value, &n))
            record_set_port(r, field, n);
        break;
    case FIELD_TIME:
        if (timetext_device(value, &utc, &n))
            record_set_number(r, field, n);
        break;
    }
}

/* Pieces at commas, cut at their first colon; the first of a key counts.  Gives the two values that a line without a
 * header has its time from.  False: no key is known. */
static bool read_list(struct parser *p, struct span body, struct record *r, struct span *first_packet,
                      struct span *duration)
{
    uint64_t seen = 0;
    *first_packet = *duration = span_of(NULL, 0);
    for (size_t at = 0, comma; at < body.n; at = comma + 1) {
        size_t colon = masks_either(body.p, at, body.n, ':', ',');
        comma = span_find(body, ',', colon);
        if (colon == comma)
            continue;
        int field = list_field(span_trim(span_of(body.p + at, colon - at)));
        if (field == KEY_NONE || seen >> field & 1)
            continue;
        seen |= UINT64_C(1) << field;
        struct span value = span_trim(span_of(body.p + colon + 1, comma - colon - 1));
        if (field == F_first_packet)
            *first_packet = value;
        if (field == F_duration_s)
            *duration = value;
        put_value(p, r, (unsigned)field, value);
    }
    return seen != 0;
}

/* Names in JSON that are others than in the list: those of eStreamer's events. */
static int member_field(struct span key)
{
    static const struct {
        struct span key;
        uint16_t field;
    } names[] = {
        { SPAN_WORD("InitiatorIP"), F_list_src_ip },     { SPAN_WORD("ResponderIP"), F_list_dst_ip },
        { SPAN_WORD("InitiatorPort"), F_list_src_port }, { SPAN_WORD("ResponderPort"), F_list_dst_port },
        { SPAN_WORD("AC_RuleAction"), F_rule_action },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_equal(key, names[i].key))
            return names[i].field;
    return list_field(key);
}

/* What a JSON object says beside fields. */
struct members {
    struct span event_type, first_packet, duration;
    bool known; /* some key is */
};

/* The same as the members of a JSON object; 64 readable bytes follow it.  False: malformed. */
static bool read_members(struct parser *p, struct json_reader *json, struct span object, struct record *r,
                         struct members *m)
{
    struct span key;
    struct json_value value;
    enum status status = json_open(json, object);
    *m = (struct members){ .known = false };
    while (status == STATUS_OK && (status = json_next(json, &key, &value)) == STATUS_OK) {
        if (value.kind != JSON_STRING && value.kind != JSON_NUMBER)
            continue;
        int field = member_field(key);
        if (span_is(key, "EventType"))
            m->event_type = value.text;
        if (field == KEY_NONE)
            continue;
        m->known = true;
        if (field == F_first_packet)
            m->first_packet = value.text;
        if (field == F_duration_s)
            m->duration = value.text;
        put_value(p, r, (unsigned)field, value.text);
    }
    return status == STATUS_END;
}

static bool is_threat_defense(struct span id)
{
    return id.n == 6 && memcmp(id.p, "43000", 5) == 0 && memchr("12357", id.p[5], 5);
}

/* The end of a connection where its header has no time. */
static bool list_time(struct span id, struct span first_packet, struct span duration, int64_t *ms)
{
    static const struct parse_options utc = { 0 };
    int64_t seconds;
    if (!timetext_device(first_packet, &utc, ms))
        return false;
    if (span_is(id, "430003") && number_parse_natural(duration, &seconds) && seconds < INT64_C(1000000000))
        *ms += 1000 * seconds;
    return true;
}

/* ------------------------------------------------------------------ F: columns */

#define FIELD_FROM(name, kind, column) { F_##name, column },
static const struct commonsecuritylog_field from_csl[] = { COLUMNS(FIELD_FROM) };

static bool has_term(struct span text, const char *word)
{
    struct span w = span_text(word);
    for (size_t at = 0; at < text.n;) {
        size_t found = at + span_search(span_from(text, at), w), end = found + w.n;
        if (found >= text.n)
            return false;
        bool before = found == 0 || !((text.p[found - 1] | 32) >= 'a' && (text.p[found - 1] | 32) <= 'z');
        bool behind = end == text.n || !(text.p[end] >= '0' && text.p[end] <= '9');
        if (before && behind)
            return true;
        at = end;
    }
    return false;
}

static const char *event_of(struct span id)
{
    return has_term(id, "RNA:1003:1")      ? "rna"
           : has_term(id, "INTRUSION:400") ? "intrusion"
           : has_term(id, "PV:112")        ? "policy"
                                           : NULL;
}

static const char *select_row(struct commonsecuritylog *row)
{
    struct span product = commonsecuritylog_get(row, CSL_DeviceProduct),
                id = commonsecuritylog_get(row, CSL_DeviceEventClassID);
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "Cisco"))
        return "not_ftd";
    if (span_is(product, "FTD"))
        return is_threat_defense(id) ? NULL : "other_message";
    if (!span_is(product, "Firepower"))
        return "not_ftd";
    return event_of(id) ? NULL : "other_message";
}

/* The numbers that ICMP has in the columns of ports are its type and code. */
static void derive_icmp(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    struct span protocol = commonsecuritylog_text(p, row, CSL_Protocol);
    if (!span_is(protocol, "1") && !span_equal_nocase(protocol, SPAN_LITERAL("ICMP")))
        return;
    put(p, r, F_icmp_type, commonsecuritylog_text(p, row, CSL_SourcePort));
    put(p, r, F_icmp_code, commonsecuritylog_text(p, row, CSL_DestinationPort));
    r->present[F_src_port / 64] &= ~(UINT64_C(1) << (F_src_port % 64));
    r->present[F_dst_port / 64] &= ~(UINT64_C(1) << (F_dst_port % 64));
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    struct span id = commonsecuritylog_get(row, CSL_DeviceEventClassID), first_packet, duration;
    int64_t n;
    if (span_is(commonsecuritylog_get(row, CSL_DeviceProduct), "FTD")) {
        struct cisco_mnemonic m;
        struct span message = commonsecuritylog_text(p, row, CSL_Message);
        struct span address = commonsecuritylog_text(p, row, CSL_DeviceAddress);
        put(p, r, F_family, SPAN_LITERAL("T"));
        put(p, r, F_event, id);
        read_list(p, cisco_find_mnemonic(message, &m) ? m.body : message, r, &first_packet, &duration);
        put(p, r, F_device_ip, span_is(address, "Unknown IP") ? span_of(NULL, 0) : address);
        return NULL;
    }
    struct span protocol = commonsecuritylog_text(p, row, CSL_Protocol);
    put(p, r, F_family, SPAN_LITERAL("F"));
    put(p, r, F_event, span_text(event_of(id)));
    put(p, r, F_protocol_number, number_parse_natural(protocol, &n) ? protocol : span_of(NULL, 0));
    put(p, r, F_device_ip, ip_find_v4(commonsecuritylog_text(p, row, CSL_DeviceName)));
    derive_icmp(p, row, r);
    return NULL;
}

static const uint16_t needs[] = { CSL_ReceiptTime, CSL_SourcePort, CSL_DestinationPort,
                                  CSL_DeviceName,  CSL_Message,    CSL_DeviceAddress };
static const char *const vendors[] = { "Cisco", NULL };

static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = from_csl,
    .fields_n = sizeof from_csl / sizeof from_csl[0],
    .needs = needs,
    .needs_n = 6,
    .times = needs,
    .times_n = 1,
    .table_times = needs,
    .table_times_n = 1,
    .select = select_row,
    .derive = derive,
};

/* ------------------------------------------------------------------ native */

/* Before version 6.3 the list of a connection stood behind the tag alone, `SFIMS: Protocol: TCP, SrcIP: …`. */
static bool find_bare_list(const struct parser *p, struct span line, struct cisco_mnemonic *m)
{
    static const char *const keys[] = { "SrcIP: ", "DstIP: ", "AccessControlRuleAction: ", NULL };
    struct syslog_header header;
    for (const char *const *key = keys; *key; key++)
        if (span_search(line, span_text(*key)) == line.n)
            return false;
    syslog_parse(line, p->options, &header);
    struct span body = header.message, tag = SPAN_LITERAL("SFIMS ");
    body = span_from(body, span_starts(body, tag) ? tag.n : 0);
    while (body.n && (body.p[0] == ':' || body.p[0] == ' '))
        body = span_from(body, 1);
    bool end = span_search(line, SPAN_LITERAL("ConnectType: End")) < line.n;
    *m = (struct cisco_mnemonic){ .begin = (size_t)(body.p - line.p),
                                  .id = end ? SPAN_LITERAL("430003") : SPAN_LITERAL("430002"),
                                  .body = body };
    return true;
}

static void put_protocol_number(struct parser *p, struct record *r)
{
    int64_t number;
    if (record_has(r, F_list_protocol) && number_parse_natural(r->value[F_list_protocol].text, &number))
        put(p, r, F_protocol_number, r->value[F_list_protocol].text);
}

/* The list, or a JSON object in its place.  False: no key is known. */
static bool read_body(struct parser *p, struct span body, struct record *r, struct span *first_packet,
                      struct span *duration)
{
    struct members members;
    if (!body.n || body.p[0] != '{')
        return read_list(p, body, r, first_packet, duration);
    bool whole = read_members(p, p->inner_json, body, r, &members);
    *first_packet = members.first_packet;
    *duration = members.duration;
    return whole && members.known;
}

static enum parse_result parse_list(struct parser *p, struct span line, const struct cisco_mnemonic *m,
                                    struct record *r)
{
    struct span first_packet, duration;
    struct syslog_header header;
    if (!is_threat_defense(m->id))
        return record_verdict(r, PARSE_SKIP, "other_message");
    put(p, r, F_family, SPAN_LITERAL("T"));
    put(p, r, F_id, m->id);
    put(p, r, F_event, m->id);
    put(p, r, F_severity, m->severity);
    if (!read_body(p, m->body, r, &first_packet, &duration))
        return record_verdict(r, PARSE_BAD, "pairs");
    put_protocol_number(p, r);
    cisco_known_head(p, span_of(line.p, m->begin), &header);
    r->time_ms = header.time_ms;
    put(p, r, F_computer, header.host);
    if (r->time_ms == TIMESTAMP_NONE && !list_time(m->id, first_packet, duration, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    return PARSE_RECORD;
}

/* Some writers keep pairs apart with `;`: they become blanks. */
static struct span with_blanks(struct parser *p, struct span line)
{
    size_t at = span_search(line, SPAN_LITERAL(";start="));
    if (at == line.n)
        at = span_search(line, SPAN_LITERAL(";src="));
    if (at == line.n)
        return line;
    char *to = parser_scratch(p, line.n);
    if (!to)
        return line;
    for (size_t i = 0; i < line.n; i++)
        to[i] = line.p[i] == ';' ? ' ' : line.p[i];
    return span_of(to, line.n);
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct cisco_mnemonic m;
    struct span line = syslog_trim(unit), head, body;
    if (line.n == 0)
        return PARSE_NOTHING;
    if (cisco_find_mnemonic(line, &m) && !cef_find(span_of(line.p, m.begin), &head, &body))
        return parse_list(p, line, &m, r);
    if (!cef_find(line, &head, &body))
        return find_bare_list(p, line, &m) ? parse_list(p, line, &m, r) : record_verdict(r, PARSE_SKIP, "not_ftd");
    return commonsecuritylog_parse_native(&rules, p, with_blanks(p, line), r);
}

/* An event of eStreamer as the management center's clients write it: `{"EventType":"ConnectionEvent", …}`. */
static enum parse_result parse_event(struct parser *p, struct span unit, struct record *r)
{
    static const struct span id = SPAN_WORD("430003");
    struct members members;
    if (span_search(unit, SPAN_LITERAL("\"ConnectionEvent\"")) == unit.n)
        return record_verdict(r, PARSE_SKIP, "no_text");
    if (!read_members(p, p->json, unit, r, &members))
        return record_verdict(r, PARSE_BAD, "json");
    if (!span_is(members.event_type, "ConnectionEvent"))
        return record_verdict(r, PARSE_SKIP, "other_message");
    put(p, r, F_family, SPAN_LITERAL("T"));
    put(p, r, F_id, id);
    put(p, r, F_event, id);
    put_protocol_number(p, r);
    bool timed = list_time(id, members.first_packet, members.duration, &r->time_ms);
    return timed ? PARSE_RECORD : record_verdict(r, PARSE_BAD, "no_time");
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = wrapped_parse_only(parse_native, p, unit, r);
    if (result != PARSE_SKIP || !span_is(span_text(r->reason), "no_text"))
        return result;
    p->searched = false; /* an event may be in an object inside */
    return parse_event(p, unit, r);
}

COMMONSECURITYLOG_PARSE_TABLES(rules)

/* ------------------------------------------------------------------ forms */

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "%FTD-1-43000",
                                         "-430001:",
                                         "-430002:",
                                         "-430003:",
                                         "-430005:",
                                         "-430007:",
                                         "|Cisco|Firepower|",
                                         "AccessControlRuleAction: ",
                                         NULL };
    if (commonsecuritylog_probe_csv(head) != PROBE_NO)
        return PROBE_NO;
    return commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const words[] = { "-43000", "|Cisco|Firepower|", NULL };
    static const char *const members[] = { "\"ConnectionEvent\"", NULL };
    bool events =
        row_probe_json(head, members) == PROBE_LIKELY && span_search(head, SPAN_LITERAL("\"InitiatorIP\"")) < head.n;
    return events ? PROBE_LIKELY : wrapped_probe(head, words);
}

static const char *const table_words[] = { "-43000", "\"Firepower\"", ",Firepower,", "\"FTD\"", NULL };

COMMONSECURITYLOG_PROBE_TABLES(table_words)

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS OWN_KEYS };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS OWN_KEYS };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native", "Threat Defense syslog and eStreamer CEF, side by side or not", probe_native,
                                 parse_native, struct cisco_memo, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects, or eStreamer's connection events in JSON",
                                   probe_wrapped, parse_json, struct cisco_memo, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(cisco_ftd) = {
    .id = "cisco-ftd",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
