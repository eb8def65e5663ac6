#include "coverage.h"

#include <stdlib.h>

/* ---- rows */

static const struct combination *combination_of(const struct coverage *c, size_t entry)
{
    return &c->counts->combinations[c->counts->entries[entry].combination];
}

/* The value is empty, and the filter asks for one: if it passes, it is by --empty-matches alone. */
static bool passes_for_want(const struct coverage *c, uint32_t rule, enum count_field field, uint32_t value)
{
    return c->counts->values[field].items[value].n == 0 && !c->rules.items[rule].filters[field].star;
}

static void add_accepted(struct coverage *c, uint32_t rule, const struct combination *combination, int64_t sum)
{
    struct coverage_row *row = &c->rows[rule];
    bool certain = true;
    for (unsigned i = 0; i < coverage_fields(c); i++) {
        if (!passes_for_want(c, rule, (enum count_field)i, combination->value[i]))
            continue;
        row->wanting[i] = sum_add(row->wanting[i], sum);
        certain = false;
    }
    row->accepted = sum_add(row->accepted, sum);
    if (certain)
        row->certain = sum_add(row->certain, sum);
}

static void add_entry(struct coverage *c, uint32_t rule, size_t entry)
{
    struct coverage_row *row = &c->rows[rule];
    const struct combination *combination = combination_of(c, entry);
    int64_t sum = c->counts->entries[entry].sum;
    bool passes = true;
    for (unsigned i = 0; i < coverage_fields(c); i++) {
        if (rules_pass(&c->rules, rule, (enum count_field)i, combination->value[i]))
            continue;
        row->rejected[i] = sum_add(row->rejected[i], sum);
        passes = false;
    }
    row->on_ports = sum_add(row->on_ports, sum);
    if (passes)
        add_accepted(c, rule, combination, sum);
}

typedef void entry_visit(void *user, size_t entry);

/* Every entry on the ports that a rule names; returns how many ports those are. */
static unsigned visit_rule(const struct coverage *c, uint32_t rule, entry_visit *visit, void *user)
{
    struct port_set *set = allocate(1, sizeof *set);
    struct elements ports;
    elements_init(&ports, c->rules.items[rule].row->cells[CELL_PORTS]);
    port_set_init(set, &ports);
    for (size_t k = 0; k < c->ports_n; k++)
        for (size_t i = c->ports[k].from; i < c->ports[k].to && port_set_has(set, c->ports[k].port); i++)
            visit(user, i);
    unsigned n = port_set_count(set);
    elements_fini(&ports);
    free(set);
    return n;
}

struct judged {
    struct coverage *coverage;
    uint32_t rule;
};

static void judge_entry(void *user, size_t entry)
{
    struct judged *j = user;
    add_entry(j->coverage, j->rule, entry);
}

static void judge(struct coverage *c, uint32_t rule)
{
    struct judged j = { c, rule };
    struct coverage_row *row = &c->rows[rule];
    unsigned ports = visit_rule(c, rule, judge_entry, &j);
    row->verdict = ports == 0           ? COVERAGE_NO_PORT
                   : row->on_ports == 0 ? COVERAGE_ABSENT
                   : row->accepted == 0 ? COVERAGE_REJECTED
                                        : COVERAGE_CAN_FIRE;
}

static void index_ports(struct coverage *c)
{
    const struct counts *counts = c->counts;
    c->ports = allocate(PORTS_N, sizeof *c->ports);
    for (size_t i = 0; i < counts->entries_n; i++) {
        if (i == 0 || counts->entries[i - 1].port != counts->entries[i].port)
            c->ports[c->ports_n++] = (struct coverage_port){ counts->entries[i].port, i, i };
        c->ports[c->ports_n - 1].to = i + 1;
        c->counted = sum_add(c->counted, counts->entries[i].sum);
    }
}

