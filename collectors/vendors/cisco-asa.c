/* Cisco ASA: connections built, torn down, denied and discarded, as syslog and as rows of CommonSecurityLog.
 *
 * `… %ASA-[class-]<severity>-<id>: <text>`; the mnemonic is the anchor, whatever stands before it is somebody's header.
 * Lines of FTD, PIX and FWSM with the same ids follow the same rules.  27 ids are sessions.
 * Source: Cisco Secure Firewall ASA Series Syslog Messages; tech note 116149 (outbound connections print the server
 * first).
 */
#include "formats/cef.h"
#include "formats/cisco.h"
#include "formats/cisco_end.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/words.h"
#include "formats/wrapped.h"

#include "common/number.h"

#include <ctype.h>

/* Field, kind, column of rows whose fields the service has split (0: none). */
/* clang-format off */
#define FIELDS(X) \
    X(id, DESCRIPTOR, CSL_DeviceEventClassID) X(protocol, DESCRIPTOR, CSL_Protocol) \
    X(column_direction, DESCRIPTOR, CSL_CommunicationDirection) X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) \
    X(src_ip, TEXT, CSL_SourceIP) X(dst_ip, TEXT, CSL_DestinationIP) \
    X(src_port, PORT, CSL_SourcePort) X(dst_port, PORT, CSL_DestinationPort) \
    X(computer, TEXT, CSL_Computer) X(message, TEXT, CSL_Message) X(device_action, TEXT, CSL_DeviceAction)
/* clang-format on */

#define FIELD_NUMBER(name, kind, column) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_FROM_COLUMNS,
    F_protocol_number = FIELDS_FROM_COLUMNS, /* the protocol where it is a number */
    F_direction,                             /* the word of the text */
    F_verdict,                               /* of 106100: deny or permit */
    F_reason,                                /* of 302014 */
    F_reason_text,
    F_rule,
    F_src_nat_ip,
    F_dst_nat_ip,
    F_src_interface,
    F_dst_interface,
    F_src_user,
    F_dst_user,
    F_session_id,
    F_icmp_type,
    F_icmp_code,
    F_src_nat_port,
    F_dst_nat_port,
    F_bytes,
    F_duration_ms,
    F_hits,
    FIELDS_N
};

#define FIELD_ROW(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "protocol_number", FIELD_DESCRIPTOR },
    { "direction", FIELD_DESCRIPTOR },
    { "verdict", FIELD_DESCRIPTOR },
    { "reason", FIELD_DESCRIPTOR },
    { "reason_text", FIELD_TEXT },
    { "rule", FIELD_TEXT },
    { "src_nat_ip", FIELD_TEXT },
    { "dst_nat_ip", FIELD_TEXT },
    { "src_interface", FIELD_TEXT },
    { "dst_interface", FIELD_TEXT },
    { "src_user", FIELD_TEXT },
    { "dst_user", FIELD_TEXT },
    { "session_id", FIELD_TEXT },
    { "icmp_type", FIELD_TEXT },
    { "icmp_code", FIELD_TEXT },
    { "src_nat_port", FIELD_PORT },
    { "dst_nat_port", FIELD_PORT },
    { "bytes", FIELD_INTEGER },
    { "duration_ms", FIELD_INTEGER },
    { "hits", FIELD_INTEGER },
};

/* ------------------------------------------------------------------ words */

static void put(struct parser *p, struct record *r, unsigned field, struct span text)
{
    if (fields[field].kind == FIELD_DESCRIPTOR || parser_wants(p, field))
        record_set_text(r, field, text);
}

static void put_port(struct record *r, unsigned field, struct span text)
{
    int64_t port;
    if (cisco_port(text, &port))
        record_set_port(r, field, port);
}

static void put_protocol(struct parser *p, struct record *r, struct span protocol)
{
    int64_t n;
    if (span_starts(protocol, SPAN_LITERAL("protocol ")))
        protocol = span_trim(span_from(protocol, sizeof "protocol " - 1));
    put(p, r, F_protocol, protocol);
    put(p, r, F_protocol_number, number_parse_natural(protocol, &n) ? protocol : span_of(NULL, 0));
}

static bool is_icmp(struct span protocol)
{
    return protocol.n >= 4 && span_equal_nocase(span_of(protocol.p, 4), SPAN_LITERAL("icmp"));
}

