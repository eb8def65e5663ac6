/* Barracuda Web Application Firewall: network firewall logs (NF) as CEF, in the product's default layout, and as rows
 * of barracuda_CL and CommonSecurityLog.  CloudGen Firewall: its activity log in syslog, as Syslog rows, and as JSON of
 * its stream to Logstash.
 *
 * One export of JSON rows may hold both tables' rows.
 * Source: Barracuda WAF, exporting log formats (CEF, default); columns of the two tables; CloudGen Firewall, Firewall
 * Activity Log, and How to Enable Filebeat Stream to a Logstash Pipeline.
 */
#include "formats/cloudgen.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/row_forms.h"
#include "formats/syslog.h"
#include "formats/wrapped.h"

#include "common/number.h"

/* Field, kind, where it comes from in CEF and CommonSecurityLog, column of barracuda_CL. */
/* clang-format off */
#define FIELDS(X) \
    X(action, DESCRIPTOR, CSL_DeviceAction, ActionID_s) \
    X(proto, DESCRIPTOR, CSL_Protocol, Protocol_s) \
    X(severity, DESCRIPTOR, CSL_LogSeverity, Severity_s) \
    X(version, DESCRIPTOR, CSL_DeviceVersion, DeviceVersion_s) \
    X(src_ip, TEXT, CSL_SourceIP, SourceIP) \
    X(dst_ip, TEXT, CSL_DestinationIP, DestinationIP_s) \
    X(src_port, PORT, CSL_SourcePort, SourcePort_d) \
    X(dst_port, PORT, CSL_DestinationPort, DestinationPort_d) \
    X(unit_name, TEXT, CSL_DeviceName, UnitName_s) \
    X(item_id, TEXT, CSL__ItemId, _ItemId)
/* clang-format on */

#define FIELD_NUMBER(name, kind, csl, column) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_FROM_COLUMNS,
    F_host = FIELDS_FROM_COLUMNS, /* DvcHostname: a column of its own in barracuda_CL, the unit in CEF */
    F_host_ip,
    F_start,   /* receive time less the time taken */
    F_product, /* "CloudGen"; empty: WAF */
    F_traffic, /* CloudGen: LIN and LOUT are the firewall's own */
    F_rule,
    F_user,
    F_app,
    F_src_interface,
    F_dst_interface,
    F_src_nat_ip,
    F_dst_nat_ip,
    F_src_bytes,
    F_dst_bytes,
    F_src_packets,
    F_dst_packets,
    F_duration_ms,
    F_count,
    FIELDS_N
};

#define FIELD_ROW(name, kind, csl, column) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "host", FIELD_TEXT },
    { "host_ip", FIELD_TEXT },
    { "start", FIELD_TIME },
    { "product", FIELD_DESCRIPTOR },
    { "traffic", FIELD_DESCRIPTOR },
    { "rule", FIELD_TEXT },
    { "user", FIELD_TEXT },
    { "app", FIELD_TEXT },
    { "src_interface", FIELD_TEXT },
    { "dst_interface", FIELD_TEXT },
    { "src_nat_ip", FIELD_TEXT },
    { "dst_nat_ip", FIELD_TEXT },
    { "src_bytes", FIELD_INTEGER },
    { "dst_bytes", FIELD_INTEGER },
    { "src_packets", FIELD_INTEGER },
    { "dst_packets", FIELD_INTEGER },
    { "duration_ms", FIELD_INTEGER },
    { "count", FIELD_INTEGER },
};

/* ------------------------------------------------------------------ CEF and CommonSecurityLog */

#define FIELD_FROM_CSL(name, kind, csl, column) { F_##name, csl },
static const struct commonsecuritylog_field from_csl[] = { FIELDS(FIELD_FROM_CSL){ F_host, CSL_DeviceName } };

static const char *select_product(struct commonsecuritylog *row)
{
    struct span vendor = commonsecuritylog_get(row, CSL_DeviceVendor);
    struct span product = commonsecuritylog_get(row, CSL_DeviceProduct);
    static const struct span barracuda = { "Barracuda", 9 };
    if (vendor.n < barracuda.n || !span_equal_nocase(span_of(vendor.p, barracuda.n), barracuda))
        return "not_barracuda";
    return span_is(product, "WAF") || span_is(product, "WAAS") ? NULL : "not_barracuda";
}

