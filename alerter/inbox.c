#include "inbox.h"

#include "common/log.h"
#include "common/timestamp.h"

#include <stdlib.h>

enum { REWIND_AGAIN_MS = 100, MALFORMED_MAX = 8 };

/* A batch whose rows from `row` on have not been used. */
struct held {
    struct link_event event;
    struct batch_decoder *decoder;
    const struct batch *batch;
    const struct column *descriptor, *window, *port, *count;
    uint32_t row;
    uint32_t *combinations; /* of each descriptor, once the batch is at the front; else NULL */
};

struct shard {
    char *name;
    struct peer *peer;
    struct span source, stream; /* owned; empty until the first batch or end */
    uint64_t epoch;
    uint64_t applied; /* position behind the last row that is held or used */
    bool accounted;   /* its account has been added */
    bool ended;       /* applied is the stream's end */
    bool end_acknowledged;
    bool finished;
    uint64_t rewind_epoch; /* the last one asked for */
    int64_t rewind_ms;
    unsigned malformed;

    struct held *held; /* in order of position */
    unsigned held_n, held_capacity;
};

struct inbox {
    struct inbox_options options;
    struct shard *shards; /* those that have said hello */
    unsigned shards_n;
    struct counts counts;
    int64_t window_ms; /* of what is in `counts` */
    bool window_open;
    bool windows_done;
    struct account account;
    struct batch_decoder **spare; /* decoders not in use */
    unsigned spare_n, spare_capacity;
};

struct inbox *inbox_new(const struct inbox_options *o)
{
    struct inbox *i = allocate(1, sizeof *i);
    i->options = *o;
    i->shards = allocate(o->senders, sizeof *i->shards);
    return i;
}

/* ---- held batches */

static struct batch_decoder *take_decoder(struct inbox *i)
{
    return i->spare_n ? i->spare[--i->spare_n] : batch_decoder_new();
}

static void give_decoder(struct inbox *i, struct batch_decoder *d)
{
    if (i->spare_n == i->spare_capacity) {
        i->spare_capacity = i->spare_capacity ? 2 * i->spare_capacity : 8;
        i->spare = allocate_more(i->spare, i->spare_capacity, sizeof *i->spare);
    }
    i->spare[i->spare_n++] = d;
}

/* The first held batch goes, and its credit back. */
static void release_first(struct inbox *i, struct shard *s)
{
    struct held *h = &s->held[0];
    receiver_done(i->options.receiver, &h->event);
    give_decoder(i, h->decoder);
    free(h->combinations);
    s->held_n--;
    memmove(s->held, s->held + 1, s->held_n * sizeof *s->held);
}

/* Position of the first row that has not been used. */
static uint64_t used_up_to(const struct shard *s)
{
    return s->held_n ? s->held[0].batch->from + s->held[0].row : s->applied;
}

/* Forget what is held, as if it had never come. */
static void drop_held(struct inbox *i, struct shard *s)
{
    uint64_t used = used_up_to(s);
    while (s->held_n)
        release_first(i, s);
    if (s->applied != used)
        s->ended = false;
    s->applied = used;
}

void inbox_free(struct inbox **inbox)
{
    struct inbox *i = *inbox;
    if (!i)
        return;
    for (unsigned k = 0; k < i->shards_n; k++) {
        struct shard *s = &i->shards[k];
        drop_held(i, s);
        free(s->held);
        free(s->name);
        free((void *)(uintptr_t)s->source.p);
        free((void *)(uintptr_t)s->stream.p);
    }
    for (unsigned k = 0; k < i->spare_n; k++)
        batch_decoder_free(&i->spare[k]);
    free(i->spare);
    free(i->shards);
    counts_fini(&i->counts);
    account_fini(&i->account);
    free(i);
    *inbox = NULL;
}

/* ---- what a batch must have */

static const struct column *integers(const struct batch *b, const char *name)
{
    const struct column *c = batch_column(b, name);
    return c && c->type != COLUMN_TEXT && !c->nulls ? c : NULL;
}

