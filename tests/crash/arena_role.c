/* A sender, a forwarder and a receiver over the real link and arena, made to be killed at any instant.
 *
 *   crash_arena_role sender|forwarder|receiver FOLDER INCARNATION [unlocked]
 *   crash_arena_role sum FOLDER 0                     what is counted of each stream, if it is right
 *
 * Every row of a stream is a function of its position, so that the sender can make any batch again and the receiver can
 * check every row that it counts.  The sender keeps what was acknowledged in FOLDER/acknowledged, the receiver keeps
 * what it has counted in FOLDER/counted, the forwarder keeps nothing.  Streams have no end until FOLDER/stop says where
 * it is.  A row that is not what it should be ends the process with 3.
 *
 * `unlocked`: do not wait for the predecessor's end; of several processes only the last may then matter.
 */
#include "common/link/link.h"
#include "common/log.h"
#include "common/number.h"
#include "common/timestamp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    STREAMS = 3,
    ROWS_MAX = 12000,
    WINDOW_ROWS = 400000, /* not yet acknowledged */
    STOP_ROWS = 100000,   /* the file `stop` is looked for so often */
    ARENA_BYTES = 1 << 20,
    REPEAT_MS = 100,
    WRONG_ROW = 3
};

#define TIME_BASE INT64_C(1767225600000)

