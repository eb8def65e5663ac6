/* Ends of connections as ASA texts write them. */
#include "formats/cisco_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void expect_span(struct span got, const char *wanted, const char *what, const char *text)
{
    if (!span_is(got, wanted))
        fail_msg("%s of <%s>: <%.*s> instead of <%s>", what, text, (int)got.n, got.p, wanted);
}

static void expect(const char *text, const char *interface, const char *address, const char *port, const char *user)
{
    struct cisco_end e = cisco_end_of(span_text(text), false);
    expect_span(e.interface, interface, "interface", text);
    expect_span(e.address, address, "address", text);
    expect_span(e.port, port, "port", text);
    expect_span(e.user, user, "user", text);
}

static void an_end_is_interface_address_port_and_user(void **state)
{
    (void)state;
    expect("outside:192.0.2.7/443", "outside", "192.0.2.7", "443", "");
    expect("outside:192.0.2.7", "outside", "192.0.2.7", "", "");
    expect("192.0.2.7/443", "", "192.0.2.7", "443", "");
    expect("NP Identity Ifc:192.0.2.7/161", "NP Identity Ifc", "192.0.2.7", "161", "");
    expect("inside:192.0.2.7/443(LOCAL\\ann)", "inside", "192.0.2.7", "443", "LOCAL\\ann");
    expect("inside:192.0.2.7/443 (ann b@example.com)", "inside", "192.0.2.7", "443", "ann b@example.com");
    expect("", "", "", "", "");
}

static void blanks_may_stand_around_colon_and_slash(void **state)
{
    (void)state;
    expect("outside :192.0.2.7 /443 (ann)", "outside", "192.0.2.7", "443", "ann");
    expect("192.0.2.7 /443", "", "192.0.2.7", "443", "");
}

static void an_address_may_be_ipv6_or_a_name(void **state)
{
    (void)state;
    expect("inside:2001:db8::7/53", "inside", "2001:db8::7", "53", "");
    expect("2001:db8::7/53", "", "2001:db8::7", "53", "");
    expect("2001:db8::7", "", "2001:db8::7", "", "");
    expect("dmz:mail-1/25", "dmz", "mail-1", "25", "");
    expect("mail-1.example.com/25", "", "mail-1.example.com", "25", "");
}

static void an_interface_may_have_colons(void **state)
{
    (void)state;
    expect("ctx:outside:192.0.2.7/443", "ctx:outside", "192.0.2.7", "443", "");
    expect("ctx:outside:2001:db8::7/443", "ctx:outside", "2001:db8::7", "443", "");
    expect("ctx:outside:192.0.2.7", "ctx:outside", "192.0.2.7", "", "");
    expect("a/b:ctx:192.0.2.7", "a/b:ctx", "192.0.2.7", "", "");
    expect("a/b:ctx: 192.0.2.7 /443", "a/b:ctx", "192.0.2.7", "443", "");
    expect("a:b: /443", "a", "b:", "443", "");
}

/* Ends in time only if what stands behind them is not read again from each. */
static void an_interface_may_have_very_many_colons(void **state)
{
    enum { BYTES = 1 << 20 };
    static const struct {
        const char *end;
        size_t colons_to;
    } cases[] = { { "/1", BYTES / 2 }, { " \t", BYTES } };
    (void)state;
    char *text = malloc(BYTES);
    for (unsigned i = 0; i < 2; i++) {
        memset(text, ' ', BYTES);
        memcpy(text, "a/b", 3);
        for (size_t at = 3; at + 1 < cases[i].colons_to; at += 2)
            memcpy(text + at, ":x", 2);
        memcpy(text + BYTES - 2, cases[i].end, 2);
        struct cisco_end e = cisco_end_of(span_of(text, BYTES), false);
        expect_span(e.interface, "a/b", "interface", "colons");
    }
    free(text);
}

static void a_user_may_stand_bare_behind_the_port_and_a_type_is_none(void **state)
{
    (void)state;
    expect("outside:192.0.2.7/443 ann", "outside", "192.0.2.7", "443", "ann");
    expect("outside:192.0.2.7/443 type 3, code 0", "outside", "192.0.2.7", "443", "");
    expect("outside:192.0.2.7/443 bob (LOCAL\\ann)", "outside", "192.0.2.7", "443", "LOCAL\\ann");
}

static void the_first_group_may_be_the_translated_address(void **state)
{
    (void)state;
    struct cisco_end e = cisco_end_of(SPAN_LITERAL("in:192.0.2.7/40 (198.51.100.7/41)(LOCAL\\ann) (bob)"), true);
    assert_true(span_is(e.address, "192.0.2.7") && span_is(e.port, "40"));
    assert_true(span_is(e.mapped_address, "198.51.100.7") && span_is(e.mapped_port, "41"));
    assert_true(span_is(e.user, "LOCAL\\ann"));
    e = cisco_end_of(SPAN_LITERAL("in:2001:db8::7/40 (2001:db8::8/41)"), true);
    assert_true(span_is(e.mapped_address, "2001:db8::8") && span_is(e.mapped_port, "41") && e.user.n == 0);
    e = cisco_end_of(SPAN_LITERAL("in:192.0.2.7/40"), true);
    assert_true(e.mapped_address.n == 0 && e.mapped_port.n == 0);
    e = cisco_end_of(SPAN_LITERAL("in:192.0.2.7/40 (198.51.100.7"), true); /* cut off */
    assert_true(span_is(e.address, "192.0.2.7") && e.user.n == 0);
}

