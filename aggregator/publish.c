#include "publish.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <stdlib.h>

enum { BATCH_ROWS = 8192, BATCH_TEXT_BYTES = 1 << 20, KEPT_MAX = 64 };

/* An encoded batch that may have to be sent again. */
struct kept {
    uint64_t from, to;
    uint64_t epoch;
    struct buffer bytes;
};

/* What a batch in the making holds so far. */
struct made {
    uint32_t rows, descriptors_n;
    size_t text_bytes;
};

struct publish {
    struct shard *shard;
    struct sender *sender;
    struct span name;
    uint64_t epoch;
    struct kept kept[KEPT_MAX]; /* a ring: kept_n from kept_at on */
    unsigned kept_at, kept_n;
    unsigned sent_n; /* of them, in this epoch */
    uint64_t rows;   /* made so far: the next batch begins here */
    uint64_t acknowledged;
    bool made_all, ended, finished;
    int64_t repeat_ms; /* when the end, then the finish, was last sent */

    /* One batch being made. */
    int64_t *window_ms, *port, *count, *descriptor;
    uint32_t *local; /* by group: its number in the batch, if stamp says that it is this batch's */
    uint64_t *stamp;
    uint32_t local_capacity;
    uint64_t batch_number;
    struct span *descriptors;
    uint32_t fields_n;
    struct buffer columns;
};

struct publish *publish_new(struct shard *s, struct sender *sender, const char *name, uint64_t incarnation)
{
    struct publish *p = allocate(1, sizeof *p);
    p->shard = s;
    p->sender = sender;
    p->name = span_text(name);
    p->epoch = incarnation << 32;
    p->repeat_ms = INT64_MIN / 2;
    p->fields_n = s->with_application ? GROUP_FIELDS : GROUP_FIELDS - 1;
    p->window_ms = allocate(BATCH_ROWS, sizeof *p->window_ms);
    p->port = allocate(BATCH_ROWS, sizeof *p->port);
    p->count = allocate(BATCH_ROWS, sizeof *p->count);
    p->descriptor = allocate(BATCH_ROWS, sizeof *p->descriptor);
    p->descriptors = allocate((size_t)BATCH_ROWS * GROUP_FIELDS, sizeof *p->descriptors);
    p->local_capacity = groups_n(s->groups); /* all that there will be: the shard has finished */
    p->local = allocate((size_t)p->local_capacity + 1, sizeof *p->local);
    p->stamp = allocate((size_t)p->local_capacity + 1, sizeof *p->stamp);
    return p;
}

void publish_free(struct publish **p)
{
    struct publish *old = *p;
    if (!old)
        return;
    for (unsigned i = 0; i < KEPT_MAX; i++)
        buffer_fini(&old->kept[i].bytes);
    free(old->window_ms);
    free(old->port);
    free(old->count);
    free(old->descriptor);
    free(old->descriptors);
    free(old->local);
    free(old->stamp);
    buffer_fini(&old->columns);
    free(old);
    *p = NULL;
}

/* The number of the row's group within the batch. */
static uint32_t local_descriptor(struct publish *p, uint32_t group, struct made *made)
{
    CHECK(group < p->local_capacity);
    if (p->stamp[group] != p->batch_number) {
        p->stamp[group] = p->batch_number;
        p->local[group] = made->descriptors_n++;
        const struct group *g = groups_get(p->shard->groups, group);
        for (uint32_t i = 0; i < p->fields_n; i++) {
            p->descriptors[(size_t)p->local[group] * p->fields_n + i] = g->texts[i];
            made->text_bytes += g->texts[i].n;
        }
    }
    return p->local[group];
}

