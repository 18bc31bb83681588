"""What the bodies of the thread tests share."""

import contextlib
import os
import sys
import tempfile
import threading
import time

import pytest

from compat.support import CLOSED

MIB = 1 << 20

# Not among the names of every module that is tested; Linux.
MAP_NORESERVE = 0x4000


def start(*actions, daemon=False):
    """One thread for each action; the threads, begun."""
    threads = [threading.Thread(target=action, daemon=daemon) for action in actions]
    for thread in threads:
        thread.start()
    return threads


def run_all(*actions):
    """Run the actions at once, each in its own thread; raise what one of them raises."""
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
    """Run each action in its own thread, again and again until every one has run so often."""
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
    """The result, or None if another thread closed the map; any other error is one."""
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
    """Map pages of zeros: a search of 8 GiB takes a second or more, and no memory."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    return mmap.mmap(-1, gibibytes << 30, flags=flags)


def growing_maps(mmap, tries=20):
    """Endless maps, each for one try to meet a search in progress: from 1 GiB to 16 GiB."""
    for number in range(tries):
        yield endless_map(mmap, 1 << number * 5 // tries)


@contextlib.contextmanager
def search_in_progress(m):
    """Search the whole map in another thread; its result becomes the list's one item.

    The list is empty as long as the search has not ended.
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
        """Whether the thread makes progress during one of a few calls.

        On a busy machine it can wait for a processor for most of a call.
        """
        for _ in range(TRIES):
            prepare()
            if self.during(action) >= PROGRESS:
                return True
        return False


def wait_for_child(pid):
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
