/* Whole terms, filters, applications and ports: every row of the rule's tables. */
#include "cases.h"

#include "match.h"
#include "threshold.h"

#include "common/utf8.h"

static bool has(const char *cell, const char *value)
{
    struct buffer c = { 0 }, v = { 0 };
    utf8_append_lower(&c, span_text(cell));
    utf8_append_lower(&v, span_text(value));
    bool result = match_has(buffer_span(&c), buffer_span(&v));
    buffer_fini(&c);
    buffer_fini(&v);
    return result;
}

static void a_cell_has_a_value_as_a_whole_term(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *value;
        bool expected;
    } table[] = { { "443", "443", true },
                  { "443", "44", false },
                  { " 636", "636", true },
                  { "8000-8010", "8000", true },
                  { "8000-8010", "8010", true },
                  { "8000-8010", "8005", false },
                  { "443/tcp", "443", true },
                  { "*", "443", false },
                  { "", "443", false },
                  { "TCP", "tcp", true },
                  { "TCP", "UDP", false },
                  { "IPv6-ICMP", "ICMP", true },
                  { "ICMP", "IPv6-ICMP", false },
                  { "Drop ICMP", "Drop", true },
                  { "Drop", "Drop ICMP", false },
                  { "Allow", "Allowed", false },
                  { "Inbound", "", true },
                  { "", "", true },
                  { "4430 443", "443", true },
                  { "xTCP TCPx tcp", "TCP", true },
                  { "xTCP TCPx", "TCP", false },
                  { "aa-a", "a", true },
                  { "tcp_udp", "udp", true },
                  { "tcp443", "443", false },
                  { "not Drop ICMP now", "Drop ICMP", true },
                  { "Drop  ICMP", "Drop ICMP", false },
                  { "TCP", " TCP", false } };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (has(table[i].cell, table[i].value) != table[i].expected)
            fail_msg("'%s' has '%s'", table[i].cell, table[i].value);
}

static void letters_and_digits_of_any_script_belong_to_a_term(void **state)
{
    (void)state;
    static const char *const terms[] = { "é", "É", "ß", "Я", "中", "ª", "４", "٣" };
    static const char *const borders[] = { "²", "½", "①",      "Ⅷ",          "\u00a0", "–",
                                           "«", "€", "\u0301", "\U0001f512", "_",      "\n" };
    char text[32];
    for (size_t i = 0; i < COUNT_OF(terms); i++) {
        snprintf(text, sizeof text, "443%s", terms[i]);
        assert_false(has(text, "443"));
        snprintf(text, sizeof text, "%s443", terms[i]);
        assert_false(has(text, "443"));
    }
    for (size_t i = 0; i < COUNT_OF(borders); i++) {
        snprintf(text, sizeof text, "443%s", borders[i]);
        assert_true(has(text, "443"));
        snprintf(text, sizeof text, "%s443", borders[i]);
        assert_true(has(text, "443"));
    }
}

static void case_is_folded_one_character_at_a_time(void **state)
{
    (void)state;
    assert_true(has("BLOQUÉ", "bloqué"));
    assert_true(has("ПРИЁМ", "приём"));
    assert_false(has("STRASSE", "straße"));
    assert_true(has("İ 443", "443"));
    assert_false(has("İ443", "443"));
}

static bool passes(const char *cell, const char *value, enum empty_matches empty)
{
    struct elements e;
    struct buffer v = { 0 };
    elements_init(&e, span_text(cell));
    utf8_append_lower(&v, span_text(value));
    bool result = match_passes(&e, buffer_span(&v), empty);
    elements_fini(&e);
    buffer_fini(&v);
    return result;
}

static void a_star_is_a_whole_element(void **state)
{
    (void)state;
    assert_true(passes("UDP,*", "TCP", EMPTY_MATCHES_ALL));
    static const char *const no_stars[] = { " *", "* ", "**", "*x", "TCP , * " };
    for (size_t i = 0; i < COUNT_OF(no_stars); i++)
        assert_false(passes(no_stars[i], "GRE", EMPTY_MATCHES_ALL));
}

static void elements_keep_their_blanks_and_one_suffices(void **state)
{
    (void)state;
    assert_true(passes("TCP, UDP", "UDP", EMPTY_MATCHES_ALL));
    assert_false(passes("TCP,UDP", "ICMP", EMPTY_MATCHES_ALL));
    assert_false(passes("", "TCP", EMPTY_MATCHES_ALL));
    assert_false(passes(",TCP", "UDP", EMPTY_MATCHES_ALL));
    assert_true(passes("*,TCP", "GRE", EMPTY_MATCHES_STAR_ONLY));
}

