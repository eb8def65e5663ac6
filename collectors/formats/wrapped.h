/* A device's line as a text in a JSON object, as log shippers and searches write it: `{"message": "<189>…"}`,
 * `{"event": {"original": "…"}}`, `{"log": "…"}`, `{"result": {"_raw": "…"}}`, `{"_source": {"message": "…"}}`.
 *
 * Used by the form `native-json` of sources whose native records are lines.  An object is one record, whatever number
 * of texts it has: the first of them that is a session, else what its first one is.  A line without a time of its own
 * has the object's (`@timestamp`, `timestamp`, `time`, `_time`).
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_WRAPPED_H
#define TIDEMARK_COLLECTORS_FORMATS_WRAPPED_H

#include "core/collector.h"

typedef enum parse_result wrapped_parser(struct parser *p, struct span unit, struct record *r);

/* For a form of FRAMING_JSON with the line's own keys, state and memo; `parse` is the line's. */
enum parse_result wrapped_parse(wrapped_parser *parse, struct parser *p, struct span unit, struct record *r);

/* The same for a form that does nothing else with any object, so that a text need not be tried in each of those that
 * it stands in. */
enum parse_result wrapped_parse_only(wrapped_parser *parse, struct parser *p, struct span unit, struct record *r);

/* form.envelope. */
extern const char *const wrapped_envelope[];

/* LIKELY: JSON with a member that can hold a line, and one of the words, which are in those lines and end with a NULL.
 */
enum probe_result wrapped_probe(struct span head, const char *const *words);

#endif
