/* A batch: what travels between two roles, in columns.  One struct for both ends: the sender fills it and calls
 * batch_encode(), the receiver gets it from batch_decode() with every pointer into the received bytes.
 *
 * A batch can be understood alone: it carries its own table of descriptors.  The bytes are described in README.md of
 * this folder, from which a stranger can write either end.  Nothing is believed before it is checked: after
 * batch_decode() every count, offset, index and length is inside its bounds.
 */
#ifndef TIDEMARK_COMMON_WIRE_BATCH_H
#define TIDEMARK_COMMON_WIRE_BATCH_H

#include "common/buffer.h"
#include "common/span.h"
#include "common/status.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_VERSION 1

enum {
    WIRE_ROWS_MAX = 65536,
    WIRE_OTHERS_MAX = 65536,
    WIRE_DESCRIPTORS_MAX = 65536,
    WIRE_DESCRIPTOR_FIELDS_MAX = 128,
    WIRE_COLUMNS_MAX = 256,
    WIRE_REASONS_MAX = 1024,
    WIRE_NAME_BYTES_MAX = 256,          /* names of sources, streams, fields, columns, reasons */
    WIRE_PAYLOAD_BYTES_MAX = 128 << 20, /* a whole batch */
};

enum batch_kind { BATCH_RECORDS = 1, BATCH_SESSIONS, BATCH_SUMMARIES };

enum column_type {
    COLUMN_U8 = 1, /* fixed widths are little endian; the value is base + what is stored */
    COLUMN_U16,
    COLUMN_U32,
    COLUMN_I64,
    COLUMN_TEXT /* rows × u32 end offsets into the bytes that follow them; an empty text is "no value" */
};

struct column {
    struct span name;
    enum column_type type;
    int64_t base; /* integer types: added to each stored value */
    const unsigned char *data;
    size_t data_bytes;
    const unsigned char *nulls; /* bit i (byte i/8, least significant first) set: row i has no value; NULL: all have */

    /* Of an integer column that is still to be encoded, instead of `data`: one number per row, unsigned of 2 or 4 bytes
     * or signed of 8, which become `type` and lose `base` on their way into the payload. */
    const void *values;
    unsigned values_width;
};

/* Why a record gave no session. */
enum verdict { VERDICT_SKIP = 1, VERDICT_BAD, VERDICT_LIMIT };

struct reason {
    enum verdict verdict;
    struct span text; /* a short stable word: "not_traffic", "no_time", "line_length" */
};

/* The records of the span that gave no session, in order of position. */
struct others {
    uint32_t n;
    const unsigned char *positions; /* n × u32 le: position - batch.from */
    const unsigned char *reasons;   /* n × u16 le: index into reason[] */
    uint32_t reasons_n;
    struct reason *reason;
};

/* `from` and `to` are positions in the stream (half-open), ordinals count the records before a position.
 * Rows and others each are sorted by position; rows of one record stand together and share its position. */
struct batch {
    enum batch_kind kind;
    struct span source; /* the configured input: "edge-fw" */
    struct span stream; /* one position space of that source */
    uint64_t epoch;
    uint64_t from, to;
    uint64_t from_ordinal, to_ordinal;
    int64_t high_water_ms; /* newest event time of the stream up to `to`; TIMESTAMP_NONE if none yet */

    uint32_t descriptor_fields_n;
    struct span *descriptor_fields;
    uint32_t descriptors_n;
    struct span *descriptors; /* descriptors_n × descriptor_fields_n, row-major; an empty text is "no value" */

    uint32_t rows;
    uint32_t columns_n;
    struct column *columns; /* the column "descriptor" (u8, u16 or u32, < descriptors_n) is there when rows > 0 */

    struct others others;
};

