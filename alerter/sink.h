/* Where text goes: an open file that is written in large pieces, its errors kept until somebody asks. */
#ifndef TIDEMARK_ALERTER_SINK_H
#define TIDEMARK_ALERTER_SINK_H

#include "common/buffer.h"
#include "common/status.h"

struct sink {
    struct buffer text; /* append here */
    int fd;
    const char *name; /* for sentences: "standard output" */
};

void sink_init(struct sink *s, int fd, const char *name);
void sink_fini(struct sink *s);

/* To be called after each record: writes once enough has gathered. STATUS_SYSTEM when writing fails. */
enum status sink_settle(struct sink *s, struct error *e) MUST_CHECK;

/* Write everything. */
enum status sink_flush(struct sink *s, struct error *e) MUST_CHECK;

#endif
