/* What could not be understood, kept for people: one JSON line per malformed or over-limit record in a bounded file,
 * and one log line for the first of each reason.  One per process. */
#ifndef TIDEMARK_COLLECTORS_CORE_REJECTS_H
#define TIDEMARK_COLLECTORS_CORE_REJECTS_H

#include "common/span.h"
#include "common/status.h"

#include <stdint.h>

struct rejects;

struct reject {
    const char *file;
    uint64_t position, ordinal; /* ordinal: the record's number, from 1 */
    uint64_t counted_from;      /* the byte where counting records began, of a range of a large file */
    const char *reason;
    struct span bytes; /* its first 4 KiB are kept */
};

/* `path` NULL: only log.  The file is made anew, readable by its owner only. STATUS_CONFIG: it cannot be. */
enum status rejects_open(const char *path, const char *source, struct rejects **out, struct error *e) MUST_CHECK;
/* Writes what is buffered. */
void rejects_close(struct rejects **r);

/* At most 64 MiB are written; what is more is counted and said at the end. The caller sees to one entry per position.
 */
void rejects_add(struct rejects *r, const struct reject *x);

#endif
