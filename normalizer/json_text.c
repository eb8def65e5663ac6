#include "json_text.h"

#include "common/number.h"
#include "common/timestamp.h"

void json_append_integer(struct buffer *out, int64_t number)
{
    out->n += number_format(number, buffer_reserve(out, 24));
}

void json_append_field(struct buffer *out, enum asim_index field, struct value v)
{
    if (v.kind == VALUE_EMPTY)
        return;
    buffer_append(out, ",\"", 2);
    buffer_append_span(out, asim_fields[field].name);
    buffer_append(out, "\":", 2);
    if (v.kind == VALUE_INTEGER) {
        json_append_integer(out, v.number);
    } else if (v.kind == VALUE_TIME) {
        buffer_append_byte(out, '"');
        out->n += timestamp_format(v.number, true, buffer_reserve(out, 32));
        buffer_append_byte(out, '"');
    } else if (asim_fields[field].type == ASIM_STRING) {
        json_append_text(out, v.text);
    } else {
        buffer_append_span(out, v.text); /* real, bool: as JSON has them */
    }
}
