/* Azure network flows: NSG flow logs (versions 1 and 2) and virtual network flow logs (version 4) as JSON blobs, and
 * what Traffic Analytics makes of them, rows of AzureNetworkAnalytics_CL and of NTANetAnalytics.
 *
 * A blob's record holds groups of flow tuples, texts of fields apart by commas; each tuple is a part of the unit:
 *
 *   version 1   seconds,source,destination,port,port,T|U,I|O,A|D
 *   version 2   the same,B|C|E,packets,bytes,packets,bytes
 *   version 4   milliseconds,source,destination,port,port,protocol number,I|O,B|C|E|D,encryption,packets,…
 *
 * A flow that begins (or is denied) is a session; what continues or ends has been counted when it began.
 *
 * Source: Azure Network Watcher, "Flow logging for network security groups", "Virtual network flow logs"; Azure Monitor
 * Logs reference, table NTANetAnalytics.
 */
#include "formats/row_forms.h"

#include "common/number.h"
#include "formats/json_walk.h"

#include <string.h>

/* Field, kind, column of AzureNetworkAnalytics_CL, column of NTANetAnalytics. */
/* clang-format off */
#define COLUMNS(X) \
    X(protocol, DESCRIPTOR, "L4Protocol_s", "L4Protocol") X(direction, DESCRIPTOR, "FlowDirection_s", "FlowDirection") \
    X(status, DESCRIPTOR, "FlowStatus_s", "FlowStatus") \
    X(dest_port, PORT, "DestPort_d", "DestPort") \
    X(src_ip, TEXT, "SrcIP_s", "SrcIp") X(dest_ip, TEXT, "DestIP_s", "DestIp") \
    X(src_public_ips, TEXT, "SrcPublicIPs_s", "SrcPublicIps") \
    X(dest_public_ips, TEXT, "DestPublicIPs_s", "DestPublicIps") \
    X(src_vm, TEXT, "VM1_s", "SrcVm") X(dest_vm, TEXT, "VM2_s", "DestVm") \
    X(mac, TEXT, "MACAddress_s", "MacAddress") X(country, TEXT, "Country_s", "Country") \
    X(rule, TEXT, "NSGRule_s", "AclRule") X(flow_type, TEXT, "FlowType_s", "FlowType") \
    X(l7_protocol, TEXT, "L7Protocol_s", "L7Protocol") \
    X(flow_start, TIME, "FlowStartTime_t", "FlowStartTime") X(flow_end, TIME, "FlowEndTime_t", "FlowEndTime")
/* Of one table only. */
#define SINGLES(X) \
    X(nsg, TEXT, "NSGList_s") X(nic, TEXT, "NIC_s") X(connection, TEXT, "ConnectionName_s") \
    X(subscription, TEXT, "Subscription_g") X(resource_id, TEXT, "TargetResourceId") \
    X(src_subscription, TEXT, "SrcSubscription") X(dest_subscription, TEXT, "DestSubscription") \
    X(src_nic, TEXT, "SrcNic") X(dest_nic, TEXT, "DestNic") X(item_id, TEXT, "_ItemId") \
    X(allowed_in, INTEGER, "AllowedInFlows_d") X(denied_in, INTEGER, "DeniedInFlows_d") \
    X(allowed_out, INTEGER, "AllowedOutFlows_d") X(denied_out, INTEGER, "DeniedOutFlows_d") \
    X(completed, INTEGER, "CompletedFlows") \
    X(inbound_packets, INTEGER, "InboundPackets_d") X(outbound_packets, INTEGER, "OutboundPackets_d") \
    X(inbound_bytes, INTEGER, "InboundBytes_d") X(outbound_bytes, INTEGER, "OutboundBytes_d") \
    X(packets_src_to_dest, INTEGER, "PacketsSrcToDest") X(packets_dest_to_src, INTEGER, "PacketsDestToSrc") \
    X(bytes_src_to_dest, INTEGER, "BytesSrcToDest") X(bytes_dest_to_src, INTEGER, "BytesDestToSrc")
