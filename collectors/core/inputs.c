#include "core/inputs.h"

#include "core/paths.h"
#include "core/recognise.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 50 };

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

void inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        input_close(&in->item[i].input);
    free(in->item);
    *in = (struct inputs){ 0 };
}
