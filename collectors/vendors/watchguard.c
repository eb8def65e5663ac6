/* WatchGuard Fireware: packet and connection messages of the firewall, as syslog and as LEEF, and exported Syslog rows.
 *
 * A message has its id, the action, two interface names (which may have blanks in them), then values by position, then
 * pairs, and the policy in parentheses:
 *     packet       … ip_length protocol header_length ttl src dst src_port dst_port …
 *     connection   … protocol src dst src_port dst_port …
 *     monitor      action src dst service/protocol src_port dst_port … (as Traffic Monitor shows it, id behind)
 * So the two addresses, which stand side by side, are looked for, and the rest by its distance from them.
 * Source: vendor's Fireware log catalog and SIEM integration guide.
 */
#include "common/ip.h"
#include "common/number.h"
#include "formats/commonsecuritylog_forms.h"
#include "formats/head.h"
#include "formats/leef.h"
#include "formats/row_forms.h"
#include "formats/words.h"
#include "formats/wrapped.h"

/* clang-format off */
#define FIELDS(X) \
    X(action, DESCRIPTOR) X(protocol, DESCRIPTOR) \
    X(src_ip, TEXT) X(dst_ip, TEXT) X(src_port, PORT) X(dst_port, PORT) \
    X(policy, TEXT) X(host, TEXT) X(repeated, INTEGER) X(src_user_is_upn, TEXT) X(dst_user_is_upn, TEXT)

/* Fields of pairs, named like their keys. */
#define PAIRS(X) \
    X(src_user, TEXT) X(dst_user, TEXT) X(geo_src, TEXT) X(geo_dst, TEXT) \
    X(fqdn_src_match, TEXT) X(fqdn_dst_match, TEXT) \
    X(sent_bytes, INTEGER) X(rcvd_bytes, INTEGER) X(duration, INTEGER)
/* clang-format on */

#define FIELD_NUMBER(name, kind) F_##name,
enum {
    PAIRS(FIELD_NUMBER) PAIRS_N,
    BEFORE_FIELDS = PAIRS_N - 1,
    FIELDS(FIELD_NUMBER) FIELDS_N,
    /* only in LEEF */
    KEY_disp = FIELDS_N,
    KEY_proto,
    KEY_src,
    KEY_dst,
    KEY_src_port,
    KEY_dst_port,
    KEY_policy,
    KEY_pr,
    KEY_dev_time,
    KEY_action, /* only in relayed pairs */
    COLUMN_time,
    COLUMN_message,
    COLUMN_type
};

#define FIELD_ROW(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { PAIRS(FIELD_ROW) FIELDS(FIELD_ROW) };

#define PAIR_KEY(name, kind) { #name, F_##name },
static const struct key native_keys[] = {
    PAIRS(PAIR_KEY){ "disp", KEY_disp }, { "proto", KEY_proto },       { "src", KEY_src },       { "dst", KEY_dst },
    { "srcPort", KEY_src_port },         { "dstPort", KEY_dst_port },  { "policy", KEY_policy }, { "pr", KEY_pr },
    { "devTime", KEY_dev_time },         { "action", KEY_action },     { "src_ip", KEY_src },    { "dst_ip", KEY_dst },
    { "src_port", KEY_src_port },        { "dst_port", KEY_dst_port },
};
/* A row's column names and the pairs of its message share one table. */
static const struct key table_keys[] = {
    PAIRS(PAIR_KEY) ROW_TIME_GENERATED(COLUMN_time),
    { "SyslogMessage", COLUMN_message },
    { "HostName", F_host },
    { "Type", COLUMN_type },
};

/* ------------------------------------------------------------------ selection */

enum { ID_BYTES = 9, IDS_N = 5 };
static const char message_ids[IDS_N][ID_BYTES + 1] = { "3000-0148", "3000-0149", "3000-0150", "3000-0151",
                                                       "3000-0173" };

/* Find `msg_id="…"` with one of the ids, in any case; *before ends where it begins, *behind begins behind it. */
static bool find_id(struct span text, struct span *before, struct span *behind)
{
    static const struct span name = { "msg_id=\"", 8 };
    for (size_t equals = span_find(text, '=', 0); equals < text.n; equals = span_find(text, '=', equals + 1)) {
        if (equals + 1 < name.n - 1 || text.n - equals < ID_BYTES + 3)
            continue;
        size_t begin = equals + 2 - name.n;
        struct span id = span_of(text.p + equals + 2, ID_BYTES);
        if (!span_equal_nocase(span_of(text.p + begin, name.n), name) || id.p[ID_BYTES] != '"')
            continue;
        for (unsigned i = 0; i < IDS_N; i++)
            if (memcmp(id.p, message_ids[i], ID_BYTES) == 0) {
                *before = span_of(text.p, begin);
                *behind = span_from(text, equals + 3 + ID_BYTES);
                return true;
            }
    }
    return false;
}