static enum status check_batch(struct held *h, struct error *e)
{
    const struct batch *b = h->batch;
    if (b->kind != BATCH_SUMMARIES)
        return error_set(e, STATUS_BAD, "not a summary batch");
    if (b->to - b->from != b->rows)
        return error_set(e, STATUS_BAD, "%llu positions for %u rows", (unsigned long long)(b->to - b->from), b->rows);
    if (b->rows == 0)
        return STATUS_OK;
    h->descriptor = integers(b, "descriptor");
    h->window = integers(b, "window");
    h->port = integers(b, "port");
    h->count = integers(b, "count");
    if (!h->descriptor || !h->window || !h->port || !h->count)
        return error_set(e, STATUS_BAD, "a column is missing: expected descriptor, window, port and count");
    for (uint32_t row = 0; row < b->rows; row++) {
        int64_t port = column_integer(h->port, row);
        if (port < 0 || port > UINT16_MAX)
            return error_set(e, STATUS_BAD, "port %lld", (long long)port);
        if (row > 0 && column_integer(h->window, row) < column_integer(h->window, row - 1))
            return error_set(e, STATUS_BAD, "windows out of order");
    }
    return STATUS_OK;
}

/* ---- merging */

static void read_descriptors(struct inbox *i, struct held *h)
{
    const struct batch *b = h->batch;
    uint32_t place[COUNT_FIELDS_N];
    for (unsigned field = 0; field < COUNT_FIELDS_N; field++) {
        place[field] = b->descriptor_fields_n;
        for (uint32_t k = 0; k < b->descriptor_fields_n; k++)
            if (span_is(b->descriptor_fields[k], count_field_names[field]))
                place[field] = k;
    }
    free(h->combinations);
    h->combinations = allocate(b->descriptors_n + 1, sizeof *h->combinations);
    for (uint32_t d = 0; d < b->descriptors_n; d++) {
        struct span texts[COUNT_FIELDS_N];
        for (unsigned field = 0; field < COUNT_FIELDS_N; field++)
            texts[field] = place[field] < b->descriptor_fields_n
                               ? b->descriptors[(size_t)d * b->descriptor_fields_n + place[field]]
                               : SPAN_LITERAL("");
        h->combinations[d] = counts_combination(&i->counts, texts);
    }
}

/* Use the rows of the open window that the shard has. */
static void use_rows(struct inbox *i, struct shard *s)
{
    bool released = false;
    while (s->held_n) {
        struct held *h = &s->held[0];
        if (h->row < h->batch->rows && column_integer(h->window, h->row) != i->window_ms)
            break;
        if (!h->combinations)
            read_descriptors(i, h);
        for (; h->row < h->batch->rows && column_integer(h->window, h->row) == i->window_ms; h->row++) {
            uint32_t descriptor = (uint32_t)column_integer(h->descriptor, h->row);
            counts_add(&i->counts, (uint16_t)column_integer(h->port, h->row), h->combinations[descriptor],
                       column_integer(h->count, h->row));
        }
        if (h->row < h->batch->rows)
            break;
        release_first(i, s);
        released = true;
    }
    if (released && !s->finished)
        receiver_acknowledge(i->options.receiver, s->peer, s->source, s->stream, used_up_to(s), false);
}

/* The numbers of combinations may have changed: batches at the front read their descriptors again. */
static void forget_combinations(struct inbox *i)
{
    for (unsigned k = 0; k < i->shards_n; k++) {
        for (unsigned n = 0; n < i->shards[k].held_n; n++) {
            free(i->shards[k].held[n].combinations);
            i->shards[k].held[n].combinations = NULL;
        }
    }
}

static enum status close_window(struct inbox *i, struct error *e)
{
    if (!i->window_open)
        return STATUS_OK;
    i->window_open = false;
    counts_settle(&i->counts);
    enum status status =
        i->counts.entries_n ? i->options.sink(i->options.user, &i->counts, i->window_ms, e) : STATUS_OK;
    uint64_t generation = i->counts.generation;
    counts_clear(&i->counts);
    if (generation != i->counts.generation)
        forget_combinations(i);
    return status;
}

enum next_window { NEXT_NOT_KNOWN, NEXT_NONE, NEXT_WINDOW };

