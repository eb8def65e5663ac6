#!/usr/bin/python3
"""Fixtures of one source (or several): run_sources.py ID… runs `tidemark normalize --all` and compares line by line.

tests/sources/ID/NAME.EXT       records as the vendor writes them
  …/NAME.expected.jsonl         one line per record, in order: {ASIM field: value} (every field named must be equal, null:
                                must be absent), {"skip": reason}, {"bad": reason}, {"limit": reason} (true: any reason),
                                or {"sessions": [{…}, …]} for one record that is several sessions
  …/NAME.args                   further arguments for normalize, as a shell would split them (optional)

Every fixture is read again with one row per batch, and compressed through standard input: all must say the same.
Rows of a table as JSON lines (table*.jsonl) are read again as the answers of queries that give them.
Where the folder that TIDEMARK_SHARED names (default: ../shared beside the checkout) has samples of the source, those are
compared too; there an absent main field must be absent.
"""
import gzip
import json
import os
import re
import shlex
import sys
import unittest
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))
import harness  # noqa: E402

SHARED = os.environ.get("TIDEMARK_SHARED") or os.path.join(os.path.dirname(harness.ROOT), "shared")
VERDICTS = ("skip", "bad", "limit")
MAIN_FIELDS = ("NetworkProtocol", "DstPortNumber", "DstAppName", "NetworkDirection", "DvcAction", "SrcIpAddr",
               "DstIpAddr", "EventResult")
# Samples of which something else is right, and why.
RIGHT_INSTEAD = {
    # The line has no time at all. In a file it is malformed: nothing that is stored says which window it belongs to.
    ("cisco-asa", "native.log", 4): {"bad": "no_time"},
}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def same(expected, got):
    if expected == got and isinstance(expected, bool) == isinstance(got, bool):
        return True
    if isinstance(expected, str) and isinstance(got, str) and RFC3339.fullmatch(expected) and RFC3339.fullmatch(got):
        return parsed(expected) == parsed(got)
    return False


def parsed(text):
    seconds, _, fraction = text[:-1].partition(".")
    return datetime.fromisoformat(seconds), (fraction + "000")[:3]


def differences(expected, got):
    verdict = next((v for v in VERDICTS if v in expected), None)
    if verdict:
        if verdict not in got:
            return [f"expected {expected}"]
        return [] if expected[verdict] is True or expected[verdict] == got[verdict] else [f"expected {expected}"]
    if any(v in got for v in VERDICTS):
        return [f"expected a session, {expected}"]
    return [f"{field}: expected {value!r}, got {got.get(field)!r}" for field, value in expected.items()
            if not (field not in got if value is None else field in got and same(value, got[field]))]


def object_of(line):
    """The JSON object that a line holds, with every key once; None: it is none."""
    try:
        pairs = json.loads(line, object_pairs_hook=lambda found: found)
        return json.loads(line) if line.lstrip().startswith(b"{") and len(dict(pairs)) == len(pairs) else None
    except ValueError:
        return None


