/* Decimal numbers as text.  Only ASCII digits and blanks count. */
#ifndef TIDEMARK_COMMON_NUMBER_H
#define TIDEMARK_COMMON_NUMBER_H

#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Digits only, no sign, no blanks, not empty, no overflow. */
bool number_parse_digits(struct span s, uint64_t *out);

/* The same within int64, as record fields have it. */
bool number_parse_natural(struct span s, int64_t *out);

/* Optional blanks around, optional sign, digits; no overflow of int64. */
bool number_parse_int(struct span s, int64_t *out);

/* A length of time, `1200`, `90s`, `20m`, `1h` or `1d`: whole seconds, within the bounds (both in). */
bool number_parse_seconds(struct span s, int64_t least, int64_t most, int64_t *out);

/* As number_parse_int, and a fraction `.ddd` that is cut toward zero ("443.0", "-1.9"): the form in which exports
 * give ports and counts.  Returns false for anything else ("1e3", "0x10", "443.0.0", ".5"). */
bool number_parse_whole(struct span s, int64_t *out);

/* `value` in decimal; out at least 24 bytes; returns the length. */
unsigned number_format(int64_t value, char *out);

#endif
