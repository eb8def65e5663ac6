#include "router.h"

#include "record_batch.h"

#include <stdio.h>

static const char head[] = "source: t\ntitle: T\nrecord: { descriptor: [proto, action], text: [user], integer: [n], "
                           "port: [dst_port, src_port] }\n";
static const char usual[] = "fields:\n"
                            "  NetworkProtocol: { from: proto }\n"
                            "  DvcAction: { from: action }\n"
                            "  DstPortNumber: { from: dst_port }\n"
                            "  DstAppName: { from: proto, lower: true }\n"
                            "  EventCount: { from: n }\n";

struct fixture {
    struct map *map;
    struct meanings *meanings;
    struct router *router;
    struct batch_decoder *in, *out;
    struct record_batch records;
};

static void start(struct fixture *x, const char *fields, const struct meaning_options *options,
                  const struct port_range *ranges, unsigned shards)
{
    struct buffer text = { 0 };
    struct findings f = { .file = "t.yaml" };
    buffer_append_format(&text, "%s%s", head, fields);
    x->map = map_compile(buffer_span(&text), "t", &f);
    if (!x->map)
        fail_msg("%.*s", (int)f.text.n, f.text.p);
    x->meanings = meanings_new(x->map, options);
    x->router = router_new(ranges, shards);
    x->in = batch_decoder_new();
    x->out = batch_decoder_new();
    buffer_fini(&text);
}

static void stop(struct fixture *x)
{
    record_batch_fini(&x->records);
    router_free(&x->router);
    meanings_free(&x->meanings);
    map_free(&x->map);
    batch_decoder_free(&x->in);
    batch_decoder_free(&x->out);
}

static void begin(struct fixture *x, uint64_t to)
{
    struct error e;
    const struct batch *in = record_batch_finish(&x->records, to, x->in);
    assert_int_equal(router_begin(x->router, x->meanings, in, &e), STATUS_OK);
}

static void next(struct fixture *x)
{
    struct error e = { 0 };
    if (router_next(x->router, &e) != STATUS_OK)
        fail_msg("%s", e.text);
}

static void expect_end(struct fixture *x)
{
    struct error e;
    assert_int_equal(router_next(x->router, &e), STATUS_END);
}

/* What a shard gets, decoded: it must stand the receiver's checks. */
static const struct batch *given(struct fixture *x, unsigned shard)
{
    struct error e;
    const struct batch *out = NULL;
    if (batch_decode(x->out, router_payload(x->router, shard), &out, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    assert_int_equal(out->kind, BATCH_SESSIONS);
    return out;
}

static int64_t cell(const struct batch *b, const char *column, uint32_t row)
{
    const struct column *c = batch_column(b, column);
    assert_non_null(c);
    return column_null(c, row) ? NO_VALUE : column_integer(c, row);
}

static struct span group(const struct batch *b, uint32_t row, const char *field)
{
    uint32_t d = (uint32_t)cell(b, "descriptor", row);
    for (uint32_t i = 0; i < b->descriptor_fields_n; i++)
        if (span_is(b->descriptor_fields[i], field))
            return b->descriptors[d * b->descriptor_fields_n + i];
    fail_msg("no descriptor field %s", field);
    return (struct span){ NULL, 0 };
}

static const struct port_range one[] = { { 0, 65535 } };
static const struct port_range three[] = { { 1024, 65535 }, { 0, 442 }, { 443, 1023 } };

static void rows_go_to_the_shard_of_their_port(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, three, 3);
    record_batch_init(&x.records, 1000, 10, 10);
    record_batch_add(&x.records, 0, 10000, "tcp", "allow", 443, 1, NO_VALUE);
    record_batch_add(&x.records, 30, 20000, "udp", "Deny", 53, 1, NO_VALUE);
    record_batch_add(&x.records, 60, 30000, "tcp", "allow", 65535, 1, NO_VALUE);
    record_batch_add(&x.records, 90, 40000, "tcp", "allow", 0, 1, NO_VALUE);
    record_batch_add(&x.records, 120, 50000, "tcp", "Odd", 1023, 1, NO_VALUE);
    begin(&x, 1150);
    next(&x);
    const struct batch *b = given(&x, 0);
    assert_int_equal(b->rows, 1);
    assert_int_equal(cell(b, "port", 0), 65535);
    assert_int_equal(cell(b, "position", 0), 1060);
    assert_int_equal(cell(b, "time", 0), 30000);
    assert_true(span_is(group(b, 0, "NetworkProtocol"), "TCP"));
    assert_true(span_is(group(b, 0, "DvcAction"), "Allow"));
    assert_true(span_is(group(b, 0, "DstAppName"), ""));
    assert_null(batch_column(b, "count"));
    assert_null(batch_column(b, "first"));
    b = given(&x, 1);
    assert_int_equal(b->rows, 2);
    assert_int_equal(cell(b, "port", 0), 53);
    assert_true(span_is(group(b, 0, "NetworkProtocol"), "UDP"));
    assert_int_equal(cell(b, "port", 1), 0);
    b = given(&x, 2);
    assert_int_equal(b->rows, 2);
    assert_true(span_is(group(b, 1, "DvcAction"), "Odd"));
    expect_end(&x);
    stop(&x);
}

static void every_shard_gets_every_span(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, three, 3);
    record_batch_init(&x.records, UINT64_C(1) << 40, 10, 10);
    record_batch_add(&x.records, 5, 10000, "tcp", "allow", 443, 1, NO_VALUE);
    begin(&x, (UINT64_C(1) << 40) + 99);
    next(&x);
    for (unsigned i = 0; i < 3; i++) {
        const struct batch *b = given(&x, i);
        assert_true(span_is(b->source, "edge") && span_is(b->stream, "0"));
        assert_int_equal(b->epoch, 7);
        assert_true(b->from == UINT64_C(1) << 40 && b->to == (UINT64_C(1) << 40) + 99);
        assert_int_equal(b->from_ordinal, 100);
        assert_int_equal(b->to_ordinal, 101);
        assert_int_equal(b->high_water_ms, 5);
        assert_int_equal(b->rows, i == 2);
    }
    expect_end(&x);
    stop(&x);
}

