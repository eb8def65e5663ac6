#include "service.h"

#include "common/buffer.h"
#include "common/log.h"
#include "common/report.h"
#include "common/timestamp.h"
#include "publish.h"

#include <stdlib.h>

enum { TICK_MS = 100, EVENTS_PER_TURN = 64 };

/* A normalizer that has finished.  Known by its name: a peer may come back as another one. */
struct finished {
    struct finished *next;
    char *name;
};

struct service {
    struct service_options options;
    struct shard shard;
    struct receiver *receiver;
    struct sender *sender;
    struct batch_decoder *decoder;
    struct publish *publish; /* once all senders have finished */
    struct finished *finished;
    struct peer **waiting; /* said hello before the alerter's want was known */
    uint32_t waiting_n, finished_n;
    uint64_t rows; /* received */
    bool want_known;
    struct want want;
    struct span want_field;
};

/* While a long merge goes on, the peers must not believe that this shard is dead. */
static void breathe(void *context)
{
    struct service *s = context;
    int64_t now_ms = monotonic_now_ms();
    receiver_tick(s->receiver, now_ms);
    sender_tick(s->sender, now_ms);
    role_check_life(s->options.role);
}

enum status service_new(const struct service_options *o, struct service **out, struct error *e)
{
    struct service *s = allocate(1, sizeof *s);
    s->options = *o;
    s->options.shard.runs.breathe = breathe;
    s->options.shard.runs.context = s;
    shard_init(&s->shard, &s->options.shard);
    s->decoder = batch_decoder_new();
    struct link_identity self = { .role = "aggregator", .name = o->role->name, .incarnation = 1 };
    struct receiver_options receiver = { .endpoint = o->bind, .self = self, .accepts = "normalizer" };
    enum status status = receiver_open(o->context, &receiver, &s->receiver, e);
    if (status == STATUS_OK)
        status = sender_open(o->context, o->connect, &self, &s->sender, e);
    if (status != STATUS_OK) {
        service_free(&s);
        return status;
    }
    *out = s;
    return STATUS_OK;
}

void service_free(struct service **s)
{
    struct service *old = *s;
    if (!old)
        return;
    publish_free(&old->publish);
    if (old->receiver)
        receiver_close(&old->receiver);
    if (old->sender)
        sender_close(&old->sender);
    batch_decoder_free(&old->decoder);
    shard_fini(&old->shard);
    while (old->finished) {
        struct finished *next = old->finished->next;
        free(old->finished->name);
        free(old->finished);
        old->finished = next;
    }
    free(old->waiting);
    free(old);
    *s = NULL;
}

/* ------------------------------------------------------------------ what the alerter wants */

static void forget_waiting(struct service *s, const struct peer *peer)
{
    for (uint32_t i = 0; i < s->waiting_n; i++)
        if (s->waiting[i] == peer)
            s->waiting[i--] = s->waiting[--s->waiting_n];
}

static void greet(struct service *s, struct peer *peer)
{
    if (s->want_known) {
        receiver_want(s->receiver, peer, &s->want);
        return;
    }
    forget_waiting(s, peer);
    s->waiting = allocate_more(s->waiting, s->waiting_n + 1, sizeof(struct peer *));
    s->waiting[s->waiting_n++] = peer;
}

/* Counting needs the three grouping fields, which always come, and the application if the alerter looks at it. */
static void learn_want(struct service *s, const struct want *want)
{
    if (s->want_known)
        return;
    const char *application = group_field_names[GROUP_APPLICATION];
    for (uint32_t i = 0; i < want->fields_n; i++)
        s->shard.with_application |= span_is(want->fields[i], application);
    s->shard.with_application |= want->everything;
    s->shard.watched = (struct watched){ 0 };
    watched_add(&s->shard.watched, want);
    s->want_field = span_text(application);
    s->want = (struct want){ .fields = &s->want_field,
                             .fields_n = s->shard.with_application,
                             .weigh_event_count = want->weigh_event_count };
    s->want_known = true;
    for (uint32_t i = 0; i < s->waiting_n; i++)
        receiver_want(s->receiver, s->waiting[i], &s->want);
    s->waiting_n = 0;
}

/* ------------------------------------------------------------------ what the normalizers say */

/* Tell the sender what follows from the answer; `at_once` sends the acknowledgement now. */
static void respond(struct service *s, struct peer *peer, const struct shard_answer *a, bool at_once)
{
    struct position *p = a->position;
    p->peer = peer;
    if (a->answer == POSITION_GAP) {
        if (position_rewind_due(p, monotonic_now_ms()))
            receiver_rewind(s->receiver, peer, p->source, p->stream, p->applied, p->epoch);
    } else if (a->answer == POSITION_APPLY && at_once) {
        receiver_acknowledge(s->receiver, peer, p->source, p->stream, p->applied, p->ended);
    } else if (a->answer == POSITION_APPLY) {
        position_owe(s->shard.positions, p);
    }
}

/* What is wrong is the sender's fault: it is refused, loudly, and the shard goes on. */
static enum status refuse(struct service *s, struct peer *peer, const struct error *e)
{
    log_at(LOG_ERROR, "aggregator.peer.refused", "peer=%s reason=\"%s\"", peer_name(peer), e->text);
    receiver_refuse(s->receiver, peer, "%s", e->text);
    return STATUS_OK;
}

