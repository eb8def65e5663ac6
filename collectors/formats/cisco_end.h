/* One end of a connection as ASA texts write it: interface, address, port, translated address, user.
 * Source: Cisco Secure Firewall ASA Series Syslog Messages. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CISCO_END_H
#define TIDEMARK_COLLECTORS_FORMATS_CISCO_END_H

#include "common/span.h"

#include <stdint.h>

/* All borrowed from the text; what is absent is empty. */
struct cisco_end {
    struct span interface, address, port, mapped_address, mapped_port, user;
};

/* `[interface:]address[/port][ (mapped/port)][ (user)]…`; `mapped`: the first parentheses hold the translated address.
 * Blanks may stand around colon and slash; a user may stand bare behind the port, as may the type of an ICMP error,
 * which is none. */
struct cisco_end cisco_end_of(struct span text, bool mapped);

/* `interface/address(port)[(user)]…` of access lists. */
struct cisco_end cisco_access_list_end(struct span text);

/* `address` or, as PIX wrote it in texts of outbound lists, `address port`. */
struct cisco_end cisco_listed_end(struct span text);

/* `(user)…`: what stands in the first parentheses, without a security group's tag (`user, 9999:name`); empty where the
 * text begins with none, or they hold a tag alone. */
struct span cisco_user_of(struct span groups);

/* A decimal port, or the word that devices print for it (`www`, `ssh`); false: neither. */
bool cisco_port(struct span text, int64_t *port);

#endif
