/* Entries of CloudGen's activity log. */
#include "formats/cloudgen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define ALONE "FWD|TCP|p1|192.0.2.1|50001|02:00:00:00:00:01|198.51.100.1|443|https|p2|A|info|203.0.113.1|198.51.100.1"

static void expect(struct span got, const char *wanted)
{
    if (!span_is(got, wanted))
        fail_msg("<%.*s> instead of <%s>", (int)got.n, got.p, wanted);
}

static struct cloudgen_entry read_entry(const char *line)
{
    struct cloudgen_entry e;
    if (!cloudgen_read(span_text(line), &e))
        fail_msg("no entry: <%s>", line);
    return e;
}

static void values_stand_alone_in_their_order(void **state)
{
    (void)state;
    struct cloudgen_entry e = read_entry("Info +02:00 fw1 Allow: " ALONE "|0|1||||||||||");
    expect(e.head, "Info +02:00 fw1 ");
    expect(e.action, "Allow");
    expect(e.values[CLOUDGEN_srcIP], "192.0.2.1");
    expect(e.values[CLOUDGEN_dstPort], "443");
    expect(e.values[CLOUDGEN_count], "1");
}

static void or_are_named_in_any_order(void **state)
{
    (void)state;
    struct cloudgen_entry e =
        read_entry("fw1 box_Firewall_Activity: type=FWD|dstIP=198.51.100.1|srcIP=192.0.2.1|action=Block|x");
    expect(e.action, "Block");
    expect(e.values[CLOUDGEN_type], "FWD");
    expect(e.values[CLOUDGEN_dstIP], "198.51.100.1");
    expect(e.values[CLOUDGEN_srcNAT], "");
}

static void a_cut_one_is_none(void **state)
{
    static const char *const lines[] = { "",
                                         ":",
                                         "|",
                                         "Allow: ",
                                         "Allow: FWD|TCP|p1|192.0.2.1",
                                         "Allow " ALONE,
                                         "Allow: type=FWD|srcIP=192.0.2.1|dstIP=198.51.100",
                                         NULL };
    (void)state;
    for (const char *const *line = lines; *line; line++) {
        struct cloudgen_entry e;
        assert_false(cloudgen_read(span_text(*line), &e));
    }
}

static void entries_of_other_programs_have_no_protocol(void **state)
{
    (void)state;
    assert_true(cloudgen_is_other(SPAN_LITERAL("fw1 httpproxy: type=WEBLOG|action=Block|srcIP=192.0.2.1")));
    assert_false(cloudgen_is_other(SPAN_LITERAL("fw1 Allow: type=FWD|pro")));
    assert_false(cloudgen_is_other(SPAN_LITERAL("fw1 Allow: type=X|proto=TCP|srcIP=192.0.2.1")));
    assert_false(cloudgen_is_other(SPAN_LITERAL("fw1 Allow: " ALONE)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_alone_in_their_order),
        cmocka_unit_test(or_are_named_in_any_order),
        cmocka_unit_test(a_cut_one_is_none),
        cmocka_unit_test(entries_of_other_programs_have_no_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
