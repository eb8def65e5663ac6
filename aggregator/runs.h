/* Runs: counts that have left memory, and their sum at the end.
 *
 * What is added is staged in memory; a full stage is sorted and written as one run: rows of fixed size in order of
 * (window, port, group), many windows in one run, in a file of the given folder that has no name (nothing is left
 * behind, however the program ends).  When a level holds `fan_in` runs they are merged into one of the next level, so
 * that the number of open files grows with the logarithm of what was added, and memory not at all.  At the end all runs
 * are merged once more, and rows of one key are added up.  If everything fitted into the stage, no file is written.
 *
 * Crash: nothing is durable; a shard that dies takes its runs with it.
 */
#ifndef TIDEMARK_AGGREGATOR_RUNS_H
#define TIDEMARK_AGGREGATOR_RUNS_H

#include "common/status.h"
#include "counts.h"
#include "runfile.h"

#include <stddef.h>
#include <stdint.h>

struct runs_options {
    const char *folder;
    size_t stage_rows;       /* 0: the default, 512 Ki; more may be staged by one runs_add */
    unsigned fan_in;         /* at least 2; 0: the default, 8 */
    void (*breathe)(void *); /* called every few milliseconds while merging; or NULL */
    void *context;           /* of breathe */
};

struct runs;

struct runs *runs_new(const struct runs_options *o);
void runs_free(struct runs **r);

/* Add counts of one window, in any order; they are copied.  STATUS_SYSTEM when a run cannot be written,
 * STATUS_LIMIT when a sum is over COUNT_MAX. */
enum status runs_add(struct runs *r, int64_t window_ms, const struct count *counts, size_t n,
                     struct error *e) MUST_CHECK;

/* Nothing more will be added.  Then runs_next gives row by row in order of (window, key), each key once: STATUS_OK,
 * STATUS_END behind the last one, or an error. */
enum status runs_finish(struct runs *r, struct error *e) MUST_CHECK;
enum status runs_next(struct runs *r, struct run_row *row, struct error *e) MUST_CHECK;

/* Can files be made there?  For the start, so that a wrong folder is said before the work. */
enum status runs_check_folder(const char *folder, struct error *e) MUST_CHECK;

/* How many files are open: for tests and the log. */
unsigned runs_files(const struct runs *r);

#endif
