/* --identify: whether files look like this source, for whoever asks all collectors the same question. */
#ifndef TIDEMARK_COLLECTORS_CORE_IDENTIFY_H
#define TIDEMARK_COLLECTORS_CORE_IDENTIFY_H

#include "core/options.h"

/* One line of JSON per file that the options' paths stand for, in their order:
 *   {"path":"…","form":"native","sure":"likely","records":12,"skipped":3,"malformed":0}
 *   {"path":"…"}                           like no form
 *   {"path":"…","error":"…: why"}          cannot be read
 * Nothing but the first PROBE_BYTES of a file is looked at: probes choose the form, then the whole units in it are
 * parsed.  What can be read only once is an error.  Returns an exit code: OK even where files cannot be read. */
int identify_print(const struct collector *c, const struct options *o) MUST_CHECK;

#endif
