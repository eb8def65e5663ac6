/* Rows that are in ASIM's NetworkSession schema already: ASimNetworkSessionLogs, bodies of the ingestion API, and what
 * `tidemark normalize` prints.
 *
 * Every row of the schema is a session and nothing is validated.  Rows of other schemas (EventSchema) and tables
 * (Type) are none.  Numbers may be texts and texts numbers or booleans; a value that does not convert is empty.
 */
#include "core/parser.h"

#include "formats/row.h"

/* The schema's columns in its own words (the map passes them on by name), and three of the platform.  Not read: what
 * the map derives anyway (Src, Dst, Dvc, User, …). */
#define FIELDS(X)                                                                                                      \
    X(NetworkProtocol, DESCRIPTOR)                                                                                     \
    X(NetworkDirection, DESCRIPTOR)                                                                                    \
    X(DvcAction, DESCRIPTOR)                                                                                           \
    X(DstAppName, DESCRIPTOR)                                                                                          \
    X(EventType, DESCRIPTOR)                                                                                           \
    X(EventResult, DESCRIPTOR)                                                                                         \
    X(EventSeverity, DESCRIPTOR)                                                                                       \
    X(EventVendor, DESCRIPTOR)                                                                                         \
    X(EventProduct, DESCRIPTOR)                                                                                        \
    X(EventMessage, TEXT)                                                                                              \
    X(EventCount, INTEGER)                                                                                             \
    X(EventStartTime, TIME)                                                                                            \
    X(EventEndTime, TIME)                                                                                              \
    X(EventSubType, TEXT)                                                                                              \
    X(EventResultDetails, TEXT)                                                                                        \
    X(EventUid, TEXT)                                                                                                  \
    X(EventOriginalUid, TEXT)                                                                                          \
    X(EventOriginalType, TEXT)                                                                                         \
    X(EventOriginalSubType, TEXT)                                                                                      \
    X(EventOriginalResultDetails, TEXT)                                                                                \
    X(EventOriginalSeverity, TEXT)                                                                                     \
    X(EventProductVersion, TEXT)                                                                                       \
    X(EventSchemaVersion, TEXT)                                                                                        \
    X(EventReportUrl, TEXT)                                                                                            \
    X(EventOwner, TEXT)                                                                                                \
    X(DvcIpAddr, TEXT)                                                                                                 \
    X(DvcHostname, TEXT)                                                                                               \
    X(DvcDomain, TEXT)                                                                                                 \
    X(DvcDomainType, TEXT)                                                                                             \
    X(DvcFQDN, TEXT)                                                                                                   \
    X(DvcDescription, TEXT)                                                                                            \
    X(DvcId, TEXT)                                                                                                     \
    X(DvcIdType, TEXT)                                                                                                 \
    X(DvcMacAddr, TEXT)                                                                                                \
    X(DvcZone, TEXT)                                                                                                   \
    X(DvcOs, TEXT)                                                                                                     \
    X(DvcOsVersion, TEXT)                                                                                              \
    X(DvcOriginalAction, TEXT)                                                                                         \
    X(DvcInterface, TEXT)                                                                                              \
    X(DvcInboundInterface, TEXT)                                                                                       \
    X(DvcOutboundInterface, TEXT)                                                                                      \
    X(DvcScope, TEXT)                                                                                                  \
    X(DvcScopeId, TEXT)                                                                                                \
    X(DvcSubscriptionId, TEXT)                                                                                         \
    X(DvcEntityKey, TEXT)                                                                                              \
    X(AdditionalFields, TEXT)                                                                                          \
    X(AdditionalEntities, TEXT)                                                                                        \
    X(NetworkApplicationProtocol, TEXT)                                                                                \
    X(NetworkProtocolVersion, TEXT)                                                                                    \
    X(NetworkDuration, INTEGER)                                                                                        \
    X(NetworkIcmpType, TEXT)                                                                                           \
    X(NetworkIcmpCode, INTEGER)                                                                                        \
    X(NetworkConnectionHistory, TEXT)                                                                                  \
    X(DstBytes, INTEGER)                                                                                               \
    X(SrcBytes, INTEGER)                                                                                               \
    X(NetworkBytes, INTEGER)                                                                                           \
    X(DstPackets, INTEGER)                                                                                             \
    X(SrcPackets, INTEGER)                                                                                             \
    X(NetworkPackets, INTEGER)                                                                                         \
    X(NetworkSessionId, TEXT)                                                                                          \
    X(TcpFlagsAck, TEXT)                                                                                               \
    X(TcpFlagsFin, TEXT)                                                                                               \
    X(TcpFlagsSyn, TEXT)                                                                                               \
    X(TcpFlagsUrg, TEXT)                                                                                               \
    X(TcpFlagsPsh, TEXT)                                                                                               \
    X(TcpFlagsRst, TEXT)                                                                                               \
    X(TcpFlagsEce, TEXT)                                                                                               \
    X(TcpFlagsCwr, TEXT)                                                                                               \
    X(TcpFlagsNs, TEXT)                                                                                                \
    X(DstIpAddr, TEXT)                                                                                                 \
    X(DstPortNumber, PORT)                                                                                             \
    X(DstHostname, TEXT)                                                                                               \
    X(DstDomain, TEXT)                                                                                                 \
    X(DstDomainType, TEXT)                                                                                             \
    X(DstFQDN, TEXT)                                                                                                   \
    X(DstDescription, TEXT)                                                                                            \
    X(DstDvcId, TEXT)                                                                                                  \
    X(DstDvcIdType, TEXT)                                                                                              \
    X(DstDvcScopeId, TEXT)                                                                                             \
    X(DstDvcScope, TEXT)                                                                                               \
    X(DstDeviceType, TEXT)                                                                                             \
    X(DstZone, TEXT)                                                                                                   \
    X(DstInterfaceName, TEXT)                                                                                          \
    X(DstInterfaceGuid, TEXT)                                                                                          \
    X(DstMacAddr, TEXT)                                                                                                \
    X(DstVlanId, TEXT)                                                                                                 \
    X(DstSubscriptionId, TEXT)                                                                                         \
    X(DstGeoCountry, TEXT)                                                                                             \
    X(DstGeoRegion, TEXT)                                                                                              \
    X(DstGeoCity, TEXT)                                                                                                \
    X(DstGeoLatitude, TEXT)                                                                                            \
    X(DstGeoLongitude, TEXT)                                                                                           \
    X(DstSystemEntityKey, TEXT)                                                                                        \
    X(DstUserId, TEXT)                                                                                                 \
    X(DstUserIdType, TEXT)                                                                                             \
    X(DstUserScope, TEXT)                                                                                              \
    X(DstUserScopeId, TEXT)                                                                                            \
    X(DstUsername, TEXT)                                                                                               \
    X(DstUsernameType, TEXT)                                                                                           \
    X(DstUserType, TEXT)                                                                                               \
    X(DstOriginalUserType, TEXT)                                                                                       \
    X(DstSimpleUsername, TEXT)                                                                                         \
    X(DstWindowsUsername, TEXT)                                                                                        \
    X(DstDNUsername, TEXT)                                                                                             \
    X(DstUserAadId, TEXT)                                                                                              \
    X(DstUserAWSId, TEXT)                                                                                              \
    X(DstUserOktaId, TEXT)                                                                                             \
    X(DstUserPuid, TEXT)                                                                                               \
    X(DstUserSid, TEXT)                                                                                                \
    X(DstUserUid, TEXT)                                                                                                \
    X(DstUserUpn, TEXT)                                                                                                \
    X(DstUserAdditionalIds, TEXT)                                                                                      \
    X(DstUserEntityKey, TEXT)                                                                                          \
    X(DstAppId, TEXT)                                                                                                  \
    X(DstAppType, TEXT)                                                                                                \
    X(DstApplicationEntityKey, TEXT)                                                                                   \
    X(DstProcessName, TEXT)                                                                                            \
    X(Process, TEXT)                                                                                                   \
    X(DstProcessId, TEXT)                                                                                              \
    X(DstProcessGuid, TEXT)                                                                                            \
    X(SrcIpAddr, TEXT)                                                                                                 \
    X(SrcPortNumber, PORT)                                                                                             \
    X(SrcHostname, TEXT)                                                                                               \
    X(SrcDomain, TEXT)                                                                                                 \
    X(SrcDomainType, TEXT)                                                                                             \
    X(SrcFQDN, TEXT)                                                                                                   \
    X(SrcDescription, TEXT)                                                                                            \
    X(SrcDvcId, TEXT)                                                                                                  \
    X(SrcDvcIdType, TEXT)                                                                                              \
    X(SrcDvcScopeId, TEXT)                                                                                             \
    X(SrcDvcScope, TEXT)                                                                                               \
    X(SrcDeviceType, TEXT)                                                                                             \
    X(SrcZone, TEXT)                                                                                                   \
    X(SrcInterfaceName, TEXT)                                                                                          \
    X(SrcInterfaceGuid, TEXT)                                                                                          \
    X(SrcMacAddr, TEXT)                                                                                                \
    X(SrcVlanId, TEXT)                                                                                                 \
    X(SrcSubscriptionId, TEXT)                                                                                         \
    X(SrcGeoCountry, TEXT)                                                                                             \
    X(SrcGeoRegion, TEXT)                                                                                              \
    X(SrcGeoCity, TEXT)                                                                                                \
    X(SrcGeoLatitude, TEXT)                                                                                            \
    X(SrcGeoLongitude, TEXT)                                                                                           \
    X(SrcSystemEntityKey, TEXT)                                                                                        \
    X(SrcUserId, TEXT)                                                                                                 \
    X(SrcUserIdType, TEXT)                                                                                             \
    X(SrcUserScope, TEXT)                                                                                              \
    X(SrcUserScopeId, TEXT)                                                                                            \
    X(SrcUsername, TEXT)                                                                                               \
    X(SrcUsernameType, TEXT)                                                                                           \
    X(SrcUserType, TEXT)                                                                                               \
    X(SrcOriginalUserType, TEXT)                                                                                       \
    X(SrcUserAdditionalIds, TEXT)                                                                                      \
    X(SrcUserEntityKey, TEXT)                                                                                          \
    X(SrcAppName, TEXT)                                                                                                \
    X(SrcAppId, TEXT)                                                                                                  \
    X(SrcAppType, TEXT)                                                                                                \
    X(SrcApplicationEntityKey, TEXT)                                                                                   \
    X(SrcProcessName, TEXT)                                                                                            \
    X(SrcProcessId, TEXT)                                                                                              \
    X(SrcProcessGuid, TEXT)                                                                                            \
    X(LocalAppName, TEXT)                                                                                              \
    X(RemoteAppName, TEXT)                                                                                             \
    X(DstNatIpAddr, TEXT)                                                                                              \
    X(DstNatPortNumber, PORT)                                                                                          \
    X(SrcNatIpAddr, TEXT)                                                                                              \
    X(SrcNatPortNumber, PORT)                                                                                          \
    X(NetworkRuleName, TEXT)                                                                                           \
    X(NetworkRuleNumber, INTEGER)                                                                                      \
    X(ThreatId, TEXT)                                                                                                  \
    X(ThreatName, TEXT)                                                                                                \
    X(ThreatCategory, TEXT)                                                                                            \
    X(ThreatRiskLevel, INTEGER)                                                                                        \
    X(ThreatOriginalRiskLevel, TEXT)                                                                                   \
    X(ThreatIpAddr, TEXT)                                                                                              \
    X(ThreatField, TEXT)                                                                                               \
    X(ThreatConfidence, INTEGER)                                                                                       \
    X(ThreatOriginalConfidence, TEXT)                                                                                  \
    X(ThreatIsActive, TEXT)                                                                                            \
    X(ThreatFirstReportedTime, TIME)                                                                                   \
    X(ThreatLastReportedTime, TIME)                                                                                    \
    X(ASimMatchingIpAddr, TEXT)                                                                                        \
    X(ASimMatchingHostname, TEXT)                                                                                      \
    X(_ItemId, TEXT)                                                                                                   \
    X(_ResourceId, TEXT)                                                                                               \
    X(_SubscriptionId, TEXT)

