#!/usr/bin/python3
"""Fixtures of one source (or several): run_sources.py ID… runs `tidemark normalize --all` and compares line by line.

tests/sources/ID/NAME.EXT       records as the vendor writes them
  …/NAME.expected.jsonl         one line per record, in order: {ASIM field: value} (every field named must be equal, null:
                                must be absent), {"skip": reason}, {"bad": reason}, {"limit": reason} (true: any reason),
                                or {"sessions": [{…}, …]} for one record that is several sessions
  …/NAME.args                   further arguments for normalize, as a shell would split them (optional)
tests/sources/ID/long.txt       FORM<TAB>TEXT: records that may not cost more than their length; what stands between « and »
                                is repeated until the record is long, `\n` is a line feed (optional)

Fixtures without arguments are read together, as a folder, as a process costs more than what it reads here.  Each fixture
is read again by itself, compressed, through standard input and with one row per batch: it must say the same.
Rows of a table as JSON lines (table*.jsonl) are read again as the answers of queries that give them, records of the
vendor's as JSON lines (native.jsonl) behind headers of syslog.  Long lines of one word are read in every form, and
fixtures with some of their words over and over: their cost must be linear.
Where the folder that TIDEMARK_SHARED names (default: ../shared beside the checkout) has samples of the source, those are
compared too; there an absent main field must be absent.
"""
import gzip
import json
import os
import random
import re
import resource
import shlex
import shutil
import sys
import unittest
from collections import namedtuple
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))
import harness  # noqa: E402

SHARED = os.environ.get("TIDEMARK_SHARED") or os.path.join(os.path.dirname(harness.ROOT), "shared")
VERDICTS = ("skip", "bad", "limit")
LONG_LINE_BYTES = 1 << 18
# Records with a word over and over, so many of each fixture; records of long.txt, which are nearly as long as may be; and
# the processor time that their bytes may cost in any build: a square of their length is far more, what is linear far less.
STRETCHED_BYTES, STRETCHED_RECORDS = 1 << 18, 2
HOSTILE_BYTES = 900_000
SECONDS_BEFORE, SECONDS_PER_MEGABYTE = 3, 2
MAIN_FIELDS = ("NetworkProtocol", "DstPortNumber", "DstAppName", "NetworkDirection", "DvcAction", "SrcIpAddr",
               "DstIpAddr", "EventResult")
# Samples of which something else is right, and why.
RIGHT_INSTEAD = {
    # The line has no time at all. In a file it is malformed: nothing that is stored says which window it belongs to.
    ("cisco-asa", "native.log", 4): {"bad": "no_time"},
}
Fixture = namedtuple("Fixture", "name arguments expected")
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


