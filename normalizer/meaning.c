#include "meaning.h"

#include "common/buffer.h"
#include "fold.h"
#include "json_text.h"

#include <stdlib.h>
#include <xxhash.h>

enum { KEPT_MEANINGS = 32768, KEPT_BYTES = 64 << 20 };

/* An open-addressing table of numbers by hash; the owner confirms. */
struct table {
    uint32_t capacity; /* a power of two */
    uint32_t n;
    struct table_slot {
        uint64_t hash;
        uint32_t number; /* plus 1; 0: free */
    } * slots;
};

struct known {
    struct span key;
    struct meaning meaning;
};

struct meanings {
    const struct map *map;
    struct meaning_options options;
    struct arena arena;   /* keys, meanings, group texts */
    struct arena scratch; /* of one evaluation */
    struct table by_key, by_group;
    uint32_t known_n, groups_n, known_capacity, groups_capacity;
    struct known **known;
    struct span (*groups)[GROUP_FIELDS];

    const struct batch *batch;
    int slots[MAP_DESCRIPTOR_FIELDS_MAX]; /* descriptor field of the map -> of the batch, or -1 */
    const struct column *columns[MAP_RECORD_FIELDS_MAX];
    const struct column *time;
    const struct meaning **of_batch; /* per descriptor of the batch; NULL: not asked for yet */
    uint32_t of_batch_capacity;
    struct buffer key;
};

/* ------------------------------------------------------------------ table */

static void table_clear(struct table *t)
{
    free(t->slots);
    *t = (struct table){ .capacity = 256, .slots = allocate(256, sizeof *t->slots) };
}

static void table_insert(struct table *t, uint64_t hash, uint32_t number)
{
    uint32_t at = (uint32_t)hash & (t->capacity - 1);
    while (t->slots[at].number)
        at = (at + 1) & (t->capacity - 1);
    t->slots[at] = (struct table_slot){ hash, number + 1 };
}

static void table_add(struct table *t, uint64_t hash, uint32_t number)
{
    if (2 * (t->n + 1) > t->capacity) {
        struct table bigger = { .capacity = 2 * t->capacity, .n = t->n };
        bigger.slots = allocate(bigger.capacity, sizeof *bigger.slots);
        for (uint32_t i = 0; i < t->capacity; i++)
            if (t->slots[i].number)
                table_insert(&bigger, t->slots[i].hash, t->slots[i].number - 1);
        free(t->slots);
        *t = bigger;
    }
    table_insert(t, hash, number);
    t->n++;
}

/* ------------------------------------------------------------------ life */

struct meanings *meanings_new(const struct map *map, const struct meaning_options *options)
{
    struct meanings *m = allocate(1, sizeof *m);
    m->map = map;
    m->options = *options;
    table_clear(&m->by_key);
    table_clear(&m->by_group);
    return m;
}

void meanings_free(struct meanings **m)
{
    struct meanings *x = *m;
    if (!x)
        return;
    arena_fini(&x->arena);
    arena_fini(&x->scratch);
    buffer_fini(&x->key);
    free(x->by_key.slots);
    free(x->by_group.slots);
    free(x->known);
    free(x->groups);
    free(x->of_batch);
    free(x);
    *m = NULL;
}

static void forget(struct meanings *m)
{
    arena_clear(&m->arena);
    table_clear(&m->by_key);
    table_clear(&m->by_group);
    m->known_n = 0;
    m->groups_n = 0;
}

/* ------------------------------------------------------------------ begin */

static bool fits(enum record_kind kind, enum column_type type)
{
    return (kind == RECORD_TEXT) == (type == COLUMN_TEXT);
}

