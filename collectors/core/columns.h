/* The columns of a table in a query's answer, and its rows as the objects that vendors read.
 *
 * Columns are objects with a member `name` or `ColumnName` (Log Analytics' query API; Kusto's first one); what else
 * they say, types too, is not looked at.  Trusts nothing: what framing took for columns or a row may be anything.  Used
 * by the parser, outside of the vendors' parse functions: it allocates. */
#ifndef TIDEMARK_COLLECTORS_CORE_COLUMNS_H
#define TIDEMARK_COLLECTORS_CORE_COLUMNS_H

#include "common/span.h"

#include <stdbool.h>

struct columns;
struct json_reader;
struct keys;

struct columns *columns_new(void);
void columns_free(struct columns **c);

/* None are in force. */
void columns_clear(struct columns *c);

/* These are in force now, or none if they cannot be read.  `unit` is the array behind its key (`"columns":[…]`); keys:
 * what the form looks for, NULL: anything. */
void columns_read(struct columns *c, struct json_reader *json, const struct keys *keys, struct span unit);

bool columns_known(const struct columns *c);

/* Does the form look for any of them? */
bool columns_ours(const struct columns *c);

/* The row `[…]` as `{"column":value,…}`, values as they are written, without nulls, empty texts and columns with names
 * longer than 128 bytes: whether they are well-formed, the object's reader tells.  Returns NULL, or why there is none
 * ("field_count", "json").  64 readable bytes follow the object, which lives until the next call; it has at most the
 * row's bytes and those of the columns. */
const char *columns_object(struct columns *c, struct span row, struct span *object);

#endif
