#include "formats/cef.h"

#include "formats/masks.h"

enum { HEADER_FIELDS = 6, BLOCK_BYTES = MASKS_BYTES };

static bool begins_token(struct span line, size_t at)
{
    if (at == 0)
        return true;
    char before = line.p[at - 1];
    return before == ' ' || before == '\t' || before == ']' || before == '>' ||
           (at >= 3 && memcmp(line.p + at - 3, "\xEF\xBB\xBF", 3) == 0);
}

/* Does a message begin with the token that ends at `colon`? */
static bool is_start(struct span line, size_t colon, struct span *head, struct span *body)
{
    if (colon < 3 || memcmp(line.p + colon - 3, "CEF:", 4) != 0)
        return false;
    size_t at = colon + 1;
    while (at < line.n && line.p[at] == ' ')
        at++;
    if (at + 1 >= line.n || (line.p[at] != '0' && line.p[at] != '1') || line.p[at + 1] != '|' ||
        !begins_token(line, colon - 3))
        return false;
    *head = span_of(line.p, colon - 3);
    *body = span_from(line, at + 2);
    return true;
}

bool cef_find(struct span line, struct span *head, struct span *body)
{
    size_t from = 0;
    for (; from + BLOCK_BYTES <= line.n; from += BLOCK_BYTES)
        for (uint64_t colons = masks_of(line.p + from, ':'); colons; colons &= colons - 1)
            if (is_start(line, from + (unsigned)__builtin_ctzll(colons), head, body))
                return true;
    for (size_t colon = from; (colon = span_find(line, ':', colon)) < line.n; colon++)
        if (is_start(line, colon, head, body))
            return true;
    return false;
}

/* The first pipe at or behind `from` that an even number of backslashes precedes. */
static size_t find_pipe(struct span s, size_t from)
{
    for (size_t at = span_find(s, '|', from); at < s.n; at = span_find(s, '|', at + 1)) {
        size_t escapes = 0;
        while (escapes < at - from && s.p[at - 1 - escapes] == '\\')
            escapes++;
        if (escapes % 2 == 0)
            return at;
    }
    return s.n;
}

bool cef_headless(struct span message, struct span *body)
{
    if (!span_starts(message, SPAN_LITERAL("0|")))
        return false;
    *body = span_from(message, 2);
    size_t at = 0;
    for (unsigned pipes = 0; pipes < HEADER_FIELDS; pipes++) {
        at = find_pipe(*body, at);
        if (at >= body->n)
            return false;
        at++;
    }
    return true;
}

/* `\|` and `\\` of a header field; any other backslash stays. */
static struct span header_unescape(struct parser *p, struct span field)
{
    field = span_trim(field);
    if (span_find(field, '\\', 0) == field.n)
        return field;
    char *to = parser_scratch(p, field.n);
    if (!to)
        return span_of(field.p, 0);
    size_t n = 0;
    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] == '\\' && i + 1 < field.n && (field.p[i + 1] == '|' || field.p[i + 1] == '\\'))
            i++;
        to[n++] = field.p[i];
    }
    return span_of(to, n);
}

static bool is_one_of(struct span text, const char *const *words)
{
    for (; words && *words; words++)
        if (span_is(text, *words))
            return true;
    return false;
}

/* The fields of a header without escapes, which nearly all are; *end is behind the last one's pipe. */
static bool split_plain(struct span body, struct span *fields, size_t *end)
{
    unsigned n = 0;
    size_t begin = 0;
    for (size_t at = 0; at + BLOCK_BYTES <= body.n; at += BLOCK_BYTES) {
        uint64_t escapes = masks_of(body.p + at, '\\');
        for (uint64_t pipes = masks_of(body.p + at, '|'); pipes; pipes &= pipes - 1) {
            if (escapes & (pipes ^ (pipes - 1)))
                return false;
            *end = at + (unsigned)__builtin_ctzll(pipes);
            fields[n++] = span_trim(span_of(body.p + begin, *end - begin));
            begin = ++*end;
            if (n == HEADER_FIELDS)
                return true;
        }
        if (escapes)
            return false;
    }
    return false;
}