static bool has_dns_forwarding(struct span text)
{
    return words_find(text, 0, "msg=\"DNS Forwarding\" ") < text.n;
}

/* NULL: a session. */
static const char *select_message(struct span text, struct span *before, struct span *behind)
{
    if (!find_id(text, before, behind))
        return "other_message";
    return has_dns_forwarding(text) ? "dns_forwarding" : NULL;
}

/* ------------------------------------------------------------------ values by position */

struct layout {
    struct span action, protocol, src_ip, dst_ip, src_port, dst_port;
};

static bool take_token(struct span text, size_t *at, struct span *token)
{
    while (*at < text.n && text.p[*at] == ' ')
        ++*at;
    size_t end = span_find(text, ' ', *at);
    *token = span_of(text.p + *at, end - *at);
    *at = end;
    return token->n > 0;
}

static bool is_number(struct span token)
{
    uint64_t value;
    return token.n <= 5 && number_parse_digits(token, &value);
}

static bool is_address(struct span token)
{
    struct ip ip;
    return token.n >= 2 && (span_find(token, '.', 1) < token.n || span_find(token, ':', 0) < token.n) &&
           ip_parse(token, &ip);
}

static bool is_pair(struct span token)
{
    size_t equals = span_find(token, '=', 0);
    return equals + 1 < token.n && token.p[equals + 1] == '"';
}

static bool is_action(struct span token)
{
    return span_is(token, "Allow") || span_is(token, "Deny");
}

static void take_ports(struct span text, size_t at, struct layout *l)
{
    struct span src, dst;
    if (span_equal_nocase(l->protocol, SPAN_LITERAL("icmp")) || span_equal_nocase(l->protocol, SPAN_LITERAL("igmp")))
        return;
    if (take_token(text, &at, &src) && take_token(text, &at, &dst) && is_number(src) && is_number(dst)) {
        l->src_port = src;
        l->dst_port = dst;
    }
}

/* The service stands behind the addresses, `dns/udp`. */
static void take_service(struct span text, size_t *at, struct layout *l)
{
    struct span service;
    if (!take_token(text, at, &service))
        return;
    size_t slash = span_find(service, '/', 0);
    if (slash < service.n)
        l->protocol = span_from(service, slash + 1);
}

/* Some releases print `fqdn_dst_match="…"` and other pairs in front of the action. */
static size_t skip_pairs(struct span text)
{
    struct span token;
    size_t at = 0, begin = 0;
    while (take_token(text, &at, &token) && is_pair(token)) {
        size_t open = (size_t)(token.p - text.p) + span_find(token, '=', 0) + 1;
        begin = at = span_find(text, '"', open + 1) + 1;
        if (at >= text.n)
            return 0;
    }
    return begin;
}

/* False: no two addresses side by side between *begin and the first pair, where *begin then is. */
static bool read_layout(struct span text, size_t *begin, struct layout *l)
{
    struct span token, last[4] = { { NULL, 0 } }; /* the latest first */
    size_t at = *begin;
    bool behind_address = false;
    *l = (struct layout){ 0 };
    while (take_token(text, &at, &token) && !is_pair(token)) {
        if (!last[0].n && is_action(token))
            l->action = token;
        bool address = is_address(token);
        if (address && behind_address) {
            l->src_ip = last[0];
            l->dst_ip = token;
            if (is_action(last[1])) {
                l->action = last[1];
                take_service(text, &at, l);
            } else if (is_number(last[1]) && is_number(last[2])) {
                l->protocol = last[3];
            } else {
                l->protocol = last[1];
            }
            take_ports(text, at, l);
            return true;
        }
        for (unsigned i = 3; i > 0; i--)
            last[i] = last[i - 1];
        last[0] = token;
        behind_address = address;
    }
    *begin = at;
    return false;
}

