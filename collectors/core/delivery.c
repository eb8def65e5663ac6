#include "core/delivery.h"

#include "core/stream.h"

#include "common/link/link.h"
#include "common/log.h"
#include "common/wire/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    OPEN_STREAMS_MAX = 256, /* begun and not yet acknowledged */
    ROUND_BATCHES = 8,      /* sent before control messages are looked at again */
    WAIT_IDLE_MS = 100,
    WAIT_LIVE_MS = 10,
    PROGRESS_MS = 250,
    FDS_MAX = 64
};

/* Every process of a hunt is its first incarnation; epochs of a later one are above all of an earlier one. */
#define INCARNATION UINT64_C(1)
#define FIRST_EPOCH (INCARNATION << 32)

struct way { /* to one normalizer */
    struct sender *sender;
    bool wanted, finished;
};

struct item {
    struct stream *stream;
    struct way *way;
    uint32_t number;     /* of the input */
    int64_t end_sent_ms; /* -1: not in this epoch */
};

struct delivery {
    struct options *o;
    const struct collector *collector;
    struct readers readers;
    struct way *ways;
    struct sender **senders; /* of the ways, for link_wait */
    size_t ways_n;
    struct share *share;
    struct rejects *rejects;
    struct item *items; /* that have begun */
    size_t items_n, items_capacity;
    size_t first_open; /* all before have ended */
    bool all_begun;    /* no other will come */
    bool everything_wanted;
    bool failed; /* keep_going: some input was given up */
    int64_t finish_sent_ms, progress_ms;
    uint64_t records_ended;
    struct buffer line;
};

static enum status connect_all(struct delivery *d, struct link_context *context, struct error *e)
{
    for (size_t i = 0; i < d->o->connect_n; i++) {
        /* A name per receiver suffices, and each endpoint is another receiver. */
        const struct link_identity self = { .role = "collector",
                                            .name = d->o->role.name,
                                            .incarnation = INCARNATION,
                                            .source = d->o->source,
                                            .vendor = d->collector->id };
        enum status s = sender_open(context, d->o->connect[i], &self, &d->ways[i].sender, e);
        if (s != STATUS_OK)
            return s;
        size_t share = d->o->arena_bytes / d->o->connect_n;
        sender_share(d->ways[i].sender, share < LINK_ARENA_BYTES ? share : LINK_ARENA_BYTES);
        d->senders[d->ways_n++] = d->ways[i].sender;
    }
    return STATUS_OK;
}

/* The next piece as a stream; STATUS_END: there is none. */
static enum status add_stream(struct delivery *d, struct error *e)
{
    struct piece p;
    enum status s = share_next(d->share, &p, e);
    if (s != STATUS_OK)
        return s;
    const struct stream_options so = { .source = d->o->source,
                                       .id = p.number,
                                       .range = p.range,
                                       .epoch = FIRST_EPOCH,
                                       .form = p.form,
                                       .parse = options_for_parsing(d->o, input_time_ms(p.input)),
                                       .readers = &d->readers,
                                       .rejects = d->rejects };
    if (d->items_n == d->items_capacity) {
        d->items_capacity = d->items_capacity ? 2 * d->items_capacity : 16;
        d->items = allocate_more(d->items, d->items_capacity, sizeof *d->items);
    }
    d->items[d->items_n] =
        (struct item){ .way = &d->ways[d->items_n % d->ways_n], .number = p.number, .end_sent_ms = -1 };
    d->items[d->items_n++].stream = stream_new(&so, &p.input);
    return STATUS_OK;
}

enum status delivery_new(struct link_context *context, struct options *o, const struct collector *c,
                         struct share *share, struct rejects *rejects, struct delivery **out, struct error *e)
{
    struct delivery *d = allocate(1, sizeof *d);
    d->o = o;
    d->collector = c;
    d->finish_sent_ms = d->progress_ms = -1;
    readers_init(&d->readers, c, &o->limits, o->line_limit_bytes);
    d->ways = allocate(o->connect_n, sizeof *d->ways);
    d->senders = allocate(o->connect_n, sizeof *d->senders);
    enum status s = connect_all(d, context, e);
    if (s != STATUS_OK) {
        delivery_free(&d);
        return s;
    }
    d->share = share;
    d->rejects = rejects;
    *out = d;
    return STATUS_OK;
}

