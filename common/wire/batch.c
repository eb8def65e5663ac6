#include "common/wire/batch.h"

#include "common/wire/document.h"
#include "common/wire/names.h"

/* ------------------------------------------------------------------ names of enumerations on the wire */

static const char *const kind_names[] = {
    [BATCH_RECORDS] = "records",
    [BATCH_SESSIONS] = "sessions",
    [BATCH_SUMMARIES] = "summaries",
};

static const char *const type_names[] = {
    [COLUMN_U8] = "u8", [COLUMN_U16] = "u16", [COLUMN_U32] = "u32", [COLUMN_I64] = "i64", [COLUMN_TEXT] = "text",
};

static const char *const verdict_names[] = {
    [VERDICT_SKIP] = "skip",
    [VERDICT_BAD] = "bad",
    [VERDICT_LIMIT] = "limit",
};

static bool find_name(const char *const *names, unsigned names_n, struct span text, unsigned *out)
{
    for (unsigned i = 1; i < names_n; i++) {
        if (span_is(text, names[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool batch_kind_find(struct span text, enum batch_kind *out)
{
    unsigned i;
    if (!find_name(kind_names, sizeof kind_names / sizeof kind_names[0], text, &i))
        return false;
    *out = (enum batch_kind)i;
    return true;
}

bool column_type_find(struct span text, enum column_type *out)
{
    unsigned i;
    if (!find_name(type_names, sizeof type_names / sizeof type_names[0], text, &i))
        return false;
    *out = (enum column_type)i;
    return true;
}

bool verdict_find(struct span text, enum verdict *out)
{
    unsigned i;
    if (!find_name(verdict_names, sizeof verdict_names / sizeof verdict_names[0], text, &i))
        return false;
    *out = (enum verdict)i;
    return true;
}

unsigned column_width(enum column_type type)
{
    switch (type) {
    case COLUMN_U8:
        return 1;
    case COLUMN_U16:
        return 2;
    case COLUMN_U32:
        return 4;
    case COLUMN_I64:
        return 8;
    case COLUMN_TEXT:
        return 4;
    }
    return 0;
}

const struct column *batch_column(const struct batch *b, const char *name)
{
    struct span wanted = span_text(name);
    for (uint32_t i = 0; i < b->columns_n; i++)
        if (span_equal(b->columns[i].name, wanted))
            return &b->columns[i];
    return NULL;
}

/* ------------------------------------------------------------------ columns of the least width */

static bool is_null(const unsigned char *nulls, uint32_t row)
{
    return nulls && (nulls[row >> 3] >> (row & 7) & 1);
}

/* One number of a column that is still to be encoded. */
static inline uint64_t load_value(const void *values, unsigned width, uint32_t row)
{
    uint64_t v = 0; /* little endian, as all of the wire */
    memcpy(&v, (const char *)values + (size_t)width * row, width);
    return v;
}

/* Inlined with constant widths this is one plain loop each: it is done for every row of every column. */
static inline __attribute__((always_inline)) void narrow(char *to, unsigned to_width, const void *values,
                                                         unsigned width, uint64_t base, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t v = load_value(values, width, i) - base;
        memcpy(to + (size_t)to_width * i, &v, to_width);
    }
}

static inline __attribute__((always_inline)) void narrow_from(char *to, unsigned to_width, const struct column *c,
                                                              uint32_t n)
{
    if (c->values_width == 2)
        narrow(to, to_width, c->values, 2, (uint64_t)c->base, n);
    else if (c->values_width == 4)
        narrow(to, to_width, c->values, 4, (uint64_t)c->base, n);
    else
        narrow(to, to_width, c->values, 8, (uint64_t)c->base, n);
}

/* The same bytes for the same rows: what stands where there is no value does not reach the wire. */
static void clear_nulls(char *to, unsigned width, uint32_t n, const unsigned char *nulls)
{
    for (uint32_t i = 0; i < n; i++)
        if (is_null(nulls, i))
            memset(to + (size_t)i * width, 0, width);
}

/* The column's bytes, as they are on the wire. */
static void store_column(char *to, const struct column *c, uint32_t n)
{
    unsigned width = column_width(c->type);
    if (c->values_width == width && c->base == 0)
        memcpy(to, c->values, (size_t)n * width);
    else if (width == 1)
        narrow_from(to, 1, c, n);
    else if (width == 2)
        narrow_from(to, 2, c, n);
    else if (width == 4)
        narrow_from(to, 4, c, n);
    else
        narrow_from(to, 8, c, n);
    if (c->nulls)
        clear_nulls(to, width, n, c->nulls);
}

int64_t column_value(const struct column *c, uint32_t row)
{
    return column_null(c, row) ? c->base : (int64_t)load_value(c->values, c->values_width, row);
}

static void find_range(const int64_t *values, uint32_t n, const unsigned char *nulls, int64_t *least, int64_t *most)
{
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (uint32_t i = 0; i < n; i++) {
        if (nulls && is_null(nulls, i))
            continue;
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    *least = low;
    *most = high;
}

struct column column_of_integers(struct span name, const int64_t *values, uint32_t n, const unsigned char *nulls)
{
    int64_t least, most;
    find_range(values, n, nulls, &least, &most);
    struct column c = { .name = name, .type = COLUMN_U8, .nulls = nulls, .values = values, .values_width = 8 };
    if (least <= most) {
        uint64_t range = (uint64_t)most - (uint64_t)least;
        c.type = range <= UINT8_MAX    ? COLUMN_U8
                 : range <= UINT16_MAX ? COLUMN_U16
                 : range <= UINT32_MAX ? COLUMN_U32
                                       : COLUMN_I64;
        /* Small values need no base; near the top of int64 a base could carry a garbage value over its end. */
        if (c.type != COLUMN_I64 && (least < 0 || (uint64_t)most > column_stored_max(c.type)))
            c.base = least;
        if (c.type != COLUMN_I64 && c.base > INT64_MAX - (int64_t)column_stored_max(c.type)) {
            c.type = COLUMN_I64;
            c.base = 0;
        }
    }
    c.data_bytes = (size_t)n * column_width(c.type);
    return c;
}

struct column_plan column_plan_integers(struct buffer *storage, const int64_t *values, uint32_t n,
                                        const unsigned char *nulls)
{
    struct column c = column_of_integers((struct span){ 0 }, values, n, nulls);
    struct column_plan plan = { .at = storage->n, .type = c.type, .base = c.base, .bytes = c.data_bytes };
    store_column(buffer_reserve(storage, plan.bytes), &c, n);
    storage->n += plan.bytes;
    return plan;
}

struct column column_from_plan(const struct buffer *storage, const struct column_plan *plan, struct span name,
                               const unsigned char *nulls)
{
    return (struct column){
        .name = name,
        .type = plan->type,
        .base = plan->base,
        .data = (const unsigned char *)storage->p + plan->at,
        .data_bytes = plan->bytes,
        .nulls = nulls,
    };
}

/* ------------------------------------------------------------------ encoding */

static enum status over(struct error *e, const char *what, size_t n, size_t max)
{
    return error_set(e, STATUS_LIMIT, "batch: %zu %s, the limit is %zu", n, what, max);
}

static enum status check_name(struct span s, const char *what, struct error *e)
{
    if (s.n > WIRE_NAME_BYTES_MAX)
        return over(e, what, s.n, WIRE_NAME_BYTES_MAX);
    return STATUS_OK;
}

/* The bounds that the other end will insist on. */
static enum status check_bounds(const struct batch *b, struct error *e)
{
    if (b->rows > WIRE_ROWS_MAX)
        return over(e, "rows", b->rows, WIRE_ROWS_MAX);
    if (b->columns_n > WIRE_COLUMNS_MAX)
        return over(e, "columns", b->columns_n, WIRE_COLUMNS_MAX);
    if (b->descriptors_n > WIRE_DESCRIPTORS_MAX)
        return over(e, "descriptors", b->descriptors_n, WIRE_DESCRIPTORS_MAX);
    if (b->descriptor_fields_n > WIRE_DESCRIPTOR_FIELDS_MAX)
        return over(e, "descriptor fields", b->descriptor_fields_n, WIRE_DESCRIPTOR_FIELDS_MAX);
    if (b->others.n > WIRE_OTHERS_MAX)
        return over(e, "others", b->others.n, WIRE_OTHERS_MAX);
    if (b->others.reasons_n > WIRE_REASONS_MAX)
        return over(e, "reasons", b->others.reasons_n, WIRE_REASONS_MAX);
    if (b->to < b->from || b->to - b->from > UINT32_MAX)
        return error_set(e, STATUS_LIMIT, "batch: positions %llu to %llu are no span of less than 4 GiB",
                         (unsigned long long)b->from, (unsigned long long)b->to);
    enum status status = check_name(b->source, "bytes in the name of the source", e);
    if (!status)
        status = check_name(b->stream, "bytes in the name of the stream", e);
    size_t bytes = 0;
    for (uint32_t i = 0; !status && i < b->columns_n; i++) {
        const struct column *c = &b->columns[i];
        CHECK(c->type == COLUMN_TEXT || c->data_bytes == (size_t)b->rows * column_width(c->type));
        bytes += c->data_bytes;
        if (bytes > WIRE_PAYLOAD_BYTES_MAX)
            return over(e, "bytes of columns", bytes, WIRE_PAYLOAD_BYTES_MAX);
        status = check_name(c->name, "bytes in the name of a column", e);
    }
    for (uint32_t i = 0; !status && i < b->descriptor_fields_n; i++)
        status = check_name(b->descriptor_fields[i], "bytes in the name of a field", e);
    for (uint32_t i = 0; !status && i < b->others.reasons_n; i++)
        status = check_name(b->others.reason[i].text, "bytes in a reason", e);
    return status;
}

static enum status pack_descriptors(msgpack_packer *p, const struct batch *b, struct buffer *out, struct error *e)
{
    pack_key(p, "descriptor_fields");
    msgpack_pack_array(p, b->descriptor_fields_n);
    for (uint32_t i = 0; i < b->descriptor_fields_n; i++)
        pack_text(p, b->descriptor_fields[i]);
    pack_key_u64(p, "descriptors_n", b->descriptors_n);

    size_t cells = (size_t)b->descriptors_n * b->descriptor_fields_n, bytes = 4 * cells;
    for (size_t i = 0; i < cells; i++) {
        bytes += b->descriptors[i].n;
        if (bytes > WIRE_PAYLOAD_BYTES_MAX)
            return over(e, "bytes of descriptors", bytes, WIRE_PAYLOAD_BYTES_MAX);
    }
    pack_key(p, "descriptors");
    msgpack_pack_bin(p, bytes);
    char *ends = buffer_reserve(out, bytes);
    char *text = ends + 4 * cells;
    out->n += bytes;
    uint32_t end = 0;
    for (size_t i = 0; i < cells; i++) {
        struct span s = b->descriptors[i];
        if (s.n)
            memcpy(text + end, s.p, s.n);
        end += (uint32_t)s.n;
        memcpy(ends + 4 * i, &end, sizeof end);
    }
    return STATUS_OK;
}

static void pack_columns(msgpack_packer *p, const struct batch *b, struct buffer *out)
{
    pack_key(p, "columns");
    msgpack_pack_array(p, b->columns_n);
    for (uint32_t i = 0; i < b->columns_n; i++) {
        const struct column *c = &b->columns[i];
        msgpack_pack_map(p, 3u + (c->base != 0) + (c->nulls != NULL));
        pack_key_text(p, "name", c->name);
        pack_key_text(p, "type", span_text(type_names[c->type]));
        if (c->base)
            pack_key_i64(p, "base", c->base);
        if (c->values) {
            pack_key(p, "data");
            msgpack_pack_bin(p, c->data_bytes);
            store_column(buffer_reserve(out, c->data_bytes), c, b->rows);
            out->n += c->data_bytes;
        } else {
            pack_key_bytes(p, "data", c->data, c->data_bytes);
        }
        if (c->nulls)
            pack_key_bytes(p, "nulls", c->nulls, (b->rows + 7) / 8);
    }
}

static void pack_others(msgpack_packer *p, const struct others *o)
{
    pack_key(p, "others");
    msgpack_pack_map(p, 4);
    pack_key_u64(p, "n", o->n);
    pack_key_bytes(p, "positions", o->positions, 4 * (size_t)o->n);
    pack_key_bytes(p, "reasons", o->reasons, 2 * (size_t)o->n);
    pack_key(p, "reason");
    msgpack_pack_array(p, o->reasons_n);
    for (uint32_t i = 0; i < o->reasons_n; i++) {
        msgpack_pack_array(p, 2);
        pack_text(p, span_text(verdict_names[o->reason[i].verdict]));
        pack_text(p, o->reason[i].text);
    }
}

enum status batch_encode(const struct batch *b, struct buffer *out, struct error *e)
{
    enum status status = check_bounds(b, e);
    if (status)
        return status;
    size_t before = out->n;
    msgpack_packer p;
    document_packer(&p, out);
    msgpack_pack_map(&p, 14u + (b->others.n != 0));
    pack_key_text(&p, "kind", span_text(kind_names[b->kind]));
    pack_key_text(&p, "source", b->source);
    pack_key_text(&p, "stream", b->stream);
    pack_key_u64(&p, "epoch", b->epoch);
    pack_key_u64(&p, "from", b->from);
    pack_key_u64(&p, "to", b->to);
    pack_key_u64(&p, "from_ordinal", b->from_ordinal);
    pack_key_u64(&p, "to_ordinal", b->to_ordinal);
    pack_key_time(&p, "high_water", b->high_water_ms);
    status = pack_descriptors(&p, b, out, e);
    if (!status) {
        pack_key_u64(&p, "rows", b->rows);
        pack_columns(&p, b, out);
    }
    if (!status && b->others.n)
        pack_others(&p, &b->others);
    if (!status && out->n - before > WIRE_PAYLOAD_BYTES_MAX)
        status = over(e, "bytes", out->n - before, WIRE_PAYLOAD_BYTES_MAX);
    if (status)
        out->n = before;
    return status;
}
