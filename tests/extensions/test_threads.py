"""Other threads run during long calls, and can use the same map and iterator."""

import signal
import sys
import threading
import time

import pytest

import ironmap
from compat.support import CLOSED, unix_only
from threads.common import (
    MIB,
    TRIES,
    Ticks,
    endless_map,
    run_all,
    search_in_progress,
    unless_closed,
    uses_endless_map,
)

LONG = {
    "count": lambda m: m.count(b"\1"),
    "count of a long needle": lambda m: m.count(b"\1needle"),
    "index": lambda m: pytest.raises(ValueError, m.index, b"\1"),
    "rindex": lambda m: pytest.raises(ValueError, m.rindex, b"\1needle"),
    "find_all": lambda m: list(m.find_all(b"\1")),
    "find_all overlapping": lambda m: list(m.find_all(b"\1\1", overlapping=True)),
    "find_any": lambda m: m.find_any([b"\1", b"needle"]),
    "startswith": lambda m: m.startswith(bytes(len(m) // 4)),
    "readinto": lambda m: m.readinto(bytearray(len(m) // 2)),
    "a long line": lambda m: next(m.lines()),
}


@uses_endless_map
@pytest.mark.parametrize("call", LONG.values(), ids=LONG)
def test_long_call_releases_gil(call):
    with endless_map(ironmap, 1) as m, Ticks() as ticks:
        assert ticks.progress_during(lambda: call(m), prepare=lambda: m.seek(0))


@pytest.mark.parametrize(
    "call", [lambda m: m.readlines(), lambda m: list(m.lines()), lambda m: list(m.find_all(b"\n"))]
)
def test_many_results_share_gil(call):
    m = ironmap.mmap(-1, 8 * MIB)
    m[:] = b"line\n..." * MIB
    with Ticks() as ticks:
        assert any(ticks_are_shared(ticks, lambda: call(m)) for _ in range(TRIES))


def ticks_are_shared(ticks, call):
    """Returns whether the other thread runs at least a fifth as often as beside Python code."""
    begun = time.monotonic()
    count = ticks.during(call)
    taken = time.monotonic() - begun
    return count >= ticks.during(lambda: spin(taken)) / 5


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


@unix_only("Windows sends no such signals")
@pytest.mark.parametrize(
    "call", [lambda m: m.readlines(), lambda m: list(m.find_all(0)), lambda m: list(m.lines())]
)
def test_long_call_interrupted_by_signal(call):
    class Alarm(Exception):
        pass

    def ring(*_):
        raise Alarm

    m = ironmap.mmap(-1, 64 * MIB)
    m[:] = b"\n\0" * (32 * MIB)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        with pytest.raises(Alarm):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            call(m)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert m.tell() == 0


@pytest.mark.parametrize("name", ["find_all", "lines"])
def test_iterator_shared_by_threads(name):
    # Few lines in each chunk.
    text = b"".join(b"%05d%s\n" % (i, b"." * 9000) for i in range(5000))
    m = ironmap.mmap(-1, len(text))
    m.write(text)
    iterate = {"find_all": lambda: m.find_all(b"\n"), "lines": m.lines}[name]
    iterator, parts = iterate(), []

    def take():
        # Not `list`, during which the interpreter need not switch threads.
        parts.append([item for item in iterator])

    interval = sys.getswitchinterval()
    # Short intervals, so that threads switch during a search.
    sys.setswitchinterval(1e-6)
    try:
        run_all(*[take] * 4)
    finally:
        sys.setswitchinterval(interval)
    assert sorted(item for part in parts for item in part) == sorted(iterate())


def test_close_during_iteration():
    for _ in range(20):
        m = ironmap.mmap(-1, 8 * MIB)
        m[::1000] = b"\n" * len(range(0, 8 * MIB, 1000))
        started = threading.Barrier(4)

        def use(call, m=m, started=started):
            started.wait()
            unless_closed(lambda: call(m))

        calls = [
            lambda m: list(m.lines()),
            lambda m: list(m.find_all(b"\n")),
            lambda m: m.readlines(),
        ]
        users = [threading.Thread(target=use, args=(call,)) for call in calls]
        for user in users:
            user.start()
        started.wait()
        m.close()
        for user in users:
            user.join()
        with pytest.raises(ValueError, match=CLOSED):
            m.lines()


def test_readinto_concurrent_readers():
    text = bytes(range(256)) * (MIB // 64)
    m = ironmap.mmap(-1, len(text))
    m.write(text)
    m.seek(0)
    pieces = []

    def read():
        into = bytearray(MIB + MIB // 2)
        while count := m.readinto(into):
            pieces.append(bytes(into[:count]))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        run_all(*[read] * 4)
    finally:
        sys.setswitchinterval(interval)
    assert sum(map(len, pieces)) == len(text)
    assert all(piece == text[: len(piece)] for piece in pieces)


@pytest.mark.skipif(sys.platform != "linux", reason="counts the waits of a thread as Linux does")
@pytest.mark.parametrize(
    "call",
    [
        lambda m, value: m.store_u32(0, value),
        lambda m, value: m.fetch_add_u64(8, 0),
        lambda m, value: m.compare_exchange_u64(8, 1, value),
    ],
    ids=["store", "fetch_add", "compare_exchange"],
)
def test_atomics_during_search_do_not_wait(call):
    import resource

    def waits():
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw

    count = 0
    with endless_map(ironmap) as m, search_in_progress(m):
        for _ in range(200):
            before = waits()
            call(m, 0)
            count += waits() - before
            # Lets the search go on.
            time.sleep(0.0001)
        m.close()
    # Some are waits for the GIL, which the search wants between its steps.
    assert count < 10
