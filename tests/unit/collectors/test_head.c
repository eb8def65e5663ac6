/* Heads that are known but for their clocks give what reading them gives. */
#include "formats/head.h"

#include "formats/cisco.h"
#include "formats/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* 2024-01-03T09:20:33Z: a week later is this year, a day of December is last year */
#define MOMENT INT64_C(1704273633000)

static struct head_memo memo;
static uint64_t seed = 1;

static unsigned any(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static bool is_same(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || a.p == b.p);
}

static void expect_same(head_reader *read, struct span head, const struct parse_options *o)
{
    struct syslog_header plain, got;
    read(head, o, &plain);
    head_read(&memo, read, head, o, &got);
    if (plain.time_ms != got.time_ms || plain.priority != got.priority || !is_same(plain.host, got.host) ||
        !is_same(plain.app, got.app) || !is_same(plain.process, got.process) ||
        !is_same(plain.message_id, got.message_id) || !is_same(plain.structured_data, got.structured_data) ||
        !is_same(plain.message, got.message))
        fail_msg("<%.*s>: %lld, <%.*s>; read: %lld, <%.*s>", (int)head.n, head.p, (long long)got.time_ms,
                 (int)got.host.n, got.host.p, (long long)plain.time_ms, (int)plain.host.n, plain.host.p);
}

static size_t put_clock(char *out, size_t room)
{
    static const char *const odd[] = { "24:00:00", "23:59:60", "9:20:33", "12:61:00", "1a:00:00", "12:00:000" };
    static const char *const edge[] = { "00:00:00", "23:59:59", "02:30:00", "01:59:59", "03:00:00" };
    switch (any(8)) {
    case 0:
        return (size_t)snprintf(out, room, "%s", odd[any(6)]);
    case 1:
        return (size_t)snprintf(out, room, "%s", edge[any(5)]);
    default:
        return (size_t)snprintf(out, room, "%02u:%02u:%02u", any(24), any(60), any(60));
    }
}

/* `#` is a clock, `.` behind it may have digits, `@` one of the hosts. */
static size_t make_head(char *out, size_t room)
{
    static const char *const shapes[] = {
        "<166>May 14 2023 #: ",
        "<166>May 14 2023 # @ : ",
        "<164>May 14 # @ : ",
        "<164>Jan 10 # @ : ",
        "<164>Jan  9 # relay Jan 10 # @ : ",
        "<164>Jan 10 # relay <13>Jan 10 # @ su[12]: ",
        "2020-12-31T#Z relay Dec 31 # @ : ",
        "2021-01-01T#Z relay Dec 31 # @ : ",
        "2021-01-01T#Z relay Jan  8 # @ : ",
        "2020-12-25T#Z relay Jan  1 # @ : ",
        "2020-12-24T#Z relay Dec 31 # x Jan  7 # @ : ",
        "<166>1 2023-07-05T#.Z @ ASA 7 ID [a@1 k=\"v\"] ",
        "<166>1 2023-07-05T#.+02:00 @ ASA - - - ",
        "<190>2023-10-29T#. @ : ",
        "<190>2023-10-29 #,@ : ",
        "<190>Mar 26 2023 # @ : ",
        "<190>Mar 26 2023 # CEST: @ : ",
        "<190>Mar 26 # relay : Mar 26 2023 #. UTC @ : ",
        "<166>: 2023 Jul 05 # UTC @ : ",
        "<166>*Feb 29 # @ ",
        "<166>Feb 29 2024 # @ ",
        "<166>Feb 29 2023 # @ ",
        "<166>Feb 28 2023 GMT# @ ",
        "<166>Feb 28 2023 # #-02:00 @ ",
        "x # @ y ",
        "Dec 31 1969 # @ y ",
        "Jan  1 1970 # +02:00 y ",
        "[2023-07-05T#.] (2023-07-06T#) @ ",
        "Jul  5 2023 # 10:20:30:40:50:60 @ ",
        "Jul  5 # 2023 @ ",
        "Jul  5 2023 # relay 7/4/2023 # AM @ : ",
        "Jul  5 2023 # relay 7/4/2023 #. pm @ : ",
        "24/Sep/2023:# @ : ",
        "24-Sep-2023 # @ : ",
        "Jul  5 2023 #\tLocal4.Warning\t@\tx : ",
        "1684065600 @ : 7/4/2023 # x ",
        "<166>",
        "<166>Jul  5 2023 # a-very-long-name-that-makes-the-head-longer-than-what-is-remembered-of-heads @ : ",
    };
    static const char *const hosts[] = { "fw-1", "fw-2", "192.0.2.1", "2001:db8::1", "x", "5", "fw01.example.com" };
    size_t n = 0;
    for (const char *s = shapes[any(sizeof shapes / sizeof shapes[0])]; *s; s++) {
        if (*s == '#')
            n += put_clock(out + n, room - n);
        else if (*s == '@')
            n += (size_t)snprintf(out + n, room - n, "%s", hosts[any(7)]);
        else
            out[n++] = *s;
        if (s[0] == '#' && (s[1] == '.' || s[1] == ','))
            n += (size_t)snprintf(out + n, room - n, any(2) ? ".%03u" : ",%06u", any(1000)), s++;
    }
    return n;
}

