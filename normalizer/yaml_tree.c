#include "yaml_tree.h"

#include <yaml.h>

struct builder {
    yaml_parser_t parser;
    struct arena *arena;
    struct findings *findings;
    unsigned nodes;
    bool failed;
};

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){ (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* The next event; false after a mistake of syntax, which ends reading. */
static bool next_event(struct builder *b, yaml_event_t *event)
{
    if (yaml_parser_parse(&b->parser, event))
        return true;
    const yaml_parser_t *p = &b->parser;
    const char *problem = p->problem ? p->problem : "unreadable";
    struct place at = place_of(p->problem_mark);
    if (p->error == YAML_READER_ERROR) {
        at = (struct place){ 1, 1 };
        findings_add(b->findings, at, "byte %zu: %s: expected UTF-8 text", p->problem_offset, problem);
    } else {
        findings_add(b->findings, at, "%s: expected YAML", problem);
    }
    b->failed = true;
    return false;
}

static bool refuse(struct builder *b, struct place at, const char *what)
{
    findings_add(b->findings, at, "%s", what);
    b->failed = true;
    return false;
}

/* Anchors and tags are known only from events that begin something. */
static bool is_plain_data(struct builder *b, struct place at, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        return refuse(b, at, "an anchor: expected plain data; anchors and aliases are not taken in maps");
    if (tag)
        return refuse(b, at, "a tag: expected plain data; tags are not taken in maps");
    return true;
}

static struct tree_node *new_node(struct builder *b, enum tree_kind kind, struct place at)
{
    if (++b->nodes > TREE_NODES_MAX) {
        refuse(b, at, "too many values in this file");
        return NULL;
    }
    struct tree_node *n = arena_new(b->arena, 1, sizeof *n);
    n->kind = kind;
    n->at = at;
    return n;
}

static struct tree_node *build(struct builder *b, yaml_event_t *event, unsigned depth);

static struct tree_node *build_next(struct builder *b, unsigned depth, bool *end)
{
    yaml_event_t event;
    if (!next_event(b, &event))
        return NULL;
    *end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
    struct tree_node *n = *end ? NULL : build(b, &event, depth);
    yaml_event_delete(&event);
    return n;
}

/* True if it may be added: the first of its name. */
static bool check_key(struct builder *b, const struct tree_node *mapping, const struct tree_node *key)
{
    if (key->kind != TREE_SCALAR) {
        findings_add(b->findings, key->at, "a key that is %s: expected a text", tree_kind_name(key));
        return false;
    }
    for (const struct tree_node *m = mapping->first; m; m = m->next)
        if (span_equal(m->key->text, key->text)) {
            findings_add(b->findings, key->at, "%.*s: expected each key once; the first is in line %u",
                         (int)(key->text.n < 100 ? key->text.n : 100), key->text.p, m->key->at.line);
            return false;
        }
    return true;
}

static struct tree_node *build_children(struct builder *b, struct tree_node *parent, unsigned depth)
{
    struct tree_node **last = &parent->first;
    for (;;) {
        bool end = false;
        struct tree_node *key = NULL;
        if (parent->kind == TREE_MAPPING) {
            key = build_next(b, depth + 1, &end);
            if (end)
                return parent;
            if (!key)
                return NULL;
        }
        struct tree_node *child = build_next(b, depth + 1, &end);
        if (end)
            return parent;
        if (!child)
            return NULL;
        if (key && parent->n >= TREE_MEMBERS_MAX) {
            refuse(b, key->at, "too many keys in one mapping");
            return NULL;
        }
        if (key && !check_key(b, parent, key))
            continue;
        child->key = key;
        *last = child;
        last = &child->next;
        parent->n++;
    }
}

static struct tree_node *build(struct builder *b, yaml_event_t *event, unsigned depth)
{
    struct place at = place_of(event->start_mark);
    struct tree_node *n = NULL;
    if (depth > TREE_DEPTH_MAX) {
        refuse(b, at, "nested too deeply");
        return NULL;
    }
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        if (is_plain_data(b, at, event->data.scalar.anchor, event->data.scalar.tag) &&
            (n = new_node(b, TREE_SCALAR, at))) {
            n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
            n->text = arena_copy(b->arena, span_of((const char *)event->data.scalar.value, event->data.scalar.length));
        }
        return n;
    case YAML_SEQUENCE_START_EVENT:
        if (is_plain_data(b, at, event->data.sequence_start.anchor, event->data.sequence_start.tag))
            n = new_node(b, TREE_LIST, at);
        return n ? build_children(b, n, depth) : NULL;
    case YAML_MAPPING_START_EVENT:
        if (is_plain_data(b, at, event->data.mapping_start.anchor, event->data.mapping_start.tag))
            n = new_node(b, TREE_MAPPING, at);
        return n ? build_children(b, n, depth) : NULL;
    case YAML_ALIAS_EVENT:
        refuse(b, at, "an alias: expected plain data; anchors and aliases are not taken in maps");
        return NULL;
    default:
        refuse(b, at, "expected a value");
        return NULL;
    }
}

/* Stream start, document start, root, document end, stream end. */
static struct tree_node *build_document(struct builder *b)
{
    struct tree_node *root = NULL;
    for (bool done = false; !done && !b->failed;) {
        yaml_event_t event;
        if (!next_event(b, &event))
            return NULL;
        struct place at = place_of(event.start_mark);
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            done = true;
            break;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (root)
                refuse(b, at, "a second document: expected one");
            break;
        default:
            root = build(b, &event, 1);
        }
        yaml_event_delete(&event);
    }
    return b->failed ? NULL : root;
}

struct tree_node *tree_parse(struct arena *a, struct span text, struct findings *f)
{
    if (text.n > TREE_BYTES_MAX) {
        findings_add(f, (struct place){ 0, 0 }, "%zu bytes: expected at most %d", text.n, TREE_BYTES_MAX);
        return NULL;
    }
    struct builder b = { .arena = a, .findings = f };
    if (!yaml_parser_initialize(&b.parser))
        check_failed("yaml_parser_initialize", __FILE__, __LINE__);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    struct tree_node *root = build_document(&b);
    yaml_parser_delete(&b.parser);
    if (!root && !b.failed)
        findings_add(f, (struct place){ 1, 1 }, "nothing is in this file: expected a mapping");
    return root;
}

struct tree_node *tree_member(const struct tree_node *mapping, const char *key)
{
    if (mapping->kind != TREE_MAPPING)
        return NULL;
    for (struct tree_node *m = mapping->first; m; m = m->next)
        if (span_is(m->key->text, key))
            return m;
    return NULL;
}

const char *tree_kind_name(const struct tree_node *n)
{
    switch (n->kind) {
    case TREE_SCALAR:
        return n->plain && n->text.n == 0 ? "nothing" : "a text";
    case TREE_LIST:
        return "a list";
    case TREE_MAPPING:
        break;
    }
    return "a mapping";
}
