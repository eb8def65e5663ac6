/* A YAML file as a small tree that knows the place of everything.
 *
 * Maps are plain data: mappings, lists, scalars.  Anchors, aliases, tags, several documents, and doubled keys are
 * mistakes.  Bounded in size, nesting and nodes, so that no file can take the memory of the machine.
 */
#ifndef TIDEMARK_NORMALIZER_YAML_TREE_H
#define TIDEMARK_NORMALIZER_YAML_TREE_H

#include "arena.h"
#include "findings.h"

enum { TREE_BYTES_MAX = 1 << 20, TREE_NODES_MAX = 100000, TREE_DEPTH_MAX = 32, TREE_MEMBERS_MAX = 4096 };

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAPPING };

struct tree_node {
    enum tree_kind kind;
    struct place at;
    bool plain;            /* scalars: not quoted, so that nothing written is not a text */
    struct span text;      /* scalars */
    unsigned n;            /* children */
    struct tree_node *key; /* members of a mapping: their key, a scalar */
    struct tree_node *first, *next;
};

/* The root, or NULL after adding to `f` why not.  Doubled keys and the like are added, too, and leave a tree whose
 * first of the doubled members counts.  Everything lives in `a`; `text` is borrowed for the call. */
struct tree_node *tree_parse(struct arena *a, struct span text, struct findings *f);

/* The member of a mapping, or NULL. */
struct tree_node *tree_member(const struct tree_node *mapping, const char *key);

/* "a text", "a list", "a mapping": for sentences. */
const char *tree_kind_name(const struct tree_node *n);

#endif
