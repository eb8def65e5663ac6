/* A program as one role of a pipeline: how it is watched and how it reports.
 *
 * Options that every role program takes (role_option handles them):
 *   --life-fd N     read end of a pipe; its end of file means that the supervisor is gone: the program leaves at once.
 *                   The supervisor writes the byte 'g' when the role may start its work (see role_wait_go), and may
 *                   write 'q' before it closes the pipe: then it clears up itself
 *   --status-fd N   write end of a pipe: one JSON object per line, {"event":"…", …}
 *   --name NAME     the instance's name
 *   --runtime-dir D the run's private folder (common/runtime.h): its lock is held, and the last to leave removes it
 *   --log-level L   debug, info, warn (default), error
 * Without --life-fd a program works on its own (and role_wait_go returns at once).
 *
 * Crash: a role needs no farewell; whoever watches it sees its exit.
 */
#ifndef TIDEMARK_COMMON_ROLE_H
#define TIDEMARK_COMMON_ROLE_H

#include "common/buffer.h"
#include "common/runtime.h"
#include "common/status.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

enum { ROLE_LIFE_GO = 'g', ROLE_LIFE_LEAVE = 'q' };

struct role {
    const char *program;    /* "collector", … */
    const char *name;       /* of the instance */
    int life_fd;            /* or -1 */
    int status_fd;          /* or -1 */
    struct runtime runtime; /* lock_fd -1: none */
    int64_t go_ms;          /* monotonic time of the go, and the seconds of processor time that the process, and its */
    double go_cpu_s;        /* thread, had used by then; for the report at the end */
    double go_thread_cpu_s;
};

/* Long options above, for the program's own table: { ROLE_OPTIONS, {"bind", …}, {0} }. */
enum { ROLE_OPTION_LIFE = 0x7000, ROLE_OPTION_STATUS, ROLE_OPTION_NAME, ROLE_OPTION_LOG, ROLE_OPTION_RUNTIME };
/* clang-format off */
#define ROLE_OPTIONS                                                                                                   \
    { "life-fd", required_argument, NULL, ROLE_OPTION_LIFE },                                                          \
    { "status-fd", required_argument, NULL, ROLE_OPTION_STATUS },                                                      \
    { "name", required_argument, NULL, ROLE_OPTION_NAME },                                                             \
    { "runtime-dir", required_argument, NULL, ROLE_OPTION_RUNTIME },                                                   \
    { "log-level", required_argument, NULL, ROLE_OPTION_LOG }
/* clang-format on */

/* Defaults, log_init, SIGPIPE ignored, SIGINT and SIGTERM left to the supervisor when there is one. */
void role_init(struct role *r, const char *program);

/* True if `code` was one of ROLE_OPTIONS and has been handled; false if it is the program's own.
 * A bad value ends the program with EXIT_CODE_USAGE. */
bool role_option(struct role *r, int code, const char *argument);

/* Block until the supervisor says go (or there is none).  Leaves the program when the supervisor is gone. */
void role_wait_go(struct role *r);

/* To be called when life_fd is readable: leaves the program (exit 70) if the supervisor is gone. */
void role_check_life(struct role *r);

/* Whoever read our standard output has gone (`| head`): leave as a program does that nobody told to ignore SIGPIPE,
 * quietly.  To be called when a write to standard output has failed with EPIPE. */
void role_reader_gone(void) __attribute__((noreturn));

/* Write one status line; `json_object` is the text of a JSON object without a line feed. */
void role_status(struct role *r, struct span json_object);

/* Folder <prefix>/share/tidemark beside the running program (<prefix>/bin/…); terminated, static storage.
 * The environment variable TIDEMARK_SHARE overrides it. */
const char *role_share_dir(void);
/* Folder of the running program itself. */
const char *role_bin_dir(void);

#endif
