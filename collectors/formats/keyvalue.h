/* `key=value key="quoted value" …`: texts of pairs, as firewalls write them and LEEF has them.
 *
 * A vendor says once how its pairs look (struct keyvalue_syntax) and either walks them (keyvalue_begin, keyvalue_next)
 * or has those that it knows put into places (keyvalue_read, keyvalue_text):
 *
 *     static const struct keyvalue_syntax syntax = { .separator = ' ', .sign = '=', .quote = '"', .escapes = true };
 *     struct keyvalue kv;
 *     keyvalue_read(&kv, &syntax, header.message, p->keys);           p->keys: the form's keys, numbers below
 *     struct span src = keyvalue_text(p, &kv, K_srcip);               KEYVALUE_NUMBERS_MAX
 *
 * What has no sign (a syslog header in front, a lone word) is no pair and is passed over; nothing here is malformed.
 * All texts are borrowed from the text that is read; only keyvalue_unescape may use the parser's scratch.
 *
 * Rules:
 *   key     what stands between a separator and the sign, blanks at its ends removed; exact case.  The first one is
 *           without the syslog priority, the byte order mark or the words with blanks that may stand before it.
 *   value   begins behind the sign; blanks there are passed over where the separator is none, or with `continues`.
 *           In quotes: up to the quote that has a separator, a blank, one of `;,)]}` or the end behind it, without
 *           the quotes; any other quote is text.  Without a closing quote it runs to the end, and `unclosed` says so.
 *           Where a backslash stands before the first quote, one stands before the last too: the text is a JSON string.
 *           Bare: up to the next separator, blanks at its ends removed; with `continues`, up to the next separator that
 *           a key of letters, digits and _ . - : [ ] and its sign follow.
 *   empty   `key=` and `key=""` are pairs with an empty value.
 *   twice   keyvalue_next hands out every pair; keyvalue_read keeps the last value of a key that is not empty.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_KEYVALUE_H
#define TIDEMARK_COLLECTORS_FORMATS_KEYVALUE_H

#include "core/collector.h"
#include "formats/keys.h"

struct keyvalue_syntax {
    char separator;    /* between pairs, any number of it: a space, `,`, `;`, a tab, … */
    char sign;         /* between key and value: `=`, `:` */
    char quote;        /* around values: `"`, `'`; 0: quotes are text */
    bool escapes;      /* in quotes, a backslash stands before a quote or a backslash that is text */
    bool bare_escapes; /* in bare values, one stands before a separator, sign or backslash that is text */
    bool doubled;      /* in quotes, a doubled quote is a quote */
    bool continues;    /* bare values may contain the separator */
};

/* ------------------------------------------------------------------ walking */

/* What a key, a bare and a quoted value can end at: found 64 bytes at a time. */
enum keyvalue_stop { KEYVALUE_KEY_STOPS, KEYVALUE_BARE_STOPS, KEYVALUE_QUOTED_STOPS, KEYVALUE_STOPS_N };

struct keyvalue_cursor {
    const struct keyvalue_syntax *syntax;
    const struct keys *keys;
    struct span text;
    size_t at;                        /* what comes next */
    bool started;                     /* a pair has been handed out */
    size_t block_end;                 /* of the 64 bytes that are being looked at; 0: none yet */
    uint64_t stops[KEYVALUE_STOPS_N]; /* a bit for each of them */

    /* Of the pair that was handed out last, which at the end is the text's last one: */
    int number;    /* the key's in `keys`, or KEY_NONE */
    bool quoted;   /* the value stood in quotes */
    bool escaped;  /* the value as written differs from what it says: keyvalue_unescape */
    bool unclosed; /* the closing quote is missing: the text was cut */
};

/* `syntax`, `keys` (or NULL) and `text` are borrowed. */
void keyvalue_begin(struct keyvalue_cursor *c, const struct keyvalue_syntax *syntax, struct span text,
                    const struct keys *keys);

/* The next key and its value as written, without its quotes; false at the end. */
bool keyvalue_next(struct keyvalue_cursor *c, struct span *key, struct span *value);

/* The value of the next pair whose key is among `keys` (c->number) and whose value is not empty; false at the end. */
bool keyvalue_next_known(struct keyvalue_cursor *c, struct span *value);

/* What a value says: escaped and doubled bytes resolved, any other backslash kept; borrowed from `value` or from the
 * parser's scratch. */
struct span keyvalue_unescape(struct parser *p, const struct keyvalue_syntax *syntax, struct span value, bool quoted);

/* ------------------------------------------------------------------ all at once */

enum { KEYVALUE_NUMBERS_MAX = 192 };

struct keyvalue {
    const struct keyvalue_syntax *syntax;
    bool unclosed; /* the last value's closing quote is missing */
    uint64_t present[KEYVALUE_NUMBERS_MAX / 64], escaped[KEYVALUE_NUMBERS_MAX / 64], quoted[KEYVALUE_NUMBERS_MAX / 64];
    struct span value[KEYVALUE_NUMBERS_MAX]; /* what is not present is not set */
};

/* The values that are not empty of the pairs of `text` whose keys are among `keys`, by their numbers. */
void keyvalue_read(struct keyvalue *kv, const struct keyvalue_syntax *syntax, struct span text,
                   const struct keys *keys);

static inline bool keyvalue_has(const struct keyvalue *kv, unsigned number)
{
    return kv->present[number / 64] >> (number % 64) & 1;
}

/* The value as written; empty where there is none. */
static inline struct span keyvalue_get(const struct keyvalue *kv, unsigned number)
{
    return keyvalue_has(kv, number) ? kv->value[number] : span_of(NULL, 0);
}

/* What the value says; empty where there is none. */
struct span keyvalue_text(struct parser *p, const struct keyvalue *kv, unsigned number);

/* The value if it is a decimal number of int64, a sign allowed; false otherwise. */
bool keyvalue_integer(const struct keyvalue *kv, unsigned number, int64_t *out);

#endif
