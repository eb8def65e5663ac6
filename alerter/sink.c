#include "sink.h"

#include "common/role.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { GATHER_BYTES = 64 << 10 };

void sink_init(struct sink *s, int fd, const char *name)
{
    *s = (struct sink){ .fd = fd, .name = name };
}

void sink_fini(struct sink *s)
{
    buffer_fini(&s->text);
}

enum status sink_flush(struct sink *s, struct error *e)
{
    for (size_t done = 0; done < s->text.n;) {
        ssize_t n = write(s->fd, s->text.p + done, s->text.n - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd p = { .fd = s->fd, .events = POLLOUT };
            poll(&p, 1, 1000);
        } else if (n < 0 && errno == EPIPE && s->fd == STDOUT_FILENO) {
            role_reader_gone();
        } else if (n < 0 && errno != EINTR) {
            buffer_clear(&s->text);
            return error_errno(e, "%s: cannot be written", s->name);
        }
    }
    buffer_clear(&s->text);
    return STATUS_OK;
}

enum status sink_settle(struct sink *s, struct error *e)
{
    return s->text.n < GATHER_BYTES ? STATUS_OK : sink_flush(s, e);
}
