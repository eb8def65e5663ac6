#include "formats/csv.h"

#include "formats/masks.h"

/* The field whose opening quote stands before `at`; *at moves behind its closing quote. */
static enum status quoted(struct parser *p, struct span unit, size_t *at, struct span *field)
{
    size_t begin = *at, end = begin, doubled = 0;
    for (;;) {
        end = masks_either(unit.p, end, unit.n, '"', '"');
        if (end >= unit.n)
            return STATUS_BAD;
        if (end + 1 >= unit.n || unit.p[end + 1] != '"')
            break;
        doubled++;
        end += 2;
    }
    *at = end + 1;
    *field = span_of(unit.p + begin, end - begin);
    if (doubled == 0)
        return STATUS_OK;
    char *to = parser_scratch(p, field->n - doubled);
    if (!to)
        return STATUS_LIMIT;
    size_t n = 0;
    for (size_t i = begin; i < end;) {
        size_t quote = masks_either(unit.p, i, end, '"', '"'), behind = quote < end ? quote + 1 : end;
        memcpy(to + n, unit.p + i, behind - i);
        n += behind - i;
        i = quote < end ? quote + 2 : end; /* and its double */
    }
    *field = span_of(to, n);
    return STATUS_OK;
}

enum status csv_split(struct parser *p, struct span unit, char separator, struct span *fields, unsigned fields_max,
                      unsigned *fields_n)
{
    unsigned n = 0;
    size_t at = 0;
    *fields_n = 0;
    for (;;) {
        if (n == fields_max)
            return STATUS_LIMIT;
        if (at < unit.n && unit.p[at] == '"') {
            at++;
            enum status status = quoted(p, unit, &at, &fields[n]);
            if (status != STATUS_OK)
                return status;
            if (at < unit.n && unit.p[at] != separator)
                return STATUS_BAD;
        } else {
            size_t end = masks_either(unit.p, at, unit.n, separator, '"');
            if (end < unit.n && unit.p[end] == '"')
                return STATUS_BAD;
            fields[n] = span_of(unit.p + at, end - at);
            at = end;
        }
        n++;
        if (at >= unit.n)
            break;
        at++; /* the separator */
    }
    *fields_n = n;
    return STATUS_OK;
}
