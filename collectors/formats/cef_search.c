#include "formats/cef_search.h"

#include "common/status.h"
#include "formats/cef.h"

#include <endian.h>

enum { WORD_BYTES = 8 };

static uint64_t word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word); /* the last byte is the highest */
}

/* The eight bytes before `end`; what would stand before the extension counts as spaces. */
static uint64_t word_before(struct span extension, size_t end)
{
    char word[WORD_BYTES];
    if (end >= WORD_BYTES)
        return word_at(extension.p + end - WORD_BYTES);
    memset(word, ' ', sizeof word);
    for (size_t i = 0; i < end; i++)
        word[WORD_BYTES - end + i] = extension.p[i];
    return word_at(word);
}

static unsigned hash(uint64_t word)
{
    return (uint32_t)(word >> (8 * (WORD_BYTES - MASKS_TAIL_BYTES))) * UINT32_C(0x9e3779b1) >> 24;
}

void cef_search_init(struct cef_search *s, enum simd_level level)
{
    s->find = masks_finder(level);
    masks_tails_init(&s->tails, '=');
    memset(s->first, 0, sizeof s->first);
    s->n = 0;
}

void cef_search_add(struct cef_search *s, struct span name, unsigned number)
{
    CHECK(s->n < CEF_SEARCH_KEYS_MAX && name.n >= CEF_SEARCH_KEY_BYTES_MIN && number <= UINT16_MAX);
    for (unsigned i = 0; i < s->n; i++)
        CHECK(!span_equal(s->keys[i].name, name));
    uint64_t word = word_before(name, name.n);
    size_t shared = name.n < WORD_BYTES ? name.n + 1 : WORD_BYTES;
    uint64_t mask = shared == WORD_BYTES ? UINT64_MAX : ~(UINT64_MAX >> (8 * shared));
    uint64_t in_order = htole64(word);
    char bytes[WORD_BYTES];
    memcpy(bytes, &in_order, sizeof bytes);
    masks_tails_add(&s->tails, bytes + WORD_BYTES - MASKS_TAIL_BYTES);
    uint8_t *first = &s->first[hash(word)];
    s->keys[s->n].word = word & mask;
    s->keys[s->n].mask = mask;
    s->keys[s->n].name = name;
    s->keys[s->n].number = (uint16_t)number;
    s->keys[s->n].next = *first;
    *first = (uint8_t)++s->n;
}

/* Where the value that begins at `from` ends: at the next key, or with the extension. */
static size_t value_end(struct span extension, size_t from)
{
    while (from < extension.n) {
        if (extension.n - from < MASKS_BYTES) {
            size_t equals = span_find(extension, '=', from), begin;
            if (equals == extension.n)
                break;
            if (cef_key_before(extension, equals, &begin))
                return begin;
            from = equals + 1;
            continue;
        }
        for (uint64_t signs = masks_of(extension.p + from, '='); signs; signs &= signs - 1) {
            size_t begin;
            if (cef_key_before(extension, from + (unsigned)__builtin_ctzll(signs), &begin))
                return begin;
        }
        from += MASKS_BYTES;
    }
    return extension.n;
}

/* The key that ends at `equals`, plus 1; 0: none of ours. */
static unsigned key_at(const struct cef_search *s, struct span extension, size_t equals)
{
    uint64_t word = word_before(extension, equals);
    unsigned key = s->first[hash(word)];
    for (; key; key = s->keys[key - 1].next) {
        if ((word & s->keys[key - 1].mask) != s->keys[key - 1].word)
            continue;
        struct span name = s->keys[key - 1].name;
        if (name.n < WORD_BYTES) /* with the space before it */
            break;
        if (equals >= name.n && memcmp(extension.p + equals - name.n, name.p, name.n) == 0 &&
            (equals == name.n || extension.p[equals - name.n - 1] == ' '))
            break;
    }
    return key;
}

static bool has_backslash(struct span extension, struct span value)
{
    if (value.n > MASKS_BYTES || value.p + MASKS_BYTES > extension.p + extension.n)
        return span_find(value, '\\', 0) < value.n;
    return (masks_of(value.p, '\\') & UINT64_MAX >> (MASKS_BYTES - value.n)) != 0;
}

static inline void look_at(const struct cef_search *s, struct span extension, size_t equals, struct span *texts,
                           uint64_t *present, uint64_t *escaped)
{
    unsigned key = key_at(s, extension, equals);
    if (!key)
        return;
    unsigned number = s->keys[key - 1].number;
    size_t end = value_end(extension, equals + 1);
    struct span value = span_trim(span_of(extension.p + equals + 1, end - equals - 1));
    if (value.n == 0)
        return;
    uint64_t backslash = has_backslash(extension, value);
    texts[number] = value;
    present[number / 64] |= UINT64_C(1) << (number % 64);
    escaped[number / 64] &= ~(UINT64_C(1) << (number % 64));
    escaped[number / 64] |= backslash << (number % 64);
}

void cef_search_run(const struct cef_search *s, struct span extension, struct span *texts, uint64_t *present,
                    uint64_t *escaped)
{
    uint16_t found[MASKS_FIND_ROOM];
    size_t from = 0;
    for (; from < WORD_BYTES && from < extension.n; from++)
        if (extension.p[from] == '=')
            look_at(s, extension, from, texts, present, escaped);
    while (from < extension.n) {
        size_t to = extension.n - from > MASKS_FIND_BYTES ? from + MASKS_FIND_BYTES : extension.n;
        size_t n = s->find(&s->tails, extension.p, from, to, found);
        for (size_t i = 0; i < n; i++)
            look_at(s, extension, from + found[i], texts, present, escaped);
        from = to;
    }
}
