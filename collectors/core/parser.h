/* A parser: one form's state for one stream.  Used by the collector's streams, unit tests and fuzz targets alike. */
#ifndef TIDEMARK_COLLECTORS_CORE_PARSER_H
#define TIDEMARK_COLLECTORS_CORE_PARSER_H

#include "core/framer.h"

/* The form's parser with every field wanted; `options` is borrowed for the parser's life. */
void parser_init(struct parser *p, const struct collector *collector, const struct form *form,
                 const struct parse_options *options);
void parser_fini(struct parser *p);

/* As at the start of a stream: the state is zeroed. */
void parser_reset(struct parser *p);

/* Want only the fields of these names (unknown names are ignored); everything: all of them. */
void parser_want(struct parser *p, const struct span *names, uint32_t n, bool everything);

/* Parse one unit: clears the record, empties the scratch, calls the form.  64 readable bytes must follow the unit. */
enum parse_result parser_parse(struct parser *p, struct span unit, struct record *r);

/* The same where the ends of its tokens are known. */
enum parse_result parser_parse_tokens(struct parser *p, struct span unit, struct tokens tokens, struct record *r);

/* A sound unit of framing, of any kind.  A row of a table is given to the form as the object that it is, by the columns
 * in force; it is malformed ("no_columns", "field_count", "json") where it is none, and skipped ("other_table") where
 * the form knows none of its columns. Parts of a row stand one byte behind the other. */
enum parse_result parser_parse_unit(struct parser *p, const struct unit *u, struct record *r);

/* The next part of the unit that was parsed last, whose record had `more`: clears the record, calls the form again. */
enum parse_result parser_parse_more(struct parser *p, struct span unit, struct record *r);

/* The form of that name (exact), or the first one whose name begins with `name` and a dash; NULL. */
const struct form *collector_form(const struct collector *c, const char *name);

#endif
