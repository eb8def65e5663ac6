/* Barracuda Web Application Firewall: network firewall logs (NF) as CEF, in the product's default layout, and as rows
 * of barracuda_CL and CommonSecurityLog.
 *
 * One export of JSON rows may hold both tables' rows.
 * Source: Barracuda WAF, exporting log formats (CEF, default); columns of the two tables.
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/row_forms.h"
#include "formats/wrapped.h"

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
    F_start, /* receive time less the time taken */
    FIELDS_N
};

#define FIELD_ROW(name, kind, csl, column) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "host", FIELD_TEXT },
    { "host_ip", FIELD_TEXT },
    { "start", FIELD_TIME },
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

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    enum parse_result result = commonsecuritylog_parse_native(&csl_rules, p, unit, r);
    return result == PARSE_BAD && span_is(span_text(r->reason), "cef_start") ? parse_default(p, syslog_trim(unit), r)
                                                                             : result;
}

COMMONSECURITYLOG_PARSE_WRAPPED

/* ------------------------------------------------------------------ forms */

static const char *const cef_words[] = { "|Barracuda", NULL };
static const char *const default_words[] = { " NF ", " WF ", " TR ", NULL };
static const char *const row_words[] = { "LogType_s", "barracuda_CL", "UnitName_s", "\"Barracuda", NULL };
static const char *const csl_words[] = { "Barracuda", NULL };

static enum probe_result probe_native(struct span head)
{
    return commonsecuritylog_probe_native(head, cef_words);
}

static enum probe_result probe_default(struct span head)
{
    struct span tokens[TOKENS_MAX];
    unsigned n = split_blanks(span_of(head.p, span_find(head, '\n', 0)), tokens);
    if (commonsecuritylog_is_json(head) || find_record(tokens, n) == n)
        return PROBE_NO;
    for (const char *const *w = default_words; *w; w++)
        if (span_search(head, span_text(*w)) < head.n)
            return PROBE_LIKELY;
    return PROBE_NO;
}

static enum probe_result probe_wrapped(struct span head)
{
    return wrapped_probe(head, cef_words);
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
    COMMONSECURITYLOG_LINES_FORM("native", "CEF in syslog; lines of the default layout may stand between", probe_native,
                                 parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_LINES_FORM("native-default", "the default layout: values with blanks between", probe_default,
                                 parse_native, struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects", probe_wrapped, parse_wrapped,
                                   struct commonsecuritylog_native, native_keys),
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
