#include "formats/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

/* As slow and plain as can be. */
static unsigned count_tokens(const char *text, size_t n)
{
    unsigned tokens = 1;
    for (size_t i = 0; i < n; i++)
        tokens += text[i] == ' ';
    return tokens;
}

static void check(const char *text, size_t n)
{
    struct split s;
    char *copy = calloc(1, n + 64);
    memcpy(copy, text, n);
    memset(copy + n, ' ', 64); /* what stands behind the line is none of it */
    split_line(&s, span_of(copy, n), ' ');
    unsigned tokens = count_tokens(text, n);
    assert_int_equal(s.n, tokens > SPLIT_TOKENS_MAX ? SPLIT_TOKENS_MAX + 1 : tokens);
    size_t at = 0;
    for (unsigned i = 0; i < s.n && s.n <= SPLIT_TOKENS_MAX; i++) {
        struct span token = split_token(&s, i);
        assert_ptr_equal(token.p, copy + at);
        assert_true(span_find(token, ' ', 0) == token.n);
        at += token.n;
        assert_true(i + 1 == s.n ? at == n : copy[at] == ' ');
        at++;
    }
    free(copy);
}

static void every_separator_ends_a_token(void **state)
{
    (void)state;
    static const char *const lines[] = { "", " ", "a", "a b", " a  b ", "abc def ghi", "    " };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        check(lines[i], strlen(lines[i]));
}

static void lines_of_any_length_and_pattern_split_alike(void **state)
{
    (void)state;
    char line[1400];
    unsigned random = 7;
    for (size_t n = 0; n < sizeof line; n += n < 200 ? 1 : 37) {
        for (unsigned sparse = 1; sparse < 64; sparse *= 3) {
            for (size_t i = 0; i < n; i++) {
                random = random * 1103515245u + 12345u;
                line[i] = (random >> 16) % sparse == 0 ? ' ' : (char)('a' + (random >> 20) % 26);
            }
            check(line, n);
        }
    }
}

static void the_bound_on_tokens_is_exact(void **state)
{
    (void)state;
    char line[SPLIT_TOKENS_MAX + 200];
    memset(line, ' ', sizeof line);
    for (size_t n = SPLIT_TOKENS_MAX - 3; n < sizeof line; n++)
        check(line, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_separator_ends_a_token),
        cmocka_unit_test(lines_of_any_length_and_pattern_split_alike),
        cmocka_unit_test(the_bound_on_tokens_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
