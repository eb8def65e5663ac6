/* Expressions and conditions of a map: their compiled form, and evaluating them.
 *
 * For a descriptor an expression is evaluated once and the result is kept; per row it is evaluated only for printing
 * and for weights.
 */
#ifndef TIDEMARK_NORMALIZER_EXPRESSION_H
#define TIDEMARK_NORMALIZER_EXPRESSION_H

#include "arena.h"
#include "asim.h"
#include "findings.h"
#include "lookups.h"

#include "common/wire/batch.h"

struct map;
struct session_form;

/* Something that has a value: a field of the record, the event time, or another ASIM field of the same session. */
enum reference_kind { REFERENCE_RECORD, REFERENCE_TIME, REFERENCE_ASIM };
struct reference {
    enum reference_kind kind;
    unsigned index; /* of the record's or ASIM's field */
    struct place at;
};

struct translation {
    struct span from, to;
};

enum miss { MISS_ELSE, MISS_KEEP };

/* Applied in this order; what is absent is empty, NULL, false or 0. */
struct transforms {
    struct span before, after;
    bool upper, lower;
    bool has_map, map_any_case, has_lookup;
    unsigned map_n;
    struct translation *map; /* sorted by `from` (lower case if any case) */
    enum lookup lookup;
    enum miss miss;
    struct span otherwise; /* else */
    int64_t scale, divide; /* 0: absent */
    struct span fallback;  /* default */
};

enum expression_kind {
    EXPRESSION_CONSTANT,
    EXPRESSION_FROM,
    EXPRESSION_SUM,
    EXPRESSION_CLASS,
    EXPRESSION_HOST,
    EXPRESSION_DOMAIN,
    EXPRESSION_FQDN,
    EXPRESSION_DOMAIN_TYPE,
    EXPRESSION_CASES
};

struct expression_case {
    const struct condition *when; /* NULL: always */
    const struct expression *then;
};

/* What kind of value an expression has, as far as it is known without a row. */
enum value_kind { VALUE_EMPTY, VALUE_TEXT, VALUE_INTEGER, VALUE_TIME };

struct expression {
    enum expression_kind kind;
    enum value_kind gives;
    struct place at;
    struct span constant;
    unsigned from_n;
    struct reference *from;
    const struct transforms *transforms; /* or NULL */
    unsigned cases_n;
    struct expression_case *cases;
};

enum test_kind { TEST_EQUALS, TEST_EQUALS_ANY_CASE, TEST_STARTS, TEST_CONTAINS, TEST_HAS };

/* True if any of the texts passes (negated: if none does). */
struct test {
    struct reference of;
    enum test_kind kind;
    bool negated;
    unsigned n;
    struct span *texts; /* in lower case but for TEST_EQUALS */
};

/* All tests hold, and of the alternatives, if there are any, one. */
struct condition {
    unsigned tests_n;
    struct test *tests;
    unsigned any_n;
    const struct condition **any;
};

struct value {
    enum value_kind kind;
    struct span text;
    int64_t number; /* INTEGER; TIME: ms UTC */
};

/* What is evaluated on: a descriptor alone (columns NULL) or a row.  Values live in `arena` or in what is pointed to.
 */
struct evaluation {
    const struct map *map;
    const struct session_form *session;
    const struct span *descriptor;       /* one text per descriptor field of the map */
    const struct column *const *columns; /* one per record field of the map, NULL: not in the batch */
    const struct column *time;           /* or NULL */
    uint32_t rows, row;
    struct arena *arena;
};

struct value expression_evaluate(const struct expression *e, struct evaluation *on);
bool condition_holds(const struct condition *c, struct evaluation *on);

/* The value of an ASIM field of on->session, converted to the field's type: EMPTY, TEXT (string, real, bool),
 * INTEGER (int, long, port) or TIME. */
struct value asim_value(enum asim_index field, struct evaluation *on);

/* Text of a value: numbers in decimal, times as RFC 3339. */
struct span value_text(struct value v, struct arena *a);
/* False: no number in it. */
bool value_number(struct value v, int64_t *out);

/* `s` in simple upper / lower case, one character at a time. */
struct span text_upper(struct span s, struct arena *a);
struct span text_lower(struct span s, struct arena *a);

#endif
