/* Fortinet FortiGate: traffic logs of FortiOS as key=value syslog and as CEF (FortiOS and FortiAnalyzer forwarding),
 * and exported CommonSecurityLog rows.
 *
 * Lines of both syntaxes may stand in one file.  Pairs are separated by blanks, or by commas (`set format csv`); their
 * order is not fixed.  FortiOS before 5.2 has other names for the same things (src_port, status, device_id).
 * Source: vendor's FortiOS log reference (4.3 to 7.6) and CEF guide.
 */
#include "core/collector.h"

#include "formats/commonsecuritylog_forms.h"
#include "formats/row.h"
#include "formats/keyvalue.h"
#include "formats/wrapped.h"

/* What has no column, and what only the key=value form has. */
enum {
    OWN_START = CSL_OWN,
    OWN_SRC_ROLE,
    OWN_DST_ROLE,
    OWN_SRC_COUNTRY,
    OWN_DST_COUNTRY,
    OWN_SCORE,
    OWN_DURATION,
    OWN_SENT_PACKETS,
    OWN_RECEIVED_PACKETS,
    OWN_UTM_ACTION,
    OWN_POLICY,
    OWN_SESSION,
    OWN_EVENT_TIME,
    OWN_DATE,
    OWN_TIME,
    OWN_LOGGED,
    OWN_TYPE,
    OWN_SUBTYPE,
    OWN_LEVEL,
    OWN_STATUS,
    OWN_DEVICE_NAME
};

/* A FortiOS field without a CEF key of its own has one of these prefixes, by FortiOS version and by who sends it. */
/* clang-format off */
#define PREFIXED(name, number) \
    { "FTNTFGT" name, number }, { "FortinetFortiGate" name, number }, { "ad." name, number }
#define ANY_NAME(name, number) PREFIXED(name, number), { name, number }

#define OWN_KEYS \
    PREFIXED("start", OWN_START), \
    ANY_NAME("srcintfrole", OWN_SRC_ROLE), ANY_NAME("dstintfrole", OWN_DST_ROLE), \
    ANY_NAME("srccountry", OWN_SRC_COUNTRY), ANY_NAME("dstcountry", OWN_DST_COUNTRY), \
    ANY_NAME("crscore", OWN_SCORE), ANY_NAME("duration", OWN_DURATION), \
    ANY_NAME("sentpkt", OWN_SENT_PACKETS), ANY_NAME("rcvdpkt", OWN_RECEIVED_PACKETS), \
    ANY_NAME("utmaction", OWN_UTM_ACTION), ANY_NAME("policyid", OWN_POLICY), ANY_NAME("externalID", OWN_SESSION)

/* Only native records have these. */
#define NATIVE_KEYS \
    ANY_NAME("eventtime", OWN_EVENT_TIME), ANY_NAME("tz", CSL_DeviceTimeZone), \
    ANY_NAME("action", CSL_DeviceAction), \
    { "date", OWN_DATE }, { "time", OWN_TIME }, { "itime", OWN_LOGGED }, { "timestamp", OWN_LOGGED }, \
    { "type", OWN_TYPE }, { "subtype", OWN_SUBTYPE }, \
    { "level", OWN_LEVEL }, { "pri", OWN_LEVEL }, { "status", OWN_STATUS }, { "devname", OWN_DEVICE_NAME }, \
    { "devid", CSL_DeviceExternalID }, { "device_id", CSL_DeviceExternalID }, \
    { "srcip", CSL_SourceIP }, { "srcport", CSL_SourcePort }, { "src_port", CSL_SourcePort }, \
    { "dstip", CSL_DestinationIP }, { "dstport", CSL_DestinationPort }, { "dst_port", CSL_DestinationPort }, \
    { "srcintf", CSL_DeviceInboundInterface }, { "src_int", CSL_DeviceInboundInterface }, \
    { "dstintf", CSL_DeviceOutboundInterface }, { "dst_int", CSL_DeviceOutboundInterface }, \
    { "sentbyte", CSL_SentBytes }, { "sent", CSL_SentBytes }, \
    { "rcvdbyte", CSL_ReceivedBytes }, { "rcvd", CSL_ReceivedBytes }, \
    { "sent_pkt", OWN_SENT_PACKETS }, { "rcvd_pkt", OWN_RECEIVED_PACKETS }, \
    { "sessionid", CSL_ExtID }, { "SN", CSL_ExtID }

