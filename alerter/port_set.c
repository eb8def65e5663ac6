/* The ports that a Ports cell names (match.h). */
#include "match.h"

#include "common/utf8.h"

static void add(struct port_set *s, unsigned port)
{
    s->bits[port >> 6] |= UINT64_C(1) << (port & 63);
}

unsigned port_set_count(const struct port_set *s)
{
    unsigned n = 0;
    for (unsigned i = 0; i < PORTS_N / 64; i++)
        n += (unsigned)__builtin_popcountll(s->bits[i]);
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Decimal digits, saturated at PORTS_N. */
static unsigned digits_value(struct span digits)
{
    unsigned value = 0;
    for (size_t i = 0; i < digits.n && value < PORTS_N; i++)
        value = value * 10 + (unsigned)(digits.p[i] - '0');
    return value < PORTS_N ? value : PORTS_N;
}

static size_t digits_length(struct span s)
{
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n;
}

/* The text of a port number as it is written: no sign, no leading zero. */
static bool is_port_text(struct span s)
{
    return s.n > 0 && s.n <= 5 && digits_length(s) == s.n && (s.p[0] != '0' || s.n == 1) && digits_value(s) < PORTS_N;
}

/* A port is named by an element that has its decimal text as a whole term: that is, by a run of letters and digits
 * that is exactly this text. */
static void add_terms(struct port_set *set, struct span element)
{
    for (size_t at = 0; at < element.n;) {
        size_t n = digits_length(span_from(element, at));
        if (n == 0) {
            at++;
            continue;
        }
        struct span digits = span_of(element.p + at, n);
        bool alone =
            (at == 0 || !utf8_term_before(element, at)) && (at + n == element.n || !utf8_term_at(element, at + n));
        if (alone && is_port_text(digits))
            add(set, digits_value(digits));
        at += n;
    }
}

/* LOW-HIGH with blanks around the dash. */
static bool split_range(struct span s, struct span *low, struct span *high)
{
    size_t n = digits_length(s);
    *low = span_of(s.p, n);
    s = span_trim(span_from(s, n));
    if (n == 0 || s.n == 0 || s.p[0] != '-')
        return false;
    *high = span_trim(span_from(s, 1));
    return high->n > 0 && digits_length(*high) == high->n;
}

/* Digits of any length compared by value. */
static bool above(struct span a, struct span b)
{
    while (a.n > 1 && a.p[0] == '0')
        a = span_from(a, 1);
    while (b.n > 1 && b.p[0] == '0')
        b = span_from(b, 1);
    return a.n != b.n ? a.n > b.n : span_compare(a, b) > 0;
}

enum port_element port_set_add(struct port_set *set, struct span element)
{
    add_terms(set, element);
    struct span name = span_trim(element), low, high;
    uint16_t port;
    if (name.n == 0)
        return PORT_ELEMENT_EMPTY;
    if (span_is(name, "*"))
        return PORT_ELEMENT_STAR;
    if (is_port_text(name))
        return PORT_ELEMENT_NUMBER;
    if (digits_length(name) == name.n)
        return digits_value(name) < PORTS_N ? PORT_ELEMENT_OTHER : PORT_ELEMENT_BEYOND;
    if (service_port(name, &port)) {
        add(set, port);
        return PORT_ELEMENT_SERVICE;
    }
    if (!split_range(name, &low, &high))
        return PORT_ELEMENT_OTHER;
    if (above(low, high))
        return PORT_ELEMENT_REVERSED;
    for (unsigned i = digits_value(low); i < PORTS_N && i <= digits_value(high); i++)
        add(set, i);
    return digits_value(high) < PORTS_N ? PORT_ELEMENT_RANGE : PORT_ELEMENT_BEYOND;
}

void port_set_init(struct port_set *set, const struct elements *e)
{
    memset(set, 0, sizeof *set);
    for (unsigned i = 0; i < e->n; i++)
        port_set_add(set, e->items[i]);
}
