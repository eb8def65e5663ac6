/* A shard behind a network that loses, repeats and reorders, against a model that adds up the stream directly. */
#include "shard.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

static struct shard_options options_of(uint32_t first_port, uint32_t last_port)
{
    return (struct shard_options){ .first_port = first_port,
                                   .last_port = last_port,
                                   .windows = { .window_ms = 1200000, .lateness_ms = 300000, .windows_max = 3 },
                                   .runs = { .folder = "/tmp", .stage_rows = 200, .fan_in = 3 },
                                   .seed = 77 };
}

/* ------------------------------------------------------------------ a stream of records */

enum { RECORDS = 400, GROUPS = 3, PORTS = 7, BATCH_ROWS_MAX = 64 };

/* A record gives up to 3 sessions, all at its position, or none. */
struct record {
    uint64_t position;
    uint32_t sessions;
    int64_t time_ms;
    int32_t port[3]; /* -1: none */
    uint32_t group[3], weight[3];
    uint16_t reason; /* where sessions == 0 */
};

struct stream {
    struct record records[RECORDS];
    uint64_t bytes;
};

static void stream_make(struct stream *s)
{
    uint64_t at = below(20); /* a header before the first record */
    for (unsigned i = 0; i < RECORDS; i++) {
        struct record *r = &s->records[i];
        *r = (struct record){ .position = at, .time_ms = (int64_t)below(10 * 86400) * 1000 - 86400000 };
        r->sessions = below(4);
        r->reason = (uint16_t)below(2);
        for (unsigned k = 0; k < r->sessions; k++) {
            r->port[k] = below(8) ? (int32_t)below(PORTS) * 10000 : -1;
            r->group[k] = below(GROUPS);
            r->weight[k] = below(5);
        }
        at += 1 + below(90);
    }
    s->bytes = at + below(3);
}

/* One batch's columns.  The cut may be anywhere: a later epoch cuts elsewhere. */
struct cut {
    struct batch batch;
    struct column columns[6];
    struct span fields[3], descriptors[GROUPS * 3];
    struct reason reasons[2];
    uint8_t descriptor[BATCH_ROWS_MAX], first[BATCH_ROWS_MAX], nulls[BATCH_ROWS_MAX / 8];
    uint32_t position[BATCH_ROWS_MAX], count[BATCH_ROWS_MAX];
    uint16_t port[BATCH_ROWS_MAX];
    int64_t time_ms[BATCH_ROWS_MAX];
    unsigned char other_positions[4 * RECORDS], other_reasons[2 * RECORDS];
};

static void put_row(struct cut *c, const struct record *r, unsigned k, bool is_first)
{
    uint32_t row = c->batch.rows++;
    c->descriptor[row] = (uint8_t)r->group[k];
    c->position[row] = (uint32_t)(r->position - c->batch.from);
    c->time_ms[row] = r->time_ms;
    c->port[row] = (uint16_t)(r->port[k] < 0 ? 0 : r->port[k]);
    if (r->port[k] < 0)
        c->nulls[row / 8] = (uint8_t)(c->nulls[row / 8] | 1u << row % 8);
    c->count[row] = r->weight[k];
    c->first[row] = is_first;
}

static bool in_shard(const struct shard_options *o, int32_t port)
{
    return port < 0 ? o->first_port == 0 : (uint32_t)port >= o->first_port && (uint32_t)port <= o->last_port;
}

static void put_record(struct cut *c, const struct record *r, const struct shard_options *o)
{
    for (unsigned k = 0; k < r->sessions; k++)
        if (in_shard(o, r->port[k]))
            put_row(c, r, k, k == 0);
    if (r->sessions == 0 && o->first_port == 0) {
        uint32_t position = (uint32_t)(r->position - c->batch.from);
        memcpy(c->other_positions + 4 * (size_t)c->batch.others.n, &position, sizeof position);
        memcpy(c->other_reasons + 2 * (size_t)c->batch.others.n, &r->reason, sizeof r->reason);
        c->batch.others.n++;
    }
}

