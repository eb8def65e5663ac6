#include "core/plan.h"

#include "core/parser.h"

#include "common/number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One input is these fields, each ended by a NUL byte (which no path holds): form, whether it can be cut, the numbers,
 * path; the path is empty where only the first collector can read it. */
enum { NUMBERS = 5 };

static void append(const struct recognised_input *r, struct buffer *out)
{
    struct input_file f;
    bool again = input_describe(r->input, &f);
    buffer_append_format(out, "%s%c%s%c", r->form->name, 0, r->cut ? "cut" : "whole", 0);
    buffer_append_format(out, "%" PRIu64 "%c%" PRIu64 "%c%" PRIu64 "%c%" PRId64 "%c%" PRIu64 "%c", f.device, 0, f.inode,
                         0, f.size_bytes, 0, f.time_ms, 0, r->head, 0);
    buffer_append_format(out, "%s%c", again ? f.path : "", 0);
}

static enum status write_all(int fd, struct span bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return STATUS_SYSTEM;
        bytes = span_from(bytes, (size_t)n);
    }
    return STATUS_OK;
}

enum status plan_write(const char *path, const struct inputs *in, struct error *e)
{
    struct buffer text = { 0 }, new = { 0 };
    for (size_t i = 0; i < in->n; i++)
        append(&in->item[i], &text);
    buffer_append_format(&new, "%s.new%c", path, 0);
    int fd = open(new.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    enum status s = fd < 0 ? STATUS_SYSTEM : write_all(fd, buffer_span(&text));
    if (s == STATUS_OK && rename(new.p, path))
        s = STATUS_SYSTEM;
    if (s != STATUS_OK)
        s = error_errno(e, "--plan %s: cannot be written", path);
    if (fd >= 0)
        close(fd);
    buffer_fini(&text);
    buffer_fini(&new);
    return s;
}

static bool take_field(struct span *rest, struct span *field)
{
    size_t n = span_find(*rest, '\0', 0);
    if (n == rest->n)
        return false;
    *field = span_of(rest->p, n);
    *rest = span_from(*rest, n + 1);
    return true;
}

static bool take_number(struct span *rest, int64_t *out)
{
    struct span field;
    return take_field(rest, &field) && number_parse_int(field, out);
}

static bool take_input(struct span *rest, const struct collector *c, struct recognised_input *r)
{
    struct span form, cut, path;
    int64_t number[NUMBERS];
    if (!take_field(rest, &form) || !take_field(rest, &cut))
        return false;
    for (unsigned i = 0; i < NUMBERS; i++)
        if (!take_number(rest, &number[i]))
            return false;
    if (!take_field(rest, &path) || number[2] < 0 || number[4] < 0)
        return false;
    /* Both end in NUL: see take_field. */
    *r = (struct recognised_input){ .form = collector_form(c, form.p),
                                    .cut = span_equal(cut, SPAN_LITERAL("cut")),
                                    .head = (uint64_t)number[4] };
    if (path.n)
        r->input = input_known(
            &(struct input_file){ path.p, (uint64_t)number[0], (uint64_t)number[1], (uint64_t)number[2], number[3] });
    return r->form != NULL;
}

static enum status read_all(int fd, struct buffer *out)
{
    for (;;) {
        ssize_t n = read(fd, buffer_reserve(out, 64 << 10), 64 << 10);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? STATUS_SYSTEM : STATUS_OK;
        out->n += (size_t)n;
    }
}

enum status plan_read(const char *path, const struct collector *c, struct inputs *in, struct error *e)
{
    struct buffer text = { 0 };
    *in = (struct inputs){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return STATUS_AGAIN;
    enum status s = fd < 0 ? STATUS_SYSTEM : read_all(fd, &text);
    if (s != STATUS_OK)
        s = error_errno(e, "--plan %s: cannot be read", path);
    struct span rest = buffer_span(&text);
    while (s == STATUS_OK && rest.n) {
        in->item = allocate_more(in->item, in->n + 1, sizeof *in->item);
        struct recognised_input *r = &in->item[in->n];
        *r = (struct recognised_input){ 0 };
        if (!take_input(&rest, c, r))
            s = error_set(e, STATUS_CONFIG, "--plan %s: input %zu is damaged", path, in->n);
        in->n++;
    }
    if (fd >= 0)
        close(fd);
    buffer_fini(&text);
    return s;
}
