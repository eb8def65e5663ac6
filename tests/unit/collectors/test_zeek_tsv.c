#include "formats/zeek_tsv.h"

#include "core/parser.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { TS, HOST, PORT, NOTE };
static const struct key words[] = { { "ts", TS }, { "id.orig_h", HOST }, { "id.orig_p", PORT }, { "note", NOTE } };

/* A stream of lines, each in an allocation that ends with the padding. */
struct lines {
    struct zeek_tsv zeek;
    struct keys *keys;
    struct split split;
    const char *reason;
    char *line;
};

static int begin(void **state)
{
    struct lines *l = calloc(1, sizeof *l);
    l->keys = keys_new(words, sizeof words / sizeof *words);
    *state = l;
    return 0;
}

static int end(void **state)
{
    struct lines *l = *state;
    keys_free(&l->keys);
    free(l->line);
    free(l);
    return 0;
}

static enum parse_result line(struct lines *l, const char *text)
{
    size_t n = strlen(text);
    free(l->line);
    l->line = calloc(1, n + 64);
    memcpy(l->line, text, n);
    l->reason = NULL;
    return zeek_tsv_line(&l->zeek, l->keys, span_of(l->line, n), &l->split, &l->reason);
}

static void expect_cell(struct lines *l, unsigned number, const char *expected)
{
    struct span cell = span_of("(unset)", 7);
    bool set = zeek_tsv_cell(&l->zeek, &l->split, number, &cell);
    assert_int_equal(set, expected != NULL);
    if (expected)
        assert_true(span_is(cell, expected));
}

static void cells_are_found_by_the_names_of_the_header(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, "#separator \\x09"), PARSE_HEADER);
    assert_int_equal(line(l, "#set_separator\t,"), PARSE_HEADER);
    assert_int_equal(line(l, "#empty_field\t(empty)"), PARSE_HEADER);
    assert_int_equal(line(l, "#unset_field\t-"), PARSE_HEADER);
    assert_int_equal(line(l, "#path\tconn"), PARSE_HEADER);
    assert_int_equal(line(l, "#open\t2024-06-01-12-00-00"), PARSE_HEADER);
    assert_int_equal(line(l, "#fields\tother\tid.orig_p\tts\tid.orig_h"), PARSE_HEADER);
    assert_int_equal(line(l, "#types\tstring\tport\ttime\taddr"), PARSE_HEADER);
    assert_true(span_is(span_of(l->zeek.path, l->zeek.path_n), "conn"));
    assert_int_equal(line(l, "x\t80\t1717243200.5\t192.0.2.1"), PARSE_RECORD);
    expect_cell(l, TS, "1717243200.5");
    expect_cell(l, HOST, "192.0.2.1");
    expect_cell(l, PORT, "80");
    expect_cell(l, NOTE, NULL);
    assert_true(zeek_tsv_has_column(&l->zeek, HOST) && !zeek_tsv_has_column(&l->zeek, NOTE));
}

static void unset_and_empty_cells_differ(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, "#fields\tts\tnote\tid.orig_h"), PARSE_HEADER);
    assert_int_equal(line(l, "-\t(empty)\t"), PARSE_RECORD);
    expect_cell(l, TS, NULL);
    expect_cell(l, NOTE, "");
    expect_cell(l, HOST, "");
    assert_int_equal(line(l, "--\t-x\t(empty) "), PARSE_RECORD);
    expect_cell(l, TS, "--");
    expect_cell(l, NOTE, "-x");
    expect_cell(l, HOST, "(empty) ");
}

static void a_header_names_its_own_separator_and_words(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, "#separator \\x7c"), PARSE_HEADER);
    assert_int_equal(line(l, "#empty_field|EMPTY"), PARSE_HEADER);
    assert_int_equal(line(l, "#unset_field|NONE"), PARSE_HEADER);
    assert_int_equal(line(l, "#fields|ts|note"), PARSE_HEADER);
    assert_int_equal(line(l, "NONE|EMPTY"), PARSE_RECORD);
    expect_cell(l, TS, NULL);
    expect_cell(l, NOTE, "");
    assert_int_equal(line(l, "-|(empty)"), PARSE_RECORD);
    expect_cell(l, TS, "-");
    expect_cell(l, NOTE, "(empty)");
}

