#include "service_internal.h"

#include "common/log.h"

bool forward_open(struct service *s)
{
    struct error e;
    struct link_identity self = { .role = "normalizer", .name = s->role->name, .incarnation = 1 };
    for (unsigned i = 0; i < s->options->shards_n; i++) {
        enum status status = sender_open(s->link, s->options->endpoints[i], &self, &s->shards[i].sender, &e);
        if (status != STATUS_OK) {
            service_fail(s, (enum exit_code)status_exit_code(status), "%s", e.text);
            return false;
        }
        size_t share = s->options->arena_bytes / s->options->shards_n;
        sender_share(s->shards[i].sender, share < LINK_ARENA_BYTES ? share : LINK_ARENA_BYTES);
    }
    s->router = router_new(s->options->ranges, s->options->shards_n);
    return true;
}

/* ------------------------------------------------------------------ events of shards */

/* When the last shard has said what it wants, the collectors are told. */
static void take_want(struct service *s, struct shard *shard, const struct want *want)
{
    bool all = true;
    shard->wants = true;
    shard->everything = want->everything;
    shard->weigh_event_count = want->weigh_event_count;
    for (uint32_t i = 0; i < want->fields_n; i++)
        shard->app |= span_is(want->fields[i], "DstAppName");
    shard->app |= want->everything;
    for (unsigned i = 0; i < s->options->shards_n; i++)
        all = all && s->shards[i].wants;
    if (!all || s->wanted)
        return;
    for (unsigned i = 0; i < s->options->shards_n; i++) {
        s->meaning.app |= s->shards[i].app;
        s->meaning.weigh_event_count |= s->shards[i].weigh_event_count;
    }
    s->wanted = true;
    for (unsigned i = 0; i < s->clients_n; i++)
        service_answer(s, s->clients[i]);
}

static void take_acknowledgement(struct service *s, unsigned shard, const struct message *m)
{
    struct stream *stream = streams_find(s->streams, m->source, m->stream);
    uint64_t position;
    bool ended;
    if (stream && stream_acknowledge(stream, shard, s->options->shards_n, m->position, m->ended, &position, &ended) &&
        stream->peer)
        receiver_acknowledge(s->receiver, stream->peer, stream->source, stream->name, position, ended);
}

static void take_rewind(struct service *s, const struct message *m)
{
    struct stream *stream = streams_find(s->streams, m->source, m->stream);
    if (stream && stream->peer)
        receiver_rewind(s->receiver, stream->peer, stream->source, stream->name, m->position, m->epoch);
}

static bool take_event(struct service *s, unsigned i)
{
    struct link_event event;
    struct shard *shard = &s->shards[i];
    sender_next(shard->sender, &event);
    switch (event.kind) {
    case LINK_NOTHING:
        return false;
    case LINK_WANT:
        take_want(s, shard, &event.message->want);
        break;
    case LINK_ACKNOWLEDGE:
        take_acknowledgement(s, i, event.message);
        break;
    case LINK_REWIND:
        take_rewind(s, event.message);
        break;
    case LINK_FINISH:
        shard->finished = true;
        break;
    case LINK_REFUSED:
        service_fail(s, EXIT_CODE_CONFIG, "refused by %s: %.*s", s->options->endpoints[i], (int)event.message->text.n,
                     event.message->text.p);
        break;
    case LINK_GONE:
        if (!shard->finished)
            service_fail(s, EXIT_CODE_INTERNAL, "the shard at %s is gone", s->options->endpoints[i]);
        break;
    default:
        break;
    }
    return true;
}

void forward_events(struct service *s)
{
    for (unsigned i = 0; i < s->options->shards_n; i++)
        while (!s->failed && take_event(s, i))
            ;
}

/* ------------------------------------------------------------------ work */

static bool give_up(struct service *s, struct work *w, const struct error *e)
{
    service_refuse(s, w->client, e->text);
    service_pop(s);
    return true;
}

/* True when no shard is owed the part at hand. */
static bool send_part(struct service *s)
{
    bool all = true;
    for (unsigned i = 0; i < s->options->shards_n; i++) {
        struct shard *shard = &s->shards[i];
        if (shard->owed && sender_commit(shard->sender) == STATUS_OK)
            shard->owed = false;
        all = all && !shard->owed;
    }
    return all;
}

static enum status begin_batch(struct service *s, struct work *w, struct error *e)
{
    const struct batch *batch;
    enum status status = batch_decode(s->decoder, w->event.payload, &batch, e);
    if (status != STATUS_OK)
        return status;
    if (batch->kind != BATCH_RECORDS)
        return error_set(e, STATUS_BAD, "a batch that holds no records");
    struct stream *stream = streams_get(s->streams, batch->source, batch->stream);
    stream->peer = w->peer;
    s->rows += batch->rows;
    return router_begin(s->router, w->client->vendor->meanings, batch, e);
}

static bool forward_batch(struct service *s, struct work *w)
{
    struct error e;
    if (!w->client->vendor) { /* refused meanwhile */
        service_pop(s);
        return true;
    }
    if (!s->routing) {
        if (begin_batch(s, w, &e) != STATUS_OK)
            return give_up(s, w, &e);
        s->routing = true;
    }
    for (;;) {
        if (s->part_ready && !send_part(s))
            return false;
        s->part_ready = false;
        for (unsigned i = 0; i < s->options->shards_n; i++)
            router_encode_to(s->router, i, sender_reserve(s->shards[i].sender));
        enum status status = router_next(s->router, &e);
        if (status == STATUS_END) {
            service_pop(s);
            return true;
        }
        if (status != STATUS_OK)
            return give_up(s, w, &e);
        for (unsigned i = 0; i < s->options->shards_n; i++)
            s->shards[i].owed = true;
        s->part_ready = true;
    }
}

bool forward_work(struct service *s, struct work *w)
{
    if (w->kind == LINK_BATCH)
        return forward_batch(s, w);
    for (unsigned i = 0; i < s->options->shards_n; i++)
        (w->kind == LINK_END ? sender_end : sender_lost)(s->shards[i].sender, &w->message);
    service_pop(s);
    return true;
}

void forward_finish(struct service *s)
{
    bool all = true;
    for (unsigned i = 0; i < s->options->shards_n; i++)
        all = all && s->shards[i].finished;
    s->done = all;
    if (all || (s->finish_sent_ms && s->now_ms - s->finish_sent_ms < LINK_REPEAT_MS))
        return;
    s->finish_sent_ms = s->now_ms;
    for (unsigned i = 0; i < s->options->shards_n; i++)
        if (!s->shards[i].finished)
            sender_finish(s->shards[i].sender);
}
