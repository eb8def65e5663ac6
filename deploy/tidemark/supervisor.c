#include "supervisor.h"

#include "catalogue.h"

#include "common/timestamp.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LEAVE_MS = 2000, STRAGGLERS_MS = 10000 };

/* What the caller's caller has chosen to ignore (nohup, a shell's background job) stays ignored. */
static sigset_t watched_signals(void)
{
    static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (unsigned i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction now;
        if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&set, ending[i]);
    }
    return set;
}

enum status supervisor_init(struct supervisor *s, bool progress, struct error *e)
{
    *s = (struct supervisor){ .runtime.lock_fd = -1 };
    progress_init(&s->progress, progress);
    sigset_t set = watched_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return runtime_create(&s->runtime, e);
}

static void drop_children(struct supervisor *s)
{
    for (size_t i = 0; i < s->n; i++)
        child_fini(&s->child[i]);
    free(s->child);
    s->child = NULL;
    s->n = 0;
}

void supervisor_fini(struct supervisor *s)
{
    drop_children(s);
    runtime_remove(&s->runtime);
    account_fini(&s->account);
    stats_fini(&s->stats);
    for (size_t i = 0; i < s->uncut_n; i++)
        free(s->uncut[i].source);
    free(s->uncut);
    sigset_t set = watched_signals();
    if (s->signal) {
        /* Die of it, so that a calling shell knows that it was stopped. */
        signal(s->signal, SIG_DFL);
        raise(s->signal);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

struct child *supervisor_add(struct supervisor *s, const char *program, const char *name_format, ...)
{
    s->child = allocate_more(s->child, s->n + 1, sizeof *s->child);
    struct child *c = &s->child[s->n++];
    *c = (struct child){ .life_fd = -1, .status_fd = -1 };
    va_list arguments;
    va_start(arguments, name_format);
    int n = vasprintf(&c->name, name_format, arguments);
    va_end(arguments);
    CHECK(n >= 0);
    words_add_format(&c->words, "%s/%s", catalogue_folder(), program);
    words_add_pair(&c->words, "--runtime-dir", s->runtime.path);
    return c;
}

/* ------------------------------------------------------------------ what children report */

static void take_progress(struct supervisor *s, struct child *c, const json_t *event)
{
    c->bytes = (uint64_t)json_integer_value(json_object_get(event, "bytes"));
    c->bytes_total = (uint64_t)json_integer_value(json_object_get(event, "bytes_total"));
    c->records = (uint64_t)json_integer_value(json_object_get(event, "records"));
    uint64_t bytes = 0, total = 0, records = 0;
    bool reading = false, known = true;
    for (size_t i = 0; i < s->n; i++) {
        const struct child *one = &s->child[i];
        if (!one->collects)
            continue;
        bytes += one->bytes;
        total += one->bytes_total;
        records += one->records;
        known &= one->ended || one->bytes_total > 0;
        reading |= !one->ended && one->bytes_total == 0;
    }
    /* Collectors of one source do not all read as much as they expect to: together they do. */
    reading |= bytes < total;
    /* When all is read, results may come any moment: the line must not stand in their way. */
    if (reading)
        progress_show(&s->progress, bytes, known ? total : 0, records);
    else
        progress_clear(&s->progress);
}

static void take_uncut(struct supervisor *s, const struct child *c, const json_t *event)
{
    s->uncut = allocate_more(s->uncut, s->uncut_n + 1, sizeof *s->uncut);
    s->uncut[s->uncut_n++] = (struct uncut){ .source = allocate_text(span_text(c->source)),
                                             .input = (unsigned)json_integer_value(json_object_get(event, "input")) };
}

static void take_line(struct supervisor *s, struct child *c, struct span line)
{
    json_error_t why;
    struct error e;
    json_t *event = json_loadb(line.p, line.n, 0, &why);
    const char *kind = json_string_value(json_object_get(event, "event"));
    if (!kind) {
        fprintf(stderr, "tidemark: %s reported what is no status line (%zu bytes)\n", c->name, line.n);
    } else if (strcmp(kind, "ready") == 0) {
        c->ready = true;
    } else if (strcmp(kind, "progress") == 0 && c->collects) {
        take_progress(s, c, event);
    } else if (strcmp(kind, "uncut") == 0 && c->source) {
        take_uncut(s, c, event);
    } else if (strcmp(kind, "stats") == 0) {
        stats_take(&s->stats, c->name, event);
    } else if (strcmp(kind, "account") == 0 && account_take(&s->account, event, &e) != STATUS_OK) {
        fprintf(stderr, "tidemark: %s: %s\n", c->name, e.text);
    }
    json_decref(event);
}

static void take_lines(struct supervisor *s, struct child *c)
{
    struct span line;
    while (child_line(c, &line))
        take_line(s, c, line);
}

/* ------------------------------------------------------------------ how children end */

/* The run's exit code for one child's; EXIT_CODE_OK when it ended as it should. */
static int judge(struct supervisor *s, const struct child *c)
{
    int code = child_exit_code(c);
    if (WIFSIGNALED(c->wait_status) && WTERMSIG(c->wait_status) == SIGPIPE && (c->judges || c->writes_stdout)) {
        s->signal = SIGPIPE; /* nobody reads our output any more: leave as quietly as one program would */
        return 128 + SIGPIPE;
    }
    if (WIFSIGNALED(c->wait_status)) {
        fprintf(stderr, "tidemark: %s was ended by signal %d (%s)\n", c->name, WTERMSIG(c->wait_status),
                strsignal(WTERMSIG(c->wait_status)));
        return EXIT_CODE_INTERNAL;
    }
    if (code == EXIT_CODE_RESULTS && c->judges) {
        s->results = true;
        return EXIT_CODE_OK;
    }
    if (code == EXIT_CODE_NO_INPUT && c->collects && c->ready && s->keep_going) {
        s->inputs_missing = true;
        return EXIT_CODE_OK;
    }
    if (code == EXIT_CODE_AGAIN && c->collects && c->ready && s->uncut_n)
        return EXIT_CODE_AGAIN;
    if (code == EXIT_CODE_OK && !c->ready) {
        fprintf(stderr, "tidemark: %s ended before it was ready\n", c->name);
        return EXIT_CODE_INTERNAL;
    }
    if (code == EXIT_CODE_OK || code == EXIT_CODE_USAGE || code == EXIT_CODE_NO_INPUT || code == EXIT_CODE_CONFIG)
        return code;
    fprintf(stderr, "tidemark: %s failed (exit code %d)\n", c->name, code);
    return EXIT_CODE_INTERNAL;
}

/* A child that has explained itself to the operator tells more than one that broke. */
static int graver(int a, int b)
{
    if (a == EXIT_CODE_OK || ((a == EXIT_CODE_INTERNAL || a == EXIT_CODE_AGAIN) && b != EXIT_CODE_OK))
        return b;
    return a;
}

/* Take every child that has ended; returns what that means for the run. */
static int reap(struct supervisor *s, bool count)
{
    int code = EXIT_CODE_OK, wait_status;
    for (pid_t pid; (pid = waitpid(-1, &wait_status, WNOHANG)) > 0;) {
        for (size_t i = 0; i < s->n; i++) {
            struct child *c = &s->child[i];
            if (c->pid != pid || c->ended)
                continue;
            c->ended = true;
            c->wait_status = wait_status;
            take_lines(s, c);
            if (count) {
                progress_clear(&s->progress);
                code = graver(code, judge(s, c));
            }
        }
    }
    return code;
}

static size_t living(const struct supervisor *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->child[i].pid > 0 && !s->child[i].ended;
    return n;
}

/* Tell all to leave, wait a little, kill the rest. */
static void end_children(struct supervisor *s)
{
    for (size_t i = 0; i < s->n; i++)
        child_dismiss(&s->child[i]);
    int64_t deadline = monotonic_now_ms() + LEAVE_MS;
    while (living(s) && monotonic_now_ms() < deadline) {
        struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
        nanosleep(&pause, NULL);
        reap(s, false);
    }
    for (size_t i = 0; i < s->n; i++) {
        struct child *c = &s->child[i];
        if (c->pid > 0 && !c->ended) {
            kill(c->pid, SIGKILL);
            waitpid(c->pid, &c->wait_status, 0);
            c->ended = true;
        }
    }
}

/* ------------------------------------------------------------------ the run */

static int start_all(struct supervisor *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct error e;
        if (child_start(&s->child[i], &e) != STATUS_OK) {
            fprintf(stderr, "tidemark: %s\n", e.text);
            return EXIT_CODE_INTERNAL;
        }
    }
    return EXIT_CODE_OK;
}

/* The first signal that means the end, or 0; SIGCHLD only wakes. */
static int read_signals(int fd)
{
    struct signalfd_siginfo info;
    int ending = 0;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD && !ending)
            ending = (int)info.ssi_signo;
    return ending;
}

