#include "common/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void assert_bytes(const struct buffer *b, const char *expected)
{
    assert_int_equal(b->n, strlen(expected));
    assert_memory_equal(b->p, expected, b->n);
}

static void malformed_sequences_are_found_and_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *replaced;
    } cases[] = {
        { "a\x80z", "a\xef\xbf\xbdz" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* overlong */
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "abcdefgh\xe2\x82", "abcdefgh\xef\xbf\xbd" }, /* cut short */
        { "\xe2\x82z", "\xef\xbf\xbdz" },
        { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
    };
    struct buffer out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(utf8_valid(span_text(cases[i].text)));
        buffer_clear(&out);
        utf8_append_valid(&out, span_text(cases[i].text));
        assert_bytes(&out, cases[i].replaced);
        assert_true(utf8_valid(buffer_span(&out)));
    }
    assert_true(utf8_valid(SPAN_LITERAL("Ünï \xf0\x9f\x94\x92 協定 abcdefghijk")));
    buffer_fini(&out);
}

static void lower_case_is_simple_and_one_character_at_a_time(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lower;
    } cases[] = { { "ABC-z9_", "abc-z9_" },
                  { "ÜDP", "üdp" },
                  { "Критический", "критический" },
                  { "ΑΣ", "ας" },
                  { "İ", "İ" },
                  { "ß", "ß" },
                  { "ẞ", "ß" },
                  { "ǅ", "ǆ" },
                  { "T\xff\x41", "t\xff\x61" } };
    struct buffer out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_clear(&out);
        utf8_append_lower(&out, span_text(cases[i].text));
        if (i == 3) /* no final sigma: the character alone decides */
            assert_bytes(&out, "ασ");
        else
            assert_bytes(&out, cases[i].lower);
    }
    buffer_fini(&out);
}

static void terms_are_letters_and_decimal_digits_of_any_script(void **state)
{
    (void)state;
    static const char *const terms[] = { "a", "Z", "0", "é", "中", "٣", "ª", "ʰ", "４" };
    static const char *const borders[] = { "_", "-", " ", "²", "\xc2\xa0", "–", "«", "\xcc\x81", "Ⅷ", "½", "\xff" };
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        assert_true(utf8_term_at(span_text(terms[i]), 0));
        assert_true(utf8_term_before(span_text(terms[i]), strlen(terms[i])));
    }
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        assert_false(utf8_term_at(span_text(borders[i]), 0));
        assert_false(utf8_term_before(span_text(borders[i]), strlen(borders[i])));
    }
    assert_false(utf8_term_at(SPAN_LITERAL("a"), 1));
    assert_false(utf8_term_before(SPAN_LITERAL("a"), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_sequences_are_found_and_replaced),
        cmocka_unit_test(lower_case_is_simple_and_one_character_at_a_time),
        cmocka_unit_test(terms_are_letters_and_decimal_digits_of_any_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
