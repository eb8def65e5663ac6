#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { OUTPUT_BYTES_MAX = 16 << 20, READ_BYTES = 64 << 10 };

static enum status start(const struct words *w, int output, pid_t *pid, struct error *e)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    errno = posix_spawn(pid, w->word[0], &actions, NULL, w->word, environ);
    posix_spawn_file_actions_destroy(&actions);
    return errno ? error_errno(e, "%s cannot be started", w->word[0]) : STATUS_OK;
}

/* Start it with a pipe at its standard output. */
static enum status launch(struct captured *c, struct error *e)
{
    int ends[2];
    pid_t pid;
    c->code = EXIT_CODE_INTERNAL;
    c->pid = -1;
    if (pipe2(ends, O_CLOEXEC))
        return error_errno(e, "%s cannot be started: no pipe", c->words.word[0]);
    enum status status = start(&c->words, ends[1], &pid, e);
    close(ends[1]);
    if (status == STATUS_OK) {
        c->pid = pid;
        c->end = ends[0];
    } else {
        close(ends[0]);
    }
    return status;
}

static void drain(struct captured *c)
{
    int wait_status;
    for (;;) {
        char *room = buffer_reserve(&c->out, READ_BYTES);
        ssize_t n = read(c->end, room, READ_BYTES);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            break;
        if (n > 0 && c->out.n < OUTPUT_BYTES_MAX)
            c->out.n += (size_t)n;
    }
    close(c->end);
    if (waitpid(c->pid, &wait_status, 0) == c->pid && WIFEXITED(wait_status))
        c->code = WEXITSTATUS(wait_status);
}

enum status capture_all(struct captured *c, size_t n, struct error *e)
{
    enum status status = STATUS_OK;
    size_t started = 0;
    while (started < n && status == STATUS_OK) {
        status = launch(&c[started], e);
        started += status == STATUS_OK;
    }
    for (size_t i = 0; i < started; i++)
        drain(&c[i]);
    return status;
}

void captured_fini(struct captured *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        words_fini(&c[i].words);
        buffer_fini(&c[i].out);
    }
}

enum status capture(const struct words *w, struct buffer *out, int *code, struct error *e)
{
    struct captured one = { .words = *w, .out = *out };
    enum status status = capture_all(&one, 1, e);
    *out = one.out;
    *code = one.code;
    return status;
}
