/* The command lines of the roles of a run, from what the operator gave. */
#ifndef TIDEMARK_DEPLOY_ROLES_H
#define TIDEMARK_DEPLOY_ROLES_H

#include "input.h"
#include "options.h"
#include "supervisor.h"

/* Options that `hunt` and `normalize` share: how records are read. */
#define READING_OPTIONS                                                                                                \
    { "zone", 0, "[SOURCE=]ZONE", TO_COLLECTORS | PER_SOURCE, "of times without one: UTC, +HH:MM or Europe/Berlin" },  \
        { "reference-time", 0, "TIME", TO_COLLECTORS, "for times without a year; default: the file's time" },          \
        { "columns", 0, "TEXT", TO_COLLECTORS, "order of the columns, for a format without a header" },                \
        { "line-limit", 0, "BYTES", TO_COLLECTORS, "longest record; a longer one is counted as over limit" },          \
        { "batch-rows", 0, "N", TO_COLLECTORS | TO_NORMALIZER, "rows in a batch at most" },                            \
        { "rejects", 0, "FILE", TO_NONE, "keep malformed records there, as JSON lines" },                              \
        { "keep-going", 0, NULL, TO_COLLECTORS, "go on without inputs that cannot be read; exit 66 at the end" },      \
        { "quiet", 'q', NULL, TO_NONE, "neither progress nor the account on standard error" },                         \
    {                                                                                                                  \
        "help", 'h', NULL, TO_NONE, "this text"                                                                        \
    }

enum { COLLECTORS_MAX = 64 }; /* of a source */

/* How the inputs of a source are shared by several collectors. */
struct sharing {
    unsigned of;       /* collectors; 0: none, the inputs have been seen */
    unsigned all;      /* collectors of all sources */
    unsigned attempt;  /* runs before this one that had to be given up */
    bool once;         /* the run cannot be given up: something can be read only once */
    const char *range; /* bytes where large files are cut, as given; NULL: the collectors' choice */
};

/* One collector for the one input `first`. */
enum status roles_add_collector(struct supervisor *s, const struct inputs *in, size_t first, const struct options *o,
                                struct error *e) MUST_CHECK;

/* The collectors of every input of that one's source. */
enum status roles_add_collectors(struct supervisor *s, const struct inputs *in, size_t first,
                                 const struct sharing *sharing, const struct options *o, struct error *e) MUST_CHECK;

/* The watchlist that was given, or the one that comes with tidemark. */
void roles_add_watchlist(struct words *w, const struct options *o);

/* --arena-bytes: an even part for one of so many processes that share memory with others. */
void roles_add_arena(struct words *w, size_t processes);

/* A folder inside the run's own, made and named by an option. */
enum status roles_add_folder(const struct supervisor *s, struct words *w, const char *option, const char *name,
                             struct error *e) MUST_CHECK;

/* --rejects: the file is made before anything runs; afterwards it gets what the collectors of this run kept. */
enum status rejects_open(const struct options *o, int *fd, struct error *e) MUST_CHECK;
enum status rejects_collect(const struct supervisor *s, const struct inputs *in, int fd, struct error *e) MUST_CHECK;

/* Print on standard error the lines of the sources of inputs [from, to).  False, after a sentence and all lines, if the
 * run's account is missing or does not add up. */
enum show { SHOW_NOTHING, SHOW_WHAT_MATTERS, SHOW_ALL };
bool roles_print_account(const struct account *a, const struct inputs *in, size_t from, size_t to,
                         enum show show) MUST_CHECK;

#endif
