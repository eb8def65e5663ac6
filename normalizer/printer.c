#include "printer.h"

#include "common/role.h"
#include "common/timestamp.h"
#include "json_text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITE_AT_BYTES = 256 << 10 };

struct printer {
    int fd;
    bool all;
    struct buffer out;
    struct arena arena; /* values of one row */
};

struct printer *printer_new(int fd, bool all)
{
    struct printer *p = allocate(1, sizeof *p);
    p->fd = fd;
    p->all = all;
    return p;
}

void printer_free(struct printer **p)
{
    if (*p) {
        buffer_fini(&(*p)->out);
        arena_fini(&(*p)->arena);
    }
    free(*p);
    *p = NULL;
}

enum status printer_flush(struct printer *p, struct error *e)
{
    for (size_t done = 0; done < p->out.n;) {
        ssize_t n = write(p->fd, p->out.p + done, p->out.n - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = p->fd, .events = POLLOUT };
            (void)poll(&wait, 1, -1);
        } else if (errno == EPIPE && p->fd == STDOUT_FILENO) {
            role_reader_gone();
        } else if (errno != EINTR) {
            return error_errno(e, "standard output cannot be written");
        }
    }
    buffer_clear(&p->out);
    return STATUS_OK;
}

static void print_other(struct printer *p, enum verdict verdict, struct span reason, uint64_t ordinal,
                        uint64_t position, struct tally *t)
{
    tally_add_reason(t, verdict, reason, 1);
    if (!p->all)
        return;
    buffer_append_format(&p->out, "{\"%s\":", tally_verdict_name(verdict));
    json_append_text(&p->out, reason);
    buffer_append_format(&p->out, ",\"ordinal\":%" PRIu64 ",\"position\":%" PRIu64 "}\n", ordinal, position);
}

static bool port_is_empty(struct meanings *m, const struct session_meaning *s, uint32_t row)
{
    const struct column *c = s->port_field == PORT_NONE ? NULL : meanings_column(m, (unsigned)s->port_field);
    if (!c || column_null(c, row))
        return true;
    int64_t port = column_integer(c, row);
    return port < 0 || port > 65535;
}

static void print_session(struct printer *p, struct meanings *m, const struct meaning *of,
                          const struct session_meaning *s, uint32_t row, int64_t time)
{
    static const char opening[] = "{\"TimeGenerated\":\"";
    struct evaluation on = meanings_evaluation(m, of, s->form, &p->arena);
    on.row = row;
    arena_clear(&p->arena);
    buffer_append(&p->out, opening, sizeof opening - 1);
    p->out.n += timestamp_format(time, true, buffer_reserve(&p->out, 32));
    buffer_append_byte(&p->out, '"');
    for (unsigned i = 0; i < s->pieces_n; i++) {
        buffer_append_span(&p->out, s->pieces[i].literal);
        if (s->pieces[i].row)
            json_append_field(&p->out, s->pieces[i].field, asim_value(s->pieces[i].field, &on));
    }
    buffer_append(&p->out, "}\n", 2);
}

struct walk_state {
    struct printer *p;
    struct meanings *m;
    const struct batch *b;
    const struct column *descriptor, *position, *time;
    struct tally *t;
};

static void print_row(const struct walk_state *w, uint32_t row, uint64_t ordinal, uint64_t position)
{
    int64_t time = w->time && !column_null(w->time, row) ? column_integer(w->time, row) : TIMESTAMP_NONE;
    if (time < TIMESTAMP_MIN_MS || time > TIMESTAMP_MAX_MS) {
        print_other(w->p, VERDICT_BAD, SPAN_LITERAL("no_time"), ordinal, position, w->t);
        return;
    }
    const struct meaning *of = meanings_get(w->m, (uint32_t)column_integer(w->descriptor, row));
    if (of->reason.n) {
        print_other(w->p, VERDICT_SKIP, of->reason, ordinal, position, w->t);
        return;
    }
    w->t->session_records++;
    for (unsigned i = 0; i < of->n; i++) {
        w->t->sessions++;
        w->t->portless += port_is_empty(w->m, &of->sessions[i], row);
        print_session(w->p, w->m, of, &of->sessions[i], row, time);
    }
}

enum status printer_batch(struct printer *p, struct meanings *m, const struct batch *b, uint64_t applied,
                          struct tally *t, struct error *e)
{
    struct walk_state w = {
        p, m, b, batch_column(b, "descriptor"), batch_column(b, "position"), batch_column(b, "time"), t
    };
    enum status status = meanings_begin(m, b, e);
    if (status != STATUS_OK)
        return status;
    if (b->rows && (!w.descriptor || !w.position))
        return error_set(e, STATUS_BAD, "a record batch without the columns descriptor and position");
    uint64_t ordinal = b->from_ordinal;
    for (uint32_t row = 0, other = 0; row < b->rows || other < b->others.n; ordinal++) {
        uint64_t at_row = row < b->rows ? (uint64_t)column_integer(w.position, row) : UINT64_MAX;
        uint64_t at_other = UINT64_MAX;
        if (other < b->others.n) {
            uint32_t offset;
            memcpy(&offset, b->others.positions + 4 * (size_t)other, sizeof offset);
            at_other = b->from + offset;
        }
        if (at_row < at_other) {
            if (at_row >= applied)
                print_row(&w, row, ordinal, at_row);
            row++;
        } else {
            uint16_t reason;
            memcpy(&reason, b->others.reasons + 2 * (size_t)other, sizeof reason);
            if (at_other >= applied)
                print_other(p, b->others.reason[reason].verdict, b->others.reason[reason].text, ordinal, at_other, t);
            other++;
        }
        if (p->out.n >= WRITE_AT_BYTES && (status = printer_flush(p, e)) != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
