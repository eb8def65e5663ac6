/* Framing: a stream of bytes to units, for the seven kinds of collector.h.
 *
 * The caller puts bytes into framer_space() and takes units until STATUS_AGAIN.  How the bytes were split into reads
 * never changes a unit, its position or its verdict.  A unit that is over the limit is not buffered: its first bytes
 * are kept for the reject file, the rest is passed over.
 *
 *   LINES, HEADER_LINES  line feed; a CR before it is dropped; the last line needs none
 *   CSV       RFC 4180: line feeds inside quotes belong to the record. A closing quote that nothing legal follows, or
 *             none until the end, makes the record malformed ("csv"): it ends at the next line feed
 *   SYSLOG    lines, or octet counting where `[1-9][0-9]{0,8} <` begins a unit; CR, LF and NUL at its end are dropped
 *   JSON      values by depth and strings. Blanks and commas between values are passed over, so that broken files give
 *             what they have, and headers in front of them (formats/json_header.h). What cannot be framed is one
 *             malformed unit ("json") up to the next line feed.
 *             Answers of a query, `{"tables":[{"columns":[…],"rows":[[…],…]},…]}` or one such table alone: a table's
 *             columns with their key are a unit, and each row; a row without columns before it is malformed
 *             ("no_columns"). Keys may be capital (`Tables`); what else stands in an answer is passed over
 *   XML       elements `Event`, by their tags. Blanks, declarations, comments and the tags of an element `Events` are
 *             passed over. An event without end, and what is no event, is one malformed unit ("xml") up to the next tag
 *             that begins an event or ends one
 *   DATED     from a line `03/02/2026 08:09:58 AM` to the next one; line ends at its end are dropped. What stands
 *             before the first is a unit, and so is what follows the line at which a unit is over the limit
 *
 * A BOM at offset 0 is dropped.  Trusts nothing.  Pure memory. */
#ifndef TIDEMARK_COLLECTORS_CORE_FRAMER_H
#define TIDEMARK_COLLECTORS_CORE_FRAMER_H

#include "core/collector.h"

enum { UNIT_FAULT_BYTES = 4096 };

struct framer_options {
    enum framing kind;
    size_t limit_bytes;          /* of a unit without its line end */
    const char *const *envelope; /* FRAMING_JSON: as in struct form */
    char separator;              /* as in struct form */
    size_t window_bytes;         /* read at a time; 0: 256 KiB */
    bool no_shortcuts;           /* for tests: the general way only */
};

/* A place between two units where framing can begin again. */
struct framer_point {
    uint64_t position;
    unsigned char mode; /* the framer's own; 0 at the start of a stream */
};

enum unit_fault { UNIT_SOUND, UNIT_MALFORMED, UNIT_OVER_LIMIT };

/* What a sound unit is: JSON framing gives all three, the others values only. */
enum unit_kind {
    UNIT_VALUE,
    UNIT_COLUMNS, /* `"columns":[…]`: in force for the rows behind it */
    UNIT_ROW      /* `[…]` */
};

struct unit {
    uint64_t position;    /* of its first byte */
    uint64_t end;         /* behind its last byte and its line end */
    struct span bytes;    /* without line end, 64 readable bytes behind; of a faulty unit at most the first 4 KiB.
                             Valid until the next framer_space, framer_start or framer_free */
    struct tokens tokens; /* of a sound line or record, if they are known (n > 0); valid until the next call */
    enum unit_kind kind;
    enum unit_fault fault;
    const char *reason; /* of a fault: a static short word */
    bool counted;       /* SYSLOG: its length was told before it; it is no line */
    unsigned char mode; /* framing can begin again at `end` with that mode, see struct framer_point */
};

struct framer;
struct framer *framer_new(const struct framer_options *o);
void framer_free(struct framer **f);

/* Begin (again) at that point: what was buffered is forgotten. */
void framer_start(struct framer *f, struct framer_point at);

/* Room for the next bytes, at least 4 KiB; framer_fed says how many were put there. */
char *framer_space(struct framer *f, size_t *n);
void framer_fed(struct framer *f, size_t n);

/* No more bytes will come. */
void framer_finish(struct framer *f);

/* STATUS_OK; STATUS_AGAIN: more bytes are needed; STATUS_END: finished and nothing is left. */
enum status framer_next(struct framer *f, struct unit *u) MUST_CHECK;

/* Behind the unit that was given last, its `end` and `mode` (or where it started); behind everything after STATUS_END.
 */
struct framer_point framer_point(const struct framer *f);

#endif
