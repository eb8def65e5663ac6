/* Illumio Core: flow summaries of the policy compute engine (PCE), as JSON lines of the cloud service's bucket and as
 * rows of Illumio_Flow_Events_CL, and behind the syslog header of a PCE on premises.
 *
 * Every row is a flow; it stands for as many connections as its count says.  A PCE's audit events, which come the same
 * way, say their type and are none.
 * Source: Illumio Core, traffic flow summaries, JSON (22.x to 24.x).
 */
#include "formats/row_forms.h"
#include "formats/syslog.h"

/* clang-format off */
#define FIELDS(X) \
    X(proto, DESCRIPTOR) X(dir, DESCRIPTOR) X(pd, DESCRIPTOR) X(version, DESCRIPTOR) \
    X(src_ip, TEXT) X(dst_ip, TEXT) X(dst_port, PORT) X(flow_count, INTEGER) \
    X(pn, TEXT) X(un, TEXT) X(src_hostname, TEXT) X(dst_hostname, TEXT) X(pce_fqdn, TEXT) \
    X(dst_dbi, INTEGER) X(dst_dbo, INTEGER) X(interval_sec, INTEGER) X(_ItemId, TEXT)
/* clang-format on */

#define FIELD_NUMBER(name, kind) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_N, COLUMN_TIME = FIELDS_N, COLUMN_TYPE, COLUMN_TIMESTAMP, COLUMN_EVENT_TYPE };

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
    return row_text(row, COLUMN_EVENT_TYPE).n ? "audit_event" : NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = FIELDS_N,
                                        .times = times,
                                        .times_n = 2,
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

/* `… illumio_pce/collector 812 - - sec=1.2 sev=INFO {"src_ip":…}`. */
static enum parse_result parse_syslog(struct parser *p, struct span unit, struct record *r)
{
    struct span line = syslog_trim(unit);
    struct span json = span_from(line, span_search(line, SPAN_LITERAL("{\"")));
    if (line.n == 0)
        return PARSE_NOTHING;
    return json.n ? row_parse_json(&rules, p, json, r) : record_verdict(r, PARSE_SKIP, "not_json");
}

static enum probe_result probe_syslog(struct span head)
{
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    size_t json = span_search(line, SPAN_LITERAL("{\""));
    if (json == 0 || json == line.n || span_search(line, SPAN_LITERAL("\"pce_fqdn\"")) == line.n)
        return PROBE_NO;
    return PROBE_LIKELY;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"pce_fqdn\"", NULL };
    static const char *const service[] = { "\"TimeGenerated", NULL };
    return row_probe_json(head, service) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"pce_fqdn\"", "\"flow_count\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "pce_fqdn", "flow_count", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
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
      .help = "the same behind a syslog header",
      .framing = FRAMING_SYSLOG,
      .probe = probe_syslog,
      .parse = parse_syslog,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
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