/* Derived: log is what the record is of; the hosts are the last parts of the machines' names. */
#define OTHERS(X) \
    X(log, DESCRIPTOR) X(src_port, PORT) X(src_host, TEXT) X(dest_host, TEXT) X(duration, INTEGER)
/* clang-format on */

#define COLUMN_NUMBER(name, kind, first, second) F_##name,
#define SINGLE_NUMBER(name, kind, column)        F_##name,
#define OTHER_NUMBER(name, kind)                 F_##name,
enum {
    COLUMNS(COLUMN_NUMBER) SINGLES(SINGLE_NUMBER) OTHERS(OTHER_NUMBER) FIELDS_N,
    KEY_TIME = FIELDS_N,
    KEY_TYPE,
    KEY_SUBTYPE,
    KEY_SUBTYPE_S, /* the older table's */
    KEY_SRC_PORTS,
    KEY_CATEGORY,
    KEY_NSG_FLOWS,
    KEY_VNET_FLOWS,
    KEY_RESOURCE,
    KEY_MAC,
    KEY_RULE
};

#define COLUMN_FIELD(name, kind, first, second) { #name, FIELD_##kind },
#define SINGLE_FIELD(name, kind, column)        { #name, FIELD_##kind },
#define OTHER_FIELD(name, kind)                 { #name, FIELD_##kind },
static const struct field fields[] = { COLUMNS(COLUMN_FIELD) SINGLES(SINGLE_FIELD) OTHERS(OTHER_FIELD) };

#define COLUMN_KEYS(name, kind, first, second) { first, F_##name }, { second, F_##name },
#define SINGLE_KEY(name, kind, column)         { column, F_##name },
static const struct key keys[] = { COLUMNS(COLUMN_KEYS) SINGLES(SINGLE_KEY) ROW_TIME_GENERATED(KEY_TIME),
                                   { "Type", KEY_TYPE },
                                   { "SubType", KEY_SUBTYPE },
                                   { "SubType_s", KEY_SUBTYPE_S },
                                   { "SrcPorts", KEY_SRC_PORTS },
                                   { "category", KEY_CATEGORY },
                                   { "properties.flows", KEY_NSG_FLOWS },
                                   { "flowRecords.flows", KEY_VNET_FLOWS },
                                   { "resourceId", KEY_RESOURCE },
                                   { "targetResourceID", KEY_RESOURCE },
                                   { "targetResourceId", KEY_RESOURCE },
                                   { "macAddress", KEY_MAC },
                                   { "mac", KEY_MAC },
                                   { "rule", KEY_RULE } };

#define COLUMN_FROM(name, kind, first, second) { F_##name, F_##name },
#define SINGLE_FROM(name, kind, column)        { F_##name, F_##name },
static const struct row_field fields_from[] = { COLUMNS(COLUMN_FROM) SINGLES(SINGLE_FROM) };

static const uint16_t times[] = { KEY_TIME };

static const struct row_rules rules = {
    .fields = fields_from, .fields_n = sizeof fields_from / sizeof *fields_from, .times = times, .times_n = 1
};

/* ------------------------------------------------------------------ tuples */

/* A unit of tuples: where its parser stands. */
struct blob {
    struct json_walk groups, flows, tuples;
    struct span resource, mac, group_rule, flow_rule, flow_mac;
    const char *base;        /* offsets count from here */
    struct json_value tuple; /* the next part */
    bool vnet, flat;         /* flat: the unit's members `flow.N` are the tuples */
};

enum { TUPLE_FIELDS = 13, TUPLE_TIME = 0, TUPLE_NSG_FIELDS = 8, NAME_BYTES_MAX = 512 };

/* The service's names stand in the record of each tuple.  What is longer than they can be is none: with many tuples it
 * would make records of gigabytes. */
