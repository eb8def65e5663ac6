#include "core/stream.h"

#include "fake_vendor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* What a receiver that applies by position knows of a stream. */
struct account {
    uint64_t applied, ordinal, rows, skipped, bad, limit;
    uint64_t hash;   /* of every row in order */
    uint64_t others; /* of every other, in any order */
    int64_t high_water_ms;
    char header[32];
};

struct bench {
    char path[64];
    struct readers readers;
    struct rejects *rejects;
    struct stream *stream;
};

static char *write_file(struct bench *b, const char *bytes, size_t n)
{
    snprintf(b->path, sizeof b->path, "/tmp/tidemark-test-XXXXXX");
    int fd = mkstemp(b->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
    return b->path;
}

static void open_stream(struct bench *b, const char *path, const struct form *form, struct batch_limits limits,
                        size_t line_limit, const char *rejects)
{
    struct error e;
    struct input *in;
    readers_init(&b->readers, &fake_vendor, &limits, line_limit);
    const struct input_options io = { "/tmp", 1 << 20 };
    assert_int_equal(input_open(path, &io, &in, &e), STATUS_OK);
    assert_int_equal(rejects_open(rejects, "src", &b->rejects, &e), STATUS_OK);
    b->stream = stream_new(
        &(struct stream_options){
            .source = "src", .id = 7, .epoch = 5, .form = form, .readers = &b->readers, .rejects = b->rejects },
        &in);
}

static void close_stream(struct bench *b)
{
    stream_free(&b->stream);
    rejects_close(&b->rejects);
    readers_fini(&b->readers);
    if (b->path[0])
        unlink(b->path);
}

static void mix(struct account *a, uint64_t value)
{
    a->hash = (a->hash ^ value) * 1099511628211u;
}

static uint32_t others_at(const unsigned char *p, uint32_t i, unsigned width)
{
    uint32_t v = 0;
    memcpy(&v, p + (size_t)width * i, width);
    return v;
}

/* As the protocol says: rows and others below `applied` are skipped. */
static void apply(struct account *a, const struct batch *b)
{
    assert_true(b->from <= b->to && b->from_ordinal <= b->to_ordinal);
    assert_true(b->from <= a->applied);
    if (b->from == a->applied)
        assert_int_equal(b->from_ordinal, a->ordinal);
    assert_int_equal(b->to_ordinal - b->from_ordinal, b->rows + b->others.n);
    const struct column *descriptor = batch_column(b, "descriptor"), *position = batch_column(b, "position"),
                        *port = batch_column(b, "port"), *time = batch_column(b, "time"),
                        *note = batch_column(b, "note");
    for (uint32_t i = 0; i < b->rows; i++) {
        uint64_t at = (uint64_t)column_integer(position, i);
        assert_true(at >= b->from && at < b->to);
        if (at < a->applied)
            continue;
        uint32_t d = (uint32_t)column_integer(descriptor, i);
        assert_true(d < b->descriptors_n);
        a->rows++;
        mix(a, at);
        mix(a, (uint64_t)column_integer(time, i));
        mix(a, port && !column_null(port, i) ? (uint64_t)column_integer(port, i) : 77777);
        for (uint32_t f = 0; f < b->descriptor_fields_n; f++) {
            struct span s = b->descriptors[d * b->descriptor_fields_n + f];
            for (size_t k = 0; k < s.n; k++)
                mix(a, (unsigned char)s.p[k]);
            if (span_is(b->descriptor_fields[f], "header"))
                snprintf(a->header, sizeof a->header, "%.*s", (int)s.n, s.n ? s.p : "");
        }
        if (note)
            for (size_t k = 0; k < column_text(note, b->rows, i).n; k++)
                mix(a, (unsigned char)column_text(note, b->rows, i).p[k]);
    }
    for (uint32_t i = 0; i < b->others.n; i++) {
        uint64_t at = b->from + others_at(b->others.positions, i, 4);
        assert_true(at < b->to);
        if (at < a->applied)
            continue;
        enum verdict v = b->others.reason[others_at(b->others.reasons, i, 2)].verdict;
        *(v == VERDICT_SKIP ? &a->skipped : v == VERDICT_BAD ? &a->bad : &a->limit) += 1;
        a->others += (at + 1) * 1099511628211u;
    }
    if (b->to > a->applied) {
        a->applied = b->to;
        a->ordinal = b->to_ordinal;
        a->high_water_ms = b->high_water_ms;
    }
}

static void read_to_end(struct bench *b, struct account *a)
{
    const struct batch *batch;
    struct error e;
    enum status s;
    while ((s = stream_next(b->stream, 0, &batch, &e)) == STATUS_OK)
        apply(a, batch);
    assert_int_equal(s, STATUS_END);
    assert_int_equal(stream_end(b->stream).to, a->applied);
    assert_int_equal(stream_end(b->stream).ordinal, a->ordinal);
}

/* Records under changing headers, skipped ones, malformed ones, lines over the limit, blanks. */
static char *make_log(unsigned lines, size_t *n)
{
    char *text = malloc(200u * lines + 1);
    size_t at = 0;
    for (unsigned i = 0; i < lines; i++) {
        char *to = text + at;
        unsigned k = i * 2654435761u >> 7;
        if (i % 50 == 0)
            at += (size_t)snprintf(to, 200, "cols h%u\ncols g%u\n", i / 100, i / 100);
        else if (k % 11 == 0)
            at += (size_t)snprintf(to, 200, "skip it\r\n");
        else if (k % 13 == 0)
            at += (size_t)snprintf(to, 200, "nonsense\n\n");
        else if (k % 17 == 0)
            at += (size_t)snprintf(to, 200, "%0150u\n", i);
        else
            at += (size_t)snprintf(to, 200, "%u %s %u note\xff%u\n", 1000 + k % 5000, k % 3 ? "allow" : "deny",
                                   k % 70000, i);
    }
    *n = at;
    return text;
}

static void batches_touch_and_their_account_is_complete(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct account a = { 0 };
    size_t n;
    char *text = make_log(5000, &n);
    open_stream(&b, write_file(&b, text, n), &fake_forms[0], (struct batch_limits){ .rows = 100 }, 120, NULL);
    read_to_end(&b, &a);
    assert_int_equal(a.applied, n);
    assert_true(a.rows > 3000 && a.skipped > 100 && a.bad > 100 && a.limit > 100);
    assert_int_equal(a.ordinal, a.rows + a.skipped + a.bad + a.limit);
    stream_acknowledge(b.stream, n, true);
    assert_int_equal(stream_state(b.stream), STREAM_ENDED);
    close_stream(&b);
    free(text);
}

static void sizes_of_batches_change_nothing(void **state)
{
    (void)state;
    size_t n;
    char *text = make_log(3000, &n);
    const struct batch_limits limits[] = { { 0 },
                                           { .rows = 1 },
                                           { .rows = 7, .others = 2 },
                                           { .descriptors = 1 },
                                           { .input_bytes = 300 },
                                           { .input_bytes = 1 } };
    struct account first = { 0 };
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct bench b = { 0 };
        struct account a = { 0 };
        open_stream(&b, write_file(&b, text, n), &fake_forms[0], limits[i], 120, NULL);
        read_to_end(&b, &a);
        close_stream(&b);
        if (i == 0)
            first = a;
        assert_memory_equal(&a, &first, sizeof a);
    }
    free(text);
}

