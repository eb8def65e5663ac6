/* Vectra Stream: session metadata (metadata_isession) as JSON objects of the stream, plain or behind a syslog header,
 * and as rows of the tables that collect it, whose columns end with their type.
 *
 * A name with a dot (id.orig_h) comes so, as nested objects, or with an underscore.
 */
#include "core/parser.h"

#include "common/ip.h"
#include "common/number.h"
#include "formats/row_forms.h"

/* Field, kind, name: as it is, and with the suffix of each type. */
/* clang-format off */
#define COLUMNS(X) \
    X(metadata_type, DESCRIPTOR, "metadata_type") X(protocol_name, DESCRIPTOR, "protoName") \
    X(service, DESCRIPTOR, "service") X(conn_state, DESCRIPTOR, "conn_state") X(ip_ver, DESCRIPTOR, "id_ip_ver") \
    X(orig_h, TEXT, "id_orig_h") X(orig_p, PORT, "id_orig_p") X(resp_h, TEXT, "id_resp_h") \
    X(resp_p, PORT, "id_resp_p") X(duration, INTEGER, "duration") \
    X(orig_ip_bytes, INTEGER, "orig_ip_bytes") X(resp_ip_bytes, INTEGER, "resp_ip_bytes") \
    X(orig_pkts, INTEGER, "orig_pkts") X(resp_pkts, INTEGER, "resp_pkts") \
    X(orig_vlan_id, INTEGER, "orig_vlan_id") X(resp_vlan_id, INTEGER, "resp_vlan_id") \
    X(sensor_uid, TEXT, "sensor_uid") X(hostname, TEXT, "hostname") X(orig_hostname, TEXT, "orig_hostname") \
    X(resp_hostname, TEXT, "resp_hostname")
/* Columns that become fields in ways of their own. */
#define OTHERS(X) \
    X(LOCAL_ORIG, , "local_orig") X(LOCAL_RESP, , "local_resp") X(RESP_DOMAIN, , "resp_domain") \
    X(TS, , "ts") X(SESSION_START, , "session_start_time")
/* Fields that no column is. */
#define DERIVED(X) \
    X(local_orig, DESCRIPTOR) X(local_resp, DESCRIPTOR) X(item_id, TEXT) X(ts, TIME) X(session_start_time, TIME) \
    X(resp_domain, TEXT) X(hostname_name, TEXT) X(orig_hostname_name, TEXT) X(resp_hostname_name, TEXT)
/* clang-format on */

#define NUMBER(name, kind, ...)           F_##name,
#define COLUMN_NUMBER(name, kind, column) COLUMN_##name,
enum {
    COLUMNS(NUMBER) COLUMNS_N,
    DERIVED_0 = COLUMNS_N - 1,
    DERIVED(NUMBER) FIELDS_N,
    COLUMNS_0 = FIELDS_N - 1,
    OTHERS(COLUMN_NUMBER) COLUMN_TIME,
    COLUMN_TYPE,
    COLUMN_ITEM_ID
};

#define FIELD(name, kind, ...) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD) DERIVED(FIELD) };

#define NAMES(name, number)            { name, number }, { name "_s", number }, { name "_d", number }, { name "_b", number },
#define KEYS(name, kind, column)       NAMES(column, F_##name)
#define OTHER_KEYS(name, kind, column) NAMES(column, COLUMN_##name)
static const struct key keys[] = { COLUMNS(KEYS) OTHERS(OTHER_KEYS) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "id.orig_h", F_orig_h },
                                   { "id.orig_p", F_orig_p },
                                   { "id.resp_h", F_resp_h },
                                   { "id.resp_p", F_resp_p },
                                   { "id.ip_ver", F_ip_ver },
                                   { "Type", COLUMN_TYPE },
                                   { "_ItemId", COLUMN_ITEM_ID } };

#define FROM(name, kind, column) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(FROM) };

static const char *const tables[] = { "VectraStream_CL", "vectra_isession_CL", NULL };
static const uint16_t times[] = { COLUMN_TIME };

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    bool own_table = span_is(row_text(row, COLUMN_TYPE), "vectra_isession_CL");
    if (own_table && row_text(row, F_metadata_type).n == 0)
        return NULL;
    return span_is(row_text(row, F_metadata_type), "metadata_isession") ? NULL : "not_isession";
}

static bool is_number(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((text.p[i] < '0' || text.p[i] > '9') && (text.p[i] != '.' || i == 0))
            return false;
    return text.n > 0;
}

