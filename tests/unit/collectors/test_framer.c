#include "core/framer.h"

#include "formats/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct expected {
    uint64_t position;
    const char *text; /* of a sound unit */
    const char *reason;
};

static void feed(struct framer *f, const char *p, size_t n)
{
    while (n) {
        size_t room;
        char *to = framer_space(f, &room);
        size_t take = n < room ? n : room;
        memcpy(to, p, take);
        framer_fed(f, take);
        p += take;
        n -= take;
    }
}

/* The whole text at once, and byte by byte: the same units. */
static void assert_units(struct framer_options o, const char *text, size_t n, const struct expected *want, unsigned m)
{
    for (size_t step = n ? n : 1;; step = 1) {
        struct framer *f = framer_new(&o);
        framer_start(f, (struct framer_point){ 0 });
        unsigned got = 0;
        size_t fed = 0;
        for (;;) {
            struct unit u;
            enum status s = framer_next(f, &u);
            if (s == STATUS_END)
                break;
            if (s == STATUS_AGAIN) {
                size_t take = step < n - fed ? step : n - fed;
                feed(f, text + fed, take);
                fed += take;
                if (take == 0)
                    framer_finish(f);
                continue;
            }
            assert_int_equal(s, STATUS_OK);
            assert_true(got < m);
            assert_int_equal(u.position, want[got].position);
            if (want[got].reason) {
                assert_int_not_equal(u.fault, UNIT_SOUND);
                assert_string_equal(u.reason, want[got].reason);
            } else {
                assert_int_equal(u.fault, UNIT_SOUND);
                assert_int_equal(u.bytes.n, strlen(want[got].text));
                assert_memory_equal(u.bytes.p, want[got].text, u.bytes.n);
            }
            got++;
        }
        assert_int_equal(got, m);
        assert_int_equal(framer_point(f).position, n);
        framer_free(&f);
        if (step == 1)
            return;
    }
}

#define UNITS(kind_, limit_, text, ...)                                                                                \
    do {                                                                                                               \
        const struct expected want_[] = { __VA_ARGS__ };                                                               \
        assert_units((struct framer_options){ .kind = (kind_), .limit_bytes = (limit_), .envelope = envelope },        \
                     (text), sizeof(text) - 1, want_, sizeof want_ / sizeof *want_);                                   \
    } while (0)

static const char *const envelope[] = { "records", NULL };

static void lines_end_at_line_feeds_and_carriage_returns_before_them_go(void **state)
{
    (void)state;
    UNITS(FRAMING_LINES, 100,
          "\xef\xbb\xbf"
          "one\r\ntwo\n\nlast",
          { 3, "one", 0 }, { 8, "two", 0 }, { 12, "", 0 }, { 13, "last", 0 });
    UNITS(FRAMING_LINES, 100, "a\rb\n", { 0, "a\rb", 0 });
    UNITS(FRAMING_LINES, 100, "\xef\xbb", { 0, "\xef\xbb", 0 });
}

static void a_line_over_the_limit_is_rejected_and_the_next_one_is_whole(void **state)
{
    (void)state;
    UNITS(FRAMING_LINES, 4, "1234\n12345\n1234\r\n12345678901234567890\nok\n", { 0, "1234", 0 },
          { 5, 0, "line_length" }, { 11, "1234", 0 }, { 17, 0, "line_length" }, { 38, "ok", 0 });
    UNITS(FRAMING_LINES, 4, "ok\n123456789", { 0, "ok", 0 }, { 3, 0, "line_length" });
}

