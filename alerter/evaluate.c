#include "evaluate.h"

#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* A row has fired on a group. */
struct hit {
    uint32_t front_rank, description_rank;
    uint32_t rule;
    uint32_t group;
    int64_t group_sum;
    int64_t fired_sum; /* what was above the threshold */
    uint16_t port;
};

struct evaluator {
    struct rules rules;
    const struct watchlist *watchlist;
    struct evaluate_options options;

    struct hit *hits;
    size_t hits_n, hits_capacity;

    /* The result that is being built. */
    struct result_group *groups;
    size_t groups_capacity;
    struct result_row *rows;
    size_t rows_capacity;
    struct span *set[FIELD_APP];
    size_t set_capacity;
    struct buffer key;
};

struct evaluator *evaluator_new(const struct watchlist *w, const struct evaluate_options *o)
{
    struct evaluator *v = allocate(1, sizeof *v);
    v->watchlist = w;
    v->options = *o;
    rules_init(&v->rules, w, o->type, o->empty);
    return v;
}

void evaluator_free(struct evaluator **v)
{
    if (!*v)
        return;
    rules_fini(&(*v)->rules);
    free((*v)->hits);
    free((*v)->groups);
    free((*v)->rows);
    for (unsigned i = 0; i < FIELD_APP; i++)
        free((*v)->set[i]);
    buffer_fini(&(*v)->key);
    free(*v);
    *v = NULL;
}

uint32_t evaluator_ports(const struct evaluator *v, struct port_range_wanted *out)
{
    uint32_t n = 0;
    for (unsigned port = 0; port < PORTS_N; port++) {
        if (v->rules.port_node[port] == PORT_NODE_NONE)
            continue;
        if (n && out[n - 1].last + 1u == port)
            out[n - 1].last = (uint16_t)port;
        else
            out[n++] = (struct port_range_wanted){ (uint16_t)port, (uint16_t)port };
    }
    return n;
}

/* ---- which rows fire */

static void push_hit(struct evaluator *v, uint32_t rule, const struct count_entry *entry, int64_t group_sum)
{
    if (v->hits_n == v->hits_capacity) {
        v->hits_capacity = v->hits_capacity ? 2 * v->hits_capacity : 256;
        v->hits = allocate_more(v->hits, v->hits_capacity, sizeof *v->hits);
    }
    v->hits[v->hits_n++] = (struct hit){ .front_rank = v->rules.items[rule].front_rank,
                                         .description_rank = v->rules.items[rule].description_rank,
                                         .rule = rule,
                                         .group = entry->group,
                                         .group_sum = group_sum,
                                         .fired_sum = group_sum,
                                         .port = entry->port };
}

static bool group_passes(const struct rules *r, uint32_t rule, const struct combination *c)
{
    return rules_pass(r, rule, FIELD_PROTOCOL, c->value[FIELD_PROTOCOL]) &&
           rules_pass(r, rule, FIELD_DIRECTION, c->value[FIELD_DIRECTION]) &&
           rules_pass(r, rule, FIELD_ACTION, c->value[FIELD_ACTION]);
}

/* Sum of the entries of one group that the rule accepts: 0 if none. */
static int64_t accepted_sum(const struct evaluator *v, const struct counts *c, uint32_t rule,
                            const struct count_entry *entries, size_t n)
{
    if (!group_passes(&v->rules, rule, &c->combinations[entries[0].combination]))
        return 0;
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t app = c->combinations[entries[i].combination].value[FIELD_APP];
        if (!v->options.match_app || rules_pass(&v->rules, rule, FIELD_APP, app))
            sum = sum_add(sum, entries[i].sum);
    }
    return sum;
}

