/* What a person says about where logs are: SOURCE=PATH or SOURCE:FORM=PATH, as many as there are; auto=PATH stands for
 * every file of PATH as the source that it looks like. */
#ifndef TIDEMARK_DEPLOY_INPUT_H
#define TIDEMARK_DEPLOY_INPUT_H

#include "catalogue.h"

struct input {
    char *source; /* id; owned */
    char *form;   /* NULL: recognised from the data; owned */
    char *path;   /* "-" is standard input; owned */
};

struct inputs {
    struct input *input;
    size_t n;
};

/* Parse `n` arguments.  STATUS_CONFIG with what was expected (unknown sources get their nearest name); standard input
 * can be given once.  Of auto: STATUS_CONFIG too where a file fits several sources, STATUS_INPUT where it fits none. */
enum status inputs_parse(struct inputs *in, char *const *argument, int n, const struct catalogue *c,
                         struct error *e) MUST_CHECK;
void inputs_fini(struct inputs *in);

/* True if an earlier input has the same source: a source is one collector however many paths it has. */
bool inputs_seen(const struct inputs *in, size_t at);

#endif
