/* fuzz: component=collectors */
/* CSV: the fields, quoted anew and put together, split into the same fields. */
#include "core/parser.h"
#include "formats/csv.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS_MAX = 64 };

static enum parse_result no_parse(struct parser *p, struct span unit, struct record *r)
{
    (void)p, (void)unit, (void)r;
    return PARSE_NOTHING;
}

static void put_together(struct buffer *out, const struct span *fields, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (i)
            buffer_append_byte(out, ',');
        buffer_append_byte(out, '"');
        for (size_t k = 0; k < fields[i].n; k++) {
            if (fields[i].p[k] == '"')
                buffer_append_byte(out, '"');
            buffer_append_byte(out, fields[i].p[k]);
        }
        buffer_append_byte(out, '"');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct form form = { .name = "native", .parse = no_parse };
    static const struct collector collector = { .id = "fuzz", .forms = &form, .forms_n = 1 };
    static const struct parse_options options;
    struct span unit = span_of((const char *)data, size), fields[FIELDS_MAX], again[FIELDS_MAX];
    struct buffer text = { 0 };
    static struct parser p, q; /* made once: an input is parsed in microseconds */
    struct record r;
    unsigned n, m;
    if (!p.form) {
        parser_init(&p, &collector, &form, &options);
        parser_init(&q, &collector, &form, &options);
    }
    (void)parser_parse(&p, unit, &r); /* makes room in the scratch */
    if (csv_split(&p, unit, ',', fields, FIELDS_MAX, &n) == STATUS_OK) {
        CHECK(n >= 1 && n <= FIELDS_MAX);
        put_together(&text, fields, n);
        (void)parser_parse(&q, buffer_span(&text), &r);
        CHECK(csv_split(&q, buffer_span(&text), ',', again, FIELDS_MAX, &m) == STATUS_OK && m == n);
        for (unsigned i = 0; i < n; i++)
            CHECK(span_equal(fields[i], again[i]));
    }
    buffer_fini(&text);
    return 0;
}
