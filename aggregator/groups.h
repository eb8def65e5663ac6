/* Groups: what sessions are counted by besides their port and window.
 *
 * A group is a tuple of texts (protocol, direction, action and, where somebody asked for it, application).  Each
 * distinct tuple gets a small dense number for the life of the process, so that counting works on integers.  Texts are
 * compared byte by byte: folding of case has been done by the normalizer.
 *
 * Memory: this is the only thing in a shard that grows with the input, namely with the number of distinct tuples.
 */
#ifndef TIDEMARK_AGGREGATOR_GROUPS_H
#define TIDEMARK_AGGREGATOR_GROUPS_H

#include "common/span.h"

#include <stdint.h>

enum group_field { GROUP_PROTOCOL, GROUP_DIRECTION, GROUP_ACTION, GROUP_APPLICATION, GROUP_FIELDS };

/* ASIM names of the fields, in the order of enum group_field. */
extern const char *const group_field_names[GROUP_FIELDS];

struct group {
    struct span texts[GROUP_FIELDS];
};

struct groups;

/* seed: any number that an author of logs cannot know, so that nobody can choose colliding texts. */
struct groups *groups_new(uint64_t seed);
void groups_free(struct groups **g);

/* The number of that tuple, a new one if it was never seen: 0, 1, 2, … in order of first sight.  Texts are copied. */
uint32_t groups_intern(struct groups *g, const struct group *group);

uint32_t groups_n(const struct groups *g);

/* The tuple of number `id`, which must be below groups_n; valid as long as `g` lives. */
const struct group *groups_get(const struct groups *g, uint32_t id);

#endif
