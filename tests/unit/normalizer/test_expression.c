#include "expression.h"
#include "json_text.h"
#include "map.h"

#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* A record with one descriptor `d`, one more `e`, a text, two integers, a port and a time. */
static const char head[] = "source: t\ntitle: T\nrecord: { descriptor: [d, e], text: [t], integer: [i, k], port: [p], "
                           "time: [at] }\nfields:\n";

struct row {
    const char *d, *e, *t;
    int64_t i, k, p, at; /* INT64_MIN: none */
};

static const struct row none = { "", "", "", INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN };

static struct column number_column(int64_t *storage, int64_t value)
{
    static const unsigned char null = 1;
    *storage = value;
    return (struct column){ .type = COLUMN_I64,
                            .data = (const unsigned char *)storage,
                            .data_bytes = 8,
                            .nulls = value == INT64_MIN ? &null : NULL };
}

/* The printed member of `field` when the map's fields are `fields`. */
static void expect(const char *fields, const struct row *r, enum asim_index field, const char *wanted)
{
    struct buffer text = { 0 }, out = { 0 };
    struct findings f = { .file = "t.yaml" };
    struct arena arena = { 0 };
    buffer_append_format(&text, "%s%s", head, fields);
    struct map *m = map_compile(buffer_span(&text), "t", &f);
    if (!m)
        fail_msg("%.*s", (int)f.text.n, f.text.p);
    struct span descriptor[] = { span_text(r->d), span_text(r->e) };
    unsigned char bytes[256];
    int64_t storage[4], time_ms = 1767261605123;
    uint32_t end = (uint32_t)strlen(r->t);
    memcpy(bytes, &end, sizeof end);
    memcpy(bytes + sizeof end, r->t, end);
    struct column texts = { .type = COLUMN_TEXT, .data = bytes, .data_bytes = sizeof end + end };
    struct column numbers[] = { number_column(&storage[0], r->i), number_column(&storage[1], r->k),
                                number_column(&storage[2], r->p), number_column(&storage[3], r->at) };
    struct column time = { .type = COLUMN_I64, .data = (const unsigned char *)&time_ms, .data_bytes = 8 };
    const struct column *columns[] = { NULL, NULL, &texts, &numbers[0], &numbers[1], &numbers[2], &numbers[3] };
    struct evaluation on = { .map = m,
                             .session = &m->sessions[0],
                             .descriptor = descriptor,
                             .columns = columns,
                             .time = &time,
                             .rows = 1,
                             .arena = &arena };
    json_append_field(&out, field, asim_value(field, &on));
    if (!span_is(buffer_span(&out), wanted))
        fail_msg("%s gives \"%.*s\", expected \"%s\"", fields, (int)out.n, out.p, wanted);
    arena_fini(&arena);
    buffer_fini(&out);
    buffer_fini(&text);
    findings_fini(&f);
    map_free(&m);
}

static void expect_d(const char *expression, const char *d, const char *wanted)
{
    struct buffer fields = { 0 }, member = { 0 };
    struct row r = none;
    r.d = d;
    buffer_append_format(&fields, "  Dvc: %s\n%c", expression, '\0');
    if (wanted)
        buffer_append_format(&member, ",\"Dvc\":\"%s\"", wanted);
    buffer_append_byte(&member, '\0');
    expect(fields.p, &r, ASIM_Dvc, member.p);
    buffer_fini(&fields);
    buffer_fini(&member);
}

static void constants_and_fields_have_their_value(void **state)
{
    (void)state;
    expect_d("Acme", "", "Acme");
    expect_d("{ value: \"a b\" }", "", "a b");
    expect_d("\"\"", "", NULL);
    expect_d("{ from: d }", "x", "x");
    expect_d("{ from: d }", "", NULL);
    struct row r = none;
    r.e = "second";
    expect("  Dvc: { from: [d, t, e] }\n", &r, ASIM_Dvc, ",\"Dvc\":\"second\"");
    r.t = "text";
    expect("  Dvc: { from: [d, t, e] }\n", &r, ASIM_Dvc, ",\"Dvc\":\"text\"");
}

static void texts_are_cut(void **state)
{
    (void)state;
    expect_d("{ from: d, before: \"/\" }", "a/b/c", "a");
    expect_d("{ from: d, before: \"/\" }", "abc", "abc");
    expect_d("{ from: d, after: \"/\" }", "a/b/c", "b/c");
    expect_d("{ from: d, after: \"/\" }", "abc", NULL);
    expect_d("{ from: d, after: \"/\" }", "abc/", NULL);
    expect_d("{ from: d, after: \"(\", before: \")\" }", "x(y)z", "y");
    expect_d("{ from: d, before: \"::\" }", "a:b::c", "a:b");
}

