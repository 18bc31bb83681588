"""Measures large results, with their memory at hand and without.

Run by ``make bench WHAT=bulk``. ``m[:]`` of a file that is in memory, by the stdlib module,
by ironmap with huge pages and by ironmap without (``IRONMAP_HUGE_PAGES=0``), each in
a process of its own, in turn. *Warm* is right after a result of the same size was
freed; *idle* is some seconds later, when a system may have given the memory back:
a virtual machine to its host, which then has to be asked for it again.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from about import about

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
WAYS = {
    "stdlib": ("mmap", "1"),
    "ironmap": ("ironmap", "1"),
    "ironmap, no huge pages": ("ironmap", "0"),
}
# Answers each line on standard input with the milliseconds of one m[:size].
CHILD = """
import importlib, sys, time
module = importlib.import_module(sys.argv[1])
with open(sys.argv[2], "rb") as file:
    m = module.mmap(file.fileno(), 0, access=module.ACCESS_READ)
    for line in sys.stdin:
        begun = time.perf_counter()
        data = m[:int(line)]
        taken = time.perf_counter() - begun
        del data
        print(taken * 1e3, flush=True)
"""


class Child:
    def __init__(self, module, huge_pages, path):
        environment = os.environ | {
            "IRONMAP_HUGE_PAGES": huge_pages,
            "PYTHONPATH": str(ROOT / "python"),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, module, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def measure(self, size):
        print(size, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def in_memory(path):
    """Reads the file, so that its pages are in memory."""
    with open(path, "rb", buffering=0) as file:
        while file.read(MIB):
            pass


def measured(children, path, size, rounds, idle):
    """Returns milliseconds by way: a list for warm memory and one for idle."""
    times = {name: ([], []) for name in children}
    for _ in range(rounds):
        for name, child in children.items():
            time.sleep(idle)
            in_memory(path)
            times[name][1].append(child.measure(size))
            times[name][0].append(child.measure(size))
    return times


def cell(times):
    return f"{statistics.median(times):.0f} ({min(times):.0f} to {max(times):.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, nargs="+", default=[64, 1024], help="sizes (64 1024)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--idle", type=float, default=6, help="seconds without use (6)")
    parser.add_argument("--record", type=Path, help="write the table here")
    arguments = parser.parse_args()
    version = ".".join(map(str, sys.version_info[:3]))
    text = [
        "# Large results",
        "",
        about(),
        f"CPython {version}. Milliseconds for `m[:]`: median of {arguments.rounds} rounds "
        f"(fastest to slowest); idle is {arguments.idle:g} s.",
        "",
        "| MiB | | warm | idle |",
        "|---:|---|---:|---:|",
    ]
    # /tmp may be memory.
    with tempfile.NamedTemporaryFile(dir=Path(__file__).parent) as file:
        for _ in range(max(arguments.mib)):
            file.write(b"the quick brown " * (MIB // 16))
        file.flush()
        children = {name: Child(*way, file.name) for name, way in WAYS.items()}
        for mib in arguments.mib:
            times = measured(children, file.name, mib * MIB, arguments.rounds, arguments.idle)
            text += [
                f"| {mib} | {name} | {cell(a)} | {cell(b)} |" for name, (a, b) in times.items()
            ]
        for child in children.values():
            child.close()
    print(*text, sep="\n")
    if arguments.record:
        (arguments.record / "bulk.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
