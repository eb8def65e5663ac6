/* pfSense and OPNsense: the packet filter's log (`filterlog`) over syslog, and rows of PfELK_CL that the pfELK pipeline
 * makes of it.
 *
 * Source: Netgate, raw filter log format (grammar of comma-separated values); Elastic Common Schema names in the rows.
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/csv.h"
#include "formats/row_forms.h"
#include "formats/wrapped.h"

/* Field, kind, path in the row. */
/* clang-format off */
#define FIELDS(X) \
    X(action, DESCRIPTOR, "event.action") X(protocol, DESCRIPTOR, "network.transport") \
    X(ip_version, DESCRIPTOR, "network.type") \
    X(src_ip, TEXT, "source.ip") X(dst_ip, TEXT, "destination.ip") X(rule, TEXT, "rule.alias") \
    X(interface, TEXT, "interface.name") X(computer, TEXT, "host.name") \
    X(ruleset, INTEGER, "rule.ruleset") \
    X(src_port, PORT, "source.port") X(dst_port, PORT, "destination.port")
/* clang-format on */

#define FIELD_NUMBER(name, kind, path) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_N, COLUMN_TIME = FIELDS_N, COLUMN_TYPE, COLUMN_NAMESPACE };

#define FIELD_ROW(name, kind, path) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

/* ------------------------------------------------------------------ native */

/* Columns counted from 0; what follows the version depends on it. */
enum {
    CSV_INTERFACE = 4,
    CSV_ACTION = 6,
    CSV_VERSION = 8,
    CSV_V4_PROTOCOL = 16,
    CSV_V4_SOURCE = 18,
    CSV_V6_PROTOCOL = 12,
    CSV_V6_SOURCE = 15,
    CSV_COLUMNS_MAX = 64
};

static void set_text(struct parser *p, struct record *r, unsigned field, struct span text)
{
    if (fields[field].kind == FIELD_DESCRIPTOR || parser_wants(p, field))
        record_set_text(r, field, text);
}

static bool port_of(struct span text, int64_t *port)
{
    *port = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || *port > 65535)
            return false;
        *port = 10 * *port + (text.p[i] - '0');
    }
    return text.n > 0;
}

/* TCP and UDP only: what stands there for others is no port. */
static void set_ports(struct record *r, struct span protocol, const struct span *columns, unsigned n)
{
    int64_t port;
    if (n < 2 ||
        (!span_equal_nocase(protocol, SPAN_LITERAL("tcp")) && !span_equal_nocase(protocol, SPAN_LITERAL("udp")) &&
         !span_equal_nocase(protocol, SPAN_LITERAL("sctp"))))
        return;
    if (port_of(columns[0], &port))
        record_set_port(r, F_src_port, port);
    if (port_of(columns[1], &port))
        record_set_port(r, F_dst_port, port);
}

static enum parse_result parse_filter_line(struct parser *p, struct span text, struct span host, struct record *r)
{
    struct span column[CSV_COLUMNS_MAX];
    unsigned n;
    switch (csv_split(p, text, ',', column, CSV_COLUMNS_MAX, &n)) {
    case STATUS_OK:
        break;
    case STATUS_LIMIT:
        return record_verdict(r, PARSE_LIMIT, "field_count");
    default:
        return record_verdict(r, PARSE_BAD, "csv");
    }
    bool v4 = n > CSV_VERSION && span_is(column[CSV_VERSION], "4");
    bool v6 = n > CSV_VERSION && span_is(column[CSV_VERSION], "6");
    unsigned source = v4 ? CSV_V4_SOURCE : CSV_V6_SOURCE;
    if (n <= CSV_VERSION || ((v4 || v6) && n < source + 2))
        return record_verdict(r, PARSE_BAD, "field_count");
    if (!v4 && !v6)
        return record_verdict(r, PARSE_BAD, "ip_version");
    struct span protocol = column[v4 ? CSV_V4_PROTOCOL : CSV_V6_PROTOCOL];
    set_text(p, r, F_action, column[CSV_ACTION]);
    set_text(p, r, F_protocol, protocol);
    set_text(p, r, F_ip_version, column[CSV_VERSION]);
    set_text(p, r, F_interface, column[CSV_INTERFACE]);
    set_text(p, r, F_computer, host);
    set_text(p, r, F_src_ip, column[source]);
    set_text(p, r, F_dst_ip, column[source + 1]);
    set_ports(r, protocol, column + source + 2, n - source - 2);
    return PARSE_RECORD;
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct syslog_header header;
    struct span line = syslog_trim(unit);
    if (line.n == 0)
        return PARSE_NOTHING;
    syslog_parse(line, p->options, &header);
    if (!span_is(header.app, "filterlog"))
        return record_verdict(r, PARSE_SKIP, "not_filterlog");
    r->time_ms = header.time_ms;
    if (r->time_ms == TIMESTAMP_NONE)
        return record_verdict(r, PARSE_BAD, "no_time");
    return parse_filter_line(p, header.message, header.host, r);
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse_only(parse_native, p, unit, r);
}

/* ------------------------------------------------------------------ table */

#define FIELD_KEY(name, kind, path) { path, F_##name },
static const struct key keys[] = {
    FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME),
    { "Type", COLUMN_TYPE },
    { "data_stream.namespace", COLUMN_NAMESPACE },
};

#define FIELD_FROM(name, kind, path) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM) };

static const char *select_firewall(struct parser *p, const struct row *row)
{
    (void)p;
    return span_is(row_text(row, COLUMN_NAMESPACE), "firewall") ? NULL : "not_firewall";
}

static const uint16_t times[] = { COLUMN_TIME };
static const char *const tables[] = { "PfELK_CL", NULL };

static const struct row_rules rules = {
    .fields = fields_from,
    .fields_n = FIELDS_N,
    .times = times,
    .times_n = 1,
    .tables = tables,
    .type = COLUMN_TYPE,
    .select = select_firewall,
};

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

/* ------------------------------------------------------------------ forms */

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "filterlog", NULL };
    return commonsecuritylog_probe_native(head, words);
}

static const char *const words[] = { "PfELK_CL", "data_stream", NULL };

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const lines[] = { "filterlog", NULL };
    return row_probe_json(head, words) == PROBE_LIKELY ? PROBE_NO : wrapped_probe(head, lines);
}

static enum probe_result probe_table(struct span head)
{
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    return row_probe_csv(head, words) == PROBE_LIKELY ? PROBE_LIKELY : PROBE_NO;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "filterlog lines in syslog, of pfSense and OPNsense",
      .framing = FRAMING_SYSLOG,
      .probe = probe_native,
      .parse = parse_native },
    { .name = "native-json",
      .help = "the same as text in JSON objects",
      .framing = FRAMING_JSON,
      .probe = probe_wrapped,
      .parse = parse_wrapped,
      .envelope = wrapped_envelope },
    { .name = "table",
      .help = "PfELK_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "PfELK_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(pfelk) = {
    .id = "pfelk",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
