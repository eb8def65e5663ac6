#include "formats/keyvalue.h"

#include "common/number.h"
#include "formats/masks.h"

/* Bytes of the keys that may follow a bare value with separators in it. */
static const bool key_bytes[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['_'] = true, ['.'] = true,
    ['-'] = true,         [':'] = true,         ['['] = true,         [']'] = true,
};

/* ------------------------------------------------------------------ stops */

/* Look at the block that `at` stands in. */
static void load_block(struct keyvalue_cursor *c, size_t at)
{
    const struct keyvalue_syntax *syntax = c->syntax;
    char copy[MASKS_BYTES];
    size_t begin = at - at % MASKS_BYTES, left = c->text.n - begin;
    const char *p = c->text.p + begin;
    unsigned before = 0; /* bytes that stand before the block: the last one ends with the text */
    if (left < MASKS_BYTES) {
        before = MASKS_BYTES - (unsigned)left;
        if (begin == 0) {
            memset(copy, 0, sizeof copy);
            memcpy(copy + before, p, left);
            p = copy;
        } else {
            p -= before;
        }
    }
    uint64_t separators = masks_of(p, syntax->separator) >> before;
    c->block_end = begin + MASKS_BYTES;
    c->stops[KEYVALUE_KEY_STOPS] = masks_of(p, syntax->sign) >> before | separators;
    c->stops[KEYVALUE_BARE_STOPS] = separators;
    c->stops[KEYVALUE_QUOTED_STOPS] = syntax->quote ? masks_of(p, syntax->quote) >> before : 0;
    if (syntax->escapes || syntax->bare_escapes) {
        uint64_t backslashes = masks_of(p, '\\') >> before;
        c->stops[KEYVALUE_BARE_STOPS] |= syntax->bare_escapes ? backslashes : 0;
        c->stops[KEYVALUE_QUOTED_STOPS] |= syntax->escapes ? backslashes : 0;
    }
}

/* The first stop of the kind at or behind `at`, which never goes back; the text's length where there is none. */
static inline size_t find_stop(struct keyvalue_cursor *c, size_t at, enum keyvalue_stop kind)
{
    for (; at < c->text.n; at = c->block_end) {
        if (at >= c->block_end)
            load_block(c, at);
        uint64_t stops = c->stops[kind] >> at % MASKS_BYTES;
        if (stops)
            return at + (unsigned)__builtin_ctzll(stops);
    }
    return c->text.n;
}

/* ------------------------------------------------------------------ values */

static inline bool may_be_blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* As span_trim; most texts have nothing to lose. */
static inline struct span trim(struct span text)
{
    return text.n && (may_be_blank(text.p[0]) || may_be_blank(text.p[text.n - 1])) ? span_trim(text) : text;
}

/* May a closing quote stand before this byte? */
static bool ends_quote(const struct keyvalue_syntax *syntax, struct span text, size_t at)
{
    return at >= text.n || text.p[at] == syntax->separator || byte_is_blank(text.p[at]) ||
           memchr(";,)]}", text.p[at], 5) != NULL;
}

/* The value whose opening quote stands at c->at; moves behind the closing one. */
static inline struct span take_quoted(struct keyvalue_cursor *c)
{
    const struct keyvalue_syntax *syntax = c->syntax;
    const char quote = syntax->quote;
    size_t begin = c->at + 1, at = begin;
    c->quoted = true;
    for (;;) {
        at = find_stop(c, at, KEYVALUE_QUOTED_STOPS);
        if (at >= c->text.n) {
            c->unclosed = true;
            c->at = c->text.n;
            return span_of(c->text.p + begin, c->text.n - begin);
        }
        if (c->text.p[at] != quote) { /* and what it escapes */
            c->escaped = true;
            at += at + 1 < c->text.n ? 2 : 1;
        } else if (syntax->doubled && at + 1 < c->text.n && c->text.p[at + 1] == quote) {
            c->escaped = true;
            at += 2;
        } else if (ends_quote(syntax, c->text, at + 1)) {
            c->at = at + 1;
            return span_of(c->text.p + begin, at - begin);
        } else {
            at++;
        }
    }
}

