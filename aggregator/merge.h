/* The sum of many sorted runs, row by row. */
#ifndef TIDEMARK_AGGREGATOR_MERGE_H
#define TIDEMARK_AGGREGATOR_MERGE_H

#include "runfile.h"
#include "stage.h"

struct merge;

/* Takes the files over (they are closed with the merge) and borrows the stage, sorted, or NULL. */
enum status merge_new(struct runfile **files, size_t n, struct stage *stage, struct merge **out,
                      struct error *e) MUST_CHECK;
void merge_free(struct merge **m);

/* Rows in order of (window, key), each key once; STATUS_END behind the last; STATUS_LIMIT when a sum is over
 * COUNT_MAX. */
enum status merge_next(struct merge *m, struct run_row *row, struct error *e) MUST_CHECK;

#endif
