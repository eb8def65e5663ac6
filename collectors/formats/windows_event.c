#include "formats/windows_event.h"

#include "common/number.h"
#include "formats/keys.h"
#include "formats/syslog.h"
#include "formats/timetext.h"
#include "formats/xml.h"

const char *const windows_event_envelope[] = { "records", "value", "events", NULL };

struct span windows_event_find(struct span text)
{
    static const struct span end = { "</Event>", sizeof "</Event>" - 1 };
    text = span_from(text, span_search(text, SPAN_LITERAL("<Event")));
    size_t at = span_search(text, end);
    return at < text.n ? span_of(text.p, at + end.n) : text;
}

/* ------------------------------------------------------------------ times */

static bool zoned_time(struct span text, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    size_t used;
    return timetext_scan_iso(text, &t, &used) && used == text.n && t.zoned && timetext_resolve(&t, options, ms);
}

/* `/Date(1772438998622)/`, as .NET writes milliseconds; a zone behind them (`+0200`) is only for showing it. */
static bool net_time(struct span text, int64_t *ms)
{
    static const struct span before = { "/Date(", sizeof "/Date(" - 1 };
    if (!span_starts(text, before))
        return false;
    text = span_from(text, before.n);
    size_t digits = 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    return number_parse_int(span_of(text.p, digits), ms) && *ms >= TIMESTAMP_MIN_MS && *ms <= TIMESTAMP_MAX_MS;
}

/* A number is of seconds, with a fraction, as Velociraptor and GELF have it, or of milliseconds. */
static bool member_time(const struct row *row, unsigned number, int64_t *ms)
{
    struct span text = row_text(row, number);
    bool is_number = text.n && row->cell[number].kind == JSON_NUMBER;
    return (is_number && timetext_epoch(text, ms)) || row_time(row, number, ms) || net_time(text, ms);
}

/* A time of the machine's own clock, or with its zone. */
static bool machine_time(struct span text, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    size_t used;
    text = span_trim(text);
    return timetext_device(text, options, ms) ||
           (timetext_scan_other(text, &t, &used) && used == text.n && timetext_resolve(&t, options, ms));
}

/* A date with slashes is of the machine's own clock. */
static bool created_time(const struct parser *p, const struct row *row, int64_t *ms)
{
    struct span text = row_text(row, WINDOWS_EVENT_CREATED);
    bool local = span_find(text, '/', 0) < text.n;
    return (local && machine_time(text, p->options, ms)) || member_time(row, WINDOWS_EVENT_CREATED, ms);
}

/* NXLog's EventTime may be local, so what names its zone comes first. */
bool windows_event_time(const struct parser *p, const struct row *row, uint16_t utc_time, int64_t *ms)
{
    if (created_time(p, row, ms))
        return true;
    struct span local = span_trim(row_text(row, WINDOWS_EVENT_EVENT_TIME));
    if (local.n && ((utc_time && row_time(row, utc_time, ms)) || zoned_time(local, p->options, ms)))
        return true;
    if (member_time(row, WINDOWS_EVENT_TIMESTAMP, ms) || (utc_time && row_time(row, utc_time, ms)))
        return true;
    return local.n && machine_time(local, p->options, ms);
}

/* A time that a text said, as the row's own. */
static void set_time(struct parser *p, struct row *row, int64_t ms)
{
    char *digits = parser_scratch(p, 24);
    if (digits)
        row_set(row, WINDOWS_EVENT_TIMESTAMP,
                &(struct json_value){ JSON_NUMBER, span_of(digits, number_format(ms, digits)) });
}

/* ------------------------------------------------------------------ XML */

static bool set_content(struct xml_reader *x, struct parser *p, struct row *row, unsigned number)
{
    struct span text;
    if (!xml_content(x, p, &text))
        return false;
    row_set_text(row, number, text);
    return true;
}

/* An element of System has begun. */
static bool read_system_element(struct xml_reader *x, struct parser *p, struct row *row)
{
    struct span value;
    if (span_is(x->name, "EventID"))
        return set_content(x, p, row, WINDOWS_EVENT_ID);
    if (span_is(x->name, "EventRecordID"))
        return set_content(x, p, row, WINDOWS_EVENT_RECORD_ID);
    if (span_is(x->name, "Computer"))
        return set_content(x, p, row, WINDOWS_EVENT_COMPUTER);
    if (span_is(x->name, "Provider") && xml_attribute(x, SPAN_LITERAL("Name"), &value))
        row_set_text(row, WINDOWS_EVENT_PROVIDER, xml_unescape(p, value));
    else if (span_is(x->name, "TimeCreated") && xml_attribute(x, SPAN_LITERAL("SystemTime"), &value))
        row_set_text(row, WINDOWS_EVENT_CREATED, xml_unescape(p, value));
    return xml_content(x, p, &value);
}

