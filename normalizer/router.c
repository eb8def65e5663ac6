#include "router.h"

#include "common/timestamp.h"

#include <stdlib.h>

/* What a lane collects for its shard. */
struct lane {
    uint32_t rows;
    uint16_t *descriptor;
    uint32_t *position; /* from the part's beginning */
    int64_t *time;
    uint16_t *port;
    int64_t *count;
    unsigned char *first;
    unsigned char *portless; /* bit per row */
    bool any_portless, any_count, any_not_first;
    struct buffer storage; /* narrowed columns */
    struct buffer payload;
};

struct other {
    uint32_t position; /* from the batch's beginning */
    uint16_t reason;
};

struct router {
    unsigned shards, first_shard;
    unsigned char shard_of[65536];
    struct lane *lanes;
    uint32_t lane_capacity;

    struct meanings *meanings;
    const struct batch *in;
    uint32_t row, other; /* where the next part begins */
    uint64_t from, from_ordinal;
    bool done;

    uint32_t rows_capacity;
    uint32_t *descriptors; /* columns of the batch, widened */
    uint32_t *positions;
    int64_t *times;
    int32_t *ports[MAP_RECORD_FIELDS_MAX]; /* per port field in use; -1: none */
    bool ports_ready[MAP_RECORD_FIELDS_MAX];

    uint32_t *local, *stamp, groups_capacity; /* number of a group in this part, if stamped */
    uint32_t part;
    uint32_t local_n, local_capacity;
    struct span *local_texts; /* local_n × fields */

    uint32_t reasons_n;
    struct reason reasons[WIRE_REASONS_MAX];
    uint32_t skipped_n, skipped_capacity;
    struct other *skipped; /* rows that the map skips, in order */
    struct buffer others_positions, others_reasons;

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
    r->lanes = allocate(n, sizeof *r->lanes);
    r->done = true;
    return r;
}

static void lane_fini(struct lane *l)
{
    free(l->descriptor);
    free(l->position);
    free(l->time);
    free(l->port);
    free(l->count);
    free(l->first);
    free(l->portless);
    buffer_fini(&l->storage);
    buffer_fini(&l->payload);
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
    free(r->lanes);
    free(r->descriptors);
    free(r->positions);
    free(r->times);
    free(r->local);
    free(r->stamp);
    free(r->local_texts);
    free(r->skipped);
    buffer_fini(&r->others_positions);
    buffer_fini(&r->others_reasons);
    arena_fini(&r->scratch);
    free(r);
    *router = NULL;
}

struct span router_payload(const struct router *r, unsigned shard)
{
    return buffer_span(&r->lanes[shard].payload);
}

/* ------------------------------------------------------------------ begin: widen the columns */

static void widen_integers(const struct column *c, uint32_t rows, int64_t missing, int64_t *out)
{
    switch (c->type) {
    case COLUMN_U8:
        for (uint32_t i = 0; i < rows; i++)
            out[i] = c->base + c->data[i];
        break;
    case COLUMN_U16:
        for (uint32_t i = 0; i < rows; i++) {
            uint16_t v;
            memcpy(&v, c->data + 2 * (size_t)i, sizeof v);
            out[i] = c->base + v;
        }
        break;
    case COLUMN_U32:
        for (uint32_t i = 0; i < rows; i++) {
            uint32_t v;
            memcpy(&v, c->data + 4 * (size_t)i, sizeof v);
            out[i] = c->base + v;
        }
        break;
    default:
        for (uint32_t i = 0; i < rows; i++)
            out[i] = column_integer(c, i);
    }
    for (uint32_t i = 0; c->nulls && i < rows; i++)
        if (column_null(c, i))
            out[i] = missing;
}

static void need_rows(struct router *r, uint32_t rows)
{
    if (rows <= r->rows_capacity)
        return;
    r->descriptors = allocate_more(r->descriptors, rows, sizeof *r->descriptors);
    r->positions = allocate_more(r->positions, rows, sizeof *r->positions);
    r->times = allocate_more(r->times, rows, sizeof *r->times);
    for (unsigned i = 0; i < MAP_RECORD_FIELDS_MAX; i++)
        if (r->ports[i])
            r->ports[i] = allocate_more(r->ports[i], rows, sizeof *r->ports[i]);
    r->rows_capacity = rows;
}

