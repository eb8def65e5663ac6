#include "common/wire/message.h"

#include "common/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct message_decoder *decoder;
static struct buffer frame;
static struct error error;

static const struct message *round_trip(const struct message *m)
{
    const struct message *out;
    buffer_clear(&frame);
    assert_int_equal(message_encode(m, &frame, &error), STATUS_OK);
    enum status status = message_decode(decoder, buffer_span(&frame), &out, &error);
    if (status)
        fail_msg("%s", error.text);
    assert_int_equal(out->type, m->type);
    return out;
}

static void a_hello_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    struct message hello = { .type = MESSAGE_HELLO,
                             .version = WIRE_VERSION,
                             .role = SPAN_LITERAL("collector"),
                             .name = SPAN_LITERAL("aws-vpcflow/0"),
                             .incarnation = UINT64_MAX,
                             .generation = 3,
                             .instance = UINT64_C(0xfedcba9876543210),
                             .sequence = 17,
                             .source = SPAN_LITERAL("edge"),
                             .vendor = SPAN_LITERAL("aws-vpcflow") };
    const struct message *m = round_trip(&hello);
    assert_int_equal(m->version, WIRE_VERSION);
    assert_true(span_is(m->role, "collector") && span_is(m->name, "aws-vpcflow/0"));
    assert_true(m->incarnation == UINT64_MAX && m->generation == 3 && m->sequence == 17);
    assert_true(m->instance == UINT64_C(0xfedcba9876543210) && !m->again);
    assert_true(span_is(m->source, "edge") && span_is(m->vendor, "aws-vpcflow"));
    hello.again = true;
    assert_true(round_trip(&hello)->again);
}

static void a_hello_of_another_version_can_be_refused_by_name(void **state)
{
    (void)state;
    /* version 2, and keys whose kinds this version does not know */
    static const char other[] = "\x85\xa4type\xa5hello\xa7version\x02\xa4role\xa9"
                                "collector\xa4name\xa3"
                                "abc\xabincarnation\x93\x01\x02\x03";
    const struct message *m;
    assert_int_equal(message_decode(decoder, span_of(other, sizeof other - 1), &m, &error), STATUS_OK);
    assert_int_equal(m->type, MESSAGE_HELLO);
    assert_int_equal(m->version, 2);
    assert_true(span_is(m->role, "collector") && span_is(m->name, "abc"));
    assert_true(m->incarnation == 0);
}

static void a_name_that_could_drive_a_terminal_is_malformed(void **state)
{
    (void)state;
    const struct message *m;
    struct message hello = { .type = MESSAGE_HELLO, .version = WIRE_VERSION, .role = SPAN_LITERAL("collector") };
    static const char *const names[] = { "", "a\nb", "a\x1b[2J", "\x7f" };
    for (unsigned i = 0; i < 4; i++) {
        hello.name = span_text(names[i]);
        buffer_clear(&frame);
        assert_int_equal(message_encode(&hello, &frame, &error), STATUS_OK);
        assert_int_equal(message_decode(decoder, buffer_span(&frame), &m, &error), STATUS_BAD);
    }
}

static void a_want_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    struct span fields[2] = { SPAN_LITERAL("DstAppName"), SPAN_LITERAL("SrcIpAddr") };
    struct message want = { .type = MESSAGE_WANT,
                            .want = { .fields_n = 2, .fields = fields, .weigh_event_count = true } };
    const struct message *m = round_trip(&want);
    assert_true(!m->want.everything && m->want.weigh_event_count);
    assert_int_equal(m->want.fields_n, 2);
    assert_true(span_is(m->want.fields[0], "DstAppName") && span_is(m->want.fields[1], "SrcIpAddr"));
    want.want = (struct want){ .everything = true };
    m = round_trip(&want);
    assert_true(m->want.everything && !m->want.weigh_event_count && m->want.fields_n == 0);
}

