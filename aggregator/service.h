/* The shard at work: between its normalizers and the alerter. */
#ifndef TIDEMARK_AGGREGATOR_SERVICE_H
#define TIDEMARK_AGGREGATOR_SERVICE_H

#include "common/role.h"
#include "common/link/link.h"
#include "shard.h"

struct service;

struct service_options {
    struct link_context *context;
    struct role *role; /* gets a report when service_run ends well */
    const char *bind, *connect;
    uint32_t senders; /* normalizers */
    struct shard_options shard;
};

/* Binds and connects. */
enum status service_new(const struct service_options *o, struct service **out, struct error *e) MUST_CHECK;
void service_free(struct service **s);

/* Count until all senders have finished, publish, and return STATUS_OK when the alerter has everything. */
enum status service_run(struct service *s, struct error *e) MUST_CHECK;

#endif