/* Go on from anywhere: what a receiver may ask for lies at the end of any batch. */
static void lose_every_second_batch(struct bench *b, struct account *a)
{
    struct error e;
    const struct batch *batch;
    enum status s = STATUS_OK;
    struct stream_lost lost;
    while (s == STATUS_OK && (s = stream_next(b->stream, 0, &batch, &e)) == STATUS_OK) {
        assert_true(batch->to - batch->from <= 1000);
        apply(a, batch);
        uint64_t epoch = batch->epoch;
        s = stream_next(b->stream, 0, &batch, &e);
        if (s == STATUS_OK)
            assert_true(stream_rewind(b->stream, a->applied, epoch, &lost));
    }
    assert_int_equal(s, STATUS_END);
    assert_int_equal(stream_end(b->stream).to, a->applied);
}

/* A batch says positions within its span only, but a line or a gap may be longer than that. */
static void a_unit_or_a_gap_longer_than_a_batch_may_cover_is_covered_by_several(void **state)
{
    (void)state;
    static char text[40000];
    size_t at = 0;
    const char *record = "1000 allow 22 note\n";
    for (unsigned i = 0; i < 5; i++) {
        at += (size_t)snprintf(text + at, 100, "%s", record);
        memset(text + at, i % 2 ? '\n' : 'x', 7000 + i);
        at += 7000 + i;
        text[at++] = '\n';
    }
    for (unsigned lossy = 0; lossy < 2; lossy++) {
        struct bench b = { 0 };
        struct account a = { 0 };
        open_stream(&b, write_file(&b, text, at), &fake_forms[0], (struct batch_limits){ 0 }, 120, NULL);
        struct input *in;
        struct error e;
        const struct input_options io = { "/tmp", 1 << 20 };
        assert_int_equal(input_open(b.path, &io, &in, &e), STATUS_OK);
        stream_free(&b.stream);
        b.stream = stream_new(&(struct stream_options){ .source = "src",
                                                        .id = 7,
                                                        .epoch = 5,
                                                        .form = &fake_forms[0],
                                                        .readers = &b.readers,
                                                        .span_bytes = 1000 },
                              &in);
        (lossy ? lose_every_second_batch : read_to_end)(&b, &a);
        assert_int_equal(a.applied, at);
        assert_int_equal(a.rows, 5);
        assert_int_equal(a.limit, 3);
        assert_int_equal(a.ordinal, 8);
        close_stream(&b);
    }
}

