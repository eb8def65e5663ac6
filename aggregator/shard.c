#include "shard.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <stdlib.h>

/* One batch in the shape in which it is counted; grown to the largest batch seen. */
struct shard_scratch {
    uint32_t rows_capacity;
    int64_t *value;     /* a column as it came */
    uint32_t *selected; /* rows to count */
    int64_t *time_ms;
    uint32_t *group;
    uint16_t *port;
    int64_t *weight;
    uint32_t groups_capacity;
    uint32_t *groups; /* by descriptor */
    uint64_t reasons[WIRE_REASONS_MAX];
};

void shard_init(struct shard *s, const struct shard_options *o)
{
    *s = (struct shard){ .options = *o };
    watched_all(&s->watched);
    s->groups = groups_new(o->seed);
    s->runs = runs_new(&o->runs);
    struct windows_options windows = o->windows;
    windows.seed = o->seed;
    s->windows = windows_new(&windows, s->runs);
    s->positions = positions_new(o->seed);
    s->account = account_new();
    s->scratch = allocate(1, sizeof *s->scratch);
}

void shard_fini(struct shard *s)
{
    windows_free(&s->windows);
    runs_free(&s->runs);
    groups_free(&s->groups);
    positions_free(&s->positions);
    account_free(&s->account);
    if (s->scratch) {
        free(s->scratch->value);
        free(s->scratch->selected);
        free(s->scratch->time_ms);
        free(s->scratch->group);
        free(s->scratch->port);
        free(s->scratch->weight);
        free(s->scratch->groups);
        free(s->scratch);
    }
    *s = (struct shard){ 0 };
}

static enum status find_position(struct shard *s, struct span source, struct span stream, struct position **out,
                                 struct error *e)
{
    struct position *p = positions_get(s->positions, source, stream);
    if (!p->user)
        p->user = account_source(s->account, p->source);
    if (!p->user)
        return error_set(e, STATUS_LIMIT, "aggregator: more than %d sources", ACCOUNT_SOURCES_MAX);
    *out = p;
    return STATUS_OK;
}

static void reserve_rows(struct shard_scratch *x, uint32_t rows)
{
    if (rows <= x->rows_capacity)
        return;
    x->value = allocate_more(x->value, rows, sizeof *x->value);
    x->selected = allocate_more(x->selected, rows, sizeof *x->selected);
    x->time_ms = allocate_more(x->time_ms, rows, sizeof *x->time_ms);
    x->group = allocate_more(x->group, rows, sizeof *x->group);
    x->port = allocate_more(x->port, rows, sizeof *x->port);
    x->weight = allocate_more(x->weight, rows, sizeof *x->weight);
    x->rows_capacity = rows;
}

/* The number of each descriptor's group. */
static void intern_descriptors(struct shard *s, const struct batch *b)
{
    struct shard_scratch *x = s->scratch;
    if (b->descriptors_n > x->groups_capacity) {
        x->groups = allocate_more(x->groups, b->descriptors_n, sizeof *x->groups);
        x->groups_capacity = b->descriptors_n;
    }
    int at[GROUP_FIELDS];
    for (unsigned i = 0; i < GROUP_FIELDS; i++) {
        at[i] = -1;
        if (i == GROUP_APPLICATION && !s->with_application)
            continue;
        for (uint32_t k = 0; k < b->descriptor_fields_n; k++)
            if (span_is(b->descriptor_fields[k], group_field_names[i]))
                at[i] = (int)k;
    }
    for (uint32_t d = 0; d < b->descriptors_n; d++) {
        struct group group = { 0 };
        for (unsigned i = 0; i < GROUP_FIELDS; i++)
            if (at[i] >= 0)
                group.texts[i] = b->descriptors[(size_t)d * b->descriptor_fields_n + (unsigned)at[i]];
        x->groups[d] = groups_intern(s->groups, &group);
    }
}

/* The values of `n` rows of a column: one loop per width, so that nothing is decided per row. */
static void gather_integers(const struct column *c, const uint32_t *rows, uint32_t n, int64_t *out)
{
    const int64_t base = c->base;
    switch (c->type) {
    case COLUMN_U8:
        for (uint32_t i = 0; i < n; i++)
            out[i] = base + c->data[rows[i]];
        return;
    case COLUMN_U16:
        for (uint32_t i = 0; i < n; i++) {
            uint16_t v;
            memcpy(&v, c->data + 2 * (size_t)rows[i], sizeof v);
            out[i] = base + v;
        }
        return;
    case COLUMN_U32:
        for (uint32_t i = 0; i < n; i++) {
            uint32_t v;
            memcpy(&v, c->data + 4 * (size_t)rows[i], sizeof v);
            out[i] = base + v;
        }
        return;
    case COLUMN_I64:
    case COLUMN_TEXT:
        for (uint32_t i = 0; i < n; i++)
            out[i] = column_integer(c, rows[i]);
        return;
    }
}

struct columns {
    const struct column *descriptor, *position, *time, *port, *count, *first;
};

