"""Databases that do the same job, where their packages can be installed: a folder outside of the tree holds them."""
import os
import re
import shutil
import subprocess
import sys

NAMES = ("duckdb", "clickhouse")


class Peers:
    def __init__(self, scripts, scratch, wanted):
        """scripts: the folder with duckdb/ and clickhouse/: run.mjs, package.json and one query per kind of data."""
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        self.folder = os.environ.get("TIDEMARK_BENCH_PEERS") or os.path.join(cache, "tidemark-bench")
        self.scripts, self.scratch, self.ready = scripts, scratch, []
        for name in NAMES if wanted else ():
            missing = self.prepare(name)
            if missing:
                print(f"bench: without {name}: {missing}", file=sys.stderr)
            else:
                self.ready.append(name)

    def prepare(self, name):
        """Why it cannot be measured, or None."""
        source, target = os.path.join(self.scripts, name), os.path.join(self.folder, name)
        if not os.path.exists(os.path.join(source, "run.mjs")):
            return f"no {source}"
        if not shutil.which("node") or not shutil.which("npm"):
            return "no node, or no npm"
        os.makedirs(target, exist_ok=True)
        for file in ("run.mjs", "package.json"):
            shutil.copyfile(os.path.join(source, file), os.path.join(target, file))
        if os.path.exists(os.path.join(target, "installed")):
            return None
        try:
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=target, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=300)
        except subprocess.TimeoutExpired:
            return "npm install took more than 300 seconds"
        if done.returncode:
            return "npm install failed: " + done.stdout.decode("utf-8", "replace").strip().splitlines()[-1]
        with open(os.path.join(target, "installed"), "w"):
            return None

    def command(self, name, kind, path, threshold):
        """None if it is not there.  The query gets this run's threshold and all processors."""
        query = os.path.join(self.scripts, name, kind + ".sql")
        if name not in self.ready or not os.path.exists(query):
            return None
        with open(query) as f:
            text = re.sub(r"\bn > \d+", f"n > {threshold}", f.read())
        text = re.sub(r"\bmax_threads=\d+", f"max_threads={os.cpu_count()}", text)
        mine = os.path.join(self.scratch, f"{name}-{kind}-{threshold}.sql")
        with open(mine, "w") as f:
            f.write(text)
        return ["node", os.path.join(self.folder, name, "run.mjs"), mine, path, str(os.cpu_count())]
