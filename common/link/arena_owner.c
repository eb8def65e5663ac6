/* The sending end of an arena. */
#include "common/link/arena.h"

#include "common/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whose a slot is. */
enum { SLOT_FREE = 0 }; /* else the number of the batch that it went out with */
#define SLOT_TAKEN UINT64_MAX

struct arena_owner {
    int fd; /* others open it through /proc, so that it stays open */
    char *base;
    size_t size;
    struct arena_layout layout;
    uint64_t generation; /* of the newest payload; never 0 */
    uint64_t sequence[ARENA_SLOTS];
    char name[ARENA_NAME_BYTES];
    char *link; /* path of the symbolic link; NULL: not made */
};

/* ------------------------------------------------------------------ the links */

/* Those of dead processes lead nowhere. */
static void sweep(const char *folder)
{
    char path[PATH_MAX], target[64];
    struct stat st;
    DIR *d = opendir(folder);
    if (!d)
        return;
    for (struct dirent *entry; (entry = readdir(d));) {
        uint64_t id;
        if (!arena_name_parse(span_text(entry->d_name), &id) ||
            (size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= sizeof path)
            continue;
        ssize_t n = readlink(path, target, sizeof target);
        if (n > 0 && span_starts(span_of(target, (size_t)n), SPAN_LITERAL("/proc/")) && stat(path, &st) &&
            errno == ENOENT)
            unlink(path);
    }
    closedir(d);
}

static enum status show(struct arena_owner *a, const char *folder, struct error *e)
{
    char target[64], path[PATH_MAX];
    snprintf(target, sizeof target, "/proc/%ld/fd/%d", (long)getpid(), a->fd);
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, a->name) >= sizeof path)
        return error_set(e, STATUS_SYSTEM, "arena: %s: too long a path", folder);
    if (symlink(target, path))
        return error_errno(e, "arena: %s", path);
    a->link = allocate_text(span_text(path));
    return STATUS_OK;
}

/* ------------------------------------------------------------------ the memory */

/* Growing a file over the process's limit is not only refused, it kills. */
static bool within_file_limit(size_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && (limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur);
}

static enum status reserve(struct arena_owner *a, struct error *e)
{
    a->fd = memfd_create("tidemark-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (a->fd < 0)
        return error_errno(e, "arena: shared memory");
    int error = within_file_limit(a->size) ? posix_fallocate(a->fd, 0, (off_t)a->size) : EFBIG;
    if (error) {
        errno = error;
        (void)error_errno(e, "arena: %zu bytes of shared memory do not fit", a->size);
        return STATUS_FULL;
    }
    void *base = mmap(NULL, a->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, a->fd, 0);
    if (base == MAP_FAILED)
        return error_errno(e, "arena: %zu bytes cannot be mapped", a->size);
    a->base = base;
    /* From here on the file keeps its size, and this mapping is the only one through which it can be written. */
    if (fcntl(a->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL))
        return error_errno(e, "arena: the memory cannot be sealed");
    return STATUS_OK;
}

enum status arena_owner_open(const char *folder, size_t bytes, struct arena_owner **out, struct error *e)
{
    *out = NULL;
    if (bytes > ARENA_BYTES_MAX)
        bytes = ARENA_BYTES_MAX;
    size_t slot_bytes = bytes > ARENA_PAGE_BYTES ? (bytes - ARENA_PAGE_BYTES) / ARENA_SLOTS : 0;
    slot_bytes -= slot_bytes % ARENA_PAGE_BYTES;
    if (slot_bytes < ARENA_SLOT_BYTES_MIN)
        return error_set(e, STATUS_FULL, "arena: %zu bytes are not enough for %d slots", bytes, ARENA_SLOTS);
    struct arena_owner *a = allocate(1, sizeof *a);
    a->fd = -1;
    a->size = ARENA_PAGE_BYTES + ARENA_SLOTS * slot_bytes;
    a->layout = (struct arena_layout){ .slots_n = ARENA_SLOTS, .slot_bytes = (uint32_t)slot_bytes };
    enum status status = STATUS_OK;
    if (getrandom(&a->layout.id, sizeof a->layout.id, 0) != sizeof a->layout.id)
        status = error_errno(e, "getrandom");
    arena_name_format(a->layout.id, a->name);
    if (!status)
        status = reserve(a, e);
    if (!status) {
        const struct arena_head head = { ARENA_MAGIC, a->layout.id, a->layout.slots_n, a->layout.slot_bytes };
        memcpy(a->base, &head, sizeof head);
        sweep(folder);
        status = show(a, folder, e);
    }
    if (status)
        arena_owner_close(&a);
    *out = a;
    return status;
}

void arena_owner_close(struct arena_owner **at)
{
    struct arena_owner *a = *at;
    if (!a)
        return;
    *at = NULL;
    if (a->link)
        unlink(a->link);
    if (a->base)
        munmap(a->base, a->size);
    if (a->fd >= 0)
        close(a->fd);
    free(a->link);
    free(a);
}

struct span arena_owner_name(const struct arena_owner *a)
{
    return span_text(a->name);
}

/* ------------------------------------------------------------------ slots */

static struct arena_slot_head *head_of(const struct arena_owner *a, uint32_t index)
{
    return (struct arena_slot_head *)(a->base + ARENA_PAGE_BYTES + (size_t)index * a->layout.slot_bytes);
}

bool arena_owner_take(struct arena_owner *a, struct arena_slot *out)
{
    /* The first free one: what was used last is likely to be in a cache. */
    for (uint32_t i = 0; i < ARENA_SLOTS; i++) {
        if (a->sequence[i] != SLOT_FREE)
            continue;
        struct arena_slot_head *head = head_of(a, i);
        a->sequence[i] = SLOT_TAKEN;
        __atomic_store_n(&head->generation, 0, __ATOMIC_SEQ_CST);
        *out = (struct arena_slot){ i, (char *)(head + 1), a->layout.slot_bytes - sizeof *head };
        return true;
    }
    *out = (struct arena_slot){ 0 };
    return false;
}

void arena_owner_publish(struct arena_owner *a, const struct arena_slot *slot, size_t n,
                         char reference[ARENA_REFERENCE_BYTES])
{
    CHECK(a->sequence[slot->index] == SLOT_TAKEN && n + ARENA_PADDING_BYTES <= slot->capacity);
    struct arena_slot_head *head = head_of(a, slot->index);
    const struct arena_reference r = { a->layout.id, slot->index, ++a->generation };
    memset(slot->p + n, 0, ARENA_PADDING_BYTES);
    head->id = r.id;
    head->bytes = n;
    head->checksum = arena_checksum(&r, slot->p, n);
    __atomic_store_n(&head->generation, r.generation, __ATOMIC_RELEASE);
    arena_reference_format(&r, reference);
}

void arena_owner_sent(struct arena_owner *a, const struct arena_slot *slot, uint64_t sequence)
{
    CHECK(a->sequence[slot->index] == SLOT_TAKEN && sequence != SLOT_FREE && sequence != SLOT_TAKEN);
    a->sequence[slot->index] = sequence;
}

void arena_owner_give_up(struct arena_owner *a, const struct arena_slot *slot)
{
    CHECK(a->sequence[slot->index] == SLOT_TAKEN);
    a->sequence[slot->index] = SLOT_FREE;
}

void arena_owner_release(struct arena_owner *a, uint64_t sequence)
{
    for (uint32_t i = 0; i < ARENA_SLOTS; i++)
        if (a->sequence[i] != SLOT_TAKEN && a->sequence[i] <= sequence)
            a->sequence[i] = SLOT_FREE;
}
