/* One RFC 4180 record, split into fields. */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CSV_H
#define TIDEMARK_COLLECTORS_FORMATS_CSV_H

#include "core/collector.h"

enum { CSV_FIELDS_MAX = 1024 };

/* Split `unit` (without its line end) at `separator`.  A field in quotes is handed out without them; doubled quotes
 * inside become one.  Blanks are kept.  An empty unit is one empty field.
 *
 * fields   borrowed from `unit`, or from the parser's scratch where a quote was doubled.
 * returns  STATUS_OK; STATUS_BAD: a quote inside a field without quotes, text behind a closing quote, or no closing
 *          quote; STATUS_LIMIT: more than `fields_max` fields. */
enum status csv_split(struct parser *p, struct span unit, char separator, struct span *fields, unsigned fields_max,
                      unsigned *fields_n) MUST_CHECK;

#endif
