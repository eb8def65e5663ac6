/* Sessions as JSON lines: `tidemark normalize`.  Fields in the schema's order, only those that are not empty. */
#ifndef TIDEMARK_NORMALIZER_PRINTER_H
#define TIDEMARK_NORMALIZER_PRINTER_H

#include "meaning.h"
#include "tally.h"

struct printer;

/* Writes to `fd`.  `all`: also a line for every record that is no session. */
struct printer *printer_new(int fd, bool all);
void printer_free(struct printer **p);

/* Print what lies at or behind the position `applied`, in order, and count it in `t`.  STATUS_BAD for a batch that
 * cannot be meant for the map, STATUS_SYSTEM when writing fails. */
enum status printer_batch(struct printer *p, struct meanings *m, const struct batch *b, uint64_t applied,
                          struct tally *t, struct error *e) MUST_CHECK;

/* Write what is still kept. */
enum status printer_flush(struct printer *p, struct error *e) MUST_CHECK;

#endif
