/* fuzz: component=collectors */
/* Any bytes as a JSON object.  What the reader hands out as an object must itself read to its end. */
#include "formats/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    enum status s = json_open(r, span_of(copy, unit.n));
    while (s == STATUS_OK) {
        s = json_next(r, &key, &value);
        if (s == STATUS_OK && value.kind == JSON_OBJECT && depth < 3 && inner++ < 8)
            CHECK(read_all(value.text, depth + 1) == STATUS_END);
    }
    CHECK(s == STATUS_END || s == STATUS_BAD);
    json_reader_free(&r);
    free(copy);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)read_all(span_of((const char *)data, size), 0);
    return 0;
}
