#include "formats/csv.h"

#include "formats/halve.h"
#include "formats/keys.h"
#include "formats/masks.h"

/* Behind the closing quote of the field whose opening quote stands before `at`; beyond the unit: there is none. */
static size_t behind_quoted(struct span unit, size_t at)
{
    for (;;) {
        at = masks_either(unit.p, at, unit.n, '"', '"') + 1;
        if (at >= unit.n || unit.p[at] != '"')
            return at;
        at++;
    }
}

/* The fields that end in whole blocks of the unit, up to the first quote that is against the rules: one that opens and
 * stands at no field's begin, or one that closes and stands at no field's end.  Of two quotes inside a field the first
 * closes and the second opens.  Returns how many fields, `fields_max` at most. */
static uint32_t front_fields(struct span unit, char separator, uint32_t *room, unsigned fields_max)
{
    uint64_t inside = 0, before = 1, closed = 0, bad = 0; /* of the block before: all bits, one bit, one bit */
    uint32_t n = 0;
    for (size_t at = 0; at + MASKS_BYTES <= unit.n && !bad; at += MASKS_BYTES) {
        uint64_t quotes = masks_of(unit.p + at, '"'), ends = masks_of(unit.p + at, separator), edges = quotes | ends;
        if (quotes | inside | closed) {
            uint64_t within = masks_parity(quotes) ^ inside, closing = quotes & ~within;
            bad = (quotes & within & ~(edges << 1 | before)) | ((closing << 1 | closed) & ~edges);
            ends &= ~within & (bad ? (bad & -bad) - 1 : ~UINT64_C(0));
            inside = 0 - (within >> 63);
            closed = closing >> 63;
        }
        before = edges >> 63;
        for (; ends && n < fields_max; ends &= ends - 1)
            room[n++] = (uint32_t)at + (uint32_t)__builtin_ctzll(ends);
    }
    return n;
}

enum status csv_fields(struct span unit, char separator, uint32_t *room, unsigned fields_max, struct tokens *fields)
{
    uint32_t n = front_fields(unit, separator, room, fields_max);
    size_t at = n ? room[n - 1] + 1 : 0;
    for (;;) {
        if (n == fields_max)
            return STATUS_LIMIT;
        if (at < unit.n && unit.p[at] == '"') {
            at = behind_quoted(unit, at + 1);
            if (at > unit.n || (at < unit.n && unit.p[at] != separator))
                return STATUS_BAD;
        } else {
            at = masks_either(unit.p, at, unit.n, separator, '"');
            if (at < unit.n && unit.p[at] == '"')
                return STATUS_BAD;
        }
        room[n++] = (uint32_t)at;
        if (at >= unit.n)
            break;
        at++; /* the separator */
    }
    *fields = (struct tokens){ unit.p, room, n };
    return STATUS_OK;
}

static inline bool word_has_quote(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    word ^= '"' * ones;
    return (word - ones) & ~word & (ones << 7);
}

static inline bool has_quote(struct span text)
{
    uint64_t head, tail;
    if (text.n > KEYS_ENDS_BYTES)
        return masks_either(text.p, 0, text.n & ~(size_t)15, '"', '"') < (text.n & ~(size_t)15) ||
               masks_either(text.p, text.n - 16, text.n, '"', '"') < text.n;
    keys_ends(text, &head, &tail); /* all of a short text */
    return word_has_quote(head) || word_has_quote(tail);
}

struct span csv_unquote(struct parser *p, struct span field)
{
    struct span text = span_of(field.p + 1, field.n - 2);
    if (!has_quote(text))
        return text;
    char *to = parser_scratch(p, text.n);
    return to ? span_of(to, halve_quotes(p->simd, text, to)) : span_of(text.p, 0);
}

enum status csv_split(struct parser *p, struct span unit, char separator, struct span *fields, unsigned fields_max,
                      unsigned *fields_n)
{
    uint32_t room[CSV_FIELDS_MAX];
    struct tokens found;
    CHECK(fields_max <= CSV_FIELDS_MAX);
    *fields_n = 0;
    enum status status = csv_fields(unit, separator, room, fields_max, &found);
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < found.n; i++)
        fields[i] = csv_field(p, unit, &found, i);
    *fields_n = found.n;
    return STATUS_OK;
}
