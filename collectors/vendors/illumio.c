/* Illumio Core: flow summaries of the policy compute engine (PCE), as JSON lines of the cloud service's bucket and as
 * rows of Illumio_Flow_Events_CL, and behind the syslog header of a PCE on premises, where it may be CEF or LEEF too.
 *
 * Every row is a flow; it stands for as many connections as its count says.  A PCE's audit events, which come the same
 * way, say their type and are none.
 * Source: Illumio Core, traffic flow summaries, JSON (22.x to 24.x).
 */
#include "formats/keyvalue.h"
#include "formats/row_forms.h"
#include "formats/syslog.h"
#include "formats/timetext.h"
#include "formats/wrapped.h"

/* clang-format off */
#define FIELDS(X) \
    X(proto, DESCRIPTOR) X(dir, DESCRIPTOR) X(pd, DESCRIPTOR) X(version, DESCRIPTOR) \
    X(src_ip, TEXT) X(dst_ip, TEXT) X(dst_port, PORT) X(flow_count, INTEGER) \
    X(pn, TEXT) X(un, TEXT) X(src_hostname, TEXT) X(dst_hostname, TEXT) X(pce_fqdn, TEXT) \
    X(dst_dbi, INTEGER) X(dst_dbo, INTEGER) X(interval_sec, INTEGER) X(_ItemId, TEXT)
/* clang-format on */

#define FIELD_NUMBER(name, kind) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE,
    COLUMN_TIMESTAMP,
    COLUMN_EVENT_TYPE,
    COLUMN_RECEIPT,
    COLUMN_CEF_DIRECTION
};

#define FIELD_ROW(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

#define FIELD_KEY(name, kind) { #name, F_##name },
static const struct key keys[] = { FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "Type", COLUMN_TYPE },
                                   { "timestamp", COLUMN_TIMESTAMP },
                                   { "event_type", COLUMN_EVENT_TYPE },
                                   { "count", F_flow_count } };

#define FIELD_FROM(name, kind) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM) };

static const uint16_t times[] = { COLUMN_TIME, COLUMN_TIMESTAMP };

static const char *const tables[] = { "Illumio_Flow_Events_CL", "Illumio_Flow_Events2_CL", NULL };

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    if (row_text(row, COLUMN_EVENT_TYPE).n)
        return "audit_event";
    static const uint16_t flow[] = { F_dir, F_pd, F_pce_fqdn, F_flow_count, F_interval_sec };
    for (size_t i = 0; i < sizeof flow / sizeof flow[0]; i++)
        if (row_has(row, flow[i]))
            return NULL;
    return row_text(row, COLUMN_TYPE).n ? NULL : "no_flow";
}

/* Of CEF. */
static bool receipt_time(struct parser *p, const struct row *row, int64_t *ms)
{
    return timetext_device(row_text(row, COLUMN_RECEIPT), p->options, ms);
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = FIELDS_N,
                                        .times = times,
                                        .times_n = 2,
                                        .time = receipt_time,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_row };

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

/* Keys of CEF and LEEF beside those of JSON. */
static const struct key syslog_keys[] = { FIELDS(FIELD_KEY){ "timestamp", COLUMN_TIMESTAMP },
                                          { "devTime", COLUMN_TIMESTAMP },
                                          { "event_type", COLUMN_EVENT_TYPE },
                                          { "count", F_flow_count },
                                          { "cnt", F_flow_count },
                                          { "src", F_src_ip },
                                          { "dst", F_dst_ip },
                                          { "dpt", F_dst_port },
                                          { "dstPort", F_dst_port },
                                          { "shost", F_src_hostname },
                                          { "srcHostname", F_src_hostname },
                                          { "dhost", F_dst_hostname },
                                          { "dstHostname", F_dst_hostname },
                                          { "dvchost", F_pce_fqdn },
                                          { "deviceDirection", COLUMN_CEF_DIRECTION },
                                          { "rt", COLUMN_RECEIPT } };

/* Protocols have names here. */
static void set_protocol(struct row *row)
{
    static const struct {
        const char *name, *number;
    } protocols[] = { { "tcp", "6" }, { "udp", "17" }, { "icmp", "1" }, { "icmpv6", "58" }, { "ipv6-icmp", "58" } };
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
        if (span_equal_nocase(row_text(row, F_proto), span_text(protocols[i].name)))
            row_set_text(row, F_proto, span_text(protocols[i].number));
}

/* The fifth of a header's fields. */
static struct span event_class(struct span *rest)
{
    struct span field = span_of("", 0);
    for (unsigned i = 0; i < 5; i++) {
        field = span_of(rest->p, span_find(*rest, '|', 0));
        *rest = span_from(*rest, field.n + 1);
    }
    return field;
}

/* `CEF:0|Illumio|PCE|19.3|flow_allowed|Flow Allowed|3|` and `LEEF:2.0|Illumio|PCE|19.3|flow_blocked|`; the class is the
 * policy decision. */
