#include "positions.h"

#include "common/buffer.h"
#include "common/timestamp.h"

#include <stdlib.h>
#include <xxhash.h>

enum { FIRST_SLOTS = 64 };

struct positions {
    uint64_t seed;
    struct position **all;
    uint32_t n, capacity;
    struct position **slots; /* hash of source and stream */
    uint32_t slots_n;        /* a power of two */
    struct position **live;  /* not ended */
    uint32_t live_n;
    struct position **due; /* owed acknowledgements, in order of owing */
    uint32_t due_n;
    struct position *last; /* the last one found */
};

struct positions *positions_new(uint64_t seed)
{
    struct positions *p = allocate(1, sizeof *p);
    p->seed = seed;
    p->slots_n = FIRST_SLOTS;
    p->slots = allocate(p->slots_n, sizeof(struct position *));
    return p;
}

void positions_free(struct positions **p)
{
    struct positions *old = *p;
    if (!old)
        return;
    for (uint32_t i = 0; i < old->n; i++) {
        free((void *)(uintptr_t)old->all[i]->source.p);
        free(old->all[i]);
    }
    free(old->all);
    free(old->slots);
    free(old->live);
    free(old->due);
    free(old);
    *p = NULL;
}

static uint32_t slot_of(const struct positions *p, struct span source, struct span stream)
{
    uint64_t h = XXH3_64bits_withSeed(source.n ? source.p : "", source.n, p->seed + source.n);
    h = XXH3_64bits_withSeed(stream.n ? stream.p : "", stream.n, h);
    return (uint32_t)h & (p->slots_n - 1);
}

static void put(struct positions *p, struct position *position)
{
    uint32_t at = slot_of(p, position->source, position->stream);
    while (p->slots[at])
        at = (at + 1) & (p->slots_n - 1);
    p->slots[at] = position;
}

static bool is_stream(const struct position *p, struct span source, struct span stream)
{
    return span_equal(p->stream, stream) && span_equal(p->source, source);
}

static void make_room(struct positions *p)
{
    if (p->n == p->capacity) {
        CHECK(p->n < UINT32_MAX / 4);
        p->capacity = p->n ? 2 * p->n : FIRST_SLOTS;
        p->all = allocate_more(p->all, p->capacity, sizeof *p->all);
        p->live = allocate_more(p->live, p->capacity, sizeof *p->live);
        p->due = allocate_more(p->due, p->capacity, sizeof *p->due);
    }
    if (2 * (p->n + 1) > p->slots_n) {
        free(p->slots);
        p->slots_n *= 2;
        p->slots = allocate(p->slots_n, sizeof(struct position *));
        for (uint32_t i = 0; i < p->n; i++)
            put(p, p->all[i]);
    }
}

static struct position *add(struct positions *p, struct span source, struct span stream)
{
    make_room(p);
    struct position *position = allocate(1, sizeof *position);
    /* Both names in one piece, which source.p owns. */
    char *names = allocate(source.n + stream.n + 1, 1);
    if (source.n)
        memcpy(names, source.p, source.n);
    if (stream.n)
        memcpy(names + source.n, stream.p, stream.n);
    position->source = span_of(names, source.n);
    position->stream = span_of(names + source.n, stream.n);
    position->high_water_ms = TIMESTAMP_NONE;
    position->acknowledged_ms = INT64_MIN / 2;
    p->all[p->n++] = position;
    position->live_at = p->live_n;
    p->live[p->live_n++] = position;
    put(p, position);
    return position;
}

struct position *positions_get(struct positions *p, struct span source, struct span stream)
{
    if (p->last && is_stream(p->last, source, stream))
        return p->last;
    for (uint32_t at = slot_of(p, source, stream); p->slots[at]; at = (at + 1) & (p->slots_n - 1))
        if (is_stream(p->slots[at], source, stream))
            return p->last = p->slots[at];
    return p->last = add(p, source, stream);
}

uint32_t positions_n(const struct positions *p)
{
    return p->n;
}

struct position *positions_at(const struct positions *p, uint32_t i)
{
    CHECK(i < p->n);
    return p->all[i];
}

int64_t positions_watermark(const struct positions *p)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < p->live_n; i++)
        if (p->live[i]->high_water_ms < least)
            least = p->live[i]->high_water_ms;
    return p->live_n ? least : TIMESTAMP_NONE; /* TIMESTAMP_NONE is the least of all */
}

enum position_answer position_offer(struct position *p, uint64_t epoch, uint64_t from)
{
    if (epoch < p->epoch)
        return POSITION_OLD;
    p->epoch = epoch;
    return from > p->applied ? POSITION_GAP : POSITION_APPLY;
}

static void set_live(struct positions *all, struct position *p, bool live)
{
    if (live == !p->ended)
        return;
    p->ended = !live;
    if (live) {
        p->live_at = all->live_n;
        all->live[all->live_n++] = p;
    } else {
        struct position *moved = all->live[--all->live_n];
        all->live[p->live_at] = moved;
        moved->live_at = p->live_at;
    }
}

static void raise_high_water(struct position *p, int64_t high_water_ms)
{
    if (high_water_ms > p->high_water_ms)
        p->high_water_ms = high_water_ms;
}

void position_applied(struct positions *all, struct position *p, uint64_t to, uint64_t to_ordinal,
                      int64_t high_water_ms)
{
    raise_high_water(p, high_water_ms);
    if (to <= p->applied)
        return;
    p->applied = to;
    p->ordinal = to_ordinal;
    set_live(all, p, true); /* something behind an end: the end is to come again */
}

void position_ended(struct positions *all, struct position *p, uint64_t ordinal, int64_t high_water_ms)
{
    raise_high_water(p, high_water_ms);
    p->ordinal = ordinal;
    set_live(all, p, false);
}

bool position_rewind_due(struct position *p, int64_t now_ms)
{
    if (p->rewind_asked && p->rewind_epoch == p->epoch && now_ms - p->rewind_ms < POSITIONS_REWIND_MS)
        return false;
    p->rewind_asked = true;
    p->rewind_epoch = p->epoch;
    p->rewind_ms = now_ms;
    return true;
}

void position_owe(struct positions *all, struct position *p)
{
    if (p->due)
        return;
    p->due = true;
    all->due[all->due_n++] = p;
}

struct position *positions_next_due(struct positions *p, int64_t now_ms)
{
    for (uint32_t i = 0; i < p->due_n; i++) {
        struct position *position = p->due[i];
        if (now_ms - position->acknowledged_ms < POSITIONS_ACKNOWLEDGE_MS)
            continue;
        p->due[i] = p->due[--p->due_n];
        position->due = false;
        position->acknowledged_ms = now_ms;
        return position;
    }
    return NULL;
}

int positions_due_in_ms(const struct positions *p, int64_t now_ms)
{
    int64_t least = -1;
    for (uint32_t i = 0; i < p->due_n; i++) {
        int64_t in = p->due[i]->acknowledged_ms + POSITIONS_ACKNOWLEDGE_MS - now_ms;
        if (in < 0)
            in = 0;
        if (least < 0 || in < least)
            least = in;
    }
    return (int)least;
}

void positions_forget_peer(struct positions *p, const void *peer)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (p->all[i]->peer == peer)
            p->all[i]->peer = NULL;
}
