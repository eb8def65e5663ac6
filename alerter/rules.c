#include "rules.h"

#include "common/utf8.h"

#include <stdlib.h>

const enum watchlist_cell rule_cells[COUNT_FIELDS_N] = {
    [FIELD_PROTOCOL] = CELL_PROTOCOL,
    [FIELD_DIRECTION] = CELL_DIRECTION,
    [FIELD_ACTION] = CELL_ACTION,
    [FIELD_APP] = CELL_APP,
};

/* ---- ranks */

static int compare_cells(const struct watchlist_row *a, const struct watchlist_row *b, const enum watchlist_cell *cells,
                         unsigned n)
{
    int order = 0;
    for (unsigned i = 0; i < n && order == 0; i++)
        order = span_compare(a->cells[cells[i]], b->cells[cells[i]]);
    return order;
}

static const enum watchlist_cell front_cells[] = { CELL_NAME, CELL_SEVERITY, CELL_TACTIC };
static const enum watchlist_cell description_cells[] = { CELL_DESCRIPTION };

static int by_front(const void *left, const void *right)
{
    const struct rule *const *a = left, *const *b = right;
    return compare_cells((*a)->row, (*b)->row, front_cells, 3);
}

static int by_description(const void *left, const void *right)
{
    const struct rule *const *a = left, *const *b = right;
    return compare_cells((*a)->row, (*b)->row, description_cells, 1);
}

static void rank(struct rules *r)
{
    struct rule **order = allocate(r->n + 1, sizeof *order);
    for (uint32_t i = 0; i < r->n; i++)
        order[i] = &r->items[i];
    qsort(order, r->n, sizeof *order, by_front);
    for (uint32_t i = 1; i < r->n; i++)
        order[i]->front_rank = order[i - 1]->front_rank + (by_front(&order[i - 1], &order[i]) != 0);
    qsort(order, r->n, sizeof *order, by_description);
    for (uint32_t i = 1; i < r->n; i++)
        order[i]->description_rank = order[i - 1]->description_rank + (by_description(&order[i - 1], &order[i]) != 0);
    free(order);
}

/* ---- ports */

static uint32_t add_node(struct rules *r, uint32_t parent, uint32_t rule)
{
    if (r->nodes_n == r->nodes_capacity) {
        r->nodes_capacity = r->nodes_capacity ? 2 * r->nodes_capacity : 256;
        r->nodes = allocate_more(r->nodes, r->nodes_capacity, sizeof *r->nodes);
    }
    r->nodes[r->nodes_n] = (struct port_node){ parent, rule };
    return r->nodes_n++;
}

/* While classes are split: the new node of each old one, PORT_NODE_NONE where there is none yet. */
struct split {
    uint32_t *node;
    uint32_t n;
};

static void split_grow(struct split *s, uint32_t n)
{
    if (s->n >= n)
        return;
    s->node = allocate_more(s->node, 2 * (size_t)n, sizeof *s->node);
    memset(s->node + s->n, 0, (2 * (size_t)n - s->n) * sizeof *s->node);
    s->n = 2 * n;
}

/* Split the classes of ports by one more rule: ports that had the same node and are all named by it get one new node.
 */
static void add_ports(struct rules *r, uint32_t rule, const struct port_set *set, struct split *split)
{
    uint32_t before = r->nodes_n;
    split_grow(split, before);
    for (unsigned port = 0; port < PORTS_N; port++) {
        if (set->bits[port >> 6] == 0) {
            port |= 63;
            continue;
        }
        if (!port_set_has(set, port))
            continue;
        uint32_t old = r->port_node[port];
        if (split->node[old] == PORT_NODE_NONE)
            split->node[old] = add_node(r, old, rule);
        r->port_node[port] = split->node[old];
    }
    for (uint32_t node = before; node < r->nodes_n; node++)
        split->node[r->nodes[node].parent] = PORT_NODE_NONE;
}

static void compile_ports(struct rules *r)
{
    struct port_set *set = allocate(1, sizeof *set);
    struct split split = { 0 };
    add_node(r, PORT_NODE_NONE, 0);
    for (uint32_t i = 0; i < r->n; i++) {
        struct elements ports;
        elements_init(&ports, r->items[i].row->cells[CELL_PORTS]);
        port_set_init(set, &ports);
        add_ports(r, i, set, &split);
        elements_fini(&ports);
    }
    free(split.node);
    free(set);
}

void rules_init(struct rules *r, const struct watchlist *w, enum watchlist_type type, enum empty_matches empty)
{
    memset(r, 0, sizeof *r);
    r->empty = empty;
    r->items = allocate(w->rows_n + 1, sizeof *r->items);
    for (size_t i = 0; i < w->rows_n; i++) {
        struct rule *rule = &r->items[r->n];
        if (watchlist_row_verdict(&w->rows[i], type, &rule->threshold) != WATCHLIST_ACTIVE)
            continue;
        rule->row = &w->rows[i];
        for (unsigned field = 0; field < COUNT_FIELDS_N; field++)
            elements_init(&rule->filters[field], rule->row->cells[rule_cells[field]]);
        r->n++;
    }
    r->words = (r->n + 63) / 64;
    rank(r);
    compile_ports(r);
}

void rules_fini(struct rules *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        for (unsigned field = 0; field < COUNT_FIELDS_N; field++)
            elements_fini(&r->items[i].filters[field]);
    for (unsigned field = 0; field < COUNT_FIELDS_N; field++)
        free(r->passes[field].bits);
    free(r->items);
    free(r->nodes);
    buffer_fini(&r->scratch);
    memset(r, 0, sizeof *r);
}

/* ---- values */

static void learn_value(struct rules *r, enum count_field field, uint32_t value, struct span text)
{
    uint64_t *bits = r->passes[field].bits + (size_t)value * r->words;
    memset(bits, 0, r->words * sizeof *bits);
    buffer_clear(&r->scratch);
    utf8_append_lower(&r->scratch, text);
    struct span lower = buffer_span(&r->scratch);
    for (uint32_t i = 0; i < r->n; i++) {
        const struct elements *filter = &r->items[i].filters[field];
        bool pass =
            field == FIELD_APP ? match_app_passes(filter, lower, r->empty) : match_passes(filter, lower, r->empty);
        bits[i >> 6] |= (uint64_t)pass << (i & 63);
    }
}

void rules_learn(struct rules *r, const struct counts *c)
{
    if (r->generation != c->generation) {
        r->generation = c->generation;
        for (unsigned field = 0; field < COUNT_FIELDS_N; field++)
            r->passes[field].n = 0;
    }
    if (r->words == 0)
        return;
    for (unsigned field = 0; field < COUNT_FIELDS_N; field++) {
        struct value_passes *p = &r->passes[field];
        if (p->capacity < c->values[field].capacity) {
            p->capacity = c->values[field].capacity;
            p->bits = allocate_more(p->bits, (size_t)p->capacity * r->words, sizeof *p->bits);
        }
        for (; p->n < c->values[field].n; p->n++)
            learn_value(r, (enum count_field)field, p->n, c->values[field].items[p->n]);
    }
}
