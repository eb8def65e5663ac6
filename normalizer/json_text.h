/* Writing JSON: fields of a session. */
#ifndef TIDEMARK_NORMALIZER_JSON_TEXT_H
#define TIDEMARK_NORMALIZER_JSON_TEXT_H

#include "common/buffer.h"
#include "common/json_text.h"
#include "expression.h"

void json_append_integer(struct buffer *out, int64_t number);

/* `,"Field":value` as its type is written; nothing for an empty value. */
void json_append_field(struct buffer *out, enum asim_index field, struct value v);

#endif
