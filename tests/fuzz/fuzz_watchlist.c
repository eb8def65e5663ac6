/* fuzz: component=alerter */
/* A watchlist of any bytes, CSV or Azure template: read, checked, shown and put to use. */
#include "check.h"
#include "evaluate.h"
#include "output.h"
#include "watchlist_show.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(void *user, const struct finding *f)
{
    size_t *n = user;
    *n += strlen(f->what) > 0 && f->column != NULL;
}

static enum status print(void *user, const struct result *r, struct error *e)
{
    (void)e;
    struct buffer *out = user;
    CHECK(r->rows_n > 0 && r->groups_n > 0 && r->max_sum > r->threshold);
    buffer_clear(out);
    output_append_json(out, r);
    output_append_csv(out, r);
    return STATUS_OK;
}

static void add(struct counts *c, uint16_t port, const char *protocol, const char *action, const char *app, int64_t n)
{
    const struct span texts[COUNT_FIELDS_N] = { span_text(protocol), span_text(""), span_text(action), span_text(app) };
    counts_add(c, port, counts_combination(c, texts), n);
}

static void put_to_use(const struct watchlist *w, unsigned options)
{
    struct buffer out = { 0 };
    struct counts counts = { 0 };
    struct error e;
    struct evaluate_options o = { .type = WATCHLIST_ALL,
                                  .window_ms = 1200000,
                                  .empty = options & 1 ? EMPTY_MATCHES_STAR_ONLY : EMPTY_MATCHES_ALL,
                                  .match_app = options & 2,
                                  .aggregate_row = options & 4 };
    struct evaluator *v = evaluator_new(w, &o);
    add(&counts, 445, "TCP", "Allow", "ms-ds-smb", 7);
    add(&counts, 445, "TCP", "Allow", "", INT64_MAX);
    add(&counts, 445, "ÜDP\xff", "Drop ICMP", "tor", 1);
    add(&counts, 0, "", "", "", 1);
    add(&counts, 65535, "UDP", "Deny", "x", 3);
    counts_settle(&counts);
    CHECK(evaluator_run(v, &counts, 0, print, &out, &e) == STATUS_OK);
    evaluator_free(&v);
    counts_fini(&counts);
    buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct watchlist *w = NULL;
    struct error e;
    if (watchlist_parse(span_of((const char *)data, size), "w.csv", &w, &e) != STATUS_OK)
        return 0;
    size_t findings = 0;
    CHECK(check_watchlist(w, look_at, &findings) <= findings);
    struct buffer out = { 0 };
    watchlist_append_table(w, true, &out);
    buffer_fini(&out);
    put_to_use(w, size ? data[size - 1] : 0);
    watchlist_free(&w);
    return 0;
}
