/* The private folder of one run: its sockets, spools and sorted runs live there and go with it.
 *
 * Who removes it.  The supervisor, at its end.  If it was killed, the last of its children to leave: everybody holds a
 * shared flock on the file `lock` inside, and whoever leaves alone asks for an exclusive one first, which only the last
 * gets.  If all were killed at once, the next start: it sweeps folders of the same user whose lock is free.
 *
 * Crash: the kernel drops the locks of the dead.  `lock` appears under its name only when it is held, so that a sweep
 * never takes a folder that is being made; one without that file is taken when it is a minute old.
 * Trust: only folders that belong to this user are looked into, links are not followed.
 */
#ifndef TIDEMARK_COMMON_RUNTIME_H
#define TIDEMARK_COMMON_RUNTIME_H

#include "common/status.h"

/* A socket's path has 108 bytes (sockaddr_un): folder, slash and a name of up to 32 must fit. */
enum { RUNTIME_PATH_BYTES = 76 };

struct runtime {
    char path[RUNTIME_PATH_BYTES];
    int lock_fd;
};

/* Sweep what dead runs left, then make a folder (0700) and hold its lock.  It is made under the environment's
 * TIDEMARK_RUNTIME_DIR (which must then be usable), else under the first usable of TMPDIR, /tmp and XDG_RUNTIME_DIR
 * (the last because it is often small and in memory, while spools and runs may be large). */
enum status runtime_create(struct runtime *r, struct error *e) MUST_CHECK;

/* Remove the folder whoever else holds it: for the supervisor, when its children are gone. */
void runtime_remove(struct runtime *r);

/* Hold the lock of a folder that somebody else made.  STATUS_SYSTEM if it is gone. */
enum status runtime_join(struct runtime *r, const char *path, struct error *e) MUST_CHECK;

/* Give up the lock; the last one removes the folder. */
void runtime_leave(struct runtime *r);

#endif
