#include "common/wire/batch.h"

#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROWS = 5 };

/* A batch of five records with two descriptors, every type of column, and two others. */
struct sample {
    struct batch batch;
    struct span fields[2];
    struct span descriptors[4];
    struct column columns[6];
    unsigned char descriptor[ROWS];
    uint32_t position[ROWS];
    int64_t time[ROWS];
    uint16_t port[ROWS];
    unsigned char port_nulls[1];
    char text[4 * ROWS + 32];
    uint32_t other_positions[2];
    uint16_t other_reasons[2];
    struct reason reasons[2];
};

static size_t fill_text(char *out, const char *const *texts)
{
    uint32_t end = 0;
    for (unsigned i = 0; i < ROWS; i++) {
        size_t n = strlen(texts[i]);
        memcpy(out + 4 * ROWS + end, texts[i], n);
        end += (uint32_t)n;
        memcpy(out + 4 * i, &end, 4);
    }
    return 4 * ROWS + end;
}

static void sample_init(struct sample *s)
{
    static const char *const texts[ROWS] = { "192.0.2.1", "", "b", "", "2001:db8::1" };
    *s = (struct sample){
        .fields = { SPAN_LITERAL("proto"), SPAN_LITERAL("action") },
        .descriptors = { SPAN_LITERAL("6"), SPAN_LITERAL("ACCEPT"), SPAN_LITERAL(""), SPAN_LITERAL("RE\0JECT") },
        .descriptor = { 0, 1, 1, 0, 1 },
        .position = { 0, 10, 10, 25, 99 },
        .time = { 1000, 2000, -5, 0, 3000 },
        .port = { 443, 0, 22, 65535, 53 },
        .port_nulls = { 1u << 1 },
        .other_positions = { 40, 40 },
        .other_reasons = { 1, 0 },
        .reasons = { { VERDICT_SKIP, SPAN_LITERAL("nodata") }, { VERDICT_BAD, SPAN_LITERAL("no_time") } },
    };
    struct column columns[] = {
        { SPAN_LITERAL("descriptor"), COLUMN_U8, 0, s->descriptor, sizeof s->descriptor, NULL, NULL, 0 },
        { SPAN_LITERAL("position"), COLUMN_U32, 5000000000, (void *)s->position, sizeof s->position, NULL, NULL, 0 },
        { SPAN_LITERAL("time"), COLUMN_I64, 1767261600000, (void *)s->time, sizeof s->time, NULL, NULL, 0 },
        { SPAN_LITERAL("dst_port"), COLUMN_U16, 0, (void *)s->port, sizeof s->port, s->port_nulls, NULL, 0 },
        { SPAN_LITERAL("src"), COLUMN_TEXT, 0, (void *)s->text, fill_text(s->text, texts), NULL, NULL, 0 },
    };
    memcpy(s->columns, columns, sizeof columns);
    s->batch = (struct batch){
        .kind = BATCH_RECORDS,
        .source = SPAN_LITERAL("edge-fw"),
        .stream = SPAN_LITERAL("0"),
        .epoch = UINT64_C(1) << 32,
        .from = 5000000000,
        .to = 5000000100,
        .from_ordinal = 7,
        .to_ordinal = 14,
        .high_water_ms = 1767261603000,
        .descriptor_fields_n = 2,
        .descriptor_fields = s->fields,
        .descriptors_n = 2,
        .descriptors = s->descriptors,
        .rows = ROWS,
        .columns_n = 5,
        .columns = s->columns,
        .others = { .n = 2,
                    .positions = (void *)s->other_positions,
                    .reasons = (void *)s->other_reasons,
                    .reasons_n = 2,
                    .reason = s->reasons },
    };
}

static void encode(const struct batch *b, struct buffer *out)
{
    struct error e;
    buffer_clear(out);
    enum status status = batch_encode(b, out, &e);
    if (status)
        print_error("%s\n", e.text);
    assert_int_equal(status, STATUS_OK);
}

