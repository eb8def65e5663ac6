#include "match.h"

#include "common/buffer.h"
#include "common/utf8.h"

#include <stdlib.h>

void elements_init(struct elements *e, struct span cell)
{
    struct buffer lower = { 0 };
    buffer_reserve(&lower, cell.n);
    utf8_append_lower(&lower, cell);
    *e = (struct elements){ .text = lower.p, .n = 1 };
    for (size_t i = 0; i < lower.n; i++)
        e->n += lower.p[i] == ',';
    e->items = allocate(e->n, sizeof *e->items);
    struct span whole = buffer_span(&lower);
    size_t begin = 0;
    for (unsigned i = 0; i < e->n; i++) {
        size_t end = span_find(whole, ',', begin);
        e->items[i] = span_of(whole.p + begin, end - begin);
        e->star |= span_is(e->items[i], "*");
        begin = end + 1;
    }
}

void elements_fini(struct elements *e)
{
    free(e->text);
    free(e->items);
    *e = (struct elements){ 0 };
}

bool match_has(struct span cell, struct span value)
{
    if (value.n == 0)
        return true;
    for (size_t from = 0; from < cell.n;) {
        size_t at = from + span_search(span_from(cell, from), value);
        if (at + value.n > cell.n || at >= cell.n)
            return false;
        size_t end = at + value.n;
        if ((at == 0 || !utf8_term_before(cell, at)) && (end == cell.n || !utf8_term_at(cell, end)))
            return true;
        from = at + 1;
    }
    return false;
}

bool match_passes(const struct elements *e, struct span value, enum empty_matches empty)
{
    if (e->star)
        return true;
    if (value.n == 0)
        return empty == EMPTY_MATCHES_ALL;
    for (unsigned i = 0; i < e->n; i++)
        if (match_has(e->items[i], value))
            return true;
    return false;
}

bool match_app_passes(const struct elements *e, struct span app, enum empty_matches empty)
{
    if (e->star)
        return true;
    bool any_name = false, passes = false;
    for (unsigned i = 0; i < e->n && !passes; i++) {
        struct span name = span_trim(e->items[i]);
        if (name.n == 0)
            continue;
        any_name = true;
        passes = app.n > 0 && match_has(app, name);
    }
    return passes || !any_name || (app.n == 0 && empty == EMPTY_MATCHES_ALL);
}
