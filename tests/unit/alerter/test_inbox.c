/* Summaries of several shards over a network that loses, repeats and reorders: the windows must be those of a model. */
#include "cases.h"

#include "inbox.h"

#include "common/timestamp.h"

#include <stdio.h>
#include <unistd.h>

enum { SHARDS = 3, WINDOWS = 12, PORTS_PER_SHARD = 4, VALUES = 3, ROWS_MAX = WINDOWS * PORTS_PER_SHARD * VALUES };

struct summary_row {
    int64_t window_ms;
    int port, value, count;
};

/* A shard as the alerter sees it. */
struct fake {
    struct sender *sender;
    char name[32];
    struct summary_row rows[ROWS_MAX];
    uint32_t rows_n, next; /* next: position to be sent */
    uint64_t epoch;
    uint64_t acknowledged;
    unsigned rewinds;
    bool wanted, ended, finished;
    int64_t said_ms;
    struct buffer late; /* a batch that overtakes nothing any more */
};

struct world {
    struct link_context *link;
    struct receiver *receiver;
    struct inbox *inbox;
    struct fake shards[SHARDS];
    int64_t model[WINDOWS][SHARDS * PORTS_PER_SHARD][VALUES];
    int64_t got[WINDOWS][SHARDS * PORTS_PER_SHARD][VALUES];
    int64_t last_window_ms;
    unsigned windows;
    unsigned seed;
    bool lossy;
    char endpoint[80];
};

static const char *const values[VALUES] = { "Allow", "Deny", "" };

static unsigned draw(struct world *w, unsigned n)
{
    w->seed = w->seed * 1103515245 + 12345;
    return (w->seed >> 12) % n;
}

static enum status take_window(void *user, const struct counts *c, int64_t window_start_ms, struct error *e)
{
    (void)e;
    struct world *w = user;
    assert_true(window_start_ms > w->last_window_ms);
    w->last_window_ms = window_start_ms;
    w->windows++;
    int64_t window = window_start_ms / 1200000;
    assert_in_range(window, 0, WINDOWS - 1);
    for (size_t i = 0; i < c->entries_n; i++) {
        const struct count_entry *entry = &c->entries[i];
        struct span action = counts_value(c, entry->combination, FIELD_ACTION);
        assert_true(span_is(counts_value(c, entry->combination, FIELD_PROTOCOL), "TCP"));
        for (unsigned v = 0; v < VALUES; v++)
            if (span_is(action, values[v]))
                w->got[window][entry->port][v] += entry->sum;
    }
    return STATUS_OK;
}

static void fill(struct world *w)
{
    for (unsigned s = 0; s < SHARDS; s++) {
        struct fake *f = &w->shards[s];
        for (int window = 0; window < WINDOWS; window++) {
            for (unsigned i = 0; i < PORTS_PER_SHARD * VALUES; i++) {
                if (draw(w, 3) == 0 || (s == 1 && window > 7) || (s == 2 && window < 4))
                    continue;
                struct summary_row row = { window * INT64_C(1200000), (int)(s * PORTS_PER_SHARD + i / VALUES),
                                           (int)(i % VALUES), (int)draw(w, 1000) };
                f->rows[f->rows_n++] = row;
                w->model[window][row.port][row.value] += row.count;
            }
        }
    }
}

