/* A named time zone as a table of its changes, so that local times are read without the C library's state.
 *
 * zone_new asks the system's zone database once, at start; afterwards the zone is immutable, and zone_offset_s is pure.
 * A clock that is set shows some local times twice (autumn) or never (spring).  Both are read with the offset that was
 * in force before the change: of two moments the earlier one, and a time that was never shown is as far behind the
 * change as it is written.  So 02:30 in Berlin is 00:30 UTC on the day in autumn, and 01:30 UTC in spring.
 *
 * The table goes from 1970 to 2099; before and behind it the nearest offset holds. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_ZONE_H
#define TIDEMARK_COLLECTORS_FORMATS_ZONE_H

#include "common/status.h"

#include <stdint.h>

struct zone;

/* The zone of an IANA name (`Europe/Berlin`).  STATUS_CONFIG: there is none, or no database; `e` says which.  Changes
 * the environment for the time of the call: no other thread may run. */
enum status zone_new(const char *name, struct zone **out, struct error *e) MUST_CHECK;
void zone_free(struct zone **zone);

/* Seconds east of UTC at a local time, given as seconds since 1970-01-01T00:00:00 on the local clock. */
int32_t zone_offset_s(const struct zone *zone, int64_t local_s);

#endif
