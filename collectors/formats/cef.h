/* ArcSight Common Event Format: `CEF:0|vendor|product|version|class|name|severity|key=value key=value …`.
 *
 * Whatever stands before the start token is somebody's header.  Values are handed out as written, blanks at their ends
 * removed; cef_unescape resolves what a value escapes, and copies only where there is a backslash.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CEF_H
#define TIDEMARK_COLLECTORS_FORMATS_CEF_H

#include "core/collector.h"
#include "formats/keys.h"

struct cef_header {
    struct span vendor, product, version, event_class_id, name, severity; /* unescaped, blanks trimmed */
    struct span extension;
};

/* Find the start token in a line: `CEF:`, spaces, `0|` or `1|`, at the beginning or behind a blank, `]`, `>` or a byte
 * order mark.  *head is what stands before it, *body what follows the version's pipe. */
bool cef_find(struct span line, struct span *head, struct span *body);

/* A message whose relay took `CEF:` for its tag and dropped it: begins `0|` and has six more unescaped pipes. */
bool cef_headless(struct span message, struct span *body);

/* Split the header.  A severity without a pipe behind it is followed by no extension.  Known slips of senders: an empty
 * field before one of `vendors` (NULL-terminated) is left out; `key=value` in the severity's place is the extension,
 * and there is no severity.
 *
 * returns  STATUS_OK; STATUS_BAD with fewer than six fields. */
enum status cef_header_read(struct parser *p, struct span body, const char *const *vendors,
                            struct cef_header *h) MUST_CHECK;

/* Walk an extension: cef_begin, then cef_next until it is false. */
struct cef_cursor {
    struct span extension;
    const struct keys *keys;
    size_t begin, equals; /* of the next key: its first byte and its `=`; the extension's length at the end */
    int number;           /* of the pair that was handed out last: the key's in `keys`, or KEY_NONE */
    int next_number;
    size_t block;    /* the 64 bytes that are being looked at, and what of them is still to come */
    uint64_t signs;  /* bit per `=` */
    uint64_t blanks; /* bit per space */
    size_t blank;    /* behind the last space before `block`, 0: none */
    size_t behind;   /* behind the last `=` that was looked at */
};

/* `keys` (or NULL) are looked up on the way; its words must be keys by CEF's rules. */
void cef_begin(struct cef_cursor *c, struct span extension, const struct keys *keys);

/* The next key and its value as written; false at the end.  What stands before the first key is no pair. */
bool cef_next(struct cef_cursor *c, struct span *key, struct span *value);

/* Does a key end at extension.p[equals], an `=`?  *begin is its first byte then. */
bool cef_key_before(struct span extension, size_t equals, size_t *begin);

/* `\=` `\\` `\n` `\r` `\|` resolved, any other backslash kept; borrowed from `value` or from the parser's scratch. */
struct span cef_unescape(struct parser *p, struct span value);

#endif
