#include "core/reader.h"

#include <stdlib.h>

void readers_init(struct readers *pool, const struct collector *collector, const struct batch_limits *limits,
                  size_t line_limit_bytes)
{
    *pool = (struct readers){ .collector = collector, .limits = *limits, .line_limit_bytes = line_limit_bytes };
    readers_want(pool, NULL, 0, true, false);
}

static void reader_free(struct reader **reader)
{
    struct reader *r = *reader;
    if (!r)
        return;
    framer_free(&r->framer);
    parser_fini(&r->parser);
    batcher_free(&r->batcher);
    free(r);
    *reader = NULL;
}

void readers_fini(struct readers *pool)
{
    reader_free(&pool->spare);
}

void readers_want(struct readers *pool, const struct span *names, uint32_t n, bool everything, bool add)
{
    if (!add)
        memset(pool->wanted, 0, sizeof pool->wanted);
    for (unsigned f = 0; f < pool->collector->fields_n; f++) {
        bool want = everything;
        for (uint32_t i = 0; i < n && !want; i++)
            want = span_is(names[i], pool->collector->fields[f].name);
        if (want)
            pool->wanted[f / 64] |= UINT64_C(1) << (f % 64);
    }
}

struct reader *readers_take(struct readers *pool, const struct form *form, const struct parse_options *options)
{
    struct reader *r = pool->spare;
    pool->spare = NULL;
    if (r && r->form != form)
        reader_free(&r);
    if (r) {
        r->parser.options = options;
        parser_reset(&r->parser);
        return r;
    }
    r = allocate(1, sizeof *r);
    r->form = form;
    r->framer = framer_new(&(struct framer_options){ .kind = form->framing,
                                                     .limit_bytes = pool->line_limit_bytes,
                                                     .envelope = form->envelope,
                                                     .separator = form->separator ? form->separator : '\n' });
    parser_init(&r->parser, pool->collector, form, options);
    r->batcher = batcher_new(pool->collector, &pool->limits);
    return r;
}

void readers_give(struct readers *pool, struct reader **r)
{
    if (!*r)
        return;
    if (pool->spare)
        reader_free(r);
    else
        pool->spare = *r;
    *r = NULL;
}
