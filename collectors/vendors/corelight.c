/* Zeek's conn log: Zeek TSV and JSON, Corelight's JSON streaming, and the tables that Corelight's exporters fill.
 *
 * Only `conn` and `conn_red` are sessions.  Where a record does not say its path, neither by `_path` nor by the
 * header's
 * `#path`, it is a session if it has what only conn has.  The event time is when the record was written (`_write_ts`),
 * else the end of the session (`ts` + `duration`), else `ts`; in table rows TimeGenerated comes first.
 *
 * source: Zeek, "conn.log" and "Zeek log formats"; Corelight, "JSON streaming export".
 */
#include "core/parser.h"

#include "common/ip.h"
#include "common/number.h"
#include "formats/digits.h"
#include "formats/json.h"
#include "formats/row.h"
#include "formats/timetext.h"
#include "formats/zeek_tsv.h"

#include <math.h>
#include <stdlib.h>

/* Field, kind, Zeek's name, column of Corelight_v2_conn_CL. */
#define FIELDS(X)                                                                                                      \
    X(path, DESCRIPTOR, "_path", "_path_s")                                                                            \
    X(proto, DESCRIPTOR, "proto", "proto_s")                                                                           \
    X(conn_state, DESCRIPTOR, "conn_state", "conn_state_s")                                                            \
    X(local_orig, DESCRIPTOR, "local_orig", "local_orig_b")                                                            \
    X(local_resp, DESCRIPTOR, "local_resp", "local_resp_b")                                                            \
    X(system_name, DESCRIPTOR, "_system_name", "_system_name_s")                                                       \
    X(ts, TIME, "ts", "ts_t")                                                                                          \
    X(write_ts, TIME, "_write_ts", "_write_ts_t")                                                                      \
    X(uid, TEXT, "uid", "uid_s")                                                                                       \
    X(orig_h, TEXT, "id.orig_h", "id_orig_h_s")                                                                        \
    X(orig_p, PORT, "id.orig_p", "id_orig_p_d")                                                                        \
    X(resp_h, TEXT, "id.resp_h", "id_resp_h_s")                                                                        \
    X(resp_p, PORT, "id.resp_p", "id_resp_p_d")                                                                        \
    X(service, TEXT, "service", "service_s")                                                                           \
    X(duration, INTEGER, "duration", "duration_d")                                                                     \
    X(orig_bytes, INTEGER, "orig_bytes", "orig_bytes_d")                                                               \
    X(resp_bytes, INTEGER, "resp_bytes", "resp_bytes_d")                                                               \
    X(orig_pkts, INTEGER, "orig_pkts", "orig_pkts_d")                                                                  \
    X(resp_pkts, INTEGER, "resp_pkts", "resp_pkts_d")                                                                  \
    X(history, TEXT, "history", "history_s")                                                                           \
    X(community_id, TEXT, "community_id", "community_id_s")                                                            \
    X(orig_l2_addr, TEXT, "orig_l2_addr", "orig_l2_addr_s")                                                            \
    X(resp_l2_addr, TEXT, "resp_l2_addr", "resp_l2_addr_s")                                                            \
    X(vlan, TEXT, "vlan", "vlan_d")                                                                                    \
    X(inner_vlan, TEXT, "inner_vlan", "inner_vlan_d")

enum {
#define X(name, kind, zeek, column) F_##name,
    FIELDS(X)
#undef X
        FIELDS_N,
    COLUMN_TIME_GENERATED = FIELDS_N,
    COLUMN_MESSAGE,
    COLUMN_TIMESTAMP /* a tool's time, or ts as a database's tools write it */
};

static const struct field fields[] = {
#define X(name, kind, zeek, column) { #name, FIELD_##kind },
    FIELDS(X)
#undef X
};

static const struct key zeek_keys[] = {
#define X(name, kind, zeek, column) { zeek, F_##name },
    FIELDS(X)
#undef X
};

/* Tools put the object into another one, as text or as it is, and write `_` for the dots. */
#define WRAPPED(zeek, number)                                                                                          \
    { "message." zeek, number }, { "event.original." zeek, number }, { "result._raw." zeek, number },                  \
        { "_raw." zeek, number }, { "log." zeek, number }, { "conn." zeek, number },
static const struct key json_keys[] = {
#define X(name, kind, zeek, column) { zeek, F_##name }, WRAPPED(zeek, F_##name)
    FIELDS(X)
#undef X
        { "id_orig_h", F_orig_h },
    { "id_orig_p", F_orig_p },
    { "id_resp_h", F_resp_h },
    { "id_resp_p", F_resp_p },
    { "@timestamp", COLUMN_TIMESTAMP },
    { "timestamp", COLUMN_TIMESTAMP },
    { "ts.$date", COLUMN_TIMESTAMP },
};

