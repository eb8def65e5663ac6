/* The search for wanted keys gives what the walk over all pairs gives. */
#include "formats/cef_search.h"

#include "formats/cef.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char *const names[] = {
    "rt",         "dpt",          "act",         "proto",   "dtz",      "start",    "request", "externalId",
    "deviceAbcd", "PanOSSession", "AnOSSession", "seven_7", "eight__8", "nine___9", "in",      "cs1Label",
    "cs2Label",   "ad.policyid",  "methods:",    "_x[0]",   "9z",       "a-b",
};
enum { NAMES = sizeof names / sizeof names[0] };

struct values {
    struct span texts[NAMES];
    uint64_t present[1], escaped[1];
};

/* The first n names, or the last n. */
static void search_init(struct cef_search *s, enum simd_level level, unsigned n, bool last)
{
    cef_search_init(s, level);
    for (unsigned i = 0; i < n; i++) {
        unsigned number = last ? NAMES - 1 - i : i;
        cef_search_add(s, span_text(names[number]), number);
    }
}

static struct values walk(struct span extension, unsigned n, bool last)
{
    struct values v = { 0 };
    struct cef_cursor c;
    struct span key, value;
    cef_begin(&c, extension, NULL);
    while (cef_next(&c, &key, &value))
        for (unsigned i = 0; i < n; i++) {
            unsigned number = last ? NAMES - 1 - i : i;
            if (value.n && span_is(key, names[number])) {
                v.texts[number] = value;
                v.present[0] |= UINT64_C(1) << number;
                v.escaped[0] &= ~(UINT64_C(1) << number);
                v.escaped[0] |= (uint64_t)(memchr(value.p, '\\', value.n) != NULL) << number;
            }
        }
    return v;
}

static void expect_same(struct span extension)
{
    static const unsigned counts[] = { 0, 1, 5, 8, 14, NAMES };
    for (unsigned level = 0; level <= (unsigned)simd_level(); level++)
        for (size_t i = 0; i < 2 * sizeof counts / sizeof counts[0]; i++) {
            struct cef_search s;
            struct values found = { 0 }, expected = walk(extension, counts[i / 2], i % 2);
            search_init(&s, (enum simd_level)level, counts[i / 2], i % 2);
            cef_search_run(&s, extension, found.texts, found.present, found.escaped);
            assert_int_equal(found.present[0], expected.present[0]);
            assert_int_equal(found.escaped[0], expected.escaped[0]);
            for (unsigned k = 0; k < NAMES; k++)
                if (found.present[0] >> k & 1)
                    assert_true(found.texts[k].p == expected.texts[k].p && found.texts[k].n == expected.texts[k].n);
        }
}

static void known_extensions_give_the_same_values(void **state)
{
    (void)state;
    static const char *const extensions[] = {
        "",
        "=",
        "rt",
        "rt=",
        "rt=1",
        " rt=1",
        "art=1 rt=2",
        "rt=1 rt=2 rt=",
        "seven_7=a eight__8=b nine___9=c xeight__8=d",
        "eight__8=first",
        "xseven_7=first seven_7=x",
        "PanOSSession=1 AnOSSession=2 nOSSession=3 xPanOSSession=4",
        "request=http://example.com/?dpt=1&rt=2 proto=tcp",
        "act=a\\=b dpt\\=3 dpt=4 x\\ rt=5",
        "act= two words  dpt=443  /rt=1 x=y",
        "dpt=443\trt=1",
        "dpt==443 act==",
        "ad.policyid=1 methods:=GET _x[0]=2 9z=3 a-b=4",
        "cs1Label=Rule cs1=x cs2Label=Virtual System cs1Label=last",
        "-dpt=1 .rt=2 dpt=x -b=1 .c=2 rt=3 \xC3\xA9=4 act=\xC3\xA9t=",
    };
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        size_t n = strlen(extensions[i]);
        char *copy = malloc(n ? n : 1); /* of its own size: a sanitizer sees what is read */
        assert_non_null(copy);
        memcpy(copy, extensions[i], n);
        expect_same(span_of(copy, n));
        free(copy);
    }
}

/* Pieces of keys, signs and words in any order, at every distance. */
static void random_extensions_give_the_same_values(void **state)
{
    (void)state;
    static const char *const pieces[] = { " ", "  ",  "=",     "\\=", "\\", "x", "word",
                                          "/", "a=b", "Label", "pt",  "\t", "=", " " };
    enum { PIECES = sizeof pieces / sizeof pieces[0] };
    uint64_t seed = 7;
    for (unsigned round = 0; round < 1500; round++) {
        static char text[12000];
        size_t n = 0, most = round % 100 == 0 ? 11000 : round % 7 ? 300 : 1500;
        while (n < most) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            unsigned choice = (unsigned)(seed >> 33);
            const char *piece = choice % 2 ? names[choice / 2 % NAMES] : pieces[choice / 2 % PIECES];
            size_t length = strlen(piece);
            memcpy(text + n, piece, length);
            n += length;
            if (choice % 2 && choice / 64 % 8)
                text[n++] = '=';
            if (choice / 512 % 4 == 0)
                text[n++] = ' ';
        }
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, text, n);
        expect_same(span_of(copy, n));
        free(copy);
    }
}

static void wanted_keys_are_found_at_every_offset(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        char text[512];
        memset(text, 'x', sizeof text);
        memcpy(text, "rt=", 3);
        memcpy(text + 3 + n, " some words PanOSSession=b x/dpt=z dpt=1", 40);
        expect_same(span_of(text, 3 + n + 40));
    }
}

static void values_and_signs_without_end_take_no_time(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    struct cef_search s;
    struct values v = { 0 };
    assert_non_null(text);
    search_init(&s, simd_level(), NAMES, false);
    memset(text, '=', BYTES);
    memcpy(text, "rt", 2);
    cef_search_run(&s, span_of(text, BYTES), v.texts, v.present, v.escaped);
    assert_int_equal(v.texts[0].n, BYTES - 3);
    for (size_t i = 0; i + 4 <= BYTES; i += 4) /* none of them begins a key */
        memcpy(text + i, "/rt=", 4);
    memcpy(text, " rt=", 4);
    cef_search_run(&s, span_of(text, BYTES), v.texts, v.present, v.escaped);
    assert_int_equal(v.texts[0].n, BYTES - 4);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_extensions_give_the_same_values),
        cmocka_unit_test(random_extensions_give_the_same_values),
        cmocka_unit_test(wanted_keys_are_found_at_every_offset),
        cmocka_unit_test(values_and_signs_without_end_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
