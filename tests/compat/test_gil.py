"""Long calls release the GIL, short calls keep it.

This is an intended difference, tested on both modules as in test_differences.py.
"""

import functools
import operator
import threading

import pytest

from .support import is_ironmap, unix_only

untouched_memory = unix_only("MAP_PRIVATE makes memory that is one page of zeros")

LONG_CALLS = {
    "searching": (1 << 30, lambda m: functools.partial(m.find, b"\1")),
    "searching backwards": (1 << 30, lambda m: functools.partial(m.rfind, b"\1")),
    "copying out": (1 << 27, lambda m: functools.partial(operator.getitem, m, slice(None))),
    "copying in": (1 << 27, lambda m: functools.partial(m.write, bytes(len(m)))),
}


@untouched_memory
@pytest.mark.parametrize("name", LONG_CALLS)
def test_long_call_releases_gil(mod, name):
    length, prepare = LONG_CALLS[name]
    m = mod.mmap(-1, length, flags=mod.MAP_PRIVATE)
    call = prepare(m)
    with CountingThread() as count:
        if is_ironmap(mod):
            assert any(counted_during(call, count, m) for _ in range(50))
        else:
            assert not any(counted_during(call, count, m) for _ in range(3))


@untouched_memory
def test_slow_rfind_releases_gil(mod):
    """The time of a call decides, not only its size."""
    near_miss = b"ab" * 499 + b"aa"
    # The stdlib module takes seconds for 12 MiB; ironmap needs more, for a busy machine to switch.
    m = mod.mmap(-1, 48 << 20 if is_ironmap(mod) else 12 << 20, flags=mod.MAP_PRIVATE)
    m[:] = (near_miss * (len(m) // len(near_miss) + 1))[: len(m)]
    call = functools.partial(m.rfind, b"ab" * 500, 0)
    with CountingThread() as count:
        if is_ironmap(mod):
            assert any(counted_during(call, count, m) for _ in range(50))
        else:
            assert not any(counted_during(call, count, m) for _ in range(3))


CALLS = 300
SHORT_CALLS = {
    "searching": lambda m: functools.partial(m.find, b"\1\1", 0, 1_000_000),
    "finding something near": lambda m: functools.partial(m.find, b"needle"),
    "finding something near the end": lambda m: functools.partial(m.rfind, b"needle", 0),
    "copying out": lambda m: functools.partial(operator.getitem, m, slice(1_000_000)),
    "reading": lambda m: functools.partial(m.read, 1_000_000),
    "writing": lambda m: functools.partial(m.write, bytes(1_000_000)),
    "advising": lambda m: functools.partial(m.madvise, 0),
}


@untouched_memory
@pytest.mark.parametrize("name", SHORT_CALLS)
def test_short_call_keeps_gil(mod, name):
    """To get the GIL back can take longer than the work.

    A call that has waited for a processor can take long enough to release it.
    """
    m = mod.mmap(-1, 1 << 30, flags=mod.MAP_PRIVATE)
    m[100:106] = m[-106:-100] = b"needle"
    call = SHORT_CALLS[name](m)
    with CountingThread() as count:
        released = sum(counted_during(call, count, m) > 0 for _ in range(CALLS))
    assert released < CALLS / 4


class CountingThread:
    """Counts in another thread, as fast as possible, while the block runs."""

    def __enter__(self):
        self.number = [0]
        self.running = True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return functools.partial(operator.getitem, self.number, 0)

    def run(self):
        while self.running:
            self.number[0] += 1

    def __exit__(self, *_):
        self.running = False
        self.thread.join()


def counted_during(call, count, m) -> int:
    """Returns how far the thread has counted during `call`.

    All three calls are C functions, called from C: the interpreter does not switch
    threads between them.
    """
    m.seek(0)
    before, _, after = list(map(operator.call, (count, call, count)))
    return after - before