/* A copy of exactly the size, so that a sanitizer sees the first byte read too far. */
static enum status decode_exact(struct batch_decoder *d, struct span s, const struct batch **out, char **copy,
                                struct error *e)
{
    *copy = malloc(s.n ? s.n : 1);
    assert_non_null(*copy);
    if (s.n)
        memcpy(*copy, s.p, s.n);
    return batch_decode(d, span_of(*copy, s.n), out, e);
}

/* Touch all that a reader may touch. */
static uint64_t walk(const struct batch *b)
{
    uint64_t sum = b->source.n + b->stream.n;
    for (size_t i = 0; i < (size_t)b->descriptors_n * b->descriptor_fields_n; i++)
        for (size_t k = 0; k < b->descriptors[i].n; k++)
            sum += (unsigned char)b->descriptors[i].p[k];
    for (uint32_t c = 0; c < b->columns_n; c++) {
        for (uint32_t i = 0; i < b->rows; i++) {
            if (b->columns[c].type != COLUMN_TEXT) {
                sum += (uint64_t)column_integer(&b->columns[c], i) + column_null(&b->columns[c], i);
                continue;
            }
            struct span s = column_text(&b->columns[c], b->rows, i);
            for (size_t k = 0; k < s.n; k++)
                sum += (unsigned char)s.p[k];
        }
    }
    for (uint32_t i = 0; i < b->others.n; i++) {
        uint16_t reason;
        memcpy(&reason, b->others.reasons + 2 * i, 2);
        assert_true(reason < b->others.reasons_n);
        sum += b->others.reason[reason].text.n;
    }
    if (b->rows) {
        const struct column *descriptor = batch_column(b, "descriptor");
        assert_non_null(descriptor);
        for (uint32_t i = 0; i < b->rows; i++)
            assert_true(column_integer(descriptor, i) < (int64_t)b->descriptors_n);
    }
    return sum;
}

static void a_batch_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s);
    struct buffer out = { 0 };
    encode(&s.batch, &out);
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e;
    char *copy;
    assert_int_equal(decode_exact(d, buffer_span(&out), &b, &copy, &e), STATUS_OK);

    assert_int_equal(b->kind, BATCH_RECORDS);
    assert_true(span_is(b->source, "edge-fw"));
    assert_true(span_is(b->stream, "0"));
    assert_true(b->epoch == UINT64_C(1) << 32 && b->from == 5000000000 && b->to == 5000000100);
    assert_true(b->from_ordinal == 7 && b->to_ordinal == 14 && b->high_water_ms == 1767261603000);
    assert_int_equal(b->descriptor_fields_n, 2);
    assert_true(span_is(b->descriptor_fields[1], "action"));
    assert_int_equal(b->descriptors_n, 2);
    for (unsigned i = 0; i < 4; i++)
        assert_true(span_equal(b->descriptors[i], s.descriptors[i]));
    assert_int_equal(b->rows, ROWS);
    assert_int_equal(b->columns_n, 5);
    assert_int_equal(column_integer(batch_column(b, "time"), 2), 1767261600000 - 5);
    assert_int_equal(column_integer(batch_column(b, "position"), 4), 5000000099);
    assert_int_equal(column_integer(batch_column(b, "dst_port"), 3), 65535);
    assert_true(column_null(batch_column(b, "dst_port"), 1));
    assert_false(column_null(batch_column(b, "dst_port"), 2));
    assert_true(span_is(column_text(batch_column(b, "src"), ROWS, 0), "192.0.2.1"));
    assert_true(span_is(column_text(batch_column(b, "src"), ROWS, 1), ""));
    assert_true(span_is(column_text(batch_column(b, "src"), ROWS, 4), "2001:db8::1"));
    assert_null(batch_column(b, "sr"));
    assert_int_equal(b->others.n, 2);
    assert_memory_equal(b->others.positions, s.other_positions, 8);
    assert_memory_equal(b->others.reasons, s.other_reasons, 4);
    assert_int_equal(b->others.reason[1].verdict, VERDICT_BAD);
    assert_true(span_is(b->others.reason[1].text, "no_time"));
    walk(b);
    free(copy);
    batch_decoder_free(&d);
    assert_null(d);
    buffer_fini(&out);
}

