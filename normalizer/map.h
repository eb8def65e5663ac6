/* A map, compiled: what a vendor's words mean in ASIM.  maps/README.md is the language.
 *
 * Compiled once at start; immutable afterwards.  Everything lives in the map's arena.
 */
#ifndef TIDEMARK_NORMALIZER_MAP_H
#define TIDEMARK_NORMALIZER_MAP_H

#include "arena.h"
#include "asim.h"
#include "expression.h"
#include "findings.h"

enum { MAP_RECORD_FIELDS_MAX = 256, MAP_DESCRIPTOR_FIELDS_MAX = 128, MAP_SESSIONS_MAX = 16, MAP_SKIPS_MAX = 256 };

enum record_kind { RECORD_DESCRIPTOR, RECORD_TEXT, RECORD_INTEGER, RECORD_PORT, RECORD_TIME };

struct record_field {
    struct span name;
    enum record_kind kind;
    unsigned slot; /* of its kind RECORD_DESCRIPTOR: number among the descriptor fields */
    struct place at;
};

struct skip_rule {
    const struct condition *when;
    struct span reason;
};

/* One session that a record may be: all fields, overrides applied; NULL: not set. */
struct session_form {
    const struct condition *when; /* NULL: always */
    const struct expression *fields[ASIM_COUNT];
};

struct map {
    struct arena arena;
    struct span source, title, selection;
    unsigned connectors_n, tables_n, deviations_n;
    struct span *connectors, *tables, *deviations;
    bool summaries; /* rows are counts of sessions */

    unsigned record_n, descriptors_n;
    struct record_field record[MAP_RECORD_FIELDS_MAX];

    unsigned skips_n;
    struct skip_rule *skips;
    unsigned sessions_n; /* at least 1 */
    struct session_form *sessions;
    const struct expression *count; /* or NULL */
};

/* Compile `text`.  `id`: the source it must be for, from the file's name.  Returns NULL after adding to `f` all that is
 * wrong; else the caller owns the map. */
struct map *map_compile(struct span text, const char *id, struct findings *f) MUST_CHECK;

/* Read and compile FOLDER/ID.yaml.  STATUS_INPUT where there is no such file (then `f` has a sentence, too),
 * STATUS_CONFIG for one with findings. */
enum status map_load(const char *folder, const char *id, struct map **out, struct findings *f) MUST_CHECK;

void map_free(struct map **m);

/* Index of the record field of that name, or -1. */
int map_record_field(const struct map *m, struct span name);

/* A set of record fields. */
struct field_set {
    bool has[MAP_RECORD_FIELDS_MAX];
};

/* Add the record fields that the sessions' ASIM field, or the conditions of `skip` and `sessions`, or `count`, look at.
 */
void map_add_needs(const struct map *m, enum asim_index field, struct field_set *set);
void map_add_needs_of_selection(const struct map *m, struct field_set *set);
void map_add_needs_of_count(const struct map *m, struct field_set *set);

/* False: the value is the same for all rows of a descriptor. */
bool map_depends_on_row(const struct map *m, const struct session_form *form, const struct expression *e);

#endif
