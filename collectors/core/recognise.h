/* Which form an input has, told from its first bytes. */
#ifndef TIDEMARK_COLLECTORS_CORE_RECOGNISE_H
#define TIDEMARK_COLLECTORS_CORE_RECOGNISE_H

#include "core/collector.h"
#include "core/input.h"

enum { PROBE_BYTES = 64 << 10 };

/* The likeliest form for `head`: LIKELY beats POSSIBLE, the order of the forms breaks ties; NULL: none. 64 readable
 * bytes follow `head`. */
const struct form *recognise_head(const struct collector *c, struct span head);

/* What has been seen of an input's beginning, between calls. */
struct recognition {
    struct buffer head;
    bool ended;
    int64_t quiet_since_ms;
};
void recognition_fini(struct recognition *r);

/* Look at the input's first bytes and go back to its start.
 * STATUS_OK: *out is the form. A forced one is taken as it is; an empty input takes the first form.
 * STATUS_AGAIN: a live input has not given enough yet (a line and 100 ms of silence, anything and 2 s of it, 64 KiB, or
 * its end). STATUS_INPUT: unreadable, or like no form. */
enum status recognise_input(const struct collector *c, const struct form *forced, struct input *in,
                            struct recognition *r, const struct form **out, struct error *e) MUST_CHECK;

#endif