static struct span name_of(struct span text)
{
    return text.n <= NAME_BYTES_MAX ? text : span_of("", 0);
}

/* What stands in a group or in one of its flows.  Rules are found wherever they stand. */
static void enter(struct span object, struct span *rule, struct span *mac, struct span *flows, struct span *tuples)
{
    struct span key;
    struct json_value v;
    *rule = *mac = *flows = *tuples = span_of("", 0);
    for (struct json_walk w = json_walk_of(object); json_walk_next(&w, &key, &v);) {
        if (v.kind == JSON_STRING && span_is(key, "rule"))
            *rule = name_of(v.text);
        else if (v.kind == JSON_STRING && span_is(key, "mac"))
            *mac = name_of(v.text);
        else if (v.kind == JSON_ARRAY && (span_is(key, "flows") || span_is(key, "flowGroups")))
            *flows = v.text;
        else if (v.kind == JSON_ARRAY && span_is(key, "flowTuples"))
            *tuples = v.text;
    }
}

static bool next_tuple(struct blob *b)
{
    struct span key, flows, tuples;
    struct json_value v;
    for (;;) {
        while (json_walk_next(&b->tuples, &key, &b->tuple))
            if (!b->flat || span_starts(key, SPAN_LITERAL("flow.")))
                return true;
        if (json_walk_next(&b->flows, &key, &v)) {
            enter(v.text, &b->flow_rule, &b->flow_mac, &flows, &tuples);
        } else if (json_walk_next(&b->groups, &key, &v)) {
            enter(v.text, &b->group_rule, &b->flow_mac, &flows, &tuples);
            b->flow_rule = span_of("", 0);
            b->flows = json_walk_of(flows);
            if (flows.n)
                continue;
        } else {
            return false;
        }
        b->tuples = json_walk_of(tuples);
    }
}

static unsigned split_tuple(struct span text, struct span *field)
{
    unsigned n = 0;
    for (size_t at = 0; n < TUPLE_FIELDS && at <= text.n; n++) {
        size_t end = span_find(text, ',', at);
        field[n] = span_of(text.p + at, end - at);
        at = end + 1;
    }
    for (unsigned i = n; i < TUPLE_FIELDS; i++)
        field[i] = span_of("", 0);
    return n;
}

/* Seconds or milliseconds: which, the size says. */
static bool read_time(struct span text, int64_t *ms)
{
    uint64_t t;
    if (!number_parse_digits(text, &t) || t > (uint64_t)TIMESTAMP_MAX_MS)
        return false;
    *ms = (int64_t)t;
    if (t < UINT64_C(100000000000))
        *ms *= 1000;
    return *ms >= TIMESTAMP_MIN_MS && *ms <= TIMESTAMP_MAX_MS;
}

static bool one_of(struct span text, const char *letters)
{
    return text.n == 1 && strchr(letters, *text.p) && *text.p;
}

/* NULL: a session; else why not, and whether it is malformed. */
static const char *judge(bool vnet, const struct span *field, unsigned n, bool *bad)
{
    const char *const states = vnet ? "BCED" : "BCE";
    struct span state = field[vnet ? 7 : 8];
    *bad = true;
    if (n < TUPLE_NSG_FIELDS || !one_of(field[6], "IO") || (!vnet && !one_of(field[7], "AD")))
        return "tuple";
    bool has_state = vnet || n > TUPLE_NSG_FIELDS;
    if (has_state && !one_of(state, states))
        return "state";
    *bad = false;
    return !has_state || one_of(state, "BD") ? NULL : *state.p == 'C' ? "flow_continues" : "flow_ends";
}

static void set_number(struct record *r, unsigned field, struct span text, bool port)
{
    int64_t n;
    if (!number_parse_int(text, &n))
        return;
    if (port)
        record_set_port(r, field, n);
    else
        record_set_number(r, field, n);
}