/* What has been read of a text. */
struct cursor {
    struct span text;
    size_t at;
};

/* Go behind the next `word`; false, without moving, where there is none. */
WORDS_INLINE bool seek(struct cursor *c, const char *word)
{
    size_t found = words_find(c->text, c->at, word);
    if (found >= c->text.n)
        return false;
    c->at = found + strlen(word);
    return true;
}

/* What stands before the next `word`, blanks at its ends removed; go behind the word. */
WORDS_INLINE bool take(struct cursor *c, const char *word, struct span *out)
{
    size_t begin = c->at;
    if (!seek(c, word))
        return false;
    *out = span_trim(span_of(c->text.p + begin, c->at - begin - strlen(word)));
    return true;
}

static struct span rest_of(const struct cursor *c)
{
    return span_trim(span_from(c->text, c->at));
}

/* What stands before `word`, or all. */
WORDS_INLINE struct span before_word(struct span text, const char *word)
{
    return span_trim(span_of(text.p, words_find(text, 0, word)));
}

static struct span first_token(struct span text)
{
    text = span_trim(text);
    return span_of(text.p, span_find(text, ' ', 0));
}

/* Without what ends a sentence. */
static struct span without_end(struct span text)
{
    text = span_trim(text);
    while (text.n && (text.p[text.n - 1] == '.' || text.p[text.n - 1] == ','))
        text.n--;
    return text;
}

/* ------------------------------------------------------------------ ends of a connection */

static void put_lower(struct parser *p, struct record *r, unsigned field, struct span text)
{
    char *to = parser_wants(p, field) && text.n ? parser_scratch(p, text.n) : NULL;
    if (!to)
        return;
    for (size_t i = 0; i < text.n; i++)
        to[i] = (char)tolower((unsigned char)text.p[i]);
    record_set_text(r, field, span_of(to, text.n));
}

static void put_ends(struct parser *p, struct record *r, const struct cisco_end *src, const struct cisco_end *dst,
                     bool ports)
{
    put(p, r, F_src_ip, src->address);
    put(p, r, F_dst_ip, dst->address);
    if (ports) {
        put_port(r, F_src_port, src->port);
        put_port(r, F_dst_port, dst->port);
        put_port(r, F_src_nat_port, src->mapped_port);
        put_port(r, F_dst_nat_port, dst->mapped_port);
    }
    put(p, r, F_src_nat_ip, src->mapped_address);
    put(p, r, F_dst_nat_ip, dst->mapped_address);
    put_lower(p, r, F_src_interface, src->interface);
    put_lower(p, r, F_dst_interface, dst->interface);
    put(p, r, F_src_user, src->user);
    put(p, r, F_dst_user, dst->user);
}

/* ------------------------------------------------------------------ what several texts have */

WORDS_INLINE bool has(struct span text, const char *word)
{
    return words_find(text, 0, word) < text.n;
}

static void put_direction(struct parser *p, struct record *r, struct span word)
{
    if (span_equal_nocase(word, SPAN_LITERAL("inbound")))
        put(p, r, F_direction, SPAN_LITERAL("inbound"));
    else if (span_equal_nocase(word, SPAN_LITERAL("outbound")))
        put(p, r, F_direction, SPAN_LITERAL("outbound"));
}

/* `(type 3, code 1)` or `type 8 code 0`. */
static void put_icmp(struct parser *p, struct record *r, struct span body)
{
    struct cursor c = { body, 0 };
    if (!seek(&c, "type "))
        return;
    struct span type = without_end(first_token(rest_of(&c)));
    put(p, r, F_icmp_type, type);
    if (seek(&c, "code ")) {
        struct span code = first_token(rest_of(&c));
        put(p, r, F_icmp_code, span_of(code.p, span_find(code, ')', 0)));
    }
}

/* `h:mm:ss` */
static void put_duration(struct record *r, struct span text)
{
    int64_t part, seconds = 0;
    for (size_t at = 0; at <= text.n;) {
        size_t end = span_find(text, ':', at);
        if (!number_parse_natural(span_trim(span_of(text.p + at, end - at)), &part) || part > 1000000 ||
            seconds > INT64_MAX / 100000)
            return;
        seconds = 60 * seconds + part;
        at = end + 1;
    }
    record_set_number(r, F_duration_ms, 1000 * seconds);
}

