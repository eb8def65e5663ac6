#include "reading.h"

#include <stdio.h>
#include <unistd.h>

int reading_failed(const struct reading *r, enum status status, const struct error *e)
{
    fprintf(stderr, "%s: %s\n", r->command, e->text);
    return status_exit_code(status);
}

/* What is said for a source that is not read is a mistake. */
static enum status check_sources(const struct options *o, const struct inputs *in, struct error *e)
{
    for (unsigned i = 0; i < o->of_source_n; i++) {
        const struct option_of_source *x = &o->of_source[i];
        size_t k = 0;
        while (k < in->n && !span_is(x->source, in->input[k].source))
            k++;
        if (k == in->n)
            return error_set(e, STATUS_CONFIG, "--%s %.*s=%s: no input is of the source %.*s", o->row[x->row].name,
                             (int)x->source.n, x->source.p, x->value, (int)x->source.n, x->source.p);
    }
    return STATUS_OK;
}

static int run(const struct reading_command *c, struct reading *r)
{
    struct error e;
    bool progress = !r->quiet && !(c->prints_while_reading && isatty(STDOUT_FILENO));
    enum status status = supervisor_init(&r->supervisor, progress, &e);
    r->supervisor.keep_going = options_get(r->options, "keep-going") != NULL;
    if (status == STATUS_OK)
        status = rejects_open(r->options, &r->rejects, &e);
    int code = status == STATUS_OK ? c->run(r) : reading_failed(r, status, &e);
    if (r->rejects >= 0)
        close(r->rejects);
    supervisor_fini(&r->supervisor);
    return code;
}

int reading_command(const struct reading_command *c, int argc, char **argv)
{
    struct options o = { .row = c->row, .n = c->n };
    struct catalogue catalogue = { 0 };
    struct inputs in = { 0 };
    struct error e;
    if (!options_parse(&o, argc, argv))
        return EXIT_CODE_USAGE;
    if (options_get(&o, "help")) {
        puts(c->help);
        options_print_help(c->row, c->n);
        return EXIT_CODE_OK;
    }
    struct reading r = { argv[0], &o, &in, .rejects = -1, .quiet = options_get(&o, "quiet") != NULL };
    int code;
    enum status status = catalogue_open(&catalogue, &e);
    if (status != STATUS_OK)
        code = reading_failed(&r, status, &e);
    else if ((status = inputs_parse(&in, argv + o.operands, argc - o.operands, &catalogue, &e)) == STATUS_OK &&
             (status = check_sources(&o, &in, &e)) == STATUS_OK)
        code = run(c, &r);
    else if ((code = reading_failed(&r, status, &e)) == EXIT_CODE_CONFIG)
        code = EXIT_CODE_USAGE;
    inputs_fini(&in);
    catalogue_fini(&catalogue);
    return code;
}
