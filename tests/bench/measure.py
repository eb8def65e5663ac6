"""Time, memory and bytes of a command with all its processes."""
import collections
import os
import subprocess
import sys
import time


def fail(*words):
    print("bench:", *words, file=sys.stderr)
    sys.exit(1)


def read_through(path):
    """Idle pages of the cache are slow at first."""
    with open(path, "rb", buffering=0) as f:
        while f.read(1 << 20):
            pass


def timed(command, path):
    """(seconds, processor seconds) of a run; the file is read before it."""
    read_through(path)
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        fail(command[0], "exit code", process.returncode)
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime


def peak_memory(command):
    """Largest sum of what all processes of the command hold (shared pages counted once), in MiB.  A run of its own:
    looking costs time."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(proportional_kib(pid) for pid in family(process.pid)))
        time.sleep(0.005)
    return peak / 1024


def bytes_moved(command):
    """What the processes have received from each other, as --stats says; collectors receive nothing, their line is of
    what they send.  None if the programs do not know the option."""
    done = subprocess.run(command + ["--stats"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("processor seconds") and line.endswith("bytes")]
    if done.returncode or not heads:
        return None
    columns = len(lines[heads[0]].removeprefix("processor seconds").split())
    rows = [line.split() for line in lines[heads[0] + 1:] if not line.startswith("collector")]
    return sum(int(row[-1]) for row in rows if len(row) > columns and row[-1].isdigit())


def family(root):
    """The process and its descendants."""
    children = collections.defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as f:
                    children[int(f.read().rpartition(")")[2].split()[1])].append(int(name))
            except OSError:
                pass
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children[pid]
    return found


def proportional_kib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            return next((int(line.split()[1]) for line in f if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def machine():
    """The processor's name, the number of processors, and how busy they are."""
    name = "unknown processor"
    with open("/proc/cpuinfo") as f:
        name = next((line.partition(":")[2].strip() for line in f if line.startswith("model name")), name)
    return {"processor": name, "processors": os.cpu_count(), "load": round(os.getloadavg()[0], 2)}