static void widen_small(const struct column *c, uint32_t rows, int64_t subtract, int64_t *scratch, uint32_t *out)
{
    widen_integers(c, rows, 0, scratch);
    for (uint32_t i = 0; i < rows; i++)
        out[i] = (uint32_t)((uint64_t)scratch[i] - (uint64_t)subtract);
}

enum status router_begin(struct router *r, struct meanings *m, const struct batch *in, struct error *e)
{
    const struct column *descriptor = batch_column(in, "descriptor"), *position = batch_column(in, "position"),
                        *time = batch_column(in, "time");
    r->done = true;
    enum status status = meanings_begin(m, in, e);
    if (status != STATUS_OK)
        return status;
    if (in->rows && (!descriptor || !position))
        return error_set(e, STATUS_BAD, "a record batch without the columns descriptor and position");
    need_rows(r, in->rows);
    if (in->rows) {
        widen_small(descriptor, in->rows, 0, r->times, r->descriptors);
        widen_small(position, in->rows, (int64_t)in->from, r->times, r->positions);
    }
    if (time)
        widen_integers(time, in->rows, TIMESTAMP_NONE, r->times);
    for (uint32_t i = 0; !time && i < in->rows; i++)
        r->times[i] = TIMESTAMP_NONE;
    memset(r->ports_ready, 0, sizeof r->ports_ready);
    r->meanings = m;
    r->in = in;
    r->row = 0;
    r->other = 0;
    r->from = in->from;
    r->from_ordinal = in->from_ordinal;
    r->done = false;
    return STATUS_OK;
}

static const int32_t *port_column(struct router *r, int field)
{
    if (r->ports_ready[field])
        return r->ports[field];
    const struct column *c = meanings_column(r->meanings, (unsigned)field);
    if (!r->ports[field])
        r->ports[field] = allocate(r->rows_capacity, sizeof *r->ports[field]);
    int32_t *out = r->ports[field];
    for (uint32_t i = 0; i < r->in->rows; i++) {
        int64_t port = c && !column_null(c, i) ? column_integer(c, i) : -1;
        out[i] = port < 0 || port > 65535 ? -1 : (int32_t)port;
    }
    r->ports_ready[field] = true;
    return out;
}

/* ------------------------------------------------------------------ one part */

static uint32_t other_position(const struct router *r, uint32_t i)
{
    uint32_t position;
    memcpy(&position, r->in->others.positions + 4 * (size_t)i, sizeof position);
    return position;
}

struct part {
    uint32_t row_end, other_end;
    uint64_t to;
};

/* The largest part within the bounds, cut between records. */
static enum status choose_part(const struct router *r, unsigned sessions_per_row, struct part *p, struct error *e)
{
    const struct batch *in = r->in;
    uint32_t rows_max = WIRE_ROWS_MAX / (2 * sessions_per_row), others_max = WIRE_OTHERS_MAX / 2;
    *p = (struct part){ in->rows, in->others.n, in->to };
    if (in->rows - r->row <= 2 * rows_max && (uint64_t)(in->rows - r->row) + in->others.n - r->other <= 2 * others_max)
        return STATUS_OK;
    uint64_t cut = UINT64_MAX;
    if (in->rows - r->row > rows_max)
        cut = r->positions[r->row + rows_max];
    if (in->others.n - r->other > others_max && other_position(r, r->other + others_max) < cut)
        cut = other_position(r, r->other + others_max);
    if (cut == UINT64_MAX)
        return STATUS_OK;
    p->row_end = r->row;
    p->other_end = r->other;
    while (p->row_end < in->rows && r->positions[p->row_end] < cut)
        p->row_end++;
    while (p->other_end < in->others.n && other_position(r, p->other_end) < cut)
        p->other_end++;
    p->to = in->from + cut;
    if (p->row_end == r->row && p->other_end == r->other)
        return error_set(e, STATUS_LIMIT, "too many rows share the position %llu", (unsigned long long)p->to);
    return STATUS_OK;
}