static void put_columns(struct cut *c)
{
    static const uint8_t none[BATCH_ROWS_MAX / 8];
    const uint8_t *nulls = memcmp(c->nulls, none, sizeof none) != 0 ? c->nulls : NULL;
    const struct column columns[6] = {
        { .name = SPAN_LITERAL("descriptor"), .type = COLUMN_U8, .data = c->descriptor },
        { .name = SPAN_LITERAL("position"),
          .type = COLUMN_U32,
          .base = (int64_t)c->batch.from,
          .data = (void *)c->position },
        { .name = SPAN_LITERAL("time"), .type = COLUMN_I64, .data = (void *)c->time_ms },
        { .name = SPAN_LITERAL("port"), .type = COLUMN_U16, .data = (void *)c->port, .nulls = nulls },
        { .name = SPAN_LITERAL("count"), .type = COLUMN_U32, .data = (void *)c->count },
        { .name = SPAN_LITERAL("first"), .type = COLUMN_U8, .data = c->first },
    };
    memcpy(c->columns, columns, sizeof columns);
    c->batch.columns = c->columns;
    c->batch.columns_n = 6;
}

/* The batch of the records from number `first` on, beginning at byte `from`; returns the number of the next record. */
static unsigned cut_make(struct cut *c, const struct stream *s, unsigned first, uint64_t from, uint64_t epoch,
                         const struct shard_options *o)
{
    static const char *const actions[GROUPS] = { "Allow", "Deny", "" };
    unsigned n = 1 + below(18), next = first + n < RECORDS ? first + n : RECORDS;
    memset(c, 0, sizeof *c);
    c->batch = (struct batch){ .kind = BATCH_SESSIONS, .source = SPAN_LITERAL("source"), .stream = SPAN_LITERAL("0") };
    c->batch.epoch = epoch;
    c->batch.from = from;
    c->batch.to = next < RECORDS ? s->records[next].position : s->bytes;
    c->batch.from_ordinal = first;
    c->batch.to_ordinal = next;
    c->batch.high_water_ms = below(2) ? s->records[next - 1].time_ms : TIMESTAMP_NONE;
    /* The order of the fields is the sender's; one is of no interest here. */
    const struct span fields[3] = { SPAN_LITERAL("DvcAction"), SPAN_LITERAL("EventVendor"),
                                    SPAN_LITERAL("NetworkProtocol") };
    memcpy(c->fields, fields, sizeof fields);
    for (unsigned i = 0; i < GROUPS; i++) {
        c->descriptors[3 * i] = span_text(actions[i]);
        c->descriptors[3 * i + 1] = SPAN_LITERAL("x");
        c->descriptors[3 * i + 2] = SPAN_LITERAL("TCP");
    }
    c->batch.descriptor_fields_n = 3;
    c->batch.descriptor_fields = c->fields;
    c->batch.descriptors_n = GROUPS;
    c->batch.descriptors = c->descriptors;
    c->reasons[0] = (struct reason){ VERDICT_SKIP, SPAN_LITERAL("nodata") };
    c->reasons[1] = (struct reason){ VERDICT_BAD, SPAN_LITERAL("no_time") };
    c->batch.others = (struct others){
        .positions = c->other_positions, .reasons = c->other_reasons, .reasons_n = 2, .reason = c->reasons
    };
    for (unsigned i = first; i < next; i++)
        put_record(c, &s->records[i], o);
    put_columns(c);
    return next;
}

/* ------------------------------------------------------------------ the model */

struct sum {
    int64_t window_ms;
    uint64_t key, n;
};

