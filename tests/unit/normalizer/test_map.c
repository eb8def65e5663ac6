#include "map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Nine lines: what a test adds begins in line 10. */
static const char head[] = "source: acme\n"
                           "title: Acme\n"
                           "record:\n"
                           "  descriptor: [proto, action, direction]\n"
                           "  text: [user, src_ip]\n"
                           "  integer: [bytes_in, bytes_out]\n"
                           "  port: [src_port, dst_port, other_port]\n"
                           "  time: [start]\n"
                           "# what is tested stands below\n";

static struct map *compile(const char *text, struct findings *f)
{
    *f = (struct findings){ .file = "acme.yaml" };
    return map_compile(span_text(text), "acme", f);
}

/* The map must be refused, with exactly these lines. */
static void expect(const char *tail, const char *wanted)
{
    struct buffer text = { 0 };
    struct findings f;
    buffer_append_format(&text, "%s%s%c", head, tail, '\0');
    struct map *m = compile(text.p, &f);
    buffer_append_byte(&f.text, '\0');
    if (m || strcmp(f.text.p, wanted) != 0)
        fail_msg("%s\ngives\n%sexpected\n%s", tail, f.text.p, wanted);
    findings_fini(&f);
    buffer_fini(&text);
}

static struct map *good(const char *tail)
{
    struct buffer text = { 0 };
    struct findings f;
    buffer_append_format(&text, "%s%s%c", head, tail, '\0');
    struct map *m = compile(text.p, &f);
    if (!m)
        fail_msg("%s\ngives\n%.*s", tail, (int)f.text.n, f.text.p);
    findings_fini(&f);
    buffer_fini(&text);
    return m;
}

#define LINE(n, column, sentence) "acme.yaml:" #n ":" #column ": " sentence "\n"

static void a_good_map_is_taken(void **state)
{
    (void)state;
    struct map *m = good("fields:\n"
                         "  NetworkProtocol: { from: proto, lookup: protocol }\n"
                         "  DstPortNumber: { from: dst_port }\n"
                         "  DvcAction: { from: action, map: { accept: Allow }, else: Deny }\n"
                         "  EventResult: { from: DvcAction, lookup: action_result }\n"
                         "  EventStartTime: { from: [start, time] }\n"
                         "  NetworkBytes: { sum: [bytes_in, bytes_out] }\n"
                         "  SrcIpAddr: { from: src_ip }\n"
                         "  IpAddr: { from: SrcIpAddr }\n"
                         "skip:\n"
                         "  - { when: { proto: \"\" }, reason: no_protocol }\n"
                         "connectors: [A, B]\n"
                         "tables: [T]\n"
                         "deviations: [ \"one\" ]\n");
    assert_true(span_is(m->source, "acme"));
    assert_int_equal(m->record_n, 11);
    assert_int_equal(m->descriptors_n, 3);
    assert_int_equal(m->connectors_n, 2);
    assert_int_equal(m->skips_n, 1);
    assert_int_equal(m->sessions_n, 1);
    assert_false(m->summaries);
    assert_non_null(m->sessions[0].fields[ASIM_DvcAction]);
    assert_null(m->sessions[0].fields[ASIM_DstAppName]);
    map_free(&m);
    assert_null(m);
}

static void what_must_be_there_is_asked_for(void **state)
{
    (void)state;
    struct findings f;
    assert_null(compile("{}\n", &f));
    buffer_append_byte(&f.text, '\0');
    assert_string_equal(f.text.p,
                        LINE(1, 1, "source: missing: expected a text") LINE(1, 1, "title: missing: expected a text")
                            LINE(1, 1, "record: missing: expected the fields of the record by kind")
                                LINE(1, 1,
                                     "fields: missing: expected a mapping of ASIM fields to "
                                     "expressions"));
    findings_fini(&f);
    assert_null(compile("- a\n", &f));
    buffer_append_byte(&f.text, '\0');
    assert_string_equal(f.text.p, LINE(1, 1, "a map: a list: expected a mapping"));
    findings_fini(&f);
}

