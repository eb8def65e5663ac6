/* The receiving end of an arena: nothing in it is believed before it is checked. */
#include "common/link/arena.h"

#include "common/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct arena_view {
    char *base;
    size_t size;
    struct arena_layout layout;
};

const char *arena_head_check(struct span mapping, uint64_t id, struct arena_layout *out)
{
    struct arena_head head; /* a copy, so that what is checked is what is used */
    if (mapping.n < ARENA_PAGE_BYTES)
        return "shorter than its header";
    memcpy(&head, mapping.p, sizeof head);
    if (head.magic != ARENA_MAGIC)
        return "not an arena of this version";
    if (head.id != id)
        return "another arena than its name says";
    if (head.slots_n == 0 || head.slots_n > ARENA_SLOTS_MAX || head.slot_bytes < ARENA_SLOT_BYTES_MIN ||
        head.slot_bytes % ARENA_PAGE_BYTES)
        return "impossible numbers of slots and bytes";
    if ((uint64_t)head.slots_n * head.slot_bytes > mapping.n - ARENA_PAGE_BYTES)
        return "slots behind its end";
    *out = (struct arena_layout){ head.id, head.slots_n, head.slot_bytes };
    return NULL;
}

const char *arena_slot_read(struct span mapping, const struct arena_layout *l, const struct arena_reference *r,
                            uint64_t bytes, struct span *out)
{
    struct arena_slot_head head;
    if (r->id != l->id)
        return "a payload in another arena";
    if (r->slot >= l->slots_n)
        return "a payload in a slot that does not exist";
    if (bytes > l->slot_bytes - sizeof head - ARENA_PADDING_BYTES)
        return "a payload that is longer than its slot";
    const char *slot = mapping.p + ARENA_PAGE_BYTES + (size_t)r->slot * l->slot_bytes;
    uint64_t generation = __atomic_load_n((const uint64_t *)(const void *)slot, __ATOMIC_ACQUIRE);
    memcpy(&head, slot, sizeof head);
    if (r->generation == 0 || generation != r->generation || head.generation != r->generation)
        return "a payload whose slot holds another generation";
    if (head.id != r->id || head.bytes != bytes)
        return "a payload that its slot describes in another way";
    if (head.checksum != arena_checksum(r, slot + sizeof head, (size_t)bytes))
        return "a payload with a wrong checksum";
    *out = span_of(slot + sizeof head, (size_t)bytes);
    return NULL;
}

static enum status refuse(struct error *e, const char *path, const char *why)
{
    return error_set(e, STATUS_BAD, "arena: %s: %s", path, why);
}

/* A file that could shrink under its mapping would kill whoever reads it. */
static enum status check_file(int fd, const char *path, size_t *size, struct error *e)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK))
        return refuse(e, path, "not memory that keeps its size");
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return refuse(e, path, "not memory");
    if (st.st_size < ARENA_PAGE_BYTES || st.st_size > ARENA_BYTES_MAX)
        return refuse(e, path, "of an impossible size");
    *size = (size_t)st.st_size;
    return STATUS_OK;
}

enum status arena_view_open(const char *folder, struct span name, struct arena_view **out, struct error *e)
{
    char path[PATH_MAX];
    uint64_t id;
    *out = NULL;
    if (!arena_name_parse(name, &id))
        return error_set(e, STATUS_BAD, "arena: an impossible name");
    if ((size_t)snprintf(path, sizeof path, "%s/%.*s", folder, (int)name.n, name.p) >= sizeof path)
        return refuse(e, folder, "too long a path");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_errno(e, "arena: %s", path);
    struct arena_view *v = allocate(1, sizeof *v);
    enum status status = check_file(fd, path, &v->size, e);
    if (!status) {
        void *base = mmap(NULL, v->size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (base == MAP_FAILED)
            status = error_errno(e, "arena: %s", path);
        else
            v->base = base;
    }
    close(fd); /* the mapping keeps the memory */
    if (!status) {
        const char *wrong = arena_head_check(span_of(v->base, v->size), id, &v->layout);
        if (wrong)
            status = refuse(e, path, wrong);
    }
    if (status)
        arena_view_close(&v);
    *out = v;
    return status;
}

void arena_view_close(struct arena_view **at)
{
    struct arena_view *v = *at;
    if (!v)
        return;
    *at = NULL;
    if (v->base)
        munmap(v->base, v->size);
    free(v);
}

uint64_t arena_view_id(const struct arena_view *v)
{
    return v->layout.id;
}

const char *arena_view_read(const struct arena_view *v, const struct arena_reference *r, uint64_t bytes,
                            struct span *out)
{
    return arena_slot_read(span_of(v->base, v->size), &v->layout, r, bytes, out);
}
