/* The rule: which rows of the watchlist fire on the sums of one window, and what they are merged into.
 *
 * A group is (port, protocol, direction, action).  A row fires on a group whose port its Ports name, whose values its
 * filters accept, and whose sum is above its threshold (strictly).  What fires is merged by (Name, Severity, Tactic,
 * port, Description) into one result, with the evidence for it.
 */
#ifndef TIDEMARK_ALERTER_EVALUATE_H
#define TIDEMARK_ALERTER_EVALUATE_H

#include "counts.h"
#include "match.h"
#include "watchlist.h"

#include "common/status.h"
#include "common/wire/message.h"

enum { RESULT_PROTOCOLS_MAX = 20, RESULT_DIRECTIONS_MAX = 5, RESULT_ACTIONS_MAX = 10, ALERT_ID_BYTES = 33 };

struct evaluate_options {
    enum watchlist_type type;
    int64_t window_ms;
    enum empty_matches empty;
    bool match_app;     /* else the application has no effect */
    bool aggregate_row; /* a row's threshold is compared with its total per port, not with each group's sum */
};

struct result_group {
    struct span value[FIELD_APP]; /* protocol, direction, action; empty where a session has none */
    int64_t sum;                  /* over the applications that the row accepts; the largest over merged rows */
};

struct result_row {
    const char *file;
    unsigned line;
    int32_t threshold;
    int64_t sum; /* the largest that was compared with the threshold */
};

struct result_set {
    const struct span *items; /* distinct, not empty, sorted by code point, then cut */
    size_t n;
    bool without; /* an exceeding group has no value here */
};

struct result {
    char alert_id[ALERT_ID_BYTES]; /* the same whenever and wherever this result is found; terminated */
    int64_t window_start_ms, window_end_ms;
    struct span name, severity, tactic, description;
    uint16_t port;
    struct result_set values[FIELD_APP];
    int64_t max_sum;                   /* the largest sum that was above its threshold */
    int32_t threshold;                 /* of the row that had it; of several the lowest */
    const struct result_group *groups; /* sorted by protocol, direction, action */
    size_t groups_n;
    const struct result_row *rows; /* in the watchlist's order */
    size_t rows_n;
};

struct evaluator;

/* `w` must outlive it. */
struct evaluator *evaluator_new(const struct watchlist *w, const struct evaluate_options *o);
void evaluator_free(struct evaluator **v);

/* The ports that any row that takes part names, as ranges; returns how many. `out`: room for WANT_PORTS_MAX. */
uint32_t evaluator_ports(const struct evaluator *v, struct port_range_wanted *out);

/* Called with each result, sorted by (Name, Severity, Tactic, port, Description); `r` is borrowed for the call. */
typedef enum status result_sink(void *user, const struct result *r, struct error *e);

/* Evaluate a settled window that starts at `window_start_ms`; stops when the sink fails and returns its status. */
enum status evaluator_run(struct evaluator *v, const struct counts *c, int64_t window_start_ms, result_sink *sink,
                          void *user, struct error *e) MUST_CHECK;

#endif
