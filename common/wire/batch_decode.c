/* The receiving end of batches: everything is checked here, so that nobody above has to. */
#include "common/wire/batch.h"

#include "common/timestamp.h"
#include "common/wire/document.h"
#include "common/wire/names.h"

#include <stddef.h>
#include <stdlib.h>

enum {
    /* Keys of the envelope, fields, columns with their keys, reasons; generous, so that later versions can add some. */
    ENTRIES_MAX = 256 + WIRE_DESCRIPTOR_FIELDS_MAX + 32 * WIRE_COLUMNS_MAX + 4 * WIRE_REASONS_MAX,
};

struct batch_decoder {
    struct document document;
    struct batch batch;
    struct span *descriptors; /* grown to the largest table seen */
    size_t descriptors_capacity;
    struct span fields[WIRE_DESCRIPTOR_FIELDS_MAX];
    struct column columns[WIRE_COLUMNS_MAX];
    struct reason reasons[WIRE_REASONS_MAX];
};

struct batch_decoder *batch_decoder_new(void)
{
    struct batch_decoder *d = allocate(1, sizeof *d);
    document_init(&d->document);
    return d;
}

void batch_decoder_free(struct batch_decoder **d)
{
    if (!*d)
        return;
    document_fini(&(*d)->document);
    free((*d)->descriptors);
    free(*d);
    *d = NULL;
}

/* ------------------------------------------------------------------ the envelope */

struct envelope {
    struct span kind, source, stream;
    uint64_t epoch, from, to, from_ordinal, to_ordinal;
    int64_t high_water_ms;
    const msgpack_object *descriptor_fields, *columns, *others;
    uint32_t descriptors_n, rows;
    struct span descriptors;
};

#define RULE(type, key, value, member, max)                                                                            \
    {                                                                                                                  \
        key, value, offsetof(struct type, member), max                                                                 \
    }

static const struct key_rule envelope_rules[] = {
    RULE(envelope, "kind", VALUE_TEXT, kind, WIRE_NAME_BYTES_MAX),
    RULE(envelope, "source", VALUE_TEXT, source, WIRE_NAME_BYTES_MAX),
    RULE(envelope, "stream", VALUE_TEXT, stream, WIRE_NAME_BYTES_MAX),
    RULE(envelope, "epoch", VALUE_U64, epoch, UINT64_MAX),
    RULE(envelope, "from", VALUE_U64, from, UINT64_MAX),
    RULE(envelope, "to", VALUE_U64, to, UINT64_MAX),
    RULE(envelope, "from_ordinal", VALUE_U64, from_ordinal, UINT64_MAX),
    RULE(envelope, "to_ordinal", VALUE_U64, to_ordinal, UINT64_MAX),
    RULE(envelope, "rows", VALUE_U32, rows, WIRE_ROWS_MAX),
    /* optional from here on */
    RULE(envelope, "high_water", VALUE_TIME, high_water_ms, UINT64_MAX),
    RULE(envelope, "descriptor_fields", VALUE_ARRAY, descriptor_fields, WIRE_DESCRIPTOR_FIELDS_MAX),
    RULE(envelope, "descriptors_n", VALUE_U32, descriptors_n, WIRE_DESCRIPTORS_MAX),
    RULE(envelope, "descriptors", VALUE_BYTES, descriptors, WIRE_PAYLOAD_BYTES_MAX),
    RULE(envelope, "columns", VALUE_ARRAY, columns, WIRE_COLUMNS_MAX),
    RULE(envelope, "others", VALUE_MAP, others, UINT32_MAX),
};

enum { ENVELOPE_RULES = sizeof envelope_rules / sizeof envelope_rules[0], ENVELOPE_NEEDED = 9 };

static enum status missing(const struct key_rule *rules, unsigned needed, uint64_t seen, const char *what,
                           struct error *e)
{
    for (unsigned i = 0; i < needed; i++)
        if (!(seen >> i & 1))
            return error_set(e, STATUS_BAD, "%s: key \"%s\" is missing", what, rules[i].name);
    return STATUS_OK;
}

