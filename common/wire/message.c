#include "common/wire/message.h"

#include "common/timestamp.h"
#include "common/wire/document.h"

#include <stddef.h>
#include <stdlib.h>

enum { ENTRIES_MAX = 512 + 2 * WANT_FIELDS_MAX + 6 * ACCOUNT_LINES_MAX };
_Static_assert(2 * WANT_PORTS_MAX < ENTRIES_MAX, "the longest want can be read");

static const char *const type_names[] = {
    [MESSAGE_HELLO] = "hello",   [MESSAGE_REFUSE] = "refuse",       [MESSAGE_WANT] = "want",
    [MESSAGE_CREDIT] = "credit", [MESSAGE_BATCH] = "batch",         [MESSAGE_ACKNOWLEDGE] = "acknowledge",
    [MESSAGE_REWIND] = "rewind", [MESSAGE_LOST] = "lost",           [MESSAGE_END] = "end",
    [MESSAGE_FINISH] = "finish", [MESSAGE_HEARTBEAT] = "heartbeat",
};

static const char *const fate_names[] = {
    [FATE_SESSIONS] = "sessions", [FATE_SESSION_RECORDS] = "session_records",
    [FATE_PORTLESS] = "portless", [FATE_SKIP] = "skip",
    [FATE_BAD] = "bad",           [FATE_LIMIT] = "limit",
    [FATE_READ] = "read",         [FATE_LOST_BYTES] = "lost_bytes",
};

enum { TYPES = sizeof type_names / sizeof type_names[0], FATES = sizeof fate_names / sizeof fate_names[0] };

static unsigned find_name(const char *const *names, unsigned names_n, struct span text)
{
    for (unsigned i = 1; i < names_n; i++)
        if (span_is(text, names[i]))
            return i;
    return 0;
}

/* ------------------------------------------------------------------ encoding */

static enum status check_length(struct span s, size_t max, const char *what, struct error *e)
{
    if (s.n > max)
        return error_set(e, STATUS_LIMIT, "message: %s has %zu bytes, the limit is %zu", what, s.n, max);
    return STATUS_OK;
}

static enum status check_bounds(const struct message *m, struct error *e)
{
    enum status status = check_length(m->source, WIRE_NAME_BYTES_MAX, "source", e);
    if (!status)
        status = check_length(m->stream, WIRE_NAME_BYTES_MAX, "stream", e);
    if (!status)
        status = check_length(m->role, WIRE_NAME_BYTES_MAX, "role", e);
    if (!status)
        status = check_length(m->name, WIRE_NAME_BYTES_MAX, "name", e);
    if (!status)
        status = check_length(m->vendor, WIRE_NAME_BYTES_MAX, "vendor", e);
    if (!status)
        status = check_length(m->arena, WIRE_NAME_BYTES_MAX, "arena", e);
    if (!status)
        status = check_length(m->text, MESSAGE_TEXT_BYTES_MAX, "text", e);
    if (!status && m->want.fields_n > WANT_FIELDS_MAX)
        status =
            error_set(e, STATUS_LIMIT, "message: %u fields wanted, the limit is %d", m->want.fields_n, WANT_FIELDS_MAX);
    if (!status && m->want.ports_n > WANT_PORTS_MAX)
        status = error_set(e, STATUS_LIMIT, "message: %u ranges of ports wanted, the limit is %d", m->want.ports_n,
                           WANT_PORTS_MAX);
    for (uint32_t i = 0; !status && i < m->want.fields_n; i++)
        status = check_length(m->want.fields[i], WIRE_NAME_BYTES_MAX, "a field", e);
    if (!status && m->account_n > ACCOUNT_LINES_MAX)
        status = error_set(e, STATUS_LIMIT, "message: %u lines of account, the limit is %d", m->account_n,
                           ACCOUNT_LINES_MAX);
    for (uint32_t i = 0; !status && i < m->account_n; i++) {
        status = check_length(m->account[i].source, WIRE_NAME_BYTES_MAX, "a source of the account", e);
        if (!status)
            status = check_length(m->account[i].reason, WIRE_NAME_BYTES_MAX, "a reason of the account", e);
    }
    return status;
}

static void pack_stream(msgpack_packer *p, const struct message *m)
{
    pack_key_text(p, "source", m->source);
    pack_key_text(p, "stream", m->stream);
}

