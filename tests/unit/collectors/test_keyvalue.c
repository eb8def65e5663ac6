/* Key=value texts: separators, signs, quotes, escapes, bare values, numbers of keys. */
#include "formats/keyvalue.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
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

static const struct keyvalue_syntax plain = { .separator = ' ', .sign = '=', .quote = '"', .escapes = true };
static const struct keyvalue_syntax tabs = { .separator = '\t', .sign = '=' };
static const struct keyvalue_syntax commas = { .separator = ',', .sign = '=', .bare_escapes = true };
static const struct keyvalue_syntax colons = { .separator = ';', .sign = ':', .quote = '"', .escapes = true };
static const struct keyvalue_syntax doubled = { .separator = ' ', .sign = '=', .quote = '"', .doubled = true };
static const struct keyvalue_syntax blanks = { .separator = ' ', .sign = '=', .quote = '"', .continues = true };
static const struct keyvalue_syntax single = { .separator = ' ', .sign = '=', .quote = '\'' };

/* Every pair as `key<value>`, unescaped, quoted values with `"` before them and a `!` behind the unclosed. */
static const char *pairs(struct parser *p, const struct keyvalue_syntax *syntax, const char *text)
{
    static char out[4096];
    struct keyvalue_cursor c;
    struct span key, value;
    size_t n = 0;
    out[0] = '\0';
    p->scratch.n = 0;
    /* A copy of its exact size: what is read beyond it is found. */
    size_t length = strlen(text);
    char *copy = malloc(length + !length);
    memcpy(copy, text, length);
    keyvalue_begin(&c, syntax, span_of(copy, length), NULL);
    while (keyvalue_next(&c, &key, &value)) {
        struct span says = c.escaped ? keyvalue_unescape(p, syntax, value, c.quoted) : value;
        n += (size_t)snprintf(out + n, sizeof out - n, "%.*s%s<%.*s>%s", (int)key.n, key.p, c.quoted ? "\"" : "",
                              (int)says.n, says.p, c.unclosed ? "!" : "");
        assert_int_equal(c.number, KEY_NONE);
    }
    free(copy);
    return out;
}

static void bare_and_quoted_values_stand_side_by_side(void **state)
{
    assert_string_equal(pairs(*state, &plain, "a=1 b=\"two words\" c=x"), "a<1>b\"<two words>c<x>");
    assert_string_equal(pairs(*state, &plain, "  a=1    b=2  "), "a<1>b<2>");
    assert_string_equal(pairs(*state, &plain, "a= b=\"\" c="), "a<>b\"<>c<>");
    assert_string_equal(pairs(*state, &plain, "url=http://h/?x=1&y=2 z=3"), "url<http://h/?x=1&y=2>z<3>");
    assert_string_equal(pairs(*state, &plain, "a_rather_long_key_of_a_vendor=a_rather_long_value_of_a_vendor b=1"),
                        "a_rather_long_key_of_a_vendor<a_rather_long_value_of_a_vendor>b<1>");
    assert_string_equal(pairs(*state, &plain, ""), "");
    assert_string_equal(pairs(*state, &plain, "="), "<>");
}

static void words_without_a_sign_are_passed_over(void **state)
{
    assert_string_equal(pairs(*state, &plain, "May 14 09:20:31 fw date=1 word b=2 end"), "date<1>b<2>");
    assert_string_equal(pairs(*state, &plain, "nothing at all"), "");
    assert_string_equal(pairs(*state, &tabs, "one\ttwo=2\t\tthree"), "two<2>");
}

static void the_first_key_is_without_what_a_header_leaves_before_it(void **state)
{
    assert_string_equal(pairs(*state, &plain, "<134>a=1 <134>b=2"), "a<1><134>b<2>");
    assert_string_equal(pairs(*state, &plain,
                              "<13>May 14 relay <134>\xEF\xBB\xBF"
                              "a=1"),
                        "a<1>");
    assert_string_equal(pairs(*state, &plain, ">=1"), "<1>");
    assert_string_equal(pairs(*state, &plain, "2024-05-14\t09:20:31\tfw\ta=1\tb=2 c=3"), "a<1\tb=2>c<3>");
    assert_string_equal(pairs(*state, &tabs, "<13>May 14 09:20:31 fw a=1\tb c=2"), "a<1>b c<2>");
    assert_string_equal(pairs(*state, &tabs, "some text\ta b=1\tc d=2"), "a b<1>c d<2>");
}