/* Up to the end of System, which stands first in every event. */
static bool read_system(struct xml_reader *x, struct parser *p, struct row *row)
{
    struct span ignored;
    if (xml_next(x) != XML_OPEN || !span_is(x->name, "Event"))
        return false;
    for (;;) {
        switch (xml_next(x)) {
        case XML_OPEN:
            if (x->depth == 2 && !span_is(x->name, "System") && !xml_content(x, p, &ignored))
                return false;
            if (x->depth == 3 && !read_system_element(x, p, row))
                return false;
            break;
        case XML_CLOSE:
            if (span_is(x->name, "System"))
                return true;
            break;
        case XML_TEXT:
            break;
        case XML_END:
        case XML_BAD:
            return false;
        }
    }
}

/* A Data element has begun. */
static bool read_data_element(struct xml_reader *x, struct parser *p, struct row *row)
{
    struct span name, text;
    int number = KEY_NONE;
    if (xml_attribute(x, SPAN_LITERAL("Name"), &name))
        number = keys_find(p->keys, name);
    if (!xml_content(x, p, &text))
        return false;
    if (number >= WINDOWS_EVENT_COLUMNS)
        row_set_text(row, (unsigned)number, text);
    return true;
}

/* Data elements up to the end. */
static bool read_data(struct xml_reader *x, struct parser *p, struct row *row)
{
    bool inside = false;
    struct span time;
    for (;;) {
        switch (xml_next(x)) {
        case XML_OPEN:
            if (inside && span_is(x->name, "Data")) {
                if (!read_data_element(x, p, row))
                    return false;
            } else if (span_is(x->name, "EventData")) {
                inside = true;
            } else if (x->depth == 1 && xml_attribute(x, SPAN_LITERAL("time"), &time)) { /* of a DataItem */
                row_set_text(row, WINDOWS_EVENT_CREATED, time);
            }
            break;
        case XML_CLOSE:
            if (span_is(x->name, "EventData"))
                inside = false;
            break;
        case XML_TEXT:
            break;
        case XML_END:
            return true;
        case XML_BAD:
            return false;
        }
    }
}

bool windows_event_data(struct parser *p, struct span xml, struct row *row)
{
    struct xml_reader x;
    xml_open(&x, xml);
    return read_data(&x, p, row);
}

/* ------------------------------------------------------------------ events */

static bool is_selected(const struct windows_event_rules *rules, const struct row *row)
{
    int64_t id;
    return span_is(row_text(row, WINDOWS_EVENT_PROVIDER), rules->provider) &&
           (row_whole(row, WINDOWS_EVENT_ID, &id) || row_whole(row, WINDOWS_EVENT_ID_TEXT, &id)) && rules->selects(id);
}