static void expect_all_same(head_reader *read, const struct parse_options *o)
{
    char text[256];
    memset(&memo, 0, sizeof memo);
    for (unsigned i = 0; i < 20000; i++) {
        size_t n = make_head(text, sizeof text);
        memo.debt = 0; /* all that can be remembered is */
        expect_same(read, span_of(text, n), o);
    }
}

static void a_known_head_gives_what_reading_it_gives(void **state)
{
    (void)state;
    struct parse_options options = { .reference_time_ms = MOMENT };
    expect_all_same(syslog_parse, &options);
    expect_all_same(cisco_read_head, &options);
    options = (struct parse_options){ .reference_time_ms = TIMESTAMP_NONE, .zone_offset_s = -18000 };
    expect_all_same(cisco_read_head, &options);
}

static void so_it_does_where_a_clock_is_set(void **state)
{
    (void)state;
    struct zone *zone = NULL;
    struct error e;
    if (zone_new("Europe/Berlin", &zone, &e) != STATUS_OK)
        skip();
    struct parse_options options = { .reference_time_ms = MOMENT, .zone = zone };
    expect_all_same(syslog_parse, &options);
    expect_all_same(cisco_read_head, &options);
    zone_free(&zone);
}

static void what_is_known_holds_for_its_options_only(void **state)
{
    (void)state;
    struct parse_options options = { .reference_time_ms = MOMENT };
    struct span head = SPAN_LITERAL("<166>May 14 12:00:00 fw-1 : ");
    memset(&memo, 0, sizeof memo);
    expect_same(cisco_read_head, head, &options);
    options.zone_offset_s = 3600;
    expect_same(cisco_read_head, head, &options);
    options.reference_time_ms -= INT64_C(86400000) * 366;
    expect_same(cisco_read_head, head, &options);
}

static unsigned reads;

static void count(struct span head, const struct parse_options *options, struct syslog_header *h)
{
    reads++;
    syslog_parse(head, options, h);
}

static void a_head_is_read_once_for_all_its_clocks(void **state)
{
    (void)state;
    const struct parse_options options = { .reference_time_ms = MOMENT };
    struct syslog_header h;
    char head[] = "<166>May 14 2023 12:00:00 fw-1 : ";
    memset(&memo, 0, sizeof memo);
    head_read(&memo, count, span_text(head), &options, &h);
    reads = 0;
    for (char c = '0'; c <= '9'; c++) {
        head[24] = c;
        head_read(&memo, count, span_text(head), &options, &h);
        assert_int_equal(h.time_ms, INT64_C(1684065600000) + 1000 * (c - '0'));
    }
    assert_int_equal(reads, 0);
}

static void heads_that_do_not_come_back_are_read_and_seldom_learnt(void **state)
{
    (void)state;
    const struct parse_options options = { .reference_time_ms = MOMENT };
    struct syslog_header h;
    memset(&memo, 0, sizeof memo);
    reads = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char head[64];
        int n = snprintf(head, sizeof head, "<166>%u: May 14 2023 12:00:00 fw-1 : ", 10000 + i);
        head_read(&memo, count, span_of(head, (size_t)n), &options, &h);
    }
    assert_in_range(reads, 10000, 12000);
}

static void times_begin_behind_the_bytes_that_are_named(void **state)
{
    (void)state;
    struct span head = SPAN_LITERAL("xMay 14 2023 10:00:00 (2023-05-14T11:00:00Z) May 14 12:00:00 fw-1");
    struct timetext t;
    size_t at = 0, begin;
    assert_true(head_next_time(head, " ", &at, &begin, &t) && begin == 45 && t.hour == 12 && at == 60);
    assert_false(head_next_time(head, " ", &at, &begin, &t));
    at = 0;
    assert_true(head_next_time(head, " (", &at, &begin, &t) && begin == 23 && t.hour == 11 && t.zoned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_head_gives_what_reading_it_gives),
        cmocka_unit_test(so_it_does_where_a_clock_is_set),
        cmocka_unit_test(what_is_known_holds_for_its_options_only),
        cmocka_unit_test(a_head_is_read_once_for_all_its_clocks),
        cmocka_unit_test(heads_that_do_not_come_back_are_read_and_seldom_learnt),
        cmocka_unit_test(times_begin_behind_the_bytes_that_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
