"""Eight threads do everything with one map: each result is right, and none waits for ever."""

import itertools
import os
import random
import sys
import tempfile
import threading
import time

from .apart import apart
from .common import run_all

SECONDS = 3
SIZE = 16 * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1 << 20
LINE = b"abc\n"
# The bytes that the threads store, and the zeros of a file that is made longer.
BYTES = {*LINE, ord("x"), 0}
STORED = b"x" * 100
EXPECTED = ("closed", "range", "wrong size", "exported", "pointers exist")


def has_bytes(length, data):
    """Returns whether the data has this length, and bytes that were once stored."""
    return len(data) == length and BYTES.issuperset(data)


def is_line(line):
    return has_bytes(len(line), line) and b"\n" not in line[:-1]


def store_byte(m, choose):
    m[choose(100)] = ord("a")
    return True


def store_slice(m, choose):
    m[:100] = bytearray(STORED)
    return True


def get(m, choose):
    return m[choose(SIZE)] in BYTES


def get_slice(m, choose):
    start = choose(SIZE - 100)
    return has_bytes(100, m[start : start + 100])


def get_stride(m, choose):
    return has_bytes(50, m[50:200:3])


def get_all(m, choose):
    return len(data := m[:]) in (SIZE, 2 * SIZE) and has_bytes(len(data), data)


def find(m, choose):
    return -1 <= m.find(b"c\n") < 2 * SIZE


def find_all(m, choose):
    found = list(itertools.islice(m.find_all(b"a"), 5))
    return all(before < after for before, after in itertools.pairwise(found))


def lines(m, choose):
    return all(map(is_line, itertools.islice(m.lines(), 10)))


def read(m, choose):
    m.seek(choose(SIZE))
    # Other threads move the position.
    return len(data := m.read(10)) <= 10 and has_bytes(len(data), data)


def read_line(m, choose):
    return is_line(m.readline())


def read_into(m, choose):
    into = bytearray(b"x" * 5)
    return 0 <= m.readinto(into) <= 5 and has_bytes(5, into)


def write(m, choose):
    return m.write(bytearray(STORED)) == len(STORED)


def seek(m, choose):
    return m.seek(to := choose(SIZE)) == to


def length(m, choose):
    return len(m) in (SIZE, 2 * SIZE)


def resize(m, choose):
    m.resize(SIZE * (1 + choose(2)))
    return True


def view(m, choose):
    with memoryview(m) as view:
        return len(view) in (SIZE, 2 * SIZE) and view[choose(SIZE)] in BYTES


CALLS = (
    *(store_byte, store_slice, get, get_slice, get_stride, get_all, find, find_all, lines),
    *(read, read_line, read_into, write, seek, length, resize, view),
)


@apart("ironmap")
def test_threads_together_do_everything(mmap):
    with tempfile.TemporaryFile() as file:
        file.write(LINE * (SIZE // len(LINE)))
        file.flush()
        shared = [mmap.mmap(file.fileno(), 0)]
        # Another one's resize could cut the file.
        one_map_is_open = threading.Lock()
        returned = set()
        end = time.monotonic() + SECONDS

        def work(seed):
            choose = random.Random(seed).randrange
            while time.monotonic() < end:
                call = CALLS[choose(len(CALLS))]
                try:
                    assert call(shared[0], choose), call.__name__
                    returned.add(call)
                    if choose(500) == 0:
                        with one_map_is_open:
                            shared[0].close()
                            shared[0] = mmap.mmap(file.fileno(), 0)
                except (ValueError, IndexError, BufferError) as error:
                    if not any(words in str(error) for words in EXPECTED):
                        raise

        sys.setswitchinterval(1e-5)
        run_all(*(lambda seed=seed: work(seed) for seed in range(8)))
        assert returned == set(CALLS)
        shared[0].close()