static enum status take_batch(struct service *s, struct link_event *event, struct error *e)
{
    const struct batch *b;
    struct shard_answer answer;
    enum status status = batch_decode(s->decoder, event->payload, &b, e);
    if (status == STATUS_LIMIT)
        status = STATUS_BAD;
    if (status == STATUS_OK)
        status = shard_batch(&s->shard, b, &answer, e);
    if (status == STATUS_OK) {
        s->rows += b->rows;
        respond(s, event->peer, &answer, false);
    }
    if (status == STATUS_BAD)
        status = refuse(s, event->peer, e);
    receiver_done(s->receiver, event);
    return status;
}

static enum status take_finish(struct service *s, struct peer *peer, struct error *e)
{
    receiver_finish(s->receiver, peer);
    for (const struct finished *f = s->finished; f; f = f->next)
        if (strcmp(f->name, peer_name(peer)) == 0)
            return STATUS_OK;
    struct finished *f = allocate(1, sizeof *f);
    f->name = allocate_text(span_text(peer_name(peer)));
    f->next = s->finished;
    s->finished = f;
    if (++s->finished_n < s->options.senders || s->publish)
        return STATUS_OK;
    enum status status = shard_finish(&s->shard, e);
    if (status == STATUS_OK)
        s->publish = publish_new(&s->shard, s->sender, s->options.role->name, 1);
    return status;
}

static enum status take_event(struct service *s, struct link_event *event, struct error *e)
{
    struct shard_answer answer;
    enum status status = STATUS_OK;
    switch (event->kind) {
    case LINK_HELLO:
        greet(s, event->peer);
        break;
    case LINK_BATCH:
        return take_batch(s, event, e);
    case LINK_LOST:
        status = shard_lost(&s->shard, event->message, &answer, e);
        if (status == STATUS_OK)
            respond(s, event->peer, &answer, false);
        break;
    case LINK_END:
        status = shard_end(&s->shard, event->message, &answer, e);
        if (status == STATUS_OK)
            respond(s, event->peer, &answer, true);
        break;
    case LINK_FINISH:
        return take_finish(s, event->peer, e);
    case LINK_GONE:
        log_at(LOG_WARN, "aggregator.peer.gone", "peer=%s", peer_name(event->peer));
        forget_waiting(s, event->peer);
        positions_forget_peer(s->shard.positions, event->peer);
        break;
    default:
        break;
    }
    return status == STATUS_BAD ? refuse(s, event->peer, e) : status;
}

static enum status take_from_normalizers(struct service *s, bool *more, struct error *e)
{
    for (unsigned i = 0; i < EVENTS_PER_TURN; i++) {
        struct link_event event;
        receiver_next(s->receiver, &event);
        if (event.kind == LINK_NOTHING)
            return STATUS_OK;
        enum status status = take_event(s, &event, e);
        if (status != STATUS_OK)
            return status;
    }
    *more = true;
    return STATUS_OK;
}

static enum status take_from_alerter(struct service *s, bool *more, struct error *e)
{
    for (unsigned i = 0; i < EVENTS_PER_TURN; i++) {
        struct link_event event;
        sender_next(s->sender, &event);
        if (event.kind == LINK_NOTHING)
            return STATUS_OK;
        enum status status = STATUS_OK;
        if (event.kind == LINK_WANT)
            learn_want(s, &event.message->want);
        else if (event.kind == LINK_REFUSED)
            status = error_set(e, STATUS_CONFIG, "the alerter refuses this shard: %.*s", (int)event.message->text.n,
                               event.message->text.p);
        else if (event.kind == LINK_GONE)
            log_at(LOG_WARN, "aggregator.alerter.gone", "endpoint=%s", s->options.connect);
        else if (s->publish)
            status = publish_event(s->publish, &event, e);
        if (status != STATUS_OK)
            return status;
    }
    *more = true;
    return STATUS_OK;
}

static void acknowledge_due(struct service *s, int64_t now_ms)
{
    for (struct position *p; (p = positions_next_due(s->shard.positions, now_ms));)
        if (p->peer)
            receiver_acknowledge(s->receiver, p->peer, p->source, p->stream, p->applied, p->ended);
}

static void wait_for_more(struct service *s, int64_t now_ms)
{
    int timeout_ms = TICK_MS;
    int due_ms = positions_due_in_ms(s->shard.positions, now_ms);
    if (due_ms >= 0 && due_ms < timeout_ms)
        timeout_ms = due_ms;
    int fds[1] = { s->options.role->life_fd };
    struct link_wait wait = { .receivers = &s->receiver,
                              .receivers_n = 1,
                              .senders = &s->sender,
                              .senders_n = 1,
                              .fds = fds,
                              .fds_n = fds[0] >= 0 };
    uint64_t ready = 0;
    link_wait(&wait, timeout_ms, &ready);
    if (ready)
        role_check_life(s->options.role);
}

enum status service_run(struct service *s, struct error *e)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        bool more = false;
        status = take_from_normalizers(s, &more, e);
        if (status == STATUS_OK)
            status = take_from_alerter(s, &more, e);
        int64_t now_ms = monotonic_now_ms();
        if (status == STATUS_OK && s->publish) {
            status = publish_step(s->publish, now_ms, e);
            if (status == STATUS_END) {
                role_report(s->options.role, s->options.context, s->rows);
                return STATUS_OK;
            }
            if (status == STATUS_AGAIN)
                status = STATUS_OK;
        }
        acknowledge_due(s, now_ms);
        receiver_tick(s->receiver, now_ms);
        sender_tick(s->sender, now_ms);
        if (status == STATUS_OK && !more)
            wait_for_more(s, now_ms);
        else if (status == STATUS_OK)
            role_check_life(s->options.role);
    }
    return status;
}
