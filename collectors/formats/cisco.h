/* What Cisco's firewalls write in front of their texts: `… <time> <name> : %ASA-[class-]<severity>-<id>: <text>`.
 *
 * The mnemonic is the anchor; all in front of it is optional, and relays add headers of their own.
 * Source: Cisco Secure Firewall ASA and Threat Defense syslog message guides (logging timestamp, device-id, EMBLEM).
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CISCO_H
#define TIDEMARK_COLLECTORS_FORMATS_CISCO_H

#include "formats/commonsecuritylog.h"
#include "formats/head.h"

struct cisco_mnemonic {
    size_t begin;         /* of its `%` in the text */
    struct span severity; /* one digit */
    struct span id;       /* six digits */
    struct span body; /* the text behind it, blanks at its ends removed, and what relays write around repeated ones */
};

/* The first mnemonic of ASA, FTD, NGIPS, PIX or FWSM in the text. */
bool cisco_find_mnemonic(struct span text, struct cisco_mnemonic *m);

/* Of what stands before a mnemonic, as head_read wants it: the time nearest to it and the name behind that as the host,
 * else the syslog header's host. */
void cisco_read_head(struct span head, const struct parse_options *options, struct syslog_header *h);

/* The memo of forms that read such heads. */
struct cisco_memo {
    struct commonsecuritylog_native native; /* first: CEF's reading looks for it there */
    struct head_memo heads;
};

/* As cisco_read_head, with parser->memo, if there is one. */
void cisco_known_head(const struct parser *p, struct span head, struct syslog_header *h);

#endif