static void case_is_changed_character_by_character(void **state)
{
    (void)state;
    expect_d("{ from: d, upper: true }", "tcp", "TCP");
    expect_d("{ from: d, lower: true }", "TCP", "tcp");
    expect_d("{ from: d, upper: true }",
             "stra\xc3\x9f"
             "e \xc3\xa4",
             "STRA\xc3\x9f"
             "E \xc3\x84");
    expect_d("{ from: d, lower: true }", "\xc3\x84\xce\xa3", "\xc3\xa4\xcf\x83");
    expect_d("{ from: d, upper: false }", "tcp", "tcp");
}

static void maps_translate_or_miss(void **state)
{
    (void)state;
    static const char map[] = "{ from: d, map: { b: B, a: A, \"\": nothing } }";
    expect_d(map, "a", "A");
    expect_d(map, "b", "B");
    expect_d(map, "", "nothing");
    expect_d(map, "A", NULL);
    expect_d("{ from: d, map: { a: A }, else: other }", "x", "other");
    expect_d("{ from: d, map: { a: A }, else: other }", "", "other");
    expect_d("{ from: d, map: { a: A }, keep: true }", "x", "x");
    expect_d("{ from: d, map: { a: \"\" }, else: other }", "a", NULL);
    expect_d("{ from: d, map_any_case: { Allow: yes } }", "aLLOW", "yes");
    expect_d("{ from: d, lookup: protocol_number }", "6", "TCP");
    expect_d("{ from: d, lookup: protocol_number, keep: true, upper: true }", "tcp", "TCP");
    expect_d("{ from: d, lookup: action_result }", "", "Success");
}

static void the_default_comes_last(void **state)
{
    (void)state;
    expect_d("{ from: d, default: none }", "", "none");
    expect_d("{ from: d, map: { a: A }, default: none }", "x", "none");
    expect_d("{ from: d, after: \"/\", default: none }", "x", "none");
    expect_d("{ from: d, default: none }", "x", "x");
}

static void numbers_are_scaled_and_added(void **state)
{
    (void)state;
    struct row r = none;
    r.i = 15;
    r.k = -4;
    expect("  Duration: { from: i, scale: 1000 }\n", &r, ASIM_Duration, ",\"Duration\":15000");
    expect("  Duration: { from: i, divide: 2 }\n", &r, ASIM_Duration, ",\"Duration\":7");
    expect("  Duration: { from: k, divide: 3 }\n", &r, ASIM_Duration, ",\"Duration\":-1");
    expect("  NetworkBytes: { sum: [i, k] }\n", &r, ASIM_NetworkBytes, ",\"NetworkBytes\":11");
    expect("  Dvc: { from: i }\n", &r, ASIM_Dvc, ",\"Dvc\":\"15\"");
    expect("  Dvc: { from: i, map: { \"15\": fifteen } }\n", &r, ASIM_Dvc, ",\"Dvc\":\"fifteen\"");
    r.k = INT64_MIN; /* none */
    expect("  NetworkBytes: { sum: [i, k] }\n", &r, ASIM_NetworkBytes, "");
    r.i = INT64_MAX;
    r.k = 1;
    expect("  NetworkBytes: { sum: [i, k] }\n", &r, ASIM_NetworkBytes, "");
    expect("  Duration: { from: i, scale: 2 }\n", &r, ASIM_Duration, "");
    r.d = "12.9";
    expect("  Duration: { from: d, scale: 10 }\n", &r, ASIM_Duration, ",\"Duration\":120");
    r.d = "soon";
    expect("  Duration: { from: d, scale: 10 }\n", &r, ASIM_Duration, "");
}

