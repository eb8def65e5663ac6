/* VMware Carbon Black Cloud: events of the Data Forwarder as JSON lines, and rows of CarbonBlackEvents_CL, whose
 * columns end with their type.  Network connections (endpoint.event.netconn) are sessions; notifications, which stand
 * in a table of their own and may come in the same export, are not.
 *
 * The event's time is the backend's, as the table has it.
 * Source: Carbon Black Cloud, "Data Forwarder: endpoint event schema".
 */
#include "core/parser.h"
#include "formats/row_forms.h"
#include "formats/timetext.h"

/* Field, kind, column. */
/* clang-format off */
#define COLUMNS(X) \
    X(netconn_protocol, DESCRIPTOR) X(sensor_action, DESCRIPTOR) X(action, DESCRIPTOR) \
    X(remote_ip, TEXT) X(remote_port, PORT) X(local_ip, TEXT) X(local_port, PORT) \
    X(device_name, TEXT) X(device_id, TEXT) X(device_os, TEXT) X(device_external_ip, TEXT) X(event_id, TEXT) \
    X(event_description, TEXT) X(event_origin, TEXT) X(process_path, TEXT) X(process_pid, INTEGER) \
    X(process_username, TEXT) X(process_guid, TEXT) X(org_key, TEXT) X(netconn_domain, TEXT)
/* Fields that no one column is. */
#define DERIVED(X) \
    X(first_action, DESCRIPTOR) X(inbound, DESCRIPTOR) X(remote_ip_version, DESCRIPTOR) X(create_time, TIME) \
    X(domain, TEXT)
/* clang-format on */

#define NUMBER(name, kind) F_##name,
enum {
    COLUMNS(NUMBER) F_item_id,
    DERIVED(NUMBER) FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE,
    COLUMN_EVENT_TYPE,
    COLUMN_NATIVE_TYPE,
    COLUMN_CREATE_TIME,
    COLUMN_BACKEND_TIME,
    COLUMN_INBOUND
};

#define FIELD(name, kind) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD){ "item_id", FIELD_TEXT }, DERIVED(FIELD) };

#define NAMES(name, number) { name, number }, { name "_s", number }, { name "_d", number }, { name "_g", number },
#define KEYS(name, kind)    NAMES(#name, F_##name)
static const struct key keys[] = { COLUMNS(KEYS) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "_ItemId", F_item_id },
                                   { "Type", COLUMN_TYPE },
                                   { "type", COLUMN_NATIVE_TYPE },
                                   NAMES("eventType", COLUMN_EVENT_TYPE) NAMES("createTime", COLUMN_CREATE_TIME) NAMES(
                                       "backend_timestamp", COLUMN_BACKEND_TIME){ "netconn_inbound", COLUMN_INBOUND },
                                   { "netconn_inbound_b", COLUMN_INBOUND },
                                   { "netconn_inbound_s", COLUMN_INBOUND } };

#define FROM(name, kind) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(FROM){ F_item_id, F_item_id } };

static const uint16_t times[] = { COLUMN_TIME };
static const char *const tables[] = { "CarbonBlackEvents_CL", NULL };

static const char *select_row(struct parser *p, const struct row *row)
{
    (void)p;
    unsigned column = row_text(row, COLUMN_EVENT_TYPE).n ? COLUMN_EVENT_TYPE : COLUMN_NATIVE_TYPE;
    return span_is(row_text(row, column), "endpoint.event.netconn") ? NULL : "no_netconn";
}

/* `2024-06-01 12:01:10.25 +0000 UTC`: what stands before the first plus is UTC. */
static bool backend_time(struct parser *p, const struct row *row, int64_t *ms)
{
    (void)p;
    unsigned column = row_text(row, COLUMN_CREATE_TIME).n ? COLUMN_CREATE_TIME : COLUMN_BACKEND_TIME;
    struct span text = row_text(row, column);
    text.n = span_find(text, '+', 0);
    return timetext_column(span_trim(text), ms);
}

static bool has(struct span text, char c)
{
    return span_find(text, c, 0) < text.n;
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    int64_t ms;
    int inbound = row_truth(row, COLUMN_INBOUND);
    struct span action = row_text(row, F_action), remote = row_text(row, F_remote_ip);
    record_set_text(r, F_first_action, span_trim(span_of(action.p, span_find(action, '|', 0))));
    if (inbound >= 0)
        record_set_text(r, F_inbound, inbound ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
    if (has(remote, '.') || has(remote, ':'))
        record_set_text(r, F_remote_ip_version, has(remote, '.') ? SPAN_LITERAL("IPv4") : SPAN_LITERAL("IPv6"));
    if (backend_time(p, row, &ms))
        record_set_number(r, F_create_time, ms);
    struct span domain = row_text(row, F_netconn_domain);
    if (has(domain, '.') && !has(domain, ':') && !span_equal(domain, remote))
        record_set_text(r, F_domain, domain);
    return NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = F_item_id + 1,
                                        .times = times,
                                        .times_n = 1,
                                        .time = backend_time,
                                        .tables = tables,
                                        .type = COLUMN_TYPE,
                                        .select = select_row,
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
    static const char *const words[] = { "\"endpoint.event.", "\"backend_timestamp\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"TimeGenerated", "\"eventType_s\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "netconn_protocol", "eventType", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "table",
      .help = "CarbonBlackEvents_CL rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "native",
      .help = "events of the Data Forwarder as JSON lines",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "CarbonBlackEvents_CL rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(carbonblack) = {
    .id = "carbonblack",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
