/* Any product that writes CEF with two addresses: the fallback for vendors without a collector of their own.
 *
 * Records of vendors and products that have one are skipped, so that hunting a whole CommonSecurityLog export with
 * several sources counts each row once. Source: ArcSight Common Event Format (ECEF), columns of CommonSecurityLog.
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/wrapped.h"

#include <ctype.h>

/* clang-format off */
#define FIELDS(X) \
    X(vendor, DESCRIPTOR, CSL_DeviceVendor) X(product, DESCRIPTOR, CSL_DeviceProduct) \
    X(version, DESCRIPTOR, CSL_DeviceVersion) X(action, DESCRIPTOR, CSL_DeviceAction) \
    X(protocol, DESCRIPTOR, CSL_Protocol) X(direction, DESCRIPTOR, CSL_CommunicationDirection) \
    X(app, TEXT, CSL_ApplicationProtocol) X(device_name, TEXT, CSL_DeviceName) X(device_mac, TEXT, CSL_DeviceMacAddress) \
    X(src_ip, TEXT, CSL_SourceIP) X(dst_ip, TEXT, CSL_DestinationIP) X(src_port, PORT, CSL_SourcePort) \
    X(dst_port, PORT, CSL_DestinationPort) X(src_host, TEXT, CSL_SourceHostName) \
    X(dst_host, TEXT, CSL_DestinationHostName) X(src_user, TEXT, CSL_SourceUserName) \
    X(dst_user, TEXT, CSL_DestinationUserName) X(src_user_id, TEXT, CSL_SourceUserID) \
    X(dst_user_id, TEXT, CSL_DestinationUserID) X(src_mac, TEXT, CSL_SourceMACAddress) \
    X(dst_mac, TEXT, CSL_DestinationMACAddress) X(src_nat_ip, TEXT, CSL_SourceTranslatedAddress) \
    X(dst_nat_ip, TEXT, CSL_DestinationTranslatedAddress) X(src_nat_port, PORT, CSL_SourceTranslatedPort) \
    X(dst_nat_port, PORT, CSL_DestinationTranslatedPort) X(bytes_sent, INTEGER, CSL_SentBytes) \
    X(bytes_received, INTEGER, CSL_ReceivedBytes) X(message, TEXT, CSL_Message) \
    X(inbound_interface, TEXT, CSL_DeviceInboundInterface) X(outbound_interface, TEXT, CSL_DeviceOutboundInterface)
/* clang-format on */

#define FIELD_NUMBER(name, kind, column) F_##name,
enum { FIELDS(FIELD_NUMBER) FIELDS_FROM_COLUMNS, F_protocol_number = FIELDS_FROM_COLUMNS, F_word, FIELDS_N };

#define FIELD_ROW(name, kind, column) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "protocol_number", FIELD_DESCRIPTOR }, /* the protocol where it is a number */
    { "word", FIELD_DESCRIPTOR },                             /* what the action's words say */
};

#define FIELD_FROM(name, kind, column) { F_##name, column },
static const struct commonsecuritylog_field fields_from[] = { FIELDS(FIELD_FROM) };

static bool is_or_any(struct span text, struct span wanted)
{
    return !wanted.p || span_equal(text, wanted);
}

static const char *select_other(struct commonsecuritylog *row)
{
    static const struct {
        struct span vendor, product; /* no text: any */
    } others[] = {
        { SPAN_WORD("Palo Alto Networks"), { 0 } },
        { SPAN_WORD("Zscaler"), { 0 } },
        { { 0 }, SPAN_WORD("PAN-OS") },
        { { 0 }, SPAN_WORD("NSSFWlog") },
        { SPAN_WORD("Check Point"), { 0 } },
        { SPAN_WORD("CheckPoint"), { 0 } },
        { SPAN_WORD("Cisco"), SPAN_WORD("ASA") },
        { SPAN_WORD("CISCO"), SPAN_WORD("ASA") },
        { SPAN_WORD("Cisco"), SPAN_WORD("FTD") },
        { SPAN_WORD("Cisco"), SPAN_WORD("Firepower") },
        { SPAN_WORD("Fortinet"), { 0 } },
        { SPAN_WORD("Forcepoint"), { 0 } },
        { SPAN_WORD("FORCEPOINT"), { 0 } },
        { SPAN_WORD("SonicWall"), { 0 } },
        { SPAN_WORD("Barracuda"), SPAN_WORD("WAF") },
        { SPAN_WORD("Barracuda"), SPAN_WORD("WAAS") },
        { SPAN_WORD("CrowdStrike"), { 0 } },
        { SPAN_WORD("Vectra Networks"), { 0 } },
        { SPAN_WORD("IoTSecurity"), { 0 } },
    };
    struct span vendor = commonsecuritylog_get(row, CSL_DeviceVendor);
    struct span product = commonsecuritylog_get(row, CSL_DeviceProduct);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (is_or_any(vendor, others[i].vendor) && is_or_any(product, others[i].product))
            return "other_source";
    if (!row->table && ((span_equal(vendor, SPAN_LITERAL("Illumio")) && span_equal(product, SPAN_LITERAL("PCE"))) ||
                        (span_equal(vendor, SPAN_LITERAL("Gigamon")) && span_equal(product, SPAN_LITERAL("metadata")))))
        return "other_source"; /* their sources read no rows of this table */
    return vendor.n || product.n ? NULL : "no_vendor";
}