static void values_are_converted_to_the_type_of_the_field(void **state)
{
    (void)state;
    struct row r = none;
    r.p = 443;
    r.at = 0;
    r.d = " 17.5 ";
    expect("  DstPortNumber: { from: p }\n", &r, ASIM_DstPortNumber, ",\"DstPortNumber\":443");
    expect("  EventCount: { from: d }\n", &r, ASIM_EventCount, ",\"EventCount\":17");
    expect("  EventCount: 1\n", &r, ASIM_EventCount, ",\"EventCount\":1");
    expect("  SrcGeoLatitude: { from: d }\n", &r, ASIM_SrcGeoLatitude, ",\"SrcGeoLatitude\":17.5");
    expect("  EventStartTime: { from: at }\n", &r, ASIM_EventStartTime,
           ",\"EventStartTime\":\"1970-01-01T00:00:00.000Z\"");
    expect("  EventEndTime: { from: time }\n", &r, ASIM_EventEndTime, ",\"EventEndTime\":\"2026-01-01T10:00:05.123Z\"");
    expect("  EventEndTime: { from: TimeGenerated }\n", &r, ASIM_EventEndTime,
           ",\"EventEndTime\":\"2026-01-01T10:00:05.123Z\"");
    expect("  Dvc: { from: at }\n", &r, ASIM_Dvc, ",\"Dvc\":\"1970-01-01T00:00:00.000Z\"");
    r.d = "70000";
    expect("  SrcPortNumber: { from: d }\n", &r, ASIM_SrcPortNumber, "");
    r.d = "many";
    expect("  EventCount: { from: d }\n", &r, ASIM_EventCount, "");
    static const char *const no_reals[] = { "1.", ".5", "01", "1e", "0x1", "NaN", "-", "1 2", "--1" };
    for (unsigned i = 0; i < sizeof no_reals / sizeof no_reals[0]; i++) {
        r.d = no_reals[i];
        expect("  SrcGeoLatitude: { from: d }\n", &r, ASIM_SrcGeoLatitude, "");
    }
    r.d = "-1.5e+3";
    expect("  SrcGeoLatitude: { from: d }\n", &r, ASIM_SrcGeoLatitude, ",\"SrcGeoLatitude\":-1.5e+3");
    r.d = "True";
    expect("  TcpFlagsSyn: { from: d }\n", &r, ASIM_TcpFlagsSyn, ",\"TcpFlagsSyn\":true");
    r.d = "0";
    expect("  TcpFlagsSyn: { from: d }\n", &r, ASIM_TcpFlagsSyn, ",\"TcpFlagsSyn\":false");
    r.d = "2";
    expect("  TcpFlagsSyn: { from: d }\n", &r, ASIM_TcpFlagsSyn, "");
}

static void hosts_are_split(void **state)
{
    (void)state;
    static const struct {
        const char *name, *host, *domain, *fqdn, *type;
    } rows[] = { { "web", "web", NULL, NULL, NULL },
                 { "web.example.net", "web", "example.net", "web.example.net", "FQDN" },
                 { "EXAMPLE\\\\web", "web", "EXAMPLE", "EXAMPLE\\\\web", "Windows" },
                 { "192.0.2.10", "192.0.2.10", NULL, NULL, NULL },
                 { "2001:db8::1", "2001:db8::1", NULL, NULL, NULL },
                 { "", NULL, NULL, NULL, NULL } };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[64]; /* the record's text has one backslash where the printed one has two */
        size_t n = 0;
        for (const char *p = rows[i].name; *p; p++)
            if (!(p[0] == '\\' && p[1] == '\\'))
                name[n++] = *p;
        name[n] = '\0';
        expect_d("{ host_of: d }", name, rows[i].host);
        expect_d("{ domain_of: d }", name, rows[i].domain);
        expect_d("{ fqdn_of: d }", name, rows[i].fqdn);
        expect_d("{ domain_type_of: d }", name, rows[i].type);
    }
    expect_d("{ host_of: d, upper: true }", "web.example.net", "WEB");
}

static void addresses_have_a_class(void **state)
{
    (void)state;
    expect_d("{ class_of: d }", "10.1.2.3", "private");
    expect_d("{ class_of: d }", "127.0.0.1", "loopback");
    expect_d("{ class_of: d }", "8.8.8.8", "public");
    expect_d("{ class_of: d }", "", "none");
    expect_d("{ class_of: d, map: { private: inside }, else: outside }", "192.0.2.1", "outside");
}

static void the_first_case_that_holds_counts(void **state)
{
    (void)state;
    static const char cases[] = "{ cases: [ { when: { d: [a, b] }, value: AB }, { when: { d: { starts: X } }, from: d, "
                                "after: x }, { when: { d: \"\" }, value: none }, { value: rest } ] }";
    expect_d(cases, "a", "AB");
    expect_d(cases, "b", "AB");
    expect_d(cases, "", "none");
    expect_d(cases, "xy", "y");
    expect_d(cases, "z", "rest");
    expect_d("{ cases: [ { when: { d: a }, value: A } ] }", "z", NULL);
}

/* "yes" where the condition on d holds. */
static void holds(const char *condition, const char *d, bool wanted)
{
    struct buffer text = { 0 };
    buffer_append_format(&text, "{ cases: [ { when: { %s }, value: yes } ] }%c", condition, '\0');
    expect_d(text.p, d, wanted ? "yes" : NULL);
    buffer_fini(&text);
}