static void an_empty_span_needs_no_columns(void **state)
{
    (void)state;
    struct batch empty = { .kind = BATCH_SESSIONS,
                           .source = SPAN_LITERAL("a"),
                           .stream = SPAN_LITERAL("b"),
                           .from = 10,
                           .to = 20,
                           .high_water_ms = TIMESTAMP_NONE };
    struct buffer out = { 0 };
    encode(&empty, &out);
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e;
    assert_int_equal(batch_decode(d, buffer_span(&out), &b, &e), STATUS_OK);
    assert_int_equal(b->rows, 0);
    assert_int_equal(b->others.n, 0);
    assert_true(b->high_water_ms == TIMESTAMP_NONE);
    assert_null(batch_column(b, "descriptor"));
    batch_decoder_free(&d);
    buffer_fini(&out);
}

/* Encode what `change` made of the sample and expect that decoding fails with a sentence that holds `words`. */
static void expect_bad(void (*change)(struct sample *), const char *words)
{
    struct sample s;
    sample_init(&s);
    change(&s);
    struct buffer out = { 0 };
    encode(&s.batch, &out);
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e = { 0 };
    enum status status = batch_decode(d, buffer_span(&out), &b, &e);
    if (status != STATUS_BAD || !strstr(e.text, words))
        fail_msg("expected \"%s\", got status %d \"%s\"", words, status, e.text);
    assert_null(b);
    batch_decoder_free(&d);
    buffer_fini(&out);
}

static void descriptor_too_large(struct sample *s)
{
    s->descriptor[3] = 2;
}
static void descriptor_with_base(struct sample *s)
{
    s->columns[0].base = 1;
}
static void descriptor_missing(struct sample *s)
{
    s->columns[0].name = SPAN_LITERAL("descriptors");
}
static void positions_descend(struct sample *s)
{
    s->position[2] = 9;
}
static void position_at_the_end(struct sample *s)
{
    s->position[4] = 100;
}
static void position_with_another_base(struct sample *s)
{
    s->columns[1].base++;
}
static void position_missing(struct sample *s)
{
    s->columns[1].name = SPAN_LITERAL("pos");
}
static void time_before_the_calendar(struct sample *s)
{
    s->time[0] = -INT64_C(1767261600000) + TIMESTAMP_MIN_MS - 1;
}
static void time_is_text(struct sample *s)
{
    s->columns[2].name = SPAN_LITERAL("t");
    s->columns[4].name = SPAN_LITERAL("time");
}
static void name_twice(struct sample *s)
{
    s->columns[4].name = SPAN_LITERAL("dst_port");
}
static void name_empty(struct sample *s)
{
    s->columns[4].name = SPAN_LITERAL("");
}
static void base_near_the_end(struct sample *s)
{
    s->columns[3].base = INT64_MAX - 65534;
}
static void text_too_long(struct sample *s)
{
    s->columns[4].data_bytes++;
}
static void text_too_short(struct sample *s)
{
    s->columns[4].data_bytes = 4 * ROWS - 1;
}
static void text_descends(struct sample *s)
{
    s->text[4] = 3;
}
static void other_outside(struct sample *s)
{
    s->other_positions[1] = 100;
}
static void others_descend(struct sample *s)
{
    s->other_positions[1] = 39;
}
static void reason_outside(struct sample *s)
{
    s->other_reasons[0] = 2;
}
static void reason_empty(struct sample *s)
{
    s->reasons[0].text = SPAN_LITERAL("");
}
static void ordinals_backwards(struct sample *s)
{
    s->batch.to_ordinal = 6;
}
static void source_empty(struct sample *s)
{
    s->batch.source = SPAN_LITERAL("");
}
static void sessions_without_port(struct sample *s)
{
    s->batch.kind = BATCH_SESSIONS;
}
static void port_above_the_range(struct sample *s)
{
    s->batch.kind = BATCH_SESSIONS;
    s->columns[3].name = SPAN_LITERAL("port");
    s->columns[3].base = 1;
}
static void first_is_two(struct sample *s)
{
    static const unsigned char first[ROWS] = { 1, 1, 2, 1, 1 };
    s->batch.kind = BATCH_SESSIONS;
    s->columns[3].name = SPAN_LITERAL("port");
    s->columns[4] = (struct column){ SPAN_LITERAL("first"), COLUMN_U8, 0, first, ROWS, NULL, NULL, 0 };
}
static void summary_without_window(struct sample *s)
{
    s->batch.kind = BATCH_SUMMARIES;
    s->columns[3].name = SPAN_LITERAL("port");
}
static void count_negative(struct sample *s)
{
    s->batch.kind = BATCH_SUMMARIES;
    s->columns[2].name = SPAN_LITERAL("window");
    s->columns[3].name = SPAN_LITERAL("port");
    static const int64_t counts[ROWS] = { 1, 1, -1, 1, 1 };
    s->columns[4] =
        (struct column){ SPAN_LITERAL("count"), COLUMN_I64, 0, (const void *)counts, sizeof counts, NULL, NULL, 0 };
}