static const char *select_network_firewall(struct parser *p, struct commonsecuritylog *row)
{
    return span_is(commonsecuritylog_text(p, row, CSL_DeviceEventCategory), "NF") ? NULL : "not_network_firewall";
}

static const char *derive_start(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    int64_t received_ms, taken_ms = 0;
    if (!parser_wants(p, F_start) || !commonsecuritylog_time(p, row, CSL_ReceiptTime, &received_ms))
        return NULL;
    (void)(commonsecuritylog_integer(p, row, CSL_FlexNumber2, &taken_ms) &&
           !__builtin_sub_overflow(received_ms, taken_ms, &received_ms));
    if (received_ms >= TIMESTAMP_MIN_MS && received_ms <= TIMESTAMP_MAX_MS)
        record_set_number(r, F_start, received_ms);
    return NULL;
}

static const uint16_t needs[] = { CSL_ReceiptTime, CSL_DeviceEventCategory, CSL_FlexNumber2 };
static const char *const vendors[] = { "Barracuda", NULL };

static const struct commonsecuritylog_rules csl_rules = {
    .vendors = vendors,
    .fields = from_csl,
    .fields_n = sizeof from_csl / sizeof from_csl[0],
    .needs = needs,
    .needs_n = 3,
    .times = needs,
    .times_n = 1,
    .table_times = needs,
    .table_times_n = 1,
    .select = select_product,
    .select_extension = select_network_firewall,
    .derive = derive_start,
};

/* ------------------------------------------------------------------ barracuda_CL */

/* Numbers of its columns stand behind those of CommonSecurityLog: one key table serves both. */
#define COLUMN_NUMBER(name, kind, csl, column) COLUMN_##column,
enum {
    COLUMN_FIRST = CSL_NUMBERS_MAX,
    COLUMN_BEFORE = COLUMN_FIRST - 1,
    FIELDS(COLUMN_NUMBER) COLUMN_host_s,
    COLUMN_HostIP_s,
    COLUMN_LogType_s,
    COLUMN_DeviceReceiptTime_s,
    COLUMN_TimeTaken_d,
    COLUMN_TimeGenerated,
    COLUMN_Type
};

/* SourceIP and _ItemId are columns of both tables and go by CommonSecurityLog's numbers. */
static const struct row_field from_row[] = {
    { F_action, COLUMN_ActionID_s },     { F_proto, COLUMN_Protocol_s },
    { F_severity, COLUMN_Severity_s },   { F_version, COLUMN_DeviceVersion_s },
    { F_src_ip, CSL_SourceIP },          { F_dst_ip, COLUMN_DestinationIP_s },
    { F_src_port, COLUMN_SourcePort_d }, { F_dst_port, COLUMN_DestinationPort_d },
    { F_unit_name, COLUMN_UnitName_s },  { F_item_id, CSL__ItemId },
    { F_host, COLUMN_host_s },           { F_host_ip, COLUMN_HostIP_s },
};

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    return span_is(row_text(row, COLUMN_LogType_s), "NF") ? NULL : "not_network_firewall";
}

static const char *derive_row_start(struct parser *p, const struct row *row, struct record *r)
{
    int64_t received_ms, taken_ms;
    if (!parser_wants(p, F_start) || !row_whole(row, COLUMN_DeviceReceiptTime_s, &received_ms))
        return NULL;
    if (row_whole(row, COLUMN_TimeTaken_d, &taken_ms) && __builtin_sub_overflow(received_ms, taken_ms, &received_ms))
        return NULL;
    if (received_ms >= TIMESTAMP_MIN_MS && received_ms <= TIMESTAMP_MAX_MS)
        record_set_number(r, F_start, received_ms);
    return NULL;
}

static const uint16_t row_times[] = { CSL_TimeGenerated, COLUMN_TimeGenerated };
static const char *const tables[] = { "barracuda_CL", "CommonSecurityLog", NULL };

static const struct row_rules row_rules = {
    .fields = from_row,
    .fields_n = sizeof from_row / sizeof from_row[0],
    .times = row_times,
    .times_n = 2,
    .tables = tables,
    .type = COLUMN_Type,
    .select = select_row,
    .derive = derive_row_start,
};

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit)) {
        r->reason = "json";
        return PARSE_BAD;
    }
    return row_has(&row, CSL_DeviceVendor) ? commonsecuritylog_parse_table(&csl_rules, p, unit, r)
                                           : row_record(&row_rules, p, &row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&row_rules, p, unit, r);
}