/* A line that is a JSON string still has a backslash before each of its quotes. */
static bool begins_escaped(const struct keyvalue_cursor *c)
{
    return c->syntax->quote && c->at + 1 < c->text.n && c->text.p[c->at] == '\\' &&
           c->text.p[c->at + 1] == c->syntax->quote;
}

static struct span take_escaped(struct keyvalue_cursor *c)
{
    const char quote = c->syntax->quote;
    size_t begin = c->at + 2, at = begin;
    c->quoted = true;
    for (; (at = span_find(c->text, '\\', at)) + 1 < c->text.n; at++)
        if (c->text.p[at + 1] == quote && (ends_quote(c->syntax, c->text, at + 2) || c->text.p[at + 2] == quote)) {
            c->at = at + 2;
            return span_of(c->text.p + begin, at - begin);
        }
    c->unclosed = true;
    c->at = c->text.n;
    return span_from(c->text, begin);
}

/* Behind the separators and blanks that stand at `at`. */
static size_t behind_separators(const struct keyvalue_cursor *c, size_t at)
{
    while (at < c->text.n && (c->text.p[at] == c->syntax->separator || byte_is_blank(c->text.p[at])))
        at++;
    return at;
}

/* Do a key and its sign follow the separators and blanks at `at`? */
static bool key_follows(const struct keyvalue_cursor *c, size_t at)
{
    const size_t begin = behind_separators(c, at);
    at = begin;
    while (at < c->text.n && c->text.p[at] != c->syntax->sign && key_bytes[(unsigned char)c->text.p[at]])
        at++;
    return at > begin && at < c->text.n && c->text.p[at] == c->syntax->sign;
}

static inline struct span take_bare(struct keyvalue_cursor *c)
{
    const char separator = c->syntax->separator;
    size_t begin = c->at, at = begin;
    for (;;) {
        at = find_stop(c, at, KEYVALUE_BARE_STOPS);
        if (at >= c->text.n)
            break;
        if (c->text.p[at] != separator) {
            c->escaped = true;
            at += at + 1 < c->text.n ? 2 : 1;
        } else if (!c->syntax->continues || key_follows(c, at)) {
            break;
        } else { /* none follows the other separators here either */
            at = behind_separators(c, at);
        }
    }
    c->at = at;
    return trim(span_of(c->text.p + begin, at - begin));
}

/* ------------------------------------------------------------------ walking */

void keyvalue_begin(struct keyvalue_cursor *c, const struct keyvalue_syntax *syntax, struct span text,
                    const struct keys *keys)
{
    *c = (struct keyvalue_cursor){ .syntax = syntax, .keys = keys, .text = text, .number = KEY_NONE };
}

/* Without what a header leaves before the first key: `<134>id`, a byte order mark, blanks that are no separator. Behind
 * a separator blanks are the key's own. */
static struct span first_key(const struct keyvalue_cursor *c, struct span key)
{
    struct span before = span_of(c->text.p, (size_t)(key.p - c->text.p));
    bool foremost = span_find(before, c->syntax->separator, 0) == before.n;
    size_t begin = 0;
    for (size_t at = 0; at < key.n; at++)
        if (key.p[at] == '>' || (foremost && byte_is_blank(key.p[at])))
            begin = at + 1;
    key = span_from(key, begin);
    return span_starts(key, SPAN_LITERAL("\xEF\xBB\xBF")) ? span_from(key, 3) : key;
}

/* The next key; c->at is behind its sign then. */
static inline bool take_key(struct keyvalue_cursor *c, struct span *key)
{
    const char separator = c->syntax->separator, sign = c->syntax->sign;
    const struct span text = c->text;
    for (size_t begin = c->at;;) {
        while (begin < text.n && text.p[begin] == separator)
            begin++;
        size_t end = find_stop(c, begin, KEYVALUE_KEY_STOPS);
        c->at = end + 1;
        if (end >= text.n)
            return false;
        if (text.p[end] == sign) {
            *key = trim(span_of(text.p + begin, end - begin));
            return true;
        }
        begin = end;
    }
}