static enum parse_result record_of(const struct windows_event_rules *rules, struct parser *p, const struct row *row,
                                   struct record *r)
{
    if (!windows_event_time(p, row, rules->utc_time, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    const char *reason = rules->record(p, row, r);
    return reason ? record_verdict(r, PARSE_BAD, reason) : PARSE_RECORD;
}

enum parse_result windows_event_read(const struct windows_event_rules *rules, struct parser *p, struct span xml,
                                     struct row *row, struct record *r)
{
    struct xml_reader x;
    row_clear(row);
    xml_open(&x, xml);
    if (!read_system(&x, p, row))
        return record_verdict(r, PARSE_BAD, "xml");
    if (!is_selected(rules, row))
        return record_verdict(r, PARSE_SKIP, "other_event");
    return read_data(&x, p, row) ? PARSE_RECORD : record_verdict(r, PARSE_BAD, "xml");
}

enum parse_result windows_event_xml(const struct windows_event_rules *rules, struct parser *p, struct span xml,
                                    struct record *r)
{
    struct row row;
    enum parse_result result = windows_event_read(rules, p, xml, &row, r);
    return result == PARSE_RECORD ? record_of(rules, p, &row, r) : result;
}

/* What a member says; an object has members of its own. */
static struct span member_text(const struct row *row, unsigned number)
{
    return row_has(row, number) && row->cell[number].kind == JSON_STRING ? row->cell[number].text : span_of("", 0);
}

/* The event's XML among the members of a row; empty: there is none. */
static struct span xml_member(const struct row *row)
{
    static const uint16_t columns[] = { WINDOWS_EVENT_ORIGINAL, WINDOWS_EVENT_MESSAGE, WINDOWS_EVENT_RAW,
                                        WINDOWS_EVENT_SENT };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        struct span xml = windows_event_find(member_text(row, columns[i]));
        if (xml.n)
            return xml;
    }
    return span_of("", 0);
}

/* An event's rendered message in `text`: the row gets its id and what its labels say.  False: none of ours. */
static bool read_message(const struct windows_event_rules *rules, const struct parser *p, struct span text,
                         struct row *row)
{
    size_t at;
    const char *id = rules->messages ? windows_text_event(rules->messages, text, &at) : NULL;
    if (!id)
        return false;
    windows_text_labels(p, span_from(text, at), WINDOWS_EVENT_COLUMNS, row);
    if (!is_selected(rules, row))
        row_set_text(row, WINDOWS_EVENT_ID, span_text(id));
    return true;
}

/* The event's message among the members of a row, and the time that it stands behind. */
static bool read_message_member(const struct windows_event_rules *rules, struct parser *p, struct row *row)
{
    static const uint16_t columns[] = { WINDOWS_EVENT_TEXT, WINDOWS_EVENT_MESSAGE, WINDOWS_EVENT_ORIGINAL,
                                        WINDOWS_EVENT_RAW, WINDOWS_EVENT_SENT };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        struct span text = member_text(row, columns[i]);
        int64_t ms;
        if (!read_message(rules, p, text, row))
            continue;
        if (!windows_event_time(p, row, rules->utc_time, &ms) && windows_text_time(text, p->options, &ms))
            set_time(p, row, ms);
        return true;
    }
    return false;
}

/* Data by names of their own, in an array, or in the message alone. */
static bool complete_data(const struct windows_event_rules *rules, struct parser *p, struct row *row)
{
    for (unsigned i = WINDOWS_EVENT_COLUMNS; i < WINDOWS_ROW_PATHS; i++)
        if (!row_has(row, i) && row_has(row, WINDOWS_ROW_PATHS + i))
            row_set(row, i, &row->cell[WINDOWS_ROW_PATHS + i]);
    bool selected = is_selected(rules, row);
    if (selected && row_has(row, WINDOWS_EVENT_ARRAY))
        windows_text_array(p, row_text(row, WINDOWS_EVENT_ARRAY), WINDOWS_EVENT_COLUMNS, row);
    bool other = row_has(row, WINDOWS_EVENT_PROVIDER) && !selected;
    return other || row_has(row, rules->essential) ? selected : read_message_member(rules, p, row) || selected;
}

enum parse_result windows_event_json(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                     struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    if (!row_has(&row, WINDOWS_EVENT_PROVIDER)) {
        bool wrapped = row_has(&row, WINDOWS_EVENT_INSIDE) && row.cell[WINDOWS_EVENT_INSIDE].kind == JSON_OBJECT;
        if (wrapped && !row_from_json(&row, p->json, p->keys, row.cell[WINDOWS_EVENT_INSIDE].text))
            return record_verdict(r, PARSE_BAD, "json");
        struct span xml = xml_member(&row);
        if (xml.n)
            return windows_event_xml(rules, p, xml, r);
    }
    return complete_data(rules, p, &row) ? record_of(rules, p, &row, r) : record_verdict(r, PARSE_SKIP, "other_event");
}

/* Event Viewer names all columns but the last, which has the message. */
static void name_message(struct row_header *header)
{
    for (uint32_t i = 0; i < header->cells_n; i++)
        if (header->cells[i].number == WINDOWS_EVENT_TEXT)
            return;
    if (header->entered_n || header->cells_n >= ROW_NUMBERS_MAX)
        return;
    header->cells[header->cells_n++] = (struct row_column){ (uint16_t)header->columns++, WINDOWS_EVENT_TEXT };
}

enum parse_result windows_event_csv(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                    struct record *r)
{
    struct row row;
    if (span_starts(unit, SPAN_LITERAL("#TYPE ")))
        return PARSE_NOTHING; /* Export-Csv tells the objects' type */
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    if (result == PARSE_HEADER)
        name_message(p->state);
    if (result != PARSE_RECORD)
        return result;
    return complete_data(rules, p, &row) ? record_of(rules, p, &row, r) : record_verdict(r, PARSE_SKIP, "other_event");
}

