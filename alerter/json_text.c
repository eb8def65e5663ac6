#include "json_text.h"

#include "common/utf8.h"

static void append_escaped(struct buffer *out, unsigned char c)
{
    switch (c) {
    case '"':
        buffer_append(out, "\\\"", 2);
        break;
    case '\\':
        buffer_append(out, "\\\\", 2);
        break;
    case '\n':
        buffer_append(out, "\\n", 2);
        break;
    case '\r':
        buffer_append(out, "\\r", 2);
        break;
    case '\t':
        buffer_append(out, "\\t", 2);
        break;
    default:
        buffer_append_format(out, "\\u%04x", c);
    }
}

static bool needs_escape(char c)
{
    unsigned char u = (unsigned char)c;
    return u < 0x20 || u == '"' || u == '\\' || u == 0x7f;
}

void json_append_text(struct buffer *out, struct span s)
{
    struct buffer valid = { 0 };
    if (!utf8_valid(s)) {
        utf8_append_valid(&valid, s);
        s = buffer_span(&valid);
    }
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && !needs_escape(s.p[i]))
            i++;
        buffer_append(out, s.p + from, i - from);
        if (i < s.n)
            append_escaped(out, (unsigned char)s.p[i++]);
    }
    buffer_append_byte(out, '"');
    buffer_fini(&valid);
}