/* Behind `bytes N `: `reason[ from who][ (user)]`. */
static void put_reason(struct parser *p, struct record *r, struct span text)
{
    text = span_trim(text);
    if (text.n && text.p[text.n - 1] == ')') {
        size_t open = text.n;
        while (open && text.p[open - 1] != '(')
            open--;
        if (open) {
            if (!record_has(r, F_dst_user))
                put(p, r, F_dst_user, span_of(text.p + open, text.n - open - 1));
            text = span_trim(span_of(text.p, open - 1));
        }
    }
    put(p, r, F_reason_text, text);
    put(p, r, F_reason, before_word(text, " from "));
}

/* ------------------------------------------------------------------ texts by id */

/* `… from <a> to <b>` up to `behind` (NULL: to the end), then perhaps `on interface <if>`. */
static bool read_from_to(struct parser *p, struct record *r, struct cursor *c, const char *from, const char *behind,
                         bool ports)
{
    struct span a, b;
    if (!seek(c, from) || !take(c, " to ", &a))
        return false;
    if (!behind)
        b = without_end(rest_of(c));
    else if (!take(c, behind, &b))
        b = without_end(first_token(rest_of(c))); /* cut off behind the addresses */
    if (a.n && a.p[0] == '(')                     /* IP spoof from (address) */
        a = cisco_user_of(a);
    struct cisco_end src = cisco_end_of(a, false), dst = cisco_end_of(b, false);
    if (src.address.n == 0 || dst.address.n == 0)
        return false;
    put_ends(p, r, &src, &dst, ports);
    if (behind && has(c->text, "on interface ")) {
        struct cursor again = { c->text, 0 };
        if (seek(&again, "on interface "))
            put_lower(p, r, F_dst_interface, without_end(rest_of(&again)));
    }
    return true;
}

static bool read_106001(struct parser *p, struct record *r, struct cursor *c)
{
    struct span word, protocol;
    if (!take(c, " ", &word) || !take(c, " connection denied ", &protocol))
        return false;
    put_direction(p, r, word);
    put_protocol(p, r, protocol);
    return read_from_to(p, r, c, "from ", " flags ", true);
}

static bool read_106002(struct parser *p, struct record *r, struct cursor *c)
{
    struct span protocol, rule, src;
    if (!take(c, " ", &protocol) || !seek(c, "onnection denied by outbound list ") || !take(c, " src ", &rule) ||
        !take(c, " dest ", &src))
        return false;
    put_protocol(p, r, protocol);
    put(p, r, F_rule, rule);
    struct cisco_end a = cisco_listed_end(src), b = cisco_listed_end(without_end(rest_of(c)));
    put_ends(p, r, &a, &b, true);
    return a.address.n && b.address.n;
}

/* 106006 and 106007 */
static bool read_deny_udp(struct parser *p, struct record *r, struct cursor *c, const char *behind)
{
    struct span word, protocol;
    if (!seek(c, "Deny ") || !take(c, " ", &word) || !take(c, " from ", &protocol))
        return false;
    put_direction(p, r, word);
    put_protocol(p, r, protocol);
    c->at -= sizeof " from " - 1;
    if (!read_from_to(p, r, c, " from ", behind, true))
        return false;
    if (strcmp(behind, " due to ") == 0)
        put(p, r, F_reason_text, without_end(rest_of(c)));
    return true;
}

/* 106010, 106014 and 106023: `src [if:]a[/p] dst [if:]b[/q] …` */
static bool read_src_dst(struct parser *p, struct record *r, struct cursor *c, struct span protocol)
{
    struct span a, b;
    if (!take(c, " dst ", &a))
        return false;
    b = before_word(rest_of(c), " by access-group ");
    b = before_word(before_word(b, "(type "), " type ");
    struct cisco_end src = cisco_end_of(a, false), dst = cisco_end_of(without_end(b), false);
    put_protocol(p, r, protocol);
    put_ends(p, r, &src, &dst, !is_icmp(protocol));
    put_icmp(p, r, rest_of(c));
    return src.address.n && dst.address.n;
}

