/* simdjson finds the tokens (its stage 1: structure, strings, UTF-8, 64 bytes a step); this file walks them.
 *
 * On-Demand's own walk does not look at what its user skips, so `{"a":tru}` would be malformed only when somebody wants
 * "a".  Here every token is checked in its turn, whether its value is wanted or not, at a cost of a few instructions
 * each; and numbers stay text, so that one of forty digits is a number like any other.
 *
 * What stage 1 has seen to when it succeeds: quotes are balanced, no control character stands inside a string, the
 * text is UTF-8, and a token is listed for each of {}[]:, outside strings, each opening quote and each first byte of
 * another run of bytes.  What it leaves open, and is checked here: grammar, literals, numbers, escapes, and bytes that
 * stick to a token (`"a"b` is two tokens, `tru"x"` one).
 */
#include "formats/json.h"

#include "formats/json_scalars.h"
#include "formats/keys.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

using namespace json_scalars;

namespace
{

constexpr size_t depth_max = 1024;
constexpr size_t capacity_min = 4096;
constexpr unsigned strings_max = 2; /* strings inside strings that are read as JSON */
constexpr size_t padding = 64;      /* behind texts: they may be read in wide steps, or be JSON themselves */

/* Where values go. */
struct sink {
    const struct keys *keys;
    struct json_value *cell;
    uint64_t *present;

    /* The keys below the member `name` of what `names` are looked up in; nullptr: none leads on from there. */
    const struct keys *below(const struct keys *names, struct span name) const
    {
        int number = names->prefixes ? keys_find(names->prefixes, name) : KEY_NONE;
        return number == KEY_NONE ? nullptr : keys->below[number];
    }

    void store(const struct keys *names, struct span name, const struct json_value &value)
    {
        int number = keys_find(names, name);
        if (number == KEY_NONE)
            return;
        uint64_t bit = UINT64_C(1) << (number % 64);
        if (value.kind == JSON_NULL) {
            present[number / 64] &= ~bit;
            return;
        }
        present[number / 64] |= bit;
        cell[number].kind = value.kind;
        cell[number].text = value.text;
    }
};

/* What may begin an object as text. */
inline bool opens_or_blank(char c)
{
    return c == '{' || byte_is_blank(c);
}

/* { or [; every text has a readable byte behind it. */
inline bool opens(const char *p)
{
    return (*p | 0x20) == '{';
}

} // namespace

struct json_reader {
    simdjson::dom::parser tokens;
    size_t capacity = 0; /* bytes that `tokens` and `unescaped` have room for */
    std::unique_ptr<char[]> unescaped;
    char *unescaped_end = nullptr;

    const char *text = nullptr;
    const uint32_t *at = nullptr;  /* next token: its offset in text */
    const uint32_t *end = nullptr; /* behind the last token; the entry there is the length of the text */
    const char *escape = nullptr;  /* first backslash behind the strings that were read; the text's end: none */
    size_t level = 0;              /* objects and arrays that were entered on a path, above what is read */
    struct json_nested nested;
    struct span nested_of = {}; /* the unit whose those are */
    unsigned strings_left = strings_max;
    std::unique_ptr<json_reader> inner; /* reads strings; made when first needed */
    enum { FIRST, LATER, ENDED, BROKEN } state = BROKEN;

    bool make_room(size_t n);
    void forget();
    bool tokenize(struct span unit);
    const uint32_t *token_at(const char *place) const;
    char peek() const { return at < end ? text[*at] : '\0'; }
    void find_escape(const char *from);
    bool string(struct span *out);
    bool scalar(struct json_value *out);
    bool skip_plain_members();
    bool container(struct span *out);
    bool value(struct json_value *out);
    bool member(struct span *key, struct json_value *out);
    bool any_member(struct span *key, struct json_value *out);
    void note_nested(struct span key, const struct json_value &value);
    bool member_into(struct sink &sink, const struct keys *names);
    bool object_into(struct sink &sink, const struct keys *names);
    bool array_into(struct sink &sink, const struct keys *names);
    bool value_into(struct sink &sink, const struct keys *names, struct span name, struct json_value *found);
    bool members_into(struct sink &sink, const struct keys *names, struct json_value *out);
    void string_into(struct sink &sink, const struct keys *names, struct span string);
    void text_into(struct sink &sink, const struct keys *names, struct span json);
};

bool json_reader::make_room(size_t n)
{
    if (n <= capacity)
        return true;
    size_t room = capacity_min;
    while (room < n)
        room *= 2;
    if (tokens.allocate(room, depth_max) != simdjson::SUCCESS)
        return false;
    unescaped.reset(new (std::nothrow) char[2 * room + padding]); /* json_read, and json_enter behind it */
    unescaped_end = unescaped.get();
    capacity = unescaped ? room : 0;
    return unescaped != nullptr;
}

