/* Record batches for tests of what uses them: a growing batch of the fields proto, action (descriptor), dst_port,
 * src_port (ports), user (text), n (integer). */
#ifndef TIDEMARK_TEST_RECORD_BATCH_H
#define TIDEMARK_TEST_RECORD_BATCH_H

#include "common/timestamp.h"
#include "common/wire/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NO_VALUE = -1, BATCH_BYTES = 1 << 22 };

struct record_batch {
    struct batch b;
    struct span fields[2], *descriptors;
    struct column columns[7];
    uint32_t capacity, others_capacity;
    uint32_t *descriptor, *position;
    int64_t *time, *number, *dst_port, *src_port;
    unsigned char *time_null, *number_null, *dst_null, *src_null;
    struct buffer user_ends, users, user_column;
    uint32_t *other_positions;
    uint16_t *other_reasons;
    struct reason reasons[8];
    struct buffer encoded;
    bool narrow; /* columns as a collector makes them: no wider than needed, nulls only where there are some */
    struct buffer storage;
};

static inline void record_batch_init(struct record_batch *r, uint64_t from, uint32_t rows_max, uint32_t others_max)
{
    *r = (struct record_batch){ .capacity = rows_max, .others_capacity = others_max };
    size_t n = rows_max + 1;
    r->descriptors = allocate(2 * n, sizeof *r->descriptors);
    r->descriptor = allocate(n, 4);
    r->position = allocate(n, 4);
    r->time = allocate(n, 8);
    r->number = allocate(n, 8);
    r->dst_port = allocate(n, 8);
    r->src_port = allocate(n, 8);
    r->time_null = allocate(n, 1);
    r->number_null = allocate(n, 1);
    r->dst_null = allocate(n, 1);
    r->src_null = allocate(n, 1);
    r->other_positions = allocate(others_max + 1, 4);
    r->other_reasons = allocate(others_max + 1, 2);
    r->fields[0] = SPAN_LITERAL("proto");
    r->fields[1] = SPAN_LITERAL("action");
    r->b = (struct batch){ .kind = BATCH_RECORDS,
                           .source = SPAN_LITERAL("edge"),
                           .stream = SPAN_LITERAL("0"),
                           .epoch = 7,
                           .from = from,
                           .high_water_ms = 5,
                           .from_ordinal = 100,
                           .to_ordinal = 100,
                           .descriptor_fields_n = 2,
                           .descriptor_fields = r->fields,
                           .descriptors = r->descriptors };
}

static inline void record_batch_fini(struct record_batch *r)
{
    void *all[] = { r->descriptors, r->descriptor,      r->position,     r->time,        r->number,
                    r->dst_port,    r->src_port,        r->time_null,    r->number_null, r->dst_null,
                    r->src_null,    r->other_positions, r->other_reasons };
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    buffer_fini(&r->user_ends);
    buffer_fini(&r->users);
    buffer_fini(&r->user_column);
    buffer_fini(&r->encoded);
    buffer_fini(&r->storage);
}

static inline void set_null(unsigned char *bits, uint32_t row, bool null)
{
    if (null)
        bits[row >> 3] |= (unsigned char)(1u << (row & 7));
}

static inline uint32_t record_batch_descriptor(struct record_batch *r, const char *proto, const char *action)
{
    uint32_t i = 0;
    while (i < r->b.descriptors_n &&
           !(span_is(r->descriptors[2 * i], proto) && span_is(r->descriptors[2 * i + 1], action)))
        i++;
    if (i == r->b.descriptors_n) {
        r->descriptors[2 * i] = span_text(proto);
        r->descriptors[2 * i + 1] = span_text(action);
        r->b.descriptors_n++;
    }
    return i;
}

/* NO_VALUE: none; time TIMESTAMP_NONE: none.  `proto` and `action` must live on. */
static inline void record_batch_add(struct record_batch *r, uint32_t position, int64_t time, const char *proto,
                                    const char *action, int64_t dst_port, int64_t src_port, int64_t number)
{
    uint32_t row = r->b.rows++;
    assert_true(row < r->capacity);
    r->descriptor[row] = record_batch_descriptor(r, proto, action);
    r->position[row] = position;
    r->time[row] = time;
    r->dst_port[row] = dst_port;
    r->src_port[row] = src_port;
    r->number[row] = number;
    set_null(r->time_null, row, time == TIMESTAMP_NONE);
    set_null(r->dst_null, row, dst_port == NO_VALUE);
    set_null(r->src_null, row, src_port == NO_VALUE);
    set_null(r->number_null, row, number == NO_VALUE);
    buffer_append_format(&r->users, "u%u", row);
    uint32_t end = (uint32_t)r->users.n;
    buffer_append(&r->user_ends, &end, sizeof end);
    r->b.to_ordinal++;
}

