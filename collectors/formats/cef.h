/* ArcSight Common Event Format: `CEF:0|vendor|product|version|class|name|severity|key=value key=value …`.
 *
 * Whatever stands before the start token is somebody's header.  Values are handed out as written, blanks at their ends
 * removed; cef_unescape resolves what a value escapes, and copies only where there is a backslash.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CEF_H
#define TIDEMARK_COLLECTORS_FORMATS_CEF_H

#include "core/collector.h"

struct cef_header {
    struct span vendor, product, version, event_class_id, name, severity; /* unescaped, blanks trimmed */
    struct span extension;
};

/* Find the start token in a line: `CEF:`, spaces, `0|` or `1|`, at the beginning or behind a blank, `]`, `>` or a byte
 * order mark.  *head is what stands before it, *body what follows the version's pipe. */
bool cef_find(struct span line, struct span *head, struct span *body);

/* A message whose relay took `CEF:` for its tag and dropped it: begins `0|` and has six more unescaped pipes. */
bool cef_headless(struct span message, struct span *body);

/* Split the header.  A severity without a pipe behind it is followed by no extension.  An empty field before one of
 * `vendors` (NULL-terminated) is a known slip of some senders and is left out.
 * returns  STATUS_OK; STATUS_BAD with fewer than six fields. */
enum status cef_header_read(struct parser *p, struct span body, const char *const *vendors,
                            struct cef_header *h) MUST_CHECK;

/* Walk an extension.  { extension, 0, 0 } before the first call. */
struct cef_cursor {
    struct span extension;
    size_t at;     /* of the next key; the extension's length at the end */
    size_t equals; /* behind that key; 0: not looked for yet */
};

/* The next key and its value as written; false at the end.  What stands before the first key is no pair. */
bool cef_next(struct cef_cursor *c, struct span *key, struct span *value);

/* `\=` `\\` `\n` `\r` `\|` resolved, any other backslash kept; borrowed from `value` or from the parser's scratch. */
struct span cef_unescape(struct parser *p, struct span value);

#endif
