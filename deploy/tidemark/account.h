/* What became of every record: read from the last word of whoever applied them, printed as one line per source. */
#ifndef TIDEMARK_DEPLOY_ACCOUNT_H
#define TIDEMARK_DEPLOY_ACCOUNT_H

#include "common/buffer.h"
#include "common/status.h"

#include <jansson.h>
#include <stdbool.h>

struct account {
    json_t *sources; /* NULL until a role has given its account */
};

void account_fini(struct account *a);

/* Take the account out of a status event (an object with event "account"). */
enum status account_take(struct account *a, const json_t *event, struct error *e) MUST_CHECK;

/* What the account says of a source, all zeros if nothing; the caller's. */
json_t *account_copy(const struct account *a, const char *source);

/* Append the line of one source: `aws-vpcflow: read 10, sessions 8, skipped 2 (nodata 2), malformed 0, …`.  A source
 * of which the account says nothing read nothing. */
void account_append_line(const struct account *a, const char *source, struct buffer *out);

/* Records of that source were malformed, over a limit or lost: a person should see its line. */
bool account_matters(const struct account *a, const char *source);

/* Sum over the sources of the records that nobody can say anything about: always 0, or we have a bug (I4). */
int64_t account_unaccounted(const struct account *a);

#endif
