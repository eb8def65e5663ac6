#include "watchlist_show.h"

#include "display.h"
#include "match.h"

#include <stdlib.h>

static void append_other_type(struct buffer *out, const struct watchlist_row *row, enum watchlist_type type)
{
    int32_t threshold;
    if (type == WATCHLIST_ALL || watchlist_row_verdict(row, WATCHLIST_ALL, &threshold) == WATCHLIST_OTHER_TYPE) {
        buffer_append_format(out, "inactive: unknown type");
        return;
    }
    buffer_append_format(out, "of type ");
    display_append(out, row->cells[CELL_TYPE]);
}

void watchlist_append_state(struct buffer *out, const struct watchlist_row *row, enum watchlist_type type)
{
    int32_t threshold;
    switch (watchlist_row_verdict(row, type, &threshold)) {
    case WATCHLIST_ACTIVE:
        display_append(out, row->cells[CELL_TYPE]);
        break;
    case WATCHLIST_OVERLONG:
        buffer_append_format(out, "inactive: too many cells");
        break;
    case WATCHLIST_BAD_THRESHOLD:
        buffer_append_format(out, "inactive: no threshold");
        break;
    case WATCHLIST_DISABLED:
        buffer_append_format(out, "disabled");
        break;
    case WATCHLIST_OTHER_THRESHOLD:
        buffer_append_format(out, "not evaluated: ");
        display_append(out, row->cells[CELL_THRESHOLD_TYPE]);
        break;
    case WATCHLIST_OTHER_TYPE:
        append_other_type(out, row, type);
        break;
    case WATCHLIST_BLANK:
        break;
    }
}

static void append_run(struct buffer *out, unsigned first, unsigned last, bool alone)
{
    const char *service = alone ? service_name((uint16_t)first) : NULL;
    if (last > first)
        buffer_append_format(out, "%u-%u", first, last);
    else if (service)
        buffer_append_format(out, "%u %s", first, service);
    else
        buffer_append_format(out, "%u", first);
}

void watchlist_append_ports(struct buffer *out, const struct watchlist_row *row)
{
    enum { RUNS_MAX = 6 };
    struct port_set *set = allocate(1, sizeof *set);
    struct elements ports;
    unsigned runs = 0;
    elements_init(&ports, row->cells[CELL_PORTS]);
    port_set_init(set, &ports);
    bool alone = port_set_count(set) == 1;
    for (unsigned port = 0; port < PORTS_N && runs <= RUNS_MAX; port++) {
        if (!port_set_has(set, port))
            continue;
        unsigned last = port;
        while (last + 1 < PORTS_N && port_set_has(set, last + 1))
            last++;
        if (runs)
            buffer_append_format(out, ", ");
        if (runs < RUNS_MAX)
            append_run(out, port, last, alone);
        else
            buffer_append_format(out, "…");
        runs++;
        port = last;
    }
    if (runs == 0)
        buffer_append_format(out, "none");
    elements_fini(&ports);
    free(set);
}

void watchlist_append_filter(struct buffer *out, struct span cell)
{
    struct elements filter;
    elements_init(&filter, cell);
    if (filter.star)
        buffer_append_format(out, "any");
    else if (span_trim(cell).n == 0)
        buffer_append_format(out, "(none)");
    else
        display_append(out, span_trim(cell));
    elements_fini(&filter);
}

static void append_row(struct display_table *t, const struct watchlist_row *row)
{
    static const enum watchlist_cell filters[] = { CELL_PROTOCOL, CELL_DIRECTION, CELL_ACTION };
    buffer_append_format(&t->text, "%u", row->line);
    display_cell_end(t);
    watchlist_append_state(&t->text, row, WATCHLIST_ALL);
    display_cell_end(t);
    watchlist_append_ports(&t->text, row);
    display_cell_end(t);
    for (unsigned i = 0; i < 3; i++) {
        watchlist_append_filter(&t->text, row->cells[filters[i]]);
        display_cell_end(t);
    }
    struct span threshold = span_trim(row->cells[CELL_THRESHOLD]);
    buffer_append_format(&t->text, threshold.n ? "over " : "-");
    display_append(&t->text, threshold);
    display_cell_end(t);
    display_cell(t, span_trim(row->cells[CELL_SEVERITY]));
    display_cell(t, span_trim(row->cells[CELL_NAME]));
    display_cell(t, span_trim(row->cells[CELL_DESCRIPTION]));
}

void watchlist_append_table(const struct watchlist *w, bool bold, struct buffer *out)
{
    static const char *const names[] = { "LINE",   "STATE",     "PORTS",    "PROTOCOL", "DIRECTION",
                                         "ACTION", "THRESHOLD", "SEVERITY", "NAME",     "DESCRIPTION" };
    struct display_table t = { .columns = sizeof names / sizeof names[0], .right = 1 };
    for (unsigned i = 0; i < t.columns; i++)
        display_cell(&t, span_text(names[i]));
    for (size_t i = 0; i < w->rows_n; i++)
        if (!w->rows[i].blank)
            append_row(&t, &w->rows[i]);
    display_table_take(&t, 0, bold, out);
    display_table_fini(&t);
}
