/* For tests of vendors' forms: one stream of units, each expected to give a text.
 *
 * A record is written as "TIME field=value field=value …" (fields in the collector's order, what has no value left
 * out), anything else as "skip REASON", "bad REASON", "limit REASON", "header" or "nothing". */
#ifndef TIDEMARK_TESTS_FORMS_H
#define TIDEMARK_TESTS_FORMS_H

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct stream_test {
    const struct collector *collector;
    struct parse_options options;
    struct parser parser;
    struct buffer text;
    struct record record;
};

static inline void stream_begin(struct stream_test *s, const struct collector *c, const char *form, const char *columns)
{
    *s = (struct stream_test){ .collector = c };
    s->options = (struct parse_options){ .columns = columns };
    const struct form *f = collector_form(c, form);
    assert_non_null(f);
    assert_string_equal(f->name, form);
    parser_init(&s->parser, c, f, &s->options);
}

static inline void stream_end(struct stream_test *s)
{
    parser_fini(&s->parser);
    buffer_fini(&s->text);
}

static inline void stream_write_record(struct stream_test *s)
{
    char time[32];
    const struct record *r = &s->record;
    timestamp_format(r->time_ms, true, time);
    buffer_append_format(&s->text, "%s", time);
    for (unsigned i = 0; i < s->collector->fields_n; i++) {
        const struct field *f = &s->collector->fields[i];
        if (!record_has(r, i))
            continue;
        buffer_append_format(&s->text, " %s=", f->name);
        if (f->kind == FIELD_TIME) {
            timestamp_format(r->value[i].number, true, time);
            buffer_append_format(&s->text, "%s", time);
        } else if (f->kind == FIELD_DESCRIPTOR || f->kind == FIELD_TEXT) {
            buffer_append_span(&s->text, r->value[i].text);
        } else {
            buffer_append_format(&s->text, "%lld", (long long)r->value[i].number);
        }
    }
}

static inline void stream_write_result(struct stream_test *s, enum parse_result result)
{
    static const char *const words[] = { "record", "skip", "bad", "limit", "header", "nothing" };
    if (result == PARSE_RECORD)
        stream_write_record(s);
    else
        buffer_append_format(&s->text, "%s%s%s", words[result], s->record.reason ? " " : "",
                             s->record.reason ? s->record.reason : "");
}

/* The unit stands in an allocation that ends with the padding that parsers may read.  Each further part of it begins
 * on a line of its own. */
static inline const char *stream_parse(struct stream_test *s, const char *unit, size_t n)
{
    char *copy = calloc(1, n + 64);
    assert_non_null(copy);
    memcpy(copy, unit, n);
    buffer_clear(&s->text);
    stream_write_result(s, parser_parse(&s->parser, span_of(copy, n), &s->record));
    while (s->record.more) {
        buffer_append_byte(&s->text, '\n');
        stream_write_result(s, parser_parse_more(&s->parser, span_of(copy, n), &s->record));
    }
    buffer_append_byte(&s->text, '\0');
    free(copy);
    return s->text.p;
}

static inline void expect_unit(struct stream_test *s, const char *unit, const char *expected)
{
    assert_string_equal(stream_parse(s, unit, strlen(unit)), expected);
}

/* How every form of the collector judges the head: the name of the one that the collector would choose. */
static inline const char *recognised(const struct collector *c, const char *head)
{
    enum probe_result best = PROBE_NO;
    const char *name = "none";
    for (unsigned i = 0; i < c->forms_n; i++) {
        enum probe_result result = c->forms[i].probe(span_text(head));
        if (result > best) {
            best = result;
            name = c->forms[i].name;
        }
    }
    return name;
}

/* Whatever is wanted, the verdict and the time of a unit are the same; and nothing but the wanted is needed. */
static inline void expect_same_verdict(const struct collector *c, const char *form, const char *columns,
                                       const char *const *units, unsigned n)
{
    struct stream_test all, none;
    stream_begin(&all, c, form, columns);
    stream_begin(&none, c, form, columns);
    parser_want(&none.parser, NULL, 0, false);
    for (unsigned i = 0; i < n; i++) {
        char *first = strdup(stream_parse(&all, units[i], strlen(units[i])));
        const char *second = stream_parse(&none, units[i], strlen(units[i]));
        assert_int_equal(strncmp(first, second, strcspn(second, " ")), 0);
        assert_int_equal(all.record.time_ms, none.record.time_ms);
        assert_true(all.record.reason == none.record.reason ||
                    (all.record.reason && none.record.reason && strcmp(all.record.reason, none.record.reason) == 0));
        free(first);
    }
    stream_end(&all);
    stream_end(&none);
}

#endif
