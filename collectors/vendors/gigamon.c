/* Gigamon: flows of Application Metadata Intelligence, as the exporter (AMX) posts them (JSON, CEF) and as rows of
 * GigamonV2_CL.
 *
 * Every row is a session: DNS and TLS metadata too, ports or none.  All values are texts.
 * Source: Gigamon Application Metadata Exporter, JSON keys (6.x).
 */
#include "core/parser.h"
#include "formats/cef.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/row_forms.h"
#include "formats/timetext.h"

#include <inttypes.h>
#include <stdio.h>

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
enum { FIELDS(FIELD_NUMBER) FIELDS_N, COLUMN_TIME = FIELDS_N, COLUMN_TYPE, COLUMN_EXPORTED };

#define FIELD_ROW(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW) };

/* A row, and one that a shipper has put into an object. */
#define FIELD_KEY(name, kind) { #name, F_##name }, { "json." #name, F_##name },
static const struct key keys[] = { FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "Type", COLUMN_TYPE },
                                   { "ts", COLUMN_EXPORTED },
                                   { "json.ts", COLUMN_EXPORTED } };

#define FIELD_FROM(name, kind) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM) };

/* What the exporter itself posts has no TimeGenerated. */
static const uint16_t times[] = { COLUMN_TIME, F_end_time, F_start_time };

static const char *const tables[] = { "GigamonV2_CL", NULL };

/* Where a flow has no time, the one at which it was exported. */
static bool exported(struct parser *p, const struct row *row, int64_t *ms)
{
    return timetext_device(row_text(row, COLUMN_EXPORTED), p->options, ms);
}

/* Others' objects have a protocol and times too. */
static bool is_ours(const struct row *row)
{
    struct span vendor = row_text(row, F_vendor);
    return vendor.n ? span_equal_nocase(vendor, SPAN_LITERAL("Gigamon"))
                    : row_text(row, COLUMN_TYPE).n || row_text(row, F_generator).n;
}

/* Metadata of a packet whose flow stands in another record, and objects that are none of ours. */
static const char *select_row(struct parser *p, const struct row *row)
{
    static const uint16_t ends[] = { F_src_ip,  F_src_ipv6, F_dst_ip,   F_dst_ipv6,
                                     F_src_mac, F_dst_mac,  F_src_port, F_dst_port };
    (void)p;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (row_text(row, ends[i]).n)
            return NULL;
    bool said = row_text(row, F_protocol).n || row_text(row, COLUMN_TIME).n;
    return said && is_ours(row) ? NULL : "no_flow";
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = FIELDS_N,
                                        .times = times,
                                        .times_n = 3,
                                        .time = exported,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_row };

/* Dates are apart by colons: `2026:03:02 08:09:58.120`. */
static void set_dashes(struct parser *p, struct row *row, unsigned column)
{
    struct span text = row_text(row, column);
    char *copy = text.n > 10 && text.p[4] == ':' && text.p[7] == ':' ? parser_scratch(p, text.n) : NULL;
    if (!copy)
        return;
    memcpy(copy, text.p, text.n);
    copy[4] = copy[7] = '-';
    row_set_text(row, column, span_of(copy, text.n));
}

static enum parse_result parse_row(struct parser *p, struct row *row, struct record *r)
{
    set_dashes(p, row, F_start_time);
    set_dashes(p, row, F_end_time);
    return row_record(&rules, p, row, r);
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(p, &row, r);
}

/* The exporter's CEF, and the columns that its JSON has for the same. */
static const struct key cef_keys[] = {
    { "src", F_src_ip },
    { "dst", F_dst_ip },
    { "c6a2", F_src_ipv6 },
    { "c6a3", F_dst_ipv6 },
    { "smac", F_src_mac },
    { "dmac", F_dst_mac },
    { "spt", F_src_port },
    { "dpt", F_dst_port },
    { "proto", F_protocol },
    { "GigamonApplicationID", F_app_id },
    { "GigamonApplicationName", F_app_name },
    { "GigamonInitiatorOctets", F_src_bytes },
    { "GigamonResponderOctets", F_dst_bytes },
    { "GigamonInitiatorPackets", F_src_packets },
    { "GigamonResponderPackets", F_dst_packets },
    { "GigamonMdataFlowStartMsec", F_start_time },
    { "GigamonMdataFlowEndMsec", F_end_time },
    { "rt", COLUMN_EXPORTED },
};

static void set_text(struct row *row, unsigned column, struct span text)
{
    if (text.n)
        row_set_text(row, column, text);
}

/* Where the message says nothing: the syslog header's time, the device that sent it. */
static void set_header(struct parser *p, struct span head, struct row *row)
{
    enum { DIGITS_MAX = 24 };
    struct syslog_header header;
    syslog_parse(head, p->options, &header);
    set_text(row, F_generator, header.host);
    char *text =
        header.time_ms == TIMESTAMP_NONE || row_has(row, COLUMN_EXPORTED) ? NULL : parser_scratch(p, DIGITS_MAX);
    if (text)
        set_text(row, COLUMN_EXPORTED, span_of(text, (size_t)snprintf(text, DIGITS_MAX, "%" PRId64, header.time_ms)));
}

static enum parse_result parse_cef(struct parser *p, struct span unit, struct record *r)
{
    static const char *const vendors[] = { "Gigamon", NULL };
    struct span line = syslog_trim(unit), head, body, key, value;
    struct cef_header header;
    struct cef_cursor c;
    struct row row;
    if (line.n == 0)
        return PARSE_NOTHING;
    if (!cef_find(line, &head, &body))
        return record_verdict(r, PARSE_BAD, "cef_start");
    if (cef_header_read(p, body, vendors, &header) != STATUS_OK)
        return record_verdict(r, PARSE_BAD, "cef_header");
    if (!span_is(header.vendor, "Gigamon"))
        return record_verdict(r, PARSE_SKIP, "not_gigamon");
    if (!span_is(header.product, "metadata"))
        return record_verdict(r, PARSE_SKIP, "not_metadata");
    row_clear(&row);
    set_text(&row, F_vendor, header.vendor);
    set_text(&row, F_version, header.version);
    cef_begin(&c, header.extension, p->keys);
    while (cef_next(&c, &key, &value))
        if (c.number != KEY_NONE)
            set_text(&row, (unsigned)c.number, cef_unescape(p, value));
    set_header(p, head, &row);
    return parse_row(p, &row, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"Gigamon\"", "\"gigamon\"", NULL };
    static const char *const service[] = { "\"TimeGenerated\"", NULL };
    return row_probe_json(head, service) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_cef(struct span head)
{
    static const char *const words[] = { "|Gigamon|metadata|", NULL };
    return commonsecuritylog_probe_native(head, words) == PROBE_LIKELY ? PROBE_LIKELY : PROBE_NO;
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

static const char *const shippers[] = { "events", "records", NULL };

static const struct form forms[] = {
    { .name = "native",
      .help = "JSON of the Application Metadata Exporter, in arrays or lines",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = shippers,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native-cef",
      .help = "CEF of the Application Metadata Exporter",
      .framing = FRAMING_SYSLOG,
      .probe = probe_cef,
      .parse = parse_cef,
      .keys = cef_keys,
      .keys_n = COUNT_OF(cef_keys) },
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
