/* Compressed bytes to bytes: gzip (members one behind the other) and Zstandard (frames likewise), recognised by their
 * first bytes, never by a file's name.  Pure memory; trusts nothing: corrupt data is an answer, not a surprise. */
#ifndef TIDEMARK_COLLECTORS_CORE_CODEC_H
#define TIDEMARK_COLLECTORS_CORE_CODEC_H

#include "common/span.h"
#include "common/status.h"

#include <stdbool.h>

enum codec_kind { CODEC_NONE, CODEC_GZIP, CODEC_ZSTD };

/* What `head` begins with.  STATUS_AGAIN: it is the beginning of a magic number, more bytes must decide (`last`: there
 * are none). */
enum status codec_detect(struct span head, bool last, enum codec_kind *out) MUST_CHECK;

struct codec;
struct codec *codec_new(enum codec_kind kind); /* GZIP or ZSTD */
void codec_free(struct codec **c);
const char *codec_name(const struct codec *c);

/* Decode from the front of `in` (which is moved on) to `to`; *got bytes were written.
 * STATUS_OK: as much as `in` and `n` allowed.  STATUS_BAD: corrupt at the front of `in`; *why says how. */
enum status codec_decode(struct codec *c, struct span *in, char *to, size_t n, size_t *got,
                         const char **why) MUST_CHECK;

/* True where the compressed data may end: behind a whole member or frame. */
bool codec_may_end(const struct codec *c);

#endif
