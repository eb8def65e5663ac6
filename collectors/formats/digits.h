/* Decimal digits, eight at a time and without looking at each. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_DIGITS_H
#define TIDEMARK_COLLECTORS_FORMATS_DIGITS_H

#include "common/span.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>

enum { DIGITS_MAX = 16 };

/* The value of the first n digits of the eight bytes at p, 1 <= n <= 8; sets *bad if one of them is no digit. */
static inline uint64_t digits_to_8(const char *p, unsigned n, uint64_t *bad)
{
    uint64_t d;
    memcpy(&d, p, sizeof d);
    d = (le64toh(d) ^ UINT64_C(0x3030303030303030)) << (64 - 8 * n); /* zeros in front */
    *bad |= ((d + UINT64_C(0x7676767676767676)) | d) & UINT64_C(0x8080808080808080);
    d = d * 10 + (d >> 8);
    return (((d & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064)) +
            ((d >> 16 & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001))) >>
           32;
}

/* How many of the eight bytes at p are digits before the first that is none. */
static inline unsigned digits_leading(const char *p)
{
    uint64_t d;
    memcpy(&d, p, sizeof d);
    d = le64toh(d) ^ UINT64_C(0x3030303030303030);
    uint64_t others = ((d + UINT64_C(0x7676767676767676)) | d) & UINT64_C(0x8080808080808080);
    return others ? (unsigned)__builtin_ctzll(others) / 8 : 8; /* what a carry spoils is behind the first */
}

/* One to sixteen digits and nothing else; eight readable bytes follow the text.  False otherwise: no digits, or more.
 */
static inline bool digits_parse(struct span text, int64_t *out)
{
    uint64_t bad = 0, value;
    if (text.n - 1 < 8) {
        value = digits_to_8(text.p, (unsigned)text.n, &bad);
    } else if (text.n - 1 < DIGITS_MAX) {
        value = digits_to_8(text.p, (unsigned)text.n - 8, &bad) * 100000000;
        value += digits_to_8(text.p + text.n - 8, 8, &bad);
    } else {
        return false;
    }
    *out = (int64_t)value;
    return bad == 0;
}

#endif
