/* The parse functions of a source whose records are CEF messages and rows of CommonSecurityLog: all of them but what is
 * the vendor's own, which stands in a struct of rules.
 *
 * A vendor's file names its rules once, and each of its forms' parse functions is one line that calls one of these. Its
 * key tables are built from COMMONSECURITYLOG_CEF_KEYS and COMMONSECURITYLOG_COLUMN_KEYS (formats/commonsecuritylog.h).
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_COMMONSECURITYLOG_FORMS_H
#define TIDEMARK_COLLECTORS_FORMATS_COMMONSECURITYLOG_FORMS_H

#include "formats/commonsecuritylog.h"
#include "formats/syslog.h"

struct commonsecuritylog_rules {
    const char *const *vendors; /* NULL-terminated, for cef_header_read; or NULL */
    const struct commonsecuritylog_field *fields;
    unsigned fields_n;
    const uint16_t *needs; /* columns that CEF messages are searched for whatever is wanted: those of the time, and what
                              select_extension and derive look at beyond descriptor fields */
    unsigned needs_n;
    const uint16_t *times; /* native: the first of these that is a time is the event's; else the syslog header's */
    unsigned times_n;
    const uint16_t *table_times; /* in rows without TimeGenerated; or NULL */
    unsigned table_times_n;

    /* NULL: a session of ours; else why the record is none.  Sees the columns of the CEF header only (DeviceVendor,
     * DeviceProduct, DeviceVersion, DeviceEventClassID, Activity, LogSeverity), so that other vendors' messages cost
     * little; may set the offset of row->options. */
    const char *(*select)(struct commonsecuritylog *row);
    /* The same by the other columns; or NULL. */
    const char *(*select_extension)(struct parser *p, struct commonsecuritylog *row);
    /* What is in force beside the columns: sets fields of its own once the columns' are set; or NULL.  Returns NULL, or
     * why the record is malformed after all. */
    const char *(*derive)(struct parser *p, struct commonsecuritylog *row, struct record *r);
};

/* The field that CSL_Computer goes to is the syslog header's host in native records. */

/* Native: the memo is a struct commonsecuritylog_native. */
enum parse_result commonsecuritylog_parse_native(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                 struct span unit, struct record *r);

/* Native, other syntaxes of the same vendor: a row that has been filled by hand.  `head` is what stands before the
 * message (the syslog header). */
enum parse_result commonsecuritylog_native_record(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                  struct commonsecuritylog *row, struct span head, struct record *r);

/* An empty row for that; its day cache is the parser's. */
struct commonsecuritylog_native *commonsecuritylog_native_row(const struct commonsecuritylog_rules *rules,
                                                              struct parser *p, struct commonsecuritylog *row);

enum parse_result commonsecuritylog_parse_table(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                struct span unit, struct record *r);

/* State is a struct commonsecuritylog_csv. */
enum parse_result commonsecuritylog_parse_table_csv(const struct commonsecuritylog_rules *rules, struct parser *p,
                                                    struct span unit, struct record *r);

/* A stream of syslog lines: LIKELY with one of the words (NULL-terminated) in its head, POSSIBLE where CEF or any
 * syslog header stands at its beginning (lines of ours may follow), NO where it is JSON. */
enum probe_result commonsecuritylog_probe_native(struct span head, const char *const *words);

/* As commonsecuritylog_probe_json and _csv, LIKELY only with one of the words: the vendor's name. */
enum probe_result commonsecuritylog_probe_table(struct span head, const char *const *words);
enum probe_result commonsecuritylog_probe_table_csv(struct span head, const char *const *words);

/* Does the head of a stream begin with a JSON object or array, behind blanks and a byte order mark? */
bool commonsecuritylog_is_json(struct span head);

/* Does its first line begin with a syslog priority or a time? */
bool commonsecuritylog_is_syslog(struct span head);

#endif
