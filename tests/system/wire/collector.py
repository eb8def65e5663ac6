"""A collector written from common/wire/README.md alone: records of Python's, sent to any receiver of the wire.

    collector = Collector("ipc:///run/…/normalizer-0", name="acme/0", source="edge", vendor="acme-fw",
                          descriptor_fields=["proto", "action"],
                          columns={"dst_port": "port", "src_ip": "text", "bytes": "integer"})
    collector.add_stream("0", [Record(time_ms, {"proto": "6", "dst_port": 443}, size=50), Skip("nodata"), …])
    collector.run()                      # returns when everything is acknowledged and finished

A record's position is the sum of the sizes of those before it, as if they stood in a file one behind the other.
"""
import collections
import secrets
import struct
import time

import msgpack
import zmq

VERSION = 1
HELLO_S, REPEAT_S, HEARTBEAT_S, STARVED_S = 0.02, 0.2, 1.0, 0.1


class Record(collections.namedtuple("Record", "time_ms fields size")):
    """One record: fields by name, str for texts, int for numbers; what is missing or None has no value."""
    def __new__(cls, time_ms, fields, size=100):
        return super().__new__(cls, time_ms, fields, size)


class Other(collections.namedtuple("Other", "verdict reason size")):
    """A record that gives no session: verdict "skip", "bad" or "limit"."""


def Skip(reason, size=100):
    return Other("skip", reason, size)


def Bad(reason, size=100):
    return Other("bad", reason, size)


class Refused(Exception):
    """The receiver will not have us; the text says why."""


class Gone(Exception):
    """The receiver did not do what it should in the time given."""


def packed_texts(texts):
    raw = [t if isinstance(t, bytes) else t.encode("utf-8", "surrogateescape") for t in texts]
    end, ends = 0, []
    for t in raw:
        end += len(t)
        ends.append(end)
    return struct.pack("<%dI" % len(ends), *ends) + b"".join(raw)