/* What was unescaped before is no longer needed. */
void json_reader::forget()
{
    unescaped_end = unescaped.get();
    if (inner)
        inner->forget();
}

/* Stage 1, if there is room. */
bool json_reader::tokenize(struct span unit)
{
    auto &found = *tokens.implementation;
    if (found.stage1(reinterpret_cast<const uint8_t *>(unit.p), unit.n, simdjson::stage1_mode::regular) !=
        simdjson::SUCCESS)
        return false;
    text = unit.p;
    at = found.structural_indexes.get();
    end = at + found.n_structural_indexes;
    found.structural_indexes[found.n_structural_indexes] = static_cast<uint32_t>(unit.n);
    find_escape(unit.p);
    level = 0;
    return true;
}

void json_reader::find_escape(const char *from)
{
    const char *last = text + *end;
    const void *found = memchr(from, '\\', static_cast<size_t>(last - from));
    escape = found ? static_cast<const char *>(found) : last;
}

/* The string at the next token. */
bool json_reader::string(struct span *out)
{
    if (peek() != '"')
        return false;
    const char *first = text + *at + 1, *last = text + at[1] - 1;
    at++;
    while (last >= first && is_blank(*last))
        last--;
    if (last < first || *last != '"')
        return false;
    *out = span_of(first, static_cast<size_t>(last - first));
    if (escape >= last)
        return true;
    char *written = unescape(first, last, unescaped_end);
    if (!written)
        return false;
    find_escape(last);
    *out = span_of(unescaped_end, static_cast<size_t>(written - unescaped_end));
    unescaped_end = written;
    return true;
}

/* The string, number or literal at the next token. */
bool json_reader::scalar(struct json_value *out)
{
    if (at == end)
        return false;
    const char *first = text + *at;
    if (*first == '"') {
        out->kind = JSON_STRING;
        return string(&out->text);
    }
    const char *last = text + at[1];
    at++;
    while (last > first && is_blank(last[-1]))
        last--;
    out->text = span_of(first, static_cast<size_t>(last - first));
    switch (*first) {
    case 't':
        out->kind = JSON_TRUE;
        return span_equal(out->text, span_of("true", 4));
    case 'f':
        out->kind = JSON_FALSE;
        return span_equal(out->text, span_of("false", 5));
    case 'n':
        out->kind = JSON_NULL;
        if (!span_equal(out->text, span_of("null", 4)))
            return false;
        out->text = span_of("", 0);
        return true;
    default:
        out->kind = JSON_NUMBER;
        return number_valid(first, last);
    }
}

namespace
{

/* The same as member() for what machines write: few blanks, no container, no escapes.
 * `at`: the key's token, with three more behind it.  `escape`: the next one.  False: look closely. */
inline bool plain_member(const char *text, const uint32_t *at, const char *escape, struct span *key,
                         struct json_value *out)
{
    const char *k = text + at[0], *colon = text + at[1], *v = text + at[2], *stop = text + at[3];
    if (*k != '"' || *colon != ':' || colon[-1] != '"' || (*stop != ',' && *stop != '}') || stop > escape)
        return false;
    size_t n = static_cast<size_t>(stop - v);
    if (*v == '"') {
        if (stop[-1] != '"')
            return false;
        out->kind = JSON_STRING;
        out->text = span_of(v + 1, n - 2);
    } else if (plain_number(v, n)) {
        out->kind = JSON_NUMBER;
        out->text = span_of(v, n);
    } else if (!literal(v, n, out)) {
        return false;
    }
    *key = span_of(k + 1, static_cast<size_t>(colon - k) - 2);
    return true;
}

} // namespace

/* The members at the next tokens up to the first that is not plain, whose token is then the next one; true: behind the
 * last one, where no comma stands. */
bool json_reader::skip_plain_members()
{
    struct span key;
    struct json_value ignored;
    while (end - at >= 4 && plain_member(text, at, escape, &key, &ignored)) {
        at += 3;
        if (text[*at] != ',')
            return true;
        at++;
    }
    return false;
}