/* From an action on.  What was read in vain from one of them is not read again from the next. */
static bool find_layout(struct span text, struct layout *l)
{
    size_t at = 0;
    for (struct span token; take_token(text, &at, &token);) {
        size_t begin = at - token.n;
        if (!is_action(token))
            continue;
        if (read_layout(text, &begin, l))
            return true;
        at = begin;
    }
    return false;
}

/* What a message that has no such layout says of its protocol. */
static struct span protocol_word(struct span text)
{
    static const char *const words[] = { " tcp ", " udp ", " icmp ", " igmp ", NULL };
    for (const char *const *w = words; *w; w++)
        if (span_search(text, span_text(*w)) < text.n)
            return span_trim(span_text(*w));
    return span_of(NULL, 0);
}

static void set_port(struct record *r, unsigned field, struct span text)
{
    int64_t port;
    if (number_parse_int(text, &port))
        record_set_port(r, field, port);
}

static void set_layout(struct record *r, const struct layout *l)
{
    record_set_text(r, F_action, l->action);
    record_set_text(r, F_protocol, l->protocol);
    record_set_text(r, F_src_ip, l->src_ip);
    record_set_text(r, F_dst_ip, l->dst_ip);
    set_port(r, F_src_port, l->src_port);
    set_port(r, F_dst_port, l->dst_port);
}

/* ------------------------------------------------------------------ pairs and the rest */

static bool wants_pairs(const struct parser *p)
{
    for (unsigned i = 0; i < PAIRS_N; i++)
        if (parser_wants(p, i))
            return true;
    return parser_wants(p, F_src_user_is_upn) || parser_wants(p, F_dst_user_is_upn);
}

static void set_upn(struct record *r, unsigned field, struct span user)
{
    size_t sign = span_find(user, '@', 0);
    if (sign < user.n && span_find(user, '@', sign + 1) == user.n)
        record_set_text(r, field, SPAN_LITERAL("yes"));
}

static void set_pairs(struct record *r, const struct keyvalue *kv)
{
    static const struct span unit = { " seconds", 8 }; /* of durations in LEEF, in some releases */
    int64_t number;
    for (unsigned i = 0; i < PAIRS_N; i++)
        if (fields[i].kind == FIELD_TEXT)
            record_set_text(r, i, keyvalue_get(kv, i));
        else if (keyvalue_integer(kv, i, &number))
            record_set_number(r, i, number);
    struct span duration = keyvalue_get(kv, F_duration);
    if (duration.n > unit.n && span_equal(span_from(duration, duration.n - unit.n), unit) &&
        number_parse_natural(span_of(duration.p, duration.n - unit.n), &number))
        record_set_number(r, F_duration, number);
    set_upn(r, F_src_user_is_upn, keyvalue_get(kv, F_src_user));
    set_upn(r, F_dst_user_is_upn, keyvalue_get(kv, F_dst_user));
}

/* What stands in the parentheses at the end. */
static struct span policy_of(struct span text)
{
    text = span_trim(text);
    if (!text.n || text.p[text.n - 1] != ')')
        return span_of(NULL, 0);
    unsigned depth = 0;
    for (size_t at = text.n; at > 0; at--) {
        depth += text.p[at - 1] == ')';
        depth -= text.p[at - 1] == '(';
        if (depth == 0)
            return span_of(text.p + at, text.n - 1 - at);
    }
    return span_of(NULL, 0);
}

/* `repeated 3 times`. */
static void set_repeated(struct record *r, struct span text)
{
    static const struct span word = { "repeated ", 9 };
    size_t begin = span_search(text, word) + word.n, end = span_find(text, ' ', begin);
    int64_t times;
    if (end < text.n && span_starts(span_from(text, end), SPAN_LITERAL(" times")) &&
        number_parse_int(span_of(text.p + begin, end - begin), &times))
        record_set_number(r, F_repeated, times);
}

