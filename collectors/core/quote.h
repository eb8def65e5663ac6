/* Texts as JSON strings, for the few places where a collector writes JSON: descriptions, status lines, rejects. */
#ifndef TIDEMARK_COLLECTORS_CORE_QUOTE_H
#define TIDEMARK_COLLECTORS_CORE_QUOTE_H

#include "common/buffer.h"

/* Append `text` in quotes, escaped (RFC 8259 section 7); malformed UTF-8 becomes U+FFFD. */
void quote_json(struct buffer *out, struct span text);

#endif
