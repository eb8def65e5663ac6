/* fuzz: component=common */
/* A message of arbitrary bytes: refused, or inside its bounds; then it can be encoded again, and what comes back says
 * the same. */
#include "common/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum_span(struct span s)
{
    uint64_t sum = s.n;
    for (size_t i = 0; i < s.n; i++)
        sum = sum * 31 + (unsigned char)s.p[i];
    return sum;
}

/* What is written for every type, and what only some have. */
static uint64_t walk(const struct message *m)
{
    uint64_t sum = (uint64_t)m->type;
    CHECK(m->type >= MESSAGE_HELLO && m->type <= MESSAGE_HEARTBEAT);
    if (m->type == MESSAGE_HELLO) {
        CHECK(m->role.n && m->name.n);
        sum += sum_span(m->role) + sum_span(m->name) + m->version;
    }
    for (uint32_t i = 0; i < m->want.fields_n; i++)
        sum += sum_span(m->want.fields[i]);
    for (uint32_t i = 0; i < m->want.ports_n; i++)
        sum += (unsigned)(m->want.ports[i].last - m->want.ports[i].first);
    for (uint32_t i = 0; i < m->account_n; i++) {
        CHECK(m->account[i].source.n && m->account[i].fate >= FATE_SESSIONS && m->account[i].fate <= FATE_LOST_BYTES);
        sum += sum_span(m->account[i].source) + sum_span(m->account[i].reason) + m->account[i].count;
    }
    if (m->type == MESSAGE_ACKNOWLEDGE || m->type == MESSAGE_REWIND || m->type == MESSAGE_LOST ||
        m->type == MESSAGE_END)
        sum += sum_span(m->source) + sum_span(m->stream) + m->position;
    if (m->type == MESSAGE_REFUSE || m->type == MESSAGE_LOST)
        sum += sum_span(m->text);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_decoder *d = message_decoder_new(), *again = message_decoder_new();
    const struct message *m, *n;
    struct error e;
    struct buffer out = { 0 };
    if (message_decode(d, span_of((const char *)data, size), &m, &e) == STATUS_OK) {
        uint64_t sum = walk(m);
        CHECK(message_encode(m, &out, &e) == STATUS_OK);
        CHECK(message_decode(again, buffer_span(&out), &n, &e) == STATUS_OK);
        CHECK(walk(n) == sum);
    } else {
        CHECK(m == NULL && e.text[0] != 0);
    }
    buffer_fini(&out);
    message_decoder_free(&d);
    message_decoder_free(&again);
    return 0;
}