/* The CEF keys that a traffic record has; src, dst and proto are names of old key=value records as well. */
#define CEF_KEYS \
    { "act", CSL_DeviceAction }, { "cat", CSL_DeviceEventCategory }, \
    { "deviceExternalId", CSL_DeviceExternalID }, \
    { "deviceInboundInterface", CSL_DeviceInboundInterface }, \
    { "deviceOutboundInterface", CSL_DeviceOutboundInterface }, \
    { "dpt", CSL_DestinationPort }, { "dst", CSL_DestinationIP }, { "dtz", CSL_DeviceTimeZone }, \
    { "externalId", CSL_ExtID }, { "in", CSL_ReceivedBytes }, { "out", CSL_SentBytes }, { "proto", CSL_Protocol }, \
    { "rt", CSL_ReceiptTime }, { "spt", CSL_SourcePort }, { "src", CSL_SourceIP }, { "start", CSL_StartTime }

static const struct key native_keys[] = { CEF_KEYS, OWN_KEYS, NATIVE_KEYS };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS OWN_KEYS };

/* Field, kind, where it comes from. */
#define FIELDS(X) \
    X(action, DESCRIPTOR, CSL_DeviceAction) \
    X(proto, DESCRIPTOR, CSL_Protocol) \
    X(severity, DESCRIPTOR, CSL_LogSeverity) \
    X(utm_action, DESCRIPTOR, OWN_UTM_ACTION) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) \
    X(activity, TEXT, CSL_Activity) \
    X(src_ip, TEXT, CSL_SourceIP) \
    X(dst_ip, TEXT, CSL_DestinationIP) \
    X(src_port, PORT, CSL_SourcePort) \
    X(dst_port, PORT, CSL_DestinationPort) \
    X(src_interface, TEXT, CSL_DeviceInboundInterface) \
    X(dst_interface, TEXT, CSL_DeviceOutboundInterface) \
    X(src_role, TEXT, OWN_SRC_ROLE) \
    X(dst_role, TEXT, OWN_DST_ROLE) \
    X(src_country, TEXT, OWN_SRC_COUNTRY) \
    X(dst_country, TEXT, OWN_DST_COUNTRY) \
    X(device_id, TEXT, CSL_DeviceExternalID) \
    X(device_name, TEXT, OWN_DEVICE_NAME) \
    X(computer, TEXT, CSL_Computer) \
    X(item_id, TEXT, CSL__ItemId) \
    X(score, TEXT, OWN_SCORE) \
    X(session, TEXT, OWN_SESSION) \
    X(session_id, TEXT, CSL_ExtID) \
    X(policy_id, INTEGER, OWN_POLICY) \
    X(bytes_sent, INTEGER, CSL_SentBytes) \
    X(bytes_received, INTEGER, CSL_ReceivedBytes) \
    X(packets_sent, INTEGER, OWN_SENT_PACKETS) \
    X(packets_received, INTEGER, OWN_RECEIVED_PACKETS) \
    X(duration_s, INTEGER, OWN_DURATION) \
    X(start, TIME, OWN_START) \
    X(start_time, TIME, CSL_StartTime)
/* clang-format on */

#define FIELD_NUMBER(name, kind, from) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_N };

#define FIELD_ROW(name, kind, from) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

#define FIELD_FROM(name, kind, from) { F_##name, from },
static const struct commonsecuritylog_field fields_from[] = { FIELDS(FIELD_FROM) };