static enum status find_columns(struct meanings *m, const struct batch *b, struct error *e)
{
    memset(m->columns, 0, sizeof m->columns);
    m->time = NULL;
    for (uint32_t i = 0; i < b->columns_n; i++) {
        const struct column *c = &b->columns[i];
        if (span_is(c->name, "time")) {
            if (c->type == COLUMN_TEXT)
                return error_set(e, STATUS_BAD, "the column time holds texts: expected numbers, milliseconds UTC");
            m->time = c;
            continue;
        }
        int field = map_record_field(m->map, c->name);
        if (field < 0 || m->map->record[field].kind == RECORD_DESCRIPTOR)
            continue;
        if (!fits(m->map->record[field].kind, c->type))
            return error_set(e, STATUS_BAD, "the column %.*s holds %s: expected %s, as the map of %.*s says",
                             (int)c->name.n, c->name.p, c->type == COLUMN_TEXT ? "texts" : "numbers",
                             c->type == COLUMN_TEXT ? "numbers" : "texts", (int)m->map->source.n, m->map->source.p);
        m->columns[field] = c;
    }
    return STATUS_OK;
}

enum status meanings_begin(struct meanings *m, const struct batch *b, struct error *e)
{
    if (m->known_n > KEPT_MEANINGS || m->arena.total_bytes > KEPT_BYTES)
        forget(m);
    m->batch = b;
    for (unsigned i = 0; i < m->map->descriptors_n; i++)
        m->slots[i] = -1;
    for (uint32_t i = b->descriptor_fields_n; i-- > 0;) {
        int field = map_record_field(m->map, b->descriptor_fields[i]);
        if (field >= 0 && m->map->record[field].kind == RECORD_DESCRIPTOR)
            m->slots[m->map->record[field].slot] = (int)i;
    }
    if (b->descriptors_n > m->of_batch_capacity) {
        m->of_batch = allocate_more(m->of_batch, b->descriptors_n, sizeof *m->of_batch);
        m->of_batch_capacity = b->descriptors_n;
    }
    if (b->descriptors_n)
        memset(m->of_batch, 0, b->descriptors_n * sizeof *m->of_batch);
    return find_columns(m, b, e);
}

/* ------------------------------------------------------------------ meaning of one descriptor */

static void make_key(struct meanings *m, uint32_t descriptor)
{
    const struct batch *b = m->batch;
    buffer_clear(&m->key);
    for (unsigned i = 0; i < m->map->descriptors_n; i++) {
        struct span text = { NULL, 0 };
        if (m->slots[i] >= 0)
            text = b->descriptors[(size_t)descriptor * b->descriptor_fields_n + (size_t)m->slots[i]];
        uint32_t n = (uint32_t)text.n;
        buffer_append(&m->key, &n, sizeof n);
        buffer_append_span(&m->key, text);
    }
}

static struct span *split_key(struct meanings *m, struct span key)
{
    struct span *texts = arena_new(&m->arena, m->map->descriptors_n, sizeof *texts);
    const char *p = key.p;
    for (unsigned i = 0; i < m->map->descriptors_n; i++) {
        uint32_t n;
        memcpy(&n, p, sizeof n);
        texts[i] = span_of(p + sizeof n, n);
        p += sizeof n + n;
    }
    return texts;
}

static uint32_t intern_group(struct meanings *m, const struct span *texts)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < GROUP_FIELDS; i++)
        hash = XXH3_64bits_withSeed(texts[i].p, texts[i].n, hash + i);
    const struct table *t = &m->by_group;
    for (uint32_t at = (uint32_t)hash & (t->capacity - 1); t->slots[at].number; at = (at + 1) & (t->capacity - 1)) {
        const struct span *known = m->groups[t->slots[at].number - 1];
        if (t->slots[at].hash == hash && span_equal(known[0], texts[0]) && span_equal(known[1], texts[1]) &&
            span_equal(known[2], texts[2]) && span_equal(known[3], texts[3]))
            return t->slots[at].number - 1;
    }
    if (m->groups_n == m->groups_capacity) {
        m->groups_capacity = m->groups_capacity ? 2 * m->groups_capacity : 64;
        m->groups = allocate_more(m->groups, m->groups_capacity, sizeof *m->groups);
    }
    for (unsigned i = 0; i < GROUP_FIELDS; i++)
        m->groups[m->groups_n][i] = arena_copy(&m->arena, texts[i]);
    table_add(&m->by_group, hash, m->groups_n);
    return m->groups_n++;
}

