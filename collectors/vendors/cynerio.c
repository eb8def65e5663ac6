/* Cynerio: detections about network sessions of medical and other devices, as the service posts them and as rows of
 * CynerioEvent_CL.
 *
 * They are detections, not flows: a count says how often Cynerio noticed something.  The title decides whether a
 * detection is about a session.
 * Source: Cynerio Security Events connector, JSON of the Log Analytics Data Collector API.
 */
#include "formats/row_forms.h"
#include "formats/timetext.h"

#include <string.h>

/* Name and the type's suffix that the collector API gives it. */
/* clang-format off */
#define FIELDS(X) \
    X(title, DESCRIPTOR, _s) X(severity, DESCRIPTOR, _s) X(trans, DESCRIPTOR, _s) \
    X(src_ip, TEXT, _s) X(dst_ip, TEXT, _s) X(port, PORT, _d) X(uid, TEXT, _s) X(details, TEXT, _s) \
    X(asset_id, TEXT, _g) X(asset_ip, TEXT, _s) X(asset_type, TEXT, _s) X(host, TEXT, _s) X(browser, TEXT, _s) \
    X(service, TEXT, _s) \
    X(timestamp, TIME, _d)
/* clang-format on */

#define FIELD_NUMBER(name, kind, suffix) F_##name,
enum {
    FIELDS(FIELD_NUMBER) FIELDS_FROM_ROW,
    F_scanner = FIELDS_FROM_ROW,
    F_threat,
    F_entity,
    FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE
};

#define FIELD_ROW(name, kind, suffix) { #name, FIELD_##kind },
static const struct field fields[] = { FIELDS(FIELD_ROW){ "scanner", FIELD_TEXT }, /* these three out of details */
                                       { "threat", FIELD_TEXT },
                                       { "entity", FIELD_TEXT } };

#define FIELD_KEY(name, kind, suffix) { #name, F_##name }, { #name #suffix, F_##name },
static const struct key keys[] = { FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME), { "Type", COLUMN_TYPE } };

#define FIELD_FROM(name, kind, suffix) { F_##name, F_##name },
static const struct row_field fields_from[] = { FIELDS(FIELD_FROM) };

static const char *select_session(struct parser *p, const struct row *row)
{
    static const char *const titles[] = { "Scanner Activity",     "Internet Browsing", "Suspicious Connection",
                                          "Exploitation Attempt", "SSH Connection",    "Telnet Connection",
                                          "RDP Connection",       "REXEC Connection" };
    struct span title = row_text(row, F_title);
    (void)p;
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (span_is(title, titles[i]))
            return NULL;
    return title.n ? "other_title" : "no_title";
}

/* Epoch seconds, with or without a fraction. */
static bool timestamp_of(struct parser *p, const struct row *row, int64_t *ms)
{
    return timetext_device(row_text(row, F_timestamp), p->options, ms);
}

/* What follows `word` in the details, up to the next comma; to the end where `comma` is false. */
static void set_behind(const struct row *row, const char *word, bool comma, struct record *r, unsigned field)
{
    struct span details = row_text(row, F_details);
    size_t at = span_search(details, span_text(word));
    if (at == details.n)
        return;
    struct span rest = span_from(details, at + strlen(word));
    record_set_text(r, field, comma ? span_of(rest.p, span_find(rest, ',', 0)) : rest);
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    int64_t ms;
    r->present[F_timestamp / 64] &= ~(UINT64_C(1) << (F_timestamp % 64));
    if (parser_wants(p, F_timestamp) && timestamp_of(p, row, &ms))
        record_set_number(r, F_timestamp, ms);
    if (parser_wants(p, F_scanner))
        set_behind(row, "Scanner type: ", false, r, F_scanner);
    if (parser_wants(p, F_threat))
        set_behind(row, "Expliot: ", true, r, F_threat);
    if (parser_wants(p, F_entity))
        set_behind(row, "Suspicious Connection Entity: ", true, r, F_entity);
    return NULL;
}

static const uint16_t times[] = { COLUMN_TIME };

static const char *const tables[] = { "CynerioEvent_CL", NULL };

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = FIELDS_FROM_ROW,
                                        .times = times,
                                        .times_n = 1,
                                        .time = timestamp_of,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_session,
                                        .derive = derive };

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_csv(&rules, p, unit, r);
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"asset_ip\"", "\"asset_id\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"CynerioEvent_CL\"", "\"asset_id_g\"", "\"asset_ip_s\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "asset_id_g", "asset_ip_s", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "events as JSON, keys without suffixes",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "CynerioEvent_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "CynerioEvent_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(cynerio) = {
    .id = "cynerio",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
