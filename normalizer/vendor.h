/* The maps in use: compiled once, when a source is named on the command line or first heard of. */
#ifndef TIDEMARK_NORMALIZER_VENDOR_H
#define TIDEMARK_NORMALIZER_VENDOR_H

#include "meaning.h"

#include "common/wire/message.h"

struct vendor {
    char *id;
    struct map *map;
    struct meanings *meanings; /* NULL until it is known what is wanted */
};

struct vendors {
    const char *folder;
    unsigned n;
    struct vendor **of;
};

/* The vendor of that id; its map is compiled on first sight.  NULL after adding to `f` why not. */
struct vendor *vendors_get(struct vendors *v, struct span id, struct findings *f);
void vendors_fini(struct vendors *v);

/* The record fields that are needed for what is wanted, appended to `fields` (room for MAP_RECORD_FIELDS_MAX).
 * Names live as long as the map. */
unsigned vendor_fields(const struct vendor *v, const struct meaning_options *wanted, struct span *fields);

#endif
