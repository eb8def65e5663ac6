/* What framer.c, framer_json.c, framer_xml.c and framer_dated.c share; nobody else includes it. */
#ifndef TIDEMARK_COLLECTORS_CORE_FRAMER_STATE_H
#define TIDEMARK_COLLECTORS_CORE_FRAMER_STATE_H

#include "core/framer.h"

#include "formats/json_end.h"
#include "formats/marks.h"

/* Nesting that is followed; deeper is over a limit ("nesting"). */
enum { JSON_DEPTH_MAX = 256 };

/* Where a JSON stream stands between two units. */
enum json_mode {
    JSON_TOP,
    JSON_IN_ARRAY,
    JSON_IN_ENVELOPE,
    JSON_IN_REST,       /* of an object whose envelope or tables have ended */
    JSON_IN_TABLES,     /* between the tables of an answer */
    JSON_IN_TABLE_BARE, /* between a table's members; its columns have not come */
    JSON_IN_TABLE,      /* they have */
    JSON_IN_ROWS_BARE,  /* between rows without columns */
    JSON_IN_ROWS,
    JSON_IN_ROWS_LOST /* behind a row whose end was missed: what closes here may be its or the rows' */
};

/* What an array under a key of an object is to framing. */
enum json_array { ARRAY_PLAIN, ARRAY_ENVELOPE, ARRAY_TABLES, ARRAY_COLUMNS, ARRAY_ROWS };

/* The shortcut of JSON framing. */
struct json_ends {
    json_end_find *find; /* or NULL */
    struct span *keys;   /* of arrays that are no plain ones */
    unsigned keys_n;
};

enum json_after { AFTER_OPEN, AFTER_COMMA, AFTER_COLON, AFTER_VALUE };

struct json_scan {
    unsigned depth;
    uint64_t is_array[JSON_DEPTH_MAX / 64]; /* bit per open bracket */
    enum json_after after;
    bool in_string;
    bool key_known; /* [key_begin, key_end) is the last key at depth 1, relative to framer.begin */
    bool key_open;  /* it is being read */
    bool columns;   /* the value is a table's columns, scanned behind their key */
    size_t key_begin, key_end;
};

enum csv_state { CSV_FIELD_START, CSV_UNQUOTED, CSV_QUOTED, CSV_QUOTE_SEEN };

enum discard { DISCARD_NOT, DISCARD_LINE, DISCARD_COUNT, DISCARD_CSV, DISCARD_JSON, DISCARD_XML };

/* Line feeds and separators of the next lines in the window, found in one pass ahead of them. */
struct line_index {
    marks_find *find;
    marks_find_quoted *find_quoted; /* instead: CSV */
    struct marks_quotes quotes;
    bool broken;          /* a quote against the rules stands at `end`: what is there, the general way says */
    struct marks marks;   /* offsets in the window */
    uint32_t line, token; /* next ones in marks */
    size_t begin;         /* of the next line; it holds only while this is where the framer stands */
    size_t end;           /* what is behind has not been looked at */
};

struct framer {
    struct framer_options o;
    struct buffer window; /* unread bytes are [begin, end) */
    size_t begin, end;
    size_t scan;       /* bytes behind `begin` that have been looked at */
    uint64_t position; /* of `begin` */
    bool finished;
    bool bom_checked;
    unsigned char mode;
    struct framer_point point;

    enum discard discard;
    uint64_t discard_left; /* DISCARD_COUNT */
    struct unit faulty;    /* what will be given when the discarded bytes end */
    char head[UNIT_FAULT_BYTES + 64];

    struct line_index index;
    enum csv_state csv;
    struct json_scan json;
    struct json_ends json_ends;
};

static inline size_t framer_available(const struct framer *f)
{
    return f->end - f->begin;
}

static inline const char *framer_bytes(const struct framer *f)
{
    return f->window.p + f->begin;
}

/* The bytes of a unit that may be looked at: a longer one is over the limit.  Two more than the limit, so that a line
 * of exactly the limit is seen with its CR LF. */
static inline size_t framer_visible(const struct framer *f)
{
    size_t most = f->o.limit_bytes + 2;
    return framer_available(f) < most ? framer_available(f) : most;
}

void framer_consume(struct framer *f, size_t n);

/* Give the unit: content [at, at + content) of what is unread, `total` bytes consumed. */
enum status framer_give(struct framer *f, struct unit *u, size_t at, size_t content, size_t total);

/* The unit that begins at `begin` is faulty; its first `seen` bytes are over, the rest is discarded in that manner. */
void framer_discard(struct framer *f, enum discard how, size_t seen, enum unit_fault fault, const char *reason);

/* That many bytes of the faulty unit pass. */
void framer_pass(struct framer *f, size_t n);

/* The discarded bytes have ended. */
enum status framer_give_faulty(struct framer *f, struct unit *u);

void framer_json_init(struct framer *f);
enum status framer_json_next(struct framer *f, struct unit *u);
enum status framer_json_discard(struct framer *f, struct unit *u);
enum status framer_dated_next(struct framer *f, struct unit *u);
enum status framer_xml_next(struct framer *f, struct unit *u);
enum status framer_xml_discard(struct framer *f, struct unit *u);

#endif
