#!/usr/bin/python3
"""The answer does not depend on how the work was split: shards, batch sizes, files, forms of compression."""
import glob
import gzip
import os

import harness
import vpc

ROWS = ("22,*,*,*,*,Hunting,Static,20,Low,InitialAccess,Remote shells,Somebody tries",
        "0-65535,*,*,*,Allow,Hunting,Static,5,Low,Discovery,Busy ports,Much is allowed",
        '"23,445",*,TCP,*,*,Hunting,Static,10,High,Execution,Old things,"Old, and known"',
        "65535,*,*,*,*,Detection,Static,0,High,Execution,Edge,Edge")


class SplitTest(harness.SystemTest):
    def test_shards_batches_and_files_change_nothing(self):
        lines = vpc.mixed(3000)
        self.list = self.watchlist(*ROWS)
        one = self.write("one/all.log", "".join(lines))
        for i in range(5):
            self.write(f"five/{i}.log", "".join(lines[i * 600:(i + 1) * 600]))
        for i in range(5):
            self.write(f"shuffled/{i}.log.gz", gzip.compress("".join(lines[i::5]).encode()))
        reference = None
        for shards in (1, 2, 7):
            for batch in ((), ("--batch-rows", "1")):
                for folder in ("one", "five", "shuffled"):
                    if batch and (shards == 2) != (folder == "five"):
                        continue  # one row per batch is slow: a few of the pairs are enough
                    with self.subTest(shards=shards, batch=batch, folder=folder):
                        out, err = self.expect(0, "hunt", "-w", self.list, "--type", "all", "--format", "json", "--summary", "sums.csv",
                                               "--shards", str(shards), *batch, f"aws-vpcflow={folder}")
                        got = out, self.read("sums.csv"), self.accounts(err)
                        self.assertEqual(3000, self.accounts(err)["aws-vpcflow"]["read"])
                        self.assertEqual(0, self.accounts(err)["aws-vpcflow"]["unaccounted"])
                        reference = reference or got
                        self.assertTrue(out)
                        self.assertEqual(reference, got)
        out, err = self.expect(0, "hunt", "-w", self.list, "--type", "all", "--format", "json", "--summary", "sums.csv",
                               "--windows-in-memory", "1", "--shards", "3", "--batch-rows", "10", "aws-vpcflow=-",
                               input=gzip.compress("".join(lines).encode()))
        self.assertEqual(reference, (out, self.read("sums.csv"), self.accounts(err)))

    def test_vector_levels_change_nothing(self):
        self.list = self.watchlist(*ROWS)
        self.write("flows.log", "".join(vpc.mixed(1000)))
        sources = ["aws-vpcflow=flows.log"]
        for source, names in (("paloalto", "native*.log"), ("fortinet", "native*.log"), ("corelight", "native.jsonl"), ("corelight", "native-tsv.log")):
            files = sorted(glob.glob(os.path.join(harness.ROOT, "tests/sources", source, names)))
            self.assertTrue(files)
            sources += [f"{source}={file}" for file in files]
        answers = []
        for level in ("portable", "sse4.2", "avx2", "avx512"):
            env = self.environment(TIDEMARK_SIMD=level)
            out, err = self.expect(0, "hunt", "-w", self.list, "--type", "all", "--format", "json", "--summary", "sums.csv", *sources, env=env)
            answers.append((out, self.read("sums.csv"), self.accounts(err)))
            answers[-1] += tuple(self.expect(0, "normalize", "--all", source, env=env)[0] for source in sources)
        self.assertTrue(all(answers[0]))
        self.assertEqual([answers[0]] * len(answers), answers)


if __name__ == "__main__":
    harness.main()
