#include "common/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void addresses_have_their_class(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        { "10.1.2.3", "private" },
        { "172.15.255.255", "public" },
        { "172.16.0.0", "private" },
        { "172.31.255.255", "private" },
        { "172.32.0.0", "public" },
        { "192.168.9.9", "private" },
        { "100.64.0.1", "shared" },
        { "100.128.0.0", "public" },
        { "127.0.0.1", "loopback" },
        { "169.254.1.1", "link-local" },
        { "224.0.0.251", "multicast" },
        { "239.255.255.255", "multicast" },
        { "240.0.0.1", "public" },
        { "255.255.255.255", "broadcast" },
        { "0.0.0.0", "unspecified" },
        { "192.0.2.7", "documentation" },
        { "198.51.100.7", "documentation" },
        { "203.0.113.7", "documentation" },
        { "2001:db8::1", "documentation" },
        { "fd00::1", "private" },
        { "fe80::1", "link-local" },
        { "ff02::1", "multicast" },
        { "::1", "loopback" },
        { "::", "unspecified" },
        { "::ffff:10.0.0.1", "private" },
        { "2600::1", "public" },
        { "", "none" },
        { "xxx.xx.x.xx", "text" },
        { "10.0.0", "text" },
        { "010.0.0.1", "text" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span name = ip_class(span_text(cases[i].text));
        if (!span_is(name, cases[i].name))
            fail_msg("%s: %.*s instead of %s", cases[i].text, (int)name.n, name.p, cases[i].name);
    }
    assert_true(span_is(ip_class(span_of("10.0.0.1\0", 9)), "text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(addresses_have_their_class) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