static void the_top_level_is_checked(void **state)
{
    (void)state;
    expect("feilds: {}\nfields: {}\n", LINE(10, 1, "feilds: no key of a map; did you mean fields?"));
    expect("fields: {}\nsummaries: maybe\n", LINE(11, 12, "summaries: expected true or false"));
    expect("fields: {}\ntables: T\n", LINE(11, 9, "tables: a text: expected a list"));
    expect("fields: {}\ntables: [[T]]\n", LINE(11, 10, "tables: a list: expected a text"));
    expect("fields: {}\nselection:\n",
           LINE(11, 11, "selection: nothing: expected a text; an empty one is written \"\""));
    expect("fields: {}\nfields: {}\n", LINE(11, 1, "fields: expected each key once; the first is in line 10"));
    struct findings f;
    assert_null(compile("source: other\ntitle: T\nrecord: {}\nfields: {}\n", &f));
    buffer_append_byte(&f.text, '\0');
    assert_string_equal(f.text.p, LINE(1, 9, "source: other: expected acme, as the file is named"));
    findings_fini(&f);
}

static void the_record_is_checked(void **state)
{
    (void)state;
    struct findings f;
    assert_null(compile("source: acme\ntitle: T\nfields: {}\nrecord:\n  descriptors: [a]\n  text: [b, b, time]\n"
                        "  port: b\n  integer: [\"\", any]\n",
                        &f));
    buffer_append_byte(&f.text, '\0');
    assert_string_equal(
        f.text.p,
        LINE(5, 3, "descriptors: no key of record; did you mean descriptor?") LINE(6, 13, "b: expected each field once")
            LINE(6, 16, "time: expected another name: this one has a meaning of its own or no length")
                LINE(8, 13, ": expected another name: this one has a meaning of its own or no length")
                    LINE(8, 17, "any: expected another name: this one has a meaning of its own or no length")
                        LINE(7, 9, "port: a text: expected a list"));
    findings_fini(&f);
}

static void fields_are_checked(void **state)
{
    (void)state;
    expect("fields:\n  DvcActoin: x\n",
           LINE(11, 3, "DvcActoin: expected an ASIM NetworkSession field; did you mean DvcAction?"));
    expect("fields:\n  TimeGenerated: { from: start }\n",
           LINE(11, 3, "TimeGenerated: expected no line: it is always the event time"));
    expect("fields: [DvcAction]\n", LINE(10, 9, "fields: a list: expected a mapping of ASIM fields to expressions"));
    expect("fields:\n  Dvc: [a]\n", LINE(11, 8, "a list: expected a text, or a mapping such as { from: name }"));
    expect("fields:\n  Dvc:\n", LINE(11, 7, "an expression: nothing: expected a text; an empty one is written \"\""));
    expect("fields: {}\ncopy: [user]\n",
           LINE(11, 8, "user: expected an ASIM NetworkSession field; did you mean User?"));
    expect("fields: {}\ncopy: [Dvc]\n", LINE(11, 8, "copy: Dvc: expected a field of the record"));
}

static void expressions_are_checked(void **state)
{
    (void)state;
    expect("fields:\n  Dvc: { form: user }\n",
           LINE(11, 10, "form: no key of an expression; did you mean from?")
               LINE(11, 8,
                    "expected where the value comes from: value, from, sum, class_of, host_of, domain_of, fqdn_of, "
                    "domain_type_of or cases"));
    expect("fields:\n  Dvc: { from: usr }\n",
           LINE(11, 16, "usr: expected a field of the record or an ASIM field that this map sets; did you mean user?"));
    expect("fields:\n  Dvc: { from: [user, SrcHostname] }\n",
           LINE(11, 23, "SrcHostname: expected a field of the record or an ASIM field that this map sets"));
    expect("fields:\n  Dvc: { from: user, value: x }\n", LINE(11, 22, "value: expected only one of it and from"));
    expect("fields:\n  Dvc: { from: [] }\n",
           LINE(11, 16, "from: an empty list: expected the name of a field, or a list of names"));
    expect("fields:\n  Dvc: { from: { a: b } }\n",
           LINE(11, 16, "from: a mapping: expected the name of a field, or a list of names"));
    expect("fields:\n  Dvc: { value: x, upper: true }\n", LINE(11, 20, "upper: expected nothing beside value"));
    expect("fields:\n  Dvc: { from: user, when: { proto: x } }\n", LINE(11, 22, "when: no key of an expression"));
}