static int compare_sums(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    if (x->window_ms != y->window_ms)
        return x->window_ms < y->window_ms ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* Group numbers are given by the shard in order of first sight; the model uses the action's text. */
static uint32_t group_number(const struct groups *g, unsigned group)
{
    static const char *const actions[GROUPS] = { "Allow", "Deny", "" };
    for (uint32_t i = 0; i < groups_n(g); i++)
        if (span_is(groups_get(g, i)->texts[GROUP_ACTION], actions[group]))
            return i;
    fail_msg("group %u was never seen", group);
    return 0;
}

struct expected {
    struct sum sums[RECORDS * 3];
    unsigned sums_n;
    uint64_t sessions, session_records, portless, skipped, bad;
};

static void model_of(struct expected *x, const struct stream *s, const struct shard *shard)
{
    memset(x, 0, sizeof *x);
    for (unsigned i = 0; i < RECORDS; i++) {
        const struct record *r = &s->records[i];
        if (r->sessions == 0 && shard_is_first(shard))
            *(r->reason ? &x->bad : &x->skipped) += 1;
        for (unsigned k = 0; k < r->sessions; k++) {
            if (!in_shard(&shard->options, r->port[k]))
                continue;
            x->session_records += k == 0;
            x->portless += r->port[k] < 0;
            x->sessions += r->port[k] >= 0;
            if (r->port[k] >= 0 && r->weight[k] && watched_has(&shard->watched, (uint16_t)r->port[k]))
                x->sums[x->sums_n++] =
                    (struct sum){ timestamp_floor(r->time_ms, 1200000) * 1200000,
                                  count_key((uint32_t)r->port[k], group_number(shard->groups, r->group[k])),
                                  r->weight[k] };
        }
    }
    qsort(x->sums, x->sums_n, sizeof x->sums[0], compare_sums);
    unsigned kept = 0;
    for (unsigned i = 0; i < x->sums_n; i++) {
        if (kept && compare_sums(&x->sums[kept - 1], &x->sums[i]) == 0)
            x->sums[kept - 1].n += x->sums[i].n;
        else
            x->sums[kept++] = x->sums[i];
    }
    x->sums_n = kept;
}

static void expect_model(struct shard *shard, const struct stream *s)
{
    struct error e = { 0 };
    static struct expected x;
    model_of(&x, s, shard);
    struct account_source *source = account_source(shard->account, SPAN_LITERAL("source"));
    assert_int_equal(shard_finish(shard, &e), STATUS_OK);
    for (unsigned i = 0; i < x.sums_n; i++) {
        struct run_row row;
        assert_int_equal(runs_next(shard->runs, &row, &e), STATUS_OK);
        assert_int_equal(row.window_ms, x.sums[i].window_ms);
        assert_int_equal(row.key, x.sums[i].key);
        assert_int_equal(row.n, x.sums[i].n);
    }
    struct run_row row;
    assert_int_equal(runs_next(shard->runs, &row, &e), STATUS_END);
    assert_int_equal(source->sessions, x.sessions);
    assert_int_equal(source->session_records, x.session_records);
    assert_int_equal(source->portless, x.portless);
    assert_int_equal(source->read, RECORDS);
    uint32_t n;
    const struct account_line *lines = account_lines(shard->account, true, &n);
    uint64_t skipped = 0, bad = 0;
    for (uint32_t i = 0; i < n; i++) {
        skipped += lines[i].fate == FATE_SKIP ? lines[i].count : 0;
        bad += lines[i].fate == FATE_BAD ? lines[i].count : 0;
    }
    assert_int_equal(skipped, x.skipped);
    assert_int_equal(bad, x.bad);
}

/* ------------------------------------------------------------------ a network */

enum { DELAYED_MAX = 6 };

struct network {
    struct cut *delayed[DELAYED_MAX];
    uint64_t rewind_epoch, rewind_position;
    bool rewind;
};

static void deliver(struct shard *shard, struct network *net, const struct cut *c)
{
    struct error e = { 0 };
    struct shard_answer a;
    uint64_t before = 0;
    for (uint32_t i = 0; i < positions_n(shard->positions); i++)
        before = positions_at(shard->positions, i)->applied;
    assert_int_equal(shard_batch(shard, &c->batch, &a, &e), STATUS_OK);
    assert_true(a.position->applied >= before);
    if (a.answer == POSITION_GAP && position_rewind_due(a.position, 0)) {
        net->rewind = true;
        net->rewind_epoch = a.position->epoch;
        net->rewind_position = a.position->applied;
    }
}

/* Lose, repeat or delay; what was delayed comes in any order. */
static void send_through(struct shard *shard, struct network *net, const struct cut *c)
{
    uint32_t fate = below(10);
    unsigned slot = below(DELAYED_MAX);
    if (fate >= 2 && fate < 9)
        deliver(shard, net, c);
    if (fate == 8)
        deliver(shard, net, c);
    if (fate == 9 || below(6) == 0) {
        if (net->delayed[slot])
            deliver(shard, net, net->delayed[slot]);
        free(net->delayed[slot]);
        net->delayed[slot] = allocate(1, sizeof *c);
        struct cut *copy = net->delayed[slot];
        memcpy(copy, c, sizeof *c);
        copy->batch.descriptors = copy->descriptors;
        copy->batch.descriptor_fields = copy->fields;
        copy->batch.others.positions = copy->other_positions;
        copy->batch.others.reasons = copy->other_reasons;
        copy->batch.others.reason = copy->reasons;
        put_columns(copy);
    }
}

/* Send until the end is reached, going back when asked, with every batch cut anew. */
static void transfer(struct shard *shard, const struct stream *s)
{
    static struct cut c;
    struct network net = { 0 };
    struct error e = { 0 };
    uint64_t epoch = UINT64_C(1) << 32, from = 0;
    unsigned next = 0;
    for (bool ended = false; !ended;) {
        if (next < RECORDS) {
            next = cut_make(&c, s, next, from, epoch, &shard->options);
            from = c.batch.to;
            send_through(shard, &net, &c);
        } else {
            struct message end = { .source = SPAN_LITERAL("source"),
                                   .stream = SPAN_LITERAL("0"),
                                   .epoch = epoch,
                                   .position = s->bytes,
                                   .ordinal = RECORDS,
                                   .high_water_ms = TIMESTAMP_NONE };
            struct shard_answer a;
            assert_int_equal(shard_end(shard, &end, &a, &e), STATUS_OK);
            ended = a.ended;
            if (a.answer == POSITION_GAP && position_rewind_due(a.position, 1 << 20)) {
                net.rewind = true;
                net.rewind_epoch = a.position->epoch;
                net.rewind_position = a.position->applied;
            }
            assert_true(ended || net.rewind);
        }
        if (net.rewind && net.rewind_epoch == epoch) {
            epoch++;
            from = net.rewind_position;
            for (next = 0; next < RECORDS && s->records[next].position < from; next++)
                ;
        }
        net.rewind = false;
    }
    for (unsigned i = 0; i < DELAYED_MAX; i++) {
        if (net.delayed[i])
            deliver(shard, &net, net.delayed[i]);
        free(net.delayed[i]);
    }
}

static void counts_and_account_are_exact_whatever_the_network_does(void **state)
{
    (void)state;
    static struct stream s;
    for (unsigned seed = 0; seed < 60; seed++) {
        random_state = seed;
        stream_make(&s);
        struct shard_options o = seed % 3 == 0   ? options_of(0, 65535)
                                 : seed % 3 == 1 ? options_of(0, 29999)
                                                 : options_of(30000, 65535);
        struct shard shard;
        shard_init(&shard, &o);
        transfer(&shard, &s);
        expect_model(&shard, &s);
        shard_fini(&shard);
    }
}

/* A sender may be wrong: its counts have gone out, and nothing may come into them. */
static void nothing_new_is_applied_after_the_finish(void **state)
{
    (void)state;
    static struct stream s;
    static struct cut c;
    random_state = 5;
    stream_make(&s);
    struct shard_options o = options_of(0, 65535);
    o.windows.windows_max = 1; /* every window folds the one before */
    o.runs.stage_rows = 1;
    struct shard shard;
    struct shard_answer a;
    struct error e = { 0 };
    shard_init(&shard, &o);
    transfer(&shard, &s);
    expect_model(&shard, &s);
    cut_make(&c, &s, 0, 0, UINT64_C(1) << 33, &o);
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_OK); /* nothing of it is new */
    c.batch.stream = SPAN_LITERAL("another");
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_BAD);
    struct message lost = {
        .source = SPAN_LITERAL("source"), .stream = SPAN_LITERAL("0"), .epoch = UINT64_C(1) << 33, .to = s.bytes + 1
    };
    assert_int_equal(shard_lost(&shard, &lost, &a, &e), STATUS_BAD);
    shard_fini(&shard);
}

