#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void ports_are_a_range(void **state)
{
    (void)state;
    uint32_t first, last;
    assert_true(options_ports(SPAN_LITERAL("0-65535"), &first, &last));
    assert_int_equal(first, 0);
    assert_int_equal(last, 65535);
    assert_true(options_ports(SPAN_LITERAL("443-443"), &first, &last));
    static const char *const wrong[] = { "", "-", "1", "1-", "-1", "2-1", "0-65536", "0-1-2", "a-b", "0 - 5" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(options_ports(span_text(wrong[i]), &first, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
