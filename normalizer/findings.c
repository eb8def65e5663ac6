#include "findings.h"

#include <stdarg.h>
#include <stdio.h>

void findings_fini(struct findings *f)
{
    buffer_fini(&f->text);
    f->n = 0;
}

void findings_add(struct findings *f, struct place at, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* error_set escapes what a hostile file would do to a terminal. */
    struct error e;
    if (at.line)
        (void)error_set(&e, STATUS_CONFIG, "%s:%u:%u: %s", f->file, at.line, at.column, text);
    else
        (void)error_set(&e, STATUS_CONFIG, "%s: %s", f->file, text);
    struct buffer line = { 0 };
    buffer_append_span(&line, span_text(e.text));
    buffer_append_byte(&line, '\n');
    bool known = f->n > 0 && span_search(buffer_span(&f->text), buffer_span(&line)) < f->text.n;
    if (!known && f->n < FINDINGS_MAX)
        buffer_append_span(&f->text, buffer_span(&line));
    f->n += !known;
    buffer_fini(&line);
}

enum { WORD_BYTES_MAX = 64 };

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Levenshtein's distance, case ignored; two letters changed about are one mistake. */
static unsigned distance(struct span a, struct span b)
{
    unsigned rows[3][WORD_BYTES_MAX + 1];
    if (a.n > WORD_BYTES_MAX || b.n > WORD_BYTES_MAX)
        return WORD_BYTES_MAX;
    for (unsigned j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            char x = folded(a.p[i - 1]), y = folded(b.p[j - 1]);
            row[j] = smaller(above[j - 1] + (x != y), smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == folded(b.p[j - 2]) && y == folded(a.p[i - 2]))
                row[j] = smaller(row[j], above_that[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

struct span findings_nearest(struct span word, const struct span *candidates, unsigned n)
{
    struct span best = { NULL, 0 };
    unsigned best_distance = 2 + (unsigned)(word.n > 60 ? 60 : word.n) / 5;
    for (unsigned i = 0; i < n; i++) {
        unsigned d = distance(word, candidates[i]);
        if (d < best_distance && d < candidates[i].n) {
            best = candidates[i];
            best_distance = d;
        }
    }
    return best;
}

const char *findings_hint(struct span word, const struct span *candidates, unsigned n, struct hint *out)
{
    struct span near = findings_nearest(word, candidates, n);
    out->text[0] = '\0';
    if (near.n)
        snprintf(out->text, sizeof out->text, "; did you mean %.*s?", (int)near.n, near.p);
    return out->text;
}