static void wanted_ports_come_back_as_they_were_sent(void **state)
{
    (void)state;
    struct port_range_wanted few[] = { { 0, 0 }, { 22, 23 }, { 443, 443 }, { 65000, 65535 } };
    struct message want = { .type = MESSAGE_WANT, .want = { .ports_n = 4, .ports = few } };
    const struct message *m = round_trip(&want);
    assert_int_equal(m->want.ports_n, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_true(m->want.ports[i].first == few[i].first && m->want.ports[i].last == few[i].last);
    want.want.ports_n = 0;
    m = round_trip(&want);
    assert_true(m->want.ports_n == 0 && !m->want.ports);
}

static void the_most_ranges_of_ports_fit_and_one_more_does_not(void **state)
{
    (void)state;
    struct port_range_wanted *most = calloc(WANT_PORTS_MAX + 1, sizeof *most);
    assert_non_null(most);
    for (unsigned i = 0; i < WANT_PORTS_MAX; i++)
        most[i].first = most[i].last = (uint16_t)(2 * i);
    struct message want = { .type = MESSAGE_WANT, .want = { .ports_n = WANT_PORTS_MAX, .ports = most } };
    const struct message *m = round_trip(&want);
    assert_int_equal(m->want.ports_n, WANT_PORTS_MAX);
    assert_int_equal(m->want.ports[WANT_PORTS_MAX - 1].last, 65534);
    want.want.ports_n++;
    buffer_clear(&frame);
    assert_int_equal(message_encode(&want, &frame, &error), STATUS_LIMIT);
    free(most);
}

static void ranges_of_ports_that_are_none_are_malformed(void **state)
{
    (void)state;
    static const struct port_range_wanted wrong[][2] = {
        { { 5, 4 }, { 9, 9 } }, /* backward */
        { { 1, 5 }, { 5, 9 } }, /* overlapping */
        { { 1, 5 }, { 6, 9 } }, /* without a gap: one range */
        { { 8, 9 }, { 1, 2 } }, /* descending */
    };
    const struct message *m;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct port_range_wanted ports[2] = { wrong[i][0], wrong[i][1] };
        struct message want = { .type = MESSAGE_WANT, .want = { .ports_n = 2, .ports = ports } };
        buffer_clear(&frame);
        assert_int_equal(message_encode(&want, &frame, &error), STATUS_OK);
        assert_int_equal(message_decode(decoder, buffer_span(&frame), &m, &error), STATUS_BAD);
    }
}

static void small_messages_come_back_as_they_were_sent(void **state)
{
    (void)state;
    struct message m = { .type = MESSAGE_REFUSE, .text = SPAN_LITERAL("no") };
    assert_true(span_is(round_trip(&m)->text, "no"));
    m = (struct message){ .type = MESSAGE_CREDIT, .sequence = UINT64_MAX };
    assert_true(round_trip(&m)->sequence == UINT64_MAX);
    m = (struct message){ .type = MESSAGE_HEARTBEAT, .sequence = 5 };
    assert_true(round_trip(&m)->sequence == 5);
    m = (struct message){ .type = MESSAGE_BATCH, .sequence = 6, .bytes = 1000 };
    const struct message *out = round_trip(&m);
    assert_true(out->sequence == 6 && out->bytes == 1000 && span_is(out->carrier, "inline"));
    m = (struct message){ .type = MESSAGE_FINISH };
    round_trip(&m);
}

static void messages_about_a_stream_come_back_as_they_were_sent(void **state)
{
    (void)state;
    struct message m = { .type = MESSAGE_ACKNOWLEDGE,
                         .source = SPAN_LITERAL("s"),
                         .stream = SPAN_LITERAL("t\0u"),
                         .position = INT64_MAX,
                         .ended = true };
    const struct message *out = round_trip(&m);
    assert_true(out->ended && out->position == INT64_MAX && span_is(out->source, "s"));
    assert_true(span_equal(out->stream, SPAN_LITERAL("t\0u")));
    m.type = MESSAGE_REWIND;
    m.epoch = UINT64_C(1) << 32;
    out = round_trip(&m);
    assert_true(out->epoch == UINT64_C(1) << 32 && out->position == INT64_MAX);
    m = (struct message){ .type = MESSAGE_LOST,
                          .source = SPAN_LITERAL("s"),
                          .stream = SPAN_LITERAL("t"),
                          .epoch = 2,
                          .position = 10,
                          .to = 20,
                          .ordinal = 3,
                          .text = SPAN_LITERAL("truncated") };
    out = round_trip(&m);
    assert_true(out->epoch == 2 && out->position == 10 && out->to == 20 && out->ordinal == 3);
    assert_true(span_is(out->text, "truncated"));
}

