/* fuzz: component=collectors */
/* Wanted keys of a CEF extension: every level of instructions finds what the walk over all pairs finds.  The first byte
 * says how many keys are wanted. */
#include "formats/cef.h"
#include "formats/cef_search.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "rt",       "dpt",        "act",     "proto",    "in",        "k9",
                                     "cs1Label", "externalId", "seven_7", "eight__8", "nine.-:[]", "aab" };
enum { NAMES = sizeof names / sizeof names[0] };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned wanted = data[0] % (NAMES + 1);
    struct span extension = span_of((const char *)data + 1, size - 1), key, value, expected[NAMES] = { { 0 } };
    struct cef_cursor c;
    cef_begin(&c, extension, NULL);
    while (cef_next(&c, &key, &value))
        for (unsigned i = 0; i < wanted; i++)
            if (value.n && span_is(key, names[i]))
                expected[i] = value;
    for (unsigned level = 0; level <= (unsigned)simd_level(); level++) {
        struct cef_search s;
        struct span texts[NAMES] = { { 0 } };
        uint64_t present = 0, escaped = 0;
        cef_search_init(&s, (enum simd_level)level);
        for (unsigned i = 0; i < wanted; i++)
            cef_search_add(&s, span_text(names[i]), i);
        cef_search_run(&s, extension, texts, &present, &escaped);
        CHECK((escaped & ~present) == 0);
        for (unsigned i = 0; i < NAMES; i++) {
            CHECK((present >> i & 1) == (expected[i].n > 0));
            CHECK(texts[i].n == expected[i].n && (texts[i].n == 0 || texts[i].p == expected[i].p));
            CHECK((escaped >> i & 1) == (span_find(texts[i], '\\', 0) < texts[i].n));
        }
    }
    return 0;
}
