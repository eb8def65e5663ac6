#include "commands.h"

#include "check.h"
#include "display.h"
#include "sink.h"
#include "watchlist_show.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] = "usage: tidemark watchlist check FILE...\n"
                            "       tidemark watchlist import TEMPLATE.json [-o FILE]\n"
                            "       tidemark watchlist show FILE\n"
                            "\n"
                            "  check   say what in a watchlist cannot mean what it says; exit code 65 if there is\n"
                            "          anything (notes fail nothing), 78 if a file is no watchlist\n"
                            "  import  take the watchlist out of an Azure Resource Manager template, as CSV\n"
                            "  show    the rows, and what each of them does\n";

/* Says why and gives the exit code. */
static int failed(enum status status, const struct error *e)
{
    fprintf(stderr, "tidemark-alerter: %s\n", e->text);
    return status_exit_code(status);
}

/* ---- check */

struct report {
    const struct watchlist *watchlist;
    struct buffer *out;
};

static void report_finding(void *user, const struct finding *f)
{
    struct report *r = user;
    display_append(r->out, span_text(r->watchlist->file));
    buffer_append_format(r->out, ":%u: %s: %s", f->line, f->column, f->note ? "note: " : "");
    display_append(r->out, span_text(f->what));
    buffer_append_byte(r->out, '\n');
}

static int check_file(const char *file, struct sink *out)
{
    struct error e;
    struct watchlist *w;
    enum status status = watchlist_load(file, &w, &e);
    if (status != STATUS_OK)
        return failed(status, &e);
    struct report r = { w, &out->text };
    size_t findings = check_watchlist(w, report_finding, &r), rows = 0;
    for (size_t i = 0; i < w->rows_n; i++)
        rows += !w->rows[i].blank;
    display_append(&out->text, span_text(file));
    if (findings)
        buffer_append_format(&out->text, ": %zu rows, %zu findings\n", rows, findings);
    else
        buffer_append_format(&out->text, ": %zu rows, no findings\n", rows);
    watchlist_free(&w);
    return findings ? EXIT_CODE_FINDINGS : EXIT_CODE_OK;
}

static int check_files(char **files, int n)
{
    int code = EXIT_CODE_OK;
    struct error e;
    struct sink out;
    sink_init(&out, STDOUT_FILENO, "standard output");
    for (int i = 0; i < n; i++) {
        int worse = check_file(files[i], &out);
        code = worse > code ? worse : code;
        enum status status = sink_flush(&out, &e);
        if (status != STATUS_OK)
            code = failed(status, &e);
    }
    sink_fini(&out);
    return code;
}

/* ---- import */

static enum status write_file(const char *file, struct span text, struct error *e)
{
    int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : STDOUT_FILENO;
    if (fd < 0)
        return error_errno(e, "%s: cannot be written", file);
    struct sink out;
    sink_init(&out, fd, file ? file : "standard output");
    buffer_append_span(&out.text, text);
    enum status status = sink_flush(&out, e);
    sink_fini(&out);
    if (file && close(fd) && status == STATUS_OK)
        status = error_errno(e, "%s: cannot be written", file);
    return status;
}

/* What comes out is the text of the template, byte for byte; that it is a watchlist is checked first. */
static int import(const char *template, const char *file)
{
    struct error e;
    struct watchlist *w;
    enum status status = watchlist_load(template, &w, &e);
    if (status == STATUS_OK && !w->raw) {
        status = error_set(&e, STATUS_CONFIG, "%s: this is a CSV already: expected an Azure template (JSON)", template);
        watchlist_free(&w);
    }
    if (status != STATUS_OK)
        return failed(status, &e);
    status = write_file(file, span_of(w->raw, w->raw_n), &e);
    watchlist_free(&w);
    return status == STATUS_OK ? EXIT_CODE_OK : failed(status, &e);
}

/* ---- show */

static int show(const char *file)
{
    struct error e;
    struct watchlist *w;
    enum status status = watchlist_load(file, &w, &e);
    if (status != STATUS_OK)
        return failed(status, &e);
    struct sink out;
    sink_init(&out, STDOUT_FILENO, "standard output");
    watchlist_append_table(w, isatty(STDOUT_FILENO), &out.text);
    status = sink_flush(&out, &e);
    sink_fini(&out);
    watchlist_free(&w);
    return status == STATUS_OK ? EXIT_CODE_OK : failed(status, &e);
}

/* ---- */

static int wrong_usage(void)
{
    fputs(usage, stderr);
    return EXIT_CODE_USAGE;
}

int watchlist_command(int argc, char **argv)
{
    struct span command = span_text(argc > 1 ? argv[1] : "");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return EXIT_CODE_OK;
        }
    }
    if (argc < 3)
        return wrong_usage();
    for (int i = 2; i < argc; i++)
        if (argv[i][0] == '-' && argv[i][1] && !(span_is(command, "import") && strcmp(argv[i], "-o") == 0))
            return wrong_usage();
    if (span_is(command, "check"))
        return check_files(argv + 2, argc - 2);
    if (span_is(command, "show") && argc == 3)
        return show(argv[2]);
    if (span_is(command, "import") && argc == 3)
        return import(argv[2], NULL);
    if (span_is(command, "import") && argc == 5 && strcmp(argv[3], "-o") == 0)
        return import(argv[2], argv[4]);
    if (span_is(command, "import") && argc == 5 && strcmp(argv[2], "-o") == 0)
        return import(argv[4], argv[3]);
    return wrong_usage();
}