/* Is what stands in the severity's place the extension's first key and value, as where a sender leaves a field out? */
static bool is_extension(struct span severity)
{
    enum { SEVERITY_MAX = 16 }; /* words are shorter, and extensions that say something longer */
    if (severity.n <= SEVERITY_MAX)
        return false;
    size_t sign = span_find(severity, '=', 0);
    return sign > 0 && sign < span_find(severity, ' ', 0);
}

/* The severity, and where the extension begins if it is there; `end` is behind its pipe. */
static void set_severity(struct cef_header *h, struct span body, struct span severity, size_t end)
{
    bool missing = is_extension(severity);
    h->severity = missing ? span_of(severity.p, 0) : severity;
    h->extension = span_from(body, missing ? (size_t)(severity.p - body.p) : end);
}

enum status cef_header_read(struct parser *p, struct span body, const char *const *vendors, struct cef_header *h)
{
    struct span fields[HEADER_FIELDS];
    unsigned n = 0;
    size_t at = 0;
    if (split_plain(body, fields, &at) && fields[0].n) {
        *h = (struct cef_header){ .vendor = fields[0],
                                  .product = fields[1],
                                  .version = fields[2],
                                  .event_class_id = fields[3],
                                  .name = fields[4] };
        set_severity(h, body, fields[5], at);
        return STATUS_OK;
    }
    *h = (struct cef_header){ 0 };
    at = 0;
    while (n < HEADER_FIELDS) {
        size_t end = find_pipe(body, at);
        fields[n++] = span_of(body.p + at, end - at);
        if (n == 2 && span_trim(fields[0]).n == 0 && is_one_of(span_trim(fields[1]), vendors)) {
            fields[0] = fields[1];
            n = 1;
        }
        if (end == body.n) { /* the last field has no pipe behind it */
            at = end;
            break;
        }
        at = end + 1;
    }
    if (n < HEADER_FIELDS)
        return STATUS_BAD;
    h->vendor = header_unescape(p, fields[0]);
    h->product = header_unescape(p, fields[1]);
    h->version = header_unescape(p, fields[2]);
    h->event_class_id = header_unescape(p, fields[3]);
    h->name = header_unescape(p, fields[4]);
    set_severity(h, body, span_trim(fields[5]), at);
    h->severity = header_unescape(p, h->severity);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ extension */

/* Bytes that keys are made of: letters, digits and _ . - : [ ] */
static const unsigned char key_bytes[256] = {
    ['0' ... '9'] = 2, ['A' ... 'Z'] = 2, ['a' ... 'z'] = 2, ['_'] = 2, ['.'] = 1,
    ['-'] = 1,         [':'] = 1,         ['['] = 1,         [']'] = 1,
};

/* Look at the block at c->block, which begins before the extension's end. */
static void load_block(struct cef_cursor *c)
{
    char last[BLOCK_BYTES];
    const char *p = c->extension.p + c->block;
    size_t left = c->extension.n - c->block;
    if (left < BLOCK_BYTES) {
        memset(last, 0, sizeof last);
        memcpy(last, p, left);
        p = last;
    }
    c->signs = masks_of(p, '=');
    c->blanks = masks_of(p, ' ');
}

/* The next `=`; *token is behind the last space before it, 0 where there is none. */
static size_t next_sign(struct cef_cursor *c, size_t *token)
{
    while (c->signs == 0) {
        if (c->blanks)
            c->blank = c->block + BLOCK_BYTES - (unsigned)__builtin_clzll(c->blanks);
        c->block += BLOCK_BYTES;
        if (c->block >= c->extension.n) {
            c->block = c->extension.n;
            c->blanks = 0;
            return c->extension.n;
        }
        load_block(c);
    }
    unsigned at = (unsigned)__builtin_ctzll(c->signs);
    uint64_t blanks = c->blanks & ((UINT64_C(1) << at) - 1);
    c->signs &= c->signs - 1;
    *token = blanks ? c->block + BLOCK_BYTES - (unsigned)__builtin_clzll(blanks) : c->blank;
    return c->block + at;
}

static bool is_key(struct span token)
{
    if (token.n == 0 || key_bytes[(unsigned char)token.p[0]] != 2)
        return false;
    for (size_t i = 1; i < token.n; i++)
        if (!key_bytes[(unsigned char)token.p[i]])
            return false;
    return true;
}

#ifdef __SSE2__
static __m128i between(__m128i bytes, char first, char last)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((char)(last - first))), above);
}

