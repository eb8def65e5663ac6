#include "service_internal.h"

static void tell(struct service *s, struct stream *stream, bool ended)
{
    if (!stream->peer)
        return;
    stream->told = stream->applied;
    stream->told_at_ms = s->now_ms;
    receiver_acknowledge(s->receiver, stream->peer, stream->source, stream->name, stream->applied, ended);
}

static bool flush(struct service *s)
{
    struct error e;
    if (printer_flush(s->printer, &e) == STATUS_OK)
        return true;
    service_fail(s, EXIT_CODE_INTERNAL, "%s", e.text);
    return false;
}

/* True if what begins there may be applied; asks for what is missing. */
static bool may_apply(struct service *s, struct stream *stream, uint64_t epoch, uint64_t from)
{
    enum stream_verdict verdict = stream_judge(stream, epoch, from, s->now_ms);
    if (verdict == STREAM_REWIND && stream->peer)
        receiver_rewind(s->receiver, stream->peer, stream->source, stream->name, stream->applied, epoch);
    return verdict == STREAM_APPLY;
}

static struct stream *stream_of(struct service *s, struct span source, struct span name, struct peer *peer)
{
    struct stream *stream = streams_get(s->streams, source, name);
    stream->peer = peer;
    if (!stream->tally)
        stream->tally = tallies_get(&s->tallies, source);
    return stream;
}

static void print_batch(struct service *s, struct work *w)
{
    struct error e;
    const struct batch *batch;
    enum status status = batch_decode(s->decoder, w->event.payload, &batch, &e);
    if (status == STATUS_OK && batch->kind != BATCH_RECORDS)
        status = error_set(&e, STATUS_BAD, "a batch that holds no records");
    if (status == STATUS_OK) {
        struct stream *stream = stream_of(s, batch->source, batch->stream, w->peer);
        if (!may_apply(s, stream, batch->epoch, batch->from))
            return;
        status = printer_batch(s->printer, w->client->vendor->meanings, batch, stream->applied, stream->tally, &e);
        if (status == STATUS_OK && batch->to > stream->applied)
            stream->applied = batch->to;
    }
    if (status == STATUS_SYSTEM)
        service_fail(s, EXIT_CODE_INTERNAL, "%s", e.text);
    else if (status != STATUS_OK)
        service_refuse(s, w->client, e.text);
}

static void print_end(struct service *s, struct work *w)
{
    struct stream *stream = stream_of(s, w->stream->source, w->stream->name, w->stream->peer);
    if (!may_apply(s, stream, w->message.epoch, w->message.position))
        return;
    if (!stream->ended)
        stream->tally->read += w->message.ordinal;
    stream->ended = true;
    if (flush(s))
        tell(s, stream, true);
}

static void print_lost(struct service *s, struct work *w)
{
    struct stream *stream = stream_of(s, w->stream->source, w->stream->name, w->stream->peer);
    if (!may_apply(s, stream, w->message.epoch, w->message.position) || w->message.to <= stream->applied)
        return;
    stream->tally->lost_bytes += w->message.to - stream->applied;
    stream->applied = w->message.to;
}

bool print_work(struct service *s, struct work *w)
{
    if (w->kind == LINK_END)
        print_end(s, w);
    else if (w->kind == LINK_LOST)
        print_lost(s, w);
    else if (w->client->vendor)
        print_batch(s, w);
    service_pop(s);
    return true;
}

void print_idle(struct service *s)
{
    if (s->first || !flush(s))
        return;
    for (unsigned i = 0; i < streams_count(s->streams); i++) {
        struct stream *stream = streams_at(s->streams, i);
        if (stream->applied > stream->told && s->now_ms - stream->told_at_ms >= STREAM_TELL_MS)
            tell(s, stream, stream->ended);
    }
}

void print_finish(struct service *s)
{
    struct buffer account = { 0 };
    if (!flush(s))
        return;
    tallies_append_account(&s->tallies, &account);
    role_status(s->role, buffer_span(&account));
    buffer_fini(&account);
    s->done = true;
}
