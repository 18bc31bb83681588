"""Measures how long threads wait for an operation on a map, and the operation for them.

Run by ``make bench WHAT=waits``. Two questions, for the stdlib module and ironmap in turn:

* A thread sleeps a millisecond at a time while another searches or copies a file
  that is not in memory. What is the longest time between two of its turns?
* A thread computes without a pause. How many searches and copies of another are done
  in a second beside it?
"""

import argparse
import itertools
import mmap
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import ironmap

sys.path.insert(0, str(Path(__file__).parents[1]))

from about import about

KIB, MIB = 1 << 10, 1 << 20
MODULES = (mmap, ironmap)
LONGEST_WAIT = 10.0  # Milliseconds: two switch intervals of the interpreter.
SECONDS = 0.4  # For each count of calls.


def drop_from_memory(fd):
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


class Waiting:
    """A thread that wakes every millisecond and notes the longest time between."""

    def __enter__(self):
        self.longest, self.stopped = 0.0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        time.sleep(0.01)
        return self

    def run(self):
        last = time.perf_counter()
        while not self.stopped:
            time.sleep(0.001)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last), now

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()


class Computing:
    def __enter__(self):
        self.stopped = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped:
            sum(range(1000))

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()


def cold(module, fd, action):
    """Returns the longest wait of the other thread and the time of the operation, in ms."""
    drop_from_memory(fd)
    with module.mmap(fd, 0, access=module.ACCESS_READ) as m, Waiting() as waiting:
        begun = time.perf_counter()
        action(m)
        taken = time.perf_counter() - begun
    return waiting.longest * 1e3, taken * 1e3


BESIDE = {
    "m.find(absent, 0, {})": lambda m, size: m.find(b"ZQXJKV", 0, size),
    "m[:{}]": lambda m, size: m[:size],
}


def calls_beside_a_computing_thread(module, fd, action, size):
    with module.mmap(fd, 0, access=module.ACCESS_READ) as m, Computing():
        action(m, size)
        calls, begun = 0, time.perf_counter()
        while (taken := time.perf_counter() - begun) < SECONDS:
            action(m, size)
            calls += 1
    return calls / taken


COLD = {
    "m.find(absent)": lambda m: m.find(b"ZQXJKV"),
    "m.rfind(absent)": lambda m: m.rfind(b"ZQXJKV", 0),
    "m[:]": lambda m: m[:],
    "m.readline()": lambda m: m.readline(),
}


def cold_table(fd, size, rounds):
    lines = [
        f"Longest wait of another thread during one call on {size // MIB} MiB that are not in "
        f"memory, ms: median of {rounds} rounds (worst). Goal: {LONGEST_WAIT:.0f} ms.",
        "",
        "| | stdlib waits | takes | ironmap waits | takes | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name, action in COLD.items():
        results = [[cold(module, fd, action) for module in MODULES] for _ in range(rounds)]
        cells, missed = [], ""
        for measured in zip(*results, strict=True):
            waits, times = zip(*measured, strict=True)
            typical = statistics.median(waits)
            cells.append(f"{typical:.1f} ({max(waits):.1f}) | {statistics.median(times):.0f}")
            missed = "**missed**" if typical > LONGEST_WAIT else ""
        lines.append(f"| `{name}` | {' | '.join(cells)} | {missed} |")
    return lines


def beside_table(fd, rounds):
    lines = [
        "Calls in a second beside a thread that computes: medians. Goal for searches: not fewer "
        "than the stdlib module's.",
        "",
        "| | stdlib | ironmap | ratio | quartiles | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    sizes = (64 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB)
    for (name, action), size in itertools.product(BESIDE.items(), sizes):
        results = [
            [calls_beside_a_computing_thread(module, fd, action, size) for module in MODULES]
            for _ in range(rounds)
        ]
        stdlib, own = (statistics.median(column) for column in zip(*results, strict=True))
        ratios = sorted(b / a for a, b in results)
        spread = f"{ratios[len(ratios) // 4]:.1f} to {ratios[-1 - len(ratios) // 4]:.1f}"
        ratio = statistics.median(ratios)
        missed = "**missed**" if ratio < 1 and "find" in name else ""
        lines.append(
            f"| `{name.format(size)}` | {stdlib:,.0f} | {own:,.0f} | {ratio:.1f} | {spread} | {missed} |"
        )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of the file (1024)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", type=Path, help="write the tables here")
    arguments = parser.parse_args()
    size = arguments.mib * MIB
    # /tmp may be memory. One line, for readline.
    with tempfile.TemporaryFile(dir=Path(__file__).parent) as file:
        for _ in range(arguments.mib):
            file.write(b"the quick brown " * (MIB // 16))
        file.flush()
        version = ".".join(map(str, sys.version_info[:3]))
        text = ["# Waits", "", about(), f"CPython {version}.", ""]
        text += cold_table(file.fileno(), size, arguments.rounds)
        text += ["", *beside_table(file.fileno(), arguments.rounds)]
    print(*text, sep="\n")
    if arguments.record:
        (arguments.record / "waits.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
