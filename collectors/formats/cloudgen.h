/* Entries of Barracuda CloudGen Firewall's activity log: `… <Action>: type=FWD|proto=TCP|…`, or the values alone.
 * Source: Barracuda CloudGen Firewall, Firewall Activity Log. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CLOUDGEN_H
#define TIDEMARK_COLLECTORS_FORMATS_CLOUDGEN_H

#include "common/span.h"

/* What an entry says, in its order. */
/* clang-format off */
#define CLOUDGEN_VALUES(X) \
    X(type) X(proto) X(srcIF) X(srcIP) X(srcPort) X(srcMAC) X(dstIP) X(dstPort) X(dstService) X(dstIF) X(rule) X(info) \
    X(srcNAT) X(dstNAT) X(duration) X(count) X(receivedBytes) X(sentBytes) X(receivedPackets) X(sentPackets) X(user) \
    X(protocol)
/* clang-format on */

#define CLOUDGEN_NUMBER(name) CLOUDGEN_##name,
enum { CLOUDGEN_VALUES(CLOUDGEN_NUMBER) CLOUDGEN_N };

/* All borrowed from the line; what is absent is empty. */
struct cloudgen_entry {
    struct span head, action, values[CLOUDGEN_N]; /* head: what stands before the action */
};

/* False: none, or a cut one. */
bool cloudgen_read(struct span line, struct cloudgen_entry *entry);

/* Is it an entry of another program (`type=WEBLOG|action=Block|…`), which names its values, too? */
bool cloudgen_is_other(struct span line);

#endif
