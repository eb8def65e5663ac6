/* Azure Firewall: diagnostic records as JSON (storage blobs, Event Hubs) and rows of AzureDiagnostics, whose messages
 * are sentences, and the structured logs that replace them, as records and as rows of their four tables.
 *
 *   TCP request from 10.10.1.4:51234 to 203.0.113.20:3389. Action: Deny. …
 *   HTTP request from 10.10.1.4:54314 to www.example.com:80. Url: www.example.com. Action: Deny. …
 *   TCP request from 198.51.100.9:40022 to 203.0.113.55:22 was DNAT'ed to 10.10.0.4:22…
 *
 * Source: Azure Firewall monitoring data reference; Azure Monitor Logs reference, tables AZFW*.
 */
#include "formats/row_forms.h"
#include "formats/words.h"

#include "common/ip.h"
#include "common/number.h"

#include <string.h>
#include <strings.h>

/* Field, kind, column of the structured tables; a record has the same names below `properties`. */
/* clang-format off */
#define COLUMNS(X) \
    X(protocol, DESCRIPTOR, "Protocol", "protocol") X(action, DESCRIPTOR, "Action", "action") \
    X(destination_port, PORT, "DestinationPort", "destinationPort") \
    X(source_ip, TEXT, "SourceIp", "sourceIp") X(source_port, PORT, "SourcePort", "sourcePort") \
    X(destination_ip, TEXT, "DestinationIp", "destinationIp") \
    X(translated_ip, TEXT, "TranslatedIp", "translatedIp") \
    X(translated_port, PORT, "TranslatedPort", "translatedPort") \
    X(action_reason, TEXT, "ActionReason", "actionReason") X(rule, TEXT, "Rule", "rule") \
    X(signature_id, TEXT, "SignatureId", "signatureId") X(category, TEXT, "Category", "category") \
    X(description, TEXT, "Description", "description") X(severity, TEXT, "Severity", "severity") \
    X(fqdn, TEXT, "Fqdn", "fqdn") X(target_url, TEXT, "TargetUrl", "targetUrl") \
    X(threat_description, TEXT, "ThreatDescription", "threatDescription")
#define OTHERS(X) \
    X(log, DESCRIPTOR) /* a message's operation, or the structured table */ \
    X(resource_id, TEXT) X(subscription_id, TEXT) X(item_id, TEXT) X(icmp_type, INTEGER)
/* clang-format on */

#define COLUMN_NUMBER(name, kind, column, camel) F_##name,
#define OTHER_NUMBER(name, kind)                 F_##name,
enum {
    COLUMNS(COLUMN_NUMBER) OTHERS(OTHER_NUMBER) FIELDS_N,
    KEY_TIME = FIELDS_N,
    KEY_GENERATED,
    KEY_TYPE,
    KEY_CATEGORY, /* of a diagnostic record; a row's is the column that is a field too */
    KEY_OPERATION,
    KEY_MESSAGE
};

#define COLUMN_FIELD(name, kind, column, camel) { #name, FIELD_##kind },
#define OTHER_FIELD(name, kind)                 { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(COLUMN_FIELD) OTHERS(OTHER_FIELD) };

#define COLUMN_KEYS(name, kind, column, camel)                                                                         \
    { column, F_##name }, { "properties." column, F_##name }, { "properties." camel, F_##name },
static const struct key keys[] = {
    COLUMNS(COLUMN_KEYS){ "properties.SourceIP", F_source_ip },
    { "properties.DestinationIP", F_destination_ip },
    { "properties.FQDN", F_fqdn },
    { "properties.TargetURL", F_target_url },
    { "_ResourceId", F_resource_id },
    { "ResourceId", F_resource_id },
    { "resourceId", F_resource_id },
    { "_SubscriptionId", F_subscription_id },
    { "SubscriptionId", F_subscription_id },
    { "_ItemId", F_item_id },
    { "time", KEY_TIME },
    ROW_TIME_GENERATED(KEY_GENERATED),
    { "Type", KEY_TYPE },
    { "category", KEY_CATEGORY },
    { "operationName", KEY_OPERATION },
    { "OperationName", KEY_OPERATION },
    { "msg_s", KEY_MESSAGE },
    { "properties.msg", KEY_MESSAGE },
    { "properties.Msg", KEY_MESSAGE },
};

#define COLUMN_FROM(name, kind, column, camel) { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(COLUMN_FROM){ F_resource_id, F_resource_id },
                                                { F_subscription_id, F_subscription_id },
                                                { F_item_id, F_item_id } };

