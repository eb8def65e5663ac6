/* The header units of a stream, so that a parser can be brought to what was in force at a position (rewinds).
 *
 * Headers that follow each other are a block (Zeek's `#` lines); a block equal to the one before is not stored again.
 * Beyond 1 MiB the oldest blocks below the acknowledged position are let go, but never the last of them. */
#ifndef TIDEMARK_COLLECTORS_CORE_HEADERS_H
#define TIDEMARK_COLLECTORS_CORE_HEADERS_H

#include "core/parser.h"

struct headers {
    struct header *header;
    size_t n, capacity;
    struct buffer bytes;
    size_t last_block; /* first header of the newest block */
    bool block_open;   /* no record has come since */
};

void headers_fini(struct headers *h);

/* A header unit; it stands behind all that are stored. */
void headers_add(struct headers *h, const struct unit *u);
/* A record stands behind the headers: the next header begins a block. */
void headers_close_block(struct headers *h);

/* Forget the headers at and behind `position`: they will be read again. */
void headers_cut(struct headers *h, uint64_t position);
/* Nothing below will be asked for again. */
void headers_acknowledge(struct headers *h, uint64_t position);

/* Parse what is stored, in order; the parser has been reset. `r` is scratch. */
void headers_replay(const struct headers *h, struct parser *p, struct record *r);

#endif
