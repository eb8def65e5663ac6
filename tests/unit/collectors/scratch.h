/* A folder for one test, and files in it; removed by scratch_remove. */
#ifndef TIDEMARK_TESTS_SCRATCH_H
#define TIDEMARK_TESTS_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/status.h"

static inline void scratch_make(char folder[64])
{
    snprintf(folder, 64, "/tmp/tidemark-scratch-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void scratch_remove(const char *folder)
{
    CHECK(nftw(folder, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Path of a name in the folder; static storage, four at a time. */
static inline const char *scratch_path(const char *folder, const char *name)
{
    static char path[4][256];
    static unsigned next;
    char *to = path[next++ % 4];
    snprintf(to, 256, "%s/%s", folder, name);
    return to;
}

static inline const char *scratch_write(const char *folder, const char *name, const void *bytes, size_t n)
{
    const char *path = scratch_path(folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    close(fd);
    return path;
}

#endif