static enum status read_envelope(struct batch_decoder *d, struct envelope *v, struct error *e)
{
    uint64_t seen;
    *v = (struct envelope){ .high_water_ms = TIMESTAMP_NONE };
    enum status status = document_read(&d->document.root, envelope_rules, ENVELOPE_RULES, v, &seen, "batch", e);
    if (!status)
        status = missing(envelope_rules, ENVELOPE_NEEDED, seen, "batch", e);
    if (status)
        return status;
    struct batch *b = &d->batch;
    *b = (struct batch){ .source = v->source,
                         .stream = v->stream,
                         .epoch = v->epoch,
                         .from = v->from,
                         .to = v->to,
                         .from_ordinal = v->from_ordinal,
                         .to_ordinal = v->to_ordinal,
                         .high_water_ms = v->high_water_ms,
                         .descriptor_fields = d->fields,
                         .descriptors_n = v->descriptors_n,
                         .rows = v->rows,
                         .columns = d->columns };
    if (!batch_kind_find(v->kind, &b->kind))
        return error_set(e, STATUS_BAD, "batch: kind \"%.*s\": expected records, sessions or summaries", (int)v->kind.n,
                         v->kind.p);
    if (b->source.n == 0 || b->stream.n == 0)
        return error_set(e, STATUS_BAD, "batch: an empty name of source or stream");
    if (b->to < b->from || b->to - b->from > UINT32_MAX)
        return error_set(e, STATUS_BAD, "batch: positions %llu to %llu are no span of less than 4 GiB",
                         (unsigned long long)b->from, (unsigned long long)b->to);
    if (b->to > INT64_MAX)
        return error_set(e, STATUS_BAD, "batch: position %llu: expected less than 2^63", (unsigned long long)b->to);
    if (b->to_ordinal < b->from_ordinal)
        return error_set(e, STATUS_BAD, "batch: the ordinals go backwards");
    return STATUS_OK;
}

/* ------------------------------------------------------------------ packed texts */

