#include "router.h"

#include "columns.h"
#include "common/timestamp.h"
#include "lane.h"
#include "leftovers.h"

#include <stdlib.h>

struct part {
    uint32_t row, row_end, other, other_end;
    uint64_t from, to, from_ordinal;
};

struct router {
    unsigned shards, first_shard;
    unsigned char shard_of[65536];
    struct lane lanes[ROUTER_SHARDS_MAX];
    struct buffer *to[ROUTER_SHARDS_MAX]; /* NULL: the lane's own payload */
    struct leftovers leftovers;

    struct meanings *meanings;
    const struct batch *in;
    const struct column *descriptor, *position, *time;
    struct part part; /* the next one begins where this one ends */
    bool done;

    uint32_t rows_capacity;
    uint32_t *descriptors, *positions; /* columns of the batch, widened */
    int64_t *times;
    bool times_ready;
    int32_t *ports[MAP_RECORD_FIELDS_MAX]; /* per port field in use; -1: none */
    bool ports_ready[MAP_RECORD_FIELDS_MAX];

    uint32_t *local, *stamp, groups_capacity; /* number of a group in this part, if stamped */
    uint32_t now;
    uint32_t local_n, local_capacity;
    struct span *local_texts; /* local_n × GROUP_FIELDS */

    struct arena scratch; /* of one weight */
};

enum status router_ranges_check(const struct port_range *ranges, unsigned n, struct error *e)
{
    unsigned char owned[65536] = { 0 };
    if (n == 0 || n > ROUTER_SHARDS_MAX)
        return error_set(e, STATUS_CONFIG, "%u shards: expected 1 to %d", n, ROUTER_SHARDS_MAX);
    for (unsigned i = 0; i < n; i++)
        for (unsigned port = ranges[i].first; port <= ranges[i].last; port++) {
            if (owned[port])
                return error_set(e, STATUS_CONFIG, "port %u: expected one shard to own it", port);
            owned[port] = 1;
        }
    for (unsigned port = 0; port < 65536; port++)
        if (!owned[port])
            return error_set(e, STATUS_CONFIG, "port %u: expected a shard to own it", port);
    return STATUS_OK;
}

struct router *router_new(const struct port_range *ranges, unsigned n)
{
    struct router *r = allocate(1, sizeof *r);
    CHECK(router_ranges_check(ranges, n, NULL) == STATUS_OK);
    r->shards = n;
    for (unsigned i = 0; i < n; i++)
        for (unsigned port = ranges[i].first; port <= ranges[i].last; port++)
            r->shard_of[port] = (unsigned char)i;
    r->first_shard = r->shard_of[0];
    r->done = true;
    return r;
}

void router_free(struct router **router)
{
    struct router *r = *router;
    if (!r)
        return;
    for (unsigned i = 0; i < r->shards; i++)
        lane_fini(&r->lanes[i]);
    for (unsigned i = 0; i < MAP_RECORD_FIELDS_MAX; i++)
        free(r->ports[i]);
    leftovers_fini(&r->leftovers);
    free(r->descriptors);
    free(r->positions);
    free(r->times);
    free(r->local);
    free(r->stamp);
    free(r->local_texts);
    arena_fini(&r->scratch);
    free(r);
    *router = NULL;
}

struct span router_payload(const struct router *r, unsigned shard)
{
    return buffer_span(r->to[shard] ? r->to[shard] : &r->lanes[shard].payload);
}

void router_encode_to(struct router *r, unsigned shard, struct buffer *to)
{
    r->to[shard] = to;
}

/* ------------------------------------------------------------------ begin */

static void need_rows(struct router *r, uint32_t rows)
{
    if (rows <= r->rows_capacity)
        return;
    r->descriptors = allocate_more(r->descriptors, rows, sizeof *r->descriptors);
    r->positions = allocate_more(r->positions, rows, sizeof *r->positions);
    r->times = allocate_more(r->times, rows, sizeof *r->times);
    for (unsigned i = 0; i < MAP_RECORD_FIELDS_MAX; i++) {
        free(r->ports[i]);
        r->ports[i] = NULL;
    }
    r->rows_capacity = rows;
}

