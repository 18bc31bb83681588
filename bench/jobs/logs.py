"""Jobs on a log, by ironmap and by the usual tools. Each takes the log's path."""

import errno
import mmap
import multiprocessing
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import ironmap

BLOCKS = 64
BURSTS = 200
BURST = b"".join(b"10.0.0.7 GET /page/%d 200 ok\n" % n for n in range(20))
SLOW = re.compile(rb"GET (\S+) 500 x{70}")
FORK = multiprocessing.get_context("fork")


def write_log(path: str) -> None:
    line = b"10.0.0.%d GET /page/%d %d %s\n"
    block = [
        line % (n % 256, n, 500 if n % 997 == 0 else 200, b"x" * (n % 80)) for n in range(20_000)
    ]
    with open(path, "wb") as file:
        for _ in range(BLOCKS):
            file.writelines(block)


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


@contextmanager
def growing(path: str) -> Iterator[Callable[[], object]]:
    """Yields what appends lines to the file, which is as long as before afterwards."""
    before = os.path.getsize(path)
    with open(path, "ab", buffering=0) as file:
        yield lambda: file.write(BURST)
    os.truncate(path, before)


# Both notice that the path leads to another file, as after a rotation.
def follow(path: str) -> int:
    words = 0
    with growing(path) as append, ironmap.open(path) as m:
        for _ in range(BURSTS):
            at = len(m)
            append()
            m.refresh()
            words += sum(len(line.split()) for line in m.lines(start=at))
    return words


def follow_file(path: str) -> int:
    words = 0
    with growing(path) as append, open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        for _ in range(BURSTS):
            append()
            if not os.path.samestat(os.stat(path), os.fstat(file.fileno())):
                raise OSError(errno.ESTALE, "another file now", path)
            words += sum(len(line.split()) for line in file)
    return words


def find_lines(path: str) -> int:
    with ironmap.open(path) as m:
        return len(m.line_offsets())


def find_lines_by_loop(path: str) -> int:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        offsets = [0]
        while (end := m.find(b"\n", offsets[-1]) + 1) > 0:
            offsets.append(end)
        return len(offsets) - 1


def find_lines_by_numpy(path: str) -> int:
    import numpy as np

    data = np.memmap(path, np.uint8, "r")
    return len(np.flatnonzero(data == 10))


def match_lines(path: str) -> int:
    with ironmap.open(path) as m:
        return sum(1 for line in m.lines(matching=b" 500 ") if SLOW.search(line))


def match_map(path: str) -> int:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        return sum(1 for _ in SLOW.finditer(m))


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


def failed(part: ironmap.Part) -> set[bytes]:
    with part.open() as m:
        return {line.split()[2] for line in m.lines(matching=b" 500 ")}


def failed_by_pool(path: str) -> int:
    with FORK.Pool(2) as pool:
        return len(set().union(*pool.map(failed, ironmap.split(path, 2))))


def failed_in_range(work: tuple[str, int, int]) -> set[bytes]:
    path, start, end = work
    found = set()
    with open(path, "rb") as file:
        if start:
            file.seek(start - 1)
            file.readline()  # The line that the range before has.
        while file.tell() < end and (line := file.readline()):
            if b" 500 " in line:
                found.add(line.split()[2])
    return found


def failed_by_ranges(path: str) -> int:
    size = os.path.getsize(path)
    ranges = [(path, size * n // 2, size * (n + 1) // 2) for n in range(2)]
    with FORK.Pool(2) as pool:
        return len(set().union(*pool.map(failed_in_range, ranges)))


def last_lines(path: str) -> int:
    with ironmap.open(path) as m:
        return len(b"".join(m.tail(1000)))


def last_lines_by_tail(path: str) -> int:
    command = ["tail", "-n", "1000", path]
    return len(subprocess.run(command, stdout=subprocess.PIPE).stdout)
