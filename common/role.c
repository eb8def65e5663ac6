#include "common/role.h"

#include "common/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void role_init(struct role *r, const char *program)
{
    *r = (struct role){ .program = program, .name = program, .life_fd = -1, .status_fd = -1, .runtime.lock_fd = -1 };
    log_init(program, LOG_WARN);
    signal(SIGPIPE, SIG_IGN);
}

static int descriptor(const struct role *r, const char *argument)
{
    char *end;
    errno = 0;
    long fd = strtol(argument, &end, 10);
    if (errno || *end || end == argument || fd < 0 || fd > INT_MAX) {
        fprintf(stderr, "tidemark-%s: %s: not the number of an open file\n", r->program, argument);
        exit(EXIT_CODE_USAGE);
    }
    return (int)fd;
}

static enum log_level level_of(const struct role *r, const char *argument)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(argument, names[i]) == 0)
            return (enum log_level)i;
    fprintf(stderr, "tidemark-%s: --log-level %s: expected debug, info, warn or error\n", r->program, argument);
    exit(EXIT_CODE_USAGE);
}

static void join_runtime(struct role *r, const char *path)
{
    struct error e;
    if (runtime_join(&r->runtime, path, &e) != STATUS_OK) {
        fprintf(stderr, "tidemark-%s: %s\n", r->program, e.text);
        exit(EXIT_CODE_INTERNAL);
    }
}

bool role_option(struct role *r, int code, const char *argument)
{
    switch (code) {
    case ROLE_OPTION_LIFE:
        r->life_fd = descriptor(r, argument);
        /* The terminal's Ctrl-C reaches the whole group; the supervisor decides what it means. */
        signal(SIGINT, SIG_IGN);
        return true;
    case ROLE_OPTION_STATUS:
        r->status_fd = descriptor(r, argument);
        return true;
    case ROLE_OPTION_NAME:
        r->name = argument;
        return true;
    case ROLE_OPTION_LOG:
        log_init(r->program, level_of(r, argument));
        return true;
    case ROLE_OPTION_RUNTIME:
        join_runtime(r, argument);
        return true;
    default:
        return false;
    }
}

static void leave(struct role *r)
{
    runtime_leave(&r->runtime);
    _exit(EXIT_CODE_INTERNAL);
}

/* Reads what the supervisor said; leaves when it is gone.  True if a byte came. */
static bool read_life(struct role *r)
{
    char byte;
    ssize_t n = read(r->life_fd, &byte, 1);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        leave(r);
    return n == 1;
}

void role_wait_go(struct role *r)
{
    if (r->life_fd < 0)
        return;
    while (!read_life(r))
        ;
}

void role_check_life(struct role *r)
{
    struct pollfd p = { .fd = r->life_fd, .events = POLLIN };
    if (r->life_fd >= 0 && poll(&p, 1, 0) > 0)
        read_life(r);
}

void role_status(struct role *r, struct span json_object)
{
    if (r->status_fd < 0)
        return;
    struct buffer line = { 0 };
    buffer_append_span(&line, json_object);
    buffer_append_byte(&line, '\n');
    for (size_t done = 0; done < line.n;) {
        ssize_t n = write(r->status_fd, line.p + done, line.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            /* Nobody listens: the life pipe tells whether that matters. */
            close(r->status_fd);
            r->status_fd = -1;
            break;
        }
        done += (size_t)n;
    }
    buffer_fini(&line);
}

static const char *own_folder(void)
{
    static char path[PATH_MAX];
    if (path[0])
        return path;
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return ".";
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = 0;
    return path;
}

const char *role_bin_dir(void)
{
    return own_folder();
}

const char *role_share_dir(void)
{
    static char path[PATH_MAX + 32];
    const char *override = getenv("TIDEMARK_SHARE");
    if (override && *override)
        return override;
    snprintf(path, sizeof path, "%s/../share/tidemark", own_folder());
    return path;
}
