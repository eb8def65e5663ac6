#include "common/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "tidemark-"

enum { UNLOCKED_AGE_S = 60, LEAVE_TRIES = 8, LEAVE_PAUSE_NS = 25 * 1000 * 1000 };

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    if (where->level == 1 && strcmp(path + where->base, "lock") == 0)
        return 0;
    if (kind == FTW_DP)
        rmdir(path);
    else
        unlink(path);
    return 0;
}

/* What cannot be removed stays for the next sweep.  So does what a process that is killed here leaves, because the lock
 * goes last. */
static void remove_tree(const char *path)
{
    char lock[PATH_MAX];
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if ((size_t)snprintf(lock, sizeof lock, "%s/lock", path) < sizeof lock)
        unlink(lock);
    rmdir(path);
}

static int lock_open(const char *folder, const char *name, int flags)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return -1;
    return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* True when nobody lives in that folder and it is ours to remove. */
static bool left_behind(const char *path)
{
    struct stat st;
    if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return false;
    int fd = lock_open(path, "lock", 0);
    if (fd < 0)
        return errno == ENOENT && time(NULL) - st.st_mtime > UNLOCKED_AGE_S;
    bool free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return free;
}

static void sweep(const char *base)
{
    DIR *d = opendir(base);
    if (!d)
        return;
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[PATH_MAX];
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0 ||
            (size_t)snprintf(path, sizeof path, "%s/%s", base, entry->d_name) >= sizeof path)
            continue;
        if (left_behind(path))
            remove_tree(path);
    }
    closedir(d);
}

static enum status take_lock(struct runtime *r, struct error *e)
{
    char hidden[PATH_MAX], shown[PATH_MAX];
    snprintf(hidden, sizeof hidden, "%s/lock.new", r->path);
    snprintf(shown, sizeof shown, "%s/lock", r->path);
    r->lock_fd = lock_open(r->path, "lock.new", O_CREAT | O_EXCL);
    if (r->lock_fd < 0 || flock(r->lock_fd, LOCK_SH | LOCK_NB) || rename(hidden, shown))
        return error_errno(e, "the runtime folder cannot be locked: %s", r->path);
    return STATUS_OK;
}

static enum status create_under(struct runtime *r, const char *base, struct error *e)
{
    r->lock_fd = -1;
    if (base[0] != '/')
        return error_set(e, STATUS_CONFIG, "runtime folder: %s: expected an absolute path", base);
    if ((size_t)snprintf(r->path, sizeof r->path, "%s/" PREFIX "XXXXXX", base) >= sizeof r->path) {
        r->path[0] = 0;
        return error_set(e, STATUS_CONFIG, "runtime folder: %s: too long for the path of a socket (at most %zu bytes)",
                         base, sizeof r->path - sizeof "/" PREFIX "XXXXXX");
    }
    sweep(base);
    if (!mkdtemp(r->path)) {
        r->path[0] = 0;
        return error_errno(e, "runtime folder: nothing can be made in %s", base);
    }
    enum status status = take_lock(r, e);
    if (status != STATUS_OK)
        runtime_remove(r);
    return status;
}

enum status runtime_create(struct runtime *r, struct error *e)
{
    *r = (struct runtime){ .lock_fd = -1 };
    const char *chosen = getenv("TIDEMARK_RUNTIME_DIR");
    if (chosen && *chosen)
        return create_under(r, chosen, e);
    const char *const bases[] = { getenv("TMPDIR"), "/tmp", getenv("XDG_RUNTIME_DIR") };
    enum status status = STATUS_SYSTEM;
    for (unsigned i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (!bases[i] || !*bases[i])
            continue;
        status = create_under(r, bases[i], e);
        if (status == STATUS_OK)
            break;
    }
    return status;
}

void runtime_remove(struct runtime *r)
{
    if (r->path[0])
        remove_tree(r->path);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    *r = (struct runtime){ .lock_fd = -1 };
}

enum status runtime_join(struct runtime *r, const char *path, struct error *e)
{
    *r = (struct runtime){ .lock_fd = -1 };
    if (strlen(path) >= sizeof r->path)
        return error_set(e, STATUS_CONFIG, "runtime folder: %s: too long", path);
    int fd = lock_open(path, "lock", 0);
    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB)) {
        enum status status = error_errno(e, "runtime folder: %s", path);
        if (fd >= 0)
            close(fd);
        return status;
    }
    memcpy(r->path, path, strlen(path) + 1);
    r->lock_fd = fd;
    return STATUS_OK;
}

void runtime_leave(struct runtime *r)
{
    if (r->lock_fd < 0)
        return;
    /* Asking for the exclusive lock gives up the shared one even when it is refused (flock(2)), so of two that leave
     * together one succeeds.  A killed supervisor's pipe may close a moment before its lock goes: hence a few tries. */
    bool last = false;
    for (int i = 0; i < LEAVE_TRIES && !last; i++) {
        struct timespec pause = { .tv_nsec = i ? LEAVE_PAUSE_NS : 0 };
        nanosleep(&pause, NULL);
        last = flock(r->lock_fd, LOCK_EX | LOCK_NB) == 0;
    }
    if (last)
        remove_tree(r->path);
    close(r->lock_fd);
    *r = (struct runtime){ .lock_fd = -1 };
}