static void need_lanes(struct router *r, uint32_t rows)
{
    if (rows <= r->lane_capacity)
        return;
    for (unsigned i = 0; i < r->shards; i++) {
        struct lane *l = &r->lanes[i];
        l->descriptor = allocate_more(l->descriptor, rows, sizeof *l->descriptor);
        l->position = allocate_more(l->position, rows, sizeof *l->position);
        l->time = allocate_more(l->time, rows, sizeof *l->time);
        l->port = allocate_more(l->port, rows, sizeof *l->port);
        l->count = allocate_more(l->count, rows, sizeof *l->count);
        l->first = allocate_more(l->first, rows, sizeof *l->first);
        l->portless = allocate_more(l->portless, (rows + 7) / 8, sizeof *l->portless);
    }
    r->lane_capacity = rows;
}

/* The group's number in this part's own table. */
static uint16_t local_group(struct router *r, uint32_t group)
{
    if (group >= r->groups_capacity) {
        uint32_t more = group + 1 > 2 * r->groups_capacity ? group + 64 : 2 * r->groups_capacity;
        r->local = allocate_more(r->local, more, sizeof *r->local);
        r->stamp = allocate_more(r->stamp, more, sizeof *r->stamp);
        memset(r->stamp + r->groups_capacity, 0, (more - r->groups_capacity) * sizeof *r->stamp);
        r->groups_capacity = more;
    }
    if (r->stamp[group] != r->part) {
        if (r->local_n == r->local_capacity) {
            r->local_capacity = r->local_capacity ? 2 * r->local_capacity : 64;
            r->local_texts = allocate_more(r->local_texts, r->local_capacity, GROUP_FIELDS * sizeof(struct span));
        }
        memcpy(r->local_texts + (size_t)GROUP_FIELDS * r->local_n, meanings_group(r->meanings, group),
               GROUP_FIELDS * sizeof(struct span));
        r->stamp[group] = r->part;
        r->local[group] = r->local_n++;
    }
    return (uint16_t)r->local[group];
}

static uint16_t add_reason(struct router *r, enum verdict verdict, struct span text)
{
    for (uint32_t i = 0; i < r->reasons_n; i++)
        if (r->reasons[i].verdict == verdict && span_equal(r->reasons[i].text, text))
            return (uint16_t)i;
    r->reasons[r->reasons_n] = (struct reason){ verdict, text };
    return (uint16_t)r->reasons_n++;
}

/* A reason's number; when a batch has more than fit, the rest of them share one per verdict. */
static uint16_t reason_number(struct router *r, enum verdict verdict, struct span text)
{
    if (r->reasons_n < WIRE_REASONS_MAX - 3)
        return add_reason(r, verdict, text);
    for (uint32_t i = 0; i < r->reasons_n; i++)
        if (r->reasons[i].verdict == verdict && span_equal(r->reasons[i].text, text))
            return (uint16_t)i;
    return add_reason(r, verdict, SPAN_LITERAL("other"));
}

static void skip_row(struct router *r, uint32_t row, enum verdict verdict, struct span reason)
{
    if (r->skipped_n == r->skipped_capacity) {
        r->skipped_capacity = r->skipped_capacity ? 2 * r->skipped_capacity : 1024;
        r->skipped = allocate_more(r->skipped, r->skipped_capacity, sizeof *r->skipped);
    }
    r->skipped[r->skipped_n++] = (struct other){ r->positions[row], reason_number(r, verdict, reason) };
}