/* The array or object at the next token, walked to its end; *out: its text.  Keeps nothing unescaped. */
bool json_reader::container(struct span *out)
{
    bool in_object[depth_max];
    size_t depth = 0;
    const char *first = text + *at;
    char *unescaped_before = unescaped_end;
    struct span key;
    struct json_value ignored;
    for (bool behind_value = false;;) {
        char c = peek();
        if (!behind_value) {
            if (c != '{' && c != '[') {
                if (!scalar(&ignored))
                    return false;
                behind_value = true;
                continue;
            }
            if (depth + level == depth_max)
                return false;
            in_object[depth++] = c == '{';
            at++;
            if (peek() != (c == '{' ? '}' : ']')) {
                if (c == '{' && !(behind_value = skip_plain_members()) && !member(&key, nullptr))
                    return false;
                continue;
            }
        } else if (c == ',') {
            at++;
            behind_value = in_object[depth - 1] && skip_plain_members();
            if (in_object[depth - 1] && !behind_value && !member(&key, nullptr))
                return false;
            continue;
        } else if (c != (in_object[depth - 1] ? '}' : ']')) {
            return false;
        }
        at++;
        behind_value = true;
        if (--depth == 0) {
            *out = span_of(first, static_cast<size_t>(text + at[-1] + 1 - first));
            unescaped_end = unescaped_before;
            return true;
        }
    }
}

bool json_reader::value(struct json_value *out)
{
    char c = peek();
    if (c != '{' && c != '[')
        return scalar(out);
    out->kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
    return container(&out->text);
}

/* A key and its colon, and the value behind it if `out` is given. */
bool json_reader::member(struct span *key, struct json_value *out)
{
    if (!string(key) || peek() != ':')
        return false;
    at++;
    return !out || value(out);
}

bool json_reader::any_member(struct span *key, struct json_value *out)
{
    if (end - at < 4 || !plain_member(text, at, escape, key, out))
        return member(key, out);
    at += 3;
    return true;
}

/* A member of the object that is read, if it is one of those. */
void json_reader::note_nested(struct span key, const struct json_value &value)
{
    if (value.kind != JSON_OBJECT && (value.kind != JSON_STRING || value.text.n == 0 || !opens_or_blank(*value.text.p)))
        return;
    if (nested.n < JSON_NESTED_MAX) {
        nested.member[nested.n].key = key;
        nested.member[nested.n].value = value;
    }
    nested.n++;
}

/* The member at the next token; its name is looked up in `names`. */
bool json_reader::member_into(struct sink &sink, const struct keys *names)
{
    struct span key;
    struct json_value found;
    if (!member(&key, nullptr) || !value_into(sink, names, key, &found))
        return false;
    if (names == sink.keys)
        note_nested(key, found);
    return true;
}

/* The value at the next token, of the member or element of that name. */
bool json_reader::value_into(struct sink &sink, const struct keys *names, struct span name, struct json_value *found)
{
    char c = peek();
    const struct keys *below = opens(&c) ? sink.below(names, name) : nullptr;
    if (below) {
        if (!members_into(sink, below, found))
            return false;
    } else {
        if (!value(found))
            return false;
        if (found->kind == JSON_STRING && found->text.n && opens(found->text.p))
            string_into(sink, sink.below(names, name), found->text);
    }
    sink.store(names, name, *found);
    return true;
}

/* The members at the next token; behind the last one no comma stands. */
bool json_reader::object_into(struct sink &sink, const struct keys *names)
{
    const uint32_t *plain_end = end - at < 4 ? at : end - 3, *next = at;
    for (;; next++) {
        struct span key;
        struct json_value found;
        if (next < plain_end && plain_member(text, next, escape, &key, &found)) {
            next += 3;
            if (names == sink.keys && opens_or_blank(*found.text.p))
                note_nested(key, found);
            if (opens(found.text.p))
                string_into(sink, sink.below(names, key), found.text);
            sink.store(names, key, found);
        } else {
            at = next;
            if (!member_into(sink, names))
                return false;
            next = at;
        }
        if (next == end || text[*next] != ',') {
            at = next;
            return true;
        }
    }
}

/* The same with elements. */
bool json_reader::array_into(struct sink &sink, const struct keys *names)
{
    struct json_value ignored;
    for (unsigned i = 0;; i++, at++) {
        char number[16];
        char *last = std::to_chars(number, number + sizeof number, i).ptr;
        if (!value_into(sink, names, span_of(number, static_cast<size_t>(last - number)), &ignored))
            return false;
        if (peek() != ',')
            return true;
    }
}

/* The object or array at the next token, member by member. */
bool json_reader::members_into(struct sink &sink, const struct keys *names, struct json_value *out)
{
    const char *first = text + *at;
    bool object = *first == '{';
    char close = object ? '}' : ']';
    if (level++ == depth_max)
        return false;
    at++;
    if (peek() != close && !(object ? object_into(sink, names) : array_into(sink, names)))
        return false;
    if (peek() != close)
        return false;
    at++;
    level--;
    out->kind = object ? JSON_OBJECT : JSON_ARRAY;
    out->text = span_of(first, static_cast<size_t>(text + at[-1] + 1 - first));
    return true;
}

