#include "lookups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* NULL: no entry. */
static void expect(enum lookup which, const char *text, const char *wanted)
{
    struct span out;
    bool found = lookup_find(which, span_text(text), &out);
    assert_int_equal(found, wanted != NULL);
    if (wanted && !span_is(out, wanted))
        fail_msg("%.*s of \"%s\" is \"%.*s\", expected \"%s\"", (int)lookup_names[which].n, lookup_names[which].p, text,
                 (int)out.n, out.p, wanted);
}

static void numbers_of_protocols_have_the_names_of_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *number, *name;
    } rows[] = { { "0", "HOPOPT" },
                 { "1", "ICMP" },
                 { "6", "TCP" },
                 { "13", "ARGUS (deprecated)" },
                 { "17", "UDP" },
                 { "47", "GRE" },
                 { "58", "IPv6-ICMP" },
                 { "84", "TTP" },
                 { "89", "OSPFIGP" },
                 { "107", "A/N" },
                 { "110", "Compaq-Peer" },
                 { "122", "SM (deprecated)" },
                 { "124", "ISIS over IPv4" },
                 { "132", "SCTP" },
                 { "138", "manet" },
                 { "143", "Ethernet" },
                 { "255", "Reserved" },
                 { "39", "TP++" },
                 { "135", "Mobility Header" } };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect(LOOKUP_PROTOCOL_NUMBER, rows[i].number, rows[i].name);
        expect(LOOKUP_PROTOCOL, rows[i].number, rows[i].name);
    }
    unsigned named = 0;
    for (unsigned n = 0; n < 300; n++)
        named += lookup_protocol_name(n).n > 0;
    assert_int_equal(named, 140);
}

static void numbers_without_a_name_have_no_entry_or_are_unassigned(void **state)
{
    (void)state;
    static const char *const numbers[] = { "61",  "63",    "68",  "99",  "114", "253",
                                           "254", "144",   "252", "256", "-1",  "99999999999999999999",
                                           "6x",  "banana" };
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        expect(LOOKUP_PROTOCOL_NUMBER, numbers[i], NULL);
        expect(LOOKUP_PROTOCOL, numbers[i], "Unassigned");
    }
    expect(LOOKUP_PROTOCOL_NUMBER, "tcp", NULL);
    expect(LOOKUP_PROTOCOL_NUMBER, "", NULL);
    expect(LOOKUP_PROTOCOL, "", NULL);
}

static void a_protocol_may_be_named_in_any_case(void **state)
{
    (void)state;
    expect(LOOKUP_PROTOCOL, "tcp", "TCP");
    expect(LOOKUP_PROTOCOL, "Udp", "UDP");
    expect(LOOKUP_PROTOCOL, "ipv6-icmp", "IPv6-ICMP");
    expect(LOOKUP_PROTOCOL, "MANET", "manet");
    expect(LOOKUP_PROTOCOL, "6.0", "TCP");
}

static void icmp_types_have_names(void **state)
{
    (void)state;
    expect(LOOKUP_ICMP_TYPE, "0", "Echo Reply");
    expect(LOOKUP_ICMP_TYPE, "3", "Destination Unreachable");
    expect(LOOKUP_ICMP_TYPE, "8", "Echo");
    expect(LOOKUP_ICMP_TYPE, "1", "Unassigned");
    expect(LOOKUP_ICMP_TYPE, "20", "Reserved (for Robustness Experiment)");
    expect(LOOKUP_ICMP_TYPE, "29", "Reserved (for Robustness Experiment)");
    expect(LOOKUP_ICMP_TYPE, "30", "Traceroute (Deprecated)");
    expect(LOOKUP_ICMP_TYPE, "43", "Extended Echo Reply");
    expect(LOOKUP_ICMP_TYPE, "44", "Unassigned");
    expect(LOOKUP_ICMP_TYPE, "255", "Reserved");
    expect(LOOKUP_ICMP_TYPE, "echo", "Unassigned");
    expect(LOOKUP_ICMP_TYPE, "", NULL);
}

static void six_actions_are_failures_of_low_severity(void **state)
{
    (void)state;
    static const char *const failures[] = { "Deny", "Drop", "Drop ICMP", "Reset", "Reset Source", "Reset Destination" };
    static const char *const others[] = { "Allow", "Encrypt", "deny", "", "TCP Intercept" };
    for (unsigned i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        expect(LOOKUP_ACTION_RESULT, failures[i], "Failure");
        expect(LOOKUP_ACTION_SEVERITY, failures[i], "Low");
    }
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        expect(LOOKUP_ACTION_RESULT, others[i], "Success");
        expect(LOOKUP_ACTION_SEVERITY, others[i], "Informational");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_protocols_have_the_names_of_the_table),
        cmocka_unit_test(numbers_without_a_name_have_no_entry_or_are_unassigned),
        cmocka_unit_test(a_protocol_may_be_named_in_any_case),
        cmocka_unit_test(icmp_types_have_names),
        cmocka_unit_test(six_actions_are_failures_of_low_severity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