void delivery_free(struct delivery **delivery)
{
    struct delivery *d = *delivery;
    if (!d)
        return;
    for (size_t i = 0; i < d->items_n; i++)
        stream_free(&d->items[i].stream);
    for (size_t i = 0; i < d->ways_n; i++)
        sender_close(&d->ways[i].sender);
    readers_fini(&d->readers);
    free(d->items);
    free(d->ways);
    free(d->senders);
    buffer_fini(&d->line);
    free(d);
    *delivery = NULL;
}

/* ------------------------------------------------------------------ what normalizers say */

/* An open stream; what is said of others is late. */
static struct item *find(struct delivery *d, const struct way *way, const struct message *m)
{
    if (!span_is(m->source, d->o->source))
        return NULL;
    for (size_t i = d->first_open; i < d->items_n; i++)
        if (d->items[i].way == way && span_equal(m->stream, stream_id(d->items[i].stream)))
            return &d->items[i];
    return NULL;
}

static void take_want(struct delivery *d, struct way *way, const struct want *want)
{
    bool first = true;
    for (size_t i = 0; i < d->ways_n; i++)
        first &= !d->ways[i].wanted;
    d->everything_wanted |= want->everything || want->fields_n == 0;
    readers_want(&d->readers, want->fields, want->fields_n, d->everything_wanted, !first);
    way->wanted = true;
}

static struct message about(const struct delivery *d, const struct item *item)
{
    return (struct message){ .source = span_text(d->o->source),
                             .stream = stream_id(item->stream),
                             .epoch = stream_epoch(item->stream) };
}

static void take_rewind(struct delivery *d, struct item *item, const struct message *m)
{
    struct stream_lost lost;
    if (!stream_rewind(item->stream, m->position, m->epoch, &lost))
        return;
    log_at(LOG_INFO, "collector.rewind", "source=%s stream=%.*s position=%" PRIu64 " epoch=%" PRIu64, d->o->source,
           (int)m->stream.n, m->stream.p, m->position, stream_epoch(item->stream));
    item->end_sent_ms = -1;
    if (lost.from == lost.to)
        return;
    struct message say = about(d, item);
    say.position = lost.from;
    say.to = lost.to;
    say.ordinal = lost.ordinal;
    say.text = SPAN_LITERAL("released");
    log_at(LOG_ERROR, "collector.lost", "source=%s stream=%.*s from=%" PRIu64 " to=%" PRIu64, d->o->source,
           (int)m->stream.n, m->stream.p, lost.from, lost.to);
    sender_lost(item->way->sender, &say);
}

static void take_acknowledge(struct delivery *d, struct item *item, const struct message *m)
{
    enum stream_state before = stream_state(item->stream);
    stream_acknowledge(item->stream, m->position, m->ended);
    if (before != STREAM_ENDED && stream_state(item->stream) == STREAM_ENDED)
        d->records_ended += stream_records(item->stream);
}

/* Everything that one normalizer has said. STATUS_PEER: it refused. */
static enum status listen(struct delivery *d, struct way *way, struct error *e)
{
    for (;;) {
        struct link_event event;
        struct item *item;
        sender_next(way->sender, &event);
        switch (event.kind) {
        case LINK_NOTHING:
            return STATUS_OK;
        case LINK_WANT:
            take_want(d, way, &event.message->want);
            break;
        case LINK_ACKNOWLEDGE:
            if ((item = find(d, way, event.message)))
                take_acknowledge(d, item, event.message);
            break;
        case LINK_REWIND:
            if ((item = find(d, way, event.message)))
                take_rewind(d, item, event.message);
            break;
        case LINK_FINISH:
            way->finished |= d->finish_sent_ms >= 0;
            break;
        case LINK_REFUSED:
            return error_set(e, STATUS_CONFIG, "the normalizer refuses this collector: %.*s",
                             (int)event.message->text.n, event.message->text.p);
        case LINK_GONE:
            log_at(LOG_WARN, "collector.normalizer.gone", "source=%s", d->o->source);
            break;
        default:
            break;
        }
    }
}

