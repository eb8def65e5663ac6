/* Columns of a batch as plain arrays: one loop per width, which the compiler can make wide. */
#ifndef TIDEMARK_NORMALIZER_COLUMNS_H
#define TIDEMARK_NORMALIZER_COLUMNS_H

#include "common/wire/batch.h"

/* All values of an integer column; `missing` where there is none. */
void columns_widen(const struct column *c, uint32_t rows, int64_t missing, int64_t *out);

/* The same for ports: -1 where there is none, and for what is no port. */
void columns_widen_ports(const struct column *c, uint32_t rows, int32_t *out);

/* Stored values of a column without nulls and base, of at most 32 bits. */
void columns_widen_numbers(const struct column *c, uint32_t rows, uint32_t *out);

/* True if every value, and what stands where there is none, is 0 to 65535. */
bool columns_are_ports(const struct column *c, uint32_t rows);

#endif
