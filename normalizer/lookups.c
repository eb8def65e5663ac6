#include "lookups.h"

#include "common/number.h"
#include "fold.h"

#define T(text)                                                                                                        \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

const struct span lookup_names[LOOKUP_COUNT] = {
    [LOOKUP_PROTOCOL_NUMBER] = T("protocol_number"),
    [LOOKUP_PROTOCOL] = T("protocol"),
    [LOOKUP_ICMP_TYPE] = T("icmp_type"),
    [LOOKUP_ACTION_RESULT] = T("action_result"),
    [LOOKUP_ACTION_SEVERITY] = T("action_severity"),
};

static const struct span protocols[LOOKUP_PROTOCOLS] = {
    T("HOPOPT"),
    T("ICMP"),
    T("IGMP"),
    T("GGP"),
    T("IPv4"),
    T("ST"),
    T("TCP"),
    T("CBT"),
    T("EGP"),
    T("IGP"),
    T("BBN-RCC-MON"),
    T("NVP-II"),
    T("PUP"),
    T("ARGUS (deprecated)"),
    T("EMCON"),
    T("XNET"),
    T("CHAOS"),
    T("UDP"),
    T("MUX"),
    T("DCN-MEAS"),
    T("HMP"),
    T("PRM"),
    T("XNS-IDP"),
    T("TRUNK-1"),
    T("TRUNK-2"),
    T("LEAF-1"),
    T("LEAF-2"),
    T("RDP"),
    T("IRTP"),
    T("ISO-TP4"),
    T("NETBLT"),
    T("MFE-NSP"),
    T("MERIT-INP"),
    T("DCCP"),
    T("3PC"),
    T("IDPR"),
    T("XTP"),
    T("DDP"),
    T("IDPR-CMTP"),
    T("TP++"),
    T("IL"),
    T("IPv6"),
    T("SDRP"),
    T("IPv6-Route"),
    T("IPv6-Frag"),
    T("IDRP"),
    T("RSVP"),
    T("GRE"),
    T("DSR"),
    T("BNA"),
    T("ESP"),
    T("AH"),
    T("I-NLSP"),
    T("SWIPE (deprecated)"),
    T("NARP"),
    T("MOBILE"),
    T("TLSP"),
    T("SKIP"),
    T("IPv6-ICMP"),
    T("IPv6-NoNxt"),
    T("IPv6-Opts"),
    T(""),
    T("CFTP"),
    T(""),
    T("SAT-EXPAK"),
    T("KRYPTOLAN"),
    T("RVD"),
    T("IPPC"),
    T(""),
    T("SAT-MON"),
    T("VISA"),
    T("IPCV"),
    T("CPNX"),
    T("CPHB"),
    T("WSN"),
    T("PVP"),
    T("BR-SAT-MON"),
    T("SUN-ND"),
    T("WB-MON"),
    T("WB-EXPAK"),
    T("ISO-IP"),
    T("VMTP"),
    T("SECURE-VMTP"),
    T("VINES"),
    T("TTP"),
    T("NSFNET-IGP"),
    T("DGP"),
    T("TCF"),
    T("EIGRP"),
    T("OSPFIGP"),
    T("Sprite-RPC"),
    T("LARP"),
    T("MTP"),
    T("AX.25"),
    T("IPIP"),
    T("MICP (deprecated)"),
    T("SCC-SP"),
    T("ETHERIP"),
    T("ENCAP"),
    T(""),
    T("GMTP"),
    T("IFMP"),
    T("PNNI"),
    T("PIM"),
    T("ARIS"),
    T("SCPS"),
    T("QNX"),
    T("A/N"),
    T("IPComp"),
    T("SNP"),
    T("Compaq-Peer"),
    T("IPX-in-IP"),
    T("VRRP"),
    T("PGM"),
    T(""),
    T("L2TP"),
    T("DDX"),
    T("IATP"),
    T("STP"),
    T("SRP"),
    T("UTI"),
    T("SMP"),
    T("SM (deprecated)"),
    T("PTP"),
    T("ISIS over IPv4"),
    T("FIRE"),
    T("CRTP"),
    T("CRUDP"),
    T("SSCOPMCE"),
    T("IPLT"),
    T("SPS"),
    T("PIPE"),
    T("SCTP"),
    T("FC"),
    T("RSVP-E2E-IGNORE"),
    T("Mobility Header"),
    T("UDPLite"),
    T("MPLS-in-IP"),
    T("manet"),
    T("HIP"),
    T("Shim6"),
    T("WESP"),
    T("ROHC"),
    T("Ethernet"),
    [255] = T("Reserved"),
};

