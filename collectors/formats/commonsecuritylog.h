/* CommonSecurityLog: two doors, one row.
 *
 * A CEF extension (native door) and an exported table row as JSON or CSV (table door) both become a row of columns by
 * number; a vendor's rules see only the row.  A vendor's form lists in its keys what it wants kept: for the native door
 * CEF keys (COMMONSECURITYLOG_CEF_KEYS has those with a column), for the table door column names
 * (COMMONSECURITYLOG_COLUMN_KEYS) and, in both, the keys of its own that have no column and so stand in
 * AdditionalExtensions: those get the numbers from CSL_OWN on.
 *
 * Exports come in two generations: what the newer one has a column for stands in another column, or in
 * AdditionalExtensions, in the older.  commonsecuritylog_text and its kin look in all of them.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_COMMONSECURITYLOG_H
#define TIDEMARK_COLLECTORS_FORMATS_COMMONSECURITYLOG_H

#include "core/collector.h"
#include "formats/cef_search.h"
#include "formats/timetext.h"

/* CEF key, column. */
/* clang-format off */
#define COMMONSECURITYLOG_CEF(X) \
    X(act, DeviceAction) X(app, ApplicationProtocol) X(cat, DeviceEventCategory) X(cnt, EventCount) \
    X(destinationDnsDomain, DestinationDnsDomain) X(destinationServiceName, DestinationServiceName) \
    X(destinationTranslatedAddress, DestinationTranslatedAddress) \
    X(destinationTranslatedPort, DestinationTranslatedPort) X(deviceDirection, CommunicationDirection) \
    X(deviceDnsDomain, DeviceDnsDomain) X(deviceExternalId, DeviceExternalID) X(deviceFacility, DeviceFacility) \
    X(deviceInboundInterface, DeviceInboundInterface) X(deviceNtDomain, DeviceNtDomain) \
    X(deviceOutboundInterface, DeviceOutboundInterface) X(devicePayloadId, DevicePayloadId) \
    X(deviceProcessName, ProcessName) X(deviceTranslatedAddress, DeviceTranslatedAddress) \
    X(dhost, DestinationHostName) X(dmac, DestinationMACAddress) X(dntdom, DestinationNTDomain) \
    X(dpid, DestinationProcessId) X(dpriv, DestinationUserPrivileges) X(dproc, DestinationProcessName) \
    X(dpt, DestinationPort) X(dst, DestinationIP) X(dtz, DeviceTimeZone) X(duid, DestinationUserID) \
    X(duser, DestinationUserName) X(dvc, DeviceAddress) X(dvchost, DeviceName) X(dvcmac, DeviceMacAddress) \
    X(dvcpid, ProcessID) X(end, EndTime) X(externalId, ExtID) X(flexDate1, FlexDate1) X(flexNumber1, FlexNumber1) \
    X(flexNumber2, FlexNumber2) X(flexString1, FlexString1) X(flexString2, FlexString2) X(fname, FileName) \
    X(filePath, FilePath) X(fileType, FileType) X(fileHash, FileHash) X(in, ReceivedBytes) X(msg, Message) \
    X(out, SentBytes) X(outcome, EventOutcome) X(proto, Protocol) X(reason, Reason) X(request, RequestURL) \
    X(requestClientApplication, RequestClientApplication) X(requestContext, RequestContext) \
    X(requestMethod, RequestMethod) X(rt, ReceiptTime) X(shost, SourceHostName) X(smac, SourceMACAddress) \
    X(sntdom, SourceNTDomain) X(sourceDnsDomain, SourceDnsDomain) X(sourceServiceName, SourceServiceName) \
    X(sourceTranslatedAddress, SourceTranslatedAddress) X(sourceTranslatedPort, SourceTranslatedPort) \
    X(spid, SourceProcessId) X(spriv, SourceUserPrivileges) X(sproc, SourceProcessName) X(spt, SourcePort) \
    X(src, SourceIP) X(start, StartTime) X(suid, SourceUserID) X(suser, SourceUserName) X(type, EventType) \
    X(cs1, DeviceCustomString1) X(cs2, DeviceCustomString2) X(cs3, DeviceCustomString3) \
    X(cs4, DeviceCustomString4) X(cs5, DeviceCustomString5) X(cs6, DeviceCustomString6) \
    X(cs1Label, DeviceCustomString1Label) X(cs2Label, DeviceCustomString2Label) \
    X(cs3Label, DeviceCustomString3Label) X(cs4Label, DeviceCustomString4Label) \
    X(cs5Label, DeviceCustomString5Label) X(cs6Label, DeviceCustomString6Label) X(cn1, FieldDeviceCustomNumber1) \
    X(cn2, FieldDeviceCustomNumber2) X(cn3, FieldDeviceCustomNumber3) X(cn1Label, DeviceCustomNumber1Label) \
    X(cn2Label, DeviceCustomNumber2Label) X(cn3Label, DeviceCustomNumber3Label) X(c6a1, DeviceCustomIPv6Address1) \
    X(c6a2, DeviceCustomIPv6Address2) X(c6a3, DeviceCustomIPv6Address3) X(c6a4, DeviceCustomIPv6Address4) \
    X(cfp1, DeviceCustomFloatingPoint1) X(cfp2, DeviceCustomFloatingPoint2) X(cfp3, DeviceCustomFloatingPoint3) \
    X(cfp4, DeviceCustomFloatingPoint4) X(deviceCustomDate1, DeviceCustomDate1) \
    X(deviceCustomDate2, DeviceCustomDate2)