static void a_backslash_protects_quotes_in_quotes(void **state)
{
    assert_string_equal(pairs(*state, &plain, "a=\"x \\\"y\\\" z\" b=1"), "a\"<x \"y\" z>b<1>");
    assert_string_equal(pairs(*state, &plain, "a=\"C:\\\\dir\\\\\" b=1"), "a\"<C:\\dir\\>b<1>");
    assert_string_equal(pairs(*state, &plain, "a=\"D\\user\" b=\"\\n\""), "a\"<D\\user>b\"<\\n>");
    assert_string_equal(pairs(*state, &plain, "a=D\\user b=1"), "a<D\\user>b<1>");
    assert_string_equal(pairs(*state, &doubled, "a=\"C:\\\" b=1"), "a\"<C:\\>b<1>");
}

static void the_quotes_of_a_json_string_have_backslashes(void **state)
{
    assert_string_equal(pairs(*state, &plain, "{\"message\":\"<189>a=1 b=\\\"x y\\\" c=\\\"z\\\"\",\"h\":\"i\"}"),
                        "a<1>b\"<x y>c\"<z>");
    assert_string_equal(pairs(*state, &plain, "a=\\\"\\\" b=\\\"C:\\\\d\\\\\\\" c=\\\"cut"),
                        "a\"<>b\"<C:\\\\d\\\\>c\"<cut>!");
    assert_string_equal(pairs(*state, &plain, "a=\\\""), "a\"<>!");
    assert_string_equal(pairs(*state, &plain, "a=\\\"\\"), "a\"<\\>!");
}

static void doubled_quotes_are_one(void **state)
{
    assert_string_equal(pairs(*state, &doubled, "a=\"x \"\"y\"\" z\" b=\"\" c=\"\"\"q\"\"\""),
                        "a\"<x \"y\" z>b\"<>c\"<\"q\">");
}

static void a_quote_closes_only_where_a_value_can_end(void **state)
{
    assert_string_equal(pairs(*state, &plain, "msg=\"Blocked \"x\": y\" b=1"), "msg\"<Blocked \"x\": y>b<1>");
    assert_string_equal(pairs(*state, &plain, "a=in\"side b=1"), "a<in\"side>b<1>");
    assert_string_equal(pairs(*state, &colons, "a:\"1\"] b"), "a\"<1>");
    assert_string_equal(pairs(*state, &single, "a='two words' b=\"x y\""), "a\"<two words>b<\"x>");
}

static void a_text_that_was_cut_has_an_unclosed_value(void **state)
{
    assert_string_equal(pairs(*state, &plain, "a=1 b=\"x y=2"), "a<1>b\"<x y=2>!");
    assert_string_equal(pairs(*state, &plain, "b=\"x\\"), "b\"<x\\>!");
    assert_string_equal(pairs(*state, &plain, "b=\""), "b\"<>!");
}

static void other_separators_and_signs(void **state)
{
    assert_string_equal(pairs(*state, &tabs, "a=two words\tb=x=y\tc d=1"), "a<two words>b<x=y>c d<1>");
    assert_string_equal(pairs(*state, &commas, "a=1, b=two words,c=x\\,y\\=\\\\z\\q, d=4\\"),
                        "a<1>b<two words>c<x,y=\\z\\q>d<4\\>");
    assert_string_equal(pairs(*state, &colons, "action:\"Accept\"; src:\"192.0.2.1\"; t: 5 ;v6:2001:db8::1"),
                        "action\"<Accept>src\"<192.0.2.1>t<5>v6<2001:db8::1>");
}

