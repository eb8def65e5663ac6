/* The alerter's command line. */
#ifndef TIDEMARK_ALERTER_OPTIONS_H
#define TIDEMARK_ALERTER_OPTIONS_H

#include "evaluate.h"
#include "output.h"

#include "common/role.h"

struct options {
    const char *endpoint;
    unsigned senders;
    const char *watchlist;
    struct evaluate_options evaluate;
    bool weigh_event_count;
    enum output_format format;
    const char *summary; /* file or NULL */
    bool exit_code;
};

/* Ends the program: 0 after --help, 64 with a sentence for what is wrong. */
void options_parse(struct options *o, struct role *role, int argc, char **argv);

/* `1200`, `90s`, `20m`, `1h`, `1d`: whole seconds, at least one; at most WINDOW_MAX_S. */
#define WINDOW_MAX_S (INT64_C(366) * 86400)
bool options_window(struct span text, int64_t *window_ms);

#endif
