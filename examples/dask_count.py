"""Count and search in a large log on the workers of a Dask cluster.

    python examples/dask_count.py access.log --make 1073741824
    python examples/dask_count.py /shared/access.log --scheduler tcp://head:8786

No bytes of the file are sent: each worker gets parts, which are a path and two
numbers, and maps them itself. So the path must lead to the file on every worker: on
one machine it does, on a cluster the file is on a shared file system.
"""

import argparse
import os
import time
from pathlib import Path
from typing import NamedTuple

import ironmap
from dask.distributed import Client, LocalCluster, as_completed

ERROR = b'" 500 '
NEEDLE = b"GET /needle "
BEFORE = b'10.0.0.1 - - [21/Nov/2026:10:00:00] "'


class Found(NamedTuple):
    lines: int
    errors: int
    needles: tuple[int, ...]
    process: int


def look(part: ironmap.Part) -> Found:
    """What one part has. A record is never in two parts, so nothing is missed."""
    with part.open(advise=ironmap.MADV_SEQUENTIAL) as m:
        needles = tuple(part.offset + place for place in m.find_all(NEEDLE))
        return Found(m.count(b"\n"), m.count(ERROR), needles, os.getpid())


class Totals(NamedTuple):
    lines: int
    errors: int
    needles: list[int]


def together(found: list[Found]) -> Totals:
    needles = sorted(place for part in found for place in part.needles)
    return Totals(sum(part.lines for part in found), sum(part.errors for part in found), needles)


def make(path: Path, size: int) -> Totals:
    """A log of at least ``size`` bytes, with three lines to be searched for; what it has
    is known from how it is made, without a search."""
    line = '10.0.%d.%d - - [21/Nov/2026:10:00:00] "GET /page/%d HTTP/1.1" %d %s\n'
    sizes = "0123456789" * 40
    lines = [
        line % (n % 256, n % 251, n, 500 if n % 97 == 0 else 200, sizes[: 100 + n % 300])
        for n in range(20_000)
    ]
    block = "".join(lines).encode()
    blocks = -(-size // len(block))
    needles = []
    with open(path, "wb") as file:
        for number in range(blocks):
            file.write(block)
            if number in (0, blocks // 2, blocks - 1):
                file.write(BEFORE)
                needles.append(file.tell())
                file.write(NEEDLE + b'HTTP/1.1" 200 0\n')
    errors = len(range(0, len(lines), 97))
    return Totals(blocks * len(lines) + len(needles), blocks * errors, needles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--make", type=int, metavar="BYTES", help="write the file first")
    parser.add_argument("--scheduler", help="address of a cluster that is there already")
    given = parser.parse_args()
    made = make(given.path, given.make) if given.make else None
    if given.scheduler:
        client = Client(given.scheduler)
    else:
        client = Client(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    with client:
        parts = ironmap.split(given.path, size=16 << 20)
        start = time.perf_counter()
        tasks = client.map(look, parts, pure=False)
        found = [result for _, result in as_completed(tasks, with_results=True)]
        seconds = time.perf_counter() - start
    totals = together(found)
    workers = len({part.process for part in found})
    size = given.path.stat().st_size
    print(f"{size:,} bytes in {len(parts)} parts by {workers} worker processes: {seconds:.2f} s")
    print(f"{totals.lines:,} lines, {totals.errors:,} with status 500; ", end="")
    print(f"{NEEDLE!r} at {totals.needles}")
    if made and totals != made:
        raise SystemExit(f"but the file was made with {made}")


if __name__ == "__main__":
    main()
