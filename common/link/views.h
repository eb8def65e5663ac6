/* The arenas that a receiver has mapped.  Internal to this folder.
 *
 * An arena is mapped once, however many peers name it, and as long as one of them does or a payload in it is held: a
 * peer that is gone, or has come again in another life, takes nothing away from under its reader.
 */
#ifndef TIDEMARK_COMMON_LINK_VIEWS_H
#define TIDEMARK_COMMON_LINK_VIEWS_H

#include "common/link/arena.h"

/* A payload that is being read; embedded in whatever holds it. */
struct view_hold {
    uint64_t sequence; /* of the batch */
    struct view_hold *next;
};

struct view {
    struct arena_view *arena;
    struct view_hold *holds;
    unsigned users; /* peers */
    struct view *next;
};

struct views {
    const char *folder; /* where links to arenas lie; NULL: peers are not on this host */
    struct view *first;
};

/* Map the arena, unless it is mapped already.  To be given back with views_put. */
enum status views_get(struct views *v, struct span name, struct view **out, struct error *e) MUST_CHECK;
/* NULL is allowed; *view is NULL afterwards. */
void views_put(struct views *v, struct view **view);

void views_hold(struct view *view, struct view_hold *hold);
void views_let_go(struct views *v, struct view *view, struct view_hold *hold);

/* The largest number, at most `newest`, so that no payload of a batch up to it is held. */
uint64_t view_released(const struct view *view, uint64_t newest);

/* Unmap all, held or not. */
void views_fini(struct views *v);

#endif