/* ------------------------------------------------------------------ selection */

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The first position at or behind `from` where `word` stands as a whole, in any case; text.n where it does not. */
static size_t find_word(struct span text, struct span word, size_t from)
{
    for (size_t at = from; at + word.n <= text.n; at++)
        if (span_equal_nocase(span_of(text.p + at, word.n), word) && (at == 0 || !is_letter_or_digit(text.p[at - 1])) &&
            (at + word.n == text.n || !is_letter_or_digit(text.p[at + word.n])))
            return at;
    return text.n;
}

static bool has_word(struct span text, const char *word)
{
    return find_word(text, span_text(word), 0) < text.n;
}

static bool begins_nocase(struct span text, struct span head)
{
    return text.n >= head.n && span_equal_nocase(span_of(text.p, head.n), head);
}

static const char *select_fortigate(struct commonsecuritylog *row)
{
    if (!span_is(commonsecuritylog_get(row, CSL_DeviceVendor), "Fortinet") ||
        !begins_nocase(commonsecuritylog_get(row, CSL_DeviceProduct), SPAN_LITERAL("FortiGate")))
        return "not_fortigate";
    return has_word(commonsecuritylog_get(row, CSL_Activity), "dns") ? "dns" : NULL;
}

static const char *select_traffic(struct parser *p, struct commonsecuritylog *row)
{
    struct span old = row->table ? commonsecuritylog_text(p, row, CSL_OLD_cat) : span_of(NULL, 0);
    struct span category = commonsecuritylog_get(row, CSL_DeviceEventCategory);
    if (!category.n && !row->table) /* what the name says as well */
        category = commonsecuritylog_get(row, CSL_Activity);
    if (!has_word(category, "traffic") && (old.n == 0 || find_word(old, SPAN_LITERAL("traffic"), 0) != 0))
        return "not_traffic";
    return span_is(commonsecuritylog_text(p, row, CSL_DeviceAction), "dns") ? "dns" : NULL;
}

/* Rows without an action have it behind `traffic:forward `. */
static const char *derive_action(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    static const struct span forward = { "traffic:forward ", 16 };
    (void)p;
    struct span activity = commonsecuritylog_get(row, CSL_Activity);
    if (!record_has(r, F_action) && span_starts(activity, forward))
        record_set_text(r, F_action, span_from(activity, forward.n));
    return NULL;
}

static const char *const vendors[] = { "Fortinet", NULL };
static const uint16_t needs[] = { CSL_DeviceEventCategory, OWN_EVENT_TIME, CSL_ReceiptTime, CSL_StartTime };
static const uint16_t times[] = { OWN_EVENT_TIME, CSL_ReceiptTime, CSL_StartTime };
static const uint16_t table_times[] = { CSL_ReceiptTime, CSL_StartTime };

static const struct commonsecuritylog_rules rules = {
    .vendors = vendors,
    .fields = fields_from,
    .fields_n = FIELDS_N,
    .needs = needs,
    .needs_n = 4,
    .times = times,
    .times_n = 3,
    .table_times = table_times,
    .table_times_n = 2,
    .select = select_fortigate,
    .select_extension = select_traffic,
    .derive = derive_action,
};

/* ------------------------------------------------------------------ key=value */

/* Selected before the row is filled to its end. */
static const struct commonsecuritylog_rules pair_rules = {
    .fields = fields_from,
    .fields_n = FIELDS_N,
    .needs = needs,
    .needs_n = 4,
    .times = times,
    .times_n = 3,
};

static const struct keyvalue_syntax blank_syntax = { .separator = ' ', .sign = '=', .quote = '"', .escapes = true };
static const struct keyvalue_syntax comma_syntax = { .separator = ',', .sign = '=', .quote = '"', .escapes = true };

static void read_pairs(struct parser *p, const struct keyvalue_syntax *syntax, struct span line,
                       struct commonsecuritylog *row)
{
    struct keyvalue_cursor c;
    struct span value;
    keyvalue_begin(&c, syntax, line, p->keys);
    while (keyvalue_next_known(&c, &value)) {
        if (c.escaped)
            value = keyvalue_unescape(p, syntax, value, c.quoted);
        commonsecuritylog_set(row, (unsigned)c.number, value);
    }
}

