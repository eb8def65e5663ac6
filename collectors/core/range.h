/* A part of a large file that is read as a stream of its own: the lines that begin in [begin, end).
 *
 * It begins behind the first line feed at or after `begin` - 1 and ends with the line that begins before `end`, so
 * every line belongs to exactly one range, wherever the file is cut.
 *
 * What a line means may depend on lines before it (headers, the format that the first record tells): a parser's state.
 * Each range but the first begins with the state behind the file's `head`, which holds its headers and its first
 * record, and each but the last must end with that state.  If all do, reading in ranges is reading from the first byte
 * to the last; if one does not, the file cannot be cut (range_holds). */
#ifndef TIDEMARK_COLLECTORS_CORE_RANGE_H
#define TIDEMARK_COLLECTORS_CORE_RANGE_H

#include "core/input.h"
#include "core/reader.h"

#define RANGE_TO_END UINT64_MAX

struct range {
    uint64_t begin, end; /* end 0: no range, the whole input; RANGE_TO_END: the last one */
    uint64_t head;       /* bytes that are the first range's wherever it ends; 0 where the parser has no state */
    uint32_t number;
};

/* Range `number` of a file of `size` bytes that is cut every `bytes`; there are range_count of them. */
struct range range_of(uint32_t number, uint64_t size, uint64_t bytes, uint64_t head);
uint32_t range_count(uint64_t size, uint64_t bytes);

/* Cutting inputs of that form needs no checking: each line stands for itself. */
bool range_is_certain(const struct form *form);
/* They may be cut, perhaps in vain. */
bool range_is_possible(const struct form *form);

/* The head of a file: what is up to its first good record. False: there is none near the beginning. */
bool range_find_head(struct input *in, struct reader *reader, uint64_t *head);

/* Where it ends: no line that begins there is its own. */
uint64_t range_end(const struct range *r);

/* Where the first line of the range begins; not below `end` when there is none.  STATUS_INPUT: it cannot be read. */
enum status range_first_line(const struct range *r, struct input *in, uint64_t *first, struct error *e) MUST_CHECK;

/* Bring the reader's parser to the state behind the head and copy that to `state`.  Moves the input and framing. */
enum status range_state(const struct range *r, struct input *in, struct reader *reader, void *state,
                        struct error *e) MUST_CHECK;

/* Is the parser in that state?  True where nobody reads on behind the range. */
bool range_holds(const struct range *r, const struct parser *p, const void *state);

#endif