enum {
#define X(name, kind) F_##name,
    FIELDS(X)
#undef X
        F_VENDOR_AND_PRODUCT,
    FIELDS_N,
    COLUMN_TIME_GENERATED = FIELDS_N,
    COLUMN_SCHEMA,
    COLUMN_TABLE
};

static const struct field fields[] = {
#define X(name, kind) { #name, FIELD_##kind },
    FIELDS(X)
#undef X
        { "vendor_and_product", FIELD_TEXT }, /* "vendor/product", by which a device without a name goes */
};

static const struct key keys[] = {
#define X(name, kind) { #name, F_##name },
    FIELDS(X)
#undef X
        { "TimeGenerated", COLUMN_TIME_GENERATED },
    { "TimeGenerated [UTC]", COLUMN_TIME_GENERATED },
    { "EventSchema", COLUMN_SCHEMA },
    { "Type", COLUMN_TABLE },
};

/* Why a row is no session, or NULL.  A row that says its schema may be any table's: what a parser gave keeps Type. */
static const char *select_row(const struct row *row)
{
    struct span schema = row_text(row, COLUMN_SCHEMA), table = row_text(row, COLUMN_TABLE);
    if (schema.n)
        return span_is(schema, "NetworkSession") ? NULL : "other_schema";
    return table.n == 0 || span_is(table, "ASimNetworkSessionLogs") ? NULL : "other_table";
}

