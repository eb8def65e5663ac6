/* Events of Windows' event log, and of Sysmon for Linux, which writes the same: as Event XML and as the JSON that
 * shippers make of it, read into a row by the names of their elements, never by their places.
 *
 * A form's key table holds the vendor's Data names (WINDOWS_EVENT_DATA), whose numbers begin at
 * WINDOWS_EVENT_COLUMNS, and for JSON what stands around them (WINDOWS_EVENT_KEYS).
 * Source: Microsoft, Event schema; NXLog, im_msvistalog; Elastic, Winlogbeat exported fields.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_WINDOWS_EVENT_H
#define TIDEMARK_COLLECTORS_FORMATS_WINDOWS_EVENT_H

#include "formats/row.h"
#include "formats/windows_text.h"

/* Columns of a row beside the vendor's. */
enum windows_event_column {
    WINDOWS_EVENT_PROVIDER,
    WINDOWS_EVENT_ID,
    WINDOWS_EVENT_ID_TEXT, /* where EventID is an object, because it has attributes */
    WINDOWS_EVENT_RECORD_ID,
    WINDOWS_EVENT_COMPUTER,
    WINDOWS_EVENT_CREATED,    /* SystemTime of TimeCreated */
    WINDOWS_EVENT_TIMESTAMP,  /* the shipper's @timestamp */
    WINDOWS_EVENT_EVENT_TIME, /* NXLog's EventTime: local where it has no zone */
    WINDOWS_EVENT_ORIGINAL,   /* the event's XML beside or instead of the rest: these three */
    WINDOWS_EVENT_MESSAGE,
    WINDOWS_EVENT_RAW,
    WINDOWS_EVENT_TEXT,    /* the rendered message */
    WINDOWS_EVENT_INSIDE,  /* the event as a member of what a search gave */
    WINDOWS_EVENT_SENT,    /* what a collector's member `event` or `body` holds: an object of others mostly */
    WINDOWS_EVENT_ARRAY,   /* Data as an array of elements */
    WINDOWS_EVENT_HEADING, /* what stands among a message's labels and says nothing */
    WINDOWS_EVENT_ITEM_ID, /* from here on of table rows */
    WINDOWS_ROW_DATA,
    WINDOWS_ROW_TIME,
    WINDOWS_ROW_TIME_LOCAL, /* without a zone, and not UTC */
    WINDOWS_ROW_TYPE,
    WINDOWS_EVENT_COLUMNS,
    WINDOWS_ROW_PATHS = 128 /* plus a Data element's number: the element inside a row's JSON, or its name in ECS */
};

/* Names of one Data element: bare (XML, NXLog), as GELF writes a field, and in the objects where others keep them. */
#define WINDOWS_EVENT_DATA(name, number)                                                                               \
    { name, (number) }, { "winlog.event_data." name, (number) }, { "event_data." name, (number) },                     \
        { "EventData." name, (number) }, { "_" name, (number) },                                                       \
    {                                                                                                                  \
        "Event.EventData." name, (number)                                                                              \
    }

/* Wazuh's name of a Data element, or of one of System: its first letter is small. */
#define WINDOWS_EVENT_WAZUH(name, number)                                                                              \
    { "data.win." name, (number) },                                                                                    \
    {                                                                                                                  \
        "win." name, (number)                                                                                          \
    }
#define WINDOWS_EVENT_WAZUH_KEYS                                                                                       \
    WINDOWS_EVENT_WAZUH("system.providerName", WINDOWS_EVENT_PROVIDER),                                                \
        WINDOWS_EVENT_WAZUH("system.eventID", WINDOWS_EVENT_ID),                                                       \
        WINDOWS_EVENT_WAZUH("system.systemTime", WINDOWS_EVENT_CREATED),                                               \
        WINDOWS_EVENT_WAZUH("system.computer", WINDOWS_EVENT_COMPUTER),                                                \
        WINDOWS_EVENT_WAZUH("system.eventRecordID", WINDOWS_EVENT_RECORD_ID)