static void transforms_are_checked(void **state)
{
    (void)state;
    expect("fields:\n  Dvc: { from: user, lookup: protocols }\n",
           LINE(11, 30,
                "lookup: protocols: expected protocol, protocol_number, icmp_type, action_result or "
                "action_severity; did you mean protocol?"));
    expect("fields:\n  Dvc: { from: user, before: \"\" }\n", LINE(11, 30, "before: expected a text that is not empty"));
    expect("fields:\n  Dvc: { from: user, else: x }\n",
           LINE(11, 22, "else: expected beside it map, map_any_case or lookup"));
    expect("fields:\n  Dvc: { from: user, map: { a: b }, else: x, keep: true }\n",
           LINE(11, 46, "keep: expected only one of else and keep"));
    expect("fields:\n  Dvc: { from: user, map: { a: b }, lookup: protocol }\n",
           LINE(11, 37, "lookup: expected only one of map, map_any_case and lookup"));
    expect("fields:\n  Dvc: { from: user, map: {} }\n",
           LINE(11, 27, "map: an empty mapping: expected a mapping of texts to values"));
    expect("fields:\n  Dvc: { from: user, map: { a: } }\n",
           LINE(11, 32, "map: nothing: expected a text; an empty one is written \"\""));
    expect("fields:\n  Dvc: { from: user, map_any_case: { a: 1, A: 2 } }\n",
           LINE(11, 44, "A: expected each text once, case ignored"));
    expect("fields:\n  Dvc: { from: user, upper: yes }\n", LINE(11, 29, "upper: expected true or false"));
    expect("fields:\n  Dvc: { from: user, upper: true, lower: true }\n",
           LINE(11, 8, "upper and lower: expected only one of them"));
    expect("fields:\n  Duration: { from: bytes_in, scale: 0 }\n",
           LINE(11, 38, "scale: expected a whole number above 0"));
    expect("fields:\n  Duration: { from: bytes_in, divide: 1.5 }\n",
           LINE(11, 39, "divide: expected a whole number above 0"));
}

static void cases_and_conditions_are_checked(void **state)
{
    (void)state;
    expect("fields:\n  Dvc: { cases: [] }\n", LINE(11, 17, "cases: an empty list: expected a list of cases"));
    expect("fields:\n  Dvc: { cases: [ { value: a }, { value: b } ] }\n",
           LINE(11, 33, "a case behind one without when is never reached"));
    expect(
        "fields:\n  Dvc: { cases: [ { when: { prot: x }, value: a } ] }\n",
        LINE(11, 29, "prot: expected a field of the record or an ASIM field that this map sets; did you mean proto?"));
    expect("fields:\n  Dvc: { cases: [ { when: { proto: { iss: x } }, value: a } ] }\n",
           LINE(11, 38, "iss: no key of a test; did you mean is?"));
    expect("fields:\n  Dvc: { cases: [ { when: { proto: { in: x } }, value: a } ] }\n",
           LINE(11, 42, "in: a text: expected a list of texts"));
    expect("fields:\n  Dvc: { cases: [ { when: { proto: { has: \"\" } }, value: a } ] }\n",
           LINE(11, 43, "has: expected a text that is not empty"));
    expect("fields:\n  Dvc: { cases: [ { when: { proto: {} }, value: a } ] }\n",
           LINE(11, 36, "an empty mapping: expected is, not, in, … or a text"));
    expect("fields:\n  Dvc: { cases: [ { when: {}, value: a } ] }\n",
           LINE(11, 27, "a condition: an empty mapping: expected a mapping of fields to tests"));
    expect("fields:\n  Dvc: { cases: [ { when: { any: { proto: x } }, value: a } ] }\n",
           LINE(11, 34, "any: a mapping: expected a list of conditions"));
    expect("fields:\n  Dvc: { cases: [ { when: { start: x }, value: a } ] }\n",
           LINE(11, 29, "start: a time: expected a field with a text or a number"));
    expect("fields:\n  Dvc: { cases: [ { when: { proto: { empty: perhaps } }, value: a } ] }\n",
           LINE(11, 45, "empty: expected true or false"));
}

