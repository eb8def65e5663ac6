#!/usr/bin/python3
"""Bad input: every mistake has its exit code and one sentence that names it; nothing crashes, nothing is lost silently."""
import gzip
import json
import os
import random

import harness
import vpc

ROW = "22,*,*,*,*,Hunting,Static,0,Low,InitialAccess,Remote shells,Somebody tries"


class InputTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.list = self.watchlist(ROW)
        self.write("good.log", vpc.line(1))

    def refused(self, code, sentence, *arguments, **more):
        out, err = self.expect(code, "hunt", "-w", self.list, *arguments, **more)
        self.assertEqual("", out)
        self.assertIn(sentence, err)
        self.assertLessEqual(len(err.strip().splitlines()), 3, err)
        return err

    def test_a_missing_file(self):
        self.refused(66, "nowhere.log", "aws-vpcflow=nowhere.log")
        self.refused(66, "nowhere.log", "aws-vpcflow=good.log", "aws-vpcflow=nowhere.log")

    def test_an_unreadable_file(self):
        if os.geteuid() == 0:
            self.write("private/x.log", vpc.line(1))
            self.refused(66, "x.log", "aws-vpcflow=private/x.log/y")
        else:
            os.chmod(self.write("private.log", vpc.line(1)), 0)
            self.refused(66, "private.log", "aws-vpcflow=private.log")

    def test_a_folder_without_logs_and_a_glob_without_a_match(self):
        os.mkdir(self.path("empty"))
        self.refused(66, "empty", "aws-vpcflow=empty")
        self.refused(66, "no-*.log", "aws-vpcflow=no-*.log")

    def test_binary_garbage_is_not_recognised(self):
        self.write("garbage", random.Random(5).randbytes(200_000))
        for source in ("aws-vpcflow", "paloalto", "corelight", "asim-native", "network-summary"):
            self.refused(66, "garbage", f"{source}=garbage")

    def test_a_file_of_another_source(self):
        self.refused(66, "good.log", "corelight=good.log")
        self.refused(66, "good.log", "asim-native=good.log")
        self.write("sessions.jsonl", json.dumps({"TimeGenerated": "2026-01-01T10:05:00Z", "DstPortNumber": 1, "NetworkProtocol": "TCP"}) + "\n")
        # A table row could be of any source of that table: it is read, and the account says that nothing was taken.
        _, err = self.expect(0, "hunt", "-w", self.list, "paloalto:table=sessions.jsonl")
        self.assert_accounted(err, "paloalto", read=1, sessions=0, skipped=1)

    def test_an_unknown_form(self):
        self.refused(64, "native", "aws-vpcflow:nonsense=good.log")

    def test_truncated_and_broken_compression(self):
        packed = gzip.compress("".join(vpc.mixed(5000)).encode())
        self.write("cut.gz", packed[:len(packed) // 2])
        self.refused(66, "cut.gz", "aws-vpcflow=cut.gz")
        broken = bytearray(packed)
        broken[len(broken) // 2] ^= 0x55
        self.write("broken.gz", bytes(broken))
        self.refused(66, "broken.gz", "aws-vpcflow=broken.gz")

    def test_keep_going_answers_with_what_can_be_read(self):
        out, err = self.expect(66, "hunt", "-w", self.list, "--format", "json", "--keep-going", "aws-vpcflow=nowhere.log",
                               "aws-vpcflow=good.log")
        self.assertEqual(1, len(harness.json_lines(out)))
        self.assertIn("nowhere.log", err)
        self.assert_accounted(err, "aws-vpcflow", read=1, sessions=1)
        packed = gzip.compress("".join(vpc.mixed(5000)).encode())
        self.write("cut.gz", packed[:len(packed) // 2])
        out, err = self.expect(66, "hunt", "-w", self.list, "--format", "json", "--keep-going", "aws-vpcflow=cut.gz", "aws-vpcflow=good.log")
        self.assertIn("cut.gz", err)
        account = self.accounts(err)["aws-vpcflow"]
        self.assertEqual(0, account["unaccounted"])
        self.assertGreater(account["read"], 100)

    def test_nothing_readable_with_keep_going_still_ends(self):
        self.expect(66, "hunt", "-w", self.list, "--keep-going", "aws-vpcflow=nowhere.log")

    def test_a_long_line_is_over_the_limit_and_the_rest_goes_on(self):
        self.write("long.log", vpc.line(1) + "x" * 10_000_000 + "\n" + vpc.line(2))
        out, err = self.expect(0, "hunt", "-w", self.list, "--format", "json", "aws-vpcflow=long.log")
        self.assertEqual([2], [r["MaxSum"] for r in harness.json_lines(out)])
        self.assert_accounted(err, "aws-vpcflow", read=3, sessions=2, over_limit=1)
        self.write("long.jsonl", json.dumps({"TimeGenerated": "2026-01-01T10:05:00Z", "DstPortNumber": 22, "NetworkProtocol": "TCP"}) + "\n" +
                   '{"TimeGenerated":"' + "y" * 3_000_000 + '"}\n' + json.dumps({"TimeGenerated": "2026-01-01T10:05:00Z", "DstPortNumber": 22}) + "\n")
        _, err = self.expect(0, "hunt", "-w", self.list, "asim-native=long.jsonl")
        account = self.accounts(err)["asim-native"]
        self.assertEqual((3, 2, 0), (account["read"], account["sessions"], account["unaccounted"]))

    def test_invalid_utf8_and_nul_bytes_are_carried_safely(self):
        line = vpc.line(1).encode()
        self.write("odd.log", line + line.replace(b"eni-0a1b2c3d", b"eni-\xff\xfe\xc3") + line.replace(b"eni-0a1b2c3d", b"eni-\0x"))
        out, err = self.expect(0, "hunt", "-w", self.list, "--format", "json", "aws-vpcflow=odd.log")
        self.assertEqual([3], [r["MaxSum"] for r in harness.json_lines(out)])
        out, _ = self.expect(0, "normalize", "aws-vpcflow=odd.log")
        self.assertEqual(3, len(harness.json_lines(out)))
        self.write("odd.jsonl", b'{"TimeGenerated":"2026-01-01T10:05:00Z","DstPortNumber":22,"DvcAction":"\xff\xc0","NetworkProtocol":"a\\u0000b"}\n'
                   b'{"TimeGenerated":"2026-01-01T10:05:00Z","DstPortNumber":22}\n')
        _, err = self.expect(0, "hunt", "-w", self.list, "asim-native=odd.jsonl")
        self.assertEqual(0, self.accounts(err)["asim-native"]["unaccounted"])

    def test_absurd_numbers(self):
        lines = "".join((
            vpc.line(1, port=99999999999999999999), vpc.line(1, port=-22), vpc.line(1, port="0x16"), vpc.line(1, protocol=999999999999),
            vpc.line(0).replace("1767261600", "99999999999999999999"), vpc.line(0).replace("1767261600", "-5"),
            vpc.line(0).replace("9 1840", "18446744073709551616 -1"), vpc.line(2)))
        self.write("absurd.log", lines)
        out, err = self.expect(0, "hunt", "-w", self.list, "--format", "json", "aws-vpcflow=absurd.log")
        account = self.accounts(err)["aws-vpcflow"]
        self.assertEqual((8, 0), (account["read"], account["unaccounted"]))
        times = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z", 1e300, -1e18, 1767261600000]
        self.write("absurd.jsonl", "".join(json.dumps({"TimeGenerated": t, "DstPortNumber": 22}) + "\n" for t in times))
        _, err = self.expect(0, "hunt", "-w", self.list, "asim-native=absurd.jsonl")
        account = self.accounts(err)["asim-native"]
        self.assertEqual((7, 0), (account["read"], account["unaccounted"]))

    def test_every_prefix_of_a_file_is_accounted_for(self):
        text = (vpc.line(1) + vpc.line(2, status="NODATA") + vpc.line(3)).encode()
        for n in range(0, len(text), 17):
            with self.subTest(bytes=n):
                _, err = self.expect(0, "hunt", "-q", "-w", self.list, "aws-vpcflow:native=-", input=text[:n])

    def test_bad_options(self):
        for option, value in (("--type", "Detecting"), ("--window", "0"), ("--window", "x"), ("--format", "xml"), ("--app", "x"), ("--aggregate", "x"),
                              ("--weight", "x"), ("--empty-matches", "x"), ("--zone", "Mars"), ("--reference-time", "x"), ("--batch-rows", "0"),
                              ("--line-limit", "x"), ("--windows-in-memory", "x")):
            with self.subTest(option=option, value=value):
                done = self.run_program("hunt", "-w", self.list, option, value, "aws-vpcflow=good.log")
                self.assertIn(done.returncode, (64, 78))
                self.assertIn(option, done.stderr.decode())

    def test_every_source_may_have_a_zone_of_its_own(self):
        self.write("asa.log", "".join(
            f"<166>{date} 12:10:00: %ASA-2-106001: Inbound TCP connection denied from 198.51.100.7/901 to 192.0.2.25/22 "
            "flags SYN  on interface outside\n" for date in ("Oct 25 2025", "Oct 27 2025")))
        self.write("fortinet.log", 'date=2025-07-04 time=12:10:00 devname="fw1" devid="FG1" logid="0000000013" type="traffic" subtype="forward" srcip=192.0.2.1 '
                                   'srcport=901 dstip=198.51.100.7 dstport=22 proto=6 action="accept"\n')

        def windows(*zones):
            out, _ = self.expect(0, "hunt", "-w", self.list, "--format", "json", *zones, "cisco-asa=asa.log", "fortinet:native=fortinet.log")
            return sorted(result["WindowStart"] for result in harness.json_lines(out))

        self.assertEqual(["2025-07-04T12:00:00Z", "2025-10-25T12:00:00Z", "2025-10-27T12:00:00Z"], windows())
        self.assertEqual(["2025-07-04T10:00:00Z", "2025-10-25T10:00:00Z", "2025-10-27T11:00:00Z"], windows("--zone", "Europe/Berlin"))
        self.assertEqual(["2025-07-04T06:40:00Z", "2025-10-25T10:00:00Z", "2025-10-27T11:00:00Z"],
                         windows("--zone", "fortinet=Asia/Kolkata", "--zone", "Europe/Berlin"))
        self.assertEqual(["2025-07-04T12:00:00Z", "2025-10-25T17:00:00Z", "2025-10-27T17:00:00Z"],
                         windows("--zone=cisco-asa=-04:00", "--zone=cisco-asa=-05:00"))

    def test_a_zone_that_is_none(self):
        self.refused(64, "Mars/Olympus", "--zone", "Mars/Olympus", "aws-vpcflow=good.log")
        self.refused(64, "+25:00", "--zone", "aws-vpcflow=+25:00", "aws-vpcflow=good.log")
        self.refused(64, "cisco-asa=UTC", "--zone", "cisco-asa=UTC", "aws-vpcflow=good.log")
        self.refused(64, "Europe/Berlin", "--zone", "Europe/Berlin", "aws-vpcflow=good.log", env=self.environment(TZDIR=self.path("none")))

    def test_watchlist_defects(self):
        for content, sentence in (("", "x.csv"), ("Ports,Name\r\n22,a\r\n", "x.csv"), (harness.WATCHLIST_HEADER + "\r\n\"22,*\r\n", "x.csv"),
                                  ((harness.WATCHLIST_HEADER + "\r\n" + ROW + "\r\n").encode("utf-16"), "x.csv")):
            with self.subTest(content=content):
                self.write("x.csv", content)
                out, err = self.expect(78, "hunt", "-w", "x.csv", "aws-vpcflow=good.log")
                self.assertEqual("", out)
                self.assertIn(sentence, err)
        _, err = self.expect(78, "hunt", "-w", "nowhere.csv", "aws-vpcflow=good.log")
        self.assertIn("nowhere.csv", err)

    def test_an_unusable_row_is_named_and_the_rest_is_used(self):
        self.list = self.watchlist(ROW.replace(",0,", ",1e3,"), ROW)
        out, err = self.expect(0, "hunt", "-w", self.list, "--format", "json", "aws-vpcflow=good.log")
        self.assertEqual(1, len(harness.json_lines(out)))
        self.assertIn("watchlist.csv:2", err)

    def test_a_summary_that_cannot_be_written(self):
        done = self.run_program("hunt", "-w", self.list, "--summary", "/nonexistent/sums.csv", "aws-vpcflow=good.log")
        self.assertIn(done.returncode, (70, 78))
        self.assertIn("/nonexistent/sums.csv", done.stderr.decode())

    def test_results_that_cannot_be_written(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        for command in (["hunt", "-w", self.list, "--format", "json"], ["normalize"]):
            with self.subTest(command=command[0]), open("/dev/full", "wb") as full:
                import subprocess
                done = subprocess.run([harness.TIDEMARK, *command, "aws-vpcflow=good.log"], stdout=full, stderr=subprocess.PIPE,
                                      stdin=subprocess.DEVNULL, env=self.environment(), cwd=self.scratch, timeout=harness.DEADLINE_S)
                self.assertEqual(70, done.returncode, done.stderr)
                self.assertTrue(done.stderr)


if __name__ == "__main__":
    harness.main()