/* What stands for a Data element that Elastic's pipelines have moved to a field of its common schema. */
#define WINDOWS_EVENT_ECS(name, number)                                                                                \
    {                                                                                                                  \
        name, WINDOWS_ROW_PATHS + (number)                                                                             \
    }

/* The same for rows: bare names for EventData's XML, so that a row's own columns of such names are not meant. */
#define WINDOWS_ROW_DATA_KEYS(name, number)                                                                            \
    { name, (number) },                                                                                                \
    {                                                                                                                  \
        "EventData." name, WINDOWS_ROW_PATHS + (number)                                                                \
    }

/* clang-format off */
#define WINDOWS_ROW_KEYS                                                                                               \
    { "Source", WINDOWS_EVENT_PROVIDER }, { "Provider", WINDOWS_EVENT_PROVIDER },                                      \
    { "EventSourceName", WINDOWS_EVENT_PROVIDER }, { "EventID", WINDOWS_EVENT_ID },                                    \
    { "Computer", WINDOWS_EVENT_COMPUTER }, { "EventRecordId", WINDOWS_EVENT_RECORD_ID },                              \
    { "_ItemId", WINDOWS_EVENT_ITEM_ID }, { "EventData", WINDOWS_ROW_DATA }, { "Type", WINDOWS_ROW_TYPE },             \
    { "TimeGenerated", WINDOWS_ROW_TIME }, { "TimeGenerated [UTC]", WINDOWS_ROW_TIME },                                \
    { "TimeGenerated [Local Time]", WINDOWS_ROW_TIME_LOCAL }

