#include "groups.h"

#include "common/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct group tuple(const char *protocol, const char *direction, const char *action, const char *application)
{
    return (struct group){ { span_text(protocol), span_text(direction), span_text(action), span_text(application) } };
}

static void the_same_tuple_has_the_same_number_and_another_one_the_next(void **state)
{
    (void)state;
    struct groups *g = groups_new(7);
    struct group a = tuple("TCP", "Inbound", "Allow", ""), b = tuple("UDP", "Inbound", "Allow", "");
    assert_int_equal(groups_intern(g, &a), 0);
    assert_int_equal(groups_intern(g, &b), 1);
    assert_int_equal(groups_intern(g, &a), 0);
    assert_int_equal(groups_n(g), 2);
    assert_true(span_is(groups_get(g, 1)->texts[GROUP_PROTOCOL], "UDP"));
    assert_true(span_is(groups_get(g, 1)->texts[GROUP_ACTION], "Allow"));
    groups_free(&g);
    assert_null(g);
}

static void the_border_between_two_texts_counts(void **state)
{
    (void)state;
    struct groups *g = groups_new(0);
    struct group a = tuple("ab", "c", "", ""), b = tuple("a", "bc", "", ""), c = tuple("abc", "", "", ""),
                 d = tuple("", "", "", "abc");
    uint32_t ids[] = { groups_intern(g, &a), groups_intern(g, &b), groups_intern(g, &c), groups_intern(g, &d) };
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(ids[i], i);
    groups_free(&g);
}

static void texts_are_compared_byte_by_byte_with_zero_bytes_and_case(void **state)
{
    (void)state;
    struct groups *g = groups_new(1);
    struct group a = { { span_of("T\0P", 3) } }, b = { { span_of("T\0Q", 3) } }, c = { { span_of("t\0P", 3) } };
    assert_int_equal(groups_intern(g, &a), 0);
    assert_int_equal(groups_intern(g, &b), 1);
    assert_int_equal(groups_intern(g, &c), 2);
    assert_int_equal(groups_get(g, 0)->texts[0].n, 3);
    groups_free(&g);
}

static void texts_are_copied(void **state)
{
    (void)state;
    struct groups *g = groups_new(1);
    char text[] = "TCP";
    struct group a = tuple(text, "", "", "");
    groups_intern(g, &a);
    text[0] = 'X';
    assert_true(span_is(groups_get(g, 0)->texts[0], "TCP"));
    groups_free(&g);
}

static void a_hundred_thousand_tuples_keep_their_numbers_and_texts(void **state)
{
    (void)state;
    struct groups *g = groups_new(99);
    char text[32];
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 100000; i++) {
            snprintf(text, sizeof text, "%u", i);
            struct group a = tuple("TCP", text, i % 2 ? "Allow" : "Deny", "");
            assert_int_equal(groups_intern(g, &a), i);
        }
    }
    assert_int_equal(groups_n(g), 100000);
    for (uint32_t i = 0; i < 100000; i += 997) {
        snprintf(text, sizeof text, "%u", i);
        assert_true(span_is(groups_get(g, i)->texts[GROUP_DIRECTION], text));
    }
    groups_free(&g);
}

static void a_text_larger_than_a_block_is_kept_whole(void **state)
{
    (void)state;
    struct groups *g = groups_new(99);
    size_t n = 300000;
    char *text = allocate(n, 1);
    memset(text, 'x', n);
    struct group a = { { span_of(text, n), span_of("y", 1) } };
    assert_int_equal(groups_intern(g, &a), 0);
    assert_int_equal(groups_intern(g, &a), 0);
    assert_true(span_equal(groups_get(g, 0)->texts[0], span_of(text, n)));
    assert_true(span_is(groups_get(g, 0)->texts[1], "y"));
    free(text);
    groups_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_tuple_has_the_same_number_and_another_one_the_next),
        cmocka_unit_test(the_border_between_two_texts_counts),
        cmocka_unit_test(texts_are_compared_byte_by_byte_with_zero_bytes_and_case),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(a_hundred_thousand_tuples_keep_their_numbers_and_texts),
        cmocka_unit_test(a_text_larger_than_a_block_is_kept_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
