#include "check_rows.h"

#include "known.h"

#include <stdlib.h>

/* ---- ports */

/* What an element that is no clean list entry is taken for. */
static void check_port_element(struct check *c, unsigned line, struct span element)
{
    struct port_set *set = allocate(1, sizeof *set);
    enum port_element kind = port_set_add(set, element);
    unsigned n = port_set_count(set);
    struct shown shown = show_text(span_trim(element));
    free(set);
    switch (kind) {
    case PORT_ELEMENT_NUMBER:
    case PORT_ELEMENT_RANGE:
    case PORT_ELEMENT_SERVICE:
        break;
    case PORT_ELEMENT_EMPTY:
        check_say(c, line, "Ports", false, "an empty element matches no port");
        break;
    case PORT_ELEMENT_STAR:
        check_say(c, line, "Ports", false, "'*' matches no port: write 0-65535 for all of them");
        break;
    case PORT_ELEMENT_BEYOND:
        check_say(c, line, "Ports", false, "'%s' goes beyond 65535, the last port", shown.text);
        break;
    case PORT_ELEMENT_REVERSED:
        check_say(c, line, "Ports", false,
                  "'%s' is a range from high to low, of which only the ends match: expected LOW-HIGH", shown.text);
        break;
    case PORT_ELEMENT_OTHER:
        if (n == 0)
            check_say(
                c, line, "Ports", false,
                "'%s' matches no port: expected a number without leading zeros, a range LOW-HIGH or a service name",
                shown.text);
        else
            check_say(c, line, "Ports", span_find(element, '-', 0) == element.n && n == 1,
                      "'%s' is no number, range or service name: %s in it %s", shown.text,
                      n == 1 ? "only the number" : "only the numbers", n == 1 ? "matches" : "match");
        break;
    }
}

void check_ports(struct check *c, const struct watchlist_row *row)
{
    struct elements ports;
    elements_init(&ports, row->cells[CELL_PORTS]);
    for (unsigned i = 0; i < ports.n; i++)
        check_port_element(c, row->line, ports.items[i]);
    elements_fini(&ports);
}

/* ---- filters */

void check_app(struct check *c, const struct watchlist_row *row)
{
    struct elements app;
    elements_init(&app, row->cells[CELL_APP]);
    bool names = false;
    for (unsigned i = 0; i < app.n; i++) {
        struct span name = span_trim(app.items[i]);
        names |= name.n > 0;
        if (span_is(name, "*") && app.items[i].n > 1)
            check_say(c, row->line, "App", false, "'*' with blanks around it is no star but a name");
    }
    if (names && !app.star)
        check_say(c, row->line, "App", true, "applications are compared only with --app match");
    elements_fini(&app);
}

/* Some value that the field is known to have passes the element; known values are ASCII. */
static bool accepts_known(struct span element, const char *const *known)
{
    for (; *known; known++) {
        char lower[64];
        size_t n = 0;
        for (; (*known)[n] && n < sizeof lower; n++)
            lower[n] = (*known)[n] >= 'A' && (*known)[n] <= 'Z' ? (char)((*known)[n] + 32) : (*known)[n];
        if (match_has(element, span_of(lower, n)))
            return true;
    }
    return false;
}

void check_filter(struct check *c, const struct watchlist_row *row, enum watchlist_cell cell, const char *const *known)
{
    struct elements filter;
    elements_init(&filter, row->cells[cell]);
    for (unsigned i = 0; i < filter.n; i++) {
        struct span element = filter.items[i], trimmed = span_trim(element);
        const char *nearest;
        if (span_is(element, "*") || accepts_known(element, known))
            continue;
        if (trimmed.n == 0)
            check_say(c, row->line, watchlist_columns[cell], false,
                      "an empty element accepts only sessions without a value: write * for any value");
        else if (span_is(trimmed, "*"))
            check_say(c, row->line, watchlist_columns[cell], false, "'*' with blanks around it is no star");
        else if ((nearest = known_nearest(known, trimmed)))
            check_say(c, row->line, watchlist_columns[cell], false, "'%s' accepts no known value: is %s meant?",
                      show_text(element).text, nearest);
        else
            check_say(c, row->line, watchlist_columns[cell], false,
                      "'%s' accepts no known value: only sessions with exactly such text can match",
                      show_text(element).text);
    }
    elements_fini(&filter);
}

