/* The table of distinct descriptors of one batch: a hash of the fields' texts finds an entry, the texts confirm it. */
#ifndef TIDEMARK_COLLECTORS_CORE_DESCRIPTORS_H
#define TIDEMARK_COLLECTORS_CORE_DESCRIPTORS_H

#include "core/collector.h"

struct descriptors;
struct descriptors *descriptors_new(uint32_t most);
void descriptors_free(struct descriptors **d);

/* Empty the table; descriptors are made of the `fields_n` fields of `mask` from here on. */
void descriptors_begin(struct descriptors *d, const uint64_t *mask, uint32_t fields_n);

/* The number of the record's descriptor, entered on first sight; the table is not full. */
uint32_t descriptors_number(struct descriptors *d, const struct record *r);
bool descriptors_are_full(const struct descriptors *d);
uint32_t descriptors_n(const struct descriptors *d);

/* n × fields_n texts, row-major, valid UTF-8; valid until the table changes. */
struct span *descriptors_spans(struct descriptors *d, uint32_t *n);

#endif
