#include "core/paths.h"

#include "common/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDER_DEPTH_MAX = 64 };

static void append(struct paths *p, char *path)
{
    p->path = allocate_more(p->path, p->n + 1, sizeof *p->path);
    p->path[p->n++] = path;
}

void paths_fini(struct paths *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->path[i]);
    free(p->path);
    *p = (struct paths){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folder's names, sorted, joined to its path. */
static enum status folder_names(const char *folder, struct paths *names, struct error *e)
{
    DIR *d = opendir(folder);
    if (!d) {
        (void)error_errno(e, "%s: cannot be read", folder);
        return STATUS_INPUT;
    }
    size_t n = strlen(folder);
    const char *between = n && folder[n - 1] == '/' ? "" : "/";
    for (struct dirent *entry; (entry = readdir(d));) {
        if (entry->d_name[0] == '.')
            continue;
        struct buffer b = { 0 };
        buffer_append_format(&b, "%s%s%s", folder, between, entry->d_name);
        append(names, allocate_text(buffer_span(&b)));
        buffer_fini(&b);
    }
    closedir(d);
    if (names->n)
        qsort(names->path, names->n, sizeof *names->path, by_bytes);
    return STATUS_OK;
}

static enum status expand_folder(struct paths *out, const char *folder, unsigned depth, struct error *e)
{
    if (depth > FOLDER_DEPTH_MAX)
        return error_set(e, STATUS_INPUT, "%s: folders nest too deeply", folder);
    struct paths names = { 0 };
    enum status s = folder_names(folder, &names, e);
    for (size_t i = 0; s == STATUS_OK && i < names.n; i++) {
        struct stat st;
        if (lstat(names.path[i], &st)) /* gone since it was listed */
            continue;
        if (S_ISDIR(st.st_mode)) {
            s = expand_folder(out, names.path[i], depth + 1, e);
        } else if (stat(names.path[i], &st) || S_ISREG(st.st_mode)) {
            /* A dangling link is kept: opening it says what is wrong. */
            append(out, names.path[i]);
            names.path[i] = NULL;
        }
    }
    paths_fini(&names);
    return s;
}

static enum status expand_existing(struct paths *out, const char *path, const struct stat *st, struct error *e)
{
    if (!S_ISDIR(st->st_mode)) {
        append(out, allocate_text(span_text(path)));
        return STATUS_OK;
    }
    size_t before = out->n;
    enum status s = expand_folder(out, path, 0, e);
    if (s == STATUS_OK && out->n == before)
        return error_set(e, STATUS_INPUT, "%s: there is no file in this folder", path);
    return s;
}

static enum status expand_pattern(struct paths *out, const char *pattern, struct error *e)
{
    glob_t g;
    int r = glob(pattern, GLOB_NOSORT, NULL, &g);
    if (r == GLOB_NOMATCH)
        return error_set(e, STATUS_INPUT, "%s: no file matches this pattern", pattern);
    if (r)
        return error_set(e, STATUS_INPUT, "%s: the pattern cannot be evaluated", pattern);
    qsort(g.gl_pathv, g.gl_pathc, sizeof *g.gl_pathv, by_bytes);
    enum status s = STATUS_OK;
    for (size_t i = 0; s == STATUS_OK && i < g.gl_pathc; i++) {
        struct stat st;
        if (stat(g.gl_pathv[i], &st))
            append(out, allocate_text(span_text(g.gl_pathv[i])));
        else if (S_ISDIR(st.st_mode))
            s = expand_folder(out, g.gl_pathv[i], 0, e);
        else
            append(out, allocate_text(span_text(g.gl_pathv[i])));
    }
    globfree(&g);
    return s;
}

enum status paths_expand(struct paths *out, const char *argument, struct error *e)
{
    struct stat st;
    if (strcmp(argument, "-") == 0) {
        append(out, allocate_text(span_text(argument)));
        return STATUS_OK;
    }
    if (stat(argument, &st) == 0)
        return expand_existing(out, argument, &st, e);
    int why = errno;
    if (strpbrk(argument, "*?[")) {
        size_t before = out->n;
        enum status s = expand_pattern(out, argument, e);
        if (s == STATUS_OK && out->n == before)
            return error_set(e, STATUS_INPUT, "%s: no file matches this pattern", argument);
        return s;
    }
    errno = why;
    (void)error_errno(e, "%s: cannot be read", argument);
    return STATUS_INPUT;
}
