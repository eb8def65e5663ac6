#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CODE = 0x1000, HELP_COLUMN = 30 };

static unsigned index_of(const struct options *o, int code)
{
    if (code >= FIRST_CODE)
        return (unsigned)(code - FIRST_CODE);
    for (unsigned i = 0; i < o->n; i++)
        if (o->row[i].letter == code)
            return i;
    return o->n;
}

/* False after a sentence on standard error. */
static bool set_value(struct options *o, unsigned i, const char *value, const char *command)
{
    const char *equals = value && (o->row[i].to & PER_SOURCE) ? strchr(value, '=') : NULL;
    if (!equals) {
        o->value[i] = value ? value : "";
        return true;
    }
    if (o->of_source_n == OPTIONS_OF_SOURCES_MAX) {
        fprintf(stderr, "%s: --%s %s: expected at most %d sources\n", command, o->row[i].name, value,
                OPTIONS_OF_SOURCES_MAX);
        return false;
    }
    o->of_source[o->of_source_n++] =
        (struct option_of_source){ i, span_of(value, (size_t)(equals - value)), equals + 1 };
    return true;
}

bool options_parse(struct options *o, int argc, char **argv)
{
    struct option table[OPTIONS_MAX + 1] = { 0 };
    char letters[2 * OPTIONS_MAX + 1], *letter = letters;
    CHECK(o->n <= OPTIONS_MAX);
    for (unsigned i = 0; i < o->n; i++) {
        table[i] = (struct option){ o->row[i].name, o->row[i].value ? required_argument : no_argument, NULL,
                                    FIRST_CODE + (int)i };
        if (o->row[i].letter) {
            *letter++ = o->row[i].letter;
            if (o->row[i].value)
                *letter++ = ':';
        }
    }
    *letter = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
        unsigned i = index_of(o, code);
        if (code == '?' || i >= o->n) {
            fprintf(stderr, "%s --help says what it takes\n", argv[0]);
            return false;
        }
        if (!set_value(o, i, o->row[i].value ? optarg : NULL, argv[0]))
            return false;
    }
    o->operands = optind;
    return true;
}

const char *options_get(const struct options *o, const char *name)
{
    for (unsigned i = 0; i < o->n; i++)
        if (strcmp(o->row[i].name, name) == 0)
            return o->value[i];
    return NULL;
}

void options_pass(const struct options *o, unsigned to, struct words *w)
{
    for (unsigned i = 0; i < o->n; i++) {
        if (!o->value[i] || !(o->row[i].to & to))
            continue;
        if (o->row[i].value)
            words_add_format(w, "--%s=%s", o->row[i].name, o->value[i]);
        else
            words_add_format(w, "--%s", o->row[i].name);
    }
}

void options_pass_source(const struct options *o, const char *source, struct words *w)
{
    for (unsigned i = 0; i < o->of_source_n; i++)
        if (span_is(o->of_source[i].source, source))
            words_add_format(w, "--%s=%s", o->row[o->of_source[i].row].name, o->of_source[i].value);
}

void options_print_help(const struct option_row *row, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char head[128];
        int used = snprintf(head, sizeof head, "  %c%c%s--%s%s%s", row[i].letter ? '-' : ' ',
                            row[i].letter ? row[i].letter : ' ', row[i].letter ? ", " : "  ", row[i].name,
                            row[i].value ? " " : "", row[i].value ? row[i].value : "");
        printf("%-*s%s%s\n", HELP_COLUMN, head, used >= HELP_COLUMN ? "  " : "", row[i].help);
    }
}
