/* One input as a stream of bytes with offsets: a file, a compressed file, or what can be read only once.
 *
 * Offsets count the uncompressed bytes.  A plain file is read by pread into the caller's buffer.  A compressed file is
 * inflated; going back starts over and skips.  Pipes, FIFOs and terminals pass the spool (inflated first), which keeps
 * what has not been released.  A regular file on standard input is a file.
 *
 * Trusts nothing: truncated or corrupt compressed data and a file that changed are STATUS_INPUT with its name and the
 * offset.  Thread: one. */
#ifndef TIDEMARK_COLLECTORS_CORE_INPUT_H
#define TIDEMARK_COLLECTORS_CORE_INPUT_H

#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_options {
    const char *spool_dir;
    uint64_t spool_bytes;
};

struct input;

/* `path` is copied; "-" is standard input.  Opening a FIFO does not wait for its writer.
 * STATUS_INPUT: it cannot be read; STATUS_SYSTEM: no spool can be made. */
enum status input_open(const char *path, const struct input_options *o, struct input **out, struct error *e) MUST_CHECK;
void input_close(struct input **in);

/* A file as it was when it was opened first, for another reader of it. */
struct input_file {
    const char *path; /* borrowed from the input */
    uint64_t device, inode, size_bytes;
    int64_t time_ms;
};

/* False: it cannot be opened a second time (what can be read only once, and standard input). */
bool input_describe(const struct input *in, struct input_file *out);

/* That file, at rest; nothing is looked at before the first read, which refuses another file of that name. */
struct input *input_known(const struct input_file *f);

/* Not compressed, as the first read told. */
bool input_is_plain(const struct input *in);

/* Give back what a file needs while it is not read (descriptor, buffers); the next read opens it again and goes on
 * at the same position.  Nothing happens to what can be read only once. */
void input_rest(struct input *in);

/* Up to `n` bytes (at least one) from the position on, which moves.  STATUS_AGAIN: nothing has arrived, or the spool is
 * full (input_is_full); STATUS_END; STATUS_INPUT. */
enum status input_read(struct input *in, char *to, size_t n, size_t *got, struct error *e) MUST_CHECK;

/* Move the position.  STATUS_INPUT: the bytes are gone (released), or the file is not that long any more. */
enum status input_seek(struct input *in, uint64_t offset, struct error *e) MUST_CHECK;

/* What is before `offset` will not be asked for again. */
void input_release(struct input *in, uint64_t offset);

uint64_t input_position(const struct input *in);
uint64_t input_oldest(const struct input *in); /* the first offset that can be read again */
bool input_is_full(const struct input *in);
bool input_is_live(const struct input *in); /* can be read only once */
int input_wait_fd(const struct input *in);  /* readable when more may be there; -1: files */
const char *input_name(const struct input *in);
int64_t input_time_ms(const struct input *in); /* modification time of a file; when it was opened for the rest */

/* For progress: bytes on disk, and how many of them have been read.  0 of 0 for what can be read only once. */
uint64_t input_size_bytes(const struct input *in);
uint64_t input_done_bytes(const struct input *in);

#endif
