#include "vendor.h"

#include "common/buffer.h"

#include <stdlib.h>

struct vendor *vendors_get(struct vendors *v, struct span id, struct findings *f)
{
    for (unsigned i = 0; i < v->n; i++)
        if (span_is(id, v->of[i]->id))
            return v->of[i];
    struct map *map;
    char *name = allocate_text(id);
    if (map_load(v->folder, name, &map, f) != STATUS_OK) {
        free(name);
        return NULL;
    }
    struct vendor *one = allocate(1, sizeof *one);
    one->id = name;
    one->map = map;
    v->of = allocate_more(v->of, v->n + 1, sizeof(struct vendor *));
    v->of[v->n++] = one;
    return one;
}

void vendors_fini(struct vendors *v)
{
    for (unsigned i = 0; i < v->n; i++) {
        meanings_free(&v->of[i]->meanings);
        map_free(&v->of[i]->map);
        free(v->of[i]->id);
        free(v->of[i]);
    }
    free(v->of);
    v->of = NULL;
    v->n = 0;
}

unsigned vendor_fields(const struct vendor *v, const struct meaning_options *wanted, struct span *fields)
{
    struct field_set set = { { false } };
    unsigned n = 0;
    map_add_needs_of_selection(v->map, &set);
    map_add_needs(v->map, ASIM_NetworkProtocol, &set);
    map_add_needs(v->map, ASIM_NetworkDirection, &set);
    map_add_needs(v->map, ASIM_DvcAction, &set);
    map_add_needs(v->map, ASIM_DstPortNumber, &set);
    map_add_needs_of_count(v->map, &set);
    if (wanted->app)
        map_add_needs(v->map, ASIM_DstAppName, &set);
    if (wanted->weigh_event_count && !v->map->count)
        map_add_needs(v->map, ASIM_EventCount, &set);
    for (unsigned i = 0; i < v->map->record_n; i++)
        if (set.has[i])
            fields[n++] = v->map->record[i].name;
    return n;
}