static int64_t row_weight(struct router *r, const struct meaning *m, const struct session_meaning *s, uint32_t row)
{
    int64_t number = 0;
    bool known = false;
    if (s->weighing == WEIGH_CONSTANT)
        return s->weight;
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
    int32_t port = s->port_field == PORT_NONE ? -1 : port_column(r, s->port_field)[row];
    struct lane *l = &r->lanes[port < 0 ? r->first_shard : r->shard_of[port]];
    uint32_t at = l->rows++;
    int64_t weight = row_weight(r, m, s, row);
    l->descriptor[at] = local_group(r, s->group);
    l->position[at] = r->positions[row] - (uint32_t)(r->from - r->in->from);
    l->time[at] = r->times[row];
    l->port[at] = port < 0 ? 0 : (uint16_t)port;
    l->count[at] = weight;
    l->first[at] = first;
    unsigned char bit = (unsigned char)(1u << (at & 7));
    if ((at & 7) == 0)
        l->portless[at >> 3] = 0;
    if (port < 0)
        l->portless[at >> 3] |= bit;
    l->any_portless |= port < 0;
    l->any_count |= weight != 1;
    l->any_not_first |= !first;
}

static void route_rows(struct router *r, uint32_t end)
{
    for (uint32_t row = r->row; row < end; row++) {
        int64_t time = r->times[row];
        if (time < TIMESTAMP_MIN_MS || time > TIMESTAMP_MAX_MS) {
            skip_row(r, row, VERDICT_BAD, SPAN_LITERAL("no_time"));
            continue;
        }
        const struct meaning *m = meanings_get(r->meanings, r->descriptors[row]);
        if (m->reason.n)
            skip_row(r, row, VERDICT_SKIP, m->reason);
        for (unsigned i = 0; i < m->n; i++)
            add_session(r, m, &m->sessions[i], row, i == 0);
    }
}

/* The collector's and ours, in order of position. */
static uint32_t merge_others(struct router *r, const struct part *p)
{
    uint32_t n = p->other_end - r->other + r->skipped_n, base = (uint32_t)(r->from - r->in->from);
    buffer_clear(&r->others_positions);
    buffer_clear(&r->others_reasons);
    buffer_reserve(&r->others_positions, 4 * (size_t)n);
    buffer_reserve(&r->others_reasons, 2 * (size_t)n);
    uint32_t theirs = r->other, ours = 0;
    while (theirs < p->other_end || ours < r->skipped_n) {
        struct other one;
        if (ours == r->skipped_n || (theirs < p->other_end && other_position(r, theirs) <= r->skipped[ours].position)) {
            uint16_t reason;
            memcpy(&reason, r->in->others.reasons + 2 * (size_t)theirs, sizeof reason);
            one = (struct other){ other_position(r, theirs++), reason };
            one.reason = reason_number(r, r->in->others.reason[reason].verdict, r->in->others.reason[reason].text);
        } else {
            one = r->skipped[ours++];
        }
        one.position -= base;
        buffer_append(&r->others_positions, &one.position, sizeof one.position);
        buffer_append(&r->others_reasons, &one.reason, sizeof one.reason);
    }
    return n;
}

/* ------------------------------------------------------------------ encode */

enum { COLUMN_DESCRIPTOR, COLUMN_POSITION, COLUMN_TIME, COLUMN_PORT, COLUMN_COUNT_, COLUMN_FIRST, COLUMNS_MAX };

static void narrow_descriptors(struct lane *l, struct column *c, bool narrow)
{
    c->type = narrow ? COLUMN_U8 : COLUMN_U16;
    c->data = (const unsigned char *)l->descriptor;
    c->data_bytes = (size_t)l->rows * (narrow ? 1 : 2);
    unsigned char *bytes = (unsigned char *)l->descriptor;
    for (uint32_t i = 0; narrow && i < l->rows; i++)
        bytes[i] = (unsigned char)l->descriptor[i];
}

