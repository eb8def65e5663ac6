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

/* Written with its quotes doubled and read again, any text is what it was.  The unit and the room for the text end
 * where their memory ends, for sanitizers to see what goes beyond. */
static void any_text_is_read_as_it_was_written(void **state)
{
    struct parser *p = *state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t n = (size_t)rand() % 300, written = 0, often = 1 + (size_t)rand() % 20;
        char text[300], *unit = malloc(2 * n + 2);
        unit[written++] = '"';
        for (size_t i = 0; i < n; i++) {
            text[i] = (char)((size_t)rand() % often ? 'a' + rand() % 26 : '"');
            unit[written++] = text[i];
            if (text[i] == '"')
                unit[written++] = '"';
        }
        unit[written++] = '"';
        char *exact = malloc(written), *room = malloc(written);
        struct buffer kept = p->scratch;
        memcpy(exact, unit, written);
        p->scratch = (struct buffer){ .p = room, .capacity = written };
        struct span read = csv_unquote(p, span_of(exact, written));
        assert_int_equal(read.n, n);
        assert_memory_equal(read.p, text, n);
        p->scratch = kept;
        free(exact);
        free(room);
        free(unit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_between_separators), cmocka_unit_test(quotes_hold_separators_and_line_feeds),
        cmocka_unit_test(broken_quotes_are_malformed),     cmocka_unit_test(too_many_fields_are_over_the_limit),
        cmocka_unit_test(another_separator_is_possible),   cmocka_unit_test(any_text_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, open_parser, close_parser);
}