static void tests_hold_or_do_not(void **state)
{
    (void)state;
    holds("d: a", "a", true);
    holds("d: a", "A", false);
    holds("d: { is: a }", "a", true);
    holds("d: { not: a }", "a", false);
    holds("d: { not: a }", "", true);
    holds("d: { not: \"\" }", "", false);
    holds("d: { in: [a, b] }", "b", true);
    holds("d: { not_in: [a, b] }", "b", false);
    holds("d: { not_in: [a, b] }", "c", true);
    holds("d: { is_any_case: Allow }", "aLLoW", true);
    holds("d: { is_any_case: \xc3\x84"
          "x }",
          "\xc3\xa4X", true);
    holds("d: { starts: TCP }", "tcp/443", true);
    holds("d: { starts: TCP }", "xtcp", false);
    holds("d: { contains: DENY }", "was denYed", true);
    holds("d: { contains: DENY }", "was den", false);
    holds("d: { has: denied }", "was Denied by list", true);
    holds("d: { has: denied }", "undenied", false);
    holds("d: { has: denied }", "undenied, then denied", true);
    holds("d: { has: denied }", "denied1", false);
    holds("d: { has: denied }", "_denied_", true);
    holds("d: { has: denied }",
          "\xc3\xa4"
          "denied",
          false);
    holds("d: { empty: true }", "", true);
    holds("d: { empty: true }", "x", false);
    holds("d: { empty: false }", "x", true);
    holds("d: { not: a, starts: a }", "ab", true);
    holds("d: { not: a, starts: a }", "a", false);
    holds("d: { starts: a }, e: x", "a", false);
    holds("any: [ { d: a }, { d: b, e: \"\" } ]", "b", true);
    holds("any: [ { d: a }, { d: b, e: x } ]", "b", false);
    holds("e: \"\", any: [ { d: a }, { d: b } ]", "c", false);
}

static void conditions_see_numbers_as_text(void **state)
{
    (void)state;
    struct row r = none;
    r.i = 0;
    static const char fields[] =
        "  Dvc: { cases: [ { when: { i: 0 }, value: zero }, { when: { i: \"\" }, value: none } ] }\n";
    expect(fields, &r, ASIM_Dvc, ",\"Dvc\":\"zero\"");
    expect(fields, &none, ASIM_Dvc, ",\"Dvc\":\"none\"");
}

static void asim_fields_refer_to_each_other(void **state)
{
    (void)state;
    struct row r = none;
    r.d = "drop";
    static const char fields[] = "  EventResult: { from: DvcAction, lookup: action_result }\n"
                                 "  DvcAction: { from: d, map: { drop: Drop } }\n"
                                 "  Rule: { from: EventCount }\n  EventCount: { from: e }\n";
    expect(fields, &r, ASIM_EventResult, ",\"EventResult\":\"Failure\"");
    expect(fields, &r, ASIM_Rule, "");
    r.e = "7.9";
    expect(fields, &r, ASIM_Rule, ",\"Rule\":\"7\"");
}

static void any_bytes_are_printed_as_json(void **state)
{
    (void)state;
    expect_d("{ from: d }", "a\"b\\c\n\t\x01", "a\\\"b\\\\c\\n\\t\\u0001");
    expect_d("{ from: d }",
             "\xff"
             "a\xc3\xa4",
             "\xef\xbf\xbd"
             "a\xc3\xa4");
    expect_d("{ from: d }", "\xc3\xa4\"\x7f", "\xc3\xa4\\\"\\u007f");
    expect_d("{ from: d, upper: true }",
             "\xff"
             "a",
             "\xef\xbf\xbd"
             "A");
    expect_d("{ from: d, lower: true }",
             "\xed\xa0\x80"
             "A",
             "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
             "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_and_fields_have_their_value),
        cmocka_unit_test(texts_are_cut),
        cmocka_unit_test(case_is_changed_character_by_character),
        cmocka_unit_test(maps_translate_or_miss),
        cmocka_unit_test(the_default_comes_last),
        cmocka_unit_test(numbers_are_scaled_and_added),
        cmocka_unit_test(values_are_converted_to_the_type_of_the_field),
        cmocka_unit_test(hosts_are_split),
        cmocka_unit_test(addresses_have_a_class),
        cmocka_unit_test(the_first_case_that_holds_counts),
        cmocka_unit_test(tests_hold_or_do_not),
        cmocka_unit_test(conditions_see_numbers_as_text),
        cmocka_unit_test(asim_fields_refer_to_each_other),
        cmocka_unit_test(any_bytes_are_printed_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