/* `disp="Deny" src=… pr=tcp/443` or `action="Deny" src_ip=… proto=…`, which relays make of values by position. */
static void read_pairs_layout(struct parser *p, struct span text, struct span behind, struct layout *l)
{
    static const struct keyvalue_syntax syntax = { .separator = ' ', .sign = '=', .quote = '"' };
    struct keyvalue kv;
    keyvalue_read(&kv, &syntax, behind, p->keys);
    if (!keyvalue_has(&kv, KEY_src) || !keyvalue_has(&kv, KEY_dst)) {
        l->protocol = protocol_word(text);
        return;
    }
    struct span service = keyvalue_get(&kv, KEY_pr);
    size_t slash = span_find(service, '/', 0);
    *l = (struct layout){ .action = keyvalue_get(&kv, KEY_disp),
                          .protocol = span_of(service.p, slash),
                          .src_ip = keyvalue_get(&kv, KEY_src),
                          .dst_ip = keyvalue_get(&kv, KEY_dst),
                          .src_port = keyvalue_get(&kv, KEY_src_port),
                          .dst_port = keyvalue_get(&kv, KEY_dst_port) };
    if (!l->dst_port.n)
        l->dst_port = span_from(service, slash + 1);
    if (!l->protocol.n)
        l->protocol = keyvalue_get(&kv, KEY_proto);
    if (!l->action.n)
        l->action = keyvalue_get(&kv, KEY_action);
}

static void read_message(struct parser *p, struct span text, struct span before, struct span behind, struct record *r)
{
    static const struct keyvalue_syntax syntax = { .separator = ' ', .sign = '=', .quote = '"' };
    struct layout l;
    size_t begin = skip_pairs(behind);
    if (!read_layout(behind, &begin, &l)) {
        struct span action = l.action;
        if (!find_layout(before, &l))
            l.action = action;
    }
    if (!l.src_ip.n)
        read_pairs_layout(p, text, behind, &l);
    set_layout(r, &l);
    if (wants_pairs(p)) {
        struct keyvalue kv;
        keyvalue_read(&kv, &syntax, behind, p->keys);
        set_pairs(r, &kv);
    }
    if (parser_wants(p, F_policy))
        record_set_text(r, F_policy, policy_of(text));
    if (parser_wants(p, F_repeated))
        set_repeated(r, text);
}

/* ------------------------------------------------------------------ native */

/* A time anywhere: behind what an archive or a relay has put in front. */
static bool find_time(struct span head, const struct parse_options *options, int64_t *ms)
{
    struct timetext t;
    size_t begin;
    for (size_t at = 0; head_next_time(head, " ", &at, &begin, &t); at = begin + 1)
        if (timetext_resolve(&t, options, ms))
            return true;
    return false;
}

/* The device's own time stands in parentheses behind the header, if it was told to write one; then the header's. */
static void read_head(struct span head, const struct parse_options *options, struct syslog_header *h)
{
    struct timetext t;
    size_t used;
    syslog_parse(head, options, h);
    for (size_t at = span_find(head, '(', 0); at < head.n; at = span_find(head, '(', at + 1)) {
        struct span rest = span_from(head, at + 1);
        if (timetext_scan_iso(rest, &t, &used) && used < rest.n && rest.p[used] == ')' &&
            timetext_resolve(&t, options, &h->time_ms))
            return;
    }
    if (h->time_ms == TIMESTAMP_NONE && !find_time(head, options, &h->time_ms))
        h->time_ms = TIMESTAMP_NONE;
}

static enum parse_result parse_text(struct parser *p, struct span line, struct span before, struct span behind,
                                    struct record *r)
{
    struct syslog_header header;
    head_read(p->memo, read_head, before, p->options, &header);
    r->time_ms = header.time_ms;
    if (r->time_ms == TIMESTAMP_NONE)
        return record_verdict(r, PARSE_BAD, "no_time");
    read_message(p, line, before, behind, r);
    if (!is_action(header.host)) /* Traffic Monitor's lines have none */
        record_set_text(r, F_host, header.host);
    return PARSE_RECORD;
}

static bool is_leef_id(struct span id)
{
    for (unsigned i = 0; i < IDS_N; i++)
        if (id.n == ID_BYTES - 1 && memcmp(id.p, message_ids[i], 4) == 0 &&
            memcmp(id.p + 4, message_ids[i] + 5, 4) == 0)
            return true;
    return false;
}

