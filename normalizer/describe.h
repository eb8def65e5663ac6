/* Expressions in words, for people. */
#ifndef TIDEMARK_NORMALIZER_DESCRIBE_H
#define TIDEMARK_NORMALIZER_DESCRIBE_H

#include "common/buffer.h"
#include "map.h"

void describe_expression(struct buffer *out, const struct map *m, const struct expression *e);
void describe_condition(struct buffer *out, const struct map *m, const struct condition *c);

#endif
