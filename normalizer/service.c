#include "service_internal.h"

#include "common/log.h"
#include "common/report.h"
#include "common/timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICK_MS = 20, EVENTS_AT_ONCE = 64 };

void service_fail(struct service *s, enum exit_code code, const char *format, ...)
{
    char text[600];
    if (s->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "tidemark-normalizer: %s\n", text);
    s->failed = true;
    s->exit_code = (int)code;
}

void service_refuse(struct service *s, struct client *c, const char *why)
{
    log_at(LOG_WARN, "normalizer.refused", "sender=%s reason=\"%s\"", c->name, why);
    if (c->peer)
        receiver_refuse(s->receiver, c->peer, "%s", why);
    c->vendor = NULL;
}

/* ------------------------------------------------------------------ queue */

static struct work *push(struct service *s, enum link_kind kind, struct client *c, struct peer *peer)
{
    struct work *w = allocate(1, sizeof *w);
    w->kind = kind;
    w->client = c;
    w->peer = peer;
    *s->last = w;
    s->last = &w->next;
    return w;
}

static void unlink_work(struct service *s, struct work **at)
{
    struct work *w = *at;
    if (s->last == &w->next)
        s->last = at;
    *at = w->next;
    if (w->kind == LINK_BATCH)
        receiver_done(s->receiver, &w->event);
    if (w->kind == LINK_END)
        w->stream->end_waits = false;
    free(w);
}

void service_pop(struct service *s)
{
    unlink_work(s, &s->first);
    s->routing = false;
    s->part_ready = false;
}

/* Its batches are not sent on half: what a shard misses it will ask for. */
static void drop_work_of(struct service *s, const struct peer *peer)
{
    for (struct work **at = &s->first; *at;) {
        if ((*at)->peer != peer) {
            at = &(*at)->next;
        } else if (at == &s->first) {
            service_pop(s);
        } else {
            unlink_work(s, at);
        }
    }
}

/* ------------------------------------------------------------------ clients */

static struct client *client_of(struct service *s, struct peer *peer)
{
    const char *name = peer_name(peer);
    for (unsigned i = 0; i < s->clients_n; i++)
        if (strcmp(s->clients[i]->name, name) == 0)
            return s->clients[i];
    s->clients = allocate_more(s->clients, s->clients_n + 1, sizeof(struct client *));
    struct client *c = allocate(1, sizeof *c);
    c->name = allocate_text(span_text(name));
    s->clients[s->clients_n++] = c;
    return c;
}

static const char mixed[] =
    "raw sources and pre-summarised ones describe the same sessions and would be counted twice; "
    "--mixed-summaries takes both";

/* False after refusing. */
static bool check_mix(struct service *s, const struct map *map, struct client *c)
{
    s->summaries_seen |= map->summaries;
    s->sessions_seen |= !map->summaries;
    if (!s->summaries_seen || !s->sessions_seen || s->options->mixed_summaries)
        return true;
    if (c)
        service_refuse(s, c, mixed);
    service_fail(s, EXIT_CODE_CONFIG, "%s", mixed);
    return false;
}

void service_answer(struct service *s, struct client *c)
{
    struct span fields[MAP_RECORD_FIELDS_MAX];
    struct want want = { .everything = s->everything, .fields = fields };
    if (!s->wanted || !c->peer || !c->vendor)
        return;
    if (!c->vendor->meanings)
        c->vendor->meanings = meanings_new(c->vendor->map, &s->meaning);
    if (!want.everything)
        want.fields_n = vendor_fields(c->vendor, &s->meaning, fields);
    want.weigh_event_count = s->meaning.weigh_event_count;
    receiver_want(s->receiver, c->peer, &want);
}

static void take_hello(struct service *s, const struct link_event *event)
{
    struct client *c = client_of(s, event->peer);
    struct findings findings = { 0 };
    c->peer = event->peer;
    *peer_user(event->peer) = c;
    c->vendor = vendors_get(&s->vendors, event->message->vendor, &findings);
    if (!c->vendor) {
        struct span text = span_trim(buffer_span(&findings.text));
        char why[400];
        snprintf(why, sizeof why, "%.*s", (int)text.n, text.p);
        service_refuse(s, c, why);
    } else if (check_mix(s, c->vendor->map, c)) {
        service_answer(s, c);
    }
    findings_fini(&findings);
}