static uint32_t load_u32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint16_t load_u16(const unsigned char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* n little-endian u32 that never go down; on success *last is the last one, 0 if there is none. */
static bool check_ascending(const unsigned char *p, size_t n, uint32_t *last)
{
    uint32_t down = 0;
    for (size_t i = 1; i < n; i++) /* every value is loaded twice, so that the loop is of independent steps */
        down |= load_u32(p + 4 * i) < load_u32(p + 4 * i - 4);
    *last = n ? load_u32(p + 4 * (n - 1)) : 0;
    return !down;
}

/* n end offsets, then the texts, to the last byte. */
static bool check_texts(struct span data, size_t n)
{
    uint32_t last;
    return data.n / 4 >= n && check_ascending((const unsigned char *)data.p, n, &last) && data.n - 4 * n == last;
}

static enum status read_descriptors(struct batch_decoder *d, const struct envelope *v, struct error *e)
{
    struct batch *b = &d->batch;
    uint32_t fields_n = v->descriptor_fields ? v->descriptor_fields->via.array.size : 0;
    for (uint32_t i = 0; i < fields_n; i++) {
        struct span *field = &d->fields[i];
        if (!document_text(&v->descriptor_fields->via.array.ptr[i], field) || field->n == 0)
            return error_set(e, STATUS_BAD, "batch: descriptor field %u: expected a name", i);
        if (field->n > WIRE_NAME_BYTES_MAX)
            return error_set(e, STATUS_LIMIT, "batch: the name of descriptor field %u is too long", i);
    }
    b->descriptor_fields_n = fields_n;
    size_t cells = (size_t)fields_n * b->descriptors_n;
    if (!check_texts(v->descriptors, cells))
        return error_set(e, STATUS_BAD, "batch: descriptors: expected %zu end offsets and their texts", cells);
    if (cells > d->descriptors_capacity) {
        d->descriptors = allocate_more(d->descriptors, cells, sizeof *d->descriptors);
        d->descriptors_capacity = cells;
    }
    const unsigned char *ends = (const unsigned char *)v->descriptors.p;
    uint32_t begin = 0;
    for (size_t i = 0; i < cells; i++) {
        uint32_t end = load_u32(ends + 4 * i);
        d->descriptors[i] = span_of(v->descriptors.p + 4 * cells + begin, end - begin);
        begin = end;
    }
    b->descriptors = d->descriptors;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ columns */

struct raw_column {
    struct span name, type, data, nulls;
    int64_t base;
};

static const struct key_rule column_rules[] = {
    RULE(raw_column, "name", VALUE_TEXT, name, WIRE_NAME_BYTES_MAX),
    RULE(raw_column, "type", VALUE_TEXT, type, WIRE_NAME_BYTES_MAX),
    RULE(raw_column, "data", VALUE_BYTES, data, WIRE_PAYLOAD_BYTES_MAX),
    /* optional from here on */
    RULE(raw_column, "base", VALUE_I64, base, UINT64_MAX),
    RULE(raw_column, "nulls", VALUE_BYTES, nulls, WIRE_PAYLOAD_BYTES_MAX),
};

enum { COLUMN_RULES = sizeof column_rules / sizeof column_rules[0], COLUMN_NEEDED = 3, COLUMN_NULLS = 4 };

static enum status wrong_column(const struct column *c, const char *expected, struct error *e)
{
    return error_set(e, STATUS_BAD, "batch: column \"%.*s\": expected %s", (int)c->name.n, c->name.p, expected);
}

static enum status read_column(const msgpack_object *o, uint32_t rows, struct column *c, struct error *e)
{
    if (o->type != MSGPACK_OBJECT_MAP)
        return error_set(e, STATUS_BAD, "batch: a column is not a map");
    struct raw_column raw = { 0 };
    uint64_t seen;
    enum status status = document_read(o, column_rules, COLUMN_RULES, &raw, &seen, "column", e);
    if (!status)
        status = missing(column_rules, COLUMN_NEEDED, seen, "column", e);
    if (status)
        return status;
    *c = (struct column){
        .name = raw.name, .base = raw.base, .data = (const unsigned char *)raw.data.p, .data_bytes = raw.data.n
    };
    if (raw.name.n == 0)
        return wrong_column(c, "a name", e);
    if (!column_type_find(raw.type, &c->type))
        return wrong_column(c, "type u8, u16, u32, i64 or text", e);
    if (c->type == COLUMN_TEXT ? !check_texts(raw.data, rows) : raw.data.n != (size_t)rows * column_width(c->type))
        return wrong_column(c, "data of the length that rows and type call for, end offsets ascending", e);
    /* base + stored value must stay inside int64 (an i64 wraps by definition) */
    if (c->type != COLUMN_TEXT && c->type != COLUMN_I64 && c->base > INT64_MAX - (int64_t)column_stored_max(c->type))
        return wrong_column(c, "a base that leaves room for the stored values", e);
    if (seen >> COLUMN_NULLS & 1) {
        if (raw.nulls.n != (rows + 7) / 8)
            return wrong_column(c, "one bit of nulls per row", e);
        c->nulls = (const unsigned char *)raw.nulls.p;
    }
    return STATUS_OK;
}

static enum status read_columns(struct batch_decoder *d, const struct envelope *v, struct error *e)
{
    struct batch *b = &d->batch;
    uint32_t n = v->columns ? v->columns->via.array.size : 0;
    for (uint32_t i = 0; i < n; i++) {
        enum status status = read_column(&v->columns->via.array.ptr[i], b->rows, &d->columns[i], e);
        if (status)
            return status;
        for (uint32_t k = 0; k < i; k++)
            if (span_equal(d->columns[k].name, d->columns[i].name))
                return wrong_column(&d->columns[i], "each name once", e);
    }
    b->columns_n = n;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ columns with a meaning */

static bool is_integer(const struct column *c)
{
    return c->type != COLUMN_TEXT;
}

/* Least and largest stored value: one plain loop per width. */
static void stored_range(const struct column *c, uint32_t rows, uint32_t *least, uint32_t *most)
{
    uint32_t low = UINT32_MAX, high = 0;
    if (c->type == COLUMN_U8) {
        unsigned char low8 = UINT8_MAX, high8 = 0;
        for (uint32_t i = 0; i < rows; i++) {
            low8 = c->data[i] < low8 ? c->data[i] : low8;
            high8 = c->data[i] > high8 ? c->data[i] : high8;
        }
        low = low8;
        high = high8;
    } else if (c->type == COLUMN_U16) {
        uint16_t low16 = UINT16_MAX, high16 = 0;
        for (uint32_t i = 0; i < rows; i++) {
            uint16_t x = load_u16(c->data + 2 * (size_t)i);
            low16 = x < low16 ? x : low16;
            high16 = x > high16 ? x : high16;
        }
        low = low16;
        high = high16;
    } else {
        for (uint32_t i = 0; i < rows; i++) {
            uint32_t x = load_u32(c->data + 4 * (size_t)i);
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
    }
    *least = low;
    *most = high;
}

/* Least and largest value of the rows that have one; false if no row has. */
static bool column_range(const struct column *c, uint32_t rows, int64_t *least, int64_t *most)
{
    if (!c->nulls && c->type != COLUMN_I64) { /* as a rule */
        uint32_t low, high;
        stored_range(c, rows, &low, &high);
        *least = c->base + low;
        *most = c->base + high;
        return rows != 0;
    }
    bool any = false;
    *least = INT64_MAX;
    *most = INT64_MIN;
    for (uint32_t i = 0; i < rows; i++) {
        if (column_null(c, i))
            continue;
        int64_t x = column_integer(c, i);
        *least = x < *least ? x : *least;
        *most = x > *most ? x : *most;
        any = true;
    }
    return any;
}

enum nulls_rule { NULLS_NONE, NULLS_ALLOWED };

static enum status check_range(const struct batch *b, const char *name, int64_t least, int64_t most,
                               enum nulls_rule nulls, const char *expected, struct error *e)
{
    const struct column *c = batch_column(b, name);
    if (!c)
        return error_set(e, STATUS_BAD, "batch: column \"%s\" is missing", name);
    int64_t low, high;
    if (!is_integer(c) || (nulls == NULLS_NONE && c->nulls) ||
        (column_range(c, b->rows, &low, &high) && (low < least || high > most)))
        return wrong_column(c, expected, e);
    return STATUS_OK;
}

static enum status check_descriptor(const struct batch *b, struct error *e)
{
    const struct column *c = batch_column(b, "descriptor");
    int64_t low, high;
    if (!c)
        return error_set(e, STATUS_BAD, "batch: column \"descriptor\" is missing");
    if (!is_integer(c) || c->type == COLUMN_I64 || c->base != 0 || c->nulls)
        return wrong_column(c, "u8, u16 or u32 without base and nulls", e);
    if (column_range(c, b->rows, &low, &high) && high >= (int64_t)b->descriptors_n)
        return wrong_column(c, "numbers less than descriptors_n", e);
    return STATUS_OK;
}

/* Rows stand in the order of their positions, inside the batch's span: what was applied once is recognised by it. */
static enum status check_positions(const struct batch *b, struct error *e)
{
    const struct column *c = batch_column(b, "position");
    if (!c)
        return error_set(e, STATUS_BAD, "batch: column \"position\" is missing");
    if (c->type != COLUMN_U32 || (uint64_t)c->base != b->from || c->nulls)
        return wrong_column(c, "u32 with the base `from`, without nulls", e);
    uint32_t last;
    if (!check_ascending(c->data, b->rows, &last) || last >= b->to - b->from)
        return wrong_column(c, "ascending positions inside [from, to)", e);
    return STATUS_OK;
}

static enum status check_meaning(const struct batch *b, struct error *e)
{
    static const char time_expected[] = "milliseconds of the years 1 to 9999";
    static const char port_expected[] = "0 to 65535";
    enum status status = STATUS_OK;
    if (b->rows == 0)
        return STATUS_OK;
    status = check_descriptor(b, e);
    if (!status && b->kind != BATCH_SUMMARIES)
        status = check_positions(b, e);
    if (!status && b->kind != BATCH_SUMMARIES)
        status = check_range(b, "time", TIMESTAMP_MIN_MS, TIMESTAMP_MAX_MS,
                             b->kind == BATCH_RECORDS ? NULLS_ALLOWED : NULLS_NONE, time_expected, e);
    if (!status && b->kind != BATCH_RECORDS)
        status = check_range(b, "port", 0, 65535, NULLS_ALLOWED, port_expected, e);
    if (!status && b->kind == BATCH_SUMMARIES)
        status = check_range(b, "window", INT64_MIN, INT64_MAX, NULLS_NONE, "integers", e);
    if (!status && b->kind == BATCH_SUMMARIES)
        status = check_range(b, "count", 0, INT64_MAX, NULLS_NONE, "counts, none negative", e);
    if (!status && b->kind == BATCH_SESSIONS && batch_column(b, "count"))
        status = check_range(b, "count", 0, INT64_MAX, NULLS_NONE, "counts, none negative", e);
    if (!status && b->kind == BATCH_SESSIONS && batch_column(b, "first"))
        status = check_range(b, "first", 0, 1, NULLS_NONE, "0 or 1", e);
    return status;
}

/* ------------------------------------------------------------------ others */

struct raw_others {
    uint32_t n;
    struct span positions, reasons;
    const msgpack_object *reason;
};

static const struct key_rule others_rules[] = {
    RULE(raw_others, "n", VALUE_U32, n, WIRE_OTHERS_MAX),
    RULE(raw_others, "positions", VALUE_BYTES, positions, WIRE_PAYLOAD_BYTES_MAX),
    RULE(raw_others, "reasons", VALUE_BYTES, reasons, WIRE_PAYLOAD_BYTES_MAX),
    RULE(raw_others, "reason", VALUE_ARRAY, reason, WIRE_REASONS_MAX),
};

enum { OTHERS_RULES = sizeof others_rules / sizeof others_rules[0] };

static enum status read_reason(const msgpack_object *o, struct reason *out, struct error *e)
{
    struct span verdict;
    if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 2 || !document_text(&o->via.array.ptr[0], &verdict) ||
        !verdict_find(verdict, &out->verdict) || !document_text(&o->via.array.ptr[1], &out->text) || out->text.n == 0 ||
        out->text.n > WIRE_NAME_BYTES_MAX)
        return error_set(e, STATUS_BAD, "batch: others: a reason is not [\"skip\", \"bad\" or \"limit\", word]");
    return STATUS_OK;
}

static enum status read_others(struct batch_decoder *d, const struct envelope *v, struct error *e)
{
    struct batch *b = &d->batch;
    b->others = (struct others){ .reason = d->reasons };
    if (!v->others)
        return STATUS_OK;
    struct raw_others raw = { 0 };
    uint64_t seen;
    enum status status = document_read(v->others, others_rules, OTHERS_RULES, &raw, &seen, "others", e);
    if (!status)
        status = missing(others_rules, OTHERS_RULES, seen, "others", e);
    if (status)
        return status;
    uint32_t reasons_n = raw.reason->via.array.size;
    for (uint32_t i = 0; !status && i < reasons_n; i++)
        status = read_reason(&raw.reason->via.array.ptr[i], &d->reasons[i], e);
    if (status)
        return status;
    const unsigned char *positions = (const unsigned char *)raw.positions.p;
    const unsigned char *reasons = (const unsigned char *)raw.reasons.p;
    uint32_t last = 0, out_of_range = 0;
    if (raw.positions.n != 4 * (size_t)raw.n || raw.reasons.n != 2 * (size_t)raw.n)
        return error_set(e, STATUS_BAD, "batch: others: expected 4 bytes of position and 2 of reason for each");
    if (raw.n && (!check_ascending(positions, raw.n, &last) || last >= b->to - b->from))
        return error_set(e, STATUS_BAD, "batch: others: expected ascending positions inside [from, to)");
    for (uint32_t i = 0; i < raw.n; i++)
        out_of_range |= load_u16(reasons + 2 * (size_t)i) >= reasons_n;
    if (out_of_range)
        return error_set(e, STATUS_BAD, "batch: others: a reason that is not in the table");
    b->others = (struct others){
        .n = raw.n, .positions = positions, .reasons = reasons, .reasons_n = reasons_n, .reason = d->reasons
    };
    return STATUS_OK;
}

enum status batch_decode(struct batch_decoder *d, struct span payload, const struct batch **out, struct error *e)
{
    *out = NULL;
    if (payload.n > WIRE_PAYLOAD_BYTES_MAX)
        return error_set(e, STATUS_LIMIT, "batch: %zu bytes, the limit is %d", payload.n, WIRE_PAYLOAD_BYTES_MAX);
    struct envelope v;
    enum status status = document_open(&d->document, payload, ENTRIES_MAX, e);
    if (!status)
        status = read_envelope(d, &v, e);
    if (!status)
        status = read_descriptors(d, &v, e);
    if (!status)
        status = read_columns(d, &v, e);
    if (!status)
        status = check_meaning(&d->batch, e);
    if (!status)
        status = read_others(d, &v, e);
    if (!status)
        *out = &d->batch;
    return status;
}