/* Batches are lost at random; the receiver asks for a rewind, or acknowledges. */
static void lose_and_rewind(const char *text, size_t n, const struct form *form, unsigned seed,
                            const struct account *truth)
{
    struct bench b = { 0 };
    struct account a = { 0 };
    struct error e;
    open_stream(&b, write_file(&b, text, n), form, (struct batch_limits){ .rows = 20, .input_bytes = 900 }, 120, NULL);
    uint64_t epoch = 5;
    srandom(seed);
    for (unsigned step = 0;; step++) {
        assert_true(step < 200000);
        const struct batch *batch;
        enum status s = stream_next(b.stream, 0, &batch, &e);
        bool gap = false;
        if (s == STATUS_OK) {
            assert_true(batch->epoch >= epoch);
            epoch = batch->epoch;
            gap = batch->from > a.applied;
            if (!gap && random() % 6)
                apply(&a, batch);
            if (random() % 3 == 0)
                stream_acknowledge(b.stream, a.applied, false);
        } else {
            assert_int_equal(s, STATUS_END);
            gap = stream_end(b.stream).to > a.applied;
            if (!gap)
                break;
        }
        struct stream_lost lost;
        if (gap && random() % 2) {
            assert_true(stream_rewind(b.stream, a.applied, epoch, &lost));
            assert_false(stream_rewind(b.stream, a.applied, epoch, &lost)); /* answered already */
            assert_int_equal(lost.from, lost.to);
        }
    }
    assert_int_equal(stream_end(b.stream).ordinal, a.ordinal);
    assert_memory_equal(&a, truth, sizeof a);
    close_stream(&b);
}

static void lost_batches_and_rewinds_change_nothing(void **state)
{
    (void)state;
    size_t n;
    char *text = make_log(2000, &n);
    struct bench b = { 0 };
    struct account truth = { 0 };
    open_stream(&b, write_file(&b, text, n), &fake_forms[0], (struct batch_limits){ 0 }, 120, NULL);
    read_to_end(&b, &truth);
    close_stream(&b);
    for (unsigned seed = 1; seed <= 10; seed++)
        lose_and_rewind(text, n, &fake_forms[0], seed, &truth);
    free(text);
}

/* Words apart by commas, each a part of the line: a number is a record of that time, `s` no session, else malformed. */
static enum parse_result parse_parts(struct parser *p, struct span unit, struct record *r)
{
    uint32_t *at = p->state;
    if (p->part == 0)
        *at = 0;
    size_t end = span_find(unit, ',', *at);
    r->offset = *at;
    r->length = (uint32_t)(end - *at);
    r->more = end + 1 < unit.n;
    *at = (uint32_t)end + 1;
    struct span word = span_of(unit.p + r->offset, r->length);
    if (span_is(word, "s"))
        return fake_verdict(r, PARSE_SKIP, "not_traffic");
    if (!number_parse_int(word, &r->time_ms))
        return fake_verdict(r, PARSE_BAD, "word");
    record_set_port(r, FAKE_PORT, r->time_ms % 65536);
    record_set_number(r, FAKE_SIZE, p->part);
    return PARSE_RECORD;
}

