/* Wall-clock times: int64_t milliseconds since 1970-01-01T00:00:00Z, earlier times negative. */
#ifndef TIDEMARK_COMMON_TIMESTAMP_H
#define TIDEMARK_COMMON_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define TIMESTAMP_NONE INT64_MIN

/* What is representable: years 0001 to 9999, as in the tables that the rows come from. */
#define TIMESTAMP_MIN_MS INT64_C(-62135596800000)
#define TIMESTAMP_MAX_MS INT64_C(253402300799999)

/* Days from 1970-01-01 of a proleptic Gregorian date; month 1..12, day 1..31, not checked. */
int64_t timestamp_days(int64_t year, unsigned month, unsigned day);

/* True when the parts name a moment: day within its month, hour ≤ 23, minute ≤ 59, second ≤ 59 (60 is not taken). */
bool timestamp_parts_valid(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second);

/* Milliseconds of checked parts; offset_s is the zone's seconds east of UTC. */
int64_t timestamp_from_parts(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                             unsigned second, unsigned millisecond, int32_t offset_s);

/* Floor division: windows and seconds before 1970 round down too. */
static inline int64_t timestamp_floor(int64_t value, int64_t unit)
{
    int64_t q = value / unit;
    return q - (value % unit < 0);
}

/* "2026-01-01T10:06:40.250Z" or, without_fraction, "2026-01-01T10:06:40Z" (fraction cut, floor).
 * out: at least 32 bytes; returns the length. */
unsigned timestamp_format(int64_t ms, bool with_fraction, char *out);

/* Now, in milliseconds; and a monotonic clock for timeouts. */
int64_t timestamp_now_ms(void);
int64_t monotonic_now_ms(void);

#endif