static void pack_hello(msgpack_packer *p, const struct message *m)
{
    msgpack_pack_map(p, 10u + (m->arena.n != 0));
    pack_key_text(p, "type", span_text("hello"));
    pack_key_u64(p, "version", m->version);
    pack_key_text(p, "role", m->role);
    pack_key_text(p, "name", m->name);
    pack_key_u64(p, "incarnation", m->incarnation);
    pack_key_u64(p, "generation", m->generation);
    if (m->again)
        pack_key_bool(p, "again", true);
    else
        pack_key_u64(p, "instance", m->instance);
    pack_key_u64(p, "sequence", m->sequence);
    pack_key_text(p, "source", m->source);
    pack_key_text(p, "vendor", m->vendor);
    if (m->arena.n)
        pack_key_text(p, "arena", m->arena);
}

static void pack_want(msgpack_packer *p, const struct want *w)
{
    pack_key_bool(p, "everything", w->everything);
    pack_key(p, "fields");
    msgpack_pack_array(p, w->fields_n);
    for (uint32_t i = 0; i < w->fields_n; i++)
        pack_text(p, w->fields[i]);
    pack_key_bool(p, "weigh_event_count", w->weigh_event_count);
    if (w->ports_n == 0)
        return;
    pack_key(p, "ports");
    msgpack_pack_array(p, 2 * (size_t)w->ports_n);
    for (uint32_t i = 0; i < w->ports_n; i++) {
        msgpack_pack_uint16(p, w->ports[i].first);
        msgpack_pack_uint16(p, w->ports[i].last);
    }
}

static void pack_end(msgpack_packer *p, const struct message *m)
{
    msgpack_pack_map(p, 7u + (m->account_n != 0));
    pack_key_text(p, "type", span_text("end"));
    pack_stream(p, m);
    pack_key_u64(p, "epoch", m->epoch);
    pack_key_u64(p, "position", m->position);
    pack_key_u64(p, "ordinal", m->ordinal);
    pack_key_time(p, "high_water", m->high_water_ms);
    if (m->account_n == 0)
        return;
    pack_key(p, "account");
    msgpack_pack_array(p, m->account_n);
    for (uint32_t i = 0; i < m->account_n; i++) {
        msgpack_pack_array(p, 4);
        pack_text(p, m->account[i].source);
        pack_text(p, span_text(fate_names[m->account[i].fate]));
        pack_text(p, m->account[i].reason);
        msgpack_pack_uint64(p, m->account[i].count);
    }
}

static void begin(msgpack_packer *p, enum message_type type, unsigned more_keys)
{
    msgpack_pack_map(p, 1 + more_keys);
    pack_key_text(p, "type", span_text(type_names[type]));
}

/* acknowledge, rewind, lost */
static void pack_position(msgpack_packer *p, const struct message *m)
{
    begin(p, m->type, m->type == MESSAGE_LOST ? 7 : 4);
    pack_stream(p, m);
    pack_key_u64(p, "position", m->position);
    if (m->type == MESSAGE_ACKNOWLEDGE) {
        pack_key_bool(p, "ended", m->ended);
        return;
    }
    pack_key_u64(p, "epoch", m->epoch);
    if (m->type == MESSAGE_REWIND)
        return;
    pack_key_u64(p, "to", m->to);
    pack_key_u64(p, "ordinal", m->ordinal);
    pack_key_text(p, "text", m->text);
}

