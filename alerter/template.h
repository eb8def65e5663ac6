/* The watchlist inside an Azure Resource Manager template: the text of `rawContent`. */
#ifndef TIDEMARK_ALERTER_TEMPLATE_H
#define TIDEMARK_ALERTER_TEMPLATE_H

#include "common/span.h"
#include "common/status.h"

#include <stddef.h>

/* Finds the one object in the JSON text, at any depth, whose rawContent holds a port watchlist.
 *
 * content  the CSV behind the lines that numberOfLinesToSkip leaves out; heap, the caller frees it
 * line     number of its first line inside rawContent, from 1
 * returns  STATUS_OK; STATUS_BAD when the text is no JSON; STATUS_CONFIG when it holds no such object, or several, or
 *          one that is not CSV
 */
enum status template_content(struct span json, char **content, size_t *content_n, unsigned *line,
                             struct error *e) MUST_CHECK;

#endif