static const struct form form_of_parts = { .name = "parts",
                                           .framing = FRAMING_LINES,
                                           .probe = fake_probe,
                                           .parse = parse_parts,
                                           .state_bytes = sizeof(uint32_t) };

/* Few lines of many parts between lines of one. */
static char *make_parts(unsigned parts, unsigned per_line, size_t *n)
{
    char *text = malloc(10u * parts + 1);
    size_t at = 0;
    for (unsigned i = 0; i < parts; i++) {
        unsigned k = i * 2654435761u >> 7;
        char end = i % (per_line + 10) < per_line && i + 1 < parts ? ',' : '\n';
        if (k % 7 == 0)
            at += (size_t)snprintf(text + at, 10, "s%c", end);
        else if (k % 11 == 0)
            at += (size_t)snprintf(text + at, 10, "x%u%c", k % 100, end);
        else
            at += (size_t)snprintf(text + at, 10, "%u%c", 1000 + k % 5000, end);
    }
    *n = at;
    return text;
}

static void the_parts_of_a_unit_are_records_whatever_the_sizes_of_batches(void **state)
{
    (void)state;
    enum { PARTS = 3000 };
    size_t n;
    char *text = make_parts(PARTS, 20, &n);
    const struct batch_limits limits[] = {
        { 0 }, { .rows = 1 }, { .rows = 7, .others = 2 }, { .input_bytes = 100 }, { .input_bytes = 1 }
    };
    struct account first = { 0 };
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct bench b = { 0 };
        struct account a = { 0 };
        open_stream(&b, write_file(&b, text, n), &form_of_parts, limits[i], 120, NULL);
        read_to_end(&b, &a);
        close_stream(&b);
        if (i == 0)
            first = a;
        assert_memory_equal(&a, &first, sizeof a);
    }
    assert_int_equal(first.ordinal, PARTS);
    assert_true(first.skipped > 300 && first.bad > 200 && first.rows == PARTS - first.skipped - first.bad);
    for (unsigned seed = 1; seed <= 10; seed++)
        lose_and_rewind(text, n, &form_of_parts, seed, &first);
    free(text);
}

static void a_unit_of_many_parts_ends_no_batch_late(void **state)
{
    (void)state;
    size_t n;
    char *text = make_parts(290, 290, &n); /* one line */
    struct bench b = { 0 };
    struct account a = { 0 };
    struct error e;
    const struct batch *batch;
    open_stream(&b, write_file(&b, text, n), &form_of_parts, (struct batch_limits){ .rows = 10 }, 1 << 20, NULL);
    unsigned batches = 0;
    while (stream_next(b.stream, 0, &batch, &e) == STATUS_OK) {
        assert_true(batch->rows <= 10);
        assert_int_equal(batch->from_ordinal, a.ordinal);
        apply(&a, batch);
        batches++;
    }
    assert_true(batches > 15);
    struct stream_lost lost;
    assert_true(stream_rewind(b.stream, n / 2, 5, &lost)); /* into the middle: no part comes twice, none is lost */
    assert_int_equal(lost.from, lost.to);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_OK);
    assert_int_equal(batch->from, n / 2);
    assert_true(batch->from_ordinal > 50 && batch->from_ordinal < 240);
    close_stream(&b);
    free(text);
}

static void json_documents_can_be_rewound_into(void **state)
{
    (void)state;
    char *text = malloc(60000);
    size_t n = 0;
    for (unsigned i = 0; i < 100; i++) {
        n += (size_t)snprintf(text + n, 200, "{\"k\":\"v\",\"records\":[");
        for (unsigned k = 0; k < 10; k++)
            n += (size_t)snprintf(text + n, 200, "%s{\"i\":%u}\n", k ? "," : "", i * k);
        n += (size_t)snprintf(text + n, 200, "],\"z\":[1]}{\"alone\":%u}[{},{\"x\":\"]\"}]\n", i);
    }
    struct bench b = { 0 };
    struct account truth = { 0 };
    open_stream(&b, write_file(&b, text, n), &fake_forms[1], (struct batch_limits){ 0 }, 120, NULL);
    read_to_end(&b, &truth);
    close_stream(&b);
    assert_int_equal(truth.rows, 1300);
    for (unsigned seed = 1; seed <= 5; seed++)
        lose_and_rewind(text, n, &fake_forms[1], seed, &truth);
    free(text);
}