/* batch_decode has checked what they hold; here it is only asked whether they are there. */
static enum status find_columns(const struct batch *b, struct columns *out, struct error *e)
{
    *out = (struct columns){ .descriptor = batch_column(b, "descriptor"),
                             .position = batch_column(b, "position"),
                             .time = batch_column(b, "time"),
                             .port = batch_column(b, "port"),
                             .count = batch_column(b, "count"),
                             .first = batch_column(b, "first") };
    if (!out->descriptor || !out->position || !out->time || !out->port)
        return error_set(e, STATUS_BAD, "batch of sessions: expected the columns descriptor, position, time and port");
    return STATUS_OK;
}

/* The first row at or above `applied`. */
static uint32_t first_new_row(const struct batch *b, const struct column *position, uint64_t applied)
{
    if (applied <= b->from)
        return 0;
    uint32_t low = 0, high = b->rows;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if ((uint64_t)column_integer(position, middle) < applied)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct tally {
    uint32_t rows;    /* with a port */
    uint32_t counted; /* of them, those whose port is watched: they are in the scratch */
    uint64_t portless;
    uint64_t records; /* whose first session is among the rows */
};

static uint64_t count_records(const struct column *is_first, uint32_t first, uint32_t n)
{
    if (!is_first)
        return n;
    uint64_t records = 0;
    for (uint32_t i = 0; i < n; i++)
        records += column_integer(is_first, first + i) != 0;
    return records;
}

static enum status foreign_port(const struct shard *s, uint32_t row, int64_t port, struct error *e)
{
    return error_set(e, STATUS_BAD, "batch of sessions: row %u has port %lld: expected %u to %u", row, (long long)port,
                     s->options.first_port, s->options.last_port);
}

/* Select the rows whose port is watched, where the column holds plain ports: no decisions per row. */
static enum status select_plain(struct shard *s, const struct column *port, uint32_t first, uint32_t n,
                                struct tally *tally, struct error *e)
{
    struct shard_scratch *x = s->scratch;
    uint32_t kept = 0, foreign = 0;
    const uint32_t least = s->options.first_port, extent = s->options.last_port - least;
    const uint64_t *watched = s->watched.bits;
    for (uint32_t row = first; row < first + n; row++) {
        uint16_t p;
        memcpy(&p, port->data + 2 * (size_t)row, sizeof p);
        foreign |= p - least > extent;
        x->selected[kept] = row;
        x->port[kept] = p;
        kept += (uint32_t)(watched[p >> 6] >> (p & 63) & 1);
    }
    tally->rows = n;
    tally->counted = kept;
    for (uint32_t row = first; foreign && row < first + n; row++)
        if ((uint64_t)column_integer(port, row) - least > extent)
            return foreign_port(s, row, column_integer(port, row), e);
    return STATUS_OK;
}

static enum status select_any(struct shard *s, const struct column *port, uint32_t first, uint32_t n,
                              struct tally *tally, struct error *e)
{
    struct shard_scratch *x = s->scratch;
    for (uint32_t row = first; row < first + n; row++) {
        if (column_null(port, row)) {
            tally->portless++;
            continue;
        }
        int64_t p = column_integer(port, row);
        if (p < s->options.first_port || p > s->options.last_port)
            return foreign_port(s, row, p, e);
        tally->rows++;
        x->selected[tally->counted] = row;
        x->port[tally->counted] = (uint16_t)p;
        tally->counted += watched_has(&s->watched, (uint16_t)p);
    }
    if (tally->portless && !shard_is_first(s))
        return error_set(e, STATUS_BAD, "batch of sessions: a row without a port: expected at the first shard only");
    return STATUS_OK;
}

/* Fill the scratch with the rows from `first` on that are to be counted.  STATUS_BAD if a row is not this shard's. */
static enum status prepare_rows(struct shard *s, const struct batch *b, const struct columns *c, uint32_t first,
                                struct tally *tally, struct error *e)
{
    struct shard_scratch *x = s->scratch;
    const uint32_t n = b->rows - first;
    const bool plain = c->port->type == COLUMN_U16 && c->port->base == 0 && !c->port->nulls;
    reserve_rows(x, n);
    enum status status = (plain ? select_plain : select_any)(s, c->port, first, n, tally, e);
    if (status != STATUS_OK)
        return status;
    intern_descriptors(s, b);
    gather_integers(c->descriptor, x->selected, tally->counted, x->value);
    for (uint32_t i = 0; i < tally->counted; i++)
        x->group[i] = x->groups[x->value[i]];
    gather_integers(c->time, x->selected, tally->counted, x->time_ms);
    if (c->count)
        gather_integers(c->count, x->selected, tally->counted, x->weight);
    tally->records = count_records(c->first, first, n);
    return STATUS_OK;
}

/* The records at or above `applied` that gave no session. */
static void account_others(struct shard *s, const struct batch *b, uint64_t applied, struct account_source *source)
{
    uint64_t *sums = s->scratch->reasons;
    memset(sums, 0, b->others.reasons_n * sizeof *sums);
    for (uint32_t i = 0; i < b->others.n; i++) {
        uint32_t position;
        uint16_t reason;
        memcpy(&position, b->others.positions + 4 * (size_t)i, sizeof position);
        memcpy(&reason, b->others.reasons + 2 * (size_t)i, sizeof reason);
        sums[reason] += b->from + position >= applied;
    }
    for (uint32_t i = 0; i < b->others.reasons_n; i++)
        if (sums[i])
            account_add(s->account, source, b->others.reason[i].verdict, b->others.reason[i].text, sums[i]);
}

static enum status apply_batch(struct shard *s, const struct batch *b, struct position *p, struct error *e)
{
    struct account_source *source = p->user;
    struct tally tally = { 0 };
    struct columns columns = { 0 };
    if (b->rows) {
        enum status status = find_columns(b, &columns, e);
        if (status == STATUS_OK)
            status = prepare_rows(s, b, &columns, first_new_row(b, columns.position, p->applied), &tally, e);
        if (status != STATUS_OK)
            return status;
    }
    if (tally.counted) {
        struct window_rows rows = { .n = tally.counted,
                                    .time_ms = s->scratch->time_ms,
                                    .group = s->scratch->group,
                                    .port = s->scratch->port,
                                    .weight = columns.count ? s->scratch->weight : NULL };
        enum status status = windows_count(s->windows, &rows, e);
        if (status != STATUS_OK)
            return status;
    }
    source->sessions += tally.rows;
    source->portless += tally.portless;
    source->session_records += tally.records;
    if (shard_is_first(s))
        account_others(s, b, p->applied, source);
    position_applied(s->positions, p, b->to, b->to_ordinal, b->high_water_ms);
    return windows_advance(s->windows, positions_watermark(s->positions), e);
}

/* The counts are already on their way to the alerter. */
static enum status too_late(struct span stream, struct span source, struct error *e)
{
    return error_set(e, STATUS_BAD, "stream %.*s of %.*s: something new after all senders have finished", (int)stream.n,
                     stream.p, (int)source.n, source.p);
}

enum status shard_batch(struct shard *s, const struct batch *b, struct shard_answer *out, struct error *e)
{
    if (b->kind != BATCH_SESSIONS)
        return error_set(e, STATUS_BAD, "batch of kind %d: expected sessions", (int)b->kind);
    enum status status = find_position(s, b->source, b->stream, &out->position, e);
    if (status != STATUS_OK)
        return status;
    out->ended = false;
    out->answer = position_offer(out->position, b->epoch, b->from);
    if (out->answer != POSITION_APPLY || b->to <= out->position->applied)
        return STATUS_OK;
    if (s->finished)
        return too_late(b->stream, b->source, e);
    return apply_batch(s, b, out->position, e);
}

enum status shard_lost(struct shard *s, const struct message *m, struct shard_answer *out, struct error *e)
{
    enum status status = find_position(s, m->source, m->stream, &out->position, e);
    if (status != STATUS_OK)
        return status;
    struct position *p = out->position;
    out->ended = false;
    out->answer = position_offer(p, m->epoch, m->position);
    if (out->answer != POSITION_APPLY || m->to <= p->applied)
        return STATUS_OK;
    if (s->finished)
        return too_late(m->stream, m->source, e);
    struct account_source *source = p->user;
    source->lost_bytes += m->to - p->applied;
    position_applied(s->positions, p, m->to, m->ordinal, p->high_water_ms);
    return STATUS_OK;
}

enum status shard_end(struct shard *s, const struct message *m, struct shard_answer *out, struct error *e)
{
    enum status status = find_position(s, m->source, m->stream, &out->position, e);
    if (status != STATUS_OK)
        return status;
    struct position *p = out->position;
    out->answer = position_offer(p, m->epoch, m->position);
    out->ended = out->answer == POSITION_APPLY;
    if (!out->ended)
        return STATUS_OK;
    if (m->position != p->applied)
        return error_set(e, STATUS_BAD, "end of stream %.*s of %.*s at %llu: %llu was applied", (int)p->stream.n,
                         p->stream.p, (int)p->source.n, p->source.p, (unsigned long long)m->position,
                         (unsigned long long)p->applied);
    position_ended(s->positions, p, m->ordinal, m->high_water_ms);
    return windows_advance(s->windows, positions_watermark(s->positions), e);
}

enum status shard_finish(struct shard *s, struct error *e)
{
    for (uint32_t i = 0; i < positions_n(s->positions); i++) {
        const struct position *p = positions_at(s->positions, i);
        if (!p->ended)
            return error_set(e, STATUS_PEER,
                             "aggregator: stream %.*s of %.*s: all senders have finished, but it has not ended",
                             (int)p->stream.n, p->stream.p, (int)p->source.n, p->source.p);
        struct account_source *source = p->user;
        source->read += p->ordinal;
    }
    s->finished = true;
    enum status status = windows_fold_all(s->windows, e);
    return status == STATUS_OK ? runs_finish(s->runs, e) : status;
}
