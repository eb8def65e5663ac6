#include "common/number.h"

bool number_parse_digits(struct span s, uint64_t *out)
{
    if (s.n == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool number_parse_natural(struct span s, int64_t *out)
{
    uint64_t value;
    if (!number_parse_digits(s, &value) || value > INT64_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

bool number_parse_int(struct span s, int64_t *out)
{
    s = span_trim(s);
    bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = span_from(s, 1);
    uint64_t magnitude;
    if (!number_parse_digits(s, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

bool number_parse_seconds(struct span s, int64_t least, int64_t most, int64_t *out)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    int64_t unit = 1;
    uint64_t n;
    for (unsigned i = 0; i < sizeof units / sizeof units[0] && s.n; i++) {
        if (s.p[s.n - 1] == units[i].letter) {
            unit = units[i].seconds;
            s.n--;
            break;
        }
    }
    if (!number_parse_digits(s, &n) || n > (uint64_t)(most / unit) || (int64_t)n * unit < least)
        return false;
    *out = (int64_t)n * unit;
    return true;
}

bool number_parse_whole(struct span s, int64_t *out)
{
    s = span_trim(s);
    size_t point = span_find(s, '.', 0);
    for (size_t i = point + 1; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    struct span whole = span_of(s.p, point);
    if (point && byte_is_blank(s.p[point - 1])) /* "1 .5": a blank inside is no number */
        return false;
    return number_parse_int(whole, out);
}

unsigned number_format(int64_t value, char *out)
{
    char digits[24];
    unsigned n = 0, length = 0;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[n++] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude);
    if (value < 0)
        out[length++] = '-';
    while (n)
        out[length++] = digits[--n];
    out[length] = 0;
    return length;
}
