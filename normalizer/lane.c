#include "lane.h"

#include <stdlib.h>

void lane_clear(struct lane *l, uint32_t rows)
{
    if (rows > l->capacity) {
        l->descriptor = allocate_more(l->descriptor, rows, sizeof *l->descriptor);
        l->position = allocate_more(l->position, rows, sizeof *l->position);
        l->time = allocate_more(l->time, rows, sizeof *l->time);
        l->port = allocate_more(l->port, rows, sizeof *l->port);
        l->count = allocate_more(l->count, rows, sizeof *l->count);
        l->first = allocate_more(l->first, rows, sizeof *l->first);
        l->portless = allocate_more(l->portless, (rows + 7) / 8, sizeof *l->portless);
        l->capacity = rows;
    }
    if (rows)
        memset(l->portless, 0, (rows + 7) / 8);
    l->rows = 0;
    l->any_portless = l->any_count = l->any_not_first = false;
}

void lane_fini(struct lane *l)
{
    free(l->descriptor);
    free(l->position);
    free(l->time);
    free(l->port);
    free(l->count);
    free(l->first);
    free(l->portless);
    buffer_fini(&l->payload);
}

struct column lane_descriptors(struct lane *l, uint32_t descriptors_n)
{
    bool narrow = descriptors_n <= 256;
    struct column c = { .name = SPAN_LITERAL("descriptor"),
                        .type = narrow ? COLUMN_U8 : COLUMN_U16,
                        .data = (const unsigned char *)l->descriptor,
                        .data_bytes = (size_t)l->rows * (narrow ? 1 : 2) };
    /* In place: the byte that is written never lies behind the number that is read. */
    unsigned char *bytes = (unsigned char *)l->descriptor;
    for (uint32_t i = 0; narrow && i < l->rows; i++)
        bytes[i] = (unsigned char)l->descriptor[i];
    return c;
}

uint32_t lane_columns(struct lane *l, uint64_t from, uint32_t descriptors_n, struct column *out)
{
    uint32_t n = 4;
    out[0] = lane_descriptors(l, descriptors_n);
    out[1] = (struct column){ .name = SPAN_LITERAL("position"),
                              .type = COLUMN_U32,
                              .base = (int64_t)from,
                              .data = (const unsigned char *)l->position,
                              .data_bytes = 4 * (size_t)l->rows };
    out[2] = column_of_integers(SPAN_LITERAL("time"), l->time, l->rows, NULL);
    out[3] = (struct column){ .name = SPAN_LITERAL("port"),
                              .type = COLUMN_U16,
                              .data = (const unsigned char *)l->port,
                              .data_bytes = 2 * (size_t)l->rows,
                              .nulls = l->any_portless ? l->portless : NULL };
    if (l->any_count)
        out[n++] = column_of_integers(SPAN_LITERAL("count"), l->count, l->rows, NULL);
    if (l->any_not_first)
        out[n++] = (struct column){
            .name = SPAN_LITERAL("first"), .type = COLUMN_U8, .data = l->first, .data_bytes = l->rows
        };
    return n;
}
