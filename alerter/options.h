/* The alerter's command line. */
#ifndef TIDEMARK_ALERTER_OPTIONS_H
#define TIDEMARK_ALERTER_OPTIONS_H

#include "evaluate.h"
#include "output.h"

#include "common/role.h"

struct options {
    const char *endpoint;
    unsigned senders;
    const char *watchlist; /* NULL: no rows; only a summary is wanted */
    struct evaluate_options evaluate;
    bool weigh_event_count;
    enum output_format format;
    const char *summary; /* file or NULL */
    bool exit_code;
    const char *coverage; /* report on these counts instead of taking part in a hunt: file or NULL */
    unsigned top;         /* values of a field that the report shows */
};

/* Ends the program: 0 after --help, 64 with a sentence for what is wrong. */
void options_parse(struct options *o, struct role *role, int argc, char **argv);

#endif
