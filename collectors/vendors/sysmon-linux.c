/* Sysmon for Linux: event 3 as Event XML in syslog messages, and as rows of the table Syslog.
 *
 * A session is outbound where its source is the sender's own address, as the row's HostIP has it; where no sender is
 * known, where the program initiated it.  Loopback and unspecified sources are outbound in any case.
 */
#include "formats/row_forms.h"
#include "formats/sysmon.h"

#include "common/ip.h"

static const struct field fields[] = {
    SYSMON_DATA(SYSMON_FIELD){ "app", FIELD_DESCRIPTOR },
    { "computer", FIELD_TEXT },
    { "record_id", FIELD_TEXT },
    { "item_id", FIELD_TEXT },
    { "outbound", FIELD_DESCRIPTOR },
    { "host_ip", FIELD_TEXT },
};

static const struct key native_keys[] = { SYSMON_DATA(SYSMON_KEY) SYSMON_ECS_KEYS, SYSMON_WAZUH_KEYS,
                                          WINDOWS_EVENT_WAZUH_KEYS, WINDOWS_EVENT_KEYS };

/* Data's names are those of the message's XML: a row has no such columns. */
static const struct key table_keys[] = {
    SYSMON_DATA(SYSMON_ROW_KEY) WINDOWS_ROW_KEYS,
    { "SyslogMessage", SYSMON_COLUMN_MESSAGE },
    { "HostIP", SYSMON_COLUMN_HOST_IP },
};

static bool same_address(struct span a, struct span b)
{
    struct ip first, second;
    if (ip_parse(a, &first) && ip_parse(b, &second))
        return memcmp(&first, &second, sizeof first) == 0;
    return span_equal(a, b);
}

static bool is_outbound(const struct row *row, const struct record *r)
{
    struct span source = row_text(row, WINDOWS_EVENT_COLUMNS + SYSMON_src_ip);
    struct span sender = span_trim(row_text(row, SYSMON_COLUMN_HOST_IP));
    if (span_is(source, "127.0.0.1") || span_is(source, "0.0.0.0"))
        return true;
    if (sender.n)
        return same_address(source, sender);
    return record_has(r, SYSMON_initiated) && span_is(r->value[SYSMON_initiated].text, "true");
}

static const char *record(struct parser *p, const struct row *row, struct record *r)
{
    const char *reason = sysmon_record(p, row, r);
    record_set_text(r, SYSMON_outbound, is_outbound(row, r) ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
    row_copy_text(row, SYSMON_COLUMN_HOST_IP, r, SYSMON_host_ip);
    return reason || record_has(r, SYSMON_protocol) ? reason : "no_protocol";
}

static const struct windows_event_rules rules = {
    .provider = "Linux-Sysmon", .selects = sysmon_selects, .utc_time = SYSMON_UTC_TIME, .record = record
};

static enum parse_result parse_line(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_line(&rules, p, unit, r);
}

static enum parse_result parse_xml(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_xml(&rules, p, unit, r);
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_json(&rules, p, unit, r);
}

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    struct row event;
    struct span type = row_text(row, WINDOWS_ROW_TYPE);
    if (type.n && !span_is(type, "Syslog"))
        return record_verdict(r, PARSE_SKIP, "other_table");
    struct span xml = windows_event_find(row_text(row, SYSMON_COLUMN_MESSAGE));
    if (xml.n == 0)
        return record_verdict(r, PARSE_SKIP, "not_event");
    enum parse_result result = windows_event_read(&rules, p, xml, &event, r);
    if (result != PARSE_RECORD)
        return result;
    if (!row_time(row, WINDOWS_ROW_TIME, &r->time_ms) && !windows_event_time(p, &event, SYSMON_UTC_TIME, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    if (row_has(row, SYSMON_COLUMN_HOST_IP))
        row_set(&event, SYSMON_COLUMN_HOST_IP, &row->cell[SYSMON_COLUMN_HOST_IP]);
    const char *reason = record(p, &event, r);
    return reason ? record_verdict(r, PARSE_BAD, reason) : PARSE_RECORD;
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

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"SyslogMessage\"", NULL };
    enum probe_result result = row_probe_json(head, words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

static enum probe_result probe_table_csv(struct span head)
{
    static const char *const words[] = { "SyslogMessage", NULL };
    enum probe_result result = row_probe_csv(head, words);
    return result == PROBE_LIKELY ? result : PROBE_NO;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct form forms[] = {
    { .name = "table",
      .help = "rows of Syslog as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .keys = table_keys,
      .keys_n = COUNT(table_keys),
      .envelope = row_envelope },
    { .name = "table-csv",
      .help = "rows of Syslog as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT(table_keys) },
    { .name = "native-json",
      .help = "JSON of a shipper, or JSON that holds the XML",
      .framing = FRAMING_JSON,
      .probe = windows_event_probe_json,
      .parse = parse_json,
      .keys = native_keys,
      .keys_n = COUNT(native_keys),
      .envelope = windows_event_envelope },
    { .name = "native",
      .help = "syslog lines that carry Event XML",
      .framing = FRAMING_SYSLOG,
      .probe = windows_event_probe_line,
      .parse = parse_line,
      .keys = native_keys,
      .keys_n = COUNT(native_keys) },
    { .name = "native-xml",
      .help = "Event XML alone, one event a line or over several",
      .framing = FRAMING_XML,
      .probe = windows_event_probe_xml,
      .parse = parse_xml,
      .keys = native_keys,
      .keys_n = COUNT(native_keys) },
};

COLLECTOR(sysmon_linux) = {
    .id = "sysmon-linux",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