static void lose_client(struct service *s, struct client *c, const struct peer *peer)
{
    drop_work_of(s, peer);
    streams_drop_peer(s->streams, peer);
    if (!c || c->peer != peer) /* it has come again on another connection */
        return;
    c->peer = NULL;
    if (!c->finished)
        log_at(LOG_WARN, "normalizer.sender_gone", "sender=%s", c->name);
}

/* ------------------------------------------------------------------ events of senders */

static void queue_stream_message(struct service *s, struct client *c, const struct link_event *event)
{
    const struct message *m = event->message;
    struct stream *stream = streams_get(s->streams, m->source, m->stream);
    stream->peer = event->peer;
    if (event->kind == LINK_END && stream->end_waits)
        return; /* said again before the first was heard */
    struct work *w = push(s, event->kind, c, event->peer);
    w->stream = stream;
    w->message = (struct message){ .source = stream->source,
                                   .stream = stream->name,
                                   .epoch = m->epoch,
                                   .position = m->position,
                                   .to = m->to,
                                   .ordinal = m->ordinal,
                                   .high_water_ms = m->high_water_ms };
    if (event->kind == LINK_END)
        stream->end_waits = true;
    size_t n = m->text.n < sizeof w->reason ? m->text.n : sizeof w->reason;
    if (n)
        memcpy(w->reason, m->text.p, n);
    w->message.text = span_of(w->reason, n);
}

static void take_finish(struct service *s, struct client *c, struct peer *peer)
{
    s->finished_n += !c->finished;
    c->finished = true;
    receiver_finish(s->receiver, peer);
}

static bool take_event(struct service *s)
{
    struct link_event event;
    receiver_next(s->receiver, &event);
    if (event.kind == LINK_NOTHING)
        return false;
    if (event.kind == LINK_HELLO) {
        take_hello(s, &event);
        return true;
    }
    struct client *c = event.peer ? *peer_user(event.peer) : NULL;
    bool good = c && c->vendor && c->vendor->meanings;
    switch (event.kind) {
    case LINK_BATCH:
        if (good)
            push(s, LINK_BATCH, c, event.peer)->event = event;
        else
            receiver_done(s->receiver, &event);
        break;
    case LINK_END:
    case LINK_LOST:
        if (good)
            queue_stream_message(s, c, &event);
        break;
    case LINK_FINISH:
        if (c)
            take_finish(s, c, event.peer);
        break;
    case LINK_GONE:
        lose_client(s, c, event.peer);
        break;
    default:
        break;
    }
    return true;
}

/* ------------------------------------------------------------------ loop */

static void tick(struct service *s)
{
    receiver_tick(s->receiver, s->now_ms);
    for (unsigned i = 0; i < s->options->shards_n; i++)
        sender_tick(s->shards[i].sender, s->now_ms);
}

static void wait_for_more(struct service *s)
{
    struct sender *senders[ROUTER_SHARDS_MAX];
    struct link_wait wait = {
        .receivers = &s->receiver, .receivers_n = 1, .senders = senders, .senders_n = s->options->shards_n
    };
    uint64_t ready = 0;
    for (unsigned i = 0; i < s->options->shards_n; i++)
        senders[i] = s->shards[i].sender;
    if (s->role->life_fd >= 0) {
        wait.fds = &s->role->life_fd;
        wait.fds_n = 1;
    }
    (void)link_wait(&wait, TICK_MS, &ready);
    if (ready & 1)
        role_check_life(s->role);
}

static bool work(struct service *s)
{
    struct work *w = s->first;
    if (!w)
        return false;
    return s->printer ? print_work(s, w) : forward_work(s, w);
}

