/* A fixed set of words, looked up by hash: CEF keys, column names, JSON keys. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_KEYS_H
#define TIDEMARK_COLLECTORS_FORMATS_KEYS_H

#include "core/collector.h"

struct keys;

/* `words` is borrowed; names are distinct (CHECK).  For start-up. */
struct keys *keys_new(const struct key *words, unsigned n);
void keys_free(struct keys **k);

#define KEY_NONE (-1)

/* The number of the word that equals `word` exactly, or KEY_NONE. */
int keys_find(const struct keys *k, struct span word);

#endif
