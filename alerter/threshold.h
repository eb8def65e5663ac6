/* The Threshold cell. */
#ifndef TIDEMARK_ALERTER_THRESHOLD_H
#define TIDEMARK_ALERTER_THRESHOLD_H

#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

/* The 32-bit whole number that the text is: blanks around, a sign, digits.  False for anything else ("1,000", "1e3",
 * "1000.5", "0x10", "", 2147483648). */
bool threshold_parse(struct span text, int32_t *out);

#endif
