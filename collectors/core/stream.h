/* A stream: one input read from its start to its end, or one range of a file, as batches with positions.
 *
 * Positions are offsets of uncompressed bytes, in a range from where it begins; consecutive batches touch; ordinals
 * count records (what is no header and no blank).  The stream can be taken back to any position that is not
 * acknowledged yet: it keeps, at the ends of the batches it gave, what framing, ordinals and the high-water mark were
 * there, and the headers in force.  Reading the same bytes again gives the same records.  Knows no link: main sends
 * what this gives, and unit tests read it. */
#ifndef TIDEMARK_COLLECTORS_CORE_STREAM_H
#define TIDEMARK_COLLECTORS_CORE_STREAM_H

#include "core/input.h"
#include "core/range.h"
#include "core/rejects.h"

struct stream_options {
    const char *source; /* borrowed */
    uint32_t id;        /* its stream id is this number as text, in a range with the range's behind a full stop */
    struct range range; /* or zeros */
    uint64_t epoch;     /* the first one */
    const struct form *form;
    struct parse_options parse;
    struct readers *readers; /* borrowed; outlives the stream */
    struct rejects *rejects; /* borrowed; may be NULL */
    uint64_t span_bytes;     /* that a batch may cover; 0: 2 GiB, less for tests */
};

struct stream;

/* Takes the input over (*input becomes NULL). */
struct stream *stream_new(const struct stream_options *o, struct input **input);
void stream_free(struct stream **s);

/* The next batch: STATUS_OK, valid until the next call on the stream.  STATUS_AGAIN: nothing to send now (live inputs
 * only; a record that waits goes out 40 ms after it came, so call again).  STATUS_END: all has been given, see
 * stream_end.  STATUS_INPUT: the input cannot be read on; calling again gives what was read before and then the end.
 * STATUS_BAD: the file cannot be read in ranges, what was given may be wrong. `now_ms`: monotonic. */
enum status stream_next(struct stream *s, int64_t now_ms, const struct batch **out, struct error *e) MUST_CHECK;

/* Go back to `position`, answering a rewind that names `epoch`: the next batch has a later epoch than any before.
 * False: the rewind is out of date or impossible, nothing happened.  lost.from < lost.to if these bytes are gone (the
 * stream then goes on behind them). */
struct stream_lost {
    uint64_t from, to;
    uint64_t ordinal; /* behind them */
};
bool stream_rewind(struct stream *s, uint64_t position, uint64_t epoch, struct stream_lost *lost);

/* All before `position` is applied; `ended`: the end of the stream too. */
void stream_acknowledge(struct stream *s, uint64_t position, bool ended);

struct stream_end {
    uint64_t epoch, to, ordinal;
    int64_t high_water_ms;
};
/* After STATUS_END, until a rewind. */
struct stream_end stream_end(const struct stream *s);

enum stream_state { STREAM_READING, STREAM_AT_END, STREAM_ENDED /* and acknowledged */ };
enum stream_state stream_state(const struct stream *s);

struct span stream_id(const struct stream *s);
uint64_t stream_epoch(const struct stream *s);
/* Live inputs: records wait to be sent with more. */
bool stream_is_waiting(const struct stream *s);
/* For progress: bytes on disk that have been read. */
uint64_t stream_done_bytes(const struct stream *s);
bool stream_has_failed(const struct stream *s);
uint64_t stream_records(const struct stream *s);    /* read so far */
struct input *stream_input(const struct stream *s); /* borrowed; NULL when ended */

#endif
