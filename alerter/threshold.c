#include "threshold.h"

bool threshold_parse(struct span text, int32_t *out)
{
    text = span_trim(text);
    bool negative = text.n > 0 && text.p[0] == '-';
    if (text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'))
        text = span_from(text, 1);
    if (text.n == 0)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        value = value * 10 + (text.p[i] - '0');
        if (value > (int64_t)INT32_MAX + 1)
            return false;
    }
    value = negative ? -value : value;
    if (value > INT32_MAX)
        return false;
    *out = (int32_t)value;
    return true;
}
