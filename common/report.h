/* What a role's process has cost and carried: one status line at its end.
 *
 *   {"event":"stats","wall":…,"user":…,"system":…,"start":…,"work":…,"messages":…,"wait":…,
 *    "batches":…,"rows":…,"bytes":…}
 *
 * Times are seconds.  user and system are the processor's, of the whole process; they are made of start (until the
 * supervisor's go), work (since then, of the thread that works) and messages (since then, of all other threads).
 * wait: since the go, waiting for news; wall: since the go.  Batches and bytes: received, or sent by a role that
 * receives none; rows: whatever the role's unit is (records, sessions, sums).
 */
#ifndef TIDEMARK_COMMON_REPORT_H
#define TIDEMARK_COMMON_REPORT_H

#include "common/link/link.h"
#include "common/role.h"

/* To be called once, when the work is done and the threads of `context` still live. */
void role_report(struct role *r, const struct link_context *context, uint64_t rows);

#endif
