/* Numbers, literals and escapes of JSON (RFC 8259): for json.cpp. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_JSON_SCALARS_H
#define TIDEMARK_COLLECTORS_FORMATS_JSON_SCALARS_H

#include "formats/json.h"

#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace json_scalars
{

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

inline const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* RFC 8259 section 6. */
bool number_valid(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p == end || !is_digit(*p))
        return false;
    p = *p == '0' ? p + 1 : skip_digits(p, end);
    if (p < end && *p == '.') {
        if (++p == end || !is_digit(*p))
            return false;
        p = skip_digits(p, end);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (++p < end && (*p == '+' || *p == '-'))
            p++;
        if (p == end || !is_digit(*p))
            return false;
        p = skip_digits(p, end);
    }
    return p == end;
}

#ifdef __SSE2__
/* A bit for each of the sixteen bytes at p that is no digit. */
inline uint32_t no_digits(const char *p)
{
    const __m128i digits = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)), _mm_set1_epi8('0'));
    const __m128i found = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    return static_cast<uint32_t>(_mm_movemask_epi8(found)) ^ 0xffff;
}
#endif

/* The same for most numbers of logs: digits, and at most one point between digits, in less than 32 bytes; 64 readable
 * bytes follow.  False: not one of those, look closely. */
inline bool plain_number(const char *p, size_t n)
{
#ifdef __SSE2__
    if (n - 1 >= 31)
        return false;
    uint32_t others = no_digits(p);
    if (n > 16)
        others |= no_digits(p + 16) << 16;
    others &= (1u << n) - 1;
    if (others == 0)
        return n == 1 || *p != '0';
    uint32_t point = static_cast<uint32_t>(__builtin_ctz(others));
    return (others & (others - 1)) == 0 && p[point] == '.' && point > 0 && point + 1 < n && (point == 1 || *p != '0');
#else
    (void)p;
    (void)n;
    return false;
#endif
}

/* true, false and null, as the eight bytes that begin at p. */
inline bool literal(const char *p, size_t n, struct json_value *out)
{
    if (n == 4 && memcmp(p, "true", 4) == 0)
        out->kind = JSON_TRUE;
    else if (n == 5 && memcmp(p, "false", 5) == 0)
        out->kind = JSON_FALSE;
    else if (n == 4 && memcmp(p, "null", 4) == 0)
        out->kind = JSON_NULL;
    else
        return false;
    out->text = span_of(out->kind == JSON_NULL ? "" : p, out->kind == JSON_NULL ? 0 : n);
    return true;
}

/* The four hexadecimal digits of \uXXXX, or -1. */
int32_t hex4(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

inline char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = static_cast<char>(code);
    } else if (code < 0x800) {
        *out++ = static_cast<char>(0xc0 | code >> 6);
        *out++ = static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = static_cast<char>(0xe0 | code >> 12);
        *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
        *out++ = static_cast<char>(0x80 | (code & 0x3f));
    } else {
        *out++ = static_cast<char>(0xf0 | code >> 18);
        *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
        *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
        *out++ = static_cast<char>(0x80 | (code & 0x3f));
    }
    return out;
}

/* \uXXXX with the hexadecimal digits at *p, and the second half of a pair behind it; a half alone is well-formed
 * JSON but no character: U+FFFD. */
inline char *unescape_unicode(const char **p, const char *end, char *out)
{
    int32_t code = hex4(*p, end);
    if (code < 0)
        return nullptr;
    *p += 4;
    if (code >= 0xd800 && code <= 0xdbff && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        int32_t low = hex4(*p + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return put_utf8(
                out, 0x10000 + (static_cast<uint32_t>(code - 0xd800) << 10 | static_cast<uint32_t>(low - 0xdc00)));
        }
    }
    return put_utf8(out, code >= 0xd800 && code <= 0xdfff ? 0xfffd : static_cast<uint32_t>(code));
}

/* What an escape of one letter stands for; 0: it is none. */
inline char escape_letter(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* Copy what stands before the next backslash, or before `end`, and move both behind it.  Reads and writes up to
 * sixteen bytes more. */
inline void copy_plain(const char **from, const char *end, char **to)
{
    const char *p = *from;
    char *out = *to;
#ifdef __SSE2__
    const __m128i backslash = _mm_set1_epi8('\\');
    for (;; p += 16, out += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out), bytes);
        uint32_t stops = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash)));
        if (end - p < 16)
            stops |= 1u << (end - p);
        if (stops) {
            *from = p + __builtin_ctz(stops);
            *to = out + __builtin_ctz(stops);
            return;
        }
    }
#else
    while (p < end && *p != '\\')
        *out++ = *p++;
    *from = p;
    *to = out;
#endif
}

/* Never longer than what it reads.  Returns the end of what was written; nullptr for a broken escape. */
inline char *unescape(const char *p, const char *end, char *out)
{
    for (;;) {
        copy_plain(&p, end, &out);
        if (p == end)
            return out;
        if (++p == end)
            return nullptr;
        char c = *p++;
        char letter = escape_letter(c);
        if (letter)
            *out++ = letter;
        else if (c != 'u' || !(out = unescape_unicode(&p, end, out)))
            return nullptr;
    }
}

} // namespace json_scalars

#endif