/* ---- rows that make others useless */

enum { SHADOW_FILTERS = 4 };

struct shadow_row {
    bool active; /* compiled below */
    int32_t threshold;
    struct port_set ports;
    struct elements filters[SHADOW_FILTERS];
};

static const enum watchlist_cell shadow_cells[SHADOW_FILTERS] = { CELL_PROTOCOL, CELL_DIRECTION, CELL_ACTION,
                                                                  CELL_APP };

enum { SHADOW_ROWS_MAX = 4096 }; /* beyond it the check of pairs is left out: it is quadratic */

void shadows_init(struct check *c)
{
    const struct watchlist *w = c->watchlist;
    if (w->rows_n > SHADOW_ROWS_MAX)
        return;
    c->shadows = allocate(w->rows_n + 1, sizeof *c->shadows);
    for (size_t i = 0; i < w->rows_n; i++) {
        struct shadow_row *s = &c->shadows[i];
        struct elements ports;
        s->active = watchlist_row_verdict(&w->rows[i], WATCHLIST_ALL, &s->threshold) == WATCHLIST_ACTIVE;
        if (!s->active)
            continue;
        elements_init(&ports, w->rows[i].cells[CELL_PORTS]);
        port_set_init(&s->ports, &ports);
        elements_fini(&ports);
        for (unsigned k = 0; k < SHADOW_FILTERS; k++)
            elements_init(&s->filters[k], w->rows[i].cells[shadow_cells[k]]);
    }
}

void shadows_fini(struct check *c)
{
    for (size_t i = 0; c->shadows && i < c->watchlist->rows_n; i++)
        for (unsigned k = 0; k < SHADOW_FILTERS && c->shadows[i].active; k++)
            elements_fini(&c->shadows[i].filters[k]);
    free(c->shadows);
    c->shadows = NULL;
}

/* Every element of `b` is one of `a`, or `a` has the star. */
static bool filter_covers(const struct elements *a, const struct elements *b)
{
    if (a->star)
        return true;
    for (unsigned i = 0; i < b->n; i++) {
        bool found = false;
        for (unsigned k = 0; k < a->n && !found; k++)
            found = span_equal(a->items[k], b->items[i]);
        if (!found)
            return false;
    }
    return true;
}

/* Whatever row `b` fires on, `a` fires on too, into the same result. */
static bool covers(const struct check *c, size_t a, size_t b)
{
    static const enum watchlist_cell key[] = { CELL_TYPE, CELL_NAME, CELL_SEVERITY, CELL_TACTIC, CELL_DESCRIPTION };
    const struct shadow_row *sa = &c->shadows[a], *sb = &c->shadows[b];
    if (!sa->active || !sb->active || sa->threshold > sb->threshold)
        return false;
    for (unsigned i = 0; i < sizeof key / sizeof key[0]; i++)
        if (!span_equal(c->watchlist->rows[a].cells[key[i]], c->watchlist->rows[b].cells[key[i]]))
            return false;
    for (unsigned i = 0; i < PORTS_N / 64; i++)
        if (sb->ports.bits[i] & ~sa->ports.bits[i])
            return false;
    for (unsigned k = 0; k < SHADOW_FILTERS; k++)
        if (!filter_covers(&sa->filters[k], &sb->filters[k]))
            return false;
    return true;
}

void check_shadow(struct check *c, size_t row)
{
    const struct watchlist *w = c->watchlist;
    if (!c->shadows || !c->shadows[row].active || port_set_count(&c->shadows[row].ports) == 0)
        return;
    for (size_t other = 0; other < w->rows_n; other++) {
        if (other == row || !covers(c, other, row))
            continue;
        bool same = covers(c, row, other);
        if (same && other > row)
            continue; /* said at the later of the two */
        check_say(c, w->rows[row].line, "row", false,
                  same ? "it repeats the row of line %u"
                       : "it is shadowed by the row of line %u, which fires whenever it does",
                  w->rows[other].line);
        return;
    }
}