static bool read_deny_src_dst(struct parser *p, struct record *r, struct cursor *c, bool directed)
{
    struct span word, protocol, rule;
    if (!seek(c, "Deny ") || (directed && !take(c, " ", &word)) || !take(c, " src ", &protocol))
        return false;
    if (directed)
        put_direction(p, r, word);
    if (!read_src_dst(p, r, c, protocol))
        return false;
    if (seek(c, "by access-group ")) {
        rule = rest_of(c);
        if (rule.n && rule.p[0] == '"')
            rule = span_of(rule.p + 1, span_find(span_from(rule, 1), '"', 0));
        else
            rule = first_token(rule);
        put(p, r, F_rule, rule);
    }
    return true;
}

/* `Deny <proto> (no connection) from`, `Deny <proto> reverse path check from`, `Deny <proto> connection spoof from` */
static bool read_deny_protocol(struct parser *p, struct record *r, struct cursor *c, const char *words,
                               const char *behind)
{
    struct span protocol;
    if (!seek(c, "Deny ") || !take(c, words, &protocol))
        return false;
    put_protocol(p, r, protocol);
    return read_from_to(p, r, c, "from ", behind, true);
}

static bool read_106018(struct parser *p, struct record *r, struct cursor *c)
{
    struct span type, rule, src;
    if (!seek(c, "ICMP packet type ") || !take(c, " denied by outbound list ", &type) || !take(c, " src ", &rule) ||
        !take(c, " dest ", &src))
        return false;
    struct cisco_end a = cisco_end_of(src, false), b = cisco_end_of(without_end(rest_of(c)), false);
    put_protocol(p, r, SPAN_LITERAL("ICMP"));
    put(p, r, F_icmp_type, type);
    put(p, r, F_rule, rule);
    put_ends(p, r, &a, &b, false);
    return a.address.n && b.address.n;
}

static bool read_106100(struct parser *p, struct record *r, struct cursor *c)
{
    struct span rule, word, protocol, a, b;
    int64_t hits;
    if (!seek(c, "access-list ") || !take(c, " ", &rule) || !take(c, " ", &word) || !take(c, " ", &protocol) ||
        !take(c, "->", &a))
        return false;
    if (!take(c, " hit-cnt ", &b)) { /* some relays end it behind the addresses */
        b = span_trim(rest_of(c));
        if (!b.n || b.p[b.n - 1] != ')')
            return false;
        c->at = c->text.n;
    }
    struct cisco_end src = cisco_access_list_end(a), dst = cisco_access_list_end(b);
    put(p, r, F_rule, rule);
    put_protocol(p, r, protocol);
    put_ends(p, r, &src, &dst, !is_icmp(protocol));
    if (is_icmp(protocol)) {
        put(p, r, F_icmp_type, src.port);
        put(p, r, F_icmp_code, dst.port);
    }
    if (number_parse_natural(first_token(rest_of(c)), &hits))
        record_set_number(r, F_hits, hits);
    return src.address.n && dst.address.n;
}

/* 302013, 302015: outbound ones print the server first. */
static bool read_built(struct parser *p, struct record *r, struct cursor *c)
{
    struct span word, protocol, id, a;
    if (!seek(c, "Built ") || !take(c, " ", &word) || !take(c, " connection ", &protocol) || !take(c, " for ", &id) ||
        !take(c, " to ", &a))
        return false;
    if (span_starts(protocol, SPAN_LITERAL("Probe ")))
        protocol = span_from(protocol, sizeof "Probe " - 1);
    struct cisco_end first = cisco_end_of(a, true), second = cisco_end_of(without_end(rest_of(c)), true);
    bool outbound = span_equal_nocase(word, SPAN_LITERAL("outbound"));
    put_direction(p, r, word);
    put_protocol(p, r, protocol);
    put(p, r, F_session_id, id);
    put_ends(p, r, outbound ? &second : &first, outbound ? &first : &second, true);
    return first.address.n && second.address.n;
}