static void an_end_carries_the_account(void **state)
{
    (void)state;
    struct account_line lines[] = {
        { SPAN_LITERAL("a"), FATE_SESSIONS, SPAN_LITERAL(""), UINT64_MAX },
        { SPAN_LITERAL("a"), FATE_SKIP, SPAN_LITERAL("nodata"), 2 },
        { SPAN_LITERAL("b"), FATE_LOST_BYTES, SPAN_LITERAL(""), 0 },
    };
    struct message end = { .type = MESSAGE_END,
                           .source = SPAN_LITERAL("shard"),
                           .stream = SPAN_LITERAL("0"),
                           .epoch = 1,
                           .position = 2,
                           .ordinal = 3,
                           .high_water_ms = -4,
                           .account_n = 3,
                           .account = lines };
    const struct message *m = round_trip(&end);
    assert_true(m->position == 2 && m->ordinal == 3 && m->high_water_ms == -4);
    assert_int_equal(m->account_n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(span_equal(m->account[i].source, lines[i].source));
        assert_true(span_equal(m->account[i].reason, lines[i].reason));
        assert_int_equal(m->account[i].fate, lines[i].fate);
        assert_true(m->account[i].count == lines[i].count);
    }
    end.account_n = 0;
    end.high_water_ms = TIMESTAMP_NONE;
    m = round_trip(&end);
    assert_true(m->account_n == 0 && m->high_water_ms == TIMESTAMP_NONE);
}

static void the_longest_account_fits_and_a_longer_one_does_not(void **state)
{
    (void)state;
    struct account_line *lines = calloc(ACCOUNT_LINES_MAX + 1, sizeof *lines);
    assert_non_null(lines);
    for (unsigned i = 0; i <= ACCOUNT_LINES_MAX; i++)
        lines[i] = (struct account_line){ SPAN_LITERAL("source"), FATE_BAD, SPAN_LITERAL("reason"), i };
    struct message end = { .type = MESSAGE_END,
                           .source = SPAN_LITERAL("shard"),
                           .stream = SPAN_LITERAL("0"),
                           .high_water_ms = TIMESTAMP_NONE,
                           .account_n = ACCOUNT_LINES_MAX,
                           .account = lines };
    const struct message *m = round_trip(&end);
    assert_int_equal(m->account_n, ACCOUNT_LINES_MAX);
    assert_true(m->account[ACCOUNT_LINES_MAX - 1].count == ACCOUNT_LINES_MAX - 1);
    end.account_n++;
    assert_int_equal(message_encode(&end, &frame, &error), STATUS_LIMIT);
    free(lines);
}

