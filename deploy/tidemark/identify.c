#include "identify.h"

#include "capture.h"
#include "commands.h"
#include "options.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How well it fits, without what depends on the file's length. */
static int grade(const struct candidate *c)
{
    return (c->records > 0 ? 2 : 0) + (c->likely ? 1 : 0);
}

static int by_fit(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (grade(x) != grade(y))
        return grade(y) - grade(x);
    if (x->records != y->records)
        return x->records < y->records ? 1 : -1;
    if (x->malformed != y->malformed)
        return x->malformed < y->malformed ? -1 : 1;
    return strcmp(x->source, y->source);
}

/* As good as the best one?  Four times as many sessions make a difference: streams hold lines of other vendors, and a
 * few of the surer source among many of another do not make the file its own. */
static bool is_equal(const struct candidate *c, const struct candidate *best)
{
    return grade(c) == grade(best) ? 4 * c->records >= best->records : c->records >= 4 * best->records && c->records;
}

static void conclude(struct identified *f)
{
    if (f->n)
        qsort(f->candidate, f->n, sizeof *f->candidate, by_fit);
    f->equal = f->n ? 1 : 0;
    for (size_t i = 1; i < f->n; i++) {
        struct candidate one = f->candidate[i];
        if (!is_equal(&one, &f->candidate[0]))
            continue;
        memmove(&f->candidate[f->equal + 1], &f->candidate[f->equal], (i - f->equal) * sizeof one);
        f->candidate[f->equal++] = one;
    }
    f->fit = f->error ? FIT_ERROR : f->n == 0 ? FIT_NONE : f->equal > 1 ? FIT_SEVERAL : FIT_ONE;
}

/* The file of that path; the collectors name the same ones, unless files come and go meanwhile. */
static struct identified *file_of(struct identification *i, const char *path, size_t expected)
{
    if (expected < i->n && strcmp(i->file[expected].path, path) == 0)
        return &i->file[expected];
    for (size_t k = 0; k < i->n; k++)
        if (strcmp(i->file[k].path, path) == 0)
            return &i->file[k];
    i->file = allocate_more(i->file, i->n + 1, sizeof *i->file);
    i->file[i->n] = (struct identified){ .path = allocate_text(span_text(path)) };
    return &i->file[i->n++];
}

static void take_answer(struct identification *i, const char *source, const json_t *answer, size_t number)
{
    const char *path = json_string_value(json_object_get(answer, "path"));
    const char *error = json_string_value(json_object_get(answer, "error"));
    const char *form = json_string_value(json_object_get(answer, "form"));
    const char *sure = json_string_value(json_object_get(answer, "sure"));
    if (!path)
        return;
    struct identified *f = file_of(i, path, number);
    if (error && !f->error)
        f->error = allocate_text(span_text(error));
    if (!form || !sure)
        return;
    struct candidate c = { .source = source,
                           .likely = strcmp(sure, "likely") == 0,
                           .records = json_integer_value(json_object_get(answer, "records")),
                           .skipped = json_integer_value(json_object_get(answer, "skipped")),
                           .malformed = json_integer_value(json_object_get(answer, "malformed")) };
    bool again = f->n && f->candidate[f->n - 1].source == source; /* a path that was given twice */
    if (grade(&c) == 0 || again)
        return;
    c.form = allocate_text(span_text(form));
    f->candidate = allocate_more(f->candidate, f->n + 1, sizeof *f->candidate);
    f->candidate[f->n++] = c;
}

static void take_answers(struct identification *i, const char *source, const struct buffer *out)
{
    struct span rest = buffer_span(out);
    for (size_t number = 0; rest.n; number++) {
        size_t n = span_find(rest, '\n', 0);
        json_error_t why;
        json_t *answer = json_loadb(rest.p, n, 0, &why);
        take_answer(i, source, answer, number);
        json_decref(answer);
        rest = span_from(rest, n < rest.n ? n + 1 : n);
    }
}

enum status identify(const struct catalogue *c, char *const *path, size_t n, struct identification *out,
                     struct error *e)
{
    *out = (struct identification){ 0 };
    struct captured *asked = allocate(c->n, sizeof *asked);
    for (size_t i = 0; i < c->n; i++) {
        words_add_format(&asked[i].words, "%s/tidemark-collector-%s", catalogue_folder(), c->source[i]);
        words_add(&asked[i].words, "--identify");
        words_add(&asked[i].words, "--");
        for (size_t k = 0; k < n; k++)
            words_add(&asked[i].words, path[k]);
    }
    enum status status = capture_all(asked, c->n, e);
    for (size_t i = 0; i < c->n && status == STATUS_OK; i++) {
        if (asked[i].code != EXIT_CODE_OK)
            status = error_set(e, STATUS_SYSTEM, "the collector of %s failed when it was asked about %s%s",
                               c->source[i], path[0], n > 1 ? " and others" : "");
        else
            take_answers(out, c->source[i], &asked[i].out);
    }
    for (size_t i = 0; i < out->n; i++)
        conclude(&out->file[i]);
    captured_fini(asked, c->n);
    free(asked);
    return status;
}

void identification_fini(struct identification *i)
{
    for (size_t k = 0; k < i->n; k++) {
        struct identified *f = &i->file[k];
        for (size_t n = 0; n < f->n; n++)
            free(f->candidate[n].form);
        free(f->candidate);
        free(f->path);
        free(f->error);
    }
    free(i->file);
    *i = (struct identification){ 0 };
}

static void append_candidates(struct buffer *out, const struct identified *f, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        buffer_append_format(out, "%s%s:%s", i > from ? ", " : "", f->candidate[i].source, f->candidate[i].form);
    buffer_append_byte(out, 0);
}

