/* Cisco Meraki: flow, firewall, intrusion and LAN events over syslog, as rows of meraki_CL and Syslog that hold such a
 * line, and normalised rows of CiscoMerakiNativePoller_CL.
 *
 * `… <epoch seconds>.<fraction> <device> <log type> <rest>`; whatever stands before the time is somebody's header, and
 * in files a relay's date may stand in its place.  The containers differ in what Sentinel makes of the same line; the
 * field `profile` tells them apart: N native, A meraki_CL, B Syslog, C the poller's rows.
 * Source: Meraki syslog event types and samples (MX, MR, MS).
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/keyvalue.h"
#include "formats/masks.h"
#include "formats/row_forms.h"
#include "formats/words.h"
#include "formats/wrapped.h"

#include "common/ip.h"

#include <ctype.h>

/* clang-format off */
#define FIELDS(X) \
    X(profile, DESCRIPTOR) X(kind, DESCRIPTOR) X(logtype, DESCRIPTOR) X(subtype, DESCRIPTOR) X(verdict, DESCRIPTOR) \
    X(protocol, DESCRIPTOR) X(protocol_number, DESCRIPTOR) X(direction, DESCRIPTOR) X(priority, DESCRIPTOR) \
    X(reason, DESCRIPTOR) X(icmp_type, DESCRIPTOR) X(action, DESCRIPTOR) X(result, DESCRIPTOR) X(severity, DESCRIPTOR) \
    X(device, TEXT) X(src_ip, TEXT) X(dst_ip, TEXT) X(src_mac, TEXT) X(dst_mac, TEXT) X(dvc_mac, TEXT) X(user, TEXT) \
    X(message, TEXT) X(vlan_id, TEXT) X(rule, TEXT) X(src_hostname, TEXT) X(resource_id, TEXT) \
    X(duration_ms, INTEGER) \
    X(src_port, PORT) X(dst_port, PORT) \
    X(line_time, TIME)
/* clang-format on */

#define FIELD_NUMBER(name, kind) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_N };

#define FIELD_ROW(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

/* Keys of a line. */
/* clang-format off */
#define KEYS(X) \
    X(src) X(dst) X(ip_src) X(last_known_client_ip) X(dns_server) X(translated_dst_ip) X(translated_port) X(sport) \
    X(dport) X(protocol) X(mac) X(shost) X(dhost) X(client_mac) X(wired_mac) X(identity) X(duration) X(type) \
    X(direction) X(priority) X(timestamp) X(reason) X(vlan_id)
/* clang-format on */
#define KEY_NUMBER(name) K_##name,
enum { KEYS(KEY_NUMBER) KEYS_N };
#define KEY_ROW(name) { #name, K_##name },

/* Columns of the tables; those of the poller have ASIM's names. */
/* clang-format off */
#define COLUMNS(X) \
    X(Type) X(Message) X(SyslogMessage) X(_ResourceId) \
    X(EventSchema) X(NetworkProtocol) X(DvcAction) X(EventResult) X(EventSeverity) X(SrcIpAddr) X(DstIpAddr) \
    X(SrcPortNumber) X(DstPortNumber) X(SrcMacAddr) X(DvcMacAddr) X(SrcHostname) X(NetworkRuleName) X(Dvc) \
    X(EventMessage)
/* clang-format on */
#define COLUMN_NUMBER(name) C_##name,
enum { EPOCH_DIGITS = 10 };
enum { C_TimeGenerated = KEYS_N, COLUMNS(COLUMN_NUMBER) COLUMNS_END };
#define COLUMN_ROW(name) { #name, C_##name },

static const struct key line_keys[] = { KEYS(KEY_ROW) };
static const struct key table_keys[] = { KEYS(KEY_ROW) COLUMNS(COLUMN_ROW) ROW_TIME_GENERATED(C_TimeGenerated) };

/* ------------------------------------------------------------------ the line */