static const char *select_addresses(struct parser *p, struct commonsecuritylog *row)
{
    return commonsecuritylog_text(p, row, CSL_SourceIP).n && commonsecuritylog_text(p, row, CSL_DestinationIP).n
               ? NULL
               : "no_address";
}

/* The first list one of whose words is a whole word of the action. */
static struct span word_of(struct span action)
{
    static const struct {
        struct span word, means;
    } words[] = {
        { SPAN_WORD("allow"), SPAN_WORD("allow") },  { SPAN_WORD("allowed"), SPAN_WORD("allow") },
        { SPAN_WORD("permit"), SPAN_WORD("allow") }, { SPAN_WORD("accept"), SPAN_WORD("allow") },
        { SPAN_WORD("start"), SPAN_WORD("allow") },  { SPAN_WORD("reset"), SPAN_WORD("reset") },
        { SPAN_WORD("rst"), SPAN_WORD("reset") },    { SPAN_WORD("deny"), SPAN_WORD("deny") },
        { SPAN_WORD("denied"), SPAN_WORD("deny") },  { SPAN_WORD("drop"), SPAN_WORD("drop") },
        { SPAN_WORD("block"), SPAN_WORD("drop") },   { SPAN_WORD("blocked"), SPAN_WORD("drop") },
        { SPAN_WORD("dropped"), SPAN_WORD("drop") }, { SPAN_WORD("close"), SPAN_WORD("drop") },
        { SPAN_WORD("closed"), SPAN_WORD("drop") },
    };
    size_t best = sizeof words / sizeof words[0];
    for (size_t at = 0; at < action.n;) {
        size_t end = at;
        while (end < action.n && (isalnum((unsigned char)action.p[end]) || (unsigned char)action.p[end] >= 0x80))
            end++;
        for (size_t i = 0; end > at && i < best; i++)
            if (words[i].word.n == end - at && span_equal_nocase(span_of(action.p + at, end - at), words[i].word))
                best = i;
        at = end + 1;
    }
    return best < sizeof words / sizeof words[0] ? words[best].means : span_of(NULL, 0);
}

static const char *derive(struct parser *p, struct commonsecuritylog *row, struct record *r)
{
    struct span protocol = commonsecuritylog_text(p, row, CSL_Protocol);
    bool digits = protocol.n > 0;
    for (size_t i = 0; i < protocol.n; i++)
        digits &= protocol.p[i] >= '0' && protocol.p[i] <= '9';
    if (digits)
        record_set_text(r, F_protocol_number, protocol);
    record_set_text(r, F_word, word_of(commonsecuritylog_text(p, row, CSL_DeviceAction)));
    return NULL;
}

static const uint16_t needs[] = { CSL_ReceiptTime, CSL_EndTime, CSL_StartTime, CSL_SourceIP, CSL_DestinationIP };

static const struct commonsecuritylog_rules rules = {
    .fields = fields_from,
    .fields_n = FIELDS_FROM_COLUMNS,
    .needs = needs,
    .needs_n = 5,
    .times = needs,
    .times_n = 3,
    .table_times = needs,
    .table_times_n = 3,
    .select = select_other,
    .select_extension = select_addresses,
    .derive = derive,
};

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    return commonsecuritylog_parse_native(&rules, p, unit, r);
}

COMMONSECURITYLOG_PARSE_WRAPPED

COMMONSECURITYLOG_PARSE_TABLES(rules)

/* Not likely as lines of CEF: a vendor's own source is the better one wherever there is one.  Rows of vendors that have
 * their own are skipped. */
static enum probe_result possible(enum probe_result result)
{
    return result == PROBE_NO ? PROBE_NO : PROBE_POSSIBLE;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "CEF:", NULL };
    return possible(commonsecuritylog_probe_native(head, words));
}

static enum probe_result probe_wrapped(struct span head)
{
    static const char *const words[] = { "CEF:0|", "CEF: 0|", "CEF:1|", NULL };
    return possible(wrapped_probe(head, words));
}

static enum probe_result probe_table(struct span head)
{
    return commonsecuritylog_probe_json(head);
}

static enum probe_result probe_table_csv(struct span head)
{
    return commonsecuritylog_probe_csv(head);
}

static const struct key native_keys[] = { COMMONSECURITYLOG_CEF_KEYS };
static const struct key table_keys[] = { COMMONSECURITYLOG_COLUMN_KEYS };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    COMMONSECURITYLOG_LINES_FORM("native", "CEF in syslog, of any vendor", probe_native, parse_native,
                                 struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_WRAPPED_FORM("the same as text in JSON objects", probe_wrapped, parse_wrapped,
                                   struct commonsecuritylog_native, native_keys),
    COMMONSECURITYLOG_TABLE_FORMS,
};

COLLECTOR(generic_cef) = {
    .id = "generic-cef",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
