/* Windows Filtering Platform: events 5150 to 5159 of the Security log, as Event XML, as JSON of NXLog and Winlogbeat,
 * and as rows of SecurityEvent and WindowsEvent.
 *
 * Rows of SecurityEvent are sessions for seven of the ten ids, as the upstream parser has it.  Newer builds of Windows
 * write more elements than older ones: all are found by name.
 * Source: Microsoft, Advanced security audit policy, "Audit Filtering Platform Connection" and "… Packet Drop".
 */
#include "formats/row_forms.h"
#include "formats/windows_event.h"

#include "common/ip.h"
#include "common/number.h"

/* Field, kind, Data's name. */
/* clang-format off */
#define DATA(X)                                                                                                        \
    X(direction, DESCRIPTOR, "Direction") X(protocol, DESCRIPTOR, "Protocol")                                          \
    X(application, DESCRIPTOR, "Application") X(src_ip, TEXT, "SourceAddress") X(src_port, PORT, "SourcePort")         \
    X(dst_ip, TEXT, "DestAddress") X(dst_port, PORT, "DestPort") X(process_id, TEXT, "ProcessId")                      \
    X(filter_id, INTEGER, "FilterRTID") X(remote_user, TEXT, "RemoteUserID")                                           \
    X(remote_machine, TEXT, "RemoteMachineID")
/* clang-format on */

#define FIELD_NUMBER(name, kind, data) F_##name,
#define COLUMN(field)                  (WINDOWS_EVENT_COLUMNS + (field))
enum {
    DATA(FIELD_NUMBER) F_event_id,
    F_computer,
    F_record_id,
    F_src_mac, /* of events 5150 and 5151, which have them where others have addresses */
    F_dst_mac,
    FIELDS_N,
    COLUMN_PROCESS_ID = COLUMN(FIELDS_N) /* ProcessID: in NXLog's JSON that is the logging process */
};

#define FIELD_ROW(name, kind, data) { #name, FIELD_##kind },
static const struct field fields[] = {
    DATA(FIELD_ROW){ "event_id", FIELD_DESCRIPTOR },
    { "computer", FIELD_TEXT },
    { "record_id", FIELD_TEXT },
    { "src_mac", FIELD_TEXT },
    { "dst_mac", FIELD_TEXT },
};

#define FIELD_KEY(name, kind, data) WINDOWS_EVENT_DATA(data, COLUMN(F_##name)),
static const struct key native_keys[] = {
    DATA(FIELD_KEY) WINDOWS_EVENT_KEYS,
    { "ProcessID", COLUMN_PROCESS_ID },
    { "winlog.event_data.ProcessID", COLUMN(F_process_id) },
    { "event_data.ProcessID", COLUMN(F_process_id) },
    { "Event.EventData.ProcessID", COLUMN(F_process_id) },
    { "Process ID", COLUMN(F_process_id) },
    { "Application Name", COLUMN(F_application) },
    { "Source Address", COLUMN(F_src_ip) },
    { "Source Port", COLUMN(F_src_port) },
    { "Destination Address", COLUMN(F_dst_ip) },
    { "Destination Port", COLUMN(F_dst_port) },
    { "Filter Run-Time ID", COLUMN(F_filter_id) },
    { "Application Information", WINDOWS_EVENT_HEADING },
    { "Network Information", WINDOWS_EVENT_HEADING },
    { "Filter Information", WINDOWS_EVENT_HEADING },
    { "Interface Index", WINDOWS_EVENT_HEADING },
    { "Filter Origin", WINDOWS_EVENT_HEADING },
    { "Layer Name", WINDOWS_EVENT_HEADING },
    { "Layer Run-Time ID", WINDOWS_EVENT_HEADING },
    { "Remote User ID", COLUMN(F_remote_user) },
    { "Remote Machine ID", COLUMN(F_remote_machine) },
    WINDOWS_EVENT_WAZUH_KEYS,
    WINDOWS_EVENT_WAZUH("eventdata.direction", COLUMN(F_direction)),
    WINDOWS_EVENT_WAZUH("eventdata.protocol", COLUMN(F_protocol)),
    WINDOWS_EVENT_WAZUH("eventdata.application", COLUMN(F_application)),
    WINDOWS_EVENT_WAZUH("eventdata.sourceAddress", COLUMN(F_src_ip)),
    WINDOWS_EVENT_WAZUH("eventdata.sourcePort", COLUMN(F_src_port)),
    WINDOWS_EVENT_WAZUH("eventdata.destAddress", COLUMN(F_dst_ip)),
    WINDOWS_EVENT_WAZUH("eventdata.destPort", COLUMN(F_dst_port)),
    WINDOWS_EVENT_WAZUH("eventdata.processID", COLUMN(F_process_id)),
    WINDOWS_EVENT_WAZUH("eventdata.processId", COLUMN(F_process_id)),
    WINDOWS_EVENT_WAZUH("eventdata.filterRTID", COLUMN(F_filter_id)),
    WINDOWS_EVENT_WAZUH("eventdata.remoteUserID", COLUMN(F_remote_user)),
    WINDOWS_EVENT_WAZUH("eventdata.remoteMachineID", COLUMN(F_remote_machine)),
    WINDOWS_EVENT_ECS("source.ip", COLUMN(F_src_ip)),
    WINDOWS_EVENT_ECS("source.port", COLUMN(F_src_port)),
    WINDOWS_EVENT_ECS("destination.ip", COLUMN(F_dst_ip)),
    WINDOWS_EVENT_ECS("destination.port", COLUMN(F_dst_port)),
    WINDOWS_EVENT_ECS("network.iana_number", COLUMN(F_protocol)),
    WINDOWS_EVENT_ECS("network.transport", COLUMN(F_protocol)),
    WINDOWS_EVENT_ECS("network.direction", COLUMN(F_direction)),
    WINDOWS_EVENT_ECS("process.executable", COLUMN(F_application)),
    WINDOWS_EVENT_ECS("process.pid", COLUMN(F_process_id)),
};

