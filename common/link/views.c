#include "common/link/views.h"

#include "common/buffer.h"

#include <stdlib.h>

enum status views_get(struct views *v, struct span name, struct view **out, struct error *e)
{
    uint64_t id;
    *out = NULL;
    if (!v->folder)
        return error_set(e, STATUS_BAD, "arena: this endpoint is not on one host");
    if (!arena_name_parse(name, &id))
        return error_set(e, STATUS_BAD, "arena: an impossible name");
    struct view *view = v->first;
    while (view && arena_view_id(view->arena) != id)
        view = view->next;
    if (!view) {
        struct arena_view *arena;
        enum status status = arena_view_open(v->folder, name, &arena, e);
        if (status)
            return status;
        view = allocate(1, sizeof *view);
        *view = (struct view){ .arena = arena, .next = v->first };
        v->first = view;
    }
    view->users++;
    *out = view;
    return STATUS_OK;
}

static void drop_unused(struct views *v, struct view *view)
{
    if (view->users || view->holds)
        return;
    struct view **link = &v->first;
    while (*link != view)
        link = &(*link)->next;
    *link = view->next;
    arena_view_close(&view->arena);
    free(view);
}

void views_put(struct views *v, struct view **at)
{
    struct view *view = *at;
    if (!view)
        return;
    *at = NULL;
    CHECK(view->users > 0);
    view->users--;
    drop_unused(v, view);
}

void views_hold(struct view *view, struct view_hold *hold)
{
    hold->next = view->holds;
    view->holds = hold;
}

void views_let_go(struct views *v, struct view *view, struct view_hold *hold)
{
    struct view_hold **link = &view->holds;
    while (*link != hold)
        link = &(*link)->next;
    *link = hold->next;
    drop_unused(v, view);
}

uint64_t view_released(const struct view *view, uint64_t newest)
{
    for (const struct view_hold *h = view->holds; h; h = h->next)
        if (h->sequence <= newest)
            newest = h->sequence - 1;
    return newest;
}

void views_fini(struct views *v)
{
    while (v->first) {
        struct view *view = v->first;
        v->first = view->next;
        arena_view_close(&view->arena);
        free(view);
    }
}