/* TimeGenerated, which only raw input can lack: then EventEndTime, EventStartTime.  One that is no time has no
 * substitute. */
static bool set_time(const struct row *row, struct record *r)
{
    static const unsigned columns[] = { COLUMN_TIME_GENERATED, F_EventEndTime, F_EventStartTime };
    for (unsigned i = 0; i < sizeof columns / sizeof *columns; i++)
        if (row_text(row, columns[i]).n)
            return row_time(row, columns[i], &r->time_ms);
    return false;
}

static void set_vendor_and_product(struct parser *p, const struct row *row, struct record *r)
{
    struct span vendor = row_text(row, F_EventVendor), product = row_text(row, F_EventProduct);
    char *text = vendor.n || product.n ? parser_scratch(p, vendor.n + 1 + product.n) : NULL;
    if (!text)
        return;
    if (vendor.n)
        memcpy(text, vendor.p, vendor.n);
    text[vendor.n] = '/';
    if (product.n)
        memcpy(text + vendor.n + 1, product.p, product.n);
    record_set_text(r, F_VENDOR_AND_PRODUCT, span_of(text, vendor.n + 1 + product.n));
}

static void set_field(const struct row *row, unsigned field, struct record *r)
{
    switch (fields[field].kind) {
    case FIELD_DESCRIPTOR:
    case FIELD_TEXT:
        row_copy_text(row, field, r, field);
        break;
    case FIELD_INTEGER:
        row_copy_whole(row, field, r, field);
        break;
    case FIELD_PORT:
        row_copy_port(row, field, r, field);
        break;
    case FIELD_TIME:
        row_copy_time(row, field, r, field);
        break;
    }
}

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    const char *other = select_row(row);
    if (other)
        return record_verdict(r, PARSE_SKIP, other);
    if (!set_time(row, r))
        return record_verdict(r, PARSE_BAD, "no_time");
    for (unsigned i = 0; i < sizeof row->present / sizeof *row->present; i++)
        for (uint64_t bits = row->present[i] & p->wanted[i]; bits; bits &= bits - 1) {
            unsigned field = 64 * i + (unsigned)__builtin_ctzll(bits);
            if (field < F_VENDOR_AND_PRODUCT)
                set_field(row, field, r);
        }
    if (parser_wants(p, F_VENDOR_AND_PRODUCT))
        set_vendor_and_product(p, row, r);
    return PARSE_RECORD;
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit)) {
        r->reason = "json";
        return PARSE_BAD;
    }
    return parse_row(p, &row, r);
}

