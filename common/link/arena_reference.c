/* Names of arenas and of payloads in them. */
#include "common/link/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#define PREFIX "arena-"

enum { ID_DIGITS = 16, NAME_LENGTH = sizeof PREFIX - 1 + ID_DIGITS };

size_t arena_name_format(uint64_t id, char out[ARENA_NAME_BYTES])
{
    return (size_t)snprintf(out, ARENA_NAME_BYTES, PREFIX "%016" PRIx64, id);
}

size_t arena_reference_format(const struct arena_reference *r, char out[ARENA_REFERENCE_BYTES])
{
    return (size_t)snprintf(out, ARENA_REFERENCE_BYTES, PREFIX "%016" PRIx64 "/%" PRIu32 "/%" PRIu64, r->id, r->slot,
                            r->generation);
}

bool arena_name_parse(struct span text, uint64_t *id)
{
    uint64_t value = 0;
    if (text.n != NAME_LENGTH || !span_starts(text, SPAN_LITERAL(PREFIX)))
        return false;
    for (size_t i = sizeof PREFIX - 1; i < text.n; i++) {
        char c = text.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *id = value;
    return true;
}

/* A decimal number as printf writes it, and nothing else. */
static bool parse_decimal(struct span text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text.n == 0 || (text.n > 1 && text.p[0] == '0'))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(c - '0'), &value) || value > max)
            return false;
    }
    *out = value;
    return true;
}

bool arena_reference_parse(struct span text, struct arena_reference *out)
{
    uint64_t slot, generation;
    size_t first = span_find(text, '/', 0), second = span_find(text, '/', first + 1);
    if (second >= text.n || !arena_name_parse(span_of(text.p, first), &out->id) ||
        !parse_decimal(span_of(text.p + first + 1, second - first - 1), UINT32_MAX, &slot) ||
        !parse_decimal(span_from(text, second + 1), UINT64_MAX, &generation))
        return false;
    out->slot = (uint32_t)slot;
    out->generation = generation;
    return true;
}

uint64_t arena_checksum(const struct arena_reference *r, const char *payload, size_t n)
{
    const uint64_t head[4] = { r->id, r->slot, r->generation, n };
    size_t part = n < ARENA_ENVELOPE_BYTES ? n : ARENA_ENVELOPE_BYTES;
    uint64_t sum = XXH3_64bits(head, sizeof head);
    sum = XXH3_64bits_withSeed(payload, part, sum);
    return XXH3_64bits_withSeed(payload + n - part, part, sum);
}