/* A row's object goes into the note; where it holds an array, its parts are the elements. */
static enum parse_result parse_row(struct parser *p, struct span unit, struct record *r)
{
    size_t array = span_find(unit, '[', 0);
    r->time_ms = 1000;
    record_set_text(r, FAKE_NOTE, unit);
    record_set_port(r, FAKE_PORT, p->part);
    if (array < unit.n) {
        r->offset = (uint32_t)array + 1 + 2 * p->part;
        r->more = unit.p[r->offset + 1] == ',';
    }
    return PARSE_RECORD;
}

static const struct key row_keys[] = { { "a", 0 }, { "b", 1 }, { "c", 2 } };
static const struct form form_of_rows = {
    .name = "rows", .framing = FRAMING_JSON, .probe = fake_probe_json, .parse = parse_row, .keys = row_keys, .keys_n = 3
};

static void rows_of_an_answer_keep_their_columns_through_rewinds(void **state)
{
    (void)state;
    char *text = malloc(200000);
    size_t n = (size_t)snprintf(text, 100, "{\"tables\":[");
    for (unsigned i = 0; i < 90; i++) {
        const char *other = i % 9 == 8 ? "zz" : i % 3 ? "b" : "c";
        n += (size_t)snprintf(text + n, 200, "%s{\"columns\":[{\"name\":\"%s\"},{\"name\":\"%s\"}],\"rows\":[\n",
                              i ? "," : "", i % 9 == 8 ? "z" : "a", other);
        for (unsigned k = 0; k < 9; k++)
            n += (size_t)snprintf(text + n, 200, "%s[\"%u\",%u]\n", k ? "," : "", i, k);
        n += (size_t)snprintf(text + n, 200, ",[1],[1,2,3],[[1,2,3],4]%s]}\n", i % 7 ? "" : ",[\"\n,[5,6]");
    }
    n += (size_t)snprintf(text + n, 100, "]}");
    struct bench b = { 0 };
    struct account truth = { 0 };
    open_stream(&b, write_file(&b, text, n), &form_of_rows, (struct batch_limits){ 0 }, 120, NULL);
    read_to_end(&b, &truth);
    close_stream(&b);
    /* Of 90 tables 10 are others'; every 7th has a cut row and one behind it, of which tables 35 and 62... are skipped.
     */
    unsigned cut = 0, cut_of_others = 0;
    for (unsigned i = 0; i < 90; i += 7)
        (i % 9 == 8 ? &cut_of_others : &cut)[0]++;
    assert_int_equal(truth.rows, 80 * (9 + 3) + cut);
    assert_int_equal(truth.skipped, 10 * (9 + 3) + cut_of_others);
    assert_int_equal(truth.bad, 80 * 2 + cut + cut_of_others);
    for (unsigned seed = 1; seed <= 10; seed++)
        lose_and_rewind(text, n, &form_of_rows, seed, &truth);
    free(text);
}

static void a_row_is_rejected_where_it_stands(void **state)
{
    (void)state;
    static const char text[] = "{\"tables\":[{\"columns\":[{\"name\":\"a\"}],\n\"rows\":[[1],\n[1,2],\n[3]]}]}";
    struct bench b = { 0 };
    const struct batch *batch;
    struct error e;
    open_stream(&b, write_file(&b, text, sizeof text - 1), &form_of_rows, (struct batch_limits){ 0 }, 120, NULL);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_OK);
    assert_int_equal(batch->rows, 2);
    assert_int_equal(batch->others.n, 1);
    assert_int_equal(batch->from + others_at(batch->others.positions, 0, 4), strstr(text, "[1,2]") - text);
    assert_true(span_is(batch->others.reason[0].text, "field_count"));
    assert_true(span_is(column_text(batch_column(batch, "note"), 2, 1), "{\"a\":3}"));
    close_stream(&b);
}

