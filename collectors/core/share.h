/* What a collector reads of the inputs of its source: one piece after the other, until none is left.
 *
 * A piece is a whole input or a range of a large file.  Several collectors with the same inputs and options take turns:
 * whoever needs another piece claims the next one, so that all of them stay near the same place, however fast each of
 * them is.  A claim is a byte appended to a file beside the plan: where it came to stand is the piece's number.  What
 * only the first collector can read (pipes, standard input) is its. */
#ifndef TIDEMARK_COLLECTORS_CORE_SHARE_H
#define TIDEMARK_COLLECTORS_CORE_SHARE_H

#include "core/inputs.h"
#include "core/range.h"

struct piece {
    struct input *input; /* the receiver's */
    const struct form *form;
    uint32_t number;    /* of the input */
    struct range range; /* zeros: the whole input */
};

struct share {
    struct inputs *in; /* borrowed */
    const struct options *o;
    int claims_fd;   /* -1: all pieces are this collector's */
    uint64_t next;   /* piece, when there are no claims */
    size_t at;       /* input that the last piece was of */
    uint64_t before; /* pieces of the inputs before it */
    size_t own;      /* inputs before have been looked at for what only this one can read */
    uint64_t bytes;  /* on disk, of all inputs */
};

/* Both are borrowed.  STATUS_SYSTEM: no claims can be made. */
enum status share_open(struct share *s, struct inputs *in, const struct options *o, struct error *e) MUST_CHECK;
void share_close(struct share *s);

/* STATUS_END: nothing is left; STATUS_SYSTEM: it cannot be claimed. */
enum status share_next(struct share *s, struct piece *out, struct error *e) MUST_CHECK;

/* For progress: an even part of all bytes. */
uint64_t share_bytes(const struct share *s);

#endif
