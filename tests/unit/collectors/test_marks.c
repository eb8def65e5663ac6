#include "formats/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BYTES_MAX = 700, BASE = 1000 };

static void assert_marks(enum simd_level level, const char *text, uint32_t n, char separator)
{
    uint32_t *at = calloc(BYTES_MAX + MARKS_SLACK + 1, sizeof *at), *line = calloc(BYTES_MAX + MARKS_SLACK, sizeof *at);
    char *copy = calloc(1, n + 64); /* no byte more than promised: the sanitizer would tell */
    memcpy(copy, text, n);
    memset(copy + n, separator, 64);
    at[0] = 77;
    struct marks m = { .at = at + 1, .line = line };
    /* In two parts, as neighbours in a stream. */
    uint32_t half = n / 2, found = 0, lines = 0;
    marks_finder(level)(&m, copy, half, separator, BASE);
    marks_finder(level)(&m, copy + half, n - half, separator, BASE + half);
    for (uint32_t i = 0; i < n; i++) {
        if (text[i] != separator && text[i] != '\n')
            continue;
        assert_true(found < m.n);
        if (text[i] == '\n') {
            assert_true(lines < m.lines);
            assert_int_equal(line[lines++], found);
        }
        assert_int_equal(m.at[found++], BASE + i);
    }
    assert_int_equal(m.n, found);
    assert_int_equal(m.lines, lines);
    assert_int_equal(at[0], 77);
    free(copy);
    free(line);
    free(at);
}

static void check(const char *text, uint32_t n, char separator)
{
    for (int level = SIMD_PORTABLE; level <= (int)simd_level(); level++)
        assert_marks((enum simd_level)level, text, n, separator);
}

static void every_level_finds_every_mark(void **state)
{
    (void)state;
    char text[BYTES_MAX];
    unsigned random = 11;
    for (uint32_t n = 0; n <= BYTES_MAX; n += n < 200 ? 1 : 37) {
        for (unsigned sparse = 1; sparse < 128; sparse *= 2) {
            for (uint32_t i = 0; i < n; i++) {
                random = random * 1103515245u + 12345u;
                unsigned pick = (random >> 16) % (2 * sparse);
                text[i] = pick == 0 ? ' ' : pick == 1 ? '\n' : (char)(random >> 20);
            }
            check(text, n, ' ');
            check(text, n, '\n');
        }
    }
}

static void all_bytes_may_be_marks(void **state)
{
    (void)state;
    char text[BYTES_MAX];
    for (uint32_t n = 0; n < 300; n += 7) {
        memset(text, '\n', n);
        check(text, n, '\t');
        memset(text, '\t', n);
        check(text, n, '\t');
    }
}

static void bytes_beyond_ascii_are_told_apart(void **state)
{
    (void)state;
    char text[256];
    for (unsigned i = 0; i < 256; i++)
        text[i] = (char)i;
    for (unsigned i = 0; i < 256; i++)
        check(text, 256, (char)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_finds_every_mark),
        cmocka_unit_test(all_bytes_may_be_marks),
        cmocka_unit_test(bytes_beyond_ascii_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
