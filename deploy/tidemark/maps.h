/* What the normalizer says about the sources that this installation reads: an array of objects with the members source,
 * title, connectors, tables, grouping (the fields that sessions are counted by and can have) and summaries. */
#ifndef TIDEMARK_DEPLOY_MAPS_H
#define TIDEMARK_DEPLOY_MAPS_H

#include <jansson.h>

/* The caller's; or NULL with an exit code, after a sentence that begins with `command`. */
json_t *maps_list(const char *command, int *code);

/* The object of a source in that list, or NULL. */
const json_t *maps_find(const json_t *list, const char *source);

/* A member's text, "" if it is none. */
const char *maps_text(const json_t *object, const char *key);

#endif
