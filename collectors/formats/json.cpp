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

#include "formats/keys.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

namespace
{

constexpr size_t depth_max = 1024;
constexpr size_t capacity_min = 4096;
constexpr unsigned strings_max = 2; /* strings inside strings that are read as JSON */
constexpr size_t padding = 64;      /* behind texts: they may be read in wide steps, or be JSON themselves */

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* RFC 8259 section 6. */
bool number_valid(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p == end || !is_digit(*p))
        return false;
    p = *p == '0' ? p + 1 : skip_digits(p, end);
    if (p < end && *p == '.') {
        if (++p == end || !is_digit(*p))
            return false;
        p = skip_digits(p, end);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (++p < end && (*p == '+' || *p == '-'))
            p++;
        if (p == end || !is_digit(*p))
            return false;
        p = skip_digits(p, end);
    }
    return p == end;
}

#ifdef __SSE2__
/* A bit for each of the sixteen bytes at p that is no digit. */
inline uint32_t no_digits(const char *p)
{
    const __m128i digits = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)), _mm_set1_epi8('0'));
    const __m128i found = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    return static_cast<uint32_t>(_mm_movemask_epi8(found)) ^ 0xffff;
}
#endif

/* The same for most numbers of logs: digits, and at most one point between digits, in less than 32 bytes; 64 readable
 * bytes follow.  False: not one of those, look closely. */
inline bool plain_number(const char *p, size_t n)
{
#ifdef __SSE2__
    if (n - 1 >= 31)
        return false;
    uint32_t others = no_digits(p);
    if (n > 16)
        others |= no_digits(p + 16) << 16;
    others &= (1u << n) - 1;
    if (others == 0)
        return n == 1 || *p != '0';
    uint32_t point = static_cast<uint32_t>(__builtin_ctz(others));
    return (others & (others - 1)) == 0 && p[point] == '.' && point > 0 && point + 1 < n && (point == 1 || *p != '0');
#else
    (void)p;
    (void)n;
    return false;
#endif
}

/* true, false and null, as the eight bytes that begin at p. */
inline bool literal(const char *p, size_t n, struct json_value *out)
{
    if (n == 4 && memcmp(p, "true", 4) == 0)
        out->kind = JSON_TRUE;
    else if (n == 5 && memcmp(p, "false", 5) == 0)
        out->kind = JSON_FALSE;
    else if (n == 4 && memcmp(p, "null", 4) == 0)
        out->kind = JSON_NULL;
    else
        return false;
    out->text = span_of(out->kind == JSON_NULL ? "" : p, out->kind == JSON_NULL ? 0 : n);
    return true;
}

/* The four hexadecimal digits of \uXXXX, or -1. */
int32_t hex4(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = static_cast<char>(code);
    } else if (code < 0x800) {
        *out++ = static_cast<char>(0xc0 | code >> 6);
        *out++ = static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = static_cast<char>(0xe0 | code >> 12);
        *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
        *out++ = static_cast<char>(0x80 | (code & 0x3f));
    } else {
        *out++ = static_cast<char>(0xf0 | code >> 18);
        *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
        *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
        *out++ = static_cast<char>(0x80 | (code & 0x3f));
    }
    return out;
}

/* \uXXXX with the hexadecimal digits at *p, and the second half of a pair behind it; a half alone is well-formed
 * JSON but no character: U+FFFD. */
char *unescape_unicode(const char **p, const char *end, char *out)
{
    int32_t code = hex4(*p, end);
    if (code < 0)
        return nullptr;
    *p += 4;
    if (code >= 0xd800 && code <= 0xdbff && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        int32_t low = hex4(*p + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return put_utf8(
                out, 0x10000 + (static_cast<uint32_t>(code - 0xd800) << 10 | static_cast<uint32_t>(low - 0xdc00)));
        }
    }
    return put_utf8(out, code >= 0xd800 && code <= 0xdfff ? 0xfffd : static_cast<uint32_t>(code));
}

/* What an escape of one letter stands for; 0: it is none. */
inline char escape_letter(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* Copy what stands before the next backslash, or before `end`, and move both behind it.  Reads and writes up to
 * sixteen bytes more. */
inline void copy_plain(const char **from, const char *end, char **to)
{
    const char *p = *from;
    char *out = *to;
#ifdef __SSE2__
    const __m128i backslash = _mm_set1_epi8('\\');
    for (;; p += 16, out += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out), bytes);
        uint32_t stops = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash)));
        if (end - p < 16)
            stops |= 1u << (end - p);
        if (stops) {
            *from = p + __builtin_ctz(stops);
            *to = out + __builtin_ctz(stops);
            return;
        }
    }
#else
    while (p < end && *p != '\\')
        *out++ = *p++;
    *from = p;
    *to = out;
#endif
}

/* Never longer than what it reads.  Returns the end of what was written; nullptr for a broken escape. */
char *unescape(const char *p, const char *end, char *out)
{
    for (;;) {
        copy_plain(&p, end, &out);
        if (p == end)
            return out;
        if (++p == end)
            return nullptr;
        char c = *p++;
        char letter = escape_letter(c);
        if (letter)
            *out++ = letter;
        else if (c != 'u' || !(out = unescape_unicode(&p, end, out)))
            return nullptr;
    }
}

