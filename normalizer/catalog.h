/* What `tidemark sources` tells about maps, and the check of all of them. */
#ifndef TIDEMARK_NORMALIZER_CATALOG_H
#define TIDEMARK_NORMALIZER_CATALOG_H

#include "common/status.h"

/* All return the program's exit code; findings go to stderr. */

/* A JSON array of {source, title, connectors, tables, summaries} on stdout. */
int catalog_list(const char *folder);

/* Selection, mapping and deviations of one source, for people, on stdout. */
int catalog_describe(const char *folder, const char *id);

/* Compile every map of the folder; EXIT_CODE_CONFIG if any has a finding. */
int catalog_check(const char *folder);

#endif
