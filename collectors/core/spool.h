/* A bounded ring in a file: what cannot be read again (stdin, pipes) stays readable until it is acknowledged.
 *
 * Byte `offset` of the stream lies at offset % size.  Only [spool_begin, spool_end) is kept.  The file has no name: it
 * is gone with the process, however that ends.  It survives no crash, and needs not: the pipe would not either. */
#ifndef TIDEMARK_COLLECTORS_CORE_SPOOL_H
#define TIDEMARK_COLLECTORS_CORE_SPOOL_H

#include "common/span.h"
#include "common/status.h"

#include <stdint.h>

struct spool;

/* `directory`: where the file lies.  STATUS_SYSTEM if none can be made there. */
enum status spool_open(const char *directory, uint64_t size_bytes, struct spool **out, struct error *e) MUST_CHECK;
void spool_close(struct spool **s);

uint64_t spool_begin(const struct spool *s);
uint64_t spool_end(const struct spool *s);
uint64_t spool_room(const struct spool *s);

/* Append all of `bytes` or nothing: STATUS_FULL without room, STATUS_SYSTEM when the disk refuses (a full one may take
 * it later). */
enum status spool_append(struct spool *s, struct span bytes, struct error *e) MUST_CHECK;

/* Up to `n` bytes from `offset`, which lies in [begin, end). */
enum status spool_read(const struct spool *s, uint64_t offset, char *to, size_t n, size_t *got,
                       struct error *e) MUST_CHECK;

/* What is before `offset` is needed no more. */
void spool_release(struct spool *s, uint64_t offset);

#endif
