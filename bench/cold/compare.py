"""Measures operations on a file that is not in memory.

Run by ``make bench WHAT=cold``. Before each, the file is dropped from the system's cache. Each
is done by the stdlib module, by ironmap, and by reads of 1 MiB of the same bytes into memory
that is there (``dd``), in turn. A virtual disk is as fast as its host at that moment, so
ratios alone are comparable.
"""

import argparse
import collections
import mmap
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ironmap

sys.path.insert(0, str(Path(__file__).parents[1]))

import text
from about import about

MIB = 1 << 20
ABSENT = b"ZQXJKV"
LONG_LINE = 4096
RATIO = 0.7


@dataclass(frozen=True)
class Row:
    name: str
    theirs: Callable[[Any], object]
    ours: Callable[[Any], object]
    # The part of the speed of large reads that is good enough.
    rate: float
    # The part of the file, and whether its lines are long.
    part: float = 1.0
    long_lines: bool = False


def run_out(lines: Any) -> None:
    collections.deque(lines, maxlen=0)


def by_readline(m: Any) -> None:
    run_out(iter(m.readline, b""))


ROWS = [
    Row("m.find(absent)", lambda m: m.find(ABSENT), lambda m: m.find(ABSENT), 0.9),
    Row("m.rfind(absent)", lambda m: m.rfind(ABSENT), lambda m: m.rfind(ABSENT), 0.9),
    Row("m.count(absent), find", lambda m: m.find(ABSENT), lambda m: m.count(ABSENT), 0.9),
    Row("m[:]", lambda m: m[:], lambda m: m[:], 0.75),
    Row("readline, 36 B", by_readline, by_readline, 0.75, 0.25),
    Row("lines(), readline, 36 B", by_readline, lambda m: run_out(m.lines()), 0.75, 0.25),
    Row("readline, 4 KiB", by_readline, by_readline, 0.75, long_lines=True),
    Row(
        "lines(), readline, 4 KiB",
        by_readline,
        lambda m: run_out(m.lines()),
        0.75,
        long_lines=True,
    ),
]


def drop_from_memory(fd: int) -> None:
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def timed(fd: int, action: Callable[[], object]) -> float:
    drop_from_memory(fd)
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def large_reads(fd: int, size: int) -> None:
    place = bytearray(b"\1") * MIB
    for at in range(0, size, MIB):
        os.preadv(fd, [place], at)


def of_module(module: Any, fd: int, size: int, action: Callable[[Any], object]) -> float:
    def run() -> None:
        with module.mmap(fd, size, access=module.ACCESS_READ) as m:
            action(m)

    return timed(fd, run)


def line(row: Row, fd: int, size: int, rounds: int) -> str:
    size = int(size * row.part) // MIB * MIB
    times = [
        (
            of_module(mmap, fd, size, row.theirs),
            of_module(ironmap, fd, size, row.ours),
            timed(fd, lambda: large_reads(fd, size)),
        )
        for _ in range(rounds)
    ]
    theirs, ours, reads = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
    ratios = sorted(b / a for a, b, _ in times)
    ratio = statistics.median(ratios)
    rate = statistics.median(c / b for _, b, c in times)
    spread = f"{ratios[rounds // 4]:.2f} to {ratios[-1 - rounds // 4]:.2f}"
    missed = "**missed**" if ratio > RATIO or rate < row.rate else ""
    return (
        f"| `{row.name}` | {size // MIB} | {theirs:.0f} | {ours:.0f} | {reads:.0f} | {ratio:.2f} "
        f"| {spread} | {rate:.0%} | {RATIO}, {row.rate:.0%} {missed}|"
    )


def write_long_lines(path: str, size: int) -> None:
    with open(path, "wb", buffering=0) as file:
        for _ in range(size // MIB):
            file.write((b"the quick brown " * (LONG_LINE // 16 - 1) + b"fox jumps over.\n") * 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="?", default="", help="rows with this in their name")
    parser.add_argument("--mib", type=int, default=1024, help="size of the file (1024)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", type=Path, help="write the table here")
    arguments = parser.parse_args()
    size = arguments.mib * MIB
    version = ".".join(map(str, sys.version_info[:3]))
    output = [
        "# Files that are not in memory",
        "",
        about(),
        f"CPython {version}. Milliseconds: medians of {arguments.rounds} rounds. The rate is part "
        "of that of reads of 1 MiB.",
        "",
        "| | MiB | stdlib | ironmap | reads | ratio | quartiles | rate | goals |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    # /tmp may be memory.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as directory:
        descriptors = []
        for number, write in enumerate((text.write, write_long_lines)):
            path = f"{directory}/{number}"
            write(path, size)
            descriptors.append(os.open(path, os.O_RDONLY))
        output += [
            line(row, descriptors[row.long_lines], size, arguments.rounds)
            for row in ROWS
            if arguments.only in row.name
        ]
    print(*output, sep="\n")
    if arguments.record:
        (arguments.record / "cold.md").write_text("\n".join(output) + "\n")


if __name__ == "__main__":
    main()