static const struct span icmp_types[256] = {
    [0] = T("Echo Reply"),
    [3] = T("Destination Unreachable"),
    [4] = T("Source Quench (Deprecated)"),
    [5] = T("Redirect"),
    [6] = T("Alternate Host Address (Deprecated)"),
    [8] = T("Echo"),
    [9] = T("Router Advertisement"),
    [10] = T("Router Solicitation"),
    [11] = T("Time Exceeded"),
    [12] = T("Parameter Problem"),
    [13] = T("Timestamp"),
    [14] = T("Timestamp Reply"),
    [15] = T("Information Request (Deprecated)"),
    [16] = T("Information Reply (Deprecated)"),
    [17] = T("Address Mask Request (Deprecated)"),
    [18] = T("Address Mask Reply (Deprecated)"),
    [19] = T("Reserved (for Security)"),
    [20] = T("Reserved (for Robustness Experiment)"),
    [21] = T("Reserved (for Robustness Experiment)"),
    [22] = T("Reserved (for Robustness Experiment)"),
    [23] = T("Reserved (for Robustness Experiment)"),
    [24] = T("Reserved (for Robustness Experiment)"),
    [25] = T("Reserved (for Robustness Experiment)"),
    [26] = T("Reserved (for Robustness Experiment)"),
    [27] = T("Reserved (for Robustness Experiment)"),
    [28] = T("Reserved (for Robustness Experiment)"),
    [29] = T("Reserved (for Robustness Experiment)"),
    [30] = T("Traceroute (Deprecated)"),
    [31] = T("Datagram Conversion Error (Deprecated)"),
    [32] = T("Mobile Host Redirect (Deprecated)"),
    [33] = T("IPv6 Where-Are-You (Deprecated)"),
    [34] = T("IPv6 I-Am-Here (Deprecated)"),
    [35] = T("Mobile Registration Request (Deprecated)"),
    [36] = T("Mobile Registration Reply (Deprecated)"),
    [37] = T("Domain Name Request (Deprecated)"),
    [38] = T("Domain Name Reply (Deprecated)"),
    [39] = T("SKIP (Deprecated)"),
    [40] = T("Photuris"),
    [41] = T("ICMP messages utilized by experimental mobility protocols such as Seamoby"),
    [42] = T("Extended Echo Request"),
    [43] = T("Extended Echo Reply"),
    [253] = T("RFC3692-style Experiment 1"),
    [254] = T("RFC3692-style Experiment 2"),
    [255] = T("Reserved"),
};

/* Actions that keep a session from happening. */
static const struct span failures[] = { T("Deny"),  T("Drop"),         T("Drop ICMP"),
                                        T("Reset"), T("Reset Source"), T("Reset Destination") };

static const struct span unassigned = T("Unassigned");

struct span lookup_protocol_name(unsigned number)
{
    return number < LOOKUP_PROTOCOLS ? protocols[number] : (struct span){ NULL, 0 };
}

static bool number_below_256(struct span text, unsigned *out)
{
    int64_t n;
    if (!number_parse_whole(text, &n) || n < 0 || n > 255)
        return false;
    *out = (unsigned)n;
    return true;
}

static bool is_failure(struct span action)
{
    for (unsigned i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (span_equal(action, failures[i]))
            return true;
    return false;
}

bool lookup_find(enum lookup which, struct span text, struct span *out)
{
    unsigned n;
    switch (which) {
    case LOOKUP_PROTOCOL_NUMBER:
        *out = number_below_256(text, &n) ? protocols[n] : (struct span){ NULL, 0 };
        return out->n > 0;
    case LOOKUP_PROTOCOL:
        *out = number_below_256(text, &n) ? protocols[n] : fold_known(FOLD_PROTOCOL, text);
        if (out->n == 0)
            *out = unassigned;
        return text.n > 0;
    case LOOKUP_ICMP_TYPE:
        *out = number_below_256(text, &n) ? icmp_types[n] : unassigned;
        if (out->n == 0)
            *out = unassigned;
        return text.n > 0;
    case LOOKUP_ACTION_RESULT:
        *out = is_failure(text) ? SPAN_LITERAL("Failure") : SPAN_LITERAL("Success");
        return true;
    case LOOKUP_ACTION_SEVERITY:
        *out = is_failure(text) ? SPAN_LITERAL("Low") : SPAN_LITERAL("Informational");
        return true;
    case LOOKUP_COUNT:
        break;
    }
    return false;
}
