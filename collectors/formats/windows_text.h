/* Windows' events where they are neither XML nor JSON's members: the message that Windows renders (English), as agents
 * put it on a line or into one member, NXLog's structured data, and Data elements as a JSON array.
 *
 * Labels, pairs and names are looked up in the form's key table; what has a number of Data goes into the row.
 * Source: Microsoft, messages of the Security log and of Sysmon; NXLog, xm_syslog to_syslog_ietf.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_WINDOWS_TEXT_H
#define TIDEMARK_COLLECTORS_FORMATS_WINDOWS_TEXT_H

#include "formats/row.h"

/* What one event's message says, behind the words that all of a source's messages have. */
struct windows_sentence {
    const char *text;
    const char *event_id;
};

struct windows_messages {
    const char *words; /* "Filtering Platform" */
    const struct windows_sentence *sentences;
    unsigned sentences_n;
};

/* The id of the event whose message `text` holds, and where the message begins (at the words); NULL: none. */
const char *windows_text_event(const struct windows_messages *messages, struct span text, size_t *at);

/* `Source Address:  192.0.2.1` up to the next label of the table, whatever white space, real or escaped, is around.
 * Numbers below `first` only end values. */
void windows_text_labels(const struct parser *p, struct span text, unsigned first, struct row *row);

/* `[NXLOG@14506 EventID="3" Protocol="tcp"]`: all its pairs. False: there is none. */
bool windows_text_pairs(struct parser *p, struct span text, struct row *row);

/* `[{"@Name":"Protocol","#text":"tcp"}]` or `{"Protocol":"tcp"}`, as converters of XML write Data. */
void windows_text_array(struct parser *p, struct span array, unsigned first, struct row *row);

/* The time that stands on an agent's line: behind Snare's MSWinEventLog, in front of OSSEC's WinEvtLog, at a message's
 * own begin, or in a syslog header. */
bool windows_text_time(struct span line, const struct parse_options *options, int64_t *ms);

#endif