/* 302014, 302016 */
static bool read_teardown(struct parser *p, struct record *r, struct cursor *c)
{
    struct span protocol, id, a, b, duration;
    int64_t bytes;
    if (!seek(c, "Teardown ") || !take(c, " connection ", &protocol) || !take(c, " for ", &id) ||
        !take(c, " to ", &a) || !take(c, " duration ", &b) || !take(c, " bytes ", &duration))
        return false;
    if (span_starts(protocol, SPAN_LITERAL("Probe ")))
        protocol = span_from(protocol, sizeof "Probe " - 1);
    struct cisco_end src = cisco_end_of(a, false), dst = cisco_end_of(b, false);
    struct span behind = rest_of(c), count = without_end(first_token(behind));
    put_protocol(p, r, protocol);
    put(p, r, F_session_id, id);
    put_ends(p, r, &src, &dst, true);
    put_duration(r, duration);
    if (number_parse_natural(count, &bytes))
        record_set_number(r, F_bytes, bytes);
    put_reason(p, r, span_from(behind, first_token(behind).n));
    return src.address.n && dst.address.n;
}

/* 302020, 302021: the numbers behind the addresses are no ports. */
static bool read_icmp(struct parser *p, struct record *r, struct cursor *c, bool built)
{
    struct span word = { 0 }, foreign, global;
    if (built && (!seek(c, "Built ") || !take(c, " ", &word)))
        return false;
    if (!seek(c, "ICMP connection") || !seek(c, "faddr ") || !take(c, " gaddr ", &foreign) ||
        !take(c, " laddr ", &global))
        return false;
    struct span local = before_word(rest_of(c), " type ");
    struct cisco_end f = cisco_end_of(foreign, false), l = cisco_end_of(without_end(local), false);
    bool outbound = span_equal_nocase(word, SPAN_LITERAL("outbound"));
    struct span user = f.user.n ? f.user : l.user;
    f.user = l.user = span_of(NULL, 0);
    put_direction(p, r, word);
    put_protocol(p, r, SPAN_LITERAL("ICMP"));
    put_ends(p, r, outbound ? &l : &f, outbound ? &f : &l, false);
    put(p, r, F_src_user, user);
    put_icmp(p, r, rest_of(c));
    return f.address.n && l.address.n;
}

/* 710002 to 710005 */
static bool read_to_device(struct parser *p, struct record *r, struct cursor *c, const char *words)
{
    struct span protocol, a, b;
    if (!take(c, words, &protocol) || !take(c, " to ", &a))
        return false;
    b = before_word(rest_of(c), " (current");
    struct cisco_end src = cisco_end_of(a, false), dst = cisco_end_of(without_end(b), false);
    put_protocol(p, r, protocol);
    put_ends(p, r, &src, &dst, true);
    return src.address.n && dst.address.n;
}

/* The text of a message of this id; false: it is none. */
static bool read_text(struct parser *p, struct record *r, unsigned id, struct span body)
{
    struct cursor c = { body, 0 };
    struct span ip = SPAN_LITERAL("IP");
    switch (id) {
    case 106001:
        return read_106001(p, r, &c);
    case 106002:
        return read_106002(p, r, &c);
    case 106006:
        return read_deny_udp(p, r, &c, " on interface ");
    case 106007:
        return read_deny_udp(p, r, &c, " due to ");
    case 106010:
    case 106014:
        return read_deny_src_dst(p, r, &c, true);
    case 106012:
        put_protocol(p, r, ip);
        return read_from_to(p, r, &c, "Deny IP from ", has(body, ", IP options") ? ", IP options" : " IP options",
                            false);
    case 106013:
        put_protocol(p, r, SPAN_LITERAL("ICMP"));
        if (has(body, " to PAT address ")) {
            struct span a;
            if (!seek(&c, "request from ") || !take(&c, " to PAT address ", &a))
                return false;
            struct cisco_end src = cisco_end_of(a, false), dst = cisco_end_of(without_end(rest_of(&c)), false);
            put_ends(p, r, &src, &dst, false);
            return src.address.n && dst.address.n;
        }
        return false;
    case 106015:
        return read_deny_protocol(p, r, &c, " (no connection) ", " flags ");
    case 106016:
        put_protocol(p, r, ip);
        return read_from_to(p, r, &c, "spoof from ", " on interface ", false);
    case 106017:
        put_protocol(p, r, ip);
        return read_from_to(p, r, &c, "Land Attack from ", NULL, false);
    case 106018:
        return read_106018(p, r, &c);
    case 106020:
        put_protocol(p, r, ip);
        return seek(&c, "teardrop fragment") && read_from_to(p, r, &c, " from ", NULL, false);
    case 106021:
        return read_deny_protocol(p, r, &c, " reverse path check ", " on interface ");
    case 106022:
        return read_deny_protocol(p, r, &c, " connection spoof ", " on interface ");
    case 106023:
        return read_deny_src_dst(p, r, &c, false);
    case 106100:
        return read_106100(p, r, &c);
    case 302013:
    case 302015:
        return read_built(p, r, &c);
    case 302014:
    case 302016:
        return read_teardown(p, r, &c);
    case 302020:
        return read_icmp(p, r, &c, true);
    case 302021:
        return read_icmp(p, r, &c, false);
    case 710002:
        return read_to_device(p, r, &c, " access permitted from ");
    case 710003:
        return read_to_device(p, r, &c, " access denied by ACL from ");
    case 710004:
        return read_to_device(p, r, &c, " connection limit exceeded from ");
    case 710005:
        return read_to_device(p, r, &c, " request discarded from ");
    default:
        return false;
    }
}