static void the_kept_head_of_a_rejected_line_does_not_depend_on_reads(void **state)
{
    (void)state;
    char *text = malloc(10001);
    for (unsigned i = 0; i < 10000; i++)
        text[i] = (char)('a' + i % 26);
    text[10000] = '\n';
    for (size_t step = 1; step <= 10001; step += 1237) {
        struct framer *f = framer_new(&(struct framer_options){ .kind = FRAMING_LINES, .limit_bytes = 50 });
        framer_start(f, (struct framer_point){ 0 });
        struct unit u;
        size_t fed = 0;
        while (framer_next(f, &u) == STATUS_AGAIN) {
            size_t take = step < 10001 - fed ? step : 10001 - fed;
            feed(f, text + fed, take);
            fed += take;
        }
        assert_int_equal(u.fault, UNIT_OVER_LIMIT);
        assert_int_equal(u.end, 10001);
        assert_int_equal(u.bytes.n, UNIT_FAULT_BYTES);
        assert_memory_equal(u.bytes.p, text, UNIT_FAULT_BYTES);
        framer_free(&f);
    }
    free(text);
}

static void a_huge_line_is_never_buffered_whole(void **state)
{
    (void)state;
    struct framer *f = framer_new(&(struct framer_options){ .kind = FRAMING_LINES, .limit_bytes = 1 << 20 });
    framer_start(f, (struct framer_point){ 0 });
    struct unit u;
    for (unsigned i = 0; i < 2000; i++) {
        size_t room;
        char *to = framer_space(f, &room);
        assert_true(room <= 8 << 20);
        size_t take = room < (64 << 10) ? room : 64 << 10;
        memset(to, 'x', take);
        framer_fed(f, take);
        assert_int_equal(framer_next(f, &u), STATUS_AGAIN);
    }
    feed(f, "\nok\n", 4);
    assert_int_equal(framer_next(f, &u), STATUS_OK);
    assert_int_equal(u.fault, UNIT_OVER_LIMIT);
    assert_int_equal(framer_next(f, &u), STATUS_OK);
    assert_true(span_is(u.bytes, "ok"));
    framer_free(&f);
}

static void csv_keeps_quoted_line_feeds_inside_a_record(void **state)
{
    (void)state;
    UNITS(FRAMING_CSV, 100, "a,b\r\n\"x\ny\",\"q\"\"q\"\r\nz,\"\"\n", { 0, "a,b", 0 }, { 5, "\"x\ny\",\"q\"\"q\"", 0 },
          { 19, "z,\"\"", 0 });
    UNITS(FRAMING_CSV, 100, "a\"b,c\nd", { 0, "a\"b,c", 0 }, { 6, "d", 0 });
}

static void csv_with_broken_quotes_is_malformed_and_goes_on_at_the_next_line(void **state)
{
    (void)state;
    UNITS(FRAMING_CSV, 100, "h\n\"a\"b,c\nok,1\n\"open\nmore\n", { 0, "h", 0 }, { 2, 0, "csv" }, { 9, "ok,1", 0 },
          { 14, 0, "csv" });
}

static void csv_over_the_limit_ends_where_the_record_ends(void **state)
{
    (void)state;
    UNITS(FRAMING_CSV, 8, "h\n\"aaaa\nbbbb\ncccc\"\nok\n", { 0, "h", 0 }, { 2, 0, "line_length" }, { 19, "ok", 0 });
}

static void syslog_takes_octet_counts_and_lines_in_turn(void **state)
{
    (void)state;
    UNITS(FRAMING_SYSLOG, 100, "7 <1>a\nb\n<2>line\r\n5 <3>c\n20 digits only\n1,2,3\n", { 0, "<1>a\nb", 0 },
          { 9, "<2>line", 0 }, { 18, "<3>c", 0 }, { 25, "20 digits only", 0 }, { 40, "1,2,3", 0 });
    UNITS(FRAMING_SYSLOG, 100, "<1>nul\0\n10 <1>x", { 0, "<1>nul", 0 }, { 8, 0, "octet_count" });
    UNITS(FRAMING_SYSLOG, 10, "11 <1>67890abc<2>next\n", { 0, 0, "line_length" }, { 14, "<2>next", 0 });
    UNITS(FRAMING_SYSLOG, 100, "0 <1>\n1234567890 <1>\n12", { 0, "0 <1>", 0 }, { 6, "1234567890 <1>", 0 },
          { 21, "12", 0 });
}

