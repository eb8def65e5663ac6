/* What a record's descriptor means under a map: the sessions it gives, what they are grouped by, where their port is.
 *
 * This is where meaning is paid for: once per distinct descriptor, kept across batches, found again by hash.  The
 * memory is bounded: what grew too large is forgotten between two batches and learned anew.
 */
#ifndef TIDEMARK_NORMALIZER_MEANING_H
#define TIDEMARK_NORMALIZER_MEANING_H

#include "map.h"

enum { GROUP_FIELDS = 4, PORT_NONE = -1 };

/* How a row's weight is known. */
enum weighing {
    WEIGH_CONSTANT, /* the same for all rows of the descriptor */
    WEIGH_COLUMN,   /* the record field itself */
    WEIGH_ROW       /* evaluate `weight_from` */
};

/* A run of a printed session: text as it stands, then the field of a row (NULL: none). */
struct piece {
    struct span literal;
    const struct expression *row;
    enum asim_index field;
};

struct session_meaning {
    const struct session_form *form;
    uint32_t group; /* number of what it is grouped by: meanings_group */
    int port_field; /* of the record, or PORT_NONE */
    enum weighing weighing;
    int64_t weight;   /* WEIGH_CONSTANT */
    int weight_field; /* WEIGH_COLUMN: of the record */
    const struct expression *weight_from;
    int64_t least, missing; /* a weight below `least`, or none at all, is `missing` */
    unsigned pieces_n;      /* if they are printed */
    struct piece *pieces;
};

struct meaning {
    struct span reason; /* not empty: no session, for this reason */
    unsigned n;
    struct session_meaning *sessions;
    struct span *descriptor; /* one text per descriptor field of the map */
};

struct meaning_options {
    bool app;               /* sessions are grouped by DstAppName, too */
    bool weigh_event_count; /* rows count EventCount */
    bool printed;           /* sessions are printed: make pieces */
};

struct meanings;

/* `map` is borrowed and must outlive it. */
struct meanings *meanings_new(const struct map *map, const struct meaning_options *options);
void meanings_free(struct meanings **m);

/* Begin with a batch: columns and descriptor fields are found by name.  Fields that the map does not know are ignored,
 * what the batch lacks is empty.  STATUS_BAD, with a sentence, if a column is of a type that its kind cannot have.
 * What was given out before may be gone. */
enum status meanings_begin(struct meanings *m, const struct batch *b, struct error *e) MUST_CHECK;

/* Of descriptor number `descriptor` of the batch that was begun; valid until the next begin. */
const struct meaning *meanings_get(struct meanings *m, uint32_t descriptor);

/* The texts that a group is: protocol, direction, action (folded), application (empty unless options.app). */
const struct span *meanings_group(const struct meanings *m, uint32_t group);

/* How many sessions a record may be at most. */
unsigned meanings_sessions_max(const struct meanings *m);

/* Column of a record field in the batch that was begun, or NULL. */
const struct column *meanings_column(const struct meanings *m, unsigned field);

/* What a row is evaluated on; `row` is set by the caller. */
struct evaluation meanings_evaluation(const struct meanings *m, const struct meaning *of,
                                      const struct session_form *form, struct arena *arena);

#endif
