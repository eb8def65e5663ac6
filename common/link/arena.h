/* Payloads in shared memory, for peers on one host.
 *
 * The sending end owns an arena: a header page and a few slots in one sealed memory file (memfd).  A payload is written
 * into a free slot, the batch message names it (arena, slot, generation), the receiving end has mapped the arena
 * read-only and reads the payload where it lies.  README.md of this folder tells the crash story and what is trusted.
 *
 * The memory has no name of its own, so none is left behind.  Its owner puts a symbolic link `arena-<id>` to
 * /proc/<pid>/fd/<n> into the folder of the socket, through which the receiver opens it; a link whose process is dead
 * leads nowhere and is removed with the folder or by the next owner that comes there.
 *
 * Layout, all numbers little endian: see struct arena_head and struct arena_slot_head.  Thread: one.
 */
#ifndef TIDEMARK_COMMON_LINK_ARENA_H
#define TIDEMARK_COMMON_LINK_ARENA_H

#include "common/span.h"
#include "common/status.h"

#include <stdint.h>

#define ARENA_MAGIC UINT64_C(0x31616e6572614d54) /* "TMarena1": the number changes with the layout */

enum {
    ARENA_SLOTS = 6,        /* one more than a default credit and the batch that is being filled need */
    ARENA_SLOTS_MAX = 1024, /* that a receiver believes in */
    ARENA_PAGE_BYTES = 4096,
    ARENA_SLOT_BYTES_MIN = 16 << 10,
    ARENA_BYTES_MAX = 256 << 20,
    ARENA_PADDING_BYTES = 64,    /* readable behind every payload */
    ARENA_ENVELOPE_BYTES = 1024, /* of a payload's beginning, and of its end, that the checksum covers */
    ARENA_NAME_BYTES = 24,       /* "arena-0123456789abcdef" */
    ARENA_REFERENCE_BYTES = 64,
};

/* The first page.  Written once, before anybody else can open the file. */
struct arena_head {
    uint64_t magic;
    uint64_t id; /* random, as in the name */
    uint32_t slots_n;
    uint32_t slot_bytes; /* of one slot with its head, whole pages; the first begins behind this page */
};

/* The first bytes of a slot; the payload follows, then the padding. */
struct arena_slot_head {
    uint64_t generation; /* written last; 0 while the slot is being filled */
    uint64_t id;         /* of the arena */
    uint64_t bytes;      /* of the payload */
    uint64_t checksum;   /* of this head and the payload's envelope */
    uint64_t reserved[4];
};

/* ------------------------------------------------------------------ references */

/* What a batch message says about where its payload is: "arena-0123456789abcdef/<slot>/<generation>". */
struct arena_reference {
    uint64_t id;
    uint32_t slot;
    uint64_t generation;
};

/* Both return the length of the text, which is terminated too. */
size_t arena_name_format(uint64_t id, char out[ARENA_NAME_BYTES]);
size_t arena_reference_format(const struct arena_reference *r, char out[ARENA_REFERENCE_BYTES]);
/* False for any text that the functions above do not write. */
bool arena_name_parse(struct span text, uint64_t *id) MUST_CHECK;
bool arena_reference_parse(struct span text, struct arena_reference *out) MUST_CHECK;

/* ------------------------------------------------------------------ the owner */

struct arena_owner;

/* A slot that has been taken: `capacity` includes the padding. */
struct arena_slot {
    uint32_t index;
    char *p; /* NULL: none */
    size_t capacity;
};

/* Make an arena of at most `bytes` and show it in `folder`, where dead owners' links are removed.  All memory is
 * reserved here: writing into a slot cannot fail later.  STATUS_FULL where it does not fit, STATUS_SYSTEM. */
enum status arena_owner_open(const char *folder, size_t bytes, struct arena_owner **out, struct error *e) MUST_CHECK;
/* The memory lives on as long as a receiver has it mapped. */
void arena_owner_close(struct arena_owner **a);
struct span arena_owner_name(const struct arena_owner *a);

/* A free slot, or false.  From here on the slot is invalid for readers. */
bool arena_owner_take(struct arena_owner *a, struct arena_slot *out) MUST_CHECK;
/* The payload of `n` bytes is complete: make it valid and say how it is named. */
void arena_owner_publish(struct arena_owner *a, const struct arena_slot *slot, size_t n,
                         char reference[ARENA_REFERENCE_BYTES]);
/* It went out as batch `sequence`: the slot is the receiver's until arena_owner_release. */
void arena_owner_sent(struct arena_owner *a, const struct arena_slot *slot, uint64_t sequence);
/* It was taken, but not sent. */
void arena_owner_give_up(struct arena_owner *a, const struct arena_slot *slot);
/* The receiver will not look at the slots of batches up to `sequence` any more. */
void arena_owner_release(struct arena_owner *a, uint64_t sequence);

/* ------------------------------------------------------------------ the reader */

/* An arena's numbers, checked against the size of what is mapped; nothing of the header is read again. */
struct arena_layout {
    uint64_t id;
    uint32_t slots_n;
    uint32_t slot_bytes;
};

/* Returns what is wrong, or NULL and fills *out. `mapping` is what is really there. */
const char *arena_head_check(struct span mapping, uint64_t id, struct arena_layout *out);
/* The payload that `r` names, of `bytes`; returns what is wrong, or NULL. */
const char *arena_slot_read(struct span mapping, const struct arena_layout *l, const struct arena_reference *r,
                            uint64_t bytes, struct span *out);

struct arena_view;

/* Map a peer's arena read-only.  Refused is whatever is not a memory file that its owner cannot shrink. */
enum status arena_view_open(const char *folder, struct span name, struct arena_view **out, struct error *e) MUST_CHECK;
void arena_view_close(struct arena_view **v);
uint64_t arena_view_id(const struct arena_view *v);
const char *arena_view_read(const struct arena_view *v, const struct arena_reference *r, uint64_t bytes,
                            struct span *out);

/* The checksum of a slot's head and the envelope behind it. */
uint64_t arena_checksum(const struct arena_reference *r, const char *payload, size_t n);

#endif
