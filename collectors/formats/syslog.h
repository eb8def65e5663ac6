/* The header in front of a syslog message: RFC 3164 and RFC 5424, and what stands between them in real files.
 *
 * Every part may be missing.  Relays write headers one behind the other: the innermost one that says something counts,
 * since it is the device's own; a year that it leaves out is seen from the one in front.  Nothing here is malformed:
 * what is no header is message.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_SYSLOG_H
#define TIDEMARK_COLLECTORS_FORMATS_SYSLOG_H

#include "core/collector.h"

struct syslog_header {
    int priority;        /* 0..191, -1: none */
    int64_t time_ms;     /* TIMESTAMP_NONE: none */
    struct span host;    /* the rest: empty where absent or `-` */
    struct span app;     /* APP-NAME, or the name of a tag `name[pid]:` */
    struct span process; /* PROCID, or the tag's pid */
    struct span message_id;
    struct span structured_data; /* `[id k="v"]…` as written */
    struct span message;
};

/* Without what transports leave at the ends: NUL, CR, LF and blanks, rsyslog's `#012` for a control character behind,
 * a byte order mark and blanks in front, quotes around the whole. */
struct span syslog_trim(struct span line);

/* All spans point into `line`. */
void syslog_parse(struct span line, const struct parse_options *options, struct syslog_header *h);

#endif