static void an_empty_value_passes_everything_or_only_the_star(void **state)
{
    (void)state;
    static const char *const cells[] = { "UDP", "", " *", "a,b" };
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        assert_true(passes(cells[i], "", EMPTY_MATCHES_ALL));
        assert_false(passes(cells[i], "", EMPTY_MATCHES_STAR_ONLY));
    }
    assert_true(passes("UDP,*", "", EMPTY_MATCHES_STAR_ONLY));
}

static void a_cell_may_hold_nul_bytes(void **state)
{
    (void)state;
    struct elements e;
    elements_init(&e, span_of("a\0b,tcp\0", 8));
    assert_int_equal(e.n, 2);
    assert_true(match_passes(&e, span_of("a\0b", 3), EMPTY_MATCHES_ALL));
    assert_true(match_passes(&e, span_of("tcp", 3), EMPTY_MATCHES_ALL));
    assert_false(match_passes(&e, span_of("a\0c", 3), EMPTY_MATCHES_ALL));
    elements_fini(&e);
}

static bool app_passes(const char *cell, const char *app, enum empty_matches empty)
{
    struct elements e;
    struct buffer v = { 0 };
    elements_init(&e, span_text(cell));
    utf8_append_lower(&v, span_text(app));
    bool result = match_app_passes(&e, buffer_span(&v), empty);
    elements_fini(&e);
    buffer_fini(&v);
    return result;
}

static void an_application_is_searched_for_the_names(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *app;
        bool expected;
    } table[] = { { "smb", "ms-ds-smb", true },
                  { "ms-ds-smb", "smb", false },
                  { "smb", "SMB", true },
                  { "smb", "smbv3", false },
                  { "tor, smb", "ms-ds-smb", true },
                  { "*", "x", true },
                  { "tor,*", "x", true },
                  { " *", "x", false },
                  { " *", "a * b", true },
                  { "", "x", true },
                  { " , ", "x", true },
                  { "smb,", "x", false },
                  { "smb,", "smb", true } };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (app_passes(table[i].cell, table[i].app, EMPTY_MATCHES_ALL) != table[i].expected)
            fail_msg("'%s' and '%s'", table[i].cell, table[i].app);
    assert_true(app_passes("smb", "", EMPTY_MATCHES_ALL));
    assert_false(app_passes("smb", "", EMPTY_MATCHES_STAR_ONLY));
    assert_true(app_passes("", "", EMPTY_MATCHES_STAR_ONLY));
    assert_true(app_passes("smb,*", "", EMPTY_MATCHES_STAR_ONLY));
}

/* `yes` and `no`: ports, ended by -1. */
static void check_ports(const char *cell, const int *yes, const int *no)
{
    struct port_set set;
    struct elements e;
    elements_init(&e, span_text(cell));
    port_set_init(&set, &e);
    for (; *yes >= 0; yes++)
        if (!port_set_has(&set, (unsigned)*yes))
            fail_msg("'%s' does not name %d", cell, *yes);
    for (; *no >= 0; no++)
        if (port_set_has(&set, (unsigned)*no))
            fail_msg("'%s' names %d", cell, *no);
    elements_fini(&e);
}

#define YES(...)                                                                                                       \
    (const int[])                                                                                                      \
    {                                                                                                                  \
        __VA_ARGS__, -1                                                                                                \
    }
#define NO(...)                                                                                                        \
    (const int[])                                                                                                      \
    {                                                                                                                  \
        __VA_ARGS__, -1                                                                                                \
    }
#define NONE                                                                                                           \
    (const int[])                                                                                                      \
    {                                                                                                                  \
        -1                                                                                                             \
    }

static void ports_are_listed_with_or_without_blanks(void **state)
{
    (void)state;
    check_ports("139, 445,\t22", YES(139, 445, 22), NO(13, 44, 2, 39));
    check_ports("139,,445", YES(139, 445), NO(0));
}