enum status message_encode(const struct message *m, struct buffer *out, struct error *e)
{
    enum status status = check_bounds(m, e);
    if (status)
        return status;
    msgpack_packer p;
    document_packer(&p, out);
    switch (m->type) {
    case MESSAGE_HELLO:
        pack_hello(&p, m);
        break;
    case MESSAGE_REFUSE:
        begin(&p, m->type, 1);
        pack_key_text(&p, "text", m->text);
        break;
    case MESSAGE_WANT:
        begin(&p, m->type, 3u + (m->want.ports_n != 0));
        pack_want(&p, &m->want);
        break;
    case MESSAGE_CREDIT:
    case MESSAGE_HEARTBEAT:
        begin(&p, m->type, 1u + (m->released != 0));
        pack_key_u64(&p, "sequence", m->sequence);
        if (m->released)
            pack_key_u64(&p, "released", m->released);
        break;
    case MESSAGE_BATCH:
        begin(&p, m->type, 3);
        pack_key_u64(&p, "sequence", m->sequence);
        pack_key_text(&p, "payload", m->carrier.n ? m->carrier : span_text("inline"));
        pack_key_u64(&p, "bytes", m->bytes);
        break;
    case MESSAGE_ACKNOWLEDGE:
    case MESSAGE_REWIND:
    case MESSAGE_LOST:
        pack_position(&p, m);
        break;
    case MESSAGE_END:
        pack_end(&p, m);
        break;
    case MESSAGE_FINISH:
        begin(&p, m->type, 0);
        break;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ decoding */

struct raw_message {
    struct message m;
    struct span type;
    const msgpack_object *fields, *ports, *account;
};

struct message_decoder {
    struct document document;
    struct raw_message raw;
    struct span fields[WANT_FIELDS_MAX];
    struct port_range_wanted *ports; /* room for WANT_PORTS_MAX, once there was a want with ports */
    struct account_line *account;    /* grown to the longest account seen */
    size_t account_capacity;
};

struct message_decoder *message_decoder_new(void)
{
    struct message_decoder *d = allocate(1, sizeof *d);
    document_init(&d->document);
    return d;
}

void message_decoder_free(struct message_decoder **d)
{
    if (!*d)
        return;
    document_fini(&(*d)->document);
    free((*d)->ports);
    free((*d)->account);
    free(*d);
    *d = NULL;
}

#define RULE(key, value, member, max)                                                                                  \
    {                                                                                                                  \
        key, value, offsetof(struct raw_message, member), max                                                          \
    }
#define NAME(key, member)   RULE(key, VALUE_TEXT, member, WIRE_NAME_BYTES_MAX)
#define NUMBER(key, member) RULE(key, VALUE_U64, member, UINT64_MAX)

/* What is read of any message first; enough to refuse a hello of another version. */
static const struct key_rule head_rules[] = {
    NAME("type", type),
    RULE("version", VALUE_U32, m.version, UINT32_MAX),
    NAME("role", m.role),
    NAME("name", m.name),
};

enum key {
    KEY_INCARNATION,
    KEY_GENERATION,
    KEY_INSTANCE,
    KEY_AGAIN,
    KEY_ARENA,
    KEY_SOURCE,
    KEY_VENDOR,
    KEY_SEQUENCE,
    KEY_RELEASED,
    KEY_PAYLOAD,
    KEY_BYTES,
    KEY_STREAM,
    KEY_EPOCH,
    KEY_POSITION,
    KEY_TO,
    KEY_ORDINAL,
    KEY_HIGH_WATER,
    KEY_ENDED,
    KEY_TEXT,
    KEY_EVERYTHING,
    KEY_FIELDS,
    KEY_WEIGH,
    KEY_PORTS,
    KEY_ACCOUNT,
    KEYS
};

static const struct key_rule rules[KEYS] = {
    [KEY_INCARNATION] = NUMBER("incarnation", m.incarnation),
    [KEY_GENERATION] = NUMBER("generation", m.generation),
    [KEY_INSTANCE] = NUMBER("instance", m.instance),
    [KEY_AGAIN] = RULE("again", VALUE_BOOL, m.again, UINT64_MAX),
    [KEY_ARENA] = NAME("arena", m.arena),
    [KEY_SOURCE] = NAME("source", m.source),
    [KEY_VENDOR] = NAME("vendor", m.vendor),
    [KEY_SEQUENCE] = NUMBER("sequence", m.sequence),
    [KEY_RELEASED] = NUMBER("released", m.released),
    [KEY_PAYLOAD] = NAME("payload", m.carrier),
    [KEY_BYTES] = NUMBER("bytes", m.bytes),
    [KEY_STREAM] = NAME("stream", m.stream),
    [KEY_EPOCH] = NUMBER("epoch", m.epoch),
    [KEY_POSITION] = NUMBER("position", m.position),
    [KEY_TO] = NUMBER("to", m.to),
    [KEY_ORDINAL] = NUMBER("ordinal", m.ordinal),
    [KEY_HIGH_WATER] = RULE("high_water", VALUE_TIME, m.high_water_ms, UINT64_MAX),
    [KEY_ENDED] = RULE("ended", VALUE_BOOL, m.ended, UINT64_MAX),
    [KEY_TEXT] = RULE("text", VALUE_TEXT, m.text, MESSAGE_TEXT_BYTES_MAX),
    [KEY_EVERYTHING] = RULE("everything", VALUE_BOOL, m.want.everything, UINT64_MAX),
    [KEY_FIELDS] = RULE("fields", VALUE_ARRAY, fields, WANT_FIELDS_MAX),
    [KEY_WEIGH] = RULE("weigh_event_count", VALUE_BOOL, m.want.weigh_event_count, UINT64_MAX),
    [KEY_PORTS] = RULE("ports", VALUE_ARRAY, ports, 2 * WANT_PORTS_MAX),
    [KEY_ACCOUNT] = RULE("account", VALUE_ARRAY, account, ACCOUNT_LINES_MAX),
};

#define BIT(key) (UINT64_C(1) << (key))

/* The keys without which a message says nothing. */
static const uint64_t needed[TYPES] = {
    [MESSAGE_HELLO] = BIT(KEY_INCARNATION),
    [MESSAGE_REFUSE] = BIT(KEY_TEXT),
    [MESSAGE_CREDIT] = BIT(KEY_SEQUENCE),
    [MESSAGE_BATCH] = BIT(KEY_SEQUENCE),
    [MESSAGE_ACKNOWLEDGE] = BIT(KEY_SOURCE) | BIT(KEY_STREAM) | BIT(KEY_POSITION),
    [MESSAGE_REWIND] = BIT(KEY_SOURCE) | BIT(KEY_STREAM) | BIT(KEY_POSITION) | BIT(KEY_EPOCH),
    [MESSAGE_LOST] =
        BIT(KEY_SOURCE) | BIT(KEY_STREAM) | BIT(KEY_EPOCH) | BIT(KEY_POSITION) | BIT(KEY_TO) | BIT(KEY_ORDINAL),
    [MESSAGE_END] = BIT(KEY_SOURCE) | BIT(KEY_STREAM) | BIT(KEY_EPOCH) | BIT(KEY_POSITION) | BIT(KEY_ORDINAL),
};

static bool is_plain_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n != 0;
}

static enum status read_fields(struct message_decoder *d, struct error *e)
{
    const msgpack_object *o = d->raw.fields;
    uint32_t n = o ? o->via.array.size : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!document_text(&o->via.array.ptr[i], &d->fields[i]) || d->fields[i].n == 0 ||
            d->fields[i].n > WIRE_NAME_BYTES_MAX)
            return error_set(e, STATUS_BAD, "want: fields: expected names");
    }
    d->raw.m.want.fields_n = n;
    d->raw.m.want.fields = d->fields;
    return STATUS_OK;
}

