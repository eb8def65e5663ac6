#include "formats/timetext.h"

#include "common/number.h"
#include "formats/zone.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>

enum { DAY_S = 86400, DAYS_AHEAD_MAX = 7, MINUTE_S = 60, HOUR_S = 3600 };

/* A place in a text; the functions below move it over what they read, and leave it alone if they fail. */
struct cursor {
    struct span s;
    size_t at;
};

static bool at_end(const struct cursor *c)
{
    return c->at >= c->s.n;
}

static char peek(const struct cursor *c)
{
    return at_end(c) ? '\0' : c->s.p[c->at];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take(struct cursor *c, char wanted)
{
    if (at_end(c) || c->s.p[c->at] != wanted)
        return false;
    c->at++;
    return true;
}

static bool take_spaces(struct cursor *c)
{
    size_t from = c->at;
    while (take(c, ' ') || take(c, '\t'))
        ;
    return c->at > from;
}

/* From `least` to `most` digits; a further digit is not looked at. */
static bool take_number(struct cursor *c, unsigned least, unsigned most, unsigned *out)
{
    unsigned value = 0, n = 0;
    while (n < most && c->at + n < c->s.n && is_digit(c->s.p[c->at + n])) {
        value = value * 10 + (unsigned)(c->s.p[c->at + n] - '0');
        n++;
    }
    if (n < least)
        return false;
    c->at += n;
    *out = value;
    return true;
}

/* `.` or `,` and digits, cut to milliseconds; nothing is read where no digit follows. */
static void take_fraction(struct cursor *c, unsigned *millisecond)
{
    *millisecond = 0;
    if ((peek(c) != '.' && peek(c) != ',') || c->at + 1 >= c->s.n || !is_digit(c->s.p[c->at + 1]))
        return;
    c->at++;
    for (unsigned weight = 100; is_digit(peek(c)); weight /= 10) {
        *millisecond += weight * (unsigned)(c->s.p[c->at] - '0');
        c->at++;
    }
}

static bool take_clock(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    if (!take_number(&k, 1, 2, &t->hour) || !take(&k, ':') || !take_number(&k, 2, 2, &t->minute) || !take(&k, ':') ||
        !take_number(&k, 2, 2, &t->second))
        return false;
    take_fraction(&k, &t->millisecond);
    *c = k;
    return true;
}

/* `Z`, or sign, two digits, perhaps a colon, two digits. Check Point writes `--5:00`. */
static bool take_iso_zone(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    char sign = peek(&k);
    unsigned hours, minutes;
    if (sign == 'Z' || sign == 'z') {
        c->at++;
        t->zoned = true;
        t->offset_s = 0;
        return true;
    }
    if (sign != '+' && sign != '-')
        return false;
    k.at++;
    bool doubled = sign == '-' && take(&k, '-');
    if (!take_number(&k, doubled ? 1 : 2, 2, &hours))
        return false;
    (void)take(&k, ':');
    if (!take_number(&k, 2, 2, &minutes))
        return false;
    t->zoned = true;
    t->offset_s = (int32_t)(hours * HOUR_S + minutes * MINUTE_S) * (sign == '-' ? -1 : 1);
    *c = k;
    return true;
}

static bool take_iso(struct cursor *c, struct timetext *t, bool slashes)
{
    struct cursor k = *c;
    *t = (struct timetext){ 0 };
    if (!take_number(&k, 4, 4, &t->year))
        return false;
    char separator = slashes && peek(&k) == '/' ? '/' : '-';
    if (!take(&k, separator) || !take_number(&k, 2, 2, &t->month) || !take(&k, separator) ||
        !take_number(&k, 2, 2, &t->day))
        return false;
    if (!take(&k, 'T') && !take(&k, 't') && !take_spaces(&k))
        return false;
    if (!take_clock(&k, t))
        return false;
    if (t->year == 0)
        return false; /* 0 means "not written" elsewhere */
    *c = k;
    return true;
}

/* ------------------------------------------------------------------ names */

static const struct {
    char name[6];
    int16_t offset_min;
} zone_names[] = {
    { "UTC", 0 },    { "GMT", 0 },     { "Z", 0 },      { "UT", 0 },     { "WET", 0 },    { "WEST", 60 },
    { "BST", 60 },   { "CET", 60 },    { "MET", 60 },   { "CEST", 120 }, { "MEST", 120 }, { "EET", 120 },
    { "EEST", 180 }, { "MSK", 180 },   { "SGT", 480 },  { "HKT", 480 },  { "AWST", 480 }, { "JST", 540 },
    { "KST", 540 },  { "AEST", 600 },  { "AEDT", 660 }, { "NZST", 720 }, { "NZDT", 780 }, { "EST", -300 },
    { "EDT", -240 }, { "CST", -360 },  { "CDT", -300 }, { "MST", -420 }, { "MDT", -360 }, { "PST", -480 },
    { "PDT", -420 }, { "AKST", -540 }, { "HST", -600 }, { "BRT", -180 },
};

static bool zone_by_name(struct span word, int32_t *offset_s)
{
    if (word.n == 0 || !is_letter(word.p[0]) ||
        word.n >= sizeof zone_names[0].name) /* most often a host's name stands there */
        return false;
    for (size_t i = 0; i < sizeof zone_names / sizeof zone_names[0]; i++)
        if ((word.p[0] | 0x20) == (zone_names[i].name[0] | 0x20) &&
            span_equal_nocase(word, span_text(zone_names[i].name))) {
            *offset_s = zone_names[i].offset_min * MINUTE_S;
            return true;
        }
    return false;
}

/* Sign, one or two digits of hours, and perhaps minutes behind a colon or behind two digits. */
static bool zone_by_number(struct span text, int32_t *offset_s)
{
    struct cursor c = { text, 0 };
    char sign = peek(&c);
    unsigned hours, minutes = 0;
    if (sign != '+' && sign != '-')
        return false;
    c.at++;
    if (!take_number(&c, 1, 2, &hours))
        return false;
    if (!at_end(&c)) {
        if (!take(&c, ':') && c.at != 3)
            return false;
        if (!take_number(&c, 2, 2, &minutes))
            return false;
    }
    if (!at_end(&c) || hours > 23 || minutes > 59)
        return false;
    *offset_s = (int32_t)(hours * HOUR_S + minutes * MINUTE_S) * (sign == '-' ? -1 : 1);
    return true;
}

bool timetext_zone(struct span text, int32_t *offset_s)
{
    text = span_trim(text);
    bool inverted = false;
    if (text.n == 0)
        return false;
    if (text.n > 4 && span_equal_nocase(span_of(text.p, 4), SPAN_LITERAL("Etc/"))) {
        text = span_from(text, 4);
        inverted = true; /* POSIX signs: Etc/GMT-2 lies east of Greenwich */
    }
    if (zone_by_name(text, offset_s) || (!inverted && zone_by_number(text, offset_s)))
        return true;
    if (text.n > 3 &&
        (span_equal_nocase(span_of(text.p, 3), SPAN_LITERAL("UTC")) ||
         span_equal_nocase(span_of(text.p, 3), SPAN_LITERAL("GMT"))) &&
        zone_by_number(span_from(text, 3), offset_s)) {
        if (inverted)
            *offset_s = -*offset_s;
        return true;
    }
    return false;
}

static bool take_month(struct cursor *c, unsigned *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (c->s.n - c->at < 3)
        return false;
    const char *p = c->s.p + c->at;
    char word[3] = { (char)(p[0] | 0x20), (char)(p[1] | 0x20), (char)(p[2] | 0x20) };
    for (unsigned m = 0; m < 12; m++)
        if (memcmp(word, names + 3 * m, 3) == 0) {
            *month = m + 1;
            c->at += 3;
            return true;
        }
    return false;
}

static void take_weekday(struct cursor *c)
{
    static const char names[] = "montuewedthufrisatsun";
    struct cursor k = *c;
    if (k.s.n - k.at < 4)
        return;
    const char *p = k.s.p + k.at;
    char word[3] = { (char)(p[0] | 0x20), (char)(p[1] | 0x20), (char)(p[2] | 0x20) };
    for (unsigned d = 0; d < 7; d++)
        if (memcmp(word, names + 3 * d, 3) == 0) {
            k.at += 3;
            (void)take(&k, ',');
            if (take_spaces(&k))
                *c = k;
            return;
        }
}

/* Does a word end here: at the end, before a blank, or before a colon that ends a header's time? */
static bool at_word_end(const struct cursor *c)
{
    if (at_end(c) || byte_is_blank(peek(c)))
        return true;
    return peek(c) == ':' && (c->at + 1 == c->s.n || byte_is_blank(c->s.p[c->at + 1]));
}

/* A zone behind a time of the BSD kind: attached or behind blanks, a whole word. */
static void take_word_zone(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    (void)take_spaces(&k);
    size_t from = k.at;
    while (is_letter(peek(&k)) || is_digit(peek(&k)) || peek(&k) == '+' || peek(&k) == '-')
        k.at++;
    if (peek(&k) == ':' && k.at + 2 < k.s.n && is_digit(k.s.p[k.at + 1]) && is_digit(k.s.p[k.at + 2]))
        k.at += 3; /* the minutes of +02:00 */
    struct span word = span_of(k.s.p + from, k.at - from);
    if (word.n == 0 || !at_word_end(&k) || !timetext_zone(word, &t->offset_s))
        return;
    t->zoned = true;
    *c = k;
}

static void take_year_behind(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    unsigned year;
    if (t->year || !take_spaces(&k) || !take_number(&k, 4, 4, &year) || year == 0 || !at_word_end(&k))
        return;
    t->year = year;
    *c = k;
}

/* A year and blanks, where there is one; false: it is the year 0. */
static bool take_year(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    unsigned year;
    if (!take_number(&k, 4, 4, &year) || !take_spaces(&k))
        return true;
    t->year = year;
    *c = k;
    return year != 0;
}

static bool take_bsd(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    *t = (struct timetext){ 0 };
    take_weekday(&k);
    if (!take_year(&k, t) || !take_month(&k, &t->month) || !take_spaces(&k) || !take_number(&k, 1, 2, &t->day) ||
        !take_spaces(&k) || (t->year == 0 && !take_year(&k, t)) || !take_clock(&k, t))
        return false;
    take_word_zone(&k, t);
    take_year_behind(&k, t);
    *c = k;
    return true;
}

bool timetext_scan_iso(struct span text, struct timetext *t, size_t *used)
{
    struct cursor c = { text, 0 };
    if (!take_iso(&c, t, true))
        return false;
    (void)take_iso_zone(&c, t);
    *used = c.at;
    return true;
}

bool timetext_scan_bsd(struct span text, struct timetext *t, size_t *used)
{
    struct cursor c = { text, 0 };
    if (!take_bsd(&c, t))
        return false;
    *used = c.at;
    return true;
}

/* None is of both kinds: behind four digits the one has a sign, the other a blank. */
bool timetext_scan(struct span text, struct timetext *t, size_t *used)
{
    bool iso = text.n > 4 && (text.p[4] == '-' || text.p[4] == '/');
    return iso ? timetext_scan_iso(text, t, used) : timetext_scan_bsd(text, t, used);
}

/* ------------------------------------------------------------------ moments */

/* options NULL: a time without a zone is UTC. */
static bool moment(const struct timetext *t, unsigned year, const struct parse_options *options, int64_t *ms)
{
    if (!timestamp_parts_valid(year, t->month, t->day, t->hour, t->minute, t->second))
        return false;
    int32_t offset_s = t->zoned ? t->offset_s : options ? options->zone_offset_s : 0;
    int64_t at = timestamp_from_parts(year, t->month, t->day, t->hour, t->minute, t->second, t->millisecond, offset_s);
    if (!t->zoned && options && options->zone) {
        int64_t local = at + INT64_C(1000) * offset_s;
        at = local - INT64_C(1000) * zone_offset_s(options->zone, timestamp_floor(local, 1000));
    }
    if (at < TIMESTAMP_MIN_MS || at > TIMESTAMP_MAX_MS)
        return false;
    *ms = at;
    return true;
}

bool timetext_resolve(const struct timetext *t, const struct parse_options *options, int64_t *ms)
{
    if (t->year)
        return moment(t, t->year, options, ms);
    int64_t reference = options->reference_time_ms;
    if (reference < TIMESTAMP_MIN_MS || reference > TIMESTAMP_MAX_MS)
        return false;
    int64_t latest = reference + INT64_C(1000) * DAY_S * DAYS_AHEAD_MAX;
    /* Not later than this year; 29 February may lie up to eight years back. */
    int64_t year = 1971 + timestamp_floor(latest, INT64_C(31556952000));
    for (int64_t y = year; y > year - 12 && y > 0; y--)
        if (y <= 9999 && moment(t, (unsigned)y, options, ms) && *ms <= latest)
            return true;
    return false;
}

bool timetext_epoch(struct span text, int64_t *ms)
{
    text = span_trim(text);
    size_t whole = 0;
    while (whole < text.n && is_digit(text.p[whole]))
        whole++;
    uint64_t value;
    if (!number_parse_digits(span_of(text.p, whole), &value))
        return false;
    unsigned fraction_ms = 0;
    if (whole < text.n) {
        struct cursor c = { text, whole };
        take_fraction(&c, &fraction_ms);
        if (whole != 10 || text.p[whole] != '.' || c.at == whole || !at_end(&c))
            return false;
    }
    switch (whole) {
    case 10:
        *ms = (int64_t)value * 1000 + fraction_ms;
        return true;
    case 13:
        *ms = (int64_t)value;
        return true;
    case 16:
        *ms = (int64_t)(value / 1000);
        return true;
    case 19:
        *ms = (int64_t)(value / 1000000);
        return true;
    default:
        return false;
    }
}

/* t->year stays 0 where no year was written, and for seconds since 1970. */
static bool device_time(struct span text, const struct parse_options *options, struct timetext *t, int64_t *ms)
{
    struct cursor c = { text, 0 };
    t->year = 0;
    if (c.s.n == 0)
        return false;
    if (!is_digit(c.s.p[0]))
        return take_bsd(&c, t) && at_end(&c) && timetext_resolve(t, options, ms);
    if (!take_iso(&c, t, true)) {
        t->year = 0;
        return timetext_epoch(c.s, ms);
    }
    if (!at_end(&c) && !take_iso_zone(&c, t))
        take_word_zone(&c, t);
    return at_end(&c) && timetext_resolve(t, options, ms);
}

bool timetext_device(struct span text, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    return device_time(span_trim(text), options, &t, ms);
}

/* ------------------------------------------------------------------ days */

enum { CLOCK_BYTES = 8 };

bool timetext_clock(const char *p, int64_t *ms)
{
    static const char zero[CLOCK_BYTES] = { '0', '0', ':', '0', '0', ':', '0', '0' };
    uint64_t text, zeros;
    memcpy(&text, p, sizeof text);
    memcpy(&zeros, zero, sizeof zeros);
    text ^= zeros; /* now a digit's value, and 0 for a colon; both constants read the same from either end */
    if ((text | (text + UINT64_C(0x0606000606000606))) & UINT64_C(0xf0f0fff0f0fff0f0))
        return false;
    unsigned hour = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    unsigned minute = (unsigned)(p[3] - '0') * 10 + (unsigned)(p[4] - '0');
    unsigned second = (unsigned)(p[6] - '0') * 10 + (unsigned)(p[7] - '0');
    *ms = ((int64_t)hour * HOUR_S + (int64_t)minute * MINUTE_S + second) * 1000;
    return hour < 24 && minute < 60 && second < 60;
}

static bool same_offset_all_day(const struct timetext *t, const struct zone *zone)
{
    int64_t begin_s = timestamp_from_parts(t->year, t->month, t->day, 0, 0, 0, 0, 0) / 1000;
    return zone_offset_s(zone, begin_s) == zone_offset_s(zone, begin_s + DAY_S - 1);
}

/* Keep the date of a text that is `ms`.  Its year must be written: one that is guessed depends on the clock too. */
static void learn_day(struct timetext_day *day, struct span text, const struct parse_options *options,
                      const struct timetext *t, int64_t ms)
{
    size_t before = span_find(text, ':', 0) - 2, behind = text.n - before - CLOCK_BYTES;
    int64_t clock;
    if (t->year == 0 || before == 0 || before > sizeof day->before || text.n < before + CLOCK_BYTES ||
        behind > sizeof day->behind || is_digit(text.p[before - 1]) || !timetext_clock(text.p + before, &clock))
        return;
    int64_t begin = ms - clock;
    if (!t->zoned && options->zone && !same_offset_all_day(t, options->zone))
        return;
    if (begin < TIMESTAMP_MIN_MS || begin > TIMESTAMP_MAX_MS - INT64_C(1000) * DAY_S)
        return;
    *day = (struct timetext_day){ .before_n = (uint8_t)before,
                                  .behind_n = (uint8_t)behind,
                                  .zone_offset_s = options->zone_offset_s,
                                  .zone = options->zone,
                                  .begin_ms = begin };
    memcpy(day->before, text.p, before);
    memcpy(day->behind, text.p + before + CLOCK_BYTES, behind);
}

bool timetext_device_day(struct timetext_day *day, struct span text, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    int64_t clock;
    text = span_trim(text);
    if (day->before_n && text.n == (size_t)day->before_n + CLOCK_BYTES + day->behind_n &&
        day->zone_offset_s == options->zone_offset_s && day->zone == options->zone &&
        memcmp(text.p, day->before, day->before_n) == 0 &&
        memcmp(text.p + day->before_n + CLOCK_BYTES, day->behind, day->behind_n) == 0 &&
        timetext_clock(text.p + day->before_n, &clock)) {
        *ms = day->begin_ms + clock;
        return true;
    }
    if (!device_time(text, options, &t, ms))
        return false;
    learn_day(day, text, options, &t, *ms);
    return true;
}

/* ------------------------------------------------------------------ tables */

/* A half of the day, blanks before it allowed: changes a 12-hour clock to 24 hours.  Returns false for an hour that a
 * 12-hour clock does not have. */
static bool take_half(struct cursor *c, struct timetext *t, bool *present)
{
    struct cursor k = *c;
    (void)take_spaces(&k);
    char half = (char)(peek(&k) | 0x20);
    *present = false;
    if (half != 'a' && half != 'p')
        return true;
    k.at++;
    if (!take(&k, 'M') && !take(&k, 'm'))
        return true;
    if (t->hour < 1 || t->hour > 12)
        return false;
    t->hour = t->hour % 12 + (half == 'p' ? 12 : 0);
    *present = true;
    *c = k;
    return true;
}

static bool take_export(struct cursor *c, struct timetext *t, bool day_first_without_half)
{
    struct cursor k = *c;
    *t = (struct timetext){ 0 };
    unsigned first, second;
    if (!take_number(&k, 1, 2, &first))
        return false;
    bool slashes = peek(&k) == '/';
    if ((!take(&k, '/') && !take(&k, '-')) || !take_number(&k, 1, 2, &second))
        return false;
    slashes = slashes && peek(&k) == '/';
    if ((!take(&k, '/') && !take(&k, '-')) || !take_number(&k, 4, 4, &t->year))
        return false;
    (void)take(&k, ',');
    bool half;
    if (!take_spaces(&k) || !take_clock(&k, t) || !take_half(&k, t, &half) || t->year == 0)
        return false;
    bool day_first = day_first_without_half && slashes && !half && second <= 12;
    t->month = day_first ? second : first;
    t->day = day_first ? first : second;
    *c = k;
    return true;
}

/* `24/Sep/2023:10:00:02`, `24-Sep-2023 10:00:02`, `24 Sep 2023 10:00:02`. */
static bool take_day_month_year(struct cursor *c, struct timetext *t)
{
    struct cursor k = *c;
    *t = (struct timetext){ 0 };
    if (!take_number(&k, 1, 2, &t->day))
        return false;
    char separator = peek(&k);
    if ((separator != '/' && separator != '-' && separator != ' ') || !take(&k, separator) ||
        !take_month(&k, &t->month) || !take(&k, separator) || !take_number(&k, 4, 4, &t->year) || t->year == 0 ||
        (!take(&k, ':') && !take_spaces(&k)) || !take_clock(&k, t))
        return false;
    *c = k;
    return true;
}

bool timetext_scan_other(struct span text, struct timetext *t, size_t *used)
{
    struct cursor c = { text, 0 };
    if (take_export(&c, t, false)) {
        if (t->month > 12) { /* the day stands first */
            unsigned first = t->month;
            t->month = t->day;
            t->day = first;
        }
    } else if (!take_day_month_year(&c, t)) {
        return false;
    }
    take_word_zone(&c, t);
    *used = c.at;
    return true;
}

static unsigned two_digits(const char *p)
{
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* `yyyy-mm-ddThh:mm:ss`, as most tables write it: a blank for the T, a fraction behind a point and a Z are possible.
 * False says nothing: others are read part by part. */
static bool plain_iso(struct span text, struct timetext *t)
{
    enum { DATE_BYTES = 10, CLOCK_AT = 11, WHOLE_BYTES = CLOCK_AT + CLOCK_BYTES };
    static const char form[8] = { '0', '0', '0', '0', '-', '0', '0', '-' };
    const char *p = text.p;
    uint64_t date, zeros;
    int64_t clock;
    if (text.n < WHOLE_BYTES || (p[DATE_BYTES] != 'T' && p[DATE_BYTES] != ' '))
        return false;
    memcpy(&date, p, sizeof date);
    memcpy(&zeros, form, sizeof zeros);
    date = le64toh(date ^ zeros); /* now a digit's value, and 0 for a hyphen */
    if ((date | (date + UINT64_C(0x0006060006060606))) & UINT64_C(0xfff0f0fff0f0f0f0))
        return false;
    if (!is_digit(p[8]) || !is_digit(p[9]) || !timetext_clock(p + CLOCK_AT, &clock))
        return false;
    *t = (struct timetext){ .year = two_digits(p) * 100 + two_digits(p + 2),
                            .month = two_digits(p + 5),
                            .day = two_digits(p + 8),
                            .hour = two_digits(p + CLOCK_AT),
                            .minute = two_digits(p + CLOCK_AT + 3),
                            .second = two_digits(p + CLOCK_AT + 6) };
    struct cursor c = { text, WHOLE_BYTES };
    if (peek(&c) == '.')
        take_fraction(&c, &t->millisecond);
    t->zoned = take(&c, 'Z');
    return t->year && at_end(&c);
}

static bool parted_time(struct span text, bool day_first, struct timetext *t)
{
    struct cursor c = { text, 0 };
    if (!take_iso(&c, t, false) && !take_export(&c, t, day_first))
        return false;
    (void)take_spaces(&c);
    (void)take_iso_zone(&c, t);
    return at_end(&c);
}

static bool table_time(struct span text, const struct parse_options *options, bool day_first, int64_t *ms)
{
    struct timetext t;
    text = span_trim(text);
    return (plain_iso(text, &t) || parted_time(text, day_first, &t)) && moment(&t, t.year, options, ms);
}

bool timetext_column(struct span text, int64_t *ms)
{
    return table_time(text, NULL, false, ms);
}

bool timetext_row(struct span text, const struct parse_options *local, int64_t *ms)
{
    return table_time(text, local, true, ms);
}

bool timetext_number(struct span number, int64_t *ms)
{
    char copy[64];
    if (number_parse_int(number, ms))
        return *ms >= TIMESTAMP_MIN_MS && *ms <= TIMESTAMP_MAX_MS;
    number = span_trim(number);
    /* Only what JSON calls a number; strtod would take more. */
    if (number.n == 0 || number.n >= sizeof copy || (!is_digit(number.p[0]) && number.p[0] != '-'))
        return false;
    for (size_t i = 0; i < number.n; i++)
        if (!is_digit(number.p[i]) && !memchr("+-.eE", number.p[i], 5))
            return false;
    memcpy(copy, number.p, number.n);
    copy[number.n] = '\0';
    char *end;
    double value = floor(strtod(copy, &end));
    if (*end != '\0' || !(value >= (double)TIMESTAMP_MIN_MS && value <= (double)TIMESTAMP_MAX_MS))
        return false;
    *ms = (int64_t)value;
    return true;
}