static void json_values_stand_behind_each_other_with_or_without_blanks(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100, "{\"a\":1}\n{\"b\":{\"c\":\"}\"}}{\"d\":[1]}\r\n  {\"e\":\"\\\"}\"}",
          { 0, "{\"a\":1}", 0 }, { 8, "{\"b\":{\"c\":\"}\"}}", 0 }, { 23, "{\"d\":[1]}", 0 },
          { 36, "{\"e\":\"\\\"}\"}", 0 });
    UNITS(FRAMING_JSON, 100, "{\n \"a\": 1\n}\n", { 0, "{\n \"a\": 1\n}", 0 });
}

static void json_arrays_give_their_elements(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100, "[{\"a\":1},\n{\"b\":[2]}, 7,\"s\" ]{\"c\":3}", { 1, "{\"a\":1}", 0 },
          { 10, "{\"b\":[2]}", 0 }, { 21, "7", 0 }, { 23, "\"s\"", 0 }, { 28, "{\"c\":3}", 0 });
    UNITS(FRAMING_JSON, 100, "[]\n[ ]", );
}

static void json_envelopes_give_the_elements_of_their_arrays(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100,
          "{\"t\":{\"records\":[0]},\"records\":[{\"a\":1},{\"a\":2}],\"x\":[9]}{\"records\":[{\"a\":3}]}",
          { 32, "{\"a\":1}", 0 }, { 40, "{\"a\":2}", 0 }, { 69, "{\"a\":3}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"records\":{\"a\":1}}", { 0, "{\"records\":{\"a\":1}}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"records\":[],\"records\" : [{}]}", { 27, "{}", 0 });
}

static void answers_of_queries_give_the_columns_and_rows_of_their_tables(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100,
          "{\"tables\":[{\"name\":\"A\",\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[\"x\"]]},\n"
          "{\"columns\" : [{\"name\":\"b\"}] , \"x\":[[9]], \"rows\" : [\n[2]\n]}],\"statistics\":{\"rows\":[[3]]}}\n"
          "{\"Tables\":[{\"Columns\":[{\"ColumnName\":\"c\"}],\"Rows\":[[4]]}]}",
          { 23, "\"columns\":[{\"name\":\"a\"}]", 0 }, { 56, "[1]", 0 }, { 60, "[\"x\"]", 0 },
          { 70, "\"columns\" : [{\"name\":\"b\"}]", 0 }, { 121, "[2]", 0 },
          { 170, "\"Columns\":[{\"ColumnName\":\"c\"}]", 0 }, { 209, "[4]", 0 });
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}],\"rows\":[[1]]}\n{\"a\":1}\n", { 1, "\"columns\":[{}]", 0 },
          { 24, "[1]", 0 }, { 30, "{\"a\":1}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"tables\":[]}\n{\"tables\":[{\"columns\":[],\"rows\":[]}]}",
          { 26, "\"columns\":[]", 0 });
    UNITS(FRAMING_JSON, 100, "{\"tables\":[{\"name\":\"A\"}]}[{\"columns\":[1]}]", { 11, "{\"name\":\"A\"}", 0 },
          { 26, "{\"columns\":[1]}", 0 });
}

static void rows_need_the_columns_of_their_own_table(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100,
          "{\"tables\":[{\"columns\":[{}],\"rows\":[[1]]},{\"rows\":[[2]],\"columns\":[{}]},{\"columns\":1,\"rows\":[["
          "3]]}]}",
          { 12, "\"columns\":[{}]", 0 }, { 35, "[1]", 0 }, { 50, 0, "no_columns" }, { 55, "\"columns\":[{}]", 0 },
          { 92, 0, "no_columns" });
    UNITS(FRAMING_JSON, 12, "{\"columns\":[{\"a\":1}],\"rows\":[[1]]}", { 1, 0, "line_length" },
          { 29, 0, "no_columns" });
}

