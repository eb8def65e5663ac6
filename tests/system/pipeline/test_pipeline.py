#!/usr/bin/python3
"""Lost, repeated and reordered batches, and how the work is split, change no byte of results, summary and account."""
import collections
import csv
import datetime
import io
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pipeline  # noqa: E402
import harness  # noqa: E402
import msgpack  # noqa: E402
import vpc  # noqa: E402
from collector import Collector, Record, Refused, Skip, Bad  # noqa: E402

ROWS = ("22,*,*,*,*,Hunting,Static,20,Low,InitialAccess,Remote shells,Somebody tries",
        "0-65535,*,*,*,Allow,Hunting,Static,5,Low,Discovery,Busy ports,Much is allowed",
        '"23,445",*,TCP,*,Deny,Hunting,Static,2,High,Execution,Old things,"Old, and known"')
SEEDS = int(os.environ.get("TIDEMARK_PIPELINE_SEEDS", "4"))
PROTOCOLS = {"6": "TCP", "17": "UDP", "1": "ICMP"}
ACTIONS = {"ACCEPT": "Allow", "REJECT": "Deny"}


def fields_of(line):
    """The words of a good line, "skip" or "bad"."""
    words = line.split()
    if len(words) != 14:
        return "bad"
    return "skip" if words[13] != "OK" else words


def expected_summary(lines):
    """The rows of --summary, counted here."""
    sums = collections.Counter()
    for words in map(fields_of, lines):
        if words not in ("skip", "bad"):
            window = int(words[10]) // vpc.WINDOW_S * vpc.WINDOW_S
            sums[(window, PROTOCOLS.get(words[7], ""), int(words[6]), "", "", ACTIONS[words[12]])] += 1
    return [[*map(str, (time_text(key[0]), *key[1:], n))] for key, n in sorted(sums.items())]


