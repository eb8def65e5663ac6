/* All roles of one hunt: collectors, a normalizer, aggregators and the alerter, put together and run to their end. */
#ifndef TIDEMARK_DEPLOY_PIPELINE_H
#define TIDEMARK_DEPLOY_PIPELINE_H

#include "roles.h"

struct pipeline {
    const struct options *options;
    const struct inputs *inputs;
    const char *summary; /* count only: all sums go to this file and there are no results; NULL: a hunt */
    unsigned shards;
    unsigned collectors; /* of a source; 0: by the size of its inputs */
};

/* How many processes: what --shards and --collectors ask for, or what suits this machine.  False after a sentence that
 * begins with `command`. */
bool pipeline_size(struct pipeline *p, const char *command) MUST_CHECK;

/* Run, as often as it takes until a run needs not be given up; nothing has been printed by one that is.  *code is the
 * exit code of the last one. */
enum status pipeline_run(const struct pipeline *p, struct supervisor *s, int *code, struct error *e) MUST_CHECK;

#endif