static void what_is_out_of_bounds_is_refused_with_a_reason(void **state)
{
    (void)state;
    expect_bad(descriptor_too_large, "descriptors_n");
    expect_bad(descriptor_with_base, "\"descriptor\"");
    expect_bad(descriptor_missing, "\"descriptor\" is missing");
    expect_bad(positions_descend, "ascending");
    expect_bad(position_at_the_end, "inside [from, to)");
    expect_bad(position_with_another_base, "base");
    expect_bad(position_missing, "\"position\" is missing");
    expect_bad(time_before_the_calendar, "years");
    expect_bad(time_is_text, "\"time\"");
    expect_bad(name_twice, "once");
    expect_bad(name_empty, "name");
    expect_bad(base_near_the_end, "base");
    expect_bad(text_too_long, "length");
    expect_bad(text_too_short, "length");
    expect_bad(text_descends, "ascending");
    expect_bad(other_outside, "others");
    expect_bad(others_descend, "others");
    expect_bad(reason_outside, "reason");
    expect_bad(reason_empty, "reason");
    expect_bad(ordinals_backwards, "ordinals");
    expect_bad(source_empty, "source");
    expect_bad(sessions_without_port, "\"port\" is missing");
    expect_bad(port_above_the_range, "65535");
    expect_bad(first_is_two, "0 or 1");
    expect_bad(summary_without_window, "\"window\" is missing");
    expect_bad(count_negative, "negative");
}

static void a_record_time_may_be_null_but_not_a_session_time(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s);
    static const unsigned char nulls[1] = { 4 };
    s.columns[2].nulls = nulls;
    s.time[2] = INT64_MIN; /* whatever stands there is not looked at */
    struct buffer out = { 0 };
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e;
    encode(&s.batch, &out);
    assert_int_equal(batch_decode(d, buffer_span(&out), &b, &e), STATUS_OK);
    s.batch.kind = BATCH_SESSIONS;
    s.columns[3].name = SPAN_LITERAL("port");
    encode(&s.batch, &out);
    assert_int_equal(batch_decode(d, buffer_span(&out), &b, &e), STATUS_BAD);
    s.columns[2].nulls = NULL;
    s.time[2] = 0;
    encode(&s.batch, &out);
    assert_int_equal(batch_decode(d, buffer_span(&out), &b, &e), STATUS_OK);
    batch_decoder_free(&d);
    buffer_fini(&out);
}