static uint32_t lane_columns(const struct router *r, struct lane *l, const struct part *p, struct column *out)
{
    uint32_t n = 4;
    (void)p;
    buffer_clear(&l->storage);
    struct column_plan count, time = column_plan_integers(&l->storage, l->time, l->rows, NULL);
    if (l->any_count)
        count = column_plan_integers(&l->storage, l->count, l->rows, NULL);
    out[0] = (struct column){ .name = SPAN_LITERAL("descriptor") };
    narrow_descriptors(l, &out[0], r->local_n <= 256);
    out[1] = (struct column){ .name = SPAN_LITERAL("position"),
                              .type = COLUMN_U32,
                              .base = (int64_t)r->from,
                              .data = (const unsigned char *)l->position,
                              .data_bytes = 4 * (size_t)l->rows };
    out[2] = column_from_plan(&l->storage, &time, SPAN_LITERAL("time"), NULL);
    out[3] = (struct column){ .name = SPAN_LITERAL("port"),
                              .type = COLUMN_U16,
                              .data = (const unsigned char *)l->port,
                              .data_bytes = 2 * (size_t)l->rows,
                              .nulls = l->any_portless ? l->portless : NULL };
    if (l->any_count)
        out[n++] = column_from_plan(&l->storage, &count, SPAN_LITERAL("count"), NULL);
    if (l->any_not_first)
        out[n++] = (struct column){
            .name = SPAN_LITERAL("first"), .type = COLUMN_U8, .data = l->first, .data_bytes = l->rows
        };
    return n;
}

static enum status encode_lane(struct router *r, unsigned shard, const struct part *p, uint32_t others_n,
                               struct error *e)
{
    static struct span fields[] = {
        { "NetworkProtocol", 15 }, { "NetworkDirection", 16 }, { "DvcAction", 9 }, { "DstAppName", 10 }
    };
    struct lane *l = &r->lanes[shard];
    struct column columns[COLUMNS_MAX];
    uint64_t records = (uint64_t)(p->row_end - r->row) + (p->other_end - r->other);
    bool last = p->to == r->in->to && p->row_end == r->in->rows && p->other_end == r->in->others.n;
    uint64_t ordinal = r->from_ordinal + records < r->in->to_ordinal ? r->from_ordinal + records : r->in->to_ordinal;
    struct batch out = { .kind = BATCH_SESSIONS,
                         .source = r->in->source,
                         .stream = r->in->stream,
                         .epoch = r->in->epoch,
                         .from = r->from,
                         .to = p->to,
                         .from_ordinal = r->from_ordinal,
                         .to_ordinal = last ? r->in->to_ordinal : ordinal,
                         .high_water_ms = r->in->high_water_ms,
                         .descriptor_fields_n = GROUP_FIELDS,
                         .descriptor_fields = fields,
                         .rows = l->rows,
                         .columns = columns };
    if (l->rows) {
        out.descriptors_n = r->local_n;
        out.descriptors = r->local_texts;
        out.columns_n = lane_columns(r, l, p, columns);
    }
    if (shard == r->first_shard && others_n)
        out.others = (struct others){ others_n, (const unsigned char *)r->others_positions.p,
                                      (const unsigned char *)r->others_reasons.p, r->reasons_n, r->reasons };
    buffer_clear(&l->payload);
    return batch_encode(&out, &l->payload, e);
}

enum status router_next(struct router *r, struct error *e)
{
    struct part p;
    if (r->done)
        return STATUS_END;
    r->done = true;
    enum status status = choose_part(r, meanings_sessions_max(r->meanings), &p, e);
    if (status != STATUS_OK)
        return status;
    need_lanes(r, (p.row_end - r->row) * meanings_sessions_max(r->meanings));
    for (unsigned i = 0; i < r->shards; i++) {
        struct lane *l = &r->lanes[i];
        l->rows = 0;
        l->any_portless = l->any_count = l->any_not_first = false;
    }
    if (++r->part == 0) { /* stamps of four billion parts ago */
        memset(r->stamp, 0, r->groups_capacity * sizeof *r->stamp);
        r->part = 1;
    }
    r->local_n = 0;
    r->reasons_n = 0;
    r->skipped_n = 0;
    route_rows(r, p.row_end);
    uint32_t others_n = merge_others(r, &p);
    for (unsigned i = 0; i < r->shards && status == STATUS_OK; i++)
        status = encode_lane(r, i, &p, others_n, e);
    r->done = p.row_end == r->in->rows && p.other_end == r->in->others.n;
    r->from_ordinal += (uint64_t)(p.row_end - r->row) + (p.other_end - r->other);
    if (r->from_ordinal > r->in->to_ordinal)
        r->from_ordinal = r->in->to_ordinal;
    r->row = p.row_end;
    r->other = p.other_end;
    r->from = p.to;
    return status;
}