static void bare_values_may_go_on_over_separators(void **state)
{
    assert_string_equal(pairs(*state, &blanks, "a=two words b='General DNS' c= 7 d="),
                        "a<two words>b<'General DNS'>c<7>d<>");
    assert_string_equal(pairs(*state, &blanks, "a= b=1"), "a<>b<1>");
    assert_string_equal(pairs(*state, &blanks, "a=x (y=1) z=2"), "a<x (y=1)>z<2>");
    assert_string_equal(pairs(*state, &blanks, "a=see http://h/?q=1 z=2"), "a<see http://h/?q=1>z<2>");
    assert_string_equal(pairs(*state, &blanks, "a=\"x b=1\" z=2 "), "a\"<x b=1>z<2>");
}

/* Ends in time only if each of them is looked at once. */
static void a_value_may_go_on_over_very_many_separators(void **state)
{
    enum { BYTES = 1 << 20 };
    (void)state;
    char *text = malloc(BYTES);
    memset(text, ' ', BYTES);
    memcpy(text, "a=x", 3);
    memcpy(text + BYTES - 5, "y b=2", 5);
    struct keyvalue_cursor c;
    struct span key, value;
    keyvalue_begin(&c, &blanks, span_of(text, BYTES), NULL);
    assert_true(keyvalue_next(&c, &key, &value));
    assert_true(value.p == text + 2 && value.n == BYTES - 6);
    assert_true(keyvalue_next(&c, &key, &value));
    assert_true(span_is(key, "b") && span_is(value, "2"));
    assert_false(keyvalue_next(&c, &key, &value));
    free(text);
}

enum { K_src, K_dst, K_port, K_msg };
static const struct key words[] = { { "src", K_src }, { "dst", K_dst }, { "dstport", K_port }, { "msg", K_msg } };

static void known_keys_are_put_into_places(void **state)
{
    struct parser *p = *state;
    struct keys *keys = keys_new(words, 4);
    struct keyvalue kv;
    int64_t port;
    keyvalue_read(&kv, &plain,
                  SPAN_LITERAL("<1>x src=192.0.2.1 other=9 dstport=443 msg=\"a \\\"b\\\"\" src=192.0.2.2 src= Dst=1"),
                  keys);
    assert_true(span_is(keyvalue_text(p, &kv, K_src), "192.0.2.2"));
    assert_true(span_is(keyvalue_text(p, &kv, K_msg), "a \"b\""));
    assert_true(span_is(keyvalue_get(&kv, K_msg), "a \\\"b\\\""));
    assert_false(keyvalue_has(&kv, K_dst));
    assert_int_equal(keyvalue_text(p, &kv, K_dst).n, 0);
    assert_true(keyvalue_integer(&kv, K_port, &port));
    assert_int_equal(port, 443);
    assert_false(keyvalue_integer(&kv, K_src, &port));
    assert_false(keyvalue_integer(&kv, K_dst, &port));
    assert_false(kv.unclosed);
    keyvalue_read(&kv, &plain, SPAN_LITERAL("msg=\"x\\\"y\" msg=plain dst=\"1"), keys);
    assert_true(span_is(keyvalue_text(p, &kv, K_msg), "plain"));
    assert_false(keyvalue_has(&kv, K_src));
    assert_true(kv.unclosed);
    keys_free(&keys);
}

/* ------------------------------------------------------------------ the plain reading */

/* The rules of the header, a byte at a time. */
struct plain_pair {
    struct span key, value;
    bool quoted, escaped, unclosed;
};

static bool is_blank(char c)
{
    return c && strchr(" \t\n\v\f\r", c);
}

static bool is_key_byte(char c)
{
    return c && strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-:[]", c);
}

static bool plain_key_follows(const struct keyvalue_syntax *x, struct span t, size_t at)
{
    while (at < t.n && (t.p[at] == x->separator || is_blank(t.p[at])))
        at++;
    size_t begin = at;
    while (at < t.n && t.p[at] != x->sign && is_key_byte(t.p[at]))
        at++;
    return at > begin && at < t.n && t.p[at] == x->sign;
}