static enum parse_result parse_table_cef_csv(struct parser *p, struct span unit, struct record *r)
{
    return commonsecuritylog_parse_table_csv(&csl_rules, p, unit, r);
}

/* ------------------------------------------------------------------ native */

enum { TOKENS_MAX = 32, TOKENS_BEFORE_TYPE = 4 };

/* `yyyy-mm-dd hh:mm:ss.mmm` in two tokens. */
static bool is_time(struct span date, struct span time)
{
    struct timetext t;
    size_t used, n = (size_t)(time.p + time.n - date.p);
    return timetext_scan_iso(span_of(date.p, n), &t, &used) && used == n;
}

/* Tokens that blanks keep apart. */
static unsigned split_blanks(struct span line, struct span *tokens)
{
    unsigned n = 0;
    for (size_t at = 0; n < TOKENS_MAX; n++) {
        while (at < line.n && byte_is_blank(line.p[at]))
            at++;
        size_t end = at;
        while (end < line.n && ((unsigned char)line.p[end] > ' ' || !byte_is_blank(line.p[end])))
            end++;
        if (end == at)
            break;
        tokens[n] = span_of(line.p + at, end - at);
        at = end;
    }
    return n;
}

/* The default layout begins with the record's own time; a syslog header may stand before it, its priority attached.
 * Returns its first token, or n. */
static unsigned find_record(struct span *tokens, unsigned n)
{
    for (unsigned i = 0; i + TOKENS_BEFORE_TYPE < n; i++) {
        struct span date = tokens[i];
        size_t bracket = date.n && date.p[0] == '<' ? span_find(date, '>', 0) : date.n;
        if (bracket < date.n)
            date = span_from(date, bracket + 1);
        struct span zone = tokens[i + 2];
        if (zone.n == 5 && (zone.p[0] == '+' || zone.p[0] == '-') && is_time(date, tokens[i + 1])) {
            tokens[i] = date;
            return i;
        }
    }
    return n;
}

/* Severity words are those of syslog, 0 to 7. */
static struct span severity_number(struct span word)
{
    static const char words[8][5] = { "EMER", "ALER", "CRIT", "ERRO", "WARN", "NOTI", "INFO", "DEBU" };
    static const char digits[] = "01234567";
    for (unsigned i = 0; i < 8; i++)
        if (word.n >= 4 && memcmp(word.p, words[i], 4) == 0)
            return span_of(digits + i, 1);
    return word;
}

/* time unit NF severity protocol src-ip src-port dst-ip dst-port action acl… */
static enum parse_result parse_default(struct parser *p, struct span line, struct record *r)
{
    static const uint16_t columns[] = { CSL_LogSeverity,   CSL_Protocol,        CSL_SourceIP,    CSL_SourcePort,
                                        CSL_DestinationIP, CSL_DestinationPort, CSL_DeviceAction };
    enum { COLUMNS = sizeof columns / sizeof columns[0] };
    struct span tokens[TOKENS_MAX];
    struct commonsecuritylog row;
    unsigned n = split_blanks(line, tokens), at = find_record(tokens, n), type = at + TOKENS_BEFORE_TYPE;
    r->reason = "layout";
    if (at == n)
        return PARSE_BAD;
    if (!span_is(tokens[type], "NF")) {
        r->reason = "not_network_firewall";
        return PARSE_SKIP;
    }
    if (n < type + 1 + COLUMNS)
        return PARSE_BAD;
    commonsecuritylog_native_row(&csl_rules, p, &row);
    commonsecuritylog_set(&row, CSL_DeviceEventCategory, tokens[type]);
    commonsecuritylog_set(&row, CSL_DeviceName, tokens[type - 1]);
    struct span zone = tokens[at + 2];
    commonsecuritylog_set(&row, CSL_ReceiptTime, span_of(tokens[at].p, (size_t)(zone.p + zone.n - tokens[at].p)));
    for (unsigned i = 0; i < COLUMNS; i++)
        commonsecuritylog_set(&row, columns[i], tokens[type + 1 + i]);
    commonsecuritylog_set(&row, CSL_LogSeverity, severity_number(tokens[type + 1]));
    return commonsecuritylog_native_record(&csl_rules, p, &row, span_of(line.p, 0), r);
}