/* A string that may hold JSON: another reader walks it, because this one is on its way.  `names`: nullptr: no key leads
 * into it. */
void json_reader::string_into(struct sink &sink, const struct keys *names, struct span string)
{
    if (!names || strings_left == 0)
        return;
    if (!inner) {
        inner.reset(new (std::nothrow) json_reader);
        if (!inner)
            return;
        inner->strings_left = strings_left - 1;
    }
    /* Strings of one record are parts of what fits into this reader, so the other one is never moved by the next. */
    if (inner->make_room(capacity))
        inner->text_into(sink, names, string);
}

void json_reader::text_into(struct sink &sink, const struct keys *names, struct span json)
{
    struct span whole;
    struct json_value ignored;
    if (json.n == 0 || !opens(json.p) || !tokenize(json))
        return;
    const uint32_t *first = at;
    const char *first_escape = escape;
    if (!container(&whole) || at != end)
        return;
    at = first;
    escape = first_escape;
    (void)members_into(sink, names, &ignored);
}

const uint32_t *json_reader::token_at(const char *place) const
{
    const uint32_t *first = tokens.implementation->structural_indexes.get();
    return std::lower_bound(first, first + tokens.implementation->n_structural_indexes,
                            static_cast<uint32_t>(place - text));
}

extern "C" {

struct json_reader *json_reader_new(void)
{
    return new struct json_reader;
}

void json_reader_free(struct json_reader **r)
{
    delete *r;
    *r = nullptr;
}

enum status json_open(struct json_reader *r, struct span unit)
{
    r->state = json_reader::BROKEN;
    json_forget(r);
    if (unit.n >= 3 && memcmp(unit.p, "\xef\xbb\xbf", 3) == 0)
        unit = span_of(unit.p + 3, unit.n - 3);
    if (unit.n == 0 || unit.n > UINT32_MAX / 2 || !r->make_room(unit.n) || !r->tokenize(unit))
        return STATUS_BAD;
    if (r->peek() != '{')
        return STATUS_BAD;
    r->at++;
    r->forget();
    r->state = json_reader::FIRST;
    return STATUS_OK;
}

void json_enter(struct json_reader *r, struct span object)
{
    r->at = r->token_at(object.p) + 1;
    r->end = r->token_at(object.p + object.n);
    r->find_escape(object.p);
    r->state = json_reader::FIRST;
}

enum status json_next(struct json_reader *r, struct span *key, struct json_value *value)
{
    if (r->state == json_reader::ENDED)
        return STATUS_END;
    if (r->state == json_reader::BROKEN)
        return STATUS_BAD;
    char c = r->peek();
    if (c == '}') {
        r->at++;
        r->state = r->at == r->end ? json_reader::ENDED : json_reader::BROKEN;
        return r->state == json_reader::ENDED ? STATUS_END : STATUS_BAD;
    }
    bool good = r->state == json_reader::FIRST || c == ',';
    if (r->state == json_reader::LATER && good)
        r->at++;
    good = good && r->any_member(key, value);
    r->state = good ? json_reader::LATER : json_reader::BROKEN;
    return good ? STATUS_OK : STATUS_BAD;
}

bool json_read(struct json_reader *r, struct span unit, const struct keys *keys, struct json_value *cell,
               uint64_t *present, unsigned present_words)
{
    memset(present, 0, present_words * sizeof *present);
    if (json_open(r, unit) != STATUS_OK)
        return false;
    struct sink sink;
    sink.keys = keys;
    sink.cell = cell;
    sink.present = present;
    r->nested.n = 0;
    if (r->peek() != '}' && !r->object_into(sink, keys))
        return false;
    if (r->peek() != '}' || r->at + 1 != r->end)
        return false;
    if (r->nested.n <= JSON_NESTED_MAX)
        r->nested_of = unit;
    return true;
}

void json_forget(struct json_reader *r)
{
    r->nested_of = {};
}

const struct json_nested *json_nested_of(const struct json_reader *r, struct span unit)
{
    return unit.n && r->nested_of.n == unit.n && r->nested_of.p == unit.p ? &r->nested : nullptr;
}

bool json_texts_begin(struct json_reader *r, size_t n)
{
    r->state = json_reader::BROKEN;
    json_forget(r);
    r->forget();
    return r->make_room(n);
}

void json_text(struct json_reader *r, struct span text, const struct keys *keys, unsigned prefix,
               struct json_value *cell, uint64_t *present)
{
    struct sink sink;
    sink.keys = keys;
    sink.cell = cell;
    sink.present = present;
    r->text_into(sink, keys->below[prefix], text);
}

} /* extern "C" */