static void what_says_nothing_is_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
#define CASE(text) { text, sizeof text - 1 }
        CASE(""),
        CASE("\x80"),
        CASE("\x81\xa4type\xa4"
             "what"),
        CASE("\x81\xa4type\x01"),
        CASE("\x81\xa4type\xa6"
             "credit"),
        CASE("\x82\xa4type\xa6"
             "credit\xa8sequence\xff"),
        CASE("\x82\xa4type\xa6"
             "credit\xa8sequence\xa1"
             "1"),
        CASE("\x83\xa4type\xa6"
             "credit\xa8sequence\x01\xa8sequence\x01"),
        CASE("\x81\xa4type\xa6rewind"),
        CASE("\x82\xa4type\xa4want\xa6"
             "fields\x91\x01"),
        CASE("\x82\xa4type\xa4want\xa6"
             "fields\x91\xa0"),
        CASE("\x82\xa4type\xa4want\xa5ports\x01"),
        CASE("\x82\xa4type\xa4want\xa5ports\x91\x01"),
        CASE("\x82\xa4type\xa4want\xa5ports\x93\x01\x02\x05"),
        CASE("\x82\xa4type\xa4want\xa5ports\x92\xff\x02"),
        CASE("\x82\xa4type\xa4want\xa5ports\x92\x01\xc0"),
        CASE("\x82\xa4type\xa4want\xa5ports\x92\x01\xce\x00\x01\x00\x00"),
        CASE("\x82\x01\xa1x\xa4type\xa6"
             "finish"),
        CASE("\x81\xa4type\xa6"
             "finish\x00"),
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct message *m;
        if (message_decode(decoder, span_of(cases[i].bytes, cases[i].n), &m, &error) != STATUS_BAD)
            fail_msg("case %u was taken", i);
        assert_null(m);
    }
}

static void a_wrong_stream_or_a_backward_loss_is_malformed(void **state)
{
    (void)state;
    const struct message *m;
    struct message lost = {
        .type = MESSAGE_LOST, .source = SPAN_LITERAL("s"), .stream = SPAN_LITERAL("t"), .position = 10, .to = 9
    };
    buffer_clear(&frame);
    assert_int_equal(message_encode(&lost, &frame, &error), STATUS_OK);
    assert_int_equal(message_decode(decoder, buffer_span(&frame), &m, &error), STATUS_BAD);
    lost.to = UINT64_MAX;
    buffer_clear(&frame);
    assert_int_equal(message_encode(&lost, &frame, &error), STATUS_OK);
    assert_int_equal(message_decode(decoder, buffer_span(&frame), &m, &error), STATUS_BAD);
    lost.to = 10;
    lost.stream = SPAN_LITERAL("");
    buffer_clear(&frame);
    assert_int_equal(message_encode(&lost, &frame, &error), STATUS_OK);
    assert_int_equal(message_decode(decoder, buffer_span(&frame), &m, &error), STATUS_BAD);
}

static void every_cut_message_is_malformed(void **state)
{
    (void)state;
    struct span fields[1] = { SPAN_LITERAL("DstAppName") };
    struct message want = { .type = MESSAGE_WANT, .want = { .fields_n = 1, .fields = fields } };
    round_trip(&want);
    for (size_t n = 0; n < frame.n; n++) {
        const struct message *m;
        char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, frame.p, n);
        assert_int_equal(message_decode(decoder, span_of(copy, n), &m, &error), STATUS_BAD);
        free(copy);
    }
}

static int set_up(void **state)
{
    (void)state;
    decoder = message_decoder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    message_decoder_free(&decoder);
    buffer_fini(&frame);
    return decoder != NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_comes_back_as_it_was_sent),
        cmocka_unit_test(a_hello_of_another_version_can_be_refused_by_name),
        cmocka_unit_test(a_name_that_could_drive_a_terminal_is_malformed),
        cmocka_unit_test(a_want_comes_back_as_it_was_sent),
        cmocka_unit_test(wanted_ports_come_back_as_they_were_sent),
        cmocka_unit_test(the_most_ranges_of_ports_fit_and_one_more_does_not),
        cmocka_unit_test(ranges_of_ports_that_are_none_are_malformed),
        cmocka_unit_test(small_messages_come_back_as_they_were_sent),
        cmocka_unit_test(messages_about_a_stream_come_back_as_they_were_sent),
        cmocka_unit_test(an_end_carries_the_account),
        cmocka_unit_test(the_longest_account_fits_and_a_longer_one_does_not),
        cmocka_unit_test(what_says_nothing_is_malformed),
        cmocka_unit_test(a_wrong_stream_or_a_backward_loss_is_malformed),
        cmocka_unit_test(every_cut_message_is_malformed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
