/* What a watchlist cell accepts: lists of elements, whole-term matching, ports.
 *
 * Cells are split at every comma, without trimming; an empty cell is one empty element.  Texts that are matched have
 * been put into lower case (utf8_append_lower) by whoever made them: once per cell, once per distinct value.
 */
#ifndef TIDEMARK_ALERTER_MATCH_H
#define TIDEMARK_ALERTER_MATCH_H

#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

/* The elements of a cell in lower case. */
struct elements {
    char *text;         /* owned; items point into it */
    struct span *items; /* owned */
    unsigned n;         /* at least 1 */
    bool star;          /* one of them is exactly `*` */
};

void elements_init(struct elements *e, struct span cell);
void elements_fini(struct elements *e);

/* What a value that is empty (null, absent) matches. */
enum empty_matches { EMPTY_MATCHES_ALL, EMPTY_MATCHES_STAR_ONLY };

/* `value` occurs in `cell` with no letter or decimal digit of any script before or behind it; an empty value always
 * does.  Both in lower case. */
bool match_has(struct span cell, struct span value);

/* A Protocol, Direction or Action cell accepts the value. */
bool match_passes(const struct elements *e, struct span value, enum empty_matches empty);

/* An App cell accepts the application: here the value is searched for the cell's names.  A cell without a name is
 * like `*`. */
bool match_app_passes(const struct elements *e, struct span app, enum empty_matches empty);

/* ---- ports */

enum { PORTS_N = 65536 };

struct port_set {
    uint64_t bits[PORTS_N / 64];
};

static inline bool port_set_has(const struct port_set *s, unsigned port)
{
    return s->bits[port >> 6] >> (port & 63) & 1;
}

unsigned port_set_count(const struct port_set *s);

/* What an element of a Ports cell is, when all of it is one thing (blanks around it aside). */
enum port_element {
    PORT_ELEMENT_EMPTY,
    PORT_ELEMENT_NUMBER, /* canonical decimal, 0 to 65535 */
    PORT_ELEMENT_RANGE,  /* LOW-HIGH, LOW not above HIGH, HIGH at most 65535 */
    PORT_ELEMENT_SERVICE,
    PORT_ELEMENT_STAR,     /* matches no port */
    PORT_ELEMENT_BEYOND,   /* digits or a range that go beyond 65535 */
    PORT_ELEMENT_REVERSED, /* a range whose ends are in the wrong order: only they match */
    PORT_ELEMENT_OTHER     /* only the port numbers that stand in it as whole terms match */
};

/* Add the ports that the element (in lower case) names to `set`. */
enum port_element port_set_add(struct port_set *set, struct span element);

/* All elements of the cell; `set` is cleared first. */
void port_set_init(struct port_set *set, const struct elements *e);

/* Port of a service name in lower case, out of a fixed list that is the same on every machine. */
bool service_port(struct span name, uint16_t *port);
/* The preferred name of a port, or NULL: for people. */
const char *service_name(uint16_t port);

#endif
