/* UTF-8 text as the matching rules see it: code points, Unicode letters and decimal digits (utf8proc). */
#ifndef TIDEMARK_COMMON_UTF8_H
#define TIDEMARK_COMMON_UTF8_H

#include "common/buffer.h"
#include "common/span.h"

#include <stdbool.h>

bool utf8_valid(struct span s);

/* Append `s` with each malformed sequence replaced by U+FFFD (maximal subparts, as Unicode 15 section 3.9 advises). */
void utf8_append_valid(struct buffer *out, struct span s);

/* Append `s` in simple lower case, one code point at a time; a character whose lower case is longer stays (U+0130). */
void utf8_append_lower(struct buffer *out, struct span s);

/* The code point that begins at / ends before byte `at` is a term character: category L* or Nd. */
bool utf8_term_at(struct span s, size_t at);
bool utf8_term_before(struct span s, size_t at);

#endif
