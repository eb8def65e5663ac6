/* The account of a source, as far as a printing normalizer sees it: nothing that was read goes unnamed. */
#ifndef TIDEMARK_NORMALIZER_TALLY_H
#define TIDEMARK_NORMALIZER_TALLY_H

#include "common/buffer.h"
#include "common/wire/batch.h"

struct tally_reason {
    enum verdict verdict;
    char *text;
    uint64_t count;
};

struct tally {
    char *source;
    uint64_t read, sessions, session_records, portless, lost_bytes;
    unsigned reasons_n;
    struct tally_reason *reasons;
};

struct tallies {
    unsigned n;
    struct tally **of;
};

struct tally *tallies_get(struct tallies *t, struct span source);
void tallies_fini(struct tallies *t);
void tally_add_reason(struct tally *t, enum verdict verdict, struct span reason, uint64_t n);

/* "skip", "bad", "limit" */
const char *tally_verdict_name(enum verdict v);

/* `{"event":"account","sources":[…]}`, sources and reasons sorted. */
void tallies_append_account(struct tallies *t, struct buffer *out);

#endif
