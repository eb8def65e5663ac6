/* Sysmon for Windows: event 3, as Event XML, as JSON of NXLog and Winlogbeat, and as rows of Event and WindowsEvent.
 *
 * The program is the last part of its path.  A host name that is `-` is none.
 */
#include "formats/row_forms.h"
#include "formats/sysmon.h"

static const struct field fields[] = {
    SYSMON_DATA(SYSMON_FIELD){ "app", FIELD_DESCRIPTOR },
    { "computer", FIELD_TEXT },
    { "record_id", FIELD_TEXT },
    { "item_id", FIELD_TEXT },
};

static const struct key native_keys[] = { SYSMON_DATA(SYSMON_KEY) SYSMON_ECS_KEYS,
                                          SYSMON_WAZUH_KEYS,
                                          WINDOWS_EVENT_WAZUH_KEYS,
                                          WINDOWS_EVENT_KEYS,
                                          { "SourcePortName", WINDOWS_EVENT_HEADING },
                                          { "DestinationPortName", WINDOWS_EVENT_HEADING } };
static const struct key table_keys[] = { SYSMON_DATA(SYSMON_ROW_KEY) WINDOWS_ROW_KEYS };

static void forget(struct record *r, unsigned field)
{
    r->present[field / 64] &= ~(UINT64_C(1) << (field % 64));
}

static void forget_dash(struct record *r, unsigned field)
{
    if (record_has(r, field) && span_is(r->value[field].text, "-"))
        forget(r, field);
}

static const char *record(struct parser *p, const struct row *row, struct record *r)
{
    const char *reason = sysmon_record(p, row, r);
    forget_dash(r, SYSMON_src_host);
    forget_dash(r, SYSMON_dst_host);
    if (record_has(r, SYSMON_app)) {
        struct span path = r->value[SYSMON_app].text;
        const char *last = memrchr(path.p, '\\', path.n);
        forget(r, SYSMON_app);
        record_set_text(r, SYSMON_app, last ? span_from(path, (size_t)(last - path.p) + 1) : path);
    }
    return reason;
}

static const struct windows_sentence sentences[] = { { "", "3" } };
static const struct windows_messages messages = { "Network connection detected:", sentences, 1 };

static const struct windows_event_rules rules = { .provider = "Microsoft-Windows-Sysmon",
                                                  .tables = { "Event", "WindowsEvent" },
                                                  .selects = sysmon_selects,
                                                  .utc_time = SYSMON_UTC_TIME,
                                                  .messages = &messages,
                                                  .essential = WINDOWS_EVENT_COLUMNS + SYSMON_dst_ip,
                                                  .record = record };

static enum parse_result parse_xml(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_xml(&rules, p, unit, r);
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_json(&rules, p, unit, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_csv(&rules, p, unit, r);
}

static enum parse_result parse_line(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_line(&rules, p, unit, r);
}

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_row_json(&rules, p, unit, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    return windows_event_row_csv(&rules, p, unit, r);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct form forms[] = {
    { .name = "table",
      .help = "rows of Event or WindowsEvent as JSON",
      .framing = FRAMING_JSON,
      .probe = windows_event_probe_table,
      .parse = parse_table,
      .keys = table_keys,
      .keys_n = COUNT(table_keys),
      .envelope = row_envelope },
    { .name = "native",
      .help = "Event XML: wevtutil, event forwarding, RawXml; one event a line or over several, with or without a root",
      .framing = FRAMING_XML,
      .probe = windows_event_probe_xml,
      .parse = parse_xml,
      .keys = native_keys,
      .keys_n = COUNT(native_keys) },
    { .name = "native-json",
      .help = "JSON of NXLog, Winlogbeat and others",
      .framing = FRAMING_JSON,
      .probe = windows_event_probe_json,
      .parse = parse_json,
      .keys = native_keys,
      .keys_n = COUNT(native_keys),
      .envelope = windows_event_envelope },
    { .name = "table-csv",
      .help = "rows of Event or WindowsEvent as CSV",
      .framing = FRAMING_CSV,
      .probe = windows_event_probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT(table_keys) },
    { .name = "native-csv",
      .help = "logs that Event Viewer, PowerShell or tools of forensics have saved as CSV",
      .framing = FRAMING_CSV,
      .probe = windows_event_probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = native_keys,
      .keys_n = COUNT(native_keys) },
    { .name = "native-text",
      .help = "the rendered message below a date and lines like LogName=Security, as Splunk's forwarder writes events",
      .framing = FRAMING_DATED,
      .probe = windows_event_probe_dated,
      .parse = parse_line,
      .keys = native_keys,
      .keys_n = COUNT(native_keys) },
    { .name = "native-syslog",
      .help = "Event XML, JSON or the rendered message behind a header",
      .framing = FRAMING_SYSLOG,
      .probe = windows_event_probe_line,
      .parse = parse_line,
      .keys = native_keys,
      .keys_n = COUNT(native_keys) },
};

COLLECTOR(sysmon_windows) = {
    .id = "sysmon-windows",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
