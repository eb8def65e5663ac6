#include "child.h"

#include "common/role.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 64 << 20, READ_BYTES = 64 << 10 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void child_fini(struct child *c)
{
    close_fd(&c->life_fd);
    close_fd(&c->status_fd);
    words_fini(&c->words);
    buffer_fini(&c->line);
    free(c->name);
    *c = (struct child){ .life_fd = -1, .status_fd = -1 };
}

/* Without copying this process, as fork would.  Returns an errno. */
static int spawn(struct child *c, int life, int status)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    int error = posix_spawn_file_actions_init(&files);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&files);
        return error;
    }
    sigemptyset(&none);
    error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (!error)
        error = posix_spawnattr_setsigmask(&attributes, &none);
    /* Onto itself: that leaves it open in the child. */
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, life, life);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, status, status);
    if (!error && !c->reads_stdin)
        error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (!error && !c->writes_stdout)
        error = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_RDWR, 0);
    if (!error)
        error = posix_spawn(&c->pid, c->words.word[0], &files, &attributes, c->words.word, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

enum status child_start(struct child *c, struct error *e)
{
    int life[2], status[2] = { -1, -1 };
    c->life_fd = c->status_fd = -1;
    if (pipe2(life, O_CLOEXEC))
        return error_errno(e, "%s cannot be started: no pipe", c->name);
    if (pipe2(status, O_CLOEXEC)) {
        close(life[0]);
        close(life[1]);
        return error_errno(e, "%s cannot be started: no pipe", c->name);
    }
    words_add_format(&c->words, "--life-fd=%d", life[0]);
    words_add_format(&c->words, "--status-fd=%d", status[1]);
    int error = spawn(c, life[0], status[1]);
    close(life[0]);
    close(status[1]);
    if (error) {
        close(life[1]);
        close(status[0]);
        c->pid = 0;
        return error_set(e, STATUS_SYSTEM, "%s cannot be started: %s", c->words.word[0], strerror(error));
    }
    c->life_fd = life[1];
    c->status_fd = status[0];
    fcntl(c->status_fd, F_SETFL, O_NONBLOCK);
    return STATUS_OK;
}

void child_go(struct child *c)
{
    /* A child that is gone meanwhile is noticed by its exit. */
    const char byte = ROLE_LIFE_GO;
    if (c->life_fd >= 0 && write(c->life_fd, &byte, 1) != 1)
        close_fd(&c->life_fd);
}

void child_dismiss(struct child *c)
{
    /* The end of the pipe says the same, only less: nobody clears up then but the child itself. */
    const char byte = ROLE_LIFE_LEAVE;
    ssize_t written = c->life_fd < 0 ? 0 : write(c->life_fd, &byte, 1);
    (void)written;
    close_fd(&c->life_fd);
}

/* Take what the pipe holds; false when nothing came. */
static bool read_more(struct child *c)
{
    if (c->status_fd < 0)
        return false;
    char *room = buffer_reserve(&c->line, READ_BYTES);
    ssize_t n = read(c->status_fd, room, READ_BYTES);
    if (n > 0)
        c->line.n += (size_t)n;
    else if (n == 0)
        close_fd(&c->status_fd);
    return n > 0;
}

bool child_line(struct child *c, struct span *line)
{
    if (c->handed_out)
        memmove(c->line.p, c->line.p + c->handed_out, c->line.n - c->handed_out);
    c->line.n -= c->handed_out;
    c->handed_out = 0;
    size_t searched = 0;
    do {
        size_t end = span_find(buffer_span(&c->line), '\n', searched);
        if (end < c->line.n || end > LINE_BYTES_MAX) {
            *line = span_of(c->line.p, end);
            c->handed_out = end < c->line.n ? end + 1 : end;
            return true;
        }
        searched = c->line.n;
    } while (read_more(c));
    return false;
}

int child_exit_code(const struct child *c)
{
    return WIFEXITED(c->wait_status) ? WEXITSTATUS(c->wait_status) : 128 + WTERMSIG(c->wait_status);
}
