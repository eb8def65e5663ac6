/* Key sets: every word is found, nothing else is. */
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { WORDS = 600 };

static void every_word_is_found_by_its_exact_text(void **state)
{
    (void)state;
    static char names[WORDS][48];
    struct key words[WORDS];
    /* Of every length, many alike at both ends and in the middle. */
    for (unsigned i = 0; i < WORDS; i++) {
        snprintf(names[i], sizeof names[i], "%.*s%u%.*s", (int)(i % 19), "DeviceCustomNumberX", i, (int)(i % 17),
                 "LabelLabelLabelLa");
        words[i] = (struct key){ names[i], i };
    }
    struct keys *k = keys_new(words, WORDS);
    for (unsigned i = 0; i < WORDS; i++) {
        struct span name = span_text(names[i]);
        assert_int_equal(keys_find(k, name), (int)i);
        char other[64];
        memcpy(other, name.p, name.n);
        for (size_t at = 0; at < name.n; at++) { /* one letter changed anywhere */
            other[at] ^= 0x40;
            assert_int_equal(keys_find(k, span_of(other, name.n)), KEY_NONE);
            other[at] ^= 0x40;
        }
    }
    assert_int_equal(keys_find(k, SPAN_LITERAL("")), KEY_NONE);
    assert_int_equal(keys_find(k, span_of(NULL, 0)), KEY_NONE);
    assert_int_equal(keys_find(k, SPAN_LITERAL("\0")), KEY_NONE);
    keys_free(&k);
    assert_null(k);
}

static void words_with_the_same_ends_are_told_apart(void **state)
{
    (void)state;
    static const struct key words[] = { { "DeviceCustomAxxxxLabelLabel", 1 },
                                        { "DeviceCustomBxxxxLabelLabel", 2 },
                                        { "a", 3 },
                                        { "aa", 4 },
                                        { "aaa", 5 } };
    struct keys *k = keys_new(words, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(keys_find(k, span_text(words[i].name)), (int)words[i].number);
    assert_int_equal(keys_find(k, SPAN_LITERAL("DeviceCustomCxxxxLabelLabel")), KEY_NONE);
    assert_int_equal(keys_find(k, SPAN_LITERAL("aaaa")), KEY_NONE);
    keys_free(&k);
}

static void an_empty_set_finds_nothing(void **state)
{
    (void)state;
    struct keys *k = keys_new(NULL, 0);
    assert_int_equal(keys_find(k, SPAN_LITERAL("a")), KEY_NONE);
    assert_int_equal(keys_find(k, SPAN_LITERAL("")), KEY_NONE);
    keys_free(&k);
}

static void what_stands_before_a_dot_is_a_prefix_once(void **state)
{
    (void)state;
    static const struct key words[] = { { "a.b.c", 0 }, { "a.b.d", 1 }, { "ab", 2 }, { "a", 3 }, { ".x", 4 } };
    struct keys *k = keys_new(words, 5);
    assert_non_null(k->prefixes);
    static const char *const prefixes[] = { "a", "a.b" };
    for (unsigned i = 0; i < 2; i++) {
        int number = keys_find(k->prefixes, span_text(prefixes[i]));
        assert_true(number == 0 || number == 1);
        const struct keys *below = k->below[number];
        assert_int_equal(keys_find(below, i ? SPAN_LITERAL("c") : SPAN_LITERAL("b.c")), 0);
        assert_int_equal(keys_find(below, i ? SPAN_LITERAL("d") : SPAN_LITERAL("b.d")), 1);
        assert_int_equal(keys_find(below, SPAN_LITERAL("b")), KEY_NONE);
        assert_int_equal(keys_find(below, SPAN_LITERAL("")), KEY_NONE);
    }
    const struct keys *below = k->below[keys_find(k->prefixes, SPAN_LITERAL("a"))];
    assert_int_equal(keys_find(below->prefixes, SPAN_LITERAL("b")), keys_find(k->prefixes, SPAN_LITERAL("a.b")));
    assert_null(k->below[keys_find(k->prefixes, SPAN_LITERAL("a.b"))]->prefixes);
    static const char *const others[] = { "a.b.c", "ab", "b", "", ".", "a." };
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(keys_find(k->prefixes, span_text(others[i])), KEY_NONE);
    keys_free(&k);
    k = keys_new(words + 2, 2);
    assert_null(k->prefixes);
    keys_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_found_by_its_exact_text),
        cmocka_unit_test(words_with_the_same_ends_are_told_apart),
        cmocka_unit_test(an_empty_set_finds_nothing),
        cmocka_unit_test(what_stands_before_a_dot_is_a_prefix_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
