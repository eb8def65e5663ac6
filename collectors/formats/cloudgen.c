#include "formats/cloudgen.h"

#include "common/ip.h"

#define NAME(name) { #name, sizeof #name - 1 },
enum { LEAST = CLOUDGEN_dstNAT };
static const struct span names[] = { CLOUDGEN_VALUES(NAME) };

static bool is_address(struct span text)
{
    struct ip ip;
    return ip_parse(text, &ip);
}

/* The values of `body`, in whichever of the two ways it has them; false: it has none. */
static bool read_values(struct span body, struct span values[CLOUDGEN_N], struct span *action)
{
    unsigned n = 0;
    bool named = span_starts(body, SPAN_LITERAL("type="));
    for (size_t at = 0; at <= body.n && (named || n < CLOUDGEN_N); n++) {
        size_t end = span_find(body, '|', at);
        struct span value = span_of(body.p + at, end - at);
        size_t sign = named ? span_find(value, '=', 0) : 0;
        at = end + 1;
        if (!named)
            values[n] = value;
        if (!named || sign == value.n)
            continue;
        struct span name = span_of(value.p, sign);
        value = span_from(value, sign + 1);
        if (span_is(name, "action"))
            *action = value;
        for (unsigned i = 0; i < CLOUDGEN_N; i++)
            if (span_equal(name, names[i]))
                values[i] = value;
    }
    return (named || n > LEAST) && is_address(values[CLOUDGEN_srcIP]) && is_address(values[CLOUDGEN_dstIP]);
}

/* `… [zone] <name> <Action>: <type>|…`: what stands before the last blank in front of the first bar. */
static bool find(struct span line, struct span *head, struct span *body)
{
    size_t bar = span_find(line, '|', 0), begin = bar;
    while (begin && !byte_is_blank(line.p[begin - 1]))
        begin--;
    *head = span_trim(span_of(line.p, begin));
    *body = span_from(line, begin);
    return bar < line.n && head->n && head->p[head->n - 1] == ':';
}

bool cloudgen_read(struct span line, struct cloudgen_entry *entry)
{
    struct span head, body;
    *entry = (struct cloudgen_entry){ 0 };
    if (!find(line, &head, &body))
        return false;
    size_t word = head.n - 1; /* without the colon */
    while (word && !byte_is_blank(head.p[word - 1]))
        word--;
    entry->head = span_of(head.p, word);
    entry->action = span_of(head.p + word, head.n - 1 - word);
    return read_values(body, entry->values, &entry->action);
}

bool cloudgen_is_other(struct span line)
{
    static const char *const traffic[] = { "FWD|", "LIN|", "LOUT|", "LB|", NULL };
    struct span head, body;
    if (!find(line, &head, &body) || !span_starts(body, SPAN_LITERAL("type=")) ||
        span_search(body, SPAN_LITERAL("|proto=")) < body.n)
        return false;
    body = span_from(body, sizeof "type=" - 1);
    for (const char *const *type = traffic; *type; type++)
        if (span_starts(body, span_text(*type)))
            return false;
    return true;
}