static void types_are_checked(void **state)
{
    (void)state;
    expect("fields:\n  EventStartTime: { from: user }\n", LINE(11, 19, "EventStartTime: expected a time"));
    expect("fields:\n  EventStartTime: now\n", LINE(11, 19, "EventStartTime: expected a time"));
    expect("fields:\n  EventCount: { from: start }\n", LINE(11, 15, "EventCount: expected a whole number"));
    expect("fields:\n  EventCount: many\n", LINE(11, 15, "EventCount: expected a whole number"));
    expect("fields:\n  SrcPortNumber: 70000\n", LINE(11, 18, "SrcPortNumber: expected a number of 0 to 65535"));
    expect("fields:\n  TcpFlagsAck: 2\n", LINE(11, 16, "TcpFlagsAck: expected true or false"));
    expect("fields:\n  Dvc: { from: start, upper: true }\n",
           LINE(11, 8, "a time: expected a text or a number to transform"));
    expect("fields:\n  NetworkBytes: { sum: [bytes_in, start] }\n",
           LINE(11, 35, "a time beside a number: expected values of one kind"));
    expect("fields:\n  Dvc: { from: [user, start] }\n",
           LINE(11, 23, "a time beside a text: expected values of one kind"));
    expect("fields: {}\ncount: { from: start }\n", LINE(11, 8, "count: expected a number"));
}

static void what_is_grouped_by_depends_on_descriptors_alone(void **state)
{
    (void)state;
    expect("fields:\n  DvcAction: { from: user }\n",
           LINE(11, 22, "user: expected a descriptor field, because DvcAction depends on it"));
    expect("fields:\n  Dvc: { from: user }\n  NetworkProtocol: { cases: [ { when: { Dvc: x }, value: TCP } ] }\n",
           LINE(11, 16, "user: expected a descriptor field, because NetworkProtocol depends on it"));
    expect(
        "fields: {}\nskip:\n  - { when: { bytes_in: 0 }, reason: empty }\n",
        LINE(12, 15, "bytes_in: expected a descriptor field, because whether the record is a session depends on it"));
    expect("fields: {}\nsessions:\n  - { when: { src_ip: \"\" } }\n",
           LINE(12, 15, "src_ip: expected a descriptor field, because whether the record is a session depends on it"));
    expect("fields:\n  DstAppName: { from: TimeGenerated }\n",
           LINE(11, 23, "the event time: expected a descriptor field, because DstAppName depends on it"));
}

static void the_port_is_a_port_field_or_cases_of_such(void **state)
{
    (void)state;
    static const char wanted[] =
        "DstPortNumber: expected { from: name } with one port field of the record, or cases of such\n";
    struct buffer line = { 0 };
    buffer_append_format(&line, "acme.yaml:11:18: %s%c", wanted, '\0');
    expect("fields:\n  DstPortNumber: { from: bytes_in }\n", line.p);
    expect("fields:\n  DstPortNumber: { from: [src_port, dst_port] }\n", line.p);
    expect("fields:\n  DstPortNumber: { from: dst_port, default: 1 }\n", line.p);
    expect("fields:\n  DstPortNumber: 443\n", line.p);
    buffer_fini(&line);
    expect("fields:\n  DstPortNumber: { cases: [ { when: { user: x }, from: src_port }, { from: dst_port } ] }\n",
           LINE(11, 39, "user: expected a descriptor field, because the choice of the port depends on it"));
    struct map *m = good("fields:\n  DstPortNumber: { cases: [ { when: { direction: in }, from: src_port }, "
                         "{ when: { direction: none }, value: \"\" }, { from: dst_port } ] }\n");
    map_free(&m);
}

static void circles_are_refused(void **state)
{
    (void)state;
    expect("fields:\n  Src: { from: SrcIpAddr }\n  SrcIpAddr: { from: [src_ip, Src] }\n",
           LINE(12, 31, "Src: expected fields that do not refer to each other in a circle"));
    expect("fields:\n  Dvc: { from: Dvc }\n",
           LINE(11, 16, "Dvc: expected fields that do not refer to each other in a circle"));
    expect("fields:\n  Dvc: x\nsessions:\n  - { fields: { Dvc: { from: DvcId }, DvcId: { from: Dvc } } }\n",
           LINE(13, 54, "Dvc: expected fields that do not refer to each other in a circle"));
}