static void an_empty_batch_moves_positions(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, one, 1);
    record_batch_init(&x.records, 10, 1, 1);
    begin(&x, 500);
    next(&x);
    const struct batch *b = given(&x, 0);
    assert_int_equal(b->rows, 0);
    assert_int_equal(b->from, 10);
    assert_int_equal(b->to, 500);
    expect_end(&x);
    stop(&x);
}

static void what_is_no_session_goes_to_the_first_shard_in_order(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    struct buffer fields = { 0 };
    buffer_append_format(&fields, "%sskip: [ { when: { action: debug }, reason: debugging } ]\n%c", usual, '\0');
    start(&x, fields.p, &options, three, 3);
    record_batch_init(&x.records, 0, 10, 10);
    record_batch_add(&x.records, 0, 10000, "tcp", "debug", 443, 1, NO_VALUE);
    record_batch_add_other(&x.records, 10, VERDICT_BAD, "field_count");
    record_batch_add(&x.records, 20, TIMESTAMP_NONE, "tcp", "allow", 443, 1, NO_VALUE);
    record_batch_add_other(&x.records, 30, VERDICT_LIMIT, "line_length");
    record_batch_add(&x.records, 40, 10000, "tcp", "allow", NO_VALUE, 1, NO_VALUE);
    record_batch_add_other(&x.records, 50, VERDICT_SKIP, "nodata");
    begin(&x, 60);
    next(&x);
    const struct batch *b = given(&x, 1);
    static const struct {
        uint32_t position;
        enum verdict verdict;
        const char *reason;
    } wanted[] = { { 0, VERDICT_SKIP, "debugging" },
                   { 10, VERDICT_BAD, "field_count" },
                   { 20, VERDICT_BAD, "no_time" },
                   { 30, VERDICT_LIMIT, "line_length" },
                   { 50, VERDICT_SKIP, "nodata" } };
    assert_int_equal(b->others.n, 5);
    for (unsigned i = 0; i < 5; i++) {
        uint32_t position;
        uint16_t reason;
        memcpy(&position, b->others.positions + 4 * i, sizeof position);
        memcpy(&reason, b->others.reasons + 2 * i, sizeof reason);
        assert_int_equal(position, wanted[i].position);
        assert_int_equal(b->others.reason[reason].verdict, wanted[i].verdict);
        assert_true(span_is(b->others.reason[reason].text, wanted[i].reason));
    }
    assert_int_equal(b->rows, 1);
    assert_int_equal(cell(b, "port", 0), NO_VALUE);
    assert_int_equal(cell(b, "position", 0), 40);
    for (unsigned i = 0; i < 3; i += 2) {
        b = given(&x, i);
        assert_int_equal(b->rows, 0);
        assert_int_equal(b->others.n, 0);
    }
    buffer_fini(&fields);
    stop(&x);
}

