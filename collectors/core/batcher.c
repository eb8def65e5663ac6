#include "core/batcher.h"

#include "core/descriptors.h"

#include "common/utf8.h"

#include <stdlib.h>

enum { MASK_WORDS = RECORD_FIELDS_MAX / 64, TEXT_BYTES_MAX = 8 << 20, FIXED_COLUMNS = 3 };

/* One field's values in the batch; storage stays from batch to batch. */
struct values {
    enum field_kind kind;
    int64_t *number;
    uint16_t *port; /* instead of numbers */
    unsigned char *nulls;
    uint32_t *text_end; /* filled up to `rows`, lazily */
    struct buffer text;
    uint32_t filled;  /* rows that have been given a value or none: rows without one are noted when one comes */
    uint32_t present; /* rows that have a value */
};

struct batcher {
    const struct collector *collector;
    struct batch_limits limits;
    uint64_t descriptor_mask[MASK_WORDS]; /* wanted, of kind descriptor */
    uint64_t column_mask[MASK_WORDS];     /* wanted, of any other kind */
    struct values values[RECORD_FIELDS_MAX];
    struct descriptors *descriptors;
    uint32_t *number; /* of each row's descriptor */
    int64_t *time;
    uint32_t *position;
    uint32_t rows;
    size_t text_bytes;

    uint32_t *other_position;
    uint16_t *other_reason;
    uint32_t others;
    struct reason reason[WIRE_REASONS_MAX];
    uint32_t reasons;

    struct batch batch;
    struct column column[RECORD_FIELDS_MAX + FIXED_COLUMNS];
    struct column_plan plan[RECORD_FIELDS_MAX + FIXED_COLUMNS];
    struct span field_name[WIRE_DESCRIPTOR_FIELDS_MAX];
    struct buffer storage;
};

struct batcher *batcher_new(const struct collector *collector, const struct batch_limits *limits)
{
    struct batcher *b = allocate(1, sizeof *b);
    b->collector = collector;
    b->limits = *limits;
    if (!b->limits.rows)
        b->limits.rows = 32768;
    if (!b->limits.others)
        b->limits.others = 16384;
    if (!b->limits.descriptors)
        b->limits.descriptors = 4096;
    if (!b->limits.input_bytes)
        b->limits.input_bytes = 4 << 20;
    CHECK(b->limits.rows <= WIRE_ROWS_MAX && b->limits.others <= WIRE_OTHERS_MAX);
    CHECK(b->limits.descriptors <= WIRE_DESCRIPTORS_MAX && collector->fields_n <= RECORD_FIELDS_MAX);
    b->descriptors = descriptors_new(b->limits.descriptors);
    b->number = allocate(b->limits.rows, sizeof *b->number);
    b->time = allocate(b->limits.rows, sizeof *b->time);
    b->position = allocate(b->limits.rows, sizeof *b->position);
    b->other_position = allocate(b->limits.others, sizeof *b->other_position);
    b->other_reason = allocate(b->limits.others, sizeof *b->other_reason);
    return b;
}

void batcher_free(struct batcher **batcher)
{
    struct batcher *b = *batcher;
    if (!b)
        return;
    for (unsigned f = 0; f < RECORD_FIELDS_MAX; f++) {
        free(b->values[f].number);
        free(b->values[f].port);
        free(b->values[f].nulls);
        free(b->values[f].text_end);
        buffer_fini(&b->values[f].text);
    }
    descriptors_free(&b->descriptors);
    free(b->number);
    free(b->time);
    free(b->position);
    free(b->other_position);
    free(b->other_reason);
    buffer_fini(&b->storage);
    free(b);
    *batcher = NULL;
}

static void begin_values(struct batcher *b, unsigned f, enum field_kind kind)
{
    struct values *v = &b->values[f];
    v->kind = kind;
    if (kind == FIELD_TEXT) {
        if (!v->text_end)
            v->text_end = allocate(b->limits.rows, sizeof *v->text_end);
    } else if (!v->nulls) {
        if (kind == FIELD_PORT)
            v->port = allocate(b->limits.rows, sizeof *v->port);
        else
            v->number = allocate(b->limits.rows, sizeof *v->number);
        v->nulls = allocate((b->limits.rows + 7) / 8, 1);
    }
    if (v->nulls && v->present < v->filled)
        memset(v->nulls, 0, (b->limits.rows + 7) / 8);
    buffer_clear(&v->text);
    v->filled = v->present = 0;
}