static void set_tuple(struct record *r, const struct blob *b, bool vnet, const struct span *field)
{
    static const uint16_t counters[] = { F_packets_src_to_dest, F_bytes_src_to_dest, F_packets_dest_to_src,
                                         F_bytes_dest_to_src };
    record_set_text(r, F_log, vnet ? SPAN_LITERAL("vnet") : SPAN_LITERAL("nsg"));
    record_set_text(r, F_protocol, field[5]);
    record_set_text(r, F_direction, field[6]);
    record_set_text(r, F_status, vnet && *field[7].p != 'D' ? SPAN_LITERAL("A") : field[7]);
    record_set_text(r, F_src_ip, field[1]);
    record_set_text(r, F_dest_ip, field[2]);
    set_number(r, F_src_port, field[3], true);
    set_number(r, F_dest_port, field[4], true);
    for (unsigned i = 0; i < 4; i++)
        set_number(r, counters[i], field[9 + i], false);
    record_set_text(r, F_rule, b->flow_rule.n ? b->flow_rule : b->group_rule);
    record_set_text(r, F_mac, b->flow_mac.n ? b->flow_mac : b->mac);
    record_set_text(r, F_resource_id, b->resource);
}

/* A tuple without a category tells by its protocol of which log it is: a letter or a number. */
static bool is_vnet(const struct blob *b, const struct span *field)
{
    return b->vnet || (b->flat && field[5].n && *field[5].p >= '0' && *field[5].p <= '9');
}

static enum parse_result parse_part(struct blob *b, struct record *r)
{
    struct span field[TUPLE_FIELDS], text = b->tuple.text;
    unsigned n = b->tuple.kind == JSON_STRING ? split_tuple(text, field) : 0;
    bool bad = true, vnet = b->vnet;
    const char *reason = "tuple";
    r->offset = (uint32_t)(text.p - b->base);
    r->length = (uint32_t)text.n;
    if (n) {
        vnet = is_vnet(b, field);
        reason = judge(vnet, field, n, &bad);
    }
    if (!reason && !read_time(field[TUPLE_TIME], &r->time_ms)) {
        bad = true;
        reason = "no_time";
    }
    if (!reason)
        set_tuple(r, b, vnet, field);
    r->more = next_tuple(b);
    return reason ? record_verdict(r, bad ? PARSE_BAD : PARSE_SKIP, reason) : PARSE_RECORD;
}

static enum parse_result parse_blob(struct parser *p, struct span unit, const struct row *row, struct record *r)
{
    struct blob *b = p->state;
    struct span category = row_text(row, KEY_CATEGORY);
    if (category.n && !span_is(category, "NetworkSecurityGroupFlowEvent") && !span_is(category, "FlowLogFlowEvent"))
        return record_verdict(r, PARSE_SKIP, "category");
    unsigned flows = row_has(row, KEY_VNET_FLOWS) ? KEY_VNET_FLOWS : KEY_NSG_FLOWS;
    *b = (struct blob){ .resource = name_of(row_text(row, KEY_RESOURCE)),
                        .mac = name_of(row_text(row, KEY_MAC)),
                        .group_rule = name_of(row_text(row, KEY_RULE)),
                        .base = unit.p,
                        .vnet = flows == KEY_VNET_FLOWS || span_is(category, "FlowLogFlowEvent"),
                        .flat = !row_has(row, flows) };
    struct span text = b->flat ? unit : row_text(row, flows);
    if (b->flat)
        b->tuples = json_walk_of(text);
    else
        b->groups = json_walk_of(text);
    if (text.p < unit.p || text.p >= unit.p + unit.n) /* JSON inside a string: shorter than the unit */
        b->base = text.p;
    return next_tuple(b) ? parse_part(b, r) : record_verdict(r, PARSE_SKIP, "no_flows");
}

/* ------------------------------------------------------------------ rows */

