/* Turning the tree of a map file into expressions and conditions.  Used by map.c alone. */
#ifndef TIDEMARK_NORMALIZER_COMPILE_H
#define TIDEMARK_NORMALIZER_COMPILE_H

#include "map.h"
#include "yaml_tree.h"

struct compiler {
    struct map *map;
    struct arena *arena; /* the map's */
    struct findings *findings;
    bool sets[ASIM_COUNT]; /* ASIM fields that the map sets anywhere */
};

/* For `%.*s`. */
#define SPAN_ARGUMENTS(s) (int)((s).n < 100 ? (s).n : 100), (s).p

/* All return NULL or an empty span after adding a finding. */
const struct expression *compile_expression(struct compiler *c, const struct tree_node *n);
const struct condition *compile_condition(struct compiler *c, const struct tree_node *n);
bool compile_text(struct compiler *c, const struct tree_node *n, const char *what, struct span *out);
bool compile_bool(struct compiler *c, const struct tree_node *n, const char *what, bool *out);

/* A finding for a key that is none of `known`. */
void compile_unknown_key(struct compiler *c, const struct tree_node *member, const char *where,
                         const struct span *known, unsigned n);

/* The field of that name, which `n` says. */
bool compile_reference(struct compiler *c, const struct tree_node *n, struct span name, struct reference *out);

/* What a reference gives, as far as it is known without a row. */
enum value_kind compile_reference_kind(const struct compiler *c, const struct reference *r);

/* Checks of whole sessions (check.c): types, circles, and that what is grouped by depends on descriptors alone. */
void check_sessions(struct compiler *c);

#endif