enum status router_begin(struct router *r, struct meanings *m, const struct batch *in, struct error *e)
{
    r->done = true;
    r->descriptor = batch_column(in, "descriptor");
    r->position = batch_column(in, "position");
    r->time = batch_column(in, "time");
    enum status status = meanings_begin(m, in, e);
    if (status != STATUS_OK)
        return status;
    if (in->rows && (!r->descriptor || !r->position))
        return error_set(e, STATUS_BAD, "a record batch without the columns descriptor and position");
    need_rows(r, in->rows);
    if (in->rows) {
        columns_widen_numbers(r->descriptor, in->rows, r->descriptors);
        columns_widen_numbers(r->position, in->rows, r->positions);
    }
    memset(r->ports_ready, 0, sizeof r->ports_ready);
    r->times_ready = false;
    r->meanings = m;
    r->in = in;
    r->part = (struct part){ .to = in->from, .from_ordinal = in->from_ordinal };
    r->done = false;
    return STATUS_OK;
}

static void widen_times(struct router *r)
{
    if (r->time)
        columns_widen(r->time, r->in->rows, TIMESTAMP_NONE, r->times);
    for (uint32_t i = 0; !r->time && i < r->in->rows; i++)
        r->times[i] = TIMESTAMP_NONE;
    r->times_ready = true;
}

static const int32_t *widen_ports(struct router *r, int field)
{
    const struct column *c = meanings_column(r->meanings, (unsigned)field);
    if (!r->ports[field])
        r->ports[field] = allocate(r->rows_capacity, sizeof *r->ports[field]);
    if (c)
        columns_widen_ports(c, r->in->rows, r->ports[field]);
    for (uint32_t i = 0; !c && i < r->in->rows; i++)
        r->ports[field][i] = -1;
    r->ports_ready[field] = true;
    return r->ports[field];
}

static inline const int32_t *ports_of(struct router *r, int field)
{
    return r->ports_ready[field] ? r->ports[field] : widen_ports(r, field);
}

/* ------------------------------------------------------------------ one part */

/* The largest next part within the bounds, cut between records. */
static enum status choose_part(struct router *r, struct error *e)
{
    const struct batch *in = r->in;
    uint32_t rows_max = WIRE_ROWS_MAX / (2 * meanings_sessions_max(r->meanings)), others_max = WIRE_OTHERS_MAX / 2;
    struct part *p = &r->part;
    uint64_t records = (uint64_t)(p->row_end - p->row) + (p->other_end - p->other), cut = UINT64_MAX;
    *p = (struct part){ p->row_end, in->rows, p->other_end, in->others.n, p->to, in->to, p->from_ordinal + records };
    if (p->from_ordinal > in->to_ordinal)
        p->from_ordinal = in->to_ordinal;
    if (in->rows - p->row <= 2 * rows_max && (uint64_t)(in->rows - p->row) + in->others.n - p->other <= 2 * others_max)
        return STATUS_OK;
    if (in->rows - p->row > rows_max)
        cut = r->positions[p->row + rows_max];
    if (in->others.n - p->other > others_max && others_position(&in->others, p->other + others_max) < cut)
        cut = others_position(&in->others, p->other + others_max);
    if (cut == UINT64_MAX)
        return STATUS_OK;
    p->row_end = p->row;
    p->other_end = p->other;
    while (p->row_end < in->rows && r->positions[p->row_end] < cut)
        p->row_end++;
    while (p->other_end < in->others.n && others_position(&in->others, p->other_end) < cut)
        p->other_end++;
    p->to = in->from + cut;
    if (p->row_end == p->row && p->other_end == p->other)
        return error_set(e, STATUS_LIMIT, "too many rows share the position %llu", (unsigned long long)p->to);
    return STATUS_OK;
}

static bool is_last(const struct router *r)
{
    return r->part.row_end == r->in->rows && r->part.other_end == r->in->others.n;
}