void batcher_begin(struct batcher *b, const uint64_t *wanted, uint64_t from)
{
    memset(b->descriptor_mask, 0, sizeof b->descriptor_mask);
    memset(b->column_mask, 0, sizeof b->column_mask);
    uint32_t names = 0;
    for (unsigned f = 0; f < b->collector->fields_n; f++) {
        if (!(wanted[f / 64] >> (f % 64) & 1))
            continue;
        enum field_kind kind = b->collector->fields[f].kind;
        (kind == FIELD_DESCRIPTOR ? b->descriptor_mask : b->column_mask)[f / 64] |= UINT64_C(1) << (f % 64);
        if (kind != FIELD_DESCRIPTOR) {
            begin_values(b, f, kind);
            continue;
        }
        CHECK(names < WIRE_DESCRIPTOR_FIELDS_MAX);
        b->field_name[names++] = span_text(b->collector->fields[f].name);
    }
    descriptors_begin(b->descriptors, b->descriptor_mask, names);
    b->rows = b->others = b->reasons = 0;
    b->text_bytes = 0;
    b->batch = (struct batch){
        .kind = BATCH_RECORDS, .from = from, .descriptor_fields_n = names, .descriptor_fields = b->field_name
    };
}

static void append_text(struct batcher *b, struct values *v, uint32_t row, struct span text)
{
    while (v->filled < row)
        v->text_end[v->filled++] = (uint32_t)v->text.n;
    size_t before = v->text.n;
    if (utf8_valid(text))
        buffer_append_span(&v->text, text);
    else
        utf8_append_valid(&v->text, text);
    v->text_end[v->filled++] = (uint32_t)v->text.n;
    v->present++;
    b->text_bytes += v->text.n - before;
}

/* Rows up to `row` that have had no value; `port`: one that another row has, so that it does not widen the column. */
static void fill_nulls(struct values *v, uint32_t row, uint16_t port)
{
    for (; v->filled < row; v->filled++) {
        v->nulls[v->filled / 8] |= (unsigned char)(1u << (v->filled % 8));
        if (v->port)
            v->port[v->filled] = port;
    }
}

static inline void append_number(struct values *v, uint32_t row, int64_t number)
{
    if (v->filled < row)
        fill_nulls(v, row, (uint16_t)number);
    if (v->port)
        v->port[row] = (uint16_t)number;
    else
        v->number[row] = number;
    v->filled++;
    v->present++;
}

void batcher_append(struct batcher *b, const struct record *r, uint64_t position)
{
    CHECK(b->rows < b->limits.rows && position >= b->batch.from && position - b->batch.from <= UINT32_MAX);
    uint32_t row = b->rows++;
    b->number[row] = descriptors_number(b->descriptors, r);
    b->time[row] = r->time_ms;
    b->position[row] = (uint32_t)(position - b->batch.from);
    for (unsigned w = 0; w < MASK_WORDS; w++) {
        for (uint64_t bits = r->present[w] & b->column_mask[w]; bits; bits &= bits - 1) {
            unsigned f = w * 64 + (unsigned)__builtin_ctzll(bits);
            struct values *v = &b->values[f];
            if (v->kind == FIELD_TEXT)
                append_text(b, v, row, r->value[f].text);
            else
                append_number(v, row, r->value[f].number);
        }
    }
}

static uint16_t reason_index(struct batcher *b, enum verdict verdict, const char *reason)
{
    if (!reason)
        reason = "unknown";
    for (uint32_t i = 0; i < b->reasons; i++)
        if (b->reason[i].verdict == verdict && (b->reason[i].text.p == reason || span_is(b->reason[i].text, reason)))
            return (uint16_t)i;
    b->reason[b->reasons] = (struct reason){ verdict, span_text(reason) };
    return (uint16_t)b->reasons++;
}

void batcher_append_other(struct batcher *b, enum verdict verdict, const char *reason, uint64_t position)
{
    CHECK(b->others < b->limits.others && position >= b->batch.from && position - b->batch.from <= UINT32_MAX);
    b->other_position[b->others] = (uint32_t)(position - b->batch.from);
    b->other_reason[b->others++] = reason_index(b, verdict, reason);
}

bool batcher_is_full(const struct batcher *b, uint64_t to)
{
    return b->rows >= b->limits.rows || b->others >= b->limits.others || to - b->batch.from >= b->limits.input_bytes ||
           descriptors_are_full(b->descriptors) || b->text_bytes >= TEXT_BYTES_MAX || b->reasons >= WIRE_REASONS_MAX;
}

