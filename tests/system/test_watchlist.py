"""The alerter's program by itself: what people do with watchlists, its options, and the list that is shipped."""
import collections, csv, json, os, subprocess, unittest

import harness
from harness import BIN, ROOT, SystemTest

ALERTER = os.path.join(BIN, "tidemark-alerter")
SHIPPED = os.path.join(ROOT, "deploy", "watchlists", "network-session-monitor.csv")
GOOD = "22,*,TCP,*,Allow,Hunting,Static,5,Low,Impact,Remote shells,ssh"
TEMPLATE = {"resources": [{"properties": {
    "contentType": "text/csv", "numberOfLinesToSkip": 0,
    "rawContent": harness.WATCHLIST_HEADER + "\r\n\"139,445\",smb,*,*,*,Detection,Static,1000,High,Lateral Movement,SMB,\"a \"\"b\"\"\"\r\n"}}]}


class Watchlists(SystemTest):
    def alerter(self, code, *arguments):
        return self.expect(code, *arguments, program=ALERTER)

    def test_a_clean_list_has_no_findings(self):
        path = self.watchlist(GOOD)
        out, err = self.alerter(0, "watchlist", "check", path)
        self.assertEqual((f"{path}: 1 rows, no findings\n", ""), (out, err))

    def test_findings_say_file_line_column_and_what(self):
        path = self.watchlist(GOOD, GOOD.replace("5,Low", "\"1,000\",low"), GOOD.replace("22", "*"))
        out, err = self.alerter(65, "watchlist", "check", path)
        self.assertEqual([f"{path}:3: Threshold: '1,000' is no whole number from -2147483648 to 2147483647: the row never fires",
                          f"{path}:3: Severity: 'low' is not Low (letter for letter): the row is active with that severity",
                          f"{path}:4: Ports: '*' matches no port: write 0-65535 for all of them",
                          f"{path}: 3 rows, 3 findings"], out.splitlines())
        self.assertEqual("", err)

    def test_notes_fail_nothing(self):
        out, _ = self.alerter(0, "watchlist", "check", self.watchlist(GOOD.replace("Static,5", "Anomaly,")))
        self.assertIn(":2: ThresholdType: note: Anomaly rows are read and not evaluated", out)

    def test_the_worst_of_several_files_decides(self):
        good, bad, none = self.watchlist(GOOD), self.watchlist(GOOD.replace("22", "70000"), name="bad.csv"), self.path("none.csv")
        self.assertEqual(3, len(self.alerter(65, "watchlist", "check", bad, good)[0].splitlines()))
        out, err = self.alerter(78, "watchlist", "check", none, bad, good)
        self.assertEqual(f"tidemark-alerter: {none}: the watchlist cannot be read: No such file or directory\n", err)
        self.assertIn("70000", out)

    def test_a_refused_file_says_where(self):
        path = self.write("w.csv", harness.WATCHLIST_HEADER + "\n" + GOOD + "\n\"22\"x\n")
        _, err = self.alerter(78, "watchlist", "check", path)
        self.assertTrue(err.startswith(f"tidemark-alerter: {path}:3:5: text behind a closing quote: expected a comma"), err)
        _, err = self.alerter(78, "--bind", f"ipc://{self.path('a')}", "--senders", "1", "-w", path)
        self.assertTrue(err.startswith(f"tidemark-alerter: {path}:3:5: "), err)

    def test_a_template_is_imported(self):
        template = self.write("t.json", json.dumps(TEMPLATE))
        csv_text = TEMPLATE["resources"][0]["properties"]["rawContent"]
        self.assertEqual(csv_text.encode(), self.run_program("watchlist", "import", template, program=ALERTER).stdout)
        self.alerter(0, "watchlist", "import", template, "-o", self.path("out.csv"))
        with open(self.path("out.csv"), newline="") as f:
            self.assertEqual(csv_text, f.read())
        self.alerter(0, "watchlist", "check", template, self.path("out.csv"))
        self.alerter(78, "watchlist", "import", self.path("out.csv"))
        _, err = self.alerter(78, "watchlist", "import", self.write("bad.json", "{\"rawContent\": "))
        self.assertIn("bad.json:1:15: not JSON", err)
        self.alerter(70, "watchlist", "import", template, "-o", self.path("no/such/folder.csv"))

    def test_show_says_what_rows_do(self):
        out, _ = self.alerter(0, "watchlist", "show", self.watchlist(GOOD, GOOD.replace("22,*", "\"1-3,80\",*").replace("Low", "Disabled")))
        self.assertEqual(["LINE  STATE     PORTS    PROTOCOL  DIRECTION  ACTION  THRESHOLD  SEVERITY  NAME           DESCRIPTION",
                          "   2  Hunting   22 ssh   TCP       any        Allow   over 5     Low       Remote shells  ssh",
                          "   3  disabled  1-3, 80  TCP       any        Allow   over 5     Disabled  Remote shells  ssh"], out.splitlines())

    def test_a_full_disk_is_an_error(self):
        path = self.watchlist(GOOD)
        with open("/dev/full", "w") as full:
            done = subprocess.run([ALERTER, "watchlist", "show", path], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((70, b"tidemark-alerter: standard output: cannot be written: No space left on device\n"), (done.returncode, done.stderr))

    def test_wrong_usage(self):
        for arguments in (["watchlist"], ["watchlist", "check"], ["watchlist", "show", "a", "b"], ["watchlist", "import", "a", "-x", "b"],
                          ["watchlist", "paint", "a"], [], ["--bind", "ipc://x"], ["-w", "x", "--senders", "0", "--bind", "ipc://x"],
                          ["--window", "0"], ["--window", "20x"], ["--window", ""], ["--window", "99999999d"], ["--type", "hunting"],
                          ["--format", "xml"], ["--no-such"], ["-w", "x", "--senders", "1", "--bind", "ipc://x", "more"]):
            out, err = self.alerter(64, *arguments)
            self.assertEqual("", out)
            self.assertTrue(err)
        for arguments in (["--help"], ["watchlist", "--help"]):
            self.assertIn("usage:", self.alerter(0, *arguments)[0])

    def test_an_endpoint_that_cannot_be_bound_is_said(self):
        for endpoint in ("nonsense", "ipc:///no/such/folder/socket"):
            done = self.run_program("--bind", endpoint, "--senders", "1", "-w", self.watchlist(GOOD), program=ALERTER)
            self.assertIn(done.returncode, (70, 78))
            self.assertIn(endpoint.encode(), done.stderr)

    def test_the_summary_is_opened_before_anything_is_read(self):
        _, err = self.alerter(78, "--bind", f"ipc://{self.path('a')}", "--senders", "1", "-w", self.watchlist(GOOD), "--summary", "/no/such/x.csv")
        self.assertEqual("tidemark-alerter: /no/such/x.csv: the summary cannot be written: No such file or directory\n", err)


class Shipped(SystemTest):
    def rows(self):
        with open(SHIPPED, newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f, strict=True))

    def test_the_kinds_of_rows_are_those_of_the_original(self):
        kinds = collections.Counter((r["Type"], r["ThresholdType"], r["Threshold"]) for r in self.rows())
        self.assertEqual({("Detection", "Anomaly", ""): 2, ("Detection", "Static", "1000"): 2, ("Hunting", "Static", "1000"): 2,
                          ("Hunting", "Anomaly", ""): 1, ("Hunting", "Static", "0"): 65}, dict(kinds))

    def test_the_inventory_is_of_allowed_sessions_to_one_port_each(self):
        rows = [r for r in self.rows() if r["Threshold"] == "0"]
        self.assertEqual({("High-risk Ports", "Low", "InitialAccess,Discovery", "Allow", "*", "*")},
                         {(r["Name"], r["Severity"], r["Tactic"], r["Action"], r["App"], r["Direction"]) for r in rows})
        self.assertEqual({"TCP", "UDP"}, {r["Protocol"] for r in rows})
        self.assertEqual(65, len({(int(r["Ports"]), r["Protocol"]) for r in rows}))
        texts = collections.defaultdict(set)
        for r in rows:
            texts[int(r["Ports"])].add(r["Description"])
        both = {p for p in texts if {r["Protocol"] for r in rows if r["Ports"] == str(p)} == {"TCP", "UDP"}}
        self.assertEqual({111, 135, 137, 138, 161, 162, 389, 593, 2049, 3389}, both)
        self.assertEqual({138}, {p for p in both if len(texts[p]) == 2})
        self.assertEqual(1, len({t.lower() for t in texts[138]}))

    def test_the_check_only_notes_what_is_not_evaluated(self):
        out, _ = self.expect(0, "watchlist", "check", SHIPPED, program=ALERTER)
        self.assertEqual(5, out.count(": note: "))
        self.assertTrue(out.endswith(": 72 rows, no findings\n"), out)


if __name__ == "__main__":
    unittest.main()