/* From a brace that a key follows. */
static struct span object_of(struct span line)
{
    for (size_t at = span_find(line, '{', 0); at < line.n; at = span_find(line, '{', at + 1)) {
        size_t inside = at + 1;
        while (inside < line.n && byte_is_blank(line.p[inside]))
            inside++;
        if (inside < line.n && line.p[inside] == '"')
            return span_from(line, at);
    }
    return span_from(line, line.n);
}

/* What a line holds: XML from `<Event` on, or an object, which may hold XML itself. */
static struct span event_of(struct span line)
{
    struct span xml = windows_event_find(line),
                json = object_of(xml.n ? span_of(line.p, (size_t)(xml.p - line.p)) : line);
    return json.n ? span_of(json.p, (size_t)(line.p + line.n - json.p)) : xml;
}

/* A line that holds neither. */
static enum parse_result parse_text(const struct windows_event_rules *rules, struct parser *p, struct span line,
                                    struct record *r)
{
    struct row row;
    struct syslog_header header;
    int64_t ms;
    row_clear(&row);
    if (windows_text_pairs(p, line, &row)) {
        if (!row_has(&row, WINDOWS_EVENT_PROVIDER)) {
            syslog_parse(line, p->options, &header);
            row_set_text(&row, WINDOWS_EVENT_PROVIDER, header.app);
            row_set_text(&row, WINDOWS_EVENT_COMPUTER, header.host);
        }
        if (!is_selected(rules, &row))
            return record_verdict(r, PARSE_SKIP, "other_event");
    } else if (!read_message(rules, p, line, &row)) {
        return record_verdict(r, PARSE_SKIP, "not_event");
    }
    if (!windows_event_time(p, &row, rules->utc_time, &ms) && windows_text_time(line, p->options, &ms))
        set_time(p, &row, ms);
    return record_of(rules, p, &row, r);
}

enum parse_result windows_event_line(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                     struct record *r)
{
    unit = syslog_trim(unit);
    if (unit.n == 0)
        return PARSE_NOTHING;
    struct span event = event_of(unit);
    if (event.n == 0)
        return parse_text(rules, p, unit, r);
    return event.p[0] == '<' ? windows_event_xml(rules, p, event, r) : windows_event_json(rules, p, event, r);
}

/* ------------------------------------------------------------------ table rows */

/* Data of a row, under the numbers of Data: out of EventData's XML, or what the path keys found in its JSON. */
static bool read_row_data(struct parser *p, const struct row *row, struct row *data)
{
    struct span text = row_text(row, WINDOWS_ROW_DATA);
    row_clear(data);
    if (span_trim(text).n && span_trim(text).p[0] == '<')
        return windows_event_data(p, text, data);
    for (unsigned i = WINDOWS_EVENT_COLUMNS; i < WINDOWS_ROW_PATHS; i++)
        if (row_has(row, WINDOWS_ROW_PATHS + i))
            row_set(data, i, &row->cell[WINDOWS_ROW_PATHS + i]);
    return true;
}

static bool row_event_time(const struct windows_event_rules *rules, const struct row *row, const struct row *data,
                           int64_t *ms)
{
    if (row_text(row, WINDOWS_ROW_TIME).n)
        return row_time(row, WINDOWS_ROW_TIME, ms);
    return row_time(data, WINDOWS_EVENT_CREATED, ms) || (rules->utc_time && row_time(data, rules->utc_time, ms)) ||
           row_time(row, WINDOWS_ROW_TIME_LOCAL, ms);
}

static void copy_cell(const struct row *from, struct row *to, unsigned number)
{
    if (row_has(from, number))
        row_set(to, number, &from->cell[number]);
}

