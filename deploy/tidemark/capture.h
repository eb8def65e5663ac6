/* Run programs to their end and keep what they print. */
#ifndef TIDEMARK_DEPLOY_CAPTURE_H
#define TIDEMARK_DEPLOY_CAPTURE_H

#include "words.h"

#include "common/buffer.h"

/* `out` gets its standard output (some 16 MiB, the rest is dropped), *code its exit code; its standard error is ours.
 */
enum status capture(const struct words *w, struct buffer *out, int *code, struct error *e) MUST_CHECK;

/* One program of several that run at the same time. */
struct captured {
    struct words words; /* filled by the caller; given back by captured_fini */
    struct buffer out;  /* as above */
    int code;           /* EXIT_CODE_INTERNAL until it has ended */
    int pid, end;       /* of capture_all */
};

/* All of them at once.  STATUS_SYSTEM: one could not be started; those that were have ended. */
enum status capture_all(struct captured *c, size_t n, struct error *e) MUST_CHECK;
void captured_fini(struct captured *c, size_t n);

#endif