/* clang-format on */

/* Columns that no CEF key fills: the header's, the service's, and those of the older generation. */
/* clang-format off */
#define COMMONSECURITYLOG_OTHER(X) \
    X(TimeGenerated) X(DeviceVendor) X(DeviceProduct) X(DeviceVersion) X(DeviceEventClassID) X(Activity) \
    X(LogSeverity) X(Computer) X(_ItemId) X(AdditionalExtensions) X(ExternalID) X(DeviceCustomNumber1) \
    X(DeviceCustomNumber2) X(DeviceCustomNumber3)
/* clang-format on */

/* Keys that the older generation leaves in AdditionalExtensions. */
/* clang-format off */
#define COMMONSECURITYLOG_OLD(X) \
    X(cat) X(reason) X(outcome) X(start) X(end) X(externalId)
/* clang-format on */

#define COMMONSECURITYLOG_NUMBER_CEF(key, column) CSL_##column,
#define COMMONSECURITYLOG_NUMBER(column)          CSL_##column,
#define COMMONSECURITYLOG_NUMBER_OLD(key)         CSL_OLD_##key,
enum {
    COMMONSECURITYLOG_CEF(COMMONSECURITYLOG_NUMBER_CEF) COMMONSECURITYLOG_OTHER(COMMONSECURITYLOG_NUMBER)
        CSL_EXTENSIONS, /* columns stand before it, keys of AdditionalExtensions from here on */
    CSL_BEFORE_OLD = CSL_EXTENSIONS - 1,
    COMMONSECURITYLOG_OLD(COMMONSECURITYLOG_NUMBER_OLD) CSL_OWN, /* the first number for a vendor's own keys */
    CSL_NUMBERS_MAX = 192
};

/* Rows of a form's key table. */
#define COMMONSECURITYLOG_KEY_CEF(key, column)    { #key, CSL_##column },
#define COMMONSECURITYLOG_KEY_COLUMN(key, column) { #column, CSL_##column },
#define COMMONSECURITYLOG_KEY_OTHER(column)       { #column, CSL_##column },
#define COMMONSECURITYLOG_KEY_OLD(key)            { #key, CSL_OLD_##key },
#define COMMONSECURITYLOG_CEF_KEYS                COMMONSECURITYLOG_CEF(COMMONSECURITYLOG_KEY_CEF)
#define COMMONSECURITYLOG_COLUMN_KEYS                                                                                  \
    COMMONSECURITYLOG_CEF(COMMONSECURITYLOG_KEY_COLUMN)                                                                \
    COMMONSECURITYLOG_OTHER(COMMONSECURITYLOG_KEY_OTHER) COMMONSECURITYLOG_OLD(COMMONSECURITYLOG_KEY_OLD)

enum { COMMONSECURITYLOG_CSV_COLUMNS_MAX = 512 };

/* Where the cells of a CSV row are; `header` and `parser` are borrowed. */
struct commonsecuritylog_cells {
    struct parser *parser;
    const struct commonsecuritylog_csv *header;
    struct span unit;
    struct tokens fields;
    uint32_t room[COMMONSECURITYLOG_CSV_COLUMNS_MAX]; /* for them, where framing does not know them */
};

/* One row.  Texts are borrowed from the unit, the JSON reader or the scratch; an absent column is empty. */
struct commonsecuritylog {
    struct span text[CSL_NUMBERS_MAX];
    uint64_t present[CSL_NUMBERS_MAX / 64];
    uint64_t escaped[CSL_NUMBERS_MAX / 64]; /* as written: still to be unescaped when it is asked for; columns of a CSV
                                               row: their cells are still to be read */
    struct commonsecuritylog_cells cells;   /* of a CSV row */
    struct parse_options options;           /* of times without a zone; a vendor may set the offset */
    struct timetext_day *day;               /* the last date of device times, kept by the caller; or NULL */
    const struct parse_options *local;      /* if the time columns are in local time, of a portal export; else NULL */
    bool table;                             /* came through the table door */
    bool extensions_read;                   /* AdditionalExtensions has been split */
    bool time_is_number;                    /* TimeGenerated is a JSON number */
};

/* Which column goes into which field of the record. */
struct commonsecuritylog_field {
    uint16_t field, column;
};

/* ------------------------------------------------------------------ doors */

void commonsecuritylog_clear(struct commonsecuritylog *row, const struct parse_options *options);