def answer_of(rows, name, kusto):
    """The table of a query's answer that holds these rows."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[row.get(column) for column in columns] for row in rows]
    if kusto:
        return {"TableName": name, "Columns": [{"ColumnName": c, "DataType": "String"} for c in columns], "Rows": cells}
    return {"name": name, "columns": [{"name": c, "type": "string"} for c in columns], "rows": cells}


class SourceTest(harness.SystemTest):
    source = None

    def normalize(self, data, arguments, *more, path=None):
        if path:
            return self.expect(0, "normalize", "--all", *arguments, *more, f"{self.source}={path}")
        return self.expect(0, "normalize", "--all", *arguments, *more, f"{self.source}=-", input=gzip.compress(data))

    def compare(self, expected, out, absent=()):
        lines = harness.json_lines(out)
        wanted = [dict.fromkeys(absent) | one if absent and not any(v in one for v in VERDICTS) else one
                  for record in expected for one in record.get("sessions", [record])]
        self.assertEqual(len(wanted), len(lines), f"number of lines; got:\n{out[:2000]}")
        found = []
        for number, (one, got) in enumerate(zip(wanted, lines), 1):
            found += [f"line {number}: {d}" for d in differences(one, got)]
        self.assertEqual([], found, "\n".join(found))

    def read_lines(self, path):
        with open(path, encoding="utf-8") as f:
            return [json.loads(line) for line in f if line.strip()]

    def account_agrees(self, expected, err):
        counts = {v: sum(v in record for record in expected) for v in VERDICTS}
        self.assert_accounted(err, self.source, read=len(expected), skipped=counts["skip"], malformed=counts["bad"],
                              over_limit=counts["limit"],
                              sessions=sum(len(r.get("sessions", [r])) for r in expected if not any(v in r for v in VERDICTS)))

    def test_fixtures(self):
        folder = os.path.join(HERE, self.source)
        names = sorted(n for n in os.listdir(folder) if n.endswith(".expected.jsonl"))
        self.assertTrue(names, f"{folder} has no NAME.expected.jsonl")
        for name in names:
            stem = name[:-len(".expected.jsonl")]
            inputs = [n for n in os.listdir(folder) if n.rpartition(".")[0] == stem and not n.endswith(".args")]
            self.assertEqual(1, len(inputs), f"files for {name}: {inputs}")
            path = os.path.join(folder, inputs[0])
            expected = self.read_lines(os.path.join(folder, name))
            arguments = []
            if os.path.exists(os.path.join(folder, stem + ".args")):
                with open(os.path.join(folder, stem + ".args"), encoding="utf-8") as f:
                    arguments = shlex.split(f.read())
            with open(path, "rb") as f:
                data = f.read()
            with self.subTest(fixture=inputs[0]):
                out, err = self.normalize(data, arguments, path=path)
                self.compare(expected, out)
                self.account_agrees(expected, err)
                self.assertEqual(out, self.normalize(data, arguments, "--batch-rows", "1", path=path)[0],
                                 "one row per batch says something else")
                # Without a file there is no file time: where years are missing the fixture names a reference itself.
                self.assertEqual(out, self.normalize(data, arguments)[0], "compressed standard input says something else")

    def test_rows_are_read_from_answers_of_queries(self):
        folder = os.path.join(HERE, self.source)
        for name in sorted(n for n in os.listdir(folder) if re.fullmatch(r"table.*\.jsonl", n)
                           and not n.endswith(".expected.jsonl")):
            with open(os.path.join(folder, name), "rb") as f:
                objects = [object_of(line) for line in f.read().removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
            expected = self.read_lines(os.path.join(folder, name[:-len(".jsonl")] + ".expected.jsonl"))
            if len(objects) != len(expected):  # some line is no record
                continue
            both = [(o, e) for o, e in zip(objects, expected) if o]
            rows, expected = [o for o, _ in both], [e for _, e in both]
            half = len(rows) // 2
            answers = {
                "one line": json.dumps({"tables": [answer_of(rows, "PrimaryResult", False)], "statistics": {"rows": []}}),
                "two tables": json.dumps({"Tables": [answer_of(rows[:half], "Table_0", True),
                                                     answer_of(rows[half:], "Table_1", True)]}, indent=1),
            }
            for kind, answer in answers.items():
                with self.subTest(fixture=name, answer=kind):
                    path = self.write("answer.json", answer)
                    out, err = self.normalize(None, (), path=path)
                    self.compare(expected, out)
                    self.account_agrees(expected, err)
                    self.assertEqual(out, self.normalize(None, (), "--batch-rows", "1", path=path)[0])
            lines = self.write("answer.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
            seen = self.run_program("identify", path, lines).stdout.decode().splitlines()[1:]
            self.assertEqual(2, len(seen), seen)
            self.assertEqual(*(line.split()[1:3] for line in seen), "identify")

    def test_shared_samples(self):
        folder = os.path.join(SHARED, "samples", self.source)
        if not os.path.isdir(folder):
            self.skipTest(f"no samples of {self.source} under {SHARED} (TIDEMARK_SHARED names the folder)")
        for data, expectation in (("table.jsonl", "expected.jsonl"), ("table.csv", "expected.jsonl"),
                                  ("native.log", "native_expected.jsonl")):
            path = os.path.join(folder, data)
            if os.path.exists(path):
                with self.subTest(sample=data):
                    out, err = self.normalize(None, (), path=path)
                    expected = [RIGHT_INSTEAD.get((self.source, data, number), one) for number, one
                                in enumerate(self.read_lines(os.path.join(folder, expectation)), 1)]
                    self.compare(expected, out, absent=MAIN_FIELDS)
                    self.account_agrees(expected, err)


def load_tests(loader, standard, pattern):
    suite = unittest.TestSuite()
    for source in SOURCES:
        name = "".join(word.capitalize() for word in source.split("-")) + "Test"
        suite.addTests(loader.loadTestsFromTestCase(type(name, (SourceTest,), {"source": source})))
    return suite


if __name__ == "__main__":
    SOURCES = sys.argv[1:] or sorted(n for n in os.listdir(HERE) if os.path.isdir(os.path.join(HERE, n)))
    sys.argv[1:] = []
    harness.main()
