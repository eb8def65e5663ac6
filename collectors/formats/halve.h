/* Texts of CSV whose quotes are doubled: every second one is left out. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_HALVE_H
#define TIDEMARK_COLLECTORS_FORMATS_HALVE_H

#include "common/span.h"
#include "formats/simd.h"

/* The bytes written to `to`, which has room for text.n and gets no more; the quotes of `text` stand in pairs.  Every
 * level gives the same; it must be one that the processor has. */
size_t halve_quotes(enum simd_level level, struct span text, char *to);

#endif