enum status identified_check(const struct identified *f, struct error *e)
{
    if (f->fit == FIT_ONE)
        return STATUS_OK;
    if (f->fit == FIT_ERROR)
        return error_set(e, STATUS_INPUT, "%s", f->error);
    if (f->fit == FIT_NONE)
        return error_set(e, STATUS_INPUT, "%s: looks like no source; if it is one, name it: SOURCE=%s", f->path,
                         f->path);
    struct buffer names = { 0 };
    append_candidates(&names, f, 0, f->equal);
    (void)error_set(e, STATUS_CONFIG, "%s: may be %s; name the source, or each of them", f->path, names.p);
    buffer_fini(&names);
    return STATUS_CONFIG;
}

/* ------------------------------------------------------------------ command */

static const struct option_row rows[] = {
    { "format", 0, "FORMAT", TO_NONE, "table (default) or json, one object a file" },
    { "help", 'h', NULL, TO_NONE, "print this" },
};

enum { ROWS = sizeof rows / sizeof *rows };

static void print_help(void)
{
    puts("tidemark identify [OPTION…] PATH…\n"
         "Say which source and form files look like, from their first 64 KiB. `auto=PATH` as an input of hunt and\n"
         "normalize reads every file as what it looks like.\n\n"
         "Exit code: 0 each file fits one source, 64 one fits several equally well, 66 one fits none or cannot be "
         "read.\n");
    options_print_help(rows, ROWS);
}

static void print_row(const struct identified *f)
{
    const struct candidate *best = f->n ? &f->candidate[0] : NULL;
    struct buffer first = { 0 }, others = { 0 };
    append_candidates(&first, f, 0, f->fit == FIT_SEVERAL ? f->equal : best ? 1 : 0);
    append_candidates(&others, f, f->fit == FIT_SEVERAL ? f->equal : best ? 1 : 0, f->n);
    printf("%-40s %-28s %-9s %7" PRId64 " %7" PRId64 " %9" PRId64 "  %s\n", f->path,
           f->fit == FIT_ERROR ? "cannot be read"
           : best              ? first.p
                               : "no source",
           !best                   ? "-"
           : f->fit == FIT_SEVERAL ? "ambiguous"
           : best->likely          ? "likely"
                                   : "possible",
           best ? best->records : 0, best ? best->skipped : 0, best ? best->malformed : 0, others.p);
    buffer_fini(&first);
    buffer_fini(&others);
}

static void print_json(const struct identified *f)
{
    static const char *const fits[] = {
        [FIT_ONE] = "one", [FIT_NONE] = "none", [FIT_SEVERAL] = "several", [FIT_ERROR] = "error"
    };
    json_t *candidates = json_array();
    for (size_t i = 0; i < f->n; i++) {
        const struct candidate *c = &f->candidate[i];
        json_array_append_new(candidates,
                              json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "source", c->source, "form", c->form, "sure",
                                        c->likely ? "likely" : "possible", "records", (json_int_t)c->records, "skipped",
                                        (json_int_t)c->skipped, "malformed", (json_int_t)c->malformed));
    }
    json_t *line =
        json_pack("{s:s, s:s, s:s*, s:s*, s:o}", "path", f->path, "fit", fits[f->fit], "source",
                  f->fit == FIT_ONE ? f->candidate[0].source : NULL, "error", f->error, "candidates", candidates);
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

/* Files that cannot be used outweigh those that somebody can choose for. */
static int print_all(const struct identification *i, bool json, int code)
{
    for (size_t k = 0; k < i->n; k++) {
        struct error e;
        const struct identified *f = &i->file[k];
        enum status status = identified_check(f, &e);
        if (json)
            print_json(f);
        else
            print_row(f);
        if (status == STATUS_OK)
            continue;
        fprintf(stderr, "tidemark identify: %s\n", e.text);
        if (code != EXIT_CODE_NO_INPUT)
            code = status == STATUS_INPUT ? EXIT_CODE_NO_INPUT : EXIT_CODE_USAGE;
    }
    return code;
}

static int identify_all(const struct catalogue *c, size_t n, char *const *path, bool json)
{
    struct error e;
    struct identification found;
    enum status status = identify(c, path, n, &found, &e);
    int code = status_exit_code(status);
    if (status != STATUS_OK)
        fprintf(stderr, "tidemark identify: %s\n", e.text);
    else if (!json)
        printf("%-40s %-28s %-9s %7s %7s %9s  %s\n", "PATH", "SOURCE:FORM", "SURE", "RECORDS", "SKIPPED", "MALFORMED",
               "OTHERS");
    if (status == STATUS_OK)
        code = print_all(&found, json, code);
    identification_fini(&found);
    return code;
}

int command_identify(int argc, char **argv)
{
    struct options o = { .row = rows, .n = ROWS };
    struct catalogue c = { 0 };
    struct error e;
    if (!options_parse(&o, argc, argv))
        return EXIT_CODE_USAGE;
    if (options_get(&o, "help")) {
        print_help();
        return EXIT_CODE_OK;
    }
    const char *format = options_get(&o, "format");
    bool json = format && strcmp(format, "json") == 0;
    if (o.operands == argc || (format && !json && strcmp(format, "table") != 0)) {
        fprintf(stderr, "tidemark identify: %s\n",
                o.operands == argc ? "nothing to look at: expected PATH" : "--format: expected table or json");
        return EXIT_CODE_USAGE;
    }
    int code;
    enum status status = catalogue_open(&c, &e);
    if (status == STATUS_OK) {
        code = identify_all(&c, (size_t)(argc - o.operands), argv + o.operands, json);
    } else {
        fprintf(stderr, "tidemark identify: %s\n", e.text);
        code = status_exit_code(status);
    }
    catalogue_fini(&c);
    return code;
}
