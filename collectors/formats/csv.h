/* One RFC 4180 record, split into fields. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CSV_H
#define TIDEMARK_COLLECTORS_FORMATS_CSV_H

#include "core/collector.h"

enum { CSV_FIELDS_MAX = 1024 };

/* Where the fields of `unit` (without its line end) end, told in `room`, which has place for `fields_max`.
 *
 * returns  STATUS_OK; STATUS_BAD: a quote inside a field without quotes, text behind a closing quote, or no closing
 *          quote; STATUS_LIMIT: more than `fields_max` fields. */
enum status csv_fields(struct span unit, char separator, uint32_t *room, unsigned fields_max,
                       struct tokens *fields) MUST_CHECK;

/* A field that stands in quotes, without them; doubled quotes inside become one.  Borrowed from it, or from the
 * parser's scratch. */
struct span csv_unquote(struct parser *p, struct span field);

/* One of the fields of `unit`, of a well-formed record. */
static inline struct span csv_field(struct parser *p, struct span unit, const struct tokens *fields, uint32_t i)
{
    const char *begin = i ? fields->text + fields->end[i - 1] + 1 : unit.p, *end = fields->text + fields->end[i];
    struct span field = span_of(begin, (size_t)(end - begin));
    return field.n && *begin == '"' ? csv_unquote(p, field) : field;
}

/* Split `unit` (without its line end) at `separator`.  A field in quotes is handed out without them; doubled quotes
 * inside become one.  Blanks are kept.  An empty unit is one empty field.
 *
 * fields   borrowed from `unit`, or from the parser's scratch where a quote was doubled; at most CSV_FIELDS_MAX.
 * returns  as csv_fields. */
enum status csv_split(struct parser *p, struct span unit, char separator, struct span *fields, unsigned fields_max,
                      unsigned *fields_n) MUST_CHECK;

#endif
