#include "printer.h"

#include "record_batch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const char map_text[] =
    "source: t\ntitle: T\nrecord: { descriptor: [proto, action], text: [user], integer: [n], "
    "port: [dst_port, src_port] }\n"
    "skip: [ { when: { action: debug }, reason: debugging } ]\n"
    "fields:\n"
    "  NetworkProtocol: { from: proto, upper: true }\n"
    "  SrcUsername: { from: user }\n"
    "  DvcAction: { from: action, map: { a: allow, both: Allow } }\n"
    "  EventVendor: Acme\n"
    "  DstPortNumber: { from: dst_port }\n"
    "  NetworkBytes: { from: n }\n"
    "  EventStartTime: { from: time }\n"
    "sessions:\n"
    "  - { fields: {} }\n"
    "  - { when: { action: both }, fields: { DvcAction: Deny } }\n";

struct fixture {
    struct map *map;
    struct meanings *meanings;
    struct printer *printer;
    struct batch_decoder *decoder;
    struct record_batch records;
    struct tallies tallies;
    int pipe[2];
};

static void start(struct fixture *x, bool all)
{
    struct findings f = { .file = "t.yaml" };
    struct meaning_options options = { .printed = true };
    *x = (struct fixture){ 0 };
    x->map = map_compile(span_text(map_text), "t", &f);
    if (!x->map)
        fail_msg("%.*s", (int)f.text.n, f.text.p);
    x->meanings = meanings_new(x->map, &options);
    assert_int_equal(pipe(x->pipe), 0);
    x->printer = printer_new(x->pipe[1], all);
    x->decoder = batch_decoder_new();
    record_batch_init(&x->records, 100, 10, 10);
    record_batch_add(&x->records, 0, 1767261605123, "tcp", "a", 443, 1, 12);
    record_batch_add_other(&x->records, 20, VERDICT_BAD, "field_count");
    record_batch_add(&x->records, 40, 1767261606000, "udp", "both", NO_VALUE, 1, NO_VALUE);
    record_batch_add(&x->records, 60, 1767261607000, "udp", "debug", 5, 1, NO_VALUE);
    record_batch_add(&x->records, 80, TIMESTAMP_NONE, "udp", "a", 5, 1, NO_VALUE);
    record_batch_add_other(&x->records, 90, VERDICT_LIMIT, "line_length");
}

static void stop(struct fixture *x)
{
    printer_free(&x->printer);
    record_batch_fini(&x->records);
    meanings_free(&x->meanings);
    map_free(&x->map);
    batch_decoder_free(&x->decoder);
    tallies_fini(&x->tallies);
    if (x->pipe[0] >= 0)
        close(x->pipe[0]);
    close(x->pipe[1]);
}

