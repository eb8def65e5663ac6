#include "streams.h"

#include <stdlib.h>
#include <xxhash.h>

struct streams {
    unsigned n, capacity;  /* a power of two, at most half full */
    struct stream **slots; /* by hash */
    struct stream **in_order;
};

struct streams *streams_new(void)
{
    struct streams *s = allocate(1, sizeof *s);
    s->capacity = 64;
    s->slots = allocate(s->capacity, sizeof *s->slots);
    s->in_order = allocate(s->capacity, sizeof *s->in_order);
    return s;
}

void streams_free(struct streams **streams)
{
    struct streams *s = *streams;
    if (!s)
        return;
    for (unsigned i = 0; i < s->n; i++) {
        free((char *)s->in_order[i]->source.p);
        free((char *)s->in_order[i]->name.p);
        free(s->in_order[i]);
    }
    free(s->slots);
    free(s->in_order);
    free(s);
    *streams = NULL;
}

static unsigned slot_of(const struct streams *s, struct span source, struct span name)
{
    uint64_t hash = XXH3_64bits_withSeed(name.p, name.n, XXH3_64bits(source.p, source.n));
    unsigned at = (unsigned)hash & (s->capacity - 1);
    while (s->slots[at] && !(span_equal(s->slots[at]->source, source) && span_equal(s->slots[at]->name, name)))
        at = (at + 1) & (s->capacity - 1);
    return at;
}

struct stream *streams_find(const struct streams *s, struct span source, struct span name)
{
    return s->slots[slot_of(s, source, name)];
}

static void grow(struct streams *s)
{
    free(s->slots);
    s->capacity *= 2;
    s->slots = allocate(s->capacity, sizeof *s->slots);
    s->in_order = allocate_more(s->in_order, s->capacity, sizeof *s->in_order);
    for (unsigned i = 0; i < s->n; i++)
        s->slots[slot_of(s, s->in_order[i]->source, s->in_order[i]->name)] = s->in_order[i];
}

struct stream *streams_get(struct streams *s, struct span source, struct span name)
{
    struct stream *found = streams_find(s, source, name);
    if (found)
        return found;
    if (2 * (s->n + 1) > s->capacity)
        grow(s);
    struct stream *one = allocate(1, sizeof *one);
    one->source = span_of(allocate_text(source), source.n);
    one->name = span_of(allocate_text(name), name.n);
    s->slots[slot_of(s, source, name)] = one;
    s->in_order[s->n++] = one;
    return one;
}

unsigned streams_count(const struct streams *s)
{
    return s->n;
}

struct stream *streams_at(const struct streams *s, unsigned i)
{
    return s->in_order[i];
}

void streams_drop_peer(struct streams *s, const struct peer *peer)
{
    for (unsigned i = 0; i < s->n; i++)
        if (s->in_order[i]->peer == peer)
            s->in_order[i]->peer = NULL;
}

bool stream_acknowledge(struct stream *s, unsigned shard, unsigned shards, uint64_t position, bool ended,
                        uint64_t *told_position, bool *told_ended)
{
    uint64_t least = UINT64_MAX;
    bool all = true;
    if (position > s->acknowledged[shard])
        s->acknowledged[shard] = position;
    s->ended_at[shard] |= ended;
    for (unsigned i = 0; i < shards; i++) {
        least = s->acknowledged[i] < least ? s->acknowledged[i] : least;
        all = all && s->ended_at[i];
    }
    *told_position = least;
    *told_ended = all;
    bool tell = least > s->forwarded || (all && ended);
    s->forwarded = least;
    return tell;
}

enum stream_verdict stream_judge(struct stream *s, uint64_t epoch, uint64_t from, int64_t now_ms)
{
    if (epoch < s->epoch)
        return STREAM_DROP;
    s->epoch = epoch;
    if (from <= s->applied)
        return STREAM_APPLY;
    if (s->asked && s->asked_epoch == epoch && now_ms - s->asked_at_ms <= STREAM_ASK_AGAIN_MS)
        return STREAM_DROP;
    s->asked = true;
    s->asked_epoch = epoch;
    s->asked_at_ms = now_ms;
    return STREAM_REWIND;
}
