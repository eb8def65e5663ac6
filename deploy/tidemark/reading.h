/* The frame of the commands that read logs (hunt, normalize, coverage): options, inputs, the run's folder and the file
 * of rejects are put in place, the command does its work, and everything is cleared away. */
#ifndef TIDEMARK_DEPLOY_READING_H
#define TIDEMARK_DEPLOY_READING_H

#include "roles.h"

struct reading {
    const char *command; /* "tidemark hunt" */
    const struct options *options;
    const struct inputs *inputs;
    struct supervisor supervisor;
    int rejects; /* the file of --rejects, or -1 */
    bool quiet;
};

struct reading_command {
    const struct option_row *row; /* READING_OPTIONS among them */
    unsigned n;
    const char *help;          /* stands above the options */
    bool prints_while_reading; /* progress would stand in its way on a terminal */
    int (*run)(struct reading *r);
};

/* Returns the exit code; what is wrong has been said. */
int reading_command(const struct reading_command *c, int argc, char **argv);

/* Say what failed; returns its exit code. */
int reading_failed(const struct reading *r, enum status status, const struct error *e);

#endif
