/* What Cisco's firewalls write in front of their texts: `… <time> <name> : %ASA-[class-]<severity>-<id>: <text>`.
 *
 * The mnemonic is the anchor; all in front of it is optional, and relays add headers of their own.
 * Source: Cisco Secure Firewall ASA and Threat Defense syslog message guides (logging timestamp, device-id, EMBLEM).
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CISCO_H
#define TIDEMARK_COLLECTORS_FORMATS_CISCO_H

#include "core/collector.h"

struct cisco_mnemonic {
    size_t begin;         /* of its `%` in the text */
    struct span severity; /* one digit */
    struct span id;       /* six digits */
    struct span body; /* the text behind it, blanks at its ends removed, and what relays write around repeated ones */
};

/* The first mnemonic of ASA, FTD, NGIPS, PIX or FWSM in the text. */
bool cisco_find_mnemonic(struct span text, struct cisco_mnemonic *m);

/* Of what stands before a mnemonic: the time nearest to it (TIMESTAMP_NONE: none) and the name behind that, else the
 * syslog header's host; borrowed from `head`, empty where there is none. */
void cisco_read_head(const struct parser *p, struct span head, int64_t *ms, struct span *device);

#endif
