/* Starts the role processes of one run, waits until all are ready, says go, and sees them through to their end.
 *
 * A child that fails ends the run: the others are told to leave, then killed, and the run has the exit code of the one
 * that failed (66, 78 and 64 as they are, anything else 70).  SIGINT, SIGTERM and SIGHUP end the run the same way.
 * A collector may find that a file cannot be read in ranges, which nobody can know before: then the run ends with
 * EXIT_CODE_AGAIN and can be started once more.  When supervisor_run() returns no child lives.
 */
#ifndef TIDEMARK_DEPLOY_SUPERVISOR_H
#define TIDEMARK_DEPLOY_SUPERVISOR_H

#include "account.h"
#include "child.h"
#include "progress.h"
#include "stats.h"

#include "common/runtime.h"

/* A file that cannot be read in ranges. */
struct uncut {
    char *source; /* owned */
    unsigned input;
};

struct supervisor {
    struct child *child;
    size_t n;
    struct runtime runtime;
    struct account account; /* as the last one to apply records said it */
    struct stats stats;     /* as the children of the last run reported them */
    struct progress progress;
    bool keep_going;     /* inputs that cannot be read do not end the run */
    bool inputs_missing; /* some could not be read */
    bool results;        /* a child that judges ended with EXIT_CODE_RESULTS */
    struct uncut *uncut; /* as collectors said, in all runs */
    size_t uncut_n;
    unsigned runs; /* so far */
    int signal;    /* that ended the run, or 0 */
};

/* Make the runtime folder.  From here to supervisor_fini signals wait to be read by supervisor_run. */
enum status supervisor_init(struct supervisor *s, bool progress, struct error *e) MUST_CHECK;

/* Removes the runtime folder; lets the signal that ended the run have its way, so the caller may not return from here.
 */
void supervisor_fini(struct supervisor *s);

/* A new child, to be filled; its program stands in the programs' folder.  The pointer holds until the next call. */
struct child *supervisor_add(struct supervisor *s, const char *program, const char *name_format, ...) PRINTF_LIKE(3, 4);

/* Run all children that were added; they are gone afterwards, and others can be added and run.
 * Returns an exit code: EXIT_CODE_OK, or why the run failed (which has been said). */
int supervisor_run(struct supervisor *s) MUST_CHECK;

#endif
