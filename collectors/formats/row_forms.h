/* The parse functions of a source whose records are rows of named values, as JSON objects or as CSV: all of them but
 * what is the vendor's own, which stands in a struct of rules.
 *
 * A key that has several names (with and without a type's suffix: `dst_port`, `dst_port_d`) stands in the form's key
 * table under each of them with one number; what are different columns have numbers of their own, and the first of them
 * that has a text fills the field.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_ROW_FORMS_H
#define TIDEMARK_COLLECTORS_FORMATS_ROW_FORMS_H

#include "formats/row.h"

/* Which column goes into which field; how, the field's kind says. */
struct row_field {
    uint16_t field, column;
};

struct row_rules {
    const struct row_field *fields; /* the entries of one field stand together, the best first */
    unsigned fields_n;
    const uint16_t *times; /* the first of these that has a text is the event's time; without one, or where it is no
                              time, the record is malformed ("no_time") */
    unsigned times_n;
    /* The event's time where none of those has a text; or NULL.  For times that are no row_time. */
    bool (*time)(struct parser *p, const struct row *row, int64_t *ms);
    const char *const *tables; /* NULL-terminated: a row whose Type column has a text that is none of these is another
                                  table's, and skipped; or NULL */
    uint16_t type;             /* column of Type */
    /* NULL: a session of ours; else why the row is none; or NULL for a table whose every row is a session. */
    const char *(*select)(struct parser *p, const struct row *row);
    /* Sets fields beside the columns', once those are set; or NULL.  Returns NULL, or why the record is malformed. */
    const char *(*derive)(struct parser *p, const struct row *row, struct record *r);
};

/* What is wanted of `row` goes into the record; fields of selection and grouping are descriptors and are set always. */
enum parse_result row_record(const struct row_rules *rules, struct parser *p, const struct row *row, struct record *r);

enum parse_result row_parse_json(const struct row_rules *rules, struct parser *p, struct span unit, struct record *r);

/* State is a struct row_header. */
enum parse_result row_parse_csv(const struct row_rules *rules, struct parser *p, struct span unit, struct record *r);

/* The service's own time column as exports name it, for a key table. */
#define ROW_TIME_GENERATED(number)                                                                                     \
    { "TimeGenerated", (number) }, { "TimeGenerated [UTC]", (number) },                                                \
    {                                                                                                                  \
        "TimeGenerated [Local Time]", (number)                                                                         \
    }

#endif
