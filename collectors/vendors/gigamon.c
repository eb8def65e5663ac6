/* Gigamon: flows of Application Metadata Intelligence, as the exporter (AMX) posts them and as rows of GigamonV2_CL.
 *
 * Every row is a session: DNS and TLS metadata too, ports or none.  All values are texts.
 * Source: Gigamon Application Metadata Exporter, JSON keys (6.x).
 */
#include "formats/row_forms.h"

/* clang-format off */
#define FIELDS(X) \
    X(protocol, DESCRIPTOR) \
    X(src_ip, TEXT) X(src_ipv6, TEXT) X(dst_ip, TEXT) X(dst_ipv6, TEXT) X(src_mac, TEXT) X(dst_mac, TEXT) \
    X(src_port, PORT) X(dst_port, PORT) \
    X(vendor, TEXT) X(generator, TEXT) X(version, TEXT) X(id, TEXT) \
    X(app_name, TEXT) X(app_id, TEXT) \
    X(src_bytes, INTEGER) X(dst_bytes, INTEGER) X(src_packets, INTEGER) X(dst_packets, INTEGER) \
    X(start_time, TIME) X(end_time, TIME)
/* clang-format on */

#define FIELD_NUMBER(name, kind) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_N, COLUMN_TIME = FIELDS_N, COLUMN_TYPE };

#define FIELD_ROW(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

#define FIELD_KEY(name, kind) { #name, F_##name },
static const struct key keys[] = { FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME), { "Type", COLUMN_TYPE } };

#define FIELD_FROM(name, kind) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM) };

/* What the exporter itself posts has no TimeGenerated. */
static const uint16_t times[] = { COLUMN_TIME, F_end_time, F_start_time };

static const char *const tables[] = { "GigamonV2_CL", NULL };

static const struct row_rules rules = {
    .fields = fields_from, .fields_n = FIELDS_N, .times = times, .times_n = 3, .tables = tables, .type = COLUMN_TYPE
};

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"Gigamon\"", "\"gigamon\"", NULL };
    static const char *const service[] = { "\"TimeGenerated\"", NULL };
    return row_probe_json(head, service) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"GigamonV2_CL\"", "\"Gigamon\"", "\"generator\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "generator", "src_ipv6", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "JSON of the Application Metadata Exporter, in arrays or lines",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "GigamonV2_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "GigamonV2_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(gigamon) = {
    .id = "gigamon",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
