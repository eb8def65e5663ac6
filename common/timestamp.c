#include "common/timestamp.h"

#include <time.h>

/* Civil-calendar arithmetic on a year that begins in March, in cycles of 400 years (146097 days). */
int64_t timestamp_days(int64_t year, unsigned month, unsigned day)
{
    int64_t y = year - (month <= 2);
    int64_t era = timestamp_floor(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? (int64_t)month - 3 : (int64_t)month + 9) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool timestamp_parts_valid(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

int64_t timestamp_from_parts(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                             unsigned second, unsigned millisecond, int32_t offset_s)
{
    int64_t seconds = timestamp_days(year, month, day) * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 +
                      (int64_t)second - offset_s;
    return seconds * 1000 + (int64_t)millisecond;
}

static char *put_digits(char *at, int64_t value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

/* Date of a day number; the inverse of timestamp_days. */
static char *put_date(char *at, int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = timestamp_floor(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    at = put_digits(at, year, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    return put_digits(at, day_of_year - (153 * shifted_month + 2) / 5 + 1, 2);
}

unsigned timestamp_format(int64_t ms, bool with_fraction, char *out)
{
    if (ms < TIMESTAMP_MIN_MS)
        ms = TIMESTAMP_MIN_MS;
    if (ms > TIMESTAMP_MAX_MS)
        ms = TIMESTAMP_MAX_MS;
    int64_t seconds = timestamp_floor(ms, 1000), day = timestamp_floor(seconds, 86400);
    int64_t of_day = seconds - day * 86400;
    char *at = put_date(out, day);
    *at++ = 'T';
    at = put_digits(at, of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, of_day % 60, 2);
    if (with_fraction) {
        *at++ = '.';
        at = put_digits(at, ms - seconds * 1000, 3);
    }
    *at++ = 'Z';
    *at = 0;
    return (unsigned)(at - out);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t timestamp_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t monotonic_now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}
