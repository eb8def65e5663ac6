#include "formats/json_header.h"

/* The first byte from `at` that is no blank; the text's length: there is none. */
static size_t behind_blanks(struct span text, size_t at)
{
    while (at < text.n && byte_is_blank(text.p[at]))
        at++;
    return at;
}

/* Is the brace at `at` that of an object? */
static enum status object_begins(struct span text, size_t at)
{
    at = behind_blanks(text, at + 1);
    if (at == text.n)
        return STATUS_AGAIN;
    return text.p[at] == '"' || text.p[at] == '}' ? STATUS_OK : STATUS_BAD;
}

/* Is the bracket at `at` that of an array of objects? */
static enum status array_begins(struct span text, size_t at)
{
    at = behind_blanks(text, at + 1);
    if (at == text.n)
        return STATUS_AGAIN;
    return text.p[at] == '{' ? object_begins(text, at) : STATUS_BAD;
}

/* Behind the bracket that closes the one at `at`; the text's length: it does not end within the line. */
static size_t behind_brackets(struct span text, size_t at)
{
    bool quoted = false;
    for (; at < text.n && text.p[at] != '\n'; at++) {
        if (text.p[at] == '"')
            quoted = !quoted;
        else if (quoted && text.p[at] == '\\' && at + 1 < text.n && text.p[at + 1] != '\n')
            at++;
        else if (!quoted && text.p[at] == ']')
            return at + 1;
    }
    return at;
}

static enum status find(struct span text, size_t *n)
{
    for (size_t i = 0; i < text.n;) {
        enum status s;
        switch (text.p[i]) {
        case '{':
            *n = i;
            return object_begins(text, i);
        case '[':
            *n = i;
            s = array_begins(text, i);
            if (s != STATUS_BAD)
                return s;
            i = behind_brackets(text, i);
            break;
        case '"':
        case '}':
        case ']':
        case '\n':
            return STATUS_BAD;
        default:
            i++;
        }
    }
    return STATUS_AGAIN;
}

enum status json_header(struct span text, size_t *n)
{
    bool cut = text.n > JSON_HEADER_BYTES_MAX;
    enum status s = find(cut ? span_of(text.p, JSON_HEADER_BYTES_MAX) : text, n);
    return s == STATUS_AGAIN && text.n >= JSON_HEADER_BYTES_MAX ? STATUS_BAD : s;
}