/* One rule against all entries of a port that it names. */
static void try_rule(struct evaluator *v, const struct counts *c, uint32_t rule, const struct count_entry *entries,
                     size_t n)
{
    int64_t threshold = v->rules.items[rule].threshold, total = 0;
    size_t first = v->hits_n;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && entries[end].group == entries[i].group;)
            end++;
        int64_t sum = accepted_sum(v, c, rule, entries + i, end - i);
        if (sum == 0 || (!v->options.aggregate_row && sum <= threshold))
            continue;
        push_hit(v, rule, &entries[i], sum);
        total = sum_add(total, sum);
    }
    if (!v->options.aggregate_row)
        return;
    if (total <= threshold)
        v->hits_n = first;
    for (size_t i = first; i < v->hits_n; i++)
        v->hits[i].fired_sum = total;
}

static void find_hits(struct evaluator *v, const struct counts *c)
{
    v->hits_n = 0;
    for (size_t i = 0, end; i < c->entries_n; i = end) {
        uint16_t port = c->entries[i].port;
        for (end = i + 1; end < c->entries_n && c->entries[end].port == port;)
            end++;
        for (uint32_t node = v->rules.port_node[port]; node != PORT_NODE_NONE; node = v->rules.nodes[node].parent)
            try_rule(v, c, v->rules.nodes[node].rule, c->entries + i, end - i);
    }
}

static int by_result(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->front_rank != b->front_rank)
        return a->front_rank < b->front_rank ? -1 : 1;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    if (a->description_rank != b->description_rank)
        return a->description_rank < b->description_rank ? -1 : 1;
    return (a->rule > b->rule) - (a->rule < b->rule);
}

static bool same_result(const struct hit *a, const struct hit *b)
{
    return a->front_rank == b->front_rank && a->port == b->port && a->description_rank == b->description_rank;
}

/* ---- what they are merged into */

static int by_values(const void *left, const void *right)
{
    const struct result_group *a = left, *b = right;
    int order = 0;
    for (unsigned i = 0; i < FIELD_APP && order == 0; i++)
        order = span_compare(a->value[i], b->value[i]);
    return order;
}

static void merge_groups(struct evaluator *v, const struct counts *c, const struct hit *hits, size_t n,
                         struct result *r)
{
    if (v->groups_capacity < n) {
        v->groups_capacity = 2 * n;
        v->groups = allocate_more(v->groups, v->groups_capacity, sizeof *v->groups);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t combination = c->group_combination[hits[i].group];
        struct result_group *g = &v->groups[i];
        g->sum = hits[i].group_sum;
        for (unsigned field = 0; field < FIELD_APP; field++)
            g->value[field] = counts_value(c, combination, (enum count_field)field);
    }
    qsort(v->groups, n, sizeof *v->groups, by_values);
    size_t merged = 0;
    for (size_t i = 0; i < n; i++) {
        struct result_group *last = merged ? &v->groups[merged - 1] : NULL;
        if (!last || by_values(last, &v->groups[i]) != 0)
            v->groups[merged++] = v->groups[i];
        else if (last->sum < v->groups[i].sum)
            last->sum = v->groups[i].sum;
    }
    r->groups = v->groups;
    r->groups_n = merged;
}

static void merge_rows(struct evaluator *v, const struct hit *hits, size_t n, struct result *r)
{
    r->rows_n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &v->rules.items[hits[i].rule];
        if (i > 0 && hits[i - 1].rule == hits[i].rule) {
            struct result_row *row = &v->rows[r->rows_n - 1];
            if (row->sum < hits[i].fired_sum)
                row->sum = hits[i].fired_sum;
        } else {
            if (r->rows_n == v->rows_capacity) {
                v->rows_capacity = v->rows_capacity ? 2 * v->rows_capacity : 16;
                v->rows = allocate_more(v->rows, v->rows_capacity, sizeof *v->rows);
            }
            v->rows[r->rows_n++] =
                (struct result_row){ v->watchlist->file, rule->row->line, rule->threshold, hits[i].fired_sum };
        }
    }
    r->rows = v->rows;
    r->max_sum = v->rows[0].sum;
    r->threshold = v->rows[0].threshold;
    for (size_t i = 1; i < r->rows_n; i++) {
        const struct result_row *row = &v->rows[i];
        if (row->sum > r->max_sum || (row->sum == r->max_sum && row->threshold < r->threshold)) {
            r->max_sum = row->sum;
            r->threshold = row->threshold;
        }
    }
}

