#include "formats/windows_text.h"

#include "formats/json_walk.h"
#include "formats/keys.h"
#include "formats/syslog.h"
#include "formats/timetext.h"

enum { LABEL_WORDS_MAX = 3, LABEL_BYTES_MAX = 64, SNARE_HEAD_MAX = 160 };

const char *windows_text_event(const struct windows_messages *messages, struct span text, size_t *at)
{
    *at = span_search(text, span_text(messages->words));
    if (*at == text.n)
        return NULL;
    for (unsigned i = 0; i < messages->sentences_n; i++) {
        struct span rest = span_from(text, *at + strlen(messages->words));
        if (span_starts(rest, span_text(messages->sentences[i].text)))
            return messages->sentences[i].event_id;
    }
    return NULL;
}

/* ------------------------------------------------------------------ labels */

/* `\t`, `\r`, `\n` as two characters, or `#011`, as relays escape what they find. */
static size_t escape_length(struct span text)
{
    if (text.n >= 2 && text.p[0] == '\\' && memchr("trn", text.p[1], 3))
        return 2;
    return text.n >= 4 && memcmp(text.p, "#01", 3) == 0 ? 4 : 0;
}

static struct span without_white(struct span text)
{
    for (size_t n; (text = span_trim(text)).n && (n = escape_length(text)) > 0;)
        text = span_from(text, n);
    for (;; text = span_trim(text)) {
        if (text.n >= 2 && escape_length(span_from(text, text.n - 2)) == 2)
            text.n -= 2;
        else if (text.n >= 4 && escape_length(span_from(text, text.n - 4)) == 4)
            text.n -= 4;
        else if (text.n && text.p[text.n - 1] == '"')
            text.n--;
        else
            return text;
    }
}

/* The longest label of the table that ends at the colon.  No label is longer than what is looked at. */
static int label_before(const struct keys *keys, struct span text, size_t colon, size_t *begin)
{
    int found = KEY_NONE;
    size_t at = colon, least = colon > LABEL_BYTES_MAX ? colon - LABEL_BYTES_MAX : 0;
    for (unsigned words = 0; words < LABEL_WORDS_MAX; words++) {
        size_t escape = 0;
        for (; at > least && !byte_is_blank(text.p[at - 1]) && !escape; at--)
            if (text.p[at - 1] == '\\' || text.p[at - 1] == '#')
                escape = escape_length(span_of(text.p + at - 1, colon - at + 1));
        at += escape;
        int number = keys_find(keys, span_of(text.p + at, colon - at));
        if (number != KEY_NONE) {
            found = number;
            *begin = at;
        }
        if (escape || at == least || text.p[at - 1] != ' ')
            break;
        at--;
    }
    return found;
}

void windows_text_labels(const struct parser *p, struct span text, unsigned first, struct row *row)
{
    int open = KEY_NONE;
    size_t value = 0;
    for (size_t colon = span_find(text, ':', 0);; colon = span_find(text, ':', colon + 1)) {
        size_t begin = text.n;
        int number = colon < text.n ? label_before(p->keys, text, colon, &begin) : KEY_NONE;
        if (number == KEY_NONE && colon < text.n)
            continue;
        if (open >= (int)first && begin > value)
            row_set_text(row, (unsigned)open, without_white(span_of(text.p + value, begin - value)));
        if (colon >= text.n)
            return;
        open = number;
        value = colon + 1;
    }
}

/* ------------------------------------------------------------------ pairs and arrays */

/* Quotes, brackets and backslashes stand behind a backslash. */
static struct span unescape(struct parser *p, struct span text)
{
    char *out = span_find(text, '\\', 0) < text.n ? parser_scratch(p, text.n) : NULL;
    size_t n = 0;
    if (!out)
        return text;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' && i + 1 < text.n && memchr("\"\\]", text.p[i + 1], 3))
            i++;
        out[n++] = text.p[i];
    }
    return span_of(out, n);
}

bool windows_text_pairs(struct parser *p, struct span text, struct row *row)
{
    static const struct span id = { "[NXLOG@", sizeof "[NXLOG@" - 1 };
    struct span rest = span_from(text, span_search(text, id));
    if (rest.n == 0)
        return false;
    rest = span_from(rest, span_find(rest, ' ', 0));
    for (;;) {
        rest = span_trim(rest);
        size_t equals = span_find(rest, '=', 0), end = equals + 2;
        if (equals + 1 >= rest.n || rest.p[0] == ']' || rest.p[equals + 1] != '"')
            return true;
        while (end < rest.n && rest.p[end] != '"')
            end += rest.p[end] == '\\' ? 2 : 1;
        if (end >= rest.n)
            return true;
        int number = keys_find(p->keys, span_of(rest.p, equals));
        if (number != KEY_NONE)
            row_set_text(row, (unsigned)number, unescape(p, span_of(rest.p + equals + 2, end - equals - 2)));
        rest = span_from(rest, end + 1);
    }
}

