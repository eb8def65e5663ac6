#!/usr/bin/python3
"""`tidemark identify` and inputs of `auto`: a file is read as what it looks like, or a person is asked."""
import json
import os
import re
import shutil
import unittest

import harness

SOURCES = os.path.join(harness.ROOT, "tests", "sources")


class IdentifyTest(harness.SystemTest):
    def folder(self, *fixtures):
        os.mkdir(self.path("logs"))
        for fixture in fixtures:
            shutil.copy(os.path.join(SOURCES, fixture), self.path("logs/" + fixture.replace("/", "-")))
        return self.path("logs")

    def identify(self, code, path):
        out, err = self.expect(code, "identify", "--format", "json", path)
        return [json.loads(line) for line in out.splitlines()], err

    def test_files_of_a_folder_are_told_apart(self):
        logs = self.folder("aws-vpcflow/native.log", "corelight/native.jsonl", "paloalto/native.log",
                           "paloalto/table.jsonl")
        found, _ = self.identify(0, logs)
        self.assertEqual(["aws-vpcflow", "corelight", "paloalto", "paloalto"], [f["source"] for f in found])
        self.assertEqual(["native", "native", "native", "table"], [f["candidates"][0]["form"] for f in found])
        self.assertTrue(all(f["candidates"][0]["records"] > 0 for f in found))
        self.assertIn("aws-vpcflow:native", self.expect(0, "identify", logs)[0])

    def test_every_fixture_is_known_for_what_it_is(self):
        """But for lines without names, and for files of two sources."""
        names = {"aws-vpcflow/native-columns.log": "none", "fortinet/table-csv.csv": "several",
                 "generic-cef/native.log": "several"}
        form = re.compile(r"(native|table)[a-z0-9-]*\.(log|tsv|csv|json|jsonl|xml)$")
        expected = {os.path.join(SOURCES, source, name): names.get(f"{source}/{name}", source)
                    for source in os.listdir(SOURCES) if os.path.isdir(os.path.join(SOURCES, source))
                    for name in os.listdir(os.path.join(SOURCES, source)) if form.match(name)}
        out = self.run_program("identify", "--format", "json", *sorted(expected)).stdout.decode()
        found = {f["path"]: f.get("source") or f["fit"] for f in map(json.loads, out.splitlines())}
        self.assertEqual(expected, found)
        self.assertGreater(len(found), 150)

    def test_auto_reads_each_file_as_what_it_looks_like(self):
        logs = self.folder("aws-vpcflow/native.log", "paloalto/native.log")
        named = [self.expect(0, "normalize", "--all", f"{source}={logs}/{source}-native.log")[0]
                 for source in ("aws-vpcflow", "paloalto")]
        self.assertEqual("".join(named), self.expect(0, "normalize", "--all", f"auto={logs}")[0])
        inputs = [f"{source}={logs}/{source}-native.log" for source in ("aws-vpcflow", "paloalto")]
        self.assertEqual(self.expect(0, "hunt", *inputs)[0], self.expect(0, "hunt", f"auto={logs}")[0])

    def test_a_file_that_looks_like_nothing_is_said_and_nothing_is_counted(self):
        path = self.write("letter.txt", "Dear reader,\nthis is no log.\n")
        found, err = self.identify(66, path)
        self.assertEqual("none", found[0]["fit"])
        self.assertIn("looks like no source", err)
        out, err = self.expect(66, "hunt", f"auto={path}")
        self.assertEqual("", out)
        self.assertIn("letter.txt: looks like no source", err)

    def test_a_file_of_two_sources_names_both(self):
        logs = self.folder("aws-vpcflow/table.jsonl", "paloalto/table.jsonl")
        with open(self.path("mixed.jsonl"), "w", encoding="utf-8") as mixed:
            for name in sorted(os.listdir(logs)):
                mixed.write(self.read("logs/" + name))
        found, err = self.identify(64, self.path("mixed.jsonl"))
        self.assertEqual("several", found[0]["fit"])
        for source in ("aws-vpcflow:table", "paloalto:table"):
            self.assertIn(source, err)
        self.assertIn("name the source", self.expect(64, "normalize", f"auto={self.path('mixed.jsonl')}")[1])

    def test_what_cannot_be_looked_at_is_an_error(self):
        self.assertIn("missing", self.expect(66, "identify", self.path("missing"))[1])
        self.assertIn("name its source", self.expect(64, "hunt", "auto=-")[1])
        self.assertIn("auto=PATH", self.expect(64, "hunt", "auto:native=x")[1])
        self.assertIn("expected PATH", self.expect(64, "identify")[1])


if __name__ == "__main__":
    unittest.main()