/* `LEEF:1.0|WatchGuard|XTM|version|id|` and pairs. */
static enum parse_result parse_leef(struct parser *p, const struct leef *m, struct record *r)
{
    if (!span_is(m->vendor, "WatchGuard") || !is_leef_id(m->event))
        return record_verdict(r, PARSE_SKIP, "other_message");
    struct syslog_header header;
    struct keyvalue kv;
    head_read(p->memo, read_head, m->head, p->options, &header);
    keyvalue_read(&kv, &m->syntax, m->pairs, p->keys);
    if (!timetext_device(keyvalue_get(&kv, KEY_dev_time), p->options, &r->time_ms))
        r->time_ms = header.time_ms;
    if (r->time_ms == TIMESTAMP_NONE)
        return record_verdict(r, PARSE_BAD, "no_time");
    struct layout l = { .action = keyvalue_get(&kv, KEY_disp),
                        .protocol = keyvalue_get(&kv, KEY_proto),
                        .src_ip = keyvalue_get(&kv, KEY_src),
                        .dst_ip = keyvalue_get(&kv, KEY_dst),
                        .src_port = keyvalue_get(&kv, KEY_src_port),
                        .dst_port = keyvalue_get(&kv, KEY_dst_port) };
    if (span_equal_nocase(l.protocol, SPAN_LITERAL("icmp")) || span_equal_nocase(l.protocol, SPAN_LITERAL("igmp")))
        l.src_port = l.dst_port = span_of(NULL, 0);
    set_layout(r, &l);
    set_pairs(r, &kv);
    record_set_text(r, F_policy, keyvalue_get(&kv, KEY_policy));
    record_set_text(r, F_host, header.host);
    return PARSE_RECORD;
}

/* LEEF; a relay may have taken `LEEF:` for the tag of its message and left it out. */
static bool find_leef(struct span line, struct leef *m)
{
    if (leef_find(line, m))
        return true;
    size_t at = span_search(line, SPAN_LITERAL(".0|WatchGuard|"));
    if (at == line.n || at == 0)
        return false;
    m->head = span_of(line.p, at - 1);
    m->pairs = span_from(line, at - 1);
    return true;
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct span line = syslog_trim(unit), before, behind;
    if (line.n == 0)
        return PARSE_NOTHING;
    const char *reason = select_message(line, &before, &behind);
    if (!reason)
        return parse_text(p, line, before, behind, r);
    struct leef m;
    if (!find_leef(line, &m))
        return record_verdict(r, PARSE_SKIP, reason);
    return leef_read(p, &m) ? parse_leef(p, &m, r) : record_verdict(r, PARSE_BAD, "leef_header");
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse_only(parse_native, p, unit, r);
}

/* ------------------------------------------------------------------ table */

static const char *select_row(struct parser *p, const struct row *row)
{
    struct span before, behind;
    (void)p;
    return select_message(row_text(row, COLUMN_message), &before, &behind);
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    struct span text = row_text(row, COLUMN_message), before, behind;
    if (find_id(text, &before, &behind))
        read_message(p, text, before, behind, r);
    return NULL;
}

static const struct row_field row_fields[] = { { F_host, F_host } };
static const uint16_t times[] = { COLUMN_time };
static const char *const tables[] = { "Syslog", NULL };

static const struct row_rules rules = {
    .fields = row_fields,
    .fields_n = 1,
    .times = times,
    .times_n = 1,
    .tables = tables,
    .type = COLUMN_type,
    .select = select_row,
    .derive = derive,
};

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

/* ------------------------------------------------------------------ recognition */

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "msg_id=\"3000-0", "|WatchGuard|", NULL };
    return row_has_column(head, "SyslogMessage") ? PROBE_NO : commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const words[] = { "msg_id=\\\"3000-0", "|WatchGuard|", NULL };
    return wrapped_probe(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "msg_id=\\\"3000-0", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    if (!row_has_column(head, "SyslogMessage"))
        return PROBE_NO;
    return span_search(head, SPAN_LITERAL("msg_id=\"\"3000-0")) < head.n ? PROBE_LIKELY : PROBE_POSSIBLE;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "Fireware syslog, and LEEF",
      .framing = FRAMING_SYSLOG,
      .probe = probe_native,
      .parse = parse_native,
      .memo_bytes = sizeof(struct head_memo),
      .keys = native_keys,
      .keys_n = COUNT_OF(native_keys) },
    { .name = "native-json",
      .help = "the same as text in JSON objects",
      .framing = FRAMING_JSON,
      .probe = probe_wrapped,
      .parse = parse_wrapped,
      .envelope = wrapped_envelope,
      .memo_bytes = sizeof(struct head_memo),
      .keys = native_keys,
      .keys_n = COUNT_OF(native_keys) },
    { .name = "table",
      .help = "Syslog rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .envelope = row_envelope,
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
    { .name = "table-csv",
      .help = "Syslog rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
};

COLLECTOR(watchguard) = {
    .id = "watchguard",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
