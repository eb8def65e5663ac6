#include "common/span.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + 32) : u;
}

bool span_equal_nocase(struct span a, struct span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int span_compare(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

#ifdef __SSE2__
/* Where the needle's first and its last byte stand right, sixteen places at a time; the last sixteen reach back.  The
 * text has room for sixteen. */
static size_t search_places(struct span a, struct span needle)
{
    const __m128i first = _mm_set1_epi8(needle.p[0]), last = _mm_set1_epi8(needle.p[needle.n - 1]);
    const size_t block = needle.n + 15;
    for (size_t from = 0; from + needle.n <= a.n;) {
        size_t at = from + block <= a.n ? from : a.n - block;
        __m128i begin = _mm_loadu_si128((const __m128i *)(const void *)(a.p + at));
        __m128i end = _mm_loadu_si128((const __m128i *)(const void *)(a.p + at + needle.n - 1));
        unsigned places =
            (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(begin, first), _mm_cmpeq_epi8(end, last)));
        for (places >>= from - at; places; places &= places - 1) {
            size_t found = from + (unsigned)__builtin_ctz(places);
            if (memcmp(a.p + found, needle.p, needle.n) == 0)
                return found;
        }
        from = at + 16;
    }
    return a.n;
}
#endif

size_t span_search(struct span a, struct span needle)
{
    if (needle.n == 0)
        return 0;
#ifdef __SSE2__
    if (a.n >= needle.n + 15)
        return search_places(a, needle);
    for (size_t at = 0; at + needle.n <= a.n; at++) /* fewer than sixteen */
        if (a.p[at] == needle.p[0] && memcmp(a.p + at, needle.p, needle.n) == 0)
            return at;
    return a.n;
#else
    const char *at = a.n ? memmem(a.p, a.n, needle.p, needle.n) : NULL;
    return at ? (size_t)(at - a.p) : a.n;
#endif
}
