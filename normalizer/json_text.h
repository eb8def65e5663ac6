/* Writing JSON: fields of a session, texts. */
#ifndef TIDEMARK_NORMALIZER_JSON_TEXT_H
#define TIDEMARK_NORMALIZER_JSON_TEXT_H

#include "common/buffer.h"
#include "expression.h"

/* `s` in quotes, escaped; malformed UTF-8 is replaced. */
void json_append_text(struct buffer *out, struct span s);
void json_append_integer(struct buffer *out, int64_t number);

/* `,"Field":value` as its type is written; nothing for an empty value. */
void json_append_field(struct buffer *out, enum asim_index field, struct value v);

#endif
