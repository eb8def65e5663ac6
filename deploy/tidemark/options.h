/* The options of a command as rows of a table, from which parsing, help and the roles' command lines come. */
#ifndef TIDEMARK_DEPLOY_OPTIONS_H
#define TIDEMARK_DEPLOY_OPTIONS_H

#include "words.h"

#include "common/span.h"

#include <stdbool.h>

/* Who is told: an option may go to several kinds of roles, or to none but the command itself. */
enum option_to {
    TO_NONE = 0,
    TO_COLLECTORS = 1,
    TO_NORMALIZER = 2,
    TO_AGGREGATORS = 4,
    TO_ALERTER = 8,
    TO_REPORT = 16, /* the alerter that reports on what others have counted */
    PER_SOURCE = 32 /* also: SOURCE=VALUE, any number of times, is the value for that source's collectors */
};

enum { OPTIONS_MAX = 32, OPTIONS_OF_SOURCES_MAX = 64 };

struct option_row {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* what its value is called; NULL: it takes none */
    unsigned to;       /* set of enum option_to */
    const char *help;
};

/* A value for one source. */
struct option_of_source {
    unsigned row;
    struct span source; /* as given */
    const char *value;
};

struct options {
    const struct option_row *row;
    unsigned n;
    const char *value[OPTIONS_MAX]; /* given: the value, "" where none is taken; else NULL */
    struct option_of_source of_source[OPTIONS_OF_SOURCES_MAX];
    unsigned of_source_n;
    int operands; /* index of the first operand in argv, which was permuted */
};

/* Parse argv behind the command's name (argv[0] is that name).  False after a sentence on standard error. */
bool options_parse(struct options *o, int argc, char **argv) MUST_CHECK;

/* Value of an option of the table, or NULL. */
const char *options_get(const struct options *o, const char *name);

/* Add to a collector's command line what was given for its source: behind what was given for all. */
void options_pass_source(const struct options *o, const char *source, struct words *w);

/* Add to a role's command line what was given and goes to that kind of role. */
void options_pass(const struct options *o, unsigned to, struct words *w);

/* One line per option, on standard output. */
void options_print_help(const struct option_row *row, unsigned n);

#endif
