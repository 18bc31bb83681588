"""Measures how operations grow with the size of the file: GB/s at each size.

Run by ``make bench WHAT=scale``. The files are in memory before (the system's cache), as far as
memory has room. Each operation is done by the stdlib module and by ironmap in turn. A sparse file
of ``--sparse-gib`` follows, once and by ironmap alone: the system makes its pages as they are
read, a gigabyte a second.
"""

import argparse
import collections
import contextlib
import mmap
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ironmap

sys.path.insert(0, str(Path(__file__).parents[1]))

import text
from about import about

MIB = 1 << 20
ABSENT = b"ZQXJKV"


def find(m: Any) -> object:
    return m.find(ABSENT)


def count_by_find(m: Any) -> object:
    found, at = 0, m.find(b"lambda")
    while at >= 0:
        found, at = found + 1, m.find(b"lambda", at + 6)
    return found


def by_readline(m: Any) -> object:
    return collections.deque(iter(m.readline, b""), maxlen=0)


def offsets_by_readline(m: Any) -> object:
    offsets = array("Q")
    at = 0
    for line in iter(m.readline, b""):
        offsets.append(at)
        at += len(line)
    return offsets


def show_pages(m: Any) -> object:
    return subprocess.check_output([sys.executable, "-m", "ironmap", "pages", m.path])


Way = Callable[[Any], object]
# An operation, the stdlib module's way to the same, and ironmap's.
ROWS: dict[str, tuple[Way | None, Way]] = {
    "find, absent": (find, find),
    "count": (count_by_find, lambda m: m.count(b"lambda")),
    "lines": (by_readline, lambda m: collections.deque(m.lines(), maxlen=0)),
    "index of lines": (offsets_by_readline, lambda m: m.line_offsets()),
    "pages": (None, show_pages),
}
# A sparse file has no lines.
SPARSE: dict[str, tuple[Way | None, Way]] = {
    name: (None, ROWS[name][1]) for name in ("find, absent", "count", "pages")
}


def timed(action: Way, m: Any) -> float:
    m.seek(0)
    begun = time.perf_counter()
    action(m)
    return time.perf_counter() - begun


def rates(
    path: str, rows: dict[str, tuple[Way | None, Way]], rounds: int
) -> dict[str, tuple[str, str]]:
    """Returns GB/s of both modules by the fastest round."""
    with open(path, "rb") as file, contextlib.ExitStack() as maps:
        theirs = maps.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        ours = maps.enter_context(ironmap.open(path))
        size, found = len(ours), {}
        for name, (their_way, our_way) in rows.items():
            times = [
                (timed(their_way, theirs) if their_way else 0, timed(our_way, ours))
                for _ in range(rounds)
            ]
            found[name] = tuple(rate(size, min(side)) for side in zip(*times, strict=True))
            print(size_name(size), name, *found[name], flush=True)
    return found


def rate(size: int, seconds: float) -> str:
    return f"{size / seconds / 1e9:.2f}" if seconds else "–"


def size_name(size: int) -> str:
    return f"{size >> 30} GiB" if size >> 30 else f"{size >> 20} MiB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, nargs="+", default=[16, 128, 1024, 8192])
    parser.add_argument("--sparse-gib", type=int, default=64, help="0 for none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", type=Path, help="write the table here")
    arguments = parser.parse_args()
    if min(arguments.rounds, *arguments.mib) < 1 or arguments.sparse_gib < 0:
        parser.error("sizes and rounds are positive")
    if arguments.record and not arguments.record.is_dir():
        parser.error(f"no folder {arguments.record}")
    columns = {}
    # /tmp may be memory.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as directory:
        for mib in arguments.mib:
            path = f"{directory}/{mib}"
            text.write(path, mib * MIB)
            columns[size_name(mib * MIB)] = rates(path, ROWS, arguments.rounds)
        if arguments.sparse_gib:
            path, size = f"{directory}/sparse", arguments.sparse_gib << 30
            with open(path, "wb") as file:
                file.truncate(size)
            columns[f"{size_name(size)}, sparse"] = rates(path, SPARSE, 1)
    nothing = ("–", "–")
    output = [
        "# Growth with the file's size",
        "",
        about(),
        f"CPython {sys.version.split()[0]}. GB/s of the stdlib module and of ironmap, by the "
        f"fastest of {arguments.rounds} rounds; of one round for a sparse file.",
        "",
        f"| | {' | '.join(columns)} |",
        f"|---|{'---:|' * len(columns)}",
    ]
    for name in ROWS:
        cells = [" / ".join(column.get(name, nothing)) for column in columns.values()]
        output.append(f"| {name} | {' | '.join(cells)} |")
    print(*output, sep="\n")
    if arguments.record:
        (arguments.record / "scale.md").write_text("\n".join(output) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