#define WINDOWS_EVENT_KEYS                                                                                             \
    { "SourceName", WINDOWS_EVENT_PROVIDER }, { "ProviderName", WINDOWS_EVENT_PROVIDER },                              \
    { "winlog.provider_name", WINDOWS_EVENT_PROVIDER }, { "source_name", WINDOWS_EVENT_PROVIDER },                     \
    { "event.provider", WINDOWS_EVENT_PROVIDER }, { "winlog.event_data.provider_name", WINDOWS_EVENT_PROVIDER }, { "Event.System.Provider.Name", WINDOWS_EVENT_PROVIDER },            \
    { "Event.System.Provider.#attributes.Name", WINDOWS_EVENT_PROVIDER },                                              \
    { "Event.System.Provider_attributes.Name", WINDOWS_EVENT_PROVIDER },                                               \
    { "EventID", WINDOWS_EVENT_ID }, { "EventId", WINDOWS_EVENT_ID }, { "event_id", WINDOWS_EVENT_ID },                \
    { "winlog.event_id", WINDOWS_EVENT_ID }, { "event.code", WINDOWS_EVENT_ID },                                       \
    { "Event.System.EventID", WINDOWS_EVENT_ID }, { "Event.System.EventID.#text", WINDOWS_EVENT_ID_TEXT },             \
    { "RecordNumber", WINDOWS_EVENT_RECORD_ID }, { "EventRecordID", WINDOWS_EVENT_RECORD_ID },                         \
    { "record_number", WINDOWS_EVENT_RECORD_ID }, { "winlog.record_id", WINDOWS_EVENT_RECORD_ID },                     \
    { "Event.System.EventRecordID", WINDOWS_EVENT_RECORD_ID },                                                         \
    { "Hostname", WINDOWS_EVENT_COMPUTER }, { "HostName", WINDOWS_EVENT_COMPUTER }, { "Computer", WINDOWS_EVENT_COMPUTER },                                    \
    { "computer_name", WINDOWS_EVENT_COMPUTER }, { "winlog.computer_name", WINDOWS_EVENT_COMPUTER },                   \
    { "Event.System.Computer", WINDOWS_EVENT_COMPUTER },                                                               \
    { "TimeCreated", WINDOWS_EVENT_CREATED }, { "winlog.time_created", WINDOWS_EVENT_CREATED },                        \
    { "Event.System.TimeCreated.SystemTime", WINDOWS_EVENT_CREATED },                                                  \
    { "Event.System.TimeCreated.#attributes.SystemTime", WINDOWS_EVENT_CREATED },                                      \
    { "Event.System.TimeCreated_attributes.SystemTime", WINDOWS_EVENT_CREATED },                                       \
    { "@timestamp", WINDOWS_EVENT_TIMESTAMP }, { "EventTime", WINDOWS_EVENT_EVENT_TIME },                              \
    { "event.original", WINDOWS_EVENT_ORIGINAL }, { "message", WINDOWS_EVENT_MESSAGE }, { "MESSAGE", WINDOWS_EVENT_MESSAGE }, { "msg", WINDOWS_EVENT_MESSAGE },                                \
    { "_raw", WINDOWS_EVENT_RAW }, { "result._raw", WINDOWS_EVENT_RAW }, { "full_log", WINDOWS_EVENT_RAW },            \
    { "log", WINDOWS_EVENT_RAW },                                                                                      \
    { "Message", WINDOWS_EVENT_TEXT }, { "Description", WINDOWS_EVENT_TEXT },                                          \
    { "winlog.message", WINDOWS_EVENT_TEXT }, { "_source", WINDOWS_EVENT_INSIDE },                               \
    { "Event.EventData.Data", WINDOWS_EVENT_ARRAY }, { "EventData.Data", WINDOWS_EVENT_ARRAY },                        \
    { "Payload.EventData.Data", WINDOWS_EVENT_ARRAY }, { "Provider", WINDOWS_EVENT_PROVIDER },                         \
    { "timeCreated", WINDOWS_EVENT_CREATED }, { "computer", WINDOWS_EVENT_COMPUTER },                                  \
    { "MachineName", WINDOWS_EVENT_COMPUTER }, { "ComputerName", WINDOWS_EVENT_COMPUTER },                             \
    { "Event.System.EventID.Value", WINDOWS_EVENT_ID_TEXT },                                                           \
    { "Event.System.EventID.value", WINDOWS_EVENT_ID_TEXT }, { "Id", WINDOWS_EVENT_ID },                               \
    { "System.Provider.Name", WINDOWS_EVENT_PROVIDER },                                                                \
    { "System.Provider.#attributes.Name", WINDOWS_EVENT_PROVIDER }, { "System.EventID", WINDOWS_EVENT_ID },            \
    { "System.EventID.#text", WINDOWS_EVENT_ID_TEXT }, { "System.Computer", WINDOWS_EVENT_COMPUTER },                  \
    { "System.EventID.Value", WINDOWS_EVENT_ID_TEXT },                                                                 \
    { "System.EventRecordID", WINDOWS_EVENT_RECORD_ID },                                                               \
    { "System.TimeCreated.SystemTime", WINDOWS_EVENT_CREATED },                                                        \
    { "System.TimeCreated.#attributes.SystemTime", WINDOWS_EVENT_CREATED },                                            \
    { "Event.System.Provider.@Name", WINDOWS_EVENT_PROVIDER },                                                         \
    { "Event.System.TimeCreated.@SystemTime", WINDOWS_EVENT_CREATED },                                                 \
    { "_time", WINDOWS_EVENT_TIMESTAMP }, { "result._time", WINDOWS_EVENT_TIMESTAMP },                                 \
    { "timestamp", WINDOWS_EVENT_TIMESTAMP }, { "TimeGenerated", WINDOWS_EVENT_TIMESTAMP },                            \
    { "provider_name", WINDOWS_EVENT_PROVIDER }, { "provider.name", WINDOWS_EVENT_PROVIDER },                          \
    { "event_id.id", WINDOWS_EVENT_ID_TEXT }, { "system_time", WINDOWS_EVENT_CREATED },                                \
    { "record_id", WINDOWS_EVENT_RECORD_ID }, { "event_data.data", WINDOWS_EVENT_ARRAY },                              \
    { "_SourceName", WINDOWS_EVENT_PROVIDER }, { "_EventID", WINDOWS_EVENT_ID },                                       \
    { "_EventTime", WINDOWS_EVENT_EVENT_TIME }, { "_Hostname", WINDOWS_EVENT_COMPUTER },                               \
    { "columns.provider_name", WINDOWS_EVENT_PROVIDER }, { "columns.eventid", WINDOWS_EVENT_ID },                      \
    { "columns.datetime", WINDOWS_EVENT_CREATED }, { "columns.computer_name", WINDOWS_EVENT_COMPUTER },                \
    { "columns.data.EventData", WINDOWS_EVENT_ARRAY }, { "eventid", WINDOWS_EVENT_ID },                                \
    { "datetime", WINDOWS_EVENT_CREATED }, { "data.EventData", WINDOWS_EVENT_ARRAY },                                  \
    { "Date and Time", WINDOWS_EVENT_EVENT_TIME }, { "Event ID", WINDOWS_EVENT_ID },                                   \
    { "event", WINDOWS_EVENT_SENT }, { "body", WINDOWS_EVENT_SENT }, { "Body", WINDOWS_EVENT_SENT }