/* Message holds Zeek's JSON, whose names are looked up with the same set. */
static const struct key table_keys[] = {
#define X(name, kind, zeek, column) { zeek, F_##name }, { column, F_##name },
    FIELDS(X)
#undef X
        { "TimeGenerated", COLUMN_TIME_GENERATED },
    { "Message", COLUMN_MESSAGE },
};

static bool is_conn(struct span path)
{
    return span_equal(path, SPAN_LITERAL("conn")) || span_equal(path, SPAN_LITERAL("conn_red"));
}

/* ------------------------------------------------------------------ times */

enum { MICROSECONDS = 1000000 };
#define SECONDS_MAX INT64_C(8000000000000) /* what sums cannot overflow with; also milliseconds of the year 2223 */

/* The same for most: up to ten digits, and up to sixteen behind a point.  A text that begins with
 * a digit is of the unit or the parser's own, so eight bytes behind it can be read. */
static bool plain_microseconds(struct span text, int64_t *out)
{
    if (text.n == 0 || text.n > 27 || text.p[0] < '0' || text.p[0] > '9')
        return false;
    size_t n = digits_leading(text.p);
    if (n == 8)
        n += digits_leading(text.p + 8);
    int64_t seconds, fraction, beyond;
    if (n > 10 || !digits_parse(span_of(text.p, n < text.n ? n : text.n), &seconds))
        return false;
    if (n >= text.n) {
        *out = seconds * MICROSECONDS;
        return true;
    }
    struct span rest = span_from(text, n + 1);
    if (text.p[n] != '.' || rest.n == 0 || rest.n > DIGITS_MAX)
        return false;
    static const int64_t scale[] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };
    struct span six = rest.n < 6 ? rest : span_of(rest.p, 6);
    if (!digits_parse(six, &fraction) || (rest.n > 6 && !digits_parse(span_from(rest, 6), &beyond)))
        return false;
    *out = seconds * MICROSECONDS + fraction * scale[six.n];
    return true;
}

/* A decimal number of seconds in microseconds, rounded down; exact where no exponent is written. */
static bool microseconds(struct span text, int64_t *out)
{
    if (plain_microseconds(text, out))
        return true;
    bool negative = text.n && text.p[0] == '-';
    size_t at = negative ? 1 : 0, digits = 0;
    int64_t value = 0;
    for (; at < text.n && text.p[at] >= '0' && text.p[at] <= '9' && digits < 13; at++, digits++)
        value = value * 10 + (text.p[at] - '0');
    if (value > SECONDS_MAX)
        return false;
    bool rest = false; /* something beyond a microsecond */
    int64_t scale = MICROSECONDS;
    if (digits && at < text.n && text.p[at] == '.') {
        for (at++; at < text.n && text.p[at] >= '0' && text.p[at] <= '9'; at++) {
            if (scale > 1) {
                value = value * 10 + (text.p[at] - '0');
                scale /= 10;
            } else {
                rest |= text.p[at] != '0';
            }
        }
    }
    if (digits && at == text.n) {
        value *= scale;
        *out = negative ? -value - (rest ? 1 : 0) : value;
        return true;
    }
    char copy[64];
    if (!digits || text.n >= sizeof copy)
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    char *end;
    double seconds = strtod(copy, &end);
    if (end != copy + text.n || !(fabs(seconds) < (double)SECONDS_MAX))
        return false;
    *out = (int64_t)floor(seconds * MICROSECONDS);
    return true;
}

/* Zeek's three ways to write a time, in microseconds: seconds, milliseconds (beyond 1e11), ISO 8601. */
static bool zeek_time(struct span text, int64_t *us)
{
    int64_t ms;
    if (microseconds(text, us)) {
        if (*us > 100000000000 * (int64_t)MICROSECONDS || *us < -100000000000 * (int64_t)MICROSECONDS)
            *us = timestamp_floor(*us, 1000);
    } else if (timetext_column(text, &ms)) {
        *us = ms * 1000;
    } else {
        return false;
    }
    ms = timestamp_floor(*us, 1000);
    return ms >= TIMESTAMP_MIN_MS && ms <= TIMESTAMP_MAX_MS;
}