static void a_record_may_be_several_sessions(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    static const char several[] =
        "fields:\n  NetworkProtocol: { from: proto }\n  DstPortNumber: { from: dst_port }\n"
        "sessions:\n"
        "  - { when: { action: { has: a } }, fields: { DvcAction: Allow } }\n"
        "  - { when: { action: { has: d } }, fields: { DvcAction: Deny, DstPortNumber: { from: src_port } } }\n";
    start(&x, several, &options, three, 3);
    record_batch_init(&x.records, 0, 10, 10);
    record_batch_add(&x.records, 0, 10000, "tcp", "a d", 443, 80, NO_VALUE);
    record_batch_add(&x.records, 10, 10000, "tcp", "d", 443, 444, NO_VALUE);
    record_batch_add(&x.records, 20, 10000, "tcp", "none", 443, 444, NO_VALUE);
    begin(&x, 30);
    next(&x);
    const struct batch *b = given(&x, 2);
    assert_int_equal(b->rows, 2);
    assert_int_equal(cell(b, "port", 0), 443);
    assert_true(span_is(group(b, 0, "DvcAction"), "Allow"));
    assert_int_equal(cell(b, "port", 1), 444);
    assert_null(batch_column(b, "first")); /* both are */
    b = given(&x, 1);
    assert_int_equal(b->rows, 1);
    assert_int_equal(cell(b, "port", 0), 80);
    assert_int_equal(cell(b, "first", 0), 0);
    assert_true(span_is(group(b, 0, "DvcAction"), "Deny"));
    assert_int_equal(b->others.n, 1);
    assert_true(span_is(b->others.reason[0].text, "no_session"));
    stop(&x);
}

static void rows_weigh_what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *count;
        bool weigh;
        int64_t wanted[4]; /* of 5, none, 0, -3 */
    } cases[] = { { "", false, { 1, 1, 1, 1 } },
                  { "", true, { 5, 1, 1, 1 } },
                  { "count: { from: n }\n", false, { 5, 0, 0, 0 } },
                  { "count: { from: n, scale: 2 }\n", true, { 10, 0, 0, 0 } },
                  { "count: 3\n", false, { 3, 3, 3, 3 } } };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture x;
        struct meaning_options options = { .weigh_event_count = cases[i].weigh };
        struct buffer fields = { 0 };
        static const int64_t numbers[] = { 5, NO_VALUE, 0, -3 };
        buffer_append_format(&fields, "%s%s%c", usual, cases[i].count, '\0');
        start(&x, fields.p, &options, one, 1);
        record_batch_init(&x.records, 0, 10, 10);
        for (uint32_t k = 0; k < 4; k++)
            record_batch_add(&x.records, k, 10000, "tcp", "allow", 443, 1, numbers[k]);
        begin(&x, 10);
        next(&x);
        const struct batch *b = given(&x, 0);
        for (uint32_t k = 0; k < 4; k++)
            assert_int_equal(batch_column(b, "count") ? cell(b, "count", k) : 1, cases[i].wanted[k]);
        buffer_fini(&fields);
        stop(&x);
    }
}

static void the_application_is_grouped_by_only_when_wanted(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { .app = true };
    start(&x, usual, &options, one, 1);
    record_batch_init(&x.records, 0, 10, 10);
    record_batch_add(&x.records, 0, 10000, "TCP", "allow", 443, 1, NO_VALUE);
    record_batch_add(&x.records, 1, 10000, "Tcp", "Allow", 443, 1, NO_VALUE);
    record_batch_add(&x.records, 2, 10000, "UDP", "allow", 443, 1, NO_VALUE);
    begin(&x, 10);
    next(&x);
    const struct batch *b = given(&x, 0);
    assert_true(span_is(group(b, 0, "DstAppName"), "tcp"));
    assert_true(span_is(group(b, 2, "DstAppName"), "udp"));
    assert_int_equal(cell(b, "descriptor", 0), cell(b, "descriptor", 1)); /* one group, whatever the spelling */
    assert_int_equal(b->descriptors_n, 2);
    stop(&x);
}

