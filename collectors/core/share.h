/* A collector's share of the inputs of its source: whole inputs and ranges of large files.
 *
 * Several collectors with the same inputs and options take different shares, which together are everything: each piece
 * goes to the one that has the fewest bytes so far, in the order of the inputs.  What only the first one can read
 * (pipes, standard input) is its. */
#ifndef TIDEMARK_COLLECTORS_CORE_SHARE_H
#define TIDEMARK_COLLECTORS_CORE_SHARE_H

#include "core/inputs.h"
#include "core/range.h"

struct piece {
    struct input *input; /* owned; may be taken (set to NULL) */
    const struct form *form;
    uint32_t number;    /* of the input */
    struct range range; /* zeros: the whole input */
};

struct share {
    struct piece *piece; /* ascending by (number, range.number) */
    size_t n;
};

/* Takes the inputs over: those of other shares are closed. */
void share_take(struct share *s, struct inputs *in, const struct options *o);
void share_fini(struct share *s);

#endif
