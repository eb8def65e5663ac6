/* The JSON objects inside of a JSON object that a shipper or a search has put around them, as text or as they are:
 * `{"message": "{…}"}`, `{"event": {"original": "{…}"}}`, `{"result": {"_raw": "{…}"}}`, `{"_source": {…}}`.
 *
 * Used for records in JSON whose form finds none in the object itself.  Lines of text in an object: wrapped.h.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_UNWRAP_H
#define TIDEMARK_COLLECTORS_FORMATS_UNWRAP_H

#include "common/buffer.h"
#include "formats/json.h"

enum { UNWRAPPED_MAX = 8 };

struct unwrapped {
    struct span object[UNWRAPPED_MAX]; /* those that were texts first; 64 readable bytes follow each */
    unsigned n;
};

/* Whether a member of that name may hold a record as a text, or as an object. */
enum { UNWRAP_TEXT = 1, UNWRAP_OBJECT = 2 };
unsigned unwrap_holds(struct span key);

/* Whether a text is such an object, by its first bytes. */
static inline bool unwrap_is_text(struct span text)
{
    while (text.n && byte_is_blank(text.p[0]))
        text = span_from(text, 1);
    return text.n > 1 && text.p[0] == '{';
}

/* What is in the object `unit`, by the names that wrappers give it: its objects, and texts in it, in those, and in
 * theirs; texts in texts likewise (a queue's message that holds a topic's that holds the record), three deep; a ninth
 * is not looked at.  Texts are copied to `texts`, which is emptied first and must outlive what is found.  64 readable
 * bytes must follow `unit`.  False: there is nothing, or the unit is malformed. */
bool unwrap_json(struct json_reader *json, struct span unit, struct buffer *texts, struct unwrapped *u);

#endif