/* Columns that every batch of a kind has when it has rows (README.md lists all):
 *   records   descriptor, position (u32, base `from`), time (ms UTC), and the fields of the source by their names
 *   sessions  descriptor, position, time, port (no nulls: rows without a port come with `portless`), and where wanted
 *             or needed: count (weight of the row), first (1 on the first session of its record; absent: all are)
 *   summaries descriptor, window (start, ms UTC), port, count
 */

/* Append the encoded batch to `out`.  Fails only on what breaks a bound above (STATUS_LIMIT). */
enum status batch_encode(const struct batch *b, struct buffer *out, struct error *e) MUST_CHECK;

/* Storage for decoding, reused from batch to batch. */
struct batch_decoder;
struct batch_decoder *batch_decoder_new(void);
void batch_decoder_free(struct batch_decoder **d);

/* STATUS_OK and *out valid until the next call with the same decoder (its spans point into `payload`), STATUS_BAD with
 * the reason in `e`, or STATUS_LIMIT.  Unknown keys are ignored, so that later versions can add some. */
enum status batch_decode(struct batch_decoder *d, struct span payload, const struct batch **out,
                         struct error *e) MUST_CHECK;

/* The column of that name, or NULL. */
const struct column *batch_column(const struct batch *b, const char *name);

static inline bool column_null(const struct column *c, uint32_t row)
{
    return c->nulls && (c->nulls[row >> 3] >> (row & 7) & 1);
}

/* The same of a column that is still to be encoded; `base` where it is null, as it will be decoded. */
int64_t column_value(const struct column *c, uint32_t row);

/* Value of an integer column; the caller has checked column_null where it matters. */
static inline int64_t column_integer(const struct column *c, uint32_t row)
{
    if (c->values)
        return column_value(c, row);
    switch (c->type) {
    case COLUMN_U8:
        return c->base + c->data[row];
    case COLUMN_U16: {
        uint16_t v;
        memcpy(&v, c->data + 2 * (size_t)row, sizeof v);
        return c->base + v;
    }
    case COLUMN_U32: {
        uint32_t v;
        memcpy(&v, c->data + 4 * (size_t)row, sizeof v);
        return c->base + v;
    }
    case COLUMN_I64: {
        int64_t v;
        memcpy(&v, c->data + 8 * (size_t)row, sizeof v);
        return (int64_t)((uint64_t)c->base + (uint64_t)v);
    }
    case COLUMN_TEXT:
        break;
    }
    return 0;
}

/* Text of a text column (checked by batch_decode to lie inside; not necessarily valid UTF-8). `rows` = batch.rows. */
static inline struct span column_text(const struct column *c, uint32_t rows, uint32_t row)
{
    uint32_t begin = 0, end;
    if (row)
        memcpy(&begin, c->data + 4 * (size_t)(row - 1), sizeof begin);
    memcpy(&end, c->data + 4 * (size_t)row, sizeof end);
    return span_of((const char *)c->data + 4 * (size_t)rows + begin, end - begin);
}

/* For senders: `n` values as the narrowest integer column that holds them, still to be encoded.  `nulls` (bitmap or
 * NULL) marks rows whose value is ignored.  Everything given is borrowed until the batch has been encoded. */
struct column column_of_integers(struct span name, const int64_t *values, uint32_t n, const unsigned char *nulls);

/* The same at once, where the column's bytes are needed before: write `n` values as the narrowest integer column that
 * holds them (base = the least value). `nulls` (bitmap or NULL) marks rows whose value is ignored.  `storage` receives
 * the bytes and must outlive the batch; the column's data pointer is taken from storage->p when batch_column_finish is
 * called after all appends. */
struct column_plan {
    size_t at; /* offset in storage */
    enum column_type type;
    int64_t base;
    size_t bytes;
};
struct column_plan column_plan_integers(struct buffer *storage, const int64_t *values, uint32_t n,
                                        const unsigned char *nulls);
struct column column_from_plan(const struct buffer *storage, const struct column_plan *plan, struct span name,
                               const unsigned char *nulls);

#endif