/* ------------------------------------------------------------------ CloudGen: the activity log */

static const struct {
    uint8_t value, field;
} from_activity[] = {
    { CLOUDGEN_type, F_traffic },
    { CLOUDGEN_proto, F_proto },
    { CLOUDGEN_srcIF, F_src_interface },
    { CLOUDGEN_srcIP, F_src_ip },
    { CLOUDGEN_dstIP, F_dst_ip },
    { CLOUDGEN_dstIF, F_dst_interface },
    { CLOUDGEN_rule, F_rule },
    { CLOUDGEN_srcNAT, F_src_nat_ip },
    { CLOUDGEN_dstNAT, F_dst_nat_ip },
    { CLOUDGEN_duration, F_duration_ms },
    { CLOUDGEN_count, F_count },
    { CLOUDGEN_receivedBytes, F_dst_bytes },
    { CLOUDGEN_sentBytes, F_src_bytes },
    { CLOUDGEN_receivedPackets, F_dst_packets },
    { CLOUDGEN_sentPackets, F_src_packets },
    { CLOUDGEN_user, F_user },
    { CLOUDGEN_protocol, F_app },
};

static void put(struct parser *p, struct record *r, unsigned field, struct span text)
{
    int64_t n;
    if (fields[field].kind == FIELD_DESCRIPTOR || (parser_wants(p, field) && fields[field].kind == FIELD_TEXT))
        record_set_text(r, field, text);
    else if (parser_wants(p, field) && number_parse_natural(text, &n))
        record_set_number(r, field, n);
}

/* Of other protocols the numbers are a session's own. */
static bool has_ports(struct span protocol)
{
    static const char *const protocols[] = { "TCP", "UDP", "SCTP", "6", "17", "132", NULL };
    protocol.n = span_find(protocol, '(', 0); /* `SCTP(132)` */
    for (const char *const *name = protocols; *name; name++)
        if (span_equal_nocase(protocol, span_text(*name)))
            return true;
    return false;
}

/* `yyyy mm dd hh:mm:ss <level> <zone>`, as the firewall's own file has it. */
static bool file_time(struct span head, const struct parse_options *options, int64_t *ms)
{
    enum { DATE_AND_TIME = sizeof "2018-01-30 13:12:21" - 1 };
    char text[DATE_AND_TIME];
    if (head.n < sizeof text || head.p[4] != ' ' || head.p[7] != ' ')
        return false;
    memcpy(text, head.p, sizeof text);
    text[4] = text[7] = '-';
    return timetext_device(span_of(text, sizeof text), options, ms);
}

/* The time is the firewall's own, whose offset may stand between header and action. */
static int64_t activity_time(struct parser *p, struct span head, struct syslog_header *header)
{
    struct parse_options options = *p->options;
    struct span tokens[TOKENS_MAX];
    int64_t ms;
    int32_t offset_s;
    unsigned n = split_blanks(head, tokens);
    for (unsigned i = n; i-- > 0;)
        if ((tokens[i].p[0] == '+' || tokens[i].p[0] == '-') && timetext_zone(tokens[i], &offset_s)) {
            parse_options_set_offset(&options, offset_s);
            break;
        }
    syslog_parse(head, &options, header);
    return file_time(head, &options, &ms) ? ms : header->time_ms;
}

static void set_entry(struct parser *p, const struct cloudgen_entry *e, struct record *r)
{
    int64_t port;
    put(p, r, F_product, SPAN_LITERAL("CloudGen"));
    put(p, r, F_action, e->action);
    for (unsigned i = 0; i < sizeof from_activity / sizeof from_activity[0]; i++)
        put(p, r, from_activity[i].field, e->values[from_activity[i].value]);
    if (!has_ports(e->values[CLOUDGEN_proto]))
        return;
    if (number_parse_natural(e->values[CLOUDGEN_srcPort], &port))
        record_set_port(r, F_src_port, port);
    if (number_parse_natural(e->values[CLOUDGEN_dstPort], &port))
        record_set_port(r, F_dst_port, port);
}

static enum parse_result parse_activity(struct parser *p, struct span line, struct record *r)
{
    struct cloudgen_entry entry;
    struct syslog_header header;
    if (!cloudgen_read(line, &entry))
        return record_verdict(r, PARSE_BAD, "layout");
    set_entry(p, &entry, r);
    r->time_ms = activity_time(p, entry.head, &header);
    put(p, r, F_host, header.host);
    put(p, r, F_unit_name, header.host);
    return r->time_ms == TIMESTAMP_NONE ? record_verdict(r, PARSE_BAD, "no_time") : PARSE_RECORD;
}