/* clang-format on */

/* What is a source's own. */
struct windows_event_rules {
    const char *provider;                                   /* its exact name */
    bool provider_optional;                                 /* table rows may come without */
    const char *tables[2];                                  /* whose rows are read; the second may be the first again */
    bool (*selects)(int64_t id);                            /* by event id */
    bool (*selects_row)(const struct row *row, int64_t id); /* a table row in addition; or NULL */
    const struct windows_messages *messages;                /* of its events; or NULL */
    uint16_t essential;                                     /* column of Data without which a message is looked for */
    uint16_t utc_time;                                      /* column of a time in Data that is UTC, or 0 */
    /* Sets the fields of a selected event, whose time is set.  NULL, or why a native event is malformed: rows are
     * records whatever they lack. */
    const char *(*record)(struct parser *p, const struct row *row, struct record *r);
};

/* One event as XML: SKIP of other providers and ids ("other_event") as soon as System says so, BAD ("xml", "no_time",
 * or what `record` says). */
enum parse_result windows_event_xml(const struct windows_event_rules *rules, struct parser *p, struct span xml,
                                    struct record *r);

/* The same without time and record: PARSE_RECORD is a row that is filled. */
enum parse_result windows_event_read(const struct windows_event_rules *rules, struct parser *p, struct span xml,
                                     struct row *row, struct record *r);

/* One event as JSON of a shipper, or as JSON that holds the XML. */
enum parse_result windows_event_json(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                     struct record *r);

/* One event as a record of CSV, as Event Viewer, PowerShell and tools of forensics save logs: state is a struct
 * row_header.  Data is in the message, or in JSON in a cell. */
enum parse_result windows_event_csv(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                    struct record *r);

/* A line with a header in front of either; SKIP ("not_event") if there is none. */
enum parse_result windows_event_line(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                     struct record *r);

/* A row of a table that holds Data in a column EventData, as XML or as JSON; CSV: state is a struct row_header. */
enum parse_result windows_event_row_json(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                         struct record *r);
enum parse_result windows_event_row_csv(const struct windows_event_rules *rules, struct parser *p, struct span unit,
                                        struct record *r);

/* Data elements of an XML text (EventData, or an element around it) into the row; false: malformed. */
bool windows_event_data(struct parser *p, struct span xml, struct row *row) MUST_CHECK;

/* From `<Event` to its end, or to the text's where it has none; empty if there is no event. */
struct span windows_event_find(struct span text);

/* Milliseconds of a native event's time; false: none. */
bool windows_event_time(const struct parser *p, const struct row *row, uint16_t utc_time, int64_t *ms);

/* Recognition of the native forms, and of rows with EventData. */
enum probe_result windows_event_probe_xml(struct span head);
enum probe_result windows_event_probe_json(struct span head);
enum probe_result windows_event_probe_csv(struct span head);
enum probe_result windows_event_probe_dated(struct span head);
enum probe_result windows_event_probe_line(struct span head);
enum probe_result windows_event_probe_table(struct span head);
enum probe_result windows_event_probe_table_csv(struct span head);

/* Keys of arrays that hold events in a JSON document. */
extern const char *const windows_event_envelope[];

#endif
