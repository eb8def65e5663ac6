#include "check.h"

#include "check_rows.h"
#include "known.h"
#include "match.h"
#include "threshold.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void check_say(struct check *c, unsigned line, const char *column, bool note, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(n >= 0);
    buffer_clear(&c->text);
    vsnprintf(buffer_reserve(&c->text, (size_t)n + 1), (size_t)n + 1, format, again);
    va_end(again);
    struct finding f = { .line = line, .column = column, .note = note, .what = c->text.p };
    c->sink(c->user, &f);
    c->errors += !note;
}

/* For a text in a sentence: shortened, and without NUL so that the rest of the sentence is not lost. */
struct shown show_text(struct span s)
{
    struct shown out;
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < sizeof out.text - 4; i++)
        out.text[n++] = s.p[i] ? s.p[i] : '?';
    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--; /* not within a character */
    out.text[n] = 0;
    if (n < s.n)
        memcpy(out.text + n, "…", sizeof "…");
    return out;
}

/* A cell that must be one of a few words. */
static void check_word(struct check *c, const struct watchlist_row *row, enum watchlist_cell cell,
                       const char *const *words, const char *consequence)
{
    struct span text = row->cells[cell];
    char list[128] = "";
    size_t n = 0;
    for (unsigned i = 0; words[i]; i++) {
        if (span_is(text, words[i]))
            return;
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", words[i]);
    }
    const char *nearest = known_nearest(words, text);
    if (nearest)
        check_say(c, row->line, watchlist_columns[cell], false, "'%s' is not %s (letter for letter): %s",
                  show_text(text).text, nearest, consequence);
    else
        check_say(c, row->line, watchlist_columns[cell], false, "'%s' is unknown: %s; expected one of %s",
                  show_text(text).text, consequence, list);
}

static void check_threshold(struct check *c, const struct watchlist_row *row)
{
    int32_t threshold;
    struct span text = row->cells[CELL_THRESHOLD];
    if (!span_is(row->cells[CELL_THRESHOLD_TYPE], "Static"))
        return;
    if (!threshold_parse(text, &threshold))
        check_say(c, row->line, "Threshold", false,
                  "'%s' is no whole number from -2147483648 to 2147483647: the row never fires", show_text(text).text);
    else if (threshold < 0)
        check_say(c, row->line, "Threshold", true, "%d is below 0, which is the same as 0: every session counts",
                  threshold);
}

/* A tactic with its blanks removed is one that is known, whatever its case. */
static bool tactic_known(struct span text)
{
    char packed[64];
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < sizeof packed; i++)
        if (!byte_is_blank(text.p[i]))
            packed[n++] = text.p[i];
    for (unsigned i = 0; known_tactics[i]; i++)
        if (span_equal_nocase(span_of(packed, n), span_text(known_tactics[i])))
            return true;
    return false;
}

static void check_tactics(struct check *c, const struct watchlist_row *row)
{
    struct span cell = row->cells[CELL_TACTIC];
    if (span_trim(cell).n == 0)
        return;
    for (size_t begin = 0; begin <= cell.n;) {
        size_t end = span_find(cell, ',', begin);
        struct span text = span_trim(span_of(cell.p + begin, end - begin));
        if (!tactic_known(text)) {
            const char *nearest = known_nearest(known_tactics, text);
            check_say(c, row->line, "Tactic", false, "'%s' is no tactic of MITRE ATT&CK%s%s%s", show_text(text).text,
                      nearest ? ": is " : "", nearest ? nearest : "", nearest ? " meant?" : "");
        }
        begin = end + 1;
    }
}

static void check_blank_ends(struct check *c, const struct watchlist_row *row)
{
    static const enum watchlist_cell verbatim[] = { CELL_TACTIC, CELL_NAME, CELL_DESCRIPTION };
    for (unsigned i = 0; i < sizeof verbatim / sizeof verbatim[0]; i++) {
        struct span text = row->cells[verbatim[i]];
        if (text.n != span_trim(text).n)
            check_say(c, row->line, watchlist_columns[verbatim[i]], false,
                      "blanks at its ends: results of rows that differ only in them are not merged");
    }
    if (span_trim(row->cells[CELL_NAME]).n == 0)
        check_say(c, row->line, "Name", true, "it is empty: results of the row have no name");
}

static void check_header(struct check *c, const struct watchlist *w)
{
    for (size_t i = 0; i < w->header_n; i++) {
        struct span name = w->header[i];
        bool known = span_trim(name).n == 0;
        for (unsigned cell = 0; cell < CELLS_N; cell++)
            known |= span_is(name, watchlist_columns[cell]);
        if (!known)
            check_say(c, 1, "header", true, "the column '%s' is not used", show_text(name).text);
    }
}

static void check_row(struct check *c, const struct watchlist_row *row)
{
    if (row->overlong) {
        check_say(c, row->line, "row", false,
                  "text beyond the header's last column (an unquoted comma?): the row is inactive");
        return;
    }
    check_ports(c, row);
    check_app(c, row);
    check_filter(c, row, CELL_PROTOCOL, known_protocols);
    check_filter(c, row, CELL_DIRECTION, known_directions);
    check_filter(c, row, CELL_ACTION, known_actions);
    check_word(c, row, CELL_TYPE, known_types, "the row never takes part");
    check_word(c, row, CELL_THRESHOLD_TYPE, known_threshold_types, "the row never takes part");
    if (span_is(row->cells[CELL_THRESHOLD_TYPE], "Anomaly"))
        check_say(c, row->line, "ThresholdType", true, "Anomaly rows are read and not evaluated");
    check_threshold(c, row);
    check_word(c, row, CELL_SEVERITY, known_severities, "the row is active with that severity");
    check_tactics(c, row);
    check_blank_ends(c, row);
}

size_t check_watchlist(const struct watchlist *w, finding_sink *sink, void *user)
{
    struct check c = { .watchlist = w, .sink = sink, .user = user };
    shadows_init(&c);
    check_header(&c, w);
    for (size_t i = 0; i < w->rows_n; i++) {
        if (w->rows[i].blank)
            continue;
        check_row(&c, &w->rows[i]);
        check_shadow(&c, i);
    }
    shadows_fini(&c);
    buffer_fini(&c.text);
    return c.errors;
}
