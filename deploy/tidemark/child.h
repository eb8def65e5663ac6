/* One role process of a run: its command line, the pipes to it and what it has reported. */
#ifndef TIDEMARK_DEPLOY_CHILD_H
#define TIDEMARK_DEPLOY_CHILD_H

#include "words.h"

#include "common/buffer.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    char *name;         /* for sentences: "the collector of aws-vpcflow"; owned */
    struct words words; /* program and options; the pipes' options are added at the start */
    bool reads_stdin;   /* else /dev/null */
    bool writes_stdout; /* else /dev/null */
    const char *source; /* whose records it reads; borrowed; or NULL */
    bool collects;      /* reports how far it has read; with --keep-going it may end with EXIT_CODE_NO_INPUT */
    bool judges;        /* gives results: with --exit-code it may end with EXIT_CODE_RESULTS */

    pid_t pid;          /* 0: not running */
    int life_fd;        /* write end: closing it tells the child to leave; or -1 */
    int status_fd;      /* read end, not blocking; or -1 */
    struct buffer line; /* what came of it and has not been handed out */
    size_t handed_out;  /* bytes of `line` that the last child_line() gave */
    bool ready;
    bool ended;
    int wait_status; /* when ended, as of wait(2) */
    uint64_t bytes, bytes_total, records;
};

void child_fini(struct child *c);

/* Start it.  The signals that the caller blocks are free again in the child. */
enum status child_start(struct child *c, struct error *e) MUST_CHECK;

/* Say "go" to a child that is ready. */
void child_go(struct child *c);

/* Tell it to leave. */
void child_dismiss(struct child *c);

/* The next whole line of what it reported, without line feed, valid until the next call; false if there is none now.
 * A line longer than 64 MiB is cut: it is then no JSON and will be refused by whoever reads it. */
bool child_line(struct child *c, struct span *line);

/* Exit code of an ended child; 128 + signal for one that was killed. */
int child_exit_code(const struct child *c);

#endif