struct coverage *coverage_new(const struct counts *counts, const struct watchlist *w, const struct evaluate_options *o)
{
    struct coverage *c = allocate(1, sizeof *c);
    c->counts = counts;
    c->match_app = o->match_app;
    rules_init(&c->rules, w, o->type, o->empty);
    rules_learn(&c->rules, counts);
    index_ports(c);
    c->rows = allocate(c->rules.n + 1, sizeof *c->rows);
    for (uint32_t rule = 0; rule < c->rules.n; rule++)
        judge(c, rule);
    return c;
}

void coverage_free(struct coverage **c)
{
    if (!*c)
        return;
    rules_fini(&(*c)->rules);
    free((*c)->rows);
    free((*c)->ports);
    free(*c);
    *c = NULL;
}

/* ---- values */

/* Sums of values while they are gathered, one for each number there is. */
struct gathered {
    const struct coverage *coverage;
    enum count_field field;
    uint32_t rule;
    int64_t *sums;
};

static void gather_entry(void *user, size_t entry)
{
    struct gathered *g = user;
    uint32_t value = combination_of(g->coverage, entry)->value[g->field];
    g->sums[value] = sum_add(g->sums[value], g->coverage->counts->entries[entry].sum);
}

static void gather_rejected(void *user, size_t entry)
{
    struct gathered *g = user;
    if (!rules_pass(&g->coverage->rules, g->rule, g->field, combination_of(g->coverage, entry)->value[g->field]))
        gather_entry(g, entry);
}

struct order {
    struct coverage_value value;
    struct span text; /* empty of ports, which are ordered as numbers */
};

static int by_sum(const void *left, const void *right)
{
    const struct order *a = left, *b = right;
    if (a->value.sum != b->value.sum)
        return a->value.sum > b->value.sum ? -1 : 1;
    int order = span_compare(a->text, b->text);
    return order ? order : (a->value.number > b->value.number) - (a->value.number < b->value.number);
}

/* What has a sum, in order; `names` of the numbers, NULL where they are ports. */
static void list_values(const int64_t *sums, uint32_t n, const struct names *names, struct coverage_values *out)
{
    struct order *order = allocate(n + 1, sizeof *order);
    *out = (struct coverage_values){ 0 };
    for (uint32_t i = 0; i < n; i++) {
        struct span text = names ? names->items[i] : span_of(NULL, 0);
        if (names && text.n == 0)
            out->empty = sums[i];
        else if (sums[i])
            order[out->n++] = (struct order){ { i, sums[i] }, text };
    }
    if (out->n)
        qsort(order, out->n, sizeof *order, by_sum);
    out->items = allocate(out->n + 1, sizeof *out->items);
    for (size_t i = 0; i < out->n; i++) {
        out->items[i] = order[i].value;
        out->set = sum_add(out->set, order[i].value.sum);
    }
    free(order);
}

void coverage_values_of(const struct coverage *c, enum count_field field, struct coverage_values *out)
{
    const struct names *names = &c->counts->values[field];
    struct gathered g = { c, field, .sums = allocate(names->n + 1, sizeof *g.sums) };
    for (size_t i = 0; i < c->counts->entries_n; i++)
        gather_entry(&g, i);
    list_values(g.sums, names->n, names, out);
    free(g.sums);
}

void coverage_rejected(const struct coverage *c, uint32_t rule, enum count_field field, struct coverage_values *out)
{
    const struct names *names = &c->counts->values[field];
    struct gathered g = { c, field, rule, allocate(names->n + 1, sizeof *g.sums) };
    visit_rule(c, rule, gather_rejected, &g);
    list_values(g.sums, names->n, names, out);
    free(g.sums);
}

void coverage_ports(const struct coverage *c, struct coverage_values *out)
{
    int64_t *sums = allocate(PORTS_N, sizeof *sums);
    for (size_t i = 0; i < c->counts->entries_n; i++) {
        const struct count_entry *entry = &c->counts->entries[i];
        sums[entry->port] = sum_add(sums[entry->port], entry->sum);
    }
    list_values(sums, PORTS_N, NULL, out);
    free(sums);
}

void coverage_values_fini(struct coverage_values *v)
{
    free(v->items);
    *v = (struct coverage_values){ 0 };
}