static void loop(struct service *s)
{
    int64_t ticked_ms = 0;
    while (!s->failed && !s->done) {
        unsigned events = 0, works = 0;
        s->now_ms = monotonic_now_ms();
        if (s->now_ms - ticked_ms >= TICK_MS) {
            tick(s);
            ticked_ms = s->now_ms;
        }
        forward_events(s);
        while (events < EVENTS_AT_ONCE && !s->failed && take_event(s))
            events++;
        while (works < EVENTS_AT_ONCE && !s->failed && work(s))
            works++;
        if (s->printer && !s->failed)
            print_idle(s);
        if (s->finished_n >= s->options->senders && !s->first && !s->failed)
            (s->printer ? print_finish : forward_finish)(s);
        /* All that could be done has been done, and looking whether there is news is what waiting begins with. */
        if (events < EVENTS_AT_ONCE && works < EVENTS_AT_ONCE && !s->done && !s->failed)
            wait_for_more(s);
    }
}

/* ------------------------------------------------------------------ open and close */

static void say_findings(const struct findings *f)
{
    struct span rest = buffer_span(&f->text);
    for (size_t end; rest.n; rest = span_from(rest, end + 1)) {
        end = span_find(rest, '\n', 0);
        fprintf(stderr, "tidemark-normalizer: %.*s\n", (int)end, rest.p);
    }
}

static bool load_sources(struct service *s)
{
    bool good = true;
    for (unsigned i = 0; i < s->options->sources_n; i++) {
        struct findings findings = { 0 };
        struct vendor *v = vendors_get(&s->vendors, span_text(s->options->sources[i]), &findings);
        if (!v) {
            say_findings(&findings);
            s->failed = true;
            s->exit_code = EXIT_CODE_CONFIG;
            good = false;
        }
        findings_fini(&findings);
        if (v && !check_mix(s, v->map, NULL))
            return false;
    }
    return good;
}

static bool open_receiver(struct service *s)
{
    struct error e;
    struct receiver_options o = { .endpoint = s->options->bind,
                                  .self = { .role = "normalizer", .name = s->role->name, .incarnation = 1 },
                                  .accepts = "collector" };
    enum status status = receiver_open(s->link, &o, &s->receiver, &e);
    if (status != STATUS_OK)
        service_fail(s, (enum exit_code)status_exit_code(status), "%s", e.text);
    return status == STATUS_OK;
}

static bool open_all(struct service *s)
{
    if (!load_sources(s))
        return false;
    s->link = link_context_new();
    s->streams = streams_new();
    s->decoder = batch_decoder_new();
    if (!open_receiver(s))
        return false;
    if (s->options->print == PRINT_NOTHING)
        return forward_open(s);
    s->printer = printer_new(STDOUT_FILENO, s->options->print == PRINT_ALL);
    s->meaning.printed = true;
    s->everything = true;
    s->wanted = true;
    return true;
}

static void close_all(struct service *s)
{
    while (s->first)
        service_pop(s);
    for (unsigned i = 0; i < s->options->shards_n; i++)
        if (s->shards[i].sender)
            sender_close(&s->shards[i].sender);
    if (s->receiver)
        receiver_close(&s->receiver);
    if (s->link)
        link_context_free(&s->link);
    router_free(&s->router);
    printer_free(&s->printer);
    streams_free(&s->streams);
    batch_decoder_free(&s->decoder);
    tallies_fini(&s->tallies);
    vendors_fini(&s->vendors);
    for (unsigned i = 0; i < s->clients_n; i++) {
        free(s->clients[i]->name);
        free(s->clients[i]);
    }
    free(s->clients);
}

int service_run(struct role *role, const struct service_options *options)
{
    struct service *s = allocate(1, sizeof *s);
    s->role = role;
    s->options = options;
    s->vendors.folder = options->maps;
    s->last = &s->first;
    if (open_all(s)) {
        role_status(role, SPAN_LITERAL("{\"event\":\"ready\"}"));
        role_wait_go(role);
        loop(s);
        if (!s->failed)
            role_report(role, s->link, s->rows);
    }
    int code = s->failed ? s->exit_code : EXIT_CODE_OK;
    close_all(s);
    free(s);
    return code;
}
