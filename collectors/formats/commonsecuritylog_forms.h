/* The parse functions of a source whose records are CEF messages and rows of CommonSecurityLog: all of them but what is
 * the vendor's own, which stands in a struct of rules.
 *
 * A vendor's file names its rules once; what its forms have alike with other vendors', the macros at the end write. Its
 * key tables are built from COMMONSECURITYLOG_CEF_KEYS and COMMONSECURITYLOG_COLUMN_KEYS (formats/commonsecuritylog.h).
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_COMMONSECURITYLOG_FORMS_H
#define TIDEMARK_COLLECTORS_FORMATS_COMMONSECURITYLOG_FORMS_H

#include "formats/commonsecuritylog.h"
#include "formats/row.h"
#include "formats/syslog.h"
#include "formats/wrapped.h"

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

/* Does the first line of a stream's head begin with a syslog priority or a time? */
bool commonsecuritylog_is_syslog(struct span head);

/* ------------------------------------------------------------------ a vendor's file */

/* clang-format off */

/* Functions parse_table and parse_table_csv, by these rules. */
#define COMMONSECURITYLOG_PARSE_TABLES(rules) \
    static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r) \
    { \
        return commonsecuritylog_parse_table(&(rules), p, unit, r); \
    } \
    static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r) \
    { \
        return commonsecuritylog_parse_table_csv(&(rules), p, unit, r); \
    }

/* Functions probe_table and probe_table_csv: the vendor's names are among these words. */
#define COMMONSECURITYLOG_PROBE_TABLES(words) \
    static enum probe_result probe_table(struct span head) \
    { \
        return commonsecuritylog_probe_table(head, words); \
    } \
    static enum probe_result probe_table_csv(struct span head) \
    { \
        return commonsecuritylog_probe_table_csv(head, words); \
    }

/* Function parse_wrapped, of parse_native. */
#define COMMONSECURITYLOG_PARSE_WRAPPED \
    static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r) \
    { \
        return wrapped_parse_only(parse_native, p, unit, r); \
    }

#define COMMONSECURITYLOG_KEYS(table) .keys = (table), .keys_n = sizeof(table) / sizeof(table)[0]

/* Forms: lines; the same as text in JSON objects; rows.  `memo` is the type that is or begins with a struct
 * commonsecuritylog_native. */
#define COMMONSECURITYLOG_LINES_FORM(form_name, what, probe_head, parse_line, memo, table) \
    { .name = form_name, .help = what, .framing = FRAMING_SYSLOG, .probe = probe_head, .parse = parse_line, \
      .memo_bytes = sizeof(memo), COMMONSECURITYLOG_KEYS(table) }
#define COMMONSECURITYLOG_WRAPPED_FORM(what, probe_head, parse_object, memo, table) \
    { .name = "native-json", .help = what, .framing = FRAMING_JSON, .probe = probe_head, .parse = parse_object, \
      .envelope = wrapped_envelope, .memo_bytes = sizeof(memo), COMMONSECURITYLOG_KEYS(table) }
#define COMMONSECURITYLOG_TABLE_FORM(what) \
    { .name = "table", .help = what, .framing = FRAMING_JSON, .probe = probe_table, .parse = parse_table, \
      .envelope = row_envelope, COMMONSECURITYLOG_KEYS(table_keys) }
#define COMMONSECURITYLOG_TABLE_CSV_FORM(form_name, probe_head, parse_row) \
    { .name = form_name, .help = "CommonSecurityLog rows as CSV", .framing = FRAMING_CSV, .probe = probe_head, \
      .parse = parse_row, .state_bytes = sizeof(struct commonsecuritylog_csv), COMMONSECURITYLOG_KEYS(table_keys) }

/* Both, as most vendors have them: of probe_table, parse_table, probe_table_csv, parse_table_csv and table_keys. */
#define COMMONSECURITYLOG_TABLE_FORMS \
    COMMONSECURITYLOG_TABLE_FORM("CommonSecurityLog rows as JSON"), \
    COMMONSECURITYLOG_TABLE_CSV_FORM("table-csv", probe_table_csv, parse_table_csv)
/* clang-format on */

#endif