static enum parse_result parse_row(const struct windows_event_rules *rules, struct parser *p, const struct row *row,
                                   struct record *r)
{
    struct row data;
    int64_t id;
    struct span type = row_text(row, WINDOWS_ROW_TYPE);
    if (type.n && !span_is(type, rules->tables[0]) && !span_is(type, rules->tables[1]))
        return record_verdict(r, PARSE_SKIP, "other_table");
    struct span provider = row_text(row, WINDOWS_EVENT_PROVIDER);
    bool provided = span_is(provider, rules->provider) || (rules->provider_optional && provider.n == 0);
    if (!provided || !row_whole(row, WINDOWS_EVENT_ID, &id) || !rules->selects(id) ||
        (rules->selects_row && !rules->selects_row(row, id)))
        return record_verdict(r, PARSE_SKIP, "other_event");
    if (!read_row_data(p, row, &data))
        return record_verdict(r, PARSE_BAD, "xml");
    if (!row_event_time(rules, row, &data, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    static const uint16_t around[] = { WINDOWS_EVENT_ID, WINDOWS_EVENT_COMPUTER, WINDOWS_EVENT_RECORD_ID,
                                       WINDOWS_EVENT_ITEM_ID };
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
        copy_cell(row, &data, around[i]);
    (void)rules->record(p, &data, r); /* what a native event must have a row need not */
    return PARSE_RECORD;
}

enum parse_result windows_event_row_json(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                         struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(rules, p, &row, r);
}

enum parse_result windows_event_row_csv(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                        struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(rules, p, &row, r) : result;
}

/* ------------------------------------------------------------------ recognition */

/* A browser's tree, copied as text, begins with a `-`; dumps of log files have a line `Record 1` before each event. */
static struct span behind_marks(struct span head)
{
    head = span_trim(head);
    if (span_starts(head, SPAN_LITERAL("- <")))
        return span_from(head, 2);
    return span_starts(head, SPAN_LITERAL("Record 1\n")) || span_starts(head, SPAN_LITERAL("Record 1\r\n"))
               ? span_trim(span_from(head, span_find(head, '\n', 0)))
               : head;
}

enum probe_result windows_event_probe_xml(struct span head)
{
    head = behind_marks(head);
    bool around = span_starts(head, SPAN_LITERAL("<?xml")) || span_starts(head, SPAN_LITERAL("<!--"));
    if (around)
        return span_search(head, SPAN_LITERAL("<Event")) < head.n ? PROBE_LIKELY : PROBE_NO;
    return span_starts(head, SPAN_LITERAL("<Event")) ? PROBE_LIKELY : PROBE_NO;
}

enum probe_result windows_event_probe_json(struct span head)
{
    static const char *const words[] = { "\"winlog\"",     "\"win\"",          "\"winlog.",         "\"SourceName\"",
                                         "\"event_data\"", "\"EventID\"",      "\"EventTime\"",     "<Event",
                                         "\"System\"",     "\"ProviderName\"", "\"provider_name\"", "\"eventid\"",
                                         "\"_EventID\"",   "\"EventId\"",      "\"event_id\"",      NULL };
    head = behind_marks(head);
    return row_is_json(head) ? row_probe_json(head, words) : PROBE_NO; /* lines have events of other forms, too */
}

enum probe_result windows_event_probe_line(struct span head)
{
    head = behind_marks(head);
    if (head.n == 0 || windows_event_probe_xml(head) == PROBE_LIKELY || head.p[0] == '{' || head.p[0] == '[' ||
        windows_event_probe_csv(head) == PROBE_LIKELY)
        return PROBE_NO;
    struct span event = event_of(head);
    return event.n ? PROBE_LIKELY : PROBE_POSSIBLE;
}

enum probe_result windows_event_probe_csv(struct span head)
{
    static const char *const columns[] = { "Event ID,", "EventId,Level,Provider,", "\"ProviderName\",", NULL };
    static const struct span type = { "#TYPE ", sizeof "#TYPE " - 1 };
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    if (span_starts(head, type))
        head = span_from(head, span_find(head, '\n', 0) + 1);
    return row_probe_csv(head, columns) == PROBE_LIKELY ? PROBE_LIKELY : PROBE_NO;
}

/* `03/02/2026 08:09:58 AM`, and on the next line `LogName=Security`. */
enum probe_result windows_event_probe_dated(struct span head)
{
    struct timetext t;
    size_t used, end;
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    head = span_trim(head);
    end = span_find(head, '\n', 0);
    struct span line = span_trim(span_of(head.p, end)), behind = span_from(head, end + 1);
    bool date = timetext_scan_other(line, &t, &used) && used == line.n;
    return date && span_starts(behind, SPAN_LITERAL("LogName=")) ? PROBE_LIKELY : PROBE_NO;
}

enum probe_result windows_event_probe_table(struct span head)
{
    static const char *const words[] = { "\"TimeGenerated\"", "\"TimeGenerated [", NULL };
    static const char *const written[] = { "\"TimeWritten\"", NULL }; /* as the log's own records have both */
    bool row = row_probe_json(head, words) == PROBE_LIKELY && row_probe_json(head, written) != PROBE_LIKELY;
    return row ? PROBE_LIKELY : PROBE_NO;
}

enum probe_result windows_event_probe_table_csv(struct span head)
{
    static const char *const words[] = { "EventData", "TimeGenerated", NULL };
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    if (span_find(line, '<', 0) < line.n || span_find(line, '{', 0) < line.n) /* an event, not names */
        return PROBE_NO;
    return row_probe_csv(head, words) == PROBE_LIKELY ? PROBE_LIKELY : PROBE_NO;
}
