/* Where a JSON object or array ends that has been read whole, found 64 bytes a step: framing's way for most values.
 *
 * It tells the end only where nothing about it is doubtful: inside the value brackets match and stand where one can, no
 * line feed stands inside a string, no backslash outside, and no array stands under one of the given keys in the object
 * itself.  Everything else, and more than 64 levels, is left to the one who looks at each byte.  Grammar beyond that is
 * not looked at. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_JSON_END_H
#define TIDEMARK_COLLECTORS_FORMATS_JSON_END_H

#include "common/span.h"
#include "formats/simd.h"

/* Bytes of the value that begins with the bracket at `p`; 0: it does not end within n bytes, or look closely.
 *
 * p     63 readable bytes follow the n
 * keys  of arrays that are to be looked at closely; without quotes and backslashes in them */
typedef size_t json_end_find(const char *p, size_t n, const struct span *keys, unsigned keys_n);

/* For a level that the processor has; every level gives the same answer. */
json_end_find *json_end_finder(enum simd_level level);

#endif
