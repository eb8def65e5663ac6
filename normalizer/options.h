/* The command line of tidemark-normalizer. */
#ifndef TIDEMARK_NORMALIZER_OPTIONS_H
#define TIDEMARK_NORMALIZER_OPTIONS_H

#include "service.h"

enum options_task { TASK_RUN, TASK_LIST, TASK_DESCRIBE, TASK_CHECK_MAPS, TASK_HELP };

struct options {
    enum options_task task;
    const char *describe;
    struct service_options service;
    char maps[4096];
};

/* Fills `o` or ends the program with EXIT_CODE_USAGE and a sentence. */
void options_parse(struct options *o, struct role *role, int argc, char **argv);

extern const char options_help[];

#endif