static void what_cannot_be_sent_is_refused_by_the_sender(void **state)
{
    (void)state;
    struct sample s;
    struct buffer out = { 0 };
    struct error e;
    sample_init(&s);
    s.batch.to = s.batch.from + UINT32_MAX + UINT64_C(1);
    assert_int_equal(batch_encode(&s.batch, &out, &e), STATUS_LIMIT);
    sample_init(&s);
    static char name[WIRE_NAME_BYTES_MAX + 1];
    s.batch.source = span_of(name, sizeof name);
    assert_int_equal(batch_encode(&s.batch, &out, &e), STATUS_LIMIT);
    sample_init(&s);
    s.batch.descriptors_n = WIRE_DESCRIPTORS_MAX + 1;
    assert_int_equal(batch_encode(&s.batch, &out, &e), STATUS_LIMIT);
    assert_int_equal(out.n, 0);
    buffer_fini(&out);
}

static void every_cut_document_is_malformed(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s);
    struct buffer out = { 0 };
    encode(&s.batch, &out);
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e;
    for (size_t n = 0; n < out.n; n++) {
        char *copy;
        assert_int_equal(decode_exact(d, span_of(out.p, n), &b, &copy, &e), STATUS_BAD);
        free(copy);
    }
    buffer_append_byte(&out, 0);
    assert_int_equal(batch_decode(d, buffer_span(&out), &b, &e), STATUS_BAD);
    batch_decoder_free(&d);
    buffer_fini(&out);
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static void a_damaged_document_is_refused_or_safe_to_read(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s);
    struct buffer out = { 0 };
    encode(&s.batch, &out);
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e;
    uint64_t seed = 0x7469646d61726b;
    unsigned good = 0;
    for (unsigned round = 0; round < 20000; round++) {
        char *copy = malloc(out.n);
        assert_non_null(copy);
        memcpy(copy, out.p, out.n);
        for (unsigned k = 0; k <= round % 3; k++)
            copy[next_random(&seed) % out.n] = (char)next_random(&seed);
        if (batch_decode(d, span_of(copy, out.n), &b, &e) == STATUS_OK) {
            walk(b);
            good++;
        } else {
            assert_null(b);
        }
        free(copy);
    }
    assert_true(good > 0); /* some bytes may be anything: otherwise this test looks at nothing */
    batch_decoder_free(&d);
    buffer_fini(&out);
}

static void expect_document(const void *bytes, size_t n, enum status expected)
{
    struct batch_decoder *d = batch_decoder_new();
    const struct batch *b;
    struct error e;
    assert_int_equal(batch_decode(d, span_of(bytes, n), &b, &e), expected);
    batch_decoder_free(&d);
}

static void a_document_that_claims_much_is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    expect_document("\x81\xa1x\xdd\xff\xff\xff\xff", 8, STATUS_BAD);
    expect_document("\x81\xa1x\xdf\xff\xff\xff\xff", 8, STATUS_BAD);
    expect_document("\xdf\xff\xff\xff\xff", 5, STATUS_BAD);
    expect_document("\x81\xa1x\xc6\xff\xff\xff\xff", 8, STATUS_BAD);
    expect_document("\x81\xa1x\xc9\xff\xff\xff\xff\x01", 9, STATUS_BAD);
    expect_document("\x91\x01", 2, STATUS_BAD);
    expect_document("\xc1", 1, STATUS_BAD);

    /* 64 Mi elements that are really there: 1.5 GiB if they were unpacked */
    size_t n = 8 + (64u << 20);
    char *large = malloc(n);
    assert_non_null(large);
    memset(large, 0xc0, n);
    memcpy(large, "\x81\xa1x\xdd\x04\x00\x00\x00", 8);
    expect_document(large, n, STATUS_LIMIT);
    /* as deep as it is long */
    memset(large, 0x91, 1000);
    memcpy(large, "\x81\xa1x", 3);
    large[999] = 0;
    expect_document(large, 1000, STATUS_LIMIT);
    free(large);
}