/* A number of epoch milliseconds, or of seconds where it is not beyond 1e11. */
static bool epoch(struct span number, int64_t *ms)
{
    size_t point = span_find(number, '.', 0);
    int64_t whole, value = 0;
    if (!row_number_whole(number, &whole))
        return false;
    if (whole > INT64_C(100000000000)) {
        value = whole;
    } else if (whole >= 0) {
        value = whole * 1000;
        for (size_t i = 1, scale = 100; is_number(number) && i <= 3 && point + i < number.n; i++, scale /= 10)
            value += (number.p[point + i] - '0') * (int64_t)scale;
    }
    *ms = value;
    return whole >= 0 && value <= TIMESTAMP_MAX_MS;
}

static bool time_of(const struct row *row, unsigned column, int64_t *ms)
{
    struct span text = row_text(row, column);
    if (row_has(row, column) && row->cell[column].kind == JSON_NUMBER)
        return epoch(text, ms);
    return is_number(text) ? epoch(text, ms) : row_time(row, column, ms);
}

static bool native_time(struct parser *p, const struct row *row, int64_t *ms)
{
    (void)p;
    return time_of(row, COLUMN_TS, ms);
}

static void set_truth(const struct row *row, unsigned column, struct record *r, unsigned field)
{
    int truth = row_truth(row, column);
    if (truth >= 0)
        record_set_text(r, field, truth ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
}

static void set_time(const struct row *row, unsigned column, struct record *r, unsigned field)
{
    int64_t ms;
    if (time_of(row, column, &ms))
        record_set_number(r, field, ms);
}

/* What can be a host's name: letters, digits and hyphens, at most 61; no name made of an address (IP-192.0.2.1). */
static void set_name(const struct row *row, unsigned column, struct record *r, unsigned field)
{
    struct span text = row_text(row, column);
    if (text.n > 61 || (text.n >= 3 && span_equal_nocase(span_of(text.p, 3), SPAN_LITERAL("IP-"))))
        return;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i], lower = (char)(c | 0x20);
        if (c != '-' && (c < '0' || c > '9') && (lower < 'a' || lower > 'z'))
            return;
    }
    record_set_text(r, field, text);
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    struct ip address;
    set_truth(row, COLUMN_LOCAL_ORIG, r, F_local_orig);
    set_truth(row, COLUMN_LOCAL_RESP, r, F_local_resp);
    if (parser_wants(p, F_ts))
        set_time(row, COLUMN_TS, r, F_ts);
    if (parser_wants(p, F_session_start_time))
        set_time(row, COLUMN_SESSION_START, r, F_session_start_time);
    struct span domain = row_text(row, COLUMN_RESP_DOMAIN);
    bool dotted_quad = ip_parse(domain, &address) && span_find(domain, ':', 0) == domain.n;
    if (!dotted_quad)
        record_set_text(r, F_resp_domain, domain);
    set_name(row, F_hostname, r, F_hostname_name);
    set_name(row, F_orig_hostname, r, F_orig_hostname_name);
    set_name(row, F_resp_hostname, r, F_resp_hostname_name);
    row_copy_text(row, COLUMN_ITEM_ID, r, F_item_id);
    return NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = COLUMNS_N,
                                        .times = times,
                                        .times_n = 1,
                                        .time = native_time,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_row,
                                        .derive = derive };

/* One object a line; a syslog header may stand in front of it. */
static enum parse_result parse_line(struct parser *p, struct span unit, struct record *r)
{
    if (span_trim(unit).n == 0)
        return PARSE_NOTHING;
    size_t begin = span_find(unit, '{', 0);
    if (begin < unit.n)
        unit = span_from(unit, begin);
    else if (unit.p[0] == '<') /* a header, and no object behind it */
        return record_verdict(r, PARSE_SKIP, "not_isession");
    return row_parse_json(&rules, p, unit, r);
}

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
    static const char *const words[] = { "\"metadata_type\"", NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY && head.p[0] == '[' ? PROBE_POSSIBLE : result;
}

/* What tools make of it. */
static enum probe_result probe_native_document(struct span head)
{
    return row_is_document(head) ? probe_native(span_from(head, span_find(head, '{', 0))) : PROBE_NO;
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"metadata_type_s\"", "\"TimeGenerated\"", "\"records\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "metadata_type", "id_orig_h", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "table",
      .help = "VectraStream_CL or vectra_isession_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native-document",
      .help = "the objects of native in an array, or over several lines each",
      .framing = FRAMING_JSON,
      .probe = probe_native_document,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native",
      .help = "metadata of Vectra Stream, one JSON object a line",
      .framing = FRAMING_LINES,
      .probe = probe_native,
      .parse = parse_line,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "VectraStream_CL or vectra_isession_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(vectra) = {
    .id = "vectra",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