static void only_watched_ports_are_counted_and_all_are_accounted_for(void **state)
{
    (void)state;
    static struct stream s;
    struct port_range_wanted ranges[][2] = { { { 0, 0 }, { 65535, 65535 } },
                                             { { 10000, 10000 }, { 29999, 40000 } },
                                             { { 1, 9999 }, { 10001, 19999 } } };
    for (unsigned seed = 0; seed < 30; seed++) {
        random_state = 1000 + seed;
        stream_make(&s);
        struct shard_options o = seed % 2 ? options_of(0, 65535) : options_of(10000, 65535);
        struct want want = { .ports_n = 1 + seed % 2, .ports = ranges[seed % 3] };
        struct shard shard;
        shard_init(&shard, &o);
        shard.watched = (struct watched){ 0 };
        watched_add(&shard.watched, &want);
        transfer(&shard, &s);
        expect_model(&shard, &s);
        shard_fini(&shard);
    }
}

static void wants_add_up_to_what_is_watched(void **state)
{
    (void)state;
    struct watched w = { 0 };
    struct port_range_wanted some[] = { { 22, 22 }, { 63, 64 } }, others[] = { { 65535, 65535 } };
    watched_add(&w, &(struct want){ .ports_n = 2, .ports = some });
    watched_add(&w, &(struct want){ .ports_n = 1, .ports = others });
    for (uint32_t port = 0; port <= UINT16_MAX; port++)
        assert_int_equal(watched_has(&w, (uint16_t)port), port == 22 || port == 63 || port == 64 || port == 65535);
    watched_add(&w, &(struct want){ 0 });
    for (uint32_t port = 0; port <= UINT16_MAX; port++)
        assert_true(watched_has(&w, (uint16_t)port));
}