/* Take the rows of one batch from the merge.  Texts bound a batch too, so that its payload stays small. */
static enum status take_rows(struct publish *p, struct made *made, struct error *e)
{
    enum status status = STATUS_OK;
    p->batch_number++;
    *made = (struct made){ 0 };
    while (made->rows < BATCH_ROWS && made->text_bytes < BATCH_TEXT_BYTES) {
        struct run_row row;
        status = runs_next(p->shard->runs, &row, e);
        if (status != STATUS_OK)
            break;
        uint32_t i = made->rows++;
        p->window_ms[i] = row.window_ms;
        p->port[i] = count_key_port(row.key);
        p->count[i] = (int64_t)row.n;
        p->descriptor[i] = local_descriptor(p, count_key_group(row.key), made);
    }
    if (status == STATUS_END) {
        p->made_all = true;
        status = STATUS_OK;
    }
    return status;
}

static enum status encode(struct publish *p, const struct made *made, struct buffer *out, struct error *e)
{
    enum { COLUMNS = 4 };
    static const char *const names[COLUMNS] = { "descriptor", "window", "port", "count" };
    const int64_t *const values[COLUMNS] = { p->descriptor, p->window_ms, p->port, p->count };
    struct column_plan plans[COLUMNS];
    struct column columns[COLUMNS];
    struct span fields[GROUP_FIELDS];
    for (uint32_t i = 0; i < p->fields_n; i++)
        fields[i] = span_text(group_field_names[i]);
    buffer_clear(&p->columns);
    for (unsigned i = 0; i < COLUMNS; i++)
        plans[i] = column_plan_integers(&p->columns, values[i], made->rows, NULL);
    for (unsigned i = 0; i < COLUMNS; i++)
        columns[i] = column_from_plan(&p->columns, &plans[i], span_text(names[i]), NULL);
    struct batch b = { .kind = BATCH_SUMMARIES,
                       .source = SPAN_LITERAL("shard"),
                       .stream = p->name,
                       .epoch = p->epoch,
                       .from = p->rows,
                       .to = p->rows + made->rows,
                       .from_ordinal = p->rows,
                       .to_ordinal = p->rows + made->rows,
                       .high_water_ms = TIMESTAMP_NONE,
                       .descriptor_fields_n = p->fields_n,
                       .descriptor_fields = fields,
                       .descriptors_n = made->descriptors_n,
                       .descriptors = p->descriptors,
                       .rows = made->rows,
                       .columns_n = COLUMNS,
                       .columns = columns };
    return batch_encode(&b, out, e);
}

static struct kept *kept_at(struct publish *p, unsigned i)
{
    return &p->kept[(p->kept_at + i) % KEPT_MAX];
}

/* Make the next batch, behind those that are kept.  Nothing is made when there are no more rows. */
static enum status make(struct publish *p, struct error *e)
{
    struct made made;
    enum status status = take_rows(p, &made, e);
    if (status != STATUS_OK || made.rows == 0)
        return status;
    struct kept *kept = kept_at(p, p->kept_n);
    buffer_clear(&kept->bytes);
    status = encode(p, &made, &kept->bytes, e);
    if (status != STATUS_OK)
        return status;
    *kept = (struct kept){ .from = p->rows, .to = p->rows + made.rows, .epoch = p->epoch, .bytes = kept->bytes };
    p->rows = kept->to;
    p->kept_n++;
    return STATUS_OK;
}

/* A batch that was made in an earlier epoch says so; this is rare, so it is read and written anew. */
static enum status renew(struct publish *p, struct kept *kept, struct error *e)
{
    const struct batch *old;
    struct buffer bytes = { 0 };
    struct batch_decoder *decoder = batch_decoder_new();
    buffer_reserve(&kept->bytes, 0);
    enum status status = batch_decode(decoder, buffer_span(&kept->bytes), &old, e);
    if (status == STATUS_OK) {
        struct batch b = *old;
        b.epoch = p->epoch;
        status = batch_encode(&b, &bytes, e);
    }
    batch_decoder_free(&decoder);
    if (status != STATUS_OK) {
        buffer_fini(&bytes);
        return status;
    }
    buffer_fini(&kept->bytes);
    kept->bytes = bytes;
    kept->epoch = p->epoch;
    return STATUS_OK;
}