/* Pairs of first and last. */
static enum status read_ports(struct message_decoder *d, struct error *e)
{
    const msgpack_object *o = d->raw.ports;
    uint32_t n = o ? o->via.array.size : 0;
    uint64_t least = 0; /* of the next number */
    if (n && !d->ports)
        d->ports = allocate(WANT_PORTS_MAX, sizeof *d->ports);
    for (uint32_t i = 0; i < n; i += 2) {
        uint64_t first, last;
        if (i + 1 == n || !document_unsigned(&o->via.array.ptr[i], &first) ||
            !document_unsigned(&o->via.array.ptr[i + 1], &last) || first < least || last < first || last > UINT16_MAX)
            return error_set(e, STATUS_BAD, "want: ports: expected ranges: pairs of ascending port numbers");
        d->ports[i / 2] = (struct port_range_wanted){ (uint16_t)first, (uint16_t)last };
        least = last + 2;
    }
    d->raw.m.want.ports_n = n / 2;
    d->raw.m.want.ports = n ? d->ports : NULL;
    return STATUS_OK;
}

static bool read_account_line(const msgpack_object *o, struct account_line *line)
{
    struct span fate;
    if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size < 4)
        return false;
    const msgpack_object *cell = o->via.array.ptr;
    if (!document_text(&cell[0], &line->source) || !document_text(&cell[1], &fate) ||
        !document_text(&cell[2], &line->reason) || !document_unsigned(&cell[3], &line->count))
        return false;
    line->fate = (enum fate)find_name(fate_names, FATES, fate);
    return line->fate && line->source.n && line->source.n <= WIRE_NAME_BYTES_MAX &&
           line->reason.n <= WIRE_NAME_BYTES_MAX;
}

