#include "fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void expect(enum fold_field field, const char *text, const char *wanted)
{
    struct span out = fold(field, span_text(text));
    if (!span_is(out, wanted))
        fail_msg("\"%s\" is folded to \"%.*s\", expected \"%s\"", text, (int)out.n, out.p, wanted);
}

static void known_values_in_another_case_become_the_known_value(void **state)
{
    (void)state;
    expect(FOLD_PROTOCOL, "Tcp", "TCP");
    expect(FOLD_PROTOCOL, "IPV6-ICMP", "IPv6-ICMP");
    expect(FOLD_PROTOCOL, "shim6", "Shim6");
    expect(FOLD_PROTOCOL, "Argus (Deprecated)", "ARGUS (deprecated)");
    expect(FOLD_DIRECTION, "inbound", "Inbound");
    expect(FOLD_DIRECTION, "na", "NA");
    expect(FOLD_DIRECTION, "LISTEN", "Listen");
    expect(FOLD_ACTION, "allow", "Allow");
    expect(FOLD_ACTION, "DROP icmp", "Drop ICMP");
    expect(FOLD_ACTION, "vpnroute", "VPNroute");
}

static void anything_else_stays_as_it_came(void **state)
{
    (void)state;
    expect(FOLD_PROTOCOL, "unassigned", "unassigned");
    expect(FOLD_PROTOCOL, "tcp ", "tcp ");
    expect(FOLD_PROTOCOL, "6", "6");
    expect(FOLD_PROTOCOL, "", "");
    expect(FOLD_ACTION, "Blocked", "Blocked");
    expect(FOLD_ACTION, "tcp", "tcp");
    expect(FOLD_DIRECTION, "allow", "allow");
}

static void case_is_that_of_characters_not_of_bytes(void **state)
{
    (void)state;
    expect(FOLD_PROTOCOL, "S\xe2\x84\xaaIP", "SKIP"); /* Kelvin sign: its lower case is k */
    expect(FOLD_PROTOCOL, "\xe2\x84\xaa", "\xe2\x84\xaa");
    expect(FOLD_ACTION, "\xff\xfe", "\xff\xfe");
    struct span nul = { "tcp\0", 4 };
    assert_true(span_equal(fold(FOLD_PROTOCOL, nul), nul));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values_in_another_case_become_the_known_value),
        cmocka_unit_test(anything_else_stays_as_it_came),
        cmocka_unit_test(case_is_that_of_characters_not_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