static void a_cut_answer_gives_the_rows_that_it_has(void **state)
{
    (void)state;
    /* The end of a row is missed: the others, and the tables behind, are found again. */
    UNITS(FRAMING_JSON, 100,
          "{\"tables\":[{\"columns\":[{}],\"rows\":[\n[1],\n[\"x\n],\n[2]\n]},\n{\"columns\":[1],\"rows\":[[3]]}]}\n{"
          "\"a\":1}",
          { 12, "\"columns\":[{}]", 0 }, { 36, "[1]", 0 }, { 41, 0, "json" }, { 48, "[2]", 0 },
          { 57, "\"columns\":[1]", 0 }, { 79, "[3]", 0 }, { 87, "{\"a\":1}", 0 });
    /* The file ends, or another one begins. */
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}],\"rows\":[[1],[2", { 1, "\"columns\":[{}]", 0 }, { 24, "[1]", 0 },
          { 28, 0, "json" });
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}", { 1, 0, "json" });
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}],\n{\"tables\":[{\"columns\":[1],\"rows\":[[1]]}]}",
          { 1, "\"columns\":[{}]", 0 }, { 29, "\"columns\":[1]", 0 }, { 51, "[1]", 0 });
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}],\"rows\":[[1],\n{\"a\":1}\n{\"records\":[{\"b\":1}]}",
          { 1, "\"columns\":[{}]", 0 }, { 24, "[1]", 0 }, { 29, "{\"a\":1}", 0 }, { 49, "{\"b\":1}", 0 });
    /* Garbage between members does not hide the rows. */
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}] x \"rows\":[[1]]}", { 1, "\"columns\":[{}]", 0 }, { 26, "[1]", 0 });
    UNITS(FRAMING_JSON, 100, "{\"columns\":[{}],\"rows\":[7,[1]]}", { 1, "\"columns\":[{}]", 0 }, { 24, "7", 0 },
          { 26, "[1]", 0 });
}

static void a_row_over_the_limit_is_rejected_to_its_end(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 16, "{\"columns\":[{}],\"rows\":[[1,\"1234567890123\"],[2]]}", { 1, "\"columns\":[{}]", 0 },
          { 24, 0, "line_length" }, { 44, "[2]", 0 });
}

