/* What a vendor's file gives to the collector: one struct COLLECTOR(id) of fields and forms.
 *
 * A collector knows where bytes come from, framing and the vendor's syntax; it does not know ASIM.  A vendor file holds
 * pure parse functions (no I/O, clock, globals, allocation), so that the same function is unit-tested, fuzzed,
 * benchmarked and run.  Adding a vendor adds vendors/<id>.c, ../normalizer/maps/<id>.yaml and ../tests/sources/<id>/.
 *
 * Verdicts.  Whether a unit is a record, skipped, malformed or over a limit, its time and its grouping fields depend
 * only on framing and on the fields of selection, time and grouping, which are parsed always.  A bad value in any other
 * field is empty and never changes the verdict.  Fields that nobody wants need not be parsed (parser_wants).
 */
#ifndef TIDEMARK_COLLECTORS_CORE_COLLECTOR_H
#define TIDEMARK_COLLECTORS_CORE_COLLECTOR_H

#include "common/buffer.h"
#include "common/span.h"
#include "common/status.h"
#include "common/timestamp.h"
#include "formats/simd.h"

#include <stdbool.h>
#include <stdint.h>

enum { RECORD_FIELDS_MAX = 256 };

enum field_kind {
    FIELD_DESCRIPTOR, /* text of few distinct values; the map may look at it. Grouping fields must be of this kind */
    FIELD_TEXT,       /* text of many values: for printing and evidence */
    FIELD_INTEGER,    /* int64 or nothing */
    FIELD_PORT,       /* 0..65535 or nothing (record_set_port checks) */
    FIELD_TIME        /* ms UTC or nothing */
};

struct field {
    const char *name; /* the vendor's word, lower case with underscores: the map refers to it */
    enum field_kind kind;
};

/* One vendor event as parsed, in the vendor's words.  Texts are borrowed: they point into the unit or into the parser's
 * scratch, and live until the next unit. */
struct record {
    int64_t time_ms;                          /* event time, UTC; set by parse for every PARSE_RECORD */
    const char *reason;                       /* of SKIP, BAD and LIMIT: a static short word, "not_traffic" */
    bool more;                                /* the unit has further parts, see form->parse */
    uint32_t offset, length;                  /* of a part: its bytes in the unit, length 0: to the unit's end */
    uint64_t present[RECORD_FIELDS_MAX / 64]; /* bit per field that has a value */
    union {
        struct span text;
        int64_t number;
    } value[RECORD_FIELDS_MAX];
};

static inline void record_set_text(struct record *r, unsigned field, struct span text)
{
    if (text.n == 0)
        return;
    r->value[field].text = text;
    r->present[field / 64] |= UINT64_C(1) << (field % 64);
}

static inline void record_set_number(struct record *r, unsigned field, int64_t number)
{
    r->value[field].number = number;
    r->present[field / 64] |= UINT64_C(1) << (field % 64);
}

static inline void record_set_port(struct record *r, unsigned field, int64_t port)
{
    if (port >= 0 && port <= 65535)
        record_set_number(r, field, port);
}

static inline bool record_has(const struct record *r, unsigned field)
{
    return r->present[field / 64] >> (field % 64) & 1;
}

void record_clear(struct record *r);

enum parse_result {
    PARSE_RECORD, /* a record: time_ms is set */
    PARSE_SKIP,   /* well-formed, but no session; reason is set */
    PARSE_BAD,    /* malformed; reason is set ("no_time", "field_count", "json", …) */
    PARSE_LIMIT,  /* over a limit; reason is set */
    PARSE_HEADER, /* not a record: a header that is in force from here on (kept in parser->state) */
    PARSE_NOTHING /* not a record: blank line, comment */
};

/* What a parse function ends with for every unit that is no record. */
static inline enum parse_result record_verdict(struct record *r, enum parse_result result, const char *reason)
{
    r->reason = reason;
    return result;
}

/* Where the tokens of a unit end that are apart by form->separator: the first begins where the unit does, each other
 * one byte behind the end of the one before.  Framing finds them on its way, but not always: n = 0, look yourself.
 * Those of a CSV record are its fields, with their quotes, and the record is well-formed. */
struct tokens {
    const char *text;
    const uint32_t *end; /* offsets in text */
    uint32_t n;
};

/* How a stream of bytes is cut into units.  A unit's position is the offset of its first byte. */
enum framing {
    FRAMING_LINES,        /* line feed; a CR before it is dropped. Cut and resumed at any line feed */
    FRAMING_HEADER_LINES, /* lines under a header in force (VPC text, Zeek TSV): PARSE_HEADER units are stored by the
                             core and parsed again, before resuming at a later position */
    FRAMING_CSV,          /* RFC 4180 records (line feeds inside quotes); the first one is the header */
    FRAMING_SYSLOG, /* lines, or octet counting (RFC 6587 section 3.4.1) where `[1-9][0-9]{0,8} <` begins a unit */
    FRAMING_JSON,   /* JSON values one behind the other (lines or not), also behind headers of syslog; elements of a
                       top-level array; elements of an array under one of form.envelope's keys of a top-level object;
                       rows of the tables of a query's answer (framer.h), which the core gives as objects. Read again
                       from the start */
    FRAMING_XML,    /* Windows' XML elements `Event` one behind the other, on lines or over several, in an element
                       `Events` or without. A unit is from `<Event` to behind `</Event>` */
    FRAMING_DATED   /* lines up to the next one that is a date and a time of day, `03/02/2026 08:09:58 AM`, alone */
};