/* ------------------------------------------------------------------ what goes to them */

/* An input that cannot be read on.  STATUS_OK: keep going. */
static enum status take_failure(struct delivery *d, const struct error *e)
{
    if (!d->o->keep_going)
        return STATUS_INPUT;
    if (e->text[0])
        fprintf(stderr, "tidemark-collector-%s: warning: %s\n", d->collector->id, e->text);
    d->failed = true;
    return STATUS_OK;
}

/* The supervisor answers this, and our end, by starting over. */
static void say_uncut(struct delivery *d, const struct item *item)
{
    buffer_clear(&d->line);
    buffer_append_format(&d->line, "{\"event\":\"uncut\",\"input\":%" PRIu32 "}", item->number);
    role_status(&d->o->role, buffer_span(&d->line));
}

/* The next batch of a stream whose normalizer has credit. */
static enum status send_one(struct delivery *d, struct item *item, int64_t now_ms, bool *sent, struct error *e)
{
    const struct batch *batch;
    bool failed_before = stream_has_failed(item->stream);
    enum status s = stream_next(item->stream, now_ms, &batch, e);
    if (s == STATUS_INPUT) {
        *sent = true;
        return failed_before ? STATUS_OK : take_failure(d, e);
    }
    if (s == STATUS_BAD) {
        say_uncut(d, item);
        return STATUS_AGAIN;
    }
    if (s == STATUS_END)
        *sent = true; /* others may begin */
    if (s != STATUS_OK)
        return STATUS_OK;
    s = batch_encode(batch, sender_reserve(item->way->sender), e);
    if (s != STATUS_OK)
        return s;
    *sent = true;
    /* No credit after all: then it is as if it were lost on the way, and will be asked for. */
    (void)!sender_commit(item->way->sender);
    return STATUS_OK;
}

static void send_end(struct delivery *d, struct item *item, int64_t now_ms)
{
    if (item->end_sent_ms >= 0 && now_ms - item->end_sent_ms < LINK_REPEAT_MS)
        return;
    struct stream_end end = stream_end(item->stream);
    struct message m = about(d, item);
    m.position = m.to = end.to;
    m.ordinal = end.ordinal;
    m.high_water_ms = end.high_water_ms;
    if (stream_has_failed(item->stream) && item->end_sent_ms < 0) {
        m.text = SPAN_LITERAL("unreadable");
        sender_lost(item->way->sender, &m);
        m.text = (struct span){ 0 };
    }
    sender_end(item->way->sender, &m);
    item->end_sent_ms = now_ms;
}

static bool all_wanted(const struct delivery *d)
{
    for (size_t i = 0; i < d->ways_n; i++)
        if (!d->ways[i].wanted)
            return false;
    return true;
}

/* May the next stream begin?  Not more at once than there are normalizers, live ones not counted. */
static bool may_begin(const struct delivery *d)
{
    size_t reading = 0;
    if (d->all_begun || d->items_n - d->first_open >= OPEN_STREAMS_MAX)
        return false;
    for (size_t i = d->first_open; i < d->items_n; i++)
        if (stream_state(d->items[i].stream) == STREAM_READING && !input_is_live(stream_input(d->items[i].stream)))
            reading++;
    return reading < d->ways_n;
}

/* One round over the open streams. *sent: something happened, another round may find more. */
static enum status send_round(struct delivery *d, int64_t now_ms, bool *sent, struct error *e)
{
    unsigned batches = 0;
    *sent = false;
    while (d->first_open < d->items_n && stream_state(d->items[d->first_open].stream) == STREAM_ENDED)
        d->first_open++;
    for (size_t i = d->first_open; batches < ROUND_BATCHES; i++) {
        if (i == d->items_n && may_begin(d)) {
            enum status s = add_stream(d, e);
            if (s != STATUS_OK && s != STATUS_END)
                return s;
            d->all_begun = s == STATUS_END;
        }
        if (i >= d->items_n)
            break;
        struct item *item = &d->items[i];
        bool more = true;
        while (more && batches < ROUND_BATCHES && stream_state(item->stream) == STREAM_READING &&
               sender_has_credit(item->way->sender)) {
            more = false;
            enum status s = send_one(d, item, now_ms, &more, e);
            if (s != STATUS_OK)
                return s;
            batches += more;
            *sent |= more;
        }
        if (stream_state(item->stream) == STREAM_AT_END)
            send_end(d, item, now_ms);
    }
    return STATUS_OK;
}

