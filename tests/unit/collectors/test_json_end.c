#include "core/framer.h"
#include "formats/json_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct span keys[] = { { "rows", 4 }, { "records", 7 } };

/* At every level, with the text's own bytes repeated behind it. */
static size_t end_of(const char *text, size_t n)
{
    char *copy = malloc(n + 63); /* no byte more than promised: the sanitizer would tell */
    assert_non_null(copy);
    memcpy(copy, text, n);
    memset(copy + n, '}', 63);
    size_t end = 0;
    for (int level = SIMD_PORTABLE; level <= (int)simd_level(); level++) {
        size_t found = json_end_finder((enum simd_level)level)(copy, n, keys, 2);
        assert_true(level == SIMD_PORTABLE || found == end);
        end = found;
    }
    free(copy);
    return end;
}

static void assert_end(const char *text, size_t end)
{
    assert_int_equal(end_of(text, strlen(text)), end);
}

static void a_value_ends_with_its_own_bracket(void **state)
{
    (void)state;
    assert_end("{}", 2);
    assert_end("{\"a\":1}\n{\"b\":2}", 7);
    assert_end("{\n  \"a\": {\n    \"b\": [ 1, { \"c\": [] } ] }\n}\n", 42);
    assert_end("[{},[[1]],\"]\"]]", 14);
    assert_end("{\"a\":\"}\\\"}\\\\\"}", 14);
    assert_end("{\"a\":[1],\"x\":{\"rows\":[]}}", 25);
}

static void what_is_doubtful_is_left_to_a_closer_look(void **state)
{
    (void)state;
    assert_end("{\"a\":1", 0);
    assert_end("{\"a\":\"x\n\"}", 0);
    assert_end("{\"a\":[1}}", 0);
    assert_end("{\"a\":1 {}}", 0);
    assert_end("{\"a\",{}}", 0);
    assert_end("[1[]]", 0);
    assert_end("{\\\"a\":{}}", 0);
    assert_end("{\"rows\" : [1]}", 0);
    assert_end("{\"a\":1,\"records\":[]}", 0);
}

static void escapes_count_over_the_ends_of_blocks(void **state)
{
    (void)state;
    char text[400];
    for (size_t before = 0; before < 140; before++) {
        for (size_t slashes = 0; slashes < 140; slashes++) {
            size_t n = 0;
            text[n++] = '{';
            memset(text + n, ' ', before);
            n += before;
            text[n++] = '"';
            memset(text + n, '\\', slashes);
            n += slashes;
            memcpy(text + n, "\"}\"}", 4);
            assert_int_equal(end_of(text, n + 4), n + (slashes % 2 ? 4 : 2));
        }
    }
}

enum { BYTES = 600, SEEDS = 4000 };

struct units {
    uint64_t end[BYTES];
    enum unit_fault fault[BYTES];
    enum unit_kind kind[BYTES];
    unsigned n;
};

static struct framer *framer_of(bool no_shortcuts)
{
    static const char *const envelope[] = { "records", NULL };
    return framer_new(&(struct framer_options){ .kind = FRAMING_JSON,
                                                .limit_bytes = 300,
                                                .envelope = envelope,
                                                .window_bytes = 4096,
                                                .no_shortcuts = no_shortcuts });
}

static void frame(struct framer *f, const char *text, size_t n, struct units *found)
{
    framer_start(f, (struct framer_point){ 0 });
    size_t room;
    memcpy(framer_space(f, &room), text, n);
    framer_fed(f, n);
    framer_finish(f);
    struct unit u;
    found->n = 0;
    while (framer_next(f, &u) == STATUS_OK) {
        assert_true(found->n < BYTES);
        found->end[found->n] = u.end;
        found->fault[found->n] = u.fault;
        found->kind[found->n++] = u.kind;
    }
}

/* Text that is JSON for the most part, and sometimes not. */
static size_t generate(char *text, unsigned *random)
{
    static const char *const piece[] = {
        "{",     "}",          "[",  "]", "\"a\":",    "\"rows\":", "\"records\" : ", ",",  "1",
        "\"x\"", "\"\\\\\"",   "\n", " ", "\"\\\"}\"", "\"\\\\",    "\"[{",           "\\", "\"columns\":",
        ":",     "\"tables\":"
    };
    size_t n = 0;
    unsigned open = 0;
    char stack[BYTES];
    while (n < BYTES - 20) {
        *random = *random * 1103515245u + 12345u;
        unsigned pick = (*random >> 16) % 100;
        char last = n ? text[n - 1] : '\n';
        if (pick < 6) { /* anything */
            const char *p = piece[(*random >> 8) % (sizeof piece / sizeof *piece)];
            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        } else if (last == ':' || last == '[' || last == '\n' || (last == ',' && open && stack[open - 1] == ']')) {
            bool array = pick < 40 && last != '\n';
            if (pick < 70 || !open) {
                text[n++] = array ? '[' : '{';
                stack[open++] = array ? ']' : '}';
            } else {
                memcpy(text + n, "\"v}\"", 4);
                n += 4;
            }
        } else if (last == '{' || last == ',') {
            static const char *const member[] = { "\"a\":", "\"b\\\"\":", "\"rows\":", "\"records\":" };
            const char *p = member[pick < 80 ? pick % 2 : pick % 4];
            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        } else if (open) {
            text[n++] = pick < 45 ? ',' : stack[--open];
        } else {
            text[n++] = '\n';
        }
    }
    return n;
}

static void framing_gives_the_same_with_it_and_without(void **state)
{
    (void)state;
    static const char *const levels[] = { "portable", "sse4.2", "avx2", "avx512" };
    static struct units quick, plain;
    unsigned random = 5, ended = 0;
    struct framer *without = framer_of(true);
    for (unsigned level = 0; level < 4; level++) {
        assert_int_equal(setenv("TIDEMARK_SIMD", levels[level], 1), 0);
        struct framer *with = framer_of(false);
        for (unsigned seed = 0; seed < SEEDS / 4; seed++) {
            char text[BYTES];
            size_t n = generate(text, &random);
            frame(with, text, n, &quick);
            frame(without, text, n, &plain);
            assert_int_equal(quick.n, plain.n);
            assert_memory_equal(quick.end, plain.end, plain.n * sizeof *plain.end);
            assert_memory_equal(quick.fault, plain.fault, plain.n * sizeof *plain.fault);
            assert_memory_equal(quick.kind, plain.kind, plain.n * sizeof *plain.kind);
            ended += end_of(text, n) != 0;
        }
        framer_free(&with);
    }
    framer_free(&without);
    unsetenv("TIDEMARK_SIMD");
    assert_true(ended > SEEDS / 20);
    assert_true(ended < SEEDS - SEEDS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_ends_with_its_own_bracket),
        cmocka_unit_test(what_is_doubtful_is_left_to_a_closer_look),
        cmocka_unit_test(escapes_count_over_the_ends_of_blocks),
        cmocka_unit_test(framing_gives_the_same_with_it_and_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
