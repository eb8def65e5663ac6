/* The account: sums over shards, in order, and what does not add up. */
#include "cases.h"

#include "account.h"

static void shards_are_added_up_and_sources_sorted(void **state)
{
    (void)state;
    struct account a = { 0 };
    struct buffer out = { 0 };
    const struct account_line first[] = { { SPAN_LITERAL("zeek"), FATE_READ, SPAN_LITERAL(""), 10 },
                                          { SPAN_LITERAL("asa"), FATE_READ, SPAN_LITERAL(""), 9 },
                                          { SPAN_LITERAL("asa"), FATE_SESSIONS, SPAN_LITERAL(""), 3 },
                                          { SPAN_LITERAL("asa"), FATE_SESSION_RECORDS, SPAN_LITERAL(""), 2 },
                                          { SPAN_LITERAL("asa"), FATE_PORTLESS, SPAN_LITERAL(""), 1 },
                                          { SPAN_LITERAL("asa"), FATE_BAD, SPAN_LITERAL("no_time"), 1 },
                                          { SPAN_LITERAL("asa"), FATE_SKIP, SPAN_LITERAL("z\"\0"), 2 },
                                          { SPAN_LITERAL("asa"), FATE_SKIP, SPAN_LITERAL("a"), 1 },
                                          { SPAN_LITERAL("asa"), FATE_LIMIT, SPAN_LITERAL("line_length"), 1 },
                                          { SPAN_LITERAL("asa"), FATE_LOST_BYTES, SPAN_LITERAL(""), 77 } };
    const struct account_line second[] = { { SPAN_LITERAL("asa"), FATE_SESSIONS, SPAN_LITERAL(""), 4 },
                                           { SPAN_LITERAL("asa"), FATE_SESSION_RECORDS, SPAN_LITERAL(""), 2 },
                                           { SPAN_LITERAL("zeek"), FATE_SESSION_RECORDS, SPAN_LITERAL(""), 11 },
                                           { SPAN_LITERAL("x"), (enum fate)99, SPAN_LITERAL(""), 1 } };
    account_add(&a, first, COUNT_OF(first));
    account_add(&a, second, COUNT_OF(second));
    account_append_json(&a, 5, &out);
    json_error_t bad;
    json_t *got = json_loadb(out.p, out.n, JSON_ALLOW_NUL, &bad);
    assert_non_null(got);
    json_t *expected = json_loads(
        "{\"event\": \"account\", \"results\": 5, \"sources\": ["
        " {\"source\": \"asa\", \"read\": 9, \"sessions\": 8, \"session_records\": 4, \"skipped\": 3, \"malformed\": 1,"
        "  \"over_limit\": 1, \"without_port\": 1, \"lost_bytes\": 77, \"unaccounted\": 0, \"reasons\": ["
        "   {\"verdict\": \"skip\", \"reason\": \"a\", \"count\": 1}, {\"verdict\": \"skip\", \"reason\": "
        "\"z\\\"\\u0000\", \"count\": 2},"
        "   {\"verdict\": \"bad\", \"reason\": \"no_time\", \"count\": 1}, {\"verdict\": \"limit\", \"reason\": "
        "\"line_length\", \"count\": 1}]},"
        " {\"source\": \"zeek\", \"read\": 10, \"sessions\": 0, \"session_records\": 11, \"skipped\": 0, "
        "\"malformed\": 0,"
        "  \"over_limit\": 0, \"without_port\": 0, \"lost_bytes\": 0, \"unaccounted\": -1, \"reasons\": []}]}",
        JSON_ALLOW_NUL, &bad);
    assert_non_null(expected);
    if (!json_equal(got, expected))
        fail_msg("%.*s", (int)out.n, out.p);
    json_decref(got);
    json_decref(expected);
    buffer_fini(&out);
    account_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(shards_are_added_up_and_sources_sorted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