/* Sets the record's time and the fields ts, write_ts and duration; false if there is no time at all. */
static bool set_times(struct span ts, struct span write_ts, struct span duration, struct record *r)
{
    int64_t begin = 0, written = 0, lasted = 0;
    bool has_begin = ts.n && zeek_time(ts, &begin), has_written = write_ts.n && zeek_time(write_ts, &written);
    bool has_duration = duration.n && microseconds(duration, &lasted);
    if (has_begin)
        record_set_number(r, F_ts, timestamp_floor(begin, 1000));
    if (has_written)
        record_set_number(r, F_write_ts, timestamp_floor(written, 1000));
    if (has_duration)
        record_set_number(r, F_duration, lasted / MICROSECONDS);
    if (has_written)
        r->time_ms = timestamp_floor(written, 1000);
    else if (has_begin)
        r->time_ms = timestamp_floor(begin + (has_duration ? lasted : 0), 1000);
    else
        return false;
    return r->time_ms >= TIMESTAMP_MIN_MS && r->time_ms <= TIMESTAMP_MAX_MS;
}

/* ------------------------------------------------------------------ TSV */

static struct span cell(const struct zeek_tsv *z, const struct split *s, unsigned field)
{
    struct span text;
    return zeek_tsv_cell(z, s, field, &text) ? text : span_of("", 0);
}

static bool tsv_is_conn(const struct zeek_tsv *z, const struct split *s)
{
    struct span path = cell(z, s, F_path);
    if (path.n == 0)
        path = span_of(z->path, z->path_n);
    if (path.n)
        return is_conn(path);
    return zeek_tsv_has_column(z, F_orig_h) && zeek_tsv_has_column(z, F_resp_h) && zeek_tsv_has_column(z, F_proto) &&
           zeek_tsv_has_column(z, F_conn_state);
}

/* Lines of conn that have lost their header: excerpts, and syslog's. Columns in Zeek's order, up to where a line ends;
 * before version 2.3 without local_resp. */
static const uint8_t conn_columns[] = {
    F_ts,        F_uid,        F_orig_h,     F_orig_p,     F_resp_h,     F_resp_p,     F_proto,  F_service,
    F_duration,  F_orig_bytes, F_resp_bytes, F_conn_state, F_local_orig, F_local_resp, FIELDS_N, F_history,
    F_orig_pkts, FIELDS_N,     F_resp_pkts,  FIELDS_N,     FIELDS_N,     FIELDS_N,
};
enum { CONN_COLUMNS_MIN = 19, CONN_COLUMNS = sizeof conn_columns, LOCAL_RESP = 13 };

static bool is_transport(struct span proto)
{
    return span_is(proto, "tcp") || span_is(proto, "udp") || span_is(proto, "icmp") ||
           span_is(proto, "unknown_transport");
}

/* A truth, or nothing; not a number of bytes. */
static bool is_truth(struct span text)
{
    return span_is(text, "T") || span_is(text, "F") || span_is(text, "-");
}

static bool bare_columns(const struct split *s, struct zeek_tsv *z)
{
    struct ip ip;
    int64_t us;
    *z = (struct zeek_tsv){ 0 };
    if (s->n < CONN_COLUMNS_MIN || s->n > CONN_COLUMNS || !is_transport(split_token(s, 6)) ||
        !ip_parse(split_token(s, 2), &ip) || !ip_parse(split_token(s, 4), &ip) ||
        !plain_microseconds(split_token(s, 0), &us) || !is_truth(split_token(s, LOCAL_RESP - 1)))
        return false;
    bool short_form =
        !is_truth(split_token(s, LOCAL_RESP)) || (s->n == CONN_COLUMNS_MIN && is_truth(split_token(s, LOCAL_RESP + 1)));
    z->columns = s->n;
    for (unsigned i = 0, column = 0; column < s->n && i < CONN_COLUMNS; i++)
        if (!(short_form && i == LOCAL_RESP)) {
            column++;
            if (conn_columns[i] < FIELDS_N)
                z->column[conn_columns[i]] = (uint16_t)column;
        }
    return true;
}

/* `<13>Jun  1 12:00:00 sensor zeek_conn: 1717243200.123456<TAB>…` */
static struct span behind_header(struct span line)
{
    size_t at = span_find(line, '\t', 0);
    while (at > 0 && line.p[at - 1] != ' ')
        at--;
    return span_from(line, at);
}

