#include "commands.h"

#include "reading.h"

static const struct option_row rows[] = {
    { "all", 0, NULL, TO_NONE, "print {\"skip\":…}, {\"bad\":…} or {\"limit\":…} for every other record too" },
    { "stats", 0, NULL, TO_NONE, "print every input's account, not only of those with malformed records" },
    READING_OPTIONS,
};

static const char help[] =
    "tidemark normalize [OPTION…] SOURCE=PATH…\n"
    "Print records as ASIM NetworkSession objects, one JSON object a line, in the order of the input.\n";

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
static int print_input(struct reading *r, size_t at)
{
    struct supervisor *s = &r->supervisor;
    struct error e;
    bool all = options_get(r->options, "all") || options_get(r->options, "stats");
    add_printer(s, r->options, r->inputs->input[at].source);
    enum status status = roles_add_collector(s, r->inputs, at, r->options, &e);
    if (status != STATUS_OK)
        return reading_failed(r, status, &e);
    int code = supervisor_run(s);
    if (code != EXIT_CODE_OK)
        return code;
    enum show show = r->quiet ? SHOW_NOTHING : all ? SHOW_ALL : SHOW_WHAT_MATTERS;
    return roles_print_account(&s->account, r->inputs, at, at + 1, show) ? EXIT_CODE_OK : EXIT_CODE_INTERNAL;
}

static int run(struct reading *r)
{
    struct supervisor *s = &r->supervisor;
    struct error e;
    for (size_t i = 0; i < r->inputs->n; i++) {
        int code = print_input(r, i);
        enum status status = rejects_collect(s, r->inputs, r->rejects, &e);
        if (status != STATUS_OK)
            return reading_failed(r, status, &e);
        if (code == EXIT_CODE_NO_INPUT && s->keep_going)
            s->inputs_missing = true;
        else if (code != EXIT_CODE_OK)
            return code;
    }
    return s->inputs_missing ? EXIT_CODE_NO_INPUT : EXIT_CODE_OK;
}

int command_normalize(int argc, char **argv)
{
    static const struct reading_command normalize = {
        .row = rows, .n = sizeof rows / sizeof *rows, .help = help, .prints_while_reading = true, .run = run
    };
    return reading_command(&normalize, argc, argv);
}
