/* Words that the fields of sessions and the cells of a watchlist are known to hold, for the watchlist's check.
 * Lists end with NULL. */
#ifndef TIDEMARK_ALERTER_KNOWN_H
#define TIDEMARK_ALERTER_KNOWN_H

#include "common/span.h"

extern const char *const known_protocols[];
extern const char *const known_directions[];
extern const char *const known_actions[];
extern const char *const known_types[];
extern const char *const known_threshold_types[];
extern const char *const known_severities[];
extern const char *const known_tactics[];

/* The name that the text is most likely meant to be, or NULL if none is near. */
const char *known_nearest(const char *const *names, struct span text);

#endif
