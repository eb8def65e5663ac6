/* Results as text: one JSON object a line, CSV (RFC 4180, lines end with LF), or a table for people. */
#ifndef TIDEMARK_ALERTER_OUTPUT_H
#define TIDEMARK_ALERTER_OUTPUT_H

#include "display.h"
#include "evaluate.h"
#include "sink.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

struct output {
    enum output_format format;
    bool colour;
    struct sink sink;
    uint64_t results_n;

    /* table: the window that is being gathered */
    struct display_table table;
    bool window_open;
    int64_t window_start_ms, window_end_ms;
};

void output_init(struct output *o, enum output_format format, int fd, bool colour);
void output_fini(struct output *o);

/* A result_sink: `user` is the struct output.  Results come in order of their windows. */
enum status output_result(void *user, const struct result *r, struct error *e) MUST_CHECK;

/* After the last result: everything has been handed to the operating system. */
enum status output_end(struct output *o, struct error *e) MUST_CHECK;

/* The bytes of one result, for tests and for other sinks. */
void output_append_json(struct buffer *out, const struct result *r);
void output_append_csv(struct buffer *out, const struct result *r);

#endif
