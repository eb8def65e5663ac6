/* Distinct byte strings with small dense numbers, in order of first sight. */
#ifndef TIDEMARK_ALERTER_NAMES_H
#define TIDEMARK_ALERTER_NAMES_H

#include "common/span.h"

#include <stdint.h>

struct names {
    struct span *items; /* owned copies, 0 .. n-1; stable until names_clear */
    uint64_t *hashes;
    uint32_t n;
    uint32_t capacity;
    uint32_t *slots;  /* open addressing: number + 1, 0 is free */
    uint32_t slots_n; /* a power of two */
};

/* A zeroed struct is empty and ready. */
void names_fini(struct names *t);
void names_clear(struct names *t);

/* The number of `s`, which is copied on first sight. */
uint32_t names_intern(struct names *t, struct span s);

#endif
