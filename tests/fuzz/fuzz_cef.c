/* fuzz: component=collectors */
/* CEF: pairs come in order, lie inside the message, and each key stands directly before its `=`. */
#include "core/parser.h"
#include "formats/cef.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static bool is_key_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("_.-:[]", c));
}

/* The rule, byte by byte: the first `=` at or behind `from` with a key directly before it. */
static size_t plain_find_key(struct span s, size_t from, size_t *begin)
{
    for (size_t equals = from; equals < s.n; equals++) {
        size_t at = equals;
        if (s.p[equals] != '=')
            continue;
        while (at > 0 && is_key_byte(s.p[at - 1]))
            at--;
        if (at < equals && !strchr(".-:[]", s.p[at]) && (at == 0 || s.p[at - 1] == ' ')) {
            *begin = at;
            return equals;
        }
    }
    *begin = s.n;
    return s.n;
}

static void check_pairs(struct parser *p, struct span extension)
{
    struct cef_cursor c;
    struct span key, value;
    cef_begin(&c, extension, NULL);
    const char *at = extension.p, *end = extension.p + extension.n;
    size_t begin, equals = plain_find_key(extension, 0, &begin);
    while (cef_next(&c, &key, &value)) {
        CHECK(key.p == extension.p + begin && key.p + key.n == extension.p + equals);
        equals = plain_find_key(extension, equals + 1, &begin);
        CHECK(value.n == 0 || value.p + value.n <= extension.p + begin);
        CHECK(key.n > 0 && key.p >= at && key.p + key.n < end && key.p[key.n] == '=');
        CHECK(key.p == extension.p || key.p[-1] == ' ');
        CHECK(value.n == 0 || (value.p > key.p + key.n && value.p + value.n <= end));
        at = value.n ? value.p + value.n : key.p + key.n + 1;
        size_t before = p->scratch.n;
        struct span plain = cef_unescape(p, value);
        CHECK(plain.n <= value.n);
        p->scratch.n = before;
    }
    CHECK(equals == extension.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const vendors[] = { "Palo Alto Networks", "V", NULL };
    static const struct form form = { .name = "native", .parse = no_parse };
    static const struct collector collector = { .id = "fuzz", .forms = &form, .forms_n = 1 };
    static const struct parse_options options;
    struct span line = span_of((const char *)data, size), head, body;
    static struct parser p; /* made once: an input is parsed in microseconds */
    struct record r;
    if (!p.form)
        parser_init(&p, &collector, &form, &options);
    (void)parser_parse(&p, line, &r); /* makes room in the scratch */
    struct cef_header h;
    if (cef_find(line, &head, &body)) {
        CHECK(head.p == line.p && body.p + body.n == line.p + line.n && head.n + 6 <= line.n);
        if (cef_header_read(&p, body, vendors, &h) == STATUS_OK)
            check_pairs(&p, h.extension);
    } else if (cef_headless(line, &body)) {
        CHECK(cef_header_read(&p, body, vendors, &h) == STATUS_OK);
        check_pairs(&p, h.extension);
    }
    check_pairs(&p, line);
    return 0;
}
