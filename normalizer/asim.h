/* The fields of the ASIM NetworkSession schema: names, types, and the order in which sessions are printed (that of the
 * schema's documentation: common fields, device, network, destination, source, inspection, matching).
 *
 * source: Microsoft Sentinel, "ASIM Network Session normalization schema reference", schema 0.2.6.
 */
#ifndef TIDEMARK_NORMALIZER_ASIM_H
#define TIDEMARK_NORMALIZER_ASIM_H

#include "common/span.h"

enum asim_type {
    ASIM_STRING,
    ASIM_INT,
    ASIM_PORT, /* an int of 0 to 65535, else empty */
    ASIM_LONG,
    ASIM_REAL,
    ASIM_DATETIME,
    ASIM_BOOL
};

#define ASIM_FIELDS(X)                                                                                                 \
    X(TimeGenerated, DATETIME)                                                                                         \
    X(EventMessage, STRING)                                                                                            \
    X(EventCount, INT)                                                                                                 \
    X(EventStartTime, DATETIME)                                                                                        \
    X(EventEndTime, DATETIME)                                                                                          \
    X(EventType, STRING)                                                                                               \
    X(EventSubType, STRING)                                                                                            \
    X(EventResult, STRING)                                                                                             \
    X(EventResultDetails, STRING)                                                                                      \
    X(EventUid, STRING)                                                                                                \
    X(EventOriginalUid, STRING)                                                                                        \
    X(EventOriginalType, STRING)                                                                                       \
    X(EventOriginalSubType, STRING)                                                                                    \
    X(EventOriginalResultDetails, STRING)                                                                              \
    X(EventSeverity, STRING)                                                                                           \
    X(EventOriginalSeverity, STRING)                                                                                   \
    X(EventProduct, STRING)                                                                                            \
    X(EventProductVersion, STRING)                                                                                     \
    X(EventVendor, STRING)                                                                                             \
    X(EventSchema, STRING)                                                                                             \
    X(EventSchemaVersion, STRING)                                                                                      \
    X(EventReportUrl, STRING)                                                                                          \
    X(EventOwner, STRING)                                                                                              \
    X(Dvc, STRING)                                                                                                     \
    X(DvcIpAddr, STRING)                                                                                               \
    X(DvcHostname, STRING)                                                                                             \
    X(DvcDomain, STRING)                                                                                               \
    X(DvcDomainType, STRING)                                                                                           \
    X(DvcFQDN, STRING)                                                                                                 \
    X(DvcDescription, STRING)                                                                                          \
    X(DvcId, STRING)                                                                                                   \
    X(DvcIdType, STRING)                                                                                               \
    X(DvcMacAddr, STRING)                                                                                              \
    X(DvcZone, STRING)                                                                                                 \
    X(DvcOs, STRING)                                                                                                   \
    X(DvcOsVersion, STRING)                                                                                            \
    X(DvcAction, STRING)                                                                                               \
    X(DvcOriginalAction, STRING)                                                                                       \
    X(DvcInterface, STRING)                                                                                            \
    X(DvcInboundInterface, STRING)                                                                                     \
    X(DvcOutboundInterface, STRING)                                                                                    \
    X(DvcScope, STRING)                                                                                                \
    X(DvcScopeId, STRING)                                                                                              \
    X(DvcSubscriptionId, STRING)                                                                                       \
    X(DvcEntityKey, STRING)                                                                                            \
    X(AdditionalFields, STRING)                                                                                        \
    X(AdditionalEntities, STRING)                                                                                      \
    X(NetworkApplicationProtocol, STRING)                                                                              \
    X(NetworkProtocol, STRING)                                                                                         \
    X(NetworkProtocolVersion, STRING)                                                                                  \
    X(NetworkDirection, STRING)                                                                                        \
    X(NetworkDuration, INT)                                                                                            \
    X(Duration, INT)                                                                                                   \
    X(NetworkIcmpType, STRING)                                                                                         \
    X(NetworkIcmpCode, INT)                                                                                            \
    X(NetworkConnectionHistory, STRING)                                                                                \
    X(DstBytes, LONG)                                                                                                  \
    X(SrcBytes, LONG)                                                                                                  \
    X(NetworkBytes, LONG)                                                                                              \
    X(DstPackets, LONG)                                                                                                \
    X(SrcPackets, LONG)                                                                                                \
    X(NetworkPackets, LONG)                                                                                            \
    X(NetworkSessionId, STRING)                                                                                        \
    X(SessionId, STRING)                                                                                               \
    X(TcpFlagsAck, BOOL)                                                                                               \
    X(TcpFlagsFin, BOOL)                                                                                               \
    X(TcpFlagsSyn, BOOL)                                                                                               \
    X(TcpFlagsUrg, BOOL)                                                                                               \
    X(TcpFlagsPsh, BOOL)                                                                                               \
    X(TcpFlagsRst, BOOL)                                                                                               \
    X(TcpFlagsEce, BOOL)                                                                                               \
    X(TcpFlagsCwr, BOOL)                                                                                               \
    X(TcpFlagsNs, BOOL)                                                                                                \
    X(Dst, STRING)                                                                                                     \
    X(DstIpAddr, STRING)                                                                                               \
    X(DstPortNumber, PORT)                                                                                             \
    X(DstHostname, STRING)                                                                                             \
    X(DstDomain, STRING)                                                                                               \
    X(DstDomainType, STRING)                                                                                           \
    X(DstFQDN, STRING)                                                                                                 \
    X(DstDescription, STRING)                                                                                          \
    X(DstDvcId, STRING)                                                                                                \
    X(DstDvcIdType, STRING)                                                                                            \
    X(DstDvcScopeId, STRING)                                                                                           \
    X(DstDvcScope, STRING)                                                                                             \
    X(DstDeviceType, STRING)                                                                                           \
    X(DstZone, STRING)                                                                                                 \
    X(DstInterfaceName, STRING)                                                                                        \
    X(DstInterfaceGuid, STRING)                                                                                        \
    X(DstMacAddr, STRING)                                                                                              \
    X(DstVlanId, STRING)                                                                                               \
    X(OuterVlanId, STRING)                                                                                             \
    X(DstSubscriptionId, STRING)                                                                                       \
    X(DstGeoCountry, STRING)                                                                                           \
    X(DstGeoRegion, STRING)                                                                                            \
    X(DstGeoCity, STRING)                                                                                              \
    X(DstGeoLatitude, REAL)                                                                                            \
    X(DstGeoLongitude, REAL)                                                                                           \
    X(DstSystemEntityKey, STRING)                                                                                      \
    X(DstUserId, STRING)                                                                                               \
    X(DstUserIdType, STRING)                                                                                           \
    X(DstUserScope, STRING)                                                                                            \
    X(DstUserScopeId, STRING)                                                                                          \
    X(DstUsername, STRING)                                                                                             \
    X(User, STRING)                                                                                                    \
    X(DstUsernameType, STRING)                                                                                         \
    X(DstUserType, STRING)                                                                                             \
    X(DstOriginalUserType, STRING)                                                                                     \
    X(DstSimpleUsername, STRING)                                                                                       \
    X(DstWindowsUsername, STRING)                                                                                      \
    X(DstDNUsername, STRING)                                                                                           \
    X(DstUserAadId, STRING)                                                                                            \
    X(DstUserAWSId, STRING)                                                                                            \
    X(DstUserOktaId, STRING)                                                                                           \
    X(DstUserPuid, STRING)                                                                                             \
    X(DstUserSid, STRING)                                                                                              \
    X(DstUserUid, STRING)                                                                                              \
    X(DstUserUpn, STRING)                                                                                              \
    X(DstUserAdditionalIds, STRING)                                                                                    \
    X(DstUserEntityKey, STRING)                                                                                        \
    X(DstAppName, STRING)                                                                                              \
    X(DstAppId, STRING)                                                                                                \
    X(DstAppType, STRING)                                                                                              \
    X(DstApplicationEntityKey, STRING)                                                                                 \
    X(DstProcessName, STRING)                                                                                          \
    X(Process, STRING)                                                                                                 \
    X(DstProcessId, STRING)                                                                                            \
    X(DstProcessGuid, STRING)                                                                                          \
    X(Src, STRING)                                                                                                     \
    X(SrcIpAddr, STRING)                                                                                               \
    X(SrcPortNumber, PORT)                                                                                             \
    X(SrcHostname, STRING)                                                                                             \
    X(SrcDomain, STRING)                                                                                               \
    X(SrcDomainType, STRING)                                                                                           \
    X(SrcFQDN, STRING)                                                                                                 \
    X(SrcDescription, STRING)                                                                                          \
    X(SrcDvcId, STRING)                                                                                                \
    X(SrcDvcIdType, STRING)                                                                                            \
    X(SrcDvcScopeId, STRING)                                                                                           \
    X(SrcDvcScope, STRING)                                                                                             \
    X(SrcDeviceType, STRING)                                                                                           \
    X(SrcZone, STRING)                                                                                                 \
    X(SrcInterfaceName, STRING)                                                                                        \
    X(SrcInterfaceGuid, STRING)                                                                                        \
    X(SrcMacAddr, STRING)                                                                                              \
    X(SrcVlanId, STRING)                                                                                               \
    X(InnerVlanId, STRING)                                                                                             \
    X(SrcSubscriptionId, STRING)                                                                                       \
    X(SrcGeoCountry, STRING)                                                                                           \
    X(SrcGeoRegion, STRING)                                                                                            \
    X(SrcGeoCity, STRING)                                                                                              \
    X(SrcGeoLatitude, REAL)                                                                                            \
    X(SrcGeoLongitude, REAL)                                                                                           \
    X(SrcSystemEntityKey, STRING)                                                                                      \
    X(SrcUserId, STRING)                                                                                               \
    X(SrcUserIdType, STRING)                                                                                           \
    X(SrcUserScope, STRING)                                                                                            \
    X(SrcUserScopeId, STRING)                                                                                          \
    X(SrcUsername, STRING)                                                                                             \
    X(SrcUsernameType, STRING)                                                                                         \
    X(SrcUserType, STRING)                                                                                             \
    X(SrcOriginalUserType, STRING)                                                                                     \
    X(SrcUserAdditionalIds, STRING)                                                                                    \
    X(SrcUserEntityKey, STRING)                                                                                        \
    X(SrcAppName, STRING)                                                                                              \
    X(SrcAppId, STRING)                                                                                                \
    X(SrcAppType, STRING)                                                                                              \
    X(SrcApplicationEntityKey, STRING)                                                                                 \
    X(SrcProcessName, STRING)                                                                                          \
    X(SrcProcessId, STRING)                                                                                            \
    X(SrcProcessGuid, STRING)                                                                                          \
    X(LocalAppName, STRING)                                                                                            \
    X(RemoteAppName, STRING)                                                                                           \
    X(Hostname, STRING)                                                                                                \
    X(IpAddr, STRING)                                                                                                  \
    X(DstNatIpAddr, STRING)                                                                                            \
    X(DstNatPortNumber, PORT)                                                                                          \
    X(SrcNatIpAddr, STRING)                                                                                            \
    X(SrcNatPortNumber, PORT)                                                                                          \
    X(NetworkRuleName, STRING)                                                                                         \
    X(NetworkRuleNumber, INT)                                                                                          \
    X(Rule, STRING)                                                                                                    \
    X(ThreatId, STRING)                                                                                                \
    X(ThreatName, STRING)                                                                                              \
    X(ThreatCategory, STRING)                                                                                          \
    X(ThreatRiskLevel, INT)                                                                                            \
    X(ThreatOriginalRiskLevel, STRING)                                                                                 \
    X(ThreatIpAddr, STRING)                                                                                            \
    X(ThreatField, STRING)                                                                                             \
    X(ThreatConfidence, INT)                                                                                           \
    X(ThreatOriginalConfidence, STRING)                                                                                \
    X(ThreatIsActive, BOOL)                                                                                            \
    X(ThreatFirstReportedTime, DATETIME)                                                                               \
    X(ThreatLastReportedTime, DATETIME)                                                                                \
    X(ASimMatchingIpAddr, STRING)                                                                                      \
    X(ASimMatchingHostname, STRING)

/* ASIM_TimeGenerated = 0, …, ASIM_COUNT. */
#define ASIM_ENUMERATOR(name, type) ASIM_##name,
enum asim_index { ASIM_FIELDS(ASIM_ENUMERATOR) ASIM_COUNT };
#undef ASIM_ENUMERATOR

struct asim_field {
    struct span name;
    enum asim_type type;
};

extern const struct asim_field asim_fields[ASIM_COUNT];

/* Index of the field of exactly that name, or -1. */
int asim_find(struct span name);

#endif