static void grow_groups(struct router *r, uint32_t group)
{
    uint32_t more = group + 1 > 2 * r->groups_capacity ? group + 64 : 2 * r->groups_capacity;
    r->local = allocate_more(r->local, more, sizeof *r->local);
    r->stamp = allocate_more(r->stamp, more, sizeof *r->stamp);
    memset(r->stamp + r->groups_capacity, 0, (more - r->groups_capacity) * sizeof *r->stamp);
    r->groups_capacity = more;
}

static void add_local_group(struct router *r, uint32_t group)
{
    if (r->local_n == r->local_capacity) {
        r->local_capacity = r->local_capacity ? 2 * r->local_capacity : 64;
        r->local_texts = allocate_more(r->local_texts, r->local_capacity, GROUP_FIELDS * sizeof(struct span));
    }
    memcpy(r->local_texts + (size_t)GROUP_FIELDS * r->local_n, meanings_group(r->meanings, group),
           GROUP_FIELDS * sizeof(struct span));
    r->stamp[group] = r->now;
    r->local[group] = r->local_n++;
}

/* The group's number in this part's own table. */
static inline uint16_t local_group(struct router *r, uint32_t group)
{
    if (group >= r->groups_capacity)
        grow_groups(r, group);
    if (r->stamp[group] != r->now)
        add_local_group(r, group);
    return (uint16_t)r->local[group];
}

static void forget_local_groups(struct router *r)
{
    if (++r->now == 0) { /* stamps of four billion parts ago */
        if (r->groups_capacity)
            memset(r->stamp, 0, r->groups_capacity * sizeof *r->stamp);
        r->now = 1;
    }
    r->local_n = 0;
}

static int64_t row_weight(struct router *r, const struct meaning *m, const struct session_meaning *s, uint32_t row)
{
    int64_t number = 0;
    bool known = false;
    if (s->weighing == WEIGH_COLUMN) {
        const struct column *c = meanings_column(r->meanings, (unsigned)s->weight_field);
        known = c && !column_null(c, row);
        number = known ? column_integer(c, row) : 0;
    } else {
        arena_clear(&r->scratch);
        struct evaluation on = meanings_evaluation(r->meanings, m, s->form, &r->scratch);
        on.row = row;
        known = value_number(expression_evaluate(s->weight_from, &on), &number);
    }
    return known && number >= s->least ? number : s->missing;
}

static inline void add_session(struct router *r, const struct meaning *m, const struct session_meaning *s, uint32_t row,
                               bool first)
{
    int32_t port = s->port_field == PORT_NONE ? -1 : ports_of(r, s->port_field)[row];
    int64_t weight = s->weighing == WEIGH_CONSTANT ? s->weight : row_weight(r, m, s, row);
    uint32_t position = r->positions[row] - (uint32_t)(r->part.from - r->in->from);
    lane_add(&r->lanes[port < 0 ? r->first_shard : r->shard_of[port]], local_group(r, s->group), position,
             r->times[row], port, weight, first);
}

static void route_rows(struct router *r)
{
    if (!r->times_ready)
        widen_times(r);
    for (uint32_t row = r->part.row; row < r->part.row_end; row++) {
        int64_t time = r->times[row];
        if (time < TIMESTAMP_MIN_MS || time > TIMESTAMP_MAX_MS) {
            leftovers_add(&r->leftovers, r->positions[row], VERDICT_BAD, SPAN_LITERAL("no_time"));
            continue;
        }
        const struct meaning *m = meanings_get(r->meanings, r->descriptors[row]);
        if (m->reason.n)
            leftovers_add(&r->leftovers, r->positions[row], VERDICT_SKIP, m->reason);
        for (unsigned i = 0; i < m->n; i++)
            add_session(r, m, &m->sessions[i], row, i == 0);
    }
}

/* ------------------------------------------------------------------ the plain case */

/* The port column, if every row of the batch is exactly one session of weight 1 in the same order for one shard, so
 * that columns go through as they came; NULL if it is not that plain. */
