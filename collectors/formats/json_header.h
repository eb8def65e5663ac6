/* What stands in front of JSON on its line: a syslog header in any dialect, a tag, a container runtime's columns.
 *
 * Its grammar does not matter here, only where it ends: at the line's first object, or array of objects.  Quotes and
 * braces in front of that make the line something else (CSV, a piece of cut JSON, prose), unless they stand in the
 * brackets of structured data.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_JSON_HEADER_H
#define TIDEMARK_COLLECTORS_FORMATS_JSON_HEADER_H

#include "common/span.h"
#include "common/status.h"

enum { JSON_HEADER_BYTES_MAX = 4096 };

/* `text` begins with a line.  STATUS_OK: JSON begins behind *n bytes of it; STATUS_BAD: it does not, or behind more
 * than the most; STATUS_AGAIN: what follows the text must tell. */
enum status json_header(struct span text, size_t *n) MUST_CHECK;

#endif
