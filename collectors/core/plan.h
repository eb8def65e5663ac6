/* What the first of several collectors of a source found, for the others: all of them must mean the same files, of the
 * same sizes, by the same numbers.
 *
 * The file lies in the run's private folder and appears in one piece; what is in it is checked all the same. */
#ifndef TIDEMARK_COLLECTORS_CORE_PLAN_H
#define TIDEMARK_COLLECTORS_CORE_PLAN_H

#include "core/inputs.h"

enum status plan_write(const char *path, const struct inputs *in, struct error *e) MUST_CHECK;

/* STATUS_AGAIN: it is not there yet.  STATUS_CONFIG: this is no plan. */
enum status plan_read(const char *path, const struct collector *c, struct inputs *in, struct error *e) MUST_CHECK;

#endif