static void set_host(const struct row *row, unsigned column, struct record *r, unsigned field)
{
    struct span name = row_text(row, column);
    const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;
    record_set_text(r, field, slash ? span_from(name, (size_t)(slash - name.p) + 1) : name);
}

static enum parse_result parse_analytics(struct parser *p, const struct row *row, struct span log, struct record *r)
{
    enum parse_result result = row_record(&rules, p, row, r);
    if (result != PARSE_RECORD)
        return result;
    record_set_text(r, F_log, log);
    struct span ports = row_text(row, KEY_SRC_PORTS);
    set_number(r, F_src_port, span_of(ports.p, span_find(ports, '|', 0)), true);
    set_host(row, F_src_vm, r, F_src_host);
    set_host(row, F_dest_vm, r, F_dest_host);
    int64_t start, end;
    if (row_time(row, F_flow_start, &start) && row_time(row, F_flow_end, &end))
        record_set_number(r, F_duration, end - start);
    return PARSE_RECORD;
}

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    struct span type = row_text(row, KEY_TYPE), direction = row_text(row, F_direction);
    bool nta = span_is(type, "NTANetAnalytics") || (type.n == 0 && row_has(row, KEY_SUBTYPE));
    bool older = span_is(type, "AzureNetworkAnalytics_CL") ||
                 (type.n == 0 && (row_has(row, KEY_SUBTYPE_S) || row_has(row, F_direction)));
    if (nta) {
        if (!span_is(row_text(row, KEY_SUBTYPE), "FlowLog"))
            return record_verdict(r, PARSE_SKIP, "sub_type");
        return parse_analytics(p, row, SPAN_LITERAL("NTANetAnalytics"), r);
    }
    if (!older)
        return record_verdict(r, PARSE_SKIP, "other_table");
    if (row_text(row, F_flow_type).n == 0)
        return record_verdict(r, PARSE_SKIP, "flow_type");
    if (!one_of(direction, "IO"))
        return record_verdict(r, PARSE_SKIP, "direction");
    return parse_analytics(p, row, SPAN_LITERAL("AzureNetworkAnalytics_CL"), r);
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (p->part)
        return parse_part(p->state, r);
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    bool blob = row_has(&row, KEY_CATEGORY) || row_has(&row, KEY_NSG_FLOWS) || row_has(&row, KEY_VNET_FLOWS) ||
                (row_has(&row, KEY_RULE) && !row_has(&row, KEY_TIME));
    return blob ? parse_blob(p, unit, &row, r) : parse_row(p, &row, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

static enum probe_result probe_native(struct span head)
{
    static const char *const words[] = { "\"flowTuples\"", "\"NetworkSecurityGroupFlowEvent\"", "\"FlowLogFlowEvent\"",
                                         "\"flow.0\"", NULL };
    static const char *const service[] = { "\"TimeGenerated", NULL };
    return row_probe_json(head, service) == PROBE_LIKELY ? PROBE_POSSIBLE : row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"NTANetAnalytics\"", "\"AzureNetworkAnalytics_CL\"", "\"FlowDirection_s\"",
                                         "\"CompletedFlows\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "FlowDirection_s", "CompletedFlows", "AclRule", NULL };
    return row_probe_csv(head, words);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help =
          "NSG and virtual network flow logs as JSON blobs, a session per flow that begins; a record of them may be "
          "longer than the default of --line-limit",
      .framing = FRAMING_JSON,
      .probe = probe_native,
      .parse = parse_json,
      .envelope = row_envelope,
      .state_bytes = sizeof(struct blob),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table",
      .help = "AzureNetworkAnalytics_CL and NTANetAnalytics rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_json,
      .envelope = row_envelope,
      .state_bytes = sizeof(struct blob),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
    { .name = "table-csv",
      .help = "AzureNetworkAnalytics_CL and NTANetAnalytics rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT_OF(keys) },
};

COLLECTOR(azure_nsg) = {
    .id = "azure-nsg",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
