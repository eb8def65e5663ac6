/* All inputs of a collector: found, opened and recognised before anything is counted. */
#ifndef TIDEMARK_COLLECTORS_CORE_INPUTS_H
#define TIDEMARK_COLLECTORS_CORE_INPUTS_H

#include "core/input.h"
#include "core/options.h"

struct recognised_input {
    struct input *input; /* owned; may be taken (set to NULL) */
    const struct form *form;
    bool cut;      /* a large file may be read in ranges (core/range.h) */
    uint64_t head; /* then: what the first range holds anyway */
};

struct inputs {
    struct recognised_input *item;
    size_t n;
    size_t failures; /* said on standard error, one line each */
    bool internal;   /* a failure that is not an input's: no spool can be made */
};

/* What several collectors of a source have to know of the inputs is written to the options' plan; those behind the
 * first wait for it, and know them by it alone. STATUS_OK also where inputs failed. */
enum status inputs_find(struct inputs *in, struct options *o, const struct collector *c, struct error *e) MUST_CHECK;

/* Waits for the first lines of live inputs that no form is forced for; leaves the program if the supervisor is gone. */
void inputs_open(struct inputs *in, struct options *o, const struct collector *c);
void inputs_fini(struct inputs *in);

#endif