/* The severity that CEF has for a level. */
static struct span severity_of(struct span level)
{
    static const struct {
        struct span level;
        char severity[2];
    } severities[] = {
        { { "debug", 5 }, "1" }, { { "information", 11 }, "2" }, { { "notice", 6 }, "3" }, { { "warning", 7 }, "4" },
        { { "error", 5 }, "5" }, { { "critical", 8 }, "6" },     { { "alert", 5 }, "7" },  { { "emergency", 9 }, "8" },
    };
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++)
        if (span_equal(level, severities[i].level))
            return span_of(severities[i].severity, 1);
    return span_of(NULL, 0);
}

/* A clock, without the blanks that some relays put into it (`19: 41:46`). */
static void append_clock(char *to, size_t *n, struct span clock)
{
    for (size_t i = 0; i < clock.n; i++)
        if (clock.p[i] != ' ')
            to[(*n)++] = clock.p[i];
}

static void append(char *to, size_t *n, struct span text)
{
    if (text.n)
        memcpy(to + *n, text.p, text.n);
    *n += text.n;
}

/* What follows a clock that a blank was put into (`time=10: 13:03`); empty otherwise. */
static struct span rest_of_clock(struct span time, struct span line)
{
    if (time.p[time.n - 1] != ':' || time.p < line.p || time.p >= line.p + line.n)
        return span_of(time.p, 0);
    struct span rest = span_from(line, (size_t)(time.p - line.p) + time.n + 1);
    return span_of(rest.p, span_find(rest, ' ', 0));
}

/* `date` and `time` are local, `tz` says where (6.2 and later); `eventtime` needs neither.  What has none of them may
 * have FortiAnalyzer's own time. */
static void set_local_time(struct parser *p, struct span line, struct commonsecuritylog *row)
{
    struct span date = commonsecuritylog_get(row, OWN_DATE), time = commonsecuritylog_get(row, OWN_TIME);
    int64_t ms;
    if (!date.n || !time.n)
        commonsecuritylog_set(row, CSL_ReceiptTime, commonsecuritylog_get(row, OWN_LOGGED));
    if (timetext_epoch(commonsecuritylog_get(row, OWN_EVENT_TIME), &ms) || !date.n || !time.n)
        return;
    struct span rest = rest_of_clock(time, line);
    char *text = parser_scratch(p, date.n + 1 + time.n + rest.n);
    size_t n = 0;
    if (!text)
        return;
    append(text, &n, date);
    append(text, &n, SPAN_LITERAL(" "));
    append_clock(text, &n, time);
    append(text, &n, rest);
    commonsecuritylog_set(row, CSL_ReceiptTime, span_of(text, n));
}

/* What CEF has for a name: `type:subtype action`. */
static void set_activity(struct parser *p, struct commonsecuritylog *row)
{
    struct span type = commonsecuritylog_get(row, OWN_TYPE), subtype = commonsecuritylog_get(row, OWN_SUBTYPE),
                action = commonsecuritylog_get(row, CSL_DeviceAction);
    char *text = parser_scratch(p, type.n + subtype.n + action.n + 2);
    size_t n = 0;
    if (!text)
        return;
    append(text, &n, type);
    append(text, &n, SPAN_LITERAL(":"));
    append(text, &n, subtype);
    append(text, &n, SPAN_LITERAL(" "));
    append(text, &n, action);
    commonsecuritylog_set(row, CSL_Activity, span_of(text, n));
}

/* Logs of the vendor's other products have the same shape. */
static bool is_other_product(struct span device)
{
    static const char *const serials[] = { "FV", "FAD", "FE", "FCT", "FAC", "FPX", "FSA", "FL-", "FAZ", "FMG", NULL };
    if (span_starts(device, SPAN_LITERAL("FG"))) /* nearly all */
        return false;
    for (unsigned i = 0; serials[i]; i++)
        if (span_starts(device, span_text(serials[i])))
            return true;
    return false;
}