struct line {
    struct span epoch, device, logtype, rest;
    size_t pattern, message;   /* where `pattern: ` and `message: ` stand in the rest; its length: nowhere */
    int64_t dated_ms;          /* where a date stands in the epoch's place; TIMESTAMP_NONE: nowhere */
    struct span value[KEYS_N]; /* the first of each key, without its quotes; empty: absent */
};

static bool all_digits(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static bool is_epoch(struct span token)
{
    if (token.n < sizeof "123456789.1" - 1 || token.p[0] < '0' || token.p[0] > '9')
        return false;
    size_t point = span_find(token, '.', 0);
    return point >= 9 && point <= 10 && point + 1 < token.n && all_digits(span_of(token.p, point)) &&
           all_digits(span_from(token, point + 1));
}

static struct span next_token(struct span text, size_t *at)
{
    while (*at < text.n && text.p[*at] == ' ')
        ++*at;
    size_t begin = *at;
    *at = span_find(text, ' ', begin);
    return span_of(text.p + begin, *at - begin);
}

/* `<log type> <rest>`; what RFC 5424 relays leave empty in front of either is passed over. */
static void take_rest(struct line *line, struct span text, size_t at)
{
    do
        line->logtype = next_token(text, &at);
    while (span_is(line->logtype, "-"));
    line->rest = span_trim(span_from(text, at));
    while (span_starts(line->rest, SPAN_LITERAL("- ")))
        line->rest = span_trim(span_from(line->rest, 2));
}

/* The first word that is a time in seconds, told by its point; empty: there is none. */
static struct span find_epoch(struct span text)
{
    for (size_t point = 0; (point = masks_either(text.p, point, text.n, '.', '.')) < text.n; point++)
        for (size_t n = EPOCH_DIGITS - 1; n <= EPOCH_DIGITS && n <= point; n++) {
            if (point > n && text.p[point - n - 1] != ' ')
                continue;
            struct span word = span_from(text, point - n);
            word.n = span_find(word, ' ', 0);
            if (is_epoch(word))
                return word;
        }
    return span_of(text.p, 0);
}

static bool split_line(struct span text, struct line *line)
{
    line->dated_ms = TIMESTAMP_NONE;
    line->epoch = find_epoch(text);
    if (line->epoch.n == 0)
        return false;
    size_t at = (size_t)(line->epoch.p - text.p) + line->epoch.n;
    line->device = next_token(text, &at);
    take_rest(line, text, at);
    return line->logtype.n > 0;
}

/* `words` end with an empty one. */
static bool is_one_of(struct span text, const struct span *words)
{
    for (; words->n; words++)
        if (span_equal(text, *words))
            return true;
    return false;
}

static bool is_logtype(struct span token)
{
    static const struct span types[] = { SPAN_WORD("flows"),
                                         SPAN_WORD("firewall"),
                                         SPAN_WORD("vpn_firewall"),
                                         SPAN_WORD("cellular_firewall"),
                                         SPAN_WORD("ip_flow_start"),
                                         SPAN_WORD("ip_flow_end"),
                                         SPAN_WORD("ids-alerts"),
                                         SPAN_WORD("bridge_anyconnect_client_vpn_firewall"),
                                         SPAN_WORD("security_event"),
                                         SPAN_WORD("events"),
                                         SPAN_WORD("urls"),
                                         SPAN_WORD("airmarshal_events"),
                                         { NULL, 0 } };
    return is_one_of(token, types);
}

/* `<date> <device> <log type> <rest>`, the date as a relay writes it or whole seconds since 1970, somewhere in the
 * line.
 */
static bool split_dated(const struct parse_options *options, struct span text, struct line *line)
{
    struct timetext t;
    size_t used, at = 0;
    for (struct span token = next_token(text, &at); token.n; token = next_token(text, &at)) {
        size_t begin = (size_t)(token.p - text.p), mark = span_find(token, '>', 0);
        struct span rest = span_from(text, mark < token.n ? begin + mark + 1 : begin);
        bool whole = token.n == EPOCH_DIGITS && all_digits(token);
        if (!whole && !timetext_scan(rest, &t, &used))
            continue;
        size_t behind = whole ? token.n : used;
        line->epoch = span_of(rest.p, 0);
        line->device = next_token(rest, &behind);
        take_rest(line, rest, behind);
        if (is_logtype(line->logtype))
            return whole ? timetext_epoch(token, &line->dated_ms) : timetext_resolve(&t, options, &line->dated_ms);
    }
    return false;
}

static struct span without_quotes(struct span s)
{
    while (s.n && (s.p[0] == '"' || s.p[0] == '\''))
        s = span_from(s, 1);
    while (s.n && (s.p[s.n - 1] == '"' || s.p[s.n - 1] == '\''))
        s.n--;
    return s;
}

/* Free text behind `pattern:` and `message:` is no place for keys. */
static void read_pairs(const struct parser *p, struct line *line)
{
    static const struct keyvalue_syntax syntax = { .separator = ' ', .sign = '=', .quote = '\'' };
    struct keyvalue_cursor c;
    struct span value, text = line->rest;
    memset(line->value, 0, sizeof line->value);
    line->pattern = words_find(text, 0, "pattern: ");
    line->message = words_find(text, 0, "message: ");
    text.n = line->pattern < line->message ? line->pattern : line->message;
    keyvalue_begin(&c, &syntax, text, p->keys);
    while (keyvalue_next_known(&c, &value))
        if (c.number < KEYS_N && line->value[c.number].n == 0)
            line->value[c.number] = without_quotes(value);
}

WORDS_INLINE bool has(struct span text, const char *word)
{
    return words_find(text, 0, word) < text.n;
}

/* What a line is, or NULL with *skip. */
static const char *kind_of(const struct line *line, char profile, const char **skip)
{
    static const struct span flows[] = { SPAN_WORD("flows"),
                                         SPAN_WORD("firewall"),
                                         SPAN_WORD("cellular_firewall"),
                                         SPAN_WORD("vpn_firewall"),
                                         { NULL, 0 } };
    static const struct span later[] = { SPAN_WORD("ip_flow_start"), SPAN_WORD("ip_flow_end"), { NULL, 0 } };
    struct span rest = line->rest, type = line->value[K_type];
    *skip = "other_event";
    if (is_one_of(line->logtype, flows))
        return "flow";
    if (span_is(line->logtype, "bridge_anyconnect_client_vpn_firewall"))
        return profile == 'A' ? NULL : "flow";
    if (is_one_of(line->logtype, later))
        return profile == 'A' ? NULL : "ip_flow";
    if (span_is(line->logtype, "ids-alerts"))
        return "ids";
    if (span_is(line->logtype, "security_event"))
        return span_starts(rest, SPAN_LITERAL("ids-alerted")) ||
                       (profile != 'A' && span_starts(rest, SPAN_LITERAL("ids_alerted")))
                   ? "ids"
                   : NULL;
    if (span_is(line->logtype, "airmarshal_events"))
        return has(rest, "ssid_spoofing_detected") || has(rest, "rogue_ssid_detected") ? "airmarshal" : NULL;
    if (!span_is(line->logtype, "events")) {
        *skip = "other_log";
        return NULL;
    }
    if (span_is(type, "association"))
        return "association";
    if (span_is(type, "disassociation"))
        return has(rest, "auth_neg_failed") || has(rest, "dhcp") ? NULL : "disassociation";
    if (span_starts(rest, SPAN_LITERAL("Blocked DHCP server response")))
        return "dhcp";
    return has(rest, "VRRP packet") && !has(rest, "VRRP passive") && !has(rest, "VRRP active") ? "vrrp" : NULL;
}

/* MR prints the verdict in front of the keys, MX behind `pattern:`. */
static struct span flow_verdict(const struct line *line, char profile)
{
    struct span rest = line->rest;
    size_t src = words_find(rest, 0, " src=");
    if (!span_starts(rest, SPAN_LITERAL("src=")) && src < rest.n && span_find(span_of(rest.p, src), '=', 0) == src)
        return span_trim(span_of(rest.p, src));
    if (line->pattern == rest.n)
        return span_of(rest.p, 0);
    size_t at = line->pattern + sizeof "pattern: " - 1;
    struct span policy = span_from(rest, at);
    if (profile == 'N' && span_starts(policy, SPAN_LITERAL("Group Policy Allow")))
        return SPAN_LITERAL("allow");
    if (profile == 'N' && span_starts(policy, SPAN_LITERAL("Group Policy Deny")))
        return SPAN_LITERAL("deny");
    return next_token(rest, &at);
}

/* `a.b.c.d:port`, `[x]:port`, or an address alone. */
static struct span cut_address(struct span text, struct span *port, bool *bracketed)
{
    size_t colon = span_find(text, ':', 0), close = span_find(text, ']', 0);
    *port = span_of(text.p, 0);
    *bracketed = text.n && text.p[0] == '[' && close < text.n;
    if (*bracketed) {
        if (close + 1 < text.n && text.p[close + 1] == ':')
            *port = span_from(text, close + 2);
        return span_of(text.p + 1, close - 1);
    }
    if (colon == text.n || span_find(text, ':', colon + 1) < text.n || span_find(text, '.', 0) > colon)
        return text;
    *port = span_from(text, colon + 1);
    return span_of(text.p, colon);
}

static void put(struct parser *p, struct record *r, unsigned field, struct span text)
{
    if (fields[field].kind == FIELD_DESCRIPTOR || parser_wants(p, field))
        record_set_text(r, field, text);
}

static void put_port(struct record *r, unsigned field, struct span text)
{
    int64_t port;
    if (row_number_whole(text, &port))
        record_set_port(r, field, port);
}

static bool is_mac(struct span s)
{
    if (s.n != 17)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (i % 3 == 2 ? s.p[i] != ':' && s.p[i] != '-' : !isxdigit((unsigned char)s.p[i]))
            return false;
    return true;
}

static struct span first_of(const struct line *line, const unsigned *keys, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (line->value[keys[i]].n)
            return line->value[keys[i]];
    return span_of(NULL, 0);
}

static struct span src_mac_of(const struct line *line, const char *kind)
{
    static const unsigned keys[] = { K_mac, K_shost, K_client_mac };
    return kind[0] == 'a' && kind[1] == 'i' ? line->value[K_src] : first_of(line, keys, 3);
}

static void put_ends(struct parser *p, const struct line *line, const char *kind, char profile, struct record *r)
{
    static const unsigned sources[] = { K_src, K_ip_src, K_last_known_client_ip };
    static const unsigned destinations[] = { K_dst, K_dns_server, K_translated_dst_ip };
    bool airmarshal = strcmp(kind, "airmarshal") == 0, bracketed;
    bool icmp = span_starts(line->value[K_protocol], SPAN_LITERAL("icmp"));
    struct span src_mac = src_mac_of(line, kind), port;
    struct span dst_mac = line->value[airmarshal ? K_dst : K_dhost];
    struct span src = cut_address(first_of(line, sources, 3), &port, &bracketed);
    if (line->value[K_sport].n)
        port = line->value[K_sport];
    if (!icmp)
        put_port(r, F_src_port, port);
    struct span dst = cut_address(first_of(line, destinations, profile == 'A' ? 2 : 3), &port, &bracketed);
    if (line->value[K_dport].n)
        port = line->value[K_dport];
    else if (!bracketed && profile != 'A' && line->value[K_translated_dst_ip].n && line->value[K_translated_port].n)
        port = line->value[K_translated_port];
    if (!icmp)
        put_port(r, F_dst_port, port);
    if (!span_equal(src, src_mac))
        put(p, r, F_src_ip, src);
    if (!span_equal(dst, dst_mac))
        put(p, r, F_dst_ip, dst);
    put(p, r, F_src_mac, src_mac);
    put(p, r, F_dst_mac, dst_mac);
}

/* `… from <address> on VLAN <number>…` of DHCP and VRRP events. */
static void put_from(struct parser *p, struct span rest, struct record *r)
{
    static const struct span from_word = { " from", 5 }, vlan_word = { " on VLAN ", 9 };
    size_t from = span_search(rest, from_word);
    if (from == rest.n)
        return;
    struct span behind = span_from(rest, from + from_word.n);
    size_t vlan = span_search(behind, vlan_word);
    struct span address = span_trim(span_of(behind.p, vlan));
    put(p, r, is_mac(address) ? F_src_mac : F_src_ip, address);
    if (vlan < behind.n) {
        size_t at = vlan + vlan_word.n;
        put(p, r, F_vlan_id, next_token(behind, &at));
    }
}

/* Seconds with a fraction, cut to milliseconds. */
static bool decimal_ms(struct span text, int64_t *ms)
{
    int64_t whole;
    size_t point = span_find(text, '.', 0);
    if (!row_number_whole(span_of(text.p, point), &whole) || whole < 0 || whole > INT64_MAX / 2000)
        return false;
    *ms = whole * 1000;
    int64_t unit = 100;
    for (size_t i = point + 1; i < text.n && unit && text.p[i] >= '0' && text.p[i] <= '9'; i++, unit /= 10)
        *ms += unit * (text.p[i] - '0');
    return true;
}

static bool whole_second(struct span epoch, int64_t *ms)
{
    return is_epoch(epoch) && decimal_ms(span_of(epoch.p, span_find(epoch, '.', 0)), ms);
}

static void put_duration(struct span text, struct record *r)
{
    int64_t ms;
    if (decimal_ms(text, &ms))
        record_set_number(r, F_duration_ms, ms);
}

static struct span subtype_of(const struct line *line, const char *kind)
{
    if (strcmp(kind, "ids") == 0)
        return SPAN_LITERAL("ids-alerted");
    if (strcmp(kind, "vrrp") == 0)
        return SPAN_LITERAL("Virtual router collision");
    if (strcmp(kind, "dhcp") == 0)
        return SPAN_LITERAL("Blocked DHCP server response");
    return kind[0] == 'f' || kind[0] == 'i' ? span_of(NULL, 0) : line->value[K_type];
}

static void put_line(struct parser *p, const struct line *line, const char *kind, char profile, struct record *r)
{
    static const char profiles[] = "NAB";
    bool flow = strcmp(kind, "flow") == 0, ids = strcmp(kind, "ids") == 0, lan = kind[0] == 'd' || kind[0] == 'v';
    struct span protocol = line->value[K_protocol];
    int64_t ms;
    put(p, r, F_profile, span_of(strchr(profiles, profile), 1));
    put(p, r, F_kind, span_text(kind));
    put(p, r, F_logtype, line->logtype);
    put(p, r, F_subtype, subtype_of(line, kind));
    put(p, r, F_verdict, flow ? flow_verdict(line, profile) : span_of(NULL, 0));
    put(p, r, F_protocol, protocol);
    put(p, r, F_protocol_number, all_digits(protocol) ? protocol : span_of(NULL, 0));
    put(p, r, F_direction, ids ? line->value[K_direction] : span_of(NULL, 0));
    put(p, r, F_priority, line->value[K_priority]);
    put(p, r, F_reason, line->value[K_reason]);
    if (span_starts(protocol, SPAN_LITERAL("icmp")))
        put(p, r, F_icmp_type, line->value[K_type]);
    put(p, r, F_device, line->device);
    put_ends(p, line, kind, profile, r);
    if (lan && strcmp(kind, "disassociation") != 0)
        put_from(p, line->rest, r);
    put(p, r, F_dvc_mac, line->value[K_wired_mac]);
    put(p, r, F_user, line->value[K_identity]);
    if (!record_has(r, F_vlan_id))
        put(p, r, F_vlan_id, line->value[K_vlan_id]);
    if (parser_wants(p, F_duration_ms))
        put_duration(line->value[K_duration], r);
    if (ids && line->message < line->rest.n)
        put(p, r, F_message, span_from(line->rest, line->message + sizeof "message: " - 1));
    else if (lan)
        put(p, r, F_message, line->rest);
    if ((ids && whole_second(line->value[K_timestamp], &ms)) || whole_second(line->epoch, &ms))
        record_set_number(r, F_line_time, ms);
    else if (line->dated_ms != TIMESTAMP_NONE)
        record_set_number(r, F_line_time, timestamp_floor(line->dated_ms, 1000) * 1000);
}

/* PARSE_RECORD: all but the time is set. */
static enum parse_result parse_line(struct parser *p, struct span text, char profile, struct line *line,
                                    struct record *r)
{
    const char *skip;
    if (!split_line(text, line) && (profile != 'N' || !split_dated(p->options, text, line)))
        return record_verdict(r, PARSE_SKIP, "not_meraki");
    read_pairs(p, line);
    const char *kind = kind_of(line, profile, &skip);
    if (!kind)
        return record_verdict(r, PARSE_SKIP, skip);
    put_line(p, line, kind, profile, r);
    return PARSE_RECORD;
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct line line;
    struct span text = syslog_trim(unit);
    if (text.n == 0)
        return PARSE_NOTHING;
    enum parse_result result = parse_line(p, text, 'N', &line, r);
    if (result != PARSE_RECORD)
        return result;
    r->time_ms = line.dated_ms;
    if (line.epoch.n && !decimal_ms(line.epoch, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    return result;
}

/* ------------------------------------------------------------------ table */

/* `15-01-25 12:00`, `15-01-2025 12:00`: day first, as some exports of Syslog rows have it. */
static bool day_first_time(struct span s, int64_t *ms)
{
    static const struct parse_options utc = { 0 };
    unsigned part[5] = { 0 }, digits[5] = { 0 }, n = 0;
    static const char behind[] = "-- :";
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9' && ++digits[n] <= 4)
            part[n] = 10 * part[n] + (unsigned)(s.p[i] - '0');
        else if (n < 4 && s.p[i] == behind[n] && digits[n])
            n++;
        else
            return false;
    }
    if (n != 4 || digits[4] == 0 || (digits[2] != 2 && digits[2] != 4))
        return false;
    struct timetext t = { .year = digits[2] == 2 ? 2000 + part[2] : part[2], .month = part[1], .day = part[0] };
    t.hour = part[3];
    t.minute = part[4];
    return timetext_resolve(&t, &utc, ms);
}

static bool table_time(const struct row *row, int64_t *ms)
{
    return row_time(row, C_TimeGenerated, ms) || day_first_time(span_trim(row_text(row, C_TimeGenerated)), ms);
}

static enum parse_result parse_poller_row(struct parser *p, const struct row *row, struct record *r)
{
    static const struct row_field from[] = {
        { F_protocol, C_NetworkProtocol }, { F_action, C_DvcAction },   { F_result, C_EventResult },
        { F_severity, C_EventSeverity },   { F_src_ip, C_SrcIpAddr },   { F_dst_ip, C_DstIpAddr },
        { F_src_mac, C_SrcMacAddr },       { F_dvc_mac, C_DvcMacAddr }, { F_src_hostname, C_SrcHostname },
        { F_rule, C_NetworkRuleName },     { F_device, C_Dvc },         { F_message, C_EventMessage },
        { F_resource_id, C__ResourceId },
    };
    if (!span_is(row_text(row, C_EventSchema), "NetworkSession"))
        return record_verdict(r, PARSE_SKIP, "other_schema");
    if (!table_time(row, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    put(p, r, F_profile, SPAN_LITERAL("C"));
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++)
        put(p, r, from[i].field, row_text(row, from[i].column));
    row_copy_port(row, C_SrcPortNumber, r, F_src_port);
    row_copy_port(row, C_DstPortNumber, r, F_dst_port);
    record_set_number(r, F_line_time, r->time_ms);
    return PARSE_RECORD;
}

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    struct line line;
    struct span type = row_text(row, C_Type);
    bool message = row_has(row, C_Message), syslog = row_has(row, C_SyslogMessage);
    if (span_is(type, "CiscoMerakiNativePoller_CL") || (type.n == 0 && row_has(row, C_EventSchema)))
        return parse_poller_row(p, row, r);
    if (type.n ? !span_is(type, syslog ? "Syslog" : "meraki_CL") : !message && !syslog)
        return record_verdict(r, PARSE_SKIP, "other_table");
    enum parse_result result =
        parse_line(p, syslog_trim(row_text(row, syslog ? C_SyslogMessage : C_Message)), syslog ? 'B' : 'A', &line, r);
    if (result != PARSE_RECORD)
        return result;
    put(p, r, F_resource_id, row_text(row, C__ResourceId));
    return table_time(row, &r->time_ms) ? PARSE_RECORD : record_verdict(r, PARSE_BAD, "no_time");
}

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(p, &row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse_only(parse_native, p, unit, r);
}

/* ------------------------------------------------------------------ forms */

static const char *const line_words[] = {
    " flows ",      " firewall ",    " vpn_firewall ",   " cellular_firewall ", " ip_flow_",
    " ids-alerts ", " events type=", " security_event ", " airmarshal_events ", NULL
};

/* A line of ours is known by its time, the device and the log type behind it. */
static enum probe_result probe_native(struct span head)
{
    static const struct parse_options options = { 0 };
    struct line line;
    if (row_is_json(head))
        return PROBE_NO;
    for (size_t at = 0; at < head.n;) {
        size_t end = span_find(head, '\n', at);
        struct span text = span_of(head.p + at, end - at);
        if (split_line(text, &line) || split_dated(&options, text, &line))
            for (const char *const *w = line_words; *w; w++)
                if (has(text, *w))
                    return span_find(text, ',', 0) < text.n && has(head, "TimeGenerated") ? PROBE_NO : PROBE_LIKELY;
        at = end + 1;
    }
    return commonsecuritylog_is_syslog(head) ? PROBE_POSSIBLE : PROBE_NO;
}

static enum probe_result probe_wrapped(struct span head)
{
    return wrapped_probe(head, line_words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"meraki_CL\"", "CiscoMeraki", "Meraki", " flows ", " ids-alerts ", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    static const char *const words[] = { "Message", "EventSchema", NULL };
    if (row_probe_csv(head, words) != PROBE_LIKELY)
        return PROBE_NO;
    for (const char *const *w = line_words; *w; w++)
        if (has(head, *w))
            return PROBE_LIKELY;
    return has(head, "eraki") ? PROBE_LIKELY : PROBE_POSSIBLE;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "syslog lines of MX, MR and MS devices",
      .framing = FRAMING_SYSLOG,
      .probe = probe_native,
      .parse = parse_native,
      .keys = line_keys,
      .keys_n = COUNT_OF(line_keys) },
    { .name = "native-json",
      .help = "the same as text in JSON objects",
      .framing = FRAMING_JSON,
      .probe = probe_wrapped,
      .parse = parse_wrapped,
      .envelope = wrapped_envelope,
      .keys = line_keys,
      .keys_n = COUNT_OF(line_keys) },
    { .name = "table",
      .help = "meraki_CL, Syslog and CiscoMerakiNativePoller_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .envelope = row_envelope,
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
    { .name = "table-csv",
      .help = "the same rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
};

COLLECTOR(cisco_meraki) = {
    .id = "cisco-meraki",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
