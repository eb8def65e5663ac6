/* AppGate SDP: audit records of access to addresses (`ip_access`), behind `[AUDIT] ` in syslog and in rows of Syslog.
 *
 * The log forwarder writes the same object as `log` of another.
 *
 * Source: AppGate SDP audit log export over syslog (5.x): one JSON object, keys in alphabetical order (which nothing
 * here relies on).
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/row_forms.h"
#include "formats/wrapped.h"

#include <inttypes.h>
#include <stdio.h>

/* clang-format off */
#define FIELDS(X) \
    X(protocol, DESCRIPTOR) X(action, DESCRIPTOR) X(direction, DESCRIPTOR) X(version, DESCRIPTOR) \
    X(client_ip, TEXT) X(client_port, PORT) X(source_ip, TEXT) X(source_port, PORT) \
    X(destination_ip, TEXT) X(destination_port, PORT) X(rule_name, TEXT) X(entitlement_token_id, TEXT) \
    X(distinguished_name_user, TEXT) X(distinguished_name_device_id, TEXT) \
    X(country_name, TEXT) X(city_name, TEXT) X(region_name, TEXT) X(lat, TEXT) X(lon, TEXT) \
    X(packet_size, INTEGER) X(icmp_type, INTEGER) X(icmp_code, INTEGER)
/* clang-format on */

#define FIELD_NUMBER(name, kind) F_##name,
enum {
    FIELDS(FIELD_NUMBER) F_drop_reason,
    F_computer,
    FIELDS_N,
    KEY_event_type = FIELDS_N,
    KEY_timestamp,
    COLUMN_TIME,
    COLUMN_TYPE,
    COLUMN_ProcessName,
    COLUMN_SyslogMessage
};

#define FIELD_ROW(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "drop_reason", FIELD_TEXT },
    { "computer", FIELD_TEXT }, /* the gateway: host of the syslog header, or the row's column */
};

#define FIELD_KEY(name, kind) { #name, F_##name }, { "log." #name, F_##name },
static const struct key keys[] = {
    FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME),
    { "drop-reason", F_drop_reason },
    { "log.drop-reason", F_drop_reason },
    { "event_type", KEY_event_type },
    { "log.event_type", KEY_event_type },
    { "daemon", COLUMN_ProcessName },
    { "hostname", F_computer },
    { "timestamp", KEY_timestamp },
    { "Type", COLUMN_TYPE },
    { "ProcessName", COLUMN_ProcessName },
    { "SyslogMessage", COLUMN_SyslogMessage },
    { "Computer", F_computer },
};

#define FIELD_FROM(name, kind) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM){ F_drop_reason, F_drop_reason },
                                                { F_computer, F_computer } };

/* Allowed and refused packets name a rule, dropped ones may name a reason instead; ICMP is logged with a rule only. */
static const char *select_access(struct parser *p, const struct row *row)
{
    struct span protocol = row_text(row, F_protocol);
    bool rule = row_has(row, F_rule_name), dropped = row_has(row, F_drop_reason);
    int64_t port;
    (void)p;
    if (!span_is(row_text(row, KEY_event_type), "ip_access"))
        return "not_ip_access";
    if (span_is(protocol, "ICMP"))
        return rule ? NULL : "no_rule";
    if (!span_is(protocol, "TCP") && !span_is(protocol, "UDP"))
        return "other_protocol";
    if (!row_has(row, F_client_ip) || !row_has(row, F_destination_ip) || !row_whole(row, F_destination_port, &port))
        return "incomplete";
    return rule || dropped ? NULL : "no_rule";
}

/* In native records the first is the syslog header's, and only there where the object has no time of its own. */
static const uint16_t times[] = { COLUMN_TIME, KEY_timestamp };

static const struct row_rules rules = {
    .fields = fields_from,
    .fields_n = sizeof fields_from / sizeof fields_from[0],
    .times = times,
    .times_n = 2,
    .select = select_access,
};

static bool is_ours(struct span process)
{
    return span_is(process, "cz-vpnd") || span_is(process, "cz-sessiond");
}

/* The object behind `[AUDIT]`. */
static enum parse_result read_audit(struct parser *p, struct span message, struct row *row, struct record *r)
{
    static const struct span mark = { "[AUDIT]", 7 };
    size_t at = span_search(message, mark);
    if (at == message.n)
        return record_verdict(r, PARSE_SKIP, "not_audit");
    struct span object = span_trim(span_from(message, at + mark.n));
    if (object.n == 0 || object.p[0] != '{' || !row_from_json(row, p->inner_json, p->keys, object))
        return record_verdict(r, PARSE_BAD, "json");
    return PARSE_RECORD;
}