static void go_when_ready(struct supervisor *s, bool *gone)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->child[i].ready)
            return;
    for (size_t i = 0; i < s->n && !*gone; i++)
        child_go(&s->child[i]);
    *gone = true;
}

/* When whoever judges is done the others have nothing left to do: the time from which they are awaited, or 0. */
static int64_t done_since(const struct supervisor *s, int64_t since)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->child[i].ended && (s->child[i].judges || s->child[i].writes_stdout))
            return since ? since : monotonic_now_ms();
    return 0;
}

static int watch(struct supervisor *s, int signal_fd)
{
    struct pollfd *polled = allocate(s->n + 1, sizeof *polled);
    bool gone = false;
    int code = EXIT_CODE_OK;
    int64_t since = 0;
    while (code == EXIT_CODE_OK && living(s)) {
        polled[s->n] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
        for (size_t i = 0; i < s->n; i++)
            polled[i] = (struct pollfd){ .fd = s->child[i].status_fd, .events = POLLIN };
        poll(polled, (nfds_t)s->n + 1, 1000);
        for (size_t i = 0; i < s->n; i++)
            if (polled[i].revents)
                take_lines(s, &s->child[i]);
        s->signal = read_signals(signal_fd);
        if (s->signal) {
            code = 128 + s->signal;
            break;
        }
        code = reap(s, true);
        if (!gone)
            go_when_ready(s, &gone);
        since = done_since(s, since);
        if (since && living(s) && monotonic_now_ms() - since > STRAGGLERS_MS) {
            fprintf(stderr, "tidemark: %zu processes did not end after the last result\n", living(s));
            code = EXIT_CODE_INTERNAL;
        }
    }
    free(polled);
    return code;
}

int supervisor_run(struct supervisor *s)
{
    sigset_t set = watched_signals();
    int signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    int code = EXIT_CODE_INTERNAL;
    s->runs++;
    account_fini(&s->account);
    stats_fini(&s->stats);
    if (signal_fd < 0)
        fprintf(stderr, "tidemark: signals cannot be watched: %s\n", strerror(errno));
    else if ((code = start_all(s)) == EXIT_CODE_OK)
        code = watch(s, signal_fd);
    end_children(s);
    progress_clear(&s->progress);
    drop_children(s);
    if (signal_fd >= 0)
        close(signal_fd);
    return code;
}