/* `line` is what the row was read from. */
static enum parse_result finish(struct parser *p, struct commonsecuritylog *row, struct span line, struct record *r)
{
    struct span type = commonsecuritylog_get(row, OWN_TYPE);
    if (!type.n)
        return record_verdict(r, PARSE_BAD, "no_type");
    if (!span_is(type, "traffic"))
        return record_verdict(r, PARSE_SKIP, "not_traffic");
    if (is_other_product(commonsecuritylog_get(row, CSL_DeviceExternalID)))
        return record_verdict(r, PARSE_SKIP, "not_fortigate");
    if (!commonsecuritylog_get(row, CSL_DeviceAction).n)
        commonsecuritylog_set(row, CSL_DeviceAction, commonsecuritylog_get(row, OWN_STATUS));
    if (span_is(commonsecuritylog_get(row, CSL_DeviceAction), "dns"))
        return record_verdict(r, PARSE_SKIP, "dns");
    set_local_time(p, line, row);
    commonsecuritylog_set(row, CSL_LogSeverity, severity_of(commonsecuritylog_get(row, OWN_LEVEL)));
    if (parser_wants(p, F_activity))
        set_activity(p, row);
    return commonsecuritylog_native_record(&pair_rules, p, row, line, r);
}

static enum parse_result parse_pairs(struct parser *p, struct span line, struct record *r)
{
    struct commonsecuritylog row;
    commonsecuritylog_native_row(&pair_rules, p, &row);
    read_pairs(p, &blank_syntax, line, &row);
    struct span date = commonsecuritylog_get(&row, OWN_DATE);
    if (span_find(date, ',', 0) < date.n) {
        commonsecuritylog_native_row(&pair_rules, p, &row);
        read_pairs(p, &comma_syntax, line, &row);
    }
    return finish(p, &row, line, r);
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&rules, p, unit, r);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    return parse_pairs(p, syslog_trim(unit), r);
}

/* The pairs as the members of a JSON object (`set format json`).  False: it is none of those. */
static bool read_members(struct parser *p, struct span unit, struct commonsecuritylog *row)
{
    struct span key;
    struct json_value value;
    enum status status = json_open(p->json, unit);
    while (status == STATUS_OK && (status = json_next(p->json, &key, &value)) == STATUS_OK) {
        int number = keys_find(p->keys, key);
        if (number != KEY_NONE && (value.kind == JSON_STRING || value.kind == JSON_NUMBER) && value.text.n)
            commonsecuritylog_set(row, (unsigned)number, value.text);
    }
    return status == STATUS_END && commonsecuritylog_get(row, OWN_TYPE).n &&
           (commonsecuritylog_get(row, OWN_DATE).n || commonsecuritylog_get(row, OWN_EVENT_TIME).n ||
            commonsecuritylog_get(row, OWN_LOGGED).n);
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct commonsecuritylog row;
    commonsecuritylog_native_row(&pair_rules, p, &row);
    if (read_members(p, unit, &row))
        return finish(p, &row, span_of(unit.p, 0), r);
    return wrapped_parse(parse_native, p, unit, r);
}

COMMONSECURITYLOG_PARSE_TABLES(rules)

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "|Fortinet|", " logid=", ",logid=", " log_id=", NULL };
    return commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_json(struct span head)
{
    static const char *const texts[] = { "|Fortinet|", " logid=", ",logid=", " log_id=", "devid=", NULL };
    static const char *const members[] = { "\"logid\"", NULL }, *const others[] = { "\"srcip\"", "\"vd\"", NULL };
    bool log = row_probe_json(head, members) == PROBE_LIKELY && row_probe_json(head, others) == PROBE_LIKELY;
    return log ? PROBE_LIKELY : wrapped_probe(head, texts);
}

static const char *const table_words[] = { "Fortinet", NULL };

COMMONSECURITYLOG_PROBE_TABLES(table_words)

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM(
        "native", "FortiOS syslog, of FortiGate and as FortiAnalyzer forwards it: key=value (default, csv) and CEF",
        probe_native, parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the pairs as a JSON object (format json), or the line as text in one", probe_json,
                                   parse_json, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(fortinet) = {
    .id = "fortinet",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