static void a_rewind_brings_the_header_in_force_back(void **state)
{
    (void)state;
    static const char text[] = "cols one\n1 a 1\n2 a 2\ncols two\n3 a 3\n4 a 4\n";
    struct bench b = { 0 };
    const struct batch *batch;
    struct error e;
    struct stream_lost lost;
    open_stream(&b, write_file(&b, text, sizeof text - 1), &fake_forms[0], (struct batch_limits){ .rows = 1 }, 120,
                NULL);
    struct account a = { 0 };
    read_to_end(&b, &a);
    stream_acknowledge(b.stream, 15, false); /* behind the first record */
    assert_true(stream_rewind(b.stream, 15, 9, &lost));
    assert_int_equal(stream_state(b.stream), STREAM_READING);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_OK);
    struct account again = { .applied = 15, .ordinal = 1 };
    assert_int_equal(batch->epoch, 10);
    assert_int_equal(batch->from, 15);
    apply(&again, batch);
    assert_string_equal(again.header, "one");
    read_to_end(&b, &again);
    assert_string_equal(again.header, "two");
    assert_int_equal(again.ordinal, 4);
    assert_int_equal(again.high_water_ms, 4);
    close_stream(&b);
}

static void a_record_without_time_is_malformed(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct account a = { 0 };
    open_stream(&b, write_file(&b, "0 a 1\n99999999999999999 a 1\n5 a 1\n", 34), &fake_forms[0],
                (struct batch_limits){ 0 }, 120, NULL);
    read_to_end(&b, &a);
    assert_int_equal(a.rows, 1);
    assert_int_equal(a.bad, 2);
    close_stream(&b);
}

static void an_empty_file_ends_at_zero(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct account a = { 0 };
    open_stream(&b, write_file(&b, "", 0), &fake_forms[0], (struct batch_limits){ 0 }, 120, NULL);
    read_to_end(&b, &a);
    assert_int_equal(stream_end(b.stream).to, 0);
    assert_true(stream_end(b.stream).high_water_ms == TIMESTAMP_NONE);
    stream_acknowledge(b.stream, 0, true);
    assert_int_equal(stream_state(b.stream), STREAM_ENDED);
    close_stream(&b);
}

static void impossible_answers_of_a_peer_are_ignored(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct account a = { 0 };
    struct stream_lost lost;
    open_stream(&b, write_file(&b, "1 a 1\n2 a 2\n", 12), &fake_forms[0], (struct batch_limits){ .rows = 1 }, 120,
                NULL);
    assert_false(stream_rewind(b.stream, 5, 5, &lost));
    read_to_end(&b, &a);
    assert_false(stream_rewind(b.stream, 13, 5, &lost));
    assert_false(stream_rewind(b.stream, 6, 4, &lost));
    assert_false(stream_rewind(b.stream, 6, UINT64_MAX, &lost));
    stream_acknowledge(b.stream, 500, true);
    stream_acknowledge(b.stream, 6, true);
    assert_int_equal(stream_state(b.stream), STREAM_AT_END);
    /* In the middle of a record: what is below is counted, not sent again. */
    assert_true(stream_rewind(b.stream, 9, 5, &lost));
    const struct batch *batch;
    struct error e;
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_OK);
    assert_int_equal(batch->from, 9);
    assert_int_equal(batch->rows, 0);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_END);
    assert_int_equal(stream_end(b.stream).ordinal, 2);
    stream_acknowledge(b.stream, 12, true);
    assert_int_equal(stream_state(b.stream), STREAM_ENDED);
    assert_false(stream_rewind(b.stream, 6, 99, &lost));
    close_stream(&b);
}

static void rejects_are_kept_once_per_position(void **state)
{
    (void)state;
    struct bench b = { 0 };
    struct account a = { 0 };
    struct stream_lost lost;
    char rejects[] = "/tmp/tidemark-rejects-XXXXXX";
    close(mkstemp(rejects));
    static const char text[] = "1 a 1\nbad \"\xff\n2 a 2\n";
    open_stream(&b, write_file(&b, text, sizeof text - 1), &fake_forms[0], (struct batch_limits){ .rows = 1 }, 120,
                rejects);
    read_to_end(&b, &a);
    assert_true(stream_rewind(b.stream, 0, 5, &lost));
    struct account again = { 0 };
    read_to_end(&b, &again);
    assert_memory_equal(&a, &again, sizeof a);
    char path[64];
    snprintf(path, sizeof path, "%s", b.path);
    close_stream(&b);
    char got[1000] = { 0 }, want[1000];
    FILE *f = fopen(rejects, "r");
    assert_true(fread(got, 1, sizeof got - 1, f) > 0);
    fclose(f);
    unlink(rejects);
    snprintf(want, sizeof want,
             "{\"source\":\"src\",\"file\":\"%s\",\"position\":6,\"ordinal\":2,\"reason\":\"fields\","
             "\"bytes\":\"bad \\\"\xef\xbf\xbd\"}\n",
             path);
    assert_string_equal(got, want);
}

