/* Run a program to its end and keep what it prints. */
#ifndef TIDEMARK_DEPLOY_CAPTURE_H
#define TIDEMARK_DEPLOY_CAPTURE_H

#include "words.h"

#include "common/buffer.h"

/* `out` gets its standard output (at most 16 MiB), *code its exit code; its standard error is ours. */
enum status capture(const struct words *w, struct buffer *out, int *code, struct error *e) MUST_CHECK;

#endif