static void what_the_batch_lacks_is_empty_and_what_the_map_lacks_is_ignored(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, one, 1);
    record_batch_init(&x.records, 0, 10, 10);
    x.records.fields[0] = SPAN_LITERAL("unheard_of");
    record_batch_add(&x.records, 0, 10000, "TCP", "allow", 443, 1, NO_VALUE);
    begin(&x, 10);
    next(&x);
    const struct batch *b = given(&x, 0);
    assert_true(span_is(group(b, 0, "NetworkProtocol"), ""));
    assert_true(span_is(group(b, 0, "DvcAction"), "Allow"));
    stop(&x);
}

static void a_column_of_the_wrong_type_is_refused(void **state)
{
    (void)state;
    struct fixture x;
    struct error e;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, one, 1);
    record_batch_init(&x.records, 0, 10, 10);
    record_batch_add(&x.records, 0, 10000, "TCP", "allow", 443, 1, NO_VALUE);
    record_batch_finish(&x.records, 10, x.in);
    struct column columns[7];
    struct batch wrong = x.records.b;
    memcpy(columns, wrong.columns, sizeof columns);
    columns[6].name = SPAN_LITERAL("dst_port");
    columns[3].name = SPAN_LITERAL("somewhere");
    wrong.columns = columns;
    assert_int_equal(router_begin(x.router, x.meanings, &wrong, &e), STATUS_BAD);
    assert_string_equal(e.text, "the column dst_port holds texts: expected numbers, as the map of t says");
    columns[6].name = SPAN_LITERAL("u");
    columns[5].name = SPAN_LITERAL("user");
    assert_int_equal(router_begin(x.router, x.meanings, &wrong, &e), STATUS_BAD);
    assert_string_equal(e.text, "the column user holds numbers: expected texts, as the map of t says");
    stop(&x);
}

static void a_port_out_of_range_is_none(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, one, 1);
    record_batch_init(&x.records, 0, 10, 10);
    record_batch_add(&x.records, 0, 10000, "TCP", "allow", 65536, 1, NO_VALUE);
    record_batch_add(&x.records, 1, 10000, "TCP", "allow", -2, 1, NO_VALUE);
    record_batch_add(&x.records, 2, 10000, "TCP", "allow", 65535, 1, NO_VALUE);
    begin(&x, 10);
    next(&x);
    const struct batch *b = given(&x, 0);
    assert_int_equal(cell(b, "port", 0), NO_VALUE);
    assert_int_equal(cell(b, "port", 1), NO_VALUE);
    assert_int_equal(cell(b, "port", 2), 65535);
    stop(&x);
}

/* Many rows that are many sessions and many others: nothing is lost, doubled or out of order. */
static void what_is_too_much_for_one_batch_is_cut(void **state)
{
    (void)state;
    static const char several[] = "fields:\n  DstPortNumber: { from: dst_port }\n"
                                  "sessions: [ { fields: { DvcAction: A } }, { fields: { DvcAction: B } }, "
                                  "{ fields: { DvcAction: C } } ]\n"
                                  "skip: [ { when: { action: skip }, reason: no } ]\n";
    enum { ROWS = 60000, OTHERS = 60000 };
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, several, &options, one, 1);
    record_batch_init(&x.records, 5000, ROWS, OTHERS);
    uint32_t skipped = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        bool skip = i % 10 == 3;
        skipped += skip;
        record_batch_add(&x.records, 4 * i, 10000, "tcp", skip ? "skip" : "x", i % 65536, 1, NO_VALUE);
        record_batch_add_other(&x.records, 4 * i + 2, VERDICT_BAD, "odd");
    }
    begin(&x, 5000 + 4 * ROWS);
    uint64_t at = 5000, ordinal = 100;
    uint32_t sessions = 0, firsts = 0, others = 0, parts = 0;
    struct error e;
    while (router_next(x.router, &e) == STATUS_OK) {
        const struct batch *b = given(&x, 0);
        assert_true(b->from == at && b->to > at && b->from_ordinal == ordinal && b->to_ordinal > ordinal);
        uint32_t records = 0;
        for (uint32_t i = 0; i < b->rows; i++) {
            uint64_t position = (uint64_t)cell(b, "position", i);
            assert_true(position >= b->from && position < b->to);
            assert_int_equal(cell(b, "port", i), (position - 5000) / 4);
            records += cell(b, "first", i) == 1;
        }
        firsts += records;
        sessions += b->rows;
        others += b->others.n;
        assert_int_equal(b->to_ordinal - b->from_ordinal, records + b->others.n);
        at = b->to;
        ordinal = b->to_ordinal;
        parts++;
    }
    assert_true(parts > 1);
    assert_int_equal(at, 5000 + 4 * ROWS);
    assert_int_equal(ordinal, 100 + ROWS + OTHERS);
    assert_int_equal(firsts, ROWS - skipped);
    assert_int_equal(sessions, 3 * (ROWS - skipped));
    assert_int_equal(others, OTHERS + skipped);
    stop(&x);
}