static void set_group(struct meanings *m, struct session_meaning *s, struct evaluation *on)
{
    static const enum asim_index fields[GROUP_FIELDS] = { ASIM_NetworkProtocol, ASIM_NetworkDirection, ASIM_DvcAction,
                                                          ASIM_DstAppName };
    static const enum fold_field folds[] = { FOLD_PROTOCOL, FOLD_DIRECTION, FOLD_ACTION };
    struct span texts[GROUP_FIELDS] = { { NULL, 0 } };
    for (unsigned i = 0; i < GROUP_FIELDS; i++) {
        if (fields[i] == ASIM_DstAppName && !m->options.app)
            break;
        texts[i] = value_text(asim_value(fields[i], on), on->arena);
        if (fields[i] != ASIM_DstAppName)
            texts[i] = fold(folds[i], texts[i]);
    }
    s->group = intern_group(m, texts);
}

/* The compiler has made sure that it is a port field, or cases of such. */
static int port_field(const struct expression *e, struct evaluation *on)
{
    while (e && e->kind == EXPRESSION_CASES) {
        const struct expression *chosen = NULL;
        for (unsigned i = 0; i < e->cases_n && !chosen; i++)
            if (!e->cases[i].when || condition_holds(e->cases[i].when, on))
                chosen = e->cases[i].then;
        e = chosen;
    }
    return e && e->kind == EXPRESSION_FROM ? (int)e->from[0].index : PORT_NONE;
}

static int64_t weight_or(int64_t weight, bool known, int64_t least, int64_t missing)
{
    return known && weight >= least ? weight : missing;
}

/* A network summary without a usable count counts nothing; a session without a usable EventCount counts 1. */
static void set_weight(struct meanings *m, struct session_meaning *s, struct evaluation *on)
{
    const struct expression *e = m->map->count;
    int64_t number = 0;
    s->weighing = WEIGH_CONSTANT;
    s->weight = 1;
    s->least = 1;
    s->missing = e ? 0 : 1;
    if (!e && m->options.weigh_event_count)
        e = s->form->fields[ASIM_EventCount];
    if (!e)
        return;
    s->weight_from = e;
    if (!map_depends_on_row(m->map, s->form, e)) {
        bool known = value_number(expression_evaluate(e, on), &number);
        s->weight = weight_or(number, known, s->least, s->missing);
    } else if (e->kind == EXPRESSION_FROM && e->from_n == 1 && !e->transforms && e->from[0].kind == REFERENCE_RECORD &&
               m->map->record[e->from[0].index].kind == RECORD_INTEGER) {
        s->weighing = WEIGH_COLUMN;
        s->weight_field = (int)e->from[0].index;
    } else {
        s->weighing = WEIGH_ROW;
    }
}

/* What does not change from row to row is written once; TimeGenerated opens the object. */
static void set_pieces(struct meanings *m, struct session_meaning *s, struct evaluation *on)
{
    struct buffer text = { 0 };
    s->pieces = arena_new(&m->arena, ASIM_COUNT + 1, sizeof *s->pieces);
    for (unsigned field = ASIM_TimeGenerated + 1; field < ASIM_COUNT; field++) {
        const struct expression *e = s->form->fields[field];
        if (!e)
            continue;
        if (map_depends_on_row(m->map, s->form, e)) {
            s->pieces[s->pieces_n++] =
                (struct piece){ arena_copy(&m->arena, buffer_span(&text)), e, (enum asim_index)field };
            buffer_clear(&text);
        } else {
            json_append_field(&text, (enum asim_index)field, asim_value((enum asim_index)field, on));
        }
    }
    if (text.n)
        s->pieces[s->pieces_n++] = (struct piece){ arena_copy(&m->arena, buffer_span(&text)), NULL, ASIM_COUNT };
    buffer_fini(&text);
}

