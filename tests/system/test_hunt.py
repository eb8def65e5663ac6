#!/usr/bin/python3
"""`tidemark hunt` and `normalize` as a person uses them: results worked out by hand, accounts, exit codes."""
import csv
import gzip
import io
import json
import os
import subprocess

import harness
import vpc

ROW = "22,*,*,*,*,Hunting,Static,{threshold},Low,InitialAccess,Remote shells,Somebody tries"
PLAIN = ("WindowStart", "WindowEnd", "Name", "Severity", "Tactic", "Description", "DstPortNumber", "NetworkProtocols",
         "NetworkDirections", "DvcActions", "MaxSum", "Threshold")


class HuntTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.list = self.watchlist(ROW.format(threshold=2))

    def hunt_json(self, *arguments, code=0, **more):
        out, err = self.expect(code, "hunt", "-w", self.list, "--format", "json", *arguments, **more)
        return harness.json_lines(out), err

    def test_a_small_file_gives_what_counting_by_hand_gives(self):
        self.write("flows.log", "".join((
            vpc.line(5), vpc.line(6), vpc.line(7, action="REJECT"),        # three refused in 10:00: above 2
            vpc.line(8, action="ACCEPT"), vpc.line(9, action="ACCEPT"),    # two allowed: not above
            vpc.line(10, port=23), vpc.line(11, port=23), vpc.line(12, port=23),  # another port
            vpc.line(1199), vpc.line(1200), vpc.line(1201),                # the window's last second; the next window: two
            vpc.line(13, status="NODATA"), "this is cut off\n")))
        results, err = self.hunt_json("aws-vpcflow=flows.log")
        self.assertEqual([{
            "WindowStart": "2026-01-01T10:00:00Z", "WindowEnd": "2026-01-01T10:20:00Z", "Name": "Remote shells",
            "Severity": "Low", "Tactic": "InitialAccess", "Description": "Somebody tries", "DstPortNumber": 22,
            "NetworkProtocols": ["TCP"], "NetworkDirections": [], "DvcActions": ["Deny"], "MaxSum": 4, "Threshold": 2,
        }], [{key: result[key] for key in PLAIN} for result in results])
        self.assert_accounted(err, "aws-vpcflow", read=13, sessions=11, skipped=1, malformed=1, over_limit=0, without_port=0)

    def test_a_sum_equal_to_the_threshold_is_no_result(self):
        self.write("flows.log", vpc.line(1) * 2)
        self.assertEqual([], self.hunt_json("aws-vpcflow=flows.log")[0])
        self.write("flows.log", vpc.line(1) * 3)
        self.assertEqual(1, len(self.hunt_json("aws-vpcflow=flows.log")[0]))

    def test_exit_code_tells_results_only_when_asked(self):
        self.write("flows.log", vpc.line(1) * 3)
        self.write("quiet.log", vpc.line(1))
        self.hunt_json("aws-vpcflow=flows.log", code=0)
        self.hunt_json("--exit-code", "aws-vpcflow=flows.log", code=1)
        self.hunt_json("--exit-code", "aws-vpcflow=quiet.log", code=0)

    def test_summary_holds_all_counts(self):
        self.write("flows.log", vpc.line(1) * 3 + vpc.line(2, port=443, action="ACCEPT") + vpc.line(1300, port=9) + vpc.line(3, port=53, protocol=17))
        self.hunt_json("--summary", "sums.csv", "aws-vpcflow=flows.log")
        rows = list(csv.reader(io.StringIO(self.read("sums.csv"))))
        self.assertEqual(["EventTime", "NetworkProtocol", "DstPortNumber", "DstAppName", "NetworkDirection", "DvcAction", "count_"], rows[0])
        self.assertEqual([("TCP", "22", "Deny", "3"), ("TCP", "443", "Allow", "1"), ("UDP", "53", "Deny", "1"), ("TCP", "9", "Deny", "1")],
                         [(r[1], r[2], r[5], r[6]) for r in rows[1:]])
        self.assertEqual(["sums.csv"], [n for n in os.listdir(self.scratch) if n.startswith("sums")])

    def test_counting_all_ports_or_only_watched_ones_makes_no_difference_to_results(self):
        # A summary shows all ports, so all are counted for it.
        self.write("flows.log", "".join(vpc.mixed(4000, seed=7)))
        rest = ROW.partition(",")[2].format(threshold=3)
        for ports in ("22,443,65535", "0", "80,443,3389,8080", "9"):
            watchlist = self.watchlist(f'"{ports}",{rest}', f"23,{rest}".replace("Hunting", "Detection"))
            for shards in ("1", "3"):
                with self.subTest(ports=ports, shards=shards):
                    options = ("hunt", "-w", watchlist, "--format", "json", "--shards", shards)
                    watched = self.expect(0, *options, "aws-vpcflow=flows.log")
                    everything = self.expect(0, *options, "--summary", "sums.csv", "aws-vpcflow=flows.log")
                    self.assertEqual(everything, watched)
                    self.assertEqual(ports != "9", "MaxSum" in watched[0])

    def test_stats_say_where_processor_time_went(self):
        self.write("flows.log", "".join(vpc.mixed(3000, seed=3)))
        plain, without = self.expect(0, "hunt", "-w", self.list, "--shards", "2", "aws-vpcflow=flows.log")
        self.assertNotIn("processor seconds", without)
        out, err = self.expect(0, "hunt", "-w", self.list, "--shards", "2", "--stats", "aws-vpcflow=flows.log")
        self.assertEqual(plain, out)
        self.assertTrue(err.startswith(without), err)
        header, *lines = err[len(without):].splitlines()
        names = ["all", "user", "system", "start", "work", "messages", "waited", "wall", "batches", "rows", "bytes"]
        self.assertEqual(["processor", "seconds"] + names, header.split())
        table = {line[:header.index("all") - 7].strip(): line[header.index("all") - 7:].split() for line in lines}
        roles = {"collector of aws-vpcflow", "normalizer", "aggregator 0", "aggregator 1", "alerter"}
        self.assertEqual(roles | {"tidemark", "all"}, set(table))
        for role in roles:
            values = dict(zip(names, map(float, table[role]), strict=True))
            with self.subTest(role=role):
                self.assertAlmostEqual(values["all"], values["user"] + values["system"], delta=0.002)
                self.assertAlmostEqual(values["all"], values["start"] + values["work"] + values["messages"], delta=0.003)
                self.assertGreater(values["all"], 0)
                self.assertLessEqual(values["waited"], values["wall"] + 0.05)
                self.assertGreater(values["batches"], 0)
                self.assertGreater(values["bytes"], 0)
        self.assertEqual(3000, int(table["collector of aws-vpcflow"][9]))
        self.assertEqual(int(table["normalizer"][9]), int(table["aggregator 0"][9]) + int(table["aggregator 1"][9]))
        self.assertAlmostEqual(float(table["all"][0]), sum(float(row[0]) for name, row in table.items() if name != "all"), delta=0.01)

    def test_files_folders_globs_compression_and_standard_input_are_one_and_the_same(self):
        lines = [vpc.line(i) for i in range(5)]
        text = "".join(lines)
        self.write("plain.log", text)
        self.write("packed.log.gz", gzip.compress(text.encode()))
        self.write("members.gz", b"".join(gzip.compress(l.encode()) for l in lines))
        for i, line in enumerate(lines):
            self.write(f"folder/sub{i % 2}/{i}.log", line)
            self.write(f"glob-{i}.log", line)
        subprocess.run(["zstd", "-q", "plain.log", "-o", "packed.zst"], cwd=self.scratch, check=False) if self.has_zstd() else None
        first = self.hunt_json("aws-vpcflow=plain.log")
        self.assertEqual(5, first[0][0]["MaxSum"])
        paths = ["packed.log.gz", "members.gz", "folder", "glob-*.log"] + ["packed.zst"] * self.has_zstd()
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(first, self.hunt_json(f"aws-vpcflow={path}"))
        for packed in (text.encode(), gzip.compress(text.encode())):
            self.assertEqual(first, self.hunt_json("aws-vpcflow=-", input=packed))
        self.assertEqual(first, self.hunt_json(*(f"aws-vpcflow=glob-{i}.log" for i in range(5))))

    @staticmethod
    def has_zstd():
        return os.path.exists("/usr/bin/zstd")

    def test_two_sources_are_one_answer(self):
        self.write("flows.log", vpc.line(1) * 2)
        session = {"TimeGenerated": "2026-01-01T10:05:00Z", "NetworkProtocol": "tcp", "DvcAction": "Deny", "DstPortNumber": "22"}
        self.write("sessions.jsonl", json.dumps(session) + "\n")
        results, err = self.hunt_json("aws-vpcflow=flows.log", "asim-native=sessions.jsonl")
        self.assertEqual([3], [r["MaxSum"] for r in results])
        self.assert_accounted(err, "aws-vpcflow", read=2, sessions=2)
        self.assert_accounted(err, "asim-native", read=1, sessions=1)

    def test_sessions_without_a_port_are_accounted_but_not_counted(self):
        self.write("sessions.jsonl", "".join(json.dumps({"TimeGenerated": "2026-01-01T10:05:00Z", "DstPortNumber": p}) + "\n"
                                             for p in (None, 70000, -1, 0, 65535)))
        _, err = self.hunt_json("--summary", "sums.csv", "asim-native=sessions.jsonl")
        self.assert_accounted(err, "asim-native", read=5, sessions=5, without_port=3)
        self.assertEqual(3, len(self.read("sums.csv").splitlines()))

    def test_an_empty_file_is_an_answer_too(self):
        self.write("empty.log", "")
        results, err = self.hunt_json("aws-vpcflow=empty.log")
        self.assertEqual([], results)
        self.assert_accounted(err, "aws-vpcflow", read=0, sessions=0)

    def test_summaries_and_raw_logs_are_not_mixed_unless_told(self):
        self.write("flows.log", vpc.line(1) * 2)
        self.write("sums.jsonl", json.dumps({"EventTime": "2026-01-01T10:00:00Z", "NetworkProtocol": "TCP", "DstPortNumber": 22,
                                             "DstAppName": "", "NetworkDirection": "", "DvcAction": "Deny", "count_": 40}) + "\n")
        _, err = self.hunt_json("aws-vpcflow=flows.log", "network-summary=sums.jsonl", code=78)
        self.assertIn("--mixed-summaries", err)
        results, _ = self.hunt_json("--mixed-summaries", "aws-vpcflow=flows.log", "network-summary=sums.jsonl")
        self.assertEqual([42], [r["MaxSum"] for r in results])
        self.assertEqual([40], [r["MaxSum"] for r in self.hunt_json("network-summary=sums.jsonl")[0]])

    def test_normalize_prints_sessions_and_on_request_every_record(self):
        self.write("flows.log", vpc.line(5) + vpc.line(6, status="NODATA") + "cut off\n")
        out, err = self.expect(0, "normalize", "aws-vpcflow=flows.log")
        session, = harness.json_lines(out)
        self.assertEqual((22, "Deny", "TCP"), tuple(session[k] for k in ("DstPortNumber", "DvcAction", "NetworkProtocol")))
        self.assertIn("malformed 1", err)
        out, err = self.expect(0, "normalize", "--all", "aws-vpcflow=flows.log")
        self.assertEqual([False, True, False], ["skip" in l for l in harness.json_lines(out)])
        self.assertEqual([False, False, True], ["bad" in l for l in harness.json_lines(out)])
        self.assert_accounted(err, "aws-vpcflow", read=3, sessions=1, skipped=1, malformed=1)
        self.assertEqual(("", ""), self.expect(0, "normalize", "-q", "aws-vpcflow=" + self.write("n.log", vpc.line(6, status="NODATA"))))

    def test_normalized_sessions_hunted_again_give_the_same_results(self):
        self.write("flows.log", "".join(vpc.mixed(2000)))
        first, _ = self.hunt_json("--summary", "a.csv", "aws-vpcflow=flows.log")
        out, _ = self.expect(0, "normalize", "aws-vpcflow=flows.log")
        self.write("sessions.jsonl", out)
        again, _ = self.hunt_json("--summary", "b.csv", "asim-native=sessions.jsonl")
        self.assertTrue(first)
        self.assertEqual(first, again)
        self.assertEqual(self.read("a.csv"), self.read("b.csv"))

    def test_formats_of_results(self):
        self.write("flows.log", vpc.line(1) * 3)
        table, _ = self.expect(0, "hunt", "-w", self.list, "aws-vpcflow=flows.log")
        self.assertIn("Remote shells", table)
        text, _ = self.expect(0, "hunt", "-w", self.list, "--format", "csv", "aws-vpcflow=flows.log")
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(("22", "3", "2"), tuple(rows[0][k] for k in ("DstPortNumber", "MaxSum", "Threshold")))

    def test_the_shipped_watchlist_is_the_default(self):
        self.write("flows.log", vpc.line(1, port=3389, action="ACCEPT"))
        out, _ = self.expect(0, "hunt", "--format", "json", "aws-vpcflow=flows.log")
        self.assertEqual({3389}, {r["DstPortNumber"] for r in harness.json_lines(out)})

    def test_rejects_are_kept(self):
        self.write("flows.log", vpc.line(1) + "cut off\n")
        self.write("sessions.jsonl", "{\"a\":\n")
        self.hunt_json("--rejects", "rejects.jsonl", "aws-vpcflow=flows.log", "asim-native:native=sessions.jsonl")
        self.assertEqual({("aws-vpcflow", "cut off")}, {(r["source"], r["bytes"]) for r in harness.json_lines(self.read("rejects.jsonl"))
                                                       if r["source"] == "aws-vpcflow"})
        self.assertEqual(2, len(self.read("rejects.jsonl").splitlines()))

    def test_sources_are_listed_and_explained(self):
        out, _ = self.expect(0, "sources")
        for source in ("aws-vpcflow", "paloalto", "corelight", "network-summary", "asim-native"):
            self.assertIn(source, out)
            self.assertIn("Forms", self.expect(0, "sources", source)[0])
        self.assertIn("aws-vpcflow", self.expect(0, "sources", "AWSVPCFlow")[0])
        self.assertIn("did you mean", self.expect(64, "sources", "paloalt")[1])

    def test_watchlists_are_checked_shown_and_imported(self):
        self.assertEqual(2, self.expect(0, "watchlist", "show", self.list)[0].count("Remote shells") + 1)
        self.expect(0, "watchlist", "check", self.list)
        bad = self.watchlist(ROW.format(threshold="many"), name="bad.csv")
        out, err = self.expect(65, "watchlist", "check", bad)
        self.assertIn("bad.csv:2", out + err)
        self.expect(78, "watchlist", "check", self.write("no.csv", "Ports\r\n1\r\n"))
        shipped = os.path.join(harness.ROOT, "deploy", "watchlists", "network-session-monitor.csv")
        self.expect(0, "watchlist", "check", shipped)
        self.expect(64, "watchlist", "paint", self.list)


if __name__ == "__main__":
    harness.main()
