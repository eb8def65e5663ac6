#include "catalogue.h"

#include "common/buffer.h"
#include "common/role.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "tidemark-collector-"

enum { NAME_BYTES_MAX = 64 };

const char *catalogue_folder(void)
{
    const char *chosen = getenv("TIDEMARK_BIN_DIR");
    return chosen && *chosen ? chosen : role_bin_dir();
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status catalogue_open(struct catalogue *c, struct error *e)
{
    *c = (struct catalogue){ 0 };
    DIR *d = opendir(catalogue_folder());
    if (!d)
        return error_errno(e, "the programs' folder cannot be read: %s", catalogue_folder());
    for (struct dirent *entry; (entry = readdir(d));) {
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0 || entry->d_name[sizeof PREFIX - 1] == 0)
            continue;
        c->source = allocate_more(c->source, c->n + 1, sizeof *c->source);
        c->source[c->n++] = allocate_text(span_text(entry->d_name + sizeof PREFIX - 1));
    }
    closedir(d);
    if (c->n == 0)
        return error_set(e, STATUS_CONFIG, "no program tidemark-collector-… stands in %s", catalogue_folder());
    qsort(c->source, c->n, sizeof *c->source, by_name);
    return STATUS_OK;
}

void catalogue_fini(struct catalogue *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->source[i]);
    free(c->source);
    *c = (struct catalogue){ 0 };
}

bool catalogue_has(const struct catalogue *c, const char *source)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->source[i], source) == 0)
            return true;
    return false;
}

/* Edit distance of two short words, case ignored (Wagner and Fischer, one row). */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES_MAX + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *catalogue_nearest(const struct catalogue *c, const char *word)
{
    const char *best = NULL;
    size_t least = NAME_BYTES_MAX, length = strlen(word);
    if (length == 0 || length > NAME_BYTES_MAX)
        return NULL;
    for (size_t i = 0; i < c->n; i++) {
        const char *source = c->source[i];
        if (strlen(source) > NAME_BYTES_MAX)
            continue;
        /* A part of a name ("vpc", "palo") is nearer than any slip of the finger. */
        size_t d = length >= 3 && strcasestr(source, word) ? 0 : distance(word, source);
        if (d < least) {
            least = d;
            best = source;
        }
    }
    size_t tolerated = length / 3 > 2 ? length / 3 : 2;
    return least <= tolerated && least < length ? best : NULL;
}