/* The earliest window that any shard has rows of. */
static enum next_window next_window(const struct inbox *i, int64_t *window_ms)
{
    enum next_window next = NEXT_NONE;
    if (i->shards_n < i->options.senders)
        return NEXT_NOT_KNOWN;
    for (unsigned k = 0; k < i->shards_n; k++) {
        const struct shard *s = &i->shards[k];
        if (s->held_n == 0 && s->ended)
            continue;
        if (s->held_n == 0)
            return NEXT_NOT_KNOWN;
        int64_t window = column_integer(s->held[0].window, s->held[0].row);
        if (next == NEXT_NONE || window < *window_ms)
            *window_ms = window;
        next = NEXT_WINDOW;
    }
    return next;
}

/* The end of a stream is acknowledged when its last row has been used: the shard may then go. */
static void acknowledge_ends(struct inbox *i)
{
    for (unsigned k = 0; k < i->shards_n; k++) {
        struct shard *s = &i->shards[k];
        if (!s->ended || s->held_n || s->end_acknowledged || s->finished || !s->peer)
            continue;
        receiver_acknowledge(i->options.receiver, s->peer, s->source, s->stream, s->applied, true);
        s->end_acknowledged = true;
    }
}

static enum status merge(struct inbox *i, struct error *e)
{
    enum status status = STATUS_OK;
    int64_t window = 0;
    enum next_window next;
    while (status == STATUS_OK && (next = next_window(i, &window)) == NEXT_WINDOW) {
        if (i->window_open && window < i->window_ms)
            return error_set(e, STATUS_BAD, "a shard's summaries are out of order");
        if (i->window_open && window > i->window_ms)
            status = close_window(i, e);
        i->window_open = true;
        i->window_ms = window;
        for (unsigned k = 0; k < i->shards_n; k++)
            use_rows(i, &i->shards[k]);
    }
    if (status == STATUS_OK && next == NEXT_NONE && !i->windows_done) {
        i->windows_done = true;
        status = close_window(i, e);
    }
    acknowledge_ends(i);
    return status;
}

/* ---- events */

static struct shard *shard_of(struct inbox *i, struct peer *peer)
{
    const char *name = peer_name(peer);
    for (unsigned k = 0; k < i->shards_n; k++)
        if (strcmp(i->shards[k].name, name) == 0)
            return &i->shards[k];
    return NULL;
}

static void on_hello(struct inbox *i, const struct link_event *event)
{
    struct shard *s = shard_of(i, event->peer);
    if (!s && i->shards_n == i->options.senders) {
        receiver_refuse(i->options.receiver, event->peer, "this alerter serves %u aggregators, and they are all there",
                        i->options.senders);
        return;
    }
    if (!s) {
        s = &i->shards[i->shards_n++];
        *s = (struct shard){ .name = allocate_text(span_text(peer_name(event->peer))), .rewind_ms = INT64_MIN / 2 };
    } else if (s->peer != event->peer) {
        drop_held(i, s);
    }
    s->peer = event->peer;
    receiver_want(i->options.receiver, s->peer, i->options.want);
}

/* False if it is another stream than the shard's one. */
static bool take_stream(struct shard *s, struct span source, struct span stream)
{
    if (!s->stream.p) {
        s->source = span_of(allocate_text(source), source.n);
        s->stream = span_of(allocate_text(stream), stream.n);
    }
    return span_equal(s->source, source) && span_equal(s->stream, stream);
}

static void ask_again(struct inbox *i, struct shard *s, uint64_t epoch)
{
    int64_t now = monotonic_now_ms();
    if (s->rewind_epoch == epoch && now - s->rewind_ms <= REWIND_AGAIN_MS)
        return;
    s->rewind_epoch = epoch;
    s->rewind_ms = now;
    receiver_rewind(i->options.receiver, s->peer, s->source, s->stream, s->applied, epoch);
}

static void hold(struct shard *s, const struct held *h)
{
    if (s->held_n == s->held_capacity) {
        s->held_capacity = s->held_capacity ? 2 * s->held_capacity : 8;
        s->held = allocate_more(s->held, s->held_capacity, sizeof *s->held);
    }
    s->held[s->held_n++] = *h;
}

