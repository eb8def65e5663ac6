#include "expression.h"

#include "common/buffer.h"
#include "common/ip.h"
#include "common/number.h"
#include "common/timestamp.h"
#include "common/utf8.h"
#include "map.h"

#include <utf8proc.h>

static const struct value nothing = { VALUE_EMPTY, { NULL, 0 }, 0 };

static struct value text_value(struct span text)
{
    return text.n ? (struct value){ VALUE_TEXT, text, 0 } : nothing;
}

static struct value integer_value(int64_t number)
{
    return (struct value){ VALUE_INTEGER, { NULL, 0 }, number };
}

struct span value_text(struct value v, struct arena *a)
{
    switch (v.kind) {
    case VALUE_TEXT:
        return v.text;
    case VALUE_INTEGER: {
        char *p = arena_bytes(a, 24);
        return span_of(p, number_format(v.number, p));
    }
    case VALUE_TIME: {
        char *p = arena_bytes(a, 32);
        return span_of(p, timestamp_format(v.number, true, p));
    }
    case VALUE_EMPTY:
        break;
    }
    return (struct span){ NULL, 0 };
}

bool value_number(struct value v, int64_t *out)
{
    if (v.kind == VALUE_INTEGER) {
        *out = v.number;
        return true;
    }
    return v.kind == VALUE_TEXT && number_parse_whole(v.text, out);
}

static bool is_ascii(struct span s)
{
    unsigned char any = 0;
    for (size_t i = 0; i < s.n; i++)
        any |= (unsigned char)s.p[i];
    return any < 0x80;
}

struct span text_lower(struct span s, struct arena *a)
{
    if (is_ascii(s)) {
        char *p = arena_bytes(a, s.n);
        for (size_t i = 0; i < s.n; i++)
            p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
        return span_of(p, s.n);
    }
    struct buffer out = { 0 };
    utf8_append_lower(&out, s);
    struct span copy = arena_copy(a, buffer_span(&out));
    buffer_fini(&out);
    return copy;
}

struct span text_upper(struct span s, struct arena *a)
{
    /* A character takes at most 4 bytes whatever its case; a malformed byte stays as it is. */
    char *p = arena_bytes(a, 4 * s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        utf8proc_int32_t code;
        utf8proc_ssize_t taken = 1;
        if (c < 0x80) {
            p[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        } else if ((taken = utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &code)) >
                   0) {
            /* The library has a capital sharp s; Unicode's simple mapping has none. */
            if (code != 0xdf)
                code = utf8proc_toupper(code);
            n += (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)p + n);
        } else {
            p[n++] = s.p[i];
            taken = 1;
        }
        i += (size_t)taken;
    }
    return span_of(p, n);
}

/* ------------------------------------------------------------------ fields */

static struct value record_value(const struct evaluation *on, unsigned index)
{
    const struct record_field *f = &on->map->record[index];
    if (f->kind == RECORD_DESCRIPTOR)
        return on->descriptor ? text_value(on->descriptor[f->slot]) : nothing;
    const struct column *c = on->columns ? on->columns[index] : NULL;
    if (!c || column_null(c, on->row))
        return nothing;
    if (f->kind == RECORD_TEXT)
        return text_value(column_text(c, on->rows, on->row));
    int64_t number = column_integer(c, on->row);
    if (f->kind == RECORD_TIME)
        return number < TIMESTAMP_MIN_MS || number > TIMESTAMP_MAX_MS
                   ? nothing
                   : (struct value){ VALUE_TIME, { NULL, 0 }, number };
    return f->kind == RECORD_PORT && (number < 0 || number > 65535) ? nothing : integer_value(number);
}

static struct value time_value(const struct evaluation *on)
{
    if (!on->time || column_null(on->time, on->row))
        return nothing;
    return (struct value){ VALUE_TIME, { NULL, 0 }, column_integer(on->time, on->row) };
}

static struct value reference_value(const struct reference *r, struct evaluation *on)
{
    switch (r->kind) {
    case REFERENCE_RECORD:
        return record_value(on, r->index);
    case REFERENCE_TIME:
        return time_value(on);
    case REFERENCE_ASIM:
        break;
    }
    return asim_value((enum asim_index)r->index, on);
}

