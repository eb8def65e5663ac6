#include "core/batcher.h"

#include "core/descriptors.h"
#include "core/headers.h"
#include "fake_vendor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The table against a list that is searched from its start, over many batches of the same table. */
static void descriptors_have_one_number_per_combination_in_every_batch(void **state)
{
    (void)state;
    struct descriptors *d = descriptors_new(300);
    const uint64_t mask[RECORD_FIELDS_MAX / 64] = { 1u << FAKE_ACTION | 1u << FAKE_HEADER };
    struct record *r = allocate(1, sizeof *r);
    srandom(1);
    for (unsigned batch = 0; batch < 200; batch++) {
        char model[300][2][8];
        unsigned n = 0, kinds = 1 + (unsigned)random() % 16;
        descriptors_begin(d, mask, 2);
        for (unsigned i = 0; i < 400 && !descriptors_are_full(d); i++) {
            char text[2][8] = { "", "" };
            record_clear(r);
            for (unsigned f = 0; f < 2; f++) {
                if (random() % 4)
                    snprintf(text[f], sizeof text[f], "%ld", random() % kinds);
                record_set_text(r, f, span_text(text[f]));
            }
            record_set_number(r, FAKE_PORT, random() % 65536); /* not part of it */
            unsigned k = 0;
            while (k < n && (strcmp(model[k][0], text[0]) || strcmp(model[k][1], text[1])))
                k++;
            if (k == n)
                memcpy(model[n++], text, sizeof text);
            assert_int_equal(descriptors_number(d, r), k);
        }
        uint32_t got;
        struct span *spans = descriptors_spans(d, &got);
        assert_int_equal(got, n);
        for (unsigned i = 0; i < n; i++)
            assert_true(span_is(spans[2 * i], model[i][0]) && span_is(spans[2 * i + 1], model[i][1]));
    }
    free(r);
    descriptors_free(&d);
}

/* "ab" + "c" is not "a" + "bc". */
static void descriptors_keep_the_borders_of_fields(void **state)
{
    (void)state;
    struct descriptors *d = descriptors_new(4);
    const uint64_t mask[RECORD_FIELDS_MAX / 64] = { 3 };
    struct record *r = allocate(1, sizeof *r);
    descriptors_begin(d, mask, 2);
    static const char *const texts[][2] = { { "ab", "c" }, { "a", "bc" }, { "", "abc" }, { "abc", "" } };
    for (unsigned i = 0; i < 4; i++) {
        record_clear(r);
        record_set_text(r, 0, span_text(texts[i][0]));
        record_set_text(r, 1, span_text(texts[i][1]));
        assert_int_equal(descriptors_number(d, r), i);
    }
    assert_true(descriptors_are_full(d));
    free(r);
    descriptors_free(&d);
}

/* Longer texts are told apart by all of their bytes, whatever it is that finds them. */
static void descriptors_differ_by_any_byte_of_a_text(void **state)
{
    (void)state;
    const uint64_t mask[RECORD_FIELDS_MAX / 64] = { 1u << FAKE_ACTION | 1u << FAKE_HEADER };
    struct record *r = allocate(1, sizeof *r);
    for (unsigned n = 1; n <= 48; n++) {
        struct descriptors *d = descriptors_new(200);
        descriptors_begin(d, mask, 2);
        for (unsigned round = 0; round < 2; round++) {
            unsigned number = 0;
            for (unsigned field = 0; field < 2; field++) {
                for (unsigned i = 0; i < n; i++) {
                    char text[2][48];
                    memset(text, 'a', sizeof text);
                    text[field][i] = 'b';
                    record_clear(r);
                    record_set_text(r, FAKE_ACTION, span_of(text[0], n));
                    record_set_text(r, FAKE_HEADER, span_of(text[1], n));
                    assert_int_equal(descriptors_number(d, r), number++);
                }
            }
        }
        assert_int_equal(descriptors_n(d), 2 * n);
        descriptors_free(&d);
    }
    free(r);
}

