/* LEEF, IBM's Log Event Extended Format: a header of five fields and pairs, mostly behind a syslog header.
 *
 *     LEEF:1.0|vendor|product|version|event|k=v<TAB>k=v
 *     LEEF:2.0|vendor|product|version|event|delimiter|k=v…       the delimiter a byte, `x5E` or `0x5E`; it may be
 * missing
 *
 * What relays and archives make of the tabs is understood: `#011` (rsyslog), and blanks. Where no delimiter is said and
 * there is no tab, a bar that a key follows is one (`a=1|b=2`).
 * Source: IBM Security QRadar LEEF guide.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_LEEF_H
#define TIDEMARK_COLLECTORS_FORMATS_LEEF_H

#include "core/collector.h"
#include "formats/keyvalue.h"

/* Texts are borrowed from the line, `pairs` perhaps from the parser's scratch. */
struct leef {
    struct span head; /* what stands before the message */
    struct span vendor, product, version, event;
    struct span pairs;
    struct keyvalue_syntax syntax; /* of the pairs, for keyvalue_read */
};

/* Is there a message in the line? Then *m has its `head`, and is for leef_read. */
bool leef_find(struct span line, struct leef *m) MUST_CHECK;

/* The rest of a message that leef_find has found; false where its header is cut. */
bool leef_read(struct parser *p, struct leef *m) MUST_CHECK;

#endif
