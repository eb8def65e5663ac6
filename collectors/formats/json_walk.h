/* The elements of an array, or the members of an object, one after the other in the text of JSON that is known to be
 * well-formed (a value that json_next or json_read gave).  Allocates nothing, so that where it stands can be kept in a
 * parser's state from one part of a unit to the next.  In other text it ends somewhere, and never beyond the text.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_JSON_WALK_H
#define TIDEMARK_COLLECTORS_FORMATS_JSON_WALK_H

#include "formats/json.h"

struct json_walk {
    const char *at, *end; /* all zero: nothing to walk */
    bool object;
};

/* Begin in an array or object, blanks around allowed; anything else has no elements. */
struct json_walk json_walk_of(struct span container);

/* The next element or member; the key of an element is empty.  Keys and strings are as written: without their quotes,
 * escapes in place.  A value's text lies in the container's, an empty one too, behind that of the value before. */
bool json_walk_next(struct json_walk *w, struct span *key, struct json_value *value);

/* Behind the value that begins at `p`; at most `end`. */
const char *json_walk_behind(const char *p, const char *end);

#endif
