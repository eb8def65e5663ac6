/* What a coverage report is made of: for each source its account, the fields that its map can set, and its counts, a
 * summary file (summary.h) whose windows do not matter.
 *
 * A JSON array names them, one object a source:
 *   {"source": ID, "line": account as text, "account": {"sessions": N, "without_port": N, …},
 *    "grouping": [fields that it can set], or absent where nobody knows, "counts": path of the summary file}
 *
 * Trust: `tidemark coverage` has written all of it in a private folder.  A file that is not as expected is an error.
 */
#ifndef TIDEMARK_ALERTER_COVERAGE_INPUT_H
#define TIDEMARK_ALERTER_COVERAGE_INPUT_H

#include "counts.h"

#include "common/status.h"

#include <jansson.h>
#include <stdbool.h>

struct coverage_source {
    const char *name, *line;
    const json_t *account;
    const json_t *grouping; /* NULL: not known */
    int64_t sessions, without_port;
    struct counts counts; /* settled */
};

struct coverage_input {
    json_t *document; /* owned; the sources' texts are in it */
    struct coverage_source *source;
    size_t n;
};

/* STATUS_SYSTEM: a file cannot be read, or is not as expected. */
enum status coverage_input_load(const char *file, struct coverage_input *out, struct error *e) MUST_CHECK;
void coverage_input_fini(struct coverage_input *in);

/* Add the rows of a summary's text, which is unquoted in place; settles the counts. */
enum status coverage_counts_add(struct counts *c, char *text, size_t n, struct error *e) MUST_CHECK;

/* Sessions of the source can have a value there; true where nobody knows. */
bool coverage_can_set(const struct coverage_source *s, const char *field);

#endif