static bool plain_ends_quote(const struct keyvalue_syntax *x, struct span t, size_t at)
{
    return at >= t.n || t.p[at] == x->separator || is_blank(t.p[at]) || (t.p[at] && strchr(";,)]}", t.p[at]));
}

static size_t plain_quoted(const struct keyvalue_syntax *x, struct span t, size_t at, struct plain_pair *out)
{
    size_t begin = ++at;
    out->quoted = true;
    while (at < t.n) {
        bool quote = t.p[at] == x->quote, more = at + 1 < t.n;
        if ((x->escapes && t.p[at] == '\\') || (quote && x->doubled && more && t.p[at + 1] == x->quote)) {
            out->escaped = true;
            at += more ? 2 : 1;
        } else if (quote && plain_ends_quote(x, t, at + 1)) {
            out->value = span_of(t.p + begin, at - begin);
            return at + 1;
        } else {
            at++;
        }
    }
    out->value = span_of(t.p + begin, t.n - begin);
    out->unclosed = true;
    return t.n;
}

static size_t plain_escaped(const struct keyvalue_syntax *x, struct span t, size_t at, struct plain_pair *out)
{
    size_t begin = at += 2;
    out->quoted = true;
    for (; at + 1 < t.n; at++)
        if (t.p[at] == '\\' && t.p[at + 1] == x->quote && (plain_ends_quote(x, t, at + 2) || t.p[at + 2] == x->quote)) {
            out->value = span_of(t.p + begin, at - begin);
            return at + 2;
        }
    out->value = span_from(t, begin);
    out->unclosed = true;
    return t.n;
}

static size_t plain_bare(const struct keyvalue_syntax *x, struct span t, size_t at, struct plain_pair *out)
{
    size_t begin = at;
    while (at < t.n) {
        if (x->bare_escapes && t.p[at] == '\\') {
            out->escaped = true;
            at += at + 1 < t.n ? 2 : 1;
        } else if (t.p[at] == x->separator && (!x->continues || plain_key_follows(x, t, at))) {
            break;
        } else {
            at++;
        }
    }
    out->value = span_trim(span_of(t.p + begin, at - begin));
    return at;
}

/* The pair at or behind *at; false: there is none. */
static bool plain_next(const struct keyvalue_syntax *x, struct span t, size_t *at, bool first, struct plain_pair *out)
{
    size_t begin = *at, end = *at;
    *out = (struct plain_pair){ 0 };
    for (; end < t.n && t.p[end] != x->sign; end++)
        if (t.p[end] == x->separator)
            begin = end + 1;
    if (end >= t.n)
        return false;
    out->key = span_trim(span_of(t.p + begin, end - begin));
    if (first) {
        bool foremost = !memchr(t.p, x->separator, (size_t)(out->key.p - t.p));
        for (size_t i = out->key.n; i > 0; i--)
            if (out->key.p[i - 1] == '>' || (foremost && is_blank(out->key.p[i - 1]))) {
                out->key = span_from(out->key, i);
                break;
            }
        if (span_starts(out->key, SPAN_LITERAL("\xEF\xBB\xBF")))
            out->key = span_from(out->key, 3);
    }
    size_t value = end + 1;
    while (value < t.n && is_blank(t.p[value]) && t.p[value] != x->separator)
        value++;
    if (x->continues && !plain_key_follows(x, t, value))
        while (value < t.n && is_blank(t.p[value]))
            value++;
    if (x->quote && value < t.n && t.p[value] == x->quote)
        *at = plain_quoted(x, t, value, out);
    else if (x->quote && value + 1 < t.n && t.p[value] == '\\' && t.p[value + 1] == x->quote)
        *at = plain_escaped(x, t, value, out);
    else
        *at = plain_bare(x, t, value, out);
    return true;
}

static uint64_t draw(uint64_t *seed, uint64_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % n;
}