static void unknown_keys_are_ignored_and_known_ones_come_once(void **state)
{
    (void)state;
    static const char head[] = "\xde\x00\x0a"
                               "\xa4kind\xa7records\xa6source\xa1"
                               "a\xa6stream\xa1"
                               "b\xa5"
                               "epoch\x01\xa4"
                               "from\x00\xa2to\x09\xac"
                               "from_ordinal\x00\xaato_ordinal\x00\xa4rows\x00";
    char document[sizeof head + 64];
    memcpy(document, head, sizeof head - 1);
    size_t n = sizeof head - 1;
    memcpy(document + n, "\xa3new\x92\xcb\x00\x00\x00\x00\x00\x00\x00\x00\xd4\x01\x02", 17);
    expect_document(document, n + 17, STATUS_OK);
    memcpy(document + n, "\xa4rows\x00", 6);
    expect_document(document, n + 6, STATUS_BAD);
    document[2] = 9;
    expect_document(document, n, STATUS_OK);
    document[2] = 8; /* without rows */
    expect_document(document, n - 6, STATUS_BAD);
}

static void the_narrowest_column_holds_all_values(void **state)
{
    (void)state;
    static const struct {
        int64_t values[3];
        enum column_type type;
    } cases[] = {
        { { 0, 255, 7 }, COLUMN_U8 },
        { { 1000, 1255, 1001 }, COLUMN_U8 },
        { { -3, 250, 0 }, COLUMN_U8 },
        { { 0, 256, 1 }, COLUMN_U16 },
        { { 1767261600000, 1767261665535, 1767261600001 }, COLUMN_U16 },
        { { 0, 65536, 1 }, COLUMN_U32 },
        { { INT64_MIN, INT64_MIN + UINT32_MAX, INT64_MIN }, COLUMN_U32 },
        { { 0, INT64_C(1) << 32, 1 }, COLUMN_I64 },
        { { INT64_MIN, INT64_MAX, 0 }, COLUMN_I64 },
        { { INT64_MAX, INT64_MAX, INT64_MAX }, COLUMN_I64 },
        { { INT64_MAX - 255, INT64_MAX, INT64_MAX - 1 }, COLUMN_U8 },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer storage = { 0 };
        buffer_append(&storage, "x", 1); /* nothing may depend on alignment */
        struct column_plan plan = column_plan_integers(&storage, cases[i].values, 3, NULL);
        struct column c = column_from_plan(&storage, &plan, SPAN_LITERAL("v"), NULL);
        assert_int_equal(c.type, cases[i].type);
        for (uint32_t k = 0; k < 3; k++)
            assert_true(column_integer(&c, k) == cases[i].values[k]);
        buffer_fini(&storage);
    }
}

static void null_values_do_not_widen_a_column(void **state)
{
    (void)state;
    static const int64_t values[3] = { 80, INT64_MAX, 443 };
    static const unsigned char one[1] = { 2 }, all[1] = { 7 };
    struct buffer storage = { 0 };
    struct column_plan plan = column_plan_integers(&storage, values, 3, one);
    struct column_plan none = column_plan_integers(&storage, values, 3, all);
    struct column c = column_from_plan(&storage, &plan, SPAN_LITERAL("v"), one);
    assert_int_equal(c.type, COLUMN_U16);
    assert_true(column_integer(&c, 0) == 80 && column_integer(&c, 2) == 443 && column_null(&c, 1));
    assert_int_equal(none.type, COLUMN_U8);
    assert_int_equal(none.bytes, 3);
    buffer_fini(&storage);
}

