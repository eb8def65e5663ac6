/* fuzz: component=collectors */
/* Any bytes as a JSON object, one by one and at once, with keys that fuzzing knows and paths that it can find. */
#include "formats/json.h"
#include "formats/keys.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAMES = 5, PATH_MAX_BYTES = 16 };

static const char *const names[NAMES] = { "a", "b", "id.orig_h", "a.b", "a.b.a" };

/* The last value of each name, as found one by one. */
struct found {
    bool has[NAMES];
    enum json_kind kind[NAMES];
    char *text[NAMES];
    size_t n[NAMES];
};

static void note(struct found *found, const char *path, const struct json_value *value)
{
    for (unsigned i = 0; i < NAMES; i++) {
        if (strcmp(path, names[i]) != 0)
            continue;
        found->has[i] = value->kind != JSON_NULL;
        found->kind[i] = value->kind;
        found->n[i] = value->text.n;
        found->text[i] = realloc(found->text[i], value->text.n + 1);
        CHECK(found->text[i]);
        memcpy(found->text[i], value->text.p, value->text.n);
    }
}

/* A path that a name leads on from. */
static bool leads(const char *path)
{
    return strcmp(path, "a") == 0 || strcmp(path, "id") == 0 || strcmp(path, "a.b") == 0;
}

/* Every value of an object, in objects, and in strings that are objects; the slow way.  Nothing is noted without
 * `found`. */
static enum status read_all(struct span unit, const char *path, unsigned strings, struct found *found)
{
    char *copy = calloc(1, unit.n + 64);
    CHECK(copy);
    if (unit.n)
        memcpy(copy, unit.p, unit.n);
    struct json_reader *r = json_reader_new();
    struct span key;
    struct json_value value;
    enum status s = json_open(r, span_of(copy, unit.n));
    while (s == STATUS_OK) {
        s = json_next(r, &key, &value);
        if (s != STATUS_OK || !found)
            continue;
        char child[PATH_MAX_BYTES] = "";
        if (strlen(path) + 1 + key.n < sizeof child && !memchr(key.p, '\0', key.n))
            snprintf(child, sizeof child, "%s%s%.*s", path, *path ? "." : "", (int)key.n, key.p);
        bool object = value.kind == JSON_OBJECT;
        bool json = value.kind == JSON_STRING && value.text.n && *value.text.p == '{' && strings < 2;
        if ((object || json) && leads(child) && read_all(value.text, child, strings + json, NULL) == STATUS_END)
            CHECK(read_all(value.text, child, strings + json, found) == STATUS_END);
        note(found, child, &value);
    }
    CHECK(s == STATUS_END || s == STATUS_BAD);
    json_reader_free(&r);
    free(copy);
    return s;
}

/* All at once: the same verdict, and the last value of each key. */
static void compare(struct span unit, enum status one_by_one, const struct found *found)
{
    static struct keys *keys;
    static struct key words[NAMES];
    for (unsigned i = 0; i < NAMES && !keys; i++)
        words[i] = (struct key){ names[i], i };
    if (!keys)
        keys = keys_new(words, NAMES);
    struct json_reader *r = json_reader_new();
    struct json_value cell[NAMES];
    uint64_t present[1];
    bool good = json_read(r, unit, keys, cell, present, 1);
    CHECK(good == (one_by_one == STATUS_END));
    for (unsigned i = 0; i < NAMES && good; i++) {
        CHECK((present[0] >> i & 1) == found->has[i]);
        CHECK(!found->has[i] ||
              (cell[i].kind == found->kind[i] && span_equal(cell[i].text, span_of(found->text[i], found->n[i]))));
    }
    json_reader_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = calloc(1, size + 64);
    CHECK(copy);
    if (size)
        memcpy(copy, data, size);
    struct found found = { 0 };
    enum status s = read_all(span_of(copy, size), "", 0, &found);
    compare(span_of(copy, size), s, &found);
    for (unsigned i = 0; i < NAMES; i++)
        free(found.text[i]);
    free(copy);
    return 0;
}
