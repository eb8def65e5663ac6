#include "extent.h"

#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH_MAX = 64 };

static void add_folder(struct extent *x, const char *folder, uint64_t enough, unsigned depth)
{
    DIR *d = depth <= FOLDER_DEPTH_MAX ? opendir(folder) : NULL;
    if (!d)
        return;
    for (struct dirent *entry; x->bytes <= enough && (entry = readdir(d));) {
        char path[PATH_MAX];
        struct stat st;
        if (entry->d_name[0] == '.' ||
            (size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= sizeof path || lstat(path, &st))
            continue;
        if (S_ISDIR(st.st_mode))
            add_folder(x, path, enough, depth + 1);
        else if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
            x->bytes += (uint64_t)st.st_size;
    }
    closedir(d);
}

static void add_existing(struct extent *x, const char *path, const struct stat *st, uint64_t enough)
{
    if (S_ISDIR(st->st_mode))
        add_folder(x, path, enough, 0);
    else if (S_ISREG(st->st_mode))
        x->bytes += (uint64_t)st->st_size;
    else
        x->once = true;
}

void extent_add(struct extent *x, const char *path, uint64_t enough)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        if (fstat(STDIN_FILENO, &st) == 0)
            add_existing(x, path, &st, enough);
        return;
    }
    if (stat(path, &st) == 0) {
        add_existing(x, path, &st, enough);
        return;
    }
    glob_t g;
    if (!strpbrk(path, "*?[") || glob(path, GLOB_NOSORT, NULL, &g))
        return;
    for (size_t i = 0; i < g.gl_pathc; i++)
        if (stat(g.gl_pathv[i], &st) == 0)
            add_existing(x, g.gl_pathv[i], &st, enough);
    globfree(&g);
}