def stretched(line, chosen):
    """The line with one of its words over and over; then it goes on, or at a later word, or ends."""
    words = re.findall(rb'[^ ,|;:="\t]*[ ,|;:="\t]+|[^ ,|;:="\t]+', line)
    if not words:
        return line
    at = chosen.randrange(len(words))
    behind = words[chosen.choice((at + 1, chosen.randrange(at, len(words)) + 1)):]
    return b"".join(words[:at] + [words[at] * (STRETCHED_BYTES // len(words[at]))] + behind)


def lengthened(text):
    """A line of long.txt: its form, and the record."""
    form, _, text = text.rstrip("\n").partition("\t")
    pieces = re.split("[«»]", text)
    room = HOSTILE_BYTES // (len(pieces) // 2)
    pieces[1::2] = [piece * (room // len(piece)) for piece in pieces[1::2]]
    return form, "".join(pieces).replace("\\n", "\n") + "\n"


class SourceTest(harness.SystemTest):
    source = None

    def normalize(self, arguments, path):
        return self.expect(0, "normalize", "--all", *arguments, f"{self.source}={path}")

    def normalize_packed(self, arguments, data):
        """Without a file there is no file time: where years are missing the fixture names a reference itself."""
        return self.expect(0, "normalize", "--all", "--batch-rows", "1", *arguments, f"{self.source}=-",
                           input=gzip.compress(data, 1))[0]

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

    def fixture(self, folder, name):
        """A fixture by the name of its expectations."""
        stem = name[:-len(".expected.jsonl")]
        inputs = [n for n in os.listdir(folder) if n.rpartition(".")[0] == stem and not n.endswith(".args")]
        self.assertEqual(1, len(inputs), f"files for {name}: {inputs}")
        arguments = []
        if os.path.exists(os.path.join(folder, stem + ".args")):
            with open(os.path.join(folder, stem + ".args"), encoding="utf-8") as f:
                arguments = shlex.split(f.read())
        return Fixture(inputs[0], arguments, self.read_lines(os.path.join(folder, name)))

    def read_together(self, folder, fixtures, arguments):
        """What one run over the fixtures prints, compared and accounted for as a whole; returns it by fixture."""
        copy = self.path("fixtures" + str(len(os.listdir(self.scratch))))
        os.mkdir(copy)
        for fixture in fixtures:
            shutil.copy2(os.path.join(folder, fixture.name), copy)
        out, err = self.normalize(arguments, copy)
        lines, found, at = out.splitlines(keepends=True), {}, 0
        for fixture in sorted(fixtures, key=lambda one: one.name.encode()):
            n = sum(len(record.get("sessions", [record])) for record in fixture.expected)
            found[fixture.name] = "".join(lines[at:at + n])
            at += n
            with self.subTest(fixture=fixture.name):
                self.compare(fixture.expected, found[fixture.name])
        self.assertEqual("", "".join(lines[at:]), "more lines than are expected")
        self.account_agrees([record for fixture in fixtures for record in fixture.expected], err)
        return found

    def test_fixtures(self):
        folder = os.path.join(HERE, self.source)
        names = sorted(n for n in os.listdir(folder) if n.endswith(".expected.jsonl"))
        self.assertTrue(names, f"{folder} has no NAME.expected.jsonl")
        fixtures = [self.fixture(folder, name) for name in names]
        plain = [fixture for fixture in fixtures if not fixture.arguments]
        runs = [plain] * bool(plain) + [[fixture] for fixture in fixtures if fixture.arguments]
        for run in runs:
            said = self.read_together(folder, run, run[0].arguments)
            for fixture in run:
                with self.subTest(packed=fixture.name), open(os.path.join(folder, fixture.name), "rb") as f:
                    self.assertEqual(said[fixture.name], self.normalize_packed(fixture.arguments, f.read()),
                                     "compressed standard input, one row per batch, says something else")

    def test_rows_are_read_from_answers_of_queries(self):
        folder, pairs = os.path.join(HERE, self.source), 0
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
            self.write(f"{name}.answers/1.json", json.dumps({"tables": [answer_of(rows, "PrimaryResult", False)],
                                                             "statistics": {"rows": []}}))
            self.write(f"{name}.answers/2.json", json.dumps({"Tables": [answer_of(rows[:half], "Table_0", True),
                                                                       answer_of(rows[half:], "Table_1", True)]}, indent=1))
            with self.subTest(fixture=name):
                path = self.path(name + ".answers")
                out, err = self.normalize((), path)
                self.compare(expected * 2, out)
                self.account_agrees(expected * 2, err)
                self.assertEqual(out, self.normalize(("--batch-rows", "1"), path)[0])
            self.write(f"identify/{name}.1", self.read(f"{name}.answers/2.json"))
            self.write(f"identify/{name}.2", "".join(json.dumps(row) + "\n" for row in rows))
            pairs += 1
        if not pairs:
            return
        seen = self.run_program("identify", self.path("identify")).stdout.decode().splitlines()[1:]
        self.assertEqual(2 * pairs, len(seen), seen)
        for answer, lines in zip(seen[::2], seen[1::2]):
            self.assertEqual(answer.split()[1:3], lines.split()[1:3], "identify")

    def test_objects_are_read_behind_headers(self):
        folder = os.path.join(HERE, self.source)
        path = os.path.join(folder, "native.jsonl")
        if not os.path.exists(path):
            return
        with open(path, encoding="utf-8-sig") as f:
            lines = [line for line in f if line.strip()]
        expected = self.read_lines(os.path.join(folder, "native.expected.jsonl"))
        if len(lines) != len(expected) or not all(object_of(line.encode()) for line in lines):
            return
        headers = ("<134>Jan  1 10:00:06 host feed[7]: ", '<134>1 2026-01-01T10:00:06Z host feed 7 - [o@1 k="v"] \ufeff',
                   "2026-01-01 10:00:06\tLocal0.Info\t192.0.2.1\t")
        for number, header in enumerate(headers):
            self.write(f"headed/{number}.log", "".join(header + line for line in lines))
        out, err = self.normalize((), self.path("headed"))
        self.compare(expected * len(headers), out)
        self.account_agrees(expected * len(headers), err)

    def test_a_word_over_and_over_ends_nothing(self):
        """Lines of one sign, one beginning or one header many times are some record's verdict, in every form."""
        words = ("%FTD<", "|a=", "type=|", "CEF:0|", '{"a":', "[{", "1 ", '"",', "\\", "<1>", "<Event>", "10.0.0.1 ",
                 "2026-01-01T00:00:00Z ", "Jan  1 00:00:00 h a: ", "1 2026-01-01T00:00:00Z h a - - - ")
        path = self.write("words.log", "".join("<14>" + word * (LONG_LINE_BYTES // len(word)) + "\n" for word in words))
        described, _ = self.expect(0, "--describe", program=os.path.join(harness.BIN, f"tidemark-collector-{self.source}"))
        inputs = [f"{self.source}:{form['name']}={path}" for form in json.loads(described)["forms"]]
        _, err = self.expect(0, "normalize", "--stats", *inputs)
        self.assert_accounted(err, self.source)

    def cost_is_linear(self, size, *inputs):
        """Normalize: all records are accounted for, and cost no more than their length allows."""
        def spent():
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            return used.ru_utime + used.ru_stime
        before = spent()
        done = self.run_program("normalize", "--stats", *inputs)
        self.assertEqual(0, done.returncode, done.stderr[-3000:])
        self.assert_accounted(done.stderr.decode(errors="replace"), self.source)
        self.assertLess(spent() - before, SECONDS_BEFORE + SECONDS_PER_MEGABYTE * size / 1e6,
                        f"seconds of processor time for {size} bytes")

    def test_words_over_and_over_cost_their_length(self):
        folder, chosen = os.path.join(HERE, self.source), random.Random(self.source)
        for name in sorted(n for n in os.listdir(folder) if n.endswith(".expected.jsonl")):
            fixture = self.fixture(folder, name)
            if fixture.arguments:
                continue
            with open(os.path.join(folder, fixture.name), "rb") as f:
                lines = f.read().split(b"\n")
            for at in chosen.sample(range(1, len(lines)), min(STRETCHED_RECORDS, len(lines) - 1)):
                longer = stretched(lines[at], chosen)
                if fixture.name.endswith((".json", ".xml")):
                    lines[at] = longer
                else:  # behind the head by which the form is told
                    lines.append(longer)
            self.write("stretched/" + fixture.name, b"\n".join(lines))
        path = self.path("stretched")
        self.cost_is_linear(sum(os.path.getsize(os.path.join(path, n)) for n in os.listdir(path)), f"{self.source}={path}")

    def test_records_that_were_hostile_cost_their_length(self):
        path = os.path.join(HERE, self.source, "long.txt")
        if not os.path.exists(path):
            return
        with open(path, encoding="utf-8") as f:
            for number, (form, record) in enumerate(lengthened(line) for line in f):
                with self.subTest(number=number):
                    self.cost_is_linear(len(record), f"{self.source}:{form}={self.write(f'{number}.log', record)}")

    def test_shared_samples(self):
        folder = os.path.join(SHARED, "samples", self.source)
        if not os.path.isdir(folder):
            self.skipTest(f"no samples of {self.source} under {SHARED} (TIDEMARK_SHARED names the folder)")
        for data, expectation in (("table.jsonl", "expected.jsonl"), ("table.csv", "expected.jsonl"),
                                  ("native.log", "native_expected.jsonl")):
            path = os.path.join(folder, data)
            if os.path.exists(path):
                with self.subTest(sample=data):
                    out, err = self.normalize((), path)
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