static const uint16_t times[] = { KEY_GENERATED, KEY_TIME };

static const struct row_rules rules = {
    .fields = fields_from, .fields_n = sizeof fields_from / sizeof *fields_from, .times = times, .times_n = 2
};

static bool is_structured(struct span name)
{
    return span_is(name, "AZFWNetworkRule") || span_is(name, "AZFWNatRule") || span_is(name, "AZFWIdpsSignature") ||
           span_is(name, "AZFWThreatIntel");
}

/* ------------------------------------------------------------------ messages */

struct end_point {
    struct span address;
    int64_t port; /* -1: none */
};

struct message {
    struct span protocol, action, host; /* host: where the destination is none */
    struct end_point source, destination, translated;
};

/* What stands before `word`; *rest goes on behind it.  False: it is not there. */
WORDS_INLINE bool take_to(struct span *rest, const char *word, struct span *before)
{
    size_t at = words_find(*rest, 0, word);
    if (at == rest->n)
        return false;
    *before = span_of(rest->p, at);
    *rest = span_from(*rest, at + strlen(word));
    return true;
}

/* `address:port`; a port may be missing where there are none. */
static bool read_end_point(struct span text, bool without_port, struct end_point *e)
{
    const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
    *e = (struct end_point){ text, -1 };
    if (!colon)
        return without_port && text.n;
    e->address.n = (size_t)(colon - text.p);
    struct span port = span_from(text, e->address.n + 1);
    if (port.n == 0)
        return without_port && e->address.n;
    uint64_t number;
    if (e->address.n == 0 || !number_parse_digits(port, &number))
        return false;
    e->port = number > 65535 ? -1 : (int64_t)number;
    return true;
}

static bool is_icmp(struct span protocol)
{
    return protocol.n >= 4 && strncasecmp(protocol.p, "ICMP", 4) == 0;
}

/* The address that the message ends with, and digits; what follows them is ignored. */
static bool read_translated(struct span rest, struct end_point *e)
{
    size_t end = span_find(rest, ' ', 0), n = end;
    while (n && !(rest.p[n - 1] >= '0' && rest.p[n - 1] <= '9'))
        n--;
    return read_end_point(span_of(rest.p, n), false, e);
}

static bool read_message(struct span rest, bool translated, struct message *m)
{
    struct span source, destination;
    struct ip ip;
    *m = (struct message){ 0 };
    if (!take_to(&rest, " request from ", &m->protocol) || !take_to(&rest, " to ", &source) ||
        !(translated ? take_to(&rest, " was DNAT'ed to ", &destination) : take_to(&rest, ". Action: ", &destination)))
        return false;
    bool icmp = is_icmp(m->protocol);
    destination.n = words_find(destination, 0, ". Url: ");
    if (!read_end_point(source, icmp, &m->source) || !read_end_point(destination, icmp, &m->destination))
        return false;
    if (translated)
        return read_translated(rest, &m->translated);
    if (!ip_parse(m->destination.address, &ip)) {
        m->host = m->destination.address;
        m->destination.address = span_of(NULL, 0);
    }
    m->action = span_trim(span_of(rest.p, span_find(rest, '.', 0)));
    return true;
}

static void set_end_point(struct record *r, const struct end_point *e, unsigned address, unsigned port)
{
    record_set_text(r, address, e->address);
    record_set_port(r, port, e->port);
}

static void set_message(struct record *r, const struct message *m)
{
    record_set_text(r, F_protocol, m->protocol);
    record_set_text(r, F_action, m->action);
    record_set_text(r, F_fqdn, m->host);
    set_end_point(r, &m->source, F_source_ip, F_source_port);
    set_end_point(r, &m->destination, F_destination_ip, F_destination_port);
    if (m->translated.address.n)
        set_end_point(r, &m->translated, F_translated_ip, F_translated_port);
}

/* ------------------------------------------------------------------ records */

/* `ICMP Type=8` */
static void set_icmp_type(struct record *r)
{
    if (!record_has(r, F_protocol) || !is_icmp(r->value[F_protocol].text))
        return;
    struct span text = r->value[F_protocol].text, before;
    if (!take_to(&text, "ype=", &before))
        return;
    size_t n = 0;
    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
        n++;
    uint64_t type;
    if (number_parse_digits(span_of(text.p, n), &type) && type <= 255)
        record_set_number(r, F_icmp_type, (int64_t)type);
}

