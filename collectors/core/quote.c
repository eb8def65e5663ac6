#include "core/quote.h"

#include "common/utf8.h"

void quote_json(struct buffer *out, struct span text)
{
    struct buffer clean = { 0 };
    if (!utf8_valid(text)) {
        utf8_append_valid(&clean, text);
        text = buffer_span(&clean);
    }
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '"' || c == '\\') {
            buffer_append_byte(out, '\\');
            buffer_append_byte(out, (char)c);
        } else if (c == '\n') {
            buffer_append(out, "\\n", 2);
        } else if (c == '\t') {
            buffer_append(out, "\\t", 2);
        } else if (c < 0x20 || c == 0x7f) {
            buffer_append_format(out, "\\u%04x", c);
        } else {
            buffer_append_byte(out, (char)c);
        }
    }
    buffer_append_byte(out, '"');
    buffer_fini(&clean);
}