/* A bit for each of the 16 bytes at `p` that keys are made of: as key_bytes says. */
static unsigned key_bits(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i letters = between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
    __m128i digits = between(bytes, '0', ':'), dashes = between(bytes, '-', '.');
    __m128i brackets = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(6)), _mm_set1_epi8('_')); /* [ ] _, and Y */
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letters, digits), _mm_or_si128(dashes, brackets)));
}
#endif

bool cef_key_before(struct span extension, size_t equals, size_t *begin)
{
    const char *p = extension.p;
    size_t at = equals;
#ifdef __SSE2__
    for (; at >= 32; at -= 32) {
        uint32_t others = ~(key_bits(p + at - 32) | key_bits(p + at - 16) << 16);
        if (others) {
            at -= (unsigned)__builtin_clz(others);
            break;
        }
    }
#endif
    while (at > 0 && key_bytes[(unsigned char)p[at - 1]])
        at--;
    *begin = at;
    return at < equals && key_bytes[(unsigned char)p[at]] == 2 && (at == 0 || p[at - 1] == ' ');
}

/* Move to the next `=` that ends a key: what stands between it and the last space before it.  Neither a backslash nor
 * `=` is a byte of a key, so an escaped `=`, and one in a word that has one already, are passed over by that rule. */
static void find_key(struct cef_cursor *c)
{
    size_t token = 0;
    while ((c->equals = next_sign(c, &token)) < c->extension.n) {
        size_t behind = c->behind; /* the `=` before this one */
        c->behind = c->equals + 1;
        if (token < behind)
            continue;
        struct span word = span_of(c->extension.p + token, c->equals - token);
        c->next_number = c->keys && word.n ? keys_find(c->keys, word) : KEY_NONE;
        if (c->next_number != KEY_NONE || is_key(word)) {
            c->begin = token;
            return;
        }
    }
    c->begin = c->equals;
}

void cef_begin(struct cef_cursor *c, struct span extension, const struct keys *keys)
{
    *c = (struct cef_cursor){ .extension = extension, .keys = keys, .number = KEY_NONE };
    if (extension.n)
        load_block(c);
    find_key(c);
}

bool cef_next(struct cef_cursor *c, struct span *key, struct span *value)
{
    const char *p = c->extension.p;
    size_t behind = c->equals + 1;
    if (c->equals >= c->extension.n)
        return false;
    *key = span_of(p + c->begin, c->equals - c->begin);
    c->number = c->next_number;
    find_key(c);
    *value = span_trim(span_of(p + behind, c->begin - behind));
    return true;
}

struct span cef_unescape(struct parser *p, struct span value)
{
    size_t first = span_find(value, '\\', 0);
    if (first == value.n)
        return value;
    char *to = parser_scratch(p, value.n);
    if (!to)
        return span_of(value.p, 0);
    memcpy(to, value.p, first);
    size_t n = first;
    for (size_t i = first; i < value.n; i++) {
        char c = value.p[i], next = i + 1 < value.n ? value.p[i + 1] : '\0';
        if (c == '\\' && next && strchr("=\\|nNrR", next)) {
            c = next == 'n' || next == 'N' ? '\n' : next == 'r' || next == 'R' ? '\r' : next;
            i++;
        }
        to[n++] = c;
    }
    return span_of(to, n);
}
