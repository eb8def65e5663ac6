#!/usr/bin/python3
"""A stand-in for every role program: what it does is said by the file `<program>.plan` beside it, one word a line.

  ready         report that it is ready           go            wait for the supervisor's go
  wait          stay until told to leave          hold          stay whatever happens, deaf to the life pipe
  exit N        end with that code                die N         end by that signal
  say TEXT      a line on standard error          print TEXT    a line on standard output
  status JSON   a status line                     cat           copy standard input to standard output
  touch PATH    make a file                       argv PATH     write the command line there
  leave PATH    make a file in the runtime folder
"""
import fcntl, os, select, shutil, signal, sys, time

signal.signal(signal.SIGINT, signal.SIG_IGN)
given = {}
words = iter(sys.argv[1:])
for word in words:
    if word.startswith("--"):
        name, _, value = word[2:].partition("=")
        given[name] = value or next(words, "") if name in ("life-fd", "status-fd", "runtime-dir") else value
life, status = int(given["life-fd"]), int(given["status-fd"])
folder = given["runtime-dir"]
lock = os.open(os.path.join(folder, "lock"), os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_SH)


def wait_life():
    said = os.read(life, 1)
    if said == b"q":
        os._exit(70)
    if said == b"":
        for _ in range(8):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                break
            except OSError:
                time.sleep(0.025)
        os._exit(70)


def report(text):
    os.write(status, text.encode() + b"\n")


for line in open(sys.argv[0] + ".plan", encoding="utf-8"):
    word, _, rest = line.rstrip("\n").partition(" ")
    if word == "ready":
        report('{"event":"ready"}')
    elif word == "go":
        wait_life()
    elif word == "wait":
        wait_life()
        wait_life()
    elif word == "hold":
        while True:
            time.sleep(1)
    elif word == "exit":
        sys.exit(int(rest))
    elif word == "die":
        os.kill(os.getpid(), int(rest))
    elif word == "say":
        print(rest, file=sys.stderr, flush=True)
    elif word == "print":
        print(rest, flush=True)
    elif word == "status":
        report(rest)
    elif word == "cat":
        sys.stdout.write(sys.stdin.read())
        sys.stdout.flush()
    elif word == "touch":
        open(rest, "w").close()
    elif word == "leave":
        open(os.path.join(folder, rest), "w").close()
    elif word == "argv":
        with open(rest, "a", encoding="utf-8") as out:
            out.write("\0".join(sys.argv) + "\n")
