#include "commands.h"

#include "capture.h"
#include "catalogue.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void print_help(void)
{
    puts("tidemark sources          the sources that can be read\n"
         "tidemark sources NAME     one of them: which records it takes, its forms and fields, what they become; NAME "
         "is\n"
         "                          its id, or a connector or table of Sentinel");
}

/* The normalizer's list of maps; NULL after a sentence. */
static json_t *read_list(int *code)
{
    struct words w = { 0 };
    struct buffer out = { 0 };
    struct error e;
    json_error_t why;
    json_t *list = NULL;
    words_add_format(&w, "%s/tidemark-normalizer", catalogue_folder());
    words_add(&w, "--list");
    *code = EXIT_CODE_INTERNAL;
    if (capture(&w, &out, code, &e) != STATUS_OK)
        fprintf(stderr, "tidemark sources: %s\n", e.text);
    else if (*code == EXIT_CODE_OK)
        list = json_loadb(out.p, out.n, 0, &why);
    if (*code == EXIT_CODE_OK && !json_is_array(list)) {
        fputs("tidemark sources: the normalizer's list is not as expected\n", stderr);
        json_decref(list);
        list = NULL;
        *code = EXIT_CODE_INTERNAL;
    }
    words_fini(&w);
    buffer_fini(&out);
    return list;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void append_names(struct buffer *out, const json_t *array)
{
    size_t i;
    const json_t *name;
    json_array_foreach(array, i, name) buffer_append_format(out, "%s%s", i ? ", " : "", json_string_value(name));
}

static int print_list(const json_t *list)
{
    size_t i;
    const json_t *one;
    struct buffer tables = { 0 };
    json_array_foreach(list, i, one)
    {
        buffer_clear(&tables);
        append_names(&tables, json_object_get(one, "tables"));
        printf("%-18s %-52s %.*s%s\n", text_of(one, "source"), text_of(one, "title"), (int)tables.n,
               tables.n ? tables.p : "",
               json_is_true(json_object_get(one, "summaries")) ? "  (counts, not sessions)" : "");
    }
    buffer_fini(&tables);
    puts("\ntidemark sources NAME tells more about one.");
    return EXIT_CODE_OK;
}

static bool holds(const json_t *array, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(array, i, one)
    {
        if (json_string_value(one) && strcasecmp(json_string_value(one), name) == 0)
            return true;
    }
    return false;
}

static void print_forms(const char *source)
{
    struct words w = { 0 };
    struct buffer out = { 0 };
    struct error e;
    json_error_t why;
    int code;
    words_add_format(&w, "%s/tidemark-collector-%s", catalogue_folder(), source);
    words_add(&w, "--describe");
    if (capture(&w, &out, &code, &e) == STATUS_OK && code == EXIT_CODE_OK) {
        json_t *described = json_loadb(out.p, out.n, 0, &why);
        size_t i;
        const json_t *form;
        puts("\nForms (recognised from the data, or forced with SOURCE:FORM=PATH):");
        json_array_foreach(json_object_get(described, "forms"), i, form)
            printf("  %-16s %s\n", text_of(form, "name"), text_of(form, "help"));
        json_decref(described);
    }
    words_fini(&w);
    buffer_fini(&out);
}

static int describe(const char *source)
{
    struct words w = { 0 };
    struct buffer out = { 0 };
    struct error e;
    int code = EXIT_CODE_INTERNAL;
    words_add_format(&w, "%s/tidemark-normalizer", catalogue_folder());
    words_add_pair(&w, "--describe", source);
    if (capture(&w, &out, &code, &e) != STATUS_OK)
        fprintf(stderr, "tidemark sources: %s\n", e.text);
    if (out.n)
        fwrite(out.p, 1, out.n, stdout);
    if (code == EXIT_CODE_OK)
        print_forms(source);
    words_fini(&w);
    buffer_fini(&out);
    return code;
}

/* By id, else every source that Sentinel's connector or table of that name holds. */
static int describe_named(const json_t *list, const char *name)
{
    size_t i;
    const json_t *one;
    int code = EXIT_CODE_OK;
    unsigned found = 0;
    json_array_foreach(list, i, one) if (strcmp(text_of(one, "source"), name) == 0) return describe(name);
    json_array_foreach(list, i, one)
    {
        if (code != EXIT_CODE_OK ||
            !(holds(json_object_get(one, "tables"), name) || holds(json_object_get(one, "connectors"), name)))
            continue;
        printf("%s%s is read by the source %s.\n\n", found++ ? "\n" : "", name, text_of(one, "source"));
        code = describe(text_of(one, "source"));
    }
    if (found)
        return code;
    struct catalogue c;
    struct error e;
    const char *nearest = catalogue_open(&c, &e) == STATUS_OK ? catalogue_nearest(&c, name) : NULL;
    fprintf(stderr, "tidemark sources: %s: no such source, connector or table%s%s%s\n", name,
            nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    catalogue_fini(&c);
    return EXIT_CODE_USAGE;
}

int command_sources(int argc, char **argv)
{
    int code = EXIT_CODE_OK;
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        return code;
    }
    json_t *list = read_list(&code);
    if (list && argc < 2)
        code = print_list(list);
    for (int i = 1; list && i < argc && code == EXIT_CODE_OK; i++) {
        if (i > 1)
            puts("");
        code = describe_named(list, argv[i]);
    }
    json_decref(list);
    return code;
}