/* A number as JSON has it. */
static bool is_real(struct span s)
{
    size_t i = 0;
    if (i < s.n && s.p[i] == '-')
        i++;
    size_t digits = i;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    if (i == digits || (s.p[digits] == '0' && i > digits + 1))
        return false;
    if (i < s.n && s.p[i] == '.') {
        size_t fraction = ++i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == fraction)
            return false;
    }
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
            i++;
        size_t exponent = i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == exponent)
            return false;
    }
    return i == s.n;
}

static struct value bool_value(struct span s)
{
    s = span_trim(s);
    if (span_equal_nocase(s, SPAN_LITERAL("true")) || span_is(s, "1"))
        return text_value(SPAN_LITERAL("true"));
    if (span_equal_nocase(s, SPAN_LITERAL("false")) || span_is(s, "0"))
        return text_value(SPAN_LITERAL("false"));
    return nothing;
}

/* What does not convert is empty. */
static struct value convert(struct value v, enum asim_type type, struct arena *a)
{
    int64_t number;
    if (v.kind == VALUE_EMPTY)
        return v;
    switch (type) {
    case ASIM_STRING:
        return text_value(value_text(v, a));
    case ASIM_INT:
    case ASIM_LONG:
        return value_number(v, &number) ? integer_value(number) : nothing;
    case ASIM_PORT:
        return value_number(v, &number) && number >= 0 && number <= 65535 ? integer_value(number) : nothing;
    case ASIM_REAL:
        v.text = span_trim(value_text(v, a));
        return is_real(v.text) ? text_value(v.text) : nothing;
    case ASIM_DATETIME:
        return v.kind == VALUE_TIME ? v : nothing;
    case ASIM_BOOL:
        break;
    }
    return bool_value(value_text(v, a));
}

struct value asim_value(enum asim_index field, struct evaluation *on)
{
    if (field == ASIM_TimeGenerated)
        return time_value(on);
    const struct expression *e = on->session->fields[field];
    return e ? convert(expression_evaluate(e, on), asim_fields[field].type, on->arena) : nothing;
}

/* ------------------------------------------------------------------ host names */

/* `D\h` is a Windows domain; `h.d.e` a full name; an address, and a name without a dot, a host alone. */
static struct span host_part(enum expression_kind kind, struct span name)
{
    static const struct span none = { NULL, 0 };
    struct ip address;
    size_t slash = span_find(name, '\\', 0), dot = span_find(name, '.', 0);
    bool windows = slash > 0 && slash < name.n;
    bool full = !windows && dot < name.n && !ip_parse(name, &address);
    switch (kind) {
    case EXPRESSION_HOST:
        return windows ? span_from(name, slash + 1) : full ? span_of(name.p, dot) : name;
    case EXPRESSION_DOMAIN:
        return windows ? span_of(name.p, slash) : full ? span_from(name, dot + 1) : none;
    case EXPRESSION_FQDN:
        return windows || full ? name : none;
    default:
        return windows ? SPAN_LITERAL("Windows") : full ? SPAN_LITERAL("FQDN") : none;
    }
}

/* ------------------------------------------------------------------ transforms */