static void ranges_hold_both_ends(void **state)
{
    (void)state;
    check_ports("5800-5810", YES(5800, 5805, 5810), NO(5799, 5811, 580));
    check_ports(" 5800 - 5810 ,22", YES(5800, 5801, 5810, 22), NO(23));
    check_ports("0-0", YES(0), NO(1));
    check_ports("0-65535", YES(0, 1, 65535), NONE);
    check_ports("65530-99999999999999999999", YES(65530, 65535), NO(65529));
    check_ports("0080-0090", YES(80, 85, 90), NO(79));
    check_ports("99999999999999999998-99999999999999999999", NONE, NO(0, 65535));
}

static void what_only_looks_like_a_range_is_none(void **state)
{
    (void)state;
    check_ports("5810-5800", YES(5800, 5810), NO(5805));
    check_ports("5800-5805-5810", YES(5800, 5805, 5810), NO(5801));
    check_ports("5800-5810/tcp", YES(5800, 5810), NO(5805));
    check_ports("5800-", YES(5800), NO(5801));
    check_ports("-5800", YES(5800), NO(0, 5799));
    check_ports("5800–5810", YES(5800, 5810), NO(5805));
    check_ports("\u00a05800-5810", YES(5800, 5810), NO(5805));
    check_ports("٠-٩", NONE, NO(0, 5, 9));
    check_ports("-", NONE, NO(0));
}

static void a_star_names_no_port(void **state)
{
    (void)state;
    check_ports("*", NONE, NO(0, 443));
    check_ports("*,443", YES(443), NO(80));
}

static void services_are_whole_elements(void **state)
{
    (void)state;
    check_ports("ssh", YES(22), NO(23, 2));
    check_ports(" SSH ,Rdp", YES(22, 3389), NO(80));
    check_ports("ssh/tcp,sshd,openssh ssh", NONE, NO(22));
    check_ports("microsoft-ds,pop3", YES(445, 110), NO(3));
    check_ports("\u212apasswd", YES(464), NONE); /* the Kelvin sign in lower case is k */
}

static void zeros_are_taken_letter_by_letter(void **state)
{
    (void)state;
    check_ports("0", YES(0), NO(80));
    check_ports("0443", NONE, NO(443, 0));
    check_ports("", NONE, NO(0));
    check_ports("443.0", YES(443, 0), NONE);
    check_ports("65536,70000,655350", NONE, NO(0, 65535, 7000));
}

static void thresholds_are_whole_numbers_of_32_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t value;
    } good[] = { { "1000", 1000 },
                 { " 1000\t", 1000 },
                 { "+5", 5 },
                 { "-5", -5 },
                 { "0007", 7 },
                 { "-0", 0 },
                 { "2147483647", INT32_MAX },
                 { "-2147483648", INT32_MIN },
                 { "00000000000000000001", 1 } };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int32_t value = 99;
        if (!threshold_parse(span_text(good[i].text), &value) || value != good[i].value)
            fail_msg("'%s' gave %d", good[i].text, value);
    }
    static const char *const bad[] = { "",
                                       " ",
                                       "1,000",
                                       "1e3",
                                       "high",
                                       "1000.5",
                                       "1.0",
                                       "0x10",
                                       "2147483648",
                                       "-2147483649",
                                       "99999999999999999999999999999999999999999",
                                       "--1",
                                       "+-1",
                                       "+",
                                       "-",
                                       "+ 5",
                                       "1 000",
                                       "1_000",
                                       "²",
                                       "１",
                                       "٣",
                                       "\u00a01",
                                       "1\u00a0",
                                       "NaN" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int32_t value;
        if (threshold_parse(span_text(bad[i]), &value))
            fail_msg("'%s' was taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_has_a_value_as_a_whole_term),
        cmocka_unit_test(letters_and_digits_of_any_script_belong_to_a_term),
        cmocka_unit_test(case_is_folded_one_character_at_a_time),
        cmocka_unit_test(a_star_is_a_whole_element),
        cmocka_unit_test(elements_keep_their_blanks_and_one_suffices),
        cmocka_unit_test(an_empty_value_passes_everything_or_only_the_star),
        cmocka_unit_test(a_cell_may_hold_nul_bytes),
        cmocka_unit_test(an_application_is_searched_for_the_names),
        cmocka_unit_test(ports_are_listed_with_or_without_blanks),
        cmocka_unit_test(ranges_hold_both_ends),
        cmocka_unit_test(what_only_looks_like_a_range_is_none),
        cmocka_unit_test(a_star_names_no_port),
        cmocka_unit_test(services_are_whole_elements),
        cmocka_unit_test(zeros_are_taken_letter_by_letter),
        cmocka_unit_test(thresholds_are_whole_numbers_of_32_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
