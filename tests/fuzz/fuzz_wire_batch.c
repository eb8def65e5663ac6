/* fuzz: component=common */
/* A payload of arbitrary bytes: refused, or every count, offset and index of the batch is inside its bounds; then it
 * can be encoded again, and what comes back is the same. */
#include "common/wire/batch.h"

#include "common/timestamp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t walk_columns(const struct batch *b)
{
    uint64_t sum = 0;
    for (uint32_t c = 0; c < b->columns_n; c++) {
        for (uint32_t i = 0; i < b->rows; i++) {
            if (b->columns[c].type != COLUMN_TEXT) {
                sum += (uint64_t)column_integer(&b->columns[c], i) + column_null(&b->columns[c], i);
                continue;
            }
            struct span s = column_text(&b->columns[c], b->rows, i);
            for (size_t k = 0; k < s.n; k++)
                sum += (unsigned char)s.p[k];
        }
    }
    return sum;
}

static void check_rows(const struct batch *b)
{
    const struct column *descriptor = batch_column(b, "descriptor");
    const struct column *position = batch_column(b, "position");
    const struct column *port = batch_column(b, "port");
    int64_t before = (int64_t)b->from;
    for (uint32_t i = 0; i < b->rows; i++) {
        CHECK((uint64_t)column_integer(descriptor, i) < b->descriptors_n);
        if (b->kind != BATCH_RECORDS && !column_null(port, i))
            CHECK(column_integer(port, i) >= 0 && column_integer(port, i) <= 65535);
        if (b->kind == BATCH_SUMMARIES)
            continue;
        int64_t at = column_integer(position, i);
        CHECK(at >= before && at < (int64_t)b->to);
        before = at;
    }
}

static uint64_t walk(const struct batch *b)
{
    uint64_t sum = walk_columns(b) + b->source.n + b->stream.n;
    CHECK(b->from <= b->to && b->to - b->from <= UINT32_MAX && b->from_ordinal <= b->to_ordinal);
    for (size_t i = 0; i < (size_t)b->descriptors_n * b->descriptor_fields_n; i++)
        for (size_t k = 0; k < b->descriptors[i].n; k++)
            sum += (unsigned char)b->descriptors[i].p[k];
    check_rows(b);
    for (uint32_t i = 0; i < b->others.n; i++) {
        uint16_t reason;
        uint32_t position;
        memcpy(&reason, b->others.reasons + 2 * (size_t)i, sizeof reason);
        memcpy(&position, b->others.positions + 4 * (size_t)i, sizeof position);
        CHECK(reason < b->others.reasons_n && position < b->to - b->from);
        sum += b->others.reason[reason].text.n;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch_decoder *d = batch_decoder_new(), *again = batch_decoder_new();
    const struct batch *b, *c;
    struct error e;
    struct buffer out = { 0 };
    if (batch_decode(d, span_of((const char *)data, size), &b, &e) == STATUS_OK) {
        uint64_t sum = walk(b);
        CHECK(batch_encode(b, &out, &e) == STATUS_OK);
        CHECK(batch_decode(again, buffer_span(&out), &c, &e) == STATUS_OK);
        CHECK(walk(c) == sum && c->rows == b->rows && c->kind == b->kind && c->to == b->to && c->epoch == b->epoch &&
              c->high_water_ms == b->high_water_ms && c->others.n == b->others.n);
    } else {
        CHECK(b == NULL && e.text[0] != 0);
    }
    buffer_fini(&out);
    batch_decoder_free(&d);
    batch_decoder_free(&again);
    return 0;
}