/* Bits: the last digits of ids that begin with the same three. */
static bool is_session(unsigned id)
{
    static const uint32_t of_106 = 0x00f7f4c6, of_302 = 0x0031e000, of_710 = 0x0000003c;
    unsigned last = id % 1000;
    uint32_t sessions = id / 1000 == 106 ? of_106 : id / 1000 == 302 ? of_302 : id / 1000 == 710 ? of_710 : 0;
    return last < 32 ? sessions >> last & 1 : id == 106100;
}

/* 106100 is what its text says: denied is a word of it, or it is permitted. */
static void put_verdict(struct parser *p, struct record *r, unsigned id, struct span body)
{
    if (id == 106100)
        put(p, r, F_verdict, has(body, " denied ") ? SPAN_LITERAL("deny") : SPAN_LITERAL("permit"));
}

/* ------------------------------------------------------------------ rows, and CEF */

#define FIELD_FROM(name, kind, column) { F_##name, column },
static const struct commonsecuritylog_field from_csl[] = { FIELDS(FIELD_FROM){ F_rule, CSL_DeviceCustomString2 } };

static unsigned id_of(struct commonsecuritylog *row)
{
    int64_t id;
    struct span text = commonsecuritylog_get(row, CSL_DeviceEventClassID);
    return text.n == 6 && number_parse_natural(text, &id) ? (unsigned)id : 0;
}

static const char *select_asa(struct commonsecuritylog *row)
{
    struct span vendor = commonsecuritylog_get(row, CSL_DeviceVendor);
    if (!(row->table ? span_is(vendor, "Cisco") : span_equal_nocase(vendor, SPAN_LITERAL("Cisco"))) ||
        !span_is(commonsecuritylog_get(row, CSL_DeviceProduct), "ASA"))
        return "not_asa";
    return is_session(id_of(row)) ? NULL : "other_message";
}

/* Rows that nobody has split: six messages can be read from their text. */
static const char *select_path(struct parser *p, struct commonsecuritylog *row)
{
    if (commonsecuritylog_text(p, row, CSL_SourceIP).n)
        return NULL;
    switch (id_of(row)) {
    case 106023:
    case 302013:
    case 302014:
    case 302015:
    case 302016:
    case 106100:
        return NULL;
    default:
        return "no_address";
    }
}

static struct span body_of(struct span message)
{
    struct cisco_mnemonic m;
    return cisco_find_mnemonic(message, &m) ? m.body : span_trim(message);
}

/* What a split row has in its text only. */
static void read_rest(struct parser *p, struct record *r, unsigned id, struct span body)
{
    struct cursor c = { body, 0 };
    int64_t n;
    put_protocol(p, r,
                 r->present[F_protocol / 64] >> (F_protocol % 64) & 1 ? r->value[F_protocol].text : span_of(NULL, 0));
    if (id == 106100 && seek(&c, "hit-cnt ") && number_parse_natural(first_token(rest_of(&c)), &n))
        record_set_number(r, F_hits, n);
    if (id == 302014 && seek(&c, " bytes ")) {
        struct span behind = rest_of(&c);
        put_reason(p, r, span_from(behind, first_token(behind).n));
    }
    if (id == 106007 && seek(&c, "due to "))
        put(p, r, F_reason_text, without_end(rest_of(&c)));
    if (id == 106023 && seek(&c, "by access-group \"")) {
        struct span rule = rest_of(&c);
        put(p, r, F_rule, span_of(rule.p, span_find(rule, '"', 0)));
    }
}