static int by_text(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

static void fill_sets(struct evaluator *v, struct result *r)
{
    static const size_t most[FIELD_APP] = { RESULT_PROTOCOLS_MAX, RESULT_DIRECTIONS_MAX, RESULT_ACTIONS_MAX };
    if (v->set_capacity < r->groups_n) {
        v->set_capacity = 2 * r->groups_n;
        for (unsigned field = 0; field < FIELD_APP; field++)
            v->set[field] = allocate_more(v->set[field], v->set_capacity, sizeof *v->set[field]);
    }
    for (unsigned field = 0; field < FIELD_APP; field++) {
        struct span *items = v->set[field];
        size_t n = 0, distinct = 0;
        bool without = false;
        for (size_t i = 0; i < r->groups_n; i++) {
            if (r->groups[i].value[field].n)
                items[n++] = r->groups[i].value[field];
            else
                without = true;
        }
        qsort(items, n, sizeof *items, by_text);
        for (size_t i = 0; i < n && distinct < most[field]; i++)
            if (distinct == 0 || !span_equal(items[distinct - 1], items[i]))
                items[distinct++] = items[i];
        r->values[field] = (struct result_set){ items, distinct, without };
    }
}

static void append_key_text(struct buffer *key, struct span text)
{
    uint64_t n = text.n;
    buffer_append(key, &n, sizeof n);
    buffer_append_span(key, text);
}

/* Of what results are merged by, so that it neither depends on the order of input nor on the watchlist's lines. */
static void name_alert(struct evaluator *v, struct result *r)
{
    int64_t numbers[] = { r->port, r->window_start_ms, r->window_end_ms - r->window_start_ms };
    buffer_clear(&v->key);
    append_key_text(&v->key, r->name);
    append_key_text(&v->key, r->severity);
    append_key_text(&v->key, r->tactic);
    append_key_text(&v->key, r->description);
    buffer_append(&v->key, numbers, sizeof numbers);
    XXH128_hash_t hash = XXH3_128bits(v->key.p, v->key.n);
    snprintf(r->alert_id, sizeof r->alert_id, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

static void build(struct evaluator *v, const struct counts *c, const struct hit *hits, size_t n, int64_t start_ms,
                  struct result *r)
{
    const struct span *cells = v->rules.items[hits[0].rule].row->cells;
    *r = (struct result){ .window_start_ms = start_ms,
                          .window_end_ms = start_ms + v->options.window_ms,
                          .name = cells[CELL_NAME],
                          .severity = cells[CELL_SEVERITY],
                          .tactic = cells[CELL_TACTIC],
                          .description = cells[CELL_DESCRIPTION],
                          .port = hits[0].port };
    merge_groups(v, c, hits, n, r);
    merge_rows(v, hits, n, r);
    fill_sets(v, r);
    name_alert(v, r);
}

enum status evaluator_run(struct evaluator *v, const struct counts *c, int64_t window_start_ms, result_sink *sink,
                          void *user, struct error *e)
{
    if (v->rules.n == 0)
        return STATUS_OK;
    rules_learn(&v->rules, c);
    find_hits(v, c);
    if (v->hits_n == 0)
        return STATUS_OK;
    qsort(v->hits, v->hits_n, sizeof *v->hits, by_result);
    for (size_t i = 0, end; i < v->hits_n; i = end) {
        struct result r;
        for (end = i + 1; end < v->hits_n && same_result(&v->hits[i], &v->hits[end]);)
            end++;
        build(v, c, v->hits + i, end - i, window_start_ms, &r);
        enum status status = sink(user, &r, e);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