static void a_new_header_block_replaces_the_old_one(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, "#path\tconn"), PARSE_HEADER);
    assert_int_equal(line(l, "#fields\tts\tnote"), PARSE_HEADER);
    assert_int_equal(line(l, "1\tx"), PARSE_RECORD);
    assert_int_equal(line(l, "#close\t2024-06-01-13-00-00"), PARSE_NOTHING);
    assert_int_equal(line(l, "#separator \\x09"), PARSE_HEADER);
    assert_int_equal(l->zeek.path_n, 0);
    assert_int_equal(line(l, "1\tx"), PARSE_BAD);
    assert_string_equal(l->reason, "no_header");
    assert_int_equal(line(l, "#fields\tnote\tts\tid.orig_h"), PARSE_HEADER);
    assert_int_equal(line(l, "1\tx"), PARSE_BAD);
    assert_string_equal(l->reason, "field_count");
    assert_int_equal(line(l, "x\t1\t192.0.2.1"), PARSE_RECORD);
    expect_cell(l, TS, "1");
}

static void a_bare_row_of_names_is_a_header(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, "1\t192.0.2.1"), PARSE_BAD);
    assert_int_equal(line(l, "ts\tid.orig_h"), PARSE_HEADER);
    assert_int_equal(line(l, "1\t192.0.2.1"), PARSE_RECORD);
    expect_cell(l, HOST, "192.0.2.1");
    assert_int_equal(line(l, "1\tid.orig_h"), PARSE_RECORD);
}

static void blank_lines_and_comments_are_nothing(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, ""), PARSE_NOTHING);
    assert_int_equal(line(l, "  "), PARSE_NOTHING);
    assert_int_equal(line(l, "# a remark"), PARSE_NOTHING);
    assert_int_equal(line(l, "#"), PARSE_NOTHING);
}

static void odd_headers_do_no_harm(void **state)
{
    struct lines *l = *state;
    assert_int_equal(line(l, "#separator"), PARSE_HEADER);
    assert_int_equal(line(l, "#separator \\x00"), PARSE_HEADER);
    assert_int_equal(line(l, "#separator \\xzz"), PARSE_HEADER);
    assert_int_equal(line(l, "#separator ;"), PARSE_HEADER);
    assert_int_equal(l->zeek.separator, ';');
    assert_int_equal(line(l, "#fields;ts;ts;note"), PARSE_HEADER);
    assert_int_equal(line(l, "1;2;3"), PARSE_RECORD);
    expect_cell(l, TS, "1");
    char huge[4096];
    memset(huge, ';', sizeof huge - 1);
    memcpy(huge, "#fields", 7);
    huge[sizeof huge - 1] = '\0';
    assert_int_equal(line(l, huge), PARSE_HEADER);
    assert_int_equal(line(l, "1;2;3"), PARSE_BAD);
    assert_string_equal(l->reason, "no_header");
    memset(huge, 'p', sizeof huge - 1);
    memcpy(huge, "#path;", 6);
    assert_int_equal(line(l, huge), PARSE_HEADER);
    assert_int_equal(l->zeek.path_n, 0);
    memcpy(huge, "#unset_field;", 13);
    assert_int_equal(line(l, huge), PARSE_HEADER);
    assert_int_equal(l->zeek.unset_n, 0);
    assert_int_equal(line(l, "#fields"), PARSE_HEADER);
    assert_int_equal(line(l, "x"), PARSE_RECORD);
}

static enum parse_result never(struct parser *p, struct span unit, struct record *r)
{
    (void)p;
    (void)unit;
    (void)r;
    return PARSE_NOTHING;
}

static void escaped_bytes_are_resolved(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "plain", "plain" }, { "a\\x09b", "a\tb" }, { "\\xc3\\xA9", "\xc3\xa9" },
                                            { "\\x2d", "-" },     { "a\\", "a\\" },      { "\\x4", "\\x4" },
                                            { "\\xzz", "\\xzz" }, { "\\\\x41", "\\A" },  { "\\n", "\\n" } };
    static const struct form form = { .name = "x", .parse = never };
    static const struct collector collector = { .forms = &form, .forms_n = 1 };
    struct parser p;
    struct parse_options options = { 0 };
    struct record *r = calloc(1, sizeof *r);
    parser_init(&p, &collector, &form, &options);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parser_parse(&p, span_of("", 0), r), PARSE_NOTHING);
        assert_true(span_is(zeek_tsv_unescape(&p, span_text(cases[i][0])), cases[i][1]));
    }
    parser_fini(&p);
    free(r);
}

#define WITH_LINES(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LINES(cells_are_found_by_the_names_of_the_header),
        WITH_LINES(unset_and_empty_cells_differ),
        WITH_LINES(a_header_names_its_own_separator_and_words),
        WITH_LINES(a_new_header_block_replaces_the_old_one),
        WITH_LINES(a_bare_row_of_names_is_a_header),
        WITH_LINES(blank_lines_and_comments_are_nothing),
        WITH_LINES(odd_headers_do_no_harm),
        cmocka_unit_test(escaped_bytes_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
