/* A small vendor for tests of the core: `time action port text` per line, under a header line `cols …` that must have
 * come before; `skip …` is no session; anything else is malformed. JSON units count as records of their own length. */
#ifndef TIDEMARK_TESTS_FAKE_VENDOR_H
#define TIDEMARK_TESTS_FAKE_VENDOR_H

#include "core/parser.h"

#include "common/number.h"

enum { FAKE_ACTION, FAKE_HEADER, FAKE_PORT, FAKE_NOTE, FAKE_SIZE, FAKE_FIELDS };

struct fake_state {
    char header[32];
    size_t n;
};

static enum parse_result fake_verdict(struct record *r, enum parse_result result, const char *reason)
{
    r->reason = reason;
    return result;
}

static inline enum parse_result fake_parse(struct parser *p, struct span unit, struct record *r)
{
    struct fake_state *state = p->state;
    if (unit.p[0] == '#')
        return PARSE_NOTHING;
    if (span_starts(unit, SPAN_LITERAL("cols "))) {
        state->n = unit.n - 5 < sizeof state->header ? unit.n - 5 : sizeof state->header;
        memcpy(state->header, unit.p + 5, state->n);
        return PARSE_HEADER;
    }
    if (span_starts(unit, SPAN_LITERAL("skip")))
        return fake_verdict(r, PARSE_SKIP, "not_traffic");
    struct span word[3];
    size_t at = 0;
    for (unsigned i = 0; i < 3; i++) {
        size_t end = span_find(unit, ' ', at);
        word[i] = span_of(unit.p + at, end - at);
        at = end < unit.n ? end + 1 : end;
    }
    int64_t time, port;
    if (!number_parse_int(word[0], &time) || !word[1].n)
        return fake_verdict(r, PARSE_BAD, "fields");
    if (time == 0)
        return PARSE_RECORD; /* a vendor's mistake: no time */
    r->time_ms = time;
    record_set_text(r, FAKE_ACTION, word[1]);
    record_set_text(r, FAKE_HEADER, span_of(state->header, state->n));
    if (number_parse_int(word[2], &port))
        record_set_port(r, FAKE_PORT, port);
    record_set_text(r, FAKE_NOTE, span_from(unit, at));
    record_set_number(r, FAKE_SIZE, (int64_t)unit.n);
    return PARSE_RECORD;
}

static inline enum parse_result fake_parse_json(struct parser *p, struct span unit, struct record *r)
{
    (void)p;
    r->time_ms = 1000;
    record_set_number(r, FAKE_SIZE, (int64_t)unit.n);
    return PARSE_RECORD;
}

static inline enum probe_result fake_probe(struct span head)
{
    return span_starts(head, SPAN_LITERAL("cols ")) ? PROBE_LIKELY
           : head.p[0] >= '0' && head.p[0] <= '9'   ? PROBE_POSSIBLE
                                                    : PROBE_NO;
}

static inline enum probe_result fake_probe_json(struct span head)
{
    return head.p[0] == '{' || head.p[0] == '[' ? PROBE_LIKELY : PROBE_NO;
}

static inline enum probe_result fake_probe_anything(struct span head)
{
    return head.p[0] == '?' ? PROBE_NO : PROBE_POSSIBLE;
}

static const struct field fake_fields[] = {
    { "action", FIELD_DESCRIPTOR }, { "header", FIELD_DESCRIPTOR }, { "port", FIELD_PORT },
    { "note", FIELD_TEXT },         { "size", FIELD_INTEGER },
};

static const char *const fake_envelope[] = { "records", NULL };

static const struct form fake_forms[] = {
    { .name = "native",
      .help = "lines",
      .framing = FRAMING_HEADER_LINES,
      .probe = fake_probe,
      .parse = fake_parse,
      .state_bytes = sizeof(struct fake_state) },
    { .name = "native-json",
      .help = "JSON",
      .framing = FRAMING_JSON,
      .probe = fake_probe_json,
      .parse = fake_parse_json,
      .envelope = fake_envelope },
    { .name = "table-csv",
      .help = "rows \"quoted\"",
      .framing = FRAMING_CSV,
      .probe = fake_probe_anything,
      .parse = fake_parse,
      .state_bytes = sizeof(struct fake_state) },
};

static const struct collector fake_vendor = {
    .id = "fake", .fields = fake_fields, .fields_n = FAKE_FIELDS, .forms = fake_forms, .forms_n = 3
};

#endif