static void a_cut_json_line_does_not_swallow_the_next(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100, "{\"a\":1\n{\"b\":2}\n", { 0, 0, "json" }, { 7, "{\"b\":2}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"a\":\"x\n{\"b\":2}\n", { 0, 0, "json" }, { 8, "{\"b\":2}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"a\":\n{\"b\":2}\n{\"c\":3}", { 0, 0, "json" }, { 6, "{\"b\":2}", 0 },
          { 14, "{\"c\":3}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"a\":1,\n{\"b\":2}\n", { 0, 0, "json" }, { 8, "{\"b\":2}", 0 });
    UNITS(FRAMING_JSON, 100, "{\"a\":[1}\n{\"b\":2}\n", { 0, 0, "json" }, { 9, "{\"b\":2}", 0 });
    UNITS(FRAMING_JSON, 100, "noise} {\"a\":1}\n{\"b\":2}\n}\n", { 0, 0, "json" }, { 15, "{\"b\":2}", 0 },
          { 23, 0, "json" });
    UNITS(FRAMING_JSON, 100, "{\"b\":2}\n{\"a\":", { 0, "{\"b\":2}", 0 }, { 8, 0, "json" });
}

static void headers_in_front_of_json_are_passed_over(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 100, "<14>Jan  1 10:00:06 h f[1]: {\"a\":1}\r\nf: {\n\"b\":2}\nf: words\n{\"c\":3} f {\"d\":4}",
          { 28, "{\"a\":1}", 0 }, { 40, "{\n\"b\":2}", 0 }, { 49, 0, "json" }, { 58, "{\"c\":3}", 0 },
          { 68, "{\"d\":4}", 0 });
    UNITS(FRAMING_JSON, 100,
          "f: [{\"a\":1},{\"b\":2}]\nf: {\"records\":[{\"c\":3}]}\nf: {\"d\":", { 4, "{\"a\":1}", 0 },
          { 12, "{\"b\":2}", 0 }, { 36, "{\"c\":3}", 0 }, { 49, 0, "json" });
    UNITS(FRAMING_JSON, 8, "a header may be longer {\"a\":1}\nf", { 23, "{\"a\":1}", 0 }, { 31, 0, "json" });
}

static void json_over_a_limit_is_rejected_to_its_end(void **state)
{
    (void)state;
    UNITS(FRAMING_JSON, 8, "{\"a\":12}\n{\"a\":\n123,\"b\":{}}\n{\"c\":3}", { 0, "{\"a\":12}", 0 },
          { 9, 0, "line_length" }, { 27, "{\"c\":3}", 0 });
    char deep[400];
    memset(deep, '[', 300);
    memcpy(deep + 300, "\n{}", 4);
    const struct expected want[] = { { 1, 0, "nesting" }, { 301, "{}", 0 } };
    assert_units((struct framer_options){ .kind = FRAMING_JSON, .limit_bytes = 1000 }, deep, 303, want, 2);
}

static void xml_events_stand_on_lines_or_over_several_with_or_without_a_root(void **state)
{
    (void)state;
    UNITS(FRAMING_XML, 100, "<Event xmlns='x'><EventID>3</EventID></Event>\n<Event>\r\n  <a/>\r\n</Event >",
          { 0, "<Event xmlns='x'><EventID>3</EventID></Event>", 0 }, { 46, "<Event>\r\n  <a/>\r\n</Event >", 0 });
    UNITS(FRAMING_XML, 100,
          "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x --><Events>\n<Event>1</Event><Event>2</Event></Events>\n",
          { 44, "<Event>1</Event>", 0 }, { 60, "<Event>2</Event>", 0 });
    UNITS(FRAMING_XML, 100, "<Events></Events>\n", );
    UNITS(FRAMING_XML, 100, "- <Event>\n- <a>1</a></Event>\n", { 2, "<Event>\n- <a>1</a></Event>", 0 });
}

static void a_cut_xml_event_does_not_swallow_the_next(void **state)
{
    (void)state;
    UNITS(FRAMING_XML, 100, "<Event><EventID>3</Even\n<Event>2</Event>", { 0, 0, "xml" },
          { 24, "<Event>2</Event>", 0 });
    UNITS(FRAMING_XML, 100, "tail</Data></Event>\n<Event>2</Event>", { 0, 0, "xml" }, { 20, "<Event>2</Event>", 0 });
    UNITS(FRAMING_XML, 100, "</Event><x><Event>2</Event><Event>", { 0, 0, "xml" }, { 8, 0, "xml" },
          { 11, "<Event>2</Event>", 0 }, { 27, 0, "xml" });
    UNITS(FRAMING_XML, 100, "<Event>1</Event><Ev", { 0, "<Event>1</Event>", 0 }, { 16, 0, "xml" });
}

static void xml_over_the_limit_is_rejected_to_its_end(void **state)
{
    (void)state;
    UNITS(FRAMING_XML, 16, "<Event>1</Event><Event>12345678901234567890</Event><Event>2</Event>",
          { 0, "<Event>1</Event>", 0 }, { 16, 0, "line_length" }, { 51, "<Event>2</Event>", 0 });
    UNITS(FRAMING_XML, 16, "<Event>12345678901234567890<Event>2</Event>", { 0, 0, "line_length" },
          { 27, "<Event>2</Event>", 0 });
}

static void dated_records_go_to_the_next_line_that_is_a_date(void **state)
{
    (void)state;
    UNITS(FRAMING_DATED, 100,
          "03/02/2026 08:09:58 AM\na=1\n\n03/02/2026 08:09:59\r\nb\r\n\r\n03/02/2026 18:10:00.123\n",
          { 0, "03/02/2026 08:09:58 AM\na=1", 0 }, { 28, "03/02/2026 08:09:59\r\nb", 0 },
          { 54, "03/02/2026 18:10:00.123", 0 });
    UNITS(FRAMING_DATED, 100,
          "before\n03/02/2026 08:09:58 PM\nat 03/02/2026 08:09:58 PM\n03/02/2026 08:09:58 XM\n03/02/20",
          { 0, "before", 0 },
          { 7, "03/02/2026 08:09:58 PM\nat 03/02/2026 08:09:58 PM\n03/02/2026 08:09:58 XM\n03/02/20", 0 });
    UNITS(FRAMING_DATED, 100, "\n\n", { 0, "", 0 });
    UNITS(FRAMING_DATED, 100, "", );
}

static void dated_records_over_the_limit_are_rejected_up_to_a_line_end(void **state)
{
    (void)state;
    UNITS(FRAMING_DATED, 24, "03/02/2026 08:09:58\n0123456789\nab\n03/02/2026 08:09:59\nx", { 0, 0, "line_length" },
          { 31, "ab", 0 }, { 34, "03/02/2026 08:09:59\nx", 0 });
}

static void framing_can_begin_again_between_any_two_units(void **state)
{
    (void)state;
    static const char text[] = "{\"records\":[{\"a\":1},{\"a\":2},{\"a\":3}]}[1,2]";
    struct framer_options o = { .kind = FRAMING_JSON, .limit_bytes = 100, .envelope = envelope };
    struct framer *f = framer_new(&o), *again = framer_new(&o);
    framer_start(f, (struct framer_point){ 0 });
    feed(f, text, sizeof text - 1);
    framer_finish(f);
    struct unit u, v;
    unsigned n = 0;
    while (framer_next(f, &u) == STATUS_OK) {
        n++;
        struct framer_point at = framer_point(f);
        framer_start(again, at);
        feed(again, text + at.position, sizeof text - 1 - at.position);
        framer_finish(again);
        unsigned rest = 0;
        while (framer_next(again, &v) == STATUS_OK)
            rest++;
        assert_int_equal(n + rest, 5);
    }
    assert_int_equal(n, 5);
    framer_free(&f);
    framer_free(&again);
}

/* What framing says about a line's tokens, against a plain look at it. */
static void assert_tokens(const struct unit *u)
{
    const struct tokens *t = &u->tokens;
    uint32_t n = 0, first = (uint32_t)(u->bytes.p - t->text);
    for (size_t i = 0; i < u->bytes.n; i++) {
        if (u->bytes.p[i] != ' ')
            continue;
        assert_true(n < t->n);
        assert_int_equal(t->end[n++], first + i);
    }
    assert_int_equal(n + 1, t->n);
    assert_int_equal(t->end[n], first + u->bytes.n);
}

/* The same of a CSV record's. */
static void assert_fields(const struct unit *u)
{
    static uint32_t room[1 << 18];
    struct tokens fields;
    uint32_t first = (uint32_t)(u->bytes.p - u->tokens.text);
    assert_int_equal(csv_fields(u->bytes, ',', room, sizeof room / sizeof *room, &fields), STATUS_OK);
    assert_int_equal(u->tokens.n, fields.n);
    for (uint32_t i = 0; i < fields.n; i++)
        assert_int_equal(u->tokens.end[i], first + fields.end[i]);
}

/* The next unit, for which more of the text is fed as long as it is needed. */
static enum status next_unit(struct framer *f, struct unit *u, struct span text, size_t *fed, bool in_pieces)
{
    enum status s;
    while ((s = framer_next(f, u)) == STATUS_AGAIN) {
        size_t n;
        char *to = framer_space(f, &n);
        size_t take = in_pieces ? 1 + (size_t)random() % (random() % 8 ? 90000 : 50) : n;
        take = take < n ? take : n;
        take = take < text.n - *fed ? take : text.n - *fed;
        memcpy(to, text.p + *fed, take);
        framer_fed(f, take);
        *fed += take;
        if (!take)
            framer_finish(f);
    }
    return s;
}

/* The general way is the truth.  Tokens of more than one in `rarely` are known. */
static void assert_ways_agree(struct framer_options o, struct span text, bool in_pieces, unsigned rarely)
{
    struct framer *quick = framer_new(&o);
    o.no_shortcuts = true;
    struct framer *plain = framer_new(&o);
    framer_start(quick, (struct framer_point){ 0 });
    framer_start(plain, (struct framer_point){ 0 });
    size_t fed = 0, fed_plain = 0, known = 0, all = 0;
    for (;;) {
        struct unit u, v;
        enum status s = next_unit(quick, &u, text, &fed, in_pieces);
        assert_int_equal(s, next_unit(plain, &v, text, &fed_plain, false));
        if (s == STATUS_END)
            break;
        assert_true(u.position == v.position && u.end == v.end && u.fault == v.fault);
        assert_true(span_equal(u.bytes, v.bytes));
        all++;
        if (u.tokens.n && u.fault == UNIT_SOUND) {
            o.kind == FRAMING_CSV ? assert_fields(&u) : assert_tokens(&u);
            known++;
        }
    }
    assert_true(all > 1000);
    assert_true(known > all / rarely); /* the way ahead has been used */
    framer_free(&quick);
    framer_free(&plain);
}

static const char *const levels[] = { "portable", "sse4.2", "avx2", "avx512" };

/* Lines of all lengths, some longer than what is indexed in one go, some of nothing but blanks; read in pieces of all
 * sizes. */
static void lines_and_tokens_found_ahead_are_those_of_a_plain_look(void **state)
{
    (void)state;
    enum { BYTES = 3 << 20 };
    char *text = allocate(BYTES, 1);
    srandom(5);
    for (size_t at = 0; at < BYTES;) {
        size_t length = (size_t)random() % (random() % 16  ? 300
                                            : random() % 4 ? 20000
                                                           : 200000),
               blanks = 1 + (size_t)random() % 20;
        for (size_t i = 0; i < length && at < BYTES; i++)
            text[at++] = (size_t)random() % blanks ? 'x' : ' ';
        if (at < BYTES && random() % 3 == 0)
            text[at++] = '\r';
        if (at < BYTES)
            text[at++] = '\n';
    }
    for (unsigned round = 0; round < 8; round++) {
        assert_int_equal(setenv("TIDEMARK_SIMD", levels[round / 2], 1), 0);
        struct framer_options o = { .kind = round % 2 ? FRAMING_LINES : FRAMING_HEADER_LINES,
                                    .limit_bytes = round % 2 ? 150000 : 10000,
                                    .separator = ' ' };
        assert_ways_agree(o, span_of(text, BYTES), round / 2 % 2 != 0, 2);
    }
    unsetenv("TIDEMARK_SIMD");
    free(text);
}

static size_t put(char *text, size_t at, size_t end, const char *word)
{
    size_t n = strlen(word) < end - at ? strlen(word) : end - at;
    memcpy(text + at, word, n);
    return at + n;
}

/* Fields with and without quotes, most of them sound, and pieces of such at random. */
static void records_and_fields_found_ahead_are_those_of_a_plain_look(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    static const char *const sound[] = { "a",
                                         "bcdefghijklmnopq",
                                         "",
                                         "\"\"",
                                         "\"a,b\"",
                                         "\"\"\"\"",
                                         "\"\n\"",
                                         "\"x\"\"y\"",
                                         "\"\r\n\"\",\"\"z\"",
                                         "\"0123456789,0123456789\"",
                                         "\r",
                                         "'" };
    static const char *const pieces[] = { "\"", "\"", "\"\"", ",", "\n", "\r", "\r\n", "a", "\"\r", "\",\"" };
    static const char *const ends[] = { ",", ",", ",", ",", ",", "\n", "\r\n", ",\n" };
    char *text = allocate(BYTES, 1);
    srandom(6);
    for (unsigned faults = 0; faults < 5; faults++) {
        for (size_t at = 0; at < BYTES;) {
            bool broken = faults && (size_t)random() % 1000 < (1U << 2 * faults);
            if (broken)
                at = put(text, at, BYTES, pieces[(size_t)random() % (sizeof pieces / sizeof *pieces)]);
            at = put(text, at, BYTES, sound[(size_t)random() % (sizeof sound / sizeof *sound)]);
            at = put(text, at, BYTES, ends[(size_t)random() % (sizeof ends / sizeof *ends)]);
        }
        for (unsigned round = 0; round < 8; round++) {
            assert_int_equal(setenv("TIDEMARK_SIMD", levels[round / 2], 1), 0);
            struct framer_options o = { .kind = FRAMING_CSV, .limit_bytes = round % 2 ? 150000 : 60 };
            assert_ways_agree(o, span_of(text, BYTES), round % 3 == 0, faults < 3 ? 4 : 100);
        }
    }
    unsetenv("TIDEMARK_SIMD");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_at_line_feeds_and_carriage_returns_before_them_go),
        cmocka_unit_test(a_line_over_the_limit_is_rejected_and_the_next_one_is_whole),
        cmocka_unit_test(the_kept_head_of_a_rejected_line_does_not_depend_on_reads),
        cmocka_unit_test(a_huge_line_is_never_buffered_whole),
        cmocka_unit_test(csv_keeps_quoted_line_feeds_inside_a_record),
        cmocka_unit_test(csv_with_broken_quotes_is_malformed_and_goes_on_at_the_next_line),
        cmocka_unit_test(csv_over_the_limit_ends_where_the_record_ends),
        cmocka_unit_test(syslog_takes_octet_counts_and_lines_in_turn),
        cmocka_unit_test(json_values_stand_behind_each_other_with_or_without_blanks),
        cmocka_unit_test(json_arrays_give_their_elements),
        cmocka_unit_test(json_envelopes_give_the_elements_of_their_arrays),
        cmocka_unit_test(answers_of_queries_give_the_columns_and_rows_of_their_tables),
        cmocka_unit_test(rows_need_the_columns_of_their_own_table),
        cmocka_unit_test(a_cut_answer_gives_the_rows_that_it_has),
        cmocka_unit_test(a_row_over_the_limit_is_rejected_to_its_end),
        cmocka_unit_test(a_cut_json_line_does_not_swallow_the_next),
        cmocka_unit_test(headers_in_front_of_json_are_passed_over),
        cmocka_unit_test(json_over_a_limit_is_rejected_to_its_end),
        cmocka_unit_test(xml_events_stand_on_lines_or_over_several_with_or_without_a_root),
        cmocka_unit_test(a_cut_xml_event_does_not_swallow_the_next),
        cmocka_unit_test(xml_over_the_limit_is_rejected_to_its_end),
        cmocka_unit_test(dated_records_go_to_the_next_line_that_is_a_date),
        cmocka_unit_test(dated_records_over_the_limit_are_rejected_up_to_a_line_end),
        cmocka_unit_test(framing_can_begin_again_between_any_two_units),
        cmocka_unit_test(lines_and_tokens_found_ahead_are_those_of_a_plain_look),
        cmocka_unit_test(records_and_fields_found_ahead_are_those_of_a_plain_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