/* An empty text changes nothing: where a key stands twice, its last value that is not empty holds. */
static inline void commonsecuritylog_set(struct commonsecuritylog *row, unsigned column, struct span text)
{
    CHECK(column < CSL_NUMBERS_MAX);
    if (text.n == 0)
        return;
    row->text[column] = text;
    row->present[column / 64] |= UINT64_C(1) << (column % 64);
    row->escaped[column / 64] &= ~(UINT64_C(1) << (column % 64));
}

/* Native, first step: find a CEF message and split its header into columns.  *head is what stands before the message
 * (syslog_parse reads it), *extension what follows its header.
 * returns  STATUS_OK; STATUS_BAD with *reason "cef_start" (there is no message) or "cef_header". */
enum status commonsecuritylog_from_cef(struct parser *p, struct span line, const char *const *vendors,
                                       struct commonsecuritylog *row, struct span *head, struct span *extension,
                                       const char **reason) MUST_CHECK;

/* Native, second step: the pairs of the extension. */
void commonsecuritylog_read_cef(struct parser *p, struct span extension, struct commonsecuritylog *row);

/* Native: what the lines of a stream are searched for, where parser->memo begins (a form with such rows has at least
 * its size as memo_bytes). */
enum { COMMONSECURITYLOG_FIELDS_MAX = 128 };
struct commonsecuritylog_native {
    uint64_t wanted[RECORD_FIELDS_MAX / 64]; /* what it was made for, and by whose rules; NULL: not yet */
    const struct commonsecuritylog_field *of_fields;
    const uint16_t *of_times;
    struct cef_search search;
    struct timetext_day day;
    unsigned fields_n;
    struct commonsecuritylog_field fields[COMMONSECURITYLOG_FIELDS_MAX]; /* wanted, and descriptors */
};

/* The parser's, made anew where wants or rules have changed.  `f` are the vendor's fields; `times` are the columns that
 * its records have their time from, which are searched for always. */
struct commonsecuritylog_native *commonsecuritylog_native(struct parser *p, const struct commonsecuritylog_field *f,
                                                          unsigned n, const uint16_t *times, unsigned times_n);

/* Instead of commonsecuritylog_read_cef: only pairs of columns that `native` has been made for. */
void commonsecuritylog_search_cef(struct commonsecuritylog_native *native, struct span extension,
                                  struct commonsecuritylog *row);

/* Table, JSON: one object.  STATUS_BAD: "json". */
enum status commonsecuritylog_from_json(struct parser *p, struct span unit, struct commonsecuritylog *row,
                                        const char **reason) MUST_CHECK;

/* Table, CSV: state of one stream, in parser->state (a form with these rows has state_bytes = its size). */
struct commonsecuritylog_csv {
    uint32_t columns_n; /* 0: the header is still to come */
    uint64_t header_hash;
    size_t header_bytes;
    bool local;                                         /* time columns are in local time */
    uint64_t present[CSL_NUMBERS_MAX / 64];             /* numbers that have a column */
    uint16_t last[CSL_EXTENSIONS];                      /* the last column of each number, counted from 1 */
    uint16_t before[COMMONSECURITYLOG_CSV_COLUMNS_MAX]; /* the one before it of the same number; 0: none */
};

/* A header gives PARSE_HEADER, a row PARSE_RECORD (nothing but `row` is filled), an empty unit PARSE_NOTHING.  Cells
 * are read when they are asked for. */
enum parse_result commonsecuritylog_from_csv(struct parser *p, struct span unit, struct commonsecuritylog *row,
                                             const char **reason);

/* ------------------------------------------------------------------ looking */

/* The column itself, as written: for those that no CEF extension fills and that both generations have. */
struct span commonsecuritylog_get(struct commonsecuritylog *row, unsigned column);

/* The column's text, of whichever generation has it.  AdditionalExtensions is split when it is first needed. */
struct span commonsecuritylog_text(struct parser *p, struct commonsecuritylog *row, unsigned column);
bool commonsecuritylog_integer(struct parser *p, struct commonsecuritylog *row, unsigned column, int64_t *value);

/* A time column: in table rows the exports' forms, in both doors those of devices, with DeviceTimeZone where a text has
 * no zone of its own. */
bool commonsecuritylog_time(struct parser *p, struct commonsecuritylog *row, unsigned column, int64_t *ms);

/* Fill the record; how, the field's kind says.  A field stays empty where the column
 * is, or is no number, port or time, and where nobody wants the field: descriptors excepted, since selection and
 * grouping are among them. */
void commonsecuritylog_put(struct parser *p, struct commonsecuritylog *row, const struct commonsecuritylog_field *f,
                           unsigned n, struct record *r);

/* ------------------------------------------------------------------ recognition */

/* For probes: do rows of this table stand at the beginning of a stream? */
enum probe_result commonsecuritylog_probe_json(struct span head);
enum probe_result commonsecuritylog_probe_csv(struct span head);

#endif
