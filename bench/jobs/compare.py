"""Everyday jobs with ironmap, beside the usual tool: lines of code and time.

    python bench/jobs/compare.py

The file is in memory, the ways take turns, and the best of the rounds counts. Each way must
give the same answer.
"""

import inspect
import mmap
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable

import ironmap

ROUNDS = 5
BLOCKS = 64
SLOW = re.compile(rb"GET (\S+) 500 x{70}")


def count_a_word(path: str) -> int:
    with ironmap.open(path) as m:
        return m.count(b" 500 ")


def count_by_grep(path: str) -> int:
    environment = os.environ | {"LC_ALL": "C"}
    command = ["grep", "-c", " 500 ", path]
    return int(subprocess.run(command, stdout=subprocess.PIPE, env=environment).stdout)


def count_by_loop(path: str) -> int:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        count = at = 0
        while (at := m.find(b" 500 ", at)) >= 0:
            count, at = count + 1, at + 5
        return count


def find_lines(path: str) -> int:
    with ironmap.open(path) as m:
        return len(m.line_offsets())


def find_lines_by_loop(path: str) -> int:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        offsets = [0]
        while (end := m.find(b"\n", offsets[-1]) + 1) > 0:
            offsets.append(end)
        return len(offsets) - 1


def match_lines(path: str) -> int:
    with ironmap.open(path) as m:
        return sum(1 for line in m.lines(matching=b" 500 ") if SLOW.search(line))


def match_map(path: str) -> int:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        return sum(1 for _ in SLOW.finditer(m))


def last_lines(path: str) -> int:
    with ironmap.open(path) as m:
        return len(b"".join(m.tail(1000)))


def last_lines_by_tail(path: str) -> int:
    command = ["tail", "-n", "1000", path]
    return len(subprocess.run(command, stdout=subprocess.PIPE).stdout)


def patch(path: str) -> int:
    with ironmap.open(path, "c") as m:
        at = m.index(b"GET")
        m[at : at + 3] = b"PUT"
        m.save(path + ".patched")
        return len(m)


def patch_copy(path: str) -> int:
    with open(path, "rb") as file:
        data = bytearray(file.read())
    at = data.index(b"GET")
    data[at : at + 3] = b"PUT"
    with open(path + ".new", "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path + ".patched")
    return len(data)


JOBS: dict[str, dict[str, Callable[[str], int]]] = {
    "count a word": {
        "ironmap": count_a_word,
        "grep -c": count_by_grep,
        "mmap": count_by_loop,
    },
    "offsets of all lines": {"ironmap": find_lines, "mmap": find_lines_by_loop},
    "regular expression": {"ironmap": match_lines, "re and mmap": match_map},
    "last 1000 lines": {"ironmap": last_lines, "tail": last_lines_by_tail},
    "patch and replace": {"ironmap": patch, "read and write": patch_copy},
}


def write_log(path: str) -> None:
    line = b"10.0.0.%d GET /page/%d %d %s\n"
    block = [
        line % (n % 256, n, 500 if n % 997 == 0 else 200, b"x" * (n % 80)) for n in range(20_000)
    ]
    with open(path, "wb") as file:
        for _ in range(BLOCKS):
            file.writelines(block)


def measure(ways: dict[str, Callable[[str], int]], path: str) -> dict[str, float]:
    """Return the best time of each way, in seconds."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        answers = set()
        for name, way in ways.items():
            begun = time.perf_counter()
            answers.add(way(path))
            best[name] = min(best[name], time.perf_counter() - begun)
        assert len(answers) == 1, answers
    return best


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        write_log(path)
        print(f"a file of {os.path.getsize(path) >> 20} MiB; below 1 ironmap is faster")
        for job, ways in JOBS.items():
            best = measure(ways, path)
            for name, way in ways.items():
                lines = len(inspect.getsource(way).splitlines())
                ratio = f"{best['ironmap'] / best[name]:5.2f}"
                took = f"{1000 * best[name]:8.1f} ms"
                print(f"{job:22} {name:14} {lines:3} lines {took}   {ratio}")


if __name__ == "__main__":
    main()