static const struct column *plain_port(struct router *r)
{
    const struct batch *in = r->in;
    const struct column *port;
    int field = PORT_NONE;
    if (r->shards != 1 || r->part.row != 0 || !is_last(r) || !r->time || r->time->nulls || in->descriptors_n > in->rows)
        return NULL;
    for (uint32_t i = 0; i < in->descriptors_n; i++) {
        const struct meaning *m = meanings_get(r->meanings, i);
        if (m->n != 1 || m->sessions[0].weighing != WEIGH_CONSTANT || m->sessions[0].weight != 1)
            return NULL;
        if (i == 0)
            field = m->sessions[0].port_field;
        if (m->sessions[0].port_field == PORT_NONE || m->sessions[0].port_field != field)
            return NULL;
    }
    if (field == PORT_NONE)
        return NULL;
    port = meanings_column(r->meanings, (unsigned)field);
    return port && columns_are_ports(port, in->rows) ? port : NULL;
}

static uint32_t plain_columns(struct router *r, const struct column *port, struct column *out)
{
    const struct batch *in = r->in;
    struct lane *l = &r->lanes[0];
    lane_clear(l, in->rows); /* plain_port: not more descriptors than rows */
    l->rows = in->rows;
    /* The times are not needed here: their room holds the number of each descriptor's group. */
    int64_t *group = l->time;
    for (uint32_t i = 0; i < in->descriptors_n; i++)
        group[i] = local_group(r, meanings_get(r->meanings, i)->sessions[0].group);
    for (uint32_t row = 0; row < in->rows; row++)
        l->descriptor[row] = (uint16_t)group[r->descriptors[row]];
    out[0] = lane_descriptors(l, r->local_n);
    out[1] = *r->position;
    out[2] = *r->time;
    out[3] = *port;
    out[3].name = SPAN_LITERAL("port");
    return 4;
}

/* ------------------------------------------------------------------ encode */

static enum status encode(struct router *r, unsigned shard, struct column *columns, uint32_t columns_n,
                          const struct others *others, struct error *e)
{
    static struct span fields[] = {
        { "NetworkProtocol", 15 }, { "NetworkDirection", 16 }, { "DvcAction", 9 }, { "DstAppName", 10 }
    };
    struct lane *l = &r->lanes[shard];
    const struct part *p = &r->part;
    uint64_t ordinal = p->from_ordinal + (p->row_end - p->row) + (p->other_end - p->other);
    struct batch out = { .kind = BATCH_SESSIONS,
                         .source = r->in->source,
                         .stream = r->in->stream,
                         .epoch = r->in->epoch,
                         .from = p->from,
                         .to = p->to,
                         .from_ordinal = p->from_ordinal,
                         .to_ordinal = is_last(r) || ordinal > r->in->to_ordinal ? r->in->to_ordinal : ordinal,
                         .high_water_ms = r->in->high_water_ms,
                         .descriptor_fields_n = GROUP_FIELDS,
                         .descriptor_fields = fields,
                         .rows = l->rows };
    if (l->rows) {
        out.descriptors_n = r->local_n;
        out.descriptors = r->local_texts;
        out.columns_n = columns_n;
        out.columns = columns;
    }
    if (shard == r->first_shard)
        out.others = *others;
    struct buffer *to = r->to[shard] ? r->to[shard] : &l->payload;
    buffer_clear(to);
    return batch_encode(&out, to, e);
}

enum status router_next(struct router *r, struct error *e)
{
    struct column columns[LANE_COLUMNS_MAX];
    if (r->done)
        return STATUS_END;
    r->done = true;
    enum status status = choose_part(r, e);
    if (status != STATUS_OK)
        return status;
    const struct part *p = &r->part;
    forget_local_groups(r);
    leftovers_clear(&r->leftovers);
    const struct column *port = plain_port(r);
    for (unsigned i = 0; i < r->shards && !port; i++)
        lane_clear(&r->lanes[i], (p->row_end - p->row) * meanings_sessions_max(r->meanings));
    if (!port)
        route_rows(r);
    struct others others =
        leftovers_merge(&r->leftovers, &r->in->others, p->other, p->other_end, (uint32_t)(p->from - r->in->from));
    for (unsigned i = 0; i < r->shards && status == STATUS_OK; i++) {
        uint32_t n = port ? plain_columns(r, port, columns) : lane_columns(&r->lanes[i], p->from, r->local_n, columns);
        status = encode(r, i, columns, n, &others, e);
    }
    r->done = is_last(r);
    return status;
}
