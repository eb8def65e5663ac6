#include "core/columns.h"

#include "common/buffer.h"
#include "formats/json_walk.h"
#include "formats/keys.h"

#include <stdlib.h>

enum { NAME_BYTES_MAX = 128 };

struct columns {
    bool known, ours;
    struct buffer members; /* `"first":` `"second":` …; of one that is left out: nothing */
    size_t *end;           /* of each in members */
    size_t n, capacity;
    struct buffer object; /* the last row's */
};

struct columns *columns_new(void)
{
    return allocate(1, sizeof(struct columns));
}

void columns_free(struct columns **columns)
{
    struct columns *c = *columns;
    if (!c)
        return;
    buffer_fini(&c->members);
    buffer_fini(&c->object);
    free(c->end);
    free(c);
    *columns = NULL;
}

void columns_clear(struct columns *c)
{
    c->known = c->ours = false;
    c->n = 0;
    buffer_clear(&c->members);
}

/* The name is as written, between its quotes.  Each row's object has it: one that is longer than any that a form looks
 * for is left out, or a short row would cost what the columns cost. */
static void add_column(struct columns *c, const struct keys *keys, struct span name)
{
    if (c->n == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 64;
        c->end = allocate_more(c->end, c->capacity, sizeof *c->end);
    }
    if (name.n <= NAME_BYTES_MAX) {
        buffer_append_byte(&c->members, '"');
        buffer_append_span(&c->members, name);
        buffer_append_span(&c->members, SPAN_LITERAL("\":"));
    }
    c->end[c->n++] = c->members.n;
    c->ours = c->ours || !keys || keys_find(keys, name) != KEY_NONE ||
              (keys->prefixes && keys_find(keys->prefixes, name) != KEY_NONE);
}

static bool column_name(struct span column, struct span *name)
{
    struct json_walk members = json_walk_of(column);
    struct span key;
    struct json_value value;
    while (json_walk_next(&members, &key, &value)) {
        *name = value.text;
        if (value.kind == JSON_STRING && (span_is(key, "name") || span_is(key, "ColumnName")))
            return true;
    }
    return false;
}

/* The only member of the object is the array of columns. */
static bool read_array(struct columns *c, struct json_reader *json, const struct keys *keys, struct span object)
{
    struct span key, name, text = { 0 };
    struct json_value value;
    if (json_open(json, object) != STATUS_OK)
        return false;
    enum status s;
    while ((s = json_next(json, &key, &value)) == STATUS_OK)
        text = value.text;
    if (s != STATUS_END)
        return false;
    struct json_walk array = json_walk_of(text);
    while (json_walk_next(&array, &key, &value)) {
        if (value.kind != JSON_OBJECT || !column_name(value.text, &name))
            return false;
        add_column(c, keys, name);
    }
    return c->n != 0;
}

void columns_read(struct columns *c, struct json_reader *json, const struct keys *keys, struct span unit)
{
    columns_clear(c);
    buffer_clear(&c->object);
    buffer_append_byte(&c->object, '{');
    buffer_append_span(&c->object, unit);
    buffer_append_byte(&c->object, '}');
    (void)buffer_reserve(&c->object, 0);
    c->known = read_array(c, json, keys, buffer_span(&c->object));
}

bool columns_known(const struct columns *c)
{
    return c->known;
}

bool columns_ours(const struct columns *c)
{
    return c->ours;
}

static const char *behind_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* As in CSV, a cell without a value is absent: so that it does not hide what another name of its column says. */
static bool is_absent(struct span value)
{
    return span_is(value, "null") || span_is(value, "\"\"");
}

static void append_member(struct columns *c, size_t i, struct span value)
{
    size_t from = i ? c->end[i - 1] : 0;
    if (is_absent(value) || from == c->end[i])
        return;
    buffer_append_byte(&c->object, c->object.n ? ',' : '{');
    buffer_append_span(&c->object, span_of(c->members.p + from, c->end[i] - from));
    buffer_append_span(&c->object, value);
}

const char *columns_object(struct columns *c, struct span row, struct span *object)
{
    const char *p = row.p + 1, *end = row.p + row.n;
    buffer_clear(&c->object);
    (void)buffer_reserve(&c->object, row.n + c->members.n + c->n);
    for (size_t i = 0;; i++) {
        const char *value = behind_blanks(p, end), *behind = json_walk_behind(value, end);
        bool empty = i == 0 && value < end && *value == ']';
        if (i == c->n || empty)
            return "field_count";
        if (value == behind)
            return "json";
        append_member(c, i, span_of(value, (size_t)(behind - value)));
        p = behind_blanks(behind, end);
        if (p == end || (*p != ',' && *p != ']'))
            return "json";
        if (*p++ == ',')
            continue;
        if (i + 1 != c->n)
            return "field_count";
        break;
    }
    if (c->object.n == 0)
        buffer_append_byte(&c->object, '{');
    buffer_append_byte(&c->object, '}');
    *object = buffer_span(&c->object);
    return p == end ? NULL : "json";
}
