#!/usr/bin/python3
"""`tidemark coverage`: its numbers against a count over what `tidemark normalize` prints, and what it says and refuses."""
import collections
import json
import os
import random
import signal
import subprocess

import harness
import vpc

FIELDS = ("DstPortNumber", "NetworkProtocol", "NetworkDirection", "DvcAction", "DstAppName")
FILTERS = (("NetworkProtocol", 2), ("NetworkDirection", 3), ("DvcAction", 4))


def row(ports, protocol="*", direction="*", action="*", app="*", threshold="0", kind="Hunting", name="A name"):
    return f'"{ports}","{app}","{protocol}","{direction}","{action}",{kind},Static,{threshold},Low,Impact,{name},Why'


def session(**fields):
    return json.dumps(dict({"TimeGenerated": "2026-01-01T10:05:00Z", "EventProduct": "P", "EventVendor": "V",
                            "EventSchema": "NetworkSession"}, **fields)) + "\n"


class CoverageTest(harness.SystemTest):
    def coverage(self, *arguments, code=0, **more):
        """({source: its object}, {line: row of the watchlist}, stderr)."""
        out, err = self.expect(code, "coverage", "--format", "json", *arguments, **more)
        objects = harness.json_lines(out)
        rows = objects.pop()
        self.assertEqual(["watchlist", "rows"], list(rows))
        return {o["source"]: o for o in objects}, {r["line"]: r for r in rows["rows"]}, err

    def normalized(self, *inputs):
        """Sessions as they are counted: known values in their own case."""
        sessions = harness.json_lines(self.expect(0, "normalize", *inputs)[0])
        known = {"tcp": "TCP", "deny": "Deny"}
        return [{key: known.get(value, value) for key, value in s.items() if key in FIELDS} for s in sessions]

    def rows_of(self, source):
        return {r["line"]: r for r in source["rows"]}

    def field(self, source, name):
        return next(f for f in source["fields"] if f["field"] == name)

    # ---------------------------------------------------------------- numbers

    def assert_fields(self, source, sessions):
        """Every number of its fields is that of the sessions."""
        with_port = [s for s in sessions if "DstPortNumber" in s]
        self.assertEqual(len(sessions), source["account"]["sessions"])
        self.assertEqual(len(sessions) - len(with_port), source["account"]["without_port"])
        self.assertEqual(len(with_port), source["counted"])
        self.assertEqual(list(FIELDS), [f["field"] for f in source["fields"]])
        for name in FIELDS:
            counted = sessions if name == "DstPortNumber" else with_port
            values = collections.Counter(str(s[name]) for s in counted if name in s)
            field = self.field(source, name)
            self.assertEqual((sum(values.values()), len(counted) - sum(values.values()), len(values)),
                             (field["set"], field["empty"], field["distinct"]), name)
            self.assertEqual(dict(values), {v["value"]: v["sessions"] for v in field["values"]}, name)
            sums = [v["sessions"] for v in field["values"]]
            self.assertEqual(sorted(sums, reverse=True), sums)
            self.assertEqual(0, field["sessions_of_other_values"])

    def assert_rows(self, source, sessions, rows, star_only=False):
        """Every row's numbers are what a plain reading of its cells gives; cells hold whole values only."""
        told = self.rows_of(source)
        for line, cells in enumerate(rows, 2):
            on_ports = [s for s in sessions if str(s.get("DstPortNumber")) in cells[0].split(",")]
            def passes(s, name, at):
                value = s.get(name, "")
                return cells[at] == "*" or (value.lower() in cells[at].lower().split(",") if value else not star_only)
            accepted = [s for s in on_ports if all(passes(s, *f) for f in FILTERS)]
            certain = [s for s in accepted if all(cells[at] == "*" or name in s for name, at in FILTERS)]
            verdict = "can_fire" if accepted else "rejected" if on_ports else "ports_absent"
            self.assertEqual((verdict, len(on_ports), len(accepted), len(certain)),
                             (told[line]["verdict"], told[line]["sessions_on_ports"], told[line]["accepted"],
                              told[line]["accepted_by_value"]), f"line {line}: {cells}")
            rejected = {name: [s for s in on_ports if not passes(s, name, at)] for name, at in FILTERS}
            expected = {name: (len(of), sum(name not in s for s in of), collections.Counter(s[name] for s in of if name in s))
                        for name, of in rejected.items() if of} if verdict == "rejected" else {}
            self.assertEqual(expected, {r["field"]: (r["sessions"], r["without_value"],
                                                     {v["value"]: v["sessions"] for v in r["values"]})
                                        for r in told[line].get("rejected_by", [])}, f"line {line}: {cells}")

    def test_every_number_is_that_of_the_normalized_sessions(self):
        chance = random.Random(7)
        def some(*values):
            value = chance.choice(values)
            return {} if value is None else value
        lines = []
        for _ in range(400):
            fields = {"DstPortNumber": some(22, 23, 53, 443, 3389, 0, 65535, None),
                      "NetworkProtocol": some("TCP", "tcp", "UDP", "Odd, \"name\"", None),
                      "NetworkDirection": some("Inbound", "Outbound", None, None),
                      "DvcAction": some("Allow", "deny", "Drop ICMP", None), "DstAppName": some("ssh", None)}
            lines.append(session(**{k: v for k, v in fields.items() if v != {}}))
        self.write("s.jsonl", "".join(lines))
        cells = [(ports, "*", protocol, direction, action) for ports in ("22", "23,53", "3389", "0", "65535", "8443")
                 for protocol in ("*", "TCP", "SCTP") for direction in ("*", "Inbound", "Local")
                 for action in ("*", "Allow", "Deny,Reset")]
        watchlist = self.watchlist(*(row(c[0], c[2], c[3], c[4]) for c in cells))
        sessions = self.normalized("asim-native=s.jsonl")
        for matches in ("all", "star-only"):
            sources, rows, _ = self.coverage("-w", watchlist, "--top", "100", "--empty-matches", matches, "asim-native=s.jsonl")
            self.assert_fields(sources["asim-native"], sessions)
            self.assert_rows(sources["asim-native"], sessions, cells, matches == "star-only")
            told = self.rows_of(sources["asim-native"])
            for line, one in rows.items():
                self.assertEqual(["asim-native"] if told[line]["verdict"] == "can_fire" else [], one["can_fire_on"])

    def test_it_agrees_with_what_hunt_counts_and_finds(self):
        self.write("flows.log", "".join(vpc.mixed(3000)))
        cells = [(str(port), "*", protocol, "*", action) for port in (22, 23, 53, 80, 443, 0, 65535, 9)
                 for protocol in ("TCP", "UDP", "ICMP") for action in ("Allow", "Deny", "Drop")]
        watchlist = self.watchlist(*(row(c[0], c[2], c[3], c[4]) for c in cells))
        sources, rows, _ = self.coverage("-w", watchlist, "--top", "100", "aws-vpcflow=flows.log")
        out, err = self.expect(0, "hunt", "-w", watchlist, "--format", "json", "aws-vpcflow=flows.log")
        account = sources["aws-vpcflow"]["account"]
        self.assert_accounted(err, "aws-vpcflow", **{key: account[key] for key in (
            "read", "sessions", "skipped", "malformed", "over_limit", "without_port")})
        self.assert_fields(sources["aws-vpcflow"], self.normalized("aws-vpcflow=flows.log"))
        fired = {r["Line"] for result in harness.json_lines(out) for r in result["Rows"]}
        self.assertEqual(fired, {line for line, one in rows.items() if one["can_fire_on"]})
        self.assertTrue(fired)

    def test_several_inputs_of_a_source_are_one_and_sources_are_apart(self):
        self.write("a/1.log", vpc.line(port=22) * 3)
        self.write("b.log", vpc.line(port=23, action="ACCEPT"))
        self.write("s.jsonl", session(DstPortNumber=23, DvcAction="Allow") * 5)
        watchlist = self.watchlist(row("22"), row("23"), row("23", action="Deny"))
        sources, rows, _ = self.coverage("-w", watchlist, "aws-vpcflow=a", "asim-native=s.jsonl", "aws-vpcflow=b.log")
        self.assertEqual(["aws-vpcflow", "asim-native"], list(sources))
        self.assertEqual((4, 5), (sources["aws-vpcflow"]["counted"], sources["asim-native"]["counted"]))
        self.assertEqual([["aws-vpcflow"], ["aws-vpcflow", "asim-native"], []], [rows[n]["can_fire_on"] for n in (2, 3, 4)])
        auto = self.coverage("-w", watchlist, "auto=a", "auto=s.jsonl", "auto=b.log")
        self.assertEqual((sources, rows), auto[:2])

    def test_standard_input_is_read(self):
        sources, _, _ = self.coverage("aws-vpcflow=-", input=(vpc.line() * 3).encode())
        self.assertEqual(3, sources["aws-vpcflow"]["counted"])

    def test_counts_of_summaries_and_events_weigh(self):
        self.write("s.jsonl", session(DstPortNumber=22, EventCount=7) + session(DstPortNumber=23, EventCount=2) + session())
        plain, weighed = (self.coverage("--weight", weight, "asim-native=s.jsonl")[0]["asim-native"]
                          for weight in ("rows", "event-count"))
        self.assertEqual((2, 9), (plain["counted"], weighed["counted"]))
        for source in (plain, weighed):
            port = self.field(source, "DstPortNumber")
            self.assertEqual((2, 1), (port["set"], port["empty"]))
        self.assertEqual([("22", 7), ("23", 2)],
                         [(v["value"], v["sessions"]) for v in self.field(weighed, "DstPortNumber")["values"]])

    def test_the_first_values_are_shown_and_the_others_counted(self):
        self.write("flows.log", "".join(vpc.line(port=port) * (port - 20) for port in range(21, 30)))
        source = self.coverage("--top", "2", "aws-vpcflow=flows.log")[0]["aws-vpcflow"]
        port = self.field(source, "DstPortNumber")
        self.assertEqual([("29", 9), ("28", 8)], [(v["value"], v["sessions"]) for v in port["values"]])
        self.assertEqual((9, sum(range(1, 8))), (port["distinct"], port["sessions_of_other_values"]))
        self.assertIn("29 (9), 28 (8), 7 more (28)", self.expect(0, "coverage", "--top", "2", "aws-vpcflow=flows.log")[0])

    # ---------------------------------------------------------------- what the page says

    def test_never_is_told_from_not_here(self):
        self.write("conn.log", "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n"
                               + "1767261600.5\tC1\t10.20.0.1\t40000\t192.0.2.7\t22\ttcp\n" * 3)
        self.write("flows.log", vpc.line() * 2)
        sources, _, _ = self.coverage("corelight=conn.log", "aws-vpcflow=flows.log")
        self.assertFalse(self.field(sources["corelight"], "DvcAction")["can_be_set"])
        self.assertTrue(self.field(sources["aws-vpcflow"], "NetworkDirection")["can_be_set"])
        watchlist = self.watchlist(row("22", action="Allow"))
        out = self.expect(0, "coverage", "-w", watchlist, "--empty-matches", "star-only", "corelight=conn.log", "aws-vpcflow=flows.log")[0]
        lines = {" ".join(line.split()) for line in out.splitlines()}
        for expected in ("DvcAction 0 0.0 % 3 100.0 % this source never sets it",
                         "NetworkDirection 0 0.0 % 2 100.0 % not set in these files",
                         '2 22 ssh 3 Action "Allow" rejects (none) (3), as this source never sets DvcAction',
                         '2 22 ssh 2 Action "Allow" rejects Deny (2)'):
            self.assertIn(expected, lines)
        out = self.expect(0, "coverage", "-w", watchlist, "corelight=conn.log")[0]
        self.assertIn("Can fire only because an empty value passes", out)
        self.assertIn("    DvcAction (2)\n", out)

    def test_rows_that_take_no_part_say_why(self):
        watchlist = self.watchlist(row("22", threshold="many"), row("22", kind="Detection"), row("*"), row("22", kind="Hunt"),
                                   row("22").replace("Low", "Disabled"), row("22").replace("Static", "Anomaly"))
        self.write("flows.log", vpc.line())
        out, err = self.expect(0, "coverage", "-w", watchlist, "aws-vpcflow=flows.log")
        for expected in ("inactive: no threshold (2)", "of type Detection (3)", "inactive: unknown type (5)", "disabled (6)",
                         "not evaluated: Anomaly (7)", "1 cannot fire: they name no port", "none (4)"):
            self.assertIn(expected, out)
        self.assertEqual("", err)
        _, rows, _ = self.coverage("-w", watchlist, "--type", "all", "aws-vpcflow=flows.log")
        self.assertEqual([3, 4], [line for line, one in rows.items() if one["takes_part"]])

    def test_a_threshold_that_all_sessions_together_do_not_exceed_is_named(self):
        self.write("flows.log", vpc.line(0) + vpc.line(1300) * 2 + vpc.line(port=23))
        self.write("s.jsonl", session(DstPortNumber=23))
        watchlist = self.watchlist(row("22", threshold="3"), row("22", threshold="2"), row("23", threshold="1"), row("80", threshold="9"))
        lines = self.expect(0, "coverage", "-w", watchlist, "aws-vpcflow=flows.log", "asim-native=s.jsonl")[0].splitlines()
        at = lines.index("  Of those, on too few sessions for their threshold in these files, PORTS (LINE):")
        self.assertEqual("    22 ssh (2)", lines[at + 1])
        sources, _, _ = self.coverage("-w", watchlist, "aws-vpcflow=flows.log")
        self.assertEqual([3, 2, 1, 9], [r["threshold"] for r in sources["aws-vpcflow"]["rows"]])

    def test_applications_matter_when_they_are_matched(self):
        self.write("s.jsonl", session(DstPortNumber=22, DstAppName="telnet") * 4)
        watchlist = self.watchlist(row("22", app="ssh"))
        self.assertEqual(["asim-native"], self.coverage("-w", watchlist, "asim-native=s.jsonl")[1][2]["can_fire_on"])
        sources, rows, _ = self.coverage("-w", watchlist, "--app", "match", "asim-native=s.jsonl")
        self.assertEqual([], rows[2]["can_fire_on"])
        (rejected,) = self.rows_of(sources["asim-native"])[2]["rejected_by"]
        self.assertEqual(("DstAppName", "ssh", 4, [{"value": "telnet", "sessions": 4}]),
                         (rejected["field"], rejected["filter"], rejected["sessions"], rejected["values"]))

    def test_hostile_values_do_not_reach_the_terminal(self):
        self.write("s.jsonl", session(DstPortNumber=22, DvcAction="\x1b[2J\nAllow", NetworkProtocol="a,\"b\r\n", DstAppName="x" * 200000))
        out = self.expect(0, "coverage", "asim-native=s.jsonl")[0]
        self.assertNotIn("\x1b", out)
        self.assertIn("\\u{1b}[2J\\nAllow (1)", out)
        source = self.coverage("asim-native=s.jsonl")[0]["asim-native"]
        self.assertEqual("\x1b[2J\nAllow", self.field(source, "DvcAction")["values"][0]["value"])

    def test_no_session_is_said(self):
        self.write("empty.log", "")
        self.write("skipped.log", vpc.line(status="NODATA") * 2)
        self.write("portless.jsonl", session(NetworkProtocol="ICMP") * 2)
        for argument, expected in (("aws-vpcflow=empty.log", "No session in these files:"),
                                   ("aws-vpcflow=skipped.log", "No session in these files:"),
                                   ("asim-native=portless.jsonl", "No session in these files has a port:")):
            self.assertIn(expected, self.expect(0, "coverage", argument)[0])
            (source,) = self.coverage(argument)[0].values()
            self.assertEqual({"ports_absent"}, {r["verdict"] for r in source["rows"]})

    # ---------------------------------------------------------------- what is refused

    def test_what_cannot_be_read_ends_it_before_anything_is_printed(self):
        self.write("flows.log", vpc.line())
        out, err = self.expect(66, "coverage", "aws-vpcflow=flows.log", "asim-native=nowhere.jsonl")
        self.assertEqual("", out)
        self.assertIn("nowhere.jsonl: cannot be read", err)
        sources, _, _ = self.coverage("--keep-going", "asim-native=nowhere.jsonl", "aws-vpcflow=flows.log", code=66)
        self.assertEqual((0, 1), (sources["asim-native"]["account"]["read"], sources["aws-vpcflow"]["account"]["read"]))

    def test_options_and_watchlist_are_checked_before_logs_are_read(self):
        self.write("bad.csv", "Ports,App\n22,*\n")
        fifo = self.path("fifo")
        os.mkfifo(fifo)  # reading it would never end
        for code, expected, *arguments in (
                (78, "bad.csv:1:1: no column", "-w", "bad.csv"), (78, "nowhere.csv", "-w", "nowhere.csv"),
                (64, "expected table or json", "--format", "csv"), (64, "--type x", "--type", "x"),
                (64, "--top x", "--top", "x"), (64, "--weight x", "--weight", "x"),
                (64, "unrecognized option", "--window", "1h")):
            out, err = self.expect(code, "coverage", *arguments, f"aws-vpcflow={fifo}")
            self.assertEqual("", out)
            self.assertIn(expected, err)
        self.assertIn("did you mean aws-vpcflow?", self.expect(64, "coverage", "aws-vpcflo=x")[1])
        self.assertIn("nothing to read", self.expect(64, "coverage")[1])

    def test_malformed_records_are_counted_and_kept(self):
        self.write("flows.log", vpc.line() + "2 111122223333 eni-0a1b2c3d cut off\n")
        source = self.coverage("--rejects", "r.jsonl", "aws-vpcflow=flows.log")[0]["aws-vpcflow"]
        self.assertEqual(1, source["account"]["malformed"])
        self.assertEqual(1, len(self.read("r.jsonl").splitlines()))

    def test_a_full_disk_is_an_error(self):
        self.write("flows.log", vpc.line())
        with open("/dev/full", "wb") as full:
            child = subprocess.Popen([harness.TIDEMARK, "coverage", "aws-vpcflow=flows.log"], stdout=full,
                                                   stderr=subprocess.PIPE, cwd=self.scratch, env=self.environment())
            err = child.communicate(timeout=harness.DEADLINE_S)[1].decode()
        self.assertEqual(70, child.returncode)
        self.assertIn("standard output: cannot be written: No space left on device", err)

    def test_an_interrupt_leaves_nothing(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        child = self.start("coverage", f"aws-vpcflow={fifo}")
        writer = os.open(fifo, os.O_WRONLY)
        self.wait_until(lambda: self.children("tidemark-collector"), "the collector reads")
        child.send_signal(signal.SIGINT)
        self.assertEqual((b"", b""), child.communicate(timeout=harness.DEADLINE_S))
        os.close(writer)
        self.assertEqual(-signal.SIGINT, child.returncode)


if __name__ == "__main__":
    harness.main()
