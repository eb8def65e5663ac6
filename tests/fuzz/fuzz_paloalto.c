/* fuzz: vendor=paloalto */
/* The first byte chooses the form, the rest are lines of one stream: every verdict is complete, no value breaks its
 * kind, and wanting fewer fields changes neither verdict nor time. */
#include "core/parser.h"

#include <stdint.h>
#include <stdlib.h>

extern const struct collector collector_paloalto;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct record *r)
{
    const struct collector *c = &collector_paloalto;
    size_t bytes = 0;
    for (unsigned i = 0; i < RECORD_FIELDS_MAX; i++) {
        if (!record_has(r, i))
            continue;
        CHECK(i < c->fields_n);
        if (c->fields[i].kind == FIELD_DESCRIPTOR || c->fields[i].kind == FIELD_TEXT) {
            CHECK(r->value[i].text.n > 0);
            for (size_t k = 0; k < r->value[i].text.n; k++)
                bytes += (unsigned char)r->value[i].text.p[k]; /* a sanitizer sees what lies outside */
        } else if (c->fields[i].kind == FIELD_PORT) {
            CHECK(r->value[i].number >= 0 && r->value[i].number <= 65535);
        }
    }
    CHECK(bytes != 1); /* keeps the sum */
}

static void check_verdict(enum parse_result result, const struct record *r)
{
    switch (result) {
    case PARSE_RECORD:
        CHECK(r->time_ms != TIMESTAMP_NONE);
        check_record(r);
        break;
    case PARSE_SKIP:
    case PARSE_BAD:
    case PARSE_LIMIT:
        CHECK(r->reason && *r->reason);
        break;
    case PARSE_HEADER:
    case PARSE_NOTHING:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct parse_options options = { .reference_time_ms = INT64_C(1715678433000) };
    if (size == 0)
        return 0;
    enum { FORMS = 4 };
    static struct parser parsers[FORMS][2]; /* made once: an input is parsed in microseconds */
    unsigned chosen = data[0] % FORMS;
    struct parser *all = &parsers[chosen][0], *few = &parsers[chosen][1];
    struct record full, part;
    struct span rest = span_of((const char *)data + 1, size - 1);
    char *padded = allocate(1, size + 64);
    CHECK(collector_paloalto.forms_n == FORMS);
    if (!all->form) {
        parser_init(all, &collector_paloalto, &collector_paloalto.forms[chosen], &options);
        parser_init(few, &collector_paloalto, &collector_paloalto.forms[chosen], &options);
        parser_want(few, NULL, 0, false);
    }
    parser_reset(all);
    parser_reset(few);
    for (unsigned f = 0; f < collector_paloalto.forms_n; f++)
        (void)collector_paloalto.forms[f].probe(rest);
    for (size_t at = 0; at <= rest.n;) {
        size_t end = span_find(rest, '\n', at);
        if (end > at)
            memcpy(padded, rest.p + at, end - at);
        memset(padded + (end - at), 0, 64);
        struct span unit = span_of(padded, end - at);
        enum parse_result result = parser_parse(all, unit, &full);
        check_verdict(result, &full);
        CHECK(parser_parse(few, unit, &part) == result && part.time_ms == full.time_ms);
        at = end + 1;
    }
    free(padded);
    return 0;
}