static void set_tsv_field(struct parser *p, unsigned field, struct span text, struct record *r)
{
    int64_t value;
    switch (field) {
    case F_ts:
    case F_write_ts:
    case F_duration:
        return; /* set_times */
    case F_local_orig:
    case F_local_resp:
        text = text.n == 1 && text.p[0] == 'T'   ? SPAN_LITERAL("true")
               : text.n == 1 && text.p[0] == 'F' ? SPAN_LITERAL("false")
                                                 : span_of("", 0);
        break;
    default:
        break;
    }
    if (fields[field].kind == FIELD_INTEGER) {
        if (number_parse_whole(text, &value))
            record_set_number(r, field, value);
    } else if (fields[field].kind == FIELD_PORT) {
        if (number_parse_whole(text, &value))
            record_set_port(r, field, value);
    } else {
        record_set_text(r, field, zeek_tsv_unescape(p, text));
    }
}

static enum parse_result parse_tsv(struct parser *p, struct span unit, struct record *r)
{
    struct zeek_tsv *z = p->state;
    struct split s;
    enum parse_result result = zeek_tsv_line(z, p->keys, unit, &s, &r->reason);
    struct zeek_tsv bare;
    if (result == PARSE_BAD && z->columns == 0) {
        split_line(&s, behind_header(unit), '\t');
        if (!bare_columns(&s, &bare))
            return result;
        z = &bare;
    } else if (result != PARSE_RECORD) {
        return result;
    }
    if (!tsv_is_conn(z, &s))
        return record_verdict(r, PARSE_SKIP, "not_conn");
    if (!set_times(cell(z, &s, F_ts), cell(z, &s, F_write_ts), cell(z, &s, F_duration), r))
        return record_verdict(r, PARSE_BAD, "no_time");
    for (unsigned field = 0; field < FIELDS_N; field++) {
        struct span text;
        if (parser_wants(p, field) && zeek_tsv_cell(z, &s, field, &text))
            set_tsv_field(p, field, text, r);
    }
    if (!record_has(r, F_path) && z->path_n)
        record_set_text(r, F_path, span_of(z->path, z->path_n));
    return PARSE_RECORD;
}

/* ------------------------------------------------------------------ JSON */

static bool row_is_conn(const struct row *row)
{
    struct span path = row_text(row, F_path);
    if (row_has(row, F_path))
        return is_conn(path);
    struct span proto = row_text(row, F_proto); /* a word; Vectra's metadata has a number there */
    return row_has(row, F_orig_h) && row_has(row, F_resp_h) && row_has(row, F_conn_state) && proto.n &&
           (proto.p[0] < '0' || proto.p[0] > '9');
}

