/* Which sources this installation reads: one collector program each, beside `tidemark`. */
#ifndef TIDEMARK_DEPLOY_CATALOGUE_H
#define TIDEMARK_DEPLOY_CATALOGUE_H

#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

struct catalogue {
    char **source; /* ids, sorted */
    size_t n;
};

/* Folder of the programs: the environment's TIDEMARK_BIN_DIR, else the folder of `tidemark` itself. */
const char *catalogue_folder(void);

enum status catalogue_open(struct catalogue *c, struct error *e) MUST_CHECK;
void catalogue_fini(struct catalogue *c);
bool catalogue_has(const struct catalogue *c, const char *source);

/* The known source most like `word`, or NULL if none is. */
const char *catalogue_nearest(const struct catalogue *c, const char *word);

#endif
