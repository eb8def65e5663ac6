#include "display.h"

#include "common/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

static bool is_harmless(utf8proc_int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

static void append_escape(struct buffer *out, utf8proc_int32_t code)
{
    switch (code) {
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
        buffer_append_format(out, "\\u{%x}", (unsigned)code);
    }
}

void display_append(struct buffer *out, struct span s)
{
    struct buffer valid = { 0 };
    if (!utf8_valid(s)) {
        utf8_append_valid(&valid, s);
        s = buffer_span(&valid);
    }
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &code);
        if (n < 1)
            break;
        if (is_harmless(code))
            buffer_append(out, s.p + i, (size_t)n);
        else
            append_escape(out, code);
        i += (size_t)n;
    }
    buffer_fini(&valid);
}

size_t display_width(struct span s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &code);
        if (n < 1) {
            width++;
            i++;
            continue;
        }
        width += (size_t)utf8proc_charwidth(code);
        i += (size_t)n;
    }
    return width;
}

void display_cell_end(struct display_table *t)
{
    if (t->cells_n == t->cells_capacity) {
        t->cells_capacity = t->cells_capacity ? 2 * t->cells_capacity : 256;
        t->ends = allocate_more(t->ends, t->cells_capacity, sizeof *t->ends);
    }
    t->ends[t->cells_n++] = t->text.n;
}

void display_cell(struct display_table *t, struct span unescaped)
{
    display_append(&t->text, unescaped);
    display_cell_end(t);
}

static struct span cell_text(const struct display_table *t, size_t cell)
{
    size_t begin = cell ? t->ends[cell - 1] : 0;
    return span_of(t->text.p + begin, t->ends[cell] - begin);
}

static void append_blanks(struct buffer *out, size_t n)
{
    memset(buffer_reserve(out, n), ' ', n);
    out->n += n;
}

static void append_row(const struct display_table *t, size_t first, const size_t *widths, struct buffer *out)
{
    for (unsigned column = 0; column < t->columns; column++) {
        struct span text = cell_text(t, first + column);
        size_t pad = widths[column] - display_width(text);
        if (column)
            append_blanks(out, 2);
        if (t->right >> column & 1)
            append_blanks(out, pad);
        buffer_append_span(out, text);
        if (!(t->right >> column & 1) && column + 1 < t->columns)
            append_blanks(out, pad);
    }
}

void display_table_take(struct display_table *t, unsigned indent, bool bold, struct buffer *out)
{
    size_t *widths = allocate(t->columns, sizeof *widths);
    for (size_t i = 0; i < t->cells_n; i++) {
        size_t width = display_width(cell_text(t, i));
        if (widths[i % t->columns] < width)
            widths[i % t->columns] = width;
    }
    for (size_t i = 0; i + t->columns <= t->cells_n; i += t->columns) {
        append_blanks(out, indent);
        if (bold && i == 0)
            buffer_append(out, "\x1b[1m", 4);
        append_row(t, i, widths, out);
        if (bold && i == 0)
            buffer_append(out, "\x1b[0m", 4);
        buffer_append_byte(out, '\n');
    }
    free(widths);
    t->cells_n = 0;
    buffer_clear(&t->text);
}

void display_table_fini(struct display_table *t)
{
    buffer_fini(&t->text);
    free(t->ends);
    *t = (struct display_table){ 0 };
}
