/* What the command line of tidemark-aggregator says. */
#ifndef TIDEMARK_AGGREGATOR_OPTIONS_H
#define TIDEMARK_AGGREGATOR_OPTIONS_H

#include "common/role.h"

#include <stdint.h>

struct options {
    const char *bind, *connect;
    const char *state_dir;
    uint32_t first_port, last_port;
    uint32_t senders;
    int64_t window_ms, lateness_ms;
    uint32_t windows_in_memory;
};

/* `0-32767`: both within 0..65535, the first not above the last. */
bool options_ports(struct span text, uint32_t *first, uint32_t *last);

/* Ends the program with EXIT_CODE_USAGE and a sentence for what cannot be understood, or with the help on --help. */
void options_parse(struct options *o, struct role *role, int argc, char **argv);

#endif
