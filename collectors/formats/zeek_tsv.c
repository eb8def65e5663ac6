#include "formats/zeek_tsv.h"

#include "core/parser.h"
#include "formats/keys.h"

static char separator_of(const struct zeek_tsv *z)
{
    return z->separator ? z->separator : '\t';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that `\xHH` at the beginning of the text stands for, or -1. */
static int escaped_byte(struct span text)
{
    if (text.n < 4 || text.p[0] != '\\' || text.p[1] != 'x')
        return -1;
    int high = hex_digit(text.p[2]), low = hex_digit(text.p[3]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* True, with what stands behind the word and one byte, if the line begins with the word. */
static bool directive(struct span line, struct span word, struct span *value)
{
    if (!span_starts(line, word))
        return false;
    *value = span_from(line, word.n + 1);
    return true;
}

static uint8_t keep(char *storage, size_t size, struct span text)
{
    if (text.n > size)
        return 0;
    memcpy(storage, text.p, text.n);
    return (uint8_t)text.n;
}

static void set_columns(struct zeek_tsv *z, const struct keys *keys, struct span names, struct split *s)
{
    memset(z->column, 0, sizeof z->column);
    z->columns = 0;
    split_line(s, names, separator_of(z));
    if (s->n > SPLIT_TOKENS_MAX)
        return;
    z->columns = s->n;
    for (uint32_t i = 0; i < s->n; i++) {
        int number = keys_find(keys, split_token(s, i));
        if (number != KEY_NONE && !z->column[number])
            z->column[number] = (uint16_t)(i + 1);
    }
}

static enum parse_result header_line(struct zeek_tsv *z, const struct keys *keys, struct span line, struct split *s)
{
    struct span value;
    if (directive(line, SPAN_LITERAL("#separator"), &value)) {
        *z = (struct zeek_tsv){ 0 };
        int byte = escaped_byte(value);
        z->separator = byte > 0 ? (char)byte : value.n == 1 ? value.p[0] : '\t';
        return PARSE_HEADER;
    }
    if (directive(line, SPAN_LITERAL("#unset_field"), &value)) {
        z->unset_n = keep(z->unset, sizeof z->unset, value);
        return PARSE_HEADER;
    }
    if (directive(line, SPAN_LITERAL("#empty_field"), &value)) {
        z->empty_n = keep(z->empty, sizeof z->empty, value);
        return PARSE_HEADER;
    }
    if (directive(line, SPAN_LITERAL("#path"), &value)) {
        z->path_n = keep(z->path, sizeof z->path, value);
        return PARSE_HEADER;
    }
    if (directive(line, SPAN_LITERAL("#fields"), &value)) {
        set_columns(z, keys, value, s);
        return PARSE_HEADER;
    }
    if (directive(line, SPAN_LITERAL("#set_separator"), &value) || directive(line, SPAN_LITERAL("#open"), &value) ||
        directive(line, SPAN_LITERAL("#types"), &value))
        return PARSE_HEADER;
    return PARSE_NOTHING;
}

/* A row of names and no values: it has the column id.orig_h, and no first cell of a record begins with a letter. */
static bool bare_header(const struct split *s)
{
    char first = s->text[0];
    if (s->n > SPLIT_TOKENS_MAX || !((first >= 'a' && first <= 'z') || first == '_'))
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        if (span_equal(split_token(s, i), SPAN_LITERAL("id.orig_h")))
            return true;
    return false;
}

enum parse_result zeek_tsv_line(struct zeek_tsv *z, const struct keys *keys, struct span line, struct split *s,
                                const char **reason)
{
    if (line.n == 0)
        return PARSE_NOTHING;
    if (line.p[0] == '#')
        return header_line(z, keys, line, s);
    split_line(s, line, separator_of(z));
    if (bare_header(s)) {
        *z = (struct zeek_tsv){ 0 };
        set_columns(z, keys, line, s);
        return PARSE_HEADER;
    }
    if (s->n == z->columns)
        return PARSE_RECORD;
    if (z->columns == 0 && span_trim(line).n == 0)
        return PARSE_NOTHING;
    *reason = z->columns ? "field_count" : "no_header";
    return PARSE_BAD;
}

bool zeek_tsv_cell(const struct zeek_tsv *z, const struct split *s, unsigned number, struct span *out)
{
    if (!z->column[number])
        return false;
    struct span cell = split_token(s, z->column[number] - 1u);
    if (z->unset_n ? span_equal(cell, span_of(z->unset, z->unset_n)) : cell.n == 1 && cell.p[0] == '-')
        return false;
    if (z->empty_n ? span_equal(cell, span_of(z->empty, z->empty_n)) : span_equal(cell, SPAN_LITERAL("(empty)")))
        cell.n = 0;
    *out = cell;
    return true;
}

struct span zeek_tsv_unescape(struct parser *p, struct span text)
{
    if (span_find(text, '\\', 0) == text.n)
        return text;
    char *out = parser_scratch(p, text.n);
    if (!out)
        return span_of("", 0);
    size_t n = 0;
    for (size_t at = 0; at < text.n;) {
        int byte = escaped_byte(span_from(text, at));
        out[n++] = byte < 0 ? text.p[at] : (char)byte;
        at += byte < 0 ? 1 : 4;
    }
    return span_of(out, n);
}

enum probe_result zeek_tsv_probe(struct span head)
{
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    if (span_starts(head, SPAN_LITERAL("#separator")) || span_starts(head, SPAN_LITERAL("#fields")))
        return PROBE_LIKELY;
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    size_t at = span_search(line, SPAN_LITERAL("id.orig_h"));
    if (at < line.n && at > 0 && line.p[at - 1] == '\t' && span_find(line, '{', 0) == line.n)
        return PROBE_LIKELY;
    return head.n && head.p[0] == '#' ? PROBE_POSSIBLE : PROBE_NO;
}