static void skip_and_sessions_are_checked(void **state)
{
    (void)state;
    expect("fields: {}\nskip:\n  - { when: { proto: x } }\n",
           LINE(12, 5, "skip: reason missing: expected when and reason"));
    expect("fields: {}\nskip:\n  - { reason: x }\n", LINE(12, 5, "skip: when missing: expected when and reason"));
    expect("fields: {}\nskip:\n  - { when: { proto: x }, reason: \"Not OK\" }\n",
           LINE(12, 35, "reason: Not OK: expected a short word of a-z, 0-9 and _"));
    expect("fields: {}\nskip: { when: x }\n", LINE(11, 7, "skip: a mapping: expected a list"));
    expect("fields: {}\nsessions: []\n", LINE(11, 11, "sessions: 0: expected 1 to 16 of them"));
    expect("fields: {}\nsessions: [ { wen: { proto: x } } ]\n",
           LINE(11, 15, "wen: no key of a session; did you mean when?"));
    expect("fields: {}\nsessions: [ { fields: { Nothing: x } } ]\n",
           LINE(11, 25, "Nothing: expected an ASIM NetworkSession field"));
}

static void all_mistakes_are_said_in_one_run(void **state)
{
    (void)state;
    expect("fields:\n  DvcAktion: x\n  Dvc: { from: nobody }\n  EventCount: many\nextra: 1\n",
           LINE(14, 1, "extra: no key of a map")
               LINE(11, 3, "DvcAktion: expected an ASIM NetworkSession field; did you mean DvcAction?")
                   LINE(12, 16, "nobody: expected a field of the record or an ASIM field that this map sets")
                       LINE(13, 15, "EventCount: expected a whole number"));
}

static void needs_reach_through_other_fields(void **state)
{
    (void)state;
    struct map *m =
        good("fields:\n"
             "  NetworkProtocol: { from: proto }\n"
             "  DstPortNumber: { cases: [ { when: { direction: in }, from: src_port }, { from: dst_port } ] }\n"
             "  DvcAction: { from: action }\n"
             "  EventResult: { from: DvcAction, lookup: action_result }\n"
             "  User: { from: user }\n"
             "sessions:\n"
             "  - { when: { action: { not: \"\" } } }\n"
             "  - { when: { proto: x }, fields: { DvcAction: { from: proto } } }\n"
             "count: { from: bytes_in }\n");
    struct field_set set = { { false } };
    map_add_needs(m, ASIM_EventResult, &set);
    assert_true(set.has[map_record_field(m, span_text("action"))]);
    assert_true(set.has[map_record_field(m, span_text("proto"))]);
    assert_false(set.has[map_record_field(m, span_text("user"))]);
    set = (struct field_set){ { false } };
    map_add_needs(m, ASIM_DstPortNumber, &set);
    assert_true(set.has[map_record_field(m, span_text("direction"))]);
    assert_true(set.has[map_record_field(m, span_text("src_port"))]);
    assert_true(set.has[map_record_field(m, span_text("dst_port"))]);
    assert_false(set.has[map_record_field(m, span_text("other_port"))]);
    set = (struct field_set){ { false } };
    map_add_needs_of_count(m, &set);
    assert_true(set.has[map_record_field(m, span_text("bytes_in"))]);
    map_add_needs_of_selection(m, &set);
    assert_true(set.has[map_record_field(m, span_text("action"))]);
    map_free(&m);
}

static void a_missing_file_and_odd_names_are_no_map(void **state)
{
    (void)state;
    static const char *const ids[] = { "no-such-source", "../secret", ".hidden", "a/b" };
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct findings f = { 0 };
        struct map *m;
        assert_int_equal(map_load(".", ids[i], &m, &f), STATUS_INPUT);
        assert_null(m);
        assert_int_equal(f.n, 1);
        findings_fini(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_map_is_taken),
        cmocka_unit_test(what_must_be_there_is_asked_for),
        cmocka_unit_test(the_top_level_is_checked),
        cmocka_unit_test(the_record_is_checked),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(expressions_are_checked),
        cmocka_unit_test(transforms_are_checked),
        cmocka_unit_test(cases_and_conditions_are_checked),
        cmocka_unit_test(types_are_checked),
        cmocka_unit_test(what_is_grouped_by_depends_on_descriptors_alone),
        cmocka_unit_test(the_port_is_a_port_field_or_cases_of_such),
        cmocka_unit_test(circles_are_refused),
        cmocka_unit_test(skip_and_sessions_are_checked),
        cmocka_unit_test(all_mistakes_are_said_in_one_run),
        cmocka_unit_test(needs_reach_through_other_fields),
        cmocka_unit_test(a_missing_file_and_odd_names_are_no_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
