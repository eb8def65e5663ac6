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

enum status capture(const struct words *w, struct buffer *out, int *code, struct error *e)
{
    int ends[2], wait_status;
    pid_t pid;
    *code = EXIT_CODE_INTERNAL;
    if (pipe2(ends, O_CLOEXEC))
        return error_errno(e, "%s cannot be started: no pipe", w->word[0]);
    enum status status = start(w, ends[1], &pid, e);
    close(ends[1]);
    if (status != STATUS_OK) {
        close(ends[0]);
        return status;
    }
    while (out->n < OUTPUT_BYTES_MAX) {
        char *room = buffer_reserve(out, READ_BYTES);
        ssize_t n = read(ends[0], room, READ_BYTES);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            break;
        out->n += n > 0 ? (size_t)n : 0;
    }
    close(ends[0]);
    if (waitpid(pid, &wait_status, 0) == pid && WIFEXITED(wait_status))
        *code = WEXITSTATUS(wait_status);
    return STATUS_OK;
}