static void rows_that_cannot_be_cut_are_given_up(void **state)
{
    (void)state;
    static const char several[] = "fields:\n  DvcAction: A\nsessions: [ { fields: {} }, { fields: {} } ]\n";
    struct fixture x;
    struct error e;
    struct meaning_options options = { 0 };
    start(&x, several, &options, one, 1);
    record_batch_init(&x.records, 0, 65536, 1);
    for (uint32_t i = 0; i < 65536; i++)
        record_batch_add(&x.records, 0, 10000, "tcp", "x", 1, 1, NO_VALUE);
    begin(&x, 10);
    assert_int_equal(router_next(x.router, &e), STATUS_LIMIT);
    expect_end(&x);
    stop(&x);
}

static void meanings_are_the_same_however_batches_are_numbered(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { 0 };
    start(&x, usual, &options, one, 1);
    for (unsigned round = 0; round < 3; round++) {
        record_batch_init(&x.records, 0, 4, 1);
        for (uint32_t i = 0; i < 4; i++) {
            static const char *const protos[] = { "tcp", "udp", "icmp", "gre" };
            record_batch_add(&x.records, i, 10000, protos[(i + round) % 4], "allow", (i + round) % 4, 1, NO_VALUE);
        }
        begin(&x, 10);
        next(&x);
        const struct batch *b = given(&x, 0);
        for (uint32_t i = 0; i < 4; i++) {
            static const char *const folded[] = { "TCP", "UDP", "ICMP", "GRE" };
            assert_true(span_is(group(b, i, "NetworkProtocol"), folded[cell(b, "port", i)]));
        }
        expect_end(&x);
        record_batch_fini(&x.records);
    }
    record_batch_init(&x.records, 0, 1, 1);
    stop(&x);
}

static void more_descriptors_than_are_kept_are_forgotten_between_batches(void **state)
{
    (void)state;
    struct fixture x;
    struct meaning_options options = { .app = true };
    enum { ROWS = 20000 };
    char(*names)[16] = allocate(ROWS, sizeof *names);
    start(&x, usual, &options, one, 1);
    for (unsigned round = 0; round < 4; round++) {
        record_batch_init(&x.records, 0, ROWS, 1);
        for (uint32_t i = 0; i < ROWS; i++) {
            snprintf(names[i], sizeof names[i], "P%u", round * ROWS + i);
            uint32_t d = x.records.b.descriptors_n++;
            x.records.descriptors[2 * d] = span_text(names[i]);
            x.records.descriptors[2 * d + 1] = SPAN_LITERAL("Allow");
            x.records.descriptor[i] = d;
            x.records.position[i] = i;
            x.records.time[i] = 10000;
            x.records.b.rows++;
            x.records.b.to_ordinal++;
            uint32_t end = 0;
            buffer_append(&x.records.user_ends, &end, sizeof end);
        }
        begin(&x, ROWS);
        next(&x);
        const struct batch *b = given(&x, 0);
        assert_int_equal(b->rows, ROWS);
        for (uint32_t i = 0; i < ROWS; i += 997)
            assert_true(span_is(group(b, i, "NetworkProtocol"), names[i]));
        record_batch_fini(&x.records);
    }
    record_batch_init(&x.records, 0, 1, 1);
    free(names);
    stop(&x);
}

