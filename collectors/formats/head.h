/* What stands in front of a text: times and names in whatever order devices and relays write them.
 *
 * Heads of one stream mostly differ in their clocks only.  head_read remembers the last ones and what was read from
 * them, so that a head that is known but for its clocks needs no reading: where it was of one shape with a remembered
 * one, its time is that one's midnight and its clock, and its names stand at the same places.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_HEAD_H
#define TIDEMARK_COLLECTORS_FORMATS_HEAD_H

#include "formats/syslog.h"
#include "formats/timetext.h"

/* Reads a head by itself: pure, and what it gives lies in `head`.  It may look at digits of a clock only to make a time
 * of them. syslog_parse is one. */
typedef void head_reader(struct span head, const struct parse_options *options, struct syslog_header *h);

enum { HEAD_BYTES_MAX = 96, HEAD_CLOCKS_MAX = 2, HEADS_MAX = 32, HEAD_SPANS = 6 };

/* A head, and what a reader made of it.  n = 0: none. */
struct head_known {
    char text[HEAD_BYTES_MAX];
    char fixed[HEAD_BYTES_MAX]; /* all bits, or none where a clock's digits are */
    int64_t midnight_ms;        /* the time, less its clock */
    int priority;
    uint8_t n, clocks_n, timed; /* timed: the clock that the time has */
    struct {
        uint8_t at, fraction_n; /* hh:mm:ss, and digits of a fraction behind a point or comma */
    } clock[HEAD_CLOCKS_MAX];
    struct {
        uint8_t at, n;
    } span[HEAD_SPANS];
};

/* For one reader, in the form's memo.  All zero: nothing known yet. */
struct head_memo {
    struct head_known known[HEADS_MAX];
    int64_t reference_time_ms; /* of the options that `known` holds for */
    const struct zone *zone;
    int32_t zone_offset_s;
    int32_t debt; /* grows with each head that was learnt and falls with each that was known */
};

/* As read(head, options, h), faster where the memo knows the head.  memo NULL: there is none. */
void head_read(struct head_memo *memo, head_reader *read, struct span head, const struct parse_options *options,
               struct syslog_header *h);

/* The next time that begins at `*at` or behind it, at the head's begin or behind one of the bytes `before`: *begin is
 * where, and `*at` then behind it. */
bool head_next_time(struct span head, const char *before, size_t *at, size_t *begin, struct timetext *t);

#endif
