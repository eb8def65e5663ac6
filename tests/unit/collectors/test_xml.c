#include "formats/xml.h"

#include "core/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static const struct form form = { .name = "f", .parse = no_parse };
static const struct collector collector = { .id = "c", .forms = &form, .forms_n = 1 };
static const struct parse_options options = { 0 };

/* A parser whose scratch has room. */
static void begin(struct parser *p)
{
    struct record r;
    char unit[65] = { 0 };
    parser_init(p, &collector, &form, &options);
    (void)parser_parse(p, span_of(unit, 1), &r);
}

/* Tokens as text: `<name`, `>name`, `'text'`, `.` at the end, `!` for malformed. */
static void assert_tokens(const char *xml, const char *want)
{
    struct xml_reader x;
    struct buffer got = { 0 };
    enum xml_token token;
    xml_open(&x, span_text(xml));
    do {
        token = xml_next(&x);
        if (token == XML_OPEN || token == XML_CLOSE)
            buffer_append_format(&got, "%c%.*s", token == XML_OPEN ? '<' : '>', (int)x.name.n, x.name.p);
        else if (token == XML_TEXT)
            buffer_append_format(&got, "'%.*s'", (int)x.text.n, x.text.p);
        else
            buffer_append_format(&got, "%c", token == XML_END ? '.' : '!');
    } while (token != XML_END && token != XML_BAD);
    assert_int_equal(xml_next(&x), token);
    if (!span_is(buffer_span(&got), want))
        fail_msg("%s gives %.*s", xml, (int)got.n, got.p);
    buffer_fini(&got);
}

static void elements_texts_and_what_is_passed_over(void **state)
{
    (void)state;
    assert_tokens("<a/>", "<a>a.");
    assert_tokens(" <?xml version='1.0'?>\n<a x='1'><!-- <b> --><n:b  y = \">\" />t<?p?>u</a >\n", "<a<b>b't''u'>a.");
    assert_tokens("<a><![CDATA[<b>&]]]></a>", "<a'<b>&]'>a.");
    assert_tokens("<a><b></b></a>", "<a<b>b>a.");
}

static void what_is_not_well_formed_is_malformed(void **state)
{
    (void)state;
    static const char *const broken[] = { "",
                                          "text",
                                          "<a>",
                                          "<a></b>",
                                          "<a/><b/>",
                                          "<a/>t",
                                          "<a x=1/>",
                                          "<a x='1/>",
                                          "<a x/>",
                                          "<a 'x'/>",
                                          "<a x='1'y='2'/>",
                                          "</a>",
                                          "<a",
                                          "<a/",
                                          "<a /b>",
                                          "<>",
                                          "<a><!-- </a>",
                                          "<a><![CDATA[</a>",
                                          "<!DOCTYPE a><a/>",
                                          "<?xml",
                                          "<a b='<'" };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct xml_reader x;
        enum xml_token token;
        xml_open(&x, span_text(broken[i]));
        while ((token = xml_next(&x)) != XML_END && token != XML_BAD)
            continue;
        if (token != XML_BAD)
            fail_msg("%s", broken[i]);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct buffer text = { 0 };
    for (unsigned more = 0; more < 2; more++) {
        struct xml_reader x;
        enum xml_token token;
        buffer_clear(&text);
        for (unsigned i = 0; i < XML_DEPTH_MAX + more; i++)
            buffer_append_format(&text, "<a>");
        for (unsigned i = 0; i < XML_DEPTH_MAX + more; i++)
            buffer_append_format(&text, "</a>");
        xml_open(&x, buffer_span(&text));
        while ((token = xml_next(&x)) != XML_END && token != XML_BAD)
            continue;
        assert_int_equal(token, more ? XML_BAD : XML_END);
    }
    buffer_fini(&text);
}

static void attributes_are_found_by_their_local_name(void **state)
{
    (void)state;
    struct xml_reader x;
    struct span value;
    xml_open(&x, span_text("<a n:x='1' y = \"it's\" z=''/>"));
    assert_int_equal(xml_next(&x), XML_OPEN);
    assert_true(xml_attribute(&x, SPAN_LITERAL("x"), &value) && span_is(value, "1"));
    assert_true(xml_attribute(&x, SPAN_LITERAL("y"), &value) && span_is(value, "it's"));
    assert_true(xml_attribute(&x, SPAN_LITERAL("z"), &value) && value.n == 0);
    assert_false(xml_attribute(&x, SPAN_LITERAL("Y"), &value));
}

static void content_is_the_text_of_the_element_itself(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *want;
    } cases[] = { { "<a>x &amp; y</a>", "x & y" },
                  { "<a>1<!-- c -->2<![CDATA[&lt;]]>3</a>", "12&lt;3" },
                  { "<a>1<b>no</b>2</a>", "12" },
                  { "<a/>", "" },
                  { "<a></a>", "" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parser p;
        struct xml_reader x;
        struct span text;
        begin(&p);
        xml_open(&x, span_text(cases[i].xml));
        assert_int_equal(xml_next(&x), XML_OPEN);
        assert_true(xml_content(&x, &p, &text));
        assert_true(span_is(text, cases[i].want));
        assert_int_equal(xml_next(&x), XML_END);
        parser_fini(&p);
    }
}

static void references_are_replaced_and_unknown_ones_stay(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = { { "&lt;&gt;&amp;&quot;&apos;", "<>&\"'" },
                  { "&#65;&#x42;&#xe9;&#x20AC;&#x1F600;", "AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
                  { "a&amp;", "a&" },
                  { "&nbsp; & &; &#; &#x; &#0; &#xD800; &#x110000; &lt",
                    "&nbsp; & &; &#; &#x; &#0; &#xD800; &#x110000; &lt" },
                  { "&#99999999999;", "&#99999999999;" } };
    struct parser p;
    begin(&p);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span got = xml_unescape(&p, span_text(cases[i].text));
        if (!span_is(got, cases[i].want))
            fail_msg("%s gives %.*s", cases[i].text, (int)got.n, got.p);
    }
    parser_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_texts_and_what_is_passed_over),
        cmocka_unit_test(what_is_not_well_formed_is_malformed),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(attributes_are_found_by_their_local_name),
        cmocka_unit_test(content_is_the_text_of_the_element_itself),
        cmocka_unit_test(references_are_replaced_and_unknown_ones_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