/* `/SUBSCRIPTIONS/id/…` */
static void set_subscription(struct record *r)
{
    static const char head[] = "/subscriptions/";
    if (record_has(r, F_subscription_id) || !record_has(r, F_resource_id))
        return;
    struct span id = r->value[F_resource_id].text;
    size_t n = sizeof head - 1;
    if (id.n > n && strncasecmp(id.p, head, n) == 0)
        record_set_text(r, F_subscription_id, span_of(id.p + n, span_find(id, '/', n) - n));
}

static enum parse_result finish(struct parser *p, const struct row *row, struct span log, const struct message *m,
                                struct record *r)
{
    enum parse_result result = row_record(&rules, p, row, r);
    if (result != PARSE_RECORD)
        return result;
    record_set_text(r, F_log, log);
    if (m)
        set_message(r, m);
    set_icmp_type(r);
    set_subscription(r);
    return PARSE_RECORD;
}

static enum parse_result parse_message(struct parser *p, const struct row *row, struct span category, struct record *r)
{
    struct message m;
    struct span operation = row_text(row, KEY_OPERATION);
    bool translated = span_is(operation, "AzureFirewallNatRuleLog");
    if (!span_is(category, "AzureFirewallNetworkRule"))
        return record_verdict(r, PARSE_SKIP, "category");
    if (!translated && !span_is(operation, "AzureFirewallNetworkRuleLog") &&
        !span_is(operation, "AzureFirewallThreatIntelLog"))
        return record_verdict(r, PARSE_SKIP, "operation");
    if (!read_message(row_text(row, KEY_MESSAGE), translated, &m))
        return record_verdict(r, PARSE_SKIP, "message");
    return finish(p, row, operation, &m, r);
}

/* A row says which table it is of, a diagnostic record its category; a row without Type is known by its columns. */
static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    struct span type = row_text(row, KEY_TYPE), category = row_text(row, KEY_CATEGORY);
    if (type.n) {
        if (is_structured(type))
            return finish(p, row, type, NULL, r);
        if (!span_is(type, "AzureDiagnostics"))
            return record_verdict(r, PARSE_SKIP, "other_table");
        return parse_message(p, row, category.n ? category : row_text(row, F_category), r);
    }
    if (category.n)
        return is_structured(category) ? finish(p, row, category, NULL, r) : parse_message(p, row, category, r);
    category = row_text(row, F_category);
    if (row_has(row, KEY_MESSAGE) || row_has(row, KEY_OPERATION))
        return is_structured(category) ? finish(p, row, category, NULL, r) : parse_message(p, row, category, r);
    if (!row_has(row, F_source_ip) || !row_has(row, F_protocol))
        return record_verdict(r, PARSE_SKIP, "other_table");
    return finish(p, row, span_of(NULL, 0), NULL, r);
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (row_from_json(&row, p->json, p->keys, unit))
        return parse_row(p, &row, r);
    r->reason = "json";
    return PARSE_BAD;
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"AzureFirewallNetworkRule\"",
                                         "\"AzureFirewallApplicationRule\"",
                                         "\"AZFWNetworkRule\"",
                                         "\"AZFWNatRule\"",
                                         "\"AZFWIdpsSignature\"",
                                         "\"AZFWThreatIntel\"",
                                         NULL };
    static const char *const service[] = { "\"TimeGenerated", NULL };
    return row_probe_json(head, service) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"AZFWNetworkRule\"", "\"AZFWNatRule\"", "\"AZFWIdpsSignature\"",
                                         "\"AZFWThreatIntel\"", "AzureFirewall",   NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const columns[] = { "TranslatedIp", "ActionReason", NULL };
    enum probe_result result = row_probe_csv(head, columns);
    bool named =
        span_search(head, SPAN_LITERAL("AZFW")) < head.n || span_search(head, SPAN_LITERAL("AzureFirewall")) < head.n;
    return result == PROBE_POSSIBLE && named ? PROBE_LIKELY : result;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "diagnostic records as JSON, with messages or structured",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "AzureDiagnostics and AZFW rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "AzureDiagnostics and AZFW rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(azure_firewall) = {
    .id = "azure-firewall",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
