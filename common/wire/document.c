#include "common/wire/document.h"

#include "common/timestamp.h"

enum { ZONE_CHUNK_BYTES = 32 << 10 };

void document_init(struct document *d)
{
    CHECK(msgpack_zone_init(&d->zone, ZONE_CHUNK_BYTES));
    d->root.type = MSGPACK_OBJECT_NIL;
}

void document_fini(struct document *d)
{
    msgpack_zone_destroy(&d->zone);
}

/* ------------------------------------------------------------------ shape */

static uint64_t load_big_endian(const unsigned char *p, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

/* What one object's first bytes say about it. */
struct head {
    uint64_t body;    /* bytes that follow the head: a text, a number */
    uint64_t entries; /* objects that follow: elements, or keys and values */
    bool map;
};

/* Read the head of the object at `p` (at least one byte is there); returns its length, 0 if it is cut or unknown. */
static unsigned read_head(const unsigned char *p, size_t left, struct head *h)
{
    unsigned char c = p[0];
    *h = (struct head){ 0 };
    if (c <= 0x7f || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3)
        return 1;
    if (c <= 0x8f) {
        h->map = true;
        h->entries = 2 * (uint64_t)(c & 0x0f);
        return 1;
    }
    if (c <= 0x9f) {
        h->entries = c & 0x0f;
        return 1;
    }
    if (c <= 0xbf) {
        h->body = c & 0x1f;
        return 1;
    }
    if (c >= 0xca && c <= 0xd3) { /* float 32, 64; unsigned 8 to 64; signed 8 to 64 */
        h->body = c <= 0xcb ? 4u << (c - 0xca) : 1u << ((c - 0xcc) & 3);
        return 1;
    }
    if (c >= 0xd4 && c <= 0xd8) { /* fixext 1 to 16, with a type byte */
        h->body = (1u << (c - 0xd4)) + 1;
        return 1;
    }
    unsigned width; /* of the length behind the first byte */
    if (c >= 0xc4 && c <= 0xc9)
        width = 1u << ((c - 0xc4) % 3);
    else if (c >= 0xd9 && c <= 0xdb)
        width = 1u << (c - 0xd9);
    else if (c >= 0xdc)
        width = 2u << (c & 1);
    else
        return 0; /* 0xc1 */
    if (left < 1 + (size_t)width)
        return 0;
    uint64_t n = load_big_endian(p + 1, width);
    if (c >= 0xdc) {
        h->map = c >= 0xde;
        h->entries = h->map ? 2 * n : n;
    } else {
        h->body = n + (c >= 0xc7 && c <= 0xc9); /* ext: with a type byte */
    }
    return 1 + width;
}

/* Walk over the whole frame without building anything. */
static enum status check_shape(struct span frame, size_t entries_max, struct error *e)
{
    const unsigned char *p = (const unsigned char *)frame.p;
    size_t left = frame.n;
    uint64_t open[DOCUMENT_DEPTH_MAX + 1] = { 1 }; /* objects still to come, per level */
    unsigned depth = 0;
    uint64_t total = 0;
    for (;;) {
        while (open[depth] == 0) {
            if (depth == 0)
                return left ? error_set(e, STATUS_BAD, "msgpack: %zu bytes behind the document", left) : STATUS_OK;
            depth--;
        }
        open[depth]--;
        struct head h;
        unsigned n = left ? read_head(p, left, &h) : 0;
        if (n == 0 || h.body > left - n || h.entries > left - n)
            return error_set(e, STATUS_BAD, "msgpack: malformed or cut at byte %zu", frame.n - left);
        if (depth == 0 && !h.map)
            return error_set(e, STATUS_BAD, "msgpack: not a map");
        p += n + h.body;
        left -= n + h.body;
        total += h.entries;
        if (total > entries_max)
            return error_set(e, STATUS_LIMIT, "msgpack: more than %zu entries", entries_max);
        if (h.entries) {
            if (depth == DOCUMENT_DEPTH_MAX)
                return error_set(e, STATUS_LIMIT, "msgpack: nested deeper than %d", DOCUMENT_DEPTH_MAX);
            open[++depth] = h.entries;
        }
    }
}

enum status document_open(struct document *d, struct span frame, size_t entries_max, struct error *e)
{
    d->root.type = MSGPACK_OBJECT_NIL;
    msgpack_zone_clear(&d->zone);
    enum status status = check_shape(frame, entries_max, e);
    if (status)
        return status;
    size_t offset = 0;
    int result = msgpack_unpack(frame.p, frame.n, &offset, &d->zone, &d->root);
    if (result == MSGPACK_UNPACK_NOMEM_ERROR)
        return error_set(e, STATUS_LIMIT, "msgpack: out of memory");
    if (result != MSGPACK_UNPACK_SUCCESS || d->root.type != MSGPACK_OBJECT_MAP)
        return error_set(e, STATUS_BAD, "msgpack: not one map");
    return STATUS_OK;
}

/* ------------------------------------------------------------------ reading by a table */

bool document_text(const msgpack_object *o, struct span *out)
{
    if (o->type == MSGPACK_OBJECT_STR)
        *out = span_of(o->via.str.ptr, o->via.str.size);
    else if (o->type == MSGPACK_OBJECT_BIN)
        *out = span_of(o->via.bin.ptr, o->via.bin.size);
    else
        return false;
    return true;
}

bool document_unsigned(const msgpack_object *o, uint64_t *out)
{
    if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return false;
    *out = o->via.u64;
    return true;
}

static bool read_signed(const msgpack_object *o, int64_t *out)
{
    if (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        *out = o->via.i64;
        return true;
    }
    uint64_t v;
    if (!document_unsigned(o, &v) || v > INT64_MAX)
        return false;
    *out = (int64_t)v;
    return true;
}

static bool read_time(const msgpack_object *o, int64_t *out)
{
    *out = TIMESTAMP_NONE;
    if (o->type == MSGPACK_OBJECT_NIL)
        return true;
    return read_signed(o, out) && *out >= TIMESTAMP_MIN_MS && *out <= TIMESTAMP_MAX_MS;
}

static const char *kind_name(enum value_kind kind)
{
    switch (kind) {
    case VALUE_TEXT:
        return "a text";
    case VALUE_BYTES:
        return "bytes";
    case VALUE_U32:
    case VALUE_U64:
        return "an unsigned integer";
    case VALUE_I64:
        return "an integer";
    case VALUE_TIME:
        return "milliseconds since 1970 or nil";
    case VALUE_BOOL:
        return "true or false";
    case VALUE_ARRAY:
        return "an array";
    case VALUE_MAP:
        return "a map";
    }
    return "";
}

static enum status wrong_kind(const struct key_rule *rule, const char *what, struct error *e)
{
    return error_set(e, STATUS_BAD, "%s: key \"%s\": expected %s", what, rule->name, kind_name(rule->kind));
}

static enum status read_value(const msgpack_object *o, const struct key_rule *rule, void *out, const char *what,
                              struct error *e)
{
    char *member = (char *)out + rule->offset;
    uint64_t size = 0;
    bool fits = false;
    struct span text;
    switch (rule->kind) {
    case VALUE_TEXT:
    case VALUE_BYTES:
        if ((fits = document_text(o, &text))) {
            memcpy(member, &text, sizeof text);
            size = text.n;
        }
        break;
    case VALUE_U32:
        if ((fits = document_unsigned(o, &size)) && size <= rule->max && size <= UINT32_MAX)
            memcpy(member, &(uint32_t){ (uint32_t)size }, sizeof(uint32_t));
        break;
    case VALUE_U64:
        if ((fits = document_unsigned(o, &size)))
            memcpy(member, &size, sizeof size);
        break;
    case VALUE_I64:
        fits = read_signed(o, (int64_t *)(void *)member);
        break;
    case VALUE_TIME:
        fits = read_time(o, (int64_t *)(void *)member);
        break;
    case VALUE_BOOL:
        if ((fits = o->type == MSGPACK_OBJECT_BOOLEAN))
            *(bool *)member = o->via.boolean;
        break;
    case VALUE_ARRAY:
    case VALUE_MAP:
        fits = o->type == (rule->kind == VALUE_MAP ? MSGPACK_OBJECT_MAP : MSGPACK_OBJECT_ARRAY);
        if (fits) {
            size = rule->kind == VALUE_MAP ? o->via.map.size : o->via.array.size;
            memcpy(member, &o, sizeof o);
        }
        break;
    }
    if (!fits)
        return wrong_kind(rule, what, e);
    if (size > rule->max)
        return error_set(e, STATUS_LIMIT, "%s: key \"%s\": %llu is over the limit of %llu", what, rule->name,
                         (unsigned long long)size, (unsigned long long)rule->max);
    return STATUS_OK;
}

enum status document_read(const msgpack_object *map, const struct key_rule *rules, unsigned rules_n, void *out,
                          uint64_t *seen, const char *what, struct error *e)
{
    *seen = 0;
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *entry = &map->via.map.ptr[i];
        struct span key;
        if (!document_text(&entry->key, &key))
            return error_set(e, STATUS_BAD, "%s: a key is not a text", what);
        unsigned r = 0;
        while (r < rules_n && !span_is(key, rules[r].name))
            r++;
        if (r == rules_n)
            continue;
        if (*seen >> r & 1)
            return error_set(e, STATUS_BAD, "%s: key \"%s\" is there twice", what, rules[r].name);
        *seen |= UINT64_C(1) << r;
        enum status status = read_value(&entry->val, &rules[r], out, what, e);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ writing */

static int append(void *data, const char *bytes, size_t n)
{
    buffer_append(data, bytes, n);
    return 0;
}

void document_packer(msgpack_packer *p, struct buffer *out)
{
    msgpack_packer_init(p, out, append);
}

void pack_text(msgpack_packer *p, struct span s)
{
    msgpack_pack_str(p, s.n);
    if (s.n)
        msgpack_pack_str_body(p, s.p, s.n);
}

void pack_bytes(msgpack_packer *p, const void *bytes, size_t n)
{
    msgpack_pack_bin(p, n);
    if (n)
        msgpack_pack_bin_body(p, bytes, n);
}

void pack_key(msgpack_packer *p, const char *key)
{
    pack_text(p, span_text(key));
}

void pack_key_text(msgpack_packer *p, const char *key, struct span s)
{
    pack_key(p, key);
    pack_text(p, s);
}

void pack_key_u64(msgpack_packer *p, const char *key, uint64_t v)
{
    pack_key(p, key);
    msgpack_pack_uint64(p, v);
}

void pack_key_i64(msgpack_packer *p, const char *key, int64_t v)
{
    pack_key(p, key);
    msgpack_pack_int64(p, v);
}

void pack_key_time(msgpack_packer *p, const char *key, int64_t ms)
{
    pack_key(p, key);
    if (ms == TIMESTAMP_NONE)
        msgpack_pack_nil(p);
    else
        msgpack_pack_int64(p, ms);
}

void pack_key_bool(msgpack_packer *p, const char *key, bool v)
{
    pack_key(p, key);
    if (v)
        msgpack_pack_true(p);
    else
        msgpack_pack_false(p);
}

void pack_key_bytes(msgpack_packer *p, const char *key, const void *bytes, size_t n)
{
    pack_key(p, key);
    pack_bytes(p, bytes, n);
}
