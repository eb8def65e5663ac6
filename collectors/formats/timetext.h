/* Times as devices and tables write them, read to milliseconds UTC.
 *
 * Pure: the current time and the machine's zone play no part.  What a text leaves out comes from struct parse_options:
 * the zone, and the year, which is the latest one that puts the time no more than seven days behind the reference time.
 * What is finer than a millisecond is rounded down.  A text that names no moment (30 February, 24:00, second 60) is no
 * time.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_TIMETEXT_H
#define TIDEMARK_COLLECTORS_FORMATS_TIMETEXT_H

#include "core/collector.h"

/* The parts of a time as written: not yet a moment. */
struct timetext {
    unsigned year; /* 0: not written */
    unsigned month, day, hour, minute, second, millisecond;
    bool zoned;       /* offset_s was written */
    int32_t offset_s; /* seconds east of UTC */
};

/* The time that `text` begins with; *used is its length.  For headers that stand before something else.
 *   iso   yyyy-mm-dd or yyyy/mm/dd, `T` or blanks, h:mm:ss, fraction; a zone only where it is attached
 *   bsd   [Www] [yyyy] Mmm d [yyyy] h:mm:ss, fraction; then perhaps a zone, then perhaps a year */
bool timetext_scan_iso(struct span text, struct timetext *t, size_t *used);
bool timetext_scan_bsd(struct span text, struct timetext *t, size_t *used);
bool timetext_scan(struct span text, struct timetext *t, size_t *used); /* either */

/* The same for dates that only collectors' own files have: `m/d/yyyy h:mm:ss [AM|PM]` and with `-`, the day first where
 * the first number exceeds 12, and `d/Mmm/yyyy:h:mm:ss` with `/`, `-` or a blank; then perhaps a zone. */
bool timetext_scan_other(struct span text, struct timetext *t, size_t *used);

/* The moment that the parts name; false if there is none. */
bool timetext_resolve(const struct timetext *t, const struct parse_options *options, int64_t *ms);

/* A whole text of a device: epoch seconds (10 digits, perhaps a fraction), milliseconds (13), microseconds (16) or
 * nanoseconds (19), or one of the forms above.  Blanks around are ignored; so for all functions below. */
bool timetext_device(struct span text, const struct parse_options *options, int64_t *ms);
bool timetext_epoch(struct span text, int64_t *ms);

/* The time of day of the eight bytes `hh:mm:ss`, two digits each; false: they are none. */
bool timetext_clock(const char *p, int64_t *ms);

/* The last date of a column's texts: the next one mostly has the same, with another clock. All zero: none yet. */
struct timetext_day {
    char before[32], behind[16]; /* what was written around hh:mm:ss */
    uint8_t before_n, behind_n;
    int32_t zone_offset_s; /* of the options then, as `zone` */
    const struct zone *zone;
    int64_t begin_ms; /* at 00:00:00 */
};

/* As timetext_device, faster where `day` knows the date; it keeps what it learns. */
bool timetext_device_day(struct timetext_day *day, struct span text, const struct parse_options *options, int64_t *ms);

/* A whole text of a table's time column, UTC where no zone is written: ISO 8601 (T or blanks, fraction with point or
 * comma, zone apart or not) or the export forms `8/25/2025 8:11:21.937 PM`, `7/18/2025, 12:26:46 PM`,
 * `06-14-2025  07:17:00`: month first; a zone may stand behind each. */
bool timetext_column(struct span text, int64_t *ms);

/* The same for columns of CommonSecurityLog exports, where the day stands first in a text with slashes and without AM
 * or PM, unless the second number exceeds 12; texts without a zone are in that of `local`, NULL: UTC. */
bool timetext_row(struct span text, const struct parse_options *local, int64_t *ms);

/* A JSON number that is a time column's value: epoch milliseconds, rounded down. */
bool timetext_number(struct span number, int64_t *ms);

/* A whole zone: `Z`, `UTC`, `GMT`, `CEST`, `+02:00`, `-0530`, `+2`, `GMT+2`, `UTC-05:30`, `Etc/GMT-2` (that is +2).
 * Names of regions have no fixed offset and are none of these. */
bool timetext_zone(struct span text, int32_t *offset_s);

#endif
