#include "core/inputs.h"

#include "core/paths.h"
#include "core/plan.h"
#include "core/range.h"
#include "core/recognise.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 50, PLAN_WAIT_MS = 2 };

static void say(struct inputs *in, const struct options *o, const struct collector *c, enum status status,
                const struct error *e)
{
    in->failures++;
    if (status != STATUS_INPUT)
        in->internal = true;
    fprintf(stderr, "tidemark-collector-%s: %s%s\n", c->id, o->keep_going ? "warning: " : "", e->text);
}

static void wait_for(struct options *o, const struct input *in)
{
    struct pollfd fds[] = { { .fd = input_wait_fd(in), .events = POLLIN },
                            { .fd = o->role.life_fd, .events = POLLIN } };
    /* What is readable already has been read: only time tells whether more comes. */
    (void)poll(fds, 2, WAIT_MS);
    role_check_life(&o->role);
}

/* May it be read in ranges?  Looks at the first record of a file where others depend on it. */
static void see_whether_to_cut(struct recognised_input *r, const struct options *o, const struct collector *c)
{
    struct input_file f;
    if (o->range_bytes == 0 || !input_describe(r->input, &f) || f.size_bytes <= o->range_bytes_min ||
        !input_is_plain(r->input) || !range_is_possible(r->form) || (o->once && !range_is_certain(r->form)))
        return;
    r->cut = true;
    if (r->form->state_bytes == 0)
        return;
    struct readers readers;
    struct parse_options parse = options_for_parsing(o, f.time_ms);
    readers_init(&readers, c, &o->limits, o->line_limit_bytes);
    struct reader *reader = readers_take(&readers, r->form, &parse);
    r->cut = range_find_head(r->input, reader, &r->head);
    readers_give(&readers, &reader);
    readers_fini(&readers);
    struct error e;
    if (input_seek(r->input, 0, &e) != STATUS_OK)
        r->cut = false;
    input_rest(r->input);
}

static void open_one(struct inputs *in, struct options *o, const struct collector *c, const char *path,
                     const struct form *forced)
{
    struct error e;
    struct recognised_input r = { 0 };
    struct recognition recognition = { 0 };
    const struct input_options io = { o->spool_dir, o->spool_bytes };
    enum status status = input_open(path, &io, &r.input, &e);
    while (status == STATUS_OK) {
        status = recognise_input(c, forced, r.input, &recognition, &r.form, &e);
        if (status != STATUS_AGAIN)
            break;
        wait_for(o, r.input);
        status = STATUS_OK;
    }
    recognition_fini(&recognition);
    if (status != STATUS_OK) {
        say(in, o, c, status, &e);
        input_close(&r.input);
        return;
    }
    see_whether_to_cut(&r, o, c);
    in->item = allocate_more(in->item, in->n + 1, sizeof *in->item);
    in->item[in->n++] = r;
}

void inputs_open(struct inputs *in, struct options *o, const struct collector *c)
{
    bool standard_input = false;
    *in = (struct inputs){ 0 };
    for (size_t i = 0; i < o->paths_n; i++) {
        struct error e;
        struct paths found = { 0 };
        enum status status = paths_expand(&found, o->paths[i].path, &e);
        if (status != STATUS_OK)
            say(in, o, c, status, &e);
        for (size_t k = 0; k < found.n; k++) {
            bool again = strcmp(found.path[k], "-") == 0 && standard_input;
            standard_input |= strcmp(found.path[k], "-") == 0;
            if (again)
                say(in, o, c, error_set(&e, STATUS_INPUT, "standard input is named twice"), &e);
            else
                open_one(in, o, c, found.path[k], o->paths[i].form);
        }
        paths_fini(&found);
    }
}

enum status inputs_find(struct inputs *in, struct options *o, const struct collector *c, struct error *e)
{
    if (o->share == 0) {
        inputs_open(in, o, c);
        bool usable = !in->internal && (!in->failures || o->keep_going);
        return o->plan && usable ? plan_write(o->plan, in, e) : STATUS_OK;
    }
    for (;;) {
        enum status s = plan_read(o->plan, c, in, e);
        if (s != STATUS_AGAIN)
            return s;
        struct pollfd life = { .fd = o->role.life_fd, .events = POLLIN };
        (void)poll(&life, 1, PLAN_WAIT_MS);
        role_check_life(&o->role);
    }
}

void inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        input_close(&in->item[i].input);
    free(in->item);
    *in = (struct inputs){ 0 };
}
