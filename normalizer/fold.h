/* Folding of what sessions are grouped by: a known value of the schema in another case becomes that value (`Tcp` is
 * TCP, `allow` is Allow); anything else stays as it came. */
#ifndef TIDEMARK_NORMALIZER_FOLD_H
#define TIDEMARK_NORMALIZER_FOLD_H

#include "common/span.h"

enum fold_field { FOLD_PROTOCOL, FOLD_DIRECTION, FOLD_ACTION };

/* The known value that equals `text` in any case (static), or an empty span. */
struct span fold_known(enum fold_field field, struct span text);

/* The known value, or `text` itself. */
struct span fold(enum fold_field field, struct span text);

#endif
