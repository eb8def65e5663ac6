/* Windows' events as text: sentences, labels whatever white space they have, pairs, arrays, times of agents. */
#include "formats/windows_text.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { HEADING, PATH, ADDRESS, PORT, PROTOCOL, FIRST = PATH };

static const struct key words[] = { { "Network Information", HEADING },
                                    { "Application Name", PATH },
                                    { "Source Address", ADDRESS },
                                    { "Source Port", PORT },
                                    { "Protocol", PROTOCOL } };

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static const struct form form = {
    .name = "native", .parse = no_parse, .keys = words, .keys_n = sizeof words / sizeof words[0]
};
static const struct collector collector = { .id = "test", .forms = &form, .forms_n = 1 };
static const struct parse_options options;

static int open_parser(void **state)
{
    struct parser *p = calloc(1, sizeof *p);
    parser_init(p, &collector, &form, &options);
    buffer_reserve(&p->scratch, 1 << 16);
    *state = p;
    return 0;
}

static int close_parser(void **state)
{
    parser_fini(*state);
    free(*state);
    return 0;
}

static void assert_cell(const struct row *row, unsigned number, const char *text)
{
    assert_true(span_is(row_text(row, number), text));
}

static void read_labels(struct parser *p, const char *text, struct row *row)
{
    row_clear(row);
    windows_text_labels(p, span_text(text), FIRST, row);
}

static void labels_end_values_whatever_white_space_is_around(void **state)
{
    static const char *const texts[] = {
        "Application Name:\tC:\\My Files\\a: b.exe\r\n\r\nNetwork Information:\r\n\tSource "
        "Address:\t\tfe80::1\r\n\tSource "
        "Port:\t\t53\r\n\tProtocol:\t\t17",
        "Application Name: C:\\My Files\\a: b.exe Network Information: Source Address: fe80::1 Source Port: 53 "
        "Protocol: 17",
        "Application Name:   C:\\My Files\\a: b.exe    Network Information:   Source Address:  fe80::1   Source Port:  "
        "53   "
        "Protocol:  17\"",
        "Application Name:#011C:\\My Files\\a: b.exe#015#012Network Information:#015#012#011Source "
        "Address:#011#011fe80::1#015#012#011Source Port:#01153#015#012#011Protocol:#01117",
        "Application Name:\\tC:\\My Files\\a: b.exe\\r\\nNetwork Information:\\r\\n\\tSource "
        "Address:\\t\\tfe80::1\\r\\n\\tSource Port:\\t53\\r\\n\\tProtocol:\\t17",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct row row;
        read_labels(*state, texts[i], &row);
        assert_cell(&row, PATH, "C:\\My Files\\a: b.exe");
        assert_cell(&row, ADDRESS, "fe80::1");
        assert_cell(&row, PORT, "53");
        assert_cell(&row, PROTOCOL, "17");
        assert_false(row_has(&row, HEADING));
    }
}

static void a_word_that_only_ends_like_a_label_is_none(void **state)
{
    struct row row;
    read_labels(*state, "Note: MyProtocol: x Source Port: 7", &row);
    assert_false(row_has(&row, PROTOCOL));
    assert_cell(&row, PORT, "7");
    read_labels(*state, "no labels here", &row);
    read_labels(*state, ":", &row);
    read_labels(*state, "", &row);
    assert_false(row_has(&row, PORT));
}

static void a_sentence_tells_the_event(void **state)
{
    static const struct windows_sentence sentences[] = { { " has opened", "1" }, { " has closed", "2" } };
    static const struct windows_messages messages = { "The Gate", sentences, 2 };
    size_t at;
    (void)state;
    assert_string_equal(windows_text_event(&messages, span_text("x The Gate has closed."), &at), "2");
    assert_int_equal(at, 2);
    assert_null(windows_text_event(&messages, span_text("The Gate has rusted."), &at));
    assert_null(windows_text_event(&messages, span_text("The door has closed."), &at));
    assert_null(windows_text_event(&messages, span_text(""), &at));
}

static void pairs_are_unescaped_and_may_be_cut(void **state)
{
    struct row row;
    row_clear(&row);
    assert_true(windows_text_pairs(
        *state, span_text("h [NXLOG@14506 Protocol=\"6\" Application Name=\"a\\\\b\\\"\\]c\"] m"), &row));
    assert_cell(&row, PROTOCOL, "6");
    assert_cell(&row, PATH, "a\\b\"]c");
    row_clear(&row);
    assert_true(windows_text_pairs(*state, span_text("[NXLOG@14506 Protocol=\"6\" Source Port=\"5"), &row));
    assert_cell(&row, PROTOCOL, "6");
    assert_false(row_has(&row, PORT));
    assert_true(windows_text_pairs(*state, span_text("[NXLOG@14506"), &row));
    assert_false(windows_text_pairs(*state, span_text("[meta Protocol=\"17\"]"), &row));
}

/* Of its length, with what a reader of JSON may look at behind it. */
static struct span padded(char *buffer, const char *text)
{
    memset(buffer, ' ', 512);
    memcpy(buffer, text, strlen(text));
    return span_of(buffer, strlen(text));
}

static void arrays_and_objects_of_data_are_read_by_name(void **state)
{
    char buffer[512];
    struct row row;
    row_clear(&row);
    struct span array = padded(buffer, "[{\"@Name\":\"Protocol\",\"#text\":\"6\"},{\"Name\":\"Application Name\","
                                       "\"content\":\"a\\\\b\"},{\"@Name\":\"Other\",\"#text\":\"x\"},7]");
    windows_text_array(*state, array, FIRST, &row);
    assert_cell(&row, PROTOCOL, "6");
    assert_cell(&row, PATH, "a\\b");
    row_clear(&row);
    struct span object = padded(buffer, "{\"Protocol\":17,\"Source Port\":\"53\",\"Other\":[]}");
    windows_text_array(*state, object, FIRST, &row);
    assert_cell(&row, PROTOCOL, "17");
    assert_cell(&row, PORT, "53");
}

static void agents_put_the_time_where_they_like(void **state)
{
    static const char *const lines[] = {
        "<13>Mar  9 01:02:03 ws07 MSWinEventLog\t1\tSecurity\t812\tMon Mar 02 08:10:11 2026\t5156\tx",
        "2026 Mar  2 08:10:11 WinEvtLog: Security: AUDIT_SUCCESS(5156): x",
        "2026 Mar  9 01:02:03 (h) 192.0.2.1->WinEvtLog 2026 Mar  2 08:10:11 WinEvtLog: Security: x",
        "03/02/2026 08:10:11 AM\nLogName=Security",
        "<14>1 2026-03-02T08:10:11Z ws07 agent 4 - - text",
    };
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_true(windows_text_time(span_text(lines[i]), &options, &ms));
        assert_int_equal(ms, 1772439011000);
    }
    assert_false(windows_text_time(span_text("no time at all"), &options, &ms));
    assert_false(windows_text_time(span_text("WinEvtLog: x"), &options, &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(labels_end_values_whatever_white_space_is_around, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(a_word_that_only_ends_like_a_label_is_none, open_parser, close_parser),
        cmocka_unit_test(a_sentence_tells_the_event),
        cmocka_unit_test_setup_teardown(pairs_are_unescaped_and_may_be_cut, open_parser, close_parser),
        cmocka_unit_test_setup_teardown(arrays_and_objects_of_data_are_read_by_name, open_parser, close_parser),
        cmocka_unit_test(agents_put_the_time_where_they_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