static bool is_one_of(struct span key, const char *const *names)
{
    for (; *names; names++)
        if (span_is(key, *names))
            return true;
    return false;
}

static struct span keep(struct parser *p, struct span text)
{
    char *copy = parser_scratch(p, text.n);
    if (!copy)
        return span_of("", 0);
    memcpy(copy, text.p, text.n);
    return span_of(copy, text.n);
}

static void set_member(struct parser *p, struct span key, struct span text, unsigned first, struct row *row)
{
    int number = keys_find(p->keys, key);
    if (number >= (int)first)
        row_set_text(row, (unsigned)number, keep(p, text));
}

/* An element is `{"@Name":"Protocol","#text":"tcp"}`, or `{"Protocol":"tcp"}`. */
static void read_element(struct parser *p, struct span element, unsigned first, struct row *row)
{
    static const char *const names[] = { "@Name", "Name", "_Name", "-Name", NULL };
    static const char *const texts[] = { "#text", "content", "text", "Value", "_", "$", "value", NULL };
    struct span key, text = span_of("", 0);
    struct json_value value;
    int number = KEY_NONE;
    if (json_open(p->inner_json, element) != STATUS_OK)
        return;
    while (json_next(p->inner_json, &key, &value) == STATUS_OK) {
        if (value.kind == JSON_STRING && is_one_of(key, names))
            number = keys_find(p->keys, value.text);
        else if ((value.kind == JSON_STRING || value.kind == JSON_NUMBER) && is_one_of(key, texts))
            text = value.text;
        else if (value.kind == JSON_STRING && number == KEY_NONE)
            set_member(p, key, value.text, first, row);
    }
    if (number >= (int)first)
        row_set_text(row, (unsigned)number, keep(p, text));
}

static void read_members(struct parser *p, struct span object, unsigned first, struct row *row)
{
    struct span key;
    struct json_value value;
    if (json_open(p->inner_json, object) != STATUS_OK)
        return;
    while (json_next(p->inner_json, &key, &value) == STATUS_OK)
        if (value.kind == JSON_STRING || value.kind == JSON_NUMBER)
            set_member(p, key, value.text, first, row);
}

void windows_text_array(struct parser *p, struct span array, unsigned first, struct row *row)
{
    array = span_trim(array);
    if (array.n && array.p[0] == '{') {
        read_members(p, array, first, row);
        return;
    }
    struct json_walk w = json_walk_of(array);
    struct span key;
    struct json_value element;
    while (json_walk_next(&w, &key, &element))
        if (element.kind == JSON_OBJECT)
            read_element(p, element.text, first, row);
}

/* ------------------------------------------------------------------ time */

static bool snare_time(struct span line, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    size_t used;
    struct span head = span_from(line, span_search(line, SPAN_LITERAL("MSWinEventLog")));
    for (size_t i = 0; i < head.n && i < SNARE_HEAD_MAX; i++)
        if (byte_is_blank(head.p[i]) && timetext_scan_bsd(span_from(head, i + 1), &t, &used) && t.year)
            return timetext_resolve(&t, options, ms);
    return false;
}

/* `2026 Mar  2 08:09:58 WinEvtLog: `. */
static bool ossec_time(struct span line, const struct parse_options *options, int64_t *ms)
{
    enum { TIME_BYTES = sizeof "2026 Mar 02 08:09:58 " - 1 };
    struct timetext t;
    size_t used, at = span_search(line, SPAN_LITERAL("WinEvtLog: "));
    int64_t year = 0;
    if (at == line.n || at < TIME_BYTES)
        return false;
    struct span text = span_of(line.p + at - TIME_BYTES, TIME_BYTES);
    for (size_t i = 0; i < 4; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        year = year * 10 + (text.p[i] - '0');
    }
    if (!timetext_scan_bsd(span_from(text, 5), &t, &used))
        return false;
    t.year = (unsigned)year;
    return timetext_resolve(&t, options, ms);
}

/* `03/02/2026 08:09:58 AM` as a line of its own in front of the rest: the machine's clock. */
static bool first_line_time(struct span text, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    size_t used;
    struct span line = span_trim(span_of(text.p, span_find(text, '\n', 0)));
    return timetext_scan_other(line, &t, &used) && used == line.n && timetext_resolve(&t, options, ms);
}

bool windows_text_time(struct span line, const struct parse_options *options, int64_t *ms)
{
    struct syslog_header header;
    if (snare_time(line, options, ms) || ossec_time(line, options, ms) || first_line_time(line, options, ms) ||
        timetext_column(span_of(line.p, span_find(line, '\n', 0)), ms))
        return true;
    syslog_parse(line, options, &header);
    *ms = header.time_ms;
    return header.time_ms != TIMESTAMP_NONE;
}