static enum status read_account(struct message_decoder *d, struct error *e)
{
    const msgpack_object *o = d->raw.account;
    uint32_t n = o ? o->via.array.size : 0;
    if (n > d->account_capacity) {
        d->account = allocate_more(d->account, n, sizeof *d->account);
        d->account_capacity = n;
    }
    for (uint32_t i = 0; i < n; i++)
        if (!read_account_line(&o->via.array.ptr[i], &d->account[i]))
            return error_set(e, STATUS_BAD, "end: line %u of the account: expected [source, fate, reason, count]", i);
    d->raw.m.account_n = n;
    d->raw.m.account = d->account;
    return STATUS_OK;
}

/* What the types of the keys leave open. */
static enum status check_message(const struct message *m, const char *what, struct error *e)
{
    bool of_stream = m->type == MESSAGE_ACKNOWLEDGE || m->type == MESSAGE_REWIND || m->type == MESSAGE_LOST ||
                     m->type == MESSAGE_END;
    if (of_stream && (m->source.n == 0 || m->stream.n == 0))
        return error_set(e, STATUS_BAD, "%s: an empty name of source or stream", what);
    if (of_stream && (m->position > INT64_MAX || m->to > INT64_MAX))
        return error_set(e, STATUS_BAD, "%s: a position that is not less than 2^63", what);
    if (m->type == MESSAGE_LOST && m->to < m->position)
        return error_set(e, STATUS_BAD, "%s: it ends before it begins", what);
    if (m->type == MESSAGE_BATCH && m->bytes > WIRE_PAYLOAD_BYTES_MAX)
        return error_set(e, STATUS_LIMIT, "%s: over %d bytes", what, WIRE_PAYLOAD_BYTES_MAX);
    return STATUS_OK;
}

static enum status read_body(struct message_decoder *d, const char *what, struct error *e)
{
    struct message *m = &d->raw.m;
    uint64_t seen;
    enum status status = document_read(&d->document.root, rules, KEYS, &d->raw, &seen, what, e);
    if (status)
        return status;
    for (unsigned i = 0; i < KEYS; i++)
        if (needed[m->type] & ~seen & BIT(i))
            return error_set(e, STATUS_BAD, "%s: key \"%s\" is missing", what, rules[i].name);
    status = check_message(m, what, e);
    if (!status && m->type == MESSAGE_WANT)
        status = read_fields(d, e);
    if (!status && m->type == MESSAGE_WANT)
        status = read_ports(d, e);
    if (!status && m->type == MESSAGE_END)
        status = read_account(d, e);
    return status;
}

enum status message_decode(struct message_decoder *d, struct span frame, const struct message **out, struct error *e)
{
    *out = NULL;
    if (frame.n > MESSAGE_BYTES_MAX)
        return error_set(e, STATUS_LIMIT, "message: %zu bytes, the limit is %d", frame.n, MESSAGE_BYTES_MAX);
    enum status status = document_open(&d->document, frame, ENTRIES_MAX, e);
    if (status)
        return status;
    d->raw = (struct raw_message){ .m.high_water_ms = TIMESTAMP_NONE };
    struct message *m = &d->raw.m;
    uint64_t seen;
    status = document_read(&d->document.root, head_rules, sizeof head_rules / sizeof head_rules[0], &d->raw, &seen,
                           "message", e);
    if (status)
        return status;
    m->type = (enum message_type)find_name(type_names, TYPES, d->raw.type);
    if (!m->type)
        return error_set(e, STATUS_BAD, "message: unknown type \"%.*s\"", (int)d->raw.type.n, d->raw.type.p);
    if (m->type == MESSAGE_HELLO) {
        if (!(seen & 2) || !is_plain_name(m->role) || !is_plain_name(m->name))
            return error_set(e, STATUS_BAD, "hello: expected version, role and name");
        if (m->version != WIRE_VERSION) {
            *out = m;
            return STATUS_OK;
        }
    }
    status = read_body(d, type_names[m->type], e);
    if (!status)
        *out = m;
    return status;
}