enum probe_result { PROBE_NO, PROBE_POSSIBLE, PROBE_LIKELY };

struct parse_options {
    int32_t zone_offset_s;     /* of times without a zone, seconds east of UTC; default 0 */
    const struct zone *zone;   /* of them instead, if its offset changes (formats/zone.h); or NULL */
    int64_t reference_time_ms; /* for missing years: the file's mtime, the arrival, or what the operator says */
    const char *columns;       /* --columns: vendor's own column order (VPC custom formats), or NULL */
};

/* Times without a zone have this offset, whatever the operator said. */
static inline void parse_options_set_offset(struct parse_options *o, int32_t offset_s)
{
    o->zone_offset_s = offset_s;
    o->zone = NULL;
}

/* A word that a form looks for (a CEF key, a column, a JSON key) and the vendor's number for it. */
struct key {
    const char *name;
    unsigned number;
};

/* State of one stream while it is parsed (made by core/parser.h). */
struct parser {
    const struct collector *collector;
    const struct form *form;
    const struct parse_options *options;
    uint64_t wanted[RECORD_FIELDS_MAX / 64]; /* fields somebody asked for; selection, time and grouping come anyway */
    struct tokens tokens;                    /* of the unit that is parsed */
    uint32_t part;                           /* 0: the unit's first; then it is the same unit's next one */
    size_t scratch_kept;                     /* by the first part: stays until the next unit */
    void *state;                             /* form->state_bytes, zeroed at the start of a stream */
    void *memo;                              /* form->memo_bytes, zeroed likewise */
    struct buffer scratch;                   /* for unescaped values; reset by the core before each unit and so large
                                                that parser_scratch never moves it within a unit */
    struct json_reader *json;                /* formats/json.h */
    struct json_reader *inner_json;          /* a second one: JSON text inside a JSON string */
    struct json_reader *outer_json;          /* a third one: objects around lines (formats/wrapped.h) */
    enum simd_level simd;                    /* which vector instructions may be used */
    const struct keys *keys;                 /* form->keys, hashed (formats/keys.h) */
    struct columns *columns;                 /* FRAMING_JSON: of the table whose rows are read (core/columns.h) */
    struct span row;                         /* what form->parse gets, if it is not the unit's own bytes */
    struct span next_row, rows;              /* the one behind it in an array inside of the unit, and what is behind */
    bool row_has_more;                       /* parts: the next row is behind them */
    uint32_t place;                          /* of a record among those of the unit */
    struct buffer unwrapped;                 /* objects that were texts in the unit (formats/unwrap.h) */
    bool searched; /* the form says of a unit without a session: there is none in the objects inside either */
};

static inline bool parser_wants(const struct parser *p, unsigned field)
{
    return p->wanted[field / 64] >> (field % 64) & 1;
}

/* Room for `n` bytes that live until the next unit.  The core reserves four times the unit's length plus 64 KiB; asking
 * for more than is left returns NULL (then the value is empty). */
char *parser_scratch(struct parser *p, size_t n);

struct form {
    const char *name; /* "native", "native-csv", "table", "table-csv": forced as SOURCE:FORM=PATH; a prefix
                         up to a dash names all its forms */
    const char *help; /* one line for `tidemark sources NAME` */
    enum framing framing;
    enum probe_result (*probe)(struct span head); /* the first bytes of a stream, at most 64 KiB; pure */
    enum parse_result (*parse)(struct parser *p, struct span unit, struct record *r); /* unit: without line end;
                                     64 readable bytes follow it. r is cleared.
                                     A unit that holds many sessions is given again while r->more is set, with p->part
                                     counting up. Each part has a verdict of its own, is a record of its own, and stands
                                     at r->offset, below the unit's length and above that of the part before; no part is
                                     PARSE_HEADER. Where the parser stands it keeps in its state; scratch of the first
                                     part lives until the next unit, that of another until the next part */
    char separator; /* of a line's tokens, for framings of lines: p->tokens says where they are; 0: does not matter */
    size_t state_bytes;     /* what a stream's units before mean for those behind them: a header in force */
    size_t memo_bytes;      /* what spares work and changes no answer: tables made for what is wanted, the last date */
    const struct key *keys; /* words that parse looks up in parser->keys; or NULL */
    unsigned keys_n;
    const char *const *envelope; /* FRAMING_JSON: keys of arrays that hold the records, NULL-terminated; or NULL */
};

struct collector {
    const char *id;
    const struct field *fields;
    unsigned fields_n;
    const struct form *forms; /* in order of preference where several are equally likely */
    unsigned forms_n;
};

#define COLLECTOR(name) const struct collector collector_##name

/* The collector of this program (the_collector.c.in). */
extern const struct collector *const the_collector;

#endif
