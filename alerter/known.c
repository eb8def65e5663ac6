#include "known.h"

#include <stddef.h>

/* The names of IANA's protocol numbers, and what a source's protocol without a name becomes. */
const char *const known_protocols[] = {
    "HOPOPT",
    "ICMP",
    "IGMP",
    "GGP",
    "IPv4",
    "ST",
    "TCP",
    "CBT",
    "EGP",
    "IGP",
    "BBN-RCC-MON",
    "NVP-II",
    "PUP",
    "ARGUS (deprecated)",
    "EMCON",
    "XNET",
    "CHAOS",
    "UDP",
    "MUX",
    "DCN-MEAS",
    "HMP",
    "PRM",
    "XNS-IDP",
    "TRUNK-1",
    "TRUNK-2",
    "LEAF-1",
    "LEAF-2",
    "RDP",
    "IRTP",
    "ISO-TP4",
    "NETBLT",
    "MFE-NSP",
    "MERIT-INP",
    "DCCP",
    "3PC",
    "IDPR",
    "XTP",
    "DDP",
    "IDPR-CMTP",
    "TP++",
    "IL",
    "IPv6",
    "SDRP",
    "IPv6-Route",
    "IPv6-Frag",
    "IDRP",
    "RSVP",
    "GRE",
    "DSR",
    "BNA",
    "ESP",
    "AH",
    "I-NLSP",
    "SWIPE (deprecated)",
    "NARP",
    "MOBILE",
    "TLSP",
    "SKIP",
    "IPv6-ICMP",
    "IPv6-NoNxt",
    "IPv6-Opts",
    "CFTP",
    "SAT-EXPAK",
    "KRYPTOLAN",
    "RVD",
    "IPPC",
    "SAT-MON",
    "VISA",
    "IPCV",
    "CPNX",
    "CPHB",
    "WSN",
    "PVP",
    "BR-SAT-MON",
    "SUN-ND",
    "WB-MON",
    "WB-EXPAK",
    "ISO-IP",
    "VMTP",
    "SECURE-VMTP",
    "VINES",
    "TTP",
    "NSFNET-IGP",
    "DGP",
    "TCF",
    "EIGRP",
    "OSPFIGP",
    "Sprite-RPC",
    "LARP",
    "MTP",
    "AX.25",
    "IPIP",
    "MICP (deprecated)",
    "SCC-SP",
    "ETHERIP",
    "ENCAP",
    "GMTP",
    "IFMP",
    "PNNI",
    "PIM",
    "ARIS",
    "SCPS",
    "QNX",
    "A/N",
    "IPComp",
    "SNP",
    "Compaq-Peer",
    "IPX-in-IP",
    "VRRP",
    "PGM",
    "L2TP",
    "DDX",
    "IATP",
    "STP",
    "SRP",
    "UTI",
    "SMP",
    "SM (deprecated)",
    "PTP",
    "ISIS over IPv4",
    "FIRE",
    "CRTP",
    "CRUDP",
    "SSCOPMCE",
    "IPLT",
    "SPS",
    "PIPE",
    "SCTP",
    "FC",
    "RSVP-E2E-IGNORE",
    "Mobility Header",
    "UDPLite",
    "MPLS-in-IP",
    "manet",
    "HIP",
    "Shim6",
    "WESP",
    "ROHC",
    "Ethernet",
    "Reserved",
    "Unassigned",
    NULL,
};

const char *const known_directions[] = {
    "Inbound", "Outbound", "Local", "External", "Listen", "NA", NULL,
};

const char *const known_actions[] = {
    "Allow",   "Deny",    "Drop",     "Drop ICMP", "Reset", "Reset Source", "Reset Destination",
    "Encrypt", "Decrypt", "VPNroute", NULL,
};

const char *const known_types[] = { "Hunting", "Detection", NULL };
const char *const known_threshold_types[] = { "Static", "Anomaly", NULL };
const char *const known_severities[] = { "High", "Medium", "Low", "Informational", "Disabled", NULL };

/* MITRE ATT&CK, as Microsoft Sentinel writes its tactics. */
const char *const known_tactics[] = {
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
    "PreAttack",
    "ImpairProcessControl",
    "InhibitResponseFunction",
    NULL,
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance with ASCII case ignored; rows of at most KNOWN_TEXT_MAX. */
enum { KNOWN_TEXT_MAX = 64 };

static size_t distance(struct span a, struct span b)
{
    size_t row[KNOWN_TEXT_MAX + 1];
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            bool same = span_equal_nocase(span_of(a.p + i - 1, 1), span_of(b.p + j - 1, 1));
            size_t replaced = diagonal + !same;
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.n];
}

const char *known_nearest(const char *const *names, struct span text)
{
    const char *nearest = NULL;
    text = span_trim(text);
    if (text.n == 0 || text.n > KNOWN_TEXT_MAX)
        return NULL;
    size_t best = least(text.n / 3 + 1, text.n - (text.n > 1)) + 1;
    for (; *names; names++) {
        struct span name = span_text(*names);
        size_t d = name.n > KNOWN_TEXT_MAX ? best : distance(text, name);
        if (d < best) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}
