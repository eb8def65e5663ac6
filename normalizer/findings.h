/* What is wrong with a map: all of it in one run, each line `FILE:LINE:COLUMN: what: expected …`. */
#ifndef TIDEMARK_NORMALIZER_FINDINGS_H
#define TIDEMARK_NORMALIZER_FINDINGS_H

#include "common/buffer.h"

struct place {
    unsigned line, column; /* from 1; 0: the file as a whole */
};

struct findings {
    const char *file;   /* borrowed */
    struct buffer text; /* one line each */
    unsigned n;
};

enum { FINDINGS_MAX = 100 }; /* more are counted, not kept */

void findings_fini(struct findings *f);

/* What was said before is not said again. */
void findings_add(struct findings *f, struct place at, const char *format, ...) PRINTF_LIKE(3, 4);

/* The candidate that `word` was probably meant to be, or an empty span. */
struct span findings_nearest(struct span word, const struct span *candidates, unsigned n);

/* " (did you mean X?)" in `out`, or an empty text; returns out->text. */
struct hint {
    char text[160];
};
const char *findings_hint(struct span word, const struct span *candidates, unsigned n, struct hint *out);

#endif
