/* One CSV record: quotes, separators, what is malformed. */
#include "formats/csv.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static const struct form form = { .name = "native", .parse = no_parse };
static const struct collector collector = { .id = "test", .forms = &form, .forms_n = 1 };
static const struct parse_options options;

static int open_parser(void **state)
{
    struct parser *p = calloc(1, sizeof *p);
    parser_init(p, &collector, &form, &options);
    buffer_reserve(&p->scratch, 1 << 20);
    *state = p;
    return 0;
}

static int close_parser(void **state)
{
    parser_fini(*state);
    free(*state);
    return 0;
}

/* The fields as `<a><b>`, or the status. */
static void expect(struct parser *p, const char *unit, const char *expected)
{
    struct span fields[16];
    unsigned n;
    char text[512];
    size_t at = 0;
    enum status status = csv_split(p, span_text(unit), ',', fields, 16, &n);
    if (status != STATUS_OK) {
        assert_string_equal(status == STATUS_BAD ? "bad" : status == STATUS_LIMIT ? "limit" : "?", expected);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "<%.*s>", (int)fields[i].n, fields[i].p);
    assert_string_equal(text, expected);
}

static void fields_stand_between_separators(void **state)
{
    expect(*state, "a,b,c", "<a><b><c>");
    expect(*state, "a", "<a>");
    expect(*state, "", "<>");
    expect(*state, ",", "<><>");
    expect(*state, "a,,c,", "<a><><c><>");
    expect(*state, " a , b ", "< a >< b >");
}

static void quotes_hold_separators_and_line_feeds(void **state)
{
    expect(*state, "\"a,b\",c", "<a,b><c>");
    expect(*state, "\"a\nb\",\"\"", "<a\nb><>");
    expect(*state, "\"a \"\"b\"\" c\",d", "<a \"b\" c><d>");
    expect(*state, "\"\"\"\"", "<\">");
    expect(*state, "x,\"a\"", "<x><a>");
    expect(*state, "\"a\",", "<a><>");
}

static void broken_quotes_are_malformed(void **state)
{
    expect(*state, "\"a", "bad");
    expect(*state, "a,\"", "bad");
    expect(*state, "\"a\"b,c", "bad");
    expect(*state, "\"a\" ,c", "bad");
    expect(*state, "a\"b,c", "bad");
    expect(*state, " \"a\",c", "bad");
    expect(*state, "\"a\"\"", "bad");
    expect(*state, "a,b\"", "bad");
}

static void too_many_fields_are_over_the_limit(void **state)
{
    expect(*state, ",,,,,,,,,,,,,,,", "<><><><><><><><><><><><><><><><>");
    expect(*state, ",,,,,,,,,,,,,,,,", "limit");
}

static void another_separator_is_possible(void **state)
{
    struct span fields[4];
    unsigned n;
    assert_int_equal(csv_split(*state, SPAN_LITERAL("a;b,c"), ';', fields, 4, &n), STATUS_OK);
    assert_int_equal(n, 2);
    assert_true(span_is(fields[1], "b,c"));
}

static unsigned any(unsigned *state, unsigned n)
{
    *state = *state * 1103515245u + 12345u;
    return (*state >> 16) % n;
}

/* Written with its quotes doubled and read again, any text is what it was.  The unit and the room for the text end
 * where their memory ends, for sanitizers to see what goes beyond. */
static void any_text_is_read_as_it_was_written(void **state)
{
    struct parser *p = *state;
    unsigned random = 5;
    for (unsigned round = 0; round < 4000; round++) {
        char text[300], written[602] = "\"";
        size_t n = any(&random, sizeof text), at = 1;
        unsigned often = 1 + any(&random, 20);
        for (size_t i = 0; i < n; i++) {
            text[i] = (char)(any(&random, often) ? 'a' + any(&random, 26) : '"');
            written[at++] = text[i];
            if (text[i] == '"')
                written[at++] = '"';
        }
        written[at++] = '"';
        char *unit = malloc(at), *room = malloc(at);
        struct buffer kept = p->scratch;
        memcpy(unit, written, at);
        p->scratch = (struct buffer){ .p = room, .capacity = at - 2 };
        p->simd = round % 2 ? simd_level() : SIMD_PORTABLE;
        struct span read = csv_unquote(p, span_of(unit, at));
        assert_int_equal(read.n, n);
        assert_memory_equal(read.p, text, n);
        p->scratch = kept;
        free(unit);
        free(room);
    }
}

/* The ends of the fields, a byte at a time. */
static enum status plain_ends(struct span unit, unsigned most, uint32_t *ends, unsigned *n)
{
    size_t at = 0;
    for (*n = 0;; at++) {
        if (*n == most)
            return STATUS_LIMIT;
        if (at < unit.n && unit.p[at] == '"') {
            for (at++; at < unit.n && (unit.p[at] != '"' || (at + 1 < unit.n && unit.p[at + 1] == '"')); at++)
                at += unit.p[at] == '"';
            if (at++ >= unit.n)
                return STATUS_BAD;
            if (at < unit.n && unit.p[at] != ',')
                return STATUS_BAD;
        }
        for (; at < unit.n && unit.p[at] != ','; at++)
            if (unit.p[at] == '"')
                return STATUS_BAD;
        ends[(*n)++] = (uint32_t)at;
        if (at == unit.n)
            return STATUS_OK;
    }
}

/* Records of fields with and without quotes, most of them with a quote or a separator more or less. */
static void any_record_is_read_as_byte_by_byte(void **state)
{
    unsigned random = 9, seen[3] = { 0 };
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char text[700];
        size_t n = 0, most = any(&random, 400);
        for (unsigned quoted = 1 + any(&random, 9); n < most; text[n++] = ',') {
            bool in_quotes = any(&random, quoted) == 0;
            if (in_quotes)
                text[n++] = '"';
            for (unsigned left = any(&random, 90); left; left--) {
                text[n++] = (char)(in_quotes && any(&random, 9) == 0 ? ',' : 'x');
                if (in_quotes && any(&random, 12) == 0)
                    text[n++] = '"', text[n++] = '"';
            }
            if (in_quotes)
                text[n++] = '"';
        }
        if (n && any(&random, 2))
            text[any(&random, (unsigned)n)] = "\",x"[any(&random, 3)];
        char *exact = malloc(n + 1);
        memcpy(exact, text, n);
        uint32_t room[64], expected[64];
        struct tokens found = { 0 };
        unsigned fields_max = 1 + any(&random, 64), expected_n;
        struct span unit = span_of(exact, n);
        enum status status = plain_ends(unit, fields_max, expected, &expected_n);
        assert_int_equal(csv_fields(unit, ',', room, fields_max, &found), status);
        seen[status == STATUS_OK ? 0 : status == STATUS_BAD ? 1 : 2]++;
        if (status == STATUS_OK) {
            assert_int_equal(found.n, expected_n);
            assert_memory_equal(found.end, expected, expected_n * sizeof expected[0]);
        }
        free(exact);
    }
    assert_true(seen[0] > 1000 && seen[1] > 1000 && seen[2] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_between_separators),    cmocka_unit_test(quotes_hold_separators_and_line_feeds),
        cmocka_unit_test(broken_quotes_are_malformed),        cmocka_unit_test(too_many_fields_are_over_the_limit),
        cmocka_unit_test(another_separator_is_possible),      cmocka_unit_test(any_text_is_read_as_it_was_written),
        cmocka_unit_test(any_record_is_read_as_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