bool batcher_is_empty(const struct batcher *b)
{
    return b->rows == 0 && b->others == 0;
}

/* Append the text column to the storage: end offsets, then the bytes. */
static struct column_plan plan_text(struct batcher *b, struct values *v)
{
    while (v->filled < b->rows)
        v->text_end[v->filled++] = (uint32_t)v->text.n;
    struct column_plan p = { .at = b->storage.n, .type = COLUMN_TEXT };
    buffer_append(&b->storage, v->text_end, b->rows * sizeof *v->text_end);
    buffer_append_span(&b->storage, buffer_span(&v->text));
    p.bytes = b->storage.n - p.at;
    return p;
}

/* Ports as the narrowest column, as column_of_integers would have it. */
static struct column column_of_ports(struct span name, const struct values *v, uint32_t rows,
                                     const unsigned char *nulls)
{
    uint16_t least = UINT16_MAX, most = 0;
    for (uint32_t i = 0; i < rows; i++) {
        least = v->port[i] < least ? v->port[i] : least;
        most = v->port[i] > most ? v->port[i] : most;
    }
    bool narrow = most - least <= UINT8_MAX;
    return (struct column){ .name = name,
                            .type = narrow ? COLUMN_U8 : COLUMN_U16,
                            .base = narrow && most > UINT8_MAX ? least : 0,
                            .data_bytes = rows * (narrow ? sizeof(uint8_t) : sizeof(uint16_t)),
                            .nulls = nulls,
                            .values = v->port,
                            .values_width = sizeof *v->port };
}

/* Numbers of descriptors: all below `n` occur. */
static struct column column_of_numbers(struct span name, const struct batcher *b, uint32_t n)
{
    bool narrow = n <= UINT8_MAX + 1;
    return (struct column){ .name = name,
                            .type = narrow ? COLUMN_U8 : COLUMN_U16,
                            .data_bytes = b->rows * (narrow ? sizeof(uint8_t) : sizeof(uint16_t)),
                            .values = b->number,
                            .values_width = sizeof *b->number };
}

static void finish_field(struct batcher *b, unsigned f, uint32_t *n)
{
    struct values *v = &b->values[f];
    if (!v->present)
        return;
    struct span name = span_text(b->collector->fields[f].name);
    struct column *c = &b->column[(*n)++];
    if (b->collector->fields[f].kind == FIELD_TEXT) {
        *c = (struct column){ .name = name };
        b->plan[c - b->column] = plan_text(b, v);
        return;
    }
    fill_nulls(v, b->rows, v->port ? v->port[v->filled - 1] : 0);
    const unsigned char *nulls = v->present < b->rows ? v->nulls : NULL;
    *c = v->port ? column_of_ports(name, v, b->rows, nulls) : column_of_integers(name, v->number, b->rows, nulls);
}

static void finish_fixed(struct batcher *b, uint32_t *n)
{
    b->column[0] = column_of_numbers(SPAN_LITERAL("descriptor"), b, descriptors_n(b->descriptors));
    b->column[1] = (struct column){ .name = SPAN_LITERAL("position"),
                                    .type = COLUMN_U32,
                                    .base = (int64_t)b->batch.from,
                                    .data = (const unsigned char *)b->position,
                                    .data_bytes = b->rows * sizeof *b->position };
    b->column[2] = column_of_integers(SPAN_LITERAL("time"), b->time, b->rows, NULL);
    *n = FIXED_COLUMNS;
}

struct batch *batcher_finish(struct batcher *b)
{
    struct batch *batch = &b->batch;
    uint32_t n = 0;
    buffer_clear(&b->storage);
    batch->rows = b->rows;
    if (b->rows) {
        finish_fixed(b, &n);
        for (unsigned f = 0; f < b->collector->fields_n; f++)
            if (b->column_mask[f / 64] >> (f % 64) & 1)
                finish_field(b, f, &n);
    }
    for (uint32_t i = 0; i < n; i++) /* the storage of texts does not move any more */
        if (!b->column[i].values && !b->column[i].data)
            b->column[i] = column_from_plan(&b->storage, &b->plan[i], b->column[i].name, NULL);
    batch->columns_n = n;
    batch->columns = b->column;
    batch->descriptors = descriptors_spans(b->descriptors, &batch->descriptors_n);
    batch->others = (struct others){ .n = b->others,
                                     .positions = (const unsigned char *)b->other_position,
                                     .reasons = (const unsigned char *)b->other_reason,
                                     .reasons_n = b->reasons,
                                     .reason = b->reason };
    return batch;
}