static void a_user_is_what_the_first_group_holds_but_no_security_group(void **state)
{
    (void)state;
    expect_span(cisco_user_of(SPAN_LITERAL(" (ann) (bob)")), "ann", "user", "two groups");
    expect_span(cisco_user_of(SPAN_LITERAL("(LOCAL\\ann, 123)")), "LOCAL\\ann", "user", "with a tag");
    expect_span(cisco_user_of(SPAN_LITERAL("(ann, 99:staff)")), "ann", "user", "with a named tag");
    expect_span(cisco_user_of(SPAN_LITERAL("(Doe, Ann)")), "Doe, Ann", "user", "with a comma");
    expect_span(cisco_user_of(SPAN_LITERAL("(99:staff)")), "", "user", "a tag alone");
    expect_span(cisco_user_of(SPAN_LITERAL("(5551234)")), "5551234", "user", "of digits");
    expect_span(cisco_user_of(SPAN_LITERAL("fw-1")), "", "user", "no group");
    expect_span(cisco_user_of(SPAN_LITERAL("")), "", "user", "nothing");
}

static void access_lists_have_the_port_in_parentheses(void **state)
{
    (void)state;
    struct cisco_end e = cisco_access_list_end(SPAN_LITERAL("inside/192.0.2.7(51000)(LOCAL\\ann)"));
    assert_true(span_is(e.interface, "inside") && span_is(e.address, "192.0.2.7"));
    assert_true(span_is(e.port, "51000") && span_is(e.user, "LOCAL\\ann"));
    e = cisco_access_list_end(SPAN_LITERAL("dmz/www.example.com(80)"));
    assert_true(span_is(e.interface, "dmz") && span_is(e.address, "www.example.com") && span_is(e.port, "80"));
    e = cisco_access_list_end(SPAN_LITERAL("192.0.2.7"));
    assert_true(e.interface.n == 0 && span_is(e.address, "192.0.2.7") && e.port.n == 0);
    e = cisco_access_list_end(SPAN_LITERAL("inside/2001:db8::7(53)"));
    assert_true(span_is(e.address, "2001:db8::7") && span_is(e.port, "53"));
}

static void outbound_lists_have_the_port_behind_a_blank(void **state)
{
    (void)state;
    struct cisco_end e = cisco_listed_end(SPAN_LITERAL("192.0.2.7 138"));
    assert_true(span_is(e.address, "192.0.2.7") && span_is(e.port, "138"));
    e = cisco_listed_end(SPAN_LITERAL("192.0.2.7"));
    assert_true(span_is(e.address, "192.0.2.7") && e.port.n == 0);
    e = cisco_listed_end(SPAN_LITERAL("192.0.2.7/138"));
    assert_true(span_is(e.address, "192.0.2.7") && span_is(e.port, "138"));
}

static void ports_are_numbers_or_the_words_that_devices_print(void **state)
{
    (void)state;
    int64_t port;
    assert_true(cisco_port(SPAN_LITERAL("0"), &port) && port == 0);
    assert_true(cisco_port(SPAN_LITERAL("65535"), &port) && port == 65535);
    assert_true(cisco_port(SPAN_LITERAL("ssh"), &port) && port == 22);
    assert_true(cisco_port(SPAN_LITERAL("www"), &port) && port == 80);
    assert_true(cisco_port(SPAN_LITERAL("snmp"), &port) && port == 161);
    assert_false(cisco_port(SPAN_LITERAL(""), &port));
    assert_false(cisco_port(SPAN_LITERAL("port"), &port));
    assert_false(cisco_port(SPAN_LITERAL("-1"), &port));
    assert_false(cisco_port(SPAN_LITERAL("44 3"), &port));
    assert_false(cisco_port(SPAN_LITERAL("99999999999999999999"), &port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_is_interface_address_port_and_user),
        cmocka_unit_test(blanks_may_stand_around_colon_and_slash),
        cmocka_unit_test(an_address_may_be_ipv6_or_a_name),
        cmocka_unit_test(an_interface_may_have_colons),
        cmocka_unit_test(an_interface_may_have_very_many_colons),
        cmocka_unit_test(a_user_may_stand_bare_behind_the_port_and_a_type_is_none),
        cmocka_unit_test(the_first_group_may_be_the_translated_address),
        cmocka_unit_test(a_user_is_what_the_first_group_holds_but_no_security_group),
        cmocka_unit_test(access_lists_have_the_port_in_parentheses),
        cmocka_unit_test(outbound_lists_have_the_port_behind_a_blank),
        cmocka_unit_test(ports_are_numbers_or_the_words_that_devices_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
