/* A msgpack document as both ends of the wire see it: one map with text keys, read by a table of keys.  Internal to
 * this folder.
 *
 * Nothing is unpacked before document_open has walked over all of it: nesting, counts and lengths are then known to be
 * inside their bounds, and what unpacking allocates is known too.  Texts and bytes are not copied: they point into the
 * frame.
 */
#ifndef TIDEMARK_COMMON_WIRE_DOCUMENT_H
#define TIDEMARK_COMMON_WIRE_DOCUMENT_H

#include "common/buffer.h"
#include "common/span.h"
#include "common/status.h"

#include <msgpack.h>
#include <stdint.h>

enum { DOCUMENT_DEPTH_MAX = 8 };

struct document {
    msgpack_zone zone;
    msgpack_object root; /* after document_open: a map */
};

void document_init(struct document *d);
void document_fini(struct document *d);

/* Unpack `frame` into d->root, which lives until the next call.
 *
 * entries_max  bound on the elements of all arrays plus twice those of all maps
 * returns      STATUS_OK; STATUS_BAD where this is not exactly one msgpack map; STATUS_LIMIT over a bound
 */
enum status document_open(struct document *d, struct span frame, size_t entries_max, struct error *e) MUST_CHECK;

/* How the value of a key is read, and into what. */
enum value_kind {
    VALUE_TEXT,  /* str or bin → struct span */
    VALUE_BYTES, /* bin or str → struct span; a missing one has p = NULL */
    VALUE_U32,   /* → uint32_t */
    VALUE_U64,   /* → uint64_t */
    VALUE_I64,   /* → int64_t */
    VALUE_TIME,  /* integer in the range of timestamps, or nil → int64_t, TIMESTAMP_NONE */
    VALUE_BOOL,  /* → bool */
    VALUE_ARRAY, /* → const msgpack_object * */
    VALUE_MAP    /* → const msgpack_object * */
};

struct key_rule {
    const char *name;
    enum value_kind kind;
    size_t offset; /* of the member that receives it */
    uint64_t max;  /* bytes of a text, value of an unsigned, entries of an array or map */
};

/* Read what `rules` name from a map into the members of `out`; bit i of *seen: rule i was there.  Keys without a rule
 * are ignored, a key that is there twice is malformed.  At most 64 rules.
 *
 * what     begins the sentence in `e`
 * returns  STATUS_OK, STATUS_BAD, STATUS_LIMIT
 */
enum status document_read(const msgpack_object *map, const struct key_rule *rules, unsigned rules_n, void *out,
                          uint64_t *seen, const char *what, struct error *e) MUST_CHECK;

/* The bytes of a str or bin object; false for any other. */
bool document_text(const msgpack_object *o, struct span *out);
/* The value of a non-negative integer object; false for any other. */
bool document_unsigned(const msgpack_object *o, uint64_t *out);

/* Writing: a packer that appends to a buffer, and one call per kind of entry. */
void document_packer(msgpack_packer *p, struct buffer *out);
void pack_text(msgpack_packer *p, struct span s);
void pack_bytes(msgpack_packer *p, const void *bytes, size_t n);
void pack_key(msgpack_packer *p, const char *key);
void pack_key_text(msgpack_packer *p, const char *key, struct span s);
void pack_key_u64(msgpack_packer *p, const char *key, uint64_t v);
void pack_key_i64(msgpack_packer *p, const char *key, int64_t v);
void pack_key_time(msgpack_packer *p, const char *key, int64_t ms); /* TIMESTAMP_NONE: nil */
void pack_key_bool(msgpack_packer *p, const char *key, bool v);
void pack_key_bytes(msgpack_packer *p, const char *key, const void *bytes, size_t n);

#endif
