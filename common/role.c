#include "common/role.h"

#include "common/log.h"
#include "common/timestamp.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

/* What the life pipe says, if it says something: a byte, or that its end has come. */
enum life { LIFE_NOTHING, LIFE_GO, LIFE_DISMISSED, LIFE_ORPHANED };

static enum life read_life(int life_fd)
{
    char byte;
    ssize_t n = read(life_fd, &byte, 1);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        return LIFE_ORPHANED;
    return n != 1 ? LIFE_NOTHING : byte == ROLE_LIFE_LEAVE ? LIFE_DISMISSED : LIFE_GO;
}

static enum life poll_life(int life_fd)
{
    struct pollfd p = { .fd = life_fd, .events = POLLIN };
    return life_fd >= 0 && poll(&p, 1, 0) > 0 ? read_life(life_fd) : LIFE_NOTHING;
}

/* A supervisor that says farewell clears up itself; one that is simply gone leaves that to the last of us. */
static void obey(struct role *r, enum life said)
{
    if (said == LIFE_ORPHANED)
        runtime_leave(&r->runtime);
    if (said == LIFE_ORPHANED || said == LIFE_DISMISSED)
        _exit(EXIT_CODE_INTERNAL);
}

struct farewell {
    struct runtime runtime;
    int life_fd;
};

/* A role that ends by itself while its supervisor is gone may be the last one too.  One that has a supervisor gives up
 * the lock at once: what is left of its end may take long enough for somebody else to be the last one meanwhile. */
static void leave_at_exit(int code, void *context)
{
    struct farewell *f = context;
    (void)code;
    if (poll_life(f->life_fd) == LIFE_ORPHANED)
        runtime_leave(&f->runtime);
    else
        close(f->runtime.lock_fd);
    free(f);
}

static double cpu_seconds(int whose)
{
    struct rusage u;
    if (getrusage(whose, &u))
        return 0;
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void note_go(struct role *r)
{
    r->go_ms = monotonic_now_ms();
    r->go_cpu_s = cpu_seconds(RUSAGE_SELF);
    r->go_thread_cpu_s = cpu_seconds(RUSAGE_THREAD);
}

void role_wait_go(struct role *r)
{
    if (r->life_fd < 0) {
        note_go(r);
        return;
    }
    if (r->runtime.lock_fd >= 0) {
        struct farewell *f = allocate(1, sizeof *f);
        *f = (struct farewell){ .runtime = r->runtime, .life_fd = r->life_fd };
        on_exit(leave_at_exit, f);
    }
    enum life said;
    do {
        said = read_life(r->life_fd);
        obey(r, said);
    } while (said != LIFE_GO);
    note_go(r);
}

void role_check_life(struct role *r)
{
    obey(r, poll_life(r->life_fd));
}

void role_reader_gone(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE);
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
    static char real[PATH_MAX];
    snprintf(path, sizeof path, "%s/../share/tidemark", own_folder());
    return realpath(path, real) ? real : path; /* for people to read: results name the watchlist's file */
}
