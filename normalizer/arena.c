#include "arena.h"

#include "common/buffer.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 32 << 10 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t capacity;
    alignas(max_align_t) char bytes[];
};

void arena_fini(struct arena *a)
{
    for (struct arena_chunk *c = a->chunks; c;) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
    *a = (struct arena){ 0 };
}

void arena_clear(struct arena *a)
{
    struct arena_chunk *kept = NULL;
    for (struct arena_chunk *c = a->chunks; c;) {
        struct arena_chunk *next = c->next;
        if (!kept && c->capacity == CHUNK_BYTES)
            kept = c;
        else
            free(c);
        c = next;
    }
    if (kept)
        kept->next = NULL;
    *a = (struct arena){ .chunks = kept };
}

char *arena_bytes(struct arena *a, size_t n)
{
    if (!a->chunks || n > a->chunks->capacity - a->used_bytes) {
        size_t capacity = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        CHECK(capacity <= SIZE_MAX - sizeof(struct arena_chunk));
        struct arena_chunk *c = allocate(1, sizeof *c + capacity);
        c->capacity = capacity;
        c->next = a->chunks;
        a->chunks = c;
        a->used_bytes = 0;
    }
    char *p = a->chunks->bytes + a->used_bytes;
    a->used_bytes += n;
    a->total_bytes += n;
    return p;
}

void *arena_new(struct arena *a, size_t count, size_t size)
{
    size_t align = alignof(max_align_t);
    CHECK(size == 0 || count <= (SIZE_MAX / 2) / size);
    size_t misaligned = a->chunks ? a->used_bytes % align : 0;
    size_t n = (count * size + align - 1) / align * align;
    if (misaligned && a->chunks->capacity - a->used_bytes >= align - misaligned)
        a->used_bytes += align - misaligned;
    else if (misaligned)
        a->used_bytes = a->chunks->capacity;
    void *p = arena_bytes(a, n);
    memset(p, 0, n);
    return p;
}

struct span arena_copy(struct arena *a, struct span s)
{
    char *p = arena_bytes(a, s.n);
    if (s.n)
        memcpy(p, s.p, s.n);
    return span_of(p, s.n);
}