static void expect_output(struct fixture *x, uint64_t applied, const char *wanted)
{
    char text[8192];
    struct error e;
    const struct batch *b = record_batch_finish(&x->records, 200, x->decoder);
    assert_int_equal(printer_batch(x->printer, x->meanings, b, applied, tallies_get(&x->tallies, b->source), &e),
                     STATUS_OK);
    assert_int_equal(printer_flush(x->printer, &e), STATUS_OK);
    fcntl(x->pipe[0], F_SETFL, O_NONBLOCK);
    ssize_t n = read(x->pipe[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    assert_string_equal(text, wanted);
}

#define FIRST                                                                                                          \
    "{\"TimeGenerated\":\"2026-01-01T10:00:05.123Z\",\"EventStartTime\":\"2026-01-01T10:00:05.123Z\","                 \
    "\"EventVendor\":\"Acme\",\"DvcAction\":\"allow\",\"NetworkProtocol\":\"TCP\",\"NetworkBytes\":12,"                \
    "\"DstPortNumber\":443,\"SrcUsername\":\"u0\"}\n"
#define SECOND(action)                                                                                                 \
    "{\"TimeGenerated\":\"2026-01-01T10:00:06.000Z\",\"EventStartTime\":\"2026-01-01T10:00:06.000Z\","                 \
    "\"EventVendor\":\"Acme\",\"DvcAction\":\"" action "\",\"NetworkProtocol\":\"UDP\",\"SrcUsername\":\"u1\"}\n"

static void sessions_are_printed_in_the_order_of_the_schema(void **state)
{
    (void)state;
    struct fixture x;
    start(&x, false);
    expect_output(&x, 0, FIRST SECOND("Allow") SECOND("Deny"));
    stop(&x);
}

static void all_prints_every_record_in_order(void **state)
{
    (void)state;
    struct fixture x;
    start(&x, true);
    expect_output(&x, 100,
                  FIRST "{\"bad\":\"field_count\",\"ordinal\":101,\"position\":120}\n" SECOND("Allow")
                      SECOND("Deny") "{\"skip\":\"debugging\",\"ordinal\":103,\"position\":160}\n"
                                     "{\"bad\":\"no_time\",\"ordinal\":104,\"position\":180}\n"
                                     "{\"limit\":\"line_length\",\"ordinal\":105,\"position\":190}\n");
    stop(&x);
}

static void what_is_applied_is_not_printed_again(void **state)
{
    (void)state;
    struct fixture x;
    start(&x, true);
    expect_output(&x, 141,
                  "{\"skip\":\"debugging\",\"ordinal\":103,\"position\":160}\n"
                  "{\"bad\":\"no_time\",\"ordinal\":104,\"position\":180}\n"
                  "{\"limit\":\"line_length\",\"ordinal\":105,\"position\":190}\n");
    stop(&x);
}

static void the_account_names_every_record(void **state)
{
    (void)state;
    struct fixture x;
    struct buffer account = { 0 };
    start(&x, false);
    expect_output(&x, 0, FIRST SECOND("Allow") SECOND("Deny"));
    tallies_get(&x.tallies, SPAN_LITERAL("edge"))->read = 6;
    tallies_get(&x.tallies, SPAN_LITERAL("a\"b"))->read = 2;
    tallies_append_account(&x.tallies, &account);
    buffer_append_byte(&account, '\0');
    assert_string_equal(
        account.p,
        "{\"event\":\"account\",\"sources\":["
        "{\"source\":\"a\\\"b\",\"read\":2,\"sessions\":0,\"session_records\":0,\"skipped\":0,\"malformed\":0,"
        "\"over_limit\":0,\"without_port\":0,\"lost_bytes\":0,\"unaccounted\":2,\"reasons\":[]},"
        "{\"source\":\"edge\",\"read\":6,\"sessions\":3,\"session_records\":2,\"skipped\":1,\"malformed\":2,"
        "\"over_limit\":1,\"without_port\":2,\"lost_bytes\":0,\"unaccounted\":0,\"reasons\":["
        "{\"verdict\":\"skip\",\"reason\":\"debugging\",\"count\":1},"
        "{\"verdict\":\"bad\",\"reason\":\"field_count\",\"count\":1},"
        "{\"verdict\":\"bad\",\"reason\":\"no_time\",\"count\":1},"
        "{\"verdict\":\"limit\",\"reason\":\"line_length\",\"count\":1}]}],\"results\":0}");
    buffer_fini(&account);
    stop(&x);
}

static void a_reader_that_went_away_is_an_error(void **state)
{
    (void)state;
    struct fixture x;
    struct error e;
    start(&x, false);
    signal(SIGPIPE, SIG_IGN);
    close(x.pipe[0]);
    x.pipe[0] = -1;
    const struct batch *b = record_batch_finish(&x.records, 200, x.decoder);
    assert_int_equal(printer_batch(x.printer, x.meanings, b, 0, tallies_get(&x.tallies, b->source), &e), STATUS_OK);
    assert_int_equal(printer_flush(x.printer, &e), STATUS_SYSTEM);
    assert_string_equal(e.text, "standard output cannot be written: Broken pipe");
    stop(&x);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct fixture x;
    struct error e;
    start(&x, false);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0)
        skip();
    printer_free(&x.printer);
    x.printer = printer_new(full, false);
    const struct batch *b = record_batch_finish(&x.records, 200, x.decoder);
    assert_int_equal(printer_batch(x.printer, x.meanings, b, 0, tallies_get(&x.tallies, b->source), &e), STATUS_OK);
    assert_int_equal(printer_flush(x.printer, &e), STATUS_SYSTEM);
    close(full);
    stop(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_printed_in_the_order_of_the_schema),
        cmocka_unit_test(all_prints_every_record_in_order),
        cmocka_unit_test(what_is_applied_is_not_printed_again),
        cmocka_unit_test(the_account_names_every_record),
        cmocka_unit_test(a_reader_that_went_away_is_an_error),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