static inline void record_batch_add_other(struct record_batch *r, uint32_t position, enum verdict verdict,
                                          const char *reason)
{
    uint32_t k = 0;
    while (k < r->b.others.reasons_n && !(r->reasons[k].verdict == verdict && span_is(r->reasons[k].text, reason)))
        k++;
    if (k == r->b.others.reasons_n) {
        assert_true(k < 8);
        r->reasons[r->b.others.reasons_n++] = (struct reason){ verdict, span_text(reason) };
    }
    assert_true(r->b.others.n < r->others_capacity);
    r->other_positions[r->b.others.n] = position;
    r->other_reasons[r->b.others.n++] = (uint16_t)k;
    r->b.to_ordinal++;
}

static inline struct column wide(const char *name, const int64_t *values, uint32_t rows, const unsigned char *nulls)
{
    return (struct column){ span_text(name),  COLUMN_I64, 0,    (const unsigned char *)values,
                            8 * (size_t)rows, nulls,      NULL, 0 };
}

static inline void record_batch_narrow(struct record_batch *r)
{
    const int64_t *values[] = { r->time, r->dst_port, r->src_port, r->number };
    const unsigned char *nulls[] = { r->time_null, r->dst_null, r->src_null, r->number_null };
    struct column_plan plans[4];
    for (unsigned i = 0; i < 4; i++) {
        bool any = false;
        for (uint32_t row = 0; row < r->b.rows; row++)
            any = any || nulls[i][row >> 3] >> (row & 7) & 1;
        nulls[i] = any ? nulls[i] : NULL;
        plans[i] = column_plan_integers(&r->storage, values[i], r->b.rows, nulls[i]);
    }
    for (unsigned i = 0; i < 4; i++)
        r->columns[2 + i] = column_from_plan(&r->storage, &plans[i], r->columns[2 + i].name, nulls[i]);
}

/* Encode and decode, so that what is tested is what can come over the wire. */
static inline const struct batch *record_batch_finish(struct record_batch *r, uint64_t to, struct batch_decoder *d)
{
    struct batch *b = &r->b;
    const struct batch *out;
    struct error e = { 0 };
    b->to = to;
    buffer_append_span(&r->user_column, buffer_span(&r->user_ends));
    buffer_append_span(&r->user_column, buffer_span(&r->users));
    r->columns[0] = (struct column){ SPAN_LITERAL("descriptor"), COLUMN_U32, 0,    (unsigned char *)r->descriptor,
                                     4 * (size_t)b->rows,        NULL,       NULL, 0 };
    r->columns[1] = (struct column){ SPAN_LITERAL("position"),
                                     COLUMN_U32,
                                     (int64_t)b->from,
                                     (unsigned char *)r->position,
                                     4 * (size_t)b->rows,
                                     NULL,
                                     NULL,
                                     0 };
    r->columns[2] = wide("time", r->time, b->rows, r->time_null);
    r->columns[3] = wide("dst_port", r->dst_port, b->rows, r->dst_null);
    r->columns[4] = wide("src_port", r->src_port, b->rows, r->src_null);
    r->columns[5] = wide("n", r->number, b->rows, r->number_null);
    r->columns[6] = (struct column){ SPAN_LITERAL("user"), COLUMN_TEXT, 0,    (unsigned char *)r->user_column.p,
                                     r->user_column.n,     NULL,        NULL, 0 };
    if (r->narrow)
        record_batch_narrow(r);
    b->columns = r->columns;
    b->columns_n = b->rows ? 7 : 0;
    b->others.positions = (unsigned char *)r->other_positions;
    b->others.reasons = (unsigned char *)r->other_reasons;
    b->others.reason = r->reasons;
    if (batch_encode(b, &r->encoded, &e) != STATUS_OK ||
        batch_decode(d, buffer_span(&r->encoded), &out, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    return out;
}

#endif
