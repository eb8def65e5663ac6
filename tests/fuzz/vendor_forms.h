/* A fuzz target of one vendor: FUZZ_VENDOR(symbol, name of the function) after this header (vendor.c.in).
 *
 * The first byte chooses the form (and its highest bit an order of columns), the rest are the units of one stream, a
 * line each.  Two parsers read it, one that wants every field and one that wants none: verdict, reason and time are the
 * same, and so is all of a record when framing tells where its tokens end. Every verdict is complete, every value of
 * its kind, and every text readable to its end. */
#ifndef TIDEMARK_TESTS_FUZZ_VENDOR_FORMS_H
#define TIDEMARK_TESTS_FUZZ_VENDOR_FORMS_H

#include "core/parser.h"

#include <stdint.h>
#include <stdlib.h>

static inline void fuzz_check_value(const struct field *f, const struct record *r, unsigned i)
{
    static volatile unsigned char sink;
    switch (f->kind) {
    case FIELD_DESCRIPTOR:
    case FIELD_TEXT:
        CHECK(r->value[i].text.n > 0);
        for (size_t k = 0; k < r->value[i].text.n; k++)
            sink = (unsigned char)r->value[i].text.p[k]; /* a sanitizer sees what lies outside */
        break;
    case FIELD_PORT:
        CHECK(r->value[i].number >= 0 && r->value[i].number <= 65535);
        break;
    case FIELD_TIME:
        CHECK(r->value[i].number >= TIMESTAMP_MIN_MS && r->value[i].number <= TIMESTAMP_MAX_MS);
        break;
    case FIELD_INTEGER:
        break;
    }
    (void)sink;
}

static inline void fuzz_check_verdict(const struct collector *c, enum parse_result result, const struct record *r)
{
    if (result == PARSE_SKIP || result == PARSE_BAD || result == PARSE_LIMIT)
        CHECK(r->reason && *r->reason);
    if (result != PARSE_RECORD)
        return;
    CHECK(r->time_ms >= TIMESTAMP_MIN_MS && r->time_ms <= TIMESTAMP_MAX_MS);
    for (unsigned i = 0; i < RECORD_FIELDS_MAX; i++) {
        if (!record_has(r, i))
            continue;
        CHECK(i < c->fields_n);
        fuzz_check_value(&c->fields[i], r, i);
    }
}

/* The unit again, with its tokens given: the same record. */
static inline void fuzz_tokens(struct parser *p, struct span unit, enum parse_result first, struct record *r)
{
    uint32_t *end = calloc(unit.n + 1, sizeof *end), n = 0;
    CHECK(end);
    for (size_t i = 0; i < unit.n; i++)
        if (unit.p[i] == p->form->separator)
            end[n++] = (uint32_t)i;
    end[n++] = (uint32_t)unit.n;
    CHECK(parser_parse_tokens(p, unit, (struct tokens){ unit.p, end, n }, &r[1]) == first);
    CHECK(r[0].reason == r[1].reason && r[0].time_ms == r[1].time_ms);
    CHECK(!r[0].more); /* no unit of lines' tokens is cut */
    for (unsigned i = 0; i < p->collector->fields_n; i++) {
        CHECK(record_has(&r[0], i) == record_has(&r[1], i));
        if (!record_has(&r[0], i))
            continue;
        enum field_kind kind = p->collector->fields[i].kind;
        CHECK(kind == FIELD_TEXT || kind == FIELD_DESCRIPTOR ? span_equal(r[0].value[i].text, r[1].value[i].text)
                                                             : r[0].value[i].number == r[1].value[i].number);
    }
    free(end);
}

/* Both parsers say the same of a unit, or of its next part. */
static inline void fuzz_same(const struct collector *c, enum parse_result first, enum parse_result second,
                             const struct record *r)
{
    fuzz_check_verdict(c, first, &r[0]);
    fuzz_check_verdict(c, second, &r[1]);
    CHECK(first == second && r[0].time_ms == r[1].time_ms);
    CHECK((r[0].reason == NULL) == (r[1].reason == NULL));
    CHECK(!r[0].reason || strcmp(r[0].reason, r[1].reason) == 0);
    CHECK(r[0].more == r[1].more && r[0].offset == r[1].offset && r[0].length == r[1].length);
    CHECK(first != PARSE_HEADER || !r[0].more);
}

static inline void fuzz_unit(struct parser *all, struct parser *none, struct span unit, struct record *r)
{
    char *copy = calloc(1, unit.n + 64);
    CHECK(copy);
    memcpy(copy, unit.p, unit.n);
    unit.p = copy;
    enum parse_result first = parser_parse(all, unit, &r[0]);
    if (all->form->separator)
        fuzz_tokens(all, unit, first, r);
    fuzz_same(all->collector, first, parser_parse(none, unit, &r[1]), r);
    while (r[0].more) {
        uint32_t behind = r[0].offset + 1;
        first = parser_parse_more(all, unit, &r[0]);
        fuzz_same(all->collector, first, parser_parse_more(none, unit, &r[1]), r);
        CHECK(r[0].offset >= behind && r[0].offset < unit.n);
    }
    free(copy);
}

/* Parsers are made once: an input is parsed in microseconds. */
static inline void fuzz_vendor(const struct collector *c, const uint8_t *data, size_t size)
{
    enum { FORMS_MAX = 16 };
    static const struct parse_options options[2] = { { .reference_time_ms = INT64_C(1715678433000) },
                                                     { .reference_time_ms = INT64_C(1715678433000),
                                                       .columns = "start ${dstport} action srcaddr,log-status" } };
    static struct parser parsers[2][FORMS_MAX][2];
    static struct record record[2];
    if (size == 0)
        return;
    CHECK(c->forms_n <= FORMS_MAX);
    unsigned columns = data[0] >> 7, chosen = (data[0] & 0x7f) % c->forms_n;
    struct parser *all = &parsers[columns][chosen][0], *none = &parsers[columns][chosen][1];
    if (!all->form) {
        parser_init(all, c, &c->forms[chosen], &options[columns]);
        parser_init(none, c, &c->forms[chosen], &options[columns]);
        parser_want(none, NULL, 0, false);
    }
    parser_reset(all);
    parser_reset(none);
    struct span rest = span_of((const char *)data + 1, size - 1);
    for (unsigned i = 0; i < c->forms_n; i++)
        (void)c->forms[i].probe(rest);
    for (;;) {
        size_t n = span_find(rest, '\n', 0);
        fuzz_unit(all, none, span_of(rest.p, n), record);
        if (n == rest.n)
            break;
        rest = span_from(rest, n + 1);
    }
}

#define FUZZ_VENDOR(symbol, function)                                                                                  \
    extern const struct collector collector_##symbol;                                                                  \
    int function(const uint8_t *data, size_t size);                                                                    \
    int function(const uint8_t *data, size_t size)                                                                     \
    {                                                                                                                  \
        fuzz_vendor(&collector_##symbol, data, size);                                                                  \
        return 0;                                                                                                      \
    }

#endif
