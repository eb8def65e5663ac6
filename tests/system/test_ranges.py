#!/usr/bin/python3
"""Large files are cut and read by several collectors: nothing that a person sees may tell."""
import gzip
import json
import os
import random

import harness
import vpc

ROWS = ("22,*,*,*,*,Hunting,Static,3,Low,InitialAccess,Remote shells,Somebody tries",
        "0-65535,*,*,*,Allow,Hunting,Static,2,Low,Discovery,Busy ports,Much is allowed")
HEADER = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"
# The same columns, source and destination port exchanged.
OTHER = HEADER.replace("srcport dstport", "dstport srcport")


class RangeTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.list = self.watchlist(*ROWS)

    def hunt(self, source, *arguments, code=0, **more):
        out, err = self.expect(code, "hunt", "-w", self.list, "--type", "all", "--format", "json", "--summary", "sums.csv",
                               "--rejects", "rejects.jsonl", *arguments, source, **more)
        rejects = sorted((r["file"], r["position"], r["reason"], r["bytes"]) for r in harness.json_lines(self.read("rejects.jsonl")))
        accounts = self.accounts(err)
        self.assertEqual({0}, {a["unaccounted"] for a in accounts.values()})
        return out, self.read("sums.csv"), accounts, rejects

    def same_however_cut(self, source, sizes, counts=(1, 2, 3)):
        reference = self.hunt(source, "--collectors", "1", "--range-bytes", "0")
        for i, size in enumerate(sizes):
            collectors = counts[i % len(counts)]
            with self.subTest(collectors=collectors, bytes=size):
                self.assertEqual(reference, self.hunt(source, "--collectors", str(collectors), "--range-bytes", str(size)))
        return reference

    def test_lines_of_every_fate_are_read_once(self):
        self.write("a.log", "".join(vpc.mixed(400, seed=1)))
        reference = self.same_however_cut("aws-vpcflow=a.log", (7, 100, 4096, 20000))
        self.assertTrue(reference[0] and reference[3])

    def test_every_place_is_cut(self):
        text = vpc.line(1) + vpc.line(2, status="NODATA") + "\n" + vpc.line(3, port=23)
        self.write("a.log", text)
        self.same_however_cut("aws-vpcflow=a.log", range(1, len(text) + 2, 11))

    def test_carriage_returns_and_a_last_line_without_line_feed(self):
        self.write("a.log", "\ufeff" + HEADER + "".join(vpc.mixed(60, seed=2)).replace("\n", "\r\n") + vpc.line(9).strip())
        self.same_however_cut("aws-vpcflow=a.log", (50, 113, 114, 115))

    def test_the_header_holds_for_every_range_and_may_be_repeated(self):
        lines = vpc.mixed(90, seed=3)
        text = OTHER + "".join(lines[:30]) + OTHER + "".join(lines[30:])
        self.write("a.log", text)
        reference = self.same_however_cut("aws-vpcflow=a.log", (200, 1500, 5000))
        self.assertTrue(all(row.split(",")[2] == "51442" for row in reference[1].splitlines()[1:]))

    def test_another_header_in_the_middle_makes_the_hunt_start_over(self):
        lines = vpc.mixed(90, seed=4)
        self.write("logs/a.log", HEADER + "".join(lines[:45]) + OTHER + "".join(lines[45:]))
        self.write("logs/b.log", "".join(vpc.mixed(50, seed=5)) + OTHER + "".join(lines[45:]))
        self.write("logs/c.log", "".join(vpc.mixed(50, seed=6)))
        reference = self.same_however_cut("aws-vpcflow=logs", (200, 1500, 5000))
        ports = {row.split(",")[2] for row in reference[1].splitlines()[1:]}
        self.assertTrue({"51442", "22"} <= ports)

    def test_more_files_with_headers_than_starts_are_read_in_the_end(self):
        for i in range(12):
            self.write(f"logs/{i:02}.log", HEADER + vpc.line(i) * 3 + OTHER + vpc.line(i) * 3)
        self.same_however_cut("aws-vpcflow=logs", (400,), counts=(2,))

    def test_files_of_every_kind_are_shared(self):
        for i in range(7):
            self.write(f"logs/{i}.log", "".join(vpc.mixed(20 * i, seed=i)))
            self.write(f"logs/{i}.log.gz", gzip.compress("".join(vpc.mixed(30, seed=10 + i)).encode()))
        self.same_however_cut("aws-vpcflow=logs", (700, 700, 10**9), counts=(2, 7, 3))

    def test_zeek_headers_and_json_lines(self):
        names = "ts id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp".split()
        head = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-01-01-10-00-{:02}\n#fields\t" + "\t".join(names) + "\n#types\tx\n"
        chance = random.Random(7)
        rows = [[f"{vpc.T0 + chance.randrange(7200)}.5", "192.0.2.7", "40000", "198.51.100.9", str(chance.choice((22, 53, 443))), "tcp", "-", "1.5", "1", "2",
                 chance.choice(("SF", "S0", "REJ")), "T", "F"] for _ in range(60)]
        lines = ["\t".join(row) + "\n" for row in rows]
        self.write("conn.log", head.format(1) + "".join(lines[:30]) + "#close\t2026-01-01-11-00-00\n" + head.format(2) + "".join(lines[30:]) + "#close\tx\n")
        reference = self.same_however_cut("corelight=conn.log", (100, 777))
        self.assertEqual(60, reference[2]["corelight"]["sessions"])
        self.write("conn.json", "".join(json.dumps({"_path": "conn", **dict(zip(names, [float(row[0]), *row[1:]])), "id.resp_p": int(row[4])}) + "\n" for row in rows) + "{\"cut\n")
        reference = self.same_however_cut("corelight:native=conn.json", (100, 777))
        self.assertEqual((60, 1), (reference[2]["corelight"]["sessions"], reference[2]["corelight"]["malformed"]))

    def test_zeek_json_as_a_document_is_not_cut(self):
        rows = [{"_path": "conn", "ts": vpc.T0 + i, "id.orig_h": "192.0.2.7", "id.orig_p": 40000, "id.resp_h": "198.51.100.9", "id.resp_p": 22,
                 "proto": "tcp", "conn_state": "SF"} for i in range(20)]
        for text in (json.dumps(rows), json.dumps(rows, indent=1), "".join(json.dumps(row, indent=2) + "\n" for row in rows)):
            self.write("conn.json", text)
            reference = self.same_however_cut("corelight=conn.json", (300,), counts=(2,))
            self.assertEqual(20, reference[2]["corelight"]["sessions"])

    def test_the_answer_of_a_query_is_read_whole_however_it_is_cut(self):
        """Rows need the columns of their own table: those of the second have them in another order."""
        columns = ["TimeGenerated", "SrcAddr", "DstAddr", "SrcPort", "DstPort", "Protocol", "Start", "Action", "LogStatus"]
        rows = [["2026-01-01T10:{:02}:00Z".format(i % 60), "192.0.2.7", "198.51.100.9", 40000 + i, (22, 443, 3389)[i % 3], 6,
                 "2026-01-01T10:{:02}:00Z".format(i % 60), ("ACCEPT", "REJECT")[i % 2], "OK"] for i in range(80)]
        rows[7] = rows[7][:-1]
        tables = [{"name": "PrimaryResult", "columns": [{"name": name, "type": "string"} for name in columns], "rows": rows[:40]},
                  {"name": "Second", "columns": [{"name": name, "type": "string"} for name in columns[::-1]], "rows": [row[::-1] for row in rows[40:]]}]
        by_object = [dict(zip(columns, row)) for row in rows if len(row) == len(columns)]
        self.write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in by_object))
        expected = self.hunt("aws-vpcflow:table=rows.jsonl")
        for indent in (None, 1):
            text = json.dumps({"tables": tables, "statistics": {"query": {"rows": [[1]]}}}, indent=indent)
            self.write("answer.json", text)
            reference = self.same_however_cut("aws-vpcflow:table=answer.json", (90, 1000, 5000), counts=(2, 3, 3))
            self.assertEqual(expected[:2], reference[:2])
            self.assertEqual((79, 1), (reference[2]["aws-vpcflow"]["sessions"], reference[2]["aws-vpcflow"]["malformed"]))
            # Cut off in the middle: what is whole is read, and what was cut is said.
            self.write("answer.json", text[: len(text) // 2])
            cut = self.same_however_cut("aws-vpcflow:table=answer.json", (90, 1000), counts=(2, 3))
            self.assertTrue(20 < cut[2]["aws-vpcflow"]["sessions"] < 79)

    def test_syslog_lines_and_counted_messages(self):
        message = "<134>Jan  1 10:{:02}:00 fw 1,2026/01/01 10:{:02}:00,1,TRAFFIC,end,1,2026/01/01 10:{:02}:00,192.0.2.1,198.51.100.1,0.0.0.0,0.0.0.0,r,,,ssh,v,a,b,c,d,e,x,1,1,1000,22,0,0,0x0,tcp,allow,1,1,1,1\n"
        lines = [message.format(i, i, i) for i in range(50)]
        self.write("a.log", "".join(lines))
        self.same_however_cut("paloalto:native-csv=a.log", (300, 2000))
        counted = "".join(f"{len(l)} {l}" if i in (20, 21, 40) else l for i, l in enumerate(lines))
        self.write("b.log", counted)
        self.same_however_cut("paloalto:native-csv=b.log", (300, 2000))

    def test_lines_that_parsers_remember_things_of_are_cut(self):
        """CEF lines, with dates and wants that parsers keep: the hunt does not start over to read them in one piece."""
        line = "<14>Jan  {0} 10:{1:02}:00 fw CEF:0|Palo Alto Networks|PAN-OS|10.2|end|TRAFFIC|1|rt=Jan 0{0} 2026 10:{1:02}:00 GMT src=192.0.2.1 dst=198.51.100.1 dpt={2} proto=tcp act=allow cnt=1\n"
        pairs = '<189>date=2026-01-0{0} time=10:{1:02}:00 tz="+0000" devname="fw" type="traffic" subtype="forward" action="accept" srcip=192.0.2.1 dstip=198.51.100.1 dstport={2} proto=6\n'
        for source, text in (("paloalto", line), ("fortinet", pairs)):
            self.write("a.log", "".join(text.format(1 + i // 30, i % 30, (22, 443)[i % 2]) for i in range(90)))
            reference = self.same_however_cut(f"{source}=a.log", (300, 2000))
            self.assertEqual(90, reference[2][source]["sessions"])
            _, err = self.expect(0, "hunt", "-w", self.list, "--stats", "--collectors", "2", "--range-bytes", "1000", f"{source}=a.log")
            self.assertNotIn("started over", err)
        self.write("b.log", HEADER + vpc.line(1) * 5 + OTHER + vpc.line(1) * 5)
        _, err = self.expect(0, "hunt", "-w", self.list, "--stats", "--collectors", "2", "--range-bytes", "500", "aws-vpcflow=b.log")
        self.assertIn("started over: file 1 of aws-vpcflow cannot be read in ranges", err)

    def test_standard_input_has_one_reader(self):
        self.write("a.log", "".join(vpc.mixed(50, seed=8)))
        self.write("b.log", HEADER + vpc.line(1) * 5 + OTHER + vpc.line(1) * 5)
        text = "".join(vpc.mixed(200, seed=9)).encode()
        both = ("aws-vpcflow=a.log", "aws-vpcflow=-", "aws-vpcflow=b.log")
        reference = self.expect(0, "hunt", "-w", self.list, "--format", "json", "--collectors", "1", *both, input=text)
        for collectors in (2, 3):
            got = self.expect(0, "hunt", "-w", self.list, "--format", "json", "--collectors", str(collectors), "--range-bytes", "100", *both, input=text)
            self.assertEqual((reference[0], self.accounts(reference[1])), (got[0], self.accounts(got[1])))
        with open(self.path("a.log"), "rb") as stdin:
            done = self.start("hunt", "-w", self.list, "--format", "json", "--collectors", "3", "--range-bytes", "100", "aws-vpcflow=-", stdin=stdin)
            out, _ = done.communicate(timeout=harness.DEADLINE_S)
        self.assertEqual(self.expect(0, "hunt", "-w", self.list, "--format", "json", "aws-vpcflow=a.log")[0], out.decode())

    def test_what_cannot_be_read_is_said_once(self):
        self.write("logs/a.log", "".join(vpc.mixed(50, seed=8)))
        self.write("logs/b.log", "what is this\n" * 50)
        several = ("--collectors", "3", "--range-bytes", "100", "aws-vpcflow=logs", "aws-vpcflow=nowhere.log")
        out, err = self.expect(66, "hunt", "-w", self.list, *several)
        self.assertEqual(("", 1, 1, 2), (out, err.count("b.log"), err.count("nowhere.log"), len(err.splitlines())))
        out, err = self.expect(66, "hunt", "-w", self.list, "--keep-going", *several)
        self.assertEqual((1, 1), (err.count("b.log"), err.count("nowhere.log")))
        self.assert_accounted(err, "aws-vpcflow", read=50)

    def test_a_damaged_file_of_any_share_ends_the_hunt(self):
        good = gzip.compress("".join(vpc.mixed(2000, seed=8)).encode())
        for broken in range(3):
            for i in range(3):
                self.write(f"logs/{i}.gz", good[:-20] if i == broken else good)
            out, err = self.expect(66, "hunt", "-w", self.list, "--collectors", "3", "aws-vpcflow=logs")
            self.assertEqual(("", 1), (out, err.count(f"{broken}.gz: ")))
            out, err = self.expect(66, "hunt", "-w", self.list, "--collectors", "3", "--keep-going", "aws-vpcflow=logs")
            self.assertEqual(1, err.count(f"{broken}.gz: "))
            self.assertEqual(0, self.accounts(err)["aws-vpcflow"]["unaccounted"])

    def test_impossible_numbers(self):
        self.write("a.log", vpc.line(1))
        for option, value in (("--collectors", "0"), ("--collectors", "65"), ("--collectors", "x"), ("--range-bytes", "x"), ("--range-bytes", "-1")):
            out, err = self.expect(64, "hunt", "-w", self.list, option, value, "aws-vpcflow=a.log")
            self.assertEqual("", out)
            self.assertIn(f"{option} {value}", err)


if __name__ == "__main__":
    harness.main()