static void add_session(struct meanings *m, struct meaning *out, const struct session_form *form)
{
    struct session_meaning *s = &out->sessions[out->n++];
    struct evaluation on = { .map = m->map, .session = form, .descriptor = out->descriptor, .arena = &m->scratch };
    s->form = form;
    set_group(m, s, &on);
    s->port_field = port_field(form->fields[ASIM_DstPortNumber], &on);
    set_weight(m, s, &on);
    if (m->options.printed)
        set_pieces(m, s, &on);
}

static void learn(struct meanings *m, struct meaning *out)
{
    const struct map *map = m->map;
    struct evaluation on = { .map = map, .descriptor = out->descriptor, .arena = &m->scratch };
    bool applies[MAP_SESSIONS_MAX];
    unsigned n = 0;
    on.session = &map->sessions[0];
    for (unsigned i = 0; i < map->skips_n; i++)
        if (condition_holds(map->skips[i].when, &on)) {
            out->reason = map->skips[i].reason;
            return;
        }
    for (unsigned i = 0; i < map->sessions_n; i++) {
        on.session = &map->sessions[i];
        applies[i] = !map->sessions[i].when || condition_holds(map->sessions[i].when, &on);
        n += applies[i];
    }
    if (n == 0) {
        out->reason = SPAN_LITERAL("no_session");
        return;
    }
    out->sessions = arena_new(&m->arena, n, sizeof *out->sessions);
    for (unsigned i = 0; i < map->sessions_n; i++)
        if (applies[i])
            add_session(m, out, &map->sessions[i]);
}

static const struct meaning *find_or_learn(struct meanings *m, uint32_t descriptor)
{
    make_key(m, descriptor);
    struct span key = buffer_span(&m->key);
    uint64_t hash = XXH3_64bits(key.p, key.n);
    const struct table *t = &m->by_key;
    for (uint32_t at = (uint32_t)hash & (t->capacity - 1); t->slots[at].number; at = (at + 1) & (t->capacity - 1)) {
        struct known *k = m->known[t->slots[at].number - 1];
        if (t->slots[at].hash == hash && span_equal(k->key, key))
            return &k->meaning;
    }
    if (m->known_n == m->known_capacity) {
        m->known_capacity = m->known_capacity ? 2 * m->known_capacity : 256;
        m->known = allocate_more(m->known, m->known_capacity, sizeof *m->known);
    }
    struct known *k = arena_new(&m->arena, 1, sizeof *k);
    k->key = arena_copy(&m->arena, key);
    k->meaning.descriptor = split_key(m, k->key);
    arena_clear(&m->scratch);
    learn(m, &k->meaning);
    table_add(&m->by_key, hash, m->known_n);
    m->known[m->known_n++] = k;
    return &k->meaning;
}

const struct meaning *meanings_get(struct meanings *m, uint32_t descriptor)
{
    if (!m->of_batch[descriptor])
        m->of_batch[descriptor] = find_or_learn(m, descriptor);
    return m->of_batch[descriptor];
}

const struct span *meanings_group(const struct meanings *m, uint32_t group)
{
    return m->groups[group];
}

unsigned meanings_sessions_max(const struct meanings *m)
{
    return m->map->sessions_n;
}

const struct column *meanings_column(const struct meanings *m, unsigned field)
{
    return m->columns[field];
}

struct evaluation meanings_evaluation(const struct meanings *m, const struct meaning *of,
                                      const struct session_form *form, struct arena *arena)
{
    return (struct evaluation){ .map = m->map,
                                .session = form,
                                .descriptor = of->descriptor,
                                .columns = m->columns,
                                .time = m->time,
                                .rows = m->batch->rows,
                                .arena = arena };
}
