#include "common/json_text.h"

#include "common/utf8.h"

/* Bytes that stand for themselves in a JSON text. */
static size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

static void append_escaped(struct buffer *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
    buffer_append_byte(out, '\\');
    if (c == '"' || c == '\\') {
        buffer_append_byte(out, (char)c);
    } else if (c < sizeof shorts && shorts[c]) {
        buffer_append_byte(out, shorts[c]);
    } else {
        char code[] = { 'u', '0', '0', hex[c >> 4], hex[c & 15] };
        buffer_append(out, code, sizeof code);
    }
}

static void append_valid(struct buffer *out, struct span s)
{
    for (size_t i = 0; i < s.n;) {
        size_t run = plain_run(s.p + i, s.n - i);
        while (i + run < s.n && (unsigned char)s.p[i + run] >= 0x80)
            run += 1 + plain_run(s.p + i + run + 1, s.n - i - run - 1);
        buffer_append(out, s.p + i, run);
        i += run;
        if (i < s.n)
            append_escaped(out, (unsigned char)s.p[i++]);
    }
}

void json_append_text(struct buffer *out, struct span s)
{
    buffer_append_byte(out, '"');
    if (plain_run(s.p, s.n) == s.n) {
        buffer_append_span(out, s);
    } else if (utf8_valid(s)) {
        append_valid(out, s);
    } else {
        struct buffer valid = { 0 };
        utf8_append_valid(&valid, s);
        append_valid(out, buffer_span(&valid));
        buffer_fini(&valid);
    }
    buffer_append_byte(out, '"');
}