/* Those between a sign and its value. */
static void skip_blanks(struct keyvalue_cursor *c)
{
    while (c->at < c->text.n && byte_is_blank(c->text.p[c->at]) && c->text.p[c->at] != c->syntax->separator)
        c->at++;
    if (c->syntax->continues && !key_follows(c, c->at))
        while (c->at < c->text.n && byte_is_blank(c->text.p[c->at]))
            c->at++;
}

static inline bool next_pair(struct keyvalue_cursor *c, struct span *key, struct span *value)
{
    if (!take_key(c, key))
        return false;
    c->quoted = c->escaped = c->unclosed = false;
    if (!c->started)
        *key = first_key(c, *key);
    c->started = true;
    c->number = c->keys ? keys_find(c->keys, *key) : KEY_NONE;
    if (c->at < c->text.n && may_be_blank(c->text.p[c->at]))
        skip_blanks(c);
    bool quoted = c->at < c->text.n && c->syntax->quote && c->text.p[c->at] == c->syntax->quote;
    *value = quoted ? take_quoted(c) : begins_escaped(c) ? take_escaped(c) : take_bare(c);
    return true;
}

bool keyvalue_next(struct keyvalue_cursor *c, struct span *key, struct span *value)
{
    return next_pair(c, key, value);
}

bool keyvalue_next_known(struct keyvalue_cursor *c, struct span *value)
{
    struct span key;
    while (next_pair(c, &key, value))
        if (c->number != KEY_NONE && value->n)
            return true;
    return false;
}

static bool is_escape(const struct keyvalue_syntax *syntax, struct span value, size_t at, bool quoted)
{
    char c = value.p[at], next = value.p[at + 1];
    if (quoted)
        return (c == '\\' && syntax->escapes && (next == '\\' || next == syntax->quote)) ||
               (c == syntax->quote && syntax->doubled && next == syntax->quote);
    return c == '\\' && syntax->bare_escapes && (next == '\\' || next == syntax->separator || next == syntax->sign);
}

struct span keyvalue_unescape(struct parser *p, const struct keyvalue_syntax *syntax, struct span value, bool quoted)
{
    char *to = parser_scratch(p, value.n);
    if (!to)
        return span_of(value.p, 0);
    size_t n = 0;
    for (size_t at = 0; at < value.n; at++) {
        if (at + 1 < value.n && is_escape(syntax, value, at, quoted))
            at++;
        to[n++] = value.p[at];
    }
    return span_of(to, n);
}

/* ------------------------------------------------------------------ all at once */

void keyvalue_read(struct keyvalue *kv, const struct keyvalue_syntax *syntax, struct span text, const struct keys *keys)
{
    struct keyvalue_cursor c;
    struct span value;
    kv->syntax = syntax;
    memset(kv->present, 0, sizeof kv->present);
    memset(kv->escaped, 0, sizeof kv->escaped);
    memset(kv->quoted, 0, sizeof kv->quoted);
    keyvalue_begin(&c, syntax, text, keys);
    while (keyvalue_next_known(&c, &value)) {
        unsigned word = (unsigned)c.number / 64, bit = (unsigned)c.number % 64;
        kv->value[c.number] = value;
        kv->present[word] |= UINT64_C(1) << bit;
        kv->escaped[word] = (kv->escaped[word] & ~(UINT64_C(1) << bit)) | (uint64_t)c.escaped << bit;
        kv->quoted[word] = (kv->quoted[word] & ~(UINT64_C(1) << bit)) | (uint64_t)c.quoted << bit;
    }
    kv->unclosed = c.unclosed;
}

struct span keyvalue_text(struct parser *p, const struct keyvalue *kv, unsigned number)
{
    struct span value = keyvalue_get(kv, number);
    if (!value.n || !(kv->escaped[number / 64] >> (number % 64) & 1))
        return value;
    return keyvalue_unescape(p, kv->syntax, value, kv->quoted[number / 64] >> (number % 64) & 1);
}

bool keyvalue_integer(const struct keyvalue *kv, unsigned number, int64_t *out)
{
    return keyvalue_has(kv, number) && number_parse_int(kv->value[number], out);
}
