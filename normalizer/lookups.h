/* The lookups that maps may name.  Shared facts of the ASIM parsers: protocol numbers, ICMP types, results of actions.
 */
#ifndef TIDEMARK_NORMALIZER_LOOKUPS_H
#define TIDEMARK_NORMALIZER_LOOKUPS_H

#include "common/span.h"

enum lookup {
    LOOKUP_PROTOCOL_NUMBER,
    LOOKUP_PROTOCOL,
    LOOKUP_ICMP_TYPE,
    LOOKUP_ACTION_RESULT,
    LOOKUP_ACTION_SEVERITY,
    LOOKUP_COUNT
};

extern const struct span lookup_names[LOOKUP_COUNT];

/* False: no entry.  *out is static. */
bool lookup_find(enum lookup which, struct span text, struct span *out);

/* Name of an IP protocol number; empty for a number that is out of range, absent or without a name.
 * source: IANA, Assigned Internet Protocol Numbers, as the ASIM parsers have them. */
struct span lookup_protocol_name(unsigned number);
enum { LOOKUP_PROTOCOLS = 256 };

#endif
