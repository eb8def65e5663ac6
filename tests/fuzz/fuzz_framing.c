/* fuzz: component=collectors */
/* Framing must not depend on how the bytes came.  The first bytes choose the framing, the limit and a seed for the
 * sizes of the reads; the units of one big read, without shortcuts, are the truth that every other way must give.
 * Beginning again behind any unit must give the units that are left. */
#include "core/framer.h"

enum { UNITS_MAX = 1024, HEAD_BYTES = 4 };

static const char *const envelope[] = { "records", "e", NULL };

struct found {
    uint64_t position, end;
    enum unit_kind kind;
    enum unit_fault fault;
    const char *reason;
    uint64_t hash, length;
    struct framer_point behind;
};

struct run {
    struct found unit[UNITS_MAX];
    unsigned n;
    struct framer_point end;
};

static uint64_t hash_of(struct span s)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* The padding behind a unit must be readable. */
static void touch_padding(struct span s)
{
    volatile char c = 0;
    for (unsigned i = 0; i < 64; i++)
        c = (char)(c ^ s.p[s.n + i]);
}

/* Tokens, where they are known, are what a plain look at the line finds, or at the record, whose quotes hide some. */
static void check_tokens(const struct unit *u, char separator, bool quotes)
{
    const struct tokens *t = &u->tokens;
    bool quoted = false;
    if (!t->n)
        return;
    CHECK(u->fault == UNIT_SOUND || u->fault == UNIT_OVER_LIMIT);
    uint32_t n = 0, first = (uint32_t)(u->bytes.p - t->text);
    for (size_t i = 0; i < u->bytes.n; i++) {
        quoted ^= quotes && u->bytes.p[i] == '"';
        if (u->bytes.p[i] == separator && !quoted)
            CHECK(n < t->n && t->end[n++] == first + i);
    }
    CHECK(u->fault != UNIT_SOUND || (n + 1 == t->n && t->end[n] == first + u->bytes.n));
}

static void read_all(struct framer *f, bool csv, struct framer_point at, const char *p, size_t n, uint32_t random,
                     struct run *run)
{
    uint32_t state = random;
    size_t fed = (size_t)at.position;
    run->n = 0;
    framer_start(f, at);
    while (run->n < UNITS_MAX) {
        struct unit u;
        enum status s = framer_next(f, &u);
        if (s == STATUS_OK) {
            CHECK(u.position <= u.end && u.end <= n);
            CHECK(run->n == 0 || u.position >= run->unit[run->n - 1].end);
            CHECK(u.end == framer_point(f).position && u.mode == framer_point(f).mode);
            touch_padding(u.bytes);
            check_tokens(&u, csv ? ',' : ' ', csv);
            run->unit[run->n++] = (struct found){ u.position,       u.end,     u.kind,         u.fault, u.reason,
                                                  hash_of(u.bytes), u.bytes.n, framer_point(f) };
            continue;
        }
        if (s == STATUS_END)
            break;
        CHECK(s == STATUS_AGAIN);
        if (fed == n) {
            framer_finish(f);
            continue;
        }
        size_t room;
        char *to = framer_space(f, &room);
        size_t take = random ? 1 + next_random(&state) % ((next_random(&state) & 3) ? 7 : 600) : n;
        if (take > room)
            take = room;
        if (take > n - fed)
            take = n - fed;
        memcpy(to, p + fed, take);
        framer_fed(f, take);
        fed += take;
    }
    run->end = framer_point(f);
    CHECK(run->n == UNITS_MAX || run->end.position == n);
}

static void compare(const struct run *truth, unsigned from, const struct run *other)
{
    CHECK(truth->n - from == other->n || truth->n == UNITS_MAX || other->n == UNITS_MAX);
    for (unsigned i = 0; i < other->n && from + i < truth->n; i++) {
        const struct found *a = &truth->unit[from + i], *b = &other->unit[i];
        CHECK(a->position == b->position);
        CHECK(a->end == b->end);
        CHECK(a->kind == b->kind);
        CHECK(a->fault == b->fault);
        CHECK(a->reason == b->reason);
        CHECK(a->length == b->length && a->hash == b->hash);
        CHECK(a->behind.position == b->behind.position && a->behind.mode == b->behind.mode);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_BYTES)
        return 0;
    enum framing kind = data[0] & 0x80 ? FRAMING_DATED : data[0] & 0x40 ? FRAMING_XML : (enum framing)(data[0] % 5);
    struct framer_options o = { .kind = kind,
                                .limit_bytes = 1 + data[1],
                                .window_bytes = 4096,
                                .separator = ' ',
                                .envelope = data[0] & 0x10 ? envelope : NULL };
    if (data[0] & 0x20)
        o.limit_bytes *= 64;
    uint32_t random = 1u + data[2] + 256u * data[3];
    const char *p = (const char *)data + HEAD_BYTES;
    size_t n = size - HEAD_BYTES;
    static struct run storage[2]; /* large, and only written as far as it is used */
    struct run *truth = &storage[0], *other = &storage[1];

    bool csv = o.kind == FRAMING_CSV;
    struct framer *quick = framer_new(&o);
    o.no_shortcuts = true;
    struct framer *plain = framer_new(&o);
    const struct framer_point start = { 0 };
    read_all(plain, csv, start, p, n, 0, truth);
    read_all(quick, csv, start, p, n, 0, other);
    compare(truth, 0, other);
    read_all(plain, csv, start, p, n, random, other);
    compare(truth, 0, other);
    read_all(quick, csv, start, p, n, random + 77, other);
    compare(truth, 0, other);
    if (truth->n) {
        unsigned k = random % truth->n;
        read_all(quick, csv, truth->unit[k].behind, p, n, random, other);
        compare(truth, k + 1, other);
    }
    framer_free(&quick);
    framer_free(&plain);
    return 0;
}