struct program {
    const char *folder;
    uint64_t incarnation;
    struct link_context *link;
    struct batch_decoder *decoder;
    struct sender *sender;
    struct receiver *receiver;
    int64_t now_ms;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* splitmix64: what a row holds. */
static uint64_t row_of(uint64_t stream, uint64_t position)
{
    uint64_t z = (stream << 48 ^ position) + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int64_t row_time(uint64_t row)
{
    return TIME_BASE + (int64_t)(row % 2000000000);
}

static uint16_t row_port(uint64_t row)
{
    return (uint16_t)(row >> 40);
}

static const char *in_folder(const struct program *p, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    return path;
}

/* ------------------------------------------------------------------ the link */

static void open_sender(struct program *p, const char *to, const char *role)
{
    char endpoint[256];
    struct error e;
    const struct link_identity self = {
        .role = role, .name = role, .incarnation = p->incarnation, .source = "s", .vendor = "v"
    };
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", p->folder, to);
    if (sender_open(p->link, endpoint, &self, &p->sender, &e) != STATUS_OK) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    sender_share(p->sender, ARENA_BYTES);
}

static void open_receiver(struct program *p, const char *at, const char *accepts)
{
    char endpoint[256];
    struct error e;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", p->folder, at);
    struct receiver_options o = { .endpoint = endpoint,
                                  .self = { .role = at, .name = at, .incarnation = p->incarnation },
                                  .accepts = accepts };
    if (receiver_open(p->link, &o, &p->receiver, &e) != STATUS_OK) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
}

/* Ticks what there is and waits a little if nothing happened. */
static void turn(struct program *p, bool busy)
{
    struct link_wait w = { .receivers = &p->receiver,
                           .receivers_n = p->receiver != NULL,
                           .senders = &p->sender,
                           .senders_n = p->sender != NULL };
    if (!busy)
        (void)link_wait(&w, 10, NULL);
    p->now_ms = monotonic_now_ms();
    if (p->receiver)
        receiver_tick(p->receiver, p->now_ms);
    if (p->sender)
        sender_tick(p->sender, p->now_ms);
}

/* Number of the stream, or STREAMS. */
static unsigned stream_of(struct span name)
{
    return name.n == 1 && name.p[0] >= '0' && name.p[0] < '0' + STREAMS ? (unsigned)(name.p[0] - '0') : STREAMS;
}

static struct span stream_name(unsigned stream)
{
    static const char names[] = "012";
    return span_of(names + stream, 1);
}

/* ------------------------------------------------------------------ the sender */

struct outgoing {
    uint64_t next, acknowledged, epoch;
    uint64_t end, checked; /* where it ends; up to where that has been looked for */
    int64_t end_sent_ms;
    bool ended;
};

struct columns {
    uint32_t position[ROWS_MAX];
    int64_t time[ROWS_MAX];
    uint16_t port[ROWS_MAX];
    unsigned char descriptor[ROWS_MAX];
};

/* Where a stream ends; UINT64_MAX: nobody knows yet.  The file has one line per stream. */
static uint64_t read_stop(const struct program *p, unsigned stream)
{
    char text[32 * STREAMS] = "";
    uint64_t end;
    int fd = open(in_folder(p, "stop"), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return UINT64_MAX;
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    struct span rest = span_of(text, n > 0 ? (size_t)n : 0);
    for (unsigned s = 0; s < stream; s++)
        rest = span_from(rest, span_find(rest, '\n', 0) + 1);
    return number_parse_digits(span_of(rest.p, span_find(rest, '\n', 0)), &end) ? end : UINT64_MAX;
}

static uint32_t random_rows(void)
{
    uint32_t r;
    if (getrandom(&r, sizeof r, 0) != sizeof r)
        fail("getrandom");
    return 1 + (r & 7 ? r >> 8 : r >> 8 & 63) % ROWS_MAX; /* mostly large, some tiny */
}

static void send_rows(struct program *p, struct outgoing *o, unsigned stream, uint64_t until, struct columns *c)
{
    uint64_t n = random_rows();
    n = n < until - o->next ? n : until - o->next;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t row = row_of(stream, o->next + i);
        c->position[i] = i;
        c->time[i] = row_time(row);
        c->port[i] = row_port(row);
    }
    struct column columns[] = {
        { SPAN_LITERAL("descriptor"), COLUMN_U8, 0, c->descriptor, n, NULL, NULL, 0 },
        { SPAN_LITERAL("position"), COLUMN_U32, (int64_t)o->next, (unsigned char *)c->position, 4 * n, NULL, NULL, 0 },
        { SPAN_LITERAL("time"), COLUMN_I64, 0, (unsigned char *)c->time, 8 * n, NULL, NULL, 0 },
        { SPAN_LITERAL("port"), COLUMN_U16, 0, (unsigned char *)c->port, 2 * n, NULL, NULL, 0 },
    };
    struct span field = SPAN_LITERAL("action"), text = SPAN_LITERAL("ACCEPT");
    struct batch b = { .kind = BATCH_RECORDS,
                       .source = SPAN_LITERAL("s"),
                       .stream = stream_name(stream),
                       .epoch = o->epoch,
                       .from = o->next,
                       .to = o->next + n,
                       .from_ordinal = o->next,
                       .to_ordinal = o->next + n,
                       .high_water_ms = TIMESTAMP_NONE,
                       .descriptor_fields_n = 1,
                       .descriptor_fields = &field,
                       .descriptors_n = 1,
                       .descriptors = &text,
                       .rows = (uint32_t)n,
                       .columns_n = 4,
                       .columns = columns };
    struct error e;
    if (batch_encode(&b, sender_reserve(p->sender), &e) != STATUS_OK)
        fail(e.text);
    if (sender_commit(p->sender) == STATUS_OK)
        o->next += n;
}

static void hear_receiver(struct program *p, struct outgoing *o, int fd, bool *busy)
{
    struct link_event event;
    for (sender_next(p->sender, &event); event.kind != LINK_NOTHING; sender_next(p->sender, &event)) {
        *busy = true;
        if (event.kind == LINK_REFUSED)
            exit(0); /* a later process has come */
        unsigned s = event.message ? stream_of(event.message->stream) : STREAMS;
        if (s == STREAMS)
            continue;
        if (event.kind == LINK_ACKNOWLEDGE) {
            if (event.message->position > o[s].acknowledged) {
                o[s].acknowledged = event.message->position;
                if (pwrite(fd, &o[s].acknowledged, 8, 8 * (off_t)s) != 8)
                    fail("acknowledged");
            }
            o[s].ended |= event.message->ended;
        } else if (event.kind == LINK_REWIND && event.message->epoch >= o[s].epoch) {
            o[s].epoch = event.message->epoch + 1;
            o[s].next = event.message->position;
            o[s].end_sent_ms = 0;
        }
    }
}

static void run_sender(struct program *p)
{
    static struct columns columns;
    struct outgoing o[STREAMS] = { 0 };
    int fd = open(in_folder(p, "acknowledged"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (unsigned s = 0; s < STREAMS; s++) {
        if (pread(fd, &o[s].acknowledged, 8, 8 * (off_t)s) < 0)
            fail("acknowledged");
        o[s].next = o[s].acknowledged;
        o[s].end = UINT64_MAX;
        o[s].epoch = p->incarnation << 32;
    }
    open_sender(p, "forwarder", "collector");
    for (unsigned s = 0;; s = (s + 1) % STREAMS) {
        bool busy = false;
        hear_receiver(p, o, fd, &busy);
        uint64_t until = o[s].acknowledged + WINDOW_ROWS;
        if (o[s].end == UINT64_MAX && o[s].next + ROWS_MAX >= o[s].checked) {
            o[s].end = read_stop(p, s);
            o[s].checked = o[s].next + STOP_ROWS;
        }
        until = until < o[s].end ? until : o[s].end;
        if (o[s].next < until && sender_has_credit(p->sender)) {
            send_rows(p, &o[s], s, until, &columns);
            busy = true;
        }
        if (o[s].next == o[s].end && !o[s].ended && p->now_ms - o[s].end_sent_ms >= REPEAT_MS) {
            o[s].end_sent_ms = p->now_ms;
            sender_end(p->sender, &(struct message){ .source = SPAN_LITERAL("s"),
                                                     .stream = stream_name(s),
                                                     .epoch = o[s].epoch,
                                                     .position = o[s].end,
                                                     .ordinal = o[s].end,
                                                     .high_water_ms = TIMESTAMP_NONE });
        }
        turn(p, busy || s + 1 < STREAMS);
    }
}

/* ------------------------------------------------------------------ the forwarder */

struct forwarder {
    struct program *p;
    struct peer *peer;
    bool wanted;
    struct link_event pending; /* a batch that waits for credit */
};

static void hear_receiver_of_forwarder(struct forwarder *f, bool *busy)
{
    struct link_event event;
    struct receiver *r = f->p->receiver;
    for (sender_next(f->p->sender, &event); event.kind != LINK_NOTHING; sender_next(f->p->sender, &event)) {
        const struct message *m = event.message;
        *busy = true;
        if (event.kind == LINK_REFUSED)
            exit(0);
        if (event.kind == LINK_WANT) {
            f->wanted = true;
            if (f->peer)
                receiver_want(r, f->peer, &(struct want){ .everything = true });
        }
        if (event.kind == LINK_ACKNOWLEDGE && f->peer)
            receiver_acknowledge(r, f->peer, m->source, m->stream, m->position, m->ended);
        if (event.kind == LINK_REWIND && f->peer)
            receiver_rewind(r, f->peer, m->source, m->stream, m->position, m->epoch);
    }
}

/* In place from one slot to the other. */
static void forward(struct forwarder *f)
{
    const struct batch *in;
    struct error e;
    if (batch_decode(f->p->decoder, f->pending.payload, &in, &e) != STATUS_OK) {
        fprintf(stderr, "forwarder: %s\n", e.text);
        exit(WRONG_ROW);
    }
    struct batch out = *in;
    out.kind = BATCH_SESSIONS;
    if (batch_encode(&out, sender_reserve(f->p->sender), &e) != STATUS_OK)
        fail(e.text);
    (void)!sender_commit(f->p->sender); /* it will be asked for again */
    receiver_done(f->p->receiver, &f->pending);
    f->pending.kind = LINK_NOTHING;
}

static void hear_sender(struct forwarder *f, bool *busy)
{
    struct link_event event;
    for (unsigned i = 0; i < 8 && f->pending.kind == LINK_NOTHING; i++) {
        receiver_next(f->p->receiver, &event);
        *busy |= event.kind != LINK_NOTHING;
        if (event.kind == LINK_HELLO) {
            f->peer = event.peer;
            if (f->wanted)
                receiver_want(f->p->receiver, f->peer, &(struct want){ .everything = true });
        } else if (event.kind == LINK_GONE && event.peer == f->peer) {
            f->peer = NULL;
        } else if (event.kind == LINK_END) {
            sender_end(f->p->sender, event.message);
        } else if (event.kind == LINK_BATCH) {
            f->pending = event;
        }
        if (f->pending.kind == LINK_BATCH && sender_has_credit(f->p->sender))
            forward(f);
    }
}

static void run_forwarder(struct program *p)
{
    struct forwarder f = { .p = p };
    open_receiver(p, "forwarder", "collector");
    open_sender(p, "receiver", "normalizer");
    for (;;) {
        bool busy = false;
        hear_receiver_of_forwarder(&f, &busy);
        if (f.pending.kind == LINK_BATCH && sender_has_credit(p->sender))
            forward(&f);
        hear_sender(&f, &busy);
        turn(p, busy);
    }
}

/* ------------------------------------------------------------------ the receiver */

struct counted {
    uint64_t applied[STREAMS], rows[STREAMS], sum[STREAMS], ended[STREAMS];
};

static void load(const struct program *p, struct counted *c)
{
    int fd = open(in_folder(p, "counted"), O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, c, sizeof *c) != sizeof *c)
        fail("counted");
    if (fd >= 0)
        close(fd);
}

/* As a whole or not at all. */
static void store(const struct program *p, const struct counted *c)
{
    char to[256];
    snprintf(to, sizeof to, "%s", in_folder(p, "counted"));
    const char *from = in_folder(p, "counted.new");
    int fd = open(from, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, c, sizeof *c) != sizeof *c || close(fd) || rename(from, to))
        fail("counted");
}

static void count_rows(struct counted *c, unsigned s, const struct batch *b)
{
    const struct column *position = batch_column(b, "position"), *time = batch_column(b, "time"),
                        *port = batch_column(b, "port");
    uint64_t expected = c->applied[s];
    for (uint32_t i = 0; i < b->rows; i++) {
        uint64_t at = (uint64_t)column_integer(position, i), row = row_of(s, at);
        if (at < c->applied[s])
            continue;
        if (at != expected || column_integer(time, i) != row_time(row) || column_integer(port, i) != row_port(row)) {
            fprintf(stderr, "stream %u: the row at %" PRIu64 " is not what it should be\n", s, at);
            exit(WRONG_ROW);
        }
        expected++;
        c->rows[s]++;
        c->sum[s] += row;
    }
    if (expected != (b->to > c->applied[s] ? b->to : c->applied[s])) {
        fprintf(stderr, "stream %u: rows are missing before %" PRIu64 "\n", s, b->to);
        exit(WRONG_ROW);
    }
    c->applied[s] = expected;
}

struct incoming {
    uint64_t epoch, asked_epoch;
    int64_t asked_ms;
};

static void ask(struct program *p, struct peer *peer, unsigned s, struct incoming *in, uint64_t applied)
{
    if (in->asked_epoch == in->epoch && p->now_ms - in->asked_ms < REPEAT_MS)
        return;
    in->asked_epoch = in->epoch;
    in->asked_ms = p->now_ms;
    receiver_rewind(p->receiver, peer, SPAN_LITERAL("s"), stream_name(s), applied, in->epoch);
}

static void take_batch(struct program *p, struct counted *c, struct incoming *in, const struct link_event *event)
{
    const struct batch *b;
    struct error e;
    if (batch_decode(p->decoder, event->payload, &b, &e) != STATUS_OK) {
        fprintf(stderr, "receiver: %s\n", e.text);
        exit(WRONG_ROW);
    }
    unsigned s = stream_of(b->stream);
    if (s == STREAMS || b->epoch < in[s].epoch)
        return;
    in[s].epoch = b->epoch;
    if (b->from > c->applied[s]) {
        ask(p, event->peer, s, &in[s], c->applied[s]);
    } else {
        count_rows(c, s, b);
        store(p, c);
        receiver_acknowledge(p->receiver, event->peer, b->source, b->stream, c->applied[s], false);
    }
}

static void take_end(struct program *p, struct counted *c, struct incoming *in, const struct link_event *event)
{
    const struct message *m = event->message;
    unsigned s = stream_of(m->stream);
    if (s == STREAMS || m->epoch < in[s].epoch)
        return;
    in[s].epoch = m->epoch;
    if (c->applied[s] < m->position) {
        ask(p, event->peer, s, &in[s], c->applied[s]);
        return;
    }
    c->ended[s] = m->position;
    store(p, c);
    receiver_acknowledge(p->receiver, event->peer, m->source, m->stream, c->applied[s], true);
}

static void run_receiver(struct program *p)
{
    struct counted c = { 0 };
    struct incoming in[STREAMS] = { 0 };
    load(p, &c);
    open_receiver(p, "receiver", "normalizer");
    for (;;) {
        struct link_event event;
        receiver_next(p->receiver, &event);
        if (event.kind == LINK_HELLO)
            receiver_want(p->receiver, event.peer, &(struct want){ 0 });
        if (event.kind == LINK_BATCH) {
            take_batch(p, &c, in, &event);
            receiver_done(p->receiver, &event);
        }
        if (event.kind == LINK_END)
            take_end(p, &c, in, &event);
        turn(p, event.kind != LINK_NOTHING);
    }
}

static int print_sums(const struct program *p)
{
    for (unsigned s = 0; s < STREAMS; s++) {
        uint64_t sum = 0, end = read_stop(p, s);
        for (uint64_t i = 0; i < end; i++)
            sum += row_of(s, i);
        printf("%" PRIu64 "\n", sum);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct program p = { 0 };
    if (argc < 4 || !number_parse_digits(span_text(argv[3]), &p.incarnation))
        return 64;
    p.folder = argv[2];
    if (strcmp(argv[1], "sum") == 0)
        return print_sums(&p);
    log_init(argv[1], LOG_ERROR);
    if (argc == 4) {
        char name[64];
        snprintf(name, sizeof name, "%s.lock", argv[1]);
        int fd = open(in_folder(&p, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || flock(fd, LOCK_EX))
            fail(name);
    }
    p.link = link_context_new();
    p.decoder = batch_decoder_new();
    p.now_ms = monotonic_now_ms();
    if (strcmp(argv[1], "sender") == 0)
        run_sender(&p);
    else if (strcmp(argv[1], "forwarder") == 0)
        run_forwarder(&p);
    else if (strcmp(argv[1], "receiver") == 0)
        run_receiver(&p);
    return 64;
}