static void acknowledge(struct publish *p, const struct message *m)
{
    if (m->position > p->rows) /* of what was never sent */
        return;
    if (m->position > p->acknowledged)
        p->acknowledged = m->position;
    while (p->kept_n && p->kept[p->kept_at].to <= p->acknowledged) {
        p->kept_at = (p->kept_at + 1) % KEPT_MAX;
        p->kept_n--;
        p->sent_n -= p->sent_n > 0;
    }
    if (m->ended && p->made_all && p->acknowledged == p->rows && !p->ended) {
        p->ended = true;
        p->repeat_ms = INT64_MIN / 2;
    }
}

static enum status rewind_to(struct publish *p, const struct message *m, struct error *e)
{
    if (m->epoch < p->epoch || m->position > p->rows)
        return STATUS_OK; /* answered already, or nonsense */
    if (m->position < p->acknowledged)
        return error_set(e, STATUS_PEER,
                         "alerter: asks again for rows from %llu on, which it had acknowledged up to %llu",
                         (unsigned long long)m->position, (unsigned long long)p->acknowledged);
    p->epoch = m->epoch + 1;
    p->sent_n = 0;
    while (p->sent_n < p->kept_n && kept_at(p, p->sent_n)->to <= m->position)
        p->sent_n++;
    p->repeat_ms = INT64_MIN / 2;
    return STATUS_OK;
}

enum status publish_event(struct publish *p, const struct link_event *event, struct error *e)
{
    const struct message *m = event->message;
    switch (event->kind) {
    case LINK_ACKNOWLEDGE:
        if (span_equal(m->stream, p->name))
            acknowledge(p, m);
        return STATUS_OK;
    case LINK_REWIND:
        return span_equal(m->stream, p->name) ? rewind_to(p, m, e) : STATUS_OK;
    case LINK_FINISH:
        p->finished = p->ended;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

/* Send what is kept and not sent, making more as long as there is room. */
static enum status send_batches(struct publish *p, struct error *e)
{
    enum status status = STATUS_OK;
    while (sender_has_credit(p->sender)) {
        if (p->sent_n == p->kept_n) {
            if (p->made_all || p->kept_n == KEPT_MAX)
                return STATUS_OK;
            status = make(p, e);
            if (status != STATUS_OK || p->sent_n == p->kept_n)
                return status;
        }
        struct kept *kept = kept_at(p, p->sent_n);
        if (kept->epoch != p->epoch)
            status = renew(p, kept, e);
        if (status == STATUS_OK)
            status = sender_try_batch(p->sender, buffer_span(&kept->bytes));
        if (status != STATUS_OK)
            return status == STATUS_AGAIN ? STATUS_OK : status;
        p->sent_n++;
    }
    return STATUS_OK;
}

static void send_end(struct publish *p)
{
    struct message m = { .type = MESSAGE_END,
                         .source = SPAN_LITERAL("shard"),
                         .stream = p->name,
                         .epoch = p->epoch,
                         .position = p->rows,
                         .ordinal = p->rows,
                         .high_water_ms = TIMESTAMP_NONE };
    const struct account_line *lines = account_lines(p->shard->account, shard_is_first(p->shard), &m.account_n);
    m.account = (struct account_line *)(uintptr_t)lines;
    sender_end(p->sender, &m);
}

enum status publish_step(struct publish *p, int64_t now_ms, struct error *e)
{
    if (p->finished)
        return STATUS_END;
    enum status status = send_batches(p, e);
    if (status != STATUS_OK)
        return status;
    bool all_sent = p->made_all && p->sent_n == p->kept_n;
    if (all_sent && now_ms - p->repeat_ms >= LINK_REPEAT_MS) {
        p->repeat_ms = now_ms;
        if (p->ended)
            sender_finish(p->sender);
        else
            send_end(p);
    }
    return STATUS_AGAIN;
}
