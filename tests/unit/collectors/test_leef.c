/* LEEF: the header, the delimiters that it states, and what becomes of its tabs on the way. */
#include "formats/leef.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
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
    buffer_reserve(&p->scratch, 1 << 16);
    *state = p;
    return 0;
}

static int close_parser(void **state)
{
    parser_fini(*state);
    free(*state);
    return 0;
}

static void the_header_has_five_fields(void **state)
{
    struct leef m;
    assert_true(leef_find(SPAN_LITERAL("<13>gw LEEF:1.0|Acme|Wall|7|Open|a=1"), &m));
    assert_true(leef_read(*state, &m));
    assert_true(span_is(m.head, "<13>gw "));
    assert_true(span_is(m.vendor, "Acme"));
    assert_true(span_is(m.product, "Wall"));
    assert_true(span_is(m.version, "7"));
    assert_true(span_is(m.event, "Open"));
    assert_true(span_is(m.pairs, "a=1"));
    assert_true(leef_find(SPAN_LITERAL("LEEF:1.0|Acme|Wall|7|Open"), &m));
    assert_false(leef_read(*state, &m));
    assert_false(leef_find(SPAN_LITERAL("CEF:0|Acme|Wall|7|Open|x|3|a=1"), &m));
}

/* `a` is 1, `b` is `2 x`, in whatever way they stand apart. */
static void check_pairs(struct parser *p, struct span pairs)
{
    static const struct span header = { "LEEF:2.0|Acme|Wall|7|Open|", 26 };
    char line[128];
    struct leef m;
    struct keyvalue_cursor c;
    struct span key, value;
    memcpy(line, header.p, header.n);
    memcpy(line + header.n, pairs.p, pairs.n);
    p->scratch.n = 0;
    assert_true(leef_find(span_of(line, header.n + pairs.n), &m));
    assert_true(leef_read(p, &m));
    keyvalue_begin(&c, &m.syntax, m.pairs, NULL);
    assert_true(keyvalue_next(&c, &key, &value));
    assert_true(span_is(key, "a") && span_is(value, "1"));
    assert_true(keyvalue_next(&c, &key, &value));
    assert_true(span_is(key, "b") && span_is(value, "2 x"));
    assert_false(keyvalue_next(&c, &key, &value));
}

static void pairs_stand_apart_by_tabs_or_by_the_delimiter_that_is_stated(void **state)
{
    check_pairs(*state, SPAN_LITERAL("a=1\tb=2 x"));
    check_pairs(*state, SPAN_LITERAL("x09|a=1\tb=2 x"));
    check_pairs(*state, SPAN_LITERAL("0x09|a=1\tb=2 x"));
    check_pairs(*state, SPAN_LITERAL("|a=1\tb=2 x"));
    check_pairs(*state, SPAN_LITERAL("^|a=1^b=2 x"));
    check_pairs(*state, SPAN_LITERAL("x5E|a=1^b=2 x"));
    check_pairs(*state, SPAN_LITERAL("0x5e|a=1^b=2 x"));
}

static void what_relays_make_of_tabs_is_understood(void **state)
{
    check_pairs(*state, SPAN_LITERAL("a=1#011b=2 x"));
    check_pairs(*state, SPAN_LITERAL("a=1 b=2 x"));
    check_pairs(*state, SPAN_LITERAL("x09|a=1   b=2 x"));
    check_pairs(*state, SPAN_LITERAL("a=1|b=2 x"));
}

static void a_bar_in_a_value_is_text(void **state)
{
    struct leef m;
    assert_true(leef_find(SPAN_LITERAL("LEEF:1.0|Acme|Wall|7|Open|a=1|2\tb=3"), &m));
    assert_true(leef_read(*state, &m));
    assert_int_equal(m.syntax.separator, '\t');
    assert_true(span_is(m.pairs, "a=1|2\tb=3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_header_has_five_fields, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(pairs_stand_apart_by_tabs_or_by_the_delimiter_that_is_stated, open_parser,
                                        close_parser),
        cmocka_unit_test_setup_teardown(what_relays_make_of_tabs_is_understood, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(a_bar_in_a_value_is_text, open_parser, close_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
