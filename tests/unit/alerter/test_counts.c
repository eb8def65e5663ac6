/* The counts of a window: whatever the order in which sums come, they settle the same. */
#include "counts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PORTS = 40, COMBINATIONS = 60, SUMS = 3000 };

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

/* Combinations of 6 protocols and 10 applications: 6 groups. */
static void name_combinations(struct counts *c)
{
    for (unsigned i = 0; i < COMBINATIONS; i++) {
        char protocol[8], application[8];
        snprintf(protocol, sizeof protocol, "p%u", i % 6);
        snprintf(application, sizeof application, "a%u", i / 6);
        struct span texts[COUNT_FIELDS_N] = {
            [FIELD_PROTOCOL] = span_text(protocol), [FIELD_APP] = span_text(application)
        };
        assert_int_equal(counts_combination(c, texts), i);
    }
}

struct sum {
    uint16_t port;
    uint32_t combination;
    int64_t n;
};

static int by_port(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    return (x->port > y->port) - (x->port < y->port);
}

static void expect_settled(const struct sum *sums, size_t n, const int64_t *model)
{
    struct counts c = { 0 };
    name_combinations(&c);
    for (size_t i = 0; i < n; i++)
        counts_add(&c, sums[i].port, sums[i].combination, sums[i].n);
    counts_settle(&c);
    size_t expected = 0;
    for (size_t i = 0; i < (size_t)PORTS * COMBINATIONS; i++)
        expected += model[i] != 0;
    assert_int_equal(c.entries_n, expected);
    for (size_t i = 0; i < c.entries_n; i++) {
        const struct count_entry *entry = &c.entries[i], *before = i ? entry - 1 : NULL;
        assert_true(entry->sum == model[(size_t)entry->port * COMBINATIONS + entry->combination]);
        assert_true(!before || before->port < entry->port ||
                    (before->port == entry->port &&
                     (before->group < entry->group ||
                      (before->group == entry->group && before->combination < entry->combination))));
    }
    counts_fini(&c);
}

static void any_order_settles_the_same(void **state)
{
    (void)state;
    static struct sum sums[SUMS];
    static int64_t model[PORTS * COMBINATIONS];
    /* few of a port, many of a port, few ports, next to nothing */
    static const unsigned of[][3] = {
        { PORTS, COMBINATIONS, 120 }, { PORTS, COMBINATIONS, SUMS }, { 2, COMBINATIONS, 900 }, { 1, 1, 2 }, { 3, 2, 1 }
    };
    for (unsigned seed = 0; seed < 5; seed++) {
        random_state = seed;
        memset(model, 0, sizeof model);
        for (unsigned i = 0; i < of[seed][2]; i++) {
            sums[i] = (struct sum){ (uint16_t)below(of[seed][0]), below(of[seed][1]), 1 + below(9) };
            model[(size_t)sums[i].port * COMBINATIONS + sums[i].combination] += sums[i].n;
        }
        expect_settled(sums, of[seed][2], model);
        qsort(sums, of[seed][2], sizeof *sums, by_port);
        expect_settled(sums, of[seed][2], model);
    }
}

static void nothing_settles_as_nothing(void **state)
{
    (void)state;
    static const int64_t model[PORTS * COMBINATIONS];
    expect_settled(NULL, 0, model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_settles_the_same),
        cmocka_unit_test(nothing_settles_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
