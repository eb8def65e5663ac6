#!/usr/bin/python3
"""A bad network between senders and one receiver: batches are dropped, repeated and reordered at random.

    lossy_proxy.py --listen ipc:///…/a --receiver ipc:///…/b [--seed N] [--drop 0.1] [--repeat 0.1] [--reorder 0.2]
                   [--delay-ms 50] [--life-fd N]

Senders connect to --listen as if it were the receiver; each gets a connection of its own to --receiver.  A batch that
is reordered waits until later batches of its sender have passed, but no longer than --delay-ms.  All other messages
pass at once and in order among themselves; a batch that is held back may therefore arrive behind its stream's end.
Writes "ready" to standard output when senders may connect, and the seed and its counts to standard error.
Ends by SIGTERM, with the process that started it, or when what is written to --life-fd ends.
"""
import argparse
import os
import random
import signal
import sys
import threading
import time

import msgpack
import zmq


class Stop(Exception):
    pass


class LossyProxy:
    def __init__(self, listen, receiver, seed=None, drop=0.1, repeat=0.1, reorder=0.2, delay_ms=50):
        self.seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
        self.random = random.Random(self.seed)
        self.receiver, self.drop, self.repeat, self.reorder = receiver, drop, repeat, reorder
        self.delay_s = delay_ms / 1000
        self.counts = {"passed": 0, "dropped": 0, "repeated": 0, "reordered": 0, "other": 0}
        self.context = zmq.Context()
        self.poller = zmq.Poller()
        self.front = self.socket(zmq.ROUTER)
        self.front.bind(listen)
        self.poller.register(self.front, zmq.POLLIN)
        self.backs = {}   # route of a sender -> its connection to the receiver
        self.routes = {}  # and back
        self.held = []    # (due, number, connection, frames) of batches that wait
        self.number = 0

    def socket(self, kind):
        s = self.context.socket(kind)
        for option in (zmq.SNDHWM, zmq.RCVHWM):
            s.setsockopt(option, 0)
        s.setsockopt(zmq.LINGER, 0)
        s.setsockopt(zmq.RECONNECT_IVL, 1)
        return s

    def back(self, route):
        if route not in self.backs:
            s = self.socket(zmq.DEALER)
            s.connect(self.receiver)
            self.backs[route], self.routes[s] = s, route
            self.poller.register(s, zmq.POLLIN)
        return self.backs[route]

    @staticmethod
    def is_batch(frames):
        try:
            return msgpack.unpackb(frames[0]).get("type") == "batch"
        except Exception:
            return False

    def hold(self, back, frames):
        self.number += 1
        self.held.append((time.monotonic() + self.delay_s * self.random.random(), self.number, back, frames))

    def from_sender(self, route, frames):
        back = self.back(route)
        if not self.is_batch(frames):
            self.counts["other"] += 1
            back.send_multipart(frames)
            return
        if self.random.random() < self.drop:
            self.counts["dropped"] += 1
            return
        if self.random.random() < self.repeat:
            self.counts["repeated"] += 1
            self.hold(back, frames)
        if self.random.random() < self.reorder:
            self.counts["reordered"] += 1
            self.hold(back, frames)
            return
        self.counts["passed"] += 1
        back.send_multipart(frames)
        # a batch has overtaken what is held: that may go now
        if self.held and self.random.random() < 0.5:
            self.release(self.random.randrange(len(self.held)))

    def release(self, index):
        _, _, back, frames = self.held.pop(index)
        back.send_multipart(frames)

    def release_due(self):
        now = time.monotonic()
        for index in reversed([i for i, entry in enumerate(self.held) if entry[0] <= now]):
            self.release(index)

    def step(self, timeout_s=0.1):
        if self.held:
            timeout_s = min(timeout_s, max(0.0, min(entry[0] for entry in self.held) - time.monotonic()))
        for s, _ in self.poller.poll(int(timeout_s * 1000) + (1 if self.held else 0)):
            if isinstance(s, int):
                if os.read(s, 4096) == b"":
                    raise Stop
                continue
            while True:
                try:
                    frames = s.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                if s is self.front:
                    self.from_sender(frames[0], frames[1:])
                else:
                    self.front.send_multipart([self.routes[s]] + frames)
        self.release_due()

    def close(self):
        for s in [self.front] + list(self.backs.values()):
            s.close(0)
        self.context.term()


class ProxyThread(threading.Thread):
    """For tests: runs until stop()."""
    def __init__(self, *arguments, **options):
        super().__init__(daemon=True)
        self.proxy = LossyProxy(*arguments, **options)
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            self.proxy.step(0.05)
        self.proxy.close()

    def stop(self):
        self.stopping.set()
        self.join()
        return self.proxy.counts


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--listen", required=True)
    p.add_argument("--receiver", required=True)
    p.add_argument("--seed", type=int)
    p.add_argument("--drop", type=float, default=0.1)
    p.add_argument("--repeat", type=float, default=0.1)
    p.add_argument("--reorder", type=float, default=0.2)
    p.add_argument("--delay-ms", type=float, default=50)
    p.add_argument("--life-fd", type=int)
    o = p.parse_args()

    def stop(*_):
        raise Stop
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    proxy = LossyProxy(o.listen, o.receiver, o.seed, o.drop, o.repeat, o.reorder, o.delay_ms)
    print("lossy_proxy: seed %d" % proxy.seed, file=sys.stderr, flush=True)
    print("ready", flush=True)
    if o.life_fd is not None:
        proxy.poller.register(o.life_fd, zmq.POLLIN)
    parent = os.getppid()
    try:
        while os.getppid() == parent:
            proxy.step(0.1)
    except Stop:
        pass
    print("lossy_proxy: seed %d %s" % (proxy.seed, " ".join("%s=%d" % c for c in proxy.counts.items())),
          file=sys.stderr, flush=True)
    proxy.close()


if __name__ == "__main__":
    main()
