#include "words.h"

#include "common/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void words_fini(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->word[i]);
    free(w->word);
    *w = (struct words){ 0 };
}

static void take(struct words *w, char *word)
{
    if (w->n + 1 >= w->capacity) {
        w->capacity = w->capacity ? 2 * w->capacity : 32;
        w->word = allocate_more(w->word, w->capacity, sizeof *w->word);
    }
    w->word[w->n++] = word;
    w->word[w->n] = NULL;
}

void words_add(struct words *w, const char *word)
{
    take(w, allocate_text(span_text(word)));
}

void words_add_pair(struct words *w, const char *word, const char *value)
{
    if (!value)
        return;
    words_add(w, word);
    words_add(w, value);
}

void words_add_format(struct words *w, const char *format, ...)
{
    char *word = NULL;
    va_list arguments;
    va_start(arguments, format);
    int n = vasprintf(&word, format, arguments);
    va_end(arguments);
    CHECK(n >= 0);
    take(w, word);
}
