"""Forks, interrupts and exits while another thread uses the map."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from hang import HANG

from .apart import apart
from .common import (
    CLOSED,
    MIB,
    growing_maps,
    repeat,
    search_in_progress,
    start,
    unless_closed,
    wait_for_child,
)

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither forks nor signals like these"
)

TRIES = 5
# A store this long takes a tenth of a second or more, and is not interrupted. A search would
# end soon after close or resize is called.
STORED = bytes(512 * MIB)


@contextlib.contextmanager
def store_in_progress(mmap):
    """Yields a map that another thread stores to, and a list that is empty until that is done."""
    m = mmap.mmap(-1, len(STORED))
    results = []
    begun = threading.Event()

    def store():
        begun.set()
        m[:] = STORED
        results.append(len(STORED))

    (thread,) = start(lambda: unless_closed(store))
    begun.wait()
    # Time for the store to detach. A test that meets no store in progress tries again.
    time.sleep(0.01)
    try:
        yield m, results
    finally:
        thread.join()


@apart("ironmap")
def test_fork_during_find_child_closes(mmap):
    """The searching thread does not exist in the child: its read guard must not, either."""
    met = 0
    for m in growing_maps(mmap):
        with search_in_progress(m) as results:
            met += not results
            child = os.fork()
            if child == 0:
                m.close()
                os._exit(0 if m.closed else 1)
            wait_for_child(child)
        assert results == [-1]
        m.close()
        if met == TRIES:
            return
    assert met, "no fork met a find in progress"


@apart("ironmap")
def test_fork_during_find_child_uses_map(mmap):
    met = 0
    for m in growing_maps(mmap):
        with search_in_progress(m) as results:
            met += not results
            child = os.fork()
            if child == 0:
                m[0] = 7
                right = m[:20] == b"\7" + bytes(19) and m.find(b"\7", 0, 20 * MIB) == 0
                m.resize(4000)
                os._exit(0 if right and len(m) == 4000 else 1)
            wait_for_child(child)
        assert results == [-1]
        m.close()
        if met == TRIES:
            return
    assert met, "no fork met a find in progress"


@apart("ironmap")
def test_fork_while_close_waits(mmap):
    met = 0
    for _ in range(10 * TRIES):
        with store_in_progress(mmap) as (m, results):
            (closer,) = start(m.close)
            time.sleep(0.01)
            met += not results
            child = os.fork()
            if child == 0:
                m.close()
                os._exit(0)
            wait_for_child(child)
        closer.join()
        assert m.closed
        if met == TRIES:
            return
    assert met, "no fork met a close in progress"


def interrupted_in_time(m, results, wait):
    """Returns whether an interrupt ends ``wait`` before the store in progress ends."""
    ready = threading.Event()

    def interrupt():
        ready.wait()
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    (thread,) = start(interrupt)
    try:
        ready.set()
        wait(m)
        # The store has ended before the interrupt, which comes here.
        time.sleep(HANG)
    except KeyboardInterrupt:
        in_time = not results
    thread.join()
    return in_time


def check_interrupted(mmap, wait):
    for _ in range(10 * TRIES):
        with store_in_progress(mmap) as (m, results):
            in_time = interrupted_in_time(m, results, wait)
        if in_time:
            assert not m.closed and len(m) == len(STORED)
            m.close()
            return
    raise AssertionError("no interrupt came through while the store went on")


@apart("ironmap")
def test_close_waiting_interrupted(mmap):
    check_interrupted(mmap, lambda m: m.close())


@apart("ironmap")
def test_resize_waiting_interrupted(mmap):
    check_interrupted(mmap, lambda m: m.resize(4000))


def check_signal_while_close_waits(mmap, handle):
    """Calls ``handle`` with the map, in a signal handler that runs while close waits."""
    for _ in range(10 * TRIES):
        seen = []
        with store_in_progress(mmap) as (m, results):

            def handler(number, frame, m=m, results=results, seen=seen):
                in_time = not results and not m.closed
                seen.append((in_time, unless_closed(lambda: handle(m))))

            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            m.close()
            while not seen:
                time.sleep(0.001)
        assert m.closed
        in_time, result = seen[0]
        if in_time:
            assert results == [len(STORED)]
            return result
    raise AssertionError("no signal came while close waited")


@apart("ironmap")
def test_close_waiting_signal_handler_uses_map(mmap):
    """The handler runs in the waiting thread, so that may hold no lock of the map."""
    use = lambda m: (m[0], m.find(b"\1", 0, 20 * MIB), len(m), m.read(5))
    assert check_signal_while_close_waits(mmap, use) == (0, -1, len(STORED), bytes(5))


@apart("ironmap")
def test_close_waiting_signal_handler_closes(mmap):
    check_signal_while_close_waits(mmap, lambda m: m.close())


@apart("ironmap")
def test_repr_waiting_signal_handler_closes(mmap):
    data = bytes(256 * MIB)
    texts = set()
    for _ in range(20 * TRIES):
        m = mmap.mmap(-1, len(data))
        signal.signal(signal.SIGALRM, lambda number, frame, m=m: m.close())
        (writer,) = start(lambda m=m: unless_closed(lambda: m.write(data)))
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        while not m.closed:
            texts.add(repr(m))
        writer.join()
        if "<mmap.mmap closed=True>" in texts:
            return
    raise AssertionError("no signal came while repr waited")


def mapped_pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0])


NOT_CAUGHT, CLOSED_AND_LEFT_ALONE = 0, 3


def caught_in_resize(m):
    """Returns, in a child, whether the fork came during a resize. Then the map must be closed,
    and its deallocation must unmap nothing."""
    try:
        m[0]
    except ValueError as error:
        assert m.closed and str(error) == CLOSED
    else:
        return NOT_CAUGHT
    before = mapped_pages()
    # The thread of the resize, which is gone, has left references.
    while sys.getrefcount(m) > 2:
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(m))
    del m
    # The measurement takes some pages, too.
    assert mapped_pages() > before - 100
    return CLOSED_AND_LEFT_ALONE


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/statm is Linux's")
@apart("ironmap")
def test_fork_during_resize_child_map_is_closed(mmap):
    """The child cannot know the address of the map."""
    m = mmap.mmap(-1, 512 * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    ended = []

    def resize():
        while not ended:
            m.resize(4000)
            m.resize(512 * MIB)
            m.populate()

    (resizer,) = start(resize)
    for _ in range(200):
        child = os.fork()
        if child == 0:
            outcome = 1
            with contextlib.suppress(AssertionError):
                outcome = caught_in_resize(m)
            os._exit(outcome)
        outcome = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if outcome != NOT_CAUGHT:
            break
    ended.append(True)
    resizer.join()
    assert outcome != NOT_CAUGHT, "no fork met a resize in progress"
    assert outcome == CLOSED_AND_LEFT_ALONE
    assert m[:4] == bytes(4)


# The finalizer delays the shutdown until the finds of the daemon threads end: a thread that
# requests the GIL then must stop without a crash.
EXITING = """
import sys, threading, time
import {module} as mmap

