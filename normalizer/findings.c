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

/* Levenshtein's distance, case ignored. */
static unsigned distance(struct span a, struct span b)
{
    unsigned row[WORD_BYTES_MAX + 1];
    if (a.n > WORD_BYTES_MAX || b.n > WORD_BYTES_MAX)
        return WORD_BYTES_MAX;
    for (unsigned j = 0; j <= b.n; j++)
        row[j] = j;
    for (unsigned i = 0; i < a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (unsigned j = 0; j < b.n; j++) {
            unsigned replaced = diagonal + (folded(a.p[i]) != folded(b.p[j]));
            diagonal = row[j + 1];
            row[j + 1] = smaller(replaced, smaller(row[j], diagonal) + 1);
        }
    }
    return row[b.n];
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
