/* JSON objects, read key by key in the order in which they stand: simdjson behind a small C face.
 *
 * One reader reads one object at a time.  The structure is checked to the record's end whatever its user looks at, so
 * that the verdict "malformed" does not depend on what was wanted; UTF-8 is checked as well.  Grammar: RFC 8259 to the
 * letter (no NaN, no trailing comma), arrays and objects nested more than 1024 deep are malformed, half a surrogate
 * pair reads as U+FFFD.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_JSON_H
#define TIDEMARK_COLLECTORS_FORMATS_JSON_H

#include "core/collector.h"

#include "common/span.h"
#include "common/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_reader;
struct json_reader *json_reader_new(void);
void json_reader_free(struct json_reader **r);

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_kind kind;
    struct span text; /* string: unescaped; number, true, false: as written; array, object: their JSON text; null:
                         empty. Valid until the reader's next open */
};

/* Begin with the object that `unit` holds (blanks around allowed); 64 readable bytes must follow the unit.
 * STATUS_BAD: no JSON object, broken structure, or invalid UTF-8. */
enum status json_open(struct json_reader *r, struct span unit) MUST_CHECK;

/* STATUS_OK: the next key (unescaped) and its value.  STATUS_END: the object was well-formed to its end and nothing
 * stands behind it.  STATUS_BAD: it was not (keys handed out before are void). */
enum status json_next(struct json_reader *r, struct span *key, struct json_value *value) MUST_CHECK;

/* Begin with a JSON_OBJECT that was given since the last json_open or json_read, which was well-formed to its end, or
 * since such an object was entered.  What was given before stays valid; json_next as before.  Each object once. */
void json_enter(struct json_reader *r, struct span object);

/* Read the whole object: the value of each key among `keys` goes to cell[its number] and its bit into `present`, which
 * is cleared first.  Where a key stands twice, the last one counts; a null is absent.  False: malformed (as json_open
 * and json_next would tell), what was stored is void.
 *
 * A key with dots is also a path: "a.b.c" is the member "c" of the object "b" of the object "a", beside the member
 * "a.b.c" itself, "b.c" of "a", and so on: the names on the way, joined by dots, are the key.  An array's elements have
 * their numbers as names ("a.0.b").  A string on the way that holds an object or an array (its first byte is { or [, it
 * is well-formed to its end, and it is not inside more than one other such string) is entered like one; its own value
 * stays the string.  "The last one" is by where values end.  Where no key leads into a value, it costs nothing. */
bool json_read(struct json_reader *r, struct span unit, const struct keys *keys, struct json_value *cell,
               uint64_t *present, unsigned present_words) MUST_CHECK;

/* The members of the object itself, not of those in it, that are objects or texts of them (a brace or a blank first),
 * in their order.  Of `unit`, if json_read has read that, found it well-formed, and was the reader's last work; NULL
 * otherwise, and where there are more than JSON_NESTED_MAX. */
enum { JSON_NESTED_MAX = 16 };
struct json_nested {
    unsigned n;
    struct {
        struct span key;
        struct json_value value;
    } member[JSON_NESTED_MAX];
};
const struct json_nested *json_nested_of(const struct json_reader *r, struct span unit);

/* The bytes that were read may change. */
void json_forget(struct json_reader *r);

/* The same for texts that stand elsewhere, as JSON in cells of CSV: json_texts_begin for all texts of a record, which
 * have at most n bytes together (false: no memory), then json_text for each: adds to `cell` and `present` what keys
 * that lead through a prefix (its number among keys->prefixes) find in `text`, an object or an array; nothing if it is
 * none.  64 readable bytes follow it; values are valid until the next json_texts_begin. */
bool json_texts_begin(struct json_reader *r, size_t n) MUST_CHECK;
void json_text(struct json_reader *r, struct span text, const struct keys *keys, unsigned prefix,
               struct json_value *cell, uint64_t *present);

#ifdef __cplusplus
}
#endif
#endif