static void set_row_field(const struct row *row, unsigned field, struct record *r)
{
    int truth;
    switch (field) {
    case F_ts:
    case F_write_ts:
    case F_duration:
        break; /* set_times */
    case F_local_orig:
    case F_local_resp:
        truth = row_truth(row, field);
        if (truth >= 0)
            record_set_text(r, field, truth ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
        break;
    default:
        if (fields[field].kind == FIELD_INTEGER)
            row_copy_whole(row, field, r, field);
        else if (fields[field].kind == FIELD_PORT)
            row_copy_port(row, field, r, field);
        else
            row_copy_text(row, field, r, field);
    }
}

/* A vlan of a table column is a real: its digits. */
static void set_vlan(struct parser *p, const struct row *row, unsigned field, struct record *r)
{
    int64_t value;
    char *digits;
    if (row_whole(row, field, &value) && (digits = parser_scratch(p, 24)))
        record_set_text(r, field, span_of(digits, number_format(value, digits)));
}

/* generated: the table row with a time of its own, or NULL. */
static enum parse_result parse_row(struct parser *p, const struct row *row, const struct row *generated,
                                   struct record *r)
{
    int64_t ms;
    if (!row_is_conn(row))
        return record_verdict(r, PARSE_SKIP, "not_conn");
    bool timed = set_times(span_trim(row_text(row, F_ts)), span_trim(row_text(row, F_write_ts)),
                           span_trim(row_text(row, F_duration)), r);
    if (generated && row_time(generated, COLUMN_TIME_GENERATED, &ms)) {
        r->time_ms = ms;
        timed = true;
    }
    if (!timed && !row_time(row, COLUMN_TIMESTAMP, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    for (unsigned i = 0; i < sizeof row->present / sizeof *row->present; i++)
        for (uint64_t bits = row->present[i] & p->wanted[i]; bits; bits &= bits - 1) {
            unsigned field = 64 * i + (unsigned)__builtin_ctzll(bits);
            if (field == F_vlan || field == F_inner_vlan)
                set_vlan(p, row, field, r);
            else if (field < FIELDS_N)
                set_row_field(row, field, r);
        }
    return PARSE_RECORD;
}

/* One object; a syslog header may stand in front of it. */
static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    if (span_trim(unit).n == 0)
        return PARSE_NOTHING;
    size_t begin = span_find(unit, '{', 0);
    if (begin < unit.n)
        unit = span_from(unit, begin);
    else if (unit.p[0] == '<') /* a header, and no object behind it */
        return record_verdict(r, PARSE_SKIP, "not_conn");
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(p, &row, NULL, r);
}

static enum parse_result parse_table_row(struct parser *p, const struct row *row, struct record *r)
{
    if (!row_has(row, COLUMN_MESSAGE))
        return parse_row(p, row, row, r);
    struct row inner;
    struct span message = row_text(row, COLUMN_MESSAGE);
    /* A line that is no JSON (Zeek TSV, a notice of the agent) is no session, as the upstream parser has it. */
    if (span_trim(message).n == 0 || span_trim(message).p[0] != '{')
        return record_verdict(r, PARSE_SKIP, "not_conn");
    if (!row_from_json(&inner, p->inner_json, p->keys, message))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(p, &inner, row, r);
}

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_table_row(p, &row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_table_row(p, &row, r) : result;
}

/* ------------------------------------------------------------------ recognition */

static enum probe_result probe_tsv(struct span head)
{
    enum { LINE_BYTES_MAX = 1024 };
    struct split s;
    struct zeek_tsv bare;
    enum probe_result result = zeek_tsv_probe(head);
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    char copy[LINE_BYTES_MAX + 64] = { 0 }; /* split_line looks beyond the end */
    if (result != PROBE_NO || line.n == 0 || line.n > LINE_BYTES_MAX || line.p[0] == '{')
        return result;
    memcpy(copy, line.p, line.n);
    line = span_of(copy, line.p[line.n - 1] == '\r' ? line.n - 1 : line.n);
    split_line(&s, behind_header(line), '\t');
    return bare_columns(&s, &bare) ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = {
        "\"id.orig_h\"", "\"_path\"", "\"_write_ts\"", "\"conn_state\"", "\\\"id.orig_h\\\"", "\"id_orig_h\"", NULL
    };
    static const char *const of_others[] = { "\"metadata_type\"", NULL }; /* Vectra's metadata: Zeek's names in part */
    enum probe_result result = row_probe_json(head, words);
    bool doubtful = result == PROBE_LIKELY && (head.p[0] == '[' || row_probe_json(head, of_others) == PROBE_LIKELY);
    return doubtful ? PROBE_POSSIBLE : result;
}

/* Nobody's log, but what tools make of one. */
static enum probe_result probe_native_document(struct span head)
{
    return row_is_document(head) ? probe_native(span_from(head, span_find(head, '{', 0))) : PROBE_NO;
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"Message\"", "\"TimeGenerated\"", "\"id_orig_h_s\"", "\"_path_s\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    static const char *const words[] = { "Message", "id_orig_h_s", "id_resp_p_d", NULL };
    return row_probe_csv(head, words);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A table row holds Zeek's names inside Message, so table comes before native. */
static const struct form forms[] = {
    { .name = "native-tsv",
      .help = "Zeek TSV: conn.log with its header lines, with one bare row of names, or lines without either",
      .framing = FRAMING_HEADER_LINES,
      .probe = probe_tsv,
      .parse = parse_tsv,
      .state_bytes = sizeof(struct zeek_tsv),
      .keys = zeek_keys,
      .keys_n = COUNT(zeek_keys) },
    { .name = "table",
      .help = "rows of Corelight_CL or Corelight_v2_conn_CL as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .keys = table_keys,
      .keys_n = COUNT(table_keys) },
    { .name = "native-document",
      .help = "the objects of native in an array, or over several lines each",
      .framing = FRAMING_JSON,
      .probe = probe_native_document,
      .parse = parse_native,
      .envelope = row_envelope,
      .keys = json_keys,
      .keys_n = COUNT(json_keys) },
    { .name = "native",
      .help = "Zeek JSON and Corelight's JSON streaming, one object a line",
      .framing = FRAMING_LINES,
      .probe = probe_native,
      .parse = parse_native,
      .keys = json_keys,
      .keys_n = COUNT(json_keys) },
    { .name = "table-csv",
      .help = "rows of Corelight_CL or Corelight_v2_conn_CL as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT(table_keys) },
};

COLLECTOR(corelight) = {
    .id = "corelight",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
