/* Words in short texts. */
#include "formats/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

static void a_word_is_found_where_it_first_stands(void **state)
{
    (void)state;
    struct span text = SPAN_LITERAL("Built outbound TCP connection 7 for a:192.0.2.1/1 to b:192.0.2.2/2");
    assert_int_equal(words_find(text, 0, " connection "), 18);
    assert_int_equal(words_find(text, 18, " connection "), 18);
    assert_int_equal(words_find(text, 19, " connection "), text.n);
    assert_int_equal(words_find(text, 0, "/2"), text.n - 2);
    assert_int_equal(words_find(text, text.n, "/2"), text.n);
    assert_int_equal(words_find(text, text.n + 5, "/2"), text.n);
    assert_int_equal(words_find(SPAN_LITERAL(""), 0, " to "), 0);
    assert_int_equal(words_find(SPAN_LITERAL(" to "), 0, " to "), 0);
    assert_int_equal(words_find(SPAN_LITERAL("to"), 0, " to "), 2);
}

/* The first place by looking at each. */
static size_t plain(struct span text, size_t from, const char *word)
{
    size_t n = strlen(word);
    for (; from + n <= text.n; from++)
        if (memcmp(text.p + from, word, n) == 0)
            return from;
    return text.n;
}

static void it_is_found_in_texts_of_every_length_and_from_everywhere(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (unsigned round = 0; round < 20000; round++) {
        size_t n = round % 90, from = seed >> 40 & 31;
        char *p = malloc(n + 1); /* of its size, so that a byte too far is noticed */
        assert_non_null(p);
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            p[i] = " to/x"[(seed >> 33) % 5];
        }
        struct span text = span_of(p, n);
        assert_int_equal(words_find(text, from, " to "), plain(text, from, " to "));
        assert_int_equal(words_find(text, from, "/"), plain(text, from, "/"));
        assert_int_equal(words_find(text, from, "xx"), plain(text, from, "xx"));
        assert_int_equal(words_find(text, from, "o/x to"), plain(text, from, "o/x to"));
        free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_found_where_it_first_stands),
        cmocka_unit_test(it_is_found_in_texts_of_every_length_and_from_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
