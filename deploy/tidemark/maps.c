#include "maps.h"

#include "capture.h"
#include "catalogue.h"

#include <stdio.h>
#include <string.h>

const char *maps_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const json_t *maps_find(const json_t *list, const char *source)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
    {
        if (strcmp(maps_text(one, "source"), source) == 0)
            return one;
    }
    return NULL;
}

/* A map without its collector reads nothing. */
static void keep_readable(json_t *list)
{
    struct catalogue c;
    struct error e;
    bool known = catalogue_open(&c, &e) == STATUS_OK;
    for (size_t i = json_array_size(list); known && i-- > 0;)
        if (!catalogue_has(&c, maps_text(json_array_get(list, i), "source")))
            json_array_remove(list, i);
    catalogue_fini(&c);
}

json_t *maps_list(const char *command, int *code)
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
        fprintf(stderr, "%s: %s\n", command, e.text);
    else if (*code == EXIT_CODE_OK)
        list = json_loadb(out.p, out.n, 0, &why);
    if (*code == EXIT_CODE_OK && !json_is_array(list)) {
        fprintf(stderr, "%s: the normalizer's list is not as expected\n", command);
        json_decref(list);
        list = NULL;
        *code = EXIT_CODE_INTERNAL;
    }
    keep_readable(list);
    words_fini(&w);
    buffer_fini(&out);
    return list;
}