static void a_batch_that_overlaps_applies_only_what_is_new(void **state)
{
    (void)state;
    static struct stream s;
    static struct cut c;
    random_state = 9;
    stream_make(&s);
    struct shard_options o = options_of(0, 65535);
    struct shard shard;
    struct shard_answer a;
    struct error e = { 0 };
    shard_init(&shard, &o);
    /* Every batch begins at the start of the stream's part that some earlier batch has already brought. */
    for (unsigned next = 0, back; next < RECORDS;) {
        back = next - below(next < 10 ? next + 1 : 10);
        unsigned reached = cut_make(&c, &s, back, back ? s.records[back].position : 0, 1, &o);
        assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_OK);
        assert_int_equal(a.answer, POSITION_APPLY);
        next = reached > next ? reached : next;
    }
    struct message end = { .source = SPAN_LITERAL("source"),
                           .stream = SPAN_LITERAL("0"),
                           .epoch = 1,
                           .position = s.bytes,
                           .ordinal = RECORDS,
                           .high_water_ms = TIMESTAMP_NONE };
    assert_int_equal(shard_end(&shard, &end, &a, &e), STATUS_OK);
    assert_true(a.ended);
    expect_model(&shard, &s);
    shard_fini(&shard);
}

static void what_is_not_for_this_shard_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static struct stream s;
    static struct cut c;
    random_state = 3;
    stream_make(&s);
    struct shard_options all = options_of(0, 65535), part = options_of(0, 5);
    struct shard shard;
    struct shard_answer a;
    struct error e = { 0 };
    shard_init(&shard, &part);
    cut_make(&c, &s, 0, 0, 1, &all);
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_BAD);
    assert_int_equal(a.position->applied, 0);
    assert_int_equal(windows_open(shard.windows), 0);
    c.batch.kind = BATCH_RECORDS;
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_BAD);
    shard_fini(&shard);

    /* Rows without a port belong to the first shard. */
    struct shard_options last = options_of(30000, 65535);
    shard_init(&shard, &last);
    s.records[0].sessions = 1;
    s.records[0].port[0] = -1;
    cut_make(&c, &s, 0, 0, 1, &all);
    c.batch.rows = 1;
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_BAD);
    /* A batch without the columns that counting needs. */
    c.batch.columns_n = 2;
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_BAD);
    assert_int_equal(a.position->applied, 0);
    shard_fini(&shard);
}

static void lost_bytes_are_passed_and_counted_once(void **state)
{
    (void)state;
    struct shard_options o = options_of(0, 65535);
    struct shard shard;
    struct shard_answer a;
    struct error e = { 0 };
    shard_init(&shard, &o);
    struct message lost = { .source = SPAN_LITERAL("source"),
                            .stream = SPAN_LITERAL("0"),
                            .epoch = 1,
                            .position = 10,
                            .to = 50,
                            .ordinal = 0 };
    assert_int_equal(shard_lost(&shard, &lost, &a, &e), STATUS_OK);
    assert_int_equal(a.answer, POSITION_GAP);
    lost.position = 0;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(shard_lost(&shard, &lost, &a, &e), STATUS_OK);
    assert_int_equal(a.position->applied, 50);
    assert_int_equal(account_source(shard.account, SPAN_LITERAL("source"))->lost_bytes, 50);
    shard_fini(&shard);
}

