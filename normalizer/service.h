/* A running normalizer: takes record batches from collectors and either forwards session batches to shards or prints
 * sessions.
 *
 * Order.  What a peer sends is worked on in the order in which it came: a batch that waits for a shard's credit is
 * kept, and what comes behind it (batches, ends, losses) waits in a queue, which is bounded by the credit of the peers.
 * Acknowledgements and rewinds of the shards are passed on at any time.
 *
 * Crash: a normalizer keeps nothing that cannot be built again from positions.
 */
#ifndef TIDEMARK_NORMALIZER_SERVICE_H
#define TIDEMARK_NORMALIZER_SERVICE_H

#include "router.h"

#include "common/role.h"

enum { SERVICE_SOURCES_MAX = 64 };

enum service_print { PRINT_NOTHING, PRINT_SESSIONS, PRINT_ALL };

struct service_options {
    const char *bind;
    const char *maps;  /* folder */
    unsigned senders;  /* done when so many have finished */
    unsigned shards_n; /* forwarding */
    struct port_range ranges[ROUTER_SHARDS_MAX];
    const char *endpoints[ROUTER_SHARDS_MAX];
    enum service_print print; /* printing */
    unsigned sources_n;       /* maps that must be good before it is ready */
    const char *sources[SERVICE_SOURCES_MAX];
    bool mixed_summaries;
    size_t arena_bytes; /* of shared memory, for all shards together */
};

/* Runs until all senders have finished.  Returns the program's exit code; what ended it early has been said on stderr.
 */
int service_run(struct role *role, const struct service_options *options);

#endif
