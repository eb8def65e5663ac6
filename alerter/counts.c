#include "counts.h"

#include "common/utf8.h"

#include <stdlib.h>

enum { COMBINATIONS_KEPT = 1 << 20, FEW = 24 };

const char *const count_field_names[COUNT_FIELDS_N] = {
    [FIELD_PROTOCOL] = "NetworkProtocol",
    [FIELD_DIRECTION] = "NetworkDirection",
    [FIELD_ACTION] = "DvcAction",
    [FIELD_APP] = "DstAppName",
};

void counts_fini(struct counts *c)
{
    for (unsigned i = 0; i < COUNT_FIELDS_N; i++)
        names_fini(&c->values[i]);
    names_fini(&c->groups);
    names_fini(&c->combination_keys);
    free(c->combinations);
    free(c->group_combination);
    free(c->entries);
    buffer_fini(&c->scratch);
    *c = (struct counts){ 0 };
}

static uint32_t value_number(struct counts *c, enum count_field field, struct span text)
{
    if (!utf8_valid(text)) {
        buffer_clear(&c->scratch);
        utf8_append_valid(&c->scratch, text);
        text = buffer_span(&c->scratch);
    }
    return names_intern(&c->values[field], text);
}

static uint32_t group_number(struct counts *c, const uint32_t *value, uint32_t combination)
{
    uint32_t known = c->groups.n;
    uint32_t group = names_intern(&c->groups, span_of((const char *)value, FIELD_APP * sizeof *value));
    if (group < known)
        return group;
    if (c->groups.capacity > c->groups_capacity) {
        c->groups_capacity = c->groups.capacity;
        c->group_combination = allocate_more(c->group_combination, c->groups_capacity, sizeof *c->group_combination);
    }
    c->group_combination[group] = combination;
    return group;
}

uint32_t counts_combination(struct counts *c, const struct span *texts)
{
    struct combination key = { .group = 0 };
    for (unsigned i = 0; i < COUNT_FIELDS_N; i++)
        key.value[i] = value_number(c, (enum count_field)i, texts[i]);
    uint32_t known = c->combination_keys.n;
    uint32_t number = names_intern(&c->combination_keys, span_of((const char *)key.value, sizeof key.value));
    if (number < known)
        return number;
    key.group = group_number(c, key.value, number);
    if (c->combination_keys.capacity > c->combinations_capacity) {
        c->combinations_capacity = c->combination_keys.capacity;
        c->combinations = allocate_more(c->combinations, c->combinations_capacity, sizeof *c->combinations);
    }
    c->combinations[number] = key;
    return number;
}

void counts_add(struct counts *c, uint16_t port, uint32_t combination, int64_t sum)
{
    if (sum < 1)
        return;
    if (c->entries_n == c->entries_capacity) {
        c->entries_capacity = c->entries_capacity ? 2 * c->entries_capacity : 1024;
        c->entries = allocate_more(c->entries, c->entries_capacity, sizeof *c->entries);
    }
    c->entries[c->entries_n++] = (struct count_entry){
        .port = port, .group = c->combinations[combination].group, .combination = combination, .sum = sum
    };
}

static int by_port_and_group(const void *left, const void *right)
{
    const struct count_entry *a = left, *b = right;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->combination > b->combination) - (a->combination < b->combination);
}

static void sort_few(struct count_entry *entries, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct count_entry moved = entries[i];
        size_t at = i;
        for (; at && by_port_and_group(&entries[at - 1], &moved) > 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = moved;
    }
}

/* Shards send their ports in order, so that as a rule only the few entries of each port are to be sorted. */
static void sort_entries(struct count_entry *entries, size_t n)
{
    bool ascending = true;
    for (size_t i = 1; i < n && ascending; i++)
        ascending = entries[i - 1].port <= entries[i].port;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && (!ascending || entries[end].port == entries[i].port);)
            end++;
        if (end - i <= FEW)
            sort_few(entries + i, end - i);
        else
            qsort(entries + i, end - i, sizeof *entries, by_port_and_group);
    }
}

void counts_settle(struct counts *c)
{
    if (c->entries_n == 0)
        return;
    sort_entries(c->entries, c->entries_n);
    size_t n = 1;
    for (size_t i = 1; i < c->entries_n; i++) {
        struct count_entry *last = &c->entries[n - 1], *entry = &c->entries[i];
        if (last->port == entry->port && last->combination == entry->combination)
            last->sum = sum_add(last->sum, entry->sum);
        else
            c->entries[n++] = *entry;
    }
    c->entries_n = n;
}

void counts_clear(struct counts *c)
{
    c->entries_n = 0;
    if (c->combination_keys.n <= COMBINATIONS_KEPT)
        return;
    for (unsigned i = 0; i < COUNT_FIELDS_N; i++)
        names_clear(&c->values[i]);
    names_clear(&c->groups);
    names_clear(&c->combination_keys);
    c->generation++;
}
