#include "core/recognise.h"

#include "core/options.h"
#include "fake_vendor.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char folder[64];
static const struct input_options options = { "/tmp", 1 << 20 };

static int setup(void **state)
{
    (void)state;
    scratch_make(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static void the_likeliest_form_is_taken_and_order_breaks_ties(void **state)
{
    (void)state;
    assert_ptr_equal(recognise_head(&fake_vendor, SPAN_LITERAL("cols x\n")), &fake_forms[0]);
    assert_ptr_equal(recognise_head(&fake_vendor, SPAN_LITERAL("{\"a\":1}")), &fake_forms[1]); /* 2 is possible */
    assert_ptr_equal(recognise_head(&fake_vendor, SPAN_LITERAL("12 a")), &fake_forms[0]);      /* before 2 */
    assert_ptr_equal(recognise_head(&fake_vendor, SPAN_LITERAL("other")), &fake_forms[2]);
    assert_null(recognise_head(&fake_vendor, SPAN_LITERAL("?")));
}

static enum status recognise_file(const char *text, size_t n, const struct form *forced, const struct form **form,
                                  struct error *e)
{
    struct input *in;
    struct recognition r = { 0 };
    assert_int_equal(input_open(scratch_write(folder, "f", text, n), &options, &in, e), STATUS_OK);
    enum status s = recognise_input(&fake_vendor, forced, in, &r, form, e);
    if (s == STATUS_OK) { /* and nothing of it is gone */
        char first;
        size_t got;
        assert_int_equal(input_read(in, &first, 1, &got, e), n ? STATUS_OK : STATUS_END);
        if (n)
            assert_int_equal(first, text[0]);
    }
    recognition_fini(&r);
    input_close(&in);
    return s;
}

static void files_are_recognised_by_what_they_hold(void **state)
{
    (void)state;
    struct error e;
    const struct form *form;
    assert_int_equal(recognise_file("\xef\xbb\xbf{}", 5, NULL, &form, &e), STATUS_OK);
    assert_ptr_equal(form, &fake_forms[1]);
    assert_int_equal(recognise_file("", 0, NULL, &form, &e), STATUS_OK);
    assert_ptr_equal(form, &fake_forms[0]);
    assert_int_equal(recognise_file("??", 2, NULL, &form, &e), STATUS_INPUT);
    assert_non_null(strstr(e.text, "f: this does not look like any form of fake (native, native-json, table-csv)"));
    assert_int_equal(recognise_file("??", 2, &fake_forms[1], &form, &e), STATUS_OK);
    assert_ptr_equal(form, &fake_forms[1]);
    assert_int_equal(recognise_file("\x1f\x8b\x08", 3, &fake_forms[1], &form, &e), STATUS_INPUT);
}

static void a_pipe_is_recognised_by_its_first_lines(void **state)
{
    (void)state;
    int ends[2];
    struct error e;
    struct input *in;
    const struct form *form;
    struct recognition r = { 0 };
    char path[64];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    assert_int_equal(input_open(path, &options, &in, &e), STATUS_OK);
    assert_int_equal(recognise_input(&fake_vendor, NULL, in, &r, &form, &e), STATUS_AGAIN);
    assert_int_equal(recognise_input(&fake_vendor, &fake_forms[2], in, &r, &form, &e), STATUS_OK);
    assert_int_equal(write(ends[1], "cols", 4), 4);
    assert_int_equal(recognise_input(&fake_vendor, NULL, in, &r, &form, &e), STATUS_AGAIN);
    assert_int_equal(write(ends[1], " a\n1", 4), 4);
    close(ends[1]);
    assert_int_equal(recognise_input(&fake_vendor, NULL, in, &r, &form, &e), STATUS_OK);
    assert_ptr_equal(form, &fake_forms[0]);
    char back[16];
    size_t got;
    assert_int_equal(input_read(in, back, sizeof back, &got, &e), STATUS_OK);
    assert_int_equal(got, 8);
    recognition_fini(&r);
    input_close(&in);
    close(ends[0]);
}

static void zones_and_times_of_the_command_line(void **state)
{
    (void)state;
    int32_t zone;
    const struct {
        const char *text;
        int32_t seconds;
    } zones[] = { { "UTC", 0 },        { "Z", 0 },      { "+02:00", 7200 },
                  { "-0330", -12600 }, { "+00:00", 0 }, { "-23:59", -86340 } };
    for (unsigned i = 0; i < sizeof zones / sizeof *zones; i++) {
        assert_true(options_parse_zone(zones[i].text, &zone));
        assert_int_equal(zone, zones[i].seconds);
    }
    const char *const no_zones[] = {
        "", "+", "utc", "02:00", "+2:00", "+24:00", "+01:60", "+01:00x", "+0a:00", "CEST"
    };
    for (unsigned i = 0; i < sizeof no_zones / sizeof *no_zones; i++)
        assert_false(options_parse_zone(no_zones[i], &zone));
    int64_t ms;
    assert_true(options_parse_time("2026-01-01T00:00:00Z", &ms));
    assert_true(ms == INT64_C(1767225600000));
    assert_true(options_parse_time("2026-01-01t01:30:00.1239+01:30", &ms));
    assert_true(ms == INT64_C(1767225600123));
    const char *const no_times[] = { "",
                                     "2026-01-01",
                                     "2026-01-01T00:00:00",
                                     "2026-13-01T00:00:00Z",
                                     "2026-02-29T00:00:00Z",
                                     "2026-01-01T24:00:00Z",
                                     "2026-01-01T00:00:00.Z",
                                     "2026-01-01T00:00:00Zx",
                                     "2026/01/01T00:00:00Z" };
    for (unsigned i = 0; i < sizeof no_times / sizeof *no_times; i++)
        assert_false(options_parse_time(no_times[i], &ms));
}

static void a_description_is_json_with_forms_and_fields(void **state)
{
    (void)state;
    struct buffer b = { 0 };
    options_describe(&fake_vendor, &b);
    buffer_append_byte(&b, '\0');
    assert_string_equal(b.p, "{\"id\":\"fake\",\"forms\":[{\"name\":\"native\",\"help\":\"lines\"},"
                             "{\"name\":\"native-json\",\"help\":\"JSON\"},"
                             "{\"name\":\"table-csv\",\"help\":\"rows \\\"quoted\\\"\"}],"
                             "\"fields\":{\"descriptor\":[\"action\",\"header\"],\"text\":[\"note\"],"
                             "\"integer\":[\"size\"],\"port\":[\"port\"],\"time\":[]}}\n");
    buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_likeliest_form_is_taken_and_order_breaks_ties),
        cmocka_unit_test(files_are_recognised_by_what_they_hold),
        cmocka_unit_test(a_pipe_is_recognised_by_its_first_lines),
        cmocka_unit_test(zones_and_times_of_the_command_line),
        cmocka_unit_test(a_description_is_json_with_forms_and_fields),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
