/* Texts in JSON that is written. */
#ifndef TIDEMARK_COMMON_JSON_TEXT_H
#define TIDEMARK_COMMON_JSON_TEXT_H

#include "common/buffer.h"

/* Append `s` as a JSON string, quotes included (RFC 8259 section 7); what is not UTF-8 becomes U+FFFD. */
void json_append_text(struct buffer *out, struct span s);

#endif