/* Where values go, and the names on the way to the one that is read. */
struct sink {
    const struct keys *keys;
    struct json_value *cell;
    uint64_t *present;
    char path[KEYS_NAME_MAX];

    /* The path of the member `name` of what has the first n bytes of `path`; empty: no key begins like that. */
    struct span join(size_t n, struct span name)
    {
        size_t dot = n ? 1 : 0;
        if (n + dot + name.n > keys->longest)
            return span_of(path, 0);
        if (dot)
            path[n] = '.';
        memcpy(path + n + dot, name.p, name.n);
        return span_of(path, n + dot + name.n);
    }

    /* Keys lead on from there. */
    bool leads(struct span from) const
    {
        return keys->prefixes && from.n && keys_find(keys->prefixes, from) != KEY_NONE;
    }

    void store(struct span key, const struct json_value &value)
    {
        int number = keys_find(keys, key);
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
    bool member_into(struct sink &sink, size_t n);
    bool object_into(struct sink &sink, size_t n);
    bool array_into(struct sink &sink, size_t n);
    bool value_into(struct sink &sink, struct span path, struct json_value *found);
    bool members_into(struct sink &sink, size_t n, struct json_value *out);
    void string_into(struct sink &sink, size_t n, struct span string);
    void text_into(struct sink &sink, size_t n, struct span json);
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
    unescaped.reset(new (std::nothrow) char[room + padding]);
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

/* The member at the next token, in what has the first n bytes of the sink's path. */
bool json_reader::member_into(struct sink &sink, size_t n)
{
    struct span key;
    struct json_value found;
    if (!member(&key, nullptr) || !value_into(sink, sink.join(n, key), &found))
        return false;
    if (n == 0)
        note_nested(key, found);
    return true;
}

/* The value at the next token, whose path this is. */
bool json_reader::value_into(struct sink &sink, struct span path, struct json_value *found)
{
    char c = peek();
    if (opens(&c) && sink.leads(path)) {
        if (!members_into(sink, path.n, found))
            return false;
    } else {
        if (!value(found))
            return false;
        if (found->kind == JSON_STRING && found->text.n && opens(found->text.p) && sink.leads(path))
            string_into(sink, path.n, found->text);
    }
    sink.store(path, *found);
    return true;
}

/* The members at the next token, of the object whose path has n bytes; behind the last one no comma stands. */
bool json_reader::object_into(struct sink &sink, size_t n)
{
    const uint32_t *plain_end = end - at < 4 ? at : end - 3, *next = at;
    for (;; next++) {
        struct span key;
        struct json_value found;
        if (next < plain_end && plain_member(text, next, escape, &key, &found)) {
            next += 3;
            struct span path = n ? sink.join(n, key) : key;
            if (n == 0 && opens_or_blank(*found.text.p))
                note_nested(key, found);
            if (opens(found.text.p) && sink.leads(path))
                string_into(sink, sink.join(n, key).n, found.text);
            sink.store(path, found);
        } else {
            at = next;
            if (!member_into(sink, n))
                return false;
            next = at;
        }
        if (next == end || text[*next] != ',') {
            at = next;
            return true;
        }
    }
}

bool json_reader::array_into(struct sink &sink, size_t n)
{
    struct json_value ignored;
    for (unsigned i = 0;; i++, at++) {
        char number[16];
        char *last = std::to_chars(number, number + sizeof number, i).ptr;
        if (!value_into(sink, sink.join(n, span_of(number, static_cast<size_t>(last - number))), &ignored))
            return false;
        if (peek() != ',')
            return true;
    }
}

/* The object or array at the next token, whose path has n bytes, member by member. */
bool json_reader::members_into(struct sink &sink, size_t n, struct json_value *out)
{
    const char *first = text + *at;
    bool object = *first == '{';
    char close = object ? '}' : ']';
    if (level++ == depth_max)
        return false;
    at++;
    if (peek() != close && !(object ? object_into(sink, n) : array_into(sink, n)))
        return false;
    if (peek() != close)
        return false;
    at++;
    level--;
    out->kind = object ? JSON_OBJECT : JSON_ARRAY;
    out->text = span_of(first, static_cast<size_t>(text + at[-1] + 1 - first));
    return true;
}

/* A string at a path of n bytes, which may hold JSON: another reader walks it, because this one is on its way. */
void json_reader::string_into(struct sink &sink, size_t n, struct span string)
{
    if (strings_left == 0)
        return;
    if (!inner) {
        inner.reset(new (std::nothrow) json_reader);
        if (!inner)
            return;
        inner->strings_left = strings_left - 1;
    }
    /* Strings of one record are parts of what fits into this reader, so the other one is never moved by the next. */
    if (inner->make_room(capacity))
        inner->text_into(sink, n, string);
}

void json_reader::text_into(struct sink &sink, size_t n, struct span json)
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
    (void)members_into(sink, n, &ignored);
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
    if (r->peek() != '}' && !r->object_into(sink, 0))
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

void json_text(struct json_reader *r, struct span text, const struct keys *keys, struct span prefix,
               struct json_value *cell, uint64_t *present)
{
    struct sink sink;
    sink.keys = keys;
    sink.cell = cell;
    sink.present = present;
    r->text_into(sink, sink.join(0, prefix).n, text);
}

} /* extern "C" */
