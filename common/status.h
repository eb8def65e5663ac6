/* What a function says to its caller: a few codes, each for one thing that the caller then does.
 *
 * Hot paths return the code alone; cold paths also fill a struct error of the caller's with one sentence,
 * "what: subject: why".  A function returns an error or logs it, never both.
 */
#ifndef TIDEMARK_COMMON_STATUS_H
#define TIDEMARK_COMMON_STATUS_H

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum status {
    STATUS_OK = 0,
    STATUS_AGAIN,  /* nothing happened, nothing is lost: call later */
    STATUS_FULL,   /* a bounded resource is full: empty it, then call again */
    STATUS_BAD,    /* malformed input: count it, keep it, go on */
    STATUS_LIMIT,  /* well-formed, but over a limit */
    STATUS_CONFIG, /* the operator must act (exit 78; a bad watchlist or map, an impossible option) */
    STATUS_INPUT,  /* an input cannot be read (exit 66) */
    STATUS_SYSTEM, /* the operating system refused; errno is kept in struct error */
    STATUS_PEER,   /* the peer is gone, or speaks another version */
    STATUS_END     /* nothing more will come */
};

/* Exit codes of every program (after sysexits.h). */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_RESULTS = 1, /* results exist and --exit-code was given */
    EXIT_CODE_USAGE = 64,
    EXIT_CODE_FINDINGS = 65, /* the watchlist has findings */
    EXIT_CODE_NO_INPUT = 66,
    EXIT_CODE_INTERNAL = 70,
    EXIT_CODE_AGAIN = 75, /* a role to its supervisor: the run must start over, as was reported */
    EXIT_CODE_CONFIG = 78
};

/* The exit code that a status which ends a program maps to. */
int status_exit_code(enum status status);

/* One sentence about what went wrong; owned by the caller, filled by the callee. */
struct error {
    int errno_;
    char text[512];
};

/* Fill `e` (which may be NULL) with a formatted sentence and return `status`; errno is kept.
 * Control characters of what was formatted are escaped, so that a text can go to a terminal. */
enum status error_set(struct error *e, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);

/* error_set with ": strerror(errno)" behind it; returns STATUS_SYSTEM. */
enum status error_errno(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* Our own bugs only: no byte of input and no full disk reaches one.  Always compiled in. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))
void check_failed(const char *condition, const char *file, int line) __attribute__((noreturn, cold));

#endif
