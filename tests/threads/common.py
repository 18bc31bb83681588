"""Helpers of the thread tests."""

import contextlib
import os
import sys
import tempfile
import threading
import time

import pytest

from compat.support import CLOSED

MIB = 1 << 20

# Some of the tested modules lack this name; Linux.
MAP_NORESERVE = 0x4000


def start(*actions, daemon=False):
    """Starts a thread for each action; returns the threads."""
    threads = [threading.Thread(target=action, daemon=daemon) for action in actions]
    for thread in threads:
        thread.start()
    return threads


def run_all(*actions):
    """Runs the actions at once, each in its own thread; raises the first exception of one."""
    failures = []
    barrier = threading.Barrier(len(actions))

    def guarded(action):
        barrier.wait()
        try:
            action()
        except BaseException as error:
            failures.append(error)

    threads = start(*(lambda action=action: guarded(action) for action in actions))
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def repeat(times, *actions):
    """Runs each action in its own thread until every one has run so many times."""
    done = [0] * len(actions)

    def loop(number, action):
        try:
            while min(done) < times:
                action()
                done[number] += 1
        finally:
            # After an error the others must not wait for this one.
            done[number] = times

    run_all(*(lambda item=item: loop(*item) for item in enumerate(actions)))


def unless_closed(action):
    """Returns the result, or None if the map is closed."""
    try:
        return action()
    except ValueError as error:
        assert str(error) == CLOSED, error
        return None


def file_map(mmap, size, byte=b"\0"):
    with tempfile.TemporaryFile() as file:
        if byte == b"\0":
            file.truncate(size)
        else:
            file.write(byte * size)
            file.flush()
        return mmap.mmap(file.fileno(), size)


uses_endless_map = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows wants room in the page file for pages of zeros"
)


def endless_map(mmap, gibibytes=8):
    """Maps pages of zeros: a search of 8 GiB takes a second or more, and no memory."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    return mmap.mmap(-1, gibibytes << 30, flags=flags)


def growing_maps(mmap):
    """Yields 20 endless maps of 1 to 16 GiB, each for a try to meet a search in progress."""
    for number in range(20):
        yield endless_map(mmap, 1 << number // 4)


@contextlib.contextmanager
def search_in_progress(m):
    """Searches the whole map in another thread; yields a list that gets the result.

    The list is empty until the search has ended.
    """
    results = []
    begun = threading.Event()

    def search():
        begun.set()
        results.append(unless_closed(lambda: m.find(b"\1", 0)))

    (thread,) = start(search)
    begun.wait()
    # Time for the search to detach. A test that meets no search in progress tries again.
    time.sleep(0.05)
    try:
        yield results
    finally:
        thread.join()


# A call that keeps the GIL allows one tick before it and one after it. On a busy machine the
# calling thread can wait for a processor meanwhile: more ticks than that, in some calls.
PROGRESS = 20
TRIES = 50


class Ticks:
    """Counts, in another thread, how often that thread gets to run.

    It sleeps between ticks, so a call that keeps the GIL lets it tick once at most,
    however long the call lasts.
    """

    def __init__(self):
        self.count = 0
        self.stopped = False

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        while not self.count:
            time.sleep(0.001)
        return self

    def run(self):
        while not self.stopped:
            self.count += 1
            time.sleep(0.0005)

    def __exit__(self, *exception):
        self.stopped = True
        self.thread.join()

    def during(self, action):
        before = self.count
        action()
        return self.count - before

    def progress_during(self, action, prepare=lambda: None):
        """Returns whether the thread makes progress during one of several calls.

        On a busy machine it can wait for a processor during most of a call.
        """
        for _ in range(TRIES):
            prepare()
            if self.during(action) >= PROGRESS:
                return True
        return False


def wait_for_child(pid):
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