/* CEF whose header a relay has lost: ` cat=NF src=…`. */
static enum parse_result parse_headless(struct parser *p, struct span line, struct record *r)
{
    struct commonsecuritylog row;
    size_t begin = span_search(line, SPAN_LITERAL(" cat="));
    if (begin == line.n || span_search(line, SPAN_LITERAL(" src=")) == line.n)
        return record_verdict(r, PARSE_BAD, "layout");
    commonsecuritylog_native_row(&csl_rules, p, &row);
    commonsecuritylog_read_cef(p, span_from(line, begin + 1), &row);
    if (!span_is(commonsecuritylog_text(p, &row, CSL_DeviceEventCategory), "NF"))
        return record_verdict(r, PARSE_SKIP, "not_network_firewall");
    return commonsecuritylog_native_record(&csl_rules, p, &row, span_of(line.p, begin), r);
}

/* `…/box_Config:`, `…/srv_S1_NGFW:`, or the level where they lack a header: what CloudGen's other programs write. */
static bool is_other_log(struct span line)
{
    static const char *const programs[] = { "/box_", "/srv_", " box_", "logType=", NULL };
    static const char *const levels[] = { "Info ", "Notice ", "Warning ", "Error ", "Security ", "Internal ", NULL };
    if (span_search(line, SPAN_LITERAL("box_Firewall_Activity")) < line.n)
        return false; /* a cut one of ours */
    for (const char *const *program = programs; *program; program++)
        if (span_search(line, span_text(*program)) < line.n)
            return true;
    for (const char *const *level = levels; *level; level++)
        if (span_starts(line, span_text(*level)))
            return true;
    return cloudgen_is_other(line);
}

/* ------------------------------------------------------------------ CloudGen: JSON */

enum {
    J_action,
    J_protocol,
    J_src_ip,
    J_dst_ip,
    J_src_port,
    J_dst_port,
    J_rule,
    J_user,
    J_src_interface,
    J_dst_interface,
    J_src_nat_ip,
    J_dst_nat_ip,
    J_src_bytes,
    J_dst_bytes,
    J_src_packets,
    J_dst_packets,
    J_duration,
    J_time
};

static const struct key stream_keys[] = {
    { "action", J_action },
    { "ip_proto", J_protocol },
    { "src_ip", J_src_ip },
    { "dst_ip", J_dst_ip },
    { "src_port", J_src_port },
    { "dst_port", J_dst_port },
    { "fw_rule", J_rule },
    { "user", J_user },
    { "src_iface", J_src_interface },
    { "dst_iface", J_dst_interface },
    { "src_ip_nat", J_src_nat_ip },
    { "dst_ip_nat", J_dst_nat_ip },
    { "fwd_bytes", J_src_bytes },
    { "rev_bytes", J_dst_bytes },
    { "fwd_packets", J_src_packets },
    { "rev_packets", J_dst_packets },
    { "duration", J_duration },
    { "timestamp", J_time },
};

static const struct row_field from_stream[] = {
    { F_action, J_action },
    { F_proto, J_protocol },
    { F_src_ip, J_src_ip },
    { F_dst_ip, J_dst_ip },
    { F_rule, J_rule },
    { F_user, J_user },
    { F_src_interface, J_src_interface },
    { F_dst_interface, J_dst_interface },
    { F_src_nat_ip, J_src_nat_ip },
    { F_dst_nat_ip, J_dst_nat_ip },
    { F_src_bytes, J_src_bytes },
    { F_dst_bytes, J_dst_bytes },
    { F_src_packets, J_src_packets },
    { F_dst_packets, J_dst_packets },
    { F_duration_ms, J_duration },
};

/* Threats and visited sites come in the same stream; they have no protocol's number. */
static const char *select_activity(struct parser *p, const struct row *row)
{
    int64_t number;
    (void)p;
    return row_whole(row, J_protocol, &number) && row_has(row, J_src_ip) && row_has(row, J_dst_ip) ? NULL
                                                                                                   : "no_activity";
}

