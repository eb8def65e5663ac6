/* What it takes to read one stream: framing, parser, batcher, the record.  Large, so it is handed from one stream to
 * the next of the same form instead of being made anew. */
#ifndef TIDEMARK_COLLECTORS_CORE_READER_H
#define TIDEMARK_COLLECTORS_CORE_READER_H

#include "core/batcher.h"
#include "core/framer.h"
#include "core/parser.h"

struct reader {
    const struct form *form;
    struct framer *framer;
    struct parser parser;
    struct batcher *batcher;
    struct record record;
};

/* Shared by the streams of a process. */
struct readers {
    const struct collector *collector;
    struct batch_limits limits;
    size_t line_limit_bytes;
    uint64_t wanted[RECORD_FIELDS_MAX / 64]; /* a bit per field; see readers_want */
    struct reader *spare;
};

void readers_init(struct readers *pool, const struct collector *collector, const struct batch_limits *limits,
                  size_t line_limit_bytes);
void readers_fini(struct readers *pool);

/* Fields that batches from now on hold: those of the names (unknown ones are ignored), or everything.  Adds to what was
 * wanted before when `add`. */
void readers_want(struct readers *pool, const struct span *names, uint32_t n, bool everything, bool add);

/* A reader for the form, its parser as at the start of a stream; `options` is borrowed until reader_give. */
struct reader *readers_take(struct readers *pool, const struct form *form, const struct parse_options *options);
void readers_give(struct readers *pool, struct reader **r);

#endif
