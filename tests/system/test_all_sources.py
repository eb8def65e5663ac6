#!/usr/bin/python3
"""One hunt over the fixtures of all sources that are built: every record is accounted for, and the counts are those of
the sessions that `normalize` prints."""
import csv
import os
import shutil
import unittest

import harness

SOURCES = os.path.join(harness.ROOT, "tests", "sources")


def fixtures(source):
    """Files of a source that need no arguments of their own."""
    folder = os.path.join(SOURCES, source)
    names = sorted(os.listdir(folder))
    return [os.path.join(folder, n) for n in names if not n.endswith((".expected.jsonl", ".args"))
            and n.rpartition(".")[0] + ".args" not in names]


class AllSourcesTest(harness.SystemTest):
    def inputs(self, sources):
        """SOURCE=FOLDER of each, where the folder has its fixtures: one process reads them all."""
        for source in sources:
            os.makedirs(self.path("logs/" + source))
            for path in fixtures(source):
                shutil.copy(path, self.path("logs/" + source))
        return [f"{source}=logs/{source}" for source in sources]

    def test_one_hunt_over_all_sources_counts_what_normalize_prints(self):
        sources = [s for s in sorted(os.listdir(SOURCES)) if s != "network-summary"
                   and os.path.exists(os.path.join(harness.BIN, "tidemark-collector-" + s))]
        inputs = self.inputs(sources)
        sessions = harness.json_lines(self.expect(0, "normalize", "--quiet", *inputs)[0])
        with_port = sum("DstPortNumber" in session for session in sessions)
        _, err = self.expect(0, "hunt", "--summary", self.path("summary.csv"), *inputs)
        with open(self.path("summary.csv"), encoding="utf-8", newline="") as f:
            self.assertEqual(with_port, sum(int(row["count_"]) for row in csv.DictReader(f)))
        self.assertGreater(with_port, 0)
        account = self.accounts(err)
        self.assertEqual(set(sources), set(account))
        self.assertEqual({0}, {line["unaccounted"] for line in account.values()})
        self.assertEqual(len(sessions) - with_port, sum(line["without port"] for line in account.values()))


if __name__ == "__main__":
    unittest.main()
