/* One run in a file without a name: written once from front to back, then read once from front to back. */
#ifndef TIDEMARK_AGGREGATOR_RUNFILE_H
#define TIDEMARK_AGGREGATOR_RUNFILE_H

#include "common/status.h"

#include <stddef.h>
#include <stdint.h>

struct run_row {
    int64_t window_ms; /* start */
    uint64_t key;      /* count_key */
    uint64_t n;
};

struct runfile;

/* STATUS_SYSTEM when no file can be made in `folder` (borrowed, must outlive the file). */
enum status runfile_create(const char *folder, struct runfile **out, struct error *e) MUST_CHECK;
void runfile_close(struct runfile **f);

/* Append one row.  STATUS_SYSTEM: the disk is full, or worse. */
enum status runfile_write(struct runfile *f, const struct run_row *row, struct error *e) MUST_CHECK;

/* Written; its buffer is given back. */
enum status runfile_flush(struct runfile *f, struct error *e) MUST_CHECK;

/* The next row, from the first one on; STATUS_END behind the last one. */
enum status runfile_read(struct runfile *f, struct run_row *row, struct error *e) MUST_CHECK;

#endif
