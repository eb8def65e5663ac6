#include "common/utf8.h"

#include <stdint.h>
#include <utf8proc.h>

/* Length of the well-formed sequence at `p` (1..4), or 0; *bad: how many bytes a malformed one covers, at least 1. */
static size_t sequence(const unsigned char *p, size_t n, size_t *bad)
{
    *bad = 1;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    size_t length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < length; i++) {
        if (i >= n || p[i] < low || p[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

static size_t ascii_run(const unsigned char *p, size_t n)
{
    size_t i = 0;
    for (uint64_t word; i + 8 <= n; i += 8) {
        memcpy(&word, p + i, 8);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && p[i] < 0x80)
        i++;
    return i;
}

bool utf8_valid(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0, bad; i < s.n;) {
        i += ascii_run(p + i, s.n - i);
        if (i >= s.n)
            break;
        size_t length = sequence(p + i, s.n - i, &bad);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

void utf8_append_valid(struct buffer *out, struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0, bad; i < s.n;) {
        size_t run = ascii_run(p + i, s.n - i);
        buffer_append(out, p + i, run);
        i += run;
        if (i >= s.n)
            break;
        size_t length = sequence(p + i, s.n - i, &bad);
        if (length)
            buffer_append(out, p + i, length);
        else
            buffer_append(out, "\xef\xbf\xbd", 3);
        i += length ? length : bad;
    }
}

static utf8proc_int32_t code_point(struct span s, size_t at)
{
    utf8proc_int32_t code;
    utf8proc_iterate((const utf8proc_uint8_t *)s.p + at, (utf8proc_ssize_t)(s.n - at), &code);
    return code; /* -1 where malformed */
}

void utf8_append_lower(struct buffer *out, struct span s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0, bad; i < s.n;) {
        if (p[i] < 0x80) {
            buffer_append_byte(out, (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]));
            i++;
            continue;
        }
        size_t length = sequence(p + i, s.n - i, &bad);
        utf8proc_int32_t code = length ? code_point(s, i) : -1;
        utf8proc_int32_t folded = code < 0 ? code : utf8proc_tolower(code);
        if (code < 0 || code == 0x130 || folded == code) {
            buffer_append(out, p + i, length ? length : bad);
        } else {
            utf8proc_uint8_t bytes[4];
            buffer_append(out, bytes, (size_t)utf8proc_encode_char(folded, bytes));
        }
        i += length ? length : bad;
    }
}

static bool is_term(utf8proc_int32_t code)
{
    if (code < 0)
        return false;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
        return true;
    default:
        return false;
    }
}

bool utf8_term_at(struct span s, size_t at)
{
    return at < s.n && is_term(code_point(s, at));
}

bool utf8_term_before(struct span s, size_t at)
{
    if (at == 0 || at > s.n)
        return false;
    size_t begin = at - 1;
    while (begin > 0 && at - begin < 4 && ((unsigned char)s.p[begin] & 0xc0) == 0x80)
        begin--;
    return is_term(code_point(span_of(s.p, at), begin));
}
