/* The pairs of a CEF extension that somebody wants, found without looking at the others.
 *
 * Same rules as cef_cursor's (formats/cef.h): the same keys, the same values.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_CEF_SEARCH_H
#define TIDEMARK_COLLECTORS_FORMATS_CEF_SEARCH_H

#include "formats/masks.h"
#include "common/span.h"

enum { CEF_SEARCH_KEYS_MAX = 250, CEF_SEARCH_KEY_BYTES_MIN = 2 };

struct cef_search {
    masks_find *find;
    struct masks_tails tails;
    uint8_t first[256]; /* by the hash of a tail: the number of a key here, plus 1 */
    unsigned n;
    struct {
        uint64_t word, mask; /* its last eight bytes, a short one's with the space before it */
        struct span name;
        uint16_t number;
        uint8_t next; /* another key of the same hash, plus 1 */
    } keys[CEF_SEARCH_KEYS_MAX];
};

void cef_search_init(struct cef_search *s, enum simd_level level);

/* `name`, borrowed, is a key by CEF's rules, has at least two bytes, and is not among the keys yet (CHECK). */
void cef_search_add(struct cef_search *s, struct span name, unsigned number);

/* Put the last value that is not empty of each key, as written, blanks at its ends removed, into texts[number], and set
 * its bits (number / 64, number % 64) in `present` and, where there is a backslash in it, in `escaped`.  What is not
 * found is left alone. */
void cef_search_run(const struct cef_search *s, struct span extension, struct span *texts, uint64_t *present,
                    uint64_t *escaped);

#endif
