/* Names of the wire's enumerations, and the widths of its columns.  Internal to this folder. */
#ifndef TIDEMARK_COMMON_WIRE_NAMES_H
#define TIDEMARK_COMMON_WIRE_NAMES_H

#include "common/wire/batch.h"

/* False where no enumerator has that name. */
bool batch_kind_find(struct span text, enum batch_kind *out) MUST_CHECK;
bool column_type_find(struct span text, enum column_type *out) MUST_CHECK;
bool verdict_find(struct span text, enum verdict *out) MUST_CHECK;

/* Bytes per row; of a text: of its end offset. */
unsigned column_width(enum column_type type);

/* The largest stored value of an unsigned type. */
static inline uint64_t column_stored_max(enum column_type type)
{
    return type == COLUMN_U8 ? UINT8_MAX : type == COLUMN_U16 ? UINT16_MAX : UINT32_MAX;
}

#endif
