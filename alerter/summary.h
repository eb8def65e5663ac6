/* The counts themselves as a file (--summary): the columns of NetworkSummary_Protocol_CL as CSV (RFC 4180, lines end
 * with LF), sorted by all columns from left to right, bytewise, the port as a number.
 *
 * Crash: written beside its place and renamed when complete, so the file is whole or not there.
 */
#ifndef TIDEMARK_ALERTER_SUMMARY_H
#define TIDEMARK_ALERTER_SUMMARY_H

#include "counts.h"

#include "common/status.h"

struct summary;

/* STATUS_CONFIG when the file cannot be created there. */
enum status summary_open(const char *file, struct summary **out, struct error *e) MUST_CHECK;

/* The rows of a settled window; windows come in order. */
enum status summary_add(struct summary *s, const struct counts *c, int64_t window_start_ms, struct error *e) MUST_CHECK;

/* The file takes its place. */
enum status summary_finish(struct summary *s, struct error *e) MUST_CHECK;

/* Removes what summary_finish has not put in place. */
void summary_close(struct summary **s);

#endif
