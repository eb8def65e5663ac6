/* Microsoft Defender XDR: rows of DeviceNetworkEvents as tables and hunting queries export them, and as the streaming
 * API sends them (Event Hub, storage), where the row is the member `properties` of an envelope.
 *
 * The envelope's `time` is when the record was published; the event's is Timestamp.
 * Source: Microsoft Defender XDR, "DeviceNetworkEvents" and "Streaming API".
 */
#include "core/parser.h"
#include "formats/row_forms.h"

/* Field, kind, column. */
/* clang-format off */
#define COLUMNS(X) \
    X(action_type, DESCRIPTOR, "ActionType") X(protocol, DESCRIPTOR, "Protocol") \
    X(process_file_name, DESCRIPTOR, "InitiatingProcessFileName") \
    X(local_ip, TEXT, "LocalIP") X(local_port, PORT, "LocalPort") \
    X(remote_ip, TEXT, "RemoteIP") X(remote_port, PORT, "RemotePort") X(remote_url, TEXT, "RemoteUrl") \
    X(device_id, TEXT, "DeviceId") X(device_name, TEXT, "DeviceName") X(report_id, TEXT, "ReportId") \
    X(process_id, TEXT, "InitiatingProcessId") X(account_domain, TEXT, "InitiatingProcessAccountDomain") \
    X(account_name, TEXT, "InitiatingProcessAccountName") X(account_sid, TEXT, "InitiatingProcessAccountSid") \
    X(account_upn, TEXT, "InitiatingProcessAccountUpn") \
    X(account_object_id, TEXT, "InitiatingProcessAccountObjectId")
/* clang-format on */

#define NUMBER(name, kind, column) F_##name,
enum {
    COLUMNS(NUMBER) COLUMNS_N,
    F_user = COLUMNS_N, /* domain\name of the account */
    F_url_host,         /* the host of remote_url */
    FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TIMESTAMP,
    COLUMN_TYPE,
    COLUMN_CATEGORY
};

#define FIELD(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(FIELD){ "user", FIELD_TEXT }, { "url_host", FIELD_TEXT } };

/* A row alone, in the streaming API's envelope, and either of them as the text of a forwarder's `message` or
 * `event.original`. */
#define KEYS(name, kind, column)                                                                                       \
    { column, F_##name }, { "properties." column, F_##name }, { "message." column, F_##name },                         \
        { "message.properties." column, F_##name }, { "event.original." column, F_##name },                            \
        { "event.original.properties." column, F_##name },
static const struct key keys[] = { COLUMNS(KEYS) ROW_TIME_GENERATED(COLUMN_TIME),
                                   { "Timestamp", COLUMN_TIMESTAMP },
                                   { "properties.Timestamp", COLUMN_TIMESTAMP },
                                   { "message.Timestamp", COLUMN_TIMESTAMP },
                                   { "message.properties.Timestamp", COLUMN_TIMESTAMP },
                                   { "event.original.Timestamp", COLUMN_TIMESTAMP },
                                   { "event.original.properties.Timestamp", COLUMN_TIMESTAMP },
                                   { "Type", COLUMN_TYPE },
                                   { "category", COLUMN_CATEGORY },
                                   { "message.category", COLUMN_CATEGORY },
                                   { "event.original.category", COLUMN_CATEGORY },
                                   /* of a device's timeline as it is exported */
                                   { "Event Time", COLUMN_TIMESTAMP },
                                   { "Action Type", F_action_type },
                                   { "Initiating Process File Name", F_process_file_name },
                                   { "Local IP", F_local_ip },
                                   { "Local Port", F_local_port },
                                   { "Remote IP", F_remote_ip },
                                   { "Remote Port", F_remote_port },
                                   { "Remote Url", F_remote_url },
                                   { "Machine Id", F_device_id },
                                   { "Computer Name", F_device_name } };

#define FROM(name, kind, column) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(FROM) };

static const uint16_t times[] = { COLUMN_TIME, COLUMN_TIMESTAMP };
static const char *const tables[] = { "DeviceNetworkEvents", NULL };

static const char *select_row(struct parser *p, const struct row *row)
{
    static const char *const sessions[] = { "ConnectionSuccess", "ConnectionFailed",
                                            "ConnectionRequest", "InboundConnectionAccepted",
                                            "ConnectionFound",   "ListeningConnectionCreated",
                                            "ConnectionAttempt", NULL };
    (void)p;
    struct span category = row_text(row, COLUMN_CATEGORY), action = row_text(row, F_action_type);
    if (category.n && !span_is(category, "AdvancedHunting-DeviceNetworkEvents"))
        return "other_table";
    for (const char *const *s = sessions; *s; s++)
        if (span_is(action, *s))
            return NULL;
    return "other_action";
}

static struct span user_of(struct parser *p, struct span domain, struct span name)
{
    char *text = domain.n ? parser_scratch(p, domain.n + 1 + name.n) : NULL;
    if (!text)
        return name;
    memcpy(text, domain.p, domain.n);
    text[domain.n] = '\\';
    memcpy(text + domain.n + 1, name.p, name.n);
    return span_of(text, domain.n + 1 + name.n);
}

/* Without its scheme, and without what follows the host: a path, or a port behind a name. */
static struct span host_of(struct span url)
{
    if (span_starts(url, SPAN_LITERAL("https://")))
        url = span_from(url, 8);
    else if (span_starts(url, SPAN_LITERAL("http://")))
        url = span_from(url, 7);
    url.n = span_find(url, '/', 0);
    url.n = span_find(url, '?', 0);
    size_t colon = span_find(url, ':', 0);
    if (colon < url.n && span_find(url, ':', colon + 1) == url.n)
        url.n = colon;
    return url;
}

static const char *derive(struct parser *p, const struct row *row, struct record *r)
{
    if (parser_wants(p, F_user))
        record_set_text(r, F_user, user_of(p, row_text(row, F_account_domain), row_text(row, F_account_name)));
    if (parser_wants(p, F_url_host))
        record_set_text(r, F_url_host, host_of(row_text(row, F_remote_url)));
    return NULL;
}

static const struct row_rules rules = { .fields = fields_from,
                                        .fields_n = COLUMNS_N,
                                        .times = times,
                                        .times_n = 2,
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
    static const char *const words[] = { "AdvancedHunting-Device", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"ActionType\"", "DeviceNetworkEvents", NULL };
    static const char *const native[] = { "AdvancedHunting-", NULL };
    return row_probe_json(head, native) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "ActionType", "Action Type", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Of the table, and of the hunting API's answers. */
static const char *const answers[] = { "records", "value", "Results", "results", NULL };

static const struct form forms[] = {
    { .name = "native",
      .help = "records of the streaming API as JSON: lines, or {\"records\":[…]} of an Event Hub",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "DeviceNetworkEvents rows as JSON, of a table or of a hunting query",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = answers,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "DeviceNetworkEvents rows or a device's timeline as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(ms_defender) = {
    .id = "ms-defender",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