static void make_batch(const struct fake *f, uint32_t from, uint32_t n, uint64_t epoch, struct buffer *out)
{
    int64_t column[4][ROWS_MAX];
    struct span fields[] = { SPAN_LITERAL("NetworkProtocol"), SPAN_LITERAL("DvcAction") }, texts[2 * VALUES];
    static const char *const names[4] = { "descriptor", "window", "port", "count" };
    struct column_plan plans[4];
    struct column columns[4];
    struct buffer storage = { 0 };
    struct error e;
    for (unsigned v = 0; v < VALUES; v++) {
        texts[2 * v] = SPAN_LITERAL("TCP");
        texts[2 * v + 1] = span_text(values[v]);
    }
    for (uint32_t i = 0; i < n; i++) {
        column[0][i] = f->rows[from + i].value;
        column[1][i] = f->rows[from + i].window_ms;
        column[2][i] = f->rows[from + i].port;
        column[3][i] = f->rows[from + i].count;
    }
    for (unsigned i = 0; i < 4; i++)
        plans[i] = column_plan_integers(&storage, column[i], n, NULL);
    for (unsigned i = 0; i < 4; i++)
        columns[i] = column_from_plan(&storage, &plans[i], span_text(names[i]), NULL);
    const struct batch b = { .kind = BATCH_SUMMARIES,
                             .source = SPAN_LITERAL("shard"),
                             .stream = span_text(f->name),
                             .epoch = epoch,
                             .from = from,
                             .to = from + n,
                             .from_ordinal = from,
                             .to_ordinal = from + n,
                             .high_water_ms = TIMESTAMP_NONE,
                             .descriptor_fields_n = 2,
                             .descriptor_fields = fields,
                             .descriptors_n = VALUES,
                             .descriptors = texts,
                             .rows = n,
                             .columns_n = 4,
                             .columns = columns };
    buffer_clear(out);
    if (batch_encode(&b, out, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    buffer_fini(&storage);
}

static void send_bytes(struct fake *f, const struct buffer *bytes)
{
    if (sender_has_credit(f->sender))
        assert_int_equal(sender_try_batch(f->sender, buffer_span(bytes)), STATUS_OK);
}

/* One batch goes on its way, or is lost, or overtaken, or sent twice, or comes from long ago. */
static void send_some(struct world *w, struct fake *f)
{
    struct buffer bytes = { 0 };
    uint32_t n = 1 + draw(w, 9);
    n = n < f->rows_n - f->next ? n : f->rows_n - f->next;
    make_batch(f, f->next, n, f->epoch, &bytes);
    f->next += n;
    switch (w->lossy ? draw(w, 10) : 9) {
    case 0:
        break;
    case 1:
        send_bytes(f, &bytes);
        send_bytes(f, &bytes);
        break;
    case 2:
        if (f->late.n)
            send_bytes(f, &f->late);
        buffer_clear(&f->late);
        buffer_append_span(&f->late, buffer_span(&bytes));
        break;
    case 3:
        send_bytes(f, &bytes);
        make_batch(f, 0, n, f->epoch ? f->epoch - 1 : 0, &bytes);
        send_bytes(f, &bytes);
        break;
    default:
        send_bytes(f, &bytes);
    }
    buffer_fini(&bytes);
}

static void take_sender_events(struct fake *f)
{
    struct link_event event;
    for (sender_next(f->sender, &event); event.kind != LINK_NOTHING; sender_next(f->sender, &event)) {
        const struct message *m = event.message;
        if (event.kind == LINK_WANT) {
            f->wanted = true;
        } else if (event.kind == LINK_REWIND && m->epoch >= f->epoch) {
            assert_true(m->position >= f->acknowledged);
            f->epoch = m->epoch + 1;
            f->next = (uint32_t)m->position;
            f->rewinds++;
        } else if (event.kind == LINK_ACKNOWLEDGE) {
            assert_true(m->position >= f->acknowledged && m->position <= f->rows_n);
            f->acknowledged = m->position;
            f->ended |= m->ended;
        } else if (event.kind == LINK_FINISH) {
            f->finished = true;
        } else if (event.kind == LINK_REFUSED) {
            fail_msg("refused: %.*s", (int)m->text.n, m->text.p);
        }
    }
}

static void run_shard(struct world *w, struct fake *f, int64_t now)
{
    take_sender_events(f);
    if (!f->wanted || f->finished)
        return;
    if (!f->ended && f->next < f->rows_n && sender_has_credit(f->sender)) {
        send_some(w, f);
    } else if (now - f->said_ms >= 10 && f->ended) {
        sender_finish(f->sender);
        f->said_ms = now;
    } else if (now - f->said_ms >= 10 && f->next == f->rows_n) {
        struct account_line line = { SPAN_LITERAL("src"), FATE_SESSIONS, SPAN_LITERAL(""), f->rows_n };
        struct message end = { .source = SPAN_LITERAL("shard"),
                               .stream = span_text(f->name),
                               .epoch = f->epoch,
                               .position = f->rows_n,
                               .ordinal = f->rows_n,
                               .high_water_ms = TIMESTAMP_NONE,
                               .account_n = 1,
                               .account = &line };
        sender_end(f->sender, &end);
        f->said_ms = now;
    }
}

static enum status take_receiver_events(struct world *w, struct error *e)
{
    struct link_event event;
    enum status status = STATUS_OK;
    for (receiver_next(w->receiver, &event); event.kind != LINK_NOTHING && status == STATUS_OK;
         receiver_next(w->receiver, &event))
        status = inbox_event(w->inbox, &event, e);
    return status;
}

static const struct want nothing_more = { 0 };

static void open_world(struct world *w, unsigned seed, bool lossy)
{
    struct error e;
    *w = (struct world){ .seed = seed, .lossy = lossy, .last_window_ms = INT64_MIN };
    snprintf(w->endpoint, sizeof w->endpoint, "ipc:///tmp/tidemark-inbox-%d-%u", (int)getpid(), seed);
    w->link = link_context_new();
    struct receiver_options o = { .endpoint = w->endpoint,
                                  .self = { .role = "alerter", .name = "alerter", .incarnation = 1 },
                                  .accepts = "aggregator" };
    if (receiver_open(w->link, &o, &w->receiver, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    struct inbox_options i = {
        .receiver = w->receiver, .senders = SHARDS, .want = &nothing_more, .sink = take_window, .user = w
    };
    w->inbox = inbox_new(&i);
    for (unsigned s = 0; s < SHARDS; s++) {
        struct fake *f = &w->shards[s];
        snprintf(f->name, sizeof f->name, "shard-%u", s);
        struct link_identity self = { .role = "aggregator", .name = f->name, .incarnation = 1 };
        if (sender_open(w->link, w->endpoint, &self, &f->sender, &e) != STATUS_OK)
            fail_msg("%s", e.text);
    }
}

static void close_world(struct world *w)
{
    inbox_free(&w->inbox);
    receiver_close(&w->receiver);
    for (unsigned s = 0; s < SHARDS; s++) {
        sender_close(&w->shards[s].sender);
        buffer_fini(&w->shards[s].late);
    }
    link_context_free(&w->link);
    unlink(w->endpoint + strlen("ipc://"));
}

static void tick(struct world *w, int64_t now)
{
    struct sender *senders[SHARDS];
    receiver_tick(w->receiver, now);
    for (unsigned s = 0; s < SHARDS; s++) {
        senders[s] = w->shards[s].sender;
        sender_tick(senders[s], now);
    }
    const struct link_wait wait = {
        .receivers = &w->receiver, .receivers_n = 1, .senders = senders, .senders_n = SHARDS
    };
    link_wait(&wait, 5, NULL);
}

static void run_world(struct world *w)
{
    struct error e;
    int64_t deadline = monotonic_now_ms() + 60000;
    bool all_finished = false;
    while (!inbox_complete(w->inbox) || !all_finished) {
        int64_t now = monotonic_now_ms();
        if (now > deadline)
            fail_msg("not complete after a minute; seed %u", w->seed);
        all_finished = true;
        for (unsigned s = 0; s < SHARDS; s++) {
            run_shard(w, &w->shards[s], now);
            all_finished &= w->shards[s].finished;
        }
        if (take_receiver_events(w, &e) != STATUS_OK)
            fail_msg("%s", e.text);
        tick(w, now);
    }
}

static void assert_model(struct world *w)
{
    assert_memory_equal(w->got, w->model, sizeof w->got);
    struct buffer account = { 0 };
    account_append_json(inbox_account(w->inbox), 0, &account);
    char sessions[64];
    uint32_t rows = w->shards[0].rows_n + w->shards[1].rows_n + w->shards[2].rows_n;
    int n = snprintf(sessions, sizeof sessions, "\"sessions\":%u,", rows);
    assert_true(span_search(buffer_span(&account), span_of(sessions, (size_t)n)) < account.n);
    buffer_fini(&account);
}

static void windows_are_put_together_from_all_shards(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w, 1, false);
    fill(&w);
    run_world(&w);
    assert_model(&w);
    for (unsigned s = 0; s < SHARDS; s++)
        assert_int_equal(w.shards[s].rewinds, 0);
    close_world(&w);
}

static void lost_repeated_and_reordered_batches_change_nothing(void **state)
{
    (void)state;
    static struct world w;
    unsigned rewinds = 0;
    for (unsigned seed = 2; seed < 8; seed++) {
        open_world(&w, seed, true);
        fill(&w);
        run_world(&w);
        assert_model(&w);
        for (unsigned s = 0; s < SHARDS; s++)
            rewinds += w.shards[s].rewinds;
        close_world(&w);
    }
    assert_true(rewinds > 0);
}

static void shards_without_a_row_give_no_window(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w, 20, false);
    run_world(&w);
    assert_int_equal(w.windows, 0);
    close_world(&w);
}

/* Run until the inbox complains or a deadline passes. */
static enum status run_until_failure(struct world *w, struct error *e)
{
    enum status status = STATUS_OK;
    for (int64_t deadline = monotonic_now_ms() + 10000; status == STATUS_OK && monotonic_now_ms() < deadline;) {
        int64_t now = monotonic_now_ms();
        for (unsigned s = 0; s < SHARDS; s++)
            run_shard(w, &w->shards[s], now);
        status = take_receiver_events(w, e);
        tick(w, now);
    }
    return status;
}

static void summaries_out_of_order_end_the_run(void **state)
{
    (void)state;
    static struct world w;
    struct error e;
    open_world(&w, 30, false);
    fill(&w);
    struct fake *f = &w.shards[0];
    for (uint32_t i = 0; i < f->rows_n / 2; i++) {
        struct summary_row row = f->rows[i];
        f->rows[i] = f->rows[f->rows_n - 1 - i];
        f->rows[f->rows_n - 1 - i] = row;
    }
    assert_int_equal(run_until_failure(&w, &e), STATUS_BAD);
    close_world(&w);
}

static void a_shard_that_sends_no_summaries_ends_the_run(void **state)
{
    (void)state;
    static struct world w;
    struct error e;
    open_world(&w, 31, false);
    fill(&w);
    for (uint32_t i = 0; i < w.shards[0].rows_n; i++)
        w.shards[0].rows[i].port = 65536;
    assert_int_equal(run_until_failure(&w, &e), STATUS_BAD);
    assert_non_null(strstr(e.text, "aggregator shard-0 sends what is no summary"));
    close_world(&w);
}

static void a_sum_of_nothing_is_no_session(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w, 32, false);
    fill(&w);
    for (unsigned s = 0; s < SHARDS; s++)
        for (uint32_t i = 0; i < w.shards[s].rows_n; i++)
            w.shards[s].rows[i].count = 0;
    run_world(&w);
    assert_int_equal(w.windows, 0);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_put_together_from_all_shards),
        cmocka_unit_test(lost_repeated_and_reordered_batches_change_nothing),
        cmocka_unit_test(shards_without_a_row_give_no_window),
        cmocka_unit_test(summaries_out_of_order_end_the_run),
        cmocka_unit_test(a_shard_that_sends_no_summaries_ends_the_run),
        cmocka_unit_test(a_sum_of_nothing_is_no_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