/* STATUS_OK: held; STATUS_AGAIN: not needed, or not yet; STATUS_BAD. */
static enum status place_batch(struct inbox *i, struct shard *s, struct held *h, struct error *e)
{
    enum status status = batch_decode(h->decoder, h->event.payload, &h->batch, e);
    if (status == STATUS_OK)
        status = check_batch(h, e);
    if (status != STATUS_OK)
        return status;
    const struct batch *b = h->batch;
    if (!take_stream(s, b->source, b->stream))
        return error_set(e, STATUS_BAD, "a second stream");
    if (b->epoch < s->epoch)
        return STATUS_AGAIN;
    s->epoch = b->epoch;
    if (b->from > s->applied) {
        ask_again(i, s, b->epoch);
        return STATUS_AGAIN;
    }
    if (b->to <= s->applied)
        return STATUS_AGAIN;
    h->row = (uint32_t)(s->applied - b->from);
    s->applied = b->to;
    hold(s, h);
    return STATUS_OK;
}

static enum status on_batch(struct inbox *i, struct shard *s, const struct link_event *event, struct error *e)
{
    struct held h = { .event = *event, .decoder = take_decoder(i) };
    struct error why;
    enum status status = place_batch(i, s, &h, &why);
    if (status == STATUS_OK)
        return merge(i, e);
    give_decoder(i, h.decoder);
    receiver_done(i->options.receiver, &h.event);
    if (status == STATUS_AGAIN)
        return STATUS_OK;
    log_at(LOG_WARN, "alerter.batch.malformed", "shard=%s reason=\"%s\"", s->name, why.text);
    if (++s->malformed < MALFORMED_MAX)
        return STATUS_OK;
    return error_set(e, STATUS_BAD, "aggregator %s sends what is no summary: %s", s->name, why.text);
}

static enum status on_end(struct inbox *i, struct shard *s, const struct message *m, struct error *e)
{
    if (!take_stream(s, m->source, m->stream))
        return error_set(e, STATUS_BAD, "aggregator %s ends a stream that is not its own", s->name);
    if (m->epoch < s->epoch)
        return STATUS_OK;
    s->epoch = m->epoch;
    if (s->applied < m->position) {
        ask_again(i, s, m->epoch);
        return STATUS_OK;
    }
    if (s->applied > m->position)
        return error_set(e, STATUS_BAD, "aggregator %s ends at %llu, behind %llu that it has sent", s->name,
                         (unsigned long long)m->position, (unsigned long long)s->applied);
    if (!s->accounted)
        account_add(&i->account, m->account, m->account_n);
    s->accounted = true;
    s->ended = true;
    s->end_acknowledged = false;
    return merge(i, e);
}

static void on_gone(struct inbox *i, struct shard *s, const struct peer *peer)
{
    if (s->finished || s->peer != peer)
        return; /* it was done, or has come back since */
    log_at(LOG_WARN, "alerter.shard.gone", "shard=%s", s->name);
    drop_held(i, s);
    s->peer = NULL;
}

enum status inbox_event(struct inbox *i, const struct link_event *event, struct error *e)
{
    if (event->kind == LINK_HELLO) {
        on_hello(i, event);
        return merge(i, e);
    }
    struct shard *s = event->peer ? shard_of(i, event->peer) : NULL;
    if (!s) {
        if (event->kind == LINK_BATCH) {
            struct link_event copy = *event;
            receiver_done(i->options.receiver, &copy);
        }
        return STATUS_OK;
    }
    switch (event->kind) {
    case LINK_BATCH:
        return on_batch(i, s, event, e);
    case LINK_END:
        return on_end(i, s, event->message, e);
    case LINK_LOST:
        return error_set(e, STATUS_BAD, "aggregator %s has lost a part of its summaries", s->name);
    case LINK_FINISH:
        s->finished |= s->ended && s->held_n == 0;
        if (s->finished)
            receiver_finish(i->options.receiver, event->peer);
        return STATUS_OK;
    case LINK_GONE:
        on_gone(i, s, event->peer);
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

bool inbox_complete(const struct inbox *i)
{
    for (unsigned k = 0; k < i->shards_n; k++)
        if (!i->shards[k].finished)
            return false;
    return i->shards_n == i->options.senders && i->windows_done;
}

struct account *inbox_account(struct inbox *i)
{
    return &i->account;
}