static void only_wanted_fields_are_sent(void **state)
{
    (void)state;
    struct bench b = { 0 };
    const struct batch *batch;
    struct error e;
    open_stream(&b, write_file(&b, "1 a 80 x\n2 b 81 y\n3 a\n", 22), &fake_forms[0], (struct batch_limits){ 0 }, 120,
                NULL);
    const struct span names[] = { SPAN_LITERAL("action"), SPAN_LITERAL("port"), SPAN_LITERAL("unknown") };
    readers_want(&b.readers, names, 3, false, false);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_OK);
    assert_int_equal(batch->rows, 3);
    assert_int_equal(batch->descriptor_fields_n, 1);
    assert_int_equal(batch->descriptors_n, 2);
    assert_null(batch_column(batch, "note"));
    assert_null(batch_column(batch, "size"));
    const struct column *port = batch_column(batch, "port");
    assert_non_null(port);
    assert_int_equal(column_integer(port, 1), 81);
    assert_false(column_null(port, 0));
    assert_true(column_null(port, 2));
    close_stream(&b);
}

/* The receiving end must accept what is made here. */
static void batches_survive_the_wire_with_malformed_text_replaced(void **state)
{
    (void)state;
    struct bench b = { 0 };
    const struct batch *batch, *decoded;
    struct error e;
    struct buffer payload = { 0 };
    struct batch_decoder *d = batch_decoder_new();
    open_stream(&b, write_file(&b, "1 a\xff 80 n\xc3\nskip\n2 a 1 \n", 23), &fake_forms[0], (struct batch_limits){ 0 },
                120, NULL);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_OK);
    assert_int_equal(batch_encode(batch, &payload, &e), STATUS_OK);
    memset(buffer_reserve(&payload, 64), 0, 64);
    assert_int_equal(batch_decode(d, buffer_span(&payload), &decoded, &e), STATUS_OK);
    assert_int_equal(decoded->rows, 2);
    assert_int_equal(decoded->others.n, 1);
    assert_true(span_is(decoded->source, "src"));
    assert_true(span_is(decoded->stream, "7"));
    assert_true(span_is(decoded->descriptors[0], "a\xef\xbf\xbd"));
    assert_true(span_is(column_text(batch_column(decoded, "note"), 2, 0), "n\xef\xbf\xbd"));
    struct account a = { 0 };
    apply(&a, decoded);
    assert_int_equal(a.applied, 23);
    batch_decoder_free(&d);
    buffer_fini(&payload);
    close_stream(&b);
}

static void a_lone_record_on_a_pipe_does_not_wait_for_more(void **state)
{
    (void)state;
    struct bench b = { 0 };
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    open_stream(&b, path, &fake_forms[0], (struct batch_limits){ 0 }, 120, NULL);
    const struct batch *batch;
    struct error e;
    assert_int_equal(stream_next(b.stream, 1000, &batch, &e), STATUS_AGAIN);
    assert_int_equal(write(ends[1], "1 a 80 x\n2 half", 15), 15);
    assert_int_equal(stream_next(b.stream, 1001, &batch, &e), STATUS_AGAIN);
    assert_true(stream_is_waiting(b.stream));
    assert_int_equal(stream_next(b.stream, 1045, &batch, &e), STATUS_OK);
    assert_int_equal(batch->rows, 1);
    assert_int_equal(batch->to, 9);
    assert_int_equal(stream_next(b.stream, 5000, &batch, &e), STATUS_AGAIN);
    close(ends[1]);
    assert_int_equal(stream_next(b.stream, 5001, &batch, &e), STATUS_OK);
    assert_int_equal(batch->to, 15);
    /* The first batch was lost: the spool still has it. */
    struct stream_lost lost;
    assert_true(stream_rewind(b.stream, 0, 5, &lost));
    struct account a = { 0 };
    read_to_end(&b, &a);
    assert_int_equal(a.ordinal, 2);
    close(ends[0]);
    close_stream(&b);
}