class Late:
    def __del__(self, sleep=time.sleep):
        sleep({seconds})

def search(m):
    while True:
        m.find(b"\\1", 0)
        m[:8 << 20]
        m.flush()

for _ in range(3):
    m = mmap.mmap(-1, {size} << 20)
    threading.Thread(target=search, args=(m,), daemon=True).start()
time.sleep(0.3)
late = Late()
"""


def check_exit(mmap, seconds, size):
    script = EXITING.format(module=mmap.__name__, seconds=seconds, size=size)
    for _ in range(3):
        ended = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=HANG
        )
        assert ended.returncode == 0, f"exit {ended.returncode}\n{ended.stderr}"
        assert not ended.stderr, ended.stderr


@apart("stdlib", "ironmap")
def test_exit_with_daemons_in_short_find(mmap):
    check_exit(mmap, seconds=0.5, size=20)


@apart("stdlib", "ironmap")
def test_exit_with_daemons_in_long_find(mmap):
    check_exit(mmap, seconds=0, size=200)


@apart("ironmap")
def test_exit_while_close_waits(mmap):
    script = (
        "import threading, time\n"
        f"import {mmap.__name__} as mmap\n"
        "m = mmap.mmap(-1, 16 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)\n"
        "for act in (lambda: m.find(b'\\1'), m.close, lambda: m.resize(1)):\n"
        "    threading.Thread(target=act, daemon=True).start()\n"
        "    time.sleep(0.1)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=HANG
    )
    assert ended.returncode == 0, f"exit {ended.returncode}\n{ended.stderr}"


@apart("stdlib", "ironmap")
def test_all_operations_no_deadlock(mmap):
    """Runs all operations on one map at once: no deadlock."""
    box = [mmap.mmap(-1, 20 * MIB)]
    data = bytes(5 * MIB)

    def attempt(action):
        try:
            action(box[0])
        except (ValueError, BufferError, IndexError, OSError):
            pass

    def replace(m):
        box[0] = mmap.mmap(-1, 20 * MIB)
        m.close()
        time.sleep(0.01)

    actions = [
        lambda m: m.find(b"\1", 0),
        lambda m: m.rfind(b"\1\1", 0),
        lambda m: m[: 6 * MIB],
        lambda m: m.__setitem__(slice(0, 5 * MIB), data),
        lambda m: m.flush(),
        lambda m: m.resize(len(m) - 4000),
        lambda m: memoryview(m).release(),
        lambda m: m.move(0, 1, 6 * MIB),
        replace,
    ]
    repeat(100, *(lambda action=action: attempt(action) for action in actions))