/* Ports of narrow and wide ranges with and without gaps, against what was put in; the bytes of rows without a port are
 * zero. */
static void ports_of_any_range_and_with_any_gaps_are_kept(void **state)
{
    (void)state;
    enum { ROWS = 97 };
    struct batcher *b = batcher_new(&fake_vendor, &(struct batch_limits){ .rows = ROWS });
    const uint64_t all[RECORD_FIELDS_MAX / 64] = { 31 };
    struct record *r = allocate(1, sizeof *r);
    srandom(3);
    for (unsigned round = 0; round < 400; round++) {
        int64_t port[ROWS], least = random() % 65000, range = 1 + random() % (random() % 2 ? 300 : 65536);
        long gaps = random() % 4;
        batcher_begin(b, all, 0);
        for (unsigned i = 0; i < ROWS; i++) {
            port[i] = (least + random() % range) % 65536;
            if (gaps && random() % (1 << (4 * gaps)) < (1 << (2 * gaps)))
                port[i] = -1;
            record_clear(r);
            r->time_ms = 0;
            record_set_port(r, FAKE_PORT, port[i]);
            batcher_append(b, r, i);
        }
        const struct batch *batch = batcher_finish(b);
        const struct column *c = batch_column(batch, "port");
        for (unsigned i = 0; i < ROWS && c; i++) {
            assert_int_equal(column_null(c, i), port[i] < 0);
            assert_int_equal(column_integer(c, i), port[i] < 0 ? c->base : port[i]);
        }
        for (unsigned i = 0; i < ROWS && !c; i++)
            assert_int_equal(port[i], -1);
    }
    free(r);
    batcher_free(&b);
}

static void columns_hold_what_rows_had_and_nothing_else(void **state)
{
    (void)state;
    struct batcher *b = batcher_new(&fake_vendor, &(struct batch_limits){ .rows = 100, .others = 50 });
    const uint64_t all[RECORD_FIELDS_MAX / 64] = { 31 };
    struct record *r = allocate(1, sizeof *r);
    for (unsigned round = 0; round < 3; round++) {
        uint64_t from = 1000000000000u + round;
        batcher_begin(b, all, from);
        assert_true(batcher_is_empty(b));
        for (unsigned i = 0; i < 100; i++) {
            char note[16];
            record_clear(r);
            r->time_ms = 1767225600000 - (int64_t)i;
            snprintf(note, sizeof note, "n%u", i + round);
            if (i % 3)
                record_set_text(r, FAKE_NOTE, span_text(note));
            if (i % 7 != 1)
                record_set_port(r, FAKE_PORT, i * 600);
            assert_false(batcher_is_full(b, from + 10 * i));
            batcher_append(b, r, from + 10 * i);
        }
        assert_true(batcher_is_full(b, from + 1000));
        const struct batch *batch = batcher_finish(b);
        assert_int_equal(batch->rows, 100);
        assert_null(batch_column(batch, "size")); /* nobody had one */
        const struct column *port = batch_column(batch, "port"), *note = batch_column(batch, "note"),
                            *position = batch_column(batch, "position"), *time = batch_column(batch, "time");
        assert_int_equal(position->type, COLUMN_U32);
        for (unsigned i = 0; i < 100; i++) {
            char want[16];
            snprintf(want, sizeof want, i % 3 ? "n%u" : "", i + round);
            assert_true(span_is(column_text(note, 100, i), want));
            assert_int_equal(column_null(port, i), i % 7 == 1);
            if (i % 7 != 1)
                assert_int_equal(column_integer(port, i), i * 600);
            assert_true((uint64_t)column_integer(position, i) == from + 10 * i);
            assert_true(column_integer(time, i) == 1767225600000 - (int64_t)i);
        }
        assert_int_equal(port->nulls[100 / 8] >> (100 % 8), 0);
    }
    free(r);
    batcher_free(&b);
}

