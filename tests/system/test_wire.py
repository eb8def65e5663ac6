"""Both ends written from common/wire/README.md, with a bad network between them: every record is applied once."""
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import msgpack
import zmq

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wire")
sys.path.insert(0, HERE)
from collector import Bad, Collector, Record, Refused, Skip  # noqa: E402
from lossy_proxy import ProxyThread  # noqa: E402

CREDIT = 4


def unpack_texts(data, n):
    ends = struct.unpack_from("<%dI" % n, data)
    texts = data[4 * n:]
    return [texts[b:e].decode() for b, e in zip((0,) + ends, ends)]


class Receiver(threading.Thread):
    """The receiving end: applies batches by position, asks for what is missing."""
    def __init__(self, endpoint, senders=1, accepts=True):
        super().__init__(daemon=True)
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 1000)
        self.socket.bind(endpoint)
        self.senders, self.accepts = senders, accepts
        self.peers = {}    # route -> {"newest", "limit", …}
        self.streams = {}  # (source, stream) -> state
        self.rows = {}     # (source, stream) -> what was applied
        self.finished = set()
        self.rewinds = self.stale = 0
        self.stopping = threading.Event()
        self.error = None

    def send(self, route, type, **keys):
        self.socket.send_multipart([route, msgpack.packb(dict(keys, type=type))])

    def grant(self, route):
        peer = self.peers[route]
        if peer["newest"] + CREDIT > peer["limit"]:
            peer["limit"] = peer["newest"] + CREDIT
            self.send(route, "credit", sequence=peer["limit"])

    def stream(self, m):
        key = (m["source"], m["stream"])
        return key, self.streams.setdefault(key, {"applied": 0, "epoch": 0, "asked": -1, "asked_at": 0.0})

    def gap(self, route, key, state, epoch):
        now = time.monotonic()
        if state["asked"] < epoch or now - state["asked_at"] > 0.1:
            state["asked"], state["asked_at"] = epoch, now
            self.rewinds += 1
            self.send(route, "rewind", source=key[0], stream=key[1], position=state["applied"], epoch=epoch)

    def apply(self, route, b):
        key, state = self.stream(b)
        if b["epoch"] < state["epoch"]:
            self.stale += 1
            return
        state["epoch"] = b["epoch"]
        if b["from"] > state["applied"]:
            self.gap(route, key, state, b["epoch"])
            return
        columns = {c["name"]: c for c in b["columns"]}
        n, entries = b["rows"], []
        if n:
            width = {"u8": "B", "u16": "H", "u32": "I", "i64": "q"}

            def integers(c):
                nulls = c.get("nulls")
                values = struct.unpack("<%d%s" % (n, width[c["type"]]), c["data"])
                return [None if nulls and nulls[i // 8] >> (i % 8) & 1 else v + c.get("base", 0)
                        for i, v in enumerate(values)]
            width_n = len(b["descriptor_fields"])
            cells = unpack_texts(b["descriptors"], b["descriptors_n"] * width_n)
            decoded = {name: unpack_texts(c["data"], n) if c["type"] == "text" else integers(c)
                       for name, c in columns.items()}
            for i in range(n):
                d = decoded["descriptor"][i]
                entries.append((decoded["position"][i], decoded["time"][i],
                                tuple(cells[d * width_n:(d + 1) * width_n]), decoded["dst_port"][i],
                                decoded["src_ip"][i]))
        if "others" in b:
            o = b["others"]
            positions = struct.unpack("<%dI" % o["n"], o["positions"])
            reasons = struct.unpack("<%dH" % o["n"], o["reasons"])
            entries += [(b["from"] + p, *o["reason"][r]) for p, r in zip(positions, reasons)]
        for entry in sorted(entries, key=lambda e: e[0]):
            if entry[0] >= state["applied"]:
                self.rows.setdefault(key, []).append(entry)
        state["applied"] = max(state["applied"], b["to"])
        self.send(route, "acknowledge", source=key[0], stream=key[1], position=state["applied"])

    def handle(self, route, frames):
        m = msgpack.unpackb(frames[0])
        if m["type"] == "hello":
            if not self.accepts:
                self.send(route, "refuse", text="not today")
                return
            self.send(route, "hello", version=1, role="normalizer", name="test", incarnation=1)
            if route not in self.peers:
                self.peers[route] = {"newest": 0, "limit": 0}
                self.send(route, "want", fields=["dst_port", "src_ip"])
                self.grant(route)
        elif m["type"] == "batch":
            assert m["sequence"] <= self.peers[route]["limit"], "more than its credit"
            self.peers[route]["newest"] = max(self.peers[route]["newest"], m["sequence"])
            self.apply(route, msgpack.unpackb(frames[1][:m["bytes"]]))
            self.grant(route)
        elif m["type"] == "heartbeat":
            self.peers[route]["newest"] = max(self.peers[route]["newest"], m["sequence"])
            self.grant(route)
        elif m["type"] == "end":
            key, state = self.stream(m)
            if state["applied"] >= m["position"]:
                self.send(route, "acknowledge", source=key[0], stream=key[1], position=m["position"], ended=True)
            elif m["epoch"] >= state["epoch"]:
                self.gap(route, key, state, m["epoch"])
        elif m["type"] == "finish":
            self.finished.add(route)
            self.send(route, "finish")

    def run(self):
        try:
            while not self.stopping.is_set():
                if self.socket.poll(20):
                    route, *frames = self.socket.recv_multipart()
                    self.handle(route, frames)
        except Exception as e:
            self.error = e
        self.socket.close()
        self.context.term()

    def stop(self):
        self.stopping.set()
        self.join()
        if self.error:
            raise self.error


def some_records(n, seed):
    r = random.Random(seed)
    records = []
    for i in range(n):
        size = r.randrange(1, 300)
        if r.random() < 0.1:
            records.append(Skip("nodata", size) if r.random() < 0.5 else Bad("no_time", size))
            continue
        records.append(Record(1767261600000 + r.randrange(10**7),
                              {"proto": r.choice(["6", "17"]), "action": r.choice(["ACCEPT", "REJECT"]),
                               "dst_port": r.choice([22, 443, 53, None]),
                               "src_ip": r.choice(["192.0.2.%d" % r.randrange(256), "2001:db8::1", None])}, size))
    return records


def expected_rows(records):
    rows, position = [], 0
    for r in records:
        if isinstance(r, Record):
            rows.append((position, r.time_ms, (r.fields["proto"], r.fields["action"]), r.fields["dst_port"],
                         r.fields["src_ip"] or ""))
        else:
            rows.append((position, r.verdict, r.reason))
        position += r.size
    return rows


class Wire(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tidemark-wire-")
        self.addCleanup(self.folder.cleanup)
        self.seed = int(os.environ.get("TIDEMARK_SEED", random.SystemRandom().randrange(1 << 30)))
        self.at_receiver = "ipc://%s/receiver" % self.folder.name
        self.at_proxy = "ipc://%s/proxy" % self.folder.name

    def collect(self, endpoint, name, streams, batch_rows):
        c = Collector(endpoint, name=name, source=name, vendor="acme", descriptor_fields=["proto", "action"],
                      columns={"dst_port": "port", "src_ip": "text", "unwanted": "integer"}, batch_rows=batch_rows)
        for stream, records in streams.items():
            c.add_stream(stream, records)
        c.run()
        return c

    def check(self, receiver, name, streams):
        for stream, records in streams.items():
            self.assertEqual(receiver.rows.get((name, stream), []), expected_rows(records),
                             "seed %d, %s/%s" % (self.seed, name, stream))

    def test_a_quiet_network_needs_no_rewind(self):
        receiver = Receiver(self.at_receiver)
        receiver.start()
        streams = {"0": some_records(5000, self.seed), "1": [], "2": some_records(1, self.seed)}
        c = self.collect(self.at_receiver, "quiet", streams, 100)
        receiver.stop()
        self.check(receiver, "quiet", streams)
        self.assertEqual(receiver.rewinds, 0)
        self.assertEqual(c.batches, 51)

    def test_a_bad_network_changes_nothing(self):
        receiver = Receiver(self.at_receiver)
        receiver.start()
        with subprocess.Popen([sys.executable, os.path.join(HERE, "lossy_proxy.py"), "--listen", self.at_proxy,
                               "--receiver", self.at_receiver, "--seed", str(self.seed), "--drop", "0.15",
                               "--repeat", "0.2", "--reorder", "0.3", "--delay-ms", "20"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as proxy:
            self.assertEqual(proxy.stdout.readline(), "ready\n")
            streams = {"a": {"0": some_records(3000, self.seed), "1": some_records(500, self.seed + 1)},
                       "b": {"0": some_records(2000, self.seed + 2)}}
            collectors = [threading.Thread(target=self.collect, args=(self.at_proxy, name, s, 50))
                          for name, s in streams.items()]
            for c in collectors:
                c.start()
            for c in collectors:
                c.join()
            proxy.terminate()
            _, log = proxy.communicate()
        receiver.stop()
        for name, s in streams.items():
            self.check(receiver, name, s)
        self.assertEqual(len(receiver.finished), 2, log)
        self.assertGreater(receiver.rewinds, 0, log)
        self.assertIn("seed %d" % self.seed, log)
        for count in ("dropped", "repeated", "reordered"):
            self.assertNotIn(count + "=0", log)

    def test_a_proxy_without_faults_passes_everything(self):
        receiver = Receiver(self.at_receiver)
        receiver.start()
        proxy = ProxyThread(self.at_proxy, self.at_receiver, seed=self.seed, drop=0, repeat=0, reorder=0)
        proxy.start()
        streams = {"0": some_records(1000, self.seed)}
        self.collect(self.at_proxy, "same", streams, 10)
        counts = proxy.stop()
        receiver.stop()
        self.check(receiver, "same", streams)
        self.assertEqual(receiver.rewinds, 0)
        self.assertEqual(counts["passed"], 100)

    def test_a_refusal_is_told(self):
        receiver = Receiver(self.at_receiver, accepts=False)
        receiver.start()
        with self.assertRaisesRegex(Refused, "not today"):
            self.collect(self.at_receiver, "refused", {"0": []}, 1)
        receiver.stop()


if __name__ == "__main__":
    unittest.main()