static void a_stream_without_a_batch_ends_and_one_that_has_not_ended_is_an_error(void **state)
{
    (void)state;
    struct shard_options o = options_of(0, 65535);
    struct shard shard;
    struct shard_answer a;
    struct error e = { 0 };
    shard_init(&shard, &o);
    struct message end = {
        .source = SPAN_LITERAL("source"), .stream = SPAN_LITERAL("0"), .epoch = 1, .high_water_ms = TIMESTAMP_NONE
    };
    assert_int_equal(shard_end(&shard, &end, &a, &e), STATUS_OK);
    assert_true(a.ended);
    end.stream = SPAN_LITERAL("1");
    end.position = 5;
    assert_int_equal(shard_end(&shard, &end, &a, &e), STATUS_OK);
    assert_int_equal(a.answer, POSITION_GAP);
    assert_int_equal(shard_finish(&shard, &e), STATUS_PEER);
    assert_non_null(strstr(e.text, "stream 1 of source"));
    shard_fini(&shard);
}

static void an_end_before_what_was_applied_is_refused(void **state)
{
    (void)state;
    static struct stream s;
    static struct cut c;
    random_state = 12;
    stream_make(&s);
    struct shard_options o = options_of(0, 65535);
    struct shard shard;
    struct shard_answer a;
    struct error e = { 0 };
    shard_init(&shard, &o);
    cut_make(&c, &s, 0, 0, 1, &o);
    assert_int_equal(shard_batch(&shard, &c.batch, &a, &e), STATUS_OK);
    struct message end = { .source = SPAN_LITERAL("source"), .stream = SPAN_LITERAL("0"), .epoch = 1, .position = 1 };
    assert_int_equal(shard_end(&shard, &end, &a, &e), STATUS_BAD);
    shard_fini(&shard);
}

static void the_application_is_part_of_the_group_only_if_it_is_wanted(void **state)
{
    (void)state;
    struct shard_options o = options_of(0, 65535);
    uint8_t descriptor[2] = { 0, 1 };
    uint32_t position[2] = { 0, 1 };
    uint16_t port[2] = { 443, 443 };
    uint32_t time_ms[2] = { 0, 0 };
    struct column columns[] = { { .name = SPAN_LITERAL("descriptor"), .type = COLUMN_U8, .data = descriptor },
                                { .name = SPAN_LITERAL("position"), .type = COLUMN_U32, .data = (void *)position },
                                { .name = SPAN_LITERAL("time"), .type = COLUMN_U32, .data = (void *)time_ms },
                                { .name = SPAN_LITERAL("port"), .type = COLUMN_U16, .data = (void *)port } };
    struct span fields[] = { SPAN_LITERAL("DstAppName") },
                descriptors[] = { SPAN_LITERAL("ssl"), SPAN_LITERAL("quic") };
    struct batch b = { .kind = BATCH_SESSIONS,
                       .source = SPAN_LITERAL("s"),
                       .stream = SPAN_LITERAL("0"),
                       .to = 2,
                       .to_ordinal = 2,
                       .descriptor_fields_n = 1,
                       .descriptor_fields = fields,
                       .descriptors_n = 2,
                       .descriptors = descriptors,
                       .rows = 2,
                       .columns_n = 4,
                       .columns = columns };
    for (unsigned wanted = 0; wanted < 2; wanted++) {
        struct shard shard;
        struct shard_answer a;
        struct error e = { 0 };
        shard_init(&shard, &o);
        shard.with_application = wanted;
        assert_int_equal(shard_batch(&shard, &b, &a, &e), STATUS_OK);
        assert_int_equal(groups_n(shard.groups), wanted ? 2 : 1);
        assert_int_equal(account_source(shard.account, SPAN_LITERAL("s"))->sessions, 2);
        assert_int_equal(account_source(shard.account, SPAN_LITERAL("s"))->session_records, 2);
        shard_fini(&shard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_account_are_exact_whatever_the_network_does),
        cmocka_unit_test(nothing_new_is_applied_after_the_finish),
        cmocka_unit_test(only_watched_ports_are_counted_and_all_are_accounted_for),
        cmocka_unit_test(wants_add_up_to_what_is_watched),
        cmocka_unit_test(a_batch_that_overlaps_applies_only_what_is_new),
        cmocka_unit_test(what_is_not_for_this_shard_is_refused_and_changes_nothing),
        cmocka_unit_test(lost_bytes_are_passed_and_counted_once),
        cmocka_unit_test(a_stream_without_a_batch_ends_and_one_that_has_not_ended_is_an_error),
        cmocka_unit_test(an_end_before_what_was_applied_is_refused),
        cmocka_unit_test(the_application_is_part_of_the_group_only_if_it_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