/* Seconds since 1970. */
static bool stream_time(struct parser *p, const struct row *row, int64_t *ms)
{
    return timetext_device(row_text(row, J_time), p->options, ms);
}

static const char *derive_activity(struct parser *p, const struct row *row, struct record *r)
{
    put(p, r, F_product, SPAN_LITERAL("CloudGen"));
    if (has_ports(row_text(row, J_protocol))) {
        row_copy_port(row, J_src_port, r, F_src_port);
        row_copy_port(row, J_dst_port, r, F_dst_port);
    }
    return NULL;
}

static const struct row_rules stream_rules = {
    .fields = from_stream,
    .fields_n = sizeof from_stream / sizeof from_stream[0],
    .time = stream_time,
    .select = select_activity,
    .derive = derive_activity,
};

static enum parse_result parse_stream(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&stream_rules, p, unit, r);
}

/* ------------------------------------------------------------------ CloudGen: Syslog rows */

enum { S_time, S_event_time, S_program, S_message, S_host, S_computer, S_type };

static const struct key syslog_keys[] = {
    ROW_TIME_GENERATED(S_time),          { "EventTime", S_event_time },
    { "EventTime [UTC]", S_event_time }, { "ProcessName", S_program },
    { "SyslogMessage", S_message },      { "HostName", S_host },
    { "Computer", S_computer },          { "Type", S_type },
};

/* The message begins with the action, or has before it what a relay did not take for the program. */
static const char *select_syslog(struct parser *p, const struct row *row)
{
    static const struct span program = { "box_Firewall_Activity", 21 };
    (void)p;
    return span_search(row_text(row, S_program), program) < row_text(row, S_program).n ||
                   span_search(row_text(row, S_message), program) < row_text(row, S_message).n
               ? NULL
               : "no_activity";
}

static const char *derive_syslog(struct parser *p, const struct row *row, struct record *r)
{
    struct cloudgen_entry entry;
    if (!cloudgen_read(row_text(row, S_message), &entry))
        return "layout";
    set_entry(p, &entry, r);
    return NULL;
}

static const struct row_field from_syslog[] = {
    { F_host, S_host },
    { F_host, S_computer },
    { F_unit_name, S_host },
    { F_unit_name, S_computer },
};
static const uint16_t syslog_times[] = { S_time, S_event_time };
static const char *const syslog_tables[] = { "Syslog", NULL };

static const struct row_rules syslog_rules = {
    .fields = from_syslog,
    .fields_n = sizeof from_syslog / sizeof from_syslog[0],
    .times = syslog_times,
    .times_n = sizeof syslog_times / sizeof syslog_times[0],
    .tables = syslog_tables,
    .type = S_type,
    .select = select_syslog,
    .derive = derive_syslog,
};

static enum parse_result parse_syslog_rows(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&syslog_rules, p, unit, r);
}

static enum parse_result parse_syslog_rows_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&syslog_rules, p, unit, r);
}

/* ------------------------------------------------------------------ lines */

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&csl_rules, p, unit, r);
    struct span line = syslog_trim(unit);
    if (result != PARSE_BAD || !span_is(span_text(r->reason), "cef_start"))
        return result;
    result = parse_default(p, line, r);
    if (result != PARSE_BAD)
        return result;
    result = parse_headless(p, line, r);
    if (result != PARSE_BAD)
        return result;
    result = parse_activity(p, line, r);
    if (result == PARSE_BAD && span_is(span_text(r->reason), "layout") && is_other_log(line))
        return record_verdict(r, PARSE_SKIP, "not_network_firewall");
    return result;
}

COMMONSECURITYLOG_PARSE_WRAPPED

/* ------------------------------------------------------------------ forms */

static const char *const native_words[] = { "|Barracuda", "box_Firewall", "|srcIP=", NULL };
static const char *const default_words[] = { " NF ", " WF ", " TR ", NULL };
static const char *const wrapped_words[] = { "|Barracuda", "box_Firewall", "|srcIP=", " NF ", " WF ", " TR ", NULL };
static const char *const stream_words[] = { "fw_rule", "fw_info", NULL };
static const char *const row_words[] = { "LogType_s", "barracuda_CL", "UnitName_s", "\"Barracuda", NULL };
static const char *const csl_words[] = { "Barracuda", NULL };

static bool has_activity(struct span head)
{
    return span_search(head, SPAN_LITERAL("box_Firewall_Activity")) < head.n;
}

