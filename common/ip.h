/* IPv4 and IPv6 addresses as text. */
#ifndef TIDEMARK_COMMON_IP_H
#define TIDEMARK_COMMON_IP_H

#include "common/span.h"

#include <stdbool.h>

/* 16 bytes, network order; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
struct ip {
    unsigned char bytes[16];
};

/* True for a whole dotted quad (no leading zeros) or a whole IPv6 text (RFC 4291 section 2.2, no zone). */
bool ip_parse(struct span s, struct ip *out);

/* The small derived field that maps may look at: "private" (RFC 1918, fc00::/7), "loopback", "link-local",
 * "multicast", "broadcast", "unspecified", "documentation" (RFC 5737, 3849), "shared" (RFC 6598), "public";
 * "none" for an empty text, "text" for one that is no address. */
struct span ip_class(struct span s);

/* The first dotted quad in the text; empty: there is none. */
struct span ip_find_v4(struct span s);

#endif
