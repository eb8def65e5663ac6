/* Which source a file looks like: every collector is asked, all at the same time, and the answers are compared. */
#ifndef TIDEMARK_DEPLOY_IDENTIFY_H
#define TIDEMARK_DEPLOY_IDENTIFY_H

#include "catalogue.h"

#include <stdint.h>

/* A source whose form a file may be; counts are of the file's first 64 KiB. */
struct candidate {
    const char *source; /* borrowed from the catalogue */
    char *form;         /* owned */
    bool likely;        /* by its first bytes; else possible */
    int64_t records, skipped, malformed;
};

enum fit {
    FIT_ONE,     /* candidate[0] */
    FIT_NONE,    /* no candidate */
    FIT_SEVERAL, /* candidate[0] and others equally */
    FIT_ERROR    /* cannot be read */
};

struct identified {
    char *path;                  /* owned */
    char *error;                 /* one sentence, or NULL; owned */
    struct candidate *candidate; /* best first; owned */
    size_t n;
    size_t equal; /* how many of them fit as well as the first one */
    enum fit fit;
};

struct identification {
    struct identified *file;
    size_t n;
};

/* Every file that the `n` paths stand for, in the order in which they would be read.
 *
 * A source that makes sessions of a file fits better than one that does not, then one whose probe is sure; two that are
 * equal in both fit equally well, however many sessions each makes: a file may hold records of several sources.
 * STATUS_SYSTEM: a collector could not be asked. */
enum status identify(const struct catalogue *c, char *const *path, size_t n, struct identification *out,
                     struct error *e) MUST_CHECK;
void identification_fini(struct identification *i);

/* STATUS_OK: it fits one source.  Else a sentence that names the candidates, and STATUS_INPUT where none fits or the
 * file cannot be read, STATUS_CONFIG where a person has to choose. */
enum status identified_check(const struct identified *i, struct error *e) MUST_CHECK;

#endif