/* Numbers of every width, with and without base and nulls, become what they would have become in one go. */
static void columns_are_narrowed_on_their_way_into_the_payload(void **state)
{
    (void)state;
    enum { N = 70 };
    struct batch_decoder *d = batch_decoder_new();
    struct buffer out = { 0 }, storage = { 0 };
    srandom(11);
    for (unsigned round = 0; round < 3000; round++) {
        int64_t values[N], least = (random() & 1 ? random() : (random() << 32) + random()) * (random() & 1 ? 1 : -1);
        unsigned char nulls[(N + 7) / 8] = { 0 };
        uint64_t range = UINT64_C(1) << random() % 40;
        bool some_null = random() & 1, unsigned_source = random() & 1;
        for (unsigned i = 0; i < N; i++) {
            values[i] = (int64_t)((uint64_t)least + ((uint64_t)random() << 20 ^ (uint64_t)random()) % range);
            if (unsigned_source)
                values[i] = (int64_t)((uint64_t)values[i] & UINT32_MAX);
            if (some_null && random() % 3 == 0)
                nulls[i / 8] |= (unsigned char)(1u << (i % 8));
        }
        uint32_t narrow[N];
        struct column c = column_of_integers(SPAN_LITERAL("x"), values, N, some_null ? nulls : NULL);
        buffer_clear(&storage);
        struct column_plan plan = column_plan_integers(&storage, values, N, some_null ? nulls : NULL);
        if (unsigned_source) {
            for (unsigned i = 0; i < N; i++)
                narrow[i] = (uint32_t)values[i];
            c.values = narrow;
            c.values_width = sizeof *narrow;
        }
        struct batch b = { .kind = BATCH_RECORDS,
                           .source = SPAN_LITERAL("s"),
                           .stream = SPAN_LITERAL("0"),
                           .to = 1000,
                           .high_water_ms = TIMESTAMP_NONE,
                           .descriptors_n = 1,
                           .rows = N,
                           .columns_n = 4 };
        const unsigned char zeros[8 * N] = { 0 };
        struct column columns[4] = {
            { .name = SPAN_LITERAL("descriptor"), .type = COLUMN_U8, .data = zeros, .data_bytes = N },
            { .name = SPAN_LITERAL("position"), .type = COLUMN_U32, .data = zeros, .data_bytes = 4 * N },
            { .name = SPAN_LITERAL("time"), .type = COLUMN_I64, .data = zeros, .data_bytes = 8 * N },
            c,
        };
        b.columns = columns;
        for (unsigned i = 0; i < N; i++)
            assert_true(column_integer(&c, i) == (column_null(&c, i) ? c.base : values[i]));
        encode(&b, &out);
        const struct batch *in;
        struct error e;
        assert_int_equal(batch_decode(d, buffer_span(&out), &in, &e), STATUS_OK);
        const struct column *x = batch_column(in, "x");
        assert_non_null(x);
        assert_int_equal(x->type, plan.type);
        assert_true(x->base == plan.base);
        assert_int_equal(x->data_bytes, plan.bytes);
        assert_memory_equal(x->data, storage.p + plan.at, plan.bytes);
        for (unsigned i = 0; i < N; i++)
            if (!column_null(x, i))
                assert_true(column_integer(x, i) == values[i]);
    }
    buffer_fini(&out);
    buffer_fini(&storage);
    batch_decoder_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_comes_back_as_it_was_sent),
        cmocka_unit_test(an_empty_span_needs_no_columns),
        cmocka_unit_test(what_is_out_of_bounds_is_refused_with_a_reason),
        cmocka_unit_test(a_record_time_may_be_null_but_not_a_session_time),
        cmocka_unit_test(what_cannot_be_sent_is_refused_by_the_sender),
        cmocka_unit_test(every_cut_document_is_malformed),
        cmocka_unit_test(a_damaged_document_is_refused_or_safe_to_read),
        cmocka_unit_test(a_document_that_claims_much_is_refused_before_it_is_unpacked),
        cmocka_unit_test(unknown_keys_are_ignored_and_known_ones_come_once),
        cmocka_unit_test(the_narrowest_column_holds_all_values),
        cmocka_unit_test(null_values_do_not_widen_a_column),
        cmocka_unit_test(columns_are_narrowed_on_their_way_into_the_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