def time_text(epoch_s):
    return datetime.datetime.fromtimestamp(epoch_s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class PipelineTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.list = self.watchlist(*ROWS)
        self.lines = vpc.mixed(4000, seed=8)
        for i in range(3):
            self.write(f"logs/{i}.log", "".join(self.lines[i::3]))
        self.paths = [self.path(f"logs/{i}.log") for i in range(3)]

    def collectors(self, batch_rows=50):
        """Two collectors of two sources; the second reads one file again."""
        return (("aws-vpcflow", "edge", ["--batch-rows", str(batch_rows), *self.paths]),
                ("aws-vpcflow", "core", ["--batch-rows", "7", self.write("core/0.log", "".join(self.lines[:300])),
                                         self.write("core/empty.log", "")]))

    def run_all(self, **options):
        return pipeline.Pipeline(self, watchlist=self.list, **options).run(*self.collectors())

    def assert_all_accounted(self, outcome):
        sources = {source["source"]: source for source in outcome.account["sources"]}
        self.assertEqual({"core": 300, "edge": 4000}, {name: s["read"] for name, s in sources.items()})
        for source in sources.values():
            self.assertEqual(0, source["unaccounted"])
            self.assertEqual(0, source["lost_bytes"])

    def test_an_undisturbed_run_gives_what_a_direct_count_gives(self):
        outcome = self.run_all()
        rows = list(csv.reader(io.StringIO(outcome.summary.decode())))
        self.assertEqual(expected_summary(self.lines + self.lines[:300]), rows[1:])
        self.assert_all_accounted(outcome)
        edge = next(s for s in outcome.account["sources"] if s["source"] == "edge")
        fates = collections.Counter(f if f in ("skip", "bad") else "ok" for f in map(fields_of, self.lines))
        self.assertEqual((fates["ok"], fates["ok"], fates["skip"], fates["bad"], 0),
                         (edge["session_records"], edge["sessions"], edge["skipped"], edge["malformed"],
                          edge["without_port"]))
        self.assertTrue(outcome.stdout)
        self.assertEqual(len(outcome.stdout.splitlines()), outcome.account["results"])

    def test_how_the_work_is_split_changes_nothing(self):
        reference = self.run_all()
        for options in ({"shards": 2}, {"normalizers": 2}, {"shards": 3, "normalizers": 2, "windows_in_memory": 1}):
            with self.subTest(**options):
                self.assertEqual(reference, self.run_all(**options))

    def test_a_network_that_loses_repeats_and_reorders_batches_changes_nothing(self):
        reference = self.run_all()
        counts = collections.Counter()
        for seed in range(SEEDS):
            options = ({}, {"shards": 2}, {"normalizers": 2, "shards": 3}, {"windows_in_memory": 1})[seed % 4]
            with self.subTest(seed=seed, **options):
                bad = pipeline.Pipeline(self, watchlist=self.list, lossy=seed, **options)
                outcome = bad.run(*self.collectors())
                counts.update(bad.proxy_counts())
                self.assertEqual(reference, outcome)
                self.assert_all_accounted(outcome)
        for what in ("dropped", "repeated", "reordered"):
            self.assertGreater(counts[what], 20 * SEEDS, f"the network was too good: {dict(counts)}")

    def test_what_is_printed_is_the_same_through_a_bad_network(self):
        words = ["--batch-rows", "20", self.paths[0]]
        reference = pipeline.Pipeline(self, print_mode="all").run(("aws-vpcflow", "edge", words))
        self.assertEqual(len(self.lines[0::3]), len(reference.stdout.splitlines()))
        for seed in range(2):
            with self.subTest(seed=seed):
                bad = pipeline.Pipeline(self, print_mode="all", lossy=seed)
                self.assertEqual(reference.stdout, bad.run(("aws-vpcflow", "edge", words)).stdout)
                self.assertGreater(bad.proxy_counts()["dropped"], 0)


class ForeignCollectorTest(harness.SystemTest):
    """A collector that was written from the wire's description alone takes a vendor's place."""
    def setUp(self):
        super().setUp()
        self.list = self.watchlist(*ROWS)
        self.lines = vpc.mixed(1500, seed=21)

    def records(self):
        out = []
        for line in self.lines:
            words = fields_of(line)
            if words == "skip":
                out.append(Skip("nodata", len(line)))
            elif words == "bad":
                out.append(Bad("field_count", len(line)))
            else:
                out.append(Record(int(words[10]) * 1000, {
                    "protocol": words[7], "action": words[12], "log_status": "OK", "version": "2",
                    "srcaddr": words[3], "dstaddr": words[4], "srcport": int(words[5]), "dstport": int(words[6]),
                    "packets": int(words[8]), "bytes": int(words[9])}, len(line)))
        return out

    def foreign(self, endpoint, name, stream, records, batch_rows=40):
        collector = Collector(endpoint, name, "edge", "aws-vpcflow",
                              descriptor_fields=["protocol", "action", "log_status", "version"],
                              columns={"srcaddr": "text", "dstaddr": "text", "srcport": "port", "dstport": "port",
                                       "packets": "integer", "bytes": "integer"}, batch_rows=batch_rows)
        collector.add_stream(stream, records)
        return collector

    def run_foreign(self, **options):
        p = pipeline.Pipeline(self, watchlist=self.list, **options)
        endpoint, = p.start_behind_collectors(1)
        p.go()
        collector = self.foreign(endpoint, "edge/python", "0", self.records())
        collector.run(harness.DEADLINE_S)
        return p.finish(), collector

    def test_it_gives_the_same_results_as_the_vendor_s_own(self):
        p = pipeline.Pipeline(self, watchlist=self.list)
        native = p.run(("aws-vpcflow", "edge", [self.write("all.log", "".join(self.lines))]))
        foreign, _ = self.run_foreign()
        self.assertEqual((native.stdout, native.summary), (foreign.stdout, foreign.summary))
        self.assertTrue(foreign.stdout)

        def numbers(outcome):
            source, = outcome.account["sources"]
            return {key: value for key, value in source.items() if key != "reasons"}
        self.assertEqual(numbers(native), numbers(foreign))
        self.assertEqual(0, numbers(foreign)["unaccounted"])

    def test_it_bears_a_bad_network_too(self):
        reference, _ = self.run_foreign()
        for seed in range(2):
            with self.subTest(seed=seed):
                outcome, collector = self.run_foreign(lossy=seed, shards=2)
                self.assertEqual(reference, outcome)
                self.assertGreater(collector.streams["0"].rewinds, 0)

    def test_a_second_collector_of_another_vendor_s_name_is_refused_with_a_sentence(self):
        p = pipeline.Pipeline(self, watchlist=self.list)
        endpoint, = p.start_behind_collectors(1)
        p.go()
        stranger = Collector(endpoint, "x/0", "x", "no-such-vendor", descriptor_fields=["proto"])
        stranger.add_stream("0", [])
        with self.assertRaises(Refused) as refused:
            stranger.run(harness.DEADLINE_S)
        self.assertIn("no-such-vendor", str(refused.exception))


class ForeignNormalizerTest(harness.SystemTest):
    """A shard believes nothing that its senders say."""
    def setUp(self):
        super().setUp()
        self.pipeline = pipeline.Pipeline(self, watchlist=self.watchlist(*ROWS))
        self.pipeline.start_alerter()
        self.pipeline.start("tidemark-aggregator", "shard", "--bind", self.pipeline.endpoint("shard"), "--connect",
                            self.pipeline.endpoint("alerter"), "--ports", "0-1023", "--senders", "1", "--state-dir",
                            self.scratch)
        self.pipeline.go()

    def sender(self, name, port):
        sender = Sessions(self.pipeline.endpoint("shard"), name, "edge", "", role="normalizer",
                          descriptor_fields=["NetworkProtocol", "DvcAction"], columns={"port": "port"}, batch_rows=10)
        sender.add_stream("0", [Record(vpc.T0 * 1000 + i, {"NetworkProtocol": "TCP", "port": port}) for i in range(95)])
        return sender

    def test_a_sender_of_another_shard_s_ports_is_refused_and_a_good_one_is_served_after_it(self):
        with self.assertRaises(Refused) as refused:
            self.sender("wrong", 1024).run(harness.DEADLINE_S)
        self.assertIn("port 1024", str(refused.exception))
        self.sender("right", 443).run(harness.DEADLINE_S)
        # The wrong one never finished and never applied anything, so its stream is the right one's.
        outcome = self.pipeline.finish()
        rows = list(csv.reader(io.StringIO(outcome.summary.decode())))
        self.assertEqual([["2026-01-01T10:00:00Z", "TCP", "443", "", "", "", "95"]], rows[1:])
        source, = outcome.account["sources"]
        self.assertEqual((95, 95, 0), (source["read"], source["sessions"], source["unaccounted"]))


class Sessions(Collector):
    """Sends its records as batches of sessions."""
    def wanted(self, field):
        return True

    def batch(self, stream, first, last):
        document = msgpack.unpackb(super().batch(stream, first, last))
        document["kind"] = "sessions"
        return msgpack.packb(document)


if __name__ == "__main__":
    harness.main()