/* When all streams have ended: say so until everybody knows. True when they do. */
static bool send_finish(struct delivery *d, int64_t now_ms)
{
    bool repeat = d->finish_sent_ms < 0 || now_ms - d->finish_sent_ms >= LINK_REPEAT_MS, all = true;
    if (!d->all_begun || d->first_open < d->items_n)
        return false;
    for (size_t i = 0; i < d->ways_n; i++) {
        all &= d->ways[i].finished;
        if (repeat && !d->ways[i].finished)
            sender_finish(d->ways[i].sender);
    }
    if (repeat)
        d->finish_sent_ms = now_ms;
    return all;
}

static void report(struct delivery *d, int64_t now_ms, bool last)
{
    uint64_t done = 0, records = d->records_ended;
    if (d->o->role.status_fd < 0 || (!last && d->progress_ms >= 0 && now_ms - d->progress_ms < PROGRESS_MS))
        return;
    d->progress_ms = now_ms;
    for (size_t i = 0; i < d->items_n; i++) {
        const struct item *item = &d->items[i];
        bool ended = stream_state(item->stream) == STREAM_ENDED;
        done += stream_done_bytes(item->stream);
        records += ended ? 0 : stream_records(item->stream);
    }
    buffer_clear(&d->line);
    buffer_append_format(
        &d->line, "{\"event\":\"progress\",\"bytes\":%" PRIu64 ",\"bytes_total\":%" PRIu64 ",\"records\":%" PRIu64 "}",
        done, share_bytes(d->share), records);
    role_status(&d->o->role, buffer_span(&d->line));
}

/* Until somebody speaks, a live input gives more, or a timer is due. */
static void wait(struct delivery *d)
{
    int fds[FDS_MAX] = { d->o->role.life_fd };
    unsigned fds_n = 1;
    int timeout_ms = WAIT_IDLE_MS;
    for (size_t i = d->first_open; i < d->items_n && fds_n < FDS_MAX; i++) {
        struct item *item = &d->items[i];
        if (stream_state(item->stream) != STREAM_READING || !input_is_live(stream_input(item->stream)))
            continue;
        if (stream_is_waiting(item->stream))
            timeout_ms = WAIT_LIVE_MS;
        if (item->way->wanted && sender_has_credit(item->way->sender))
            fds[fds_n++] = input_wait_fd(stream_input(item->stream));
    }
    const struct link_wait w = { .senders = d->senders, .senders_n = (unsigned)d->ways_n, .fds = fds, .fds_n = fds_n };
    uint64_t ready;
    (void)link_wait(&w, timeout_ms, &ready);
    if (ready & 1)
        role_check_life(&d->o->role);
}

enum status delivery_run(struct delivery *d, struct error *e)
{
    for (;;) {
        int64_t now_ms = monotonic_now_ms();
        bool sent = false;
        for (size_t i = 0; i < d->ways_n; i++) {
            enum status s = listen(d, &d->ways[i], e);
            if (s != STATUS_OK)
                return s;
            sender_tick(d->ways[i].sender, now_ms);
        }
        if (all_wanted(d)) {
            enum status s = send_round(d, now_ms, &sent, e);
            if (s != STATUS_OK)
                return s;
            if (send_finish(d, now_ms))
                break;
        }
        report(d, now_ms, false);
        role_check_life(&d->o->role);
        if (!sent)
            wait(d);
    }
    report(d, 0, true);
    e->text[0] = '\0';
    return d->failed ? STATUS_INPUT : STATUS_OK;
}

uint64_t delivery_records(const struct delivery *d)
{
    return d->records_ended;
}