static void a_line_longer_than_the_spool_is_rejected_and_reading_goes_on(void **state)
{
    (void)state;
    struct bench b = { 0 };
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char path[64], chunk[4096];
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    open_stream(&b, path, &fake_forms[0], (struct batch_limits){ 0 }, 120, NULL);
    const struct batch *batch;
    struct error e;
    struct account a = { 0 };
    memset(chunk, 'x', sizeof chunk);
    assert_int_equal(write(ends[1], "1 a 80\n", 7), 7);
    for (int64_t now = 0; now < 1000; now++) { /* 4 MiB through a spool of 1 MiB */
        assert_int_equal(write(ends[1], chunk, sizeof chunk), sizeof chunk);
        enum status s;
        while ((s = stream_next(b.stream, now, &batch, &e)) == STATUS_OK) {
            apply(&a, batch);
            stream_acknowledge(b.stream, a.applied, false);
        }
        assert_int_equal(s, STATUS_AGAIN);
        if (now == 700) { /* somebody missed the first record's batch; and somebody nothing */
            struct stream_lost lost;
            assert_true(stream_rewind(b.stream, 7, 1u << 20, &lost));
            assert_int_equal(lost.from, lost.to);
        }
    }
    assert_int_equal(write(ends[1], "\n2 b 81\n", 8), 8);
    close(ends[1]);
    read_to_end(&b, &a);
    assert_int_equal(a.rows, 2);
    assert_int_equal(a.limit, 1);
    assert_int_equal(a.applied, 7 + 4096 * 1000 + 8);
    close(ends[0]);
    close_stream(&b);
}

static void an_input_that_breaks_off_gives_what_it_had(void **state)
{
    (void)state;
    struct bench b = { 0 };
    const struct batch *batch;
    struct error e;
    /* An uncompressed gzip member (stored block) that is cut after its text. */
    static const char gz[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x0f\0\xf0\xff"
                             "1 a 80\n2 b 81\n3";
    open_stream(&b, write_file(&b, gz, sizeof gz - 1), &fake_forms[0], (struct batch_limits){ 0 }, 120, NULL);
    assert_int_equal(stream_next(b.stream, 0, &batch, &e), STATUS_INPUT);
    assert_non_null(strstr(e.text, "ends too early, at byte 30"));
    struct account a = { 0 };
    read_to_end(&b, &a);
    assert_int_equal(a.rows, 2);
    assert_int_equal(a.applied, 14);
    assert_true(stream_has_failed(b.stream));
    /* And again after a rewind, at the same place. */
    struct stream_lost lost;
    assert_true(stream_rewind(b.stream, 0, 5, &lost));
    struct account again = { 0 };
    read_to_end(&b, &again);
    assert_memory_equal(&a, &again, sizeof a);
    close_stream(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_touch_and_their_account_is_complete),
        cmocka_unit_test(sizes_of_batches_change_nothing),
        cmocka_unit_test(a_unit_or_a_gap_longer_than_a_batch_may_cover_is_covered_by_several),
        cmocka_unit_test(lost_batches_and_rewinds_change_nothing),
        cmocka_unit_test(the_parts_of_a_unit_are_records_whatever_the_sizes_of_batches),
        cmocka_unit_test(a_unit_of_many_parts_ends_no_batch_late),
        cmocka_unit_test(json_documents_can_be_rewound_into),
        cmocka_unit_test(rows_of_an_answer_keep_their_columns_through_rewinds),
        cmocka_unit_test(a_row_is_rejected_where_it_stands),
        cmocka_unit_test(a_rewind_brings_the_header_in_force_back),
        cmocka_unit_test(a_record_without_time_is_malformed),
        cmocka_unit_test(an_empty_file_ends_at_zero),
        cmocka_unit_test(impossible_answers_of_a_peer_are_ignored),
        cmocka_unit_test(rejects_are_kept_once_per_position),
        cmocka_unit_test(only_wanted_fields_are_sent),
        cmocka_unit_test(batches_survive_the_wire_with_malformed_text_replaced),
        cmocka_unit_test(a_lone_record_on_a_pipe_does_not_wait_for_more),
        cmocka_unit_test(a_line_longer_than_the_spool_is_rejected_and_reading_goes_on),
        cmocka_unit_test(an_input_that_breaks_off_gives_what_it_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
