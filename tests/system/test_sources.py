#!/usr/bin/python3
"""`tidemark sources`: by id, connector or table, in any case, and what each can set."""
import os
import unittest

import harness

# Connectors and tables that the content for port misuse names, and who reads them; empty: explained, read by nobody.
NAMES = {
    "AWSS3": ["aws-vpcflow"], "MicrosoftThreatProtection": ["ms-defender"], "SecurityEvents": ["windows-firewall"],
    "WindowsSecurityEvents": ["windows-firewall"], "WindowsForwardedEvents": ["windows-firewall", "sysmon-windows"],
    "Zscaler": ["zscaler"], "MicrosoftSysmonForLinux": ["sysmon-linux"], "PaloAltoNetworks": ["paloalto"],
    "AzureMonitor(VMInsights)": ["azure-vmconnection"], "AzureFirewall": ["azure-firewall"], "AzureNSG": ["azure-nsg"],
    "CiscoASA": ["cisco-asa"], "CiscoAsaAma": ["cisco-asa"], "Corelight": ["corelight"], "AIVectraStream": ["vectra"],
    "CheckPoint": ["checkpoint"], "Fortinet": ["fortinet"], "CiscoMeraki": ["cisco-meraki"],
    "CiscoMerakiNativePoller": [], "ALERT": [], "Update": [],
    "ASimNetworkSessionLogs": ["asim-native"], "AWSVPCFlow": ["aws-vpcflow"],
    "AZFWIdpsSignature": ["azure-firewall"], "AZFWNatRule": ["azure-firewall"], "AZFWNetworkRule": ["azure-firewall"],
    "AZFWThreatIntel": ["azure-firewall"], "AzureDiagnostics": ["azure-firewall"],
    "AzureNetworkAnalytics_CL": ["azure-nsg"], "CarbonBlackEvents_CL": ["carbonblack"],
    "CarbonBlackNotifications_CL": ["carbonblack"], "CommonSecurityLog": ["paloalto", "fortinet", "checkpoint"],
    "Corelight_CL": ["corelight"], "DeviceNetworkEvents": ["ms-defender"], "Event": ["sysmon-windows"],
    "Illumio_Flow_Events_CL": ["illumio"], "NTANetAnalytics": ["azure-nsg"],
    "NetworkCustomAnalytics_protocol_CL": ["network-summary"], "NetworkSummary_Protocol_CL": ["network-summary"],
    "SecurityEvent": ["windows-firewall"], "SecurityIoTRawEvent": ["defender-iot"], "SentinelOne_CL": ["sentinelone"],
    "Syslog": ["appgate", "cisco-ise", "sysmon-linux", "cisco-meraki", "watchguard"],
    "VMConnection": ["azure-vmconnection"], "VectraStream_CL": ["vectra"],
    "WindowsEvent": ["windows-firewall", "sysmon-windows"], "barracuda_CL": ["barracuda"],
    "meraki_CL": ["cisco-meraki"],
}

# Names that one run is asked for: each run reads the maps of all sources first.
TOGETHER = 12


def is_built(source):
    return os.path.exists(os.path.join(harness.BIN, "tidemark-collector-" + source))


class SourcesTest(harness.SystemTest):
    def test_every_connector_and_table_is_found_by_its_name_in_any_case(self):
        built = {name: [s for s in sources if is_built(s)] for name, sources in NAMES.items()}
        # Those of sources that are not built are left out: a build of some collectors only.
        spelt = {spelling: sources for name, sources in built.items() if sources or not NAMES[name]
                 for spelling in (name, name.swapcase())}
        names = list(spelt)
        for at in range(0, len(names), TOGETHER):
            spellings = names[at:at + TOGETHER]
            out = self.expect(0, "sources", *spellings)[0]
            for spelling in spellings:
                for source in spelt[spelling]:
                    if source != spelling.lower():  # an id is itself
                        with self.subTest(name=spelling, source=source):
                            self.assertIn(f"{spelling} is read by the source {source}.", out)

    def test_names_that_are_no_sources_are_explained(self):
        out = self.expect(0, "sources", "ALERT", "Update", "CiscoMerakiNativePoller")[0]
        for sentence in ("ALERT is no source of sessions", "Update is no source of sessions", "no parser"):
            self.assertIn(sentence, out)
        for name in ("AzureNSG", "AzureDiagnostics"):
            self.assertIn("NTANetAnalytics", self.expect(0, "sources", name)[0])

    def test_the_table_says_what_each_source_can_set(self):
        lines = self.expect(0, "sources")[0].splitlines()
        self.assertEqual("SOURCE TIME PROTOCOL PORT DIRECTION ACTION APP FORMS CONNECTORS TABLES TITLE",
                         " ".join(lines[0].split()))
        rows = {line.split()[0]: line.split() for line in lines[1:lines.index("")]}
        self.assertEqual(["yes", "yes", "yes", "yes", "-", "-"], rows["corelight"][1:7])
        self.assertEqual(["native,native-csv,native-json,table,table-csv"], rows["paloalto"][7:8])

    def test_one_source_says_what_it_takes_and_how_to_read_it(self):
        for name in ("paloalto", "PaloAlto"):
            out = self.expect(0, "sources", name)[0]
            for part in ("Sessions: ", "ASIM fields:", "What differs", "Forms ", "tidemark hunt paloalto=FILE"):
                self.assertIn(part, out)

    def test_an_unknown_name_gets_the_nearest_one(self):
        self.assertIn("did you mean paloalto?", self.expect(64, "sources", "paloalt")[1])


if __name__ == "__main__":
    unittest.main()