/* The log forwarder's JSON: `{"timestamp":…,"hostname":…,"daemon":"cz-vpnd","log":{…}}`. */
static enum parse_result read_forwarded(struct parser *p, struct span line, struct row *row, struct record *r)
{
    struct span object = span_trim(span_from(line, span_find(line, '{', 0)));
    if (!row_from_json(row, p->inner_json, p->keys, object))
        return record_verdict(r, PARSE_BAD, "json");
    return is_ours(row_text(row, COLUMN_ProcessName)) ? PARSE_RECORD : record_verdict(r, PARSE_SKIP, "other_process");
}

static void set_text(struct row *row, unsigned number, struct span text)
{
    if (text.n)
        row_set_text(row, number, text);
}

static void set_header_time(struct parser *p, struct row *row, int64_t ms)
{
    enum { DIGITS_MAX = 24 };
    char *text = ms == TIMESTAMP_NONE || row_has(row, KEY_timestamp) ? NULL : parser_scratch(p, DIGITS_MAX);
    if (!text)
        return;
    int n = snprintf(text, DIGITS_MAX, "%" PRId64, ms);
    row_set(row, COLUMN_TIME, &(struct json_value){ JSON_NUMBER, span_of(text, (size_t)n) });
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct syslog_header header;
    struct row row;
    struct span line = syslog_trim(unit);
    if (line.n == 0)
        return PARSE_NOTHING;
    syslog_parse(line, p->options, &header);
    enum parse_result result;
    if (span_search(line, SPAN_LITERAL("\"daemon\"")) < line.n) {
        result = read_forwarded(p, line, &row, r);
    } else {
        if (header.app.n && !is_ours(header.app))
            return record_verdict(r, PARSE_SKIP, "other_process");
        result = read_audit(p, header.message, &row, r);
    }
    if (result != PARSE_RECORD)
        return result;
    set_header_time(p, &row, header.time_ms);
    if (!row_has(&row, F_computer))
        set_text(&row, F_computer, header.host);
    return row_record(&rules, p, &row, r);
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse_only(parse_native, p, unit, r);
}

static enum parse_result parse_row(struct parser *p, const struct row *outer, struct record *r)
{
    struct row row;
    struct span type = row_text(outer, COLUMN_TYPE);
    if (type.n && !span_is(type, "Syslog"))
        return record_verdict(r, PARSE_SKIP, "other_table");
    if (!is_ours(row_text(outer, COLUMN_ProcessName)))
        return record_verdict(r, PARSE_SKIP, "other_process");
    enum parse_result result = read_audit(p, row_text(outer, COLUMN_SyslogMessage), &row, r);
    if (result != PARSE_RECORD)
        return result;
    if (row_has(outer, COLUMN_TIME))
        row_set(&row, COLUMN_TIME, &outer->cell[COLUMN_TIME]);
    set_text(&row, F_computer, row_text(outer, F_computer));
    return row_record(&rules, p, &row, r);
}

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(p, &row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

/* ------------------------------------------------------------------ recognition */

static const char *const words[] = { "ip_access", "cz-vpnd", "cz-sessiond", NULL };

static bool is_forwarded(struct span head)
{
    return span_search(head, SPAN_LITERAL("\"daemon\"")) < head.n &&
           span_search(head, SPAN_LITERAL("SyslogMessage")) == head.n;
}

static enum probe_result probe_native(struct span head)
{
    if (is_forwarded(head))
        return span_search(head, SPAN_LITERAL("\"cz-")) < head.n ? PROBE_LIKELY : PROBE_NO;
    return row_has_column(head, "SyslogMessage") ? PROBE_NO : commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const lines[] = { "[AUDIT]", NULL };
    bool other = is_forwarded(head) || span_search(head, SPAN_LITERAL("SyslogMessage")) < head.n;
    return other ? PROBE_NO : wrapped_probe(head, lines);
}

static enum probe_result probe_table(struct span head)
{
    return is_forwarded(head) ? PROBE_NO : row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    if (!row_has_column(head, "SyslogMessage"))
        return PROBE_NO;
    for (const char *const *w = words; *w; w++)
        if (span_search(head, span_text(*w)) < head.n)
            return PROBE_LIKELY;
    return PROBE_POSSIBLE;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "audit log over syslog, a JSON object behind [AUDIT]; the log forwarder's JSON",
      .framing = FRAMING_SYSLOG,
      .probe = probe_native,
      .parse = parse_native,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native-json",
      .help = "the audit log's lines as text in JSON objects",
      .framing = FRAMING_JSON,
      .probe = probe_wrapped,
      .parse = parse_wrapped,
      .envelope = wrapped_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "Syslog rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "Syslog rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(appgate) = {
    .id = "appgate",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