def nulls_of(values):
    bits = bytearray((len(values) + 7) // 8)
    for i, v in enumerate(values):
        if v is None:
            bits[i // 8] |= 1 << (i % 8)
    return bytes(bits)


def text_column(name, values):
    return {"name": name, "type": "text", "data": packed_texts(["" if v is None else v for v in values])}


def integer_column(name, values, type=None, base=0):
    known = [v for v in values if v is not None]
    if type is None:
        base = min(known, default=0)
        top = max(known, default=0) - base
        type = "u8" if top < 1 << 8 else "u16" if top < 1 << 16 else "u32" if top < 1 << 32 else "i64"
        if type == "i64" or base > (1 << 63) - (1 << 32):
            type, base = "i64", 0
    code = {"u8": "B", "u16": "H", "u32": "I", "i64": "q"}[type]
    column = {"name": name, "type": type, "base": base,
              "data": struct.pack("<%d%s" % (len(values), code), *(0 if v is None else v - base for v in values))}
    if len(known) < len(values):
        column["nulls"] = nulls_of(values)
    return column


class Stream:
    """One stream: its records with their positions, and how far it is."""
    def __init__(self, name, records, epoch):
        self.name, self.records, self.epoch = name, records, epoch
        self.positions = [0]
        for r in records:
            self.positions.append(self.positions[-1] + r.size)
        self.next = 0              # ordinal of the next record to send
        self.acknowledged = 0
        self.ended = False
        self.end_sent = None       # when, of this reading
        self.rewinds = 0

    @property
    def end(self):
        return self.positions[-1]

    def ordinal_at(self, position):
        """The record that begins at `position` (or holds it)."""
        ordinal = 0
        while ordinal < len(self.records) and self.positions[ordinal + 1] <= position:
            ordinal += 1
        return ordinal


class Collector:
    def __init__(self, endpoint, name, source, vendor, descriptor_fields=(), columns=None, batch_rows=8192,
                 incarnation=1, role="collector", padding=64):
        self.endpoint, self.name, self.source, self.vendor = endpoint, name, source, vendor
        self.descriptor_fields, self.columns = list(descriptor_fields), dict(columns or {})
        self.batch_rows, self.incarnation, self.role, self.padding = batch_rows, incarnation, role, padding
        self.instance = secrets.randbits(63) | 1
        self.streams = {}
        self.want = None           # the newest, as it came
        self.sequence = self.limit = 0
        self.receiver_incarnation = None
        self.greeted = self.finished = False
        self.batches = 0
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 1000)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 1)
        self.socket.connect(endpoint)
        self.hello_sent = self.heartbeat_sent = self.finish_sent = 0.0

    def add_stream(self, name, records):
        self.streams[name] = Stream(name, list(records), self.incarnation << 32)

    # ------------------------------------------------------------------ messages

    def send(self, type, **keys):
        self.socket.send(msgpack.packb(dict(keys, type=type)))

    def send_hello(self, now):
        self.hello_sent = now
        self.send("hello", version=VERSION, role=self.role, name=self.name, incarnation=self.incarnation,
                  generation=0, instance=self.instance, sequence=self.sequence, source=self.source,
                  vendor=self.vendor)

    def handle(self, m, now):
        kind = m.get("type")
        if kind == "refuse":
            raise Refused(m["text"])
        if kind == "hello":
            if m["version"] != VERSION:
                raise Refused("%s speaks version %s" % (m["name"], m["version"]))
            if m["incarnation"] != self.receiver_incarnation:
                self.receiver_incarnation, self.want, self.limit = m["incarnation"], None, self.sequence
            self.greeted = not m.get("again", False)
            if not self.greeted:
                self.send_hello(now)
        elif kind == "want":
            self.want = m
        elif kind in ("credit", "heartbeat"):
            self.limit = max(self.limit, m.get("sequence", 0))
        elif kind == "acknowledge":
            stream = self.streams.get(m["stream"])
            if stream and m["source"] == self.source:
                stream.acknowledged = max(stream.acknowledged, m["position"])
                stream.ended = stream.ended or m.get("ended", False)
        elif kind == "rewind":
            stream = self.streams.get(m["stream"])
            if stream and m["source"] == self.source and m["epoch"] >= stream.epoch and not stream.ended:
                stream.epoch = max(stream.epoch, m["epoch"]) + 1
                stream.next = stream.ordinal_at(m["position"])
                stream.end_sent = None
                stream.rewinds += 1
        elif kind == "finish":
            self.finished = True

    # ------------------------------------------------------------------ batches

    def wanted(self, field):
        return self.want.get("everything") or not self.want.get("fields") or field in self.want["fields"]

    def batch(self, stream, first, last):
        """The payload for the records first … last - 1 of the stream."""
        begin, end = stream.positions[first], stream.positions[last]
        rows = [i for i in range(first, last) if isinstance(stream.records[i], Record)]
        others = [i for i in range(first, last) if isinstance(stream.records[i], Other)]
        numbers, table = [], {}
        for i in rows:
            key = tuple(stream.records[i].fields.get(f) or "" for f in self.descriptor_fields)
            numbers.append(table.setdefault(key, len(table)))
        times = [r.time_ms for r in stream.records[:last] if isinstance(r, Record) and r.time_ms is not None]
        columns = []
        if rows:
            columns = [integer_column("descriptor", numbers, "u32"),
                       integer_column("position", [stream.positions[i] for i in rows], "u32", begin),
                       integer_column("time", [stream.records[i].time_ms for i in rows])]
            for name, kind in self.columns.items():
                values = [stream.records[i].fields.get(name) for i in rows]
                if self.wanted(name):
                    columns.append(text_column(name, values) if kind == "text" else integer_column(name, values))
        document = {
            "kind": "records", "source": self.source, "stream": stream.name, "epoch": stream.epoch,
            "from": begin, "to": end, "from_ordinal": first, "to_ordinal": last,
            "high_water": max(times, default=None),
            "descriptor_fields": self.descriptor_fields, "descriptors_n": len(table),
            "descriptors": packed_texts([text for key in table for text in key]),
            "rows": len(rows), "columns": columns,
        }
        if others:
            reasons = sorted({(stream.records[i].verdict, stream.records[i].reason) for i in others})
            document["others"] = {
                "n": len(others),
                "positions": struct.pack("<%dI" % len(others), *(stream.positions[i] - begin for i in others)),
                "reasons": struct.pack("<%dH" % len(others), *(
                    reasons.index((stream.records[i].verdict, stream.records[i].reason)) for i in others)),
                "reason": [list(r) for r in reasons],
            }
        return msgpack.packb(document)

    def send_batches(self):
        for stream in self.streams.values():
            while stream.next < len(stream.records) and self.sequence < self.limit:
                last = min(stream.next + self.batch_rows, len(stream.records))
                payload = self.batch(stream, stream.next, last)
                self.sequence += 1
                self.batches += 1
                self.socket.send_multipart([
                    msgpack.packb({"type": "batch", "sequence": self.sequence, "payload": "inline",
                                   "bytes": len(payload)}), payload + bytes(self.padding)])
                stream.next = last

    def send_ends(self, now):
        for stream in self.streams.values():
            due = stream.end_sent is None or now - stream.end_sent >= REPEAT_S
            if stream.next == len(stream.records) and not stream.ended and due:
                stream.end_sent = now
                times = [r.time_ms for r in stream.records if isinstance(r, Record) and r.time_ms is not None]
                self.send("end", source=self.source, stream=stream.name, epoch=stream.epoch, position=stream.end,
                          ordinal=len(stream.records), high_water=max(times, default=None))

    # ------------------------------------------------------------------ running

    def step(self, timeout_s=0.02):
        """Wait a little, handle what has come, send what may be sent."""
        if self.socket.poll(int(timeout_s * 1000)):
            while True:
                try:
                    frames = self.socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                self.handle(msgpack.unpackb(frames[0]), time.monotonic())
        now = time.monotonic()
        if not self.greeted:
            if now - self.hello_sent >= HELLO_S:
                self.send_hello(now)
            return
        starved = self.want is not None and self.sequence >= self.limit
        if now - self.heartbeat_sent >= (STARVED_S if starved else HEARTBEAT_S):
            self.heartbeat_sent = now
            self.send("heartbeat", sequence=self.sequence)
        if self.want is None:
            return
        self.send_batches()
        self.send_ends(now)
        if all(s.ended for s in self.streams.values()) and now - self.finish_sent >= REPEAT_S:
            self.finish_sent = now
            self.send("finish")

    def run(self, timeout_s=60.0):
        deadline = time.monotonic() + timeout_s
        try:
            while not self.finished:
                if time.monotonic() > deadline:
                    raise Gone("%s: not finished after %g s" % (self.name, timeout_s))
                self.step()
        finally:
            self.close()

    def close(self):
        self.socket.close()
        self.context.term()