static bool translate(const struct transforms *t, struct span text, struct arena *a, struct span *out)
{
    if (t->map_any_case)
        text = text_lower(text, a);
    unsigned low = 0, high = t->map_n;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        int order = span_compare(t->map[middle].from, text);
        if (order == 0) {
            *out = t->map[middle].to;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static struct span cut(const struct transforms *t, struct span text)
{
    if (t->before.n)
        text.n = span_search(text, t->before);
    if (t->after.n) {
        size_t at = span_search(text, t->after);
        text = at < text.n ? span_from(text, at + t->after.n) : (struct span){ NULL, 0 };
    }
    return text;
}

static struct value scaled(const struct transforms *t, struct value v)
{
    int64_t number;
    if (v.kind == VALUE_EMPTY || (!t->scale && !t->divide))
        return v;
    if (!value_number(v, &number))
        return nothing;
    if (t->scale && __builtin_mul_overflow(number, t->scale, &number))
        return nothing;
    if (t->divide)
        number /= t->divide;
    return integer_value(number);
}

static struct value transformed(const struct transforms *t, struct value v, struct arena *a)
{
    if (t->before.n || t->after.n || t->upper || t->lower || t->has_map || t->has_lookup) {
        struct span text = cut(t, value_text(v, a));
        if (t->upper)
            text = text_upper(text, a);
        if (t->lower)
            text = text_lower(text, a);
        if (t->has_map || t->has_lookup) {
            struct span found;
            if (t->has_map ? translate(t, text, a, &found) : lookup_find(t->lookup, text, &found))
                text = found;
            else if (t->miss == MISS_ELSE)
                text = t->otherwise;
        }
        v = text_value(text);
    }
    v = scaled(t, v);
    return v.kind == VALUE_EMPTY ? text_value(t->fallback) : v;
}

/* ------------------------------------------------------------------ expressions and conditions */

static struct value sum(const struct expression *e, struct evaluation *on)
{
    int64_t total = 0, number;
    for (unsigned i = 0; i < e->from_n; i++)
        if (!value_number(reference_value(&e->from[i], on), &number) || __builtin_add_overflow(total, number, &total))
            return nothing;
    return integer_value(total);
}

static struct value first(const struct expression *e, struct evaluation *on)
{
    struct value v = nothing;
    for (unsigned i = 0; i < e->from_n && v.kind == VALUE_EMPTY; i++)
        v = reference_value(&e->from[i], on);
    return v;
}

struct value expression_evaluate(const struct expression *e, struct evaluation *on)
{
    struct value v = nothing;
    switch (e->kind) {
    case EXPRESSION_CONSTANT:
        return text_value(e->constant);
    case EXPRESSION_CASES:
        for (unsigned i = 0; i < e->cases_n; i++)
            if (!e->cases[i].when || condition_holds(e->cases[i].when, on))
                return expression_evaluate(e->cases[i].then, on);
        return nothing;
    case EXPRESSION_FROM:
        v = first(e, on);
        break;
    case EXPRESSION_SUM:
        v = sum(e, on);
        break;
    case EXPRESSION_CLASS:
        v = text_value(ip_class(value_text(first(e, on), on->arena)));
        break;
    case EXPRESSION_HOST:
    case EXPRESSION_DOMAIN:
    case EXPRESSION_FQDN:
    case EXPRESSION_DOMAIN_TYPE:
        v = text_value(host_part(e->kind, value_text(first(e, on), on->arena)));
        break;
    }
    return e->transforms ? transformed(e->transforms, v, on->arena) : v;
}

static bool has_term(struct span text, struct span term)
{
    for (size_t from = 0; from < text.n;) {
        size_t at = from + span_search(span_from(text, from), term);
        if (at >= text.n)
            return false;
        if (!utf8_term_before(text, at) && !utf8_term_at(text, at + term.n))
            return true;
        from = at + 1;
    }
    return false;
}

static bool passes(enum test_kind kind, struct span text, struct span wanted)
{
    switch (kind) {
    case TEST_EQUALS:
    case TEST_EQUALS_ANY_CASE:
        return span_equal(text, wanted);
    case TEST_STARTS:
        return span_starts(text, wanted);
    case TEST_CONTAINS:
        return span_search(text, wanted) < text.n;
    case TEST_HAS:
        break;
    }
    return has_term(text, wanted);
}

static bool test_holds(const struct test *t, struct evaluation *on)
{
    struct span text = value_text(reference_value(&t->of, on), on->arena);
    if (t->kind != TEST_EQUALS)
        text = text_lower(text, on->arena);
    for (unsigned i = 0; i < t->n; i++)
        if (passes(t->kind, text, t->texts[i]))
            return !t->negated;
    return t->negated;
}

bool condition_holds(const struct condition *c, struct evaluation *on)
{
    for (unsigned i = 0; i < c->tests_n; i++)
        if (!test_holds(&c->tests[i], on))
            return false;
    for (unsigned i = 0; i < c->any_n; i++)
        if (condition_holds(c->any[i], on))
            return true;
    return c->any_n == 0;
}