static enum probe_result probe_syslog(struct span head)
{
    static const char *const words[] = { "\"SyslogMessage\"", NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY && has_activity(head) ? result : PROBE_NO;
}

static enum probe_result probe_syslog_csv(struct span head)
{
    return row_has_column(head, "SyslogMessage") && has_activity(head) ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_result probe_native(struct span head)
{
    return probe_syslog_csv(head) == PROBE_NO ? commonsecuritylog_probe_native(head, native_words) : PROBE_NO;
}

static enum probe_result probe_default(struct span head)
{
    struct span tokens[TOKENS_MAX];
    unsigned n = split_blanks(span_of(head.p, span_find(head, '\n', 0)), tokens);
    if (row_is_json(head) || find_record(tokens, n) == n)
        return PROBE_NO;
    for (const char *const *w = default_words; *w; w++)
        if (span_search(head, span_text(*w)) < head.n)
            return PROBE_LIKELY;
    return PROBE_NO;
}

static enum probe_result probe_wrapped(struct span head)
{
    return probe_syslog(head) == PROBE_NO ? wrapped_probe(head, wrapped_words) : PROBE_NO;
}

static enum probe_result probe_stream(struct span head)
{
    enum probe_result result = row_probe_json(head, stream_words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

static enum probe_result probe_table(struct span head)
{
    return row_probe_json(head, row_words);
}

static enum probe_result probe_table_csv(struct span head)
{
    enum probe_result result = row_probe_csv(head, row_words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

static enum probe_result probe_table_cef_csv(struct span head)
{
    return commonsecuritylog_probe_table_csv(head, csl_words);
}

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS };
static const struct key table_keys[] = {
    COMMONSECURITYLOG_COLUMN_KEYS
    /* clang-format off */
    { "ActionID_s", COLUMN_ActionID_s }, { "Protocol_s", COLUMN_Protocol_s }, { "Severity_s", COLUMN_Severity_s },
    { "DeviceVersion_s", COLUMN_DeviceVersion_s }, { "DestinationIP_s", COLUMN_DestinationIP_s },
    { "SourcePort_d", COLUMN_SourcePort_d }, { "DestinationPort_d", COLUMN_DestinationPort_d },
    { "UnitName_s", COLUMN_UnitName_s }, { "host_s", COLUMN_host_s }, { "HostIP_s", COLUMN_HostIP_s },
    { "LogType_s", COLUMN_LogType_s }, { "DeviceReceiptTime_s", COLUMN_DeviceReceiptTime_s },
    { "TimeTaken_d", COLUMN_TimeTaken_d }, { "Type", COLUMN_Type },
    { "TimeGenerated [UTC]", COLUMN_TimeGenerated }, { "TimeGenerated [Local Time]", COLUMN_TimeGenerated },
    /* clang-format on */
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM(
        "native", "CEF in syslog, CloudGen's activity log; lines of the default layout may stand between", probe_native,
        parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_LINES_FORM("native-default", "the default layout: values with blanks between", probe_default,
                                 parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects", probe_wrapped, parse_wrapped,
                                   struct commonsecuritylog_native, native_keys),
    { .name = "native-cloudgen-json",
      .help = "CloudGen's stream to Logstash",
      .framing = FRAMING_JSON,
      .probe = probe_stream,
      .parse = parse_stream,
      .envelope = wrapped_envelope,
      .keys = stream_keys,
      .keys_n = COUNT_OF(stream_keys) },
    { .name = "table-cloudgen",
      .help = "CloudGen's Syslog rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_syslog,
      .parse = parse_syslog_rows,
      .envelope = row_envelope,
      .keys = syslog_keys,
      .keys_n = COUNT_OF(syslog_keys) },
    { .name = "table-cloudgen-csv",
      .help = "CloudGen's Syslog rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_syslog_csv,
      .parse = parse_syslog_rows_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = syslog_keys,
      .keys_n = COUNT_OF(syslog_keys) },
    COMMONSECURITYLOG_TABLE_FORM("barracuda_CL and CommonSecurityLog rows as JSON"),
    { .name = "table-csv",
      .help = "barracuda_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
    COMMONSECURITYLOG_TABLE_CSV_FORM("table-cef-csv", probe_table_cef_csv, parse_table_cef_csv),
};

COLLECTOR(barracuda) = {
    .id = "barracuda",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