/* Rows of one shard that need no work go through as they came; the same rows cut over three shards are the model. */
static void plain_batches_give_what_any_others_give(void **state)
{
    (void)state;
    static const char *const protos[] = { "tcp", "TCP", "udp", "Gre" };
    static const int64_t bases[] = { 0, 200, 65000 };
    enum { ROWS = 500 };
    for (unsigned round = 0; round < 6; round++) {
        struct fixture x, model;
        struct meaning_options options = { 0 };
        start(&x, usual, &options, one, 1);
        start(&model, usual, &options, three, 3);
        record_batch_init(&x.records, 77, ROWS, 10);
        x.records.narrow = true;
        record_batch_init(&model.records, 77, ROWS, 10);
        for (uint32_t i = 0; i < ROWS; i++) {
            int64_t port = round >= 3 && i % 7 == 0 ? NO_VALUE : bases[round % 3] + (i * 31) % 400;
            record_batch_add(&x.records, 3 * i, 10000 + 17 * i, protos[i % 4], "allow", port, 1, NO_VALUE);
            record_batch_add(&model.records, 3 * i, 10000 + 17 * i, protos[i % 4], "allow", port, 1, NO_VALUE);
        }
        begin(&x, 77 + 3 * ROWS);
        begin(&model, 77 + 3 * ROWS);
        next(&x);
        next(&model);
        expect_end(&x);
        const struct batch *all = given(&x, 0);
        assert_int_equal(all->rows, ROWS);
        uint32_t rows = 0;
        for (unsigned shard = 0; shard < 3; shard++) {
            const struct batch *b = given(&model, shard);
            for (uint32_t i = 0; i < b->rows; i++, rows++) {
                uint32_t row = (uint32_t)(cell(b, "position", i) - 77) / 3;
                assert_int_equal(cell(all, "position", row), cell(b, "position", i));
                assert_int_equal(cell(all, "time", row), cell(b, "time", i));
                assert_int_equal(cell(all, "port", row), cell(b, "port", i));
                assert_true(span_equal(group(all, row, "NetworkProtocol"), group(b, i, "NetworkProtocol")));
                assert_true(span_equal(group(all, row, "DvcAction"), group(b, i, "DvcAction")));
            }
        }
        assert_int_equal(rows, ROWS);
        stop(&x);
        stop(&model);
    }
}

static void ranges_must_own_every_port_once(void **state)
{
    (void)state;
    struct error e;
    static const struct port_range gap[] = { { 0, 99 }, { 101, 65535 } };
    static const struct port_range twice[] = { { 0, 100 }, { 100, 65535 } };
    assert_int_equal(router_ranges_check(three, 3, &e), STATUS_OK);
    assert_int_equal(router_ranges_check(gap, 2, &e), STATUS_CONFIG);
    assert_string_equal(e.text, "port 100: expected a shard to own it");
    assert_int_equal(router_ranges_check(twice, 2, &e), STATUS_CONFIG);
    assert_string_equal(e.text, "port 100: expected one shard to own it");
    assert_int_equal(router_ranges_check(NULL, 0, &e), STATUS_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_to_the_shard_of_their_port),
        cmocka_unit_test(every_shard_gets_every_span),
        cmocka_unit_test(an_empty_batch_moves_positions),
        cmocka_unit_test(what_is_no_session_goes_to_the_first_shard_in_order),
        cmocka_unit_test(a_record_may_be_several_sessions),
        cmocka_unit_test(rows_weigh_what_is_wanted),
        cmocka_unit_test(the_application_is_grouped_by_only_when_wanted),
        cmocka_unit_test(what_the_batch_lacks_is_empty_and_what_the_map_lacks_is_ignored),
        cmocka_unit_test(a_column_of_the_wrong_type_is_refused),
        cmocka_unit_test(a_port_out_of_range_is_none),
        cmocka_unit_test(what_is_too_much_for_one_batch_is_cut),
        cmocka_unit_test(rows_that_cannot_be_cut_are_given_up),
        cmocka_unit_test(meanings_are_the_same_however_batches_are_numbered),
        cmocka_unit_test(more_descriptors_than_are_kept_are_forgotten_between_batches),
        cmocka_unit_test(plain_batches_give_what_any_others_give),
        cmocka_unit_test(ranges_must_own_every_port_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
