#include "stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

void stats_fini(struct stats *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->row[i].name);
    free(s->row);
    *s = (struct stats){ 0 };
}

static double seconds(const json_t *event, const char *key)
{
    double v = json_number_value(json_object_get(event, key));
    return v > 0 ? v : 0;
}

void stats_take(struct stats *s, const char *name, const json_t *event)
{
    struct span shown = span_text(name);
    if (span_starts(shown, SPAN_LITERAL("the ")))
        shown = span_from(shown, 4);
    s->row = allocate_more(s->row, s->n + 1, sizeof *s->row);
    s->row[s->n++] = (struct stats_row){ .name = allocate_text(shown),
                                         .wall = seconds(event, "wall"),
                                         .user = seconds(event, "user"),
                                         .system = seconds(event, "system"),
                                         .start = seconds(event, "start"),
                                         .work = seconds(event, "work"),
                                         .messages = seconds(event, "messages"),
                                         .wait = seconds(event, "wait"),
                                         .batches = json_integer_value(json_object_get(event, "batches")),
                                         .rows = json_integer_value(json_object_get(event, "rows")),
                                         .bytes = json_integer_value(json_object_get(event, "bytes")) };
}

/* What the command itself has used: it starts and watches. */
static struct stats_row own_row(void)
{
    struct rusage u;
    struct stats_row own = { .name = (char *)(uintptr_t) "tidemark" };
    if (getrusage(RUSAGE_SELF, &u) == 0) {
        own.user = (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6;
        own.system = (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6;
        own.start = own.user + own.system;
    }
    return own;
}

static void append_times(const struct stats_row *r, int width, struct buffer *out)
{
    buffer_append_format(out, "%-*s %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f", width, r->name, r->user + r->system, r->user,
                         r->system, r->start, r->work, r->messages);
}

void stats_append(const struct stats *s, struct buffer *out)
{
    struct stats_row own = own_row(), all = own;
    static const char corner[] = "processor seconds";
    int width = sizeof corner - 1;
    all.name = (char *)(uintptr_t) "all";
    for (size_t i = 0; i < s->n; i++) {
        const struct stats_row *r = &s->row[i];
        width = (int)strlen(r->name) > width ? (int)strlen(r->name) : width;
        all.user += r->user;
        all.system += r->system;
        all.start += r->start;
        all.work += r->work;
        all.messages += r->messages;
    }
    buffer_append_format(out, "%-*s %9s %9s %9s %9s %9s %9s %9s %9s %9s %12s %14s\n", width, corner, "all", "user",
                         "system", "start", "work", "messages", "waited", "wall", "batches", "rows", "bytes");
    for (size_t i = 0; i < s->n; i++) {
        const struct stats_row *r = &s->row[i];
        append_times(r, width, out);
        buffer_append_format(out, " %9.3f %9.3f %9" PRId64 " %12" PRId64 " %14" PRId64 "\n", r->wait, r->wall,
                             r->batches, r->rows, r->bytes);
    }
    append_times(&own, width, out);
    buffer_append_byte(out, '\n');
    append_times(&all, width, out);
    buffer_append_byte(out, '\n');
}
