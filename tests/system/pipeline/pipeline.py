"""The programs started by hand, as on several hosts: collectors, normalizers, shards and the alerter, with a network of
one's choice between them."""
import json
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "wire"))
import harness  # noqa: E402

PROXY = os.path.join(os.path.dirname(HERE), "wire", "lossy_proxy.py")
PORTS = 65536


class Outcome:
    """What a run leaves: the alerter's standard output, the summary file, the account, warnings."""
    def __init__(self, stdout, summary, account, stderr):
        self.stdout, self.summary, self.account, self.stderr = stdout, summary, account, stderr

    def __eq__(self, other):
        return (self.stdout, self.summary, self.account) == (other.stdout, other.summary, other.account)


class Role:
    """One program; everything that it writes is kept by a thread of its own, so that it never waits for us."""
    def __init__(self, pipeline, program, name, arguments):
        self.name = name
        life_read, self.life = os.pipe()
        status_read, status_write = os.pipe()
        self.process = subprocess.Popen(
            [os.path.join(harness.BIN, program), "--life-fd", str(life_read), "--status-fd", str(status_write),
             "--name", name, *arguments],
            pass_fds=(life_read, status_write), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=pipeline.test.scratch)
        os.close(life_read)
        os.close(status_write)
        self.output, self.ready, self.status = {}, threading.Event(), []
        self.readers = [threading.Thread(target=self.read, args=(stream, key), daemon=True)
                        for stream, key in ((self.process.stdout, "stdout"), (self.process.stderr, "stderr"))]
        self.readers.append(threading.Thread(target=self.read_status, args=(status_read,), daemon=True))
        for reader in self.readers:
            reader.start()

    def read(self, stream, key):
        self.output[key] = stream.read()

    def read_status(self, fd):
        with open(fd) as lines:
            for line in lines:
                event = json.loads(line)
                self.status.append(event)
                if event["event"] == "ready":
                    self.ready.set()
        self.ready.set()

    def go(self):
        try:
            os.write(self.life, b"g")
        except BrokenPipeError:
            pass

    def wait(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise
        for reader in self.readers:
            reader.join(seconds)
        return self.process.returncode

    def stop(self):
        if self.life is not None:
            os.close(self.life)
            self.life = None
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join(10)
        self.process.stdout.close()
        self.process.stderr.close()

    def text(self):
        return self.output.get("stderr", b"").decode("utf-8", "replace")


class Pipeline:
    """shards, normalizers: how many.  lossy: a seed, then every link but the collectors' own has a bad network; links:
    which ("records", "sessions", "summaries")."""
    def __init__(self, test, shards=1, normalizers=1, lossy=None, links=("records", "sessions", "summaries"),
                 watchlist=None, window="20m", windows_in_memory=64, alerter=(), print_mode=None):
        self.test, self.lossy, self.links = test, lossy, links
        self.folder = os.path.join(test.scratch, f"pipeline-{id(self)}")
        os.mkdir(self.folder, 0o700)
        self.roles, self.proxies, self.proxy_number = [], [], 0
        self.shards_n, self.normalizers_n = shards, normalizers
        self.watchlist, self.window, self.windows_in_memory = watchlist, window, windows_in_memory
        self.alerter_options, self.print_mode = alerter, print_mode
        self.collectors = []
        test.addCleanup(self.stop)

    def endpoint(self, name):
        return f"ipc://{self.folder}/{name}"

    def start(self, program, name, *arguments):
        role = Role(self, program, name, arguments)
        self.roles.append(role)
        return role

    def through(self, name, link):
        """The endpoint to connect to for `name`: its own, or that of a bad network before it."""
        if self.lossy is None or link not in self.links:
            return self.endpoint(name)
        self.proxy_number += 1
        listen = self.endpoint(f"{name}-bad")
        process = subprocess.Popen(
            ["/usr/bin/python3", PROXY, "--listen", listen, "--receiver", self.endpoint(name), "--seed",
             str(self.lossy * 100 + self.proxy_number), "--drop", "0.1", "--repeat", "0.15", "--reorder", "0.2",
             "--delay-ms", "20"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.proxies.append(process)
        self.test.assertEqual(b"ready\n", process.stdout.readline())
        return listen

    def start_alerter(self):
        self.summary = os.path.join(self.folder, "summary.csv")
        self.alerter = self.start("tidemark-alerter", "alerter", "--bind", self.endpoint("alerter"), "--senders",
                                  str(self.shards_n), "-w", self.watchlist, "--format", "json", "--window", self.window,
                                  "--summary", self.summary, *self.alerter_options)

    def start_shards(self):
        """Returns the normalizers' options that name them."""
        words = []
        alerter = self.through("alerter", "summaries")
        for i in range(self.shards_n):
            first, last = PORTS * i // self.shards_n, PORTS * (i + 1) // self.shards_n - 1
            self.start("tidemark-aggregator", f"shard-{i}", "--bind", self.endpoint(f"shard-{i}"), "--connect", alerter,
                       "--ports", f"{first}-{last}", "--senders", str(self.normalizers_n), "--window", self.window,
                       "--windows-in-memory", str(self.windows_in_memory), "--state-dir", self.folder)
            words += ["--shard", f"{first}-{last}@{self.through(f'shard-{i}', 'sessions')}"]
        return words

    def start_behind_collectors(self, senders):
        """Everything but the collectors; returns the endpoints that they connect to."""
        if self.print_mode:
            words = ["--print", self.print_mode]
        else:
            self.start_alerter()
            words = self.start_shards()
        endpoints = []
        for i in range(self.normalizers_n):
            self.start("tidemark-normalizer", f"normalizer-{i}", "--bind", self.endpoint(f"normalizer-{i}"),
                       "--senders", str(senders), *words)
            endpoints.append(self.through(f"normalizer-{i}", "records"))
        return endpoints

    def go(self):
        for role in self.roles:
            self.test.assertTrue(role.ready.wait(harness.DEADLINE_S), f"{role.name} is not ready: {role.text()}")
            if role.process.poll() is not None:
                self.fail_with(role)
            role.go()

    def fail_with(self, role):
        role.wait(harness.DEADLINE_S)
        others = "\n".join(f"{r.name}: {r.text()}" for r in self.roles if r.process.poll() is not None)
        self.test.fail(f"{role.name} ended with {role.process.returncode}: {role.text()}\n{others}")

    def finish(self):
        """Wait until all programs have ended well."""
        for role in reversed(self.roles):
            try:
                code = role.wait(harness.DEADLINE_S)
            except subprocess.TimeoutExpired:
                left = [r.name for r in self.roles if r.process.poll() is None]
                self.test.fail(f"seed {self.lossy}: {role.name} has not ended; left: {left}")
            if code:
                self.fail_with(role)
        stderr = "".join(role.text() for role in self.roles)
        if self.print_mode:
            printed = b"".join(role.output["stdout"] for role in self.roles)
            return Outcome(printed, None, None, stderr)
        with open(self.summary, "rb") as f:
            summary = f.read()
        account = [event for event in self.alerter.status if event["event"] == "account"]
        self.test.assertEqual(1, len(account))
        return Outcome(self.alerter.output["stdout"], summary, account[0], stderr)

    def run(self, *collectors):
        """collectors: (vendor, name of the source, options and paths)."""
        endpoints = self.start_behind_collectors(len(collectors))
        connect = [word for endpoint in endpoints for word in ("--connect", endpoint)]
        for vendor, source, words in collectors:
            self.start(f"tidemark-collector-{vendor}", f"{source}/0", "--source", source, *connect, *words)
        self.go()
        return self.finish()

    def proxy_counts(self):
        """How many batches all bad networks together dropped, repeated and reordered; ends them."""
        sums = {}
        for process in self.proxies:
            process.terminate()
            _, err = process.communicate(timeout=harness.DEADLINE_S)
            for word in err.decode().splitlines()[-1].split():
                key, _, n = word.partition("=")
                if n:
                    sums[key] = sums.get(key, 0) + int(n)
        self.proxies = []
        return sums

    def stop(self):
        for role in self.roles:
            role.stop()
        for process in self.proxies:
            process.kill()
            process.communicate()
        self.proxies = []