/* CEF's deviceDirection in words; columns of rows hold what they hold. */
static void name_direction(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    struct span direction = commonsecuritylog_text(p, row, CSL_CommunicationDirection);
    if (span_is(direction, "0"))
        put(p, r, F_column_direction, SPAN_LITERAL("inbound"));
    else if (span_is(direction, "1"))
        put(p, r, F_column_direction, SPAN_LITERAL("outbound"));
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    if (!row->table)
        name_direction(p, row, r);
    struct span body = body_of(commonsecuritylog_text(p, row, CSL_Message));
    unsigned id = id_of(row);
    put_verdict(p, r, id, body);
    if (commonsecuritylog_text(p, row, CSL_SourceIP).n) {
        read_rest(p, r, id, body);
        return NULL;
    }
    return read_text(p, r, id, body) ? NULL : "layout";
}

static const uint16_t needs[] = { CSL_ReceiptTime, CSL_EndTime, CSL_StartTime, CSL_SourceIP, CSL_Message };
static const char *const vendors[] = { "Cisco", "CISCO", NULL };

static const struct commonsecuritylog_rules rules = {
    .fields = from_csl,
    .fields_n = sizeof from_csl / sizeof from_csl[0],
    .vendors = vendors,
    .needs = needs,
    .needs_n = 5,
    .times = needs,
    .times_n = 3,
    .table_times = needs,
    .table_times_n = 1,
    .select = select_asa,
    .select_extension = select_path,
    .derive = derive,
};

/* ------------------------------------------------------------------ records */

/* A device's line; or CEF, which ArcSight's connectors make of one. */
static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct cisco_mnemonic m;
    struct span line = syslog_trim(unit), head, body;
    struct syslog_header header;
    int64_t id;
    if (line.n == 0)
        return PARSE_NOTHING;
    if (!cisco_find_mnemonic(line, &m))
        return cef_find(line, &head, &body) ? commonsecuritylog_parse_native(&rules, p, unit, r)
                                            : record_verdict(r, PARSE_SKIP, "not_asa");
    if (!number_parse_natural(m.id, &id) || !is_session((unsigned)id))
        return record_verdict(r, PARSE_SKIP, "other_message");
    cisco_known_head(p, span_of(line.p, m.begin), &header);
    r->time_ms = header.time_ms;
    put(p, r, F_id, m.id);
    put(p, r, F_severity, m.severity);
    if (!read_text(p, r, (unsigned)id, m.body))
        return record_verdict(r, PARSE_BAD, "layout");
    put_verdict(p, r, (unsigned)id, m.body);
    put(p, r, F_computer, header.host);
    put(p, r, F_message, m.body);
    return r->time_ms == TIMESTAMP_NONE ? record_verdict(r, PARSE_BAD, "no_time") : PARSE_RECORD;
}

COMMONSECURITYLOG_PARSE_WRAPPED

COMMONSECURITYLOG_PARSE_TABLES(rules)

/* ------------------------------------------------------------------ forms */

static enum probe_result probe_native(struct span head)
{
    struct cisco_mnemonic m;
    if (row_is_json(head) || commonsecuritylog_probe_csv(head) != PROBE_NO)
        return PROBE_NO;
    if (cisco_find_mnemonic(head, &m) || span_search(head, SPAN_LITERAL("|Cisco|ASA|")) < head.n ||
        span_search(head, SPAN_LITERAL("|CISCO|ASA|")) < head.n)
        return PROBE_LIKELY;
    return commonsecuritylog_is_syslog(head) ? PROBE_POSSIBLE : PROBE_NO;
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const products[] = { "%ASA-", "%PIX-", "%FWSM-", "%FTD-", "|ASA|", NULL };
    return wrapped_probe(head, products);
}

static const char *const words[] = { "%ASA-", "\"ASA\"", ",ASA,", NULL };

COMMONSECURITYLOG_PROBE_TABLES(words)

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native",
                                 "syslog of ASA, and of FTD, PIX and FWSM where the ids are the same; CEF of relays",
                                 probe_native, parse_native, struct cisco_memo, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects", probe_wrapped, parse_wrapped, struct cisco_memo,
                                   native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(cisco_asa) = {
    .id = "cisco-asa",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
