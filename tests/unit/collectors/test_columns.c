#include "core/columns.h"

#include "common/buffer.h"
#include "formats/json.h"
#include "formats/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct columns *read_columns(const char *text, const struct keys *keys)
{
    struct columns *c = columns_new();
    struct json_reader *json = json_reader_new();
    columns_read(c, json, keys, span_text(text));
    json_reader_free(&json);
    return c;
}

static void assert_row(struct columns *c, const char *row, const char *object, const char *reason)
{
    struct span got;
    const char *why = columns_object(c, span_text(row), &got);
    if (reason) {
        assert_non_null(why);
        assert_string_equal(why, reason);
        return;
    }
    assert_null(why);
    assert_int_equal(got.n, strlen(object));
    assert_memory_equal(got.p, object, got.n);
}

static void a_row_is_the_object_of_its_columns(void **state)
{
    (void)state;
    struct columns *c =
        read_columns("\"columns\":[{\"name\":\"a\",\"type\":\"string\"},{\"type\":\"long\",\"name\":\"b c\"},"
                     "{\"name\":\"d\\\"\"}]",
                     NULL);
    assert_true(columns_known(c));
    assert_true(columns_ours(c));
    assert_row(c, "[\"x\",1,null]", "{\"a\":\"x\",\"b c\":1}", NULL);
    assert_row(c, "[ \"],\\\"\" ,\n{\"e\":[1,2]},\r\n\t[\"]\",{}] ]",
               "{\"a\":\"],\\\"\",\"b c\":{\"e\":[1,2]},\"d\\\"\":[\"]\",{}]}", NULL);
    columns_free(&c);
}

static void a_cell_without_a_value_is_absent(void **state)
{
    (void)state;
    struct columns *c = read_columns("\"columns\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]", NULL);
    assert_row(c, "[null,\"\",0]", "{\"c\":0}", NULL);
    assert_row(c, "[ null ,\"\" , null]", "{}", NULL);
    assert_row(c, "[\" \",{},null]", "{\"a\":\" \",\"b\":{}}", NULL);
    columns_free(&c);
}

/* Or a short row would cost what the columns cost. */
static void a_column_with_a_very_long_name_is_left_out(void **state)
{
    static const char name[] = "0123456789012345678901234567890123456789012345678901234567890123"
                               "0123456789012345678901234567890123456789012345678901234567890123";
    char text[512], object[512];
    (void)state;
    (void)snprintf(text, sizeof text, "\"columns\":[{\"name\":\"%s4\"},{\"name\":\"%s\"},{\"name\":\"b\"}]", name,
                   name);
    (void)snprintf(object, sizeof object, "{\"%s\":2,\"b\":3}", name);
    struct columns *c = read_columns(text, NULL);
    assert_row(c, "[1,2,3]", object, NULL);
    assert_row(c, "[1,2]", NULL, "field_count");
    columns_free(&c);
}

static void a_row_has_a_cell_for_every_column(void **state)
{
    (void)state;
    struct columns *c =
        read_columns("\"Columns\" : [{\"ColumnName\":\"a\",\"DataType\":\"String\"},{\"ColumnName\":\"b\"}]", NULL);
    assert_true(columns_known(c));
    assert_row(c, "[1,2]", "{\"a\":1,\"b\":2}", NULL);
    assert_row(c, "[]", NULL, "field_count");
    assert_row(c, "[1]", NULL, "field_count");
    assert_row(c, "[1,2,3]", NULL, "field_count");
    assert_row(c, "[1,,2]", NULL, "json");
    assert_row(c, "[,1]", NULL, "json");
    assert_row(c, "[1 2]", NULL, "json");
    assert_row(c, "[\"a\":\"b\",1]", NULL, "json");
    assert_row(c, "[1,2", NULL, "json");
    assert_row(c, "[1,\"2", NULL, "json");
    assert_row(c, "[1,", NULL, "json");
    columns_free(&c);
}

static void columns_that_cannot_be_read_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = { "\"columns\":[]",
                                         "\"columns\":[1]",
                                         "\"columns\":[{\"name\":1}]",
                                         "\"columns\":[{\"name\":\"a\"},{}]",
                                         "\"columns\":[{\"name\":\"a\"}",
                                         "\"columns\":[{\"name\":\"a\",}]",
                                         "\"columns\":[{\"name\":\"\xff\"}]" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct columns *c = read_columns(texts[i], NULL);
        assert_false(columns_known(c));
        columns_free(&c);
    }
    struct columns *c = read_columns("\"columns\":[{\"name\":\"a\"}]", NULL);
    assert_true(columns_known(c));
    columns_clear(c);
    assert_false(columns_known(c));
    columns_free(&c);
}

static void a_table_is_ours_if_a_column_is_looked_for_or_led_into(void **state)
{
    (void)state;
    static const struct key words[] = { { "a", 0 }, { "properties.b", 1 } };
    struct keys *keys = keys_new(words, 2);
    const struct {
        const char *text;
        bool ours;
    } cases[] = { { "\"columns\":[{\"name\":\"x\"},{\"name\":\"a\"}]", true },
                  { "\"columns\":[{\"name\":\"properties\"}]", true },
                  { "\"columns\":[{\"name\":\"b\"},{\"name\":\"A \"}]", false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct columns *c = read_columns(cases[i].text, keys);
        assert_true(columns_known(c));
        assert_int_equal(columns_ours(c), cases[i].ours);
        columns_free(&c);
    }
    keys_free(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_the_object_of_its_columns),
        cmocka_unit_test(a_cell_without_a_value_is_absent),
        cmocka_unit_test(a_column_with_a_very_long_name_is_left_out),
        cmocka_unit_test(a_row_has_a_cell_for_every_column),
        cmocka_unit_test(columns_that_cannot_be_read_are_none),
        cmocka_unit_test(a_table_is_ours_if_a_column_is_looked_for_or_led_into),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
