/* What a PATH of the command line stands for: a file, the files of a folder, or those that a pattern matches. */
#ifndef TIDEMARK_COLLECTORS_CORE_PATHS_H
#define TIDEMARK_COLLECTORS_CORE_PATHS_H

#include "common/status.h"

#include <stddef.h>

struct paths {
    char **path; /* owned */
    size_t n;
};

/* Append what `argument` stands for:
 *   `-`           standard input
 *   a folder      its regular files and those of its subfolders, by name, bytewise; dot files and folders are left out,
 *                 links to folders are not followed
 *   anything else that exists: itself
 *   a pattern     (glob(7)) what it matches, by name, bytewise; a matching folder counts as above
 * STATUS_INPUT with one sentence: it does not exist, cannot be read, has no files or matches nothing; what was found
 * before stays in `out`. */
enum status paths_expand(struct paths *out, const char *argument, struct error *e) MUST_CHECK;
void paths_fini(struct paths *p);

#endif
