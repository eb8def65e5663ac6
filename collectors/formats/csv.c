#include "formats/csv.h"

/* The field whose opening quote stands before `at`; *at moves behind its closing quote. */
static enum status quoted(struct parser *p, struct span unit, size_t *at, struct span *field)
{
    size_t begin = *at, end = begin, doubled = 0;
    for (;;) {
        end = span_find(unit, '"', end);
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
    for (size_t i = begin; i < end; i++) {
        to[n++] = unit.p[i];
        if (unit.p[i] == '"')
            i++; /* its double */
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
            size_t end = span_find(unit, separator, at);
            fields[n] = span_of(unit.p + at, end - at);
            if (span_find(fields[n], '"', 0) < fields[n].n)
                return STATUS_BAD;
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