/* Pieces that pairs are made of, in any order. */
static size_t make_text(char *text, size_t room, const struct keyvalue_syntax *x, uint64_t *seed)
{
    static const char *const pieces[] = { "src",
                                          "dst",
                                          "dstport",
                                          "msg",
                                          "key_with_a_long_name",
                                          "192.0.2.1",
                                          "443",
                                          "word",
                                          "\\",
                                          "\\\\",
                                          "\"",
                                          "'",
                                          "\\\"",
                                          ">",
                                          "<13>",
                                          " ",
                                          "\t",
                                          ",",
                                          ";",
                                          "=",
                                          ":",
                                          "]",
                                          "(",
                                          "\"\"",
                                          "",
                                          "\xEF\xBB\xBF",
                                          "\xFF",
                                          "|" };
    size_t n = 0, wanted = draw(seed, 400);
    while (n < wanted) {
        const char *piece = pieces[draw(seed, sizeof pieces / sizeof pieces[0])];
        const char own[3][2] = { { x->separator }, { x->sign }, { x->quote } };
        if (draw(seed, 2))
            piece = own[draw(seed, 3)];
        size_t length = strlen(piece);
        if (n + length > room)
            break;
        memcpy(text + n, piece, length);
        n += length;
    }
    return n;
}

static void every_text_is_read_as_plainly(void **state)
{
    (void)state;
    static const struct keyvalue_syntax bars = { .separator = '|', .sign = '=' };
    static const struct keyvalue_syntax odd = { .separator = '\0', .sign = '=', .quote = '"', .bare_escapes = true };
    const struct keyvalue_syntax *const syntaxes[] = { &plain,  &tabs,   &commas, &colons, &doubled,
                                                       &blanks, &single, &bars,   &odd };
    struct keys *keys = keys_new(words, 4);
    for (uint64_t seed = 1, round = 0; round < 20000; round++) {
        const struct keyvalue_syntax *x = syntaxes[round % (sizeof syntaxes / sizeof syntaxes[0])];
        char made[512];
        size_t n = make_text(made, sizeof made, x, &seed), at = 0;
        char *copy = malloc(n + !n);
        memcpy(copy, made, n);
        struct span text = span_of(copy, n), key, value;
        struct keyvalue_cursor c, known;
        struct plain_pair expected;
        keyvalue_begin(&c, x, text, keys);
        keyvalue_begin(&known, x, text, keys);
        for (bool first = true; plain_next(x, text, &at, first, &expected); first = false) {
            assert_true(keyvalue_next(&c, &key, &value));
            assert_true(span_equal(key, expected.key) && span_equal(value, expected.value));
            assert_true(c.quoted == expected.quoted && c.escaped == expected.escaped);
            assert_true(c.unclosed == expected.unclosed && c.number == keys_find(keys, key));
            if (c.number != KEY_NONE && value.n) {
                assert_true(keyvalue_next_known(&known, &value));
                assert_true(known.number == c.number && span_equal(value, expected.value));
            }
        }
        assert_false(keyvalue_next(&c, &key, &value));
        assert_false(keyvalue_next_known(&known, &value));
        free(copy);
    }
    keys_free(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bare_and_quoted_values_stand_side_by_side, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(words_without_a_sign_are_passed_over, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(the_first_key_is_without_what_a_header_leaves_before_it, open_parser,
                                        close_parser),
        cmocka_unit_test_setup_teardown(a_backslash_protects_quotes_in_quotes, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(the_quotes_of_a_json_string_have_backslashes, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(doubled_quotes_are_one, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(a_quote_closes_only_where_a_value_can_end, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(a_text_that_was_cut_has_an_unclosed_value, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(other_separators_and_signs, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(bare_values_may_go_on_over_separators, open_parser, close_parser),
        cmocka_unit_test(a_value_may_go_on_over_very_many_separators),
        cmocka_unit_test_setup_teardown(known_keys_are_put_into_places, open_parser, close_parser),
        cmocka_unit_test(every_text_is_read_as_plainly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