static enum parse_result parse_pairs(struct parser *p, struct span text, bool cef, struct record *r)
{
    static const struct keyvalue_syntax spaces = {
        .separator = ' ', .sign = '=', .bare_escapes = true, .continues = true
    };
    static const struct keyvalue_syntax tabs = { .separator = '\t', .sign = '=', .bare_escapes = true };
    const struct keyvalue_syntax *syntax = cef ? &spaces : &tabs;
    struct keyvalue_cursor pairs;
    struct span key, value, decision = event_class(&text);
    struct row row;
    row_clear(&row);
    if (span_is(decision, "flow_allowed"))
        row_set_text(&row, F_pd, SPAN_LITERAL("0"));
    else if (span_is(decision, "flow_potentially_blocked"))
        row_set_text(&row, F_pd, SPAN_LITERAL("1"));
    else if (span_is(decision, "flow_blocked"))
        row_set_text(&row, F_pd, SPAN_LITERAL("2"));
    else
        return record_verdict(r, PARSE_SKIP, "no_flow");
    for (unsigned bars = 0; cef && bars < 2; bars++)
        text = span_from(text, span_find(text, '|', 0) + 1);
    keyvalue_begin(&pairs, syntax, text, p->keys);
    while (keyvalue_next(&pairs, &key, &value))
        if (pairs.number != KEY_NONE)
            row_set_text(&row, (unsigned)pairs.number, keyvalue_unescape(p, syntax, value, false));
    set_protocol(&row);
    if (row_has(&row, COLUMN_CEF_DIRECTION))
        row_set_text(&row, F_dir,
                     span_is(row_text(&row, COLUMN_CEF_DIRECTION), "1") ? SPAN_LITERAL("O") : SPAN_LITERAL("I"));
    return row_text(&row, F_dst_ip).n ? row_record(&rules, p, &row, r) : record_verdict(r, PARSE_BAD, "no_address");
}

static const struct span cef_start = { "CEF:", 4 }, leef_start = { "LEEF:", 5 }, product = { "|Illumio|PCE|", 13 };

/* `… illumio_pce/collector 812 - - sec=1.2 sev=INFO {"src_ip":…}`, or one of the others. */
static enum parse_result parse_syslog(struct parser *p, struct span unit, struct record *r)
{
    struct span line = syslog_trim(unit);
    if (line.n == 0)
        return PARSE_NOTHING;
    size_t at = span_search(line, product);
    if (at < line.n) {
        struct span before = span_of(line.p, at);
        size_t leef = span_search(before, leef_start), cef = span_search(before, cef_start);
        if (leef < at || cef < at)
            return parse_pairs(p, span_from(line, leef < at ? leef : cef), leef == at, r);
    }
    struct span json = span_from(line, span_search(line, SPAN_LITERAL("{\"")));
    return json.n ? row_parse_json(&rules, p, json, r) : record_verdict(r, PARSE_SKIP, "not_flow");
}

static enum probe_result probe_syslog(struct span head)
{
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    size_t json = span_search(line, SPAN_LITERAL("{\""));
    if (span_search(line, product) < line.n)
        return PROBE_LIKELY;
    if (json == 0 || json == line.n || span_search(line, SPAN_LITERAL("\"pce_fqdn\"")) == line.n)
        return PROBE_NO;
    return PROBE_LIKELY;
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse(parse_syslog, p, unit, r);
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const words[] = { "|Illumio|PCE|", "illumio_pce/collector", NULL };
    return wrapped_probe(head, words);
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"pce_fqdn\"", NULL };
    static const char *const service[] = { "\"TimeGenerated", NULL };
    if (!row_is_json(head)) /* lines of syslog have other forms, too */
        return PROBE_NO;
    return row_probe_json(head, service) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"pce_fqdn\"", "\"flow_count\"", NULL };
    return row_is_json(head) ? row_probe_json(head, words) : PROBE_NO;
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "pce_fqdn", "flow_count", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native-json",
      .help = "lines of the PCE's syslog as text in JSON objects",
      .framing = FRAMING_JSON,
      .probe = probe_wrapped,
      .parse = parse_wrapped,
      .envelope = wrapped_envelope,
      .keys = syslog_keys,
      .keys_n = COUNT_OF(syslog_keys) },
    { .name = "native",
      .help = "flow summaries as JSON lines",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "Illumio_Flow_Events_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native-syslog",
      .help = "flow summaries as JSON, CEF or LEEF in syslog lines",
      .framing = FRAMING_SYSLOG,
      .probe = probe_syslog,
      .parse = parse_syslog,
      .keys = syslog_keys,
      .keys_n = COUNT_OF(syslog_keys) },
    { .name = "table-csv",
      .help = "Illumio_Flow_Events_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(illumio) = {
    .id = "illumio",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
