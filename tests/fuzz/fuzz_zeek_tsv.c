/* fuzz: component=collectors */
/* Lines of one Zeek TSV stream: a record's cells are as many as its header's columns and lie inside the line. */
#include "formats/zeek_tsv.h"

#include "formats/keys.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NUMBERS = 4 };

static void check_line(struct zeek_tsv *z, const struct keys *keys, struct span line)
{
    char *copy = calloc(1, line.n + 64);
    CHECK(copy);
    memcpy(copy, line.p, line.n);
    struct split s;
    const char *reason = NULL;
    enum parse_result result = zeek_tsv_line(z, keys, span_of(copy, line.n), &s, &reason);
    CHECK((result == PARSE_BAD) == (reason != NULL));
    if (result == PARSE_RECORD) {
        CHECK(s.n == z->columns);
        for (unsigned number = 0; number < NUMBERS; number++) {
            struct span cell;
            if (zeek_tsv_cell(z, &s, number, &cell))
                CHECK(cell.p >= copy && cell.p + cell.n <= copy + line.n);
        }
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct key words[NUMBERS] = { { "ts", 0 }, { "id.orig_h", 1 }, { "proto", 2 }, { "_path", 3 } };
    struct keys *keys = keys_new(words, NUMBERS);
    struct zeek_tsv z = { 0 };
    struct span rest = span_of((const char *)data, size);
    (void)zeek_tsv_probe(rest);
    for (size_t n; size; rest = span_from(rest, n + 1)) {
        n = span_find(rest, '\n', 0);
        check_line(&z, keys, span_of(rest.p, n));
        if (n == rest.n)
            break;
    }
    keys_free(&keys);
    return 0;
}