static void reasons_are_numbered_once_per_verdict(void **state)
{
    (void)state;
    struct batcher *b = batcher_new(&fake_vendor, &(struct batch_limits){ .others = 4 });
    const uint64_t none[RECORD_FIELDS_MAX / 64] = { 0 };
    char copy[] = "json";
    batcher_begin(b, none, 5);
    batcher_append_other(b, VERDICT_BAD, "json", 5);
    batcher_append_other(b, VERDICT_BAD, copy, 6);
    batcher_append_other(b, VERDICT_SKIP, "json", 7);
    assert_false(batcher_is_full(b, 8));
    batcher_append_other(b, VERDICT_LIMIT, NULL, 8);
    assert_true(batcher_is_full(b, 9));
    const struct batch *batch = batcher_finish(b);
    assert_int_equal(batch->others.n, 4);
    assert_int_equal(batch->others.reasons_n, 3);
    assert_true(span_is(batch->others.reason[2].text, "unknown"));
    assert_int_equal(batch->columns_n, 0);
    batcher_free(&b);
}

static void assert_in_force(const struct headers *h, const char *want)
{
    struct parser p;
    struct record *r = allocate(1, sizeof *r);
    const struct parse_options options = { 0 };
    parser_init(&p, &fake_vendor, &fake_forms[0], &options);
    headers_replay(h, &p, r);
    const struct fake_state *s = p.state;
    assert_true(span_equal(span_of(s->header, s->n), span_text(want)));
    parser_fini(&p);
    free(r);
}

static void add(struct headers *h, uint64_t position, struct span bytes)
{
    const struct unit u = { .position = position, .bytes = bytes };
    headers_add(h, &u);
}

static void headers_of_a_position_are_those_before_it(void **state)
{
    (void)state;
    struct headers h = { 0 };
    assert_in_force(&h, "");
    add(&h, 0, SPAN_LITERAL("cols a"));
    add(&h, 10, SPAN_LITERAL("cols b"));
    headers_close_block(&h);
    add(&h, 100, SPAN_LITERAL("cols c"));
    headers_close_block(&h);
    assert_in_force(&h, "c");
    headers_cut(&h, 100);
    assert_in_force(&h, "b");
    headers_cut(&h, 5);
    assert_in_force(&h, "a");
    headers_cut(&h, 0);
    assert_in_force(&h, "");
    headers_fini(&h);
}

static void headers_that_repeat_take_no_room_and_old_ones_are_let_go(void **state)
{
    (void)state;
    struct headers h = { 0 };
    for (unsigned i = 0; i < 100000; i++) { /* a concatenation of many files */
        add(&h, 100 * (uint64_t)i, SPAN_LITERAL("cols a"));
        add(&h, 100 * (uint64_t)i + 20, SPAN_LITERAL("cols b"));
        headers_close_block(&h);
    }
    assert_int_equal(h.n, 2);
    assert_in_force(&h, "b");
    for (unsigned i = 0; i < 100000; i++) {
        char text[32];
        snprintf(text, sizeof text, "cols %u", i);
        add(&h, 10000000 + 100 * (uint64_t)i, span_text(text));
        headers_close_block(&h);
        headers_acknowledge(&h, 10000000 + 100 * (uint64_t)i - 5000);
    }
    assert_true(h.bytes.n <= (1 << 20) + 10000);
    assert_in_force(&h, "99999");
    headers_cut(&h, 10000000 + 100 * UINT64_C(99950));
    assert_in_force(&h, "99949");
    headers_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_have_one_number_per_combination_in_every_batch),
        cmocka_unit_test(descriptors_keep_the_borders_of_fields),
        cmocka_unit_test(descriptors_differ_by_any_byte_of_a_text),
        cmocka_unit_test(ports_of_any_range_and_with_any_gaps_are_kept),
        cmocka_unit_test(columns_hold_what_rows_had_and_nothing_else),
        cmocka_unit_test(reasons_are_numbered_once_per_verdict),
        cmocka_unit_test(headers_of_a_position_are_those_before_it),
        cmocka_unit_test(headers_that_repeat_take_no_room_and_old_ones_are_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
