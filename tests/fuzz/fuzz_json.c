/* fuzz: component=collectors */
/* Any bytes as a JSON object.  What the reader hands out as an object must itself read to its end. */
#include "formats/json.h"
#include "formats/keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All at once, with keys that fuzzing knows: the same verdict, and the last value of each key. */
static void compare(struct span unit, enum status one_by_one, const struct json_value *last, const bool *has)
{
    static const struct key words[] = { { "a", 0 }, { "b", 1 }, { "id.orig_h", 2 } };
    static struct keys *keys;
    if (!keys)
        keys = keys_new(words, 3);
    struct json_reader *r = json_reader_new();
    struct json_value cell[3];
    uint64_t present[1];
    bool good = json_read(r, unit, keys, cell, present, 1);
    CHECK(good == (one_by_one == STATUS_END));
    for (unsigned i = 0; i < 3 && good; i++) {
        CHECK((present[0] >> i & 1) == has[i]);
        CHECK(!has[i] || (cell[i].kind == last[i].kind && span_equal(cell[i].text, last[i].text)));
    }
    json_reader_free(&r);
}

static enum status read_all(struct span unit, unsigned depth)
{
    char *copy = calloc(1, unit.n + 64);
    CHECK(copy);
    if (unit.n)
        memcpy(copy, unit.p, unit.n);
    struct json_reader *r = json_reader_new();
    struct span key;
    struct json_value value;
    unsigned inner = 0;
    struct json_value last[3];
    bool has[3] = { false };
    static const char *const names[] = { "a", "b", "id.orig_h" };
    enum status s = json_open(r, span_of(copy, unit.n));
    while (s == STATUS_OK) {
        s = json_next(r, &key, &value);
        for (unsigned i = 0; i < 3 && s == STATUS_OK; i++) {
            if (!span_is(key, names[i]))
                continue;
            has[i] = value.kind != JSON_NULL;
            last[i] = value;
        }
        if (s == STATUS_OK && value.kind == JSON_OBJECT && depth < 3 && inner++ < 8)
            CHECK(read_all(value.text, depth + 1) == STATUS_END);
    }
    CHECK(s == STATUS_END || s == STATUS_BAD);
    compare(span_of(copy, unit.n), s, last, has);
    json_reader_free(&r);
    free(copy);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)read_all(span_of((const char *)data, size), 0);
    return 0;
}
