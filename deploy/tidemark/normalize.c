#include "commands.h"

#include "roles.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct option_row rows[] = {
    { "all", 0, NULL, TO_NONE, "print {\"skip\":…}, {\"bad\":…} or {\"limit\":…} for every other record too" },
    { "stats", 0, NULL, TO_NONE, "print every input's account, not only of those with malformed records" },
    READING_OPTIONS,
};

enum { ROWS = sizeof rows / sizeof *rows };

static void print_help(void)
{
    puts("tidemark normalize [OPTION…] SOURCE=PATH…\n"
         "Print records as ASIM NetworkSession objects, one JSON object a line, in the order of the input.\n");
    options_print_help(rows, ROWS);
}

static void add_printer(struct supervisor *s, const struct options *o, const char *source)
{
    struct child *c = supervisor_add(s, "tidemark-normalizer", "the normalizer");
    c->writes_stdout = true;
    words_add_pair(&c->words, "--name", "normalizer");
    words_add(&c->words, "--bind");
    words_add_format(&c->words, "ipc://%s/normalizer", s->runtime.path);
    words_add_pair(&c->words, "--source", source);
    words_add_pair(&c->words, "--senders", "1");
    words_add_pair(&c->words, "--print", options_get(o, "all") ? "all" : "sessions");
    options_pass(o, TO_NORMALIZER, &c->words);
}

/* One input from its first byte to its last line. */
static int print_input(struct supervisor *s, const struct options *o, const struct inputs *in, size_t at)
{
    struct error e;
    bool all = options_get(o, "all") || options_get(o, "stats");
    add_printer(s, o, in->input[at].source);
    enum status status = roles_add_collector(s, in, at, o, &e);
    if (status != STATUS_OK) {
        fprintf(stderr, "tidemark normalize: %s\n", e.text);
        return status_exit_code(status);
    }
    int code = supervisor_run(s);
    if (code != EXIT_CODE_OK)
        return code;
    enum show show = options_get(o, "quiet") ? SHOW_NOTHING : all ? SHOW_ALL : SHOW_WHAT_MATTERS;
    return roles_print_account(&s->account, in, at, at + 1, show) ? EXIT_CODE_OK : EXIT_CODE_INTERNAL;
}

static int run(const struct options *o, const struct inputs *in)
{
    struct supervisor s;
    struct error e;
    int rejects = -1, code = EXIT_CODE_OK;
    enum status status = supervisor_init(&s, !options_get(o, "quiet") && !isatty(STDOUT_FILENO), &e);
    s.keep_going = options_get(o, "keep-going") != NULL;
    if (status == STATUS_OK)
        status = rejects_open(o, &rejects, &e);
    for (size_t i = 0; i < in->n && status == STATUS_OK; i++) {
        int one = print_input(&s, o, in, i);
        status = rejects_collect(&s, in, rejects, &e);
        if (one == EXIT_CODE_NO_INPUT && s.keep_going)
            s.inputs_missing = true;
        else if ((code = one) != EXIT_CODE_OK)
            break;
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "tidemark normalize: %s\n", e.text);
        code = status_exit_code(status);
    }
    if (code == EXIT_CODE_OK && s.inputs_missing)
        code = EXIT_CODE_NO_INPUT;
    if (rejects >= 0)
        close(rejects);
    supervisor_fini(&s);
    return code;
}

int command_normalize(int argc, char **argv)
{
    struct options o = { .row = rows, .n = ROWS };
    struct catalogue catalogue = { 0 };
    struct inputs in = { 0 };
    struct error e;
    int code = EXIT_CODE_USAGE;
    if (!options_parse(&o, argc, argv))
        return code;
    if (options_get(&o, "help")) {
        print_help();
        return EXIT_CODE_OK;
    }
    enum status status = catalogue_open(&catalogue, &e);
    if (status != STATUS_OK) {
        fprintf(stderr, "tidemark normalize: %s\n", e.text);
        code = status_exit_code(status);
    } else if ((status = inputs_parse(&in, argv + o.operands, argc - o.operands, &catalogue, &e)) != STATUS_OK) {
        fprintf(stderr, "tidemark normalize: %s\n", e.text);
        code = status == STATUS_CONFIG ? EXIT_CODE_USAGE : status_exit_code(status);
    } else {
        code = run(&o, &in);
    }
    inputs_fini(&in);
    catalogue_fini(&catalogue);
    return code;
}