static enum parse_result parse_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

/* Words that rows of other tables do not have: every table has TimeGenerated, and counts of sessions have the fields
 * that they were counted by. */
static enum probe_result probe_json(struct span head)
{
    static const char *const words[] = { "\"EventSchema\"", "\"EventVendor\"", "\"EventProduct\"",
                                         "\"SrcIpAddr\"",   "\"DstIpAddr\"",   NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_csv(struct span head)
{
    static const char *const words[] = { "EventSchema", "EventVendor", "EventProduct", "SrcIpAddr", "DstIpAddr", NULL };
    return row_probe_csv(head, words);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct form forms[] = {
    { .name = "native",
      .help = "JSON objects with ASIM's field names, in lines or in an array",
      .framing = FRAMING_JSON,
      .probe = probe_json,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT(keys) },
    { .name = "table",
      .help = "rows of ASimNetworkSessionLogs as JSON: the same",
      .framing = FRAMING_JSON,
      .probe = probe_json,
      .parse = parse_json,
      .envelope = row_envelope,
      .keys = keys,
      .keys_n = COUNT(keys) },
    { .name = "table-csv",
      .help = "rows of ASimNetworkSessionLogs as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_csv,
      .parse = parse_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = keys,
      .keys_n = COUNT(keys) },
};

COLLECTOR(asim_native) = {
    .id = "asim-native",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