#define FIELD_ROW_KEY(name, kind, data) WINDOWS_ROW_DATA_KEYS(data, COLUMN(F_##name)),
static const struct key table_keys[] = { DATA(FIELD_ROW_KEY) WINDOWS_ROW_DATA_KEYS("ProcessID", COLUMN_PROCESS_ID),
                                         WINDOWS_ROW_KEYS };

static const struct {
    int64_t id;
    const char *text;
    bool of_security_event; /* a session in that table too */
} events[] = {
    { 5150, "5150", false }, { 5151, "5151", false }, { 5152, "5152", true }, { 5153, "5153", false },
    { 5154, "5154", true },  { 5155, "5155", true },  { 5156, "5156", true }, { 5157, "5157", true },
    { 5158, "5158", true },  { 5159, "5159", true },
};

enum { EVENT_FIRST = 5150, EVENT_LAST = 5159 };

static bool selects(int64_t id)
{
    return id >= EVENT_FIRST && id <= EVENT_LAST;
}

/* Where no Type names the table: SecurityEvent has its EventData as XML, WindowsEvent as JSON. */
static bool selects_row(const struct row *row, int64_t id)
{
    struct span type = row_text(row, WINDOWS_ROW_TYPE), data = span_trim(row_text(row, WINDOWS_ROW_DATA));
    bool security_event = type.n ? span_is(type, "SecurityEvent") : data.n && data.p[0] == '<';
    return !security_event || events[id - EVENT_FIRST].of_security_event;
}

/* The number as the map knows it; what is none stays as it is. */
static struct span whole_text(struct parser *p, struct span text)
{
    int64_t value;
    char *digits;
    text = span_trim(text);
    if (number_parse_whole(text, &value) && (digits = parser_scratch(p, 24)))
        return span_of(digits, number_format(value, digits));
    return text;
}

/* Link-layer events have MAC addresses where others have IP addresses. */
static bool is_link_layer(int64_t id)
{
    return id == EVENT_FIRST || id == EVENT_FIRST + 1;
}

static void set_address(struct span text, bool link_layer, struct record *r, unsigned ip_field, unsigned mac_field)
{
    struct ip ip;
    record_set_text(r, link_layer && !ip_parse(text, &ip) ? mac_field : ip_field, text);
}

static const char *record(struct parser *p, const struct row *row, struct record *r)
{
    int64_t id;
    if (!row_whole(row, WINDOWS_EVENT_ID, &id) && !row_whole(row, WINDOWS_EVENT_ID_TEXT, &id))
        return "no_event_id"; /* a selected event has one */
    record_set_text(r, F_event_id, span_text(events[id - EVENT_FIRST].text));
    record_set_text(r, F_protocol, whole_text(p, row_text(row, COLUMN(F_protocol))));
    record_set_text(r, F_direction, span_trim(row_text(row, COLUMN(F_direction))));
    row_copy_text(row, COLUMN(F_application), r, F_application);
    row_copy_port(row, COLUMN(F_src_port), r, F_src_port);
    row_copy_port(row, COLUMN(F_dst_port), r, F_dst_port);
    set_address(row_text(row, COLUMN(F_src_ip)), is_link_layer(id), r, F_src_ip, F_src_mac);
    set_address(row_text(row, COLUMN(F_dst_ip)), is_link_layer(id), r, F_dst_ip, F_dst_mac);
    row_copy_text(row, COLUMN(F_process_id), r, F_process_id);
    if (!record_has(r, F_process_id) && !row_has(row, WINDOWS_EVENT_EVENT_TIME))
        row_copy_text(row, COLUMN_PROCESS_ID, r, F_process_id);
    row_copy_whole(row, COLUMN(F_filter_id), r, F_filter_id);
    row_copy_text(row, COLUMN(F_remote_user), r, F_remote_user);
    row_copy_text(row, COLUMN(F_remote_machine), r, F_remote_machine);
    row_copy_text(row, WINDOWS_EVENT_COMPUTER, r, F_computer);
    row_copy_text(row, WINDOWS_EVENT_RECORD_ID, r, F_record_id);
    return record_has(r, F_src_ip) || record_has(r, F_src_mac) ? NULL : "no_source";
}

static const struct windows_sentence sentences[] = {
    { " has blocked a packet", "5152" },
    { " blocked a packet", "5152" },
    { " filter has blocked a packet", "5153" },
    { " has permitted an application or service to listen", "5154" },
    { " has blocked an application or service from listening", "5155" },
    { " has permitted a connection", "5156" },
    { " has allowed a connection", "5156" },
    { " has blocked a connection", "5157" },
    { " has permitted a bind", "5158" },
    { " has blocked a bind", "5159" },
};

static const struct windows_messages messages = { "Windows Filtering Platform", sentences,
                                                  sizeof sentences / sizeof sentences[0] };

static const struct windows_event_rules rules = { .provider = "Microsoft-Windows-Security-Auditing",
                                                  .provider_optional = true,
                                                  .tables = { "SecurityEvent", "WindowsEvent" },
                                                  .selects = selects,
                                                  .selects_row = selects_row,
                                                  .messages = &messages,
                                                  .essential = COLUMN(F_src_ip),
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
      .help = "rows of SecurityEvent or WindowsEvent as JSON",
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
      .help = "rows of SecurityEvent or WindowsEvent as CSV",
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

COLLECTOR(windows_firewall) = {
    .id = "windows-firewall",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
